/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules and the steps they become: 1 is lo, 2 eth0, 3 eth1, 4 wan0. */
#ifndef UNIT_COMPILE_RULES_H
#define UNIT_COMPILE_RULES_H

static const char declarations[] =
	"set s4 { type ipv4_addr; flags interval;"
	" elements = { 10.0.0.0/8, 192.168.1.1, 250.0.0.0-255.255.255.255 } }\n"
	"set s6 { type ipv6_addr; flags interval; elements = { fd00::/8 } }\n"
	"set pm { type inet_service . mark; elements = { 80 . 0x1 } }\n"
	"set dyn { type ipv4_addr; flags dynamic,timeout; timeout 1m; }\n"
	"set old { type inet_service; flags timeout; elements = { 80 timeout 1h } }\n"
	"map m { type ipv4_addr : ipv4_addr . inet_service;"
	" elements = { 1.2.3.4 : 10.0.0.1 . 80 } }\n"
	"map ci { type ipv4_addr . inet_service : verdict; flags interval;"
	" elements = { 10.0.0.0/8 . 80-90 : accept } }\n"
	"map rest { type inet_service : verdict;"
	" elements = { 80 : accept, * : drop } }\n"
	"ct helper ahx { type \"ftp\" protocol tcp; l3proto ip; }\n"
	"limit few { rate 3/second }\n"
	"counter many { }\n"
	"chain x { }\n";

