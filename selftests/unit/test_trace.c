// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What nf_tables says of packets: whole, cut anywhere, and changed.
 *
 * The messages are built as nft_trace_notify() of the kernel's nf_tables_trace.c builds
 * them.
 */
#include "prove/trace.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/lib/suite.h"

#define ROOM	4096

static char text[ROOM] __attribute__((aligned(8)));
static size_t text_length;
static struct shot shot;

static void reset(void)
{
	memset(&shot, 0, sizeof(shot));
	shot.protocol = IPPROTO_UDP;
	shot.sent.source.family = AF_INET;
	shot.sent.source.v4.s_addr = htonl(0x0a000001);
	shot.sent.destination.family = AF_INET;
	shot.sent.destination.v4.s_addr = htonl(0x0a000002);
	shot.sent.sport = (struct range) { 850, 850 };
	shot.sent.dport = (struct range) { 10080, 10080 };
	shot.seen = shot.sent;
}

static void setup(void)
{
	text_length = 0;
	reset();
}

static void put_headers(struct nlmsghdr *header)
{
	static const unsigned char ip[20] = {
		0x45, 0, 0, 48, 0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	};
	static const unsigned char udp[8] = { 850 >> 8, 850 & 255, 10080 >> 8, 10080 & 255, 0, 28 };

	mnl_attr_put(header, NFTA_TRACE_NETWORK_HEADER, sizeof(ip), ip);
	mnl_attr_put(header, NFTA_TRACE_TRANSPORT_HEADER, sizeof(udp), udp);
}

static void put_decision(struct nlmsghdr *header, uint64_t rule, uint32_t verdict)
{
	struct nlattr *nest;

	if (!rule) {
		mnl_attr_put_u32(header, NFTA_TRACE_POLICY, htonl(verdict));
		return;
	}
	mnl_attr_put_u64(header, NFTA_TRACE_RULE_HANDLE, htobe64(rule));
	nest = mnl_attr_nest_start(header, NFTA_TRACE_VERDICT);
	mnl_attr_put_u32(header, NFTA_VERDICT_CODE, htonl(verdict));
	mnl_attr_nest_end(header, nest);
}

/* @rule: its handle; 0: the policy decides.  @begins: a base chain does, with the headers. */
static void message(const char *table, const char *chain, uint64_t rule, uint32_t verdict,
		    bool begins)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(text + text_length);
	struct nfgenmsg *family;

	header->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE;
	family = mnl_nlmsg_put_extra_header(header, sizeof(*family));
	family->nfgen_family = NFPROTO_INET;
	mnl_attr_put_u32(header, NFTA_TRACE_TYPE,
			 htonl(rule ? NFT_TRACETYPE_RULE : NFT_TRACETYPE_POLICY));
	mnl_attr_put_u32(header, NFTA_TRACE_ID, htonl(77));
	mnl_attr_put_strz(header, NFTA_TRACE_CHAIN, chain);
	mnl_attr_put_strz(header, NFTA_TRACE_TABLE, table);
	put_decision(header, rule, verdict);
	if (begins)
		put_headers(header);
	text_length += mnl_nlmsg_size(mnl_nlmsg_get_payload_len(header));
}

/* With room for not one byte more, so that the sanitizer sees what is read beyond. */
static void take(size_t length)
{
	char *copy = malloc(length);

	ck_assert(copy || !length);
	memcpy(copy, text, length);
	trace_take(copy, length, &shot, 1);
	free(copy);
}

static void way_through(void)
{
	message("amfw_prove", "in", 2, (uint32_t)NFT_CONTINUE, true);
	message("amfw_prove", "in", 0, NF_ACCEPT, false);
	message("fw", "forward", 4, (uint32_t)NFT_JUMP, true);
	message("fw", "amanda", 9, NF_ACCEPT, false);
	message("fw", "late", 0, NF_ACCEPT, true);
}

