// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of packets through a machine: which chains they meet, in which order,
 * and what connection tracking and translation have made of them by then.
 *
 * What is expected here has been seen on a running kernel.
 */
#include <string.h>

#include "ruleset/path.h"
#include "selftests/unit/lib/rules.h"
#include "selftests/unit/lib/suite.h"

#include <linux/netfilter/nf_conntrack_common.h>

#define HERE		0x0a000001	/* 10.0.0.1, on lan */
#define OUTSIDE		0xc0000201	/* 192.0.2.1, on wan */
#define CLIENT		0x0a000002
#define SERVER		0xc0000263
#define LO		1
#define LAN		2
#define WAN		3

#define STATE_NEW	NF_CT_STATE_BIT(IP_CT_NEW)
#define STATE_ESTABLISHED NF_CT_STATE_BIT(IP_CT_ESTABLISHED)
#define STATE_INVALID	NF_CT_STATE_INVALID_BIT
#define STATE_UNTRACKED	NF_CT_STATE_UNTRACKED_BIT

static const struct local_address own[] = {
	{ AF_INET, HERE, LAN },
	{ AF_INET, OUTSIDE, WAN },
	{ AF_INET6, 0x10, LAN },
};

static const struct world world = { own, sizeof(own) / sizeof(*own), LO };
static struct passage passage;
static struct fates fates;

static void put(enum field field, __uint128_t value)
{
	passage.box.now[field] = values_one(rules_arena, value);
}

/* The first datagram of a connection, in by lan. */
static void from_client(__uint128_t to)
{
	memset(&passage, 0, sizeof(passage));
	passage.first = true;
	put(FIELD_SADDR, CLIENT);
	put(FIELD_DADDR, to);
	put(FIELD_PROTOCOL, IPPROTO_UDP);
	put(FIELD_SPORT, 850);
	put(FIELD_DPORT, 10080);
	put(FIELD_IIF, LAN);
	put(FIELD_OIF, WAN);
}

static void from_here(__uint128_t to)
{
	from_client(to);
	passage.made_here = true;
	passage.box.now[FIELD_IIF] = NULL;
	put(FIELD_SADDR, HERE);
}

static void fresh(void)
{
	rules_begin();
	from_client(HERE);
}

static void done(void)
{
	fates_free(&fates);
	rules_end();
}

static void run(void)
{
	fates_free(&fates);
	ck_assert_int_eq(path_run(&rules, &world, rules_arena, &passage, NULL, &fates), 0);
}

/* The packets have one fate. */
static const struct fate *fate(void)
{
	run();
	ck_assert_uint_eq(fates.count, 1);
	return &fates.fate[0];
}

static __uint128_t now(const struct fate *one, enum field field)
{
	ck_assert_ptr_nonnull(one->box.now[field]);
	ck_assert_uint_eq(one->box.now[field]->count, 1);
	return one->box.now[field]->interval[0].low;
}

START_TEST(who_is_addressed_decides_the_way)
{
	struct chain *input = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);
	struct chain *forward = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_DROP);
	struct chain *output = base_chain("filter", NF_INET_LOCAL_OUT, 0, VERDICT_DROP);

	ck_assert_ptr_eq(fate()->chain, input);
	from_client(SERVER);
	ck_assert_ptr_eq(fate()->chain, forward);
	ck_assert_uint_eq(fate()->hook, NF_INET_FORWARD);
	from_here(SERVER);
	ck_assert_ptr_eq(fate()->chain, output);
	ck_assert_int_eq(fate()->verdict, VERDICT_DROP);
	from_client(0xe0000001);
	ck_assert_ptr_eq(fate()->chain, input);
	from_client(0xffffffff);
	ck_assert_ptr_eq(fate()->chain, input);
}
END_TEST

START_TEST(packets_to_anybody_are_parted)
{
	base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);
	base_chain("filter", NF_INET_FORWARD, 0, VERDICT_ACCEPT);
	passage.box.now[FIELD_DADDR] = values_range(rules_arena, HERE, HERE + 9);
	run();
	ck_assert_uint_eq(fates.count, 2);
	ck_assert_int_eq(fates.fate[0].verdict, VERDICT_DROP);
	ck_assert_int_eq(fates.fate[1].verdict, VERDICT_ACCEPT);
	ck_assert(values_hold(fates.fate[1].box.was[FIELD_DADDR], HERE + 1));
	ck_assert(!values_hold(fates.fate[1].box.was[FIELD_DADDR], HERE));
}
END_TEST

