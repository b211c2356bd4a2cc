/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets with a port in a range, chosen as Amanda chooses it (bind_portrange()
 * and connect_portrange() of common-src/amutil.c), but for one thing: where the
 * range is exhausted these say so at once.
 */
#ifndef AMREF_PORTS_H
#define AMREF_PORTS_H

#include <stdint.h>
#include <sys/socket.h>

#include "driver.h"

struct port_range ports_reserved(struct port_range wanted);
int ports_udp(const struct sockaddr *to, struct port_range range, uint16_t *port);
int ports_tcp_listen(int family, struct port_range range, uint16_t *port);
int ports_tcp_connect(const struct sockaddr *to, socklen_t length, struct port_range range,
		      uint16_t *port);
int ports_listen_at(int type, const struct sockaddr *at, socklen_t length);

uint16_t address_port(const struct sockaddr *address);
void address_set_port(struct sockaddr *address, uint16_t port);
socklen_t address_length(const struct sockaddr *address);
int address_resolve(const char *host, uint16_t port, int type, struct sockaddr_storage *address,
		    char *why, size_t why_size);
void address_to_text(const struct sockaddr *address, char *text, size_t size);
const char *user_name(const struct security_options *options);

#endif /* AMREF_PORTS_H */
