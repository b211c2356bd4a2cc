/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets for the tests of the gateway's model, and what it says of them. */
#ifndef UNIT_GATEWAY_PACKETS_H
#define UNIT_GATEWAY_PACKETS_H

#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "replay/gateway.h"
#include "selftests/unit/lib/suite.h"

#define SECONDS(s)	((int64_t)((s) * 1000000000LL))
/* Any time will do. */
#define START		SECONDS(1795858683)

#define SERVER		"192.0.2.1"
#define CLIENT		"198.51.100.2"
#define OTHER		"198.51.100.3"
#define PUBLIC		"203.0.113.9"
#define REQUEST		"Amanda 3.5 REQ HANDLE 000-01 SEQ 7\nSERVICE sendbackup\n"
#define ACK		"Amanda 3.5 ACK HANDLE 000-01 SEQ 7\n"
#define REP(body)	"Amanda 3.5 REP HANDLE 000-01 SEQ 7\n" body
#define CONNECT		REP("CONNECT DATA 50001 MESG 50002 INDEX 50003\n\nOPTIONS ;\n")

static struct gateway *gateway;
static struct sight sight;
static int64_t now;

static struct endpoint at(const char *text, uint16_t port)
{
	struct endpoint endpoint = { .port = port };

	ck_assert(address_parse(text, &endpoint.address));
	return endpoint;
}

static struct packet datagram(const char *from, uint16_t sport, const char *to, uint16_t dport,
			      const char *text)
{
	return (struct packet) {
		.time = now, .protocol = IPPROTO_UDP, .source = at(from, sport),
		.destination = at(to, dport), .data = (const uint8_t *)text,
		.length = strlen(text), .captured = strlen(text),
	};
}

static struct packet segment(const char *from, uint16_t sport, const char *to, uint16_t dport,
			     uint8_t flags)
{
	return (struct packet) {
		.time = now, .protocol = IPPROTO_TCP, .source = at(from, sport),
		.destination = at(to, dport), .tcp.flags = flags,
	};
}

static inline const struct sight *see(const struct packet *in, const struct packet *out)
{
	gateway_see(gateway, in, out, &sight);
	return &sight;
}

/* The server's port is 700, as of a flow of its own; others have other ones. */
static inline const struct sight *ask_from(uint16_t port, const char *text)
{
	struct packet packet = datagram(SERVER, port, CLIENT, 10080, text);

	return see(&packet, NULL);
}

static inline const struct sight *answer_to(uint16_t port, const char *text)
{
	struct packet packet = datagram(CLIENT, 10080, SERVER, port, text);

	return see(&packet, NULL);
}

static inline const struct sight *ask(const char *text)
{
	return ask_from(700, text);
}

static inline const struct sight *answer(const char *text)
{
	return answer_to(700, text);
}

static inline const struct sight *syn(uint16_t port)
{
	struct packet packet = segment(SERVER, 40000, CLIENT, port, TH_SYN);

	return see(&packet, NULL);
}

static inline void wait_for(double seconds)
{
	now += (int64_t)(seconds * 1e9);
}

static inline void new_gateway(enum helper_kind helper)
{
	const struct gateway_settings settings = { .helper = helper, .port = 10080 };

	now = START;
	gateway = gateway_new(&settings);
	ck_assert_ptr_nonnull(gateway);
}

static inline void drop_gateway(void)
{
	gateway_free(gateway);
}

/* "50001 50002": what the last packet opened; those made anew in brackets. */
static inline const char *opened(void)
{
	static char text[128];
	size_t used = 0;
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < sight.expected_count; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%s%u%s", i ? " " : "",
				 sight.expected[i].again ? "(" : "", sight.expected[i].port,
				 sight.expected[i].again ? ")" : "");
	return text;
}

static inline void check_life(double seconds)
{
	ck_assert_int_eq(sight.lived_until - now, (int64_t)(seconds * 1e9));
}

#endif /* UNIT_GATEWAY_PACKETS_H */
