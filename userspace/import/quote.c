// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text from elsewhere, shown so that it cannot be mistaken for more than that.
 */
#include "import/quote.h"

/* Longer than a host name can be, and a sentence around it. */
#define QUOTED_MAX	600

/**
 * quote_bytes() - write bytes that may be anything
 * @out: where
 * @bytes: they
 * @length: how many
 *
 * What is no printable ASCII becomes a question mark: neither a terminal nor
 * the comment of a site file gives way to it.
 */
void quote_bytes(FILE *out, const char *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < length && i < QUOTED_MAX; i++)
		putc(bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '?', out);
	if (i < length)
		fputs("...", out);
}
