// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Are Amanda's port ranges wide enough for what runs at the same time?
 *
 * What a program listens at it has for itself (bind_portrange() of amutil.c).
 * What it connects from it shares, as long as the other ends differ:
 * connect_portrange() binds with SO_REUSEADDR.
 */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "import/advice.h"

#define OWNED_TCP	1
#define OWNED_UDP	2
#define NAMED		4	/* shift of one protocol's bit: it has a first name already */

/* bind_portrange() and connect_port() pass over what /etc/services gives to others. */
static unsigned char owned[UINT16_MAX + 1];

static void read_services(void)
{
	struct servent *service;
	unsigned char bit;
	uint16_t port;

	memset(owned, 0, sizeof(owned));
	setservent(1);
	while ((service = getservent())) {
		port = ntohs((uint16_t)service->s_port);
		bit = !strcmp(service->s_proto, "tcp") ? OWNED_TCP :
		      !strcmp(service->s_proto, "udp") ? OWNED_UDP : 0;
		/* getservbyport() returns the first one. */
		if (!bit || owned[port] & bit * NAMED)
			continue;
		owned[port] |= bit * NAMED;
		if (!strstr(service->s_name, "amanda"))
			owned[port] |= bit;
	}
	endservent();
}

/**
 * struct supply - the ports of a range
 * @range: it
 * @usable: how many Amanda may use
 * @owned: how many belong to other services
 */
struct supply {
	struct range range;
	unsigned int usable;
	unsigned int owned;
};

static struct supply count_ports(struct range range, unsigned char protocol)
{
	struct supply supply = { .range = range };
	unsigned int port;

	for (port = range.low; range.low && port <= range.high; port++) {
		if (owned[port] & protocol)
			supply.owned++;
		else
			supply.usable++;
	}
	return supply;
}

static void advise_supply(struct advice *advice, const char *what, const struct supply *supply,
			  unsigned int needed, const char *why)
{
	char ports[12], others[80] = "";

	if (!supply->range.low || needed <= supply->usable)
		return;
	range_print(supply->range, ports);
	if (supply->owned)
		snprintf(others, sizeof(others),
			 " (%u more belong to other services of /etc/services)", supply->owned);
	advise(advice, "%s %s has %u ports%s, and %u are needed at the same time: %s", what, ports,
	       supply->usable, others, needed, why);
}

/* A number of the version: 3.5.1 is 305. */
static unsigned int version_number(const struct amanda *amanda)
{
	unsigned int major, minor;

	if (!amanda->version || sscanf(amanda->version, "%u.%u", &major, &minor) != 2)
		return 305;
	return major * 100 + minor;
}

/* The ports that the responder of an operation listens at. */
static unsigned int listens(const struct auth *auth, const char *operation)
{
	unsigned int tags = 0;
	size_t i;

	for (i = 0; i < operation_count; i++)
		if (!strcmp(operations[i].name, operation))
			while (operations[i].tags[tags])
				tags++;
	return auth->streams == STREAMS_EACH ? tags :
	       auth->streams == STREAMS_FIRST ? tags > 0 : 0;
}

/* sendbackup opens a fifth stream, CMD, since 4.0; and none for an index that is off. */
static unsigned int dump_ports(const struct amanda *amanda, const struct machine *machine)
{
	const struct auth *auth = machine_auth(machine);
	unsigned int each = auth ? listens(auth, "dumper") : 0;

	if (each > 1)
		each += (version_number(amanda) >= 400) - !machine->known.index;
	return machine_dumps(machine) * each;
}

static bool counts(const struct machine *machine)
{
	return machine->client && !machine->why && machine_auth(machine);
}

static void advise_clients(struct advice *advice, const struct amanda *amanda,
			   const struct machines *machines, const struct supply *tcp)
{
	const struct machine *worst = NULL;
	unsigned int most = tcp->usable, needed, all = 0;
	char why[256];
	size_t i;

	for (i = 0; i < machines->count; i++) {
		const struct machine *machine = &machines->list[i];

		if (machine->server || !counts(machine))
			continue;
		needed = dump_ports(amanda, machine);
		all += needed > tcp->usable;
		if (needed <= most)
			continue;
		most = needed;
		worst = machine;
	}
	if (!worst)
		return;
	snprintf(why, sizeof(why),
		 "%s runs %u dumps at once, each with %u streams over auth %s "
		 "(clients concerned: %u)",
		 worst->known.name, machine_dumps(worst), most / machine_dumps(worst),
		 machine_auth(worst)->name, all);
	advise_supply(advice, "unreserved-tcp-port", tcp, most, why);
}

static unsigned int at_most(long inparallel, unsigned int disks)
{
	return inparallel < 0 ? 0 : inparallel < (long)disks ? (unsigned int)inparallel : disks;
}

/*
 * The server listens for a restore, and as a client of its own.  Its chunkers
 * and tapers, which listened in this range too, take any port since 3.4
 * (do_directtcp_listen() of element-glue.c).
 */
static unsigned int server_ports(const struct amanda *amanda, const struct machines *machines)
{
	unsigned int most = 0, needed, own = 0;
	size_t i;

	for (i = 0; i < machines->count; i++) {
		const struct machine *machine = &machines->list[i];

		if (!counts(machine))
			continue;
		needed = listens(machine_auth(machine), "amrecover index") +
			 listens(machine_auth(machine), "amrecover tape");
		most = needed > most ? needed : most;
		own += machine->server ? dump_ports(amanda, machine) : 0;
	}
	if (version_number(amanda) < 304)
		most += 2 * at_most(amanda->inparallel, amanda->disklist.disks);
	return most || own ? most + own + 1 : 0;
}

