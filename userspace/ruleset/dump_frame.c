// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From what libnftnl has read to the frame of a ruleset: tables, chains, rules
 * and sets without what is in them.
 */
#include "ruleset/dump_frame.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "ruleset/netlink.h"

static void *take_zeros(struct arena *arena, size_t count, size_t size)
{
	void *zeros = arena_take(arena, (count + 1) * size);

	if (zeros)
		memset(zeros, 0, (count + 1) * size);
	return zeros;
}

static const char *copy_name(struct arena *arena, const char *name)
{
	return arena_text(arena, name ? name : "");
}

/* The kernel tells one device in another way than several. */
static int frame_devices(struct arena *arena, struct chain *chain, const struct nftnl_chain *from)
{
	const char *const one[] = { nftnl_chain_get_str(from, NFTNL_CHAIN_DEV), NULL };
	const char *const *names = one;
	size_t count = 0, i;
	const char **list;

	if (nftnl_chain_is_set(from, NFTNL_CHAIN_DEVICES))
		names = nftnl_chain_get_array(from, NFTNL_CHAIN_DEVICES);
	while (names[count])
		count++;
	if (!count)
		return 0;
	list = take_zeros(arena, count, sizeof(*list));
	for (i = 0; list && i < count; i++) {
		list[i] = copy_name(arena, names[i]);
		if (!list[i])
			return -ENOMEM;
	}
	chain->devices = list;
	return list ? 0 : -ENOMEM;
}

static int frame_chain(struct arena *arena, struct chain *chain, const struct nftnl_chain *from)
{
	const char *type = nftnl_chain_get_str(from, NFTNL_CHAIN_TYPE);

	chain->name = copy_name(arena, nftnl_chain_get_str(from, NFTNL_CHAIN_NAME));
	chain->hooked = nftnl_chain_is_set(from, NFTNL_CHAIN_HOOKNUM);
	chain->policy = VERDICT_ACCEPT;
	if (chain->hooked) {
		chain->type = copy_name(arena, type ? type : "filter");
		chain->hook = nftnl_chain_get_u32(from, NFTNL_CHAIN_HOOKNUM);
		chain->priority = nftnl_chain_get_s32(from, NFTNL_CHAIN_PRIO);
		if (nftnl_chain_is_set(from, NFTNL_CHAIN_POLICY) &&
		    nftnl_chain_get_u32(from, NFTNL_CHAIN_POLICY) == NF_DROP)
			chain->policy = VERDICT_DROP;
		if (frame_devices(arena, chain, from))
			return -ENOMEM;
	}
	return chain->name && (!chain->hooked || chain->type) ? 0 : -ENOMEM;
}

static int frame_rules(struct arena *arena, struct chain *chain, const struct dump_chain *from)
{
	size_t i;

	chain->count = from->count;
	chain->rules = take_zeros(arena, from->count, sizeof(*chain->rules));
	if (!chain->rules)
		return -ENOMEM;
	for (i = 0; i < from->count; i++) {
		chain->rules[i].chain = chain;
		chain->rules[i].handle = nftnl_rule_get_u64(from->rules[i], NFTNL_RULE_HANDLE);
		chain->rules[i].text = "";
	}
	return chain_index(arena, chain);
}

static int frame_sets(struct arena *arena, struct table *table, const struct dump_table *from)
{
	size_t i;

	table->set_count = from->set_count;
	table->sets = take_zeros(arena, from->set_count, sizeof(*table->sets));
	if (!table->sets)
		return -ENOMEM;
	for (i = 0; i < from->set_count; i++) {
		table->sets[i].table = table;
		table->sets[i].name = copy_name(arena, nftnl_set_get_str(from->sets[i],
									 NFTNL_SET_NAME));
		if (!table->sets[i].name)
			return -ENOMEM;
	}
	return 0;
}

static int frame_table(struct arena *arena, struct table *table, const struct dump_table *from)
{
	size_t i;
	int result = 0;

	table->name = copy_name(arena, nftnl_table_get_str(from->table, NFTNL_TABLE_NAME));
	table->family = (int)nftnl_table_get_u32(from->table, NFTNL_TABLE_FAMILY);
	table->dormant = nftnl_table_get_u32(from->table, NFTNL_TABLE_FLAGS) &
			 NFT_TABLE_F_DORMANT;
	table->chain_count = from->chain_count;
	table->chains = take_zeros(arena, from->chain_count, sizeof(*table->chains));
	if (!table->name || !table->chains)
		return -ENOMEM;
	for (i = 0; !result && i < from->chain_count; i++) {
		table->chains[i].table = table;
		result = frame_chain(arena, &table->chains[i], from->chains[i].chain);
		if (!result)
			result = frame_rules(arena, &table->chains[i], &from->chains[i]);
	}
	return result ? result : frame_sets(arena, table, from);
}

