// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One entry of a set of ipset, from the attributes that the kernel lists
 * (net/netfilter/ipset/ip_set_*.c, the functions named _list) to ranges of values.
 */
#include "ruleset/ipset_entry.h"

#include <arpa/inet.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <string.h>
#include <sys/socket.h>

#define ADDRESS_BITS(family)	((family) == AF_INET ? 32U : 128U)

/**
 * ipset_parts() - find out what the parts of a set's entries are
 * @set: gets its parts
 * @type: such as "hash:net,port"
 *
 * Return: true where all of them are known.
 */
bool ipset_parts(struct dump_ipset *set, const char *type)
{
	static const struct {
		const char *name;
		enum ipset_part part;
	} parts[] = {
		{ "ip", IPSET_ADDRESS }, { "net", IPSET_ADDRESS }, { "port", IPSET_PORT },
		{ "mac", IPSET_MAC }, { "mark", IPSET_MARK },
	};
	const char *at = strchr(type, ':');
	size_t span, i;

	set->part_count = 0;
	for (at = at ? at + 1 : ""; *at; at += span + (at[span] == ',')) {
		span = strcspn(at, ",");
		for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (strlen(parts[i].name) == span && !memcmp(parts[i].name, at, span))
				break;
		if (i == sizeof(parts) / sizeof(parts[0]) || set->part_count == 3) {
			set->part_count = 0;
			return false;
		}
		set->parts[set->part_count++] = parts[i].part;
	}
	return set->part_count > 0;
}

static const struct nlattr *find(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static __uint128_t spell(const unsigned char *bytes, size_t count)
{
	__uint128_t value = 0;

	while (count--)
		value = value << 8 | *bytes++;
	return value;
}

/* A value of at most @most bytes in network order; false where it is missing. */
static bool take_value(const struct nlattr *nest, uint16_t type, size_t most, __uint128_t *value)
{
	const struct nlattr *attr = find(nest, type);
	size_t length = attr ? mnl_attr_get_payload_len(attr) : 0;

	if (!length || length > most)
		return false;
	*value = spell(mnl_attr_get_payload(attr), length);
	return true;
}

static bool take_address(const struct nlattr *nest, uint16_t type, __uint128_t *value)
{
	const struct nlattr *address = find(nest, type);

	return address && (take_value(address, IPSET_ATTR_IPADDR_IPV4, 4, value) ||
			   take_value(address, IPSET_ATTR_IPADDR_IPV6, 16, value));
}

/* The attributes of the first address of an entry and of the second. */
static const uint16_t address_types[2][3] = {
	{ IPSET_ATTR_IP, IPSET_ATTR_CIDR, IPSET_ATTR_IP_TO },
	{ IPSET_ATTR_IP2, IPSET_ATTR_CIDR2, IPSET_ATTR_IP2_TO },
};

static bool take_addresses(const struct ipset_kind *kind, const struct nlattr *nest,
			   const uint16_t types[3], struct interval *range)
{
	unsigned int bits = ADDRESS_BITS(kind->set->family);
	unsigned int prefix = kind->netmask && kind->netmask < bits ? kind->netmask : bits;
	__uint128_t value, rest;

	if (!take_address(nest, types[0], &range->low))
		return false;
	if (take_value(nest, types[1], 1, &value) && value <= bits)
		prefix = (unsigned int)value;
	/* A shift by all bits of a number is undefined. */
	rest = prefix ? ((__uint128_t)1 << (bits - prefix)) - 1 :
	       bits == 128 ? ~(__uint128_t)0 : 0xffffffff;
	range->low &= ~rest;
	range->high = range->low | rest;
	if (take_address(nest, types[2], &value) && value > range->high)
		range->high = value;
	return true;
}

static bool take_ports(const struct ipset_kind *kind, const struct nlattr *nest,
		       struct interval *protocol, struct interval *port)
{
	__uint128_t value;

	if (!take_value(nest, IPSET_ATTR_PORT, 2, &port->low))
		return false;
	port->high = port->low;
	if (take_value(nest, IPSET_ATTR_PORT_TO, 2, &value) && value > port->high)
		port->high = value;
	if (kind->any_protocol) {
		protocol->low = IPPROTO_TCP;
		protocol->high = IPPROTO_TCP;
		return true;
	}
	if (!take_value(nest, IPSET_ATTR_PROTO, 1, &protocol->low))
		return false;
	protocol->high = protocol->low;
	return true;
}

static bool take_one(const struct nlattr *nest, uint16_t type, size_t most, struct interval *range)
{
	if (!take_value(nest, type, most, &range->low))
		return false;
	range->high = range->low;
	return true;
}

static bool take_part(const struct ipset_kind *kind, const struct nlattr *nest,
		      enum ipset_part part, size_t address, struct interval *key)
{
	switch (part) {
	case IPSET_ADDRESS:
		return take_addresses(kind, nest, address_types[address > 0], key);
	case IPSET_PORT:
		return take_ports(kind, nest, key, key + 1);
	case IPSET_MARK:
		return take_one(nest, IPSET_ATTR_MARK, 4, key);
	case IPSET_MAC:
		return take_one(nest, IPSET_ATTR_ETHER, 6, key);
	default:
		return false;
	}
}

static bool is_exception(const struct nlattr *nest)
{
	__uint128_t flags;

	return take_value(nest, IPSET_ATTR_CADT_FLAGS, 4, &flags) && flags & IPSET_FLAG_NOMATCH;
}

/**
 * ipset_entry_read() - read an entry
 * @kind: of the set
 * @data: attribute with the entry's
 * @keys: gets the ranges: KEY_FIELDS of them
 *
 * Return: what it is.
 */
enum ipset_entry ipset_entry_read(const struct ipset_kind *kind, const struct nlattr *data,
				  struct interval *keys)
{
	const struct dump_ipset *set = kind->set;
	size_t key = 0, addresses = 0, i;

	memset(keys, 0, KEY_FIELDS * sizeof(*keys));
	for (i = 0; i < set->part_count; i++) {
		if (!take_part(kind, data, set->parts[i], addresses, &keys[key]))
			return IPSET_ENTRY_STRANGE;
		addresses += set->parts[i] == IPSET_ADDRESS;
		key += set->parts[i] == IPSET_PORT ? 2 : 1;
	}
	return is_exception(data) ? IPSET_ENTRY_EXCEPT : IPSET_ENTRY_TAKEN;
}
