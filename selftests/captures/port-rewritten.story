# SPDX-License-Identifier: GPL-2.0-or-later
# NAT moves a stream to another port, and it works; both sides.
outside 0 udp 10.66.1.2:855 10.66.1.1:10080 ttl 64 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE amindexd\nOPTIONS features=ff;\n"
inside 0.0001 udp 10.66.1.2:855 192.168.1.5:10080 ttl 63 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE amindexd\nOPTIONS features=ff;\n"
inside 0.1 udp 192.168.1.5:10080 10.66.1.2:855 ttl 64 id 2 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT MESG 50001\n\n"
outside 0.1001 udp 10.66.1.1:10080 10.66.1.2:855 ttl 63 id 2 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT MESG 50007\n\n"
outside 0.1002 udp 10.66.1.2:855 10.66.1.1:10080 ttl 64 id 3 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
inside 0.1003 udp 10.66.1.2:855 192.168.1.5:10080 ttl 63 id 3 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
outside 0.2 tcp 10.66.1.2:50000 10.66.1.1:50007 S 1000 ttl 64 id 4
inside 0.2001 tcp 10.66.1.2:50000 192.168.1.5:50001 S 1000 ttl 63 id 4
inside 0.2002 tcp 192.168.1.5:50001 10.66.1.2:50000 SA 5000 ttl 64 id 5
outside 0.2003 tcp 10.66.1.1:50007 10.66.1.2:50000 SA 5000 ttl 63 id 5
inside 0.3 tcp 192.168.1.5:50001 10.66.1.2:50000 A 5001 ttl 64 id 6 "220 ready"
outside 0.3001 tcp 10.66.1.1:50007 10.66.1.2:50000 A 5001 ttl 63 id 6 "220 ready"
outside 0.4 tcp 10.66.1.2:50000 10.66.1.1:50007 FA 1001 ttl 64 id 7
inside 0.4001 tcp 10.66.1.2:50000 192.168.1.5:50001 FA 1001 ttl 63 id 7
inside 0.5 tcp 192.168.1.5:50001 10.66.1.2:50000 FA 5010 ttl 64 id 8
outside 0.5001 tcp 10.66.1.1:50007 10.66.1.2:50000 FA 5010 ttl 63 id 8
