/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words with spaces in them, as Amanda writes and reads them (common-src/amutil.c). */
#ifndef AMREF_QUOTE_H
#define AMREF_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

bool quote_word(const char *word, char *text, size_t size);
const char *unquote_word(const char *text, char *word, size_t size);
size_t base64_encode(const void *data, size_t length, char *text, size_t size);
size_t base64_decode(const char *text, size_t length, void *data, size_t size);

#endif /* AMREF_QUOTE_H */
