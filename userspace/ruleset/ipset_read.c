// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the sets of ipset in a network namespace.
 */
#include "ruleset/ipset_read.h"

#include <errno.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ruleset/ipset_entry.h"
#include "ruleset/netlink.h"
#include "ruleset/set.h"

/* Index of a set is told by this version of the protocol and later ones. */
#define PROTOCOL_VERSION	7
#define SETS_MOST		65535
#define ENTRIES_MOST		4000000

/**
 * struct growing - a set while its entries come
 * @draft: its entries so far
 */
struct growing {
	struct ipset_kind kind;
	const char *name;
	const char *doubt;
	struct draft draft;
};

struct reading {
	struct ruleset *ruleset;
	struct dump *dump;
	struct growing growing;
	size_t entries;
};

static void set_doubt(struct reading *reading, const char *why)
{
	struct growing *growing = &reading->growing;
	char text[256];

	snprintf(text, sizeof(text), "set %s, %s", growing->name, why);
	if (!growing->doubt)
		growing->doubt = arena_text(reading->ruleset->arena, text);
}

static size_t count_keys(const struct dump_ipset *set)
{
	size_t keys = 0, i;

	for (i = 0; i < set->part_count; i++)
		keys += set->parts[i] == IPSET_PORT ? 2 : 1;
	return keys;
}

static int put_entry(struct reading *reading, const struct interval *keys)
{
	if (reading->entries++ >= ENTRIES_MOST)
		return -E2BIG;
	return draft_add(&reading->growing.draft, keys, NULL);
}

/* A bitmap of ports asks no protocol but has to be TCP or UDP: two entries. */
static int put_other_protocol(struct reading *reading, struct interval *keys)
{
	keys[0].low = IPPROTO_UDP;
	keys[0].high = IPPROTO_UDP;
	return put_entry(reading, keys);
}

static int take_entry(struct reading *reading, const struct nlattr *data)
{
	const struct ipset_kind *kind = &reading->growing.kind;
	struct interval keys[KEY_FIELDS];
	int result;

	switch (ipset_entry_read(kind, data, keys)) {
	case IPSET_ENTRY_TAKEN:
		break;
	case IPSET_ENTRY_EXCEPT:
		set_doubt(reading, "which has exceptions");
		return 0;
	default:
		set_doubt(reading, "whose entries are not understood");
		return 0;
	}
	result = put_entry(reading, keys);
	return !result && kind->any_protocol ? put_other_protocol(reading, keys) : result;
}

/* What has grown becomes a set: the last of the dump's. */
static int end_set(struct reading *reading)
{
	struct growing *growing = &reading->growing;
	struct arena *arena = reading->ruleset->arena;
	struct dump_ipset *last;
	struct set *set;
	int result;

	if (!growing->name)
		return 0;
	last = &reading->dump->ipsets[reading->dump->ipset_count - 1];
	set = last->set;
	set->name = growing->name;
	set->doubt = growing->doubt;
	result = draft_end(&growing->draft, arena, set);
	memset(growing, 0, sizeof(*growing));
	return result;
}

static struct dump_ipset *new_set(struct reading *reading)
{
	struct dump *dump = reading->dump;
	struct dump_ipset *more;

	if (dump->ipset_count >= SETS_MOST)
		return NULL;
	if (!(dump->ipset_count & (dump->ipset_count - 1))) {
		more = realloc(dump->ipsets, (dump->ipset_count ? dump->ipset_count * 2 : 1) *
					     sizeof(*more));
		if (!more)
			return NULL;
		dump->ipsets = more;
	}
	more = &dump->ipsets[dump->ipset_count];
	memset(more, 0, sizeof(*more));
	more->set = arena_take(reading->ruleset->arena, sizeof(*more->set));
	if (!more->set)
		return NULL;
	memset(more->set, 0, sizeof(*more->set));
	dump->ipset_count++;
	return more;
}

