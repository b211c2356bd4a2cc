// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of flows applied to sites, and the ways of packets through gateways. */
#include <errno.h>

#include "flow/route.h"
#include "selftests/unit/lib/suite.h"
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
static char *describe(const struct flows *flows, bool loopback)
{
	char *text, id[FLOW_ID_MAX];
	size_t size, i, j;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < flows->count; i++) {
		const struct flow *flow = &flows->flow[i];

		if (flow->loopback != loopback)
			continue;
		flow_id(flow, id);
		fprintf(out, "%s %s ", id, flow->protocol == IPPROTO_UDP ? "udp" : "tcp");
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
	text = describe(&flows, false);
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
	text = describe(&flows, false);
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
	       "amservice/s/c/control/ip udp 10.1.0.2 700-740 > 10.2.0.2 10080\n"
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
	       "dumper/s/c/DATA/ip tcp 10.1.0.2 50000-50100 > 10.2.0.2 50000-50100\n"
	       "amservice/s/c/control/ip udp 10.1.0.2 840-860 > 10.2.0.2 10080\n");
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

/* What never meets a wire, but a firewall that does not spare lo would stop. */
START_TEST(a_machine_needs_no_wire_for_itself)
{
	static const char site_text[] = "[host a]\nrole = server client\naddress = 10.1.0.2\n"
		"recovery = no\n";
	struct site site;
	struct flows flows;
	char *text;

	expect(site_text, "");
	flows_of(&flows, &site, site_text);
	text = describe(&flows, true);
	ck_assert_str_eq(text,
			 "amcheck/a/a/control/ip tcp 10.1.0.2 512-1023 > 10.1.0.2 10080\n"
			 "planner/a/a/control/ip tcp 10.1.0.2 512-1023 > 10.1.0.2 10080\n"
			 "dumper/a/a/control/ip tcp 10.1.0.2 512-1023 > 10.1.0.2 10080\n"
			 "amservice/a/a/control/ip tcp 10.1.0.2 512-1023 > 10.1.0.2 10080\n"
			 "chunker/a/a/control/ip tcp 127.0.0.1 50000-50100 > 127.0.0.1 1024-65535\n"
			 "taper/a/a/control/ip tcp 127.0.0.1 50000-50100 > 127.0.0.1 1024-65535\n");
	free(text);
	flows_free(&flows);
	site_free(&site);
	expect("[host a]\nrole = server client\nauth = local\naddress = 10.1.0.2\n", "");
}
END_TEST

START_TEST(rsh_connects_back)
{
	expect_of("dumper", "[site]\nauth = rsh\nlow-tcp-ports = 700-740\n" SERVER CLIENT,
		  "dumper/s/c/control/ip tcp 10.1.0.2 512-1023 > 10.2.0.2 514\n"
		  "dumper/c/s/STDERR/ip tcp 10.2.0.2 512-1023 > 10.1.0.2 512-1023\n");
	expect_of("amcheck/c", "[site]\nauth = rsh\n" SERVER CLIENT PLAIN_GATEWAY,
		  "amcheck/c/s/STDERR/ip tcp 10.2.0.2 512-1023 > 10.1.0.2 512-1023\n"
		  " g: 10.2.0.2 512-1023 > 10.1.0.2 512-1023\n");
}
END_TEST

/* Its roles are those of the packets, not of the operation that it belongs to. */
START_TEST(roles_of_what_connects_back)
{
	struct site site;
	struct flows flows;
	size_t i, found = 0;

	flows_of(&flows, &site, "[site]\nauth = rsh\n" SERVER CLIENT);
	for (i = 0; i < flows.count; i++) {
		const struct flow *flow = &flows.flow[i];

		ck_assert(flow->initiator->roles & flow->from);
		ck_assert(flow->responder->roles & flow->to);
		found += flow->tag && flow->operation->initiator != flow->from;
	}
	ck_assert_uint_eq(found, 7);
	flows_free(&flows);
	site_free(&site);
}
END_TEST

START_TEST(rsh_stops_at_translations)
{
	struct site site;
	struct flows flows;
	char *errors;
	size_t size;
	FILE *talk = open_memstream(&errors, &size);

	site_of(&site, SERVER CLIENT "auth = rsh\n" PLAIN_GATEWAY "nat = masquerade 10.2.0.1\n");
	site.text->errors = talk;
	ck_assert_int_eq(flows_expand(&flows, &site), -EINVAL);
	fclose(talk);
	ck_assert_str_eq(errors, "x.site:7:8-10: Error: auth rsh cannot cross the translation "
			 "at g: c connects back to s\nauth = rsh\n       ^^^\n");
	free(errors);
	flows_free(&flows);
	site_free(&site);
}
END_TEST

