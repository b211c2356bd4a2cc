// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys that only a [host NAME] section has.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "flow/site_keys.h"

static bool out_of_memory(struct words *value)
{
	text_error(value->text, value->whole, "out of memory");
	return false;
}

bool read_role(struct target *target, struct words *value)
{
	static const struct choice roles[] = {
		{ "server", ROLE_SERVER },
		{ "client", ROLE_CLIENT },
		{ "gateway", ROLE_GATEWAY },
		{ "backuppc", ROLE_BACKUPPC },
		{ "storage", ROLE_STORAGE },
		{ NULL, 0 },
	};

	return words_need(value, "the role") &&
	       words_choose(value, roles, "role", &target->host->roles);
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
	size_t *interfaces;

	if (list)
		host->address = list;
	spans = reallocarray(host->address_span, count, sizeof(*spans));
	if (spans)
		host->address_span = spans;
	interfaces = reallocarray(host->address_interface, count, sizeof(*interfaces));
	if (interfaces)
		host->address_interface = interfaces;
	if (!list || !spans || !interfaces)
		return false;
	list[count - 1] = *address;
	spans[count - 1] = span;
	interfaces[count - 1] = NO_INTERFACE;
	host->address_count = count;
	return true;
}

bool read_address(struct target *target, struct words *value)
{
	struct address address;

	if (!words_need(value, "the address"))
		return false;
	do {
		if (!read_one_address(value, value->word, &address))
			return false;
		if (!add_address(target->host, &address, value->span))
			return out_of_memory(value);
	} while (words_next(value));
	return true;
}

/* The kernel's dev_valid_name(), and no character that a ruleset would have to quote. */
static bool name_is_interface(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (!isascii(name[i]) || (!isalnum((unsigned char)name[i]) &&
					  !strchr("._-", name[i])))
			return false;
	return i && i < INTERFACE_NAME_SIZE && isalnum((unsigned char)name[0]) &&
	       strcmp(name, "default");
}

static bool add_interface(struct host *host, const struct words *value)
{
	size_t count = host->interface_count + 1;
	struct interface *list = reallocarray(host->interfaces, count, sizeof(*list));

	if (!list)
		return false;
	host->interfaces = list;
	memset(&list[count - 1], 0, sizeof(*list));
	strcpy(list[count - 1].name, value->word);
	list[count - 1].span = value->span;
	host->interface_count = count;
	return true;
}

static bool add_holding(struct host *host, const struct address *address, struct span span)
{
	size_t count = host->holding_count + 1;
	struct holding *list = reallocarray(host->holdings, count, sizeof(*list));

	if (!list)
		return false;
	host->holdings = list;
	list[count - 1].interface = host->interface_count - 1;
	list[count - 1].address = *address;
	list[count - 1].span = span;
	host->holding_count = count;
	return true;
}

/* "interface = eth0 192.0.2.1 default" */
bool read_interface(struct target *target, struct words *value)
{
	struct host *host = target->host;
	struct address address;

	if (!words_need(value, "the interface"))
		return false;
	if (!name_is_interface(value->word)) {
		text_error(value->text, value->span,
			   "an interface name has letters, digits, '.', '-' and '_', and %u at most",
			   INTERFACE_NAME_SIZE - 1);
		return false;
	}
	if (!add_interface(host, value))
		return out_of_memory(value);
	while (words_next(value)) {
		if (!strcmp(value->word, "default"))
			host->interfaces[host->interface_count - 1].is_default = true;
		else if (!read_one_address(value, value->word, &address))
			return false;
		else if (!add_holding(host, &address, value->span))
			return out_of_memory(value);
	}
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
	nat->kind = GATEWAY_FORWARD;
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
	nat->kind = GATEWAY_MASQUERADE;
	nat->address_span = value->span;
	if (!words_need(value, "the address to masquerade as"))
		return false;
	nat->address_span = value->span;
	return read_one_address(value, value->word, &nat->address) && words_end(value);
}

bool read_nat(struct target *target, struct words *value)
{
	struct host *host = target->host;
	struct nat *list = reallocarray(host->nat, host->nat_count + 1, sizeof(*list));
	struct nat *nat;

	if (!list)
		return out_of_memory(value);
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