START_TEST(accept_goes_on_with_the_next_chain)
{
	struct chain *early = base_chain("filter", NF_INET_LOCAL_IN, -10, VERDICT_DROP);
	struct chain *late = base_chain("filter", NF_INET_LOCAL_IN, 10, VERDICT_ACCEPT);

	RULE(early, ACCEPT);
	RULE(late, MATCH(FIELD_DPORT, 10080, 10080), REJECT);
	ck_assert_int_eq(fate()->verdict, VERDICT_REJECT);
	ck_assert_ptr_eq(fate()->rule, late->rules);
}
END_TEST

START_TEST(the_rule_that_accepted_is_named)
{
	struct chain *early = base_chain("filter", NF_INET_LOCAL_IN, -10, VERDICT_DROP);

	base_chain("filter", NF_INET_LOCAL_IN, 10, VERDICT_ACCEPT);
	RULE(early, ACCEPT);
	ck_assert_ptr_eq(fate()->rule, early->rules);
	ck_assert_uint_eq(fate()->hook, NF_INET_LOCAL_IN);
}
END_TEST

/* What each chain leaves in the mark tells the order. */
START_TEST(of_one_priority_the_last_is_first)
{
	struct chain *one = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_ACCEPT);
	struct chain *two = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_ACCEPT);
	struct chain *first = base_chain("filter", NF_INET_LOCAL_IN, -1, VERDICT_ACCEPT);

	RULE(one, SET(FIELD_MARK, 1));
	RULE(two, SET(FIELD_MARK, 2));
	RULE(first, SET(FIELD_MARK, 3));
	ck_assert_uint_eq(now(fate(), FIELD_MARK), 1);
}
END_TEST

START_TEST(tables_of_other_families_do_not_count)
{
	struct table *six = family_table(NFPROTO_IPV6);
	struct table *asleep;

	base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);
	asleep = family_table(NFPROTO_IPV4);
	base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);
	asleep->dormant = true;
	family_table(NFPROTO_ARP);
	base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
	ck_assert_ptr_null(fate()->chain);
	asleep->dormant = false;
	ck_assert_int_eq(fate()->verdict, VERDICT_DROP);
	asleep->dormant = true;
	six->family = NFPROTO_INET;
	ck_assert_int_eq(fate()->verdict, VERDICT_DROP);
}
END_TEST

START_TEST(interfaces_are_known_where_the_kernel_knows_them)
{
	struct chain *pre = base_chain("filter", NF_INET_PRE_ROUTING, 0, VERDICT_ACCEPT);
	struct chain *forward = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_ACCEPT);
	struct chain *post = base_chain("filter", NF_INET_POST_ROUTING, 0, VERDICT_ACCEPT);
	struct chain *input = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_ACCEPT);

	RULE(pre, MATCH(FIELD_OIF, 1, 9), DROP);
	RULE(input, MATCH(FIELD_OIF, 1, 9), DROP);
	RULE(forward, MATCH(FIELD_OIF, 0, LAN), DROP);
	RULE(post, MATCH(FIELD_OIF, WAN, WAN), MATCH(FIELD_IIF, LAN, LAN), REJECT);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
	from_client(SERVER);
	ck_assert_int_eq(fate()->verdict, VERDICT_REJECT);
	from_here(SERVER);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
}
END_TEST

START_TEST(before_connection_tracking_the_state_is_invalid)
{
	struct chain *raw = base_chain("filter", NF_INET_PRE_ROUTING, -300, VERDICT_ACCEPT);
	struct chain *mangle = base_chain("filter", NF_INET_PRE_ROUTING, -150, VERDICT_ACCEPT);

	RULE(raw, MATCH(FIELD_CT_STATE, STATE_NEW, STATE_NEW), DROP);
	RULE(raw, MATCH(FIELD_CT_DIRECTION, 0, 1), DROP);
	RULE(raw, MATCH(FIELD_CT_STATUS, 0, 0xffffffff), DROP);
	RULE(raw, MATCH(FIELD_CT_STATE, STATE_INVALID, STATE_INVALID), SET(FIELD_MARK, 7));
	RULE(mangle, MATCH(FIELD_CT_STATE, STATE_NEW, STATE_NEW),
	     MATCH(FIELD_CT_DIRECTION, 0, 0), MATCH(FIELD_CT_STATUS, 0, 0),
	     MATCH(FIELD_MARK, 7, 7), REJECT);
	ck_assert_int_eq(fate()->verdict, VERDICT_REJECT);
}
END_TEST

