// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules against the flows of a site: a server, a gateway and a client under auth
 * bsd, as each of the three sees them.
 */
#include <stdio.h>
#include <string.h>

#include "ruleset/journey.h"
#include "selftests/unit/lib/rules.h"
#include "selftests/unit/lib/suite.h"

#include <linux/netfilter/nf_conntrack_common.h>

#define SERVER		0x0a420102
#define CLIENT		0x0a420202
#define CLIENTS_GW	0x0a420201

#define STATE_NEW	NF_CT_STATE_BIT(IP_CT_NEW)
#define STATE_RELATED	NF_CT_STATE_BIT(IP_CT_RELATED)
#define STATE_ESTABLISHED NF_CT_STATE_BIT(IP_CT_ESTABLISHED)
#define IS(field, value) MATCH(field, value, value)
#define UDP		IS(FIELD_PROTOCOL, IPPROTO_UDP)
#define TO_AMANDA	IS(FIELD_DPORT, 10080)

static const char plain_site[] =
	"[site]\n"
	"auth = bsd\n"
	"udp-ports = 840-860\n"
	"tcp-ports = 50000-50100\n"
	"recovery = %s\n"
	"index = %s\n"
	"[host server]\naddress = 10.66.1.2\nrole = server\n"
	"[host gw]\naddress = 10.66.1.1/24 10.66.2.1/24\nrole = gateway\n%s"
	"[host client]\naddress = 10.66.2.2\nrole = client\n";

static struct site site;
static struct flows flows;
static struct world world;
static struct question question;
static struct journeys journeys;
static bool site_there;

static void site_of(const char *recovery, const char *index, const char *gateway)
{
	char text[1024];
	FILE *input;

	snprintf(text, sizeof(text), plain_site, recovery, index, gateway);
	input = fmemopen(text, strlen(text), "r");
	ck_assert_ptr_nonnull(input);
	ck_assert_int_eq(site_read(&site, input, "site", stderr), 0);
	fclose(input);
	ck_assert_int_eq(flows_expand(&flows, &site), 0);
	site_there = true;
}

static void ask(const char *host)
{
	question.ruleset = &rules;
	question.world = &world;
	question.flows = &flows;
	question.host = site_host(&site, host);
	ck_assert_int_eq(world_of_host(&world, &rules, question.host, rules_arena), 0);
	journeys_free(&journeys);
	ck_assert_int_eq(journeys_run(&journeys, &question, rules_arena), 0);
}

static const struct journey *journey(const char *name)
{
	char id[FLOW_ID_MAX];
	size_t i;

	for (i = 0; i < journeys.count; i++) {
		flow_id(journeys.journey[i].flow, id);
		if (!strcmp(id, name))
			return &journeys.journey[i];
	}
	ck_abort_msg("%s is not there", name);
	return NULL;
}

static const struct journey *control(void)
{
	return journey("dumper/server/client/control/ip");
}

static const struct journey *stream(const char *tag)
{
	char name[64];

	snprintf(name, sizeof(name), "dumper/server/client/%s/ip", tag);
	return journey(name);
}

static void fresh(void)
{
	memset(&question, 0, sizeof(question));
	rules_begin();
}

static void done(void)
{
	journeys_free(&journeys);
	if (site_there) {
		flows_free(&flows);
		site_free(&site);
	}
	site_there = false;
	rules_end();
}

static struct chain *input(enum verdict policy)
{
	return base_chain("filter", NF_INET_LOCAL_IN, 0, policy);
}

/* What a client needs, with the helper. */
static struct chain *good_client(void)
{
	struct chain *chain = input(VERDICT_DROP);

	RULE(chain, UDP, TO_AMANDA, IS(FIELD_SADDR, SERVER), MATCH(FIELD_SPORT, 840, 860),
	     HELPER("amanda"), ACCEPT);
	RULE(chain, IS(FIELD_CT_STATE, STATE_RELATED), IS(FIELD_CT_HELPER, 1), ACCEPT);
	RULE(chain, IS(FIELD_CT_STATE, STATE_ESTABLISHED), ACCEPT);
	return chain;
}

START_TEST(no_rules_let_everything_through)
{
	size_t i;

	site_of("yes", "yes", "");
	ask("gw");
	ck_assert_uint_gt(journeys.count, 10);
	for (i = 0; i < journeys.count; i++)
		ck_assert_int_eq(journeys.journey[i].answer, ANSWER_ACCEPT);
}
END_TEST

