// SPDX-License-Identifier: GPL-2.0-only
/*
 * Count the instructions that a registered helper spends on a packet.
 *
 * Loading the module runs it: "amanda_bench: CASE COUNT" lines go to the kernel
 * log, and init fails on purpose with -ECANCELED so that nothing stays loaded.
 * It is meant for a machine whose cycle counter counts instructions (QEMU's
 * -icount), and calibrates that counter with a run of known length.
 */
#define pr_fmt(fmt) "amanda_bench: " fmt

#include <linux/ip.h>
#include <linux/module.h>
#include <linux/timex.h>
#include <linux/udp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "amanda_packet.c"

#define ROUNDS	32
#define NOPS	1000

static char *helper_name = "amanda";
module_param(helper_name, charp, 0400);

struct bench {
	struct nf_conntrack_helper *helper;
	struct nf_conn *ct;
	struct sk_buff *skb;
	unsigned int sequence;
	unsigned int first_port;
};

static cycles_t nops_cost;
static cycles_t empty_cost;

static noinline void run_nops(void)
{
	asm volatile(".rept " __stringify(NOPS) "\n\tnop\n\t.endr");
}

static void calibrate(void)
{
	cycles_t start = get_cycles();

	empty_cost = get_cycles() - start;
	start = get_cycles();
	run_nops();
	nops_cost = get_cycles() - start - empty_cost;
}

/* Instructions, whatever the counter counts. */
static unsigned long in_instructions(cycles_t cycles)
{
	return div64_u64((cycles - empty_cost) * NOPS, nops_cost);
}

static struct sk_buff *packet_new(const char *text, unsigned int padded)
{
	unsigned int length = max_t(unsigned int, strlen(text), padded);
	unsigned int header = sizeof(struct iphdr) + sizeof(struct udphdr);
	struct sk_buff *skb = alloc_skb(header + length, GFP_KERNEL);
	struct udphdr *udp;
	struct iphdr *ip;

	if (!skb)
		return NULL;
	skb_reset_network_header(skb);
	ip = skb_put_zero(skb, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->protocol = IPPROTO_UDP;
	ip->tot_len = htons(header + length);
	skb_set_transport_header(skb, sizeof(*ip));
	udp = skb_put_zero(skb, sizeof(*udp));
	udp->source = htons(10080);
	udp->dest = htons(850);
	udp->len = htons(sizeof(*udp) + length);
	skb->protocol = htons(ETH_P_IP);
	skb_put_data(skb, text, strlen(text));
	memset(skb_put(skb, length - strlen(text)), 'x', length - strlen(text));
	return skb;
}

static struct nf_conn *flow_new(struct nf_conntrack_helper *helper)
{
	struct nf_conntrack_tuple original = { }, reply;
	struct nf_conn_help *help;
	struct nf_conn *ct;

	original.src.l3num = AF_INET;
	original.src.u3.ip = htonl(0x0a420102);
	original.dst.u3.ip = htonl(0x0a420202);
	original.src.u.udp.port = htons(850);
	original.dst.u.udp.port = htons(10080);
	original.dst.protonum = IPPROTO_UDP;
	nf_ct_invert_tuple(&reply, &original);
	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &original, &reply, GFP_KERNEL);
	if (IS_ERR(ct))
		return NULL;
	refcount_set(&ct->ct_general.use, 1);
	help = nf_ct_helper_ext_add(ct, GFP_KERNEL);
	if (!help) {
		nf_ct_put(ct);
		return NULL;
	}
	rcu_assign_pointer(help->helper, helper);
	/* A flow that a reply belongs to was confirmed by the request. */
	set_bit(IPS_CONFIRMED_BIT, &ct->status);
	ct->ext->gen_id = 0;
	return ct;
}

static cycles_t help(struct bench *b, enum ip_conntrack_info ctinfo)
{
	unsigned int protoff = skb_transport_offset(b->skb);
	cycles_t start, end;

	/* What connection tracking sets for each packet of a UDP flow. */
	WRITE_ONCE(b->ct->timeout, nfct_time_stamp + 120 * HZ);
	local_bh_disable();
	rcu_read_lock();
	start = get_cycles();
	b->helper->help(b->skb, protoff, b->ct, ctinfo);
	end = get_cycles();
	rcu_read_unlock();
	local_bh_enable();
	return end - start;
}

static bool send(struct bench *b, const char *text, unsigned int padded,
		 enum ip_conntrack_info ctinfo, cycles_t *cost)
{
	cycles_t cycles;

	b->skb = packet_new(text, padded);
	if (!b->skb)
		return false;
	help(b, ctinfo);	/* once for the caches of the emulator */
	cycles = help(b, ctinfo);
	kfree_skb(b->skb);
	if (cost)
		*cost = min(*cost, cycles);
	return true;
}

static bool send_once(struct bench *b, const char *text, enum ip_conntrack_info ctinfo,
		      cycles_t *cost)
{
	cycles_t cycles;

	b->skb = packet_new(text, 0);
	if (!b->skb)
		return false;
	cycles = help(b, ctinfo);
	kfree_skb(b->skb);
	if (cost)
		*cost = min(*cost, cycles);
	return true;
}

static bool request(struct bench *b)
{
	char text[128];

	b->sequence++;
	b->first_port = 50001 + b->sequence % 64 * 8;
	snprintf(text, sizeof(text), "Amanda 3.5 REQ HANDLE 000-00000000 SEQ %u\n",
		 1795858683 + b->sequence);
	if (!send_once(b, text, IP_CT_ESTABLISHED, NULL))
		return false;
	snprintf(text, sizeof(text), "Amanda 3.5 ACK HANDLE 000-00000000 SEQ %u\n",
		 1795858683 + b->sequence);
	return send_once(b, text, IP_CT_ESTABLISHED_REPLY, NULL);
}