START_TEST(at_its_own_priority_connection_tracking_is_first)
{
	struct chain *chain = base_chain("filter", NF_INET_PRE_ROUTING, -200, VERDICT_ACCEPT);

	RULE(chain, MATCH(FIELD_CT_STATE, STATE_NEW, STATE_NEW), DROP);
	ck_assert_int_eq(fate()->verdict, VERDICT_DROP);
	chain->priority = -201;
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
}
END_TEST

static const char *helper_from(int priority, struct step step)
{
	struct chain *chain = base_chain("filter", NF_INET_PRE_ROUTING, priority,
					 VERDICT_ACCEPT);
	const char *helper;

	RULE(chain, step);
	helper = fate()->box.effects.helper;
	chain->table = NULL;
	rules.count = 0;
	return helper;
}

START_TEST(a_helper_needs_a_connection)
{
	ck_assert_ptr_null(helper_from(-300, HELPER("amanda")));
	ck_assert_ptr_null(helper_from(-201, HELPER("amanda")));
	ck_assert_str_eq(helper_from(-199, HELPER("amanda")), "amanda");
	ck_assert_str_eq(helper_from(0, HELPER("amanda")), "amanda");
}
END_TEST

START_TEST(a_template_needs_that_there_is_none)
{
	ck_assert_str_eq(helper_from(-300, TEMPLATE("amanda")), "amanda");
	ck_assert_ptr_null(helper_from(-199, TEMPLATE("amanda")));
}
END_TEST

START_TEST(later_packets_get_no_helper)
{
	passage.first = false;
	ck_assert_ptr_null(helper_from(0, HELPER("amanda")));
	ck_assert_ptr_null(helper_from(-300, TEMPLATE("amanda")));
}
END_TEST

START_TEST(the_first_helper_stays)
{
	struct chain *raw = base_chain("filter", NF_INET_PRE_ROUTING, -300, VERDICT_ACCEPT);
	struct chain *later = base_chain("filter", NF_INET_PRE_ROUTING, -299, VERDICT_ACCEPT);
	struct chain *filter = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_ACCEPT);

	RULE(raw, TEMPLATE("ftp"));
	RULE(later, MATCH(FIELD_CT_STATE, STATE_NEW, STATE_NEW), SET(FIELD_MARK, 5));
	RULE(filter, HELPER("amanda"));
	ck_assert_str_eq(fate()->box.effects.helper, "ftp");
	ck_assert_uint_eq(now(fate(), FIELD_MARK), 5);
}
END_TEST

START_TEST(untracked_packets_stay_so)
{
	struct chain *raw = base_chain("filter", NF_INET_PRE_ROUTING, -300, VERDICT_ACCEPT);
	struct chain *input = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_ACCEPT);

	RULE(raw, NOTRACK);
	RULE(raw, MATCH(FIELD_CT_STATE, STATE_UNTRACKED, STATE_UNTRACKED), SET(FIELD_MARK, 5));
	RULE(input, MATCH(FIELD_CT_STATE, STATE_NEW, STATE_NEW), DROP);
	RULE(input, HELPER("amanda"));
	RULE(input, MATCH(FIELD_CT_STATE, STATE_UNTRACKED, STATE_UNTRACKED),
	     MATCH(FIELD_MARK, 5, 5), REJECT);
	ck_assert_int_eq(fate()->verdict, VERDICT_REJECT);
	ck_assert(fate()->box.effects.notrack);
	ck_assert_ptr_null(fate()->box.effects.helper);
	raw->priority = -100;
	ck_assert_int_eq(fate()->verdict, VERDICT_DROP);
	ck_assert(!fate()->box.effects.notrack);
}
END_TEST

