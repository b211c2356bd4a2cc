/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a capture tells: sessions of Amanda, each a request with its answer, the
 * streams that the answer announced, and what became of them.
 *
 * A session is handed out as soon as it is over, and then forgotten, so that a
 * capture of any size is told in bounded memory.
 */
#ifndef REPLAY_STORY_H
#define REPLAY_STORY_H

#include "amanda_packet.h"
#include "replay/packet.h"

struct gateway_settings;

/* Of one session; the rest is counted in session.untold. */
#define EVENTS_MAX	192
/* Places where one packet may be seen: more files than that show no more. */
#define SIGHTINGS_MAX	4
/* As many as enum helper_kind of gateway.h names: an index is one of those. */
#define STORY_HELPERS	3
/* Of one session and helper. */
#define HOLES_MAX	4
/* More is not quoted of an error. */
#define SESSION_TEXT_MAX	240
/* amandad.c: security_stream_accept() waits so many seconds for each stream. */
#define AMANDAD_WAITS	30

enum event_kind {
	EVENT_REQUEST,		/* REQ */
	EVENT_ACK,		/* of the request, or of the answer: see by_initiator */
	EVENT_PARTIAL,		/* PREP */
	EVENT_ANSWER,		/* REP */
	EVENT_REFUSAL,		/* NAK */
	EVENT_SYN,		/* a connection is asked for */
	EVENT_SYN_ANSWER,	/* SYN and ACK: it is accepted */
	EVENT_END,		/* the first FIN of a side */
	EVENT_RESET,		/* RST */
	EVENT_ERROR,		/* ICMP: see icmp_type, icmp_code */
};

/**
 * struct sighting - a packet at one place
 * @number: of the packet in its file
 * @point: which file
 * @time: nanoseconds since 1970
 * @ttl: what was left of it
 * @ip_id: of IPv4: NAT and forwarding keep it, a retransmission has another
 * @source: as it was there
 * @destination: likewise
 */
struct sighting {
	uint64_t number;
	unsigned int point;
	int64_t time;
	uint8_t ttl;
	uint16_t ip_id;
	struct endpoint source;
	struct endpoint destination;
};

/**
 * struct event - one packet of a session
 * @kind: what it is
 * @by_initiator: it went from the initiator to the responder
 * @stream: index in session.stream; -1: it is of the control flow
 * @copy: 1 for the first; counts each time it was sent again
 * @icmp_type: EVENT_ERROR
 * @icmp_code: likewise
 * @icmp_family: likewise
 * @dropped: bit 1 << kind: that helper drops it
 * @late: bit 1 << kind: it comes after that gateway's state has ended
 * @mark: sequence number of a TCP segment: NAT keeps it
 * @length: of the payload
 * @seen: where, in the order of its way
 * @seen_count: entries in use, at least one
 */
struct event {
	enum event_kind kind;
	bool by_initiator;
	int stream;
	unsigned int copy;
	uint8_t icmp_type;
	uint8_t icmp_code;
	sa_family_t icmp_family;
	uint8_t dropped;
	uint8_t late;
	uint32_t mark;
	size_t length;
	struct sighting seen[SIGHTINGS_MAX];
	unsigned int seen_count;
};

enum stream_fate {
	FATE_ABSENT,		/* "-1": Amanda has no such stream here */
	FATE_UNTRIED,		/* nobody asked for the connection */
	FATE_SILENT,		/* SYNs, and no answer to any */
	FATE_REFUSED,		/* RST in answer to the SYN */
	FATE_REJECTED,		/* an ICMP error in answer to it */
	FATE_OPEN,		/* answered, and not ended when the capture was */
	FATE_CLOSED,		/* FIN from both sides, or the end of its channel */
	FATE_RESET,		/* RST in the middle */
};

