// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which modules a machine needs, and with which parameters: modprobe.d(5) and
 * modules-load.d(5).
 *
 * What these files cannot say: a parameter counts for all network namespaces,
 * and for a module that is loaded already not at all.
 */
#include <errno.h>
#include <string.h>

#include "emit/demand.h"
#include "emit/emit.h"

#define MODULE		"nf_conntrack_amanda"
#define NAT_MODULE	"nf_nat_amanda"
/* The name that the module registers if nobody says anything else. */
#define HELPER		"amanda"
/* nf_conntrack_expect_init(): four expectations to a bucket, 4096 with 4 GB. */
#define EXPECT_USUAL	4096
#define EXPECT_BUCKET	4

/* A line for each rule that needs what the helper opens. */
static void put_needs(FILE *out, const struct plan *plan)
{
	char comment[COMMENT_MAX];
	size_t i;

	for (i = 0; i < plan->count; i++) {
		const struct rule *rule = &plan->rules[i];

		if (rule->action != ACT_ACCEPT || !rule->by_helper)
			continue;
		rule_comment(plan, rule, NULL, comment);
		fprintf(out, "# %s\n", comment);
	}
}

static void put_options(FILE *out, const struct plan *plan, const struct demand *demand)
{
	fprintf(out, "#\n"
		"# master_timeout: an estimate is answered after %u seconds at the latest.\n"
		"# ports: what unreserved-tcp-port of amanda.conf is at the machines that answer.\n",
		demand->seconds);
	if (demand->widened)
		fprintf(out, "#\tThe module takes %u ranges: the smallest gaps between them are in.\n",
			AMANDA_RANGES_MAX);
	fputs("# The kernel's own helper knows master_timeout alone; the kernel warns of the\n"
	      "# others, ignores them and loads it.\n", out);
	fprintf(out, "options " MODULE " master_timeout=%u", demand->seconds);
	if (demand->ports.count) {
		fputs(" ports=", out);
		demand_ports_print(&demand->ports, out);
	}
	if (strcmp(plan->options.helper, HELPER))
		fprintf(out, " helper_name=%s", plan->options.helper);
	fputc('\n', out);
}

static void put_expectations(FILE *out, const struct demand *demand)
{
	unsigned long most = demand_round(demand->streams, EXPECT_USUAL);

	if (most == EXPECT_USUAL)
		return;
	fprintf(out, "\n# Up to %lu streams may be expected at the same time, four to a bucket.\n"
		"options nf_conntrack expect_hashsize=%lu\n", demand->streams,
		most / EXPECT_BUCKET);
}

static void put_modprobe(FILE *out, const struct plan *plan, const struct demand *demand)
{
	title_put(out, plan, "Amanda's helper", "modprobe");
	fputs("# For /etc/modprobe.d.  Read when a module is loaded: for one that is in already,\n"
	      "# write to /sys/module/" MODULE "/parameters, or load it again.\n", out);
	if (!demand_helper(plan)) {
		fputs("#\n# No flow of this machine needs the helper: nothing to say.\n", out);
		return;
	}
	put_needs(out, plan);
	put_options(out, plan, demand);
	fputs("\n# Replies with announced ports are rewritten where addresses are translated.\n"
	      "softdep " MODULE " post: " NAT_MODULE "\n", out);
	put_expectations(out, demand);
}

/**
 * modprobe_write() - write a file for modprobe.d
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int modprobe_write(const struct plan *plan, struct output *output, FILE *errors)
{
	FILE *out = output_file(output, "etc/modprobe.d/amfw.conf", 0644);
	struct demand demand;

	(void)errors;
	if (!out || demand_of(plan, &demand))
		return -ENOMEM;
	put_modprobe(out, plan, &demand);
	return output_end(output);
}

/*
 * A rule loads the helper by itself (nf_conntrack_helper_try_module_get()), but
 * the settings of connection tracking exist no earlier than it does.
 */
static void put_modules(FILE *out, const struct plan *plan, const struct demand *demand)
{
	title_put(out, plan, "Modules for Amanda's flows", "modules-load");
	fputs("# For /etc/modules-load.d.  systemd-sysctl.service comes later, and finds the\n"
	      "# settings of connection tracking there.\n", out);
	if (!demand_helper(plan)) {
		fputs("nf_conntrack\n", out);
		return;
	}
	put_needs(out, plan);
	fputs(MODULE "\n", out);
	if (demand->translates)
		fputs("# This machine translates addresses.\n" NAT_MODULE "\n", out);
}

/**
 * modules_load_write() - write a file for modules-load.d
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int modules_load_write(const struct plan *plan, struct output *output, FILE *errors)
{
	FILE *out = output_file(output, "etc/modules-load.d/amfw.conf", 0644);
	struct demand demand;

	(void)errors;
	if (!out || demand_of(plan, &demand))
		return -ENOMEM;
	put_modules(out, plan, &demand);
	return output_end(output);
}
