// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl-replay, which "amfwctl replay" becomes: see program.c.
 */
#include "amfwctl/verb.h"

int main(int argc, char *argv[])
{
	return replay_verb(argc, argv);
}
