// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The gateway: two TUN devices with a kernel between them.
 *
 * What is written to the one has been received, tracked, filtered, helped and
 * forwarded to the other when write() returns (tun_get_user() of drivers/net/tun.c
 * hands it to the stack right there), and so have events about expectations, which are
 * sent as they happen.  Only where another processor sends by the same device at that
 * moment, it sends this packet, too, a little later.
 */
#include "prove/inject_gateway.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <nftables/libnftables.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prove/link.h"

#define IN		"in"
#define OUT		"out"
/* Events of one packet fit many times over. */
#define EVENT_BYTES	(1 << 20)

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Root, too: what runs here cannot touch the machine's own network then. */
static bool enter_namespaces(void)
{
	uid_t user = geteuid();
	gid_t group = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", user);
	if (!write_file("/proc/self/uid_map", map))
		return false;
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", group);
	return write_file("/proc/self/gid_map", map);
}

static int tun_open(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0 || control < 0)
		return -errno;
	strcpy(request.ifr_name, name);
	if (ioctl(fd, TUNSETIFF, &request))
		err = -errno;
	/* Packets that came in fragments go as they were put together. */
	request.ifr_mtu = INJECT_PACKET_MAX;
	if (!err && ioctl(control, SIOCSIFMTU, &request))
		err = -errno;
	close(control);
	if (!err)
		err = link_up(name);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Whatever comes in goes out on the other side: all the routes there are. */
static int make_routes(void)
{
	struct address via;
	int err;

	/* Without it there is no table that says what is an address of one host. */
	link_up("lo");
	address_parse("192.0.2.1/32", &via);
	err = link_route(OUT, NULL, &via, NULL);
	address_parse("2001:db8::1/128", &via);
	/* A kernel without IPv6 takes no packets of it either. */
	link_route(OUT, NULL, &via, NULL);
	return err;
}

