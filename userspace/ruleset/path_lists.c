// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of what is on its way through a machine, and of what has got to its end. */
#include <stdlib.h>

#include "ruleset/path_private.h"

/**
 * pieces_add() - one more piece
 * @pieces: the list
 * @piece: is copied
 *
 * Return: 0, -E2BIG where there are too many to go on, or -ENOMEM.
 */
int pieces_add(struct pieces *pieces, const struct piece *piece)
{
	struct piece *grown;
	size_t room;

	if (pieces->count == PIECES_MOST)
		return -E2BIG;
	if (pieces->count == pieces->room) {
		room = pieces->room ? pieces->room * 2 : 4;
		grown = reallocarray(pieces->piece, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		pieces->piece = grown;
		pieces->room = room;
	}
	pieces->piece[pieces->count++] = *piece;
	return 0;
}

/**
 * pieces_free() - forget a list
 * @pieces: is empty then, and can be used again
 */
void pieces_free(struct pieces *pieces)
{
	free(pieces->piece);
	*pieces = (struct pieces) { 0 };
}

/**
 * fates_add() - one more fate
 * @fates: the list
 * @fate: is copied
 *
 * Return: 0, -E2BIG where there are too many to go on, or -ENOMEM.
 */
int fates_add(struct fates *fates, const struct fate *fate)
{
	struct fate *grown;
	size_t room;

	if (fates->count == PIECES_MOST)
		return -E2BIG;
	if (fates->count == fates->room) {
		room = fates->room ? fates->room * 2 : 1;
		grown = reallocarray(fates->fate, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		fates->fate = grown;
		fates->room = room;
	}
	fates->fate[fates->count++] = *fate;
	return 0;
}

/**
 * fates_free() - forget what became of packets
 * @fates: is empty then, and can be used again
 */
void fates_free(struct fates *fates)
{
	free(fates->fate);
	*fates = (struct fates) { 0 };
}
