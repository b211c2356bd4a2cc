# SPDX-License-Identifier: GPL-2.0-or-later
# bsdtcp, and the firewall has no rule for TCP 10080.
c 0 tcp 10.66.1.2:516 10.66.2.2:10080 S 1000 id 1
c 1 tcp 10.66.1.2:516 10.66.2.2:10080 S 1000 id 2
c 3 tcp 10.66.1.2:516 10.66.2.2:10080 S 1000 id 3
c 7 tcp 10.66.1.2:516 10.66.2.2:10080 S 1000 id 4
c 15 tcp 10.66.1.2:516 10.66.2.2:10080 S 1000 id 5
c 30 udp 10.66.1.2:123 10.66.2.2:123 "x"
