// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: an initiator and a target (protocol.c, target.c, call.c) with
 * a network between them that loses, repeats, reorders, changes and makes up
 * packets, and a service that does what it wants.  The input is the script of it.
 *
 * Whatever happens: each request ends exactly once, and in bounded time; what an
 * honest network delivers is what was said.
 */
/* fuzz-cost: 50 */
/* fuzz-uses: userspace/amref/protocol.c userspace/amref/target.c userspace/amref/fault.c userspace/amref/wire.c kernel/amanda_packet.c */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "packet_properties.h"

/* They tell of every timeout, and there are many here. */
#define fprintf(file, ...) ((void)snprintf(NULL, 0, __VA_ARGS__))
#include "../../userspace/amref/call.c"
#include "../../userspace/amref/call_service.c"
#undef fprintf
#include "../../userspace/amref/protocol.h"

#define TIMERS		512
#define PACKETS		32
#define EXCHANGES	32
#define REQUESTS	4
#define CALLS		32
/* What has not ended after so many timers never will: each waits a second or more. */
#define PATIENCE	4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- a loop with a clock of its own ----------------------------------------- */

struct loop {
	struct loop_timer *timer[TIMERS];
	int timers;
	uint64_t now;
};

int loop_start(struct loop *loop, struct loop_timer *timer, unsigned int milliseconds)
{
	loop_stop(loop, timer);
	MUST(loop->timers < TIMERS);
	loop->timer[loop->timers++] = timer;
	timer->due = loop->now + milliseconds * 1000000ull;
	return 0;
}

void loop_stop(struct loop *loop, struct loop_timer *timer)
{
	int i;

	for (i = 0; i < loop->timers; i++)
		if (loop->timer[i] == timer)
			loop->timer[i] = loop->timer[--loop->timers];
}

uint64_t loop_now(const struct loop *loop)
{
	return loop->now;
}

void loop_quit(struct loop *loop, int result)
{
	(void)loop;
	(void)result;
}

static bool next_timer(struct loop *loop)
{
	struct loop_timer *first = NULL;
	int i;

	for (i = 0; i < loop->timers; i++)
		if (!first || loop->timer[i]->due < first->due)
			first = loop->timer[i];
	if (!first)
		return false;
	if (first->due > loop->now)
		loop->now = first->due;
	loop_stop(loop, first);
	first->expired(first->arg);
	return true;
}

/* --- a network -------------------------------------------------------------- */

struct packet {
	bool to_target;
	uint8_t exchange;
	enum amanda_type type;
	size_t length;
	char *body;
};

struct end {
	struct security_exchange exchange;
	bool used;
};

struct net {
	struct loop loop;
	struct security_peer initiator;
	struct security_peer target;
	struct packet packet[PACKETS];
	size_t packets;
	struct end asks[EXCHANGES];
	struct end serves[EXCHANGES];
	const struct target_events *events;
	void *arg;
	bool acknowledges;
	bool lied;	/* a packet was changed or made up */
	struct call *call[CALLS];
	uint8_t service;	/* what it does */
};

static struct net net;

static void post(bool to_target, unsigned int exchange, enum amanda_type type, const char *body,
		 size_t length)
{
	struct packet *packet = &net.packet[net.packets];

	if (net.packets == PACKETS)
		return;
	*packet = (struct packet){ to_target, exchange, type, length, malloc(length) };
	MUST(packet->body || !length);
	if (length)
		memcpy(packet->body, body, length);
	net.packets++;
}

static void unpost(size_t i)
{
	free(net.packet[i].body);
	net.packet[i] = net.packet[--net.packets];
}

static struct security_exchange *net_begin(struct security_peer *peer,
					   const struct exchange_events *events, void *arg)
{
	int i;

	for (i = 0; i < EXCHANGES; i++) {
		if (net.asks[i].used)
			continue;
		net.asks[i] = (struct end){ { peer, events, arg }, true };
		return &net.asks[i].exchange;
	}
	return NULL;
}

static int net_send(struct security_exchange *exchange, enum amanda_type type, const char *body,
		    size_t length)
{
	struct end *end = (struct end *)exchange;
	bool asks = end >= net.asks && end < net.asks + EXCHANGES;

	MUST(end->used);
	post(asks, asks ? end - net.asks : end - net.serves, type, body, length);
	return 0;
}

static void net_end(struct security_exchange *exchange)
{
	struct end *end = (struct end *)exchange;

	MUST(end->used);
	end->used = false;
}

