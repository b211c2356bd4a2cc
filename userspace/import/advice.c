// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What will surprise about the machines.
 */
#include "import/advice.h"

#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flow/flow.h"
#include "import/quote.h"

/* server-src/planner.h: MAX_LEVELS, of each disk. */
#define ESTIMATE_LEVELS	3
/* Warnings of one kind: behind so many, the site file tells the rest. */
#define SHOWN_MAX	10
/* What is seen in firewalls: nf_conntrack_udp_timeout_stream, the stock helper's
 * master_timeout.
 */
#define UDP_SECONDS	120
#define STOCK_SECONDS	300

static void keep(struct advice *advice, char *text)
{
	char **grown = text ? reallocarray(advice->text, advice->count + 1, sizeof(*grown)) : NULL;

	if (!grown) {
		free(text);
		advice->failed = true;
		return;
	}
	advice->text = grown;
	grown[advice->count++] = text;
}

/**
 * advise() - add a warning
 * @advice: the warnings
 * @format: as for printf(); what comes from outside may be any bytes
 */
void advise(struct advice *advice, const char *format, ...)
{
	char *text, *shown = NULL;
	va_list args;
	size_t size;
	FILE *out;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		advice->failed = true;
		return;
	}
	out = open_memstream(&shown, &size);
	if (out) {
		quote_bytes(out, text, (size_t)length);
		fclose(out);
	}
	free(text);
	keep(advice, shown);
}

/**
 * advice_free() - give the memory back
 * @advice: the warnings
 */
void advice_free(struct advice *advice)
{
	size_t i;

	for (i = 0; i < advice->count; i++)
		free(advice->text[i]);
	free(advice->text);
	memset(advice, 0, sizeof(*advice));
}

/**
 * machine_auth() - the auth of a machine's dumps
 * @machine: the machine
 *
 * Return: the row of the table of flows; or NULL where there is none for it.
 */
const struct auth *machine_auth(const struct machine *machine)
{
	const struct dle_auth *auth = dle_host_auth(&machine->known);

	return auth ? auth_find(auth->name) : NULL;
}

/**
 * machine_port() - where a machine's amandad listens, as the disklist tells
 * @machine: the machine
 *
 * Return: the port; 0 where the disklist does not tell, or by a name that is
 * unknown here.
 */
uint16_t machine_port(const struct machine *machine)
{
	const struct auth *auth = machine_auth(machine);
	const char *text = machine->known.port;
	struct servent *service;
	char *end;
	unsigned long port;

	if (!*text || !auth)
		return 0;
	port = strtoul(text, &end, 10);
	if (!*end)
		return port <= UINT16_MAX ? (uint16_t)port : 0;
	service = getservbyname(text, auth->protocol == IPPROTO_UDP ? "udp" : "tcp");
	return service ? ntohs((uint16_t)service->s_port) : 0;
}

/**
 * machine_dumps() - how many dumps of a machine may run at once
 * @machine: the machine
 *
 * Return: the number.
 */
unsigned int machine_dumps(const struct machine *machine)
{
	const struct dle_host *known = &machine->known;

	return known->maxdumps < known->disks ? known->maxdumps : known->disks;
}

static const char *name_of(const struct machine *machine)
{
	return machine->known.name ? machine->known.name : machine->name;
}

static void advise_left_out(struct advice *advice, const struct machines *machines)
{
	unsigned int shown = 0, more = 0;
	size_t i;

	for (i = 0; i < machines->count; i++) {
		const struct machine *machine = &machines->list[i];

		if (!machine->why)
			continue;
		if (++shown > SHOWN_MAX)
			more++;
		else if (machine->server)
			advise(advice, "%s: %s", name_of(machine), machine->why);
		else
			advise(advice, "%s (line %u of the disklist) is left out: %s",
			       name_of(machine), machine->known.line, machine->why);
	}
	if (more)
		advise(advice, "%u more machines are left out: the site file names them", more);
}

static void join_auths(char *text, size_t size, const struct dle_host *known)
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < dle_host_auths(known) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s (%u)", i ? ", " : "",
					 known->auths[i].name, known->auths[i].disks);
}

/* amandad-src/amandad.c, main(): "client configured for auth=...". */
static void advise_mixed(struct advice *advice, const struct machine *machine)
{
	const struct dle_host *known = &machine->known;
	char auths[DLE_AUTHS * (DLE_AUTH_SIZE + 16)];

	if (dle_host_auths(known) > 1) {
		join_auths(auths, sizeof(auths), known);
		advise(advice,
		       "the disks of %s have several auths: %s; its amandad answers to one. "
		       "The rules are for %s",
		       name_of(machine), auths, dle_host_auth(known)->name);
	}
	if (known->ports_differ)
		advise(advice,
		       "the disks of %s differ in client-port; its amandad listens at one of them",
		       name_of(machine));
	else if (known->port[0] && !machine_port(machine))
		advise(advice, "client-port \"%s\" of %s is no port, nor a service known here",
		       known->port, name_of(machine));
}

