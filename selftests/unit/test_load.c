// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading rulesets into a namespace and reading them back: what is read is what
 * was written, with its lines, for root and for others.
 */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ruleset/load.h"
#include "selftests/unit/lib/suite.h"

#define SECONDS 60

static struct ruleset ruleset;
static char *errors;
static size_t errors_length;

/* The rest of a test is done by somebody without rights. */
static void become_nobody(void)
{
	if (geteuid())
		return;
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	prctl(PR_SET_DUMPABLE, 1);
}

static int load_all(const struct source *sources, size_t count,
		    const struct load_options *options)
{
	FILE *out = open_memstream(&errors, &errors_length);
	int result = ruleset_load(&ruleset, sources, count, options, out);

	fclose(out);
	return result;
}

static struct source source_of(const char *path, const char *text)
{
	struct source source = { .path = path, .text = text, .length = strlen(text) };

	return source;
}

static int load(const char *path, const char *text)
{
	const struct load_options options = { .seconds = SECONDS };
	struct source source = source_of(path, text);

	return load_all(&source, 1, &options);
}

static void done(void)
{
	ruleset_free(&ruleset);
	free(errors);
	errors = NULL;
}

static const struct chain *chain_of(const char *table, const char *name)
{
	size_t t, c;

	for (t = 0; t < ruleset.count; t++)
		for (c = 0; c < ruleset.tables[t].chain_count; c++)
			if (!strcmp(ruleset.tables[t].name, table) &&
			    !strcmp(ruleset.tables[t].chains[c].name, name))
				return &ruleset.tables[t].chains[c];
	ck_abort_msg("no chain %s %s", table, name);
	return NULL;
}

static void rule_is(const struct chain *chain, size_t number, unsigned int line,
		    const char *text)
{
	ck_assert_uint_lt(number, chain->count);
	ck_assert_str_eq(chain->rules[number].text, text);
	ck_assert_uint_eq(chain->rules[number].line, line);
	ck_assert_ptr_eq(chain->rules[number].chain, chain);
}

static void refused_with(const char *path, const char *text, const char *message)
{
	ck_assert_int_eq(load(path, text), -1);
	ck_assert_msg(!strncmp(errors, message, strlen(message)), "said: %s", errors);
	free(errors);
}

/* Room for @count lines that printf() makes of @format and their number. */
static char *many(const char *head, const char *format, unsigned int count, const char *tail)
{
	size_t room = strlen(head) + strlen(tail) + (strlen(format) + 32) * (size_t)count + 1;
	char *text = malloc(room);
	size_t length;
	unsigned int i;

	ck_assert_ptr_nonnull(text);
	length = (size_t)snprintf(text, room, "%s", head);
	for (i = 0; i < count; i++)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		length += (size_t)snprintf(text + length, room - length, format, i + 1);
#pragma GCC diagnostic pop
	snprintf(text + length, room - length, "%s", tail);
	return text;
}

#define NFT \
	"define port = 10080\n" \
	"table inet f {\n" \
	"\t# a comment; with } braces { and \"quotes\n" \
	"\tset s { type ipv4_addr; elements = { 192.0.2.1,\n" \
	"\t\t192.0.2.2 }; }\n" \
	"\tchain c {\n" \
	"\t\ttype filter hook forward priority 5; policy drop;\n" \
	"\t\tudp dport $port accept; tcp dport 1 drop # twice\n" \
	"\t\tip saddr { 192.0.2.3, # the server\n" \
	"\t\t\t192.0.2.4 } \\\n" \
	"\t\t\tjump d\n" \
	"\t}\n" \
	"\tchain d { tcp dport 9 goto { counter; accept; }; }\n" \
	"}\n" \
	"table ip old { flags dormant; chain c { counter; }; }\n" \
	"add rule inet f d drop comment \"a  {\"\n" \
	"insert rule inet f d tcp dport 7 drop\n"

