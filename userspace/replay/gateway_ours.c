// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Our helper.  Reading packets, remembering requests and moving ports is done by
 * the files of the module itself; what stands here is the rest of
 * kernel/amanda_helper.c and kernel/amanda_expect.c, in the same order.
 *
 * The NAT half (nf_nat_amanda) is taken to be there.  A shift under NAT is the one
 * that the capture shows; without a second capture, the first that is free, as the
 * module looks for it up to the point where it throws dice.
 */
#include "replay/gateway_private.h"

#include <errno.h>
#include <string.h>

/* STREAM_TIMEOUT and SHIFTS_NEAR of the module. */
#define STREAM_LIFE	180
#define SHIFTS_NEAR	64
/* The module's is a secret; here two runs have to say the same. */
#define KEY_SEED	0x616d616e

/**
 * struct answer - a REP with streams
 * @gateway: where it is
 * @seen: it
 * @packet: what the grammar made of it
 * @count: entries of @port, @stream and @made in use
 * @port: the streams that are ports
 * @stream: which ones
 * @made: expectations made for it so far
 * @made_count: how many
 */
struct answer {
	struct gateway *gateway;
	const struct seen *seen;
	struct amanda_packet packet;
	unsigned int count;
	uint16_t port[AMANDA_STREAMS_MAX];
	int stream[AMANDA_STREAMS_MAX];
	struct expected made[AMANDA_STREAMS_MAX];
	unsigned int made_count;
};

static const char *text_of(const struct packet *packet)
{
	return (const char *)packet->data;
}

static size_t window_of(const struct packet *packet)
{
	return packet->length < AMANDA_WINDOW ? packet->length : AMANDA_WINDOW;
}

static size_t visible(const struct packet *packet)
{
	size_t window = window_of(packet);

	return packet->captured < window ? packet->captured : window;
}

/*
 * What of the datagram the capture holds may end before the grammar does.  Only
 * where nothing that follows could change what was found, it counts.
 */
static bool is_cut(const struct packet *packet, unsigned int refusal,
		   const struct amanda_packet *parsed)
{
	if (packet->captured >= window_of(packet))
		return false;
	if (refusal)
		return true;
	return parsed->type == AMANDA_REP && !parsed->connect &&
	       packet->captured < parsed->body_offset + sizeof("CONNECT ") - 1;
}

static unsigned int parse_header(const struct packet *packet, struct amanda_packet *parsed)
{
	unsigned int refusal = amanda_packet_parse_header(text_of(packet), visible(packet), parsed);

	return is_cut(packet, refusal, parsed) ? SIGHT_CUT : refusal;
}

static unsigned int parse_streams(const struct packet *packet, struct amanda_packet *parsed)
{
	unsigned int refusal = amanda_packet_parse_streams(text_of(packet), visible(packet), parsed);

	return is_cut(packet, refusal, parsed) ? SIGHT_CUT : refusal;
}

static uint16_t moved(const struct answer *answer, unsigned int i, uint16_t shift)
{
	const struct gateway_settings *settings = &answer->gateway->settings;

	if (!shift)
		return answer->port[i];
	return amanda_ports_move(&settings->ports, settings->min_port, answer->port[i], shift);
}

static bool collect_ports(struct answer *answer)
{
	const struct gateway_settings *settings = &answer->gateway->settings;
	const struct amanda_stream *stream = answer->packet.stream;
	int i;

	for (i = 0; i < answer->packet.stream_count; i++) {
		if (!amanda_stream_is_port(&stream[i]))
			continue;
		if (!amanda_ports_allow(&settings->ports, settings->min_port, stream[i].number))
			return false;
		answer->stream[answer->count] = i;
		answer->port[answer->count++] = stream[i].number;
	}
	return true;
}

static struct expectation *pending(const struct answer *answer, unsigned int i, uint16_t shift)
{
	struct flow_key key = expectation_key(answer->seen->flow, moved(answer, i, shift));

	return expectation_find(answer->gateway, &key);
}

