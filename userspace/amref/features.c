// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "features.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/**
 * features_has() - does a peer have a feature?
 * @features: as it printed them; ends in a NUL
 * @feature: which
 *
 * The lowest bit of the first byte is feature 0 (am_has_feature() in
 * common-src/amfeatures.c).
 *
 * Return: true where it has; false also where @features is too short or is no
 * hexadecimal text.
 */
bool features_has(const char *features, enum feature feature)
{
	size_t at = feature / 8 * 2;
	int high, low;

	if (strlen(features) < at + 2)
		return false;
	high = hex_value(features[at]);
	low = hex_value(features[at + 1]);
	return high >= 0 && low >= 0 && (high << 4 | low) >> feature % 8 & 1;
}
