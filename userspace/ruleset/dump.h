/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset as libnftnl gives it, between reading it from the kernel and
 * compiling it.
 *
 * Reading makes the frame of struct ruleset: tables, chains (with type, hook,
 * priority and policy), rules (with handle, line and text) and sets (with name
 * and table alone), all in the order of this dump:
 *
 *	ruleset->tables[t].chains[c].rules[r]	dump->tables[t].chains[c].rules[r]
 *	ruleset->tables[t].sets[s]		dump->tables[t].sets[s]
 *
 * Compiling fills in the steps of rules, the keys and elements of sets, and
 * adds to the names of interfaces and helpers.
 */
#ifndef RULESET_DUMP_H
#define RULESET_DUMP_H

#include <libnftnl/chain.h>
#include <libnftnl/flowtable.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>

#include "ruleset/dump_elements.h"
#include "ruleset/ruleset.h"

/**
 * struct dump_chain - a chain and its rules in order
 * @chain: it
 * @rules: of the chain
 * @count: entries of @rules
 */
struct dump_chain {
	struct nftnl_chain *chain;
	struct nftnl_rule **rules;
	size_t count;
};

/**
 * struct dump_table - a table
 * @sets: named ones and anonymous ones
 * @elements: of each set, in order
 * @objects: struct nftnl_obj of every type: ct helper, ct timeout, counter ...
 */
struct dump_table {
	struct nftnl_table *table;
	struct dump_chain *chains;
	size_t chain_count;
	struct nftnl_set **sets;
	struct dump_elements **elements;
	size_t set_count;
	struct nftnl_obj **objects;
	size_t object_count;
	struct nftnl_flowtable **flowtables;
	size_t flowtable_count;
};

/**
 * struct dump_interface - an interface of the network namespace
 * @index: as meta iif and oif know it
 * @type: ARPHRD_*
 * @group: of interfaces
 */
struct dump_interface {
	unsigned int index;
	const char *name;
	unsigned int type;
	unsigned int group;
};

struct dump_lists;

/* What the parts of an ipset's entry are: "hash:net,port" is NET, PORT. */
enum ipset_part {
	IPSET_ADDRESS,		/* ip, net: one key field */
	IPSET_PORT,		/* two key fields: protocol, then port (or ICMP type and code) */
	IPSET_MAC,
	IPSET_MARK,
	IPSET_INTERFACE,	/* number of the interface, as of FIELD_IIF */
};

/**
 * struct dump_ipset - a set of ipset, which the set match of iptables asks
 * @index: what struct xt_set_info holds
 * @parts: of an entry, left to right
 * @part_count: entries of @parts; 0: a type that cannot be read: doubt
 * @family: AF_INET, AF_INET6; AF_UNSPEC: both
 * @set: entries, in the key fields that @parts say, sorted by the first; its
 *	table is NULL, and its doubt says what cannot be known
 */
struct dump_ipset {
	unsigned int index;
	enum ipset_part parts[3];
	size_t part_count;
	int family;
	struct set *set;
};

/**
 * struct dump - all that was read
 * @interfaces: of the namespace; names too are in the ruleset's list, in the
 *	same order from its start
 * @lists: to which the things of libnftnl belong
 */
struct dump {
	struct dump_table *tables;
	size_t count;
	struct dump_interface *interfaces;
	size_t interface_count;
	struct dump_ipset *ipsets;
	size_t ipset_count;
	struct dump_lists *lists;
};

/*
 * Translates @dump into the frame that @ruleset is.  What cannot be translated
 * becomes doubt.  Returns 0, or -1 where memory is out.
 */
int compile_ruleset(struct ruleset *ruleset, struct dump *dump);

#endif /* RULESET_DUMP_H */
