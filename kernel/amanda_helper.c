// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection tracking helper for Amanda's transports "bsd" and "bsdudp".
 *
 * Their initiator (the server in a backup, the client in a recovery) asks an
 * amandad on UDP port 10080, which names TCP ports in its reply; the initiator
 * connects to those.  The helper remembers the requests of a control flow,
 * opens the ports of the reply to one of them, and keeps the flow alive while
 * amandad is at work.  docs/helper.md has the decisions and their reasons.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/udp.h>

#include "amanda_helper.h"
#include "amanda_stats.h"

#define HELPER_NAME	"amanda"
#define AMANDA_PORT	10080
/* REP_TIMEOUT of amandad.c: so long it waits for a service to answer. */
#define REP_TIMEOUT	(6 * 60 * 60)
/*
 * A SYN is sent for the last time 63 s after the first, and a connect() ends
 * after 127 s or so; whoever has not connected by then never will.
 */
#define STREAM_TIMEOUT	180
/* Two replies with as many streams as there can be: one used, one to come. */
#define STREAMS_EXPECTED (2 * AMANDA_STREAMS_MAX)

MODULE_AUTHOR("The amfw developers");
MODULE_DESCRIPTION("Amanda connection tracking: backup and recovery");
MODULE_LICENSE("GPL");
MODULE_ALIAS("ip_conntrack_amanda");
MODULE_ALIAS_NFCT_HELPER(HELPER_NAME);
/* Nothing else loads the NAT half: no rule of nft or iptables names it. */
MODULE_SOFTDEP("post: nf_nat_amanda");

static unsigned int master_timeout __read_mostly = REP_TIMEOUT;
module_param(master_timeout, uint, 0600);
MODULE_PARM_DESC(master_timeout, "seconds that a control flow may wait for its answer");

static unsigned short min_port __read_mostly = 1024;
module_param(min_port, ushort, 0600);
MODULE_PARM_DESC(min_port, "lowest port that a reply may open");

static char *helper_name = HELPER_NAME;
module_param(helper_name, charp, 0400);
MODULE_PARM_DESC(helper_name, "name to register, where the kernel has its own \"amanda\" built in");

static struct amanda_ports allowed_ports __read_mostly = {
	.count = 1,
	.range = { { .low = 1, .high = 65535 } },
};

static int ports_set(const char *text, const struct kernel_param *param)
{
	if (amanda_ports_parse(&allowed_ports, text))
		return 0;
	pr_err("ports=%s: expected LOW-HIGH[,LOW-HIGH...], at most %d ranges\n", text,
	       AMANDA_RANGES_MAX);
	return -EINVAL;
}

static int ports_get(char *text, const struct kernel_param *param)
{
	int length = 0;
	unsigned int i;

	for (i = 0; i < allowed_ports.count; i++)
		length += sysfs_emit_at(text, length, "%s%u-%u", i ? "," : "",
					allowed_ports.range[i].low, allowed_ports.range[i].high);
	return length + sysfs_emit_at(text, length, "\n");
}

static const struct kernel_param_ops ports_ops = {
	.set = ports_set,
	.get = ports_get,
};
/* Not writable: the packet path reads it without a lock. */
module_param_cb(ports, &ports_ops, NULL, 0400);
MODULE_PARM_DESC(ports, "LOW-HIGH[,LOW-HIGH...]: ports that a reply may open (any)");

static const struct nf_ct_amanda_nat __rcu *amanda_nat;
static u32 amanda_seed __read_mostly;

/**
 * nf_ct_amanda_nat_register() - lend the functions of nf_nat to the helper
 * @nat: stays in use until nf_ct_amanda_nat_unregister()
 *
 * Return: 0, or -EBUSY.
 */
int nf_ct_amanda_nat_register(const struct nf_ct_amanda_nat *nat)
{
	if (cmpxchg((const struct nf_ct_amanda_nat __force **)&amanda_nat, NULL, nat))
		return -EBUSY;
	return 0;
}
EXPORT_SYMBOL_GPL(nf_ct_amanda_nat_register);