START_TEST(accepting_rules_are_known_in_their_order)
{
	way_through();
	take(text_length);
	ck_assert(!shot.decision.dropped);
	ck_assert_uint_eq(shot.accepted_count, 2);
	ck_assert_str_eq(shot.accepted[0].table, "fw");
	ck_assert_str_eq(shot.accepted[0].base, "forward");
	ck_assert_str_eq(shot.accepted[0].chain, "amanda");
	ck_assert_uint_eq(shot.accepted[0].handle, 9);
	ck_assert_int_eq(shot.accepted[0].family, NFPROTO_INET);
	ck_assert_str_eq(shot.accepted[1].base, "late");
	ck_assert_uint_eq(shot.accepted[1].handle, 0);
}
END_TEST

START_TEST(what_follows_the_first_packet_is_not_its_way)
{
	way_through();
	way_through();
	take(text_length);
	ck_assert_uint_eq(shot.accepted_count, 2);
}
END_TEST

START_TEST(the_rule_that_drops_is_known)
{
	message("fw", "forward", 5, NF_DROP, true);
	message("fw", "other", 6, NF_DROP, true);
	take(text_length);
	ck_assert(shot.decision.dropped);
	ck_assert_str_eq(shot.decision.chain, "forward");
	ck_assert_uint_eq(shot.decision.handle, 5);
}
END_TEST

START_TEST(packets_of_others_do_not_count)
{
	shot.sent.sport = (struct range) { 851, 851 };
	shot.seen.sport = shot.sent.sport;
	message("fw", "forward", 5, NF_DROP, true);
	take(text_length);
	ck_assert(!shot.traced);
	ck_assert(!shot.decision.dropped);
}
END_TEST

START_TEST(a_message_without_a_verdict_drops_nothing)
{
	struct nlmsghdr *header = (struct nlmsghdr *)text;
	struct nlattr *attribute;

	message("fw", "forward", 5, NF_DROP, true);
	mnl_attr_for_each(attribute, header, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attribute) == NFTA_TRACE_VERDICT)
			attribute->nla_type = 63;
	take(text_length);
	ck_assert(shot.traced);
	ck_assert(!shot.decision.dropped);
}
END_TEST

START_TEST(cut_messages_change_nothing_that_came_whole)
{
	size_t length, whole;

	message("fw", "forward", 5, NF_DROP, true);
	whole = text_length;
	way_through();
	for (length = 1; length <= text_length; length++) {
		reset();
		take(length);
		ck_assert_int_eq(shot.decision.dropped, length >= whole);
	}
}
END_TEST

/* Lengths of attributes lie among the bytes that change. */
START_TEST(junk_is_survived)
{
	char good[ROOM];
	unsigned int round, i;
	size_t at;

	way_through();
	memcpy(good, text, sizeof(good));
	srandom(1);
	for (round = 0; round < 20000; round++) {
		memcpy(text, good, sizeof(text));
		for (i = 0; i < 1 + round % 4; i++) {
			at = (size_t)random() % text_length;
			text[at] = (char)random();
		}
		reset();
		take(text_length - round % 7);
	}
}
END_TEST

START_TEST(more_chains_than_there_is_room_for)
{
	size_t length;
	int i;

	message("fw", "forward", 5, NF_ACCEPT, true);
	length = text_length;
	for (i = 0; i < 3 * ACCEPTED_MOST; i++)
		take(length);
	ck_assert_uint_eq(shot.accepted_count, ACCEPTED_MOST);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, accepting_rules_are_known_in_their_order);
	tcase_add_test(tests, what_follows_the_first_packet_is_not_its_way);
	tcase_add_test(tests, the_rule_that_drops_is_known);
	tcase_add_test(tests, packets_of_others_do_not_count);
	tcase_add_test(tests, a_message_without_a_verdict_drops_nothing);
	tcase_add_test(tests, cut_messages_change_nothing_that_came_whole);
	tcase_add_test(tests, junk_is_survived);
	tcase_add_test(tests, more_chains_than_there_is_room_for);
}

int main(void)
{
	return suite_main("trace", add_tests);
}