/* The data connection comes from a reserved port, unlike a stream of auth bsd. */
START_TEST(old_recovery)
{
	expect_of("amoldrecover", BSD "low-tcp-ports = 600-640\n" SERVER CLIENT
		  "old-recovery = yes\nauth = ssh\nrecovery = no\n",
		  "amoldrecover-index/c/s/control/ip tcp 10.2.0.2 600-640 > 10.1.0.2 10082\n"
		  "amoldrecover-tape/c/s/control/ip tcp 10.2.0.2 600-640 > 10.1.0.2 10083\n"
		  "amoldrecover-tape/c/s/DATA/ip tcp 10.2.0.2 600-640 > 10.1.0.2 11000-11040\n");
}
END_TEST

START_TEST(dumps_that_clients_start)
{
	static const char site[] = BSD "index = no\n" SERVER CLIENT "client-dump = yes\n";

	expect_of("amdump_client", site,
		  "amdump_client/c/s/control/ip udp 10.2.0.2 700-740 > 10.1.0.2 10080\n"
		  "amdump_client/c/s/CTL/ip tcp 10.2.0.2 11000-11040 > 10.1.0.2 11000-11040\n");
	/* ambackupd opens INDEX whatever the dumptype says. */
	expect_of("ambackup/c/s/I", site,
		  "ambackup/c/s/INDEX/ip tcp 10.2.0.2 11000-11040 > 10.1.0.2 11000-11040\n");
}
END_TEST

#define NAS(n) "[host nas" #n "]\nrole = storage\naddress = 10.1.0.10" #n "\n"

START_TEST(tape_services)
{
	static const char site[] = "[site]\nclient-port = 10090\n" SERVER CLIENT
		"direct-tcp = yes\n" NAS(1) "client-port = 10001\ntcp-ports = 2000-2010\n" NAS(2);

	expect_of("tape", site,
		  "tape-service/s/nas1/control/ip tcp 10.1.0.2 1024-65535 > 10.1.0.101 10001\n"
		  "tape-service/s/nas2/control/ip tcp 10.1.0.2 1024-65535 > 10.1.0.102 10000\n");
	expect_of("amvault/", site,
		  "amvault/s/nas1/control/ip tcp 10.1.0.2 1024-65535 > 10.1.0.101 2000-2010\n"
		  "amvault/s/nas2/control/ip tcp 10.1.0.2 1024-65535 > 10.1.0.102 1024-65535\n");
	expect_of("amvault-copy", site,
		  "amvault-copy/nas1/nas2/control/ip tcp 10.1.0.101 1024-65535 > 10.1.0.102 1024-65535\n"
		  "amvault-copy/nas2/nas1/control/ip tcp 10.1.0.102 1024-65535 > 10.1.0.101 2000-2010\n");
	expect_of("direct", site,
		  "direct-tcp/c/nas1/control/ip tcp 10.2.0.2 1024-65535 > 10.1.0.101 2000-2010\n"
		  "direct-tcp/c/nas2/control/ip tcp 10.2.0.2 1024-65535 > 10.1.0.102 1024-65535\n");
}
END_TEST

START_TEST(backuppc)
{
	expect_of("BackupPC", SERVER CLIENT "backuppc = ssh smb\n"
		  "[host b]\nrole = backuppc\naddress = 10.1.0.9\n"
		  "[host w]\nbackuppc = rsyncd\naddress = 10.2.0.9\n",
		  "BackupPC-ssh/b/c/control/ip tcp 10.1.0.9 1024-65535 > 10.2.0.2 22\n"
		  "BackupPC-smb/b/c/control/ip tcp 10.1.0.9 1024-65535 > 10.2.0.2 445\n"
		  "BackupPC-rsyncd/b/w/control/ip tcp 10.1.0.9 1024-65535 > 10.2.0.9 873\n");
	/* Said of the site, it is about the clients, not about every machine. */
	expect_of("BackupPC", "[site]\nbackuppc = ssh\n" SERVER CLIENT PLAIN_GATEWAY
		  "[host b]\nrole = backuppc\naddress = 10.1.0.9\n",
		  "BackupPC-ssh/b/c/control/ip tcp 10.1.0.9 1024-65535 > 10.2.0.2 22\n"
		  " g: 10.1.0.9 1024-65535 > 10.2.0.2 22\n");
}
END_TEST

