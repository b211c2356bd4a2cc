// SPDX-License-Identifier: GPL-2.0-or-later
/* amfwctl import: the disklist, names, gateways, and programs that misbehave. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "import/advice.h"
#include "import/program.h"
#include "import/quote.h"
#include "selftests/unit/disklist_text.h"

static void read_list(struct disklist *list, const char *text)
{
	ck_assert_int_eq(disklist_read(list, text, strlen(text)), 0);
}

static void auth_is(const struct dle_auth *auth, const char *name, unsigned int disks)
{
	ck_assert_str_eq(auth->name, name);
	ck_assert_uint_eq(auth->disks, disks);
}

START_TEST(disks_of_a_host)
{
	struct disklist list;

	read_list(&list, disklist_35);
	ck_assert_uint_eq(list.count, 3);
	ck_assert_uint_eq(list.disks, 4);
	ck_assert_str_eq(list.hosts[0].name, "web1.test");
	ck_assert_uint_eq(list.hosts[0].line, 1);
	ck_assert_uint_eq(list.hosts[0].disks, 3);
	ck_assert_uint_eq(list.hosts[0].estimates, 3);
	ck_assert_uint_eq(list.hosts[0].maxdumps, 3);
	ck_assert(list.hosts[0].index && list.hosts[0].ports_differ);
	ck_assert_uint_eq(dle_host_auths(&list.hosts[0]), 3);
	auth_is(&list.hosts[0].auths[0], "bsd", 1);
	auth_is(&list.hosts[0].auths[1], "bsdtcp", 1);
	auth_is(&list.hosts[0].auths[2], "ssh", 1);
	disklist_free(&list);
}
END_TEST

START_TEST(disks_of_others)
{
	struct disklist list;

	read_list(&list, disklist_35);
	ck_assert_str_eq(list.hosts[1].name, "mail1.test");
	ck_assert_str_eq(list.hosts[1].port, "10099");
	ck_assert(!list.hosts[1].ports_differ && !list.hosts[1].index);
	auth_is(dle_host_auth(&list.hosts[1]), "bsdtcp", 1);
	/* "ignore" leaves a host without a disk. */
	ck_assert_str_eq(list.hosts[2].name, "old.test");
	ck_assert_uint_eq(list.hosts[2].disks, 0);
	ck_assert_uint_eq(list.hosts[2].line, 5);
	ck_assert_ptr_null(dle_host_auth(&list.hosts[2]));
	disklist_free(&list);
}
END_TEST

START_TEST(an_old_amanda)
{
	struct disklist list;

	read_list(&list, disklist_31);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(list.hosts[0].name, "old1.test");
	ck_assert_uint_eq(list.hosts[0].line, 7);
	ck_assert_uint_eq(list.hosts[0].maxdumps, 4);
	ck_assert_uint_eq(list.hosts[0].estimates, 1);
	ck_assert_str_eq(list.hosts[0].port, "amanda");
	ck_assert(list.hosts[0].index);
	auth_is(dle_host_auth(&list.hosts[0]), "bsd", 1);
	disklist_free(&list);
}
END_TEST

#define DISK(line, host, values) \
	"line " #line " (x):\n    host " host ":\n        interface default\n" \
	"    disk /:\n" values "\n"

START_TEST(odd_disks)
{
	struct disklist list;

	read_list(&list,
		  DISK(1, "a", "        AUTH \"bsd\"\n        ESTIMATE SERVER\n")
		  DISK(2, "A", "        AUTH \"BSDUDP\"\n        COMMENT \"auth\"\n")
		  DISK(3, "a", "        auth \"bsdudp\"\n        MAXDUMPS 99999999999\n")
		  DISK(4, "c:d", "        AUTH \"averyveryverylongname\"\n")
		  "    host lonely:\n    disk /:\n        AUTH \"bsd\"\n"
		  "line 6 (x):\n    disk /:\n        AUTH \"bsd\"\n"
		  "line 7 (x):\n    host :\n    disk /:");
	ck_assert_uint_eq(list.count, 3);
	/* Amanda's names do not differ by case. */
	ck_assert_uint_eq(list.hosts[0].disks, 3);
	ck_assert_uint_eq(list.hosts[0].estimates, 0);
	ck_assert_uint_eq(list.hosts[0].maxdumps, 1000000);
	auth_is(dle_host_auth(&list.hosts[0]), "bsdudp", 2);
	ck_assert_str_eq(list.hosts[1].name, "c:d");
	auth_is(dle_host_auth(&list.hosts[1]), "averyveryverylo", 1);
	ck_assert_str_eq(list.hosts[2].name, "");
	disklist_free(&list);
}
END_TEST

START_TEST(every_cut)
{
	struct disklist list;
	size_t length;

	for (length = 0; length < sizeof(disklist_35); length++) {
		ck_assert_int_eq(disklist_read(&list, disklist_35, length), 0);
		/* one more where "ignore" is cut off */
		ck_assert_uint_le(list.disks, 5);
		disklist_free(&list);
	}
}
END_TEST