static const struct example nft_rules[] = {
	{ "ct state established,related accept",
	  "ct state 2,4; accept", NULL },
	{ "ct state != established accept",
	  "ct state 1,4,8,64; accept", NULL },
	{ "ct state vmap { new : jump x, invalid : drop }",
	  "ct state in [ 1: drop, 8: jump x ]; choose", NULL },
	{ "iifname \"eth*\" tcp dport { 22, 80-90 } accept",
	  "iif 2-3; protocol 6; dport in [ 22, 80-90 ]; accept", NULL },
	{ "iifname != \"eth0\" accept",
	  "iif 0-1,3-0xffffffff; accept", NULL },
	{ "iifname { \"eth0\", \"wan*\" } accept",
	  "iif in [ 2, 4 ]; accept", NULL },
	{ "iif lo accept",
	  "iif 1; accept", NULL },
	{ "iifname . tcp dport { \"eth1\" . 5 } accept",
	  "protocol 6; iif . dport in [ 3 . 5 ]; accept", NULL },
	{ "ip saddr @s4 tcp dport 80 accept",
	  "saddr in [ 0xa000000-0xaffffff, 0xc0a80101, 0xfa000000-0xffffffff ]; "
	  "protocol 6; dport 80; accept", "never" },
	{ "ip saddr != @s4 accept",
	  "not saddr in [ 0xa000000-0xaffffff, 0xc0a80101, 0xfa000000-0xffffffff ]; "
	  "accept", "never" },
	{ "ip6 daddr @s6 accept",
	  "never", "daddr in [ fd00000000000000:0000000000000000-fdffffffffffffff:ffffffffffffffff ]; "
	  "accept" },
	{ "ip saddr . tcp dport vmap @ci",
	  "protocol 6; saddr . dport in [ 0xa000000-0xaffffff . 80-90: accept ]; "
	  "choose", "never" },
	{ "tcp dport vmap @rest",
	  "protocol 6; dport in [ 0-79: drop, 80: accept, 81-65535: drop ]; "
	  "choose", NULL },
	{ "tcp dport @old accept",
	  "protocol 6; dport in [ 80 ]? set old, whose elements expire; accept", NULL },
	{ "meta mark 1-5 accept",
	  "mark 1-5; accept", NULL },
	{ "meta mark & 0xff == 3 ct mark set meta mark",
	  "mark & 255 3; ct mark = (mark & 0xffffffff) ^ 0", NULL },
	{ "meta mark set ct mark",
	  "ct direction 0-1; ct mark 0-0xffffffff; mark = (ct mark & 0xffffffff) ^ 0", NULL },
	{ "meta mark set meta mark | 0x10",
	  "mark = (mark & 0xffffffef) ^ 16", NULL },
	{ "meta mark set ip saddr map { 1.1.1.1 : 5, 2.2.2.2 : 6 }",
	  "saddr in [ 0x1010101: 5, 0x2020202: 6 ]; mark = found", "never" },
	{ "meta mark set numgen random mod 4",
	  "mark = ? numgen", NULL },
	{ "meta mark set jhash ip saddr mod 4",
	  "mark = ? jhash", "never" },
	{ "ip dscp cs1 accept",
	  "tos 32-35; accept", "never" },
	{ "ip dscp { cs1, cs2 } accept",
	  "tos in [ 32-35, 64-67 ]; accept", "never" },
	{ "ip6 dscp cs1 accept",
	  "never", "tos 32-35; accept" },
	{ "tcp flags syn / syn,ack accept",
	  "protocol 6; tcp flags 2-3,6-7,10-11,14-15,.. 32; accept", NULL },
	{ "fib daddr type local accept",
	  "daddr type 2; accept", NULL },
	{ "fib saddr . iif oif missing drop",
	  "never", NULL },
	{ "ip6 saddr fe80::/10 accept",
	  "never", "saddr fe80000000000000:0000000000000000-febfffffffffffff:ffffffffffffffff; "
	  "accept" },
	{ "icmp type echo-request accept",
	  "protocol 1; icmp type and code 2048-2303; accept", "never" },
	{ "icmpv6 type { 1, 2 } accept",
	  "never", "protocol 58; icmp type and code in [ 256-511, 512-767 ]; accept" },
	{ "icmp type . icmp code { 3 . 4 } accept",
	  "protocol 1; icmp type and code in [ 772 ]; accept", "never" },
	{ "tcp dport 10080 ct helper set \"ahx\"",
	  "protocol 6; dport 10080; helper ftp", "protocol 6; dport 10080" },
	{ "udp dport 10080 ct helper set \"ahx\"",
	  "protocol 17; dport 10080", NULL },
	{ "tcp dport . meta mark @pm accept",
	  "protocol 6; dport . mark in [ 80 . 1 ]; accept", NULL },
	{ "add @dyn { ip saddr }",
	  "fill dyn", "never" },
	{ "ip saddr @dyn drop",
	  "saddr in [ ]? set dyn, which rules add to; drop", "never" },
	{ "update @dyn { ip saddr limit rate 10/second } drop",
	  "fill dyn; ? limit; drop", "never" },
	{ "ip frag-off & 0x1fff != 0 drop",
	  "fragment 1-8191,8193-16383,16385-24575,24577-32767,.. 8; drop", "never" },
	{ "meta l4proto { tcp, udp } th dport 53 accept",
	  "protocol in [ 6, 17 ]; dport 53; accept", NULL },
	{ "ct direction original ct status dnat accept",
	  "ct direction 0; ct status & 32 1-0xffffffff; accept", NULL },
	{ "ct helper \"amanda\" accept",
	  "ct helper 2; accept", NULL },
	{ "ct helper != \"amanda\" accept",
	  "ct helper 1,3-65535; accept", NULL },
	{ "ct original ip saddr 10.0.0.1 accept",
	  "ct direction 0-1; ? ct ip saddr; accept", NULL },
	{ "ip ttl set 64",
	  "ttl = 64", "never" },
	{ "ip saddr & 255.255.0.255 == 10.0.0.1 accept",
	  "saddr 0xa000001,0xa000101,0xa000201,0xa000301,.. 256; accept", "never" },
	{ "ip saddr 10.0.0.0/8 ip daddr != 1.2.3.4-1.2.3.9 tcp sport >= 1024 accept",
	  "saddr 0xa000000-0xaffffff; daddr 0-0x1020303,0x102030a-0xffffffff; "
	  "protocol 6; sport 1024-65535; accept", "never" },
	{ "tcp dport < 1024 accept",
	  "protocol 6; dport 0-1023; accept", NULL },
	{ "tcp dport != { 1, 5-7 } accept",
	  "protocol 6; not dport in [ 1, 5-7 ]; accept", NULL },
	{ "udp sport 512-1023 udp dport 10080 accept",
	  "protocol 17; sport 512-1023; dport 10080; accept", NULL },
	{ "@th,0,32 0x02000050 accept",
	  "sport 512; dport 80; accept", NULL },
	{ "ip version 4 accept",
	  "accept", "never" },
	{ "ip hdrlength 5 accept",
	  "? payload @nh,0,8; accept", "never" },
	{ "ip length 100-200 accept",
	  "length 100-200; accept", "never" },
	{ "ip6 hoplimit 1 accept",
	  "never", "ttl 1; accept" },
	{ "meta hour \"10:00\"-\"12:00\" accept",
	  "? meta hour; accept", NULL },
	{ "limit rate 3/second accept",
	  "? limit; accept", NULL },
	{ "limit rate 3/second counter log",
	  "", NULL },
	{ "limit name \"few\" accept",
	  "? limit; accept", NULL },
	{ "counter name \"many\" reject",
	  "reject", NULL },
	{ "meta nfproto ipv6 drop",
	  "never", "drop" },
	{ "meta skuid 0 accept",
	  "? meta skuid; accept", NULL },
	{ "tcp option maxseg size 1-500 drop",
	  "? tcp option; drop", NULL },
	{ "tcp dport 7 goto x",
	  "protocol 6; dport 7; goto x", NULL },
	{ "tcp dport 7 return",
	  "protocol 6; dport 7; return", NULL },
	{ "notrack",
	  "notrack", NULL },
};

