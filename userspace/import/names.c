// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names and gateways as a site file takes them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import/machine.h"
#include "import/quote.h"

static bool is_plain(const char *name, size_t length)
{
	size_t i;

	if (!length || !isascii(name[0]) || !isalnum((unsigned char)name[0]))
		return false;
	for (i = 0; i < length; i++)
		if (!isascii(name[i]) || (!isalnum((unsigned char)name[i]) &&
					  !strchr("._-", name[i])))
			return false;
	return true;
}

/* As many labels of a long name as there is room for. */
static size_t fitting(const char *name)
{
	size_t length = strlen(name);

	while (length > SITE_NAME_MAX) {
		while (length && name[length - 1] != '.')
			length--;
		if (!length)
			return 0;
		length--;
	}
	return length;
}

static bool name_of_address(const char *name, char site_name[SITE_NAME_MAX + 1])
{
	char text[INET6_ADDRSTRLEN + 2], *colon;
	struct address address;
	size_t length = strlen(name);

	if (name[0] == '[' && length > 2 && name[length - 1] == ']') {
		name++;
		length -= 2;
	}
	if (length >= sizeof(text))
		return false;
	memcpy(text, name, length);
	text[length] = '\0';
	if (strchr(text, '/') || !address_parse(text, &address))
		return false;
	while ((colon = strchr(text, ':')))
		*colon = '-';
	snprintf(site_name, SITE_NAME_MAX + 1, "ip6-%s", text);
	return true;
}

/**
 * name_for_site() - find a name for the site file
 * @name: Amanda's, which may be any bytes
 * @site_name: receives it
 *
 * Return: false where the name fits none.
 */
bool name_for_site(const char *name, char site_name[SITE_NAME_MAX + 1])
{
	size_t length = fitting(name);

	if (is_plain(name, length)) {
		memcpy(site_name, name, length);
		site_name[length] = '\0';
		return true;
	}
	return name_of_address(name, site_name);
}

static bool add_address(struct gateway *gateway, const char *text)
{
	struct address address, *grown;

	if (!address_parse(text, &address) || !address_is_host(&address))
		return false;
	grown = reallocarray(gateway->address, gateway->count + 1, sizeof(*grown));
	if (!grown)
		return false;
	gateway->address = grown;
	grown[gateway->count++] = address;
	return true;
}

static bool read_masquerade(struct gateway *gateway, const char *text)
{
	size_t i;

	if (!address_parse(text, &gateway->masquerade))
		return false;
	for (i = 0; i < gateway->count; i++)
		if (address_equal(&gateway->address[i], &gateway->masquerade))
			return true;
	return false;
}

static int refuse(FILE *errors, const char *text, const char *what)
{
	fputs("amfwctl: --gateway ", errors);
	quote_bytes(errors, text, strlen(text));
	fprintf(errors, ": %s\n", what);
	return -EINVAL;
}

static int read_parts(struct gateway *gateway, char *parts, const char *text, FILE *errors)
{
	static const char key[] = ":masquerade=";
	char *masquerade = strstr(parts, key), *equals = strchr(parts, '='), *one, *rest;

	if (!equals || equals == parts)
		return refuse(errors, text, "this is not NAME=ADDRESS/LENGTH,...");
	if (masquerade && masquerade < equals)
		return refuse(errors, text, "the addresses come before \":masquerade=\"");
	if (masquerade)
		*masquerade = '\0';
	*equals = '\0';
	if (strlen(parts) > SITE_NAME_MAX || !is_plain(parts, strlen(parts)))
		return refuse(errors, text,
			      "a name has letters, digits, '.', '-' and '_', and 64 at most");
	strcpy(gateway->name, parts);
	for (one = strtok_r(equals + 1, ",", &rest); one; one = strtok_r(NULL, ",", &rest))
		if (!add_address(gateway, one))
			return refuse(errors, text, "an address is not that of a machine");
	if (!gateway->count)
		return refuse(errors, text, "it needs addresses");
	if (masquerade && !read_masquerade(gateway, masquerade + strlen(key)))
		return refuse(errors, text, "it masquerades as an address of its own only");
	return 0;
}

/**
 * gateway_spec_read() - read the argument of --gateway
 * @gateway: to fill; gateway_spec_free() it whatever is returned
 * @text: "NAME=ADDRESS/LENGTH,ADDRESS/LENGTH:masquerade=ADDRESS"
 * @errors: where complaints go
 *
 * Return: 0; -EINVAL, with a complaint; or -ENOMEM.
 */
int gateway_spec_read(struct gateway *gateway, const char *text, FILE *errors)
{
	char *parts = strdup(text);
	int err;

	memset(gateway, 0, sizeof(*gateway));
	if (!parts)
		return -ENOMEM;
	err = read_parts(gateway, parts, text, errors);
	free(parts);
	return err;
}

/**
 * gateway_spec_free() - give the memory back
 * @gateway: the gateway
 */
void gateway_spec_free(struct gateway *gateway)
{
	free(gateway->address);
	memset(gateway, 0, sizeof(*gateway));
}