START_TEST(the_helper_opens_the_streams)
{
	struct chain *chain = good_client();

	site_of("no", "yes", "");
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
	ck_assert_ptr_eq(control()->fate->rule, &chain->rules[0]);
	ck_assert_str_eq(control()->helper, "amanda");
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_ACCEPT);
	ck_assert_ptr_eq(stream("DATA")->fate->rule, &chain->rules[1]);
	ck_assert(stream("DATA")->stages[0].related);
	ck_assert_int_eq(stream("STATE")->answer, ANSWER_ACCEPT);
}
END_TEST

START_TEST(without_a_helper_streams_are_new)
{
	struct chain *chain = good_client();

	site_of("no", "yes", "");
	chain->rules[0].steps[VERSION_4][4] = (struct step) { .kind = STEP_NOTRACK };
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
	ck_assert_ptr_null(control()->helper);
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_DROP);
	ck_assert_int_eq(stream("DATA")->reason, REASON_NO_HELPER);
	ck_assert_ptr_eq(stream("DATA")->fate->chain, chain);
	ck_assert_uint_eq((unsigned int)stream("DATA")->example[FIELD_DPORT], 50000);
	RULE(chain, IS(FIELD_PROTOCOL, IPPROTO_TCP), MATCH(FIELD_DPORT, 50000, 50100), ACCEPT);
	ask("client");
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_ACCEPT);
	ck_assert(!stream("DATA")->stages[0].related);
}
END_TEST

START_TEST(a_helper_that_is_not_there_attaches_nothing)
{
	good_client();
	site_of("no", "yes", "");
	question.helper = HELPER_NONE;
	ask("client");
	ck_assert_int_eq(stream("MESG")->reason, REASON_NO_HELPER);
	question.helper = HELPER_OURS;
	question.helper_name = "amanda-x";
	ask("client");
	ck_assert_int_eq(stream("MESG")->reason, REASON_NO_HELPER);
}
END_TEST

START_TEST(the_stock_helper_has_gaps)
{
	good_client();
	site_of("yes", "no", "");
	question.helper = HELPER_STOCK;
	ask("client");
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_ACCEPT);
	ck_assert_int_eq(stream("MESG")->answer, ANSWER_ACCEPT);
	ck_assert_int_eq(stream("STATE")->answer, ANSWER_DROP);
	ck_assert_int_eq(stream("STATE")->reason, REASON_HELPER_GAP);
	ck_assert_ptr_nonnull(strstr(stream("STATE")->what, "INDEX -1"));
	ck_assert_int_eq(journey("amfetchdump/server/client/CTL/ip")->reason,
			 REASON_HELPER_GAP);
	ck_assert_int_eq(journey("amfetchdump/server/client/DATA/ip")->answer, ANSWER_ACCEPT);
	question.helper = HELPER_OURS;
	ask("client");
	ck_assert_int_eq(stream("STATE")->answer, ANSWER_ACCEPT);
	ck_assert_int_eq(journey("amfetchdump/server/client/CTL/ip")->answer, ANSWER_ACCEPT);
}
END_TEST

START_TEST(a_blocked_port_is_the_example)
{
	struct chain *chain = good_client();

	site_of("no", "yes", "");
	RULE(chain, ACCEPT);
	memmove(&chain->rules[1], &chain->rules[0], 4 * sizeof(*chain->rules));
	chain->count = 0;
	RULE(chain, UDP, TO_AMANDA, MATCH(FIELD_SPORT, 850, 855), DROP);
	chain->count = 5;
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_DROP);
	ck_assert_int_eq(control()->reason, REASON_RULE);
	ck_assert_ptr_eq(control()->fate->rule, &chain->rules[0]);
	ck_assert_uint_eq((unsigned int)control()->example[FIELD_SPORT], 850);
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_ACCEPT);
}
END_TEST

START_TEST(answers_are_needed_too)
{
	struct chain *output;

	site_of("no", "yes", "");
	good_client();
	output = base_chain("filter", NF_INET_LOCAL_OUT, 0, VERDICT_DROP);
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_DROP);
	ck_assert_int_eq(control()->stages[control()->stage].kind, STAGE_ANSWER);
	ck_assert_uint_eq((unsigned int)control()->example[FIELD_SPORT], 10080);
	RULE(output, IS(FIELD_CT_STATE, STATE_ESTABLISHED), REJECT);
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_REJECT);
	output->rules[0].steps[VERSION_4][1] = ACCEPT;
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
}
END_TEST

