// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports that would mean two things.
 */
#include "flow/flow.h"
#include "flow/site_check.h"

#define OLD_INDEX_PORT	10082	/* amandaidx */
#define OLD_TAPE_PORT	10083	/* amidxtape */

/**
 * struct demand - what the clients of a site ask of its servers
 * @old: the first that recovers as before 2.5.1, or NULL
 * @krb5: the first that asks with auth krb5, or NULL
 */
struct demand {
	const struct host *old;
	const struct host *krb5;
};

static bool asks(const struct host *client)
{
	return client->settings.recovery || client->settings.client_dump;
}

static struct demand demand_of(const struct site *site)
{
	const struct auth *krb5 = auth_find("krb5");
	struct demand demand = { NULL, NULL };
	size_t i;

	for (i = 0; i < site->host_count; i++) {
		const struct host *host = &site->hosts[i];

		if (!(host->roles & ROLE_CLIENT))
			continue;
		if (host->settings.old_recovery && !demand.old)
			demand.old = host;
		if (host->settings.auth == krb5 && asks(host) && !demand.krb5)
			demand.krb5 = host;
	}
	return demand;
}

static void check_range(const struct site *site, const struct host *host, enum setting setting,
			struct range range, uint16_t port, const char *service)
{
	if (host->settings.span[setting].line && range_holds(range, port))
		site_error(site, host->settings.span[setting],
			   "the range holds %u, where %s of %s listens", port, service,
			   host->name);
}

/* A range given for the whole site is complained of at the first host. */
static bool repeats(const struct site *site, const struct host *host, unsigned int errors)
{
	return site->text->error_count > errors && !settings_give(&host->settings, SET_TCP) &&
	       !settings_give(&host->settings, SET_UDP);
}

static void check_ranges(const struct site *site, const struct host *host,
			 const struct demand *demand)
{
	const struct settings *settings = &host->settings;
	uint16_t port = auth_port(settings->auth, host);

	if (port != AMANDA_PORT)	/* that one is refused as it is read */
		check_range(site, host, SET_TCP, settings->tcp, port, "amandad");
	if (settings->auth->protocol == IPPROTO_UDP)
		check_range(site, host, SET_UDP, settings->udp, port, "amandad");
	if (!(host->roles & ROLE_SERVER))
		return;
	if ((demand->old || demand->krb5) && port != OLD_INDEX_PORT)
		check_range(site, host, SET_TCP, settings->tcp, OLD_INDEX_PORT,
			    demand->old ? "amindexd" : "amandad");
	if (demand->old)
		check_range(site, host, SET_TCP, settings->tcp, OLD_TAPE_PORT, "amidxtaped");
}

/* krb5 looks its port up as "k5amanda", rsh as "shell": neither can be told another. */
static void check_client_port(const struct site *site, const struct host *host)
{
	const struct settings *settings = &host->settings;

	if (host->roles & (ROLE_SERVER | ROLE_CLIENT) &&
	    settings_give(settings, SET_CLIENT_PORT) &&
	    auth_travels(settings->auth) && !settings->auth->client_port)
		site_error(site, settings->span[SET_CLIENT_PORT],
			   "auth %s always asks at port %u", settings->auth->name,
			   settings->auth->port);
}

/**
 * site_check_ports() - has every port of the site one meaning?
 * @site: the site
 */
void site_check_ports(const struct site *site)
{
	struct demand demand = demand_of(site);
	unsigned int errors = site->text->error_count;
	size_t i;

	if (demand.old && demand.krb5)
		site_error(site, demand.old->settings.span[SET_OLD_RECOVERY],
			   "port %u would be amindexd for %s and auth krb5 for %s",
			   OLD_INDEX_PORT, demand.old->name, demand.krb5->name);
	for (i = 0; i < site->host_count; i++) {
		const struct host *host = &site->hosts[i];

		check_client_port(site, host);
		if (host->roles & (ROLE_SERVER | ROLE_CLIENT) && !repeats(site, host, errors))
			check_ranges(site, host, &demand);
	}
}