/**
 * struct stream - a connection that a session needs, or a channel inside one
 * @tag: as in the CONNECT line; "" for the control connection of bsdtcp and ssl
 * @number: as the responder wrote it
 * @renumbered: as the initiator got it; differs where NAT changed it
 * @inside: it has no connection of its own
 * @fate: what became of it
 * @opened: bit 1 << kind: that helper would have opened it
 * @met: bit 1 << kind: that helper's expectation was met by the SYN
 * @source: where the initiator connected from
 * @target: where it connected to
 * @bytes: of the initiator, and of the responder
 * @syns: SYNs, copies included, each counted once however often it was seen
 * @syn: first of them: number of the packet; 0: none
 * @syn_time: its time
 * @answered: the answer, likewise: SYN and ACK, RST or ICMP
 * @answered_time: its time
 * @ended: the first FIN, RST or end of the channel
 * @ended_time: its time
 * @ended_by_initiator: who sent that
 * @last_time: of the last packet that carried something
 * @error_from: FATE_REJECTED: who sent the ICMP error
 * @icmp_type: FATE_REJECTED
 * @icmp_code: likewise
 */
struct stream {
	char tag[AMANDA_TAG_MAX + 1];
	int32_t number;
	int32_t renumbered;
	bool inside;
	enum stream_fate fate;
	uint8_t opened;
	uint8_t met;
	struct endpoint source;
	struct endpoint target;
	uint64_t bytes[2];
	unsigned int syns;
	uint64_t syn;
	int64_t syn_time;
	uint64_t answered;
	int64_t answered_time;
	uint64_t ended;
	int64_t ended_time;
	bool ended_by_initiator;
	int64_t last_time;
	struct address error_from;
	uint8_t icmp_type;
	uint8_t icmp_code;
};

enum session_auth {
	AUTH_DATAGRAMS,		/* bsd or bsdudp: nothing tells them apart here */
	AUTH_BSD,
	AUTH_BSDUDP,
	AUTH_BSDTCP,
	AUTH_SSL,		/* TLS: nothing more is to be seen */
	AUTH_TCP,		/* bsdtcp or ssl: no byte was sent */
};

/* What became of the request; the last word of it. */
enum session_answer {
	ANSWERED_NOT,
	ANSWERED_ACK,		/* it was heard, and no more */
	ANSWERED_REP,
	ANSWERED_NAK,
};

/* How far the frames inside a TCP connection could be followed. */
enum frames_state {
	FRAMES_NONE,		/* there are none */
	FRAMES_WHOLE,
	FRAMES_LOST,		/* a hole in the capture: from there on nothing is known */
	FRAMES_WRONG,		/* a header that cannot be one */
};

/**
 * struct session - one request and all that followed from it
 * @number: from 1, in the order of their first packets
 * @auth: how it went, as far as that shows
 * @service: of the SERVICE line; "" where the request was not seen
 * @operation: what users call it
 * @handle: as sent; of bsdtcp the number of the channel
 * @sequence: as sent; 0 for bsdtcp
 * @initiator: as it called itself, and as the responder saw it: NAT makes these two
 * @responder: as the initiator called it, and as it is
 * @elsewhere: whence an answer came, where that is not whom the request went to;
 *	port 0: no such answer came
 * @translated: an address or a port differs between the two
 * @behind: number of an earlier session for whose streams the responder was still
 *	waiting when the last copy of the request came; 0: it was not
 * @requested: the request was seen
 * @answer: what became of it
 * @confirmed: an ACK of the answer was seen
 * @text: of a NAK, or of the ERROR line of a REP; ""
 * @cut: the capture does not hold all of the CONNECT line
 * @refusal: AMANDA_OK, or why the answer's CONNECT line is not to be read
 * @requests: REQs, copies included
 * @answers: REPs or NAKs, likewise
 * @start: time of the first packet
 * @last: of the last
 * @request: number of the first REQ; 0: none was seen
 * @request_time: its time
 * @reply: number of the first REP or NAK; 0: none
 * @reply_time: its time
 * @reply_length: of its payload
 * @reason: AMANDA_OK, enum amanda_refusal or enum sight_reason of gateway.h: why
 *	each helper opened nothing
 * @accepted: bit 1 << kind: that helper took the reply for what it is
 * @dropped: bit 1 << kind: that helper dropped it, or a copy of it
 * @late: bit 1 << kind: the first reply came when that gateway's state was over
 * @ended: when it was; 0 where it was not
 * @hole: ports that each helper would have opened though no stream has them
 * @hole_count: entries in use; more are not kept
 * @control: the TCP connection that carries all of it: AUTH_BSDTCP, _SSL, _TCP
 * @control_number: tells connections apart that carry several sessions; 0: none
 * @member: another session came before it in the same connection
 * @frames: of @control, or of the first stream of bsdudp
 * @stream: as announced
 * @stream_count: entries in use
 * @stray: packet of the first connection between the two hosts that nothing announced;
 *	0: there was none
 * @stray_port: where it went to
 * @event: in the order of their times
 * @event_count: entries in use
 * @untold: events that found no room
 */
