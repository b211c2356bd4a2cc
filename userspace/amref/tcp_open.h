/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP connection in the making, from either end, with a time limit.
 */
#ifndef AMREF_TCP_OPEN_H
#define AMREF_TCP_OPEN_H

#include "driver.h"
#include "loop.h"

/* security_stream_accept() of Amanda waits so long; so do we at both ends. */
#define TCP_OPEN_WAIT 30000

/**
 * struct tcp_open - a connection in the making
 * @opened: it is there; @fd is the callee's from here on
 * @failed: it will not be; @why is one line
 * @arg: for both; they may free what this is embedded in
 *
 * The rest is its own.
 */
struct tcp_open {
	void (*opened)(void *arg, int fd);
	void (*failed)(void *arg, const char *why);
	void *arg;
	struct loop *loop;
	struct loop_file file;
	struct loop_timer timer;
	struct port_range range;
	bool busy;
	int error;
};

int tcp_open_listen(struct tcp_open *open, struct loop *loop, int family,
		    struct port_range range, uint16_t *port);
void tcp_open_expect(struct tcp_open *open, unsigned int milliseconds);
void tcp_open_connect(struct tcp_open *open, struct loop *loop, const struct sockaddr *to,
		      struct port_range range, unsigned int milliseconds);
void tcp_open_cancel(struct tcp_open *open);

#endif /* AMREF_TCP_OPEN_H */
