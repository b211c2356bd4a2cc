// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A site, from its file to a structure that has been checked.
 */
#include "flow/site.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flow/flow.h"
#include "flow/preset.h"

/* How each setting is stored, for those that are handed down. */
#define STORED(setting, member) \
	[setting] = { offsetof(struct settings, member), \
		      sizeof(((struct settings *)NULL)->member) }

static const struct {
	size_t offset;
	size_t size;
} stored[SET_COUNT] = {
	STORED(SET_PRESET, preset),
	STORED(SET_AUTH, auth),
	STORED(SET_UDP, udp),
	STORED(SET_TCP, tcp),
	STORED(SET_LOW_TCP, low_tcp),
	STORED(SET_CLIENT_PORT, client_port),
	STORED(SET_RECOVERY, recovery),
	STORED(SET_OLD_RECOVERY, old_recovery),
	STORED(SET_INDEX, index),
	STORED(SET_CLIENT_DUMP, client_dump),
	STORED(SET_DIRECT_TCP, direct_tcp),
	STORED(SET_BACKUPPC, backuppc),
	STORED(SET_MAXDUMPS, maxdumps),
	STORED(SET_ETIMEOUT, etimeout),
	STORED(SET_DTIMEOUT, dtimeout),
};

/**
 * settings_give() - does the section itself say this?
 * @settings: of the section
 * @setting: which
 *
 * Return: false for what is taken over from elsewhere.
 */
bool settings_give(const struct settings *settings, enum setting setting)
{
	return settings->given >> setting & 1;
}

static void inherit(struct settings *settings, const struct settings *from)
{
	int i;

	preset_apply(settings);
	for (i = 0; i < SET_COUNT; i++) {
		if (settings_give(settings, i) || (settings->ranged >> i & 1))
			continue;
		memcpy((char *)settings + stored[i].offset,
		       (const char *)from + stored[i].offset, stored[i].size);
		settings->span[i] = from->span[i];
	}
}

static void site_inherit(struct site *site)
{
	struct settings defaults = {
		/* conffile.c: CNF_AUTH since 3.3, CNF_MAXDUMPS, CNF_ETIMEOUT, CNF_DTIMEOUT. */
		.auth = auth_find("bsdtcp"),
		.client_port = AMANDA_PORT,
		.recovery = true,
		.index = true,
		.maxdumps = 1,
		.etimeout = 300,
		.dtimeout = 1800,
	};
	size_t i;

	preset_defaults(&defaults);
	inherit(&site->settings, &defaults);
	for (i = 0; i < site->host_count; i++)
		inherit(&site->hosts[i].settings, &site->settings);
}

/**
 * site_read() - read a site file
 * @site: to fill; site_free() it whatever is returned
 * @input: the file
 * @name: what to call it in complaints; must stay valid
 * @errors: where complaints go, now and from site_error()
 *
 * Return: 0; -EINVAL where the file has an error, which has been printed; or
 * another negative errno.
 */
int site_read(struct site *site, FILE *input, const char *name, FILE *errors)
{
	int err;

	memset(site, 0, sizeof(*site));
	site->text = calloc(1, sizeof(*site->text));
	if (!site->text)
		return -ENOMEM;
	err = text_read(site->text, input, name, errors);
	if (!err)
		err = site_parse(site);
	if (!err) {
		site_inherit(site);
		err = site_check(site);
	}
	return err;
}

/**
 * site_error() - complain about what the site file says
 * @site: the site
 * @span: the piece of the file to quote; line 0 for none
 * @format: what is wrong with it, as for printf(), without a newline
 */
void site_error(const struct site *site, struct span span, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_complain(site->text, span, format, args);
	va_end(args);
}

static void host_free(struct host *host)
{
	free(host->address);
	free(host->address_span);
	free(host->address_interface);
	free(host->interfaces);
	free(host->holdings);
	free(host->nat);
}

/**
 * site_free() - give the memory back
 * @site: the site
 */
void site_free(struct site *site)
{
	size_t i;

	for (i = 0; i < site->host_count; i++)
		host_free(&site->hosts[i]);
	free(site->by_name);
	free(site->hosts);
	if (site->text)
		text_free(site->text);
	free(site->text);
	memset(site, 0, sizeof(*site));
}

static int name_order(const void *name, const void *host)
{
	return strcasecmp(name, (*(const struct host *const *)host)->name);
}

/**
 * site_host() - find a machine by its name
 * @site: the site
 * @name: the name, in any case; the names have been checked
 *
 * Return: the host, or NULL.
 */
const struct host *site_host(const struct site *site, const char *name)
{
	const struct host **found = NULL;

	if (site->by_name)
		found = bsearch(name, site->by_name, site->host_count, sizeof(*found), name_order);
	return found ? *found : NULL;
}
