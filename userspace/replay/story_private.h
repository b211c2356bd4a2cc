/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the story share, and nobody else sees.
 */
#ifndef REPLAY_STORY_PRIVATE_H
#define REPLAY_STORY_PRIVATE_H

#include "replay/frames.h"
#include "replay/gateway.h"
#include "replay/story.h"
#include "replay/story_table.h"

#define SECOND		1000000000ll
/* Sessions under way at once; more than any server of Amanda has. */
#define TALES_MAX	2048
/* Events of all of them: 20 MB. */
#define EVENTS_TOTAL	50000
/* Bytes that all connections together may hold back to put them in order. */
#define FRAMES_ROOM	((size_t)8 << 20)
/* Connections that nothing announced are told of once. */
#define STRAYS_KEPT	64
/* Of sessions between the same hosts the newest are looked at. */
#define SESSIONS_LOOKED_AT	64

struct tale;

/**
 * struct announced - a port that a responder named
 * @node: found by address and port
 * @tale: whose
 * @stream: index
 * @target: address and port
 */
struct announced {
	struct node node;
	struct tale *tale;
	int stream;
	struct endpoint target;
};

/**
 * struct conn - a TCP connection as it is seen at some place
 * @by_tuple: found by addresses and ports
 * @by_mark: found by the sequence number of its SYN, which NAT keeps
 * @next: of the same tale
 * @story: whose
 * @tale: whose stream it is
 * @stream: index; -1: the control connection
 * @end: the initiator's, and the responder's
 * @first: sequence number of each side's first byte
 * @known: @first is known
 * @top: of each side's last byte so far
 * @bytes: of each side
 * @ended: each side has sent FIN
 * @near: the same connection as it was first seen: it counts what is sent; NULL: this one
 * @seen: bytes of it came
 * @looked: its first bytes have been looked at
 * @frames: that it carries; or NULL
 */
struct conn {
	struct node by_tuple;
	struct node by_mark;
	struct conn *next;
	struct story *story;
	struct tale *tale;
	int stream;
	struct endpoint end[2];
	uint32_t first[2];
	bool known[2];
	uint32_t top[2];
	uint64_t bytes[2];
	bool ended[2];
	struct conn *near;
	bool seen;
	bool looked;
	struct frames *frames;
};

/**
 * struct tale - a session under way
 * @session: it
 * @older: in the order in which something happened to them
 * @newer: likewise
 * @leader: the first session of the same TCP connection; NULL: it is one itself
 * @member: the next one of the same TCP connection
 * @by_request: found by handle and sequence number
 * @by_flow: found by the control flow, before NAT and behind
 * @by_hosts: found by the two addresses, before NAT and behind
 * @announced: each stream's port, before NAT and behind
 * @conns: connections of its streams
 * @event_room: entries there is memory for in session.event
 */
struct tale {
	struct session session;
	struct tale *older;
	struct tale *newer;
	struct tale *leader;
	struct tale *member;
	struct node by_request;
	struct node by_flow[2];
	struct node by_hosts[2];
	struct announced announced[AMANDA_STREAMS_MAX][2];
	struct conn *conns;
	unsigned int event_room;
};

/**
 * struct note - a packet that the gateways are still to see
 * @tale: whose; or NULL
 * @event: index in it; -1: none
 * @in: as it came to the gateway
 * @out: as it left it, where that was seen
 * @left: it was seen
 */
struct note {
	struct tale *tale;
	int event;
	struct packet in;
	struct packet out;
	bool left;
};

/* Packets that wait for being seen behind the gateway too. */
#define NOTES_MAX	128
#define NOTES_BYTES	((size_t)4 << 20)
/* No gateway takes longer. */
#define NOTES_WAIT	(SECOND / 20)

/**
 * struct notes - a queue of them
 * @note: a ring
 * @first: the oldest
 * @count: entries in use
 * @bytes: of their payloads
 */