static int make_links(struct inject_gateway *gateway, FILE *errors)
{
	int err = 0;

	/* Without an address of its own the kernel says nothing by itself. */
	write_file("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
	gateway->in = tun_open(IN);
	gateway->out = tun_open(OUT);
	if (gateway->in < 0)
		err = gateway->in;
	else if (gateway->out < 0)
		err = gateway->out;
	else if (!write_file("/proc/sys/net/ipv4/ip_forward", "1"))
		err = -errno;
	else
		err = make_routes();
	write_file("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	if (err)
		fprintf(errors, "a gateway with two TUN devices: %s (they need /dev/net/tun, and the module \"tun\")\n",
			strerror(-err));
	return err;
}

/* Requests to the port and what follows from them pass; the filter is the usual one. */
static int load_rules(const struct inject_settings *settings, FILE *errors)
{
	static const char frame[] =
		"table inet gateway {\n"
		"%schain forward { type filter hook forward priority filter; policy drop;\n"
		"ct state established,related accept\n"
		"ct state new udp dport %u accept\n"
		"}\n}\n";
	static const char attach[] =
		"ct helper amanda { type \"%s\" protocol udp; }\n"
		"chain attach { type filter hook prerouting priority -150;\n"
		"udp dport %u ct helper set \"amanda\"\n"
		"}\n";
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	char helper[256] = "", text[512];
	int err = nft ? 0 : -ENOMEM;

	if (*settings->helper)
		snprintf(helper, sizeof(helper), attach, settings->helper, settings->port);
	snprintf(text, sizeof(text), frame, helper, settings->port);
	if (!err)
		nft_ctx_buffer_error(nft);
	if (!err && nft_run_cmd_from_buffer(nft, text)) {
		fprintf(errors, "rules of a gateway: %s", nft_ctx_get_error_buffer(nft));
		err = -EINVAL;
	}
	if (nft)
		nft_ctx_free(nft);
	return err;
}

static int write_number(const char *path, unsigned int number, FILE *errors)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	if (write_file(path, text))
		return 0;
	fprintf(errors, "%s: %s\n", path, strerror(errno));
	return -EACCES;
}

/* These files appear with the first rule that tracks connections. */
static int set_up_tracking(const struct inject_settings *settings, FILE *errors)
{
	/* Checksums of captures are wrong, as the card would have filled them in. */
	int err = write_number("/proc/sys/net/netfilter/nf_conntrack_checksum", 0, errors);

	if (!err)
		err = write_number("/proc/sys/net/netfilter/nf_conntrack_udp_timeout",
				   settings->udp_timeout, errors);
	if (!err)
		err = write_number("/proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream",
				   settings->udp_stream_timeout, errors);
	/* From 5.19 on, by default only where somebody listens for events of flows. */
	if (!err)
		err = write_number("/proc/sys/net/netfilter/nf_conntrack_events", 1, errors);
	return err;
}

static int open_ctnetlink(struct inject_gateway *gateway, FILE *errors)
{
	gateway->flows = nfct_open(NFNL_SUBSYS_CTNETLINK, 0);
	gateway->expectations = nfct_open(NFNL_SUBSYS_CTNETLINK_EXP, 0);
	gateway->events = nfct_open(NFNL_SUBSYS_CTNETLINK_EXP,
				    NF_NETLINK_CONNTRACK_EXP_NEW |
				    NF_NETLINK_CONNTRACK_EXP_DESTROY);
	if (gateway->flows && gateway->expectations && gateway->events) {
		nfnl_rcvbufsiz(nfct_nfnlh(gateway->events), EVENT_BYTES);
		fcntl(nfct_fd(gateway->events), F_SETFL, O_NONBLOCK);
		return 0;
	}
	fprintf(errors, "ctnetlink: %s\n", strerror(errno));
	return -errno;
}

/**
 * inject_gateway_open() - make the gateway, with this very process in it
 * @gateway: to fill
 * @settings: how it is set up
 * @errors: where to say why not
 *
 * Return: 0 or -errno.
 */
int inject_gateway_open(struct inject_gateway *gateway, const struct inject_settings *settings,
			FILE *errors)
{
	int err = 0;

	memset(gateway, 0, sizeof(*gateway));
	if (!enter_namespaces()) {
		err = -errno;
		fprintf(errors, "a gateway of its own: %s (run as root, or allow user namespaces)\n",
			strerror(-err));
	}
	if (!err)
		err = make_links(gateway, errors);
	if (!err)
		err = load_rules(settings, errors);
	if (!err)
		err = set_up_tracking(settings, errors);
	if (!err)
		err = open_ctnetlink(gateway, errors);
	return err;
}

static int note_event(enum nf_conntrack_msg_type type, struct nf_expect *expect, void *data)
{
	const struct nf_conntrack *tuple = nfexp_get_attr(expect, ATTR_EXP_EXPECTED);
	struct inject_sight *sight = data;
	struct inject_event *event = &sight->event[sight->event_count];

	if (sight->event_count == INJECT_EVENTS_MAX)
		return NFCT_CB_CONTINUE;
	event->made = type != NFCT_T_DESTROY;
	event->life = nfexp_get_attr_u32(expect, ATTR_EXP_TIMEOUT);
	event->port = ntohs(nfct_get_attr_u16(tuple, ATTR_PORT_DST));
	sight->event_count++;
	return NFCT_CB_CONTINUE;
}

static void read_events(struct inject_gateway *gateway, struct inject_sight *sight)
{
	nfexp_callback_register(gateway->events, NFCT_T_ALL, note_event, sight);
	/* Until there are none: the socket does not block. */
	nfexp_catch(gateway->events);
	nfexp_callback_unregister(gateway->events);
}

static size_t header_length(const uint8_t *packet)
{
	return packet[0] >> 4 == 4 ? (packet[0] & 15) * 4u : 40;
}

static uint8_t protocol_of(const uint8_t *packet)
{
	return packet[packet[0] >> 4 == 4 ? 9 : 6];
}

/*
 * Of the header the hop limit differs, and after NAT much more; the kernel sends packets
 * of its own, too, but none of TCP or UDP.
 */
static bool is_same(const struct inject_gateway *gateway, const uint8_t *sent, size_t length,
		    const uint8_t *got, size_t got_length)
{
	size_t head = header_length(sent);

	if (got_length < head || (sent[0] >> 4) != (got[0] >> 4))
		return false;
	if (gateway->translates)
		return protocol_of(sent) == protocol_of(got);
	return got_length == length && head <= length &&
	       !memcmp(sent + head, got + head, length - head);
}

static size_t find_packet(const struct inject_gateway *gateway, int fd,
			  const struct inject_packet *packet, uint8_t left[INJECT_PACKET_MAX])
{
	static uint8_t got[INJECT_PACKET_MAX];
	size_t found = 0;
	ssize_t size;

	while ((size = read(fd, got, sizeof(got))) > 0) {
		if (!is_same(gateway, packet->raw, packet->length, got, (size_t)size))
			continue;
		memcpy(left, got, (size_t)size);
		found = (size_t)size;
	}
	return found;
}

static size_t came_out(const struct inject_gateway *gateway, const struct inject_packet *packet,
		       uint8_t left[INJECT_PACKET_MAX])
{
	struct pollfd watched = { .fd = gateway->out, .events = POLLIN };
	static uint8_t unread[INJECT_PACKET_MAX];
	size_t came;

	do
		came = find_packet(gateway, gateway->out, packet, left);
	while (!came && packet->patience && poll(&watched, 1, packet->patience) > 0);
	/* What the gateway says to the sender is of no interest. */
	find_packet(gateway, gateway->in, packet, unread);
	return came;
}

static void fill_tuple(struct nf_conntrack *tuple, const struct inject_flow *flow)
{
	bool v4 = flow->source.family == AF_INET;

	nfct_set_attr_u8(tuple, ATTR_L3PROTO, (uint8_t)flow->source.family);
	nfct_set_attr_u8(tuple, ATTR_L4PROTO, flow->protocol);
	nfct_set_attr(tuple, v4 ? ATTR_IPV4_SRC : ATTR_IPV6_SRC, &flow->source.v4);
	nfct_set_attr(tuple, v4 ? ATTR_IPV4_DST : ATTR_IPV6_DST, &flow->destination.v4);
	nfct_set_attr_u16(tuple, ATTR_PORT_SRC, htons(flow->source_port));
	nfct_set_attr_u16(tuple, ATTR_PORT_DST, htons(flow->destination_port));
}

static int note_life(enum nf_conntrack_msg_type type, struct nf_conntrack *flow, void *data)
{
	int *life = data;

	(void)type;
	*life = (int)nfct_get_attr_u32(flow, ATTR_TIMEOUT);
	return NFCT_CB_CONTINUE;
}

static int life_of(struct inject_gateway *gateway, const struct inject_flow *flow)
{
	struct nf_conntrack *tuple = nfct_new();
	int life = -1;

	if (!tuple)
		return -1;
	fill_tuple(tuple, flow);
	nfct_callback_register(gateway->flows, NFCT_T_ALL, note_life, &life);
	nfct_query(gateway->flows, NFCT_Q_GET, tuple);
	nfct_callback_unregister(gateway->flows);
	nfct_destroy(tuple);
	return life;
}

/**
 * inject_gateway_packet() - a packet comes in
 * @gateway: where
 * @packet: it
 * @sight: all zero; receives what became of it
 * @left: receives it as it left
 *
 * Return: bytes of @left.
 */
size_t inject_gateway_packet(struct inject_gateway *gateway, const struct inject_packet *packet,
			     struct inject_sight *sight, uint8_t left[INJECT_PACKET_MAX])
{
	struct inject_sight before = { 0 };
	size_t came;

	/* Of what was forgotten in the meantime. */
	read_events(gateway, &before);
	if (write(gateway->in, packet->raw, packet->length) != (ssize_t)packet->length) {
		sight->error = errno ? -errno : -EIO;
		return 0;
	}
	came = came_out(gateway, packet, left);
	sight->passed = came;
	read_events(gateway, sight);
	sight->life = life_of(gateway, &packet->flow);
	return came;
}

static int forget_expectation(struct inject_gateway *gateway, const struct nf_conntrack *tuple)
{
	struct nf_expect *expect = nfexp_new();
	int err = -ENOMEM;

	if (expect) {
		nfexp_set_attr(expect, ATTR_EXP_EXPECTED, tuple);
		err = nfexp_query(gateway->expectations, NFCT_Q_DESTROY, expect) < 0 ? -errno : 0;
		nfexp_destroy(expect);
	}
	return err;
}

/**
 * inject_gateway_forget() - delete a flow or an expectation
 * @gateway: where
 * @flow: it
 *
 * Return: 0 or -errno.
 */
int inject_gateway_forget(struct inject_gateway *gateway, const struct inject_flow *flow)
{
	struct nf_conntrack *tuple = nfct_new();
	int err = 0;

	if (!tuple)
		return -ENOMEM;
	fill_tuple(tuple, flow);
	if (!flow->source_port)
		err = forget_expectation(gateway, tuple);
	else if (nfct_query(gateway->flows, NFCT_Q_DESTROY, tuple) < 0)
		err = -errno;
	nfct_destroy(tuple);
	return err;
}

/* What stays the same from the first translated flow on. */
static int begin_translation(struct nft_ctx *nft)
{
	static const char rules[] =
		"table ip nat {\n"
		"map destinations {\n"
		"type ipv4_addr . inet_service . ipv4_addr . inet_service : ipv4_addr . inet_service\n"
		"}\n"
		"map sources {\n"
		"type ipv4_addr . inet_service . ipv4_addr . inet_service : ipv4_addr . inet_service\n"
		"}\n"
		"chain prerouting { type nat hook prerouting priority dstnat;\n"
		"dnat ip to ip saddr . udp sport . ip daddr . udp dport map @destinations\n"
		"}\n"
		"chain postrouting { type nat hook postrouting priority srcnat;\n"
		"snat ip to ip saddr . udp sport . ip daddr . udp dport map @sources\n"
		"}\n}\n";

	return nft_run_cmd_from_buffer(nft, rules) ? -EINVAL : 0;
}

/* Of what a flow was before, NAT remembers nothing. */
static int replace_element(struct nft_ctx *nft, const char *map, const char *key, const char *value)
{
	char text[512];

	snprintf(text, sizeof(text), "add element ip nat %s { %s : %s }", map, key, value);
	if (!nft_run_cmd_from_buffer(nft, text))
		return 0;
	snprintf(text, sizeof(text),
		 "delete element ip nat %s { %s }\nadd element ip nat %s { %s : %s }",
		 map, key, map, key, value);
	return nft_run_cmd_from_buffer(nft, text) ? -EINVAL : 0;
}

static const char *put_end(char *text, size_t size, const struct address *address, uint16_t port)
{
	char plain[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET, &address->v4, plain, sizeof(plain));
	snprintf(text, size, "%s . %u", plain, port);
	return text;
}

static int translate(struct nft_ctx *nft, const struct inject_flow *flow,
		     const struct inject_flow *as)
{
	char from[64], to[64], end[64], key[160];
	int err;

	put_end(from, sizeof(from), &flow->source, flow->source_port);
	put_end(to, sizeof(to), &flow->destination, flow->destination_port);
	put_end(end, sizeof(end), &as->destination, as->destination_port);
	snprintf(key, sizeof(key), "%s . %s", from, to);
	err = replace_element(nft, "destinations", key, end);
	/* The source is translated behind the destination. */
	snprintf(key, sizeof(key), "%s . %s", from, end);
	put_end(end, sizeof(end), &as->source, as->source_port);
	return err ? : replace_element(nft, "sources", key, end);
}

/**
 * inject_gateway_translate() - NAT is to change a flow
 * @gateway: where
 * @flow: UDP over IPv4, as its first packet will come
 * @as: as that one is to leave
 *
 * Return: 0 or -errno.
 */
int inject_gateway_translate(struct inject_gateway *gateway, const struct inject_flow *flow,
			     const struct inject_flow *as)
{
	struct nft_ctx *nft;
	int err = 0;

	if (flow->source.family != AF_INET || flow->protocol != IPPROTO_UDP)
		return -EAFNOSUPPORT;
	nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft)
		return -ENOMEM;
	nft_ctx_buffer_error(nft);
	if (!gateway->translates)
		err = begin_translation(nft);
	gateway->translates |= !err;
	err = err ? : translate(nft, flow, as);
	nft_ctx_free(nft);
	return err;
}
