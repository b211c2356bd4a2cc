# SPDX-License-Identifier: GPL-2.0-or-later
# Each packet is cut, in the middle of the CONNECT line.
snap 90
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
c 0.1 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT DATA 50001 MESG 50002 INDEX 50003 STATE 50004\nOPTIONS features=ff;\n"
c 0.1001 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
