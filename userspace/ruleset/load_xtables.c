// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps of iptables and ip6tables, by their own program.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ruleset/load_inside.h"
#include "ruleset/xtables_pieces.h"
#include "ruleset/xtables_report.h"

/* Begin and end of a transaction, and making the table's own chains. */
#define PIECE_OVERHEAD	4096

/* How long a message may be that the loader sends; 0: as long as it likes. */
static size_t message_most(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	int room = 1 << 20;
	socklen_t size = sizeof(room);
	size_t most = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0 &&
	    !getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size))
		most = room > 2 * PIECE_OVERHEAD ? (size_t)room - PIECE_OVERHEAD : PIECE_OVERHEAD;
	close(fd);
	return most;
}

/**
 * struct restoring - one run of the loader
 * @source: the dump
 * @program: the loader
 * @pieces: the dump as it was given to it
 * @said: what it said; to give back with free()
 * @status: its exit status; -1: it did not end by itself
 */
struct restoring {
	const struct source *source;
	const char *program;
	struct xtables_pieces pieces;
	char *said;
	int status;
};

static void restore(struct restoring *restoring, size_t most)
{
	/* It would empty the tables again at each piece, or at a second dump. */
	const char *const argv[] = { restoring->program, "--noflush", NULL };
	size_t length;
	FILE *heard = open_memstream(&restoring->said, &length);

	restoring->status = -1;
	if (heard && !xtables_cut(&restoring->pieces, restoring->source, most))
		restoring->status = run_loader(argv, restoring->pieces.text,
					       restoring->pieces.length, heard);
	if (heard)
		fclose(heard);
}

static void restoring_free(struct restoring *restoring)
{
	xtables_pieces_free(&restoring->pieces);
	free(restoring->said);
	memset(&restoring->pieces, 0, sizeof(restoring->pieces));
	restoring->said = NULL;
}

static void report(const struct restoring *restoring)
{
	const char *said = restoring->said;

	if (restoring->status == 127)
		fprintf(stderr, "%s: there is no %s here: install iptables\n",
			restoring->source->path, restoring->program);
	else
		xtables_report_print(said && *said ? said : "it is not loaded",
				     &restoring->pieces, restoring->source);
}

/*
 * The kernel sends each rule that it refuses back, and where many are the answers
 * do not fit: what was said is that, not why.  A few rules at a time are told of.
 */
static void ask_again(const struct restoring *before)
{
	struct restoring again = { .source = before->source, .program = before->program };

	restore(&again, PIECE_OVERHEAD);
	report(again.status ? &again : before);
	restoring_free(&again);
}

/**
 * load_xtables() - load a dump of iptables or ip6tables
 * @source: it
 * @ipv6: whose it is
 *
 * Return: 0, or -1 after a message.
 */
int load_xtables(const struct source *source, bool ipv6)
{
	struct restoring restoring = {
		.source = source,
		.program = ipv6 ? "ip6tables-nft-restore" : "iptables-nft-restore",
	};
	int status;

	restore(&restoring, message_most());
	status = restoring.status;
	if (status && restoring.said && strstr(restoring.said, strerror(ENOBUFS)))
		ask_again(&restoring);
	else if (status)
		report(&restoring);
	restoring_free(&restoring);
	return status ? -1 : 0;
}
