// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * noop: what an amandad can do (Amanda's amandad-src/noop.c).
 */
#include <string.h>

#include "features.h"
#include "services.h"

static void start(struct call *call, const char *arguments, size_t length)
{
	static const char options[] = "OPTIONS features=" FEATURES_OURS ";\n";

	(void)arguments;
	(void)length;
	call_reply(call, options, strlen(options));
	call_done(call);
}

static void cancel(struct call *call)
{
	(void)call;
}

const struct service noop_service = {
	.name = "noop",
	.start = start,
	.cancel = cancel,
	.by_default = true,
};
