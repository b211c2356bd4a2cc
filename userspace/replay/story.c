// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A story from its first packet to its last.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/story_private.h"

/* Sessions that are over are looked for so seldom, in time and in packets. */
#define SWEEP_SECONDS	10

/**
 * story_new() - begin
 * @settings: what is asked
 * @events: called as sessions are over
 * @arg: handed to @events
 *
 * Return: the story, or NULL where there is no memory.
 */
struct story *story_new(const struct story_settings *settings,
			const struct story_events *events, void *arg)
{
	struct story *story = calloc(1, sizeof(*story));

	if (!story)
		return NULL;
	story->port = settings->port;
	story->points = settings->points;
	story->events = events;
	story->arg = arg;
	story->frames_room = FRAMES_ROOM;
	if (notes_open(story, settings->gateway)) {
		story_free(story);
		return NULL;
	}
	return story;
}

static void settle(struct tale *tale, const struct tale *leader)
{
	struct conn *conn;

	for (conn = tale->conns; conn; conn = conn->next)
		conn_settle(conn);
	if (tale == leader)
		return;
	tale->session.control = leader->session.control;
	tale->session.frames = leader->session.frames;
}

static void hand_out_one(struct story *story, struct tale *tale)
{
	story->counts.sessions++;
	story->counts.replies += tale->session.answer >= ANSWERED_REP;
	if (story->events->session)
		story->events->session(story->arg, &tale->session);
}

/**
 * story_hand_out() - a session is over, and those of its connection with it
 * @story: the story
 * @tale: the first of them
 */
void story_hand_out(struct story *story, struct tale *tale)
{
	const struct tale *leader = tale;
	struct tale *member, *next;

	notes_flush(story);
	for (member = tale; member; member = member->member) {
		settle(member, leader);
		hand_out_one(story, member);
	}
	for (member = tale; member; member = next) {
		next = member->member;
		tale_free(story, member);
	}
}

static void sweep(struct story *story, int64_t now)
{
	struct tale *tale, *newer;

	for (tale = story->oldest; tale; tale = newer) {
		newer = tale->newer;
		if (tale_over(tale, now))
			story_hand_out(story, tale);
	}
}

static void count(struct story *story, int64_t now)
{
	struct story_counts *counts = &story->counts;

	if (!counts->packets++) {
		counts->begun = now;
		story->swept = now;
	}
	counts->finished = now;
}

/**
 * story_see() - the next packet
 * @story: the story
 * @packet: it; need not stay
 *
 * Return: 0, or -ENOMEM where something could not be kept.
 */
int story_see(struct story *story, const struct packet *packet)
{
	count(story, packet->time);
	story->packet = packet;
	if (llabs(packet->time - story->swept) > SWEEP_SECONDS * SECOND &&
	    !(story->counts.packets % 16)) {
		story->swept = packet->time;
		sweep(story, packet->time);
	}
	if (story->notes.count)
		notes_pass(story, packet->time);
	switch (packet->protocol) {
	case IPPROTO_TCP:
		story_segment(story, packet);
		break;
	case IPPROTO_UDP:
		if (packet->source.port == story->port || packet->destination.port == story->port)
			story_datagram(story, packet);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		story_error(story, packet);
		break;
	}
	return story->no_memory ? -ENOMEM : 0;
}

static int by_number(const void *a, const void *b)
{
	const struct tale *const *one = a, *const *other = b;

	return (*one)->session.number < (*other)->session.number ? -1 : 1;
}

/**
 * story_end() - there are no more packets: hand out what is left, in order
 * @story: the story
 *
 * Return: 0, or -ENOMEM.
 */
int story_end(struct story *story)
{
	struct tale **left, *tale;
	size_t count_left = 0, i;

	left = calloc(story->tales + 1, sizeof(*left));
	if (!left)
		return -ENOMEM;
	for (tale = story->oldest; tale; tale = tale->newer)
		left[count_left++] = tale;
	qsort(left, count_left, sizeof(*left), by_number);
	for (i = 0; i < count_left; i++)
		story_hand_out(story, left[i]);
	notes_flush(story);
	free(left);
	return story->no_memory ? -ENOMEM : 0;
}

/**
 * story_counts() - all of it
 * @story: the story
 */
const struct story_counts *story_counts(const struct story *story)
{
	return &story->counts;
}

/**
 * story_free() - give the memory back
 * @story: the story; what is not handed out is lost
 */
void story_free(struct story *story)
{
	struct tale *leader, *member, *next;

	notes_close(story);
	while (story->oldest) {
		leader = story->oldest;
		for (member = leader; member; member = next) {
			next = member->member;
			tale_free(story, member);
		}
	}
	free(story);
}

/**
 * session_auth_name() - how a session went, in words
 * @auth: it
 */
const char *session_auth_name(enum session_auth auth)
{
	static const char *const names[] = {
		[AUTH_DATAGRAMS] = "bsd or bsdudp",
		[AUTH_BSD] = "bsd",
		[AUTH_BSDUDP] = "bsdudp",
		[AUTH_BSDTCP] = "bsdtcp",
		[AUTH_SSL] = "ssl",
		[AUTH_TCP] = "bsdtcp or ssl",
	};

	return names[auth];
}

/**
 * stream_fate_name() - what became of a stream, in a word
 * @fate: it
 */
const char *stream_fate_name(enum stream_fate fate)
{
	static const char *const names[] = {
		[FATE_ABSENT] = "absent",
		[FATE_UNTRIED] = "untried",
		[FATE_SILENT] = "silent",
		[FATE_REFUSED] = "refused",
		[FATE_REJECTED] = "rejected",
		[FATE_OPEN] = "open",
		[FATE_CLOSED] = "closed",
		[FATE_RESET] = "reset",
	};

	return names[fate];
}
