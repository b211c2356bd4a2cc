// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading what nf_tables has in a network namespace.
 */
#include "ruleset/dump_read.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ruleset/dump_frame.h"
#include "ruleset/ipset_read.h"
#include "ruleset/links.h"
#include "ruleset/netlink.h"

/* How often a running ruleset may change under the reading. */
#define TRIES	20
/* Of each kind of thing. */
#define THINGS_MOST	1000000
#define ELEMENTS_MOST	4000000
/*
 * The kernel walks a set from its start for each 32 kB of a dump (nf_tables_dump_set()
 * and the walk functions of nft_set_*.c): a million elements take it half a minute.
 */
#define SECONDS_MOST	120

/**
 * struct reader - what the reading knows
 * @last: number of the table that the last thing was in, as the next will be
 * @last_chain: likewise
 * @elements: read so far
 * @set: number of the one whose elements come
 * @end: when it has taken too long
 */
struct reader {
	int fd;
	struct dump_lists *lists;
	size_t last;
	size_t last_chain;
	size_t elements;
	size_t set;
	time_t end;
};

static int ask(struct reader *reader, uint16_t type, netlink_take take)
{
	char buffer[256];
	struct nlmsghdr *header = nftnl_nlmsg_build_hdr(buffer, type, NFPROTO_UNSPEC, NLM_F_DUMP,
							0);

	return netlink_ask(reader->fd, header, take, reader);
}

static bool is_table(const struct nftnl_table *table, uint32_t family, const char *name)
{
	return nftnl_table_get_u32(table, NFTNL_TABLE_FAMILY) == family &&
	       !strcmp(nftnl_table_get_str(table, NFTNL_TABLE_NAME), name);
}

/* -ENOENT: made after the tables were read. */
static ssize_t find_table(struct reader *reader, uint32_t family, const char *name)
{
	const struct dump_list *tables = &reader->lists->tables;
	size_t i, at;

	for (i = 0; name && i < tables->count; i++) {
		at = (reader->last + i) % tables->count;
		if (is_table(tables->items[at], family, name)) {
			reader->last = at;
			return (ssize_t)at;
		}
	}
	return -ENOENT;
}

static ssize_t find_chain(struct reader *reader, uint32_t family, const char *table,
			  const char *name)
{
	const struct dump_list *chains = &reader->lists->chains;
	ssize_t owner = find_table(reader, family, table);
	size_t i, at;

	if (owner < 0 || !name)
		return -ENOENT;
	for (i = 0; i < chains->count; i++) {
		at = (reader->last_chain + i) % chains->count;
		if (chains->owners[at] == (size_t)owner &&
		    !strcmp(nftnl_chain_get_str(chains->items[at], NFTNL_CHAIN_NAME), name)) {
			reader->last_chain = at;
			return (ssize_t)at;
		}
	}
	return -ENOENT;
}

static int take_table(const struct nlmsghdr *header, void *data)
{
	struct reader *reader = data;
	struct nftnl_table *table = nftnl_table_alloc();
	int result = -ENOMEM;

	if (table && nftnl_table_nlmsg_parse(header, table) >= 0 &&
	    nftnl_table_is_set(table, NFTNL_TABLE_NAME))
		result = dump_list_add(&reader->lists->tables, table, 0);
	if (result < 0 && table)
		nftnl_table_free(table);
	return result;
}

static int take_chain(const struct nlmsghdr *header, void *data)
{
	struct reader *reader = data;
	struct nftnl_chain *chain = nftnl_chain_alloc();
	ssize_t owner = -ENOMEM;

	if (chain && nftnl_chain_nlmsg_parse(header, chain) >= 0 &&
	    nftnl_chain_is_set(chain, NFTNL_CHAIN_NAME))
		owner = find_table(reader, nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY),
				   nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE));
	if (owner >= 0)
		owner = dump_list_add(&reader->lists->chains, chain, (size_t)owner);
	if (owner < 0 && chain)
		nftnl_chain_free(chain);
	return (int)owner;
}

static int take_rule(const struct nlmsghdr *header, void *data)
{
	struct reader *reader = data;
	struct nftnl_rule *rule = nftnl_rule_alloc();
	ssize_t owner = -ENOMEM;

	if (rule && nftnl_rule_nlmsg_parse(header, rule) >= 0)
		owner = find_chain(reader, nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY),
				   nftnl_rule_get_str(rule, NFTNL_RULE_TABLE),
				   nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN));
	if (owner >= 0)
		owner = dump_list_add(&reader->lists->rules, rule, (size_t)owner);
	if (owner < 0 && rule)
		nftnl_rule_free(rule);
	return (int)owner;
}

/*
 * Table by table: for each 32 kB of a dump the kernel walks from its start to where it
 * was (__nf_tables_dump_rules()), and what is not asked for it leaves out.
 */