START_TEST(destinations_change_before_filters)
{
	struct chain *nat = base_chain("nat", NF_INET_PRE_ROUTING, -100, VERDICT_ACCEPT);
	struct chain *before = base_chain("filter", NF_INET_PRE_ROUTING, -101, VERDICT_ACCEPT);
	struct chain *forward = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_DROP);

	RULE(nat, MATCH(FIELD_DPORT, 10080, 10080), NAT(NAT_DNAT, SERVER, 10081));
	RULE(before, MATCH(FIELD_DADDR, SERVER, SERVER), DROP);
	RULE(forward, MATCH(FIELD_DADDR, SERVER, SERVER), MATCH(FIELD_DPORT, 10081, 10081),
	     MATCH(FIELD_CT_STATUS, IPS_DST_NAT, IPS_DST_NAT), REJECT);
	ck_assert_int_eq(fate()->verdict, VERDICT_REJECT);
	ck_assert_ptr_eq(fate()->rule, forward->rules);
	ck_assert(values_hold(fate()->box.was[FIELD_DADDR], HERE));
}
END_TEST

/* Whatever their own priorities are: the kernel has one hook for all nat chains. */
START_TEST(nat_chains_stand_where_nat_stands)
{
	struct chain *nat = base_chain("nat", NF_INET_PRE_ROUTING, 50, VERDICT_ACCEPT);
	struct chain *other = base_chain("nat", NF_INET_PRE_ROUTING, 40, VERDICT_ACCEPT);
	struct chain *filter = base_chain("filter", NF_INET_PRE_ROUTING, -99, VERDICT_ACCEPT);

	RULE(nat, NAT(NAT_DNAT, SERVER, 0));
	RULE(other, MATCH(FIELD_DPORT, 9, 9), NAT(NAT_DNAT, SERVER + 1, 0));
	RULE(filter, MATCH(FIELD_DADDR, SERVER, SERVER), DROP);
	ck_assert_int_eq(fate()->verdict, VERDICT_DROP);
	put(FIELD_DPORT, 9);
	ck_assert_uint_eq(now(fate(), FIELD_DADDR), SERVER + 1);
	passage.first = false;
	ck_assert_uint_eq(now(fate(), FIELD_DADDR), HERE);
}
END_TEST

START_TEST(masquerading_takes_the_address_of_the_way_out)
{
	struct chain *nat = base_chain("nat", NF_INET_POST_ROUTING, 100, VERDICT_ACCEPT);
	struct chain *post = base_chain("filter", NF_INET_POST_ROUTING, 99, VERDICT_ACCEPT);

	RULE(nat, MATCH(FIELD_OIF, WAN, WAN), NAT(NAT_MASQUERADE, 0, 0));
	RULE(post, MATCH(FIELD_SADDR, OUTSIDE, OUTSIDE), DROP);
	from_client(SERVER);
	ck_assert_uint_eq(now(fate(), FIELD_SADDR), OUTSIDE);
	ck_assert_uint_eq(now(fate(), FIELD_SPORT), 850);
	ck_assert_uint_eq(now(fate(), FIELD_CT_STATUS), IPS_SRC_NAT);
	post->priority = 101;
	ck_assert_int_eq(fate()->verdict, VERDICT_DROP);
	put(FIELD_OIF, LAN);
	ck_assert_uint_eq(now(fate(), FIELD_SADDR), CLIENT);
}
END_TEST

START_TEST(what_is_the_same_afterwards_is_no_translation)
{
	struct chain *nat = base_chain("nat", NF_INET_PRE_ROUTING, -100, VERDICT_ACCEPT);

	RULE(nat, NAT(NAT_DNAT, HERE, 10080));
	ck_assert_uint_eq(now(fate(), FIELD_CT_STATUS), 0);
	RULE(base_chain("nat", NF_INET_LOCAL_IN, 100, VERDICT_ACCEPT), NAT(NAT_SNAT, 5, 0));
	ck_assert_uint_eq(now(fate(), FIELD_SADDR), 5);
}
END_TEST

START_TEST(redirected_packets_end_here)
{
	struct chain *pre = base_chain("nat", NF_INET_PRE_ROUTING, -100, VERDICT_ACCEPT);
	struct chain *out = base_chain("nat", NF_INET_LOCAL_OUT, -100, VERDICT_ACCEPT);

	RULE(pre, NAT(NAT_REDIRECT, 0, 99));
	RULE(out, NAT(NAT_REDIRECT, 0, 99));
	from_client(SERVER);
	ck_assert_uint_eq(fate()->hook, NF_INET_LOCAL_IN);
	ck_assert_uint_eq(now(fate(), FIELD_DADDR), HERE);
	ck_assert_uint_eq(now(fate(), FIELD_DPORT), 99);
	from_here(SERVER);
	ck_assert_uint_eq(fate()->hook, NF_INET_LOCAL_IN);
	ck_assert_uint_eq(now(fate(), FIELD_DADDR), 0x7f000001);
	ck_assert_uint_eq(now(fate(), FIELD_IIF), LO);
}
END_TEST

