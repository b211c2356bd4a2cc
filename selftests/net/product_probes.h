/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the flows of a site to the packets that have to pass, and to those beside
 * them that must not.
 */
#ifndef SELFTESTS_PRODUCT_PROBES_H
#define SELFTESTS_PRODUCT_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORD_ROOM	80
#define MACHINES_MAX	8
#define ADDRESSES_MAX	4
#define FLOWS_MAX	1024

struct range {
	unsigned int low;
	unsigned int high;
};

/**
 * struct tuple - what a packet bears
 * @source: address
 * @destination: address
 * @sport: ports it may come from
 * @dport: ports it may go to
 */
struct tuple {
	const char *source;
	const char *destination;
	struct range sport;
	struct range dport;
};

/**
 * struct machine - one machine of the lab
 * @name: the site's, or any other for a stranger
 * @path: of its namespace
 * @side: near, far or gate
 * @address: its addresses
 * @rules: it has rules
 * @known: some flow starts or ends there
 */
struct machine {
	char name[WORD_ROOM];
	char path[WORD_ROOM];
	char side[WORD_ROOM];
	char address[ADDRESSES_MAX][WORD_ROOM];
	bool rules;
	bool known;
};

/**
 * struct flow - one row of "amfwctl flows --json"
 * @id: unique
 * @operation: of Amanda
 * @initiator: who sends first
 * @responder: who answers
 * @udp: or TCP
 * @tag: of a stream, or NULL
 * @helped: a helper opens it
 * @sent: as it leaves
 * @received: as it arrives
 */
struct flow {
	const char *id;
	const char *operation;
	const char *initiator;
	const char *responder;
	bool udp;
	const char *tag;
	bool helped;
	struct tuple sent;
	struct tuple received;
};

/**
 * struct product - what is known
 * @machine: the machines
 * @machine_count: entries
 * @flow: the flows
 * @flow_count: entries
 * @helper: the rules rely on the helper
 * @closed: rules at the ends drop what they do not know
 * @full_tags: the helper knows every tag
 * @lax: words for what the format cannot narrow, each with blanks around it
 */
struct product {
	struct machine machine[MACHINES_MAX];
	size_t machine_count;
	struct flow flow[FLOWS_MAX];
	size_t flow_count;
	bool helper;
	bool closed;
	bool full_tags;
	char lax[256];
};

/* product_input.c */
void machines_read(struct product *product, const char *file, const char *with_rules);
void flows_read(struct product *product);
struct machine *machine_of(struct product *product, const char *name);
struct machine *owner_of(struct product *product, const char *address);
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* product_oracle.c */
struct packet {
	bool udp;
	const char *source;
	const char *destination;
	unsigned int sport;
	unsigned int dport;
};

const struct flow *flow_covering(const struct product *product, const struct packet *packet);
bool has_to_be_refused(struct product *product, const struct packet *packet);
bool is_helped(const struct product *product, const struct flow *flow);

/*
 * The phases: streams are tried before anybody announced them, then requests
 * announce them, then they come, and the neighbours last, since a stray SYN uses
 * up what was expected.
 */
enum phase { UNANNOUNCED, REQUESTS, STREAMS, NEIGHBOURS };

/* product_probes.c */
extern struct product tested;

bool lax(const char *word);
const char *host_at(const char *address, const char *host);
bool take(const struct packet *packet, const char *from, const char *to);
bool choose_sport(struct packet *packet, struct range range, bool from_above,
		  const char *responder);
unsigned int next_port(const struct flow *flow);
struct packet packet_of(const struct flow *flow);
void put_packet(const struct packet *packet, enum phase phase, const char *label,
		const char *announce);
void put_pass(const struct flow *flow, const struct packet *packet);

/* product_neighbours.c */
void refuse_all(void);

#endif /* SELFTESTS_PRODUCT_PROBES_H */
