// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends a volley of first packets through whatever stands between several
 * network namespaces, and says which of them fared otherwise than expected.
 *
 *	volley [-v] [-p MS] <TEXT
 *
 * TEXT: see volley_text.c; -v: say all; -p: wait no longer for what has to come
 *
 * A UDP probe is a request of Amanda; where it is expected it gets a reply with
 * the streams it announces, so that a helper opens them.  A TCP probe is a real
 * connection, with data in both directions.  What is expected nowhere is looked
 * for everywhere, by raw sockets: a packet that arrives where nobody waits for
 * it has arrived all the same.
 *
 * Exit: 0 all as expected, 1 not, 2 could not.
 */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "volley.h"

/* A packet that goes nowhere is not waited for longer than others are quiet. */
#define QUIET_MS	40
/* The kernel repeats a SYN after one second. */
#define PATIENCE_MS	1800L

enum kind { SENDER, LISTENER, DATAGRAMS, ACCEPTED, SNIFFER };

/* What an event belongs to. */
struct watched {
	enum kind kind;
	int fd;
	size_t index;		/* of a probe; SNIFFER: of a machine */
	sa_family_t family;
	int protocol;
};

static struct volley volley;
static long patience = PATIENCE_MS;

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void enter(size_t machine)
{
	static size_t here = MACHINES_MAX;

	if (here != machine && setns(volley.machine[machine].ns, CLONE_NEWNET))
		die("setns %s", volley.machine[machine].name);
	here = machine;
}

static struct watched *watch(enum kind kind, int fd, size_t index, uint32_t events)
{
	struct watched *watched = calloc(1, sizeof(*watched));
	struct epoll_event event = { .events = events, .data.ptr = watched };

	if (!watched)
		die("memory");
	watched->kind = kind;
	watched->fd = fd;
	watched->index = index;
	if (epoll_ctl(volley.poll, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
	return watched;
}

static void forget(struct watched *watched)
{
	epoll_ctl(volley.poll, EPOLL_CTL_DEL, watched->fd, NULL);
	free(watched);
}

static void set(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

static socklen_t address_of(const struct end *end, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = end->family;
	if (end->family == AF_INET) {
		memcpy(&v4->sin_addr, end->address, 4);
		v4->sin_port = htons(end->low);
		return sizeof(*v4);
	}
	memcpy(&v6->sin6_addr, end->address, 16);
	v6->sin6_port = htons(end->low);
	return sizeof(*v6);
}

/* All sockets may share a port: a sender's may be another one's listener's. */
static int bound(const struct end *end, int protocol)
{
	struct linger abort_it = { .l_onoff = 1, .l_linger = 0 };
	int type = protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
	int fd = socket(end->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_storage address;
	socklen_t length = address_of(end, &address);

	if (fd < 0)
		die("socket");
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (protocol == IPPROTO_TCP) {
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
		/* Leave no TIME_WAIT behind: the next volley takes the same ports. */
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	}
	if (bind(fd, (struct sockaddr *)&address, length)) {
		char text[64];

		end_print(end, text, sizeof(text));
		die("bind %s", text);
	}
	return fd;
}

/* --- before it ------------------------------------------------------------ */

/* What the last volley left in the connection tracking table of a machine. */
static void forget_flows(void)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg family;
	} message = {
		.head = {
			.nlmsg_len = sizeof(message),
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
	};
	char answer[256];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0 || send(fd, &message, sizeof(message), 0) < 0 ||
	    recv(fd, answer, sizeof(answer), 0) < 0)
		die("flush of the tracked flows");
	close(fd);
}

static void sniff_at(size_t machine, sa_family_t family, int protocol)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	struct watched *watched;

	if (fd < 0)
		die("raw socket");
	set(fd, SOL_SOCKET, SO_RCVBUF, 1 << 20);
	if (family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	watched = watch(SNIFFER, fd, machine, EPOLLIN);
	watched->family = family;
	watched->protocol = protocol;
}

static bool same_listener(const struct probe *a, const struct probe *b)
{
	return a->verdict == EXPECT_PASS && a->at == b->at && a->protocol == b->protocol &&
	       a->seen_destination.family == b->seen_destination.family &&
	       a->seen_destination.low == b->seen_destination.low &&
	       !memcmp(a->seen_destination.address, b->seen_destination.address, 16);
}

static void listen_for(size_t index)
{
	const struct probe *probe = &volley.probe[index], *other;
	int fd;

	if (probe->verdict != EXPECT_PASS)
		return;
	for (other = volley.probe; other < probe; other++)
		if (same_listener(other, probe))
			return;
	enter(probe->at);
	fd = bound(&probe->seen_destination, probe->protocol);
	if (probe->protocol == IPPROTO_TCP && listen(fd, 64))
		die("listen");
	watch(probe->protocol == IPPROTO_TCP ? LISTENER : DATAGRAMS, fd, index, EPOLLIN);
}

static void prepare(void)
{
	size_t i;

	for (i = 0; i < volley.machine_count; i++) {
		enter(i);
		forget_flows();
		if (volley.machine[i].passive)
			continue;
		sniff_at(i, AF_INET, IPPROTO_UDP);
		sniff_at(i, AF_INET, IPPROTO_TCP);
		sniff_at(i, AF_INET6, IPPROTO_UDP);
		sniff_at(i, AF_INET6, IPPROTO_TCP);
	}
	for (i = 0; i < volley.probe_count; i++)
		listen_for(i);
}

/* --- one probe --------------------------------------------------------------- */

static void send_request(struct probe *probe, size_t number)
{
	char text[160];
	int length = snprintf(text, sizeof(text),
			      "Amanda 3.5 REQ HANDLE 000-%08zX SEQ 1795858683\n"
			      "SECURITY USER backup\nSERVICE noop\nOPTIONS ;\n", number);

	if (send(probe->fd, text, (size_t)length, 0) < 0)
		probe->error = errno == EPERM ? 0 : errno;
}

static void launch(size_t number)
{
	struct probe *probe = &volley.probe[number];
	struct sockaddr_storage to;
	socklen_t length = address_of(&probe->destination, &to);
	bool tcp = probe->protocol == IPPROTO_TCP;

	enter(probe->machine);
	probe->fd = bound(&probe->source, probe->protocol);
	if (tcp)
		set(probe->fd, IPPROTO_TCP, TCP_MAXSEG, MSS_BASE + (int)number);
	if (connect(probe->fd, (struct sockaddr *)&to, length) && errno != EINPROGRESS)
		probe->error = errno;
	else if (!tcp)
		send_request(probe, number);
	if (!probe->error)
		watch(SENDER, probe->fd, number, tcp ? EPOLLOUT : EPOLLIN);
}

/* The sender of a TCP probe: connected, so it says who it is. */
static void sender_writes(struct watched *watched, struct probe *probe)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = watched };
	socklen_t length = sizeof(probe->error);
	uint32_t number = (uint32_t)watched->index;

	getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &probe->error, &length);
	if (probe->error || send(probe->fd, &number, sizeof(number), MSG_NOSIGNAL) < 0) {
		forget(watched);
		return;
	}
	epoll_ctl(volley.poll, EPOLL_CTL_MOD, probe->fd, &event);
}

static void sender_reads(struct watched *watched, struct probe *probe)
{
	char answer[512];
	ssize_t got = recv(probe->fd, answer, sizeof(answer), 0);

	if (got > 0)
		probe->answered = true;
	else if (got < 0)
		probe->error = errno;
	forget(watched);
}

/* --- the other end ------------------------------------------------------------ */

static void datagram(const struct watched *watched)
{
	char request[512], reply[512], *handle;
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	ssize_t got = recvfrom(watched->fd, request, sizeof(request) - 1, 0,
			       (struct sockaddr *)&from, &length);
	unsigned long number;
	int used;

	if (got <= 0)
		return;
	request[got] = '\0';
	handle = strstr(request, "HANDLE 000-");
	number = handle ? strtoul(handle + 11, NULL, 16) : PROBES_MAX;
	if (number >= volley.probe_count)
		return;
	used = snprintf(reply, sizeof(reply),
			"Amanda 3.5 REP HANDLE 000-%08lX SEQ 1795858683\n%s%s%sOPTIONS ;\n", number,
			*volley.probe[number].announce ? "CONNECT " : "",
			volley.probe[number].announce,
			*volley.probe[number].announce ? "\n" : "");
	sendto(watched->fd, reply, (size_t)used, 0, (struct sockaddr *)&from, length);
}

static void accepted(const struct watched *watched)
{
	int fd = accept4(watched->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		watch(ACCEPTED, fd, 0, EPOLLIN);
}

static void echo(struct watched *watched)
{
	char text[64];
	ssize_t got = recv(watched->fd, text, sizeof(text), 0);

	if (got > 0)
		send(watched->fd, text, (size_t)got, MSG_NOSIGNAL);
	forget(watched);
}

/* --- all of it ----------------------------------------------------------------- */

static void event(struct watched *watched, uint32_t events)
{
	struct probe *probe = &volley.probe[watched->index];

	switch (watched->kind) {
	case SENDER:
		if (probe->protocol == IPPROTO_TCP && events & EPOLLOUT)
			sender_writes(watched, probe);
		else
			sender_reads(watched, probe);
		break;
	case LISTENER:
		accepted(watched);
		break;
	case DATAGRAMS:
		datagram(watched);
		break;
	case ACCEPTED:
		echo(watched);
		break;
	case SNIFFER:
		sniff(&volley, watched->index, watched->family, watched->protocol, watched->fd);
		break;
	}
}

static bool phase_open(unsigned int phase)
{
	const struct probe *probe;

	for (probe = volley.probe; probe < volley.probe + volley.probe_count; probe++)
		if (probe->phase == phase && !probe->answered && !probe->error &&
		    probe->verdict != EXPECT_REFUSE)
			return true;
	return false;
}

static void wait_for_phase(unsigned int phase)
{
	long start = now_ms(), quiet = start;
	struct epoll_event events[64];
	int count, i;

	for (;;) {
		long now = now_ms();

		if (now - quiet >= QUIET_MS && (!phase_open(phase) || now - start >= patience))
			return;
		count = epoll_wait(volley.poll, events, 64, QUIET_MS / 4);
		for (i = 0; i < count; i++)
			event(events[i].data.ptr, events[i].events);
		if (count > 0)
			quiet = now_ms();
	}
}

static void fire(unsigned int phase)
{
	bool any = false;
	size_t i;

	for (i = 0; i < volley.probe_count; i++) {
		if (volley.probe[i].phase != phase)
			continue;
		launch(i);
		any = true;
	}
	if (any)
		wait_for_phase(phase);
}

int main(int argc, char *argv[])
{
	struct rlimit files = { 16384, 16384 };
	unsigned int phase;
	bool all = false;
	int option;

	while ((option = getopt(argc, argv, "vp:")) != -1) {
		if (option == '?')
			return 2;
		all = all || option == 'v';
		if (option == 'p')
			patience = strtol(optarg, NULL, 10);
	}
	volley.poll = epoll_create1(EPOLL_CLOEXEC);
	if (volley.poll < 0)
		die("epoll");
	setrlimit(RLIMIT_NOFILE, &files);
	volley_read(&volley);
	prepare();
	for (phase = 0; phase < PHASES_MAX; phase++)
		fire(phase);
	return volley_tell(&volley, all) ? 0 : 1;
}
