// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan for ufw: parts of the files that it loads beside its own rules, a
 * profile of the ports, and a page that says in plain words where each goes.
 *
 * ufw's own rules know no helper, and source ports only without a profile, so
 * what matters is in chains that ufw's jump to first.  What ufw accepts behind
 * them stays accepted: whatever is related to whatever, for one.
 */
#include <errno.h>
#include <string.h>

#include "emit/emit.h"
#include "emit/ufw_profile.h"
#include "emit/xtables.h"

#define BEGIN	"# BEGIN amfw"
#define END	"# END amfw"
#define SKIPPED	(1u << ACT_REPLY | 1u << ACT_TIMEOUT)

static const char *const chains[PLACE_COUNT] = {
	[PLACE_TRACK_IN] = "amfw-track-in",
	[PLACE_TRACK_OUT] = "amfw-track-out",
	[PLACE_DSTNAT] = "amfw-dstnat",
	[PLACE_INPUT] = "amfw-input",
	[PLACE_FORWARD] = "amfw-forward",
	[PLACE_OUTPUT] = "amfw-output",
	[PLACE_SRCNAT] = "amfw-srcnat",
};

static const char *const before[PLACE_COUNT] = {
	[PLACE_INPUT] = "before-input",
	[PLACE_FORWARD] = "before-forward",
	[PLACE_OUTPUT] = "before-output",
};

static const struct {
	sa_family_t family;
	const char *tool;
	const char *file;
	const char *ufw;
} families[] = {
	{ AF_INET, "iptables", "before.rules", "ufw" },
	{ AF_INET6, "ip6tables", "before6.rules", "ufw6" },
};

#define FAMILY_COUNT	(sizeof(families) / sizeof(*families))

/* ufw lets through what answers a flow by itself, and has no timeouts. */
static bool used(const struct plan *plan, sa_family_t family, enum place place)
{
	enum action action;

	for (action = 0; action < ACT_COUNT; action++)
		if (!(SKIPPED & 1u << action) && xtables_has(plan, family, place, action))
			return plan_uses(plan, place);
	return false;
}

static bool used_table(const struct plan *plan, sa_family_t family, const char *table)
{
	enum place place;

	for (place = 0; place < PLACE_COUNT; place++)
		if (!strcmp(xtables_table_of[place], table) && used(plan, family, place))
			return true;
	return false;
}

static bool used_family(const struct plan *plan, sa_family_t family)
{
	size_t i;

	for (i = 0; i < xtables_table_count; i++)
		if (used_table(plan, family, xtables_tables[i]))
			return true;
	return false;
}

static void put_title(const struct plan *plan, FILE *out, const char *before_it)
{
	char host[COMMENT_MAX];

	host_comment(plan->host, host);
	fprintf(out, "%s: Amanda's flows at %s.\n", before_it, host);
}

/* ufw's chains are empty whenever it loads these files, others keep their rules. */
static void put_jump(const struct xtables *xt, const char *ufw, enum place place)
{
	fprintf(xt->out, ":%s - [0:0]\n", chains[place]);
	if (before[place])
		fprintf(xt->out, "-I %s-%s 1 -j %s\n", ufw, before[place], chains[place]);
	else
		fprintf(xt->out, "-A %s -j %s\n", xtables_builtin[place], chains[place]);
}

/* ufw would let through whatever the helper expected, at any port. */
static void put_related(const struct xtables *xt, enum place place)
{
	if (xt->plan->options.helper && plan_has(xt->plan, PLACE_COUNT, ACT_HELPER))
		fprintf(xt->out,
			"-A %s -p tcp -m conntrack --ctstate RELATED -m helper --helper %s -m comment --comment \"streams to other ports\" -j DROP\n",
			chains[place], xt->plan->options.helper);
}

static int put_place(const struct xtables *xt, const char *ufw, enum place place)
{
	int err;

	put_jump(xt, ufw, place);
	if (before[place])
		xtables_common(xt, place);
	err = xtables_rules(xt, place);
	if (before[place] && plan_drops(xt->plan, place))
		put_related(xt, place);
	return err;
}

