/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ports may be opened, and how a number is moved under NAT; for the
 * kernel and for userspace alike.
 */
#ifndef AMANDA_PORTS_H
#define AMANDA_PORTS_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>
#endif

#define AMANDA_RANGES_MAX	8

struct amanda_range {
	__u16	low;
	__u16	high;
};

/**
 * struct amanda_ports - the ports that replies may open
 * @count: ranges in use; at least one
 * @range: ports in host order, both ends included
 */
struct amanda_ports {
	unsigned int		count;
	struct amanda_range	range[AMANDA_RANGES_MAX];
};

bool amanda_ports_parse(struct amanda_ports *ports, const char *text);
bool amanda_ports_allow(const struct amanda_ports *ports, __u16 min, __u16 port);
__u16 amanda_ports_move(const struct amanda_ports *ports, __u16 min, __u16 port, __u16 shift);
__u16 amanda_ports_move_back(const struct amanda_ports *ports, __u16 min, __u16 port,
			     __u16 shift);
__u16 amanda_ports_distance(const struct amanda_ports *ports, __u16 min, __u16 from, __u16 to);

#endif /* AMANDA_PORTS_H */
