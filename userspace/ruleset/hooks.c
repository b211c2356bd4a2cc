// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a packet meets at each hook, in the order of the kernel.
 *
 * Chains of type nat are no hooks of their own: the kernel has one hook for all
 * of them, at fixed priorities, and their own priorities only sort them among
 * each other (nf_nat_register_fn() of nf_nat_core.c).
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/path_private.h"

/* Behind ruleset.h, which sees to the names of netinet/in.h. */
#include <linux/netfilter_ipv4.h>

static int items_add(struct items *items, const struct item *item)
{
	struct item *grown;
	size_t room;

	if (items->count == items->room) {
		room = items->room ? items->room * 2 : 8;
		grown = reallocarray(items->item, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		items->item = grown;
		items->room = room;
	}
	items->item[items->count++] = *item;
	return 0;
}

static int by_priority(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->order > y->order ? -1 : x->order < y->order;
}

static bool applies(const struct table *table, enum protocol_version version)
{
	if (table->dormant)
		return false;
	switch (table->family) {
	case NFPROTO_INET:
	case NFPROTO_NETDEV:
		return true;
	case NFPROTO_IPV4:
		return version == VERSION_4;
	case NFPROTO_IPV6:
		return version == VERSION_6;
	default:
		return false;
	}
}

static unsigned int hook_of(const struct chain *chain, int family)
{
	if (family == NFPROTO_NETDEV)
		return chain->hook == NF_NETDEV_INGRESS ? HOOK_INGRESS : HOOK_EGRESS;
	if (chain->hook == NF_INET_INGRESS)
		return HOOK_INGRESS;
	return chain->hook < NF_INET_NUMHOOKS ? chain->hook : HOOK_COUNT;
}

static int add_chain(struct hooks *hooks, const struct chain *chain, int family, size_t order)
{
	const struct item item = {
		.kind = ITEM_CHAIN,
		.priority = chain->priority,
		.order = order,
		.chain = chain,
	};
	unsigned int hook = hook_of(chain, family);

	if (!chain->hooked || hook == HOOK_COUNT)
		return 0;
	return items_add(strcmp(chain->type, "nat") ? &hooks->at[hook] : &hooks->nat[hook], &item);
}

/* NAT is there from the first nat chain on, at whatever hook that is. */
static int add_nat(struct hooks *hooks)
{
	static const struct {
		unsigned int hook;
		int priority;
	} places[] = {
		{ NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST },
		{ NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST },
		{ NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC },
		{ NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC },
	};
	struct item item = { .kind = ITEM_NAT, .order = SIZE_MAX };
	unsigned int hook;
	size_t i;
	int err = 0;

	for (hook = 0; hook < HOOK_COUNT; hook++)
		for (i = 0; i < hooks->nat[hook].count; i++)
			if (hooks->nat[hook].item[i].order < item.order)
				item.order = hooks->nat[hook].item[i].order;
	for (i = 0; i < sizeof(places) / sizeof(*places) && !err; i++) {
		item.priority = places[i].priority;
		err = items_add(&hooks->at[places[i].hook], &item);
	}
	return err;
}

/*
 * Connection tracking registers when the first rule asks for it, and rules come
 * after their chains: of one priority it is first.
 */
static int add_conntrack(struct hooks *hooks)
{
	const struct item item = {
		.kind = ITEM_CONNTRACK,
		.priority = NF_IP_PRI_CONNTRACK,
		.order = SIZE_MAX,
	};

	return items_add(&hooks->at[NF_INET_PRE_ROUTING], &item) ? :
	       items_add(&hooks->at[NF_INET_LOCAL_OUT], &item);
}

static void sort(struct items *items)
{
	if (items->count > 1)
		qsort(items->item, items->count, sizeof(*items->item), by_priority);
}

/**
 * hooks_collect() - sort the base chains of a ruleset
 * @hooks: to fill; hooks_free() it whatever is returned
 * @ruleset: the ruleset
 * @version: for packets of this version of IP
 *
 * Return: 0 or -ENOMEM.
 */
int hooks_collect(struct hooks *hooks, const struct ruleset *ruleset,
		  enum protocol_version version)
{
	size_t t, c, order = 0;
	unsigned int hook;
	int err;

	memset(hooks, 0, sizeof(*hooks));
	for (t = 0; t < ruleset->count; t++) {
		const struct table *table = &ruleset->tables[t];

		if (!applies(table, version))
			continue;
		for (c = 0; c < table->chain_count; c++)
			if (add_chain(hooks, &table->chains[c], table->family, ++order))
				return -ENOMEM;
	}
	err = add_nat(hooks) ? : add_conntrack(hooks);
	for (hook = 0; hook < HOOK_COUNT; hook++) {
		sort(&hooks->at[hook]);
		sort(&hooks->nat[hook]);
	}
	return err;
}

/**
 * hooks_free() - forget what hooks_collect() found
 * @hooks: the hooks
 */
void hooks_free(struct hooks *hooks)
{
	unsigned int hook;

	for (hook = 0; hook < HOOK_COUNT; hook++) {
		free(hooks->at[hook].item);
		free(hooks->nat[hook].item);
	}
	memset(hooks, 0, sizeof(*hooks));
}
