// SPDX-License-Identifier: GPL-2.0-only
/*
 * The expectations of a reply: all of its streams, or none.
 */
#include <linux/random.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "amanda_helper.h"

/* How many ways of moving the ports are tried before the reply is dropped. */
#define SHIFTS_TRIED	128
/* So many of them stay close by, where an admin's range is likely to reach. */
#define SHIFTS_NEAR	64

static u16 moved(const struct amanda_reply *reply, unsigned int i, u16 shift)
{
	if (!shift)
		return reply->port[i];
	return amanda_ports_move(reply->ports, reply->min_port, reply->port[i], shift);
}

/* The stream as the initiator will open it: from any port, to the address
 * that it sent its request to.
 */
static struct nf_conntrack_expect *expect_new(const struct amanda_reply *reply, unsigned int i,
					      u16 shift)
{
	struct nf_conn *ct = reply->datagram->ct;
	const struct nf_conntrack_tuple *original = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	struct nf_conntrack_expect *exp = nf_ct_expect_alloc(ct);
	__be16 port = htons(moved(reply, i, shift));

	if (!exp)
		return NULL;
	nf_ct_expect_init(exp, NF_CT_EXPECT_CLASS_DEFAULT, nf_ct_l3num(ct), &original->src.u3,
			  &original->dst.u3, IPPROTO_TCP, NULL, &port);
#if IS_ENABLED(CONFIG_NF_NAT)
	if (reply->nat) {
		exp->saved_proto.tcp.port = htons(reply->port[i]);
		exp->dir = IP_CT_DIR_ORIGINAL;
		exp->expectfn = reply->nat->follow_master;
	}
#endif
	return exp;
}

/* The port that the responder announced, before it was moved. */
static __be16 announced_port(const struct nf_conntrack_expect *exp)
{
#if IS_ENABLED(CONFIG_NF_NAT)
	if (exp->saved_proto.tcp.port)
		return exp->saved_proto.tcp.port;
#endif
	return exp->tuple.dst.u.tcp.port;
}

/*
 * Would a connection that meets @other reach the port that the reply names?
 * A port has one listener, so this is the same stream, or what an earlier
 * session left behind.
 */
static bool leads_to(const struct nf_conntrack_expect *other, const struct amanda_reply *reply,
		     unsigned int i)
{
	const struct nf_conntrack_tuple *mine =
		&reply->datagram->ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	const struct nf_conntrack_tuple *theirs =
		&other->master->tuplehash[IP_CT_DIR_REPLY].tuple;

	return announced_port(other) == htons(reply->port[i]) &&
	       nf_inet_addr_cmp(&mine->src.u3, &theirs->src.u3);
}

static void stream_tuple(const struct amanda_reply *reply, unsigned int i, u16 shift,
			 struct nf_conntrack_tuple *tuple)
{
	*tuple = reply->datagram->ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	tuple->src.u.all = 0;
	tuple->dst.protonum = IPPROTO_TCP;
	tuple->dst.u.tcp.port = htons(moved(reply, i, shift));
}

/* What is expected where a stream would be; for use under the lock alone. */
static struct nf_conntrack_expect *find_locked(const struct amanda_reply *reply, unsigned int i,
					       u16 shift)
{
	struct nf_conntrack_tuple tuple;

	stream_tuple(reply, i, shift, &tuple);
	return __nf_ct_expect_find(nf_ct_net(reply->datagram->ct), nf_ct_zone(reply->datagram->ct), &tuple);
}

/* No stream would land where somebody else's is expected. */
static bool shift_is_free(const struct amanda_reply *reply, u16 shift)
{
	struct nf_conntrack_expect *other;
	bool is_free = true;
	unsigned int i;

	spin_lock_bh(&nf_conntrack_expect_lock);
	for (i = 0; i < reply->count && is_free; i++) {
		other = find_locked(reply, i, shift);
		is_free = !other || leads_to(other, reply, i);
	}
	spin_unlock_bh(&nf_conntrack_expect_lock);
	return is_free;
}

/*
 * Two sessions may name the same hosts and port one after the other.  The
 * newer one takes the expectation over: the older one's control flow, with
 * which it would vanish, may be about to end.
 */
static bool remove_older(const struct amanda_reply *reply, unsigned int i, u16 shift)
{
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_expect *other;
	bool same;

	stream_tuple(reply, i, shift, &tuple);
	other = nf_ct_expect_find_get(nf_ct_net(reply->datagram->ct), nf_ct_zone(reply->datagram->ct), &tuple);
	if (!other)
		return true;
	spin_lock_bh(&nf_conntrack_expect_lock);
	same = find_locked(reply, i, shift) == other && leads_to(other, reply, i);
	spin_unlock_bh(&nf_conntrack_expect_lock);
	if (same)
		nf_ct_unexpect_related(other);
	nf_ct_expect_put(other);
	return same;
}

