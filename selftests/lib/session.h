/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An initiator and a responder that talk as Amanda does, or lie. */
#ifndef SELFTESTS_SESSION_H
#define SELFTESTS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/amanda_packet.h"
#include "selftests/lib/lab.h"

#define DATAGRAM_MAX 65507
#define FEATURES "OPTIONS features=ffffffff9efefbfffffffffffffff3fffbf71f;\n"

/**
 * struct session - one control flow
 * @lab: where it runs
 * @responder: which of the responders
 * @source_port: of the initiator
 * @handle: of the exchange
 * @sequence: likewise
 * @at_initiator: the initiator's socket
 * @at_responder: the responder's socket
 * @dialled: where the initiator sends to
 * @caller: where the responder saw the request come from
 * @sent: the last datagram of the responder
 * @sent_length: its length
 * @got: the last datagram that arrived at the initiator
 * @got_length: its length
 */
struct session {
	const struct lab *lab;
	enum lab_host responder;
	uint16_t source_port;
	const char *handle;
	int sequence;
	int at_initiator;
	int at_responder;
	struct sockaddr_storage dialled;
	struct sockaddr_storage caller;
	size_t sent_length;
	size_t got_length;
	char sent[DATAGRAM_MAX];
	char got[DATAGRAM_MAX + 1];
};

struct session *session_new(const struct lab *lab, uint16_t source_port,
			    enum lab_host responder);
size_t session_packet(const struct session *s, const char *type, const char *body,
		      char *out, size_t size);
bool session_ask(struct session *s, const char *type, const char *body);
bool session_answer(struct session *s, const char *type, const char *body);
bool session_say(struct session *s, const char *bytes, size_t length);
bool session_say_corked(struct session *s, const char *bytes, size_t length, size_t first);
bool session_say_behind_end(struct session *s, const char *inside, const char *behind);
bool session_hears(struct session *s);
void session_request(struct session *s);
bool session_connect(struct session *s, const char *streams);

int session_reaches(const struct session *s, uint16_t told, uint16_t listening);
bool session_numbers(const struct session *s, struct amanda_packet *packet);
struct openings;

void session_openings(const struct session *s, struct openings *own);
bool session_is_unchanged(const struct session *s);
bool session_is_renumbered(const struct session *s);
void saw_all_reach(const struct session *s);
void saw_reply(const struct session *s);
void saw_counters(const struct lab *lab);
void saw_reaches(const struct session *s, const char *tag, uint16_t listening);
void saw_open(const struct session *s);
void saw_streams(const struct session *s);
void saw_life(const struct session *s);

#endif /* SELFTESTS_SESSION_H */
