// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A target that stops: takes TCP connections at a port, sends what it is told,
 * and then nothing.
 *
 *	listener PORT TEXT	\NNN in TEXT is an octal byte
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t unescape(const char *text, char *bytes, size_t size)
{
	size_t length = 0;

	while (*text && length < size) {
		if (*text == '\\') {
			char digits[4] = { text[1], text[2], text[3], 0 };

			bytes[length++] = strtoul(digits, NULL, 8);
			text += 4;
		} else {
			bytes[length++] = *text++;
		}
	}
	return length;
}

static int listen_at(unsigned int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8)) {
		perror("listener");
		exit(1);
	}
	return fd;
}

int main(int argc, char *argv[])
{
	char bytes[256];
	size_t length;
	int fd, peer;

	if (argc != 3)
		return 2;
	length = unescape(argv[2], bytes, sizeof(bytes));
	fd = listen_at(strtoul(argv[1], NULL, 10));
	while ((peer = accept(fd, NULL, NULL)) >= 0)
		if (write(peer, bytes, length) < 0)
			return 1;
	return 1;
}
