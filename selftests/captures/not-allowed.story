# SPDX-License-Identifier: GPL-2.0-or-later
# amandad answers, and does not want this server.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
c 0.003 udp 10.66.2.2:10080 10.66.1.2:855  "Amanda 3.5 NAK HANDLE 000-00000000 SEQ 7001\nERROR user backup from amserver is not allowed to execute the service sendbackup: Please add the line\n"