static void connect_line(const struct bench *b, unsigned int streams, char *text, size_t size)
{
	static const char * const tags[] = { "DATA", "MESG", "INDEX", "STATE" };
	int length = snprintf(text, size, "Amanda 3.5 REP HANDLE 000-00000000 SEQ %u\nCONNECT",
			      1795858683 + b->sequence);
	unsigned int i;

	for (i = 0; i < streams; i++)
		length += snprintf(text + length, size - length, " %s %u", tags[i],
				   b->first_port + i);
	snprintf(text + length, size - length, "\nOPTIONS features=ffffffff9efefbff;\n");
}

static void report(const char *name, cycles_t cost)
{
	pr_info("%s %lu\n", name, in_instructions(cost));
}

static void bench_plain(struct bench *b, const char *name, const char *text, unsigned int padded)
{
	cycles_t cost = ~0ULL;
	int i;

	request(b);
	for (i = 0; i < ROUNDS; i++) {
		if (!send(b, text, padded, IP_CT_ESTABLISHED_REPLY, &cost))
			return;
	}
	report(name, cost);
}

/* Each reply is the first to a new request and names ports not seen before. */
static void bench_first(struct bench *b, const char *name, unsigned int streams)
{
	cycles_t cost = ~0ULL;
	char text[256];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		nf_ct_remove_expectations(b->ct);
		request(b);
		connect_line(b, streams, text, sizeof(text));
		if (!send_once(b, text, IP_CT_ESTABLISHED_REPLY, &cost))
			return;
	}
	report(name, cost);
}

static void bench_repeated(struct bench *b, const char *name, unsigned int streams)
{
	cycles_t cost = ~0ULL;
	char text[256];
	int i;

	nf_ct_remove_expectations(b->ct);
	request(b);
	connect_line(b, streams, text, sizeof(text));
	for (i = 0; i < ROUNDS; i++) {
		if (!send(b, text, 0, IP_CT_ESTABLISHED_REPLY, &cost))
			return;
	}
	report(name, cost);
}

static bool insert(struct bench *b, __be16 port)
{
	const struct nf_conntrack_tuple *t = &b->ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	struct nf_conntrack_expect *exp = nf_ct_expect_alloc(b->ct);
	int err;

	if (!exp)
		return false;
	nf_ct_expect_init(exp, NF_CT_EXPECT_CLASS_DEFAULT, AF_INET, &t->src.u3, &t->dst.u3,
			  IPPROTO_TCP, NULL, &port);
	err = nf_ct_expect_related(exp, 0);
	nf_ct_expect_put(exp);
	return !err;
}

/* What four expectations cost with nothing around them. */
static void bench_inserts(struct bench *b, const char *name)
{
	cycles_t cost = ~0ULL, start;
	unsigned int i, k;

	for (i = 0; i < ROUNDS; i++) {
		nf_ct_remove_expectations(b->ct);
		local_bh_disable();
		rcu_read_lock();
		start = get_cycles();
		for (k = 0; k < 4; k++) {
			if (!insert(b, htons(40000 + i * 4 + k)))
				cost = 0;
		}
		cost = min(cost, get_cycles() - start);
		rcu_read_unlock();
		local_bh_enable();
	}
	report(name, cost);
}

#define ACK	"Amanda 3.5 ACK HANDLE 000-00000000 SEQ 1\n"
#define REP	"Amanda 3.5 REP HANDLE 000-00000000 SEQ 1\n"

static void bench_grammar(const char *name, const char *text)
{
	struct amanda_packet packet;
	cycles_t cost = ~0ULL, start;
	size_t length = strlen(text);
	int i;

	for (i = 0; i < ROUNDS; i++) {
		start = get_cycles();
		amanda_packet_parse(text, length, &packet);
		cost = min(cost, get_cycles() - start);
	}
	report(name, cost);
}

static void bench_all(struct bench *b)
{
	calibrate();
	bench_grammar("grammar-ack", ACK);
	bench_grammar("grammar-rep", REP "OPTIONS features=ffffffff9efefbff;\n");
	bench_grammar("grammar-connect", "Amanda 3.5 REP HANDLE 000-00000000 SEQ 1795858683\nCONNECT DATA 50001 MESG 50002 INDEX 50003 STATE 50004\nOPTIONS features=ffffffff9efefbff;\n");
	pr_info("%s %llu\n", "counter-of-1000", (unsigned long long)nops_cost);
	bench_plain(b, "ack-41", ACK, 0);
	bench_plain(b, "rep-82", REP, 82);
	bench_plain(b, "rep-1472", REP, 1472);
	bench_plain(b, "rep-59000", REP, 59000);
	bench_first(b, "first-1", 1);
	bench_first(b, "first-4", 4);
	bench_repeated(b, "repeated-4", 4);
	bench_inserts(b, "inserts-4");
}

static int __init amanda_bench_init(void)
{
	struct bench b = { };

	b.helper = nf_conntrack_helper_try_module_get(helper_name, AF_INET, IPPROTO_UDP);
	if (!b.helper) {
		pr_err("no helper \"%s\" is loaded\n", helper_name);
		return -ENOENT;
	}
	b.ct = flow_new(b.helper);
	if (b.ct) {
		bench_all(&b);
		nf_ct_remove_expectations(b.ct);
		nf_ct_put(b.ct);
	}
	nf_conntrack_helper_put(b.helper);
	return -ECANCELED;
}

module_init(amanda_bench_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Instruction counts of the Amanda helper");
