// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One machine of a site and all that it talks with, in network namespaces.
 *
 * Each address that the machine exchanges packets with gets a namespace, and
 * each interface of the machine a switch, to which those are attached that lie
 * on that side.  What other gateways do is done when packets come to the
 * machine: whoever is behind one stands here with the address it is seen by.
 */
#include "prove/lab.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "flow/route.h"

/* More namespaces than that a machine makes with difficulty. */
#define PEERS_MOST	1000

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written ? 0 : -EACCES;
}

static int own_network(void)
{
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	/* Absent where the kernel has no IPv6. */
	write_file("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
	/* What connections leave behind is in the way of the next from and to the same ports. */
	write_file("/proc/sys/net/ipv4/tcp_max_tw_buckets", "0");
	link_up("lo");
	return fd;
}

/* As root, too: what runs here cannot touch the machine's own then. */
static bool become_root(void)
{
	uid_t user = geteuid();
	gid_t group = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER) < 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", user);
	if (write_file("/proc/self/uid_map", map))
		return false;
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", group);
	return !write_file("/proc/self/gid_map", map);
}

/** lab_enter() - go into a namespace, with this very process */
int lab_enter(int network)
{
	return setns(network, CLONE_NEWNET) < 0 ? -errno : 0;
}

static struct mac mac_of(unsigned int kind, size_t number)
{
	return (struct mac) { { 2, 0, 0, (uint8_t)kind, (uint8_t)(number >> 8), (uint8_t)number } };
}

static size_t side_named(struct lab *lab, const char *name)
{
	size_t i;

	for (i = 0; i < lab->side_count; i++)
		if (!strcmp(lab->names[i], name))
			return i;
	snprintf(lab->names[i], sizeof(lab->names[i]), "%.15s", name);
	lab->side_count++;
	return i;
}

static void find_sides(struct lab *lab)
{
	const struct host *host = lab->host;
	char name[32];
	size_t i, j;

	for (i = 0; i < host->address_count; i++) {
		if (host->address_interface[i] != NO_INTERFACE) {
			lab->sides[i] = side_named(lab,
						   host->interfaces[host->address_interface[i]].name);
			continue;
		}
		/* Two addresses in one net are at one interface. */
		for (j = 0; j < i; j++)
			if (address_in_net(&host->address[i], &host->address[j]))
				break;
		snprintf(name, sizeof(name), "net%zu", i);
		lab->sides[i] = j < i ? lab->sides[j] : side_named(lab, name);
	}
}

static int make_side(struct lab *lab, size_t side)
{
	char bridge[32], port[32];
	struct mac mac = mac_of(1, side);
	size_t i;
	int err;

	snprintf(bridge, sizeof(bridge), "switch%zu", side);
	snprintf(port, sizeof(port), "machine%zu", side);
	err = lab_enter(lab->machine) ? : link_pair(lab->names[side], &mac, port, lab->wires);
	err = err ? : link_up(lab->names[side]);
	for (i = 0; i < lab->host->address_count && !err; i++)
		if (lab->sides[i] == side)
			err = link_address(lab->names[side], &lab->host->address[i]);
	err = err ? : lab_enter(lab->wires);
	err = err ? : link_bridge(bridge);
	return err ? : link_join(port, bridge);
}

