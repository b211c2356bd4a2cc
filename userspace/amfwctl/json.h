/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings that may hold anything, as JSON.
 */
#ifndef AMFWCTL_JSON_H
#define AMFWCTL_JSON_H

#include <stdio.h>

void json_string(FILE *out, const char *text);
void json_member(FILE *out, const char *name, const char *text);

#endif /* AMFWCTL_JSON_H */
