// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds the namespaces and the gateway's ruleset. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "selftests/lib/lab.h"
#include "selftests/lib/report.h"
#include "selftests/lib/rtnl.h"

#define RULES_MAX 4096

const char *lab_helper = "amanda";

/* The three networks: the host's own address and the gateway's. */
struct network {
	enum lab_host host;
	const char *link;
	const char *address[2];		/* IPv4, IPv6 */
	const char *gateway[2];
};

static const struct network networks[] = {
	{ INITIATOR, "initiator", { "192.0.2.2", "2001:db8:1::2" },
	  { "192.0.2.1", "2001:db8:1::1" } },
	{ RESPONDER, "responder", { "198.51.100.2", "2001:db8:2::2" },
	  { "198.51.100.1", "2001:db8:2::1" } },
	{ SECOND, "second", { "203.0.113.2", "2001:db8:3::2" },
	  { "203.0.113.1", "2001:db8:3::1" } },
};

/* Without NAT one responder is enough. */
static size_t used_networks(const struct lab *lab)
{
	return lab_has_second(lab) ? 3 : 2;
}

/** lab_host_name() - the name of a host, as tests print it */
const char *lab_host_name(enum lab_host host)
{
	static const char *const names[] = { "initiator", "gateway", "responder", "second" };

	return names[host];
}

/** lab_has_second() - is there a second responder? */
bool lab_has_second(const struct lab *lab)
{
	return lab->flags;
}

/** lab_family() - AF_INET or AF_INET6 */
int lab_family(const struct lab *lab)
{
	return lab->flags & LAB_IPV6 ? AF_INET6 : AF_INET;
}

/** lab_sockaddr() - an address of the laboratory's family, with a port */
void lab_sockaddr(const struct lab *lab, const char *address, uint16_t port,
		  struct sockaddr_storage *out)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	struct sockaddr_in *four = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	out->ss_family = (sa_family_t)lab_family(lab);
	four->sin_port = htons(port);	/* at the same place in both */
	if (inet_pton(out->ss_family, address,
		      out->ss_family == AF_INET6 ? (void *)&six->sin6_addr
						 : (void *)&four->sin_addr) != 1)
		die("%s is no address", address);
}

/** lab_enter() - be on that host: what is opened from now on belongs to it */
void lab_enter(const struct lab *lab, enum lab_host host)
{
	if (setns(lab->ns[host], CLONE_NEWNET))
		die("setns: %s", strerror(errno));
}

/** lab_leave() - be where the laboratory was opened */
void lab_leave(const struct lab *lab)
{
	if (setns(lab->home, CLONE_NEWNET))
		die("setns: %s", strerror(errno));
}

/** read_line() - the first line of a small file; false if there is none */
bool read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	bool got;

	if (!file)
		return false;
	got = fgets(line, size, file);
	fclose(file);
	line[got ? strcspn(line, "\n") : 0] = '\0';
	return got;
}

/** write_line() - write a value below /proc or /sys */
void write_line(const char *path, const char *format, ...)
{
	va_list list;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	va_start(list, format);
	if (fd < 0 || vdprintf(fd, format, list) < 0)
		die("%s: %s", path, strerror(errno));
	va_end(list);
	close(fd);
}

static int this_namespace(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("/proc/self/ns/net: %s", strerror(errno));
	return fd;
}