/* A kernel that removes expectations lazily does not take one of them twice,
 * so each attempt has a new one.
 */
static int try_stream(struct amanda_reply *reply, unsigned int i, u16 shift)
{
	struct nf_conntrack_expect *exp = expect_new(reply, i, shift);
	int err;

	if (!exp)
		return -ENOMEM;
	/* With this flag a clash with another flow is told from a clash of
	 * different addresses: -EALREADY and -EBUSY.
	 */
	err = nf_ct_expect_related(exp, NF_CT_EXP_F_SKIP_MASTER);
	if (err) {
		nf_ct_expect_put(exp);
		return err;
	}
	reply->made[i] = exp;
	return 0;
}

static int open_stream(struct amanda_reply *reply, unsigned int i, u16 shift)
{
	int err = try_stream(reply, i, shift);

	if (err == -EALREADY && remove_older(reply, i, shift))
		err = try_stream(reply, i, shift);
	return err;
}

static int open_all(struct amanda_reply *reply, u16 shift)
{
	unsigned int i;
	int err;

	for (i = 0; i < reply->count; i++) {
		err = open_stream(reply, i, shift);
		if (err) {
			amanda_streams_undo(reply);
			return err;
		}
	}
	return 0;
}

static u16 next_shift(const struct amanda_reply *reply, unsigned int attempt)
{
	if (attempt < SHIFTS_NEAR)
		return attempt * reply->count;
	return get_random_u32();
}

/*
 * A gateway that took a flow over has its expectations too, since conntrackd
 * sends them, but not the shift: a copy of a reply that the failed gateway had
 * rewritten must leave with the same numbers.
 */
static u16 inherited_shift(const struct amanda_reply *reply)
{
	struct nf_conn_help *help = nfct_help(reply->datagram->ct);
	struct nf_conntrack_expect *exp;
	u16 shift = 0;

	spin_lock_bh(&nf_conntrack_expect_lock);
	hlist_for_each_entry(exp, &help->expectations, lnode) {
		if (announced_port(exp) != htons(reply->port[0]))
			continue;
		shift = amanda_ports_distance(reply->ports, reply->min_port, reply->port[0],
					      ntohs(exp->tuple.dst.u.tcp.port));
		break;
	}
	spin_unlock_bh(&nf_conntrack_expect_lock);
	return shift;
}

/**
 * amanda_streams_open() - expect every stream of a reply
 * @reply: a reply whose ports are all allowed
 * @taken_over: the flow began on another gateway
 * @shift: set to how far the ports were moved; 0 without NAT
 *
 * Call amanda_streams_keep() or amanda_streams_undo() after success.
 *
 * Return: 0, or a negative errno with nothing open: -EBUSY where other flows
 * hold the ports, -EMFILE where the table is full, -ENOMEM.
 */
int amanda_streams_open(struct amanda_reply *reply, bool taken_over, u16 *shift)
{
	unsigned int attempt;
	int err = -EBUSY;

	*shift = 0;
	if (!reply->nat)
		return open_all(reply, 0);
	if (taken_over)
		*shift = inherited_shift(reply);
	for (attempt = 1; attempt <= SHIFTS_TRIED; attempt++) {
		if (shift_is_free(reply, *shift))
			err = open_all(reply, *shift);
		if (err != -EBUSY && err != -EALREADY)
			return err;
		*shift = next_shift(reply, attempt);
	}
	return -EBUSY;
}

/**
 * amanda_streams_renew() - start the life of what is still expected anew
 * @reply: a copy of a reply that opened its streams, asked for once more
 * @shift: how far its ports were moved
 *
 * What was used is not expected any more, and is not opened a second time.
 */
void amanda_streams_renew(struct amanda_reply *reply, u16 shift)
{
	struct nf_conntrack_expect *exp;
	unsigned int i;
	bool pending;

	for (i = 0; i < reply->count; i++) {
		spin_lock_bh(&nf_conntrack_expect_lock);
		exp = find_locked(reply, i, shift);
		pending = exp && exp->master == reply->datagram->ct;
		spin_unlock_bh(&nf_conntrack_expect_lock);
		if (pending)
			try_stream(reply, i, shift);
	}
	amanda_streams_keep(reply);
}

/**
 * amanda_streams_undo() - expect nothing of a reply any more
 * @reply: the reply
 */
void amanda_streams_undo(struct amanda_reply *reply)
{
	unsigned int i;

	for (i = 0; i < reply->count; i++) {
		if (reply->made[i])
			nf_ct_unexpect_related(reply->made[i]);
	}
	amanda_streams_keep(reply);
}

/**
 * amanda_streams_keep() - let the expectations of a reply go their way
 * @reply: the reply
 */
void amanda_streams_keep(struct amanda_reply *reply)
{
	unsigned int i;

	for (i = 0; i < reply->count; i++) {
		if (reply->made[i])
			nf_ct_expect_put(reply->made[i]);
		reply->made[i] = NULL;
	}
}
