# SPDX-License-Identifier: GPL-2.0-or-later
# amandad answers, and the service did not start.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
c 0.003 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
c 0.1 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 REP HANDLE 000-00000000 SEQ 7001\nERROR [client configured for auth=bsd while server requested bsdtcp]\n"
c 0.11 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 ACK HANDLE 000-00000000 SEQ 7001\n"
