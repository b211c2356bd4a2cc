// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which interface has which address: what the lines "interface" of a host say
 * together with its lines "address".
 */
#include <string.h>

#include "flow/site_check.h"

static void check_interface(const struct site *site, const struct host *host, size_t i)
{
	const struct interface *interface = &host->interfaces[i];
	size_t j;

	for (j = 0; j < i; j++) {
		if (!strcmp(host->interfaces[j].name, interface->name))
			site_error(site, interface->span, "given in line %u already",
				   host->interfaces[j].span.line);
		if (host->interfaces[j].is_default && interface->is_default)
			site_error(site, interface->span, "%s is the default already, in line %u",
				   host->interfaces[j].name, host->interfaces[j].span.line);
	}
}

static void settle_holding(const struct site *site, struct host *host,
			   const struct holding *holding)
{
	size_t i;

	for (i = 0; i < host->address_count; i++) {
		if (!address_equal(&host->address[i], &holding->address))
			continue;
		if (host->address_interface[i] != NO_INTERFACE)
			site_error(site, holding->span, "%s has this address already",
				   host->interfaces[host->address_interface[i]].name);
		host->address_interface[i] = holding->interface;
		return;
	}
	site_error(site, holding->span, "%s does not have this address", host->name);
}

/**
 * site_check_interfaces() - join the interfaces of a host to its addresses
 * @site: the site, to complain about
 * @host: the host; where its addresses are is filled in
 */
void site_check_interfaces(const struct site *site, struct host *host)
{
	size_t i;

	for (i = 0; i < host->interface_count; i++)
		check_interface(site, host, i);
	for (i = 0; i < host->holding_count; i++)
		settle_holding(site, host, &host->holdings[i]);
}
