/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what libnftnl has read to the frame of a ruleset.
 */
#ifndef RULESET_DUMP_FRAME_H
#define RULESET_DUMP_FRAME_H

#include "ruleset/dump.h"
#include "ruleset/dump_list.h"

/* What there is, in the order it was read: owners are numbers of tables, of rules: chains. */
struct dump_lists {
	struct dump_list tables;
	struct dump_list chains;
	struct dump_list rules;
	struct dump_list sets;
	struct dump_list elements;
	struct dump_list objects;
	struct dump_list flowtables;
};

int dump_frame(struct ruleset *ruleset, struct dump *dump, const struct dump_lists *lists);

#endif /* RULESET_DUMP_FRAME_H */
