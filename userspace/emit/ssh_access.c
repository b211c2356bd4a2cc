// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who logs in at a machine over ssh, from where, and to run what.
 */
#include "emit/ssh_access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/preset.h"

/* What each operation asks amandad for. */
static const struct {
	const char *operation;
	unsigned int service;
} asks[] = {
	{ "amcheck", SERVICE_AMDUMP },
	{ "planner", SERVICE_AMDUMP },
	{ "dumper", SERVICE_AMDUMP },
	{ "amservice", SERVICE_AMDUMP | SERVICE_DISCOVER },
	{ "amfetchdump", SERVICE_RESTORE },
	{ "amrecover index", SERVICE_INDEX },
	{ "amrecover tape", SERVICE_TAPE },
	{ "amdump_client", SERVICE_DUMPD },
	{ "ambackup", SERVICE_BACKUPD },
	{ "BackupPC ssh", SERVICE_BACKUPPC },
};

/**
 * ssh_service_of() - what an operation asks for at the other end
 * @operation: the operation
 *
 * Return: enum service bits; 0 for one that has nothing to do with ssh.
 */
unsigned int ssh_service_of(const struct operation *operation)
{
	size_t i;

	for (i = 0; i < sizeof(asks) / sizeof(*asks); i++)
		if (!strcmp(asks[i].operation, operation->name))
			return asks[i].service;
	return 0;
}

/*
 * Amanda's and BackupPC's keys are two, even from one machine.  The flows
 * between two machines follow one another, so the last visitors are the ones.
 */
static struct ssh_visitor *visitor_of(struct ssh_access *access, const struct host *host,
				      bool backuppc)
{
	struct ssh_visitor *grown, *one;
	size_t i;

	for (i = access->count; i > 0 && i + 4 > access->count; i--) {
		one = &access->visitors[i - 1];
		if (one->host == host && !!(one->services & SERVICE_BACKUPPC) == backuppc)
			return one;
	}
	if (access->count == access->room) {
		access->room = access->room ? access->room * 2 : 8;
		grown = reallocarray(access->visitors, access->room, sizeof(*grown));
		if (!grown)
			return NULL;
		access->visitors = grown;
	}
	one = &access->visitors[access->count++];
	memset(one, 0, sizeof(*one));
	one->host = host;
	return one;
}

static int add_address(struct ssh_visitor *visitor, const struct address *from)
{
	struct address *grown;
	size_t i;

	for (i = 0; i < visitor->from_count; i++)
		if (address_equal(&visitor->from[i], from))
			return 0;
	grown = reallocarray(visitor->from, visitor->from_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	visitor->from = grown;
	visitor->from[visitor->from_count++] = *from;
	return 0;
}

static int add_flow(struct ssh_access *access, const struct flow *flow)
{
	unsigned int services = ssh_service_of(flow->operation);
	struct ssh_visitor *visitor;

	if (!services)
		return 0;
	visitor = visitor_of(access, flow->initiator, services & SERVICE_BACKUPPC);
	if (!visitor)
		return -ENOMEM;
	visitor->services |= services;
	return add_address(visitor, &flow->received.source);
}

/**
 * ssh_access_of() - who logs in at a machine
 * @plan: the machine's plan
 * @access: to fill; ssh_access_free() it whatever is returned
 *
 * Return: 0, or -ENOMEM.
 */
int ssh_access_of(const struct plan *plan, struct ssh_access *access)
{
	size_t i;
	int err = 0;

	memset(access, 0, sizeof(*access));
	for (i = 0; i < plan->flows->count && !err; i++) {
		const struct flow *flow = &plan->flows->flow[i];

		if (flow->responder == plan->host && flow->initiator != plan->host &&
		    !strcmp(flow->auth->name, "ssh"))
			err = add_flow(access, flow);
	}
	return err;
}

/**
 * ssh_access_free() - give the memory back
 * @access: the visitors
 */
void ssh_access_free(struct ssh_access *access)
{
	size_t i;

	for (i = 0; i < access->count; i++)
		free(access->visitors[i].from);
	free(access->visitors);
	memset(access, 0, sizeof(*access));
}

/**
 * ssh_services_print() - services as amandad's command line takes them
 * @services: enum service bits
 * @out: where to
 */
void ssh_services_print(unsigned int services, FILE *out)
{
	/* struct services of amandad-src/amandad.c; "amdump" stands for four of them. */
	static const char *const names[] = {
		"amdump", "restore", "senddiscover", "amindexd", "amidxtaped", "amdumpd",
		"ambackupd",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (services >> i & 1)
			fprintf(out, " %s", names[i]);
}

/**
 * ssh_amanda_user() - as whom amandad runs
 * @plan: of which machine
 *
 * Return: "backup" as in Debian, unless the site says that it is not Debian's.
 */
const char *ssh_amanda_user(const struct plan *plan)
{
	const struct preset *preset = plan->host->settings.preset;

	return !preset || !strcmp(preset->name, "debian") ? "backup" : "amandabackup";
}
