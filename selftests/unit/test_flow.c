// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of flows applied to sites, and the ways of packets through gateways. */
#include <errno.h>

#include "selftests/unit/site_text.h"

static void put_tuple(FILE *out, const struct tuple *tuple)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN], sport[12], dport[12];

	address_print(&tuple->source, source);
	address_print(&tuple->destination, destination);
	range_print(tuple->sport, sport);
	range_print(tuple->dport, dport);
	fprintf(out, "%s %s > %s %s", source, sport, destination, dport);
}

/* "ID PROTOCOL SENT", and for each gateway a line " NAME: AS IT LEAVES". */
static char *describe(const struct flows *flows)
{
	char *text;
	size_t size, i, j;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < flows->count; i++) {
		const struct flow *flow = &flows->flow[i];

		fprintf(out, "%s %s ", flow->id, flow->protocol == IPPROTO_UDP ? "udp" : "tcp");
		put_tuple(out, &flow->sent);
		for (j = 0; j < flow->hop_count; j++) {
			fprintf(out, "\n %s: ", flow->hops[j].gateway->name);
			put_tuple(out, &flow->hops[j].out);
		}
		if (flow->hop_count)
			ck_assert(tuple_equal(&flow->hops[flow->hop_count - 1].out,
					      &flow->received));
		putc('\n', out);
	}
	fclose(out);
	return text;
}

static void expect(const char *site_text, const char *flows_text)
{
	struct site site;
	struct flows flows;
	char *text;

	flows_of(&flows, &site, site_text);
	text = describe(&flows);
	ck_assert_str_eq(text, flows_text);
	free(text);
	flows_free(&flows);
	site_free(&site);
}

/* Only the lines of one operation, to keep the expectations short. */
static void expect_of(const char *operation, const char *site_text, const char *flows_text)
{
	struct site site;
	struct flows flows;
	char *text, *line, *kept;
	bool keep = false;
	size_t size;
	FILE *out = open_memstream(&kept, &size);

	flows_of(&flows, &site, site_text);
	text = describe(&flows);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (*line != ' ')
			keep = !strncmp(line, operation, strlen(operation));
		if (keep)
			fprintf(out, "%s\n", line);
	}
	fclose(out);
	ck_assert_str_eq(kept, flows_text);
	free(kept);
	free(text);
	flows_free(&flows);
	site_free(&site);
}

#define BSD "[site]\nauth = bsd\nudp-ports = 700-740\ntcp-ports = 11000-11040\n"

START_TEST(bsd_opens_each_stream)
{
	expect(BSD SERVER CLIENT,
	       "amcheck/s/c/control/ip udp 10.1.0.2 700-740 > 10.2.0.2 10080\n"
	       "planner/s/c/control/ip udp 10.1.0.2 700-740 > 10.2.0.2 10080\n"
	       "dumper/s/c/control/ip udp 10.1.0.2 700-740 > 10.2.0.2 10080\n"
	       "dumper/s/c/DATA/ip tcp 10.1.0.2 11000-11040 > 10.2.0.2 11000-11040\n"
	       "dumper/s/c/MESG/ip tcp 10.1.0.2 11000-11040 > 10.2.0.2 11000-11040\n"
	       "dumper/s/c/INDEX/ip tcp 10.1.0.2 11000-11040 > 10.2.0.2 11000-11040\n"
	       "dumper/s/c/STATE/ip tcp 10.1.0.2 11000-11040 > 10.2.0.2 11000-11040\n"
	       "amfetchdump/s/c/control/ip udp 10.1.0.2 700-740 > 10.2.0.2 10080\n"
	       "amfetchdump/s/c/CTL/ip tcp 10.1.0.2 11000-11040 > 10.2.0.2 11000-11040\n"
	       "amfetchdump/s/c/DATA/ip tcp 10.1.0.2 11000-11040 > 10.2.0.2 11000-11040\n"
	       "amfetchdump/s/c/MESG/ip tcp 10.1.0.2 11000-11040 > 10.2.0.2 11000-11040\n"
	       "amfetchdump/s/c/STATE/ip tcp 10.1.0.2 11000-11040 > 10.2.0.2 11000-11040\n"
	       "amrecover-index/c/s/control/ip udp 10.2.0.2 700-740 > 10.1.0.2 10080\n"
	       "amrecover-index/c/s/MESG/ip tcp 10.2.0.2 11000-11040 > 10.1.0.2 11000-11040\n"
	       "amrecover-tape/c/s/control/ip udp 10.2.0.2 700-740 > 10.1.0.2 10080\n"
	       "amrecover-tape/c/s/CTL/ip tcp 10.2.0.2 11000-11040 > 10.1.0.2 11000-11040\n"
	       "amrecover-tape/c/s/DATA/ip tcp 10.2.0.2 11000-11040 > 10.1.0.2 11000-11040\n"
	       "amrecover-tape/c/s/STATE/ip tcp 10.2.0.2 11000-11040 > 10.1.0.2 11000-11040\n");
}
END_TEST

