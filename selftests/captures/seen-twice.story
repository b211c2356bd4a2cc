# SPDX-License-Identifier: GPL-2.0-or-later
# Captured on "any" of a gateway: each packet twice, and nothing sent again.
any 0 udp 10.66.1.2:855 10.66.2.2:10080 ttl 64 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE noop\nOPTIONS features=ff;\n"
any 0.00001 udp 10.66.1.2:855 10.66.2.2:10080 ttl 63 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE noop\nOPTIONS features=ff;\n"
any 0.003 udp 10.66.2.2:10080 10.66.1.2:855 ttl 64 id 2 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
any 0.00301 udp 10.66.2.2:10080 10.66.1.2:855 ttl 63 id 2 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
any 0.1 udp 10.66.2.2:10080 10.66.1.2:855 ttl 64 id 3 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n"
any 0.10001 udp 10.66.2.2:10080 10.66.1.2:855 ttl 63 id 3 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n"
any 0.101 udp 10.66.1.2:855 10.66.2.2:10080 ttl 64 id 4 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
any 0.10101 udp 10.66.1.2:855 10.66.2.2:10080 ttl 63 id 4 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