START_TEST(nft_keeps_order_and_lines)
{
	const struct chain *chain;

	ck_assert_msg(!load("a.nft", NFT), "%s", errors);
	chain = chain_of("f", "c");
	ck_assert(chain->hooked && chain->hook == NF_INET_FORWARD && chain->priority == 5);
	ck_assert_int_eq(chain->policy, VERDICT_DROP);
	ck_assert_str_eq(chain->type, "filter");
	ck_assert_str_eq(chain->rules[0].path, "a.nft");
	ck_assert_uint_eq(chain->count, 3);
	rule_is(chain, 0, 8, "udp dport $port accept");
	rule_is(chain, 1, 8, "tcp dport 1 drop");
	rule_is(chain, 2, 9, "ip saddr { 192.0.2.3, 192.0.2.4 } jump d");
	chain = chain_of("f", "d");
	ck_assert(!chain->hooked);
	ck_assert_uint_eq(chain->count, 3);
	rule_is(chain, 0, 17, "tcp dport 7 drop");
	rule_is(chain, 1, 13, "tcp dport 9 goto { counter; accept; }");
	rule_is(chain, 2, 16, "drop comment \"a  {\"");
	ck_assert_uint_gt(chain->rules[0].handle, chain->rules[1].handle);
	ck_assert(!ruleset.tables[0].dormant && ruleset.tables[1].dormant);
	ck_assert_int_eq(ruleset.tables[1].family, NFPROTO_IPV4);
	done();
}
END_TEST

START_TEST(flushed_rules_are_forgotten)
{
	ck_assert_msg(!load("a.nft", NFT "flush chain inet f c\nadd rule inet f c counter\n"
				    "flush ruleset\nundefine port\n" NFT), "%s", errors);
	rule_is(chain_of("f", "c"), 0, 29, "udp dport $port accept");
	done();
}
END_TEST

#define IPTABLES \
	"# made by hand\n" \
	"*filter\n" \
	":INPUT ACCEPT [0:0]\n" \
	":FORWARD DROP [7:700]\n" \
	":OUTPUT ACCEPT [0:0]\n" \
	":own - [0:0]\n" \
	"[3:40] -A FORWARD -p udp -m udp --dport 10080 -j own\n" \
	"-A FORWARD -m comment --comment \"two  # blanks\" -j ACCEPT\n" \
	"-I FORWARD 2 -p tcp -j DROP\n" \
	"COMMIT\n" \
	"*nat\n" \
	"-A POSTROUTING -s %s -j MASQUERADE\n" \
	"COMMIT\n"

static void iptables_is_read(int family, const char *address)
{
	const struct chain *chain;
	char text[1024];

	snprintf(text, sizeof(text), IPTABLES, address);
	ck_assert_msg(!load("a.dump", text), "%s", errors);
	chain = chain_of("filter", "FORWARD");
	ck_assert_int_eq(chain->policy, VERDICT_DROP);
	ck_assert_int_eq(chain->table->family, family);
	ck_assert_uint_eq(chain->count, 3);
	rule_is(chain, 0, 7, "-A FORWARD -p udp -m udp --dport 10080 -j own");
	rule_is(chain, 1, 9, "-I FORWARD 2 -p tcp -j DROP");
	rule_is(chain, 2, 8, "-A FORWARD -m comment --comment \"two  # blanks\" -j ACCEPT");
	ck_assert_uint_eq(chain_of("nat", "POSTROUTING")->rules[0].line, 12);
	done();
}

START_TEST(iptables_keeps_order_and_lines)
{
	iptables_is_read(NFPROTO_IPV4, "192.0.2.0/24");
	iptables_is_read(NFPROTO_IPV6, "2001:db8::/64");
}
END_TEST

