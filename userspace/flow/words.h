/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value cut into words, each of which knows where it stands in the text.
 */
#ifndef FLOW_WORDS_H
#define FLOW_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/address.h"
#include "flow/text.h"

/**
 * struct words - a value on its way from left to right
 * @text: the text it is part of
 * @rest: what has not been taken yet
 * @whole: where the value stands
 * @column: column of @rest
 * @word: the word taken last
 * @span: where it stands
 */
struct words {
	struct text *text;
	const char *rest;
	struct span whole;
	unsigned int column;
	char word[WORD_MAX + 1];
	struct span span;
};

/**
 * struct choice - a word and what it stands for
 * @name: the word; NULL ends a list
 * @bit: its meaning
 */
struct choice {
	const char *name;
	unsigned int bit;
};

void words_start(struct words *words, struct text *text, const char *value, struct span where);
bool words_next(struct words *words);
bool words_need(struct words *words, const char *what);
bool words_end(struct words *words);
bool words_choose(struct words *words, const struct choice *choices, const char *what,
		  unsigned int *bits);

bool word_port(struct words *words, const char *digits, uint16_t *port);
bool word_number(struct words *words, unsigned int *number, unsigned int low,
		 unsigned int high);
bool word_range(struct words *words, struct range *range, struct range within,
		const char *class);

#endif /* FLOW_WORDS_H */