struct notes {
	struct note note[NOTES_MAX];
	unsigned int first;
	unsigned int count;
	size_t bytes;
};

struct stray_key {
	struct endpoint source;
	uint32_t mark;
};

struct story {
	uint16_t port;
	unsigned int points;
	const struct story_events *events;
	void *arg;
	struct story_counts counts;
	struct table by_request;
	struct table by_flow;
	struct table by_hosts;
	struct table by_target;
	struct table by_tuple;
	struct table by_mark;
	struct tale *oldest;
	struct tale *newest;
	size_t tales;
	size_t events_kept;
	uint64_t session_count;
	uint64_t connection_count;
	int64_t swept;
	size_t frames_room;
	struct gateway *gateway[STORY_HELPERS];
	struct notes notes;
	struct stray_key stray[STRAYS_KEPT];
	unsigned int stray_next;
	const struct packet *packet;	/* that is being told of */
	bool no_memory;
};

/* story.c */
void story_hand_out(struct story *story, struct tale *tale);

/* session.c: sessions and their events. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
struct tale *tale_new(struct story *story, enum session_auth auth, const struct endpoint *from,
		      const struct endpoint *to);
void tale_touch(struct story *story, struct tale *tale);
void tale_follow(struct story *story, struct tale *tale, struct tale *leader);
void tale_free(struct story *story, struct tale *tale);
void tale_request(struct story *story, struct tale *tale, const char *handle, size_t length,
		  int32_t sequence);
struct tale *tale_with_request(const struct story *story, const char *handle, size_t length,
			       int32_t sequence, struct node **at);
void tale_sides(struct story *story, struct tale *tale);
void tale_add_side(struct story *story, struct tale *tale, const struct event *event);
bool tale_goes(const struct tale *tale, const struct endpoint *from, const struct endpoint *to,
	       bool by_initiator);
bool tale_over(const struct tale *tale, int64_t now);

/* session_event.c */
struct event *event_of_packet(struct tale *tale, enum event_kind kind, bool by_initiator,
			      int stream, uint32_t mark, const struct packet *packet);
struct event *event_add(struct story *story, struct tale *tale, enum event_kind kind,
			bool by_initiator, int stream, uint32_t mark);
void event_see(struct event *event, const struct packet *packet);

/* session_control.c: what requests and answers say. */
void control_packet(struct tale *tale, enum event_kind kind, bool by_initiator, const char *body,
		    size_t length, const struct packet *packet);
void control_streams(struct story *story, struct tale *tale, const char *data,
		     const struct amanda_packet *amanda);
void control_renumber(struct story *story, struct tale *tale, const struct event *event,
		      const char *data, const struct amanda_packet *amanda);
enum event_kind control_kind(enum amanda_type type);

/* session_datagram.c */
void story_datagram(struct story *story, const struct packet *packet);

/* stream.c: TCP connections. */
void story_segment(struct story *story, const struct packet *packet);
struct conn *conn_find(const struct story *story, const struct endpoint *from,
		       const struct endpoint *to, unsigned int *side);
void conn_free(struct conn *conn);
struct stream *conn_stream(const struct conn *conn);

/* stream_frames.c: what is inside of them. */
void conn_look(struct conn *conn, unsigned int side, const struct packet *packet);
void conn_settle(struct conn *conn);

/* session_error.c */
void story_error(struct story *story, const struct packet *packet);

/* story_gateway.c: what gateways would have done. */
int notes_open(struct story *story, const struct gateway_settings *settings);
void notes_add(struct story *story, struct tale *tale, const struct event *event,
	       const struct packet *packet);
void notes_pair(struct story *story, struct tale *tale, const struct event *event,
		const struct packet *packet);
void notes_pass(struct story *story, int64_t now);
void notes_flush(struct story *story);
void notes_close(struct story *story);

#endif /* REPLAY_STORY_PRIVATE_H */