/**
 * nf_ct_amanda_nat_unregister() - take them back
 *
 * No packet uses them any more on return.
 */
void nf_ct_amanda_nat_unregister(void)
{
	RCU_INIT_POINTER(amanda_nat, NULL);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(nf_ct_amanda_nat_unregister);

/* Asking for a final refusal closes the exchange; a passing trouble does not,
 * since amandad sends its REP again and the next copy may find room.
 */
static bool is_passing(unsigned int refusal)
{
	return refusal == AMANDA_NO_ROOM || refusal == AMANDA_NO_REWRITE;
}

/*
 * Behind a translated address the numbers of an unchanged reply would lead the
 * initiator to a port of somebody else, so such a reply is dropped.
 */
static noinline unsigned int refuse(const struct amanda_datagram *d, unsigned int refusal)
{
	struct nf_conn *ct = d->ct;

	amanda_count(nf_ct_net(ct), refusal, 1);
	if (!is_passing(refusal) && !(ct->status & IPS_DST_NAT))
		return NF_ACCEPT;
	amanda_count(nf_ct_net(ct), AMANDA_COUNT_DROPPED, 1);
	nf_ct_helper_log(d->skb, ct, is_passing(refusal) ? "cannot expect the streams of this reply" :
							"streams of a translated reply refused");
	return NF_DROP;
}

static bool collect_ports(struct amanda_reply *reply)
{
	const struct amanda_packet *packet = reply->packet;
	const struct amanda_stream *s;

	for (s = packet->stream; s < packet->stream + packet->stream_count; s++) {
		if (!amanda_stream_is_port(s))
			continue;
		if (!amanda_ports_allow(reply->ports, reply->min_port, s->number))
			return false;
		reply->port[reply->count++] = s->number;
	}
	return true;
}

/*
 * nf_nat_mangle_udp_packet() of net/netfilter/nf_nat_helper.c sets the UDP length to
 * that of the packet.  Bytes behind the end of the datagram would become a part of
 * it, so they go.
 */
static bool trim(const struct amanda_datagram *d)
{
	const struct udphdr *udp = (const struct udphdr *)(d->skb->data + d->protoff);

	return !pskb_trim_rcsum(d->skb, d->protoff + ntohs(udp->len));
}

/* Moves the packet in memory: @data of the datagram is not valid any more. */
static noinline bool rewrite(struct amanda_reply *reply, u16 shift)
{
	const struct amanda_datagram *d = reply->datagram;
	const struct amanda_packet *packet = reply->packet;
	const struct amanda_stream *last = &packet->stream[packet->stream_count - 1];
	unsigned int from = packet->stream[0].number_offset;
	char text[AMANDA_WINDOW] amanda_uninitialized;
	u16 port[AMANDA_STREAMS_MAX];
	unsigned int i;
	size_t length;

	for (i = 0; i < reply->count; i++)
		port[i] = amanda_ports_move(reply->ports, reply->min_port, reply->port[i], shift);
	length = amanda_packet_renumber(d->data, packet, port, text);
	return trim(d) &&
	       reply->nat->mangle(d->skb, d->ct, d->ctinfo, d->protoff, from,
				  last->number_offset + last->number_length - from, text, length);
}

static unsigned int open_streams(struct amanda_reply *reply, struct amanda_flow *flow,
				 u32 request, u16 answer)
{
	struct net *net = nf_ct_net(reply->datagram->ct);
	u16 shift;

	if (amanda_streams_open(reply, flow->taken_over, &shift))
		return AMANDA_NO_ROOM;
	if (shift && !rewrite(reply, shift)) {
		amanda_streams_undo(reply);
		return AMANDA_NO_REWRITE;
	}
	amanda_streams_keep(reply);
	amanda_flow_opened(flow, request, answer, shift);
	amanda_count(net, AMANDA_COUNT_REPLIES, 1);
	amanda_count(net, AMANDA_COUNT_OPENED, reply->count);
	if (shift)
		amanda_count(net, AMANDA_COUNT_MAPPED, reply->count);
	return AMANDA_OK;
}

static unsigned int repeat_streams(struct amanda_reply *reply, u16 shift)
{
	amanda_count(nf_ct_net(reply->datagram->ct), AMANDA_COUNT_REPEATED, 1);
	if (!shift)
		return AMANDA_OK;
	return reply->nat && rewrite(reply, shift) ? AMANDA_OK : AMANDA_NO_REWRITE;
}

/*
 * A packet on the loopback interface passes the helper twice, on its way out
 * and on its way in.  The second time it carries our own numbers.
 */
static bool is_rewritten(const struct amanda_reply *reply, const struct amanda_exchange *exchange)
{
	u16 port[AMANDA_STREAMS_MAX];
	unsigned int i;

	if (!exchange->shift)
		return false;
	for (i = 0; i < reply->count; i++)
		port[i] = amanda_ports_move_back(reply->ports, reply->min_port, reply->port[i],
						 exchange->shift);
	return amanda_answer_key(port, reply->count, amanda_seed) == exchange->answer;
}

static unsigned int answer_streams(struct amanda_reply *reply, struct amanda_flow *flow,
				   u32 request)
{
	u16 answer = amanda_answer_key(reply->port, reply->count, amanda_seed);
	int entry = amanda_flow_find(flow, request);
	struct amanda_exchange *exchange = entry < 0 ? NULL : &flow->exchange[entry];

	switch (amanda_flow_reply(flow, entry, answer)) {
	case AMANDA_OPEN:
		return open_streams(reply, flow, request, answer);
	case AMANDA_RENEW:
		amanda_streams_renew(reply, exchange->shift);
		amanda_flow_opened(flow, request, answer, exchange->shift);
		fallthrough;
	case AMANDA_REPEAT:
		return repeat_streams(reply, exchange->shift);
	default:
		break;
	}
	if (exchange && (flow->state[entry] & AMANDA_OPENED) && is_rewritten(reply, exchange))
		return AMANDA_OK;
	return AMANDA_NOT_ASKED;
}

/* NULL where the flow is not translated; false where it is and cannot be. */
static bool find_nat(struct amanda_reply *reply)
{
	if (!(reply->datagram->ct->status & IPS_NAT_MASK))
		return true;
	reply->nat = rcu_dereference(amanda_nat);
	return reply->nat || !(reply->datagram->ct->status & IPS_DST_NAT);
}

static unsigned int reply_with_streams(struct amanda_reply *reply, struct amanda_flow *flow,
				       u32 request)
{
	if (!find_nat(reply))
		return AMANDA_NO_NAT;
	if (!collect_ports(reply))
		return AMANDA_BAD_PORT;
	if (!reply->count) {
		amanda_flow_end(flow, request);
		return AMANDA_OK;
	}
	return answer_streams(reply, flow, request);
}

static noinline unsigned int help_streams(const struct amanda_datagram *d,
					  struct amanda_packet *packet, u32 request)
{
	struct amanda_reply reply = {
		.datagram = d,
		.packet = packet,
		.ports = &allowed_ports,
		.min_port = READ_ONCE(min_port),
	};
	unsigned int refusal = amanda_packet_parse_streams(d->data, d->length, packet);
	struct amanda_flow *flow = d->flow;

	spin_lock_bh(&d->ct->lock);
	if (!refusal)
		refusal = reply_with_streams(&reply, flow, request);
	if (unlikely(refusal) && !is_passing(refusal))
		amanda_flow_end(flow, request);
	spin_unlock_bh(&d->ct->lock);
	return unlikely(refusal) ? refuse(d, refusal) : NF_ACCEPT;
}

/*
 * A request is answered once.  Without NAT there is nothing to do for what
 * comes to an answered one, so that line is not even read.
 */
static unsigned int help_connect(const struct amanda_datagram *d, struct amanda_packet *packet)
{
	u32 request = amanda_request_key(d->data, packet, amanda_seed);

	if (!amanda_flow_is_answered(d->flow, request) || (d->ct->status & IPS_NAT_MASK))
		return help_streams(d, packet, request);
	amanda_count(nf_ct_net(d->ct), AMANDA_COUNT_REPEATED, 1);
	return NF_ACCEPT;
}

/*
 * Most of these change nothing, and are found to do so without the lock: what
 * another processor does at the same moment might as well have come first.
 */
static void note_reply(const struct amanda_datagram *d, const struct amanda_packet *packet)
{
	bool is_final = packet->type == AMANDA_REP || packet->type == AMANDA_NAK;
	u32 request;

	if (!is_final && !amanda_flow_awaits_ack(d->flow))
		return;
	request = amanda_request_key(d->data, packet, amanda_seed);
	if (amanda_flow_find(d->flow, request) < 0 && !d->flow->taken_over)
		return;
	spin_lock_bh(&d->ct->lock);
	if (is_final)
		amanda_flow_end(d->flow, request);
	else
		amanda_flow_running(d->flow, request);
	spin_unlock_bh(&d->ct->lock);
}

static void note_request(const struct amanda_datagram *d, const struct amanda_packet *packet)
{
	u32 request = amanda_request_key(d->data, packet, amanda_seed);

	spin_lock_bh(&d->ct->lock);
	amanda_flow_request(d->flow, request);
	spin_unlock_bh(&d->ct->lock);
	amanda_count(nf_ct_net(d->ct), AMANDA_COUNT_REQUESTS, 1);
}

static void live_for(const struct amanda_datagram *d, unsigned long jiffies_left)
{
	if (nf_ct_expires(d->ct) < jiffies_left)
		amanda_ct_refresh(d->ct, d->skb, jiffies_left);
}

/*
 * Connection tracking has just given the flow the ordinary life of a UDP flow,
 * as it does for each packet in either direction.  More is needed while amandad
 * is at work, and while streams are expected, which vanish with their flow.
 * Both come after a reply, so the flow is confirmed by then.
 */
static void keep_alive(const struct amanda_datagram *d, const struct nf_conn_help *help)
{
	if (amanda_flow_outstanding(d->flow))
		live_for(d, (unsigned long)READ_ONCE(master_timeout) * HZ);
	else if (help->expecting[NF_CT_EXPECT_CLASS_DEFAULT])
		live_for(d, (unsigned long)STREAM_TIMEOUT * HZ);
}

static unsigned int help_datagram(const struct amanda_datagram *d)
{
	struct amanda_packet packet amanda_uninitialized;
	unsigned int refusal = amanda_packet_parse_header(d->data, d->length, &packet);

	if (unlikely(refusal)) {
		amanda_count(nf_ct_net(d->ct), refusal, 1);
		return NF_ACCEPT;
	}
	if (d->ctinfo != IP_CT_ESTABLISHED_REPLY) {
		if (packet.type == AMANDA_REQ)
			note_request(d, &packet);
		return NF_ACCEPT;
	}
	if (packet.connect)
		return help_connect(d, &packet);
	if (packet.type != AMANDA_REQ)
		note_reply(d, &packet);
	return NF_ACCEPT;
}

/*
 * Only what lies inside the UDP length is the datagram; and no more of it than
 * the grammar looks at has to lie in one piece.
 */
static bool find_datagram(struct amanda_datagram *d)
{
	unsigned int offset = d->protoff + sizeof(struct udphdr);
	const struct udphdr *udp;
	unsigned int length;

	if (unlikely(!pskb_may_pull(d->skb, offset)))
		return false;
	udp = (const struct udphdr *)(d->skb->data + d->protoff);
	length = ntohs(udp->len);
	if (unlikely(length < sizeof(*udp) || length > d->skb->len - d->protoff))
		return false;
	d->length = min_t(unsigned int, length - sizeof(*udp), AMANDA_WINDOW);
	if (unlikely(!pskb_may_pull(d->skb, offset + d->length)))
		return false;
	d->data = d->skb->data + offset;
	return true;
}

static int amanda_help(struct sk_buff *skb, unsigned int protoff, struct nf_conn *ct,
		       enum ip_conntrack_info ctinfo)
{
	struct amanda_datagram datagram amanda_uninitialized;
	struct nf_conn_help *help = nfct_help(ct);
	unsigned int verdict = NF_ACCEPT;

	/* In the original direction ICMP errors come here too, as IP_CT_RELATED. */
	if (ctinfo != IP_CT_NEW && ctinfo != IP_CT_ESTABLISHED &&
	    ctinfo != IP_CT_ESTABLISHED_REPLY)
		return NF_ACCEPT;
	if (unlikely(!help))
		return NF_ACCEPT;
	datagram.skb = skb;
	datagram.protoff = protoff;
	datagram.ct = ct;
	datagram.ctinfo = ctinfo;
	datagram.flow = (struct amanda_flow *)help->data;
	if (likely(find_datagram(&datagram)))
		verdict = help_datagram(&datagram);
	else
		amanda_count(nf_ct_net(ct), AMANDA_BAD_LENGTH, 1);
	keep_alive(&datagram, help);
	return verdict;
}

/*
 * ctnetlink calls this when it creates a flow with this helper, which is how
 * conntrackd commits what a failed gateway had.  A flow that begins here with a
 * packet never comes this way.
 */
static int amanda_from_nlattr(struct nlattr *attr, struct nf_conn *ct)
{
	struct nf_conn_help *help = nfct_help(ct);
	struct amanda_flow *flow;

	if (!help)
		return 0;
	flow = (struct amanda_flow *)help->data;
	if (amanda_flow_is_fresh(flow))
		flow->taken_over = true;
	return 0;
}

static const struct nf_conntrack_expect_policy amanda_policy = {
	.max_expected	= STREAMS_EXPECTED,
	.timeout	= STREAM_TIMEOUT,
};

static struct nf_conntrack_helper helpers[2] __read_mostly;
static struct nf_conntrack_helper *registered[2] __maybe_unused;

static int register_helpers(void)
{
	/* Under another name the port belongs to the kernel's own helper. */
	u16 port = strcmp(helper_name, HELPER_NAME) ? 0 : AMANDA_PORT;
	int err;

	amanda_helper_init(&helpers[0], AF_INET, helper_name, port, &amanda_policy, amanda_help,
			   amanda_from_nlattr, THIS_MODULE);
	amanda_helper_init(&helpers[1], AF_INET6, helper_name, port, &amanda_policy, amanda_help,
			   amanda_from_nlattr, THIS_MODULE);
	err = amanda_helpers_register(helpers, ARRAY_SIZE(helpers), registered);
	if (err == -EEXIST || err == -EBUSY)
		pr_err("this kernel has a helper \"%s\" already: unload it, or load this one with helper_name=\n",
		       helper_name);
	return err;
}

static int __init nf_conntrack_amanda_init(void)
{
	int err;

	NF_CT_HELPER_BUILD_BUG_ON(sizeof(struct amanda_flow));
	BUILD_BUG_ON(AMANDA_EXCHANGES != 3);
	if (!*helper_name || strlen(helper_name) >= NF_CT_HELPER_NAME_LEN) {
		pr_err("helper_name=%s: expected 1 to %d characters\n", helper_name,
		       NF_CT_HELPER_NAME_LEN - 1);
		return -EINVAL;
	}
	amanda_seed = get_random_u32();
	err = amanda_stats_init();
	if (err)
		return err;
	err = register_helpers();
	if (err)
		amanda_stats_exit();
	return err;
}

static void __exit nf_conntrack_amanda_fini(void)
{
	amanda_helpers_unregister(helpers, ARRAY_SIZE(helpers), registered);
	amanda_stats_exit();
}

module_init(nf_conntrack_amanda_init);
module_exit(nf_conntrack_amanda_fini);
