// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machines behind the names.
 */
#include "import/machine.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flow/flow.h"
#include "import/resolve.h"
#include "import/ways.h"

/**
 * struct search - what finds a machine again
 * @machines: to fill
 * @names: a tree of struct tag, by name
 * @addresses: a tree of struct tag, by address
 * @finding: how
 */
struct search {
	struct machines *machines;
	void *names;
	void *addresses;
	const struct finding *finding;
};

struct tag {
	char name[SITE_NAME_MAX + 1];
	struct address address;
	size_t machine;
};

static int by_name(const void *a, const void *b)
{
	return strcasecmp(((const struct tag *)a)->name, ((const struct tag *)b)->name);
}

static int by_address(const void *a, const void *b)
{
	return address_compare(&((const struct tag *)a)->address,
			       &((const struct tag *)b)->address);
}

static struct machine *found(const struct search *search, struct tag *const *tag)
{
	return tag ? &search->machines->list[(*tag)->machine] : NULL;
}

static struct machine *find_name(const struct search *search, const char *name)
{
	struct tag key = { .machine = 0 };

	if (!*name)
		return NULL;
	strcpy(key.name, name);
	return found(search, tfind(&key, &search->names, by_name));
}

static struct machine *find_address(const struct search *search, const struct address *address)
{
	struct tag key = { .address = *address };

	return found(search, tfind(&key, &search->addresses, by_address));
}

static int remember(void **tree, const struct tag *tag,
		    int (*order)(const void *a, const void *b))
{
	struct tag *copy = malloc(sizeof(*copy)), **stored;

	if (!copy)
		return -ENOMEM;
	*copy = *tag;
	stored = tsearch(copy, tree, order);
	if (!stored || *stored != copy)
		free(copy);
	return stored ? 0 : -ENOMEM;
}

static size_t index_of(const struct search *search, const struct machine *machine)
{
	return (size_t)(machine - search->machines->list);
}

static int add_address(struct search *search, struct machine *machine,
		       const struct address *address)
{
	const struct tag tag = { .address = *address, .machine = index_of(search, machine) };
	struct address *grown;

	if (find_address(search, address))
		return 0;
	grown = reallocarray(machine->address, machine->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	machine->address = grown;
	grown[machine->count++] = *address;
	return remember(&search->addresses, &tag, by_address);
}

/* The list has room for all that may come: see machines_find(). */
static struct machine *new_machine(struct search *search, const char *name)
{
	struct machine *machine = &search->machines->list[search->machines->count++];
	struct tag tag = { .machine = index_of(search, machine) };

	strcpy(machine->name, name);
	strcpy(tag.name, name);
	return !*name || !remember(&search->names, &tag, by_name) ? machine : NULL;
}

static int append_name(struct machine *machine, const char *name)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", machine->others ? machine->others : "",
		     machine->others ? " " : "", name) < 0)
		return -ENOMEM;
	free(machine->others);
	machine->others = joined;
	return 0;
}

static bool is_localhost(const char *name)
{
	return !strcasecmp(name, "localhost") || !strncasecmp(name, "localhost.", 10);
}

static bool is_local_name(const struct own *own, const char *name)
{
	size_t label = strcspn(own->name, ".");

	return is_localhost(name) || !strcasecmp(name, own->name) ||
	       (label && !strncasecmp(name, own->name, label) && !name[label]);
}

static bool is_own(const struct own *own, const struct lookup *lookup)
{
	size_t i;

	if (lookup->loopback)
		return true;
	for (i = 0; i < lookup->count; i++)
		if (own_has(own, &lookup->address[i]))
			return true;
	return !lookup->count && is_local_name(own, lookup->name);
}

/* A machine that is there already, under another name. */
static struct machine *find_other(const struct search *search, const struct lookup *lookup)
{
	struct machine *machine;
	size_t i;

	for (i = 0; i < lookup->count; i++) {
		machine = find_address(search, &lookup->address[i]);
		if (machine)
			return machine;
	}
	return NULL;
}

static struct machine *unnamed(struct search *search, const char *why)
{
	struct machine *machine = new_machine(search, "");

	if (machine)
		machine->why = why;
	return machine;
}

/* A name that fits may come behind one that does not. */
static struct machine *take_name(struct search *search, struct machine *machine, const char *name)
{
	if (!machine->name[0] && *name && !find_name(search, name))
		strcpy(machine->name, name);
	return machine;
}

static struct machine *choose(struct search *search, const struct lookup *lookup)
{
	struct machine *machine = &search->machines->list[0];
	char name[SITE_NAME_MAX + 1] = "";
	bool fits = name_for_site(lookup->name, name);

	if (is_own(&search->machines->own, lookup)) {
		/* Amanda's name for it is the one that people know. */
		if (fits && !machine->client && !machine->gateway && !is_localhost(name) &&
		    !find_name(search, name))
			strcpy(machine->name, name);
		return machine;
	}
	machine = find_other(search, lookup);
	if (machine)
		return take_name(search, machine, fits ? name : "");
	machine = find_name(search, name);
	if (machine && machine->gateway && !machine->client)
		return machine;
	if (machine)	/* what is left of a long name */
		return unnamed(search, "in a site file its name would be that of another");
	if (!fits)
		return unnamed(search, "its name is not that of a host");
	machine = new_machine(search, name);
	if (machine && !lookup->count) {
		machine->blank = !search->finding->resolve;
		machine->why = machine->blank ? NULL : lookup->why ? lookup->why : "no address";
	}
	return machine;
}

