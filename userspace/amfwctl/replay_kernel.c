// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl replay --kernel: each datagram to or from Amanda's port and each SYN goes
 * through the model and through a real kernel, and what the two say is compared.
 *
 * The packets follow each other as fast as they go, while the model has the clock of
 * the capture.  Where that passes the end of a flow or of an expectation, it is deleted
 * in the kernel, as the timer would have done.  So what is not tried here is the
 * kernel's own timers, and that a UDP flow lives longer two seconds after it began:
 * either of its two lives is right.  How long helpers let it live is compared.
 */
#include "amfwctl/replay_kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/replay_pairs.h"
#include "amfwctl/verb.h"
#include "prove/inject.h"
#include "replay/capture.h"
#include "replay/gateway.h"

/* A second that has begun counts as one, and another may pass until the question. */
#define LIFE_TOLERANCE	2
#define LIST_ROOM	256
/* No packet takes so long that should leave, however busy the machine is; and what only
 * may leave, since NAT is not asked before, is worth a moment.
 */
#define SURE_MS		2000
#define LIKELY_MS	10
/* So many differences, and late packets are not waited for any more. */
#define PATIENCE	16

/**
 * struct trial - a capture on its way
 * @settings: of the model
 * @gateway: the model
 * @inject: the kernel
 * @pairs: packets that may be seen once more, on the other side
 * @translates: NAT was seen
 * @raw: the packet that goes through both
 * @packets: that went through both
 * @left_out: that the capture does not hold all of, or that NAT cannot be told of
 * @made: expectations, without those made anew
 * @again: made anew
 * @met: of the expectations
 * @dropped: datagrams that the helper drops
 * @renumbered: answers that left with other numbers
 * @ports: that the kernel expected, one bit for each
 * @differences: what one says and the other does not
 * @broken: why the trial cannot go on; NULL: it does
 * @json: how differences are told
 * @out: where
 */
struct trial {
	struct gateway_settings settings;
	struct gateway *gateway;
	struct inject *inject;
	struct pairs pairs;
	bool translates;
	uint8_t raw[RAW_PACKET_MAX];
	uint64_t packets;
	uint64_t left_out;
	uint64_t made;
	uint64_t again;
	uint64_t met;
	uint64_t dropped;
	uint64_t renumbered;
	uint8_t ports[(UINT16_MAX + 1) / 8];
	uint64_t differences;
	const char *broken;
	bool json;
	FILE *out;
};

static void forget(void *arg, const struct gone *gone)
{
	struct trial *trial = arg;
	struct inject_flow flow = {
		.protocol = gone->port ? IPPROTO_TCP : gone->protocol,
		.source = forwardable(&gone->source.address),
		.destination = forwardable(&gone->destination.address),
		.source_port = gone->port ? 0 : gone->source.port,
		.destination_port = gone->port ? gone->port : gone->destination.port,
	};

	/* -ENOENT: an eviction of the kernel may have come first. */
	if (inject_forget(trial->inject, &flow) == -EPIPE)
		trial->broken = "the kernel takes no more packets";
}

/* A difference is told in one line: what is compared, and what both sides say. */
static void differ(struct trial *trial, const struct packet *packet, const char *what,
		   const char *model, const char *kernel)
{
	if (trial->json)
		fprintf(trial->out,
			"%s{\"packet\":%" PRIu64 ",\"what\":\"%s\",\"model\":\"%s\",\"kernel\":\"%s\"}",
			trial->differences ? "," : "", packet->number, what, model, kernel);
	else
		fprintf(trial->out, "packet %" PRIu64 ": %s: the model says %s, the kernel %s\n",
			packet->number, what, model, kernel);
	trial->differences++;
}

static void append(char list[LIST_ROOM], uint16_t port)
{
	size_t used = strlen(list);

	snprintf(list + used, LIST_ROOM - used, "%s%u", used ? " " : "", port);
}

static bool is_near(int64_t a, int64_t b)
{
	return llabs(a - b) <= LIFE_TOLERANCE;
}

static int64_t seconds_left(const struct packet *packet, int64_t until)
{
	return (until - packet->time) / 1000000000;
}

static void differ_in_life(struct trial *trial, const struct packet *packet, const char *what,
			   int64_t model_life, int64_t kernel_life)
{
	char model[32], kernel[32];

	snprintf(model, sizeof(model), "%" PRId64 " s", model_life);
	snprintf(kernel, sizeof(kernel), "%" PRId64 " s", kernel_life);
	differ(trial, packet, what, model_life < 0 ? "none" : model,
	       kernel_life < 0 ? "none" : kernel);
}