/**
 * struct demand - what the server sends from
 * @udp_disks: disks behind UDP
 * @tcp_dumps: most dumps at once of one machine behind reserved TCP ports
 * @udp: a machine behind UDP
 * @udp_unnamed: such a one, for which no client-port is given
 */
struct demand {
	unsigned int udp_disks;
	unsigned int tcp_dumps;
	bool udp;
	bool udp_unnamed;
};

static struct demand demand_of(const struct machines *machines)
{
	struct demand demand = { 0 };
	size_t i;

	for (i = 0; i < machines->count; i++) {
		const struct machine *machine = &machines->list[i];
		const struct auth *auth = machine_auth(machine);

		if (!counts(machine))
			continue;
		if (auth->sport == PORTS_RESERVED_UDP) {
			demand.udp = true;
			demand.udp_disks += machine->known.disks;
			demand.udp_unnamed |= !machine->known.port[0];
		} else if (auth->sport == PORTS_RESERVED_TCP &&
			   machine_dumps(machine) > demand.tcp_dumps) {
			demand.tcp_dumps = machine_dumps(machine);
		}
	}
	return demand;
}

/* A dumper has one socket for all of its clients, and planner, amcheck, amrecover one each. */
static void advise_udp(struct advice *advice, const struct amanda *amanda,
		       const struct demand *demand)
{
	const struct supply udp = count_ports(amanda->udp, OWNED_UDP);
	unsigned int dumpers = at_most(amanda->inparallel, demand->udp_disks);
	char why[128];

	snprintf(why, sizeof(why), "one for each of %u dumpers (inparallel %ld), amcheck and "
	"amrecover",
		 dumpers, amanda->inparallel);
	advise_supply(advice, "reserved-udp-port", &udp, dumpers + 2, why);
	/* util.c, find_port_for_service(): a missing name leaves the port to chance. */
	if (demand->udp_unnamed && !getservbyname("amanda", "udp"))
		advise(advice,
		       "/etc/services of this machine lacks \"amanda 10080/udp\": without this "
		"line, or client-port \"10080\" in the dumptypes, Amanda sends its requests to a "
		"port by chance");
}

static void advise_low_tcp(struct advice *advice, const struct amanda *amanda,
			   const struct demand *demand)
{
	const struct supply tcp = count_ports(amanda->low_tcp, OWNED_TCP);

	if (demand->tcp_dumps)
		advise_supply(advice, "reserved-tcp-port", &tcp, demand->tcp_dumps + 1,
			      "the dumps of one client and amcheck come from ports of their own");
}

static void advise_allowed(struct advice *advice, const char *what, struct range range,
			   struct range allowed)
{
	char ports[12], may[12];

	if (!range.low || !allowed.low ||
	    (range.low >= allowed.low && range.high <= allowed.high))
		return;
	range_print(range, ports);
	range_print(allowed, may);
	advise(advice, "%s is %s, but amanda-security.conf lets Amanda have %s only", what, ports,
	       may);
}

/**
 * ranges_meet() - have two ranges a port in common?
 * @a: one
 * @b: the other
 *
 * Return: true where they have.
 */
bool ranges_meet(struct range a, struct range b)
{
	return a.low <= b.high && b.low <= a.high;
}

static void advise_restores(struct advice *advice, const struct amanda *amanda)
{
	char ports[12], client[12];

	if (!amanda->tcp.low || !amanda->client_tcp.low ||
	    range_equal(amanda->tcp, amanda->client_tcp))
		return;
	range_print(amanda->tcp, ports);
	range_print(amanda->client_tcp, client);
	if (!ranges_meet(amanda->tcp, amanda->client_tcp)) {
		advise(advice,
		       "unreserved-tcp-port is %s in amanda.conf, but %s for restores, where this "
		       "machine's amanda-client.conf counts: write the same there, for the rules let "
		       "only %s through",
		       ports, client, ports);
		return;
	}
	advise(advice,
	       "unreserved-tcp-port is %s in amanda.conf and %s in this machine's "
	"amanda-client.conf, which counts for restores; the site file has what covers both",
	       ports, client);
}

/**
 * advise_ports() - warn of ranges that are too small, or out of reach
 * @advice: the warnings
 * @amanda: Amanda's answers
 * @machines: the machines
 */
void advise_ports(struct advice *advice, const struct amanda *amanda,
		  const struct machines *machines)
{
	struct demand demand = demand_of(machines);
	struct supply tcp, restores;

	read_services();
	tcp = count_ports(amanda->tcp, OWNED_TCP);
	restores = count_ports(amanda->client_tcp.low ? amanda->client_tcp : amanda->tcp,
			       OWNED_TCP);
	advise_clients(advice, amanda, machines, &tcp);
	advise_supply(advice, "this machine's unreserved-tcp-port", &restores,
		      server_ports(amanda, machines),
		      "for a restore, for dumps of its own disks, and to connect from");
	if (demand.udp) {
		advise_udp(advice, amanda, &demand);
		advise_allowed(advice, "reserved-udp-port", amanda->udp, amanda->allowed_udp);
	}
	if (demand.tcp_dumps) {
		advise_low_tcp(advice, amanda, &demand);
		advise_allowed(advice, "reserved-tcp-port", amanda->low_tcp, amanda->allowed_tcp);
	}
	advise_restores(advice, amanda);
}
