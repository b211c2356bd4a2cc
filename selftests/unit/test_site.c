// SPDX-License-Identifier: GPL-2.0-or-later
/* Site files: what they mean, what is refused and how, every cut and every change. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "selftests/unit/lib/suite.h"
#include "selftests/unit/site_errors.h"

static FILE *file_of(const char *text, size_t length)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, length, file), length);
	rewind(file);
	return file;
}

/* Reads a text; *errors receives what was complained of, to be freed. */
static int read_text(struct site *site, const char *text, size_t length, char **errors)
{
	FILE *input = file_of(text, length), *talk;
	size_t size;
	int err;

	talk = open_memstream(errors, &size);
	ck_assert_ptr_nonnull(talk);
	err = site_read(site, input, "x.site", talk);
	fclose(talk);
	fclose(input);
	return err;
}

static void read_good(struct site *site, const char *text)
{
	char *errors;

	ck_assert_msg(!read_text(site, text, strlen(text), &errors), "%s", errors);
	ck_assert_str_eq(errors, "");
	free(errors);
}

START_TEST(refuses)
{
	const struct site_error *one = &site_errors[_i];
	struct site site;
	char *errors;
	int err = read_text(&site, one->text.start, one->text.length, &errors);

	ck_assert_str_eq(errors, one->errors);
	ck_assert_int_eq(err, -EINVAL);
	free(errors);
	site_free(&site);
}
END_TEST

START_TEST(defaults_are_those_of_debian)
{
	struct site site;

	read_good(&site, HOSTS);
	ck_assert_uint_eq(site.host_count, 2);
	ck_assert_str_eq(site.hosts[1].settings.auth->name, "bsdtcp");
	ck_assert(range_equal(site.hosts[1].settings.udp, (struct range) { 840, 860 }));
	ck_assert(range_equal(site.hosts[1].settings.tcp, (struct range) { 50000, 50100 }));
	ck_assert(range_equal(site.hosts[1].settings.low_tcp, (struct range) { 512, 1023 }));
	ck_assert(site.hosts[1].settings.recovery);
	ck_assert(site.hosts[1].settings.index);
	site_free(&site);
}
END_TEST

/* [site] may come last, and a host's own word counts more. */
START_TEST(a_host_may_differ)
{
	struct site site;

	read_good(&site, HOSTS "auth = bsdudp\nindex = no\nudp-ports = 700\n"
		  "[site]\nauth = bsd\nrecovery = no\nudp-ports = 710-720\n");
	ck_assert_str_eq(site.hosts[0].settings.auth->name, "bsd");
	ck_assert_str_eq(site.hosts[1].settings.auth->name, "bsdudp");
	ck_assert(!site.hosts[1].settings.recovery);
	ck_assert(site.hosts[0].settings.index);
	ck_assert(!site.hosts[1].settings.index);
	ck_assert(range_equal(site.hosts[0].settings.udp, (struct range) { 710, 720 }));
	ck_assert(range_equal(site.hosts[1].settings.udp, (struct range) { 700, 700 }));
	site_free(&site);
}
END_TEST

START_TEST(blanks_comments_and_line_ends)
{
	struct site site;

	read_good(&site, "\xef\xbb\xbf# head\r\n  [site]  # one\r\n\tauth=ssl ;comment\r\n"
		  "; all\n" HOSTS
		  "  \taddress \t=  2001:db8::2/48   ; second\n\n");
	ck_assert_str_eq(site.settings.auth->name, "ssl");
	ck_assert_uint_eq(site.hosts[1].address_count, 2);
	ck_assert_uint_eq(site.hosts[1].address[1].prefix, 48);
	site_free(&site);
}
END_TEST

