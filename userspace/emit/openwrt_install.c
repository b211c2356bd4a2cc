// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the parts of the format openwrt get into a router: a page that says what
 * they need, and a script that puts them there or takes them out again.
 */
#include <errno.h>
#include <string.h>

#include "emit/openwrt.h"

/* Of fw4's own list of helpers. */
#define KNOWN_HELPER	"amanda"
#define LIST		"/usr/share/firewall4/helpers"
#define BEGIN		"# BEGIN amfw"
#define END		"# END amfw"

static bool needs_helper(const struct plan *plan)
{
	return plan_has(plan, PLACE_COUNT, ACT_HELPER);
}

static bool needs_list(const struct plan *plan)
{
	return needs_helper(plan) && strcmp(plan->options.helper, KNOWN_HELPER);
}

static int write_list(const struct plan *plan, struct output *output)
{
	FILE *out = output_file(output, OPENWRT_FOLDER "helpers", 0644);

	if (!out)
		return -ENOMEM;
	fprintf(out, BEGIN "\n# Amanda's helper by the name that its module was told to register.\n"
		"config helper\n\toption name '%s'\n\toption description 'Amanda'\n"
		"\toption module '" OPENWRT_MODULE "'\n\toption family 'any'\n"
		"\toption proto 'udp'\n\toption port '%u'\n" END "\n", plan->options.helper, AMANDA_PORT);
	return 0;
}

/* Without the module fw4 writes the rule, but not the object that it names. */
static void put_helper(const struct plan *plan, FILE *out)
{
	if (!needs_helper(plan))
		return;
	fputs("\t[ -d /sys/module/" OPENWRT_MODULE " ] ||\n"
	      "\t\tfail 'no " OPENWRT_MODULE ": install kmod-nf-nathelper-extra, or this project'\\''s own'\n",
	      out);
	if (needs_list(plan))
		fputs("\tcat /" OPENWRT_FOLDER "helpers >>\"$list\"\n", out);
}

/* fw4 only warns of a section that it leaves out. */
static int write_script(const struct plan *plan, struct output *output)
{
	FILE *out = output_file(output, OPENWRT_FOLDER "apply", 0755);
	char host[COMMENT_MAX];

	if (!out)
		return -ENOMEM;
	host_comment(plan->host, host);
	fprintf(out, "#!/bin/sh\n# Amanda's flows at %s, for OpenWrt.\n"
		"# apply: put the sections into /etc/config/firewall, instead of those of an\n"
		"#\tearlier run; apply remove: take them out.  Nothing changes before fw4 has\n"
		"#\tfound no fault.\n"
		"set -u\n\nlist=" LIST "\ncp \"$list\" \"$list.amfw\"\n\n"
		"fail() {\n\techo \"$0: $*\" >&2\n\tuci revert firewall\n"
		"\tmv \"$list.amfw\" \"$list\"\n\texit 1\n}\n\n"
		"forget() {\n"
		"\tuci show firewall | sed -n 's/^firewall\\.\\(" OPENWRT_PREFIX
		"[a-z0-9_]*\\)=.*/\\1/p' |\n"
		"\t\twhile read -r section; do\n"
		"\t\t\tuci delete \"firewall.$section\"\n"
		"\t\tdone\n"
		"\tsed -i '/^" BEGIN "/,/^" END "/d' \"$list\"\n}\n\n", host);
	fputs("check() {\n"
	      "\ttalk=$(fw4 check 2>&1) || fail \"$talk\"\n"
	      "\tcase $talk in\n"
	      "\t*\"Section " OPENWRT_PREFIX "\"*) fail \"$talk\" ;;\n"
	      "\tesac\n}\n\n"
	      "forget\nif [ \"${1-}\" != remove ]; then\n", out);
	put_helper(plan, out);
	fputs("\tuci -m import firewall </" OPENWRT_FOLDER "firewall.uci || fail 'not imported'\n"
	      "fi\n"
	      "check\n"
	      "rm \"$list.amfw\"\nuci commit firewall && /etc/init.d/firewall reload\n", out);
	return 0;
}