START_TEST(streams_of_a_blocked_control_flow_say_so)
{
	input(VERDICT_DROP);
	site_of("no", "yes", "");
	ask("client");
	ck_assert_int_eq(control()->reason, REASON_RULE);
	ck_assert_int_eq(stream("DATA")->reason, REASON_CONTROL);
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_DROP);
}
END_TEST

START_TEST(the_server_attaches_where_it_sends)
{
	struct chain *output = base_chain("filter", NF_INET_LOCAL_OUT, 0, VERDICT_DROP);
	struct chain *chain = input(VERDICT_DROP);

	site_of("no", "yes", "");
	RULE(output, UDP, TO_AMANDA, HELPER("amanda"), ACCEPT);
	RULE(output, IS(FIELD_CT_HELPER, 1), ACCEPT);
	RULE(chain, IS(FIELD_CT_STATE, STATE_ESTABLISHED), ACCEPT);
	ask("server");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
	ck_assert_int_eq(control()->position, AT_INITIATOR);
	ck_assert_int_eq(stream("INDEX")->answer, ANSWER_ACCEPT);
}
END_TEST

START_TEST(doubt_is_named)
{
	struct chain *chain = good_client();

	site_of("no", "yes", "");
	chain->rules[0].steps[VERSION_4][3] = DOUBT("the weather");
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_UNKNOWN);
	ck_assert_int_eq(control()->reason, REASON_DOUBT);
	ck_assert_str_eq(control()->what, "the weather");
	RULE(chain, IS(FIELD_PROTOCOL, IPPROTO_UDP), HELPER("amanda"), ACCEPT);
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_ACCEPT);
}
END_TEST

START_TEST(interfaces_that_the_site_does_not_tell_are_named)
{
	struct chain *chain = input(VERDICT_DROP);

	site_of("no", "yes", "");
	RULE(chain, IS(FIELD_IIF, 2), ACCEPT);
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_UNKNOWN);
	ck_assert_int_eq(control()->reason, REASON_INTERFACE);
	chain->rules[0].steps[VERSION_4][0] = IS(FIELD_IIF, 1);
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_DROP);
}
END_TEST

/*
 * A flow is not blocked for being translated by one interface where it may leave by
 * another: its later packets are in as much doubt as its first.
 */
START_TEST(translated_by_an_interface_that_the_site_does_not_tell)
{
	struct chain *nat = base_chain("nat", NF_INET_POST_ROUTING, 100, VERDICT_ACCEPT);

	site_of("no", "yes", "");
	RULE(nat, IS(FIELD_OIF, 3), NAT(NAT_SNAT, CLIENTS_GW, 0));
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_UNKNOWN);
	ck_assert_int_eq(control()->reason, REASON_INTERFACE);
	nat->rules[0].steps[VERSION_4][0] = MATCH(FIELD_SPORT, 850, 855);
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_DROP);
	ck_assert_int_eq(control()->reason, REASON_TRANSLATION);
}
END_TEST

START_TEST(a_helper_by_an_interface_that_the_site_does_not_tell)
{
	struct chain *chain = good_client();
	struct chain *raw = base_chain("filter", NF_INET_PRE_ROUTING, -150, VERDICT_ACCEPT);

	site_of("no", "yes", "");
	RULE(raw, IS(FIELD_IIF, 2), UDP, TO_AMANDA, HELPER("amanda"));
	chain->rules[0].steps[VERSION_4][4] = ACCEPT;
	ask("client");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_UNKNOWN);
	ck_assert_int_eq(stream("DATA")->reason, REASON_INTERFACE);
}
END_TEST

START_TEST(interfaces_that_the_site_tells_are_used)
{
	struct chain *chain = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_DROP);

	site_of("no", "yes", "interface = lan 10.66.1.1\ninterface = wan 10.66.2.1\n");
	RULE(chain, IS(FIELD_IIF, 2), IS(FIELD_OIF, 3), ACCEPT);
	RULE(chain, IS(FIELD_IIF, 3), IS(FIELD_OIF, 2), IS(FIELD_CT_STATE, STATE_ESTABLISHED),
	     ACCEPT);
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
	ck_assert_int_eq(control()->position, AT_GATEWAY);
	chain->rules[1].steps[VERSION_4][0] = IS(FIELD_IIF, 2);
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_DROP);
	ck_assert_int_eq(control()->stages[control()->stage].kind, STAGE_ANSWER);
}
END_TEST

