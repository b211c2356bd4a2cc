// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files that hold a ruleset.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "amfwctl/check.h"

/* The loader takes less; it says so, and need not be given all of it. */
#define FILE_MOST	RULESET_TEXT_MOST

static const struct {
	const char *name;
	enum dialect dialect;
} dialects[] = {
	{ "nft", DIALECT_NFT },
	{ "iptables", DIALECT_IPTABLES },
	{ "ip6tables", DIALECT_IP6TABLES },
	{ "ipset", DIALECT_IPSET },
};

/**
 * dialect_find() - a language by its name
 * @name: the name
 * @dialect: receives it
 *
 * Return: false where there is none of that name.
 */
bool dialect_find(const char *name, enum dialect *dialect)
{
	size_t i;

	for (i = 0; i < sizeof(dialects) / sizeof(*dialects); i++) {
		if (strcmp(dialects[i].name, name))
			continue;
		*dialect = dialects[i].dialect;
		return true;
	}
	return false;
}

/**
 * rules_input_add() - one more file
 * @rules: the files
 * @path: of it; "-": standard input
 * @dialect: of it
 *
 * Return: 0 or -ENOMEM.
 */
int rules_input_add(struct rules_input *rules, const char *path, enum dialect dialect)
{
	struct source *grown;

	if (rules->count == rules->room) {
		size_t room = rules->room ? 2 * rules->room : 4;

		grown = reallocarray(rules->sources, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		rules->sources = grown;
		rules->room = room;
	}
	rules->sources[rules->count++] = (struct source) { .dialect = dialect, .path = path };
	return 0;
}

/* What is left of the time, for poll(). */
static int milliseconds_left(const struct timespec *end)
{
	struct timespec now;
	long long left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (end->tv_sec - now.tv_sec) * 1000LL + (end->tv_nsec - now.tv_nsec) / 1000000;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* As read(), but does not wait for ever for who may never write. */
static ssize_t read_in_time(int fd, char *to, size_t room, const struct timespec *end)
{
	struct pollfd watched = { .fd = fd, .events = POLLIN };
	ssize_t got;
	int ready;

	do {
		ready = poll(&watched, 1, milliseconds_left(end));
		if (!ready)
			errno = ETIMEDOUT;
		got = ready > 0 ? read(fd, to, room) : -1;
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	return got;
}

static int read_all(struct source *source, int fd, const struct timespec *end)
{
	size_t room = 1 << 16, length = 0;
	char *text = malloc(room), *grown;
	ssize_t got = 1;

	while (text && got > 0 && length <= FILE_MOST) {
		got = read_in_time(fd, text + length, room - 1 - length, end);
		length += got > 0 ? (size_t)got : 0;
		if (length + 1 < room)
			continue;
		room *= 2;
		grown = realloc(text, room);
		if (!grown)
			free(text);
		text = grown;
	}
	if (!text)
		return -ENOMEM;
	text[length] = '\0';
	source->text = text;
	source->length = length;
	return got < 0 ? -errno : 0;
}

static int read_source(struct source *source, unsigned int seconds)
{
	bool input = !strcmp(source->path, "-");
	/* Opening a FIFO would wait, too. */
	int fd = input ? STDIN_FILENO : open(source->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct timespec end;
	int err;

	if (fd < 0)
		return -errno;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	err = read_all(source, fd, &end);
	if (!input)
		close(fd);
	return err;
}

static int tell_unread(const char *path, int err, unsigned int seconds)
{
	if (err == -ETIMEDOUT)
		fprintf(stderr,
			"amfwctl: %s: its end has not come in %u s: given up; --timeout waits longer\n",
			path, seconds);
	else
		fprintf(stderr, "amfwctl: %s: %s\n", path, strerror(-err));
	return err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
}

/**
 * rules_input_read() - read all files
 * @rules: them
 * @seconds: that each may take
 *
 * Return: an enum exit_code, after a message where it is not EXIT_DONE.
 */
int rules_input_read(struct rules_input *rules, unsigned int seconds)
{
	size_t i;
	int err;

	for (i = 0; i < rules->count; i++) {
		err = read_source(&rules->sources[i], seconds);
		if (err)
			return tell_unread(rules->sources[i].path, err, seconds);
	}
	return EXIT_DONE;
}

/**
 * rules_input_free() - give the memory back
 * @rules: the files
 */
void rules_input_free(struct rules_input *rules)
{
	size_t i;

	for (i = 0; i < rules->count; i++)
		free((char *)rules->sources[i].text);
	free(rules->sources);
	*rules = (struct rules_input) { 0 };
}
