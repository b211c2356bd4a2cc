// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A connection that lives for a while, for formats.sh.
 *
 *	hold serve ADDRESS PORT				sends back whatever comes
 *	hold talk SOURCE SPORT DESTINATION DPORT SECONDS	prints how it went
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_US	100000
#define PATIENCE_S	6

static struct sockaddr_in address_of(const char *address, const char *port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
	};

	if (inet_pton(AF_INET, address, &in.sin_addr) != 1) {
		fprintf(stderr, "hold: %s: not an address\n", address);
		exit(2);
	}
	return in;
}

static int bound(const char *address, const char *port)
{
	struct sockaddr_in in = address_of(address, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in))) {
		perror("hold: bind");
		exit(2);
	}
	return fd;
}

static int serve(char *argv[])
{
	int listener = bound(argv[0], argv[1]), fd;
	char byte;

	listen(listener, 1);
	fd = accept(listener, NULL, NULL);
	while (fd >= 0 && read(fd, &byte, 1) == 1)
		if (write(fd, &byte, 1) != 1)
			break;
	return 0;
}

static int talk(char *argv[])
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_in to = address_of(argv[2], argv[3]);
	time_t end = time(NULL) + atoi(argv[4]);
	int fd = bound(argv[0], argv[1]), count;
	char byte = 'x';

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		printf("not connected: %s\n", strerror(errno));
		return 1;
	}
	for (count = 0; time(NULL) < end; count++) {
		if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1) {
			printf("cut off after %d: %s\n", count, strerror(errno));
			return 1;
		}
		usleep(PAUSE_US);
	}
	puts("to the end");
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc == 4 && !strcmp(argv[1], "serve"))
		return serve(argv + 2);
	if (argc == 7 && !strcmp(argv[1], "talk"))
		return talk(argv + 2);
	fputs("usage: see hold.c\n", stderr);
	return 2;
}