START_TEST(several_files_are_one_ruleset)
{
	static const char set[] = "create clients hash:net,port family inet\n"
				  "add clients 192.0.2.0/24,udp:10080\n";
	/* "--set" of another match names no set. */
	static const char rules[] = "*filter\n-A INPUT -m set --match-set clients src,dst\n"
				    "-A INPUT -m recent --set --name guests --rsource\n"
				    "-A INPUT -m set --match-set others src\nCOMMIT\n";
	const struct source sources[] = {
		source_of("a.dump", rules), source_of("b.ipset", set), source_of("c.nft", NFT),
	};
	const struct load_options options = { .seconds = SECONDS };

	ck_assert_msg(!load_all(sources, 3, &options), "%s", errors);
	ck_assert_uint_eq(chain_of("filter", "INPUT")->count, 3);
	ck_assert_str_eq(chain_of("filter", "INPUT")->rules[1].path, "a.dump");
	ck_assert_str_eq(chain_of("f", "c")->rules[0].path, "c.nft");
	done();
}
END_TEST

static bool has_interface(const char *name)
{
	size_t i;

	for (i = 0; i < ruleset.interface_count; i++)
		if (!strcmp(ruleset.interfaces[i], name))
			return true;
	return false;
}

START_TEST(interfaces_are_made)
{
	static const char *const given[] = { "given0" };
	const struct load_options options = {
		.seconds = SECONDS, .interfaces = given, .interface_count = 1,
	};
	const struct source source = source_of("a.nft",
		"define wan = \"wan0\"\n"
		"table inet f { chain c { iif $wan oif { lan0, \"lan1\" } accept; }; }\n"
		"table netdev n {\n"
		"chain i { type filter hook ingress device dev0 priority 0; }\n"
		"}\n");

	ck_assert_msg(!load_all(&source, 1, &options), "%s", errors);
	ck_assert(has_interface("lo"));
	ck_assert(has_interface("given0"));
	ck_assert(has_interface("wan0"));
	ck_assert(has_interface("lan0"));
	ck_assert(has_interface("lan1"));
	done();
}
END_TEST

START_TEST(tables_may_be_deleted_before_they_are)
{
	ck_assert_msg(!load("a.nft", "delete table inet f\nflush table gone\n" NFT), "%s", errors);
	rule_is(chain_of("f", "c"), 0, 10, "udp dport $port accept");
	done();
}
END_TEST

START_TEST(faults_have_line_and_column)
{
	refused_with("a.nft", "table inet f {\nchain c {\n  tcp dport 99999 accept\n}\n}\n",
		     "a.nft:3:13-17: Error: Service out of range\n"
		     "  tcp dport 99999 accept\n            ^^^^^\n");
	refused_with("a.nft", "table inet f {\nchain c {\n  jump nowhere\n}\n}\n",
		     "a.nft:3:8-14: Error: Could not process rule: No such file or directory\n");
	refused_with("a.dump", "*filter\n-A INPUT -p tcp\n-A INPUT -m nonsense\nCOMMIT\n",
		     "a.dump:3:13: Couldn't load match `nonsense'");
	refused_with("a.dump", "*filter\n-A INPUT -p tcp\n-A INPUT -j nowhere\nCOMMIT\n",
		     "a.dump:3:13: Chain 'nowhere' does not exist\n-A INPUT -j nowhere\n"
		     "            ^\n");
	refused_with("a.dump", "*filter\n-A INPUT -j DNAT --to-destination 192.0.2.1\nCOMMIT\n",
		     "a.dump:2:1: RULE_APPEND failed (Invalid argument)");
	refused_with("a.ipset", "create s hash:nonsense\n", "ipset");
}
END_TEST

