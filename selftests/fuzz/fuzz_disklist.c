// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: what "amadmin CONF disklist" prints, and names for a site
 * file.  Whatever is read, no name that gets into a site file can end its line.
 */
/* fuzz-cost: 20 */
/* fuzz-uses: userspace/import/disklist.c userspace/import/names.c userspace/import/quote.c userspace/flow/address.c */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/machine.h"
#include "packet_properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *name)
{
	char site_name[SITE_NAME_MAX + 1];
	size_t i;

	if (!name_for_site(name, site_name))
		return;
	MUST(site_name[0] && isalnum((unsigned char)site_name[0]));
	for (i = 0; site_name[i]; i++)
		MUST(isalnum((unsigned char)site_name[i]) || strchr("._-", site_name[i]));
	MUST(i <= SITE_NAME_MAX);
}

static unsigned int auth_disks(const struct dle_host *host)
{
	unsigned int disks = 0;
	size_t i;

	for (i = 0; i < dle_host_auths(host); i++) {
		MUST(strlen(host->auths[i].name) < DLE_AUTH_SIZE);
		disks += host->auths[i].disks;
	}
	return disks;
}

static void check_host(const struct dle_host *host)
{
	check_name(host->name);
	MUST(!strchr(host->name, '\n'));
	MUST(strlen(host->port) < DLE_PORT_SIZE);
	MUST(host->estimates <= host->disks);
	MUST(auth_disks(host) <= host->disks);
	MUST(!dle_host_auth(host) == !auth_disks(host));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct disklist list;
	unsigned int disks = 0;
	size_t i, j;

	MUST(!disklist_read(&list, (const char *)data, size));
	for (i = 0; i < list.count; i++) {
		check_host(&list.hosts[i]);
		disks += list.hosts[i].disks;
		for (j = 0; j < i; j++)
			MUST(strcasecmp(list.hosts[i].name, list.hosts[j].name));
	}
	MUST(disks == list.disks);
	disklist_free(&list);
	return 0;
}
