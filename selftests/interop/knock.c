// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * knock udp|tcp SOURCE-PORT ADDRESS PORT
 *
 * From a chosen source port, which the shell cannot do: send standard input as
 * one datagram, or open a connection; then print what comes back.
 *
 * Status: 0 something came back, 1 nothing did or the connection was refused,
 * 2 usage or no socket.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_SECONDS 3
#define DATAGRAM_MAX 65503	/* MAX_DGRAM of Amanda's common-src/dgram.h */

static int open_socket(int type, int source_port)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_port = htons(source_port),
	};
	int fd = socket(AF_INET, type, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from))) {
		perror("knock");
		exit(2);
	}
	return fd;
}

static int send_input(int fd)
{
	static char data[DATAGRAM_MAX];
	size_t len = fread(data, 1, sizeof(data), stdin);

	return send(fd, data, len, 0) == (ssize_t)len ? 0 : -1;
}

/*
 * amandad acknowledges first and answers then, so a datagram's answer may be several:
 * all that come within the patience are printed.
 */
static int print_answers(int fd, int type)
{
	static char data[DATAGRAM_MAX];
	int status = 1;
	ssize_t len;

	while ((len = recv(fd, data, sizeof(data), 0)) > 0) {
		fwrite(data, 1, len, stdout);
		status = 0;
		if (type == SOCK_DGRAM && !memmem(data, len, " ACK ", 5))
			break;
	}
	return fflush(stdout) ? 2 : status;
}

int main(int argc, char *argv[])
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int type, fd;

	if (argc != 5 || inet_pton(AF_INET, argv[3], &to.sin_addr) != 1 ||
	    (strcmp(argv[1], "udp") && strcmp(argv[1], "tcp"))) {
		fputs("usage: knock udp|tcp SOURCE-PORT ADDRESS PORT\n", stderr);
		return 2;
	}
	type = !strcmp(argv[1], "udp") ? SOCK_DGRAM : SOCK_STREAM;
	to.sin_port = htons(atoi(argv[4]));
	fd = open_socket(type, atoi(argv[2]));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return 1;
	if (type == SOCK_DGRAM && send_input(fd))
		return 1;
	return print_answers(fd, type);
}
