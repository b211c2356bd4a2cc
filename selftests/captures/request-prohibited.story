# SPDX-License-Identifier: GPL-2.0-or-later
# A firewall on the way rejects the request.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE noop\nOPTIONS features=ff;\n"
c 0.0004 icmp 10.66.1.1 10.66.1.2 3 13 udp 10.66.1.2:855 10.66.2.2:10080
