// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How Amanda is built, by those who build it for others.
 */
#include "flow/preset.h"

#include <stdio.h>
#include <string.h>

#include "flow/flow.h"

static const struct preset presets[] = {
	{ "upstream", { 512, 1023 }, { 1024, 65535 }, { 512, 1023 },
	  "bsd bsdtcp ssl ssh local", true,
	  "common-src/conffile.c, init_defaults(); config/amanda: a plain configure" },
	{ "debian", { 840, 860 }, { 50000, 50100 }, { 512, 1023 },
	  "bsd bsdudp bsdtcp ssl ssh local", false,
	  "debian/rules: --with-udpportrange, --with-tcpportrange, --without-ipv6" },
	{ "zmanda", { 800, 840 }, { 11000, 11040 }, { 800, 840 },
	  "bsd bsdudp bsdtcp ssl ssh local", true,
	  "packaging/sun-pkg/buildpkg; packaging/deb/rules" },
	{ "enterprise", { 700, 740 }, { 11000, 11040 }, { 700, 740 },
	  "bsd bsdudp bsdtcp ssl ssh local", true,
	  "the Zmanda build with the ranges of its Enterprise edition" },
};

/**
 * preset_find() - find a build by its name
 * @name: as a site file writes it
 *
 * Return: the row of the table, or NULL.
 */
const struct preset *preset_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(presets) / sizeof(*presets); i++)
		if (!strcmp(presets[i].name, name))
			return &presets[i];
	return NULL;
}

/**
 * preset_names() - the builds that a site file may name
 *
 * Return: them, with ", " between.
 */
const char *preset_names(void)
{
	return "upstream, debian, zmanda, enterprise";
}

/**
 * preset_has_auth() - is a security driver in this build?
 * @preset: the build; NULL for one of which nothing is known
 * @auth: the driver
 *
 * Return: true where it is, or may be.
 */
bool preset_has_auth(const struct preset *preset, const struct auth *auth)
{
	char word[16], all[64];

	if (!preset)
		return true;
	snprintf(word, sizeof(word), " %s ", auth->name);
	snprintf(all, sizeof(all), " %s ", preset->auths);
	return strstr(all, word);
}

static void ranges_take(struct settings *settings, const struct preset *preset)
{
	if (!settings_give(settings, SET_UDP))
		settings->udp = preset->udp;
	if (!settings_give(settings, SET_TCP))
		settings->tcp = preset->tcp;
	if (!settings_give(settings, SET_LOW_TCP))
		settings->low_tcp = preset->low_tcp;
}

/**
 * preset_apply() - fill in what the section's preset decides
 * @settings: of the section
 *
 * The preset of a host is nearer to it than a range of the whole site.
 */
void preset_apply(struct settings *settings)
{
	if (!settings_give(settings, SET_PRESET))
		return;
	ranges_take(settings, settings->preset);
	settings->ranged = 1u << SET_UDP | 1u << SET_TCP | 1u << SET_LOW_TCP;
}

/**
 * preset_defaults() - the ranges of a site that names no preset
 * @settings: receives them
 *
 * They are Debian's; that the build is Debian's is not said by that.
 */
void preset_defaults(struct settings *settings)
{
	ranges_take(settings, preset_find("debian"));
}