START_TEST(translations)
{
	struct site site;
	const struct nat *nat;

	read_good(&site, HOSTS "[host g]\nrole = gateway\n"
		  "address = 198.51.100.1 2001:db8::1\naddress = 192.0.2.9\n"
		  "nat = masquerade 198.51.100.1\n"
		  "nat = forward 198.51.100.1 -> C\n"
		  "nat = forward 198.51.100.1:10081 -> s\n");
	nat = site.hosts[2].nat;
	ck_assert_uint_eq(site.hosts[2].nat_count, 3);
	ck_assert_int_eq(nat[0].kind, GATEWAY_MASQUERADE);
	ck_assert_int_eq(nat[1].kind, GATEWAY_FORWARD);
	/* By target, that a gateway of many forwards finds them quickly. */
	ck_assert_uint_eq(nat[1].port, 10081);
	ck_assert_uint_eq(nat[1].target, 0);
	ck_assert_uint_eq(nat[2].port, AMANDA_PORT);
	ck_assert_uint_eq(nat[2].target, 1);
	site_free(&site);
}
END_TEST

/* A preset is nearer than the site's ranges, and a range nearer than the preset. */
START_TEST(presets)
{
	struct site site;

	read_good(&site, "[site]\npreset = enterprise\nudp-ports = 800-810\nauth = bsd\n" HOSTS
		  "preset = debian\ntcp-ports = 2000-2010\n");
	ck_assert(range_equal(site.hosts[0].settings.udp, (struct range) { 800, 810 }));
	ck_assert(range_equal(site.hosts[0].settings.tcp, (struct range) { 11000, 11040 }));
	ck_assert(range_equal(site.hosts[0].settings.low_tcp, (struct range) { 700, 740 }));
	ck_assert(range_equal(site.hosts[1].settings.udp, (struct range) { 840, 860 }));
	ck_assert(range_equal(site.hosts[1].settings.tcp, (struct range) { 2000, 2010 }));
	ck_assert(range_equal(site.hosts[1].settings.low_tcp, (struct range) { 512, 1023 }));
	site_free(&site);
}
END_TEST

START_TEST(what_import_writes)
{
	struct site site;

	read_good(&site, "[site]\nmaxdumps = 10\netimeout = 600\n" HOSTS "dtimeout = 60\n");
	ck_assert_uint_eq(site.hosts[0].settings.maxdumps, 10);
	ck_assert_uint_eq(site.hosts[0].settings.etimeout, 600);
	ck_assert_uint_eq(site.hosts[0].settings.dtimeout, 1800);
	ck_assert_uint_eq(site.hosts[1].settings.dtimeout, 60);
	ck_assert_uint_eq(site.hosts[1].settings.client_port, AMANDA_PORT);
	site_free(&site);
}
END_TEST

START_TEST(backuppc_alone)
{
	struct site site;

	read_good(&site, "[host b]\nrole = backuppc\naddress = 192.0.2.1\n"
		  "[host w]\nbackuppc = smb rsyncd\naddress = 192.0.2.2\n");
	ck_assert_uint_eq(site.hosts[1].settings.backuppc, BACKUPPC_SMB | BACKUPPC_RSYNCD);
	ck_assert_uint_eq(site.hosts[1].roles, 0);
	site_free(&site);
}
END_TEST

/* Whoever has the site can complain about it later. */
START_TEST(complaints_later)
{
	struct site site;
	char *errors;
	size_t size;

	read_good(&site, HOSTS);
	site.text->errors = open_memstream(&errors, &size);
	site_error(&site, site.hosts[1].address_span[0], "%s %d", "too", 2);
	fclose(site.text->errors);
	ck_assert_str_eq(errors, "x.site:5:11-19: Error: too 2\naddress = 192.0.2.2\n"
			 "          ^^^^^^^^^\n");
	free(errors);
	site_free(&site);
}
END_TEST

/* However long, so that a forgotten end of line cannot hide the rest. */
START_TEST(complaints_end)
{
	char *text = malloc(200 * 8 + 1), *errors, *at;
	struct site site;
	unsigned int i, count = 0;

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < 200; i++)
		memcpy(text + i * 8, "[site\nx\n", 9);
	ck_assert_int_eq(read_text(&site, text, 1600, &errors), -EINVAL);
	for (at = errors; (at = strstr(at, "Error:")); at++)
		count++;
	ck_assert_uint_eq(count, 20);
	free(errors);
	free(text);
	site_free(&site);
}
END_TEST

