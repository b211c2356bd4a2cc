// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the model of the gateway, with packets of a few hosts and ports.
 *
 * fuzz-cost: 100
 * fuzz-uses: userspace/replay/gateway*.c kernel/amanda_packet.c kernel/amanda_ports.c kernel/amanda_exchange.c
 */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "replay/gateway.h"

#define HEAD	8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Four hosts, the port of Amanda or one near those that replies name. */
static struct endpoint endpoint(uint8_t choice)
{
	struct endpoint endpoint = { .port = choice & 4 ? 10080 : 50000 + (choice >> 3) };

	endpoint.address.family = choice & 0x80 ? AF_INET6 : AF_INET;
	endpoint.address.prefix = choice & 0x80 ? 128 : 32;
	if (choice & 0x80)
		endpoint.address.v6.s6_addr[15] = choice & 3;
	else
		endpoint.address.v4.s_addr = htonl(0xc0000200 | (choice & 3));
	return endpoint;
}

/* A packet out of HEAD bytes and what follows them; returns the bytes used. */
static size_t packet_from(const uint8_t *data, size_t size, struct packet *packet)
{
	static const uint8_t protocols[] = {
		IPPROTO_UDP, IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP
	};
	size_t there = data[4] < size - HEAD ? data[4] : size - HEAD;

	packet->protocol = protocols[data[0] & 3];
	packet->source = endpoint(data[1]);
	packet->destination = endpoint((data[2] & 0x7f) | (data[1] & 0x80));
	/* Up to two hours on, or one step back. */
	packet->time += data[3] == 0xff ? -100000000000LL : data[3] * data[3] * 100000000LL;
	packet->data = data + HEAD;
	packet->captured = there;
	packet->length = there;
	if (data[5] & 0x80)
		packet->length += data[5];
	else if (data[5] < there)
		packet->behind = data[5];
	packet->length -= packet->behind;
	packet->captured -= packet->behind;
	if (packet->protocol == IPPROTO_TCP)
		packet->tcp.flags = data[6];
	if (packet->protocol == IPPROTO_ICMP)
		packet->icmp = (struct icmp_head) {
			.protocol = data[6], .source = packet->source,
			.destination = packet->destination,
		};
	return HEAD + there;
}

/* Every expectation is pending, met or expired; what lives ends later than now. */
static void check_books(const struct gateway *gateway, const struct sight *sight, size_t most)
{
	const struct gateway_counts *counts = gateway_counts(gateway);

	if (counts->expected != counts->expectations + counts->met + counts->expired ||
	    counts->flows > most || sight->expected_count > AMANDA_STREAMS_MAX ||
	    sight->reason >= SIGHT_REASONS || (sight->met && sight->expected_count) ||
	    (sight->repeated && sight->reason))
		abort();
}

static void run(const struct gateway_settings *settings, const uint8_t *data, size_t size)
{
	struct gateway *gateway = gateway_new(settings);
	struct packet packets[2] = { { .time = 1795858683000000000LL } };
	struct sight sight;
	bool translated;
	size_t used;

	while (gateway && size > HEAD) {
		translated = data[7] & 1;
		packets[0].behind = 0;
		used = packet_from(data, size, &packets[0]);
		packets[1] = packets[0];
		packets[1].source = endpoint(data[7] ^ data[1]);
		gateway_see(gateway, &packets[0], translated ? &packets[1] : NULL, &sight);
		check_books(gateway, &sight, settings->flows_max);
		data += used;
		size -= used;
	}
	gateway_free(gateway);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gateway_settings settings = { .flows_max = 5 };

	for (settings.helper = 0; settings.helper < HELPER_KINDS; settings.helper++)
		run(&settings, data, size);
	return 0;
}
