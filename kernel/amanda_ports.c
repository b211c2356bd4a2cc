// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ports that replies may open; see amanda_ports.h.
 *
 * Under NAT all numbers of a reply move by one common shift, each inside its
 * own range and around its end.  One number of 16 bits is thus all that has to
 * be remembered to rewrite a retransmitted reply in the same way, and ports
 * that differ before still differ after.
 */
#include "amanda_ports.h"

static bool parse_port(const char **text, __u16 *port)
{
	const char *at = *text;
	__u32 value = 0;

	while (*at >= '0' && *at <= '9' && value <= 65535)
		value = value * 10 + (*at++ - '0');
	if (at == *text || value == 0 || value > 65535)
		return false;
	*text = at;
	*port = value;
	return true;
}

static bool parse_range(const char **text, struct amanda_range *range)
{
	if (!parse_port(text, &range->low))
		return false;
	range->high = range->low;
	if (**text != '-')
		return true;
	(*text)++;
	return parse_port(text, &range->high) && range->low <= range->high;
}

/**
 * amanda_ports_parse() - read "LOW-HIGH[,LOW-HIGH...]" or single ports
 * @ports: filled in; undefined after a failure
 * @text: ends in NUL, or in a newline and NUL as a write to sysfs leaves it
 *
 * Return: false where @text is anything else, a range runs backwards or there
 * are more than AMANDA_RANGES_MAX.
 */
bool amanda_ports_parse(struct amanda_ports *ports, const char *text)
{
	for (ports->count = 0; ports->count < AMANDA_RANGES_MAX;) {
		if (!parse_range(&text, &ports->range[ports->count++]))
			return false;
		if (*text == '\n')
			text++;
		if (*text == '\0')
			return true;
		if (*text++ != ',')
			return false;
	}
	return false;
}

/* The range that holds @port, cut off below @min.  False where there is none. */
static inline bool find_range(const struct amanda_ports *ports, __u16 min, __u16 port,
			      struct amanda_range *found)
{
	unsigned int i;

	for (i = 0; i < ports->count; i++) {
		*found = ports->range[i];
		if (found->low < min)
			found->low = min;
		if (port >= found->low && port <= found->high)
			return true;
	}
	return false;
}

/**
 * amanda_ports_allow() - may a reply open this port?
 * @ports: the ranges
 * @min: nothing below this port is ever opened
 * @port: in host order
 */
bool amanda_ports_allow(const struct amanda_ports *ports, __u16 min, __u16 port)
{
	struct amanda_range range;

	return find_range(ports, min, port, &range);
}

/**
 * amanda_ports_move() - the number that replaces a port under NAT
 * @ports: the ranges
 * @min: as for amanda_ports_allow()
 * @port: a port that amanda_ports_allow() allows, in host order
 * @shift: how far to move it up, around the end of its range
 */
__u16 amanda_ports_move(const struct amanda_ports *ports, __u16 min, __u16 port, __u16 shift)
{
	struct amanda_range range;
	__u32 size;

	if (!find_range(ports, min, port, &range))
		return port;
	size = range.high - range.low + 1;
	return range.low + ((__u32)(port - range.low) + shift) % size;
}

/**
 * amanda_ports_move_back() - the port that amanda_ports_move() replaced
 * @ports: the ranges
 * @min: as for amanda_ports_allow()
 * @port: what amanda_ports_move() returned, in host order
 * @shift: what it was given
 */
__u16 amanda_ports_move_back(const struct amanda_ports *ports, __u16 min, __u16 port,
			     __u16 shift)
{
	struct amanda_range range;
	__u32 size;

	if (!find_range(ports, min, port, &range))
		return port;
	size = range.high - range.low + 1;
	return range.low + ((__u32)(port - range.low) + size - shift % size) % size;
}

/**
 * amanda_ports_distance() - the shift that moves one port to another
 * @ports: the ranges
 * @min: as for amanda_ports_allow()
 * @from: a port in host order
 * @to: where it shall go
 *
 * Return: the shift for amanda_ports_move(); 0 where none does that.
 */
__u16 amanda_ports_distance(const struct amanda_ports *ports, __u16 min, __u16 from, __u16 to)
{
	struct amanda_range range;

	if (!find_range(ports, min, from, &range) || to < range.low || to > range.high)
		return 0;
	return to >= from ? to - from : range.high - range.low + 1 - (from - to);
}