static int read_rules(struct reader *reader)
{
	const struct dump_list *tables = &reader->lists->tables;
	char buffer[2 * NFT_NAME_MAXLEN + 256];
	struct nlmsghdr *header;
	size_t i;
	int result = 0;

	reader->last_chain = 0;
	for (i = 0; i < tables->count && !result; i++) {
		const struct nftnl_table *table = tables->items[i];

		header = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETRULE,
			(uint16_t)nftnl_table_get_u32(table, NFTNL_TABLE_FAMILY), NLM_F_DUMP, 0);
		mnl_attr_put_strz(header, NFTA_RULE_TABLE,
				  nftnl_table_get_str(table, NFTNL_TABLE_NAME));
		reader->last = i;
		result = netlink_ask(reader->fd, header, take_rule, reader);
	}
	return result;
}

static int add_elements_of_set(struct dump_lists *lists, size_t owner)
{
	struct dump_elements *elements = calloc(1, sizeof(*elements));
	int result = -ENOMEM;

	if (elements)
		result = dump_list_add(&lists->elements, elements, owner);
	if (result < 0)
		free(elements);
	return result;
}

static int take_set(const struct nlmsghdr *header, void *data)
{
	struct reader *reader = data;
	struct nftnl_set *set = nftnl_set_alloc();
	ssize_t owner = -ENOMEM;
	int result;

	if (set && nftnl_set_nlmsg_parse(header, set) >= 0 &&
	    nftnl_set_is_set(set, NFTNL_SET_NAME))
		owner = find_table(reader, nftnl_set_get_u32(set, NFTNL_SET_FAMILY),
				   nftnl_set_get_str(set, NFTNL_SET_TABLE));
	result = owner < 0 ? (int)owner : dump_list_add(&reader->lists->sets, set, (size_t)owner);
	if (result < 0) {
		if (set)
			nftnl_set_free(set);
		return result;
	}
	return add_elements_of_set(reader->lists, (size_t)owner);
}

static int take_object(const struct nlmsghdr *header, void *data)
{
	struct reader *reader = data;
	struct nftnl_obj *object = nftnl_obj_alloc();
	ssize_t owner = -ENOMEM;

	if (object && nftnl_obj_nlmsg_parse(header, object) >= 0)
		owner = find_table(reader, nftnl_obj_get_u32(object, NFTNL_OBJ_FAMILY),
				   nftnl_obj_get_str(object, NFTNL_OBJ_TABLE));
	if (owner >= 0)
		owner = dump_list_add(&reader->lists->objects, object, (size_t)owner);
	if (owner < 0 && object)
		nftnl_obj_free(object);
	return (int)owner;
}

static int take_flowtable(const struct nlmsghdr *header, void *data)
{
	struct reader *reader = data;
	struct nftnl_flowtable *flowtable = nftnl_flowtable_alloc();
	ssize_t owner = -ENOMEM;

	if (flowtable && nftnl_flowtable_nlmsg_parse(header, flowtable) >= 0)
		owner = find_table(reader,
				   nftnl_flowtable_get_u32(flowtable, NFTNL_FLOWTABLE_FAMILY),
				   nftnl_flowtable_get_str(flowtable, NFTNL_FLOWTABLE_TABLE));
	if (owner >= 0)
		owner = dump_list_add(&reader->lists->flowtables, flowtable, (size_t)owner);
	if (owner < 0 && flowtable)
		nftnl_flowtable_free(flowtable);
	return (int)owner;
}

static int take_elements(const struct nlmsghdr *header, void *data)
{
	struct reader *reader = data;
	struct dump_elements *elements = reader->lists->elements.items[reader->set];
	size_t before = elements->count;
	struct nftnl_set *some = nftnl_set_alloc();
	int result = -ENOMEM;

	if (some && nftnl_set_elems_nlmsg_parse(header, some) >= 0)
		result = dump_elements_add(elements, reader->lists->sets.items[reader->set], some);
	if (some)
		nftnl_set_free(some);
	reader->elements += elements->count - before;
	if (reader->elements > ELEMENTS_MOST)
		return -E2BIG;
	if (time(NULL) > reader->end)
		return -ETIME;
	return result;
}

static int read_elements(struct reader *reader)
{
	char buffer[2 * NFT_NAME_MAXLEN + 256];
	struct nlmsghdr *header;
	struct nftnl_set *set;
	int result = 0;

	for (reader->set = 0; !result && reader->set < reader->lists->sets.count; reader->set++) {
		set = reader->lists->sets.items[reader->set];
		header = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETSETELEM,
					       (uint16_t)nftnl_set_get_u32(set, NFTNL_SET_FAMILY),
					       NLM_F_DUMP, 0);
		nftnl_set_elems_nlmsg_build_payload(header, set);
		result = netlink_ask(reader->fd, header, take_elements, reader);
		dump_elements_sort(reader->lists->elements.items[reader->set]);
	}
	return result;
}

