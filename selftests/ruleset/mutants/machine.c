// SPDX-License-Identifier: GPL-2.0-or-later
/* One machine of a site as a network namespace; see machine.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <nftables/libnftables.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "flow/route.h"
#include "prove/link.h"
#include "selftests/ruleset/mutants/machine.h"

#define TUN	"/dev/net/tun"
/* What the machine sends to itself goes through a queue of the kernel's. */
#define LOOP_MS	20

/*
 * No program listens here, and the kernel would say so to who connects: connection
 * tracking must not hear that, or the connection is over.  The second chain has it
 * track whether or not a rule asks for it.
 */
static const char quiet[] =
	"table inet quiet {"
	" chain resets { type filter hook output priority -400; tcp flags & rst == rst drop; };"
	" chain watch { type filter hook prerouting priority 2000; ct state new continue; }; }";

static void nft(const char *text)
{
	struct nft_ctx *context = nft_ctx_new(NFT_CTX_DEFAULT);

	if (nft_run_cmd_from_buffer(context, text))
		die("nft");
	nft_ctx_free(context);
}

/** machine_flush() - no rules at all */
void machine_flush(struct machine *machine)
{
	(void)machine;
	nft("flush ruleset");
}

/** machine_rules() - beside the rules under test, those that the test itself needs */
void machine_rules(struct machine *machine)
{
	(void)machine;
	nft(quiet);
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

/** machine_possible() - whether there are such devices */
bool machine_possible(void)
{
	return !access(TUN, R_OK | W_OK);
}

static int tun_open(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open(TUN, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		die("%s: %s", TUN, name);
	return fd;
}

static size_t side_named(struct machine *machine, const char *name)
{
	struct side *side = &machine->side[machine->sides];
	size_t i;

	for (i = 0; i < machine->sides; i++)
		if (!strcmp(machine->side[i].name, name))
			return i;
	if (machine->sides == SIDES_MOST) {
		errno = E2BIG;
		die("interfaces of %s", machine->host->name);
	}
	snprintf(side->name, sizeof(side->name), "%.15s", name);
	side->tun = tun_open(side->name);
	if (link_up(side->name))
		die("%s", side->name);
	return machine->sides++;
}

/* As the site says; two addresses in one net are at one interface. */
static size_t side_of_own(struct machine *machine, size_t number)
{
	const struct host *host = machine->host;
	size_t interface = host->address_interface[number], i;
	char name[INTERFACE_NAME_SIZE];

	if (interface != NO_INTERFACE)
		return side_named(machine, host->interfaces[interface].name);
	for (i = 0; i < number; i++)
		if (address_in_net(&host->address[number], &host->address[i]))
			return machine->side_of[i];
	snprintf(name, sizeof(name), "net%u", (unsigned int)number % 1000);
	return side_named(machine, name);
}

static void make_sides(struct machine *machine)
{
	const struct host *host = machine->host;
	size_t i;

	machine->side_of = calloc(host->address_count, sizeof(*machine->side_of));
	if (!machine->side_of)
		die("memory");
	for (i = 0; i < host->address_count; i++) {
		machine->side_of[i] = side_of_own(machine, i);
		if (link_address(machine->side[machine->side_of[i]].name, &host->address[i]))
			die("address of %s", machine->side[machine->side_of[i]].name);
	}
}

static void settings(const struct host *host)
{
	static const char *const names[] = {
		"ipv4/conf/all/rp_filter", "0", "ipv4/conf/default/rp_filter", "0",
		"ipv4/conf/all/send_redirects", "0", "ipv4/conf/default/send_redirects", "0",
		"ipv6/conf/default/accept_dad", "0",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i += 2)
		setting(names[i], names[i + 1]);
	if (!(host->roles & ROLE_GATEWAY))
		return;
	setting("ipv4/ip_forward", "1");
	setting("ipv6/conf/all/forwarding", "1");
}

/* Nobody sends more than a few packets of a connection, whose numbers do not matter. */
static void track(struct machine *machine)
{
	machine_rules(machine);
	setting("netfilter/nf_conntrack_tcp_be_liberal", "1");
}

/* Strangers are out there where the first address is, if the site does not say. */
static void default_routes(const struct machine *machine)
{
	const struct host *host = machine->host;
	char command[96];
	size_t side = 0, i;

	for (i = 0; i < host->interface_count; i++)
		if (host->interfaces[i].is_default)
			for (side = 0; side + 1 < machine->sides; side++)
				if (!strcmp(machine->side[side].name, host->interfaces[i].name))
					break;
	for (i = 0; i < 2; i++) {
		snprintf(command, sizeof(command), "ip %s route add default dev %s",
			 i ? "-6" : "-4", machine->side[side].name);
		if (system(command))
			die("%s", command);
	}
}

/**
 * machine_open() - build it; this process is in it then
 * @machine: to fill
 * @host: of the site
 */
void machine_open(struct machine *machine, const struct host *host)
{
	memset(machine, 0, sizeof(*machine));
	machine->host = host;
	if (unshare(CLONE_NEWNET))
		die("a network namespace");
	settings(host);
	if (link_up("lo"))
		die("lo");
	make_sides(machine);
	default_routes(machine);
	laboratory_sockets(&machine->lab);
	track(machine);
}

/** machine_side() - the interface towards somebody, as the site has it */
size_t machine_side(const struct machine *machine, const struct address *peer)
{
	const struct host *host = machine->host;
	const char *name = host_interface_to(host, peer);
	size_t i, any = SIZE_MAX;

	for (i = 0; i < host->address_count; i++) {
		if (host->address[i].family != peer->family)
			continue;
		if (name ? !strcmp(name, machine->side[machine->side_of[i]].name) :
			   address_in_net(peer, &host->address[i]))
			return machine->side_of[i];
		if (any == SIZE_MAX)
			any = i;
	}
	return any == SIZE_MAX ? 0 : machine->side_of[any];
}

/** address_number() - as the tests have addresses */
__uint128_t address_number(const struct address *address)
{
	return address_get((const uint8_t *)&address->v4, address->family == AF_INET6);
}

/** machine_is() - whether an address is its own */
bool machine_is(const struct machine *machine, bool six, __uint128_t address)
{
	const struct host *host = machine->host;
	size_t i;

	for (i = 0; i < host->address_count; i++)
		if ((host->address[i].family == AF_INET6) == six &&
		    address_number(&host->address[i]) == address)
			return true;
	return six ? address == 1 : address >> 24 == 127;
}

/** machine_peer() - have it know the way to somebody */
void machine_peer(struct machine *machine, const struct address *peer)
{
	struct address alone = *peer;

	if (machine_is(machine, peer->family == AF_INET6, address_number(peer)))
		return;
	alone.prefix = alone.family == AF_INET ? 32 : 128;
	if (link_route(machine->side[machine_side(machine, peer)].name, &alone, NULL, NULL))
		die("route");
}

static uint16_t sum_up(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < size; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/*
 * A datagram that says something.  Two bytes behind the text make up for it in the
 * checksum, which packet_write() has reckoned for zeros.
 */
static size_t write_text(const struct packet *packet, const char *text, uint8_t *bytes)
{
	size_t head = (packet->six ? 40 : 20) + 8, length = (strlen(text) + 1) & ~(size_t)1;
	struct packet long_enough = *packet;
	size_t size;
	uint16_t sum;

	long_enough.length = (uint16_t)(head + length + 2 + 8);
	size = packet_write(&long_enough, bytes);
	memcpy(bytes + head, text, strlen(text));
	sum = (uint16_t)~sum_up(bytes + head, length);
	bytes[head + length] = sum >> 8;
	bytes[head + length + 1] = sum & 0xff;
	return size;
}

static void read_side(const struct machine *machine, size_t side, const struct packet *packet,
		      struct outcome *outcome)
{
	uint8_t bytes[PACKET_ROOM];
	struct packet seen;
	bool refusal;
	ssize_t size;

	while ((size = read(machine->side[side].tun, bytes, sizeof(bytes))) > 0) {
		if (!packet_read(bytes, (size_t)size, &seen, &refusal) || refusal ||
		    seen.id != packet->id)
			continue;
		outcome->times++;
		outcome->end = END_RIGHT;
		outcome->saddr = seen.saddr;
		outcome->daddr = seen.daddr;
		outcome->sport = seen.sport;
		outcome->dport = seen.dport;
	}
}

static void collect(const struct machine *machine, const struct packet *packet,
		    struct outcome *outcome)
{
	size_t i;

	for (i = 0; i < machine->sides; i++)
		read_side(machine, i, packet, outcome);
	laboratory_drain_here(&machine->lab, packet, 1, outcome);
}

static void wait_for_loop(const struct machine *machine, const struct packet *packet,
			  struct outcome *outcome)
{
	int which = packet->protocol == IPPROTO_UDP;
	struct pollfd wait = { machine->lab.receive[packet->six][which], POLLIN, 0 };

	if (poll(&wait, 1, LOOP_MS) > 0)
		collect(machine, packet, outcome);
}

/**
 * machine_send() - send one packet, and see what becomes of it
 * @machine: where
 * @side: by which interface it comes, or SIDE_HERE
 * @packet: the packet, of number 0
 * @text: what it says, if it is a datagram; or NULL
 * @outcome: to fill
 */
void machine_send(struct machine *machine, size_t side, const struct packet *packet,
		  const char *text, struct outcome *outcome)
{
	uint8_t bytes[PACKET_ROOM];
	size_t size = text && packet->protocol == IPPROTO_UDP ?
		      write_text(packet, text, bytes) : packet_write(packet, bytes);

	memset(outcome, 0, sizeof(*outcome));
	if (side == SIDE_HERE)
		laboratory_send_out(&machine->lab, packet, bytes, size);
	else if (write(machine->side[side].tun, bytes, size) != (ssize_t)size)
		die("%s", machine->side[side].name);
	collect(machine, packet, outcome);
	if (!outcome->times && side == SIDE_HERE &&
	    machine_is(machine, packet->six, packet->daddr))
		wait_for_loop(machine, packet, outcome);
}
