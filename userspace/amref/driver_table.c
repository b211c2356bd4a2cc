// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of drivers: one row for each file.
 */
#include <strings.h>

#include "driver.h"

static const struct security_driver *const driver_table[] = {
	&bsd_driver,
	&bsdudp_driver,
	&bsdtcp_driver,
	&ssl_driver,
	&local_driver,
	&ssh_driver,
	&rsh_driver,
};

/**
 * driver_at() - go through the table
 * @index: from 0 on
 *
 * Return: a driver, or NULL behind the last one.
 */
const struct security_driver *driver_at(size_t index)
{
	size_t i;

	for (i = 0; i < sizeof(driver_table) / sizeof(*driver_table); i++)
		if (driver_table[i] && !index--)
			return driver_table[i];
	return NULL;
}

/**
 * driver_find() - find a driver
 * @name: as in amanda.conf, where case does not matter
 *
 * Return: the driver, or NULL.
 */
const struct security_driver *driver_find(const char *name)
{
	const struct security_driver *driver;
	size_t i;

	for (i = 0; (driver = driver_at(i)); i++)
		if (!strcasecmp(driver->name, name))
			return driver;
	return NULL;
}
