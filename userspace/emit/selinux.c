// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SELinux: the site's ports under the type that Amanda's domains may use, as a
 * shell script around semanage(8).
 *
 * The type amanda_port_t covers udp 10080-10082 and tcp 10080-10083
 * (corenetwork.te.in).  amandad (amanda_t) listens for streams in a range of
 * its own, where Fedora's policy allows whatever no other service has a type
 * for, and the reference policy, Debian's, nothing above 1023 at all.  amrecover
 * (amanda_recover_t) connects to amanda_port_t alone.  So the streams' range
 * gets that type, and a small module the one permission that may be missing.
 *
 * What this file cannot say: whether the policy has Amanda confined to begin
 * with, and what started it; a server's programs run from cron as nobody of these.
 */
#include <errno.h>

#include "emit/demand.h"
#include "emit/emit.h"

/* More ranges than one machine has. */
#define LABELS_MAX	16
/* A range that holds more would be taken away from other services. */
#define PORTS_MOST	8192

/**
 * struct label - ports that need the type
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @ports: which
 * @rule: one that needs them
 */
struct label {
	int protocol;
	struct range ports;
	const struct rule *rule;
};

/* The ranges of corenetwork.te.in. */
static bool is_known(const struct label *label)
{
	uint16_t last = label->protocol == IPPROTO_UDP ? AMANDA_PORT + 2 : AMANDA_PORT + 3;

	return label->ports.low >= AMANDA_PORT && label->ports.high <= last;
}

/*
 * sshd, rshd, the old services and a tape service have types of their own; and
 * "all ports above 1023" cannot be Amanda's alone.
 */
static bool is_amandad(const struct rule *rule)
{
	size_t i;

	for (i = 0; i < rule->need_count; i++)
		if (!rule->needs[i].operation->over)
			return rule->dport.low >= 1024;
	return false;
}

/* What listens here; and amrecover, which is confined, where it connects to. */
static bool takes_label(const struct rule *rule)
{
	return rule->action == ACT_ACCEPT && is_amandad(rule) &&
	       (rule->place == PLACE_INPUT ||
		(rule->place == PLACE_OUTPUT && rule->from == ROLE_CLIENT));
}

static bool is_wide(const struct rule *rule)
{
	return rule->dport.high - rule->dport.low >= PORTS_MOST;
}

static bool ranges_meet(struct range a, struct range b)
{
	return a.low <= b.high && b.low <= a.high;
}

/* semanage refuses ranges that overlap: they become one. */
static void label_add(struct label *labels, size_t *count, const struct label *label)
{
	size_t i;

	for (i = 0; i < *count; i++) {
		struct label *old = &labels[i];

		if (old->protocol != label->protocol || !ranges_meet(old->ports, label->ports))
			continue;
		if (label->ports.low < old->ports.low)
			old->ports.low = label->ports.low;
		if (label->ports.high > old->ports.high)
			old->ports.high = label->ports.high;
		return;
	}
	if (*count < LABELS_MAX)
		labels[(*count)++] = *label;
}

/* One that grew may meet another now. */
static void labels_join(struct label *labels, size_t *count)
{
	size_t before, i;

	do {
		before = *count;
		*count = 0;
		for (i = 0; i < before; i++) {
			struct label label = labels[i];

			label_add(labels, count, &label);
		}
	} while (*count != before);
}

static size_t labels_of(const struct plan *plan, struct label labels[LABELS_MAX])
{
	size_t count = 0, i;

	for (i = 0; i < plan->count; i++) {
		const struct rule *rule = &plan->rules[i];
		const struct label label = { rule->protocol, rule->dport, rule };

		if (takes_label(rule) && !is_wide(rule) && !is_known(&label))
			label_add(labels, &count, &label);
	}
	labels_join(labels, &count);
	return count;
}

static void put_label(FILE *out, const struct plan *plan, const struct label *label)
{
	char comment[COMMENT_MAX], ports[12];

	range_print(label->ports, ports);
	rule_comment(plan, label->rule, NULL, comment);
	fprintf(out, "# %s\nlabel %s %s\n", comment,
		label->protocol == IPPROTO_UDP ? "udp" : "tcp", ports);
}

/* CIL needs no compiler, and a permission that the policy has already changes nothing. */
static void put_module(FILE *out)
{
	fputs("\n# amandad may listen at ports of its type: the reference policy forgot it.\n"
	      "folder=$(mktemp -d)\n"
	      "trap 'rm -rf \"$folder\"' EXIT\n"
	      "cat >\"$folder/amfw.cil\" <<END\n"
	      "(allow amanda_t amanda_port_t (tcp_socket (name_bind)))\n"
	      "(allow amanda_t amanda_port_t (udp_socket (name_bind)))\n"
	      "END\n"
	      "semodule -i \"$folder/amfw.cil\"\n", out);
}

static void put_functions(FILE *out)
{
	fputs("set -eu\n\n"
	      "if ! command -v semanage >/dev/null; then\n"
	      "\techo \"$0: no semanage: install policycoreutils-python-utils\" >&2\n"
	      "\texit 1\n"
	      "fi\n"
	      "if ! semodule -l | grep -q '^amanda'; then\n"
	      "\techo \"$0: the policy has no module for Amanda: nothing to do\" >&2\n"
	      "\texit 0\n"
	      "fi\n\n"
	      "# label PROTOCOL PORTS: a range that has a local type already gets this one\n"
	      "label() {\n"
	      "\tsemanage port -a -t amanda_port_t -p \"$1\" \"$2\" 2>/dev/null ||\n"
	      "\t\tsemanage port -m -t amanda_port_t -p \"$1\" \"$2\"\n"
	      "}\n\n", out);
}

static void put_wide(FILE *out, const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		if (!takes_label(&plan->rules[i]) || !is_wide(&plan->rules[i]))
			continue;
		fputs("#\n# unreserved-tcp-port is too wide a range to be labelled: other services live in it.\n"
		      "# Narrow it in amanda.conf and in the site file first.\n", out);
		return;
	}
}

static void put_script(FILE *out, const struct plan *plan)
{
	struct label labels[LABELS_MAX];
	size_t count = labels_of(plan, labels), i;

	fputs("#!/bin/sh\n", out);
	title_put(out, plan, "Ports of Amanda for SELinux", "selinux");
	fputs("# May run again; \"semanage port -l -C\" shows the outcome, \"semanage port -d\" undoes it.\n"
	      "# No boolean of the policy concerns Amanda.\n", out);
	put_wide(out, plan);
	if (!count) {
		fputs("#\n# This machine uses no port that the policy does not know.\n", out);
		return;
	}
	put_functions(out);
	for (i = 0; i < count; i++)
		put_label(out, plan, &labels[i]);
	put_module(out);
}

/**
 * selinux_write() - write a script that labels ports
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int selinux_write(const struct plan *plan, struct output *output, FILE *errors)
{
	FILE *out = output_file(output, "amfw-selinux.sh", 0755);

	(void)errors;
	if (!out)
		return -ENOMEM;
	put_script(out, plan);
	return output_end(output);
}
