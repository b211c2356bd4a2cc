// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the helper did and why it refused: one "name value" a line, for each
 * network namespace, so that a firewall in a container sees its own.
 */
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/netns/generic.h>

#include "amanda_stats.h"

#define AMANDA_PROC_NAME "nf_conntrack_amanda"

unsigned int amanda_net_id __read_mostly;

static const char * const counter_names[AMANDA_COUNTERS] = {
	[AMANDA_BAD_LENGTH] = "refused-bad-length",
	[AMANDA_NOT_ASKED] = "refused-not-asked",
	[AMANDA_BAD_PORT] = "refused-bad-port",
	[AMANDA_NO_ROOM] = "refused-no-room",
	[AMANDA_NO_NAT] = "refused-no-nat",
	[AMANDA_NO_REWRITE] = "refused-no-rewrite",
	[AMANDA_COUNT_REQUESTS] = "requests",
	[AMANDA_COUNT_REPLIES] = "replies",
	[AMANDA_COUNT_REPEATED] = "repeated",
	[AMANDA_COUNT_OPENED] = "streams-opened",
	[AMANDA_COUNT_MAPPED] = "streams-mapped",
	[AMANDA_COUNT_DROPPED] = "dropped",
};

/**
 * amanda_count() - count an event
 * @net: the network namespace of the flow
 * @counter: a refusal of the grammar or of the helper, or an enum amanda_counter
 * @by: how often it happened
 *
 * Only the packet path calls this, with bottom halves off.
 */
void amanda_count(struct net *net, unsigned int counter, unsigned long by)
{
	struct amanda_net *an = net_generic(net, amanda_net_id);

	this_cpu_add(an->counters->value[counter], by);
}

static unsigned long sum(const struct amanda_net *an, unsigned int counter)
{
	unsigned long total = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		total += per_cpu_ptr(an->counters, cpu)->value[counter];
	return total;
}

static int counters_show(struct seq_file *seq, void *v)
{
	const struct amanda_net *an = net_generic(seq_file_single_net(seq), amanda_net_id);
	unsigned int i;

	for (i = AMANDA_ALL_REFUSALS; i < AMANDA_COUNTERS; i++)
		seq_printf(seq, "%s %lu\n", counter_names[i], sum(an, i));
	for (i = AMANDA_OK + 1; i < AMANDA_REFUSALS; i++)
		seq_printf(seq, "refused-%s %lu\n", amanda_refusal_name(i), sum(an, i));
	for (; i < AMANDA_ALL_REFUSALS; i++)
		seq_printf(seq, "%s %lu\n", counter_names[i], sum(an, i));
	return 0;
}

static int __net_init amanda_net_init(struct net *net)
{
	struct amanda_net *an = net_generic(net, amanda_net_id);

	an->counters = alloc_percpu(struct amanda_counters);
	if (!an->counters)
		return -ENOMEM;
	if (IS_ENABLED(CONFIG_PROC_FS) &&
	    !proc_create_net_single(AMANDA_PROC_NAME, 0444, net->proc_net, counters_show, NULL)) {
		free_percpu(an->counters);
		return -ENOMEM;
	}
	return 0;
}

static void __net_exit amanda_net_exit(struct net *net)
{
	struct amanda_net *an = net_generic(net, amanda_net_id);

	remove_proc_entry(AMANDA_PROC_NAME, net->proc_net);
	free_percpu(an->counters);
}

static struct pernet_operations amanda_net_ops = {
	.init = amanda_net_init,
	.exit = amanda_net_exit,
	.id = &amanda_net_id,
	.size = sizeof(struct amanda_net),
};

/**
 * amanda_stats_init() - make the counters of every network namespace
 *
 * Return: 0 or a negative errno.
 */
int amanda_stats_init(void)
{
	return register_pernet_subsys(&amanda_net_ops);
}

/**
 * amanda_stats_exit() - take the counters away again
 */
void amanda_stats_exit(void)
{
	unregister_pernet_subsys(&amanda_net_ops);
}
