/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of "amref load" share among themselves.
 */
#ifndef AMREF_LOAD_PARTS_H
#define AMREF_LOAD_PARTS_H

#include "load.h"
#include "loop.h"

enum load_side { LOAD_FROM, LOAD_TO, LOAD_SIDES };

/* Room for a packet of ours; larger ones are not. */
#define LOAD_PACKET_MAX	1024
/* "000-" and eight digits, as Amanda's bsd_connect() prints it, and some more. */
#define LOAD_HANDLE_MAX	24
/* What proves a stream: the key of its request, and its place. */
#define LOAD_PROOF_SIZE	8
/* The same in a frame of its own for each stream of one connection. */
#define LOAD_FRAME_SIZE	(8 + LOAD_PROOF_SIZE)
#define LOAD_PROOF_MAX	(AMANDA_STREAMS_MAX * LOAD_FRAME_SIZE)

/**
 * struct load_net - sockets, and what befalls packets
 * @load: who owns it
 * @netns: of each side; -1: ours
 * @home: our own network namespace; -1 where there is no other
 * @current: where we are
 * @held: packets that go out late
 * @chance: state of the generator
 * @next_port: where the search for a listening port goes on
 */
struct load_net {
	struct load *load;
	int netns[LOAD_SIDES];
	int home;
	int current;
	struct load_held *held;
	uint64_t chance;
	uint16_t next_port;
};

struct load_clients;
struct load_targets;

/**
 * struct load - a run
 * @options: the caller's
 * @report: the caller's
 * @loop: ours
 * @net: sockets
 * @clients: NULL where there are none
 * @targets: NULL where there are none
 * @files: sockets that may still be opened
 * @started: when
 */
struct load {
	const struct load_options *options;
	struct load_report *report;
	struct loop *loop;
	struct load_net net;
	struct load_clients *clients;
	struct load_targets *targets;
	long files;
	uint64_t started;
};

int load_net_start(struct load_net *net, struct load *load, char *why, size_t why_size);
void load_net_stop(struct load_net *net);
int load_udp(struct load_net *net, enum load_side side, union load_address address);
int load_listen(struct load_net *net, union load_address address, uint16_t *port);
int load_connect(struct load_net *net, union load_address from, union load_address to);
void load_send(struct load_net *net, int fd, const union load_address *to, const char *data,
	       size_t length);
void load_close_udp(struct load_net *net, int fd);
uint64_t load_time(void);
uint32_t load_chance(struct load_net *net);

struct load_clients *load_clients_start(struct load *load);
void load_clients_stop(struct load_clients *clients);

struct load_targets *load_targets_start(struct load *load, char *why, size_t why_size);
void load_targets_stop(struct load_targets *targets);

const char *load_tag(unsigned int place);
size_t load_proof(char *proof, uint32_t key, unsigned int first, const int32_t *number,
		  unsigned int streams);

#endif /* AMREF_LOAD_PARTS_H */
