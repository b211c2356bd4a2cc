/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the diagnosis share, and nobody else sees.
 */
#ifndef REPLAY_DIAGNOSE_PRIVATE_H
#define REPLAY_DIAGNOSE_PRIVATE_H

#include "replay/diagnose.h"

#define SECOND		1000000000ll
#define OURS		(1 << HELPER_OURS)
#define STOCK		(1 << HELPER_STOCK)
#define NONE		(1 << HELPER_NONE)
/* An address, brackets, a colon and a port. */
#define END_TEXT	(INET6_ADDRSTRLEN + 8)
/* protocol.c, ACK_WAIT, and amandad.c, ACK_TIMEOUT: what is not heard is sent again. */
#define SENT_AGAIN	(10 * SECOND)

/**
 * struct patient - a session that is being looked at
 * @s: it
 * @context: what is known besides
 * @diagnosis: to fill
 */
struct patient {
	const struct session *s;
	const struct diagnose_context *context;
	struct diagnosis *diagnosis;
};

/**
 * struct passage - how far packets of a kind came on their way
 * @count: of them, copies included
 * @here: number of files that any of them is in
 * @near: file that shows them nearest to their sender
 * @far: the last one that shows any of them
 * @missing: a file that shows none of them though it lies on the way; valid if @lost
 * @lost: there is one
 */
struct passage {
	unsigned int count;
	unsigned int here;
	unsigned int near;
	unsigned int far;
	unsigned int missing;
	bool lost;
};

/* diagnose.c */
struct cause *cause_add(struct diagnosis *diagnosis, enum cause_level level, const char *id,
			const char *blame, const char *format, ...)
	__attribute__((__format__(__printf__, 5, 6)));
void cause_advise(struct cause *cause, const char *format, ...)
	__attribute__((__format__(__printf__, 2, 3)));
void cause_more(struct cause *cause, const char *format, ...)
	__attribute__((__format__(__printf__, 2, 3)));
void cause_show(struct cause *cause, const struct session *session, enum event_kind kind,
		bool by_initiator, int stream);
const char *end_text(const struct endpoint *endpoint, char text[END_TEXT]);
double seconds(int64_t from, int64_t to);
int64_t time_left(const struct patient *patient);
struct passage passage_of(const struct patient *patient, enum event_kind kind, bool by_initiator,
			  int stream);
const char *icmp_words(sa_family_t family, uint8_t type, uint8_t code);
bool icmp_is_port_unreachable(sa_family_t family, uint8_t type, uint8_t code);
bool icmp_is_too_big(sa_family_t family, uint8_t type, uint8_t code);

/* diagnose_control.c */
void diagnose_control(const struct patient *patient);
void where_lost(const struct patient *patient, const struct passage *passage,
		struct cause *cause);
const struct event *error_about(const struct session *s, bool by_initiator);
void blame_busy(const struct patient *patient, struct cause *cause);

/* diagnose_answer.c */
void diagnose_answer(const struct patient *patient);
void answer_elsewhere(const struct patient *patient);

/* diagnose_stream.c */
void diagnose_streams(const struct patient *patient);
void diagnose_connection(const struct patient *patient, const struct stream *stream, int index);

/* diagnose_helper.c */
void diagnose_helpers(const struct patient *patient);
void explain_gap(const struct patient *patient, const struct stream *stream, struct cause *cause);

#endif /* REPLAY_DIAGNOSE_PRIVATE_H */