/* What the set was created with. */
static void take_settings(struct reading *reading, const struct nlattr *data)
{
	struct growing *growing = &reading->growing;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data) {
		switch (mnl_attr_get_type(attr)) {
		case IPSET_ATTR_NETMASK:
			if (mnl_attr_get_payload_len(attr) == 1)
				growing->kind.netmask = mnl_attr_get_u8(attr);
			break;
		case IPSET_ATTR_TIMEOUT:
			set_doubt(reading, "whose entries expire");
			break;
		case IPSET_ATTR_MARKMASK:
			set_doubt(reading, "which has a mask");
			break;
		default:
			break;
		}
	}
}

/* Attributes of one message: of a set's beginning, or of more of its entries. */
struct message {
	const char *name;
	const char *type;
	const struct nlattr *settings;
	const struct nlattr *entries;
	unsigned int index;
	int family;
};

static void parse(const struct nlmsghdr *header, struct message *message)
{
	const struct nlattr *attr;

	memset(message, 0, sizeof(*message));
	mnl_attr_for_each(attr, header, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case IPSET_ATTR_SETNAME:
			if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
				message->name = mnl_attr_get_str(attr);
			break;
		case IPSET_ATTR_TYPENAME:
			if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
				message->type = mnl_attr_get_str(attr);
			break;
		case IPSET_ATTR_FAMILY:
			if (mnl_attr_validate(attr, MNL_TYPE_U8) >= 0)
				message->family = mnl_attr_get_u8(attr);
			break;
		case IPSET_ATTR_INDEX:
			if (mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
				message->index = ntohs(mnl_attr_get_u16(attr));
			break;
		case IPSET_ATTR_DATA:
			message->settings = attr;
			break;
		case IPSET_ATTR_ADT:
			message->entries = attr;
			break;
		default:
			break;
		}
	}
}

static int begin_set(struct reading *reading, const struct message *message)
{
	struct growing *growing = &reading->growing;
	struct dump_ipset *set;
	int result = end_set(reading);

	if (result)
		return result;
	set = new_set(reading);
	if (!set)
		return -ENOMEM;
	set->index = message->index;
	set->family = message->family == NFPROTO_IPV4 ? AF_INET :
		      message->family == NFPROTO_IPV6 ? AF_INET6 : AF_UNSPEC;
	growing->name = arena_text(reading->ruleset->arena, message->name);
	if (!growing->name)
		return -ENOMEM;
	if (!ipset_parts(set, message->type))
		set_doubt(reading, message->type);
	growing->draft.key_count = count_keys(set);
	growing->kind.any_protocol = !strcmp(message->type, "bitmap:port");
	return 0;
}

static int take_message(const struct nlmsghdr *header, void *data)
{
	struct reading *reading = data;
	struct message message;
	const struct nlattr *entry;
	int result = 0;

	parse(header, &message);
	/* A message without a type has more entries of the set before. */
	if (message.name && message.type)
		result = begin_set(reading, &message);
	if (result || !reading->growing.name)
		return result;
	if (message.settings && message.type)
		take_settings(reading, message.settings);
	/* Sets may have moved in memory when one was added. */
	reading->growing.kind.set = &reading->dump->ipsets[reading->dump->ipset_count - 1];
	if (!message.entries || !reading->growing.kind.set->part_count)
		return 0;
	mnl_attr_for_each_nested(entry, message.entries) {
		result = take_entry(reading, entry);
		if (result)
			break;
	}
	return result;
}

/**
 * ipset_read() - read all sets of a network namespace
 * @ruleset: where they live
 * @dump: gets the sets
 * @netfilter: NETLINK_NETFILTER socket in the namespace
 *
 * Return: 0, also where the kernel has no sets, or -errno.
 */
int ipset_read(struct ruleset *ruleset, struct dump *dump, int netfilter)
{
	struct reading reading = { .ruleset = ruleset, .dump = dump };
	char buffer[256];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *message;
	int result;

	header->nlmsg_type = NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_LIST;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	message->nfgen_family = AF_INET;
	message->version = NFNETLINK_V0;
	mnl_attr_put_u8(header, IPSET_ATTR_PROTOCOL, PROTOCOL_VERSION);
	result = netlink_ask(netfilter, header, take_message, &reading);
	if (!result)
		result = end_set(&reading);
	draft_free(&reading.growing.draft);
	/* The module is not there, and neither are sets. */
	return result == -EINVAL || result == -EOPNOTSUPP ? 0 : result;
}