/* Gives each chain its rules; chains were read in the order of @lists->chains. */
static int share_rules(struct arena *arena, struct dump_chain *chains,
		       const struct dump_lists *lists)
{
	size_t *starts, i;
	struct nftnl_rule **rules = dump_list_share(&lists->rules, arena, lists->chains.count,
						    &starts);

	if (!rules)
		return -ENOMEM;
	for (i = 0; i < lists->chains.count; i++) {
		chains[i].chain = lists->chains.items[i];
		chains[i].rules = rules + starts[i];
		chains[i].count = starts[i + 1] - starts[i];
	}
	return 0;
}

/* The kernel lists chains table by table; were it otherwise, this would sort them. */
static int share_chains(struct arena *arena, struct dump *dump, const struct dump_lists *lists)
{
	const struct dump_list *list = &lists->chains;
	struct dump_chain *read = take_zeros(arena, list->count, sizeof(*read));
	struct dump_chain *sorted = take_zeros(arena, list->count, sizeof(*sorted));
	size_t *starts, *next, i;

	if (!read || !sorted || share_rules(arena, read, lists) < 0 ||
	    !dump_list_share(list, arena, dump->count, &starts))
		return -ENOMEM;
	next = take_zeros(arena, dump->count, sizeof(*next));
	if (!next)
		return -ENOMEM;
	for (i = 0; i < list->count; i++) {
		size_t owner = list->owners[i];

		sorted[starts[owner] + next[owner]++] = read[i];
	}
	for (i = 0; i < dump->count; i++) {
		dump->tables[i].chains = sorted + starts[i];
		dump->tables[i].chain_count = next[i];
	}
	return 0;
}

static int share_others(struct arena *arena, struct dump *dump, const struct dump_lists *lists)
{
	size_t *set_starts, *element_starts, *object_starts, *flow_starts, i;
	struct nftnl_set **sets = dump_list_share(&lists->sets, arena, dump->count, &set_starts);
	struct dump_elements **elements = dump_list_share(&lists->elements, arena, dump->count,
							  &element_starts);
	struct nftnl_obj **objects = dump_list_share(&lists->objects, arena, dump->count,
						     &object_starts);
	struct nftnl_flowtable **flows = dump_list_share(&lists->flowtables, arena, dump->count,
							 &flow_starts);

	if (!sets || !elements || !objects || !flows)
		return -ENOMEM;
	for (i = 0; i < dump->count; i++) {
		struct dump_table *table = &dump->tables[i];

		table->sets = sets + set_starts[i];
		table->elements = elements + element_starts[i];
		table->set_count = set_starts[i + 1] - set_starts[i];
		table->objects = objects + object_starts[i];
		table->object_count = object_starts[i + 1] - object_starts[i];
		table->flowtables = flows + flow_starts[i];
		table->flowtable_count = flow_starts[i + 1] - flow_starts[i];
	}
	return 0;
}

/**
 * dump_frame() - put what was read into tables
 * @ruleset: gets its tables, chains, rules and sets
 * @dump: likewise
 * @lists: what was read; the things in it are the dump's then
 *
 * Return: 0, or -ENOMEM.
 */
int dump_frame(struct ruleset *ruleset, struct dump *dump, const struct dump_lists *lists)
{
	struct arena *arena = ruleset->arena;
	size_t i;

	dump->count = lists->tables.count;
	dump->tables = take_zeros(arena, dump->count, sizeof(*dump->tables));
	ruleset->count = dump->count;
	ruleset->tables = take_zeros(arena, dump->count, sizeof(*ruleset->tables));
	if (!dump->tables || !ruleset->tables)
		return -ENOMEM;
	for (i = 0; i < dump->count; i++)
		dump->tables[i].table = lists->tables.items[i];
	if (share_chains(arena, dump, lists) < 0 || share_others(arena, dump, lists) < 0)
		return -ENOMEM;
	for (i = 0; i < dump->count; i++)
		if (frame_table(arena, &ruleset->tables[i], &dump->tables[i]) < 0)
			return -ENOMEM;
	return 0;
}
