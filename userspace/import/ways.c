// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ways between the server, which is this machine, and the others.
 */
#include "import/ways.h"

#include <string.h>

static void mark_used(const struct machines *machines)
{
	struct own_address *seen;
	size_t i, j;

	for (i = 1; i < machines->count; i++)
		for (j = 0; j < machines->list[i].count; j++) {
			seen = own_towards(&machines->own, &machines->list[i].address[j]);
			if (seen)
				seen->used = true;
		}
}

static void mark_default(const struct own *own, sa_family_t family)
{
	struct own_address *seen = own_default(own, family);

	if (seen)
		seen->used = true;
}

static bool any_used(const struct own *own, sa_family_t family)
{
	size_t i;

	for (i = 0; i < own->count; i++)
		if (own->addresses[i].used &&
		    (family == AF_UNSPEC || own->addresses[i].address.family == family))
			return true;
	return false;
}

/**
 * ways_choose() - choose the addresses of this machine that the site is about
 * @machines: the machines
 * @ipv6: Amanda may know IPv6
 *
 * Those that clients see; else the one that the world does; else all.
 */
void ways_choose(const struct machines *machines, bool ipv6)
{
	const struct own *own = &machines->own;
	size_t i;

	mark_used(machines);
	if (!any_used(own, AF_INET))
		mark_default(own, AF_INET);
	if (ipv6 && !any_used(own, AF_UNSPEC))
		mark_default(own, AF_INET6);
	for (i = 0; i < own->count; i++)
		if (!ipv6 && own->addresses[i].address.family != AF_INET)
			own->addresses[i].used = false;
	if (any_used(own, AF_UNSPEC))
		return;
	for (i = 0; i < own->count; i++)
		own->addresses[i].used = ipv6 || own->addresses[i].address.family == AF_INET;
}

/* Does a site file's reading of the interfaces agree with the kernel's? */
static bool route_agrees(const struct own *own, const struct own_address *world,
			 const struct address *peer)
{
	const struct own_address *real = own_towards(own, peer), *told = world;
	size_t i;

	if (!real)
		return true;
	for (i = 0; i < own->count; i++)
		if (own->addresses[i].used &&
		    address_in_net(peer, &own->addresses[i].address)) {
			told = &own->addresses[i];
			break;
		}
	return told && !strcmp(told->interface, real->interface);
}

/**
 * ways_agree() - can the server's interfaces be written down?
 * @machines: the machines
 *
 * A site file knows nets and one default route; the kernel may know better.
 *
 * Return: true where both lead each client to the same interface.
 */
bool ways_agree(const struct machines *machines)
{
	const struct own *own = &machines->own;
	const struct own_address *world[2] = {
		own_default(own, AF_INET), own_default(own, AF_INET6),
	};
	const struct address *peer;
	size_t i, j;

	for (i = 0; i < own->count; i++)
		if (own->addresses[i].used &&
		    strspn(own->addresses[i].interface,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
		    strlen(own->addresses[i].interface))
			return false;
	for (i = 1; i < machines->count; i++)
		for (j = 0; j < machines->list[i].count; j++) {
			peer = &machines->list[i].address[j];
			if (!route_agrees(own, world[peer->family == AF_INET6], peer))
				return false;
		}
	return true;
}

/**
 * ways_drop() - forget the addresses of families that the server has none of
 * @machines: the machines, the server with its addresses
 */
void ways_drop(struct machines *machines)
{
	const struct machine *server = &machines->list[0];
	bool v4 = false, v6 = false;
	size_t i, j, kept;

	for (i = 0; i < server->count; i++) {
		v4 = v4 || server->address[i].family == AF_INET;
		v6 = v6 || server->address[i].family == AF_INET6;
	}
	for (i = 1; server->count && i < machines->count; i++) {
		struct machine *machine = &machines->list[i];

		if (machine->gateway || !machine->count)
			continue;
		for (j = 0, kept = 0; j < machine->count; j++)
			if (machine->address[j].family == AF_INET ? v4 : v6)
				machine->address[kept++] = machine->address[j];
		machine->count = kept;
		if (!kept && !machine->why)
			machine->why = "this machine has no address of its family";
	}
}

