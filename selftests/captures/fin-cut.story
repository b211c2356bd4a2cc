# SPDX-License-Identifier: GPL-2.0-or-later
# One segment with the last bytes and the FIN comes in two out of the gateway: what TSO
# or GRO make of it.  It is one FIN, seen at both places.
client 0 udp 10.66.1.2:855 10.66.2.2:10080 ttl 63 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE amindexd\nOPTIONS features=ff;\n"
server 0 udp 10.66.1.2:855 10.66.2.2:10080 ttl 64 id 1 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE amindexd\nOPTIONS features=ff;\n"
client 0.1 udp 10.66.2.2:10080 10.66.1.2:855 ttl 64 id 2 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
server 0.1 udp 10.66.2.2:10080 10.66.1.2:855 ttl 63 id 2 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
client 0.2 udp 10.66.2.2:10080 10.66.1.2:855 ttl 64 id 3 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT MESG 50001\n\n"
server 0.2 udp 10.66.2.2:10080 10.66.1.2:855 ttl 63 id 3 "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT MESG 50001\n\n"
client 0.3 udp 10.66.1.2:855 10.66.2.2:10080 ttl 63 id 4 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
server 0.3 udp 10.66.1.2:855 10.66.2.2:10080 ttl 64 id 4 "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
client 0.4 tcp 10.66.1.2:50000 10.66.2.2:50001 S 1000 ttl 63 id 5
server 0.4 tcp 10.66.1.2:50000 10.66.2.2:50001 S 1000 ttl 64 id 5
client 0.5 tcp 10.66.2.2:50001 10.66.1.2:50000 SA 2000 ttl 64 id 0
server 0.5 tcp 10.66.2.2:50001 10.66.1.2:50000 SA 2000 ttl 63 id 0
client 0.6 tcp 10.66.2.2:50001 10.66.1.2:50000 FA 2001 ttl 64 id 7 "220 ready, and 200 Good bye"
server 0.6 tcp 10.66.2.2:50001 10.66.1.2:50000 A 2001 ttl 63 id 7 "220 ready, and"
server 0.6 tcp 10.66.2.2:50001 10.66.1.2:50000 FA 2015 ttl 63 id 8 " 200 Good bye"
server 0.7 tcp 10.66.1.2:50000 10.66.2.2:50001 FA 1001 ttl 64 id 9
client 0.7 tcp 10.66.1.2:50000 10.66.2.2:50001 FA 1001 ttl 63 id 9
