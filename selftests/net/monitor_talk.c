// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two ends of a control flow, for monitor.sh.
 *
 *	monitor_talk answer ADDRESS PORT TEXT...	answers the first datagram with the
 *							first TEXT, and so on, the last again
 *	monitor_talk ask SPORT ADDRESS PORT TEXT	sends it and prints the first line of
 *							what comes back within two seconds
 *
 * "\n" in TEXT is the end of a line.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_in place(const char *address, const char *port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
	};

	if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
		exit(2);
	return in;
}

static int bound(const char *address, const char *port)
{
	struct sockaddr_in in = place(address, port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&in, sizeof(in))) {
		perror("monitor_talk: bind");
		exit(2);
	}
	return fd;
}

static size_t unescape(const char *text, char bytes[1024])
{
	size_t length = 0;

	for (; *text && length < 1024; text++, length++) {
		bytes[length] = *text;
		if (text[0] == '\\' && text[1] == 'n') {
			bytes[length] = '\n';
			text++;
		}
	}
	return length;
}

static int answer(char *argv[])
{
	int fd = bound(argv[0], argv[1]);
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);
	char text[1024];
	size_t size;

	for (argv += 2; ; length = sizeof(peer)) {
		if (recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&peer, &length) < 0)
			return 1;
		size = unescape(*argv, text);
		if (sendto(fd, text, size, 0, (struct sockaddr *)&peer, length) < 0)
			return 1;
		if (argv[1])
			argv++;
	}
}

static int ask(char *argv[])
{
	struct sockaddr_in to = place(argv[1], argv[2]);
	struct timeval patience = { .tv_sec = 2 };
	int fd = bound("0.0.0.0", argv[0]);
	char text[1025];
	ssize_t got;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	sendto(fd, text, unescape(argv[3], text), 0, (struct sockaddr *)&to, sizeof(to));
	got = recv(fd, text, sizeof(text) - 1, 0);
	if (got < 0)
		return 1;
	text[got] = 0;
	text[strcspn(text, "\n")] = 0;
	puts(text);
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc >= 5 && !strcmp(argv[1], "answer"))
		return answer(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "ask"))
		return ask(argv + 2);
	return 2;
}
