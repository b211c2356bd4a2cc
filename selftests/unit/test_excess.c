// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What rules let in beside the flows of a site, where each rule is one that an
 * administrator's slip makes of a good one.
 */
#include "ruleset/journey.h"
#include "selftests/unit/lib/rules.h"
#include "selftests/unit/lib/suite.h"
#include "selftests/unit/site_text.h"

#include <linux/netfilter/nf_conntrack_common.h>

#define SERVERS		0x0a010002
#define CLIENTS		0x0a020002
#define GATEWAYS	0x0a010001

#define SETTINGS "[site]\nauth = bsd\nudp-ports = 840-860\ntcp-ports = 50000-50100\nrecovery = no\n"

#define IS(field, value) MATCH(field, value, value)
#define UDP		IS(FIELD_PROTOCOL, IPPROTO_UDP)
#define IS_ESTABLISHED	IS(FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED))
#define FROM_SERVER	IS(FIELD_SADDR, SERVERS)
#define LOW_PORTS	MATCH(FIELD_SPORT, 840, 860)
#define TO_AMANDA	IS(FIELD_DPORT, 10080)

static const char plain_site[] = SETTINGS SERVER CLIENT;
static const char forwarding_site[] =
	SETTINGS SERVER CLIENT PLAIN_GATEWAY "nat = forward 10.1.0.1:10080 -> c\n";

static struct site site;
static struct flows flows;
static struct world world;
static struct journeys journeys;
static struct excesses excesses;

static void look(const char *text, const char *host)
{
	struct question question = { .ruleset = &rules, .world = &world, .flows = &flows };

	flows_of(&flows, &site, text);
	question.host = site_host(&site, host);
	ck_assert_int_eq(world_of_host(&world, &rules, question.host, rules_arena), 0);
	ck_assert_int_eq(journeys_run(&journeys, &question, rules_arena), 0);
	ck_assert_int_eq(excess_run(&excesses, &question, &journeys, rules_arena), 0);
}

static void done(void)
{
	excess_free(&excesses);
	journeys_free(&journeys);
	flows_free(&flows);
	site_free(&site);
	rules_end();
}

static bool opens(const struct rule *rule, int protocol, uint16_t dport)
{
	size_t i;

	for (i = 0; i < excesses.count; i++)
		if (excesses.excess[i].rule == rule &&
		    values_hold(excesses.excess[i].box.was[FIELD_PROTOCOL],
				(__uint128_t)protocol) &&
		    values_hold(excesses.excess[i].box.was[FIELD_DPORT], dport))
			return true;
	return false;
}

static struct chain *filter(unsigned int hook)
{
	return base_chain("filter", hook, 0, VERDICT_DROP);
}

/* Its source port says that it is a rule of Amanda's. */
START_TEST(a_rule_that_lost_its_destination_port)
{
	struct chain *input = filter(NF_INET_LOCAL_IN);
	struct rule *rule = RULE(input, UDP, FROM_SERVER, LOW_PORTS, HELPER("amanda"), ACCEPT);

	RULE(input, IS_ESTABLISHED, ACCEPT);
	look(plain_site, "c");
	ck_assert(opens(rule, IPPROTO_UDP, 22));
	ck_assert(opens(rule, IPPROTO_UDP, 65535));
	ck_assert(!opens(rule, IPPROTO_UDP, 10080));
	ck_assert(!opens(rule, IPPROTO_TCP, 22));
}
END_TEST

/* A gateway that forwards one thing alone, and takes nothing itself. */
static struct rule *forward(void)
{
	filter(NF_INET_LOCAL_IN);
	return RULE(filter(NF_INET_FORWARD), UDP, FROM_SERVER, LOW_PORTS, IS(FIELD_DADDR, CLIENTS),
		    TO_AMANDA, ACCEPT);
}

static void translate(uint16_t last)
{
	struct chain *nat = base_chain("nat", NF_INET_PRE_ROUTING, -100, VERDICT_ACCEPT);

	RULE(nat, UDP, IS(FIELD_DADDR, GATEWAYS), MATCH(FIELD_DPORT, 10080, last),
	     NAT(NAT_DNAT, CLIENTS, 10080));
}

/* Behind the translation, the rule that accepts sees the one port that is needed. */
START_TEST(a_translation_of_more_ports)
{
	struct rule *rule = forward();

	translate(10082);
	look(forwarding_site, "g");
	ck_assert(opens(rule, IPPROTO_UDP, 10082));
	ck_assert(!opens(rule, IPPROTO_UDP, 10080));
	ck_assert(!opens(rule, IPPROTO_UDP, 10083));
}
END_TEST

START_TEST(a_translation_of_the_port_that_is_needed)
{
	forward();
	translate(10080);
	look(forwarding_site, "g");
	ck_assert_uint_eq(excesses.count, 0);
}
END_TEST

/* No stream is new where a helper announces them, and yet somebody else's may be. */
START_TEST(a_rule_for_all_that_lets_in_what_was_announced)
{
	struct chain *input = filter(NF_INET_LOCAL_IN);
	struct rule *rule;

	RULE(input, UDP, FROM_SERVER, LOW_PORTS, TO_AMANDA, HELPER("amanda"), ACCEPT);
	RULE(input, IS_ESTABLISHED, ACCEPT);
	rule = RULE(input, ACCEPT);
	look(plain_site, "c");
	ck_assert(opens(rule, IPPROTO_TCP, 50000));
}
END_TEST

/* What somebody else needs is none of Amanda's where no flow comes by it. */
START_TEST(a_rule_for_all_that_lets_in_nothing_of_amanda)
{
	struct chain *input = filter(NF_INET_LOCAL_IN);

	RULE(input, UDP, FROM_SERVER, LOW_PORTS, TO_AMANDA, HELPER("amanda"), ACCEPT);
	RULE(input, IS(FIELD_CT_HELPER, 1), ACCEPT);
	RULE(input, IS_ESTABLISHED, ACCEPT);
	RULE(input, IS(FIELD_IIF, 2), ACCEPT);
	look(plain_site, "c");
	ck_assert_uint_eq(excesses.count, 0);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, rules_begin, done);
	tcase_add_test(tests, a_rule_that_lost_its_destination_port);
	tcase_add_test(tests, a_translation_of_more_ports);
	tcase_add_test(tests, a_translation_of_the_port_that_is_needed);
	tcase_add_test(tests, a_rule_for_all_that_lets_in_what_was_announced);
	tcase_add_test(tests, a_rule_for_all_that_lets_in_nothing_of_amanda);
}

int main(void)
{
	return suite_main("excess", add_tests);
}
