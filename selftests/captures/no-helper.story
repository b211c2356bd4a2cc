# SPDX-License-Identifier: GPL-2.0-or-later
# No helper at the gateway: the SYN is seen before it and not behind.
before 0 udp 10.66.1.2:855 10.66.2.2:10080 ttl 64 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
behind 0.0001 udp 10.66.1.2:855 10.66.2.2:10080 ttl 63 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
behind 0.003 udp 10.66.2.2:10080 10.66.1.2:855 ttl 64 id 2 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
before 0.0031 udp 10.66.2.2:10080 10.66.1.2:855 ttl 63 id 2 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
behind 0.1 udp 10.66.2.2:10080 10.66.1.2:855 ttl 64 id 3 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT DATA 50001 MESG 50002 INDEX 50003\nOPTIONS features=ff;\n"
before 0.1001 udp 10.66.2.2:10080 10.66.1.2:855 ttl 63 id 3 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT DATA 50001 MESG 50002 INDEX 50003\nOPTIONS features=ff;\n"
before 0.1005 udp 10.66.1.2:855 10.66.2.2:10080 ttl 64 id 4 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
behind 0.1006 udp 10.66.1.2:855 10.66.2.2:10080 ttl 63 id 4 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
before 0.1007 tcp 10.66.1.2:50000 10.66.2.2:50001 S 1000 ttl 64 id 5
before 1.1 tcp 10.66.1.2:50000 10.66.2.2:50001 S 1000 ttl 64 id 6
before 3.1 tcp 10.66.1.2:50000 10.66.2.2:50001 S 1000 ttl 64 id 7
before 7.2 tcp 10.66.1.2:50000 10.66.2.2:50001 S 1000 ttl 64 id 8
before 30 udp 10.66.1.2:123 10.66.2.2:123 "x"
