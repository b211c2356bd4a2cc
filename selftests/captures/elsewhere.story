# SPDX-License-Identifier: GPL-2.0-or-later
# The client has two addresses, and answers from the wrong one.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE noop\nOPTIONS features=ff;\n"
c 0.1 udp 10.66.3.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n"
c 40 udp 10.66.1.2:123 10.66.2.2:123 "x"
