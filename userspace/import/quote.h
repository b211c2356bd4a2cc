/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text from elsewhere, shown so that it cannot be mistaken for more than that.
 */
#ifndef IMPORT_QUOTE_H
#define IMPORT_QUOTE_H

#include <stddef.h>
#include <stdio.h>

void quote_bytes(FILE *out, const char *bytes, size_t length);

#endif /* IMPORT_QUOTE_H */