START_TEST(bsdudp_opens_one_stream)
{
	expect("[site]\nauth = bsdudp\nrecovery = no\n" SERVER CLIENT,
	       "amcheck/s/c/control/ip udp 10.1.0.2 840-860 > 10.2.0.2 10080\n"
	       "planner/s/c/control/ip udp 10.1.0.2 840-860 > 10.2.0.2 10080\n"
	       "dumper/s/c/control/ip udp 10.1.0.2 840-860 > 10.2.0.2 10080\n"
	       "dumper/s/c/DATA/ip tcp 10.1.0.2 50000-50100 > 10.2.0.2 50000-50100\n");
}
END_TEST

/* Whatever the auth, one connection; its source port is what differs. */
START_TEST(tcp_auths_open_none)
{
	static const struct {
		const char *site;
		const char *flows;
	} cases[] = {
		{ "[site]\nauth = bsdtcp\nlow-tcp-ports = 700-740\n" SERVER CLIENT,
		  "dumper/s/c/control/ip tcp 10.1.0.2 700-740 > 10.2.0.2 10080\n" },
		{ "[site]\nauth = ssl\n" SERVER CLIENT,
		  "dumper/s/c/control/ip tcp 10.1.0.2 50000-50100 > 10.2.0.2 10080\n" },
		{ "[site]\nauth = krb5\n" SERVER CLIENT,
		  "dumper/s/c/control/ip tcp 10.1.0.2 512-1023 > 10.2.0.2 10082\n" },
		{ "[site]\nauth = ssh\n" SERVER CLIENT,
		  "dumper/s/c/control/ip tcp 10.1.0.2 1024-65535 > 10.2.0.2 22\n" },
	};

	expect_of("dumper", cases[_i].site, cases[_i].flows);
}
END_TEST

START_TEST(index_no)
{
	expect_of("dumper/s/c/I", BSD SERVER CLIENT "index = no\n", "");
	expect_of("dumper/s/c/S", BSD SERVER CLIENT "index = no\n",
		  "dumper/s/c/STATE/ip tcp 10.1.0.2 11000-11040 > 10.2.0.2 11000-11040\n");
}
END_TEST

/* Source ports are those of the sender, stream ports those of the receiver. */
START_TEST(ranges_are_of_their_host)
{
	expect_of("dumper/s/c/", "[site]\nauth = bsdudp\n" SERVER
		  "udp-ports = 700\ntcp-ports = 2000\n" CLIENT "tcp-ports = 3000\n",
		  "dumper/s/c/control/ip udp 10.1.0.2 700 > 10.2.0.2 10080\n"
		  "dumper/s/c/DATA/ip tcp 10.1.0.2 2000 > 10.2.0.2 3000\n");
}
END_TEST

START_TEST(a_machine_needs_nothing_of_itself)
{
	expect("[host a]\nrole = server client\naddress = 10.1.0.2\n", "");
	expect("[host a]\nrole = server client\nauth = local\naddress = 10.1.0.2\n", "");
}
END_TEST

START_TEST(families_pair_up)
{
	expect_of("amcheck", BSD "[host s]\nrole = server\naddress = 10.1.0.2 2001:db8:1::2\n"
		  "[host c]\nrole = client\naddress = 2001:db8:2::2\n"
		  "[host d]\nrole = client\naddress = 10.2.0.3 10.2.0.4 2001:db8:2::3\n",
		  "amcheck/s/c/control/ip6 udp 2001:db8:1::2 700-740 > 2001:db8:2::2 10080\n"
		  "amcheck/s/d/control/ip udp 10.1.0.2 700-740 > 10.2.0.3 10080\n"
		  "amcheck/s/d/control/ip/2 udp 10.1.0.2 700-740 > 10.2.0.4 10080\n"
		  "amcheck/s/d/control/ip6 udp 2001:db8:1::2 700-740 > 2001:db8:2::3 10080\n");
}
END_TEST

START_TEST(gateways_stand_between_nets)
{
	expect_of("amcheck", BSD PLAIN_GATEWAY SERVER CLIENT
		  "[host d]\nrole = client\naddress = 10.1.0.3\n",
		  "amcheck/s/c/control/ip udp 10.1.0.2 700-740 > 10.2.0.2 10080\n"
		  " g: 10.1.0.2 700-740 > 10.2.0.2 10080\n"
		  "amcheck/s/d/control/ip udp 10.1.0.2 700-740 > 10.1.0.3 10080\n");
}
END_TEST

START_TEST(masquerade_and_forward)
{
	static const char nat[] = BSD SERVER CLIENT PLAIN_GATEWAY
		"nat = masquerade 10.2.0.1\nnat = forward 10.1.0.1:10081 -> c\n";

	expect_of("amcheck", nat,
		  "amcheck/s/c/control/ip udp 10.1.0.2 700-740 > 10.1.0.1 10081\n"
		  " g: 10.2.0.1 700-740 > 10.2.0.2 10080\n");
	expect_of("dumper/s/c/DATA", nat,
		  "dumper/s/c/DATA/ip tcp 10.1.0.2 11000-11040 > 10.1.0.1 11000-11040\n"
		  " g: 10.2.0.1 11000-11040 > 10.2.0.2 11000-11040\n");
	expect_of("amrecover-index/c/s/c", nat,
		  "amrecover-index/c/s/control/ip udp 10.2.0.2 700-740 > 10.1.0.2 10080\n"
		  " g: 10.2.0.2 700-740 > 10.1.0.2 10080\n");
}
END_TEST

