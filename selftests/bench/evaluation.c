// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the evaluation of one question takes, without loading and printing: processor
 * time of several questions to one ruleset, from one packet to all there are.
 *
 *	evaluation nft|iptables FILE
 *
 * A line for each question: its milliseconds, and its name.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ruleset/load.h"
#include "ruleset/path.h"

#include <linux/netfilter/nf_conntrack_common.h>

#define MEMORY	((size_t)1 << 30)
#define SYN	0x02
/* Addresses that scripts/bench-check gives to rules, and Amanda's port. */
#define SOURCE	0x0a640001
#define TARGET	0x0a960001
#define PORT	10080

/**
 * struct ask - a question
 * @name: for the output
 * @protocol: of the packets
 * @source: their address; 0: any
 * @target: likewise
 * @port: of the target; 0: any
 */
struct ask {
	const char *name;
	int protocol;
	uint32_t source;
	uint32_t target;
	unsigned int port;
};

static const struct ask asks[] = {
	{ "one pair of addresses, one port", IPPROTO_TCP, SOURCE, TARGET, PORT },
	{ "from one address to any, one port", IPPROTO_TCP, SOURCE, 0, PORT },
	{ "from any address to one, one port", IPPROTO_TCP, 0, TARGET, PORT },
	{ "any addresses, one port", IPPROTO_TCP, 0, 0, PORT },
	{ "any addresses and ports, udp", IPPROTO_UDP, 0, 0, 0 },
	{ "any addresses and ports, tcp", IPPROTO_TCP, 0, 0, 0 },
};

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void put(struct arena *arena, struct box *box, enum field field, uint32_t value)
{
	if (value)
		box->now[field] = values_one(arena, value);
}

static struct passage passage_of(struct arena *arena, const struct ask *ask)
{
	struct passage passage = { .version = VERSION_4, .first = true };
	struct box *box = &passage.box;

	put(arena, box, FIELD_PROTOCOL, (uint32_t)ask->protocol);
	put(arena, box, FIELD_SADDR, ask->source);
	put(arena, box, FIELD_DADDR, ask->target);
	put(arena, box, FIELD_DPORT, ask->port);
	put(arena, box, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_NEW));
	box->now[FIELD_SPORT] = values_range(arena, 1, 65535);
	if (ask->protocol == IPPROTO_TCP)
		put(arena, box, FIELD_TCP_FLAGS, SYN);
	box->now[FIELD_FRAGMENT] = values_one(arena, 0);
	return passage;
}

static int ask_once(const struct ruleset *ruleset, const struct ask *ask)
{
	const struct world world = { 0 };
	struct arena *arena = arena_new(MEMORY);
	double before = milliseconds();
	struct passage passage;
	struct fates fates;
	int err;

	if (!arena)
		return -1;
	passage = passage_of(arena, ask);
	err = path_run(ruleset, &world, arena, &passage, NULL, &fates);
	printf("%.2f %s\n", milliseconds() - before, ask->name);
	if (!err && (!fates.count || fates.fate[0].box.doubt)) {
		fprintf(stderr, "evaluation: %s: not answered\n", ask->name);
		err = -1;
	}
	free(fates.fate);
	arena_free(arena);
	return err;
}

static char *read_all(const char *path, size_t *length)
{
	FILE *file = fopen(path, "r");
	char *text = malloc(RULESET_TEXT_MOST + 1);

	if (!file || !text)
		exit(1);
	*length = fread(text, 1, RULESET_TEXT_MOST, file);
	text[*length] = '\0';
	fclose(file);
	return text;
}

int main(int argc, char *argv[])
{
	const struct load_options options = { .seconds = 60 };
	struct source source;
	struct ruleset ruleset;
	size_t i;

	if (argc != 3) {
		fputs("usage: evaluation nft|iptables FILE\n", stderr);
		return 2;
	}
	source = (struct source) {
		.dialect = strcmp(argv[1], "nft") ? DIALECT_IPTABLES : DIALECT_NFT,
		.path = argv[2],
	};
	source.text = read_all(argv[2], &source.length);
	if (ruleset_load(&ruleset, &source, 1, &options, stderr))
		return 1;
	for (i = 0; i < sizeof(asks) / sizeof(*asks); i++)
		if (ask_once(&ruleset, &asks[i]))
			return 1;
	ruleset_free(&ruleset);
	return 0;
}
