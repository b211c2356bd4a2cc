// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: what a kernel, or a liar, answers when it is asked for its
 * interfaces and its sets of ipset, which no library takes apart.  What libnftnl takes
 * apart is not in here: 1.2.4 reads at NULL where an attribute is missing that every
 * kernel gives, and ends the process at one that it does not expect; see fuzz_bytecode.c
 * for what comes out of it.
 *
 * An input is a row of replies: two bytes of length, the lower first, and so many bytes
 * of netlink.  The sequence numbers in them are made those of the question, or nothing
 * would be read.  Who asks on gets the end of a dump.
 */
/* fuzz-cost: 20 */
/* fuzz-length: 8192 */
/* fuzz-uses: userspace/ruleset/arena.c userspace/ruleset/ipset_entry.c userspace/ruleset/ipset_read.c userspace/ruleset/links.c userspace/ruleset/netlink.c userspace/ruleset/set.c -Wl,--wrap=send -Wl,--wrap=recv -lmnl */
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ruleset/ipset_read.h"
#include "ruleset/links.h"
#include "ruleset/netlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
ssize_t __wrap_send(int fd, const void *message, size_t length, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t room, int flags);

#define MEMORY	((size_t)64 << 20)

/* What is left of the input, and what was asked last. */
static const uint8_t *input;
static size_t input_left;
static uint32_t sequence;

ssize_t __wrap_send(int fd, const void *message, size_t length, int flags)
{
	(void)fd;
	(void)flags;
	sequence = ((const struct nlmsghdr *)message)->nlmsg_seq;
	return (ssize_t)length;
}

static void answer_to_question(char *reply, size_t length)
{
	struct nlmsghdr *header = (struct nlmsghdr *)reply;

	while (netlink_whole(header, length)) {
		header->nlmsg_seq = sequence;
		header = netlink_next(header, &length);
	}
}

static ssize_t end_of_dump(void *to)
{
	struct nlmsghdr end = {
		.nlmsg_len = NLMSG_LENGTH(0), .nlmsg_type = NLMSG_DONE,
		.nlmsg_flags = NLM_F_MULTI, .nlmsg_seq = sequence,
	};

	memcpy(to, &end, sizeof(end));
	return sizeof(end);
}

ssize_t __wrap_recv(int fd, void *to, size_t room, int flags)
{
	size_t length;

	(void)fd;
	(void)flags;
	/* What is behind a message is nobody's, although there is room. */
	__asan_unpoison_memory_region(to, room);
	if (input_left < 2)
		return end_of_dump(to);
	length = input[0] | (size_t)input[1] << 8;
	input += 2;
	input_left -= 2;
	if (length > input_left)
		length = input_left;
	if (length > room)
		length = room;
	memcpy(to, input, length);
	input += length;
	input_left -= length;
	/* An empty reply is none: the socket would be closed. */
	if (!length)
		return end_of_dump(to);
	answer_to_question(to, length);
	__asan_poison_memory_region((char *)to + length, room - length);
	return (ssize_t)length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset ruleset = { .arena = arena_new(MEMORY) };
	struct dump dump = { .count = 0 };

	if (!ruleset.arena)
		return 0;
	input = data;
	input_left = size;
	links_read(&ruleset, &dump, 1);
	ipset_read(&ruleset, &dump, 1);
	free(dump.interfaces);
	free(dump.ipsets);
	arena_free(ruleset.arena);
	return 0;
}