/* An expectation that ended before it was made once more was there before. */
static bool ended(const struct inject_sight *seen, unsigned int from, unsigned int to,
		  uint16_t port)
{
	unsigned int i;

	for (i = from; i < to; i++)
		if (!seen->event[i].made && seen->event[i].port == port)
			return true;
	return false;
}

static void list_kernel(const struct inject_sight *seen, char list[LIST_ROOM])
{
	unsigned int i;

	list[0] = '\0';
	for (i = 0; i < seen->event_count; i++)
		if (seen->event[i].made &&
		    !ended(seen, i + 1, seen->event_count, seen->event[i].port))
			append(list, seen->event[i].port);
}

/* A number that a reply has twice is expected twice, the second time anew. */
static void list_model(const struct sight *sight, char list[LIST_ROOM])
{
	unsigned int i, j;

	list[0] = '\0';
	for (i = 0; i < sight->expected_count; i++) {
		for (j = i + 1; j < sight->expected_count; j++)
			if (sight->expected[i].port == sight->expected[j].port)
				break;
		if (j == sight->expected_count)
			append(list, sight->expected[i].port);
	}
}

static void compare_expectation(struct trial *trial, const struct packet *packet,
				const struct expected *expected, const struct inject_sight *seen)
{
	int64_t life = seconds_left(packet, expected->lived_until);
	unsigned int i;

	trial->again += expected->again;
	trial->made += !expected->again;
	if (expected->again && !ended(seen, 0, seen->event_count, expected->port))
		differ(trial, packet, "expected before", "yes", "no");
	for (i = 0; i < seen->event_count; i++)
		if (seen->event[i].made && seen->event[i].port == expected->port &&
		    !is_near(life, seen->event[i].life))
			differ_in_life(trial, packet, "life of an expectation", life,
				       seen->event[i].life);
}

static void note_ports(struct trial *trial, const struct inject_sight *seen)
{
	unsigned int i;

	for (i = 0; i < seen->event_count; i++)
		if (seen->event[i].made)
			trial->ports[seen->event[i].port / 8] |= 1 << seen->event[i].port % 8;
}

static void compare_expected(struct trial *trial, const struct packet *packet,
			     const struct sight *sight, const struct inject_sight *seen)
{
	char model[LIST_ROOM], kernel[LIST_ROOM];
	unsigned int i;

	list_model(sight, model);
	list_kernel(seen, kernel);
	note_ports(trial, seen);
	if (strcmp(model, kernel)) {
		differ(trial, packet, "expected", *model ? model : "nothing",
		       *kernel ? kernel : "nothing");
		return;
	}
	for (i = 0; i < sight->expected_count; i++)
		compare_expectation(trial, packet, &sight->expected[i], seen);
}

static void compare_met(struct trial *trial, const struct packet *packet,
			const struct sight *sight, const struct inject_sight *seen)
{
	bool met = packet->protocol == IPPROTO_TCP &&
		   ended(seen, 0, seen->event_count, packet->destination.port);

	trial->met += met;
	if (met != (sight->met != 0))
		differ(trial, packet, "an expectation is met", sight->met ? "yes" : "no",
		       met ? "yes" : "no");
}

static bool passes(const struct trial *trial, const struct packet *packet,
		   const struct sight *sight)
{
	if (sight->dropped)
		return false;
	return sight->state == SIGHT_ESTABLISHED || sight->state == SIGHT_RELATED ||
	       (sight->state == SIGHT_NEW && packet->protocol == IPPROTO_UDP &&
		packet->destination.port == trial->settings.port);
}

static bool same_life(const struct trial *trial, int64_t model, int64_t kernel)
{
	int64_t fresh = trial->settings.udp_timeout, stream = trial->settings.udp_stream_timeout;

	if (is_near(model, kernel))
		return true;
	return (model == fresh || model == stream) &&
	       (is_near(kernel, fresh) || is_near(kernel, stream));
}

static void compare_life(struct trial *trial, const struct packet *packet,
			 const struct sight *sight, const struct inject_sight *seen)
{
	int64_t life = sight->flow ? seconds_left(packet, sight->lived_until) : -1;

	if (!same_life(trial, life, seen->life))
		differ_in_life(trial, packet, "life of the flow", life, seen->life);
}

static void compare(struct trial *trial, const struct packet *packet, const struct sight *sight,
		    const struct inject_sight *seen)
{
	bool through = passes(trial, packet, sight);

	trial->packets++;
	trial->dropped += sight->dropped;
	compare_expected(trial, packet, sight, seen);
	compare_met(trial, packet, sight, seen);
	if (through != seen->passed)
		differ(trial, packet, "let through", through ? "yes" : "no",
		       seen->passed ? "yes" : "no");
	compare_life(trial, packet, sight, seen);
}