/* It is about the service of the host's own auth: amandad, or sshd. */
START_TEST(client_port)
{
	expect_of("amcheck", SERVER "client-port = 10090\n" CLIENT "client-port = 10091\n"
		  "[host d]\nrole = client\naddress = 10.2.0.3\nauth = ssh\nclient-port = 2222\n"
		  "[host e]\nrole = client\naddress = 10.2.0.4\nauth = krb5\n",
		  "amcheck/s/c/control/ip tcp 10.1.0.2 512-1023 > 10.2.0.2 10091\n"
		  "amcheck/s/d/control/ip tcp 10.1.0.2 1024-65535 > 10.2.0.3 2222\n"
		  "amcheck/s/e/control/ip tcp 10.1.0.2 512-1023 > 10.2.0.4 10082\n");
	expect_of("amrecover-index", SERVER "client-port = 10090\n" CLIENT
		  "[host d]\nrole = client\naddress = 10.2.0.3\nauth = ssh\n",
		  "amrecover-index/c/s/control/ip tcp 10.2.0.2 512-1023 > 10.1.0.2 10090\n"
		  "amrecover-index/d/s/control/ip tcp 10.2.0.3 1024-65535 > 10.1.0.2 22\n");
}
END_TEST

START_TEST(forwards_of_several_ports)
{
	static const char site[] = SERVER CLIENT "old-recovery = yes\n"
		"[host d]\nrole = client\naddress = 10.2.0.3\nauth = ssh\n" PLAIN_GATEWAY
		"nat = forward 10.2.0.1:22 -> s\nnat = forward 10.2.0.1:10081 -> s\n";

	expect_of("amrecover-index/d", site,
		  "amrecover-index/d/s/control/ip tcp 10.2.0.3 1024-65535 > 10.2.0.1 22\n"
		  " g: 10.2.0.3 1024-65535 > 10.1.0.2 22\n");
	expect_of("amrecover-index/c", site,
		  "amrecover-index/c/s/control/ip tcp 10.2.0.2 512-1023 > 10.2.0.1 10081\n"
		  " g: 10.2.0.2 512-1023 > 10.1.0.2 10080\n");
	/* What no forward names keeps its port at the forwarding address. */
	expect_of("amoldrecover-index", site,
		  "amoldrecover-index/c/s/control/ip tcp 10.2.0.2 512-1023 > 10.2.0.1 10082\n"
		  " g: 10.2.0.2 512-1023 > 10.1.0.2 10082\n");
}
END_TEST

static void expect_interfaces(const char *lines, const char *in, const char *out)
{
	char text[512];
	struct site site;
	struct flows flows;

	snprintf(text, sizeof(text), "%s%s%s[host o]\nrole = client\naddress = 192.0.2.7\n",
		 SERVER, PLAIN_GATEWAY, lines);
	flows_of(&flows, &site, text);
	ck_assert_uint_eq(flows.flow[0].loopback, 1);
	ck_assert_uint_eq(flows.flow[2].hop_count, 1);
	ck_assert_pstr_eq(flows.flow[2].hops[0].in_interface, in);
	ck_assert_pstr_eq(flows.flow[2].hops[0].out_interface, out);
	flows_free(&flows);
	site_free(&site);
}

START_TEST(interfaces_of_hops)
{
	expect_interfaces("", NULL, NULL);
	expect_interfaces("interface = lan 10.1.0.1\n", "lan", "lan");
	expect_interfaces("interface = lan 10.1.0.1\ninterface = wan 10.2.0.1\n", "lan", "wan");
	expect_interfaces("interface = a 10.2.0.1 default\ninterface = b 10.1.0.1\n", "b", "a");
	expect_interfaces("interface = a 10.1.0.1\ninterface = b 10.2.0.1\ninterface = c\n",
			  "a", NULL);
	expect_interfaces("interface = a 10.1.0.1\ninterface = b 10.2.0.1\n"
			  "interface = c default\n", "a", "c");
	expect_interfaces("interface = a 10.2.0.1 default\n", NULL, "a");
}
END_TEST

START_TEST(interfaces_of_ends)
{
	struct site site;
	struct address near, far;

	site_of(&site, SERVER "interface = eth0 10.1.0.2\n" CLIENT
		"interface = a default\ninterface = b 10.2.0.2\n");
	ck_assert(address_parse("10.1.0.77", &near));
	ck_assert(address_parse("192.0.2.7", &far));
	ck_assert_str_eq(host_interface_to(&site.hosts[0], &near), "eth0");
	ck_assert_str_eq(host_interface_to(&site.hosts[0], &far), "eth0");
	ck_assert_str_eq(host_interface_to(&site.hosts[1], &far), "a");
	ck_assert_str_eq(host_interface_to(&site.hosts[1], &site.hosts[1].address[0]), "b");
	site_free(&site);
}
END_TEST

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

