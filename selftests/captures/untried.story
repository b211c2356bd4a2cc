# SPDX-License-Identifier: GPL-2.0-or-later
# Captured at the client: the SYNs are dropped before.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
c 0.003 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
c 0.1 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nCONNECT DATA 50001 MESG 50002 INDEX 50003\nOPTIONS features=ff;\n"
c 0.11 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
c 20 udp 10.66.1.2:123 10.66.2.2:123 "x"