START_TEST(hostile_texts_are_refused)
{
	static const char nul[] = "table inet f {\0}\n";
	struct source source = { .path = "a.nft", .text = nul, .length = sizeof(nul) - 1 };
	struct load_options options = { .seconds = SECONDS };
	char *text;

	ck_assert_int_eq(load_all(&source, 1, &options), -1);
	free(errors);
	ck_assert_int_eq(load("a.nft", "table inet f {\nchain a { jump b; }\n"
			      "chain b { jump a; }\nchain c { type filter hook input priority 0; "
			      "jump a; }\n}\n"), -1);
	free(errors);
	source.length = RULESET_TEXT_MOST + 1;
	ck_assert_int_eq(load_all(&source, 1, &options), -1);
	ck_assert_msg(strstr(errors, "64 MB"), "%s", errors);
	free(errors);
	text = many("table inet f {\nchain c {\n", "tcp dport { %u, 3 } accept\n", 60000, "}\n}\n");
	source = source_of("a.nft", text);
	options.seconds = 1;
	ck_assert_int_eq(load_all(&source, 1, &options), -1);
	ck_assert_msg(strstr(errors, "not loaded after 1 s"), "%s", errors);
	free(errors);
	free(text);
}
END_TEST

START_TEST(cut_texts_end)
{
	char dump[1024], text[2048];
	size_t length;

	snprintf(dump, sizeof(dump), IPTABLES, "192.0.2.0/24");
	for (length = 0; length < sizeof(NFT); length += 13) {
		snprintf(text, sizeof(text), "%.*s", (int)length, NFT);
		if (load("a.nft", text))
			free(errors);
		else
			done();
		snprintf(text, sizeof(text), "%.*s", (int)length, dump);
		if (load("a.dump", text))
			free(errors);
		else
			done();
	}
}
END_TEST

static void many_are_loaded(void)
{
	char *text = many("table inet f {\nchain c {\n", "tcp dport { %u, 65535 } accept\n", 1500,
			  "}\n}\n");
	const struct chain *chain;
	size_t i;

	ck_assert_msg(!load("a.nft", text), "%s", errors);
	chain = chain_of("f", "c");
	ck_assert_uint_eq(chain->count, 1500);
	ck_assert_uint_eq(ruleset.tables[0].set_count, 1500);
	for (i = 0; i < chain->count; i++)
		ck_assert_uint_eq(chain->rules[i].line, i + 3);
	ck_assert_str_eq(chain->rules[1499].text, "tcp dport { 1500, 65535 } accept");
	done();
	free(text);
	text = many("table inet f {\nchain c {\n", "tcp dport %u jump { counter; accept; }\n", 1500,
		    "}\n}\n");
	ck_assert_msg(!load("a.nft", text), "%s", errors);
	ck_assert_uint_eq(chain_of("f", "c")->count, 1500);
	ck_assert_uint_eq(ruleset.tables[0].chain_count, 1501);
	for (i = 1; i < 1501; i++)
		rule_is(&ruleset.tables[0].chains[i], 1, (unsigned int)i + 2, "accept");
	done();
	free(text);
	text = many("*filter\n", "-A INPUT -p tcp -m tcp --dport %u -j ACCEPT\n", 3000, "COMMIT\n");
	ck_assert_msg(!load("a.dump", text), "%s", errors);
	rule_is(chain_of("filter", "INPUT"), 2999, 3001,
		"-A INPUT -p tcp -m tcp --dport 3000 -j ACCEPT");
	done();
	free(text);
	text = many("*filter\n", "-A INPUT -p tcp -m tcp --dport %u -j ACCEPT\n", 3000,
		    "-A INPUT -j nowhere\nCOMMIT\n");
	refused_with("a.dump", text, "a.dump:3002:13: Chain 'nowhere' does not exist");
	free(text);
}

START_TEST(many_rules_for_root)
{
	many_are_loaded();
}
END_TEST

START_TEST(many_rules_for_others)
{
	become_nobody();
	many_are_loaded();
}
END_TEST

START_TEST(others_load_the_same)
{
	become_nobody();
	ck_assert_msg(!load("a.nft", NFT), "%s", errors);
	done();
	ck_assert_msg(!load("a.dump", "*filter\n-A OUTPUT -m owner --uid-owner 5 --gid-owner 6 -j ACCEPT\n"
			    "COMMIT\n"), "%s", errors);
	rule_is(chain_of("filter", "OUTPUT"), 0, 2,
		"-A OUTPUT -m owner --uid-owner 5 --gid-owner 6 -j ACCEPT");
	done();
	ck_assert_int_eq(ruleset_load_live(&ruleset, stderr), -1);
}
END_TEST

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