START_TEST(replies_are_translated_back)
{
	struct chain *forward = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_DROP);
	const struct translation back = {
		.daddr = values_one(rules_arena, CLIENT),
		.saddr = values_one(rules_arena, OUTSIDE),
	};

	/* Sent to the outside address, forwarded to the server, masqueraded as this host. */
	RULE(forward, MATCH(FIELD_SADDR, SERVER, SERVER), MATCH(FIELD_DADDR, CLIENT, CLIENT),
	     MATCH(FIELD_CT_STATUS, IPS_SRC_NAT, 0xffffffff), ACCEPT);
	passage.first = false;
	passage.translation = &back;
	put(FIELD_SADDR, SERVER);
	put(FIELD_DADDR, HERE);
	put(FIELD_CT_DIRECTION, 1);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
	ck_assert_uint_eq(now(fate(), FIELD_SADDR), OUTSIDE);
	ck_assert_uint_eq(now(fate(), FIELD_DADDR), CLIENT);
}
END_TEST

START_TEST(what_stays_here_goes_round_by_lo)
{
	struct chain *out = base_chain("filter", NF_INET_LOCAL_OUT, 0, VERDICT_DROP);
	struct chain *post = base_chain("filter", NF_INET_POST_ROUTING, 0, VERDICT_DROP);
	struct chain *raw = base_chain("filter", NF_INET_PRE_ROUTING, -300, VERDICT_DROP);
	struct chain *in = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);

	RULE(out, MATCH(FIELD_OIF, LO, LO), MATCH(FIELD_IIF, 0, 0), ACCEPT);
	RULE(post, MATCH(FIELD_OIF, LO, LO), MATCH(FIELD_IIF, 0, 0),
	     MATCH(FIELD_CT_STATUS, 0, 0), SET(FIELD_MARK, 4), ACCEPT);
	RULE(raw, NOTRACK);
	RULE(raw, MATCH(FIELD_IIF, LO, LO), MATCH(FIELD_OIF, 0, 0),
	     MATCH(FIELD_CT_STATUS, IPS_CONFIRMED, IPS_CONFIRMED),
	     MATCH(FIELD_CT_STATE, STATE_NEW, STATE_NEW), ACCEPT);
	RULE(in, MATCH(FIELD_IIF, LO, LO), MATCH(FIELD_MARK, 4, 4),
	     MATCH(FIELD_CT_STATUS, IPS_CONFIRMED, IPS_CONFIRMED), HELPER("amanda"), REJECT);
	from_here(HERE);
	ck_assert_int_eq(fate()->verdict, VERDICT_REJECT);
	ck_assert_ptr_eq(fate()->rule, in->rules);
}
END_TEST

START_TEST(the_kind_of_an_address_follows_the_address)
{
	struct chain *pre = base_chain("filter", NF_INET_PRE_ROUTING, -150, VERDICT_ACCEPT);
	struct chain *nat = base_chain("nat", NF_INET_PRE_ROUTING, -100, VERDICT_ACCEPT);
	struct chain *post = base_chain("filter", NF_INET_POST_ROUTING, 0, VERDICT_DROP);

	RULE(pre, MATCH(FIELD_DADDR_TYPE, 2, 2), MATCH(FIELD_SADDR_TYPE, 1, 1),
	     SET(FIELD_MARK, 1));
	RULE(nat, NAT(NAT_DNAT, SERVER, 0));
	RULE(post, MATCH(FIELD_DADDR_TYPE, 1, 1), MATCH(FIELD_MARK, 1, 1), ACCEPT);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
}
END_TEST

START_TEST(doubt_has_both_fates)
{
	struct chain *input = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);

	RULE(input, DOUBT("the weather"), ACCEPT);
	run();
	ck_assert_uint_eq(fates.count, 2);
	ck_assert_str_eq(fates.fate[0].box.doubt, "the weather");
	ck_assert_str_eq(fates.fate[1].box.doubt, "the weather");
	ck_assert_int_ne(fates.fate[0].verdict, fates.fate[1].verdict);
}
END_TEST

