// SPDX-License-Identifier: GPL-2.0-or-later
/* Flows as people, programs and Graphviz get them. */
#include <jansson.h>

#include "emit/emit.h"
#include "emit/flows_entry.h"
#include "emit/flows_rows.h"
#include "selftests/unit/lib/suite.h"
#include "selftests/unit/site_text.h"

/* The flows of a site in one form, to be freed; @name: of one machine, or NULL. */
static char *shown(const char *format, const char *site_text, const char *name)
{
	struct site site;
	struct flows flows;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	flows_of(&flows, &site, site_text);
	ck_assert_int_eq(flows_format_find(format)->write(&flows, &site,
							  name ? site_host(&site, name) : NULL,
							  out), 0);
	fclose(out);
	flows_free(&flows);
	site_free(&site);
	return text;
}

static void expect_text(const char *site_text, const char *name, const char *expected)
{
	char *text = shown("text", site_text, name);

	ck_assert_str_eq(text, expected);
	free(text);
}

#define HEAD	"  way        ports from > to             opened  for\n"

START_TEST(ends)
{
	expect_text("[site]\nauth = bsd\nrecovery = no\n" SERVER CLIENT, "c",
		    "c: client at 10.2.0.2\n" HEAD
		    "  in         udp 840-860     > 10080       new     amcheck, planner, dumper, amservice\n"
		    "      from s 10.1.0.2\n"
		    "  in         tcp 50000-50100 > 50000-50100 helper  dumper DATA MESG INDEX STATE\n"
		    "      from s 10.1.0.2\n"
		    "  not needed:\n"
		    "    new connections from this machine: it only answers\n"
		    "    tcp 10080: only auth bsdtcp and ssl ask there\n"
		    "    tcp 10082 and 10083: recovery asks amandad since Amanda 2.5.1\n"
		    "    the range of the streams: the helper opens one port at a time\n");
	expect_text("[site]\nrecovery = no\n" SERVER CLIENT, "s",
		    "s: server at 10.1.0.2\n" HEAD
		    "  out        tcp 512-1023    > 10080       new     amcheck, planner, dumper, amservice\n"
		    "      to c 10.2.0.2\n"
		    "  loopback   tcp 50000-50100 > 1024-65535  new     chunker, taper\n"
		    "  not needed:\n"
		    "    new connections to this machine: it starts all of them itself\n"
		    "    udp 10080: only auth bsd and bsdudp ask there\n"
		    "    tcp 10082 and 10083: recovery asks amandad since Amanda 2.5.1\n"
		    "    streams of their own for auth bsdtcp, ssl, krb5, ssh, rsh: all is in one connection\n");
}
END_TEST

#define GATEWAY_LINES \
	"interface = lan 10.1.0.1\ninterface = wan 10.2.0.1\nnat = masquerade 10.2.0.1\n" \
	"nat = forward 10.1.0.1:10081 -> c\n"

START_TEST(gateways)
{
	expect_text("[site]\nrecovery = no\n" SERVER CLIENT PLAIN_GATEWAY GATEWAY_LINES, "g",
		    "g: gateway at 10.1.0.1 10.2.0.1\n" HEAD
		    "  through    tcp 512-1023    > 10080       new     amcheck, planner, dumper, amservice\n"
		    "      s 10.1.0.2 > c 10.2.0.2 by lan to wan\n"
		    "  forward    tcp 512-1023    > 10081       new     amcheck, planner, dumper, amservice\n"
		    "      s 10.1.0.2 > 10.1.0.1 on to c 10.2.0.2 port 10080\n"
		    "  masquerade tcp 512-1023    > 10080       new     amcheck, planner, dumper, amservice\n"
		    "      s 10.1.0.2 > c 10.2.0.2 as 10.2.0.1\n"
		    "  not needed:\n"
		    "    new connections to this machine itself\n"
		    "    new connections from this machine itself\n"
		    "    udp 10080: only auth bsd and bsdudp ask there\n"
		    "    tcp 10082 and 10083: recovery asks amandad since Amanda 2.5.1\n"
		    "    streams of their own for auth bsdtcp, ssl, krb5, ssh, rsh: all is in one connection\n");
}
END_TEST

/* Peers of equal ports and purpose are one list, and a long list goes on below. */
START_TEST(lists_are_wrapped)
{
	char site_text[2048] = "[site]\nauth = ssh\nrecovery = no\n" SERVER, *text, *at;
	int i;

	for (i = 0; i < 9; i++)
		snprintf(site_text + strlen(site_text), sizeof(site_text) - strlen(site_text),
			 "[host client-%d]\nrole = client\naddress = 10.2.0.%d\n", i, i + 10);
	text = shown("text", site_text, "s");
	at = strstr(text, "      to ");
	ck_assert_ptr_nonnull(at);
	at[strcspn(at, "\n")] = '\0';
	ck_assert_str_eq(at, "      to client-0 10.2.0.10, client-1 10.2.0.11, client-2 10.2.0.12, client-3 10.2.0.13,");
	ck_assert(!strncmp(at + strlen(at) + 1, "         client-4 10.2.0.14, ", 28));
	free(text);
}
END_TEST