static const struct example nft_nat_rules[] = {
	{ "meta l4proto tcp dnat ip to 10.0.0.1-10.0.0.5:80-90",
	  "protocol 6; dnat 0xa000001-0xa000005 port 80-90", "protocol 6" },
	{ "meta l4proto tcp dnat ip addr . port to ip saddr map @m",
	  "protocol 6; saddr in [ 0x1020304: 0xa000001/80 ]; dnat found", "never" },
	{ "tcp dport 5 redirect to :80 random",
	  "protocol 6; dport 5; redirect port 80 random", NULL },
	{ "dnat ip prefix to ip daddr map { 10.0.0.0/8 : 11.0.0.0/8 }",
	  "daddr in [ 0xa000000-0xaffffff: 0xb000000/3071 ]; "
	  "? to which address a map translates; queue", "never" },
	{ "dnat ip to ip saddr map { 1.1.1.1 : 2.2.2.2 }",
	  "saddr in [ 0x1010101: 0x2020202 ]; dnat found", "never" },
	{ "ip daddr 10.0.0.0/24 dnat ip prefix to 10.1.0.0/24",
	  "daddr 0xa000000-0xa0000ff; netmap 0xa010000-0xa0100ff", "never" },
};

static const struct example iptables_rules[] = {
	{ "-i eth+ -p tcp -m tcp --dport 22:25 --sport 1024: -m conntrack"
	  " --ctstate NEW,ESTABLISHED -j ACCEPT",
	  "iif 2-3; protocol 6; sport 1024-65535; dport 22-25; ct state 2,8; "
	  "accept", NULL },
	{ "-s 10.0.0.0/8 ! -d 1.2.3.4 -m state --state RELATED -j x",
	  "saddr 0xa000000-0xaffffff; daddr 0-0x1020303,0x1020305-0xffffffff; "
	  "ct state 4; jump x", NULL },
	{ "-m conntrack ! --ctstate INVALID,UNTRACKED -j ACCEPT",
	  "ct state 2,4,8; accept", NULL },
	{ "-m conntrack --ctstate DNAT --ctdir ORIGINAL -j ACCEPT",
	  "ct status & 32 1-0xffffffff; ct direction 0,2; accept", NULL },
	{ "-m conntrack --ctorigdst 1.2.3.4 -j ACCEPT",
	  "ct direction 0-1; ? -m conntrack --ctorig or --ctrepl; accept", NULL },
	{ "-p udp -m multiport --ports 10,20:30 -m comment --comment hello -j ACCEPT",
	  "protocol 17; sport or dport 10,20-30; accept", NULL },
	{ "-p udp -m multiport ! --dports 10,20:30 -j ACCEPT",
	  "protocol 17; dport 0-9,11-19,31-65535; accept", NULL },
	{ "-p udp -m multiport --sports 10 -j DROP",
	  "protocol 17; sport 10; drop", NULL },
	{ "-p icmp --icmp-type 8 -j ACCEPT",
	  "protocol 1; icmp type and code 2048-2303; accept", NULL },
	{ "-p icmp --icmp-type any -j ACCEPT",
	  "protocol 1; accept", NULL },
	{ "-p icmp ! --icmp-type 3/4 -j ACCEPT",
	  "protocol 1; icmp type and code 0-771,773-65535; accept", NULL },
	{ "-p udp -m udp ! --dport 1:5 -j RETURN",
	  "protocol 17; dport 0,6-65535; return", NULL },
	{ "-p tcp -m tcp --syn -j x",
	  "protocol 6; tcp flags 2,10,34,42,.. 16; jump x", NULL },
	{ "-p tcp -m tcp ! --syn -m mark --mark 0x1/0xf -j MARK --set-xmark 0x2/0xf",
	  "protocol 6; tcp flags 0-1,3-9,11-33,35-41,.. 17; mark & 15 1; "
	  "mark = (mark & 0xfffffff0) ^ 2", NULL },
	{ "-m mark ! --mark 0x1 -j CONNMARK --save-mark",
	  "mark 0,2-0xffffffff; ct mark 0-0xffffffff; ct mark = (mark & 0xffffffff) ^ 0", NULL },
	{ "-j CONNMARK --restore-mark",
	  "ct mark 0-0xffffffff; mark = (ct mark & 0xffffffff) ^ 0", NULL },
	{ "-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff",
	  "ct mark 0-0xffffffff; mark = (mark & 0xffffff00) ^ (ct mark & 255) ^ 0", NULL },
	{ "-m connmark --mark 0x5 -j CONNMARK --set-xmark 0x7/0xff",
	  "ct mark 5; ct mark = (ct mark & 0xffffff00) ^ 7", NULL },
	{ "-m limit --limit 3/sec -j LOG --log-prefix x",
	  "", NULL },
	{ "-m limit --limit 3/sec -j ACCEPT",
	  "? limit; accept", NULL },
	{ "-m addrtype --dst-type LOCAL -g x",
	  "daddr type 2; goto x", NULL },
	{ "-m addrtype ! --src-type UNICAST,LOCAL -j DROP",
	  "saddr type 0,3-255; drop", NULL },
	{ "-f -j DROP",
	  "fragment 1-8191,8193-16383,16385-24575,24577-32767,.. 8; drop", NULL },
	{ "-m iprange --src-range 1.1.1.1-1.1.1.5 ! --dst-range 2.2.2.2-2.2.2.3 -j ACCEPT",
	  "saddr 0x1010101-0x1010105; daddr 0-0x2020201,0x2020204-0xffffffff; "
	  "accept", NULL },
	{ "-m helper --helper amanda-10080 -j ACCEPT",
	  "ct helper 1-2; accept", NULL },
	{ "-m helper ! --helper amanda -j ACCEPT",
	  "ct helper 0-1,3-65535; accept", NULL },
	{ "-m tos --tos 0x10/0x3f -m ttl --ttl-gt 5 -m length --length 1:5"
	  " -m pkttype --pkt-type unicast -j ACCEPT",
	  "tos 16,80,144,208; ttl 6-255; length 1-5; pkttype 0; accept", NULL },
	{ "-m dscp --dscp 0x08 -m ttl --ttl-eq 1 -j ACCEPT",
	  "tos 32-35; ttl 1; accept", NULL },
	{ "-m mac --mac-source 00:11:22:33:44:55 -j ACCEPT",
	  "? -m mac; accept", NULL },
	{ "-m statistic --mode random --probability 0.5 -j ACCEPT",
	  "? -m statistic; accept", NULL },
	{ "-j TOS --set-tos 0x10/0x3f",
	  "tos = (tos & 192) ^ 16", NULL },
	{ "-j TTL --ttl-set 64",
	  "ttl = 64", NULL },
};

