// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the builds of Amanda that a site names cannot do.
 */
#include "flow/flow.h"
#include "flow/preset.h"
#include "flow/site_check.h"

static bool knows(const struct preset *preset, const struct auth *auth)
{
	return !preset || preset_has_auth(preset, auth);
}

/* Where somebody could have written it: the auth, or else the preset. */
static struct span auth_span(const struct settings *settings)
{
	return settings->span[SET_AUTH].line ? settings->span[SET_AUTH] :
		settings->span[SET_PRESET];
}

static void check_auth(const struct site *site, const struct host *client)
{
	const struct settings *settings = &client->settings;

	if (!knows(settings->preset, settings->auth))
		site_error(site, auth_span(settings), "the %s build of %s has no auth %s; it has %s",
			   settings->preset->name, client->name, settings->auth->name,
			   settings->preset->auths);
}

/* What a client lacks itself has been complained of already. */
static void check_server(const struct site *site, const struct host *server)
{
	const struct preset *preset = server->settings.preset;
	size_t i;

	for (i = 0; i < site->host_count; i++) {
		const struct settings *settings = &site->hosts[i].settings;

		if (!(site->hosts[i].roles & ROLE_CLIENT) || !auth_travels(settings->auth) ||
		    !knows(settings->preset, settings->auth))
			continue;
		if (!knows(preset, settings->auth))
			site_error(site, auth_span(settings),
				   "the %s build of server %s has no auth %s", preset->name,
				   server->name, settings->auth->name);
	}
}

static void check_families(const struct site *site, const struct host *host)
{
	size_t i;

	for (i = 0; i < host->address_count; i++)
		if (host->address[i].family == AF_INET6)
			site_error(site, host->address_span[i],
				   "the %s build of %s has no IPv6",
				   host->settings.preset->name, host->name);
}

/**
 * site_check_builds() - do the builds have what the site asks of them?
 * @site: the site
 */
void site_check_builds(const struct site *site)
{
	size_t i;

	for (i = 0; i < site->host_count; i++) {
		const struct host *host = &site->hosts[i];

		if (host->roles & ROLE_CLIENT)
			check_auth(site, host);
		if (host->roles & ROLE_SERVER && host->settings.preset)
			check_server(site, host);
		if (host->roles & (ROLE_SERVER | ROLE_CLIENT) && host->settings.preset &&
		    !host->settings.preset->ipv6)
			check_families(site, host);
	}
}
