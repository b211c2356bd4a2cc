# SPDX-License-Identifier: GPL-2.0-or-later
# NAT gives the request a port above 1023; both sides of the gateway.
inside 0 udp 192.168.1.2:855 10.66.2.2:10080 ttl 64 id 11 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE noop\nOPTIONS features=ff;\n"
outside 0.0001 udp 10.66.1.1:35001 10.66.2.2:10080 ttl 63 id 11 "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 7001\nSECURITY USER backup\nSERVICE noop\nOPTIONS features=ff;\n"
outside 0.003 udp 10.66.2.2:10080 10.66.1.1:35001 ttl 64 id 90 "Amanda 3.5 NAK HANDLE 000-00000000 SEQ 7001\nERROR host amserver: port 35001 not secure\n"
inside 0.0031 udp 10.66.2.2:10080 192.168.1.2:855 ttl 63 id 90 "Amanda 3.5 NAK HANDLE 000-00000000 SEQ 7001\nERROR host amserver: port 35001 not secure\n"
