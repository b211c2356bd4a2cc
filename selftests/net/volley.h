/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A volley: many first packets, from several machines (network namespaces) at
 * once, each with what has to become of it.
 */
#ifndef SELFTESTS_VOLLEY_H
#define SELFTESTS_VOLLEY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINES_MAX	8
#define PROBES_MAX	1200
#define PHASES_MAX	8
#define LABEL_ROOM	256

/**
 * struct machine - a namespace
 * @name: of it
 * @ns: an open descriptor of the namespace
 * @passive: nothing starts or ends there: only its tracked flows are forgotten
 */
struct machine {
	char name[LABEL_ROOM];
	int ns;
	bool passive;
};

/**
 * struct end - an address and a range of ports
 * @family: AF_INET or AF_INET6
 * @address: in network order
 * @low: port, or the first of the range
 * @high: the last
 */
struct end {
	sa_family_t family;
	uint8_t address[16];
	uint16_t low;
	uint16_t high;
};

enum verdict {
	EXPECT_PASS,	/* to be there, as said, and to be answered */
	EXPECT_REFUSE,	/* to be nowhere */
	EXPECT_PROMPT,	/* the same, and the sender to be told */
};

/**
 * struct probe - one packet that starts something, and what came of it
 * @label: what it is
 * @phase: when it is sent
 * @machine: from where, as an index
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @source: as sent
 * @destination: as sent
 * @announce: body of the CONNECT line that answers it, or empty
 * @verdict: what has to come of it
 * @at: where it has to arrive
 * @seen_source: EXPECT_PASS: as it has to arrive
 * @seen_destination: the same
 * @fd: the sender's socket
 * @arrived: it was seen at @where
 * @where: a machine
 * @got_source: as it did arrive
 * @got_destination: the same
 * @answered: its answer came back, and for TCP, data went both ways
 * @error: an errno that the sender got
 */
struct probe {
	char label[LABEL_ROOM];
	unsigned int phase;
	size_t machine;
	int protocol;
	struct end source;
	struct end destination;
	char announce[128];
	enum verdict verdict;
	size_t at;
	struct end seen_source;
	struct end seen_destination;
	int fd;
	bool arrived;
	size_t where;
	struct end got_source;
	struct end got_destination;
	bool answered;
	int error;
};

/**
 * struct volley - all of them
 * @machine: the machines
 * @machine_count: entries of @machine
 * @probe: the probes
 * @probe_count: entries of @probe
 * @poll: the epoll descriptor
 */
struct volley {
	struct machine machine[MACHINES_MAX];
	size_t machine_count;
	struct probe probe[PROBES_MAX];
	size_t probe_count;
	int poll;
};

/* volley_text.c */
void volley_read(struct volley *volley);
void end_print(const struct end *end, char *text, size_t room);
bool volley_tell(const struct volley *volley, bool all);
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* volley_seen.c */
void sniff(struct volley *volley, size_t machine, sa_family_t family, int protocol, int fd);

/* An initiator's SYN bears the number of its probe in the MSS option. */
#define MSS_BASE	100

#endif /* SELFTESTS_VOLLEY_H */
