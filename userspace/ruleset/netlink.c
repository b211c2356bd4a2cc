// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One question to the kernel and its answers.
 *
 * libmnl's callbacks turn every failure into -1 and errno, and end a dump that
 * was interrupted without emptying the socket; here the rest is read, so that
 * the socket can be asked again.
 */
#include "ruleset/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel fills replies to a dump up to 32 kB (netlink_dump() in af_netlink.c). */
#define REPLY_ROOM	65536

/* Tells the answers to one question from those to the one before. */
static uint32_t last_sequence;

struct answer {
	uint32_t sequence;
	bool dump;
	bool over;
	int result;
	netlink_take take;
	void *data;
};

static void take_end(struct answer *answer, const struct nlmsghdr *header)
{
	int code = 0;

	if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(code)))
		memcpy(&code, NLMSG_DATA(header), sizeof(code));
	if (code < 0 && !answer->result)
		answer->result = code;
	answer->over = true;
}

static void take_message(struct answer *answer, const struct nlmsghdr *header)
{
	if (header->nlmsg_flags & NLM_F_DUMP_INTR && !answer->result)
		answer->result = -EINTR;
	if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) {
		take_end(answer, header);
		return;
	}
	if (!answer->result && answer->take)
		answer->result = answer->take(header, answer->data);
	if (!answer->dump && !(header->nlmsg_flags & NLM_F_MULTI))
		answer->over = true;
}

/**
 * netlink_whole() - whether a message is all there
 * @header: of it
 * @length: what is there from @header on
 *
 * NLMSG_NEXT() makes a length that has no sign huge, behind a last message that is not
 * filled up to four bytes; mnl_nlmsg_ok() takes a message of two gigabytes for one of
 * less than none.
 */
bool netlink_whole(const struct nlmsghdr *header, size_t length)
{
	return length >= sizeof(*header) && header->nlmsg_len >= sizeof(*header) &&
	       header->nlmsg_len <= length;
}

/**
 * netlink_next() - the message behind a whole one
 * @header: of that
 * @length: what is there from @header on; is set to what is there behind the message
 */
struct nlmsghdr *netlink_next(struct nlmsghdr *header, size_t *length)
{
	size_t step = NLMSG_ALIGN(header->nlmsg_len);

	*length -= step < *length ? step : *length;
	return (struct nlmsghdr *)((char *)header + step);
}

static void take_reply(struct answer *answer, char *reply, size_t length)
{
	struct nlmsghdr *header = (struct nlmsghdr *)reply;

	while (!answer->over && netlink_whole(header, length)) {
		if (header->nlmsg_seq == answer->sequence)
			take_message(answer, header);
		header = netlink_next(header, &length);
	}
}

/**
 * netlink_ask() - ask the kernel and wait for the whole answer
 * @fd: socket
 * @request: the question; gets a sequence number
 * @take: is called for each message of the answer; may be NULL
 * @data: for @take
 *
 * Return: 0, what @take returned, or -errno; -EINTR where what is asked for
 * changed meanwhile.
 */
int netlink_ask(int fd, struct nlmsghdr *request, netlink_take take, void *data)
{
	struct answer answer = {
		.dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP,
		.take = take, .data = data,
	};
	char *reply = malloc(REPLY_ROOM);
	ssize_t length;

	if (!reply)
		return -ENOMEM;
	answer.sequence = request->nlmsg_seq = ++last_sequence;
	if (send(fd, request, request->nlmsg_len, 0) < 0) {
		answer.result = -errno;
		answer.over = true;
	}
	while (!answer.over) {
		length = recv(fd, reply, REPLY_ROOM, 0);
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0) {
			answer.result = length < 0 ? -errno : -EIO;
			break;
		}
		take_reply(&answer, reply, (size_t)length);
	}
	free(reply);
	return answer.result;
}

/**
 * arena_bytes() - copy some bytes
 * @arena: where to
 * @bytes: the bytes
 * @length: how many; a NUL is put behind
 *
 * Return: the copy, or NULL without memory.
 */
char *arena_bytes(struct arena *arena, const char *bytes, size_t length)
{
	char *copy = arena_take(arena, length + 1);

	if (copy) {
		memcpy(copy, bytes, length);
		copy[length] = '\0';
	}
	return copy;
}

/**
 * arena_text() - copy a text
 * @arena: where to
 * @text: the text
 *
 * Return: the copy, or NULL without memory.
 */
char *arena_text(struct arena *arena, const char *text)
{
	return arena_bytes(arena, text, strlen(text));
}
