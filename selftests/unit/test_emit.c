// SPDX-License-Identifier: GPL-2.0-or-later
/* What is written: rules by policy and mode, names that must not inject, JSON. */
#include <errno.h>
#include <jansson.h>

#include "emit/emit.h"
#include "selftests/unit/lib/written.h"
#include "selftests/unit/site_text.h"

#define BSD "[site]\nauth = bsd\n"
#define BASE "[site]\nauth = bsd\n" SERVER CLIENT PLAIN_GATEWAY

/* The rules of one machine as nft text, to be freed; or what was complained of. */
static char *rules_of(const char *text, const char *name, const char *helper,
		      enum policy policy, int expected)
{
	const struct plan_options options = { .helper = helper, .policy = policy };

	return written(&(struct written_for){
		.site = text, .host = name, .format = "nft", .options = &options,
		.err = expected });
}

#define MATCHES_MAX	4

static const struct rules_case {
	const char *site, *host, *helper;
	enum policy policy;
	const char *has[MATCHES_MAX], *lacks[MATCHES_MAX];
} rules_cases[] = {
	{ BASE, "g", "amanda", POLICY_USUAL,
	  { "hook forward priority filter - 5; policy drop;", "type \"amanda\" protocol udp",
	    "ct state established,related ct helper \"amanda\" accept" },
	  { "amfw_input", "amfw_output", "ct timeout", "snat" } },
	{ BASE, "g", "other", POLICY_USUAL,
	  { "type \"other\" protocol udp", "ct helper \"other\" accept" },
	  { "\"amanda\"" } },
	{ BASE, "g", NULL, POLICY_USUAL,
	  { "ct timeout amfw_patient", "replied : 21600" }, { "ct helper", "related ct" } },
	{ BASE, "g", "amanda", POLICY_ACCEPT,
	  { "hook forward priority filter - 5; policy accept;",
	    "ip daddr @amfw_hosts_1 udp dport 10080 ct state != established drop",
	    "\t\t\t10.2.0.2 comment \"s to c\",\n" },
	  { "policy drop" } },
	{ BASE, "c", "amanda", POLICY_USUAL,
	  { "\t\tudp dport 10080 ct state != established drop",
	    "iifname \"lo\" accept" }, { "policy drop", "amfw_output {" } },
	{ BASE, "c", "amanda", POLICY_DROP,
	  { "hook input priority filter - 5; policy drop;",
	    "hook output priority filter - 5; policy drop;", "oifname \"lo\" accept",
	    "meta l4proto { icmp, ipv6-icmp } accept" }, { "!= established" } },
	{ "[site]\nauth = bsdtcp\n" SERVER CLIENT PLAIN_GATEWAY, "g", "amanda", POLICY_USUAL,
	  { "tcp sport 512-1023 tcp dport 10080" },
	  { "ct helper", "amfw_track_in", "udp", "reject" } },
	{ BASE "nat = masquerade 10.2.0.1\n", "g", "amanda", POLICY_USUAL,
	  { "udp dport 10080 snat ip to 10.2.0.1:840-860" }, { "tcp dport 50000-50100 snat" } },
	{ BASE "nat = masquerade 10.2.0.1\n", "g", NULL, POLICY_USUAL,
	  { "tcp dport 50000-50100 snat ip to 10.2.0.1:50000-50100" }, { NULL } },
	{ BASE "nat = forward 10.1.0.1:10081 -> c\n", "g", "amanda", POLICY_USUAL,
	  { "udp dport 10081 dnat ip to 10.2.0.2:10080", "udp dport 10081 ct helper set",
	    "ip daddr 10.1.0.1 tcp dport 50000-50100 tcp flags syn" },
	  { "tcp dport 50000-50100 dnat" } },
	{ BASE "nat = forward 10.1.0.1:10081 -> c\n", "g", NULL, POLICY_USUAL,
	  { "tcp dport 50000-50100 dnat ip to 10.2.0.2 comment" }, { NULL } },
	{ BASE "nat = masquerade 10.2.0.1\n", "c", "amanda", POLICY_USUAL,
	  { "ip saddr 10.2.0.1 ip daddr 10.2.0.2 udp sport 840-860" }, { "10.1.0.2 ip" } },
	{ BASE "nat = forward 10.1.0.1 -> c\nnat = forward 10.1.0.9 -> d\naddress = 10.1.0.9\n"
	  "[host d]\nrole = client\naddress = 10.2.0.3\n", "g", "amanda", POLICY_USUAL,
	  { "type ipv4_addr . ipv4_addr : ipv4_addr\n",
	    "\t\t\t10.1.0.2 . 10.1.0.9 comment \"s to d\" : 10.2.0.3\n",
	    "dnat ip to ip saddr . ip daddr map @amfw_forwards_1:10080 comment \"2 forwards" },
	  { "dnat ip to 10" } },
	{ BSD "[host s]\nrole = server\naddress = 2001:db8:1::2\n"
	  "[host c]\nrole = client\naddress = 2001:db8:2::2\n"
	  "[host g]\nrole = gateway\naddress = 2001:db8:1::1 2001:db8:2::1\n"
	  "nat = forward [2001:db8:1::1]:10080 -> c\nnat = masquerade 2001:db8:2::1\n",
	  "g", "amanda", POLICY_USUAL,
	  { "dnat ip6 to [2001:db8:2::2]:10080", "snat ip6 to [2001:db8:2::1]:840-860" },
	  { "ip saddr" } },
};

START_TEST(writes)
{
	const struct rules_case *one = &rules_cases[_i];
	char *text = rules_of(one->site, one->host, one->helper, one->policy, 0);

	text_has(text, one->has, MATCHES_MAX);
	text_lacks(text, one->lacks, MATCHES_MAX);
	free(text);
}
END_TEST

