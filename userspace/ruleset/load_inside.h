/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loaders, as they run inside the sandbox: errors go to stderr.
 */
#ifndef RULESET_LOAD_INSIDE_H
#define RULESET_LOAD_INSIDE_H

#include "ruleset/load.h"

int load_nft(const struct source *source);
int load_xtables(const struct source *source, bool ipv6);
int load_ipset(const struct source *source);
int memory_file(const char *bytes, size_t length);
void execute_program(const char *const argv[], int input, int output);
int run_loader(const char *const argv[], const char *input, size_t length, FILE *said);

#endif /* RULESET_LOAD_INSIDE_H */