static const struct example raw_rules[] = {
	{ "-p udp --dport 10080 -j CT --helper amanda",
	  "protocol 17; dport 10080; helper amanda early", NULL },
	{ "-p udp --dport 53 -j CT --notrack",
	  "protocol 17; dport 53; notrack", NULL },
	{ "-m rpfilter --invert -j DROP",
	  "never", NULL },
	{ "-m rpfilter -j ACCEPT",
	  "accept", NULL },
};

static const struct example dnat_rules[] = {
	{ "-p tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8080",
	  "protocol 6; dport 80; dnat 0xa000001 port 8080", NULL },
	{ "-p tcp --dport 81 -j DNAT --to-destination 10.0.0.1-10.0.0.3 --random",
	  "protocol 6; dport 81; dnat 0xa000001-0xa000003 random", NULL },
	{ "-p tcp --dport 81 -j REDIRECT --to-ports 8080",
	  "protocol 6; dport 81; redirect port 8080", NULL },
	{ "-d 10.0.0.0/24 -j NETMAP --to 10.1.0.0/24",
	  "daddr 0xa000000-0xa0000ff; netmap 0xa010000-0xa0100ff", NULL },
};

static const struct example snat_rules[] = {
	{ "-o eth0 -j MASQUERADE --random",
	  "oif 2; masquerade random", NULL },
	{ "-p udp -j MASQUERADE --to-ports 512-1023",
	  "protocol 17; masquerade port 512-1023", NULL },
	{ "-j SNAT --to-source 1.1.1.1-1.1.1.3",
	  "snat 0x1010101-0x1010103", NULL },
};

#endif /* UNIT_COMPILE_RULES_H */
