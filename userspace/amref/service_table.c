// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of services: one row for each file.
 */
#include <string.h>

#include "services.h"

static const struct service *const service_table[] = {
	&noop_service,
	&selfcheck_service,
	&sendsize_service,
	&sendbackup_service,
	&amindexd_service,
	&amidxtaped_service,
	&restore_service,
	&amdumpd_service,
};

/**
 * service_at() - go through the table
 * @index: from 0 on
 *
 * Return: a service, or NULL behind the last one.
 */
const struct service *service_at(size_t index)
{
	size_t i;

	for (i = 0; i < sizeof(service_table) / sizeof(*service_table); i++)
		if (!index--)
			return service_table[i];
	return NULL;
}

/**
 * service_find() - find a service
 * @name: as in the SERVICE line
 *
 * Return: the service, or NULL.
 */
const struct service *service_find(const char *name)
{
	const struct service *service;
	size_t i;

	for (i = 0; (service = service_at(i)); i++)
		if (!strcmp(service->name, name))
			return service;
	return NULL;
}
