/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets, as registers ask them. */
#ifndef RULESET_COMPILE_SET_H
#define RULESET_COMPILE_SET_H

#include "ruleset/compile.h"
#include "ruleset/set.h"

/* nft's number of its type "mark", which is in the order of the machine. */
#define DATATYPE_MARK	19

/**
 * struct part - the part of a key that one field is in
 * @origin: ORIGIN_FIELD, ORIGIN_NAME or ORIGIN_NUMBER
 * @field: which
 * @width: bits of the field
 * @first: first byte of the key
 * @end: first byte behind it
 * @shared: another field is in the same word
 */
struct part {
	uint8_t origin;
	uint8_t field;
	unsigned int width;
	unsigned int first;
	unsigned int end;
	bool shared;
};

/**
 * struct layout - a set as one kind of register asks it
 * @next: another one of the same set
 * @set: its elements
 * @parts: of the key
 * @part_count: entries of @parts
 * @unknown: bits of the key cannot be known
 * @host_data: what the map holds is in the order of the machine
 * @lost: elements cannot be translated
 * @bit: of the key
 * @bytes: of the key
 */
struct layout {
	struct layout *next;
	struct set *set;
	struct part parts[KEY_FIELDS];
	size_t part_count;
	bool unknown;
	bool host_data;
	bool lost;
	const struct bit *bit;
	unsigned int bytes;
};

const struct layout *set_compile(struct code *code, const char *name, const struct bits *bits,
				 struct key *key);
const struct layout *set_lookup(struct code *code, const char *name, const struct bits *bits,
				bool inverted);
void set_elements(struct code *code, struct nftnl_set *source,
		  const struct dump_elements *dumped, struct layout *layout);

/**
 * struct elements - the elements of a set while they are translated
 * @code: the rule that asks
 * @layout: how it asks
 * @part: bits of each part of the key
 * @linear: each part as a number
 * @is_linear: whether it is one
 * @key: of the one that is translated now
 * @draft: those that are done
 * @mapped: what the last of them holds
 */
struct elements {
	struct code *code;
	struct layout *layout;
	struct bits part[KEY_FIELDS];
	struct linear linear[KEY_FIELDS];
	bool is_linear[KEY_FIELDS];
	struct interval key[KEY_FIELDS];
	struct draft draft;
	const struct mapped *mapped;
};

/* compile_element.c */
void elements_prepare(struct elements *elements);
void elements_append(struct elements *elements, const struct mapped *mapped);
void elements_add(struct elements *elements, const struct mapped *mapped,
		  const unsigned char *low, const unsigned char *high);

#endif /* RULESET_COMPILE_SET_H */
