// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "service_text.h"
#include "target.h"

/*
 * A peer names the program, so it has to be one that only root could have put
 * there; Amanda has the same care with programs it runs.
 */
static bool is_roots_own(const char *path)
{
	struct stat st;

	return path[0] == '/' && !stat(path, &st) && S_ISREG(st.st_mode) && st.st_uid == 0 &&
		!(st.st_mode & (S_IWGRP | S_IWOTH));
}

/**
 * dle_refusal() - can this disk be dumped as it is asked for?
 * @dle: from the request
 *
 * Return: NULL, or why not.
 */
const char *dle_refusal(const struct dle *dle)
{
	struct stat st;

	if (strcmp(dle->program, "GNUTAR") &&
	    (strcmp(dle->program, "APPLICATION") || !strstr(dle->application, "tar")))
		return "only GNU tar is known here";
	if (!strcmp(dle->compress, "CUSTOM"))
		return "custom compression is not known here";
	if (dle->encrypt[0] && !is_roots_own(dle->encrypt))
		return "the encryption program is not root's own file";
	if (stat(dle->device, &st) || !S_ISDIR(st.st_mode))
		return "no such folder";
	return NULL;
}

/**
 * reply_error() - end a call with a REP that is one line of error
 * @call: has not been answered
 * @why: without an end of line
 *
 * Amanda's services write "ERROR ..." where other streams would stand
 * (client-src/sendbackup.c); the initiator takes it for an answer.
 */
void reply_error(struct call *call, const char *why)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "ERROR [%s]\n", why);

	call_reply(call, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
	call_done(call);
}
