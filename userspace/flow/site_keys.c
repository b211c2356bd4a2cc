// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys of a site file: the table that names them, and what the settings
 * read.
 */
#include "flow/site_keys.h"

#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "flow/preset.h"

/* Longer than anybody waits: a week. */
#define SECONDS_MAX	(7 * 24 * 60 * 60)
/* conffile.c: MAXDUMPS goes no higher than MAX_DUMPERS of driverio.h. */
#define MAXDUMPS_MAX	63

/* validate_reserved_port_range() and its sister in Amanda's conffile.c. */
static const struct range reserved = { 1, 1023 };
static const struct range unreserved = { 1024, 65535 };

static bool read_preset(struct target *target, struct words *value)
{
	if (!words_need(value, "the preset"))
		return false;
	target->settings->preset = preset_find(value->word);
	if (!target->settings->preset) {
		text_error(value->text, value->span, "unknown preset; there are %s",
			   preset_names());
		return false;
	}
	return words_end(value);
}

static bool read_auth(struct target *target, struct words *value)
{
	const struct auth *auth;

	if (!words_need(value, "the auth"))
		return false;
	auth = auth_find(value->word);
	if (!auth) {
		text_error(value->text, value->span, "unknown auth; there are %s",
			   auth_names());
		return false;
	}
	target->settings->auth = auth;
	return words_end(value);
}

static bool read_udp(struct target *target, struct words *value)
{
	return word_range(value, &target->settings->udp, reserved, "reserved");
}

static bool read_tcp(struct target *target, struct words *value)
{
	return word_range(value, &target->settings->tcp, unreserved, "unreserved");
}

static bool read_low_tcp(struct target *target, struct words *value)
{
	return word_range(value, &target->settings->low_tcp, reserved, "reserved");
}

static bool read_client_port(struct target *target, struct words *value)
{
	return words_need(value, "the port") &&
	       word_port(value, value->word, &target->settings->client_port) &&
	       words_end(value);
}

static bool read_switch(struct words *value, bool *on)
{
	if (!words_need(value, "yes or no"))
		return false;
	*on = !strcmp(value->word, "yes");
	if (!*on && strcmp(value->word, "no")) {
		text_error(value->text, value->span, "neither yes nor no");
		return false;
	}
	return words_end(value);
}

static bool read_recovery(struct target *target, struct words *value)
{
	return read_switch(value, &target->settings->recovery);
}

static bool read_old_recovery(struct target *target, struct words *value)
{
	return read_switch(value, &target->settings->old_recovery);
}

static bool read_index(struct target *target, struct words *value)
{
	return read_switch(value, &target->settings->index);
}

static bool read_client_dump(struct target *target, struct words *value)
{
	return read_switch(value, &target->settings->client_dump);
}

static bool read_direct_tcp(struct target *target, struct words *value)
{
	return read_switch(value, &target->settings->direct_tcp);
}

static bool read_backuppc(struct target *target, struct words *value)
{
	static const struct choice methods[] = {
		{ "ssh", BACKUPPC_SSH },
		{ "rsyncd", BACKUPPC_RSYNCD },
		{ "smb", BACKUPPC_SMB },
		{ NULL, 0 },
	};

	return words_need(value, "the method") &&
	       words_choose(value, methods, "method", &target->settings->backuppc);
}

static bool read_maxdumps(struct target *target, struct words *value)
{
	return word_number(value, &target->settings->maxdumps, 1, MAXDUMPS_MAX);
}

static bool read_etimeout(struct target *target, struct words *value)
{
	return word_number(value, &target->settings->etimeout, 1, SECONDS_MAX);
}

static bool read_dtimeout(struct target *target, struct words *value)
{
	return word_number(value, &target->settings->dtimeout, 1, SECONDS_MAX);
}

#define NO_SETTING	SET_COUNT

static const struct key {
	const char *name;
	unsigned int sections;
	bool repeats;
	enum setting setting;
	bool (*read)(struct target *target, struct words *value);
} keys[] = {
	{ "preset", IN_SITE | IN_HOST, false, SET_PRESET, read_preset },
	{ "auth", IN_SITE | IN_HOST, false, SET_AUTH, read_auth },
	{ "udp-ports", IN_SITE | IN_HOST, false, SET_UDP, read_udp },
	{ "tcp-ports", IN_SITE | IN_HOST, false, SET_TCP, read_tcp },
	{ "low-tcp-ports", IN_SITE | IN_HOST, false, SET_LOW_TCP, read_low_tcp },
	{ "client-port", IN_SITE | IN_HOST, false, SET_CLIENT_PORT, read_client_port },
	{ "recovery", IN_SITE | IN_HOST, false, SET_RECOVERY, read_recovery },
	{ "old-recovery", IN_SITE | IN_HOST, false, SET_OLD_RECOVERY, read_old_recovery },
	{ "index", IN_SITE | IN_HOST, false, SET_INDEX, read_index },
	{ "client-dump", IN_SITE | IN_HOST, false, SET_CLIENT_DUMP, read_client_dump },
	{ "direct-tcp", IN_SITE | IN_HOST, false, SET_DIRECT_TCP, read_direct_tcp },
	{ "backuppc", IN_SITE | IN_HOST, false, SET_BACKUPPC, read_backuppc },
	{ "maxdumps", IN_SITE | IN_HOST, false, SET_MAXDUMPS, read_maxdumps },
	{ "etimeout", IN_SITE | IN_HOST, false, SET_ETIMEOUT, read_etimeout },
	{ "dtimeout", IN_SITE | IN_HOST, false, SET_DTIMEOUT, read_dtimeout },
	{ "role", IN_HOST, false, NO_SETTING, read_role },
	{ "address", IN_HOST, true, NO_SETTING, read_address },
	{ "interface", IN_HOST, true, NO_SETTING, read_interface },
	{ "nat", IN_HOST, true, NO_SETTING, read_nat },
};

static const struct key *key_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

/* What was wrong stays ungiven: one mistake shall not cause more complaints. */
static bool key_take(struct target *target, const struct key *key, struct words *value)
{
	struct span where = value->whole;

	target->seen |= 1u << (key - keys);
	if (!key->read(target, value))
		return false;
	if (key->setting != NO_SETTING) {
		target->settings->given |= 1u << key->setting;
		target->settings->span[key->setting] = where;
	}
	return true;
}

/**
 * key_read() - read the value of a key
 * @target: the section that it stands in
 * @name: the key
 * @name_span: where the key is written
 * @value: the value
 *
 * Return: false, with a complaint, where something is wrong.
 */
bool key_read(struct target *target, const char *name, struct span name_span,
	      struct words *value)
{
	const struct key *key = key_find(name);

	if (!key)
		text_error(value->text, name_span, "unknown key");
	else if (!(key->sections & (target->host ? IN_HOST : IN_SITE)))
		text_error(value->text, name_span, "\"%s\" belongs into a [host NAME] section",
			   name);
	else if (!key->repeats && target->seen >> (key - keys) & 1)
		text_error(value->text, name_span, "given twice in this section");
	else
		return key_take(target, key, value);
	return false;
}