static bool many_of_a_family(const struct machine *machine)
{
	unsigned int v4 = 0, v6 = 0;
	size_t i;

	for (i = 0; i < machine->count; i++) {
		v4 += machine->address[i].family == AF_INET;
		v6 += machine->address[i].family == AF_INET6;
	}
	return v4 > 1 || v6 > 1;
}

static bool is_client(const struct machine *machine)
{
	return machine->client && !machine->why && machine->known.disks;
}

/* stream_client_internal() of stream.c looks the name up again for each stream. */
static void advise_addresses(struct advice *advice, const struct machine *machine)
{
	const struct auth *auth = machine_auth(machine);

	if (machine->server || machine->gateway || !auth || auth->streams == STREAMS_INSIDE ||
	    !many_of_a_family(machine))
		return;
	advise(advice,
	       "%s has several addresses: a stream may go to another one than the request did, "
	"and then no helper lets it through. Give it a name with one address",
	       name_of(machine));
}

static bool means_this(const struct machines *machines, const char *name)
{
	const struct machine *server = &machines->list[0];
	char own[sizeof(machines->own.name)];

	strcpy(own, machines->own.name);
	if (!*name || !strcasecmp(name, "localhost") || !strcasecmp(name, own) ||
	    !strcasecmp(name, server->name) ||
	    (server->known.name && !strcasecmp(name, server->known.name)))
		return true;
	own[strcspn(own, ".")] = '\0';
	return !strncasecmp(name, own, strlen(own)) && strchr(".", name[strlen(own)]);
}

static void advise_servers(struct advice *advice, const struct amanda *amanda,
			   const struct machines *machines)
{
	if (!means_this(machines, amanda->index_server))
		advise(advice,
		       "amanda-client.conf of this machine names the index server %s: if that is "
		"another machine, add it as a [host] with the role server",
		       amanda->index_server);
	if (!means_this(machines, amanda->tape_server) &&
	    strcasecmp(amanda->tape_server, amanda->index_server))
		advise(advice,
		       "amanda-client.conf of this machine names the tape server %s: if that is "
		"another machine, add it as a [host] with the role server",
		       amanda->tape_server);
}

/**
 * advise_machines() - warn of what the machines themselves have
 * @advice: the warnings
 * @amanda: Amanda's answers
 * @machines: the machines
 */
void advise_machines(struct advice *advice, const struct amanda *amanda,
		     const struct machines *machines)
{
	size_t i;

	advise_left_out(advice, machines);
	for (i = 0; i < machines->count; i++) {
		if (!is_client(&machines->list[i]))
			continue;
		advise_mixed(advice, &machines->list[i]);
		advise_addresses(advice, &machines->list[i]);
	}
	advise_servers(advice, amanda, machines);
}

static unsigned int wait_of(const struct amanda *amanda, const struct machine *machine)
{
	unsigned long long seconds;

	if (!machine->known.estimates)
		return 0;
	/* planner.c, getsize(): negative stands for the client as a whole. */
	if (amanda->etimeout < 0)
		seconds = (unsigned long long)-amanda->etimeout;
	else
		seconds = (unsigned long long)amanda->etimeout * ESTIMATE_LEVELS *
			  machine->known.estimates;
	return seconds > AMANDA_REPLY_SECONDS ? AMANDA_REPLY_SECONDS : (unsigned int)seconds;
}

/**
 * estimate_seconds() - how long the server waits for an estimate over UDP
 * @amanda: Amanda's answers
 * @machines: the machines
 * @longest: receives the machine that it waits for; or NULL
 *
 * amandad itself gives up after AMANDA_REPLY_SECONDS.
 *
 * Return: the longest wait; 0 where no machine is asked over UDP.
 */
unsigned int estimate_seconds(const struct amanda *amanda, const struct machines *machines,
			      const struct machine **longest)
{
	unsigned int most = 0, seconds;
	const struct auth *auth;
	size_t i;

	if (longest)
		*longest = NULL;
	for (i = 0; i < machines->count; i++) {
		const struct machine *machine = &machines->list[i];

		auth = machine_auth(machine);
		if (machine->server || !is_client(machine) || !auth ||
		    auth->protocol != IPPROTO_UDP)
			continue;
		seconds = wait_of(amanda, machine);
		if (seconds <= most)
			continue;
		most = seconds;
		if (longest)
			*longest = machine;
	}
	return most;
}

/**
 * advise_waits() - warn where Amanda waits longer than firewalls do
 * @advice: the warnings
 * @amanda: Amanda's answers
 * @machines: the machines
 */
void advise_waits(struct advice *advice, const struct amanda *amanda,
		  const struct machines *machines)
{
	const struct machine *longest;
	unsigned int seconds = estimate_seconds(amanda, machines, &longest);

	if (seconds <= UDP_SECONDS)
		return;
	advise(advice,
	       "the server waits up to %u s for the estimate of %s (etimeout %ld, %u disks); "
	"firewalls forget plain UDP after %u s at most%s. \"etimeout = %u\" in the site file "
	"makes generate wait as long",
	       seconds, name_of(longest), amanda->etimeout, longest->known.estimates, UDP_SECONDS,
	       seconds > STOCK_SECONDS ? ", and the kernel's own helper after 300 s" : "",
	       seconds);
}