START_TEST(an_answer_is_known_by_its_first_packet)
{
	struct chain *chain = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_DROP);

	site_of("no", "yes", "");
	RULE(chain, IS(FIELD_CT_SADDR, SERVER), IS(FIELD_CT_DADDR, CLIENT),
	     IS(FIELD_CT_DPORT, 10080), ACCEPT);
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
	chain->rules[0].steps[VERSION_4][2] = IS(FIELD_CT_DPORT, 10081);
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_DROP);
	ck_assert_int_eq(control()->stages[control()->stage].kind, STAGE_FIRST);
	chain->rules[0].steps[VERSION_4][2] = IS(FIELD_DPORT, 10080);
	ask("gw");
	ck_assert_int_eq(control()->stages[control()->stage].kind, STAGE_ANSWER);
}
END_TEST

/* By the gateway itself, of those that come by one interface. */
START_TEST(an_answer_in_another_zone_is_in_doubt)
{
	struct chain *raw = base_chain("filter", NF_INET_PRE_ROUTING, -300, VERDICT_ACCEPT);
	struct chain *chain = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_DROP);
	const struct step zone = { .kind = STEP_ASSIGN, .field = FIELD_CT_ZONE,
				   .from = FIELD_CT_ZONE, .value = 1 };

	site_of("no", "yes", "interface = lan 10.66.1.1\ninterface = wan 10.66.2.1\n");
	RULE(raw, IS(FIELD_IIF, 2), zone);
	RULE(chain, TO_AMANDA, IS(FIELD_CT_ZONE, 1), ACCEPT);
	RULE(chain, IS(FIELD_CT_STATE, STATE_ESTABLISHED), ACCEPT);
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_UNKNOWN);
	ck_assert_int_eq(control()->stages[control()->stage].kind, STAGE_ANSWER);
	raw->rules[0].steps[VERSION_4][0] = UDP;
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
}
END_TEST

START_TEST(untracked_flows_need_rules_of_their_own)
{
	struct chain *raw = base_chain("filter", NF_INET_PRE_ROUTING, -300, VERDICT_ACCEPT);

	site_of("no", "yes", "");
	RULE(raw, UDP, TO_AMANDA, NOTRACK);
	good_client();
	ask("client");
	/* Without connection tracking there is no helper; the answer goes out as new. */
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
	ck_assert_ptr_null(control()->helper);
	ck_assert_uint_eq(control()->stages[1].passage.box.now[FIELD_CT_STATE]->interval[0].low,
			  STATE_NEW);
	ck_assert_int_eq(stream("DATA")->reason, REASON_NO_HELPER);
}
END_TEST

static struct chain *masquerade(uint16_t first, uint16_t last)
{
	struct chain *chain = base_chain("nat", NF_INET_POST_ROUTING, 100, VERDICT_ACCEPT);
	struct step step = NAT(NAT_SNAT, CLIENTS_GW, 0);

	step.nat.port = (struct interval) { first, last };
	RULE(chain, IS(FIELD_SADDR, SERVER), step);
	return chain;
}

START_TEST(what_the_site_says_must_be_translated)
{
	struct chain *forward = base_chain("filter", NF_INET_FORWARD, 0, VERDICT_DROP), *nat;

	site_of("no", "yes", "nat = masquerade 10.66.2.1\n");
	RULE(forward, UDP, TO_AMANDA, HELPER("amanda"), ACCEPT);
	RULE(forward, IS(FIELD_CT_HELPER, 1), ACCEPT);
	RULE(forward, IS(FIELD_CT_STATE, STATE_ESTABLISHED), IS(FIELD_DADDR, SERVER), ACCEPT);
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_DROP);
	ck_assert_int_eq(control()->reason, REASON_TRANSLATION);
	nat = masquerade(0, 0);
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_ACCEPT);
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_ACCEPT);
	nat->rules[0].steps[VERSION_4][1].nat.port = (struct interval) { 1024, 65535 };
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_DROP);
	ck_assert_int_eq(control()->reason, REASON_TRANSLATION);
	ck_assert_ptr_nonnull(strstr(control()->what, "source port"));
}
END_TEST

