// SPDX-License-Identifier: GPL-2.0-or-later
/* Datagrams of the responder that no socket would send so; see raw.h. */
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#include "selftests/lib/chance.h"
#include "selftests/lib/raw.h"
#include "selftests/lib/report.h"

#define PIECES 4

static int raw_socket(const struct session *s, int protocol)
{
	int fd;

	lab_enter(s->lab, s->responder);
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		die("raw socket: %s", strerror(errno));
	return fd;
}

static void send_raw(const struct session *s, int fd, const void *packet, size_t length)
{
	struct sockaddr_in to = *(const struct sockaddr_in *)&s->caller;

	to.sin_port = 0;
	if (sendto(fd, packet, length, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("raw send of %zu bytes: %s", length, strerror(errno));
}

/* A checksum of 0 says that there is none. */
static size_t udp_packet(const struct session *s, const char *bytes, size_t length, int excess,
			 char *packet)
{
	struct udphdr udp = {
		.source = htons(AMANDA_PORT),
		.dest = ((const struct sockaddr_in *)&s->caller)->sin_port,
		.len = htons((uint16_t)((int)(sizeof(udp) + length) + excess)),
	};

	memcpy(packet, &udp, sizeof(udp));
	memcpy(packet + sizeof(udp), bytes, length);
	return sizeof(udp) + length;
}

/**
 * raw_say() - the responder sends a datagram whose UDP length lies
 * @s: the session, in IPv4
 * @bytes: what stands in the IP packet behind the UDP header
 * @length: how much, at most RAW_MAX
 * @excess: by how much the UDP length is too large
 */
void raw_say(const struct session *s, const char *bytes, size_t length, int excess)
{
	char packet[RAW_MAX + sizeof(struct udphdr)];
	int fd = raw_socket(s, IPPROTO_UDP);

	send_raw(s, fd, packet, udp_packet(s, bytes, length, excess, packet));
	close(fd);
}

static void send_piece(const struct session *s, int fd, uint16_t id, const char *data,
		       size_t from, size_t to, bool more)
{
	char packet[sizeof(struct iphdr) + sizeof(struct udphdr) + RAW_MAX];
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.id = htons(id),
		.frag_off = htons((uint16_t)(from / 8 | (more ? IP_MF : 0))),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.daddr = ((const struct sockaddr_in *)&s->caller)->sin_addr.s_addr,
	};

	memcpy(packet, &ip, sizeof(ip));
	memcpy(packet + sizeof(ip), data + from, to - from);
	send_raw(s, fd, packet, sizeof(ip) + to - from);
}

/* Ends of the pieces; all but the last are multiples of 8. */
static int cut(size_t length, size_t *end)
{
	size_t step = (length / PIECES + 8) & ~(size_t)7;
	int count = 0;

	while (length > step * (size_t)(count + 1)) {
		end[count] = step * (size_t)(count + 1);
		count++;
	}
	end[count++] = length;
	return count;
}

static void shuffle(int *order, int count)
{
	int i;

	for (i = count - 1; i > 0; i--) {
		int other = (int)chance_below((uint32_t)i + 1), kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
}

/* Comes first, says something else, and ends inside another piece. */
static void send_overlap(const struct session *s, int fd, uint16_t id, const char *data,
			 size_t length)
{
	char other[RAW_MAX + sizeof(struct udphdr)];

	memcpy(other, data, length);
	memset(other + 8, '1', 24);
	send_piece(s, fd, id, other, 8, 32, true);
}

/**
 * raw_say_in_pieces() - the responder sends a datagram in fragments of its own
 * @s: the session, in IPv4
 * @bytes: the datagram
 * @length: its length, at least 64 and at most RAW_MAX
 * @how: what is wrong with them
 */
void raw_say_in_pieces(const struct session *s, const char *bytes, size_t length,
		       enum raw_pieces how)
{
	char data[RAW_MAX + sizeof(struct udphdr)];
	int order[PIECES + 1] = { 0, 1, 2, 3, 4 };
	int fd = raw_socket(s, IPPROTO_RAW);
	static uint16_t id;
	size_t end[PIECES + 1];
	int count, i;

	length = udp_packet(s, bytes, length, 0, data);
	count = cut(length, end);
	if (how != PIECES_IN_ORDER)
		shuffle(order, count);
	id++;
	if (how == PIECES_OVERLAP)
		send_overlap(s, fd, id, data, length);
	for (i = how == PIECES_MISSING ? 1 : 0; i < count; i++)
		send_piece(s, fd, id, data, order[i] ? end[order[i] - 1] : 0, end[order[i]],
			   order[i] < count - 1);
	close(fd);
}
