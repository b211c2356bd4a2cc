# SPDX-License-Identifier: GPL-2.0-or-later
# The server has given the estimate up when its answer comes: nobody has its port any more.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendsize\nOPTIONS features=ff;\n"
c 0.003 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
c 20 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n/home 0 SIZE 100\n"
c 20.0001 icmp 10.66.1.2 10.66.2.2 3 3 udp 10.66.2.2:10080 10.66.1.2:855
c 30 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n/home 0 SIZE 100\n"
c 30.0001 icmp 10.66.1.2 10.66.2.2 3 3 udp 10.66.2.2:10080 10.66.1.2:855
