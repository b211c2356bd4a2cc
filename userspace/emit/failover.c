// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conntrackd.conf(5) for two gateways of which one takes over from the other.
 *
 * A dump lasts for hours.  The gateway that takes over has to know its
 * connections, and the control flow behind an expectation, or it drops them.
 *
 * What this file cannot say: conntrackd 1.4.7 sends of an expectation its
 * addresses, ports, flags and helper, but libnetfilter_conntrack 1.0.9 sets
 * neither class nor translation nor function (src/expect/build_mnl.c).  A
 * stream that was announced before a failover and connects after it is let
 * through, and not translated.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "emit/demand.h"
#include "emit/emit.h"
#include "flow/words.h"

/* Its name in the examples of conntrackd; registered for nothing else. */
#define SYNC_PORT	3780
#define BUCKETS_USUAL	32768
#define ENTRIES_TO_BUCKET	4

/**
 * struct link - the wire between the two gateways
 * @interface: by which this one reaches the other
 * @local: its own address there
 * @peer: the other's
 * @given: false: they have to be filled in
 */
struct link {
	char interface[INTERFACE_NAME_SIZE];
	struct address local;
	struct address peer;
	bool given;
};

static int wrong_link(const char *text, FILE *errors)
{
	fprintf(errors, "amfwctl: --sync \"%s\": not INTERFACE,ADDRESS,ADDRESS\n"
		"of the link between the two gateways: this one's interface and address,\n"
		"the other's address\n", text);
	return -EINVAL;
}

static bool is_interface(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (!isascii(name[i]) || (!isalnum((unsigned char)name[i]) &&
					  !strchr("._-", name[i])))
			return false;
	return i && i < INTERFACE_NAME_SIZE;
}

/* "eth2,192.0.2.1,192.0.2.2" */
static int link_read(struct link *link, const char *text, FILE *errors)
{
	char copy[2 * INET6_ADDRSTRLEN + INTERFACE_NAME_SIZE + 2], *rest = copy, *word;

	memset(link, 0, sizeof(*link));
	if (!text)
		return 0;
	if (strlen(text) >= sizeof(copy))
		return wrong_link(text, errors);
	strcpy(copy, text);
	word = strsep(&rest, ",");
	if (!is_interface(word))
		return wrong_link(text, errors);
	strcpy(link->interface, word);
	word = strsep(&rest, ",");
	if (!word || !address_parse(word, &link->local) || !address_is_host(&link->local))
		return wrong_link(text, errors);
	if (!rest || !address_parse(rest, &link->peer) || !address_is_host(&link->peer) ||
	    link->peer.family != link->local.family || address_equal(&link->local, &link->peer))
		return wrong_link(text, errors);
	link->given = true;
	return 0;
}

static void put_link(FILE *out, const struct link *link)
{
	char local[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN];
	const char *family = link->local.family == AF_INET6 ? "IPv6" : "IPv4";

	if (!link->given) {
		fputs("\t# TO BE FILLED IN, or given as --sync INTERFACE,ADDRESS,ADDRESS: a link between\n"
		      "\t# the two gateways alone, since nobody proves who he is there.  conntrackd\n"
		      "\t# refuses this file until then.\n"
		      "\tUDP {\n"
		      "\t\tIPv4_address ADDRESS-OF-THIS-GATEWAY\n"
		      "\t\tIPv4_Destination_Address ADDRESS-OF-THE-OTHER\n", out);
		fprintf(out, "\t\tPort %u\n\t\tInterface INTERFACE\n", SYNC_PORT);
	} else {
		address_print(&link->local, local);
		address_print(&link->peer, peer);
		fprintf(out, "\t# A link between the two gateways alone: nobody proves who he is there.\n"
			"\t# On the other one the two addresses change places.\n"
			"\tUDP {\n\t\t%s_address %s\n\t\t%s_Destination_Address %s\n"
			"\t\tPort %u\n\t\tInterface %s\n", family, local, family, peer, SYNC_PORT,
			link->interface);
	}
	fputs("\t\tSndSocketBuffer 1249280\n\t\tRcvSocketBuffer 1249280\n\t\tChecksum on\n\t}\n", out);
}

static void put_expectations(FILE *out, const struct plan *plan)
{
	char comment[COMMENT_MAX];
	size_t i;

	if (!demand_helper(plan))
		return;
	fputs("\t\t# Streams that were announced and have not come yet:\n", out);
	for (i = 0; i < plan->count; i++) {
		if (plan->rules[i].action != ACT_ACCEPT || !plan->rules[i].by_helper)
			continue;
		rule_comment(plan, &plan->rules[i], NULL, comment);
		fprintf(out, "\t\t#   %s\n", comment);
	}
	fprintf(out, "\t\t# The rules of both gateways have to attach the helper, under this name.\n"
		"\t\tExpectationSync {\n\t\t\t%s\n\t\t}\n", plan->options.helper);
}

