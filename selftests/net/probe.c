// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two ends for generate.sh: one that answers at 10080 as amandad does, and one
 * that asks, from a source address and port of its own choice.
 *
 *	probe serve ADDRESS STREAM-PORT...
 *	probe request SOURCE SPORT DESTINATION DPORT	prints the reply, or silent
 *	probe connect SOURCE SPORT DESTINATION DPORT	prints open, reset or silent
 *
 * "serve" answers a REQ with one REP that names the first three of its stream
 * ports, and tells everybody from where it saw them come.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTS_MAX	8
#define ANNOUNCED	3
#define PATIENCE_MS	400

static void die(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	exit(1);
}

static socklen_t address_of(const char *host, const char *port, struct sockaddr_storage *address)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *found;
	socklen_t length;

	if (getaddrinfo(host, port, &hints, &found)) {
		fprintf(stderr, "probe: %s %s: not an address and a port\n", host, port);
		exit(1);
	}
	length = found->ai_addrlen;
	memcpy(address, found->ai_addr, length);
	freeaddrinfo(found);
	return length;
}

static int bound(const char *host, const char *port, int type)
{
	struct sockaddr_storage address;
	socklen_t length = address_of(host, port, &address);
	int fd = socket(address.ss_family, type | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, length))
		die("bind");
	return fd;
}

static void name_of(const struct sockaddr_storage *peer, socklen_t length, char *text, size_t room)
{
	char host[INET6_ADDRSTRLEN], port[8];

	if (getnameinfo((const struct sockaddr *)peer, length, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		die("getnameinfo");
	snprintf(text, room, "seen %s %s", host, port);
}

/* The header is sent back as it came, but for its type: REQ, REP. */
static void answer_request(int fd, char *const ports[], int count)
{
	static const char *const tags[ANNOUNCED] = { "DATA", "MESG", "INDEX" };
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	char request[1024], reply[2048], seen[80], *type, *end;
	ssize_t got = recvfrom(fd, request, sizeof(request) - 1, 0, (struct sockaddr *)&peer,
			       &length);
	int used, i;

	if (got < 0)
		return;
	request[got] = '\0';
	type = strstr(request, " REQ ");
	end = strchr(request, '\n');
	if (!type || !end || type > end)
		return;
	name_of(&peer, length, seen, sizeof(seen));
	*end = '\0';
	memcpy(type, " REP ", 5);
	used = snprintf(reply, sizeof(reply), "%s\nCONNECT", request);
	for (i = 0; i < count && i < ANNOUNCED; i++)
		used += snprintf(reply + used, sizeof(reply) - (size_t)used, " %s %s", tags[i],
				 ports[i]);
	used += snprintf(reply + used, sizeof(reply) - (size_t)used, "\n%s\n", seen);
	sendto(fd, reply, (size_t)used, 0, (struct sockaddr *)&peer, length);
}

static void answer_connection(int fd)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	int connection = accept(fd, (struct sockaddr *)&peer, &length);
	char seen[80];

	if (connection < 0)
		return;
	name_of(&peer, length, seen, sizeof(seen));
	if (write(connection, seen, strlen(seen)) < 0)
		perror("probe: write");
	close(connection);
}

static int listening(const char *host, const char *port)
{
	int fd = bound(host, port, SOCK_STREAM);

	if (listen(fd, 4))
		die("listen");
	return fd;
}

static int serve(int count, char *argv[])
{
	struct pollfd polls[PORTS_MAX + 2];
	int ports = count - 1 > PORTS_MAX ? PORTS_MAX : count - 1, i;

	polls[0].fd = bound(argv[0], "10080", SOCK_DGRAM);
	polls[1].fd = listening(argv[0], "10080");
	for (i = 0; i < ports; i++)
		polls[i + 2].fd = listening(argv[0], argv[i + 1]);
	for (i = 0; i < ports + 2; i++)
		polls[i].events = POLLIN;
	puts("ready");
	fflush(stdout);
	while (poll(polls, (nfds_t)ports + 2, -1) > 0) {
		if (polls[0].revents)
			answer_request(polls[0].fd, argv + 1, ports);
		for (i = 1; i < ports + 2; i++)
			if (polls[i].revents)
				answer_connection(polls[i].fd);
	}
	return 1;
}

static int wait_for(int fd, short event)
{
	struct pollfd polled = { .fd = fd, .events = event };

	return poll(&polled, 1, PATIENCE_MS);
}

static int request_reply(char *argv[])
{
	static const char text[] = "Amanda 3.5 REQ HANDLE 000-00000000 SEQ 1795858683\n"
				   "SECURITY USER backup\nSERVICE sendbackup\nOPTIONS ;\n";
	struct sockaddr_storage to;
	socklen_t length = address_of(argv[2], argv[3], &to);
	int fd = bound(argv[0], argv[1], SOCK_DGRAM);
	char reply[2048];
	ssize_t got = -1;

	if (connect(fd, (struct sockaddr *)&to, length) < 0)
		die("connect");
	if (send(fd, text, sizeof(text) - 1, 0) > 0 && wait_for(fd, POLLIN) > 0)
		got = recv(fd, reply, sizeof(reply), 0);
	if (got <= 0) {
		puts("silent");
		return 1;
	}
	fwrite(reply, 1, (size_t)got, stdout);
	return 0;
}

static const char *outcome(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (wait_for(fd, POLLOUT) <= 0)
		return "silent";
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (!error)
		return "open";
	return error == ECONNREFUSED ? "reset" : strerror(error);
}

static int connect_stream(char *argv[])
{
	struct sockaddr_storage to;
	socklen_t length = address_of(argv[2], argv[3], &to);
	int fd = bound(argv[0], argv[1], SOCK_STREAM | SOCK_NONBLOCK);
	struct linger abort_it = { .l_onoff = 1, .l_linger = 0 };
	const char *result;
	char seen[80];
	ssize_t got = 0;

	/* Leave no TIME_WAIT behind: the next case takes the same ports. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	if (connect(fd, (struct sockaddr *)&to, length) && errno == ECONNREFUSED)
		result = "reset";
	else
		result = outcome(fd);
	if (!strcmp(result, "open") && wait_for(fd, POLLIN) > 0)
		got = recv(fd, seen, sizeof(seen) - 1, 0);
	seen[got > 0 ? got : 0] = '\0';
	printf("%s %s\n", result, seen);
	return strcmp(result, "open") ? 1 : 0;
}

int main(int argc, char *argv[])
{
	if (argc >= 3 && !strcmp(argv[1], "serve"))
		return serve(argc - 2, argv + 2);
	if (argc == 6 && !strcmp(argv[1], "request"))
		return request_reply(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "connect"))
		return connect_stream(argv + 2);
	fputs("usage: see the head of probe.c\n", stderr);
	return 2;
}
