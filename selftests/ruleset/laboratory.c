// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends packets to a machine that is a network namespace, from both sides and
 * from within, and sees where they come out.
 *
 * Everything happens on one CPU, where frames wait in one queue: once the answer
 * to an ARP request has come, all frames that were sent before it have got as far
 * as they will.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "selftests/ruleset/laboratory.h"

#define BUFFER		(128 << 20)
/* Only a machine that does not answer ARP makes it wait so long. */
#define PATIENCE_MS	3000

static const uint8_t protocols[2][PROTOCOLS] = {
	{ IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ESP },
	{ IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6, IPPROTO_ESP },
};

static const char *const peers[] = { "pl", "pr" };

/** die() - say why it cannot go on, and do not */
void die(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, list);
	fprintf(stderr, ": %s\n", strerror(errno));
	va_end(list);
	exit(2);
}

static int namespace_new(void)
{
	int fd;

	if (unshare(CLONE_NEWNET))
		die("a network namespace");
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("/proc/self/ns/net");
	return fd;
}

/** laboratory_enter() - be the machine, or everybody else */
void laboratory_enter(const struct laboratory *lab, bool machine)
{
	if (setns(machine ? lab->machine : lab->others, CLONE_NEWNET))
		die("setns");
}

static void command(const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (system(text))
		die("%s", text);
}

static void setting(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die("%s", path);
	close(fd);
}

static void peer_address(const char *name, uint8_t bytes[6])
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	strcpy(request.ifr_name, name);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		die("address of %s", name);
	memcpy(bytes, request.ifr_hwaddr.sa_data, 6);
	close(fd);
}

static void machine_link(const char *name, const uint8_t peer[6], int number)
{
	char mac[32];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", peer[0], peer[1], peer[2],
		 peer[3], peer[4], peer[5]);
	command("ip link set %s addrgenmode none up", name);
	command("ip address add 10.%d.0.1/32 dev %s", number, name);
	command("ip address add fd0%d::1/128 dev %s nodad", number, name);
	command("ip neigh add 10.%d.255.254 lladdr %s dev %s", number, mac, name);
	command("ip neigh add fd0%d::ffff lladdr %s dev %s", number, mac, name);
	command("ip route add 10.%d.0.0/16 via 10.%d.255.254 dev %s onlink", number, number, name);
	command("ip -6 route add fd0%d::/32 via fd0%d::ffff dev %s onlink", number, number, name);
}

static void machine_routes(void)
{
	command("ip link set lo up");
	command("ip route add default via 10.2.255.254 dev " RIGHT_LINK " onlink");
	command("ip -6 route add default via fd02::ffff dev " RIGHT_LINK " onlink");
}

static void machine_settings(void)
{
	static const char *const names[] = {
		"ipv4/ip_forward", "1", "ipv6/conf/all/forwarding", "1",
		"ipv4/conf/all/rp_filter", "0", "ipv4/conf/default/rp_filter", "0",
		"ipv4/conf/" LEFT_LINK "/rp_filter", "0",
		"ipv4/conf/" RIGHT_LINK "/rp_filter", "0",
		"ipv4/conf/all/send_redirects", "0",
		"ipv4/conf/" LEFT_LINK "/send_redirects", "0",
		"ipv4/conf/" RIGHT_LINK "/send_redirects", "0",
		"ipv4/conf/all/accept_redirects", "0", "ipv6/conf/all/accept_redirects", "0",
		"ipv4/icmp_ratemask", "0", "ipv6/icmp/ratelimit", "0",
		"ipv4/icmp_echo_ignore_all", "1", "ipv6/icmp/echo_ignore_all", "1",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i += 2)
		setting(names[i], names[i + 1]);
}

static void big_buffer(int fd)
{
	int size = BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int link_socket(const char *name)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	int on = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("packet socket of %s", name);
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	big_buffer(fd);
	return fd;
}

static void open_others(struct laboratory *lab)
{
	int i;

	for (i = 0; i < 2; i++) {
		command("ip link set %s addrgenmode none up", peers[i]);
		lab->link[i] = link_socket(peers[i]);
		peer_address(peers[i], lab->frame_head[i] + 6);
	}
}

/**
 * laboratory_sockets() - those of the machine, which is the namespace that one is in
 * @lab: to fill so far
 */
