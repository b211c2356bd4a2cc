// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The settings of the kernel that Amanda's flows depend on: sysctl.d(5).
 *
 * What this file cannot say: a timeout counts for all UDP flows of a machine,
 * where the nft format gives hours to Amanda's alone.
 */
#include <errno.h>

#include "emit/demand.h"
#include "emit/emit.h"

/* nf_conntrack_expect_init(): what a kernel with more than 4 GB starts with. */
#define EXPECT_USUAL	4096
/* nf_conntrack_init_start(): likewise, the entries of connection tracking. */
#define ENTRIES_USUAL	262144

static void put_forwarding(FILE *out, const struct demand *demand)
{
	if (demand->forwards4)
		fputs("\n# Amanda's flows pass through this machine.\nnet.ipv4.ip_forward = 1\n",
		      out);
	if (demand->forwards6)
		fputs("\n# The same for IPv6.  A machine that forwards ignores router\n"
		      "# advertisements, unless accept_ra is 2 for the interface.\n"
		      "net.ipv6.conf.all.forwarding = 1\n", out);
}

static void put_helper(FILE *out, const struct demand *demand)
{
	fputs("\n# The rules attach the helper to the flows of Amanda's machines alone.  Kernels before\n"
	      "# 6.0 can attach it to whatever goes to its port, from anybody: since 4.7 they do not\n"
	      "# unless told to.  Here only as a line to compare with, since sysctl -p fails where\n"
	      "# there is no such setting.\n"
	      "#net.netfilter.nf_conntrack_helper = 0\n", out);
	fprintf(out, "\n# Up to %lu streams may be expected at the same time; a reply that finds no room\n"
		"# costs its dump.  One figure for all network namespaces: only the first may set it.\n"
		"-net.netfilter.nf_conntrack_expect_max = %lu\n", demand->streams,
		demand_round(demand->streams, EXPECT_USUAL));
}

/* Unreplied is what the kernel calls a flow until it is two seconds old. */
static void put_timeouts(FILE *out, const struct demand *demand)
{
	fprintf(out, "\n# Without the helper nothing but these keeps a control flow that waits for its\n"
		"# estimate, %u seconds at most.  The first figure counts until a flow is two\n"
		"# seconds old, however often it was answered, and sendsize is acknowledged faster.\n"
		"# They count for all of UDP: where name service or the like fills the table, take\n"
		"# rules that have a timeout of their own (format nft), or the helper.\n"
		"net.netfilter.nf_conntrack_udp_timeout = %u\n"
		"net.netfilter.nf_conntrack_udp_timeout_stream = %u\n",
		demand->seconds, demand->seconds, demand->seconds);
}

/* What else passes is not known here. */
static void put_hints(FILE *out, const struct demand *demand)
{
	unsigned long most = demand_round(demand->connections * 2, ENTRIES_USUAL);

	fprintf(out, "\n# Up to %lu connections at the same time are Amanda's, beside what else there is;\n"
		"# compare nf_conntrack_count with nf_conntrack_max.\n"
		"%snet.netfilter.nf_conntrack_max = %lu\n", demand->connections,
		most > ENTRIES_USUAL ? "-" : "#", most);
	fputs("\n# The stream of messages is silent while a dump runs: less than its hours, and the\n"
	      "# dump fails at its end.  The kernel's own figure is five days.\n"
	      "#net.netfilter.nf_conntrack_tcp_timeout_established = 432000\n", out);
}

static bool has_patience(const struct plan *plan)
{
	return plan_has(plan, PLACE_COUNT, ACT_TIMEOUT);
}

/**
 * sysctl_write() - write a file for sysctl.d
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int sysctl_write(const struct plan *plan, struct output *output, FILE *errors)
{
	FILE *out = output_file(output, "etc/sysctl.d/60-amfw.conf", 0644);
	struct demand demand;

	(void)errors;
	if (!out || demand_of(plan, &demand))
		return -ENOMEM;
	title_put(out, plan, "Settings for Amanda's flows", "sysctl");
	fputs("# For /etc/sysctl.d; those of connection tracking need it loaded (modules-load).\n",
	      out);
	put_forwarding(out, &demand);
	if (demand_helper(plan))
		put_helper(out, &demand);
	if (has_patience(plan))
		put_timeouts(out, &demand);
	put_hints(out, &demand);
	return output_end(output);
}
