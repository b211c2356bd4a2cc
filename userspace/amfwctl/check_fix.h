/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules that would let packets through, in the language of a ruleset.
 */
#ifndef AMFWCTL_CHECK_FIX_H
#define AMFWCTL_CHECK_FIX_H

#include "amfwctl/check.h"

enum language {
	LANGUAGE_NFT,
	LANGUAGE_XTABLES,
};

/**
 * struct fix_match - the packets that a rule shall be for
 * @check: the ruleset
 * @version: of IP
 * @field: values of each field that counts; NULL: any.  Of several intervals, all
 *	from the lowest to the highest
 */
struct fix_match {
	const struct check *check;
	enum protocol_version version;
	const struct values *field[FIELD_COUNT];
};

enum language language_of(const struct chain *chain);
void match_take(struct fix_match *match, const struct box *box);
void match_print(FILE *out, enum language language, const struct fix_match *match);

#endif /* AMFWCTL_CHECK_FIX_H */
