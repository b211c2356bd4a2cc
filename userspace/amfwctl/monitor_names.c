// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hosts of a site, found by their addresses.
 */
#include <stdlib.h>

#include "amfwctl/monitor.h"

struct named {
	struct address address;
	const char *name;
};

/**
 * struct monitor_names - all addresses
 * @count: entries of @list
 * @list: sorted by address; with each the host of the site
 */
struct monitor_names {
	size_t count;
	struct named list[];
};

static int compare(const void *a, const void *b)
{
	return address_compare(&((const struct named *)a)->address,
			       &((const struct named *)b)->address);
}

static size_t count_addresses(const struct site *site)
{
	size_t count = 0, i;

	for (i = 0; i < site->host_count; i++)
		count += site->hosts[i].address_count;
	return count;
}

/**
 * monitor_names_new() - the names of a site
 * @site: the site; lives longer
 *
 * Return: them; NULL where there is no memory.
 */
struct monitor_names *monitor_names_new(const struct site *site)
{
	struct monitor_names *names = malloc(sizeof(*names) +
					     count_addresses(site) * sizeof(names->list[0]));
	const struct host *host;
	size_t i, j;

	if (!names)
		return NULL;
	names->count = 0;
	for (i = 0; i < site->host_count; i++) {
		host = &site->hosts[i];
		for (j = 0; j < host->address_count; j++)
			names->list[names->count++] =
				(struct named) { host->address[j], host->name };
	}
	qsort(names->list, names->count, sizeof(names->list[0]), compare);
	return names;
}

/**
 * monitor_name() - whose address is it?
 * @names: the names, or NULL
 * @address: the address
 *
 * Return: the name; NULL where the site does not say.
 */
const char *monitor_name(const struct monitor_names *names, const struct address *address)
{
	struct named wanted = { .address = *address }, *found = NULL;

	if (names)
		found = bsearch(&wanted, names->list, names->count, sizeof(names->list[0]),
				compare);
	return found ? found->name : NULL;
}

/**
 * monitor_names_free() - give the memory back
 * @names: the names, or NULL
 */
void monitor_names_free(struct monitor_names *names)
{
	free(names);
}
