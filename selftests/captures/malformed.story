# SPDX-License-Identifier: GPL-2.0-or-later
# Numbers that are none, and an id that the stock helper cuts down to the port of ssh.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
c 0.003 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
c 0.1 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT DATA 65558 MESG 0x50\nOPTIONS features=ff;\n"
c 0.11 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