static int forward(void)
{
	write_file("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	write_file("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
	write_file("/proc/sys/net/ipv4/conf/default/rp_filter", "0");
	return write_file("/proc/sys/net/ipv4/ip_forward", "1");
}

/* Who is rejected has to be told each time: no type of ICMP is limited, if it can be so. */
static void speak_at_any_rate(void)
{
	write_file("/proc/sys/net/ipv4/icmp_ratemask", "0");
	write_file("/proc/sys/net/ipv6/icmp/ratelimit", "0");
}

static int make_machine(struct lab *lab, FILE *errors)
{
	size_t i;
	int err = 0;

	lab->wires = own_network();
	lab->machine = lab->wires < 0 ? -1 : own_network();
	if (lab->machine < 0) {
		fprintf(errors, "no network namespaces: %s\n", strerror(errno));
		return -1;
	}
	if (lab->host->roles & ROLE_GATEWAY && forward()) {
		fputs("/proc/sys/net cannot be written: nothing would be forwarded\n", errors);
		return -1;
	}
	speak_at_any_rate();
	for (i = 0; i < lab->side_count && !err; i++)
		err = make_side(lab, i);
	if (err)
		fprintf(errors, "interface %s: %s\n", lab->names[i - 1], strerror(-err));
	return err ? -1 : 0;
}

/**
 * lab_open() - build a machine
 * @lab: to fill; lab_close() it whatever is returned
 * @host: the machine
 * @errors: where to say why not
 *
 * This process is in namespaces of its own afterwards, for good.
 *
 * Return: 0 or -1.
 */
int lab_open(struct lab *lab, const struct host *host, FILE *errors)
{
	memset(lab, 0, sizeof(*lab));
	lab->host = host;
	lab->machine = -1;
	lab->wires = -1;
	lab->sides = calloc(host->address_count + 1, sizeof(*lab->sides));
	lab->names = calloc(host->address_count + 1, sizeof(*lab->names));
	if (!lab->sides || !lab->names)
		return -1;
	if (!become_root()) {
		fprintf(errors, "a user namespace is needed, which this user may not make: %s\n",
			strerror(errno));
		return -1;
	}
	find_sides(lab);
	return make_machine(lab, errors);
}

static bool is_loopback(const struct address *address)
{
	if (address->family == AF_INET)
		return ntohl(address->v4.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&address->v6);
}

static bool is_own(const struct lab *lab, const struct address *address)
{
	size_t i;

	for (i = 0; i < lab->host->address_count; i++)
		if (address_equal(address, &lab->host->address[i]))
			return true;
	return is_loopback(address);
}

/* The machine's address on the side of a peer. */
static size_t facing(const struct lab *lab, const struct address *peer)
{
	const struct host *host = lab->host;
	const char *name = host_interface_to(host, peer);
	size_t i, any = SIZE_MAX;

	for (i = 0; i < host->address_count; i++) {
		if (host->address[i].family != peer->family)
			continue;
		if (name ? !strcmp(name, lab->names[lab->sides[i]]) :
			   address_in_net(peer, &host->address[i]))
			return i;
		if (any == SIZE_MAX)
			any = i;
	}
	return any;
}

static int attach(struct lab *lab, const struct lab_peer *peer, size_t number, size_t own)
{
	char port[32], bridge[32];
	const struct address *gateway = &lab->host->address[own];
	size_t side = lab->sides[own];
	struct address alone = peer->address;
	struct mac mac = mac_of(2, number), other = mac_of(1, side);
	int err;

	alone.prefix = alone.family == AF_INET ? 32 : 128;
	snprintf(port, sizeof(port), "peer%zu", number);
	snprintf(bridge, sizeof(bridge), "switch%zu", side);
	err = link_pair("eth0", &mac, port, lab->wires) ? : link_up("eth0");
	err = err ? : link_address("eth0", &alone);
	err = err ? : link_neighbour("eth0", gateway, &other);
	err = err ? : link_route("eth0", NULL, gateway, NULL);
	err = err ? : lab_enter(lab->wires) ? : link_join(port, bridge);
	err = err ? : lab_enter(lab->machine);
	err = err ? : link_route(lab->names[side], &alone, NULL, NULL);
	return err ? : link_neighbour(lab->names[side], &alone, &mac);
}

static struct lab_peer *peer_add(struct lab *lab, const struct address *address)
{
	struct lab_peer *grown;
	size_t room = lab->peer_room ? 2 * lab->peer_room : 16;

	if (lab->peer_count >= PEERS_MOST)
		return NULL;
	if (lab->peer_count == lab->peer_room) {
		grown = reallocarray(lab->peers, room, sizeof(*grown));
		if (!grown)
			return NULL;
		lab->peers = grown;
		lab->peer_room = room;
	}
	grown = &lab->peers[lab->peer_count];
	grown->address = *address;
	grown->network = own_network();
	if (grown->network < 0)
		return NULL;
	lab->peer_count++;
	return grown;
}

/**
 * lab_network() - the namespace that has an address; it is made if need be
 * @lab: the laboratory
 * @address: the address
 * @errors: where to say why not
 *
 * Return: its descriptor, which @lab keeps; or -1.
 */
int lab_network(struct lab *lab, const struct address *address, FILE *errors)
{
	char text[INET6_ADDRSTRLEN];
	struct lab_peer *peer;
	size_t i, own;
	int err = -ENOMEM;

	if (is_own(lab, address))
		return lab->machine;
	for (i = 0; i < lab->peer_count; i++)
		if (address_equal(address, &lab->peers[i].address))
			return lab->peers[i].network;
	own = facing(lab, address);
	address_print(address, text);
	if (own == SIZE_MAX) {
		fprintf(errors, "%s has no address to talk with %s\n", lab->host->name, text);
		return -1;
	}
	peer = peer_add(lab, address);
	if (peer)
		err = attach(lab, peer, lab->peer_count, own);
	if (!err)
		return peer->network;
	fprintf(errors, "namespace of %s: %s\n", text, strerror(-err));
	return -1;
}

/**
 * lab_speak_as() - say which address a program of the machine shall speak as
 * @lab: the laboratory
 * @peer: to whom
 * @own: the address
 *
 * Return: 0 or -errno.
 */
int lab_speak_as(const struct lab *lab, const struct address *peer, const struct address *own)
{
	struct address alone = *peer;
	size_t at = facing(lab, peer);

	if (at == SIZE_MAX || is_own(lab, peer) || !is_own(lab, own))
		return 0;
	alone.prefix = alone.family == AF_INET ? 32 : 128;
	return lab_enter(lab->machine) ? :
		link_route(lab->names[lab->sides[at]], &alone, NULL, own);
}

/* Waits, and comes after the work that holds the lock of rtnetlink meanwhile. */
static bool wait_for_link(int network, const char *name)
{
	int tries;

	if (lab_enter(network))
		return false;
	for (tries = 0; tries < 5000 && !link_runs(name); tries++)
		usleep(1000);
	return link_runs(name) && !link_up(name);
}

/**
 * lab_ready() - wait until all links carry packets
 * @lab: the laboratory
 * @errors: where to say which does not
 *
 * Return: 0 or -1.
 */
int lab_ready(struct lab *lab, FILE *errors)
{
	const char *late = NULL;
	size_t i;

	for (i = 0; i < lab->side_count && !late; i++)
		if (!wait_for_link(lab->machine, lab->names[i]))
			late = lab->names[i];
	for (i = 0; i < lab->peer_count && !late; i++)
		if (!wait_for_link(lab->peers[i].network, "eth0"))
			late = "eth0";
	if (late)
		fprintf(errors, "the link %s does not come up\n", late);
	return late ? -1 : 0;
}

/**
 * lab_forget() - let the machine forget the connections it has seen
 * @lab: the laboratory
 */
void lab_forget(const struct lab *lab)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg family;
	} message = {
		.header = {
			.nlmsg_len = sizeof(message),
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
	};
	char answer[256];
	int fd;

	if (lab_enter(lab->machine))
		return;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	/* Where nothing is tracked there is nothing to forget: failure is no matter. */
	if (fd >= 0 && send(fd, &message, sizeof(message), 0) > 0 &&
	    recv(fd, answer, sizeof(answer), 0) < 0)
		errno = 0;
	if (fd >= 0)
		close(fd);
}

/**
 * lab_close() - let it go
 * @lab: the laboratory
 */
void lab_close(struct lab *lab)
{
	size_t i;

	for (i = 0; i < lab->peer_count; i++)
		close(lab->peers[i].network);
	if (lab->machine >= 0)
		close(lab->machine);
	if (lab->wires >= 0)
		close(lab->wires);
	free(lab->peers);
	free(lab->sides);
	free(lab->names);
}
