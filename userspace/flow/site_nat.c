// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The translations of a gateway: to whom they lead, and in an order in which
 * they are found quickly.  A provider's gateway may have one for each client.
 */
#include <stdlib.h>

#include "flow/flow.h"
#include "flow/site_check.h"

static bool host_has_address(const struct host *host, const struct address *address)
{
	size_t i;

	for (i = 0; i < host->address_count; i++)
		if (address_equal(&host->address[i], address))
			return true;
	return false;
}

static void check_target(const struct site *site, const struct host *gateway,
			 struct nat *nat)
{
	const struct host *target = site_host(site, nat->target_name);

	if (!target) {
		site_error(site, nat->target_span, "no host of this name");
		return;
	}
	nat->target = (size_t)(target - site->hosts);
	if (!nat->port)
		nat->port = auth_port(target->settings.auth, target);
	if (target == gateway)
		site_error(site, nat->target_span, "a gateway cannot forward to itself");
	else if (!(target->roles & ~(unsigned int)ROLE_GATEWAY) && !target->settings.backuppc)
		site_error(site, nat->target_span, "nobody asks anything of %s",
			   target->name);
	else if (!host_has_family(target, nat->address.family))
		site_error(site, nat->target_span, "%s has no %s address", target->name,
			   nat->address.family == AF_INET ? "IPv4" : "IPv6");
}

static void check_one(const struct site *site, const struct host *host, struct nat *nat)
{
	if (!(host->roles & ROLE_GATEWAY))
		site_error(site, nat->address_span, "only a gateway translates addresses");
	else if (!host_has_address(host, &nat->address))
		site_error(site, nat->address_span, "%s does not have this address",
			   host->name);
	if (nat->kind == GATEWAY_FORWARD)
		check_target(site, host, nat);
}

static int order(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

/* As written: a line holds one translation. */
static int by_place(const struct nat *a, const struct nat *b)
{
	return order(a->address_span.line, b->address_span.line);
}

static int by_identity(const void *a, const void *b)
{
	const struct nat *one = a, *two = b;
	int result = order(one->kind, two->kind);

	if (!result)
		result = address_compare(&one->address, &two->address);
	if (!result && one->kind == GATEWAY_FORWARD)
		result = order(one->port, two->port);
	return result;
}

static int by_identity_and_place(const void *a, const void *b)
{
	int result = by_identity(a, b);

	return result ? result : by_place(a, b);
}

static int by_target(const void *a, const void *b)
{
	const struct nat *one = a, *two = b;
	int result = order(one->kind, two->kind);

	if (!result && one->kind == GATEWAY_FORWARD)
		result = order(one->target, two->target);
	return result ? result : by_place(one, two);
}

/**
 * site_check_nat() - look at the translations of a host
 * @site: the site
 * @host: the host; masquerades are brought before forwards, those by target
 */
void site_check_nat(const struct site *site, struct host *host)
{
	size_t i;

	if (!host->nat_count)
		return;
	for (i = 0; i < host->nat_count; i++)
		check_one(site, host, &host->nat[i]);
	qsort(host->nat, host->nat_count, sizeof(*host->nat), by_identity_and_place);
	for (i = 1; i < host->nat_count; i++)
		if (!by_identity(&host->nat[i - 1], &host->nat[i]))
			site_error(site, host->nat[i].address_span, "given in line %u already",
				   host->nat[i - 1].address_span.line);
	qsort(host->nat, host->nat_count, sizeof(*host->nat), by_target);
}