/* Nothing of a text may make it read past its end: the sanitizers watch. */
static void survive(const char *text, size_t length)
{
	struct site site;
	struct flows flows = { .count = 0 };
	char *errors;
	int err = read_text(&site, text, length, &errors);

	ck_assert(!err == !*errors);
	if (!err) {
		site.text->errors = stderr;
		ck_assert_int_eq(flows_expand(&flows, &site), 0);
	}
	flows_free(&flows);
	site_free(&site);
	free(errors);
}

static const char whole[] =
	"[site]\nauth = bsd # a\nudp-ports = 700-710\npreset = zmanda\n"
	"[host s]\naddress = 192.0.2.1\nrole = server storage\ninterface = e0 192.0.2.1\n"
	"[host g]\naddress = 192.0.2.9 2001:db8::1/64\nrole = gateway backuppc\n"
	"interface = wan 192.0.2.9 default\n"
	"nat = masquerade 192.0.2.9\nnat = forward [2001:db8::1]:10080 -> c\n"
	"[host c]\naddress = 198.51.100.2 2001:db8:1::2\nrole = client\n"
	"backuppc = ssh smb\ndirect-tcp = yes\nold-recovery = yes\netimeout = 600\n";

START_TEST(every_cut)
{
	size_t length;

	for (length = 0; length < sizeof(whole); length++)
		survive(whole, length);
}
END_TEST

START_TEST(every_byte)
{
	static const char others[] = { 0, '\n', '[', ']', '=', '-', ':', '#', '9', ' ', '\x80' };
	char text[sizeof(whole)];
	size_t at, other;

	for (at = 0; at < sizeof(whole) - 1; at++) {
		for (other = 0; other < sizeof(others); other++) {
			memcpy(text, whole, sizeof(whole));
			text[at] = others[other];
			survive(text, sizeof(whole) - 1);
		}
	}
}
END_TEST

static const struct {
	const char *address;
	const char *net;
	bool in;
} net_cases[] = {
	{ "192.0.2.1", "192.0.2.254", true },
	{ "192.0.3.1", "192.0.2.254", false },
	{ "192.0.3.1", "192.0.2.254/23", true },
	{ "192.0.2.1", "192.0.2.2/31", false },
	{ "192.0.2.3", "192.0.2.2/31", true },
	{ "192.0.2.3", "192.0.2.2/32", false },
	{ "2001:db8::1", "2001:db8::ffff:0:0:1", true },
	{ "2001:db8:0:1::1", "2001:db8::1", false },
	{ "2001:db8:0:1::1", "2001:db8::1/63", true },
	{ "2001:db8::1", "192.0.2.1", false },
};

START_TEST(addresses_and_nets)
{
	struct address address, net;

	ck_assert(address_parse(net_cases[_i].address, &address));
	ck_assert(address_parse(net_cases[_i].net, &net));
	ck_assert(address_in_net(&address, &net) == net_cases[_i].in);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, refuses, 0, (int)site_error_count);
	tcase_add_test(tests, defaults_are_those_of_debian);
	tcase_add_test(tests, a_host_may_differ);
	tcase_add_test(tests, blanks_comments_and_line_ends);
	tcase_add_test(tests, translations);
	tcase_add_test(tests, presets);
	tcase_add_test(tests, what_import_writes);
	tcase_add_test(tests, backuppc_alone);
	tcase_add_test(tests, complaints_later);
	tcase_add_test(tests, complaints_end);
	tcase_add_test(tests, every_cut);
	tcase_add_test(tests, every_byte);
	tcase_add_loop_test(tests, addresses_and_nets, 0,
			    sizeof(net_cases) / sizeof(*net_cases));
}

int main(void)
{
	return suite_main("site", add_tests);
}
