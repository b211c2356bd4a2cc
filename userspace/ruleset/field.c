// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of fields: how each is called, how wide it is and what it can hold. */
#include <sys/socket.h>

#include "ruleset/space.h"

/* Bits of NF_CT_STATE_BIT(), invalid, established, related, new and untracked: the
 * states that linux/netfilter/nf_conntrack_common.h knows, of which a packet has one.
 */
static const struct values any_state = {
	.count = 4,
	.interval = { { 1, 2 }, { 4, 4 }, { 8, 8 }, { 64, 64 } },
};

static const struct {
	const char *name;
	unsigned int bits;
	const struct values *any;
} fields[FIELD_COUNT] = {
	[FIELD_SADDR] = { "saddr", 128, NULL },
	[FIELD_DADDR] = { "daddr", 128, NULL },
	[FIELD_PROTOCOL] = { "protocol", 8, NULL },
	[FIELD_SPORT] = { "sport", 16, NULL },
	[FIELD_DPORT] = { "dport", 16, NULL },
	[FIELD_TCP_FLAGS] = { "tcp flags", 8, NULL },
	[FIELD_ICMP] = { "icmp type and code", 16, NULL },
	[FIELD_IIF] = { "iif", 32, NULL },
	[FIELD_OIF] = { "oif", 32, NULL },
	[FIELD_CT_STATE] = { "ct state", 7, &any_state },
	[FIELD_CT_DIRECTION] = { "ct direction", 1, NULL },
	[FIELD_CT_STATUS] = { "ct status", 32, NULL },
	[FIELD_CT_HELPER] = { "ct helper", 16, NULL },
	[FIELD_CT_MARK] = { "ct mark", 32, NULL },
	[FIELD_CT_ZONE] = { "ct zone", 16, NULL },
	[FIELD_CT_SADDR] = { "ct original saddr", 128, NULL },
	[FIELD_CT_DADDR] = { "ct original daddr", 128, NULL },
	[FIELD_CT_SPORT] = { "ct original proto-src", 16, NULL },
	[FIELD_CT_DPORT] = { "ct original proto-dst", 16, NULL },
	[FIELD_MARK] = { "mark", 32, NULL },
	[FIELD_LENGTH] = { "length", 16, NULL },
	[FIELD_TTL] = { "ttl", 8, NULL },
	[FIELD_TOS] = { "tos", 8, NULL },
	[FIELD_FRAGMENT] = { "fragment", 16, NULL },
	[FIELD_PKTTYPE] = { "pkttype", 8, NULL },
	[FIELD_MASKED] = { "masked mark", 32, NULL },
	[FIELD_SADDR_TYPE] = { "saddr type", 8, NULL },
	[FIELD_DADDR_TYPE] = { "daddr type", 8, NULL },
};

/**
 * field_name() - how a field is called in messages
 * @field: the field
 */
const char *field_name(enum field field)
{
	return fields[field].name;
}

/**
 * field_bits() - how wide a field is
 * @field: the field
 * @family: AF_INET, AF_INET6, or another for the wider of the two
 */
unsigned int field_bits(enum field field, int family)
{
	bool address = field == FIELD_SADDR || field == FIELD_DADDR ||
		       field == FIELD_CT_SADDR || field == FIELD_CT_DADDR;

	return address && family == AF_INET ? 32 : fields[field].bits;
}

/**
 * field_most() - the highest value of a field
 * @field: the field
 */
__uint128_t field_most(enum field field)
{
	return ~(__uint128_t)0 >> (128 - fields[field].bits);
}

/**
 * field_any() - the values that a packet can have at all
 * @field: the field
 *
 * Return: values, or NULL where every one up to field_most() is possible.
 */
const struct values *field_any(enum field field)
{
	return fields[field].any;
}