static int put_table(const struct xtables *xt, const char *table, const char *ufw)
{
	enum place place;
	int err = 0;

	fprintf(xt->out, "*%s\n", table);
	for (place = 0; place < PLACE_COUNT && !err; place++)
		if (!strcmp(xtables_table_of[place], table) && used(xt->plan, xt->family, place))
			err = put_place(xt, ufw, place);
	fputs("COMMIT\n", xt->out);
	return err;
}

static int write_rules(const struct plan *plan, struct output *output, size_t number)
{
	struct xtables xt = {
		.plan = plan, .family = families[number].family, .chains = chains, .skip = SKIPPED,
	};
	char path[64];
	size_t i;
	int err = 0;

	snprintf(path, sizeof(path), "etc/ufw/amfw/%s", families[number].file);
	xt.out = output_file(output, path, 0640);
	if (!xt.out)
		return -ENOMEM;
	put_title(plan, xt.out, BEGIN);
	fprintf(xt.out, "# For the end of /etc/ufw/%s: see README.\n", families[number].file);
	for (i = 0; i < xtables_table_count && !err; i++)
		if (used_table(plan, xt.family, xtables_tables[i]))
			err = put_table(&xt, xtables_tables[i], families[number].ufw);
	fputs(END "\n", xt.out);
	return err;
}

/* Without it each reload would add one more jump, and "ufw disable" leave them. */
static int write_hook(const struct plan *plan, struct output *output)
{
	FILE *out = output_file(output, "etc/ufw/amfw/before.init", 0640);
	enum place place;
	size_t i;

	if (!out)
		return -ENOMEM;
	put_title(plan, out, BEGIN);
	fputs("# For the end of /etc/ufw/before.init: see README.  ufw empties its own chains\n"
	      "# before it loads before.rules again, but not those of the tables raw and nat.\n"
	      "amfw_forget() { # amfw_forget TOOL TABLE CHAIN OWN-CHAIN\n"
	      "\twhile \"$1\" -w -t \"$2\" -D \"$3\" -j \"$4\" 2>/dev/null; do :; done\n"
	      "\t\"$1\" -w -t \"$2\" -F \"$4\" 2>/dev/null || :\n"
	      "\t\"$1\" -w -t \"$2\" -X \"$4\" 2>/dev/null || :\n"
	      "}\n"
	      "case \"$1\" in\nstart | stop | flush-all)\n", out);
	for (i = 0; i < FAMILY_COUNT; i++)
		for (place = 0; place < PLACE_COUNT; place++)
			if (!before[place])
				fprintf(out, "\tamfw_forget %s %s %s %s\n", families[i].tool,
					xtables_table_of[place], xtables_builtin[place], chains[place]);
	fputs("\t;;\nesac\n" END "\n", out);
	return 0;
}

static void put_commands(const struct plan *plan, FILE *out)
{
	size_t i;

	fputs("\nHow to install them\n-------------------\n"
	      "Put the folder etc/ufw into the machine's own /etc (--output / did that already).\n"
	      "Then, as root:\n\n", out);
	fputs("\tsed -i '/^" BEGIN "/,/^" END "/d' /etc/ufw/before.rules /etc/ufw/before6.rules /etc/ufw/before.init\n",
	      out);
	for (i = 0; i < FAMILY_COUNT; i++)
		if (used_family(plan, families[i].family))
			fprintf(out, "\tcat /etc/ufw/amfw/%s >>/etc/ufw/%s\n", families[i].file,
				families[i].file);
	fputs("\tcat /etc/ufw/amfw/before.init >>/etc/ufw/before.init\n"
	      "\tchmod 750 /etc/ufw/before.init\n", out);
	fputs("\tufw reload\n\n"
	      "The first line takes out what an earlier run has put there, so the same lines\n"
	      "serve to replace it.  Where ufw is not active yet, the last one is \"ufw enable\".\n"
	      "To take everything out: ufw disable, the first line, ufw enable.\n", out);
}

