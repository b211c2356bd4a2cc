# SPDX-License-Identifier: GPL-2.0-or-later
# The host says that nobody listens.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE noop\nOPTIONS features=ff;\n"
c 0.0004 icmp 10.66.2.2 10.66.1.2 3 3 udp 10.66.1.2:855 10.66.2.2:10080
c 10 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE noop\nOPTIONS features=ff;\n"
c 10.0004 icmp 10.66.2.2 10.66.1.2 3 3 udp 10.66.1.2:855 10.66.2.2:10080