void laboratory_sockets(struct laboratory *lab)
{
	int six, i, on = 1;

	for (six = 0; six < 2; six++) {
		int family = six ? AF_INET6 : AF_INET;

		lab->send[six] = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
		if (lab->send[six] < 0)
			die("raw socket");
		for (i = 0; i < PROTOCOLS; i++) {
			lab->receive[six][i] = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
						      protocols[six][i]);
			if (lab->receive[six][i] < 0)
				die("raw socket");
			if (six)
				setsockopt(lab->receive[six][i], IPPROTO_IPV6, IPV6_RECVPKTINFO,
					   &on, sizeof(on));
			big_buffer(lab->receive[six][i]);
		}
	}
	entries_open(lab);
}

static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/**
 * laboratory_open() - build it; the caller is the machine then
 * @lab: to fill
 */
void laboratory_open(struct laboratory *lab)
{
	stay_on_one_cpu();
	lab->others = namespace_new();
	lab->machine = namespace_new();
	command("ip link add " LEFT_LINK " type veth peer name %s netns /proc/%d/fd/%d", peers[0],
		getpid(), lab->others);
	command("ip link add " RIGHT_LINK " type veth peer name %s netns /proc/%d/fd/%d", peers[1],
		getpid(), lab->others);
	peer_address(LEFT_LINK, lab->frame_head[0]);
	peer_address(RIGHT_LINK, lab->frame_head[1]);
	laboratory_enter(lab, false);
	open_others(lab);
	laboratory_enter(lab, true);
	machine_link(LEFT_LINK, lab->frame_head[0] + 6, 1);
	machine_link(RIGHT_LINK, lab->frame_head[1] + 6, 2);
	machine_routes();
	machine_settings();
	laboratory_sockets(lab);
}

/** is_machine() - whether an address is one of the machine's */
bool is_machine(bool six, __uint128_t address)
{
	if (six)
		return address == 1 || address == number_of_address(MACHINE_LEFT_6) ||
		       address == number_of_address(MACHINE_RIGHT_6);
	return address >> 24 == 127 || address == number_of_address(MACHINE_LEFT_4) ||
	       address == number_of_address(MACHINE_RIGHT_4);
}

/** route_of() - where the machine sends what is for an address */
enum end route_of(bool six, __uint128_t address)
{
	if (is_machine(six, address))
		return END_HERE;
	if (six)
		return address >> 96 == 0xfd010000 ? END_LEFT : END_RIGHT;
	return address >> 16 == 0x0a01 ? END_LEFT : END_RIGHT;
}

/* --- sending ------------------------------------------------------------------- */

static void send_frame(const struct laboratory *lab, int link, uint16_t type,
		       const uint8_t *bytes, size_t size)
{
	uint8_t frame[ETH_HLEN + PACKET_ROOM];

	memcpy(frame, lab->frame_head[link], 12);
	frame[12] = type >> 8;
	frame[13] = type & 0xff;
	memcpy(frame + ETH_HLEN, bytes, size);
	if (send(lab->link[link], frame, ETH_HLEN + size, 0) < 0)
		die("send");
}

static void send_ask(const struct laboratory *lab, int link)
{
	uint8_t ask[28] = { 0, ARPHRD_ETHER, 8, 0, 6, 4, 0, ARPOP_REQUEST };

	memcpy(ask + 8, lab->frame_head[link] + 6, 6);
	memcpy(ask + 14, (uint8_t []){ 10, (uint8_t)(link + 1), 255, 254 }, 4);
	memcpy(ask + 24, (uint8_t []){ 10, (uint8_t)(link + 1), 0, 1 }, 4);
	send_frame(lab, link, ETH_P_ARP, ask, sizeof(ask));
}

/**
 * laboratory_send_out() - the machine sends a packet
 * @lab: the machine
 * @packet: to whom
 * @bytes: the packet
 * @size: how many
 *
 * What OUTPUT drops fails with EPERM; what was refused, otherwise.
 */
void laboratory_send_out(const struct laboratory *lab, const struct packet *packet,
			 const uint8_t *bytes, size_t size)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr *to = packet->six ? (struct sockaddr *)&six : (struct sockaddr *)&four;

	address_put(packet->six ? six.sin6_addr.s6_addr : (uint8_t *)&four.sin_addr, packet->six,
		    packet->daddr);
	sendto(lab->send[packet->six], bytes, size, 0, to, packet->six ? sizeof(six) : sizeof(four));
}

static void send_one(const struct laboratory *lab, const struct packet *packet)
{
	uint8_t bytes[PACKET_ROOM];
	size_t size = packet_write(packet, bytes);

	if (packet->way == WAY_OUT)
		laboratory_send_out(lab, packet, bytes, size);
	else
		send_frame(lab, packet->way == WAY_LEFT ? 0 : 1,
			   packet->six ? ETH_P_IPV6 : ETH_P_IP, bytes, size);
}

