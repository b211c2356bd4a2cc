# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing comes back: the firewall has no rule for UDP 10080.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
c 10 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
c 20 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
c 40 udp 10.66.1.2:123 10.66.2.2:123 "x"
