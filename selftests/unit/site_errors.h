/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Site files with an error, and word for word what has to be said about it.
 */
#ifndef UNIT_SITE_ERRORS_H
#define UNIT_SITE_ERRORS_H

#include <stddef.h>

#define TEXT(bytes)	{ bytes, sizeof(bytes) - 1 }

#define HOSTS \
	"[host s]\naddress = 192.0.2.1\nrole = server\n" \
	"[host c]\naddress = 192.0.2.2\nrole = client\n"
#define GATEWAY \
	"[host g]\nrole = gateway\naddress = 198.51.100.1\n"

struct site_error {
	struct {
		const char *start;
		size_t length;
	} text;
	const char *errors;
};

static const struct site_error site_errors[] = {
	{ TEXT(""),
	  "x.site: Error: no [host NAME] section\n" },
	{ TEXT("# only a comment\n"),
	  "x.site: Error: no [host NAME] section\n" },
	{ TEXT("[tape]\naddress = 1.2.3.4\n"),
	  "x.site:1:1-6: Error: unknown section; there are [site] and [host NAME]\n"
	  "[tape]\n^^^^^^\n" },
	{ TEXT("[site x]\nauth = bsd\n"),
	  "x.site:1:1-8: Error: unknown section; there are [site] and [host NAME]\n"
	  "[site x]\n^^^^^^^^\n" },
	{ TEXT("[site\nauth = bsd\n"),
	  "x.site:1:1-5: Error: no ']' in this line\n[site\n^^^^^\n" },
	{ TEXT("[site] [host x]\n"),
	  "x.site:1:7-15: Error: nothing more is expected here\n[site] [host x]\n"
	  "      ^^^^^^^^^\n" },
	{ TEXT("auth = bsd\n"),
	  "x.site:1:1-4: Error: no section has been opened yet\nauth = bsd\n^^^^\n" },
	{ TEXT("[site]\nauth = bsd\n[site]\nauth = bsd\n" HOSTS),
	  "x.site:3:2-5: Error: a second [site] section\n[site]\n ^^^^\n" },
	{ TEXT("[site]\nauht = bsd\n" HOSTS),
	  "x.site:2:1-4: Error: unknown key\nauht = bsd\n^^^^\n" },
	{ TEXT("[site]\nauth = kerberos\n" HOSTS),
	  "x.site:2:8-15: Error: unknown auth; there are bsd, bsdudp, bsdtcp, ssl, krb5, ssh, rsh, local\n"
	  "auth = kerberos\n       ^^^^^^^^\n" },
	{ TEXT("[site]\nauth =\n" HOSTS),
	  "x.site:2:1-4: Error: the auth is missing\nauth =\n^^^^\n" },
	{ TEXT("[site]\nauth = bsd bsdtcp\n" HOSTS),
	  "x.site:2:12-17: Error: nothing more is expected here\nauth = bsd bsdtcp\n"
	  "           ^^^^^^\n" },
	{ TEXT("[site]\nauth = bsd\nauth = ssh\n" HOSTS),
	  "x.site:3:1-4: Error: given twice in this section\nauth = ssh\n^^^^\n" },
	{ TEXT("[site]\nauth\n" HOSTS),
	  "x.site:2:1-4: Error: not KEY = VALUE\nauth\n^^^^\n" },
	{ TEXT("[site]\naddress = 1.2.3.4\n" HOSTS),
	  "x.site:2:1-7: Error: \"address\" belongs into a [host NAME] section\n"
	  "address = 1.2.3.4\n^^^^^^^\n" },
	{ TEXT("[site]\nudp-ports = 7OO-740\n" HOSTS),
	  "x.site:2:13-19: Error: not a port number\nudp-ports = 7OO-740\n"
	  "            ^^^^^^^\n" },
	{ TEXT("[site]\nudp-ports = 740-700\n" HOSTS),
	  "x.site:2:13-19: Error: port range runs backwards\nudp-ports = 740-700\n"
	  "            ^^^^^^^\n" },
	{ TEXT("[site]\nudp-ports = 0-700\n" HOSTS),
	  "x.site:2:13-17: Error: ports go from 1 to 65535\nudp-ports = 0-700\n"
	  "            ^^^^^\n" },
	{ TEXT("[site]\nudp-ports = 700-740-750\n" HOSTS),
	  "x.site:2:13-23: Error: not a port number\nudp-ports = 700-740-750\n"
	  "            ^^^^^^^^^^^\n" },
	{ TEXT("[site]\nudp-ports = 700 - 740\n" HOSTS),
	  "x.site:2:17-17: Error: nothing more is expected here\n"
	  "udp-ports = 700 - 740\n                ^\n" },
	{ TEXT("[site]\nudp-ports = 840-1024\n" HOSTS),
	  "x.site:2:13-20: Error: reserved ports go from 1 to 1023\n"
	  "udp-ports = 840-1024\n            ^^^^^^^^\n" },
	{ TEXT("[site]\nlow-tcp-ports = 50000-50100\n" HOSTS),
	  "x.site:2:17-27: Error: reserved ports go from 1 to 1023\n"
	  "low-tcp-ports = 50000-50100\n                ^^^^^^^^^^^\n" },
	{ TEXT("[site]\ntcp-ports = 1023-50100\n" HOSTS),
	  "x.site:2:13-22: Error: unreserved ports go from 1024 to 65535\n"
	  "tcp-ports = 1023-50100\n            ^^^^^^^^^^\n" },
	{ TEXT("[site]\ntcp-ports = 50000-65536\n" HOSTS),
	  "x.site:2:13-23: Error: ports go from 1 to 65535\ntcp-ports = 50000-65536\n"
	  "            ^^^^^^^^^^^\n" },
	{ TEXT("[site]\ntcp-ports = 10000-11000\n" HOSTS),
	  "x.site:2:13-23: Error: the range holds 10080, where amandad itself listens\n"
	  "tcp-ports = 10000-11000\n            ^^^^^^^^^^^\n" },
	{ TEXT("[site]\ntcp-ports = 11040-\n" HOSTS),
	  "x.site:2:13-18: Error: not a port number\ntcp-ports = 11040-\n"
	  "            ^^^^^^\n" },
	{ TEXT("[site]\ntcp-ports = 4294967297\n" HOSTS),
	  "x.site:2:13-22: Error: ports go from 1 to 65535\ntcp-ports = 4294967297\n"
	  "            ^^^^^^^^^^\n" },
	{ TEXT("[site]\nrecovery = maybe\nindex = 1\n" HOSTS),
	  "x.site:2:12-16: Error: neither yes nor no\nrecovery = maybe\n"
	  "           ^^^^^\nx.site:3:9-9: Error: neither yes nor no\nindex = 1\n"
	  "        ^\n" },
	{ TEXT("[host]\n" HOSTS),
	  "x.site:1:6-6: Error: a host name has letters, digits, '.', '-' and '_', and 64 at most\n"
	  "[host]\n     ^\n" },
	{ TEXT("[host a b]\n" HOSTS),
	  "x.site:1:7-9: Error: a host name has letters, digits, '.', '-' and '_', and 64 at most\n"
	  "[host a b]\n      ^^^\n" },
	{ TEXT("[host a\"; } flush ruleset #]\n" HOSTS),
	  "x.site:1:1-25: Error: no ']' in this line\n[host a\"; } flush ruleset #]\n"
	  "^^^^^^^^^^^^^^^^^^^^^^^^^\n" },
	{ TEXT("[host -x]\n[host \303\274]\n" HOSTS),
	  "x.site:1:7-8: Error: a host name has letters, digits, '.', '-' and '_', and 64 at most\n"
	  "[host -x]\n      ^^\n"
	  "x.site:2:7-8: Error: a host name has letters, digits, '.', '-' and '_', and 64 at most\n"
	  "[host \303\274]\n      ^^\n" },
	{ TEXT("[host 0123456789012345678901234567890123456789012345678901234567890123x]\n" HOSTS),
	  "x.site:1:7-71: Error: a host name has letters, digits, '.', '-' and '_', and 64 at most\n"
	  "[host 0123456789012345678901234567890123456789012345678901234567890123x]\n"
	  "      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS "[host S]\naddress = 192.0.2.3\nrole = client\n"),
	  "x.site:7:7-7: Error: this host stands in line 1 already\n[host S]\n"
	  "      ^\n" },
	{ TEXT(HOSTS "[host x]\naddress = 192.0.2.2\nrole = client\n"),
	  "x.site:8:11-19: Error: c has this address already, in line 5\n"
	  "address = 192.0.2.2\n          ^^^^^^^^^\n" },
	{ TEXT(HOSTS "[host x]\naddress = 192.0.2.3 192.0.2.3\nrole = client\n"),
	  "x.site:8:21-29: Error: x has this address already, in line 8\n"
	  "address = 192.0.2.3 192.0.2.3\n                    ^^^^^^^^^\n" },
	{ TEXT(HOSTS "[host x]\nrole = client\n"),
	  "x.site:7:7-7: Error: this host has no address\n[host x]\n      ^\n" },
	{ TEXT(HOSTS "[host x]\naddress = 192.0.2.3\n"),
	  "x.site:7:7-7: Error: this host has no role\n[host x]\n      ^\n" },
	{ TEXT(HOSTS "[host x]\naddress = 192.0.2.300\nrole = client\n"),
	  "x.site:8:11-21: Error: not an address\naddress = 192.0.2.300\n"
	  "          ^^^^^^^^^^^\n" },
	{ TEXT(HOSTS "[host x]\naddress = 192.0.2.3/33\nrole = client\n"),
	  "x.site:8:11-22: Error: not an address\naddress = 192.0.2.3/33\n"
	  "          ^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS "[host x]\naddress = host.example\nrole = client\n"),
	  "x.site:8:11-22: Error: not an address\naddress = host.example\n"
	  "          ^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS "[host x]\naddress = 127.0.0.1\nrole = client\n"),
	  "x.site:8:11-19: Error: not the address of a machine\naddress = 127.0.0.1\n"
	  "          ^^^^^^^^^\n" },
	{ TEXT(HOSTS "[host x]\naddress = fe80::1\nrole = client\n"),
	  "x.site:8:11-17: Error: not the address of a machine\naddress = fe80::1\n"
	  "          ^^^^^^^\n" },
	{ TEXT(HOSTS "[host x]\naddress = ::ffff:192.0.2.7\nrole = client\n"),
	  "x.site:8:11-26: Error: not the address of a machine\n"
	  "address = ::ffff:192.0.2.7\n          ^^^^^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS "[host x]\naddress = 192.0.2.3\nrole = client printer\n"),
	  "x.site:9:15-21: Error: unknown role; there are server, client, gateway, backuppc, storage\n"
	  "role = client printer\n              ^^^^^^^\n" },
	{ TEXT(HOSTS "[host x]\naddress = 2001:db8::1\nrole = client\n"),
	  "x.site:8:11-21: Error: no server has an address of x's families\n"
	  "address = 2001:db8::1\n          ^^^^^^^^^^^\n" },
	{ TEXT("[host s]\naddress = 192.0.2.1\nrole = client\n"),
	  "x.site: Error: no host has the role server\n" },
	{ TEXT("[host s]\naddress = 192.0.2.1\nrole = server\n"),
	  "x.site: Error: no host has the role client\n" },
	{ TEXT("[host s]\naddress = 192.0.2.1\nrole = gateway\n"),
	  "x.site: Error: no host has the role server\n"
	  "x.site: Error: no host has the role client\n" },
	{ TEXT(HOSTS "auth = local\n"),
	  "x.site:7:8-12: Error: auth local does not leave the machine, and c is no server\n"
	  "auth = local\n       ^^^^^\n" },
	{ TEXT(HOSTS "nat = masquerade 192.0.2.2\n"),
	  "x.site:7:18-26: Error: only a gateway translates addresses\n"
	  "nat = masquerade 192.0.2.2\n                 ^^^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat =\n"),
	  "x.site:10:1-3: Error: masquerade or forward is missing\nnat =\n^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = route 198.51.100.1\n"),
	  "x.site:10:7-11: Error: neither masquerade nor forward\n"
	  "nat = route 198.51.100.1\n      ^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = masquerade\n"),
	  "x.site:10:7-16: Error: the address to masquerade as is missing\n"
	  "nat = masquerade\n      ^^^^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = masquerade 198.51.100.2\n"),
	  "x.site:10:18-29: Error: g does not have this address\n"
	  "nat = masquerade 198.51.100.2\n                 ^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = masquerade 198.51.100.1 c\n"),
	  "x.site:10:31-31: Error: nothing more is expected here\n"
	  "nat = masquerade 198.51.100.1 c\n                              ^\n" },
	{ TEXT(HOSTS GATEWAY "nat = forward\n"),
	  "x.site:10:7-13: Error: the address to forward from is missing\n"
	  "nat = forward\n      ^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = forward 198.51.100.1:10080\n"),
	  "x.site:10:7-32: Error: \"-> HOST\" is missing\n"
	  "nat = forward 198.51.100.1:10080\n      ^^^^^^^^^^^^^^^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = forward 198.51.100.1:10080 web1\n"),
	  "x.site:10:34-37: Error: \"-> HOST\" is expected here\n"
	  "nat = forward 198.51.100.1:10080 web1\n"
	  "                                 ^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = forward 198.51.100.1:10080 ->\n"),
	  "x.site:10:7-35: Error: the host to forward to is missing\n"
	  "nat = forward 198.51.100.1:10080 ->\n      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = forward 198.51.100.1:10080 -> web1\n"),
	  "x.site:10:37-40: Error: no host of this name\n"
	  "nat = forward 198.51.100.1:10080 -> web1\n"
	  "                                    ^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = forward 198.51.100.1:10080 -> g\n"),
	  "x.site:10:37-37: Error: a gateway cannot forward to itself\n"
	  "nat = forward 198.51.100.1:10080 -> g\n"
	  "                                    ^\n" },
	{ TEXT(HOSTS GATEWAY "nat = forward 198.51.100.1:x -> c\n"),
	  "x.site:10:15-28: Error: not a port number\n"
	  "nat = forward 198.51.100.1:x -> c\n              ^^^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = forward [2001:db8::1:10080 -> c\n"),
	  "x.site:10:15-32: Error: not [ADDRESS]:PORT\n"
	  "nat = forward [2001:db8::1:10080 -> c\n              ^^^^^^^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "address = 2001:db8::1\nnat = forward [2001:db8::1]:10080 -> c\n"),
	  "x.site:11:38-38: Error: c has no IPv6 address\n"
	  "nat = forward [2001:db8::1]:10080 -> c\n"
	  "                                     ^\n" },
	{ TEXT(HOSTS GATEWAY "nat = forward 198.51.100.1 -> c\nnat = forward 198.51.100.1:10080 -> s\n"),
	  "x.site:11:15-32: Error: given in line 10 already\n"
	  "nat = forward 198.51.100.1:10080 -> s\n              ^^^^^^^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "nat = masquerade 198.51.100.1\nnat = masquerade 198.51.100.1\n"),
	  "x.site:11:18-29: Error: given in line 10 already\n"
	  "nat = masquerade 198.51.100.1\n                 ^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS GATEWAY "[host h]\nrole = gateway\naddress = 192.0.2.9\n"
	  "nat = forward 192.0.2.9 -> g\n"),
	  "x.site:13:28-28: Error: nobody asks anything of g\n"
	  "nat = forward 192.0.2.9 -> g\n                           ^\n" },
	{ TEXT("[site]\nauth = bsd\0bsd\n" HOSTS),
	  "x.site:2:11-11: Error: a NUL byte\nauth = bsd?bsd\n          ^\n" },
	{ TEXT("[site]\n\tauth =\tb\033[31md\n" HOSTS),
	  "x.site:2:9-15: Error: unknown auth; there are bsd, bsdudp, bsdtcp, ssl, krb5, ssh, rsh, local\n"
	  "\tauth =\tb?[31md\n\t      \t^^^^^^^\n" },
	{ TEXT("[host s]\n  extra line\n" HOSTS),
	  "x.site:2:3-12: Error: not KEY = VALUE\n  extra line\n  ^^^^^^^^^^\n" },
	{ TEXT("[host a\"; } flush ruleset; ]\n" HOSTS),
	  "x.site:1:7-27: Error: a host name has letters, digits, '.', '-' and '_', and 64 at most\n"
	  "[host a\"; } flush ruleset; ]\n      ^^^^^^^^^^^^^^^^^^^^^\n" },
	{ TEXT("[host s]\naddress = 192.0.2.1\nrole = server\nrole = client\n[host c]\n"
	  "address = 192.0.2.2/0\nrole = client\n"),
	  "x.site:4:1-4: Error: given twice in this section\nrole = client\n^^^^\n"
	  "x.site:6:11-21: Error: not an address\naddress = 192.0.2.2/0\n"
	  "          ^^^^^^^^^^^\n" },
	{ TEXT("[site]\npreset = redhat\n" HOSTS),
	  "x.site:2:10-15: Error: unknown preset; there are upstream, debian, zmanda, enterprise\n"
	  "preset = redhat\n         ^^^^^^\n" },
	{ TEXT("[site]\npreset = debian\nauth = krb5\n" HOSTS),
	  "x.site:3:8-11: Error: the debian build of c has no auth krb5; it has bsd bsdudp bsdtcp ssl ssh local\n"
	  "auth = krb5\n       ^^^^\n" },
	{ TEXT("[site]\nauth = bsdudp\n" HOSTS "preset = upstream\n"),
	  "x.site:2:8-13: Error: the upstream build of c has no auth bsdudp; it has bsd bsdtcp ssl ssh local\n"
	  "auth = bsdudp\n       ^^^^^^\n" },
	{ TEXT("[host s]\naddress = 192.0.2.1\nrole = server\npreset = upstream\n[host c]\n"
	  "address = 192.0.2.2\nrole = client\nauth = bsdudp\n"),
	  "x.site:8:8-13: Error: the upstream build of server s has no auth bsdudp\n"
	  "auth = bsdudp\n       ^^^^^^\n" },
	{ TEXT(HOSTS "address = 2001:db8::2\npreset = debian\n"),
	  "x.site:7:11-21: Error: the debian build of c has no IPv6\n"
	  "address = 2001:db8::2\n          ^^^^^^^^^^^\n" },
	{ TEXT("[site]\nclient-port = 0\n" HOSTS),
	  "x.site:2:15-15: Error: ports go from 1 to 65535\nclient-port = 0\n"
	  "              ^\n" },
	{ TEXT(HOSTS "client-port = 50007\n[site]\ntcp-ports = 50000-50010\n"),
	  "x.site:9:13-23: Error: the range holds 50007, where amandad of c listens\n"
	  "tcp-ports = 50000-50010\n            ^^^^^^^^^^^\n" },
	{ TEXT("[site]\nudp-ports = 700-740\nclient-port = 710\nauth = bsd\n" HOSTS),
	  "x.site:2:13-19: Error: the range holds 710, where amandad of s listens\n"
	  "udp-ports = 700-740\n            ^^^^^^^\n" },
	{ TEXT("[site]\ntcp-ports = 10082-10090\nold-recovery = yes\n" HOSTS),
	  "x.site:2:13-23: Error: the range holds 10082, where amindexd of s listens\n"
	  "tcp-ports = 10082-10090\n            ^^^^^^^^^^^\n"
	  "x.site:2:13-23: Error: the range holds 10083, where amidxtaped of s listens\n"
	  "tcp-ports = 10082-10090\n            ^^^^^^^^^^^\n" },
	{ TEXT("[site]\ntcp-ports = 10081-10082\nauth = krb5\n" HOSTS),
	  "x.site:2:13-23: Error: the range holds 10082, where amandad of s listens\n"
	  "tcp-ports = 10081-10082\n            ^^^^^^^^^^^\n" },
	{ TEXT(HOSTS "auth = krb5\n[host d]\naddress = 192.0.2.3\nrole = client\nold-recovery = yes\n"),
	  "x.site:11:16-18: Error: port 10082 would be amindexd for d and auth krb5 for c\n"
	  "old-recovery = yes\n               ^^^\n" },
	{ TEXT(HOSTS "auth = krb5\nclient-port = 10090\n"),
	  "x.site:8:15-19: Error: auth krb5 always asks at port 10082\nclient-port = 10090\n"
	  "              ^^^^^\n" },
	{ TEXT("[site]\nbackuppc = ftp\n" HOSTS),
	  "x.site:2:12-14: Error: unknown method; there are ssh, rsyncd, smb\nbackuppc = ftp\n"
	  "           ^^^\n" },
	{ TEXT(HOSTS "backuppc = ssh\n"),
	  "x.site:7:12-14: Error: no host has the role backuppc\nbackuppc = ssh\n"
	  "           ^^^\n" },
	{ TEXT(HOSTS "[host b]\naddress = 192.0.2.3\nrole = backuppc\n"),
	  "x.site:7:7-7: Error: no host tells by \"backuppc = METHOD\" how it is backed up\n"
	  "[host b]\n      ^\n" },
	{ TEXT("[host b]\naddress = 192.0.2.3\nrole = backuppc\n[host w]\nbackuppc = smb\n"
	  "address = 2001:db8::4\n"),
	  "x.site:6:11-21: Error: no backuppc has an address of w's families\n"
	  "address = 2001:db8::4\n          ^^^^^^^^^^^\n" },
	{ TEXT(HOSTS "direct-tcp = yes\n"),
	  "x.site:7:14-16: Error: no host has the role storage\ndirect-tcp = yes\n"
	  "             ^^^\n" },
	{ TEXT("[site]\nmaxdumps = 64\netimeout = ten\ndtimeout =\n" HOSTS),
	  "x.site:2:12-13: Error: a number from 1 to 63 is expected\nmaxdumps = 64\n"
	  "           ^^\nx.site:3:12-14: Error: not a number\netimeout = ten\n"
	  "           ^^^\nx.site:4:1-8: Error: the number is missing\ndtimeout =\n^^^^^^^^\n" },
	{ TEXT(HOSTS "interface =\n"),
	  "x.site:7:1-9: Error: the interface is missing\ninterface =\n^^^^^^^^^\n" },
	{ TEXT(HOSTS "interface = eth0@if3 192.0.2.2\n"),
	  "x.site:7:13-20: Error: an interface name has letters, digits, '.', '-' and '_', and 15 at most\n"
	  "interface = eth0@if3 192.0.2.2\n            ^^^^^^^^\n" },
	{ TEXT(HOSTS "interface = 0123456789abcdef\n"),
	  "x.site:7:13-28: Error: an interface name has letters, digits, '.', '-' and '_', and 15 at most\n"
	  "interface = 0123456789abcdef\n            ^^^^^^^^^^^^^^^^\n" },
	{ TEXT(HOSTS "interface = default\n"),
	  "x.site:7:13-19: Error: an interface name has letters, digits, '.', '-' and '_', and 15 at most\n"
	  "interface = default\n            ^^^^^^^\n" },
	{ TEXT(HOSTS "interface = eth0 192.0.2.22\n"),
	  "x.site:7:18-27: Error: c does not have this address\ninterface = eth0 192.0.2.22\n"
	  "                 ^^^^^^^^^^\n" },
	{ TEXT(HOSTS "interface = eth0 upstream\n"),
	  "x.site:7:18-25: Error: not an address\ninterface = eth0 upstream\n"
	  "                 ^^^^^^^^\n" },
	{ TEXT(HOSTS "interface = eth0 default 192.0.2.2\ninterface = eth1 192.0.2.2 default\n"
	  "interface = eth0\n"),
	  "x.site:8:13-16: Error: eth0 is the default already, in line 7\n"
	  "interface = eth1 192.0.2.2 default\n            ^^^^\n"
	  "x.site:9:13-16: Error: given in line 7 already\ninterface = eth0\n            ^^^^\n"
	  "x.site:8:18-26: Error: eth0 has this address already\n"
	  "interface = eth1 192.0.2.2 default\n                 ^^^^^^^^^\n" },
};

static const size_t site_error_count = sizeof(site_errors) / sizeof(*site_errors);

#endif /* UNIT_SITE_ERRORS_H */