/* Would who meets @other reach the port that the reply names? */
static bool leads_to(const struct expectation *other, const struct answer *answer, unsigned int i)
{
	const struct flow_key *mine = &answer->seen->flow->side[REPLY].key;
	const struct flow_key *theirs = &other->master->side[REPLY].key;

	return other->announced == answer->port[i] &&
	       !memcmp(mine->source, theirs->source, sizeof(mine->source));
}

static bool shift_is_free(const struct answer *answer, uint16_t shift)
{
	const struct expectation *other;
	unsigned int i;

	for (i = 0; i < answer->count; i++) {
		other = pending(answer, i, shift);
		if (other && !leads_to(other, answer, i))
			return false;
	}
	return true;
}

static void undo(struct answer *answer, uint16_t shift)
{
	struct expectation *mine;
	unsigned int i;

	for (i = 0; i < answer->made_count; i++) {
		mine = pending(answer, i, shift);
		if (mine && mine->number == answer->made[i].number)
			expectation_remove(answer->gateway, mine);
	}
	answer->made_count = 0;
}

static int try_stream(struct answer *answer, unsigned int i, uint16_t shift)
{
	struct expected *made = &answer->made[answer->made_count];
	int err = expectation_add(answer->gateway, answer->seen->flow, moved(answer, i, shift),
				  answer->port[i], true, made);

	made->stream = answer->stream[i];
	if (!err)
		answer->made_count++;
	return err;
}

/* The newer of two sessions takes over what the older one expects. */
static int open_stream(struct answer *answer, unsigned int i, uint16_t shift)
{
	int err = try_stream(answer, i, shift);
	struct expectation *older;

	if (err != -EALREADY)
		return err;
	older = pending(answer, i, shift);
	if (!leads_to(older, answer, i))
		return err;
	expectation_remove(answer->gateway, older);
	return try_stream(answer, i, shift);
}

static int open_all(struct answer *answer, uint16_t shift)
{
	unsigned int i;
	int err;

	for (i = 0; i < answer->count; i++) {
		err = open_stream(answer, i, shift);
		if (err) {
			undo(answer, shift);
			return err;
		}
	}
	return 0;
}

static int open_first_free(struct answer *answer, uint16_t *shift)
{
	unsigned int attempt;
	int err = -EBUSY;

	for (attempt = 0; attempt < SHIFTS_NEAR; attempt++) {
		*shift = attempt * answer->count;
		if (shift_is_free(answer, *shift))
			err = open_all(answer, *shift);
		if (err != -EBUSY && err != -EALREADY)
			return err;
	}
	return err;
}

/* Are the ports of the reply as it left those of one shift, and which? */
static bool shift_shown(const struct answer *answer, uint16_t *shift)
{
	const struct gateway_settings *settings = &answer->gateway->settings;
	struct answer left = { .gateway = answer->gateway };
	unsigned int i;

	*shift = 0;
	if (parse_header(answer->seen->out, &left.packet) || !left.packet.connect ||
	    parse_streams(answer->seen->out, &left.packet) || !collect_ports(&left) ||
	    left.count != answer->count)
		return false;
	*shift = amanda_ports_distance(&settings->ports, settings->min_port, answer->port[0],
				       left.port[0]);
	for (i = 0; i < answer->count; i++)
		if (moved(answer, i, *shift) != left.port[i])
			return false;
	return true;
}

static int open_shown(struct answer *answer, uint16_t *shift)
{
	if (!shift_shown(answer, shift))
		return -ENODATA;
	return shift_is_free(answer, *shift) ? open_all(answer, *shift) : -EBUSY;
}

static unsigned int open_streams(struct answer *answer, uint16_t *shift)
{
	int err;

	*shift = 0;
	if (!flow_is_translated(answer->seen->flow))
		err = open_all(answer, 0);
	else if (!answer->seen->out)
		err = open_first_free(answer, shift);
	else
		err = open_shown(answer, shift);
	if (err == -ENODATA)
		return SIGHT_NO_REWRITE;
	return err ? SIGHT_NO_ROOM : AMANDA_OK;
}

static void renew_streams(struct answer *answer, uint16_t shift)
{
	const struct expectation *still;
	unsigned int i;

	for (i = 0; i < answer->count; i++) {
		still = pending(answer, i, shift);
		if (still && still->master == answer->seen->flow)
			try_stream(answer, i, shift);
	}
}

