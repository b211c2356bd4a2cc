// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The initiators of "amref load".  One client is one initiator; it has one
 * session after the other, each with a socket and a handle of its own, as
 * Amanda's dumper has.
 */
#include <stdlib.h>

#include "load_client.h"

/* Packets must be read in between. */
#define BEGIN_AT_ONCE	64

static bool may_begin(const struct load_clients *all)
{
	const struct load *load = all->load;

	if (load->options->duration &&
	    load_time() - load->started >= load->options->duration * 1000000ull)
		return false;
	return load->report->offered < load->options->sessions;
}

/* When the next session is due; 0: as soon as there is a client for it. */
static uint64_t due_time(const struct load *load)
{
	if (load->options->rate <= 0)
		return 0;
	return load->started + load->report->offered / load->options->rate * 1e9;
}

/*
 * Sessions reserve what they will open, so that nobody runs out of files
 * halfway.
 */
static bool has_room(const struct load_clients *all)
{
	return all->idle &&
	       all->load->files >= (long)(all->underway - all->standing + 1) * all->files;
}

static void begin_sessions(void *arg)
{
	struct load_clients *all = arg;
	unsigned int at_once = BEGIN_AT_ONCE;
	uint64_t due = 0;

	while (at_once && has_room(all) && may_begin(all)) {
		due = due_time(all->load);
		if (due > load_time())
			break;
		load_client_begin(&all->client[all->free[--all->idle]], due);
		at_once--;
	}
	if (!may_begin(all)) {
		if (!all->underway)
			loop_quit(all->load->loop, 0);
	} else if (has_room(all)) {
		loop_start(all->load->loop, &all->tick, at_once ? 1 : 0);
	}
}

/**
 * load_offer_more() - there may be room for one more session, or this was the
 * last one
 * @all: the initiators
 */
void load_offer_more(struct load_clients *all)
{
	loop_start(all->load->loop, &all->tick, 0);
}

static void place_client(struct load_clients *all, unsigned int i)
{
	const struct load_options *options = all->load->options;
	struct load_client *client = &all->client[i];
	struct load_stream *stream = &all->stream[(size_t)i * all->connections];
	unsigned int k;

	client->all = all;
	client->from = options->from.address[i % options->from.count];
	client->to = options->to.address[i / options->from.count % options->to.count];
	client->udp = (struct loop_file){ -1, load_client_control_ready, client };
	client->timer = (struct loop_timer){ .expired = load_client_expired, .arg = client };
	client->stream = stream;
	for (k = 0; k < all->connections; k++) {
		stream[k].client = client;
		stream[k].file = (struct loop_file){ -1, load_client_stream_ready, &stream[k] };
	}
	all->free[i] = options->clients - 1 - i;
}

/**
 * load_clients_start() - begin to offer sessions
 * @load: the run; its loop quits when the last session has ended
 *
 * Return: to be stopped, or NULL with errno set.
 */
struct load_clients *load_clients_start(struct load *load)
{
	const struct load_options *options = load->options;
	struct load_clients *all = calloc(1, sizeof(*all));
	unsigned int i;

	if (!all)
		return NULL;
	all->load = load;
	all->connections = options->in_band ? 1 : options->streams;
	/* A target has a listening or a connected socket for each, and shortly both. */
	all->files = 1 + all->connections + (options->targets ? all->connections + 1 : 0);
	all->client = calloc(options->clients, sizeof(*all->client));
	all->stream = calloc((size_t)options->clients * all->connections, sizeof(*all->stream));
	all->free = calloc(options->clients, sizeof(*all->free));
	if (!all->client || !all->stream || !all->free) {
		load_clients_stop(all);
		return NULL;
	}
	for (i = 0; i < options->clients; i++)
		place_client(all, i);
	all->idle = options->clients;
	all->tick = (struct loop_timer){ .expired = begin_sessions, .arg = all };
	load_offer_more(all);
	return all;
}

/**
 * load_clients_stop() - end all sessions; those whose streams are not all there
 * are lost
 * @all: NULL does nothing; freed
 */
void load_clients_stop(struct load_clients *all)
{
	unsigned int i;

	if (!all)
		return;
	for (i = 0; all->client && i < all->load->options->clients; i++) {
		struct load_client *client = &all->client[i];

		if (client->state == CLIENT_HOLDING)
			load_client_end(client);
		else if (client->state != CLIENT_FREE)
			load_client_lose(client, LOAD_CUT);
	}
	loop_stop(all->load->loop, &all->tick);
	free(all->client);
	free(all->stream);
	free(all->free);
	free(all);
}