static void put_files(const struct plan *plan, FILE *out)
{
	fputs("\nThe files, below /" OPENWRT_FOLDER "\n-------------------------\n"
	      "apply: puts the rest into place; \"apply remove\" takes it out.\n"
	      "firewall.uci: sections for /etc/config/firewall; their names begin with " OPENWRT_PREFIX ".\n"
	      "hosts_...: addresses that the sections match, from ... to.\n", out);
	if (openwrt_part_needed(plan, PLACE_INPUT) || openwrt_part_needed(plan, PLACE_FORWARD) ||
	    openwrt_part_needed(plan, PLACE_OUTPUT))
		fputs("input.nft, forward.nft, output.nft: what uci has no words for; the sections have\n"
		      "fw4 include them at the head of its chains.\n", out);
	if (needs_list(plan))
		fputs("helpers: for the end of " LIST ", where fw4 finds helpers.\n",
		      out);
}

static void put_commands(FILE *out)
{
	fputs("\nHow to install them\n-------------------\n"
	      "Put the folder etc/amfw into the router's /etc, then, there:\n\n"
	      "\tsh /" OPENWRT_FOLDER "apply\n\n"
	      "To keep them over an upgrade: echo /" OPENWRT_FOLDER " >>/etc/sysupgrade.conf\n", out);
}

static void put_policy(const struct plan *plan, FILE *out)
{
	static const struct {
		enum place place;
		const char *option;
	} policies[] = {
		{ PLACE_INPUT, "input" },
		{ PLACE_FORWARD, "forward" },
		{ PLACE_OUTPUT, "output" },
	};
	size_t i;

	fputs("\nWhat else has to be so\n----------------------\n"
	      "What is not named is to be refused where a line here says so; apply commits it:\n\n", out);
	for (i = 0; i < sizeof(policies) / sizeof(*policies); i++)
		if (plan_drops(plan, policies[i].place))
			fprintf(out, "\tuci set firewall.@defaults[0].%s=DROP\n",
				policies[i].option);
	fputs("These sections stand behind those that were there: a rule of any zone (src '*')\n"
	      "comes first, and so does a redirect of the zone that a packet comes from.  What a\n"
	      "zone accepts, by its own \"input\", \"output\" and \"forward\" or by a \"forwarding\",\n"
	      "stays accepted where no rule here refuses it.\n", out);
	if (needs_helper(plan))
		fputs("The helper's module: kmod-nf-nathelper-extra has the kernel's own.\n", out);
	if (plan_has(plan, PLACE_COUNT, ACT_TIMEOUT))
		fprintf(out,
			"Without the helper the kernel forgets a request before a long estimate answers\n"
			"it.  In /etc/sysctl.d/amfw.conf: net.netfilter.nf_conntrack_udp_timeout=%u and\n"
			"net.netfilter.nf_conntrack_udp_timeout_stream=%u.\n", AMANDA_REPLY_SECONDS,
			AMANDA_REPLY_SECONDS);
}

static void put_limits(const struct plan *plan, FILE *out)
{
	fputs("\nWhat fw4 cannot say\n-------------------\n"
	      "It lets through what is related to any connection: of what Amanda's helper\n"
	      "expected only the streams to the ports of the site file where this machine drops\n"
	      "the rest, but all that other helpers expect.\n", out);
	if (plan_has(plan, PLACE_SRCNAT, ACT_TRANSLATE))
		fputs("A translation of the source matches no set: there is one for each pair of\n"
		      "machines, which the first packet of each connection meets.\n", out);
	if (plan_has(plan, PLACE_DSTNAT, ACT_TRANSLATE))
		fputs("The zone " OPENWRT_PREFIX "all lets through what anybody has translated to another\n"
		      "destination, as any zone with a redirect does, where no other zone decided.\n", out);
}

static int write_readme(const struct plan *plan, struct output *output)
{
	FILE *out = output_file(output, OPENWRT_FOLDER "README", 0644);
	char host[COMMENT_MAX];

	if (!out)
		return -ENOMEM;
	host_comment(plan->host, host);
	fprintf(out, "Amanda's flows at %s, for OpenWrt 22.03 and later (fw4).\n"
		"Written by amfwctl generate --format openwrt%s.\n", host,
		plan->options.helper ? "" : " --no-helper");
	put_files(plan, out);
	put_commands(out);
	put_policy(plan, out);
	put_limits(plan, out);
	return 0;
}

/**
 * openwrt_install() - write what puts the sections into a router
 * @plan: the plan
 * @output: where to
 *
 * Return: 0, or -ENOMEM.
 */
int openwrt_install(const struct plan *plan, struct output *output)
{
	int err = write_script(plan, output);

	if (!err && needs_list(plan))
		err = write_list(plan, output);
	return err ? err : write_readme(plan, output);
}