struct session {
	uint64_t number;
	enum session_auth auth;
	char service[32];
	const char *operation;
	char handle[48];
	int32_t sequence;
	struct endpoint initiator[2];
	struct endpoint responder[2];
	struct endpoint elsewhere;
	bool translated;
	uint64_t behind;
	bool requested;
	enum session_answer answer;
	bool confirmed;
	char text[SESSION_TEXT_MAX + 1];
	bool cut;
	enum amanda_refusal refusal;
	unsigned int requests;
	unsigned int answers;
	int64_t start;
	int64_t last;
	uint64_t request;
	int64_t request_time;
	uint64_t reply;
	int64_t reply_time;
	size_t reply_length;
	unsigned int reason[STORY_HELPERS];
	uint8_t accepted;
	uint8_t dropped;
	uint8_t late;
	int64_t ended[STORY_HELPERS];
	uint16_t hole[STORY_HELPERS][HOLES_MAX];
	uint8_t hole_count[STORY_HELPERS];
	struct stream control;
	uint64_t control_number;
	bool member;
	enum frames_state frames;
	struct stream stream[AMANDA_STREAMS_MAX];
	unsigned int stream_count;
	uint64_t stray;
	uint16_t stray_port;
	struct event *event;
	unsigned int event_count;
	unsigned int untold;
};

/**
 * struct stray - a connection between two hosts of a session that none announced
 * @source: who asked for it
 * @target: where it went to
 * @number: of its SYN
 * @time: its time
 * @session: number of the last session of the two
 */
struct stray {
	struct endpoint source;
	struct endpoint target;
	uint64_t number;
	int64_t time;
	uint64_t session;
};

/**
 * struct story_events - who listens
 * @session: a session is over
 * @stray: a connection that nothing announced
 */
struct story_events {
	void (*session)(void *arg, const struct session *session);
	void (*stray)(void *arg, const struct stray *stray);
};

/**
 * struct story_settings - what is asked
 * @port: of amandad, UDP and TCP
 * @points: how many files there are
 * @gateway: of the gateways that are modelled; @helper is not looked at: there is
 *	one for each kind
 */
struct story_settings {
	uint16_t port;
	unsigned int points;
	const struct gateway_settings *gateway;
};

/**
 * struct story_counts - all of it
 * @packets: seen
 * @sessions: handed out
 * @replies: REPs and NAKs, copies not counted
 * @announced: streams with a port
 * @foreign: datagrams from or to the port that are not Amanda packets
 * @strays: connections that nothing announced
 * @begun: time of the first packet
 * @finished: of the last
 * @forgotten: sessions that were handed out before they were over, for want of room
 */
struct story_counts {
	uint64_t packets;
	uint64_t sessions;
	uint64_t replies;
	uint64_t announced;
	uint64_t foreign;
	uint64_t strays;
	int64_t begun;
	int64_t finished;
	uint64_t forgotten;
};

struct story;

struct story *story_new(const struct story_settings *settings,
			const struct story_events *events, void *arg);
int story_see(struct story *story, const struct packet *packet);
int story_end(struct story *story);
const struct story_counts *story_counts(const struct story *story);
void story_free(struct story *story);

const char *session_auth_name(enum session_auth auth);
const char *stream_fate_name(enum stream_fate fate);

#endif /* REPLAY_STORY_H */
