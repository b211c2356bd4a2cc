// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What product_probes reads: the lab, and the flows as amfwctl tells them.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "product_probes.h"

/**
 * die() - give up
 * @format: why
 */
void die(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fputs("product_probes: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
	exit(2);
}

/**
 * machine_of() - find a machine by its name
 * @product: of which
 * @name: the name
 *
 * Return: the machine, or NULL.
 */
struct machine *machine_of(struct product *product, const char *name)
{
	size_t i;

	for (i = 0; i < product->machine_count; i++)
		if (!strcmp(product->machine[i].name, name))
			return &product->machine[i];
	return NULL;
}

/**
 * owner_of() - find a machine by its address
 * @product: of which
 * @address: the address
 *
 * Return: the machine, or NULL.
 */
struct machine *owner_of(struct product *product, const char *address)
{
	size_t i, j;

	for (i = 0; i < product->machine_count; i++)
		for (j = 0; j < ADDRESSES_MAX; j++)
			if (!strcmp(product->machine[i].address[j], address))
				return &product->machine[i];
	return NULL;
}

/* "gw,server" */
static bool is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);
	const char *at;

	for (at = strstr(list, name); at; at = strstr(at + 1, name))
		if ((at == list || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/**
 * machines_read() - read the lab: "machine NAME PATH SIDE ADDRESS..."
 * @product: to fill
 * @file: where it is written
 * @with_rules: names of the machines that have rules, with commas between
 */
void machines_read(struct product *product, const char *file, const char *with_rules)
{
	FILE *input = fopen(file, "r");
	struct machine *machine;
	char line[1024];

	if (!input)
		die("cannot read %s", file);
	while (fgets(line, sizeof(line), input)) {
		if (product->machine_count == MACHINES_MAX)
			die("too many machines");
		machine = &product->machine[product->machine_count++];
		if (sscanf(line, "machine %79s %79s %79s %79s %79s %79s %79s", machine->name,
			   machine->path, machine->side, machine->address[0],
			   machine->address[1], machine->address[2], machine->address[3]) < 4)
			die("bad machine: %s", line);
		machine->rules = is_listed(with_rules, machine->name);
	}
	fclose(input);
}

static struct range range_of(json_t *json)
{
	struct range range = { 0, 0 };

	if (json_unpack(json, "[i,i]", &range.low, &range.high))
		die("not a range of ports");
	return range;
}

static struct tuple tuple_of(json_t *json)
{
	struct tuple tuple = { 0 };
	json_t *sport, *dport;

	if (json_unpack(json, "{s:s, s:s, s:o, s:o}", "source", &tuple.source, "destination",
			&tuple.destination, "sport", &sport, "dport", &dport))
		die("a tuple without its parts");
	tuple.sport = range_of(sport);
	tuple.dport = range_of(dport);
	return tuple;
}

static void flow_read(struct product *product, json_t *json)
{
	struct flow *flow = &product->flow[product->flow_count];
	const char *protocol;
	struct machine *initiator, *responder;
	json_t *sent, *received;

	if (product->flow_count == FLOWS_MAX)
		die("too many flows");
	if (json_unpack(json, "{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "id", &flow->id, "operation",
			&flow->operation, "initiator", &flow->initiator, "responder",
			&flow->responder, "protocol", &protocol, "sent", &sent, "received",
			&received))
		die("a flow without its parts");
	initiator = machine_of(product, flow->initiator);
	responder = machine_of(product, flow->responder);
	/* Some are only in the site; and to itself a machine needs no rules. */
	if (!initiator || !responder || initiator == responder)
		return;
	flow->udp = !strcmp(protocol, "udp");
	flow->tag = json_string_value(json_object_get(json, "stream"));
	flow->helped = flow->tag && json_is_string(json_object_get(json, "helper"));
	flow->sent = tuple_of(sent);
	flow->received = tuple_of(received);
	initiator->known = true;
	responder->known = true;
	product->flow_count++;
}

/**
 * flows_read() - read the flows from standard input
 * @product: to fill; what is read stays in memory
 */
void flows_read(struct product *product)
{
	json_error_t error;
	json_t *top = json_loadf(stdin, 0, &error), *list, *flow;
	size_t i;

	if (!top)
		die("%s", error.text);
	list = json_object_get(top, "flows");
	json_array_foreach(list, i, flow)
		flow_read(product, flow);
	if (!product->flow_count)
		die("no flows");
}
