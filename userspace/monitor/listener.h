/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where news come from: sockets of ctnetlink.
 */
#ifndef MONITOR_LISTENER_H
#define MONITOR_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct mnl_socket;
struct nlmsghdr;

/**
 * struct listener - the sockets, and what was lost
 * @events: gets the news
 * @tables: asks for all that there is
 * @buffer: bytes that may wait in @events
 * @drops: messages that did not fit, so far: a counter of the kernel
 */
struct listener {
	struct mnl_socket *events;
	struct mnl_socket *tables;
	size_t buffer;
	uint32_t drops;
};

/* What listener_read() found. */
enum listener_state {
	LISTENER_NEWS,
	LISTENER_EMPTY,
	LISTENER_OVERRUN,
	LISTENER_FAILED,
};

typedef void listener_cb(const struct nlmsghdr *header, void *data);

int listener_open(struct listener *listener, size_t buffer, FILE *errors);
void listener_close(struct listener *listener);
int listener_fd(const struct listener *listener);
enum listener_state listener_read(struct listener *listener, listener_cb *take, void *data);
uint32_t listener_missed(struct listener *listener);
int listener_tables(struct listener *listener, listener_cb *flow, listener_cb *expectation, void *data);
bool message_is_expectation(const struct nlmsghdr *header);

/* listener_filter.c */
int listener_filter(int fd);

#endif /* MONITOR_LISTENER_H */