START_TEST(announced_connections_are_expected)
{
	struct chain *input = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);

	put(FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_RELATED));
	put(FIELD_CT_HELPER, 1);
	RULE(input, MATCH(FIELD_CT_STATUS, IPS_EXPECTED, IPS_EXPECTED), ACCEPT);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
}
END_TEST

/* No memory to find out in: nothing may be claimed. */
START_TEST(what_cannot_be_followed_has_both_fates)
{
	struct arena *small = arena_new(300);

	base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);
	ck_assert_int_eq(path_run(&rules, &world, small, &passage, NULL, &fates), 0);
	ck_assert_uint_eq(fates.count, 2);
	ck_assert_ptr_nonnull(fates.fate[0].box.doubt);
	ck_assert_ptr_nonnull(fates.fate[1].box.doubt);
	ck_assert_int_ne(fates.fate[0].verdict, fates.fate[1].verdict);
	arena_free(small);
}
END_TEST

START_TEST(devices_come_before_all_hooks)
{
	struct chain *raw = base_chain("filter", NF_INET_PRE_ROUTING, -400, VERDICT_DROP);
	struct chain *ingress;

	family_table(NFPROTO_NETDEV);
	ingress = base_chain("filter", NF_NETDEV_INGRESS, 0, VERDICT_ACCEPT);
	RULE(ingress, MATCH(FIELD_IIF, LAN, LAN), REJECT);
	ck_assert_int_eq(fate()->verdict, VERDICT_REJECT);
	put(FIELD_IIF, WAN);
	ck_assert_ptr_eq(fate()->chain, raw);
}
END_TEST

START_TEST(a_chain_of_a_device_sees_that_device)
{
	static const char *const devices[] = { "wan", NULL };
	struct chain *ingress, *egress;

	family_table(NFPROTO_NETDEV);
	ingress = base_chain("filter", NF_NETDEV_INGRESS, 0, VERDICT_DROP);
	ingress->devices = devices;
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
	put(FIELD_IIF, WAN);
	ck_assert_int_eq(fate()->verdict, VERDICT_DROP);
	egress = base_chain("filter", NF_NETDEV_INGRESS + 1, 0, VERDICT_DROP);
	egress->devices = devices;
	from_client(SERVER);
	ck_assert_ptr_eq(fate()->chain, egress);
	put(FIELD_OIF, LAN);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
}
END_TEST

START_TEST(what_is_translated_away_leaves_lo)
{
	struct chain *nat = base_chain("nat", NF_INET_LOCAL_OUT, -100, VERDICT_ACCEPT);
	struct chain *after = base_chain("filter", NF_INET_LOCAL_OUT, 0, VERDICT_ACCEPT);
	struct chain *post = base_chain("filter", NF_INET_POST_ROUTING, 0, VERDICT_DROP);

	RULE(nat, NAT(NAT_DNAT, SERVER, 0));
	RULE(after, MATCH(FIELD_OIF, LO, LO), SET(FIELD_MARK, 1));
	RULE(post, MATCH(FIELD_OIF, WAN, WAN), MATCH(FIELD_MARK, 1, 1), ACCEPT);
	from_here(HERE);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
	ck_assert_uint_eq(fate()->hook, NF_INET_POST_ROUTING);
}
END_TEST

START_TEST(what_is_translated_may_leave_elsewhere)
{
	struct chain *nat = base_chain("nat", NF_INET_LOCAL_OUT, -100, VERDICT_ACCEPT);
	struct chain *post = base_chain("filter", NF_INET_POST_ROUTING, 0, VERDICT_DROP);

	RULE(nat, NAT(NAT_DNAT, SERVER, 0));
	RULE(post, MATCH(FIELD_OIF, WAN, WAN), ACCEPT);
	from_here(CLIENT);
	run();
	ck_assert_uint_eq(fates.count, 2);
	ck_assert_ptr_nonnull(fates.fate[0].box.doubt);
}
END_TEST

START_TEST(forwarding_counts_down)
{
	struct chain *forward = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_DROP);

	RULE(forward, MATCH(FIELD_TTL, 63, 63), ACCEPT);
	from_client(SERVER);
	put(FIELD_TTL, 64);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
	ck_assert(values_hold(fate()->box.was[FIELD_TTL], 64));
	put(FIELD_TTL, 63);
	ck_assert_int_eq(fate()->verdict, VERDICT_DROP);
}
END_TEST

