// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of addresses: "10.0.0.1-10.0.0.250,2001:db8::1".
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define ADDRESSES_MAX	65536

static bool parse_one(const char *text, union load_address *address)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &address->in.sin_addr) == 1)
		address->any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &address->in6.sin6_addr) == 1)
		address->any.sa_family = AF_INET6;
	return address->any.sa_family;
}

/* The bytes of an address that a range counts in. */
static unsigned char *last_bytes(union load_address *address)
{
	if (address->any.sa_family == AF_INET)
		return (unsigned char *)&address->in.sin_addr;
	return (unsigned char *)&address->in6.sin6_addr + 12;
}

static bool same_prefix(const union load_address *a, const union load_address *b)
{
	return a->any.sa_family == b->any.sa_family &&
	       (a->any.sa_family == AF_INET ||
		!memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 12));
}

static bool append(struct load_addresses *list, const union load_address *address)
{
	union load_address *more;

	if (list->count == ADDRESSES_MAX)
		return false;
	more = reallocarray(list->address, list->count + 1, sizeof(*more));
	if (!more)
		return false;
	list->address = more;
	more[list->count++] = *address;
	return true;
}

static bool append_range(struct load_addresses *list, union load_address first,
			 union load_address last)
{
	uint32_t at, end;

	if (!same_prefix(&first, &last))
		return false;
	memcpy(&at, last_bytes(&first), sizeof(at));
	memcpy(&end, last_bytes(&last), sizeof(end));
	at = ntohl(at);
	end = ntohl(end);
	if (at > end || end - at >= ADDRESSES_MAX)
		return false;
	for (; at <= end; at++) {
		uint32_t wire = htonl(at);

		memcpy(last_bytes(&first), &wire, sizeof(wire));
		if (!append(list, &first))
			return false;
		if (at == UINT32_MAX)
			break;
	}
	return true;
}

static bool parse_item(struct load_addresses *list, char *item)
{
	union load_address first, last;
	char *dash = strchr(item, '-');

	if (dash)
		*dash++ = '\0';
	return parse_one(item, &first) && parse_one(dash ? dash : item, &last) &&
	       append_range(list, first, last);
}

/**
 * load_addresses_parse() - read a list of addresses and ranges of them
 * @list: empty; to be freed even where this fails
 * @text: IPv4 and IPv6 addresses, between commas; "FIRST-LAST" for a range
 *
 * Return: false where the text is no such list, a range runs backwards, or
 * there are more than 65536.
 */
bool load_addresses_parse(struct load_addresses *list, const char *text)
{
	char *copy = strdup(text), *rest = copy, *item;
	bool good = copy;

	while (good && (item = strsep(&rest, ",")))
		good = parse_item(list, item);
	free(copy);
	return good;
}

/**
 * load_addresses_free() - free what load_addresses_parse() made
 * @list: empty again afterwards
 */
void load_addresses_free(struct load_addresses *list)
{
	free(list->address);
	list->address = NULL;
	list->count = 0;
}