static bool is_wanted(const struct trial *trial, const struct packet *packet)
{
	uint16_t port = trial->settings.port;

	if (packet->protocol == IPPROTO_UDP)
		return packet->source.port == port || packet->destination.port == port;
	return packet->protocol == IPPROTO_TCP &&
	       (packet->tcp.flags & (TH_SYN | TH_ACK | TH_FIN | TH_RST)) == TH_SYN;
}

static struct inject_flow flow_of(const struct packet *packet)
{
	return (struct inject_flow) {
		.protocol = packet->protocol,
		.source = packet->source.address,
		.destination = packet->destination.address,
		.source_port = packet->source.port,
		.destination_port = packet->destination.port,
	};
}

static void make_forwardable(struct packet *packet)
{
	packet->source.address = forwardable(&packet->source.address);
	packet->destination.address = forwardable(&packet->destination.address);
}

static bool differs(const struct endpoint *one, const struct endpoint *other)
{
	return one->port != other->port || !address_equal(&one->address, &other->address);
}

/* The kernel is told to do to a control flow what NAT did to it in the captures. */
static int translate(struct trial *trial, const struct pair *pair)
{
	struct inject_flow flow = flow_of(&pair->in), as = flow_of(&pair->out);

	if (!pair->left || pair->in.destination.port != trial->settings.port ||
	    pair->in.source.port == trial->settings.port ||
	    (!differs(&pair->in.source, &pair->out.source) &&
	     !differs(&pair->in.destination, &pair->out.destination)))
		return 0;
	trial->translates = true;
	return inject_translate(trial->inject, &flow, &as);
}

/*
 * Where NAT needs other ports it throws dice: the model is told what they show by the
 * packet that left this kernel, not the one that was captured.
 */
static void see(struct trial *trial, const struct packet *packet, struct sight *sight)
{
	struct packet out = *packet;
	const uint8_t *left;
	size_t length;

	left = inject_left(trial->inject, &length);
	if (!raw_read(left, length, &out)) {
		gateway_see(trial->gateway, packet, NULL, sight);
		return;
	}
	gateway_see(trial->gateway, packet, &out, sight);
	if (packet->length != out.length ||
	    (out.length && memcmp(packet->data, out.data, out.length)))
		trial->renumbered++;
}

/*
 * The model goes first, since it knows what to wait for; with NAT it goes behind, since
 * the kernel knows the numbers.
 */
static bool try_both(struct trial *trial, const struct packet *packet,
		     struct inject_packet *sent, struct sight *sight, struct inject_sight *seen)
{
	if (!trial->translates) {
		gateway_see(trial->gateway, packet, NULL, sight);
		sent->patience = passes(trial, packet, sight) ? SURE_MS : 0;
	} else {
		sent->patience = gateway_knows(trial->gateway, packet) ? LIKELY_MS : 0;
	}
	/* Where they do not agree, most waiting is in vain. */
	if (trial->differences >= PATIENCE)
		sent->patience = 0;
	if (trial->broken || inject_send(trial->inject, sent, seen))
		return false;
	if (trial->translates)
		see(trial, packet, sight);
	return true;
}

static void try_pair(struct trial *trial, struct pair *pair)
{
	struct inject_packet sent = { .raw = trial->raw };
	struct inject_sight seen;
	struct sight sight;
	int err = 0;

	make_forwardable(&pair->in);
	if (pair->left)
		make_forwardable(&pair->out);
	sent.flow = flow_of(&pair->in);
	sent.length = raw_packet(&pair->in, trial->raw);
	if (sent.length)
		err = translate(trial, pair);
	if (!sent.length || err == -EAFNOSUPPORT) {
		trial->left_out++;
		return;
	}
	if (err) {
		trial->broken = "the kernel takes no rules for NAT";
		return;
	}
	gateway_pass(trial->gateway, pair->in.time);
	if (try_both(trial, &pair->in, &sent, &sight, &seen))
		compare(trial, &pair->in, &sight, &seen);
	else
		trial->broken = "the kernel takes no more packets";
}

static void try_due(struct trial *trial, int64_t now)
{
	struct pair *pair;

	while ((pair = pairs_due(&trial->pairs, now))) {
		try_pair(trial, pair);
		pairs_drop(&trial->pairs);
	}
}

static void try_packet(struct trial *trial, const struct packet *packet)
{
	try_due(trial, packet->time);
	if (!pairs_add(&trial->pairs, packet))
		trial->broken = "the kernel takes no more packets";
}