static int place(struct search *search, const struct dle_host *host,
		 const struct lookup *lookup)
{
	struct machine *machine = choose(search, lookup);
	int err = 0;
	size_t i;

	if (!machine)
		return -ENOMEM;
	if (machine->client)
		err = append_name(machine, host->name);
	else
		machine->known.name = host->name;
	if (!machine->known.line)
		machine->known.line = host->line;
	machine->client = true;
	dle_host_add(&machine->known, host);
	for (i = 0; !err && i < lookup->count && !machine->server && !machine->gateway; i++)
		err = add_address(search, machine, &lookup->address[i]);
	if (machine->count && machine->name[0]) {
		machine->why = NULL;
		machine->blank = false;
	}
	return err;
}

static int place_all(struct search *search, const struct disklist *list,
		     const struct lookup *lookups)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < list->count; i++)
		err = place(search, &list->hosts[i], &lookups[i]);
	return err;
}

static int look_up(struct search *search, const struct amanda *amanda)
{
	const struct disklist *list = &amanda->disklist;
	sa_family_t family = amanda->ipv6 ? AF_UNSPEC : AF_INET;
	struct lookup *lookups = calloc(list->count + 1, sizeof(*lookups));
	int err = 0;
	size_t i;

	if (!lookups)
		return -ENOMEM;
	for (i = 0; i < list->count; i++)
		lookups[i].name = list->hosts[i].name;
	if (search->finding->resolve)
		err = resolve_all(lookups, list->count, family);
	else
		for (i = 0; i < list->count; i++)
			resolve_numeric(&lookups[i], family);
	if (!err)
		err = place_all(search, list, lookups);
	for (i = 0; i < list->count; i++)
		lookup_free(&lookups[i]);
	free(lookups);
	return err;
}

/* This machine may be the gateway itself. */
static struct machine *new_gateway(struct search *search, const struct gateway *gateway)
{
	struct machines *machines = search->machines;
	struct machine *machine = NULL;
	size_t i;

	for (i = 0; i < gateway->count; i++)
		if (own_has(&machines->own, &gateway->address[i]))
			machine = &machines->list[0];
	if (machine)
		strcpy(machine->name, gateway->name);
	else
		machine = new_machine(search, gateway->name);
	if (machine)
		machine->gateway = gateway;
	return machine;
}

static int add_gateways(struct search *search)
{
	const struct finding *finding = search->finding;
	struct machine *machine;
	int err = 0;
	size_t i, j;

	for (i = 0; !err && i < finding->gateway_count; i++) {
		machine = new_gateway(search, &finding->gateways[i]);
		if (!machine)
			return -ENOMEM;
		for (j = 0; !err && j < machine->gateway->count; j++)
			err = add_address(search, machine, &machine->gateway->address[j]);
	}
	return err;
}

static int take_own(struct search *search)
{
	struct machine *server = &search->machines->list[0];
	const struct own *own = &search->machines->own;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < own->count; i++)
		if (own->addresses[i].used)
			err = add_address(search, server, &own->addresses[i].address);
	if (!server->count)
		server->why = "this machine has no address but the loopback's";
	return err;
}

static int name_server(struct search *search)
{
	struct own *own = &search->machines->own;
	char name[SITE_NAME_MAX + 1] = "";
	struct machine *server;

	if (!name_for_site(own->name, name) || is_localhost(name))
		strcpy(name, "amanda-server");
	server = new_machine(search, name);
	if (!server)
		return -ENOMEM;
	server->server = true;
	return 0;
}

/* What a site file cannot say of a client. */
static const char *auth_trouble(const struct machine *machine)
{
	const struct dle_auth *name = dle_host_auth(&machine->known);
	const struct auth *auth = name ? auth_find(name->name) : NULL;

	if (!name || !machine->client || machine->server)
		return NULL;
	if (!auth)
		return "no site file knows its auth";
	return auth_travels(auth) ? NULL : "auth local does not leave this machine";
}

static void judge(struct machines *machines)
{
	const char *trouble;
	size_t i;

	for (i = 0; i < machines->count; i++) {
		struct machine *machine = &machines->list[i];

		trouble = auth_trouble(machine);
		if (trouble && machine->gateway)
			machine->client = false;
		else if (!machine->why)
			machine->why = trouble;
	}
}

static int search_all(struct search *search, const struct amanda *amanda)
{
	struct machines *machines = search->machines;
	int err = own_read(&machines->own);

	if (!err)
		err = name_server(search);
	if (!err)
		err = add_gateways(search);
	if (!err)
		err = look_up(search, amanda);
	if (err)
		return err;
	ways_choose(machines, amanda->ipv6);
	err = take_own(search);
	ways_drop(machines);
	judge(machines);
	machines->interfaces = ways_agree(machines);
	return err;
}

/**
 * machines_find() - find the machines that Amanda speaks of
 * @machines: to fill; machines_free() it whatever is returned
 * @amanda: Amanda's answers; must stay valid
 * @finding: how; must stay valid
 *
 * Return: 0, or a negative errno.
 */
int machines_find(struct machines *machines, const struct amanda *amanda,
		  const struct finding *finding)
{
	struct search search = { .machines = machines, .finding = finding };
	int err;

	memset(machines, 0, sizeof(*machines));
	machines->list = calloc(1 + finding->gateway_count + amanda->disklist.count,
				sizeof(*machines->list));
	if (!machines->list)
		return -ENOMEM;
	err = search_all(&search, amanda);
	tdestroy(search.names, free);
	tdestroy(search.addresses, free);
	return err;
}

/**
 * machines_free() - give the memory back
 * @machines: the machines
 */
void machines_free(struct machines *machines)
{
	size_t i;

	for (i = 0; i < machines->count; i++) {
		free(machines->list[i].address);
		free(machines->list[i].others);
	}
	free(machines->list);
	own_free(&machines->own);
	memset(machines, 0, sizeof(*machines));
}
