# SPDX-License-Identifier: GPL-2.0-or-later
# bsdtcp, and the capture lacks the start of the answer.
c 0 tcp 10.66.1.2:516 10.66.2.2:10080 S 1000 
c 0.0002 tcp 10.66.2.2:10080 10.66.1.2:516 SA 5000 
c 0.002 tcp 10.66.1.2:516 10.66.2.2:10080 A 1001 "\x00\x00\x00\x0f\x00\x00\x00\x01\x00SERVICE noop\n\x00"
c 0.004 tcp 10.66.2.2:10080 10.66.1.2:516 A 5009 "\x01OPTIONS fea;\n\x00\x00"
c 1 tcp 10.66.1.2:516 10.66.2.2:10080 FA 1024 
c 1 tcp 10.66.2.2:10080 10.66.1.2:516 FA 5025 