START_TEST(included_files_have_lines_of_their_own)
{
	char folder[] = "/tmp/amfw-load.XXXXXX", path[64], part[64];
	const struct chain *chain;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(part, sizeof(part), "%s/part.nft", folder);
	snprintf(path, sizeof(path), "%s/a.nft", folder);
	write_file(part, "\ntcp dport 2 accept\n");
	ck_assert_msg(!load(path, "table inet f {\nchain c {\ntcp dport 1 accept\n"
			    "include \"part.nft\"\ninclude \"./part.nft\"\n"
			    "tcp dport 3 accept\n}\n}\n"), "%s", errors);
	chain = chain_of("f", "c");
	ck_assert_uint_eq(chain->count, 4);
	rule_is(chain, 1, 2, "tcp dport 2 accept");
	ck_assert_ptr_nonnull(strstr(chain->rules[1].path, "part.nft"));
	rule_is(chain, 3, 6, "tcp dport 3 accept");
	ck_assert_str_eq(chain->rules[3].path, path);
	done();
	unlink(part);
	rmdir(folder);
}
END_TEST

START_TEST(running_rules_are_read)
{
	const struct chain *chain;
	char map[64];
	int status;

	if (unshare(CLONE_NEWNET)) {
		snprintf(map, sizeof(map), "0 %u 1", geteuid());
		ck_assert_int_eq(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
		write_file("/proc/self/uid_map", map);
	}
	status = system("PATH=$PATH:/usr/sbin nft 'table inet f { chain c { tcp dport 5 accept; "
			"ip saddr { 192.0.2.1 } drop; }; }' && "
			"PATH=$PATH:/usr/sbin iptables-nft -A INPUT -m state --state NEW");
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(ruleset_load_live(&ruleset, stderr), 0);
	chain = chain_of("f", "c");
	rule_is(chain, 0, 0, "tcp dport 5 accept");
	rule_is(chain, 1, 0, "ip saddr 192.0.2.1 drop");
	ck_assert_ptr_null(chain->rules[0].path);
	rule_is(chain_of("filter", "INPUT"), 0, 0, "-A INPUT -m state --state NEW");
	ruleset_free(&ruleset);
}
END_TEST

START_TEST(who_may_not_is_told_what_to_do)
{
	become_nobody();
	ck_assert_int_eq(unshare(CLONE_NEWUSER), 0);
	write_file("/proc/sys/user/max_net_namespaces", "0");
	write_file("/proc/sys/user/max_user_namespaces", "0");
	ck_assert_int_eq(load("a.nft", NFT), -1);
	ck_assert_msg(strstr(errors, "set the sysctl user.max_user_namespaces above 0"), "%s",
		      errors);
	free(errors);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, nft_keeps_order_and_lines);
	tcase_add_test(tests, flushed_rules_are_forgotten);
	tcase_add_test(tests, iptables_keeps_order_and_lines);
	tcase_add_test(tests, several_files_are_one_ruleset);
	tcase_add_test(tests, interfaces_are_made);
	tcase_add_test(tests, tables_may_be_deleted_before_they_are);
	tcase_add_test(tests, faults_have_line_and_column);
	tcase_add_test(tests, hostile_texts_are_refused);
	tcase_add_test(tests, cut_texts_end);
	tcase_add_test(tests, many_rules_for_root);
	tcase_add_test(tests, many_rules_for_others);
	tcase_add_test(tests, others_load_the_same);
	tcase_add_test(tests, included_files_have_lines_of_their_own);
	tcase_add_test(tests, running_rules_are_read);
	tcase_add_test(tests, who_may_not_is_told_what_to_do);
}

int main(void)
{
	return suite_main("load", add_tests);
}
