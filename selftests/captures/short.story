# SPDX-License-Identifier: GPL-2.0-or-later
# The capture ends behind the request.
c 0 udp 10.66.1.2:855 10.66.2.2:10080  "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE sendbackup\nOPTIONS features=ff;\n"