/* The expected stream takes its master's addresses, whatever nat chains say. */
START_TEST(announced_streams_follow_their_control_flow)
{
	struct chain *nat;
	const struct stage *stage;

	site_of("no", "yes", "nat = masquerade 10.66.2.1\n");
	nat = masquerade(0, 0);
	nat->rules[0].steps[VERSION_4][0] = IS(FIELD_PROTOCOL, IPPROTO_UDP);
	RULE(base_chain("filter", NF_INET_FORWARD, 0, VERDICT_ACCEPT), UDP, TO_AMANDA,
	     HELPER("amanda"));
	ask("gw");
	ck_assert_int_eq(stream("DATA")->answer, ANSWER_ACCEPT);
	stage = &stream("DATA")->stages[0];
	ck_assert(values_hold(stage->fates.fate[0].box.now[FIELD_SADDR], CLIENTS_GW));
	ck_assert(!values_hold(stage->fates.fate[0].box.now[FIELD_SADDR], SERVER));
	question.helper = HELPER_NONE;
	ask("gw");
	ck_assert_int_eq(stream("DATA")->reason, REASON_TRANSLATION);
}
END_TEST

START_TEST(a_packet_that_ends_at_the_gateway_does_not_arrive)
{
	struct chain *nat = base_chain("nat", NF_INET_PRE_ROUTING, -100, VERDICT_ACCEPT);

	site_of("no", "yes", "");
	RULE(nat, UDP, TO_AMANDA, NAT(NAT_REDIRECT, 0, 0));
	ask("gw");
	ck_assert_int_eq(control()->answer, ANSWER_DROP);
	ck_assert_int_eq(control()->reason, REASON_UNREACHED);
}
END_TEST

/* Questions are asked once; these two differ in the port alone. */
START_TEST(flows_that_look_alike_are_told_apart)
{
	struct chain *chain = input(VERDICT_DROP);

	site_of("no\nold-recovery = yes", "yes", "");
	RULE(chain, IS(FIELD_PROTOCOL, IPPROTO_TCP), IS(FIELD_DPORT, 10082), ACCEPT);
	ask("server");
	ck_assert_int_eq(journey("amoldrecover-index/client/server/control/ip")->answer,
			 ANSWER_ACCEPT);
	ck_assert_int_eq(journey("amoldrecover-tape/client/server/control/ip")->reason,
			 REASON_RULE);
}
END_TEST

static size_t rules_met;

static void count_met(void *data, const struct journey *one, const struct stage *stage,
		      const struct rule *rule, const struct box *reached,
		      const struct boxes *matched)
{
	ck_assert_ptr_eq(one->flow, question.only);
	ck_assert_ptr_nonnull(stage);
	ck_assert_ptr_nonnull(rule);
	ck_assert_ptr_nonnull(reached);
	ck_assert_ptr_nonnull(matched);
	ck_assert_ptr_eq(data, &rules_met);
	rules_met++;
}

START_TEST(one_flow_can_be_watched)
{
	good_client();
	site_of("no", "yes", "");
	ask("client");
	question.only = stream("INDEX")->flow;
	question.met = count_met;
	question.met_data = &rules_met;
	ask("client");
	ck_assert_uint_eq(journeys.count, 1);
	ck_assert_int_eq(journeys.journey[0].answer, ANSWER_ACCEPT);
	ck_assert(journeys.journey[0].stages[0].related);
	ck_assert_uint_gt(rules_met, 4);
}
END_TEST

static struct excesses excess_of(const char *host)
{
	struct excesses excesses;

	ask(host);
	ck_assert_int_eq(excess_run(&excesses, &question, &journeys, rules_arena), 0);
	return excesses;
}

START_TEST(what_is_needed_is_no_excess)
{
	struct excesses excesses;

	good_client();
	site_of("no", "yes", "");
	excesses = excess_of("client");
	ck_assert_uint_eq(excesses.count, 0);
	excess_free(&excesses);
}
END_TEST

START_TEST(what_nobody_needs_is_excess)
{
	struct chain *chain = good_client();
	struct excesses excesses;

	site_of("no", "yes", "");
	chain->rules[0].steps[VERSION_4][3] = MATCH(FIELD_SPORT, 840, 900);
	excesses = excess_of("client");
	ck_assert_uint_eq(excesses.count, 1);
	ck_assert_ptr_eq(excesses.excess[0].rule, &chain->rules[0]);
	ck_assert(!values_hold(excesses.excess[0].box.was[FIELD_SPORT], 860));
	ck_assert(values_hold(excesses.excess[0].box.was[FIELD_SPORT], 861));
	ck_assert(!values_hold(excesses.excess[0].box.was[FIELD_SPORT], 901));
	ck_assert(values_hold(excesses.excess[0].box.was[FIELD_SADDR], SERVER));
	ck_assert(!values_hold(excesses.excess[0].box.was[FIELD_SADDR], SERVER + 1));
	excess_free(&excesses);
}
END_TEST

