// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A model of the kernel's own helper, as it is from 5.10 to 7.3:
 * net/netfilter/nf_conntrack_amanda.c and nf_nat_amanda.c, with all that they get
 * wrong.  This is the only other reader of Amanda packets in the project: it finds
 * words anywhere, takes what follows for a number, and knows four tags.
 */
#include "replay/gateway_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What of a number is read: sizeof("65535") - 1. */
#define DIGITS	5

/**
 * struct scan - the rest of a datagram from behind "CONNECT " on
 * @gateway: where it is
 * @seen: it
 * @text: a copy, since NAT writes to it
 * @start: where that is in the datagram
 * @length: bytes
 * @stop: where the line ends; stays there when NAT makes the text longer
 */
struct scan {
	struct gateway *gateway;
	const struct seen *seen;
	uint8_t *text;
	size_t start;
	size_t length;
	size_t stop;
};

/* Up to the end of the IP packet, which is where the kernel looks to. */
static size_t bytes_there(const struct packet *packet)
{
	size_t there = packet->captured;

	if (packet->captured >= packet->length)
		there = packet->length + packet->behind;
	return there < UINT16_MAX ? there : UINT16_MAX;
}

static bool find_line(struct scan *scan, const struct packet *packet)
{
	static const char word[] = "CONNECT ";
	const uint8_t *data = packet->data, *end = data + bytes_there(packet), *start, *newline;

	start = memmem(data, end - data, word, sizeof(word) - 1);
	if (!start)
		return false;
	start += sizeof(word) - 1;
	newline = memchr(start, '\n', end - start);
	if (!newline)
		return false;
	scan->start = start - data;
	scan->stop = newline - start;
	scan->length = end - start;
	memcpy(scan->text, start, scan->length);
	return true;
}

static bool find_tag(const struct scan *scan, const char *tag, size_t *at)
{
	size_t stop = scan->stop < scan->length ? scan->stop : scan->length;
	const uint8_t *found = memmem(scan->text, stop, tag, strlen(tag));

	if (found)
		*at = found - scan->text + strlen(tag);
	return found;
}

/* simple_strtoul() and htons(): no sign, no space, and only the last 16 bits count. */
static uint16_t number_at(const uint8_t *text, size_t most, size_t *length)
{
	unsigned long value = 0;

	for (*length = 0; *length < most; ++*length) {
		if (text[*length] < '0' || text[*length] > '9')
			break;
		value = value * 10 + text[*length] - '0';
	}
	return value;
}

static size_t at_most(size_t length)
{
	return length < DIGITS ? length : DIGITS;
}

/* The port that follows the same tag in the packet as it left; 0: none. */
static uint16_t port_shown(const struct scan *scan, const char *tag)
{
	struct scan left = { .text = scan->gateway->line[1] };
	size_t at, length;

	if (!scan->seen->out || !find_line(&left, scan->seen->out) || !find_tag(&left, tag, &at))
		return 0;
	return number_at(left.text + at, at_most(left.length - at), &length);
}

/* nf_nat_mangle_udp_packet(): one number becomes another. */
static void mangle(struct scan *scan, size_t at, size_t length, uint16_t port)
{
	char text[DIGITS + 1];
	size_t digits = snprintf(text, sizeof(text), "%u", port);

	memmove(scan->text + at + digits, scan->text + at + length, scan->length - at - length);
	memcpy(scan->text + at, text, digits);
	scan->length += digits - length;
}

/*
 * nf_nat_amanda.c: the announced port if nobody else has it; otherwise dice are
 * thrown, and only a packet seen as it left can tell what they showed.
 */
static int expect_translated(struct scan *scan, const char *tag, size_t at, size_t length,
			     uint16_t announced, struct expected *made)
{
	struct flow *flow = scan->seen->flow;
	uint16_t port = announced;
	int err = expectation_add(scan->gateway, flow, port, announced, false, made);

	/* nf_nat_exp_find_port() looks upwards only, so from 65535 not at all. */
	if (err == -EBUSY && announced < UINT16_MAX) {
		port = port_shown(scan, tag);
		if (port <= announced)
			return -ENODATA;
		err = expectation_add(scan->gateway, flow, port, announced, false, made);
	}
	if (!err)
		mangle(scan, at, length, port);
	return err;
}

/* Which stream of the grammar has its number behind the first of these tags? */
static int stream_of(const struct scan *scan, const char *tag)
{
	const struct packet *in = scan->seen->in;
	size_t there = in->captured < in->length ? in->captured : in->length;
	const uint8_t *line = in->data + scan->start, *found;
	struct amanda_packet packet;
	int i;

	if (amanda_packet_parse((const char *)in->data, there, &packet))
		return -1;
	found = memmem(line, bytes_there(in) - scan->start, tag, strlen(tag));
	for (i = 0; found && i < packet.stream_count; i++)
		if (in->data + packet.stream[i].number_offset == found + strlen(tag))
			return i;
	return -1;
}

static void expect_port(struct scan *scan, const char *tag, size_t at, size_t length, uint16_t port)
{
	struct sight *sight = scan->seen->sight;
	struct expected *made = &sight->expected[sight->expected_count];
	bool translated = flow_is_translated(scan->seen->flow);
	int err;

	if (translated)
		err = expect_translated(scan, tag, at, length, port, made);
	else
		err = expectation_add(scan->gateway, scan->seen->flow, port, port, false, made);
	if (!err) {
		made->stream = stream_of(scan, tag);
		sight->expected_count++;
	}
	if (err == -ENODATA)
		sight->reason = SIGHT_NO_REWRITE;
	/* Under NAT the verdict is that of the last tag, otherwise that of the worst. */
	if (translated)
		sight->dropped = err && err != -ENODATA;
	else
		sight->dropped |= err != 0;
}

/* False where the helper gives up on the tags that follow. */
static bool expect_tag(struct scan *scan, const char *tag)
{
	size_t at, most, length;
	uint16_t port;

	if (!find_tag(scan, tag, &at))
		return true;
	most = at_most(scan->stop - at);
	/* skb_copy_bits() fails where the packet has become shorter. */
	if (at + most > scan->length)
		return false;
	port = number_at(scan->text + at, most, &length);
	if (!port)
		return false;
	expect_port(scan, tag, at, length, port);
	return true;
}

static void expect_tags(struct scan *scan)
{
	static const char *const tags[] = { "DATA ", "MESG ", "INDEX ", "STATE ", NULL };
	const char *const *tag;

	for (tag = tags; *tag; tag++)
		if (!expect_tag(scan, *tag))
			break;
	if (scan->seen->sight->dropped)
		scan->seen->sight->reason = SIGHT_NO_ROOM;
}

/**
 * helper_stock() - amanda_help() of net/netfilter/nf_conntrack_amanda.c
 * @gateway: where
 * @seen: a packet of a control flow
 */
void helper_stock(struct gateway *gateway, const struct seen *seen)
{
	struct scan scan = { .gateway = gateway, .seen = seen, .text = gateway->line[0] };

	if (seen->direction == ORIGINAL)
		return;
	flow_set_life(gateway, seen->flow, gateway->settings.master_timeout);
	if (find_line(&scan, seen->in))
		expect_tags(&scan);
	else if (seen->in->captured < seen->in->length)
		seen->sight->reason = SIGHT_CUT;
}