/* --- what comes out ---------------------------------------------------------------- */

static void note(const struct packet *seen, bool refusal, enum end end,
		 const struct packet *packets, size_t count, struct outcome *outcomes)
{
	struct outcome *outcome;
	const struct packet *sent;

	if (seen->id >= count)
		return;
	outcome = &outcomes[seen->id];
	sent = &packets[seen->id];
	if (refusal && !(sent->protocol == seen->protocol &&
			 is_error(sent->six, sent->protocol, sent->type))) {
		outcome->refused = true;
		return;
	}
	outcome->times++;
	outcome->end = end;
	outcome->saddr = seen->saddr;
	outcome->daddr = seen->daddr;
	outcome->sport = seen->sport;
	outcome->dport = seen->dport;
}

/* Returns whether the answer to send_ask() was there. */
static bool drain_link(const struct laboratory *lab, int link, const struct packet *packets,
		       size_t count, struct outcome *outcomes)
{
	uint8_t frame[4096];
	struct packet seen;
	bool answered = false, refusal;
	ssize_t size;

	while ((size = recv(lab->link[link], frame, sizeof(frame), 0)) > 0) {
		if (size < ETH_HLEN)
			continue;
		if (frame[12] == 8 && frame[13] == 6)
			answered = true;
		else if (packet_read(frame + ETH_HLEN, (size_t)size - ETH_HLEN, &seen, &refusal))
			note(&seen, refusal, link ? END_RIGHT : END_LEFT, packets, count, outcomes);
	}
	return answered;
}

static ssize_t receive_six(int fd, uint8_t *bytes, size_t room, struct packet *seen)
{
	uint8_t control[128];
	struct sockaddr_in6 from;
	struct iovec vector = { bytes, room };
	struct msghdr message = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &vector,
		.msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t size = recvmsg(fd, &message, 0);
	struct cmsghdr *c;

	if (size < 0)
		return size;
	seen->saddr = address_get(from.sin6_addr.s6_addr, true);
	for (c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			seen->daddr = address_get(CMSG_DATA(c), true);
	return size;
}

/**
 * laboratory_drain_here() - what has come to the machine itself
 * @lab: the machine
 * @packets: what was sent; the number of each is its index
 * @count: entries of @packets
 * @outcomes: of each, filled where it came
 */
void laboratory_drain_here(const struct laboratory *lab, const struct packet *packets,
			   size_t count, struct outcome *outcomes)
{
	uint8_t bytes[4096];
	bool refusal;
	ssize_t size;
	int i;

	for (i = 0; i < PROTOCOLS; i++) {
		struct packet seen;

		while ((size = recv(lab->receive[0][i], bytes, sizeof(bytes), 0)) > 0)
			if (packet_read(bytes, (size_t)size, &seen, &refusal))
				note(&seen, refusal, END_HERE, packets, count, outcomes);
		memset(&seen, 0, sizeof(seen));
		seen.six = true;
		seen.protocol = protocols[1][i];
		while ((size = receive_six(lab->receive[1][i], bytes, sizeof(bytes), &seen)) >= 0)
			if (transport_read(bytes, (size_t)size, &seen, &refusal))
				note(&seen, refusal, END_HERE, packets, count, outcomes);
	}
}

/**
 * laboratory_send() - send packets, and see what becomes of them
 * @lab: where
 * @packets: the packets; the number of each is its index
 * @count: entries of @packets
 * @outcomes: one for each, to fill
 */
void laboratory_send(struct laboratory *lab, const struct packet *packets, size_t count,
		     struct outcome *outcomes)
{
	struct pollfd wait[2] = { { .fd = lab->link[0], .events = POLLIN },
				  { .fd = lab->link[1], .events = POLLIN } };
	bool answered[2] = { false, false };
	size_t i;

	memset(outcomes, 0, count * sizeof(*outcomes));
	for (i = 0; i < count; i++)
		send_one(lab, &packets[i]);
	send_ask(lab, 0);
	send_ask(lab, 1);
	while (!answered[0] || !answered[1]) {
		int ready = poll(wait, 2, PATIENCE_MS);

		answered[0] |= drain_link(lab, 0, packets, count, outcomes);
		answered[1] |= drain_link(lab, 1, packets, count, outcomes);
		if (ready <= 0)
			break;
	}
	laboratory_drain_here(lab, packets, count, outcomes);
}

/** laboratory_close() - it goes with its descriptors */
void laboratory_close(struct laboratory *lab)
{
	close(lab->machine);
	close(lab->others);
}