START_TEST(ids_are_unique)
{
	static const char site_text[] = "[site]\nauth = bsd\nold-recovery = yes\n"
		"client-dump = yes\ndirect-tcp = yes\nbackuppc = ssh rsyncd smb\n"
		"[host s]\nrole = server client\naddress = 10.1.0.2 10.1.0.3 2001:db8::2\n"
		"[host t]\nrole = server client backuppc\naddress = 10.1.0.4 2001:db8::4\n"
		"auth = rsh\n" NAS(1) NAS(2) CLIENT;
	char (*ids)[FLOW_ID_MAX];
	struct site site;
	struct flows flows;
	size_t i;

	flows_of(&flows, &site, site_text);
	ids = calloc(flows.count, sizeof(*ids));
	for (i = 0; i < flows.count; i++)
		flow_id(&flows.flow[i], ids[i]);
	qsort(ids, flows.count, sizeof(*ids), by_text);
	for (i = 1; i < flows.count; i++)
		ck_assert_str_ne(ids[i - 1], ids[i]);
	free(ids);
	flows_free(&flows);
	site_free(&site);
}
END_TEST

/* Time is measured elsewhere; here, that the memory stays whole. */
START_TEST(ten_thousand_clients)
{
	struct site site;
	struct flows flows;
	char *text;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	fputs("[site]\nauth = bsd\n" SERVER PLAIN_GATEWAY, out);
	for (i = 0; i < 10000; i++)
		fprintf(out, "[host c%zu]\nrole = client\naddress = 10.3.%zu.%zu\n", i, i / 250,
			i % 250 + 1);
	fclose(out);
	flows_of(&flows, &site, text);
	ck_assert_uint_eq(flows.count, 2 + 10000 * 19);
	ck_assert_uint_eq(flows.flow[flows.count - 1].hop_count, 1);
	ck_assert_ptr_eq(flows.flow[2].hops[0].gateway, &site.hosts[1]);
	free(text);
	flows_free(&flows);
	site_free(&site);
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

/* Who is on a third side of the gateway is routed, and dials the real address. */
START_TEST(forward_is_for_its_own_side)
{
	static const char site[] = SERVER CLIENT "[host o]\nrole = client\naddress = 192.0.2.7\n"
		"[host g]\nrole = gateway\naddress = 10.1.0.1 10.2.0.1 203.0.113.9\n"
		"nat = forward 203.0.113.9 -> s\n";

	expect_of("amrecover-index", site,
		  "amrecover-index/c/s/control/ip tcp 10.2.0.2 512-1023 > 10.1.0.2 10080\n"
		  " g: 10.2.0.2 512-1023 > 10.1.0.2 10080\n"
		  "amrecover-index/o/s/control/ip tcp 192.0.2.7 512-1023 > 203.0.113.9 10080\n"
		  " g: 192.0.2.7 512-1023 > 10.1.0.2 10080\n");
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
		ck_assert_ptr_nonnull(auth_find(name)->reason);
		ck_assert(!auth_find(name)->helper || auth_find(name)->streams != STREAMS_INSIDE);
	}
	for (i = 0; i < operation_count; i++) {
		ck_assert_ptr_nonnull(operations[i].reason);
		ck_assert(operations[i].initiator != operations[i].responder ||
			  operations[i].initiator == ROLE_STORAGE ||
			  operation_stays(&operations[i]));
	}
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_test(tests, bsd_opens_each_stream);
	tcase_add_test(tests, bsdudp_opens_one_stream);
	tcase_add_loop_test(tests, tcp_auths_open_none, 0, 4);
	tcase_add_test(tests, index_no);
	tcase_add_test(tests, ranges_are_of_their_host);
	tcase_add_test(tests, a_machine_needs_no_wire_for_itself);
	tcase_add_test(tests, rsh_connects_back);
	tcase_add_test(tests, roles_of_what_connects_back);
	tcase_add_test(tests, rsh_stops_at_translations);
	tcase_add_test(tests, old_recovery);
	tcase_add_test(tests, dumps_that_clients_start);
	tcase_add_test(tests, tape_services);
	tcase_add_test(tests, backuppc);
	tcase_add_test(tests, client_port);
	tcase_add_test(tests, forwards_of_several_ports);
	tcase_add_test(tests, interfaces_of_hops);
	tcase_add_test(tests, interfaces_of_ends);
	tcase_add_test(tests, ids_are_unique);
	tcase_add_test(tests, ten_thousand_clients);
	tcase_add_test(tests, families_pair_up);
	tcase_add_test(tests, gateways_stand_between_nets);
	tcase_add_test(tests, masquerade_and_forward);
	tcase_add_test(tests, forward_of_the_own_side);
	tcase_add_test(tests, forward_is_for_its_own_side);
	tcase_add_test(tests, two_gateways);
	tcase_add_test(tests, a_gateway_is_met_on_the_own_side);
	tcase_add_test(tests, too_many_gateways);
	tcase_add_test(tests, the_table_is_whole);
}

int main(void)
{
	return suite_main("flow", add_tests);
}
