// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine that this runs on: its name, its addresses, its ways out.
 */
#include "import/own.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_wanted(const struct ifaddrs *entry)
{
	if (!entry->ifa_addr || !entry->ifa_netmask || entry->ifa_flags & IFF_LOOPBACK ||
	    !(entry->ifa_flags & IFF_UP))
		return false;
	if (entry->ifa_addr->sa_family == AF_INET6)
		return !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)
						entry->ifa_addr)->sin6_addr);
	return entry->ifa_addr->sa_family == AF_INET;
}

static void from_socket(struct address *address, const struct sockaddr *from)
{
	memset(address, 0, sizeof(*address));
	address->family = from->sa_family;
	if (from->sa_family == AF_INET)
		address->v4 = ((const struct sockaddr_in *)from)->sin_addr;
	else
		address->v6 = ((const struct sockaddr_in6 *)from)->sin6_addr;
}

static uint8_t mask_length(const struct sockaddr *mask)
{
	struct address bits;
	const uint8_t *bytes;
	size_t size, i;
	uint8_t length = 0;

	from_socket(&bits, mask);
	bytes = bits.family == AF_INET ? (const uint8_t *)&bits.v4 : bits.v6.s6_addr;
	size = bits.family == AF_INET ? 4 : 16;
	for (i = 0; i < size; i++)
		length = (uint8_t)(length + __builtin_popcount(bytes[i]));
	return length;
}

static int addresses_read(struct own *own)
{
	struct ifaddrs *list, *entry;
	size_t count = 0;

	if (getifaddrs(&list))
		return -errno;
	for (entry = list; entry; entry = entry->ifa_next)
		count += is_wanted(entry);
	own->addresses = calloc(count + 1, sizeof(*own->addresses));
	for (entry = list; own->addresses && entry; entry = entry->ifa_next) {
		struct own_address *to = &own->addresses[own->count];

		if (!is_wanted(entry))
			continue;
		from_socket(&to->address, entry->ifa_addr);
		to->address.prefix = mask_length(entry->ifa_netmask);
		snprintf(to->interface, sizeof(to->interface), "%s", entry->ifa_name);
		own->count++;
	}
	freeifaddrs(list);
	return own->addresses ? 0 : -ENOMEM;
}

/**
 * own_read() - look at this machine
 * @own: to fill; own_free() it whatever is returned
 *
 * Return: 0, or a negative errno.
 */
int own_read(struct own *own)
{
	memset(own, 0, sizeof(*own));
	if (gethostname(own->name, sizeof(own->name) - 1))
		return -errno;
	return addresses_read(own);
}

/**
 * own_free() - give the memory back
 * @own: this machine
 */
void own_free(struct own *own)
{
	free(own->addresses);
	memset(own, 0, sizeof(*own));
}

static struct own_address *own_find(const struct own *own, const struct address *address)
{
	size_t i;

	for (i = 0; i < own->count; i++)
		if (address_equal(&own->addresses[i].address, address))
			return &own->addresses[i];
	return NULL;
}

/**
 * own_has() - is this an address of this machine?
 * @own: this machine
 * @address: the address
 *
 * Return: true where it is.
 */
bool own_has(const struct own *own, const struct address *address)
{
	return own_find(own, address);
}

/**
 * own_towards() - the address that another machine sees this one under
 * @own: this machine
 * @peer: the other one
 *
 * The kernel is asked for its route; nothing is sent.
 *
 * Return: the address, or NULL where there is no way.
 */
struct own_address *own_towards(const struct own *own, const struct address *peer)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} where = { .any.sa_family = peer->family };
	socklen_t length = sizeof(where);
	struct address address;
	int fd = socket(peer->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found;

	if (fd < 0)
		return NULL;
	if (peer->family == AF_INET) {
		where.v4.sin_addr = peer->v4;
		where.v4.sin_port = htons(AMANDA_PORT);
	} else {
		where.v6.sin6_addr = peer->v6;
		where.v6.sin6_port = htons(AMANDA_PORT);
	}
	found = !connect(fd, &where.any, sizeof(where)) &&
		!getsockname(fd, &where.any, &length);
	close(fd);
	if (!found)
		return NULL;
	from_socket(&address, &where.any);
	return own_find(own, &address);
}

/**
 * own_default() - the address that the world sees this machine under
 * @own: this machine
 * @family: of the address
 *
 * Return: the address; or NULL where no route leads to the world.
 */
struct own_address *own_default(const struct own *own, sa_family_t family)
{
	struct address world;

	/* Nobody is there: RFC 5737, RFC 3849.  Only the default route leads there. */
	address_parse(family == AF_INET ? "203.0.113.1" : "2001:db8:ffff::1", &world);
	return own_towards(own, &world);
}

/**
 * own_router() - the next hop of the default route, for IPv4
 * @router: receives its address
 *
 * Return: false where there is none.
 */
bool own_router(struct address *router)
{
	FILE *file = fopen("/proc/net/route", "re");
	unsigned int target, hop, mask;
	char line[256];
	bool found = false;

	memset(router, 0, sizeof(*router));
	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %x %x %*s %*s %*s %*s %x", &target, &hop, &mask) != 3)
			continue;
		if (target || mask || !hop)
			continue;
		router->family = AF_INET;
		router->prefix = 32;
		router->v4.s_addr = hop;	/* printed as the kernel has it in memory */
		found = true;
	}
	if (file)
		fclose(file);
	return found;
}