static int take_generation(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attr;
	uint32_t *generation = data;

	mnl_attr_for_each(attr, header, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_GEN_ID &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			*generation = ntohl(mnl_attr_get_u32(attr));
	return 0;
}

static int read_generation(int fd, uint32_t *generation)
{
	char buffer[256];

	return netlink_ask(fd, nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETGEN, NFPROTO_UNSPEC, 0, 0),
			   take_generation, generation);
}

static int read_kinds(struct reader *reader)
{
	static const struct kind {
		uint16_t type;
		netlink_take take;
	} kinds[] = {
		{ NFT_MSG_GETTABLE, take_table },
		{ NFT_MSG_GETCHAIN, take_chain },
		{ NFT_MSG_GETSET, take_set },
		{ NFT_MSG_GETOBJ, take_object },
		{ NFT_MSG_GETFLOWTABLE, take_flowtable },
	};
	size_t i;
	int result = 0;

	for (i = 0; !result && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		reader->last = 0;
		reader->last_chain = 0;
		result = ask(reader, kinds[i].type, kinds[i].take);
	}
	return result ? : read_rules(reader) ? : read_elements(reader);
}

/* -EINTR: the ruleset changed meanwhile. */
static int read_once(struct dump_lists *lists, int fd)
{
	struct reader reader = { .fd = fd, .lists = lists, .end = time(NULL) + SECONDS_MOST };
	uint32_t before = 0, after = 0;
	int result = read_generation(fd, &before);

	if (!result)
		result = read_kinds(&reader);
	/* A thing was gone, or its table was new, when it was asked for. */
	if (result == -ENOENT)
		return -EINTR;
	if (!result)
		result = read_generation(fd, &after);
	return !result && before != after ? -EINTR : result;
}

static void free_things(struct dump_list *list, void (*drop)(void *))
{
	size_t i;

	for (i = 0; i < list->count; i++)
		drop(list->items[i]);
	dump_list_free(list);
}

static void drop_table(void *thing)
{
	nftnl_table_free(thing);
}

static void drop_chain(void *thing)
{
	nftnl_chain_free(thing);
}

static void drop_rule(void *thing)
{
	nftnl_rule_free(thing);
}

static void drop_set(void *thing)
{
	nftnl_set_free(thing);
}

static void drop_elements(void *thing)
{
	dump_elements_free(thing);
	free(thing);
}

static void drop_object(void *thing)
{
	nftnl_obj_free(thing);
}

static void drop_flowtable(void *thing)
{
	nftnl_flowtable_free(thing);
}

static void lists_clear(struct dump_lists *lists)
{
	free_things(&lists->tables, drop_table);
	free_things(&lists->chains, drop_chain);
	free_things(&lists->rules, drop_rule);
	free_things(&lists->sets, drop_set);
	free_things(&lists->elements, drop_elements);
	free_things(&lists->objects, drop_object);
	free_things(&lists->flowtables, drop_flowtable);
	lists->tables.limit = THINGS_MOST;
	lists->chains.limit = THINGS_MOST;
	lists->rules.limit = THINGS_MOST;
	lists->sets.limit = THINGS_MOST;
	lists->elements.limit = THINGS_MOST;
	lists->objects.limit = THINGS_MOST;
	lists->flowtables.limit = THINGS_MOST;
}

/**
 * dump_read() - read everything of a network namespace
 * @ruleset: gets the frame of it; has an arena
 * @dump: to fill; dump_free() it whatever is returned
 * @netfilter: NETLINK_NETFILTER socket in the namespace
 * @route: NETLINK_ROUTE socket in it
 *
 * Return: 0, or -errno: -E2BIG for more than is believable, -EINTR where it
 * changes all the time.
 */
int dump_read(struct ruleset *ruleset, struct dump *dump, int netfilter, int route)
{
	int result = -EINTR;
	int tries;

	memset(dump, 0, sizeof(*dump));
	dump->lists = calloc(1, sizeof(*dump->lists));
	if (!dump->lists)
		return -ENOMEM;
	for (tries = 0; result == -EINTR && tries < TRIES; tries++) {
		lists_clear(dump->lists);
		result = read_once(dump->lists, netfilter);
	}
	if (!result)
		result = links_read(ruleset, dump, route);
	if (!result)
		result = ipset_read(ruleset, dump, netfilter);
	return result ? result : dump_frame(ruleset, dump, dump->lists);
}

/**
 * dump_free() - give back what libnftnl made
 * @dump: it
 */
void dump_free(struct dump *dump)
{
	if (dump->lists)
		lists_clear(dump->lists);
	free(dump->lists);
	free(dump->interfaces);
	free(dump->ipsets);
	memset(dump, 0, sizeof(*dump));
}