static void put_files(const struct plan *plan, FILE *out)
{
	size_t i;

	fputs("\nThe files\n---------\n", out);
	for (i = 0; i < FAMILY_COUNT; i++)
		if (used_family(plan, families[i].family))
			fprintf(out, "amfw/%s: to be added at the end of /etc/ufw/%s.\n",
				families[i].file, families[i].file);
	fputs("amfw/before.init: to be added at the end of /etc/ufw/before.init, which has to be\n"
	      "executable.  It lets \"ufw reload\" and \"ufw disable\" take out of the tables raw and\n"
	      "nat what before.rules put there.\n", out);
	if (ufw_has_profile(plan))
		fputs("applications.d/amfw: the ports by name, for rules of your own, such as\n"
		      "ufw allow from ADDRESS app NAME; \"ufw app list\" shows the names.  Nothing needs\n"
		      "them: the parts above hold the rules, and say source ports and helpers too.\n", out);
}

static void put_policy(const struct plan *plan, FILE *out)
{
	bool gateway = plan_drops(plan, PLACE_FORWARD);

	fputs("\nWhat else has to be so\n----------------------\n", out);
	if (plan_drops(plan, PLACE_INPUT))
		fputs("Everything but Amanda is to be refused here, ssh and name service too:\n\n"
		      "\tufw default deny incoming\n\tufw default deny outgoing\n\n", out);
	if (gateway)
		fputs("This machine forwards for others: net/ipv4/ip_forward=1 (and for IPv6\n"
		      "net/ipv6/conf/all/forwarding=1) in /etc/ufw/sysctl.conf, and\n\n"
		      "\tufw default deny routed\n\n", out);
	if (used_family(plan, AF_INET6))
		fputs("IPV6=yes in /etc/default/ufw, or ufw never reads before6.rules.\n", out);
	if (plan_has(plan, PLACE_COUNT, ACT_TIMEOUT))
		fprintf(out,
			"Without the helper the kernel forgets a request before a long estimate answers\n"
			"it.  In /etc/ufw/sysctl.conf: net/netfilter/nf_conntrack_udp_timeout=%u and\n"
			"net/netfilter/nf_conntrack_udp_timeout_stream=%u.\n", AMANDA_REPLY_SECONDS,
			AMANDA_REPLY_SECONDS);
}

static void put_limits(FILE *out)
{
	fputs("\nWhat ufw cannot say\n-------------------\n"
	      "Its own rules follow these, and accept what is related to any connection: of what\n"
	      "Amanda's helper expected only the streams to the ports of the site file, but all\n"
	      "that other helpers expect.  \"ufw status\" does not show these rules: iptables -S\n"
	      "amfw-input, amfw-forward or amfw-output does, and iptables -t raw -S.\n", out);
}

static int write_readme(const struct plan *plan, struct output *output)
{
	FILE *out = output_file(output, "etc/ufw/amfw/README", 0644);
	char host[COMMENT_MAX];

	if (!out)
		return -ENOMEM;
	host_comment(plan->host, host);
	fprintf(out, "Amanda's flows at %s, for ufw.\nWritten by amfwctl generate --format ufw%s.\n",
		host, plan->options.helper ? "" : " --no-helper");
	put_files(plan, out);
	put_commands(plan, out);
	put_policy(plan, out);
	put_limits(out);
	return 0;
}

/**
 * ufw_write() - write a plan for ufw
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int ufw_write(const struct plan *plan, struct output *output, FILE *errors)
{
	size_t i;
	int err = 0;

	(void)errors;
	if (ufw_has_profile(plan))
		err = ufw_profile_write(plan, output);
	for (i = 0; i < FAMILY_COUNT && !err; i++)
		if (used_family(plan, families[i].family))
			err = write_rules(plan, output, i);
	if (!err)
		err = write_hook(plan, output);
	if (!err)
		err = write_readme(plan, output);
	return err ? err : output_end(output);
}
