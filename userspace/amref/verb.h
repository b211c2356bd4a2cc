/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs of amref.
 */
#ifndef AMREF_VERB_H
#define AMREF_VERB_H

#include "options.h"

/* Each reads its arguments (argv[0] is the verb) and returns an enum exit_code. */
int amandad_verb(int argc, char *argv[]);
int service_verb(int argc, char *argv[]);
int check_verb(int argc, char *argv[]);
int dump_verb(int argc, char *argv[]);
int recover_verb(int argc, char *argv[]);
int load_verb(int argc, char *argv[]);

#endif /* AMREF_VERB_H */
