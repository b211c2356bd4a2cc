// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * selfcheck: can the disks be dumped?  One line for each, "OK" or "ERROR" with
 * the reason in brackets (Amanda's client-src/selfcheck.c before it spoke JSON,
 * which amcheck still reads: handle_result() in server-src/amcheck.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "features.h"
#include "service_text.h"
#include "services.h"

static void print_disk(FILE *out, const struct dle *dle, const char *why)
{
	if (!why)
		why = dle_refusal(dle);
	if (!why && access(dle->device, R_OK | X_OK))
		why = "cannot be read";
	if (why)
		fprintf(out, "ERROR [%s: %s]\n", dle->disk, why);
	else
		fprintf(out, "OK %s\n", dle->disk);
}

static void selfcheck_start(struct call *call, const char *arguments, size_t length)
{
	const char *at = arguments, *why;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct dle dle;

	if (!out) {
		reply_error(call, "no memory");
		return;
	}
	fprintf(out, "OPTIONS features=%s;\n", FEATURES_OURS);
	while ((at = dle_next(at, arguments + length, &dle, &why)))
		print_disk(out, &dle, why);
	fclose(out);
	call_reply(call, text, size);
	free(text);
	call_done(call);
}

static void selfcheck_cancel(struct call *call)
{
	(void)call;
}

const struct service selfcheck_service = {
	.name = "selfcheck",
	.start = selfcheck_start,
	.cancel = selfcheck_cancel,
	.by_default = true,
};