static const struct {
	const char *name;
	const char *site_name;
} name_cases[] = {
	{ "web1", "web1" },
	{ "web1.example.com", "web1.example.com" },
	{ "192.0.2.1", "192.0.2.1" },
	{ "a_b-c.d", "a_b-c.d" },
	{ "2001:db8::1", "ip6-2001-db8--1" },
	{ "[2001:db8::1]", "ip6-2001-db8--1" },
	{ "a234567890123456789012345678901234567890123456789012345678901234",
	  "a234567890123456789012345678901234567890123456789012345678901234" },
	{ "a2345678901234567890123456789012345678901234567890123456789012.345.test",
	  "a2345678901234567890123456789012345678901234567890123456789012" },
	{ "a23456789012345678901234567890123456789012345678901234567890123.5.test",
	  "a23456789012345678901234567890123456789012345678901234567890123" },
	{ "a2345678901234567890123456789012345678901234567890123456789012345", NULL },
	{ "", NULL },
	{ ".web1", NULL },
	{ "-web1", NULL },
	{ "web 1", NULL },
	{ "web1]", NULL },
	{ "web1\n[host evil", NULL },
	{ "web1;", NULL },
	{ "2001:db8::1/64", NULL },
	{ "[2001:db8::1", NULL },
	{ "w\xc3\xa9", NULL },
};

START_TEST(names_for_a_site)
{
	char name[SITE_NAME_MAX + 1] = "untouched";

	ck_assert(name_for_site(name_cases[_i].name, name) == !!name_cases[_i].site_name);
	if (name_cases[_i].site_name)
		ck_assert_str_eq(name, name_cases[_i].site_name);
}
END_TEST

static const struct {
	const char *text;
	int err;
	size_t addresses;
	bool masquerade;
} gateway_cases[] = {
	{ "gw=192.0.2.1/24", 0, 1, false },
	{ "gw=192.0.2.1/24,198.51.100.1/25", 0, 2, false },
	{ "gw=192.0.2.1/24,198.51.100.1:masquerade=198.51.100.1", 0, 2, true },
	{ "gw=2001:db8::1/64,192.0.2.1:masquerade=2001:db8::1", 0, 2, true },
	{ "gw=192.0.2.1:masquerade=192.0.2.2", -EINVAL, 0, false },
	{ "gw=192.0.2.1:masquerade=", -EINVAL, 0, false },
	{ "gw:masquerade=192.0.2.1", -EINVAL, 0, false },
	{ "gw=", -EINVAL, 0, false },
	{ "gw", -EINVAL, 0, false },
	{ "", -EINVAL, 0, false },
	{ "=192.0.2.1", -EINVAL, 0, false },
	{ "g w=192.0.2.1", -EINVAL, 0, false },
	{ "gw=192.0.2.256", -EINVAL, 0, false },
	{ "gw=192.0.2.1/33", -EINVAL, 0, false },
	{ "gw=127.0.0.1", -EINVAL, 0, false },
};

START_TEST(gateways)
{
	struct gateway gateway;
	char *talk;
	size_t size;
	FILE *errors = open_memstream(&talk, &size);
	int err = gateway_spec_read(&gateway, gateway_cases[_i].text, errors);

	fclose(errors);
	ck_assert_int_eq(err, gateway_cases[_i].err);
	ck_assert_uint_eq(size != 0, err != 0);
	if (!err) {
		ck_assert_uint_eq(gateway.count, gateway_cases[_i].addresses);
		ck_assert(gateway_cases[_i].masquerade ==
			  (gateway.masquerade.family != AF_UNSPEC));
		ck_assert_str_eq(gateway.name, "gw");
	}
	gateway_spec_free(&gateway);
	free(talk);
}
END_TEST

START_TEST(builds)
{
	struct amanda debian = { .version = NULL }, plain = { .version = NULL };

	amanda_read_build(&debian, "build: VERSION=\"Amanda-3.5.1\" BUILT_DATE=\"\"\n"
				   "CONFIGURE_ARGS=\" '--with-tcpportrange=50000,50100'"
				   " '--with-udpportrange=840,860' '--without-ipv6'\"");
	ck_assert_str_eq(debian.version, "3.5.1");
	ck_assert(debian.built_known && !debian.ipv6);
	ck_assert_uint_eq(debian.built_tcp.low, 50000);
	ck_assert_uint_eq(debian.built_udp.high, 860);
	ck_assert_uint_eq(debian.built_low_tcp.low, 0);
	amanda_read_build(&plain, "nothing of use, --without-ipv6");
	ck_assert(!plain.built_known && plain.ipv6 && !plain.version);
	amanda_free(&debian);
}
END_TEST

static const struct {
	const char *line;
	bool lets;
} hosts_cases[] = {
	{ "web1 root amdumpd\n", true },
	{ "web1\tbackup amindexd amidxtaped\tambackupd", true },
	{ "  web1 backup amdumpd # so", true },
	{ "web1 backup amdump\n", false },
	{ "web1 backup amdumpdx\n", false },
	{ "amdumpd amdumpd amindexd\n", false },
	{ "web1 backup # amdumpd\n", false },
	{ "#web1 backup amdumpd\n", false },
	{ "   \n", false },
	{ "", false },
};

