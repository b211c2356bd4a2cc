// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps of iptables and ip6tables, by their own program.
 */
#include <linux/netlink.h>
#include <stdlib.h>
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

static int restore(const struct source *source, const struct xtables_pieces *pieces,
		   const char *program, FILE *heard)
{
	/* It would empty the tables again at each piece, or at a second dump. */
	const char *const argv[] = { program, "--noflush", NULL };
	int status = run_loader(argv, pieces->text, pieces->length, heard);

	if (status == 127)
		fprintf(stderr, "%s: there is no %s here: install iptables\n", source->path,
			program);
	return status;
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
	const char *program = ipv6 ? "ip6tables-nft-restore" : "iptables-nft-restore";
	struct xtables_pieces pieces = { 0 };
	char *said = NULL;
	size_t said_length;
	FILE *heard = open_memstream(&said, &said_length);
	int status = -1;

	if (heard && !xtables_cut(&pieces, source, message_most()))
		status = restore(source, &pieces, program, heard);
	if (heard)
		fclose(heard);
	if (status && status != 127)
		xtables_report_print(said && *said ? said : "it is not loaded", &pieces, source);
	xtables_pieces_free(&pieces);
	free(said);
	return status ? -1 : 0;
}