static unsigned int answer_streams(struct answer *answer, uint32_t request)
{
	struct amanda_flow *memory = &answer->seen->flow->memory;
	uint16_t key = amanda_answer_key(answer->port, answer->count, KEY_SEED);
	int entry = amanda_flow_find(memory, request);
	uint16_t shift = entry < 0 ? 0 : memory->exchange[entry].shift;
	unsigned int refusal;

	switch (amanda_flow_reply(memory, entry, key)) {
	case AMANDA_OPEN:
		refusal = open_streams(answer, &shift);
		if (!refusal)
			amanda_flow_opened(memory, request, key, shift);
		return refusal;
	case AMANDA_RENEW:
		renew_streams(answer, shift);
		amanda_flow_opened(memory, request, key, shift);
		break;
	case AMANDA_REPEAT:
		break;
	default:
		return SIGHT_NOT_ASKED;
	}
	answer->seen->sight->repeated = true;
	return AMANDA_OK;
}

static unsigned int read_answer(struct answer *answer, uint32_t request)
{
	unsigned int refusal = parse_streams(answer->seen->in, &answer->packet);

	if (refusal)
		return refusal;
	if (!collect_ports(answer))
		return SIGHT_BAD_PORT;
	if (answer->count)
		return answer_streams(answer, request);
	amanda_flow_end(&answer->seen->flow->memory, request);
	return AMANDA_OK;
}

static bool is_passing(unsigned int refusal)
{
	return refusal == SIGHT_NO_ROOM || refusal == SIGHT_NO_REWRITE;
}

static void help_connect(struct answer *answer, uint32_t request)
{
	const struct seen *seen = answer->seen;
	unsigned int refusal;

	if (amanda_flow_is_answered(&seen->flow->memory, request) && !flow_is_translated(seen->flow)) {
		seen->sight->repeated = true;
		return;
	}
	refusal = read_answer(answer, request);
	seen->sight->reason = refusal;
	memcpy(seen->sight->expected, answer->made, sizeof(answer->made));
	seen->sight->expected_count = answer->made_count;
	if (!refusal || refusal == SIGHT_CUT)
		return;
	if (!is_passing(refusal))
		amanda_flow_end(&seen->flow->memory, request);
	seen->sight->dropped = is_passing(refusal) || flow_is_destination_translated(seen->flow);
}

static void note_reply(struct amanda_flow *memory, const struct amanda_packet *packet,
		       uint32_t request)
{
	if (packet->type == AMANDA_REP || packet->type == AMANDA_NAK)
		amanda_flow_end(memory, request);
	else if (packet->type != AMANDA_REQ)
		amanda_flow_running(memory, request);
}

static void help_datagram(struct gateway *gateway, const struct seen *seen)
{
	struct answer answer = { .gateway = gateway, .seen = seen };
	struct amanda_flow *memory = &seen->flow->memory;
	uint32_t request;

	seen->sight->reason = parse_header(seen->in, &answer.packet);
	if (seen->sight->reason)
		return;
	request = amanda_request_key(text_of(seen->in), &answer.packet, KEY_SEED);
	if (seen->direction == REPLY) {
		if (answer.packet.connect)
			help_connect(&answer, request);
		else
			note_reply(memory, &answer.packet, request);
	} else if (answer.packet.type == AMANDA_REQ) {
		amanda_flow_request(memory, request);
	}
}

static void live_for(struct gateway *gateway, struct flow *flow, unsigned int seconds)
{
	if (flow->expires < gateway->now + seconds * SECOND)
		flow_set_life(gateway, flow, seconds);
}

/**
 * helper_ours() - amanda_help() of kernel/amanda_helper.c
 * @gateway: where
 * @seen: a packet of a control flow
 */
void helper_ours(struct gateway *gateway, const struct seen *seen)
{
	struct flow *flow = seen->flow;

	help_datagram(gateway, seen);
	if (amanda_flow_outstanding(&flow->memory))
		live_for(gateway, flow, gateway->settings.master_timeout);
	else if (flow->expecting)
		live_for(gateway, flow, STREAM_LIFE);
}