/* The caller dials the forwarding address of its own side. */
START_TEST(forward_of_the_own_side)
{
	expect_of("amcheck", BSD SERVER CLIENT PLAIN_GATEWAY
		  "nat = forward 10.2.0.1 -> c\nnat = forward 10.1.0.1 -> c\n",
		  "amcheck/s/c/control/ip udp 10.1.0.2 700-740 > 10.1.0.1 10080\n"
		  " g: 10.1.0.2 700-740 > 10.2.0.2 10080\n");
}
END_TEST

/* Each end behind a gateway of its own, and the Internet between. */
START_TEST(two_gateways)
{
	static const char site[] = BSD SERVER CLIENT
		"[host far]\nrole = gateway\naddress = 198.51.100.1 10.2.0.1\n"
		"nat = masquerade 198.51.100.1\nnat = forward 198.51.100.1 -> c\n"
		"[host near]\nrole = gateway\naddress = 192.0.2.1 10.1.0.1\n"
		"nat = masquerade 192.0.2.1\nnat = forward 192.0.2.1 -> s\n";

	expect_of("amcheck", site,
		  "amcheck/s/c/control/ip udp 10.1.0.2 700-740 > 198.51.100.1 10080\n"
		  " near: 192.0.2.1 700-740 > 198.51.100.1 10080\n"
		  " far: 192.0.2.1 700-740 > 10.2.0.2 10080\n");
	expect_of("amrecover-index/c/s/c", site,
		  "amrecover-index/c/s/control/ip udp 10.2.0.2 700-740 > 192.0.2.1 10080\n"
		  " far: 198.51.100.1 700-740 > 192.0.2.1 10080\n"
		  " near: 198.51.100.1 700-740 > 10.1.0.2 10080\n");
}
END_TEST

START_TEST(a_gateway_is_met_on_the_own_side)
{
	static const char site[] = BSD SERVER
		"[host g]\nrole = gateway client\naddress = 10.1.0.1 203.0.113.1\n"
		"nat = masquerade 203.0.113.1\n"
		"[host t]\nrole = server\naddress = 198.51.100.7\n";

	expect_of("amcheck", site,
		  "amcheck/s/g/control/ip udp 10.1.0.2 700-740 > 10.1.0.1 10080\n"
		  "amcheck/t/g/control/ip udp 198.51.100.7 700-740 > 203.0.113.1 10080\n");
}
END_TEST

START_TEST(too_many_gateways)
{
	char text[2048] = SERVER CLIENT;
	struct site site;
	struct flows flows;
	int i;

	for (i = 0; i < 9; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "[host g%d]\nrole = gateway\naddress = 10.1.0.%d 192.0.2.%d\n", i,
			 i + 10, i + 10);
	site_of(&site, text);
	ck_assert_int_eq(flows_expand(&flows, &site), -E2BIG);
	flows_free(&flows);
	site_free(&site);
}
END_TEST

START_TEST(the_table_is_whole)
{
	char names[128], *name;
	size_t i;

	snprintf(names, sizeof(names), "%s", auth_names());
	for (name = strtok(names, ", "); name; name = strtok(NULL, ", ")) {
		ck_assert_ptr_nonnull(auth_find(name));
		ck_assert_ptr_null(auth_find(name)->refused);
		ck_assert_ptr_nonnull(auth_find(name)->reason);
		ck_assert(!auth_find(name)->helper || auth_find(name)->streams != STREAMS_INSIDE);
	}
	for (i = 0; i < operation_count; i++) {
		ck_assert_ptr_nonnull(operations[i].reason);
		ck_assert_int_ne(operations[i].initiator, operations[i].responder);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow");
	TCase *tests = tcase_create("flow");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, bsd_opens_each_stream);
	tcase_add_test(tests, bsdudp_opens_one_stream);
	tcase_add_loop_test(tests, tcp_auths_open_none, 0, 4);
	tcase_add_test(tests, index_no);
	tcase_add_test(tests, ranges_are_of_their_host);
	tcase_add_test(tests, a_machine_needs_nothing_of_itself);
	tcase_add_test(tests, families_pair_up);
	tcase_add_test(tests, gateways_stand_between_nets);
	tcase_add_test(tests, masquerade_and_forward);
	tcase_add_test(tests, forward_of_the_own_side);
	tcase_add_test(tests, two_gateways);
	tcase_add_test(tests, a_gateway_is_met_on_the_own_side);
	tcase_add_test(tests, too_many_gateways);
	tcase_add_test(tests, the_table_is_whole);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