static int new_namespace(void)
{
	if (unshare(CLONE_NEWNET))
		die("unshare: %s", strerror(errno));
	/* A gateway asks for neighbours from its link-local address: have it at once. */
	write_line("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
	rtnl_up("lo");
	return this_namespace();
}

/* The end at a host is called "gateway", the end at the gateway like the host. */
static void connect_network(struct lab *lab, const struct network *network)
{
	int v;

	lab_enter(lab, GATEWAY);
	rtnl_veth(network->link, "gateway", lab->ns[network->host]);
	rtnl_up(network->link);
	lab_enter(lab, network->host);
	rtnl_up("gateway");
	lab_enter(lab, GATEWAY);
	rtnl_wait(network->link);
	for (v = 0; v < 2; v++)
		rtnl_address(network->link, network->gateway[v]);
	lab_enter(lab, network->host);
	rtnl_wait("gateway");
	for (v = 0; v < 2; v++) {
		rtnl_address("gateway", network->address[v]);
		rtnl_default_route(network->gateway[v]);
	}
}

/*
 * Speak to the gateway until it answers (that nobody listens): then both sides
 * know each other's hardware address, and no packet of a test waits for it.
 */
static void meet_gateway(const struct lab *lab, const struct network *network)
{
	struct sockaddr_storage to;
	int tries, fd;

	lab_enter(lab, network->host);
	lab_sockaddr(lab, network->gateway[lab->flags & LAB_IPV6 ? 1 : 0], 9, &to);
	fd = socket(lab_family(lab), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("UDP to the gateway: %s", strerror(errno));
	for (tries = 0; tries < 2500; tries++) {
		if (send(fd, "", 1, 0) < 0 && errno == ECONNREFUSED)
			break;
		usleep(tries < 2 ? 0 : 2000);
	}
	if (tries == 2500)
		die("the gateway does not answer the %s", lab_host_name(network->host));
	close(fd);
}

static void open_networks(struct lab *lab)
{
	int v = lab->flags & LAB_IPV6 ? 1 : 0;
	size_t i;

	for (i = 0; i < 1 + used_networks(lab); i++)
		lab->ns[i] = new_namespace();
	for (i = 0; i < used_networks(lab); i++) {
		connect_network(lab, &networks[i]);
		lab->address[networks[i].host] = networks[i].address[v];
	}
	lab->address[GATEWAY] = networks[0].gateway[v];
	lab_enter(lab, GATEWAY);
	write_line("/proc/sys/net/ipv4/ip_forward", "1");
	write_line("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	for (i = 0; i < used_networks(lab); i++)
		meet_gateway(lab, &networks[i]);
}

static void open_loopback(struct lab *lab)
{
	static const char *const address[] = {
		[INITIATOR] = "127.0.0.1", [GATEWAY] = "127.0.0.9",
		[RESPONDER] = "127.0.0.2", [SECOND] = "127.0.0.3",
	};
	int fd = new_namespace();
	size_t i;

	for (i = 0; i < LAB_HOSTS; i++) {
		lab->ns[i] = fd;
		lab->address[i] = address[i];
	}
}

/**
 * lab_rules() - add rules at the gateway
 * @lab: the laboratory
 * @text: as nft reads it
 */
void lab_rules(const struct lab *lab, const char *text)
{
	struct nft_ctx *nft;

	lab_enter(lab, GATEWAY);
	nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft)
		die("libnftables does not start");
	nft_ctx_buffer_error(nft);
	if (nft_run_cmd_from_buffer(nft, text))
		die("ruleset: %s", nft_ctx_get_error_buffer(nft));
	nft_ctx_free(nft);
}

/* Attached where everyone attaches it: behind conntrack, before NAT. */
static void rules_attach(const struct lab *lab)
{
	char text[RULES_MAX];

	if (tests_helper() == HELPER_NONE)
		return;
	snprintf(text, sizeof(text),
		 "table inet lab {\n"
		 "ct helper lab { type \"%s\" protocol udp; }\n"
		 "chain attach { type filter hook %s priority -150; policy accept;\n"
		 "udp dport 10080-10083 ct helper set \"lab\"; }\n}\n",
		 lab_helper, lab->flags & LAB_LOOPBACK ? "output" : "prerouting");
	lab_rules(lab, text);
}

/* Refused streams are reset, so that a test need not wait for a timeout. */
static void rules_filter(const struct lab *lab)
{
	char text[RULES_MAX];

	snprintf(text, sizeof(text),
		"table inet lab {\n"
		"chain pass { type filter hook forward priority 0; policy drop;\n"
		"meta l4proto { icmp, icmpv6 } accept\n"
		"ct state established accept\n"
		"ct state related ct helper \"%s\" accept\n"
		"udp dport 10080 accept\n"
		"meta l4proto tcp reject with tcp reset\n}\n}\n",
		lab_helper);
	lab_rules(lab, text);
}

static void rules_forward(const struct lab *lab)
{
	const char *ip = lab->flags & LAB_IPV6 ? "ip6" : "ip";
	const char *open = lab->flags & LAB_IPV6 ? "[" : "";
	const char *shut = lab->flags & LAB_IPV6 ? "]" : "";
	char text[RULES_MAX];

	snprintf(text, sizeof(text),
		 "table inet lab {\n"
		 "chain forward_ports { type nat hook %s priority -100; policy accept;\n"
		 "%s daddr %s udp dport 10080 dnat %s to %s%s%s:10080\n"
		 "%s daddr %s udp dport 10081 dnat %s to %s%s%s:10080\n}\n}\n",
		 lab->flags & LAB_LOOPBACK ? "output" : "prerouting",
		 ip, lab->address[GATEWAY], ip, open, lab->address[RESPONDER], shut,
		 ip, lab->address[GATEWAY], ip, open, lab->address[SECOND], shut);
	lab_rules(lab, text);
}

static void rules_masquerade(const struct lab *lab)
{
	const char *text =
		"table inet lab {\n"
		"chain hide { type nat hook postrouting priority 100; policy accept;\n"
		"oifname { \"responder\", \"second\" } masquerade\n}\n}\n";

	lab_rules(lab, text);
}

/**
 * lab_open() - build the namespaces, the gateway's ruleset included
 * @lab: filled in
 * @flags: LAB_*
 */
void lab_open(struct lab *lab, unsigned int flags)
{
	lab->flags = flags;
	lab->home = this_namespace();
	if (flags & LAB_LOOPBACK)
		open_loopback(lab);
	else
		open_networks(lab);
	rules_attach(lab);
	rules_filter(lab);
	if (flags & LAB_FORWARD)
		rules_forward(lab);
	if (flags & LAB_MASQUERADE)
		rules_masquerade(lab);
}

/** lab_checksums() - real checksums on every link; see link_checksums() */
void lab_checksums(const struct lab *lab)
{
	size_t i;

	for (i = 0; i < used_networks(lab); i++) {
		lab_enter(lab, GATEWAY);
		link_checksums(networks[i].link);
		lab_enter(lab, networks[i].host);
		link_checksums("gateway");
	}
}

/**
 * lab_udp_timeouts() - how long the gateway remembers ordinary UDP flows
 * @lab: the laboratory
 * @fresh: seconds, for a flow of less than two seconds
 * @stream: seconds, for an older one
 */
void lab_udp_timeouts(const struct lab *lab, unsigned int fresh, unsigned int stream)
{
	lab_enter(lab, GATEWAY);
	write_line("/proc/sys/net/netfilter/nf_conntrack_udp_timeout", "%u", fresh);
	write_line("/proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream", "%u", stream);
}