static void put_sync(FILE *out, const struct plan *plan, const struct link *link)
{
	fputs("Sync {\n"
	      "\tMode FTFW {\n"
	      "\t\tDisableExternalCache off\n"
	      "\t\tStartupResync on\n"
	      "\t}\n", out);
	put_link(out, link);
	fputs("\tOptions {\n"
	      "\t\t# Windows are not sent: the other gateway lets any pass.\n"
	      "\t\tTCPWindowTracking off\n", out);
	put_expectations(out, plan);
	fputs("\t}\n}\n\n", out);
}

static void put_ignored(FILE *out, const struct link *link)
{
	char text[INET6_ADDRSTRLEN];
	const struct address *const ends[] = { &link->local, &link->peer };
	size_t i;

	fputs("\t\t# Not the gateway's own addresses: streams that it forwards go to those.\n"
	      "\t\tAddress Ignore {\n\t\t\tIPv4_address 127.0.0.1\n\t\t\tIPv6_address ::1\n", out);
	for (i = 0; link->given && i < 2; i++) {
		address_print(ends[i], text);
		fprintf(out, "\t\t\t%s_address %s\n",
			ends[i]->family == AF_INET6 ? "IPv6" : "IPv4", text);
	}
	fputs("\t\t}\n", out);
}

static void put_general(FILE *out, const struct demand *demand, const struct link *link)
{
	unsigned long buckets = demand_round(demand->connections, BUCKETS_USUAL);

	fprintf(out, "General {\n"
		"\tSystemd on\n"
		"\tSyslog on\n"
		"\tLockFile /var/lock/conntrack.lock\n"
		"\tUNIX {\n\t\tPath /var/run/conntrackd.ctl\n\t}\n"
		"\t# Up to %lu connections at the same time are Amanda's.\n"
		"\tHashSize %lu\n"
		"\tHashLimit %lu\n"
		"\tNetlinkBufferSize 2097152\n"
		"\tNetlinkBufferSizeMaxGrowth 8388608\n", demand->connections, buckets,
		buckets * ENTRIES_TO_BUCKET);
	fputs("\tFilter From Userspace {\n"
	      "\t\t# UDP carries the control flows, without which nothing is expected.\n"
	      "\t\tProtocol Accept {\n\t\t\tTCP\n\t\t\tUDP\n\t\t}\n", out);
	put_ignored(out, link);
	fputs("\t}\n}\n", out);
}

/*
 * handle_amanda() in src/helpers/amanda.c of conntrack-tools 1.4.7 overwrites
 * the announced port with the request's own, and keeps one stream of several.
 */
static void put_no_helper(FILE *out)
{
	fputs("\n# No section \"Helper\" with \"Type amanda\": conntrackd's own helper expects the source\n"
	      "# port of the request in place of the port that was announced, and one stream of\n"
	      "# several (1.4.7, ct_helper_amanda).  The helper is the kernel's, on both gateways;\n"
	      "# load it there before conntrackd starts (format modules-load).\n", out);
}

static void put_use(FILE *out)
{
	fputs("# For /etc/conntrackd/conntrackd.conf of the one gateway; the other's differs in\n"
	      "# the two addresses of the link.  The gateway that takes over has to run\n"
	      "#\tconntrackd -c && conntrackd -f && conntrackd -R && conntrackd -B\n"
	      "# (primary-backup.sh of conntrackd's examples, called by keepalived); its rules are\n"
	      "# the same, and translated addresses move to it.\n"
	      "# A stream that was announced before and connects after that is let through, but\n"
	      "# where it has to be translated it fails: conntrackd does not send that part of\n"
	      "# an expectation.  Amanda tries such a dump again.\n\n", out);
}

static int no_gateway(const struct plan *plan)
{
	site_error(plan->site, plan->host->name_span,
		   "conntrackd keeps two gateways alike, and %s is none", plan->host->name);
	return -EINVAL;
}

/**
 * conntrackd_write() - write a conntrackd.conf
 * @plan: the plan
 * @output: where to
 * @errors: where complaints about --sync go
 *
 * Return: 0; -EINVAL after a complaint; or -ENOMEM.
 */
int conntrackd_write(const struct plan *plan, struct output *output, FILE *errors)
{
	struct demand demand;
	struct link link;
	FILE *out;

	if (!(plan->host->roles & ROLE_GATEWAY))
		return no_gateway(plan);
	if (link_read(&link, plan->options.sync, errors))
		return -EINVAL;
	out = output_file(output, "etc/conntrackd/conntrackd.conf", 0644);
	if (!out || demand_of(plan, &demand))
		return -ENOMEM;
	title_put(out, plan, "Failover of Amanda's flows", "conntrackd");
	put_use(out);
	put_sync(out, plan, &link);
	put_general(out, &demand, &link);
	put_no_helper(out);
	return output_end(output);
}
