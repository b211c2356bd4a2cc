// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What no single line of a site file can show to be wrong.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flow/flow.h"
#include "flow/site_check.h"

static const struct span nowhere;

static int by_name(const void *a, const void *b)
{
	const struct host *one = *(const struct host *const *)a;
	const struct host *two = *(const struct host *const *)b;
	int order = strcasecmp(one->name, two->name);

	return order ? order : one < two ? -1 : 1;
}

static int check_names(struct site *site)
{
	const struct host **sorted = calloc(site->host_count, sizeof(*sorted));
	size_t i;

	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < site->host_count; i++)
		sorted[i] = &site->hosts[i];
	qsort(sorted, site->host_count, sizeof(*sorted), by_name);
	for (i = 1; i < site->host_count; i++)
		if (!strcasecmp(sorted[i - 1]->name, sorted[i]->name))
			site_error(site, sorted[i]->name_span,
				   "this host stands in line %u already",
				   sorted[i - 1]->name_span.line);
	site->by_name = sorted;
	return 0;
}

struct owner {
	const struct address *address;
	const struct host *host;
	struct span span;
};

static int by_address(const void *a, const void *b)
{
	const struct owner *one = a, *two = b;
	int order = address_compare(one->address, two->address);

	if (order)
		return order;
	if (one->span.line != two->span.line)
		return one->span.line < two->span.line ? -1 : 1;
	return one->span.first < two->span.first ? -1 : 1;
}

static int check_owners(const struct site *site)
{
	size_t count = 0, i, j;
	struct owner *owners;

	for (i = 0; i < site->host_count; i++)
		count += site->hosts[i].address_count;
	owners = calloc(count + 1, sizeof(*owners));
	if (!owners)
		return -ENOMEM;
	for (count = 0, i = 0; i < site->host_count; i++)
		for (j = 0; j < site->hosts[i].address_count; j++)
			owners[count++] = (struct owner) {
				&site->hosts[i].address[j], &site->hosts[i],
				site->hosts[i].address_span[j],
			};
	qsort(owners, count, sizeof(*owners), by_address);
	for (i = 1; i < count; i++)
		if (address_equal(owners[i - 1].address, owners[i].address))
			site_error(site, owners[i].span, "%s has this address already, in line %u",
				   owners[i - 1].host->name, owners[i - 1].span.line);
	free(owners);
	return 0;
}

/**
 * host_has_family() - has a host an address of this family?
 * @host: the host
 * @family: AF_INET or AF_INET6
 *
 * Return: true where it has.
 */
bool host_has_family(const struct host *host, sa_family_t family)
{
	size_t i;

	for (i = 0; i < host->address_count; i++)
		if (host->address[i].family == family)
			return true;
	return false;
}

static void check_host(const struct site *site, struct host *host)
{
	const struct auth *auth = host->settings.auth;

	if (!host->address_count)
		site_error(site, host->name_span, "this host has no address");
	if (!host->roles && !settings_give(&host->settings, SET_BACKUPPC))
		site_error(site, host->name_span, "this host has no role");
	if (host->roles & ROLE_CLIENT && !(host->roles & ROLE_SERVER) && !auth_travels(auth))
		site_error(site, host->settings.span[SET_AUTH],
			   "auth %s does not leave the machine, and %s is no server",
			   auth->name, host->name);
	site_check_interfaces(site, host);
	site_check_nat(site, host);
}

static const struct host *role_first(const struct site *site, enum role role)
{
	size_t i;

	for (i = 0; i < site->host_count; i++)
		if (site->hosts[i].roles & role)
			return &site->hosts[i];
	return NULL;
}

/* Bit 0: IPv4; bit 1: IPv6. */
static unsigned int families_of(const struct host *host)
{
	return (host_has_family(host, AF_INET) ? 1 : 0) |
	       (host_has_family(host, AF_INET6) ? 2 : 0);
}

static unsigned int families_of_role(const struct site *site, enum role role)
{
	unsigned int families = 0;
	size_t i;

	for (i = 0; i < site->host_count; i++)
		if (site->hosts[i].roles & role)
			families |= families_of(&site->hosts[i]);
	return families;
}

static void check_reach(const struct site *site, const struct host *host,
			unsigned int families, const char *name)
{
	if (!(families & families_of(host)))
		site_error(site, host->address_span[0], "no %s has an address of %s's families",
			   name, host->name);
}

/* A setting is of no use without the host that it is about. */
static void check_partner(const struct site *site, const struct host *host,
			  enum setting setting, unsigned int families, const char *name)
{
	if (!families)
		site_error(site, host->settings.span[setting], "no host has the role %s", name);
	else
		check_reach(site, host, families, name);
}

static bool is_backed_up(const struct host *host)
{
	return host->settings.backuppc && (settings_give(&host->settings, SET_BACKUPPC) ||
					   host->roles & ROLE_CLIENT);
}

static const struct host *backed_up_first(const struct site *site)
{
	size_t i;

	for (i = 0; i < site->host_count; i++)
		if (is_backed_up(&site->hosts[i]))
			return &site->hosts[i];
	return NULL;
}

/* A site may have BackupPC alone, but what it has is to be whole. */
static void check_roles(const struct site *site)
{
	const struct host *server = role_first(site, ROLE_SERVER);
	const struct host *client = role_first(site, ROLE_CLIENT);
	const struct host *backuppc = role_first(site, ROLE_BACKUPPC);
	bool alone = !server && !client && backuppc;

	if (!server && !alone)
		site_error(site, nowhere, "no host has the role server");
	if (!client && !alone)
		site_error(site, nowhere, "no host has the role client");
	if (backuppc && !backed_up_first(site))
		site_error(site, backuppc->name_span,
			   "no host tells by \"backuppc = METHOD\" how it is backed up");
}

static void check_partners(const struct site *site)
{
	unsigned int servers = families_of_role(site, ROLE_SERVER);
	unsigned int backuppc = families_of_role(site, ROLE_BACKUPPC);
	unsigned int storage = families_of_role(site, ROLE_STORAGE);
	size_t i;

	for (i = 0; i < site->host_count; i++) {
		const struct host *host = &site->hosts[i];

		if (host->roles & ROLE_CLIENT)
			check_reach(site, host, servers, "server");
		if (is_backed_up(host))
			check_partner(site, host, SET_BACKUPPC, backuppc, "backuppc");
		if (host->roles & ROLE_CLIENT && host->settings.direct_tcp)
			check_partner(site, host, SET_DIRECT_TCP, storage, "storage");
	}
}

/**
 * site_check() - look at the site as a whole
 * @site: the site; the targets of its forwards are filled in
 *
 * Return: 0; -EINVAL where complaints have been printed; or -ENOMEM.
 */
int site_check(struct site *site)
{
	size_t i;
	int err;

	if (!site->host_count) {
		site_error(site, nowhere, "no [host NAME] section");
		return -EINVAL;
	}
	err = check_names(site);
	if (!err)
		err = check_owners(site);
	if (err)
		return err;
	for (i = 0; i < site->host_count; i++)
		check_host(site, &site->hosts[i]);
	check_roles(site);
	site_check_builds(site);
	site_check_ports(site);
	if (!site->text->error_count)
		check_partners(site);
	return site->text->error_count ? -EINVAL : 0;
}