/* One address cannot stand for the streams of two machines, but for the helper. */
START_TEST(streams_of_two_behind_one)
{
	static const char site[] = BASE
		"nat = forward 10.1.0.1:10080 -> c\nnat = forward 10.1.0.1:10081 -> d\n"
		"[host d]\nrole = client\naddress = 10.2.0.3\n";
	char *text;

	text = rules_of(site, "g", NULL, POLICY_USUAL, -EINVAL);
	ck_assert_msg(!strncmp(text, "x.site:13:", 10) && strstr(text, "of d's streams overlap those of c"),
		      "%s", text);
	free(text);
	text = rules_of(site, "g", "amanda", POLICY_USUAL, 0);
	free(text);
}
END_TEST

/* The reader refuses such names; a plan that came from elsewhere may have them. */
START_TEST(names_do_not_inject)
{
	static const struct plan_options options = { .helper = "amanda" };
	static const char evil[] = "x\"; }\nflush ruleset #{\\\t\x7f";
	struct output output = { 0 };
	struct flows flows;
	struct plan plan;
	struct site site;
	char *rules, *at;

	flows_of(&flows, &site, BASE);
	strcpy(site.hosts[0].name, evil);
	strcpy(site.hosts[2].name, evil);
	ck_assert_int_eq(plan_make(&plan, &site, &flows, &site.hosts[2], &options), 0);
	ck_assert_int_eq(nft_write(&plan, &output, stderr), 0);
	rules = output.files[0].text;
	ck_assert_ptr_null(strstr(rules, "\nflush"));
	for (at = rules; (at = strstr(at, "flush")); at++)
		ck_assert_msg(!memcmp(at - 6, "x__ __", 6), "%.*s", 20, at - 10);
	output_free(&output);
	plan_free(&plan);
	flows_free(&flows);
	site_free(&site);
}
END_TEST

/* nft refuses a comment of more than 127 bytes. */
START_TEST(comments_end)
{
	char text[1024], name[65], *rules, *line;

	memset(name, 'n', 64);
	name[64] = '\0';
	snprintf(text, sizeof(text), "%s[host %s]\nrole = server\naddress = 10.1.0.2\n" CLIENT, BSD,
		 name);
	rules = rules_of(text, "c", "amanda", POLICY_DROP, 0);
	for (line = strtok(rules, "\n"); line; line = strtok(NULL, "\n")) {
		char *comment = strstr(line, "comment \"");

		if (comment)
			ck_assert_uint_le(strlen(comment + 9), 127 + 1);
	}
	free(rules);
}
END_TEST

static json_t *json_of(const char *text, const char *host)
{
	struct flows flows;
	struct site site;
	char *written;
	size_t size;
	FILE *out = open_memstream(&written, &size);
	json_error_t error;
	json_t *json;

	flows_of(&flows, &site, text);
	ck_assert_int_eq(flows_format_find("json")->write(&flows, &site,
							  host ? site_host(&site, host) : NULL,
							  out), 0);
	fclose(out);
	json = json_loads(written, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(json, "%s", error.text);
	free(written);
	flows_free(&flows);
	site_free(&site);
	return json;
}

#define FLOW_SHAPE "{s:s,s:s,s:s,s:s,s:s,s:s,s:[i,i],s:[i,i],s:s,s:s,s:o}"

/* The keys that the design fixes, with the types that it fixes. */
START_TEST(json)
{
	json_t *top = json_of(BASE "nat = forward 10.1.0.1 -> c\n", NULL), *list, *flow;
	const char *id, *operation, *auth, *initiator, *responder, *protocol, *state, *helper;
	json_t *stream;
	int version, sport[2], dport[2], err;
	size_t i;

	ck_assert_int_eq(json_unpack(top, "{s:i, s:o}", "version", &version, "flows", &list), 0);
	ck_assert_int_eq(version, 1);
	ck_assert_uint_eq(json_array_size(list), 21);
	json_array_foreach(list, i, flow) {
		if (json_is_true(json_object_get(flow, "loopback")))
			continue;
		err = json_unpack(flow, FLOW_SHAPE, "id", &id, "operation", &operation,
				  "auth", &auth, "initiator", &initiator, "responder",
				  &responder, "protocol", &protocol, "sport", &sport[0],
				  &sport[1], "dport", &dport[0], &dport[1], "state", &state,
				  "helper", &helper, "stream", &stream);
		ck_assert_int_eq(err, 0);
		ck_assert_str_eq(state, json_is_null(stream) ? "new" : "related");
		ck_assert_str_eq(protocol, json_is_null(stream) ? "udp" : "tcp");
		ck_assert_int_eq(dport[0], json_is_null(stream) ? 10080 : 50000);
	}
	json_decref(top);
}
END_TEST

START_TEST(json_of_one_host)
{
	static const char site[] = BASE
		"[host d]\nrole = client\naddress = 10.1.0.3\nauth = bsdtcp\n";
	json_t *top = json_of(site, "d"), *flow;

	ck_assert_uint_eq(json_array_size(json_object_get(top, "flows")), 7);
	flow = json_array_get(json_object_get(top, "flows"), 0);
	ck_assert(json_is_null(json_object_get(flow, "helper")));
	json_decref(top);
	top = json_of(site, "g");
	ck_assert_uint_eq(json_array_size(json_object_get(top, "flows")), 19);
	json_decref(top);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emit");
	TCase *tests = tcase_create("emit");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, writes, 0,
			    sizeof(rules_cases) / sizeof(*rules_cases));
	tcase_add_test(tests, streams_of_two_behind_one);
	tcase_add_test(tests, names_do_not_inject);
	tcase_add_test(tests, comments_end);
	tcase_add_test(tests, json);
	tcase_add_test(tests, json_of_one_host);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
