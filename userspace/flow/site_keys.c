// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys of a site file: the table that names them, and what each reads.
 */
#include "flow/site_keys.h"

#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"

/* validate_reserved_port_range() and its sister in Amanda's conffile.c. */
static const struct range reserved = { 1, 1023 };
static const struct range unreserved = { 1024, 65535 };

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
	if (auth->refused) {
		text_error(value->text, value->span, "%s", auth->refused);
		return false;
	}
	target->settings->auth = auth;
	target->settings->given |= SET_AUTH;
	*target->auth_span = value->span;
	return words_end(value);
}

static bool read_udp(struct target *target, struct words *value)
{
	target->settings->given |= SET_UDP;
	return word_range(value, &target->settings->udp, reserved, "reserved");
}

static bool read_tcp(struct target *target, struct words *value)
{
	target->settings->given |= SET_TCP;
	return word_range(value, &target->settings->tcp, unreserved, "unreserved");
}

static bool read_low_tcp(struct target *target, struct words *value)
{
	target->settings->given |= SET_LOW_TCP;
	return word_range(value, &target->settings->low_tcp, reserved, "reserved");
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
	target->settings->given |= SET_RECOVERY;
	return read_switch(value, &target->settings->recovery);
}

static bool read_index(struct target *target, struct words *value)
{
	target->settings->given |= SET_INDEX;
	return read_switch(value, &target->settings->index);
}

static bool read_role(struct target *target, struct words *value)
{
	static const struct {
		const char *name;
		enum role role;
	} roles[] = {
		{ "server", ROLE_SERVER },
		{ "client", ROLE_CLIENT },
		{ "gateway", ROLE_GATEWAY },
	};
	size_t i;

	if (!words_need(value, "the role"))
		return false;
	do {
		for (i = 0; i < 3 && strcmp(value->word, roles[i].name); i++)
			;
		if (i == 3) {
			text_error(value->text, value->span,
				   "unknown role; there are server, client, gateway");
			return false;
		}
		target->host->roles |= roles[i].role;
	} while (words_next(value));
	return true;
}

static bool read_one_address(struct words *value, const char *text, struct address *address)
{
	if (!address_parse(text, address))
		text_error(value->text, value->span, "not an address");
	else if (!address_is_host(address))
		text_error(value->text, value->span, "not the address of a machine");
	else
		return true;
	return false;
}

static bool add_address(struct host *host, const struct address *address, struct span span)
{
	size_t count = host->address_count + 1;
	struct address *list = reallocarray(host->address, count, sizeof(*list));
	struct span *spans;

	if (!list)
		return false;
	host->address = list;
	spans = reallocarray(host->address_span, count, sizeof(*spans));
	if (!spans)
		return false;
	host->address_span = spans;
	list[count - 1] = *address;
	spans[count - 1] = span;
	host->address_count = count;
	return true;
}

static bool read_address(struct target *target, struct words *value)
{
	struct address address;

	if (!words_need(value, "the address"))
		return false;
	do {
		if (!read_one_address(value, value->word, &address))
			return false;
		if (!add_address(target->host, &address, value->span)) {
			text_error(value->text, value->span, "out of memory");
			return false;
		}
	} while (words_next(value));
	return true;
}

/* "1.2.3.4", "1.2.3.4:10080", "2001:db8::1", "[2001:db8::1]:10080" */
static bool read_endpoint(struct words *value, struct nat *nat)
{
	char *text = value->word, *port = NULL, *end;

	nat->address_span = value->span;
	if (*text == '[') {
		end = strchr(++text, ']');
		if (!end || (end[1] && end[1] != ':')) {
			text_error(value->text, value->span, "not [ADDRESS]:PORT");
			return false;
		}
		port = end[1] ? end + 2 : NULL;
		*end = '\0';
	} else {
		end = strchr(text, ':');
		if (end && end == strrchr(text, ':')) {
			*end = '\0';
			port = end + 1;
		}
	}
	return read_one_address(value, text, &nat->address) &&
	       (!port || word_port(value, port, &nat->port));
}

static bool read_forward(struct words *value, struct nat *nat)
{
	nat->kind = NAT_FORWARD;
	if (!words_need(value, "the address to forward from") || !read_endpoint(value, nat))
		return false;
	if (!words_need(value, "\"-> HOST\""))
		return false;
	if (strcmp(value->word, "->")) {
		text_error(value->text, value->span, "\"-> HOST\" is expected here");
		return false;
	}
	if (!words_need(value, "the host to forward to"))
		return false;
	snprintf(nat->target_name, sizeof(nat->target_name), "%s", value->word);
	nat->target_span = value->span;
	return words_end(value);
}

static bool read_masquerade(struct words *value, struct nat *nat)
{
	nat->kind = NAT_MASQUERADE;
	nat->address_span = value->span;
	if (!words_need(value, "the address to masquerade as"))
		return false;
	nat->address_span = value->span;
	return read_one_address(value, value->word, &nat->address) && words_end(value);
}

static bool read_nat(struct target *target, struct words *value)
{
	struct host *host = target->host;
	struct nat *list = reallocarray(host->nat, host->nat_count + 1, sizeof(*list));
	struct nat *nat;

	if (!list) {
		text_error(value->text, value->whole, "out of memory");
		return false;
	}
	host->nat = list;
	nat = &list[host->nat_count++];
	memset(nat, 0, sizeof(*nat));
	if (!words_need(value, "masquerade or forward"))
		return false;
	if (!strcmp(value->word, "masquerade"))
		return read_masquerade(value, nat);
	if (!strcmp(value->word, "forward"))
		return read_forward(value, nat);
	text_error(value->text, value->span, "neither masquerade nor forward");
	return false;
}

static const struct key {
	const char *name;
	unsigned int sections;
	bool repeats;
	bool (*read)(struct target *target, struct words *value);
} keys[] = {
	{ "auth", IN_SITE | IN_HOST, false, read_auth },
	{ "udp-ports", IN_SITE | IN_HOST, false, read_udp },
	{ "tcp-ports", IN_SITE | IN_HOST, false, read_tcp },
	{ "low-tcp-ports", IN_SITE | IN_HOST, false, read_low_tcp },
	{ "recovery", IN_SITE | IN_HOST, false, read_recovery },
	{ "index", IN_SITE | IN_HOST, false, read_index },
	{ "role", IN_HOST, false, read_role },
	{ "address", IN_HOST, true, read_address },
	{ "nat", IN_HOST, true, read_nat },
};

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
	unsigned int section = target->host ? IN_HOST : IN_SITE;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(keys[i].name, name))
			continue;
		if (!(keys[i].sections & section)) {
			text_error(value->text, name_span,
				   "\"%s\" belongs into a [host NAME] section", name);
			return false;
		}
		if (!keys[i].repeats && target->seen & 1u << i) {
			text_error(value->text, name_span, "given twice in this section");
			return false;
		}
		target->seen |= 1u << i;
		return keys[i].read(target, value);
	}
	text_error(value->text, name_span, "unknown key");
	return false;
}
