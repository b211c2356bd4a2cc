// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of flows itself, without a site: what Amanda does, how it crosses
 * the network, how it is built, and where each of these is written.
 */
#include <string.h>

#include "emit/emit.h"
#include "emit/flows_rows.h"
#include "flow/preset.h"

static const char *role_name(enum role role)
{
	switch (role) {
	case ROLE_SERVER:
		return "server";
	case ROLE_CLIENT:
		return "client";
	case ROLE_BACKUPPC:
		return "backuppc";
	case ROLE_STORAGE:
		return "storage";
	default:
		return "gateway";
	}
}

static const char *wanted_by(const struct operation *operation)
{
	switch (operation->wanted) {
	case SET_RECOVERY:
		return "recovery = yes";
	case SET_OLD_RECOVERY:
		return "old-recovery = yes";
	case SET_CLIENT_DUMP:
		return "client-dump = yes";
	case SET_DIRECT_TCP:
		return "direct-tcp = yes";
	case SET_BACKUPPC:
		return operation->bits == BACKUPPC_SSH ? "backuppc = ssh" :
		       operation->bits == BACKUPPC_SMB ? "backuppc = smb" : "backuppc = rsyncd";
	default:
		return "always";
	}
}

static void put_operation(FILE *out, const struct operation *operation)
{
	size_t i;

	fprintf(out, "  %-18s %-8s > %-8s %-18s  %s", operation->name,
		role_name(operation->initiator), role_name(operation->responder),
		wanted_by(operation), operation->over ? operation->over->name : "its auth");
	for (i = 0; operation->tags[i]; i++)
		fprintf(out, "%s %s", i ? "" : ":", operation->tags[i]);
	fprintf(out, "\n      %s\n", operation->reason);
}

static const char *class_name(enum port_class class)
{
	switch (class) {
	case PORTS_RESERVED_UDP:
		return "udp-ports";
	case PORTS_RESERVED_TCP:
		return "low-tcp-ports";
	case PORTS_UNRESERVED_TCP:
		return "tcp-ports";
	case PORTS_RCMD:
		return "512-1023";
	case PORTS_NONE:
		return "none";
	default:
		return "any";
	}
}

static void put_auth(FILE *out, const struct auth *auth)
{
	char port[8];

	snprintf(port, sizeof(port), "%u", auth->port);
	fprintf(out, "  %-10s %s %-13s > %-10s ", auth->name,
		auth->protocol == IPPROTO_UDP ? "udp" : "tcp", class_name(auth->sport),
		auth->port ? port : class_name(auth->dport));
	if (auth->streams == STREAMS_INSIDE)
		fputs("nothing else", out);
	else
		fprintf(out, "%s tcp %s > %s%s",
			auth->streams == STREAMS_EACH ? "each stream:" :
			auth->streams == STREAMS_FIRST ? "all streams:" : "and back:",
			class_name(auth->stream_sport), class_name(auth->stream_dport),
			auth->helper ? ", helper" : "");
	fprintf(out, "\n      %s\n", auth->reason);
}

static void put_auths(FILE *out)
{
	char names[128], *name, *rest;
	size_t i, j;

	snprintf(names, sizeof(names), "%s", auth_names());
	for (name = strtok_r(names, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest))
		put_auth(out, auth_find(name));
	for (i = 0; i < operation_count; i++) {
		for (j = 0; j < i && operations[j].over != operations[i].over; j++)
			;
		if (operations[i].over && j == i)
			put_auth(out, operations[i].over);
	}
}

static void put_preset(FILE *out, const struct preset *preset)
{
	char udp[12], tcp[12], low_tcp[12];

	range_print(preset->udp, udp);
	range_print(preset->tcp, tcp);
	range_print(preset->low_tcp, low_tcp);
	fprintf(out, "  %-10s udp-ports %s, tcp-ports %s, low-tcp-ports %s, %s\n"
		"      auth %s\n      %s\n", preset->name, udp, tcp, low_tcp,
		preset->ipv6 ? "IPv6" : "no IPv6", preset->auths, preset->reason);
}

/**
 * flows_rows_write() - write the table of flows
 * @out: where to
 */
void flows_rows_write(FILE *out)
{
	char names[128], *name, *rest;
	size_t i;

	fputs("operations: who starts > who answers, in which sites, over what, streams\n", out);
	for (i = 0; i < operation_count; i++)
		put_operation(out, &operations[i]);
	fputs("\nover what: from ports > to port, and what follows\n", out);
	put_auths(out);
	fputs("\npresets: what builds of Amanda have\n", out);
	snprintf(names, sizeof(names), "%s", preset_names());
	for (name = strtok_r(names, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest))
		put_preset(out, preset_find(name));
}