static void print_ports(const struct trial *trial)
{
	const char *before = "";
	unsigned int port;

	fputs("],\"ports\":[", trial->out);
	for (port = 0; port <= UINT16_MAX; port++) {
		if (!(trial->ports[port / 8] & 1 << port % 8))
			continue;
		fprintf(trial->out, "%s%u", before, port);
		before = ",";
	}
}

static void print_end(const struct trial *trial)
{
	const char *form = trial->json ?
		"],\"packets\":%" PRIu64 ",\"left_out\":%" PRIu64 ",\"expected\":%" PRIu64
		",\"again\":%" PRIu64 ",\"met\":%" PRIu64 ",\"dropped\":%" PRIu64
		",\"renumbered\":%" PRIu64 ",\"different\":%" PRIu64 "}\n" :
		"%" PRIu64 " packets through model and kernel, %" PRIu64 " left out; %" PRIu64
		" expectations made, %" PRIu64 " made anew, %" PRIu64 " met; %" PRIu64
		" datagrams dropped by the helper, %" PRIu64 " renumbered; %" PRIu64
		" differences\n";

	if (trial->json)
		print_ports(trial);
	fprintf(trial->out, form, trial->packets, trial->left_out, trial->made, trial->again,
		trial->met, trial->dropped, trial->renumbered, trial->differences);
}

static int run(struct trial *trial, struct capture *capture, FILE *errors)
{
	struct packet packet;

	if (capture_confine(capture, errors))
		return EXIT_FAILED;
	if (capture_begin(capture, errors))
		return EXIT_USAGE;
	if (trial->json)
		fprintf(trial->out, "{\"version\":1,\"helper\":\"%s\",\"differences\":[",
			helper_kind_name(trial->settings.helper));
	while (!trial->broken && capture_next(capture, &packet))
		if (is_wanted(trial, &packet))
			try_packet(trial, &packet);
	try_due(trial, INT64_MAX);
	print_end(trial);
	if (trial->broken) {
		fprintf(errors, "amfwctl: replay: %s\n", trial->broken);
		return EXIT_FAILED;
	}
	if (capture_error(capture)) {
		fprintf(errors, "amfwctl: replay: %s\n", capture_error(capture));
		return EXIT_USAGE;
	}
	return trial->differences ? EXIT_BLOCKED : EXIT_DONE;
}

static bool kernel_has(enum helper_kind helper, FILE *errors)
{
	if (helper == HELPER_NONE || helper_is_ours() == (helper == HELPER_OURS))
		return true;
	fprintf(errors, helper == HELPER_OURS ?
		"amfwctl: replay: this kernel does not have our helper loaded: load nf_conntrack_amanda, or use scripts/vm of the source tree\n" :
		"amfwctl: replay: this kernel has our helper in the place of its own: unload nf_conntrack_amanda\n");
	return false;
}

/* What is zero is the default of both, and here it has to be a number. */
static void fill_defaults(struct gateway_settings *settings)
{
	if (!settings->port)
		settings->port = AMANDA_PORT;
	if (!settings->udp_timeout)
		settings->udp_timeout = 30;
	if (!settings->udp_stream_timeout)
		settings->udp_stream_timeout = 120;
}

/**
 * replay_kernel() - hold the model to the kernel that runs
 * @capture: open, and not begun
 * @settings: of the model; parameters of the helper are those of the kernel's
 * @json: how to tell
 * @out: where
 * @errors: where complaints go
 *
 * Return: EXIT_DONE where they agree on every packet, EXIT_BLOCKED where they do not.
 */
int replay_kernel(struct capture *capture, const struct gateway_settings *settings, bool json,
		  FILE *out, FILE *errors)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	struct inject_settings kernel = { .helper = "" };
	int status = EXIT_FAILED;

	if (!trial || !kernel_has(settings->helper, errors)) {
		free(trial);
		return EXIT_FAILED;
	}
	trial->settings = *settings;
	fill_defaults(&trial->settings);
	trial->settings.gone = forget;
	trial->settings.arg = trial;
	trial->json = json;
	trial->out = out;
	if (settings->helper != HELPER_NONE)
		strcpy(kernel.helper, "amanda");
	kernel.port = trial->settings.port;
	kernel.udp_timeout = trial->settings.udp_timeout;
	kernel.udp_stream_timeout = trial->settings.udp_stream_timeout;
	trial->gateway = gateway_new(&trial->settings);
	trial->inject = trial->gateway ? inject_open(&kernel, errors) : NULL;
	if (trial->inject) {
		status = run(trial, capture, errors);
		inject_close(trial->inject);
	}
	gateway_free(trial->gateway);
	free(trial);
	return status;
}
