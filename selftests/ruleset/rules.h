/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rulesets by chance, as text, and packets that fit them.
 */
#ifndef SELFTESTS_RULESET_RULES_H
#define SELFTESTS_RULESET_RULES_H

#include <stdarg.h>

#include "ruleset/load.h"
#include "selftests/ruleset/packet.h"

#define POOL	14

/**
 * struct line - of a ruleset's text
 * @text: without the newline
 * @rule: can be left out, and the rest still loads
 * @off: is left out
 */
struct line {
	char *text;
	bool rule;
	bool off;
};

/**
 * struct rules - a ruleset
 * @dialect: its language
 * @six: of IPv6, where the language has one of each
 * @doubts: has rules that nobody can evaluate
 * @sets: what ipset has to load before, or NULL
 * @line: its text
 * @count: entries of @line
 * @room: entries there is memory for
 * @port: that it is about, sorted
 * @address: [IPv6]: likewise
 */
struct rules {
	enum dialect dialect;
	bool six;
	bool doubts;
	char *sets;
	struct line *line;
	size_t count;
	size_t room;
	uint16_t port[POOL];
	__uint128_t address[2][POOL];
};

/* rules.c */
void rules_start(struct rules *rules, enum dialect dialect);
void rules_add(struct rules *rules, bool rule, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
char *rules_text(const struct rules *rules);
void rules_free(struct rules *rules);

/* What a template is filled with. */
struct fill {
	const struct rules *rules;
	bool six;
};

/* fill.c */
void fill_template(const struct fill *fill, const char *template, char *text, size_t room);

/* rules_nft.c, rules_xtables.c */
void rules_nft(struct rules *rules);
void rules_xtables(struct rules *rules);

/* wild.c */
void rules_wild(struct rules *rules, const char *path, const char *sets);

/* chance_packet.c */
void packet_chance(struct packet *packet, const struct rules *rules, uint32_t id);

#endif /* SELFTESTS_RULESET_RULES_H */
