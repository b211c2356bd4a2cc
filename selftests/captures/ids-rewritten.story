# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own helper behind NAT takes ids of bsdudp for ports; both sides.
inside 0 udp 192.168.1.2:855 10.66.2.2:10080 ttl 64 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
outside 0.0001 udp 10.66.1.1:855 10.66.2.2:10080 ttl 63 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
outside 0.1 udp 10.66.2.2:10080 10.66.1.1:855 ttl 64 id 3 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT DATA 50022 MESG 499999 INDEX 499998 STATE 499997\nOPTIONS features=ff;\n"
inside 0.1001 udp 10.66.2.2:10080 192.168.1.2:855 ttl 63 id 3 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT DATA 50022 MESG 638029 INDEX 602958 STATE 559707\nOPTIONS features=ff;\n"
inside 0.1002 udp 192.168.1.2:855 10.66.2.2:10080 ttl 64 id 4 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
outside 0.1003 udp 10.66.1.1:855 10.66.2.2:10080 ttl 63 id 4 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
inside 0.1004 tcp 192.168.1.2:50000 10.66.2.2:50022 S 1000 ttl 64 id 5
outside 0.1005 tcp 10.66.1.1:50000 10.66.2.2:50022 S 1000 ttl 63 id 5
outside 0.1006 tcp 10.66.2.2:50022 10.66.1.1:50000 SA 9000 ttl 64 id 6
inside 0.1007 tcp 10.66.2.2:50022 192.168.1.2:50000 SA 9000 ttl 63 id 6
