# SPDX-License-Identifier: GPL-2.0-or-later
# An estimate takes 40 s, and the state of the firewall 30 s; captured at the client.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendsize\nOPTIONS features=ff;\n"
c 0.003 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
c 40 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n/home 0 SIZE 90\n"
c 50 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n/home 0 SIZE 90\n"
c 60 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n/home 0 SIZE 90\n"
c 70 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n/home 0 SIZE 90\n"
c 80 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nOPTIONS features=ff;\n/home 0 SIZE 90\n"
c 120 udp 10.66.1.2:123 10.66.2.2:123 "x"
