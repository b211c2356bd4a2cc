/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, port ranges and the packets they describe.
 */
#ifndef FLOW_ADDRESS_H
#define FLOW_ADDRESS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Where amandad listens: "amanda" in the list of the IANA, udp and tcp. */
#define AMANDA_PORT	10080

/**
 * struct address - one IPv4 or IPv6 address
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for "no address"
 * @prefix: length of the prefix of the net it lies in
 * @v4: for AF_INET
 * @v6: for AF_INET6
 */
struct address {
	sa_family_t family;
	uint8_t prefix;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

/**
 * struct range - ports, both ends included
 * @low: first
 * @high: last
 */
struct range {
	uint16_t low;
	uint16_t high;
};

/**
 * struct tuple - what a packet carries at one place of its way
 * @source: address it comes from
 * @destination: address it goes to
 * @sport: ports it may come from
 * @dport: ports it may go to
 */
struct tuple {
	struct address source;
	struct address destination;
	struct range sport;
	struct range dport;
};

bool address_parse(const char *text, struct address *address);
void address_print(const struct address *address, char text[INET6_ADDRSTRLEN]);
bool address_equal(const struct address *a, const struct address *b);
int address_compare(const struct address *a, const struct address *b);
bool address_in_net(const struct address *address, const struct address *net);
bool address_is_host(const struct address *address);

bool range_equal(struct range a, struct range b);
bool range_holds(struct range range, uint16_t port);
void range_print(struct range range, char text[12]);

bool tuple_equal(const struct tuple *a, const struct tuple *b);
struct tuple tuple_reply(const struct tuple *tuple);

#endif /* FLOW_ADDRESS_H */
