// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses, port ranges and the packets they describe.
 */
#include "flow/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_GUESS_V4	24
#define PREFIX_GUESS_V6	64

static bool prefix_parse(const char *text, unsigned int most, uint8_t *prefix)
{
	unsigned int value = 0;

	if (!*text || strlen(text) > 3)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned int)(*text - '0');
	}
	if (!value || value > most)
		return false;
	*prefix = (uint8_t)value;
	return true;
}

/**
 * address_parse() - read an address, with or without a prefix length
 * @text: "192.0.2.1", "192.0.2.1/24", "2001:db8::1/64"
 * @address: receives it
 *
 * Where no length is written, the net is taken to be the usual one of a
 * site's segment: 24 bits, or 64.
 *
 * Return: false where it is no address.
 */
bool address_parse(const char *text, struct address *address)
{
	char copy[INET6_ADDRSTRLEN + 5];
	unsigned int most;
	char *slash;

	memset(address, 0, sizeof(*address));
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (inet_pton(AF_INET, copy, &address->v4) == 1) {
		address->family = AF_INET;
		address->prefix = PREFIX_GUESS_V4;
		most = 32;
	} else if (inet_pton(AF_INET6, copy, &address->v6) == 1) {
		address->family = AF_INET6;
		address->prefix = PREFIX_GUESS_V6;
		most = 128;
	} else {
		return false;
	}
	return !slash || prefix_parse(slash, most, &address->prefix);
}

static size_t address_bytes(const struct address *address, const uint8_t **bytes)
{
	if (address->family == AF_INET) {
		*bytes = (const uint8_t *)&address->v4;
		return 4;
	}
	*bytes = address->v6.s6_addr;
	return address->family == AF_INET6 ? 16 : 0;
}

/**
 * address_print() - write an address as text, without its prefix length
 * @address: the address
 * @text: receives it
 */
void address_print(const struct address *address, char text[INET6_ADDRSTRLEN])
{
	const uint8_t *bytes;

	text[0] = '\0';
	if (address_bytes(address, &bytes))
		inet_ntop(address->family, bytes, text, INET6_ADDRSTRLEN);
}

/**
 * address_compare() - order addresses, to sort them
 * @a: one
 * @b: the other
 *
 * Return: as memcmp() does.
 */
int address_compare(const struct address *a, const struct address *b)
{
	const uint8_t *bytes_a, *bytes_b;
	size_t length = address_bytes(a, &bytes_a);

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	address_bytes(b, &bytes_b);
	return memcmp(bytes_a, bytes_b, length);
}

/**
 * address_equal() - do both name one host? Prefix lengths do not count.
 * @a: one
 * @b: the other
 *
 * Return: true where they do.
 */
bool address_equal(const struct address *a, const struct address *b)
{
	return !address_compare(a, b);
}

/**
 * address_in_net() - does an address lie in the net of another?
 * @address: the address
 * @net: any address of the net, with the prefix length
 *
 * Return: true where it does.
 */
bool address_in_net(const struct address *address, const struct address *net)
{
	const uint8_t *a, *n;
	unsigned int whole = net->prefix / 8, rest = net->prefix % 8;

	if (address->family != net->family)
		return false;
	address_bytes(address, &a);
	address_bytes(net, &n);
	if (memcmp(a, n, whole))
		return false;
	return !rest || (a[whole] ^ n[whole]) >> (8 - rest) == 0;
}

/**
 * address_is_host() - can a packet come from and go to this address?
 * @address: the address
 *
 * Return: false for multicast, loopback, link-local and unspecified ones.
 */
bool address_is_host(const struct address *address)
{
	const struct in6_addr *v6 = &address->v6;
	uint32_t v4 = ntohl(address->v4.s_addr);

	if (address->family == AF_INET)
		return v4 >> 24 != 0 && v4 >> 24 != 127 && v4 >> 28 < 14 &&
		       v4 >> 16 != 0xa9fe;
	return !IN6_IS_ADDR_UNSPECIFIED(v6) && !IN6_IS_ADDR_LOOPBACK(v6) &&
	       !IN6_IS_ADDR_MULTICAST(v6) && !IN6_IS_ADDR_LINKLOCAL(v6) &&
	       !IN6_IS_ADDR_V4MAPPED(v6);
}

/**
 * range_equal() - do both hold the same ports?
 * @a: one
 * @b: the other
 *
 * Return: true where they do.
 */
bool range_equal(struct range a, struct range b)
{
	return a.low == b.low && a.high == b.high;
}

/**
 * range_holds() - is a port one of the range?
 * @range: the range
 * @port: the port
 *
 * Return: true where it is.
 */
bool range_holds(struct range range, uint16_t port)
{
	return range.low <= port && port <= range.high;
}

/**
 * range_print() - write a range as nft writes it
 * @range: the range
 * @text: receives "700-740", or "10080" for a single port
 */
void range_print(struct range range, char text[12])
{
	if (range.low == range.high)
		snprintf(text, 12, "%u", range.low);
	else
		snprintf(text, 12, "%u-%u", range.low, range.high);
}

/**
 * tuple_equal() - do both describe the same packets?
 * @a: one
 * @b: the other
 *
 * Return: true where they do.
 */
bool tuple_equal(const struct tuple *a, const struct tuple *b)
{
	return address_equal(&a->source, &b->source) &&
	       address_equal(&a->destination, &b->destination) &&
	       range_equal(a->sport, b->sport) && range_equal(a->dport, b->dport);
}

/**
 * tuple_reply() - the packets that answer
 * @tuple: the packets of the one direction
 *
 * Return: those of the other.
 */
struct tuple tuple_reply(const struct tuple *tuple)
{
	return (struct tuple) {
		.source = tuple->destination,
		.destination = tuple->source,
		.sport = tuple->dport,
		.dport = tuple->sport,
	};
}