START_TEST(rules_about_other_things_are_no_excess)
{
	struct chain *chain = good_client();
	struct excesses excesses;

	site_of("no", "yes", "");
	RULE(chain, IS(FIELD_PROTOCOL, IPPROTO_TCP), IS(FIELD_DPORT, 22), ACCEPT);
	RULE(chain, IS(FIELD_IIF, 2), ACCEPT);
	excesses = excess_of("client");
	ck_assert_uint_eq(excesses.count, 0);
	excess_free(&excesses);
	RULE(chain, UDP, TO_AMANDA, IS(FIELD_SADDR, 0x0a000005), ACCEPT);
	excesses = excess_of("client");
	ck_assert_uint_eq(excesses.count, 1);
	ck_assert_ptr_eq(excesses.excess[0].rule, &chain->rules[5]);
	excess_free(&excesses);
}
END_TEST

/* The helper opens them: a range that is open as well serves nobody. */
START_TEST(a_range_beside_the_helper_is_excess)
{
	struct chain *chain = good_client();
	struct excesses excesses;

	site_of("no", "yes", "");
	RULE(chain, IS(FIELD_PROTOCOL, IPPROTO_TCP), MATCH(FIELD_DPORT, 50000, 50100),
	     IS(FIELD_SADDR, SERVER), MATCH(FIELD_SPORT, 50000, 50100), ACCEPT);
	excesses = excess_of("client");
	ck_assert_uint_eq(excesses.count, 1);
	excess_free(&excesses);
	question.helper = HELPER_NONE;
	excesses = excess_of("client");
	ck_assert_uint_eq(excesses.count, 0);
	excess_free(&excesses);
}
END_TEST

static void add_helper_tests(struct TCase *tests)
{
	tcase_add_test(tests, the_helper_opens_the_streams);
	tcase_add_test(tests, without_a_helper_streams_are_new);
	tcase_add_test(tests, a_helper_that_is_not_there_attaches_nothing);
	tcase_add_test(tests, the_stock_helper_has_gaps);
	tcase_add_test(tests, the_server_attaches_where_it_sends);
	tcase_add_test(tests, streams_of_a_blocked_control_flow_say_so);
	tcase_add_test(tests, untracked_flows_need_rules_of_their_own);
	tcase_add_test(tests, announced_streams_follow_their_control_flow);
}

static void add_excess_tests(struct TCase *tests)
{
	tcase_add_test(tests, what_is_needed_is_no_excess);
	tcase_add_test(tests, what_nobody_needs_is_excess);
	tcase_add_test(tests, rules_about_other_things_are_no_excess);
	tcase_add_test(tests, a_range_beside_the_helper_is_excess);
}

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, fresh, done);
	tcase_add_test(tests, no_rules_let_everything_through);
	tcase_add_test(tests, a_blocked_port_is_the_example);
	tcase_add_test(tests, answers_are_needed_too);
	tcase_add_test(tests, doubt_is_named);
	tcase_add_test(tests, interfaces_that_the_site_does_not_tell_are_named);
	tcase_add_test(tests, translated_by_an_interface_that_the_site_does_not_tell);
	tcase_add_test(tests, a_helper_by_an_interface_that_the_site_does_not_tell);
	tcase_add_test(tests, interfaces_that_the_site_tells_are_used);
	tcase_add_test(tests, an_answer_is_known_by_its_first_packet);
	tcase_add_test(tests, an_answer_in_another_zone_is_in_doubt);
	tcase_add_test(tests, what_the_site_says_must_be_translated);
	tcase_add_test(tests, a_packet_that_ends_at_the_gateway_does_not_arrive);
	tcase_add_test(tests, flows_that_look_alike_are_told_apart);
	tcase_add_test(tests, one_flow_can_be_watched);
	add_helper_tests(tests);
	add_excess_tests(tests);
}

int main(void)
{
	return suite_main("journey", add_tests);
}
