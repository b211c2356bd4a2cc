// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sending a big transaction of nf_tables as several small ones.
 *
 * libnftables sends a whole file in one message, and raises the socket's buffer
 * for that with SO_SNDBUFFORCE, which root of a user namespace may not: the
 * kernel answers EMSGSIZE to a few hundred rules (netlink_sendmsg() in
 * af_netlink.c).  Cutting the text of the file instead would need all of nft's
 * grammar - definitions, includes, nested blocks - and would lose lines and
 * columns of errors.  So sendmsg() is looked at here, before libc's: a batch that
 * is too long is cut between messages of it.  Sequence numbers stay as they are,
 * and libnftables finds the place of each error by them.
 *
 * In a namespace that nobody else sees, nobody can tell that the ruleset came in
 * pieces.  What must stay in one piece is that which the kernel finds by a number
 * valid within one transaction only: anonymous sets and chains, with the rule
 * that uses them.
 */
#include "ruleset/batch_split.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What netlink_sendmsg() takes off the room, and the begin and end of a batch. */
#define OVERHEAD	256

static bool split_allowed;
static bool split_failed;
static bool piece_committed;

/**
 * batch_split_allow() - begin or end to cut batches that are too long
 * @allow: whether to
 */
void batch_split_allow(bool allow)
{
	split_allowed = allow;
	split_failed = false;
	piece_committed = false;
}

/**
 * batch_split_failed() - whether one piece alone was too long
 *
 * Return: true where a batch could not be cut.
 */
bool batch_split_failed(void)
{
	return split_failed;
}

/**
 * batch_split_committed() - whether a part of a batch is in the kernel for good
 *
 * Return: true where the rest of it may have failed.
 */
bool batch_split_committed(void)
{
	return piece_committed;
}

static ssize_t send_plainly(int fd, const struct msghdr *message, int flags)
{
	return syscall(SYS_sendmsg, fd, message, flags);
}

/* The bytes of @message in one place. */
static char *gather(const struct msghdr *message, size_t *length)
{
	char *bytes;
	size_t i;

	*length = 0;
	for (i = 0; i < message->msg_iovlen; i++)
		*length += message->msg_iov[i].iov_len;
	bytes = malloc(*length ? *length : 1);
	*length = 0;
	for (i = 0; bytes && i < message->msg_iovlen; i++) {
		memcpy(bytes + *length, message->msg_iov[i].iov_base,
		       message->msg_iov[i].iov_len);
		*length += message->msg_iov[i].iov_len;
	}
	return bytes;
}

static bool is_batch(const struct msghdr *message)
{
	const struct sockaddr_nl *address = message->msg_name;
	const struct nlmsghdr *first;

	if (!address || message->msg_namelen != sizeof(*address) ||
	    address->nl_family != AF_NETLINK || !message->msg_iovlen ||
	    message->msg_iov[0].iov_len < sizeof(*first))
		return false;
	first = message->msg_iov[0].iov_base;
	return first->nlmsg_type == NFNL_MSG_BATCH_BEGIN;
}

static bool has_flag(const struct nlmsghdr *header, uint16_t type, uint32_t flag)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == type &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			return ntohl(mnl_attr_get_u32(attr)) & flag;
	return false;
}

static bool has_attribute(const struct nlmsghdr *header, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == type)
			return true;
	return false;
}

/*
 * Whether what has no name yet is complete after @header, given that it was
 * @complete before.  Rules of an anonymous chain name it by number.
 */
static bool complete_after(const struct nlmsghdr *header, bool complete)
{
	switch (NFNL_MSG_TYPE(header->nlmsg_type)) {
	case NFT_MSG_NEWSET:
		return complete && !has_flag(header, NFTA_SET_FLAGS, NFT_SET_ANONYMOUS);
	case NFT_MSG_NEWCHAIN:
		return complete && !has_flag(header, NFTA_CHAIN_FLAGS, NFT_CHAIN_BINDING);
	case NFT_MSG_NEWRULE:
		return !has_attribute(header, NFTA_RULE_CHAIN_ID);
	default:
		return complete;
	}
}

/* Sends @begin, the messages and @end, and nothing more: one transaction. */
static int send_piece(int fd, const struct msghdr *like, const struct nlmsghdr *begin,
		      const char *from, size_t length, const struct nlmsghdr *end)
{
	struct iovec parts[3] = {
		{ .iov_base = (void *)begin, .iov_len = begin->nlmsg_len },
		{ .iov_base = (void *)from, .iov_len = length },
		{ .iov_base = (void *)end, .iov_len = end->nlmsg_len },
	};
	struct msghdr message = *like;

	message.msg_iov = parts;
	message.msg_iovlen = 3;
	return send_plainly(fd, &message, 0) < 0 ? -1 : 0;
}

/* The kernel answers while it takes a batch in: an answer here is an error. */
static bool has_answer(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC) > 0;
}

/**
 * struct cut - where a batch can be cut
 * @from: the first byte not yet sent
 * @safe: up to here everything is complete
 */
struct cut {
	const char *from;
	const char *safe;
	bool complete;
};

static int send_pieces(int fd, const struct msghdr *like, const char *bytes, size_t length,
		       size_t most)
{
	const struct nlmsghdr *begin = (const struct nlmsghdr *)bytes;
	/* The end of a batch is a header and struct nfgenmsg. */
	const struct nlmsghdr *end = (const struct nlmsghdr *)
		(bytes + length - NLMSG_LENGTH(sizeof(struct nfgenmsg)));
	struct nlmsghdr *at;
	struct cut cut = { .complete = true };
	int left = (int)length;

	at = mnl_nlmsg_next(begin, &left);
	cut.from = cut.safe = (const char *)at;
	for (; mnl_nlmsg_ok(at, left) && at != end; at = mnl_nlmsg_next(at, &left)) {
		const char *next = (const char *)at + NLMSG_ALIGN(at->nlmsg_len);

		if ((size_t)(next - cut.from) > most && cut.safe > cut.from) {
			if (send_piece(fd, like, begin, cut.from, (size_t)(cut.safe - cut.from),
				       end) < 0)
				return -1;
			if (has_answer(fd))
				return 0;
			piece_committed = true;
			cut.from = cut.safe;
		}
		cut.complete = complete_after(at, cut.complete);
		if (cut.complete)
			cut.safe = next;
	}
	return send_piece(fd, like, begin, cut.from, (size_t)((const char *)end - cut.from), end);
}

static ssize_t send_split(int fd, const struct msghdr *message)
{
	int room = 0;
	socklen_t size = sizeof(room);
	size_t length;
	char *bytes = gather(message, &length);
	int result = -1;

	if (bytes && !getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size) && room > 4096 &&
	    length < (size_t)INT32_MAX)
		result = send_pieces(fd, message, bytes, length, (size_t)room - OVERHEAD);
	else
		errno = EMSGSIZE;
	split_failed = result < 0 && errno == EMSGSIZE;
	free(bytes);
	return result < 0 ? -1 : (ssize_t)length;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags);

/**
 * sendmsg() - as libc's, except for batches
 * @fd: socket
 * @message: what to send
 * @flags: how
 *
 * Return: how much was sent, or -1 and errno.
 */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t sent = send_plainly(fd, message, flags);

	if (sent >= 0 || errno != EMSGSIZE || !split_allowed || !is_batch(message))
		return sent;
	return send_split(fd, message);
}