START_TEST(clients_that_dump)
{
	ck_assert(amanda_lets_dump(hosts_cases[_i].line) == hosts_cases[_i].lets);
}
END_TEST

START_TEST(warnings_are_plain)
{
	struct advice advice = { NULL, 0, false };

	advise(&advice, "%s: %u", "a\033[31m\nb\xff", 7u);
	ck_assert_uint_eq(advice.count, 1);
	ck_assert_str_eq(advice.text[0], "a?[31m?b?: 7");
	advice_free(&advice);
}
END_TEST

static const struct runner quick = { NULL, NULL, 20 };

START_TEST(programs_speak)
{
	struct program programs[] = {
		{ .argv = (const char *const[]) { "printf", "%s;$(id)", "a b", NULL } },
		{ .argv = (const char *const[]) { "sh", "-c", "echo no >&2; exit 3", NULL } },
		{ .argv = (const char *const[]) { "no-such-program", NULL } },
		{ .argv = (const char *const[]) { "sh", "-c", "kill -9 $$", NULL } },
		{ .argv = (const char *const[]) { "sh", "-c", "cat; echo $LC_ALL", NULL } },
	};
	size_t i;

	ck_assert_int_eq(programs_run(programs, 5, &quick), 0);
	ck_assert_int_eq(programs[0].end, PROGRAM_DONE);
	ck_assert_str_eq(programs[0].out.text, "a b;$(id)");
	ck_assert_int_eq(programs[1].code, 3);
	ck_assert_str_eq(programs[1].err.text, "no\n");
	ck_assert_int_eq(programs[2].end, PROGRAM_MISSING);
	ck_assert_int_eq(programs[3].end, PROGRAM_KILLED);
	ck_assert_str_eq(programs[4].out.text, "C\n");
	for (i = 0; i < 5; i++)
		program_free(&programs[i]);
}
END_TEST

START_TEST(programs_speak_much)
{
	struct program program = {
		.argv = (const char *const[]) { "head", "-c", "3000001", "/dev/zero", NULL },
	};

	ck_assert_int_eq(programs_run(&program, 1, &quick), 0);
	ck_assert_int_eq(program.end, PROGRAM_DONE);
	ck_assert_uint_eq(program.out.length, 3000001);
	program_free(&program);
}
END_TEST

/* One that says something and sleeps, and one whose child sleeps on. */
START_TEST(programs_are_late)
{
	const struct runner hasty = { NULL, NULL, 1 };
	struct program programs[] = {
		{ .argv = (const char *const[]) { "sh", "-c", "echo early; sleep 100", NULL } },
		{ .argv = (const char *const[]) { "sh", "-c", "sleep 100 & exit 0", NULL } },
		{ .argv = (const char *const[]) { "true", NULL } },
	};
	time_t start = time(NULL);
	size_t i;

	ck_assert_int_eq(programs_run(programs, 3, &hasty), 0);
	ck_assert_int_le(time(NULL) - start, 10);
	ck_assert_int_eq(programs[0].end, PROGRAM_LATE);
	ck_assert_str_eq(programs[0].out.text, "early\n");
	ck_assert_int_eq(programs[1].end, PROGRAM_LATE);
	ck_assert_int_eq(programs[2].end, PROGRAM_DONE);
	for (i = 0; i < 3; i++)
		program_free(&programs[i]);
}
END_TEST

START_TEST(programs_without_a_folder)
{
	const struct runner astray = { NULL, "/no/such/folder", 20 };
	struct program program = { .argv = (const char *const[]) { "true", NULL } };

	ck_assert_int_eq(programs_run(&program, 1, &astray), 0);
	ck_assert_int_eq(program.end, PROGRAM_BROKEN);
	ck_assert_int_eq(program.code, ENOENT);
	program_free(&program);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("import");
	TCase *tests = tcase_create("import");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, disks_of_a_host);
	tcase_add_test(tests, disks_of_others);
	tcase_add_test(tests, an_old_amanda);
	tcase_add_test(tests, odd_disks);
	tcase_add_test(tests, every_cut);
	tcase_add_loop_test(tests, names_for_a_site, 0,
			    sizeof(name_cases) / sizeof(*name_cases));
	tcase_add_loop_test(tests, gateways, 0,
			    sizeof(gateway_cases) / sizeof(*gateway_cases));
	tcase_add_test(tests, builds);
	tcase_add_loop_test(tests, clients_that_dump, 0,
			    sizeof(hosts_cases) / sizeof(*hosts_cases));
	tcase_add_test(tests, warnings_are_plain);
	tcase_add_test(tests, programs_speak);
	tcase_add_test(tests, programs_speak_much);
	tcase_add_test(tests, programs_are_late);
	tcase_add_test(tests, programs_without_a_folder);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