static struct security_peer *net_listen(const struct security_driver *driver,
					struct loop *loop, int fd,
					const struct sockaddr *address, socklen_t length,
					const struct security_options *options,
					const struct target_events *events, void *arg,
					char *why, size_t why_size)
{
	(void)driver, (void)loop, (void)fd, (void)address, (void)length, (void)options,
	(void)why, (void)why_size;
	net.events = events;
	net.arg = arg;
	return &net.target;
}

static void net_stop(struct security_peer *peer)
{
	(void)peer;
}

static struct security_stream *net_stream_listen(struct security_exchange *exchange,
						 const struct stream_events *events, void *arg,
						 int *error)
{
	static struct security_stream stream;

	(void)exchange, (void)events, (void)arg;
	if (net.service & 128) {
		*error = -EADDRINUSE;
		return NULL;
	}
	stream.number = 50000 + net.service;
	return &stream;
}

static struct security_driver driver = {
	.name = "net",
	.begin = net_begin,
	.send = net_send,
	.end = net_end,
	.listen = net_listen,
	.stop = net_stop,
	.stream_listen = net_stream_listen,
};

static void deliver(size_t i)
{
	struct packet packet = net.packet[i];
	struct end *end = packet.to_target ? &net.serves[packet.exchange] :
					     &net.asks[packet.exchange];

	net.packet[i].body = NULL;
	unpost(i);
	if (packet.to_target && !end->used && packet.type == AMANDA_REQ) {
		*end = (struct end){ { &net.target, NULL, NULL }, true };
		net.events->requested(net.arg, &end->exchange, "peer");
	}
	if (end->used)
		end->exchange.events->packet(end->exchange.arg, packet.type, packet.body,
					     packet.length);
	free(packet.body);
}

/* --- a service -------------------------------------------------------------- */

static void forget_call(struct call *call)
{
	int i;

	for (i = 0; i < CALLS; i++)
		if (net.call[i] == call)
			net.call[i] = NULL;
}

static void finish(struct call *call)
{
	forget_call(call);
	call_done(call);
}

static void reply(struct call *call)
{
	static const struct stream_events events;

	/* Once for each call. */
	if (call_data(call))
		return;
	call_set_data(call, call);
	if (net.service & 1)
		call_stream(call, "DATA", &events, NULL);
	if (net.service & 2)
		call_stream(call, "INDEX", NULL, NULL);
	call_reply(call, "text\n", net.service & 4 ? 0 : 5);
	if (net.service & 8)
		finish(call);
}

static void service_start(struct call *call, const char *arguments, size_t length)
{
	int i;

	MUST(length && !arguments[length]);
	for (i = 0; i < CALLS && net.call[i]; i++)
		;
	if (i == CALLS) {
		call_refuse(call, "busy");
		call_done(call);
		return;
	}
	net.call[i] = call;
	if (net.service & 16)
		call_partial(call, "part\n", 5);
	if (net.service & 32)
		reply(call);
}

static void service_cancel(struct call *call)
{
	forget_call(call);
	call_done(call);
}

static const struct service service = {
	.name = "it", .start = service_start, .cancel = service_cancel, .by_default = true,
};

const struct service *service_find(const char *name)
{
	return strcmp(name, "it") ? NULL : &service;
}

/* --- requests --------------------------------------------------------------- */

struct asked {
	struct request *request;
	bool ended;
};

static void on_partial(void *arg, const char *body, size_t length)
{
	struct asked *asked = arg;

	MUST(!asked->ended);
	MUST(net.lied || (length == 5 && !memcmp(body, "part\n", 5)));
}

static void on_answered(void *arg, const struct amanda_stream *stream, const char (*tag)[32],
			size_t count, const char *body, size_t length)
{
	struct asked *asked = arg;
	size_t i;

	MUST(!asked->ended);
	asked->ended = true;
	MUST(count <= AMANDA_STREAMS_MAX);
	for (i = 0; i < count; i++)
		MUST(strlen(tag[i]) && (stream[i].number == -1 || stream[i].number > 0));
	if (!net.lied)
		MUST(!length || length == 1 || !memcmp(body, "text\n", 5));
}

static void on_refused(void *arg, const char *text, size_t length)
{
	struct asked *asked = arg;

	MUST(!asked->ended);
	asked->ended = true;
	MUST(net.lied || (length > 6 && !memcmp(text, "ERROR ", 6)));
}

static void on_failed(void *arg, const char *why)
{
	struct asked *asked = arg;

	MUST(!asked->ended && *why);
	asked->ended = true;
}

static const struct request_events request_events = {
	on_partial, on_answered, on_refused, on_failed,
};