START_TEST(own_addresses_are_told)
{
	char *text = shown("text", "[host s]\nrole = server\naddress = 10.1.0.2 10.1.0.3\n" CLIENT,
			   "s");

	ck_assert_ptr_nonnull(strstr(text, "from c 10.2.0.2 at 10.1.0.2, c 10.2.0.2 at 10.1.0.3\n"));
	free(text);
}
END_TEST

START_TEST(backuppc)
{
	expect_text("[host b]\nrole = backuppc\naddress = 10.1.0.9\n"
		    "[host w]\nbackuppc = smb\naddress = 10.2.0.9\n"
		    "[host x]\nrole = gateway\naddress = 192.0.2.1\n", NULL,
		    "b: BackupPC server at 10.1.0.9\n" HEAD
		    "  out        tcp 1024-65535  > 445         new     BackupPC smb\n"
		    "      to w 10.2.0.9\n"
		    "  and:\n"
		    "    icmp echo from the BackupPC server, unless its PingCmd is empty\n"
		    "  not needed:\n"
		    "    new connections to this machine: it starts all of them itself\n"
		    "\n"
		    "w: backed up by BackupPC, at 10.2.0.9\n" HEAD
		    "  in         tcp 1024-65535  > 445         new     BackupPC smb\n"
		    "      from b 10.1.0.9\n"
		    "  and:\n"
		    "    icmp echo from the BackupPC server, unless its PingCmd is empty\n"
		    "  not needed:\n"
		    "    new connections from this machine: it only answers\n"
		    "\n"
		    "x: gateway at 192.0.2.1\n"
		    "  nothing: no flow starts, ends or passes here\n");
}
END_TEST

static size_t count(const char *text, const char *part)
{
	size_t found = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		found++;
	return found;
}

/* One arrow for each pair and auth, in as many pieces as there are gateways and one. */
START_TEST(arrows)
{
	static const char site[] = "[site]\nauth = bsd\n" SERVER CLIENT PLAIN_GATEWAY
		"[host d]\nrole = client\naddress = 10.1.0.3\nauth = ssh\n";
	char *all = shown("dot", site, NULL), *one = shown("dot", site, "d");

	ck_assert_uint_eq(count(all, " -> "), 2 * 2 + 2);
	ck_assert_uint_eq(count(all, "\"s\" -> \"g\""), 2);
	ck_assert_uint_eq(count(all, "\"g\" -> \"c\""), 2);
	ck_assert_uint_eq(count(all, "dir=back"), 3);
	ck_assert_uint_eq(count(one, " -> "), 2);
	ck_assert_uint_eq(count(one, "</font> "), 1);
	free(all);
	free(one);
}
END_TEST

/* The reader refuses such names; flows that came from elsewhere may have them. */
START_TEST(json_quotes)
{
	struct site site;
	struct flows flows;
	json_error_t error;
	json_t *top;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	flows_of(&flows, &site, SERVER CLIENT);
	strcpy(site.hosts[1].name, "a\"b\\c\nd");
	ck_assert_int_eq(flows_json_write(&flows, &site, NULL, out), 0);
	fclose(out);
	top = json_loads(text, 0, &error);
	ck_assert_msg(top, "%s in %s", error.text, text);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(json_object_get(top,
			 "flows"), 3), "responder")), "a\"b\\c\nd");
	json_decref(top);
	free(text);
	flows_free(&flows);
	site_free(&site);
}
END_TEST

/* Every row of every table is there, with its reason. */
START_TEST(rows)
{
	char *text;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	ck_assert_uint_le(operation_count, PURPOSE_OPERATIONS);
	flows_rows_write(out);
	fclose(out);
	for (i = 0; i < operation_count; i++) {
		ck_assert_ptr_nonnull(strstr(text, operations[i].reason));
		if (operations[i].over)
			ck_assert_ptr_nonnull(strstr(text, operations[i].over->reason));
	}
	ck_assert_ptr_nonnull(strstr(text, auth_find("bsd")->reason));
	ck_assert_ptr_nonnull(strstr(text, "\n  debian     udp-ports 840-860, tcp-ports 50000-50100, "
				     "low-tcp-ports 512-1023, no IPv6\n"));
	free(text);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_test(tests, ends);
	tcase_add_test(tests, gateways);
	tcase_add_test(tests, lists_are_wrapped);
	tcase_add_test(tests, own_addresses_are_told);
	tcase_add_test(tests, backuppc);
	tcase_add_test(tests, arrows);
	tcase_add_test(tests, json_quotes);
	tcase_add_test(tests, rows);
}

int main(void)
{
	return suite_main("text", add_tests);
}
