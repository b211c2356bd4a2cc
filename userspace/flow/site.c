// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A site, from its file to a structure that has been checked.
 */
#include "flow/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flow/flow.h"

/* What Debian's packages of Amanda are built with (their debian/rules). */
static const struct settings debian = {
	.udp = { 840, 860 },
	.tcp = { 50000, 50100 },
	.low_tcp = { 512, 1023 },
	.recovery = true,
	.index = true,
};

static void inherit(struct settings *settings, const struct settings *from)
{
	if (!(settings->given & SET_AUTH))
		settings->auth = from->auth;
	if (!(settings->given & SET_UDP))
		settings->udp = from->udp;
	if (!(settings->given & SET_TCP))
		settings->tcp = from->tcp;
	if (!(settings->given & SET_LOW_TCP))
		settings->low_tcp = from->low_tcp;
	if (!(settings->given & SET_RECOVERY))
		settings->recovery = from->recovery;
	if (!(settings->given & SET_INDEX))
		settings->index = from->index;
}

static void site_inherit(struct site *site)
{
	struct settings defaults = debian;
	size_t i;

	/* Amanda's own default since 3.3: conffile.c, CNF_AUTH. */
	defaults.auth = auth_find("bsdtcp");
	inherit(&site->settings, &defaults);
	for (i = 0; i < site->host_count; i++)
		inherit(&site->hosts[i].settings, &site->settings);
}

/**
 * site_read() - read a site file
 * @site: to fill; site_free() it whatever is returned
 * @input: the file
 * @name: what to call it in complaints
 * @errors: where complaints go
 *
 * Return: 0; -EINVAL where the file has an error, which has been printed; or
 * another negative errno.
 */
int site_read(struct site *site, FILE *input, const char *name, FILE *errors)
{
	struct text text;
	int err;

	memset(site, 0, sizeof(*site));
	err = text_read(&text, input, name, errors);
	if (!err)
		err = site_parse(site, &text);
	if (!err) {
		site_inherit(site);
		err = site_check(site, &text);
	}
	text_free(&text);
	return err;
}

/**
 * site_free() - give the memory back
 * @site: the site
 */
void site_free(struct site *site)
{
	size_t i;

	for (i = 0; i < site->host_count; i++) {
		free(site->hosts[i].address);
		free(site->hosts[i].address_span);
		free(site->hosts[i].nat);
	}
	free(site->hosts);
	memset(site, 0, sizeof(*site));
}

/**
 * site_host() - find a machine by its name
 * @site: the site
 * @name: the name, in any case
 *
 * Return: the host, or NULL.
 */
const struct host *site_host(const struct site *site, const char *name)
{
	size_t i;

	for (i = 0; i < site->host_count; i++)
		if (!strcasecmp(site->hosts[i].name, name))
			return &site->hosts[i];
	return NULL;
}