static void ask(struct asked *asked, uint8_t how)
{
	struct request_timing timing = { 1000, 1 + how % 3, 5000, how / 4 % 3, 60000 };

	if (asked->request)
		return;
	asked->ended = false;
	asked->request = request_send(&net.initiator, how & 64 ? "other" : "it", "OPTIONS ;\n",
				      how & 128 ? 0 : 10, &timing, &request_events, asked);
}

static void unask(struct asked *asked)
{
	request_free(asked->request);
	asked->request = NULL;
}

/* --- the script ------------------------------------------------------------- */

struct script {
	const uint8_t *at;
	size_t left;
};

static uint8_t next(struct script *script)
{
	if (!script->left)
		return 0;
	script->left--;
	return *script->at++;
}

static void make_up(struct script *script)
{
	char body[64];
	uint8_t to = next(script), type = next(script) % 5;
	size_t length = next(script) % sizeof(body), i;

	for (i = 0; i < length; i++)
		body[i] = next(script);
	net.lied = true;
	post(to & 1, to / 2 % EXCHANGES, type, body, length);
}

static void change(struct packet *packet, struct script *script)
{
	uint8_t how = next(script), value = next(script);

	net.lied = true;
	if (how & 1)
		packet->type = value % 5;
	else if (packet->length)
		packet->body[how / 2 % packet->length] = value;
}

static void lose_connection(uint8_t which)
{
	struct end *end = which & 1 ? net.serves : net.asks;

	end += which / 2 % EXCHANGES;
	if (end->used && end->exchange.events)
		end->exchange.events->failed(end->exchange.arg, "the connection is lost");
}

static void serve_on(uint8_t how)
{
	struct call *call = net.call[how / 4 % CALLS];

	if (!call)
		return;
	if (how % 4 == 0)
		return reply(call);
	if (how % 4 == 1 && !call_data(call)) {
		call_refuse(call, "no %d", how);
		return finish(call);
	}
	/* A service is done when it has replied. */
	if (how % 4 == 2 && call_data(call))
		finish(call);
}

static void step(struct asked *asked, struct script *script)
{
	uint8_t op = next(script);
	size_t which = net.packets ? op / 16 % net.packets : 0;

	switch (op % 12) {
	case 0:
	case 1:
		return ask(&asked[op / 16 % REQUESTS], next(script));
	case 2:
		return unask(&asked[op / 16 % REQUESTS]);
	case 3:
		net.service = next(script);
		return;
	case 4:
		return serve_on(next(script));
	case 5:
		return make_up(script);
	case 6:
		return lose_connection(next(script));
	case 7:
		next_timer(&net.loop);
		return;
	}
	if (!net.packets)
		return;
	if (op % 12 == 8)
		unpost(which);
	else if (op % 12 == 9)
		post(net.packet[which].to_target, net.packet[which].exchange,
		     net.packet[which].type, net.packet[which].body, net.packet[which].length);
	else if (op % 12 == 10)
		change(&net.packet[which], script);
	else
		deliver(which);
}

/* Nothing more is lost or made up: all must end. */
static void settle(struct asked *asked)
{
	int patience, i;

	for (patience = 0; patience < PATIENCE; patience++) {
		while (net.packets)
			deliver(0);
		for (i = 0; i < REQUESTS && (!asked[i].request || asked[i].ended); i++)
			;
		if (i == REQUESTS)
			return;
		MUST(next_timer(&net.loop));
	}
	MUST(!"every request ends");
}

static void begin(struct target **target)
{
	static const struct target_options options = { .ack_wait = 1000, .rep_tries = 3 };
	static const struct security_options security;
	char why[64];

	memset(&net, 0, sizeof(net));
	net.initiator = (struct security_peer){ .driver = &driver, .loop = &net.loop };
	net.target = (struct security_peer){ .driver = &driver, .loop = &net.loop };
	*target = target_start(&net.loop, &driver, -1, NULL, 0, &security, &options, why,
			       sizeof(why));
	MUST(*target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script script = { data, size };
	struct asked asked[REQUESTS] = { { NULL, false } };
	struct target *target;
	int i;

	begin(&target);
	driver.acknowledges = next(&script) & 1;
	while (script.left)
		step(asked, &script);
	settle(asked);
	for (i = 0; i < REQUESTS; i++)
		unask(&asked[i]);
	target_stop(target);
	MUST(!net.loop.timers);
	for (i = 0; i < EXCHANGES; i++)
		MUST(!net.asks[i].used && !net.serves[i].used);
	while (net.packets)
		unpost(0);
	return 0;
}