START_TEST(ports_at_random_stay_of_their_kind)
{
	struct chain *nat = base_chain("nat", NF_INET_POST_ROUTING, 100, VERDICT_ACCEPT);
	struct step step = NAT(NAT_SNAT, OUTSIDE, 0);

	step.nat.random = true;
	RULE(nat, step);
	from_client(SERVER);
	ck_assert(values_cover_range(fate()->box.now[FIELD_SPORT], 600, 1023));
	ck_assert(!values_meet_range(fate()->box.now[FIELD_SPORT], 1024, 65535));
}
END_TEST

START_TEST(neighbours_are_untracked_in_every_chain)
{
	struct chain *first = base_chain("filter", NF_INET_PRE_ROUTING, 0, VERDICT_ACCEPT);
	struct chain *second = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_DROP);

	RULE(first, MATCH(FIELD_CT_STATE, 1, 1), DROP);
	RULE(second, MATCH(FIELD_CT_STATE, 64, 64), ACCEPT);
	from_client(SERVER);
	put(FIELD_CT_STATE, 64);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
}
END_TEST

START_TEST(version_six_has_addresses_of_its_own)
{
	struct chain *input = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);

	passage.version = VERSION_6;
	put(FIELD_DADDR, 0x10);
	put(FIELD_SADDR, 0x11);
	ck_assert_ptr_eq(fate()->chain, input);
	put(FIELD_DADDR, HERE);
	ck_assert_int_eq(fate()->verdict, VERDICT_ACCEPT);
	put(FIELD_DADDR, (__uint128_t)0xff02 << 112);
	ck_assert_ptr_eq(fate()->chain, input);
}
END_TEST

static void add_hooks(struct TCase *tests)
{
	tcase_add_test(tests, who_is_addressed_decides_the_way);
	tcase_add_test(tests, packets_to_anybody_are_parted);
	tcase_add_test(tests, accept_goes_on_with_the_next_chain);
	tcase_add_test(tests, the_rule_that_accepted_is_named);
	tcase_add_test(tests, of_one_priority_the_last_is_first);
	tcase_add_test(tests, tables_of_other_families_do_not_count);
	tcase_add_test(tests, interfaces_are_known_where_the_kernel_knows_them);
	tcase_add_test(tests, announced_connections_are_expected);
	tcase_add_test(tests, what_cannot_be_followed_has_both_fates);
	tcase_add_test(tests, devices_come_before_all_hooks);
	tcase_add_test(tests, a_chain_of_a_device_sees_that_device);
	tcase_add_test(tests, what_is_translated_away_leaves_lo);
	tcase_add_test(tests, what_is_translated_may_leave_elsewhere);
	tcase_add_test(tests, forwarding_counts_down);
	tcase_add_test(tests, neighbours_are_untracked_in_every_chain);
	tcase_add_test(tests, ports_at_random_stay_of_their_kind);
	tcase_add_test(tests, version_six_has_addresses_of_its_own);
	tcase_add_test(tests, doubt_has_both_fates);
}

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, fresh, done);
	add_hooks(tests);
	tcase_add_test(tests, before_connection_tracking_the_state_is_invalid);
	tcase_add_test(tests, at_its_own_priority_connection_tracking_is_first);
	tcase_add_test(tests, a_helper_needs_a_connection);
	tcase_add_test(tests, a_template_needs_that_there_is_none);
	tcase_add_test(tests, later_packets_get_no_helper);
	tcase_add_test(tests, the_first_helper_stays);
	tcase_add_test(tests, untracked_packets_stay_so);
	tcase_add_test(tests, destinations_change_before_filters);
	tcase_add_test(tests, nat_chains_stand_where_nat_stands);
	tcase_add_test(tests, masquerading_takes_the_address_of_the_way_out);
	tcase_add_test(tests, what_is_the_same_afterwards_is_no_translation);
	tcase_add_test(tests, redirected_packets_end_here);
	tcase_add_test(tests, replies_are_translated_back);
	tcase_add_test(tests, what_stays_here_goes_round_by_lo);
	tcase_add_test(tests, the_kind_of_an_address_follows_the_address);
}

int main(void)
{
	return suite_main("path", add_tests);
}
