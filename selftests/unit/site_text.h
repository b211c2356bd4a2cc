/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sites written in a test, as flows.
 */
#ifndef UNIT_SITE_TEXT_H
#define UNIT_SITE_TEXT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"

static inline void site_of(struct site *site, const char *text)
{
	FILE *input = tmpfile(), *talk;
	char *errors;
	size_t size;
	int err;

	ck_assert_ptr_nonnull(input);
	ck_assert_int_ge(fputs(text, input), 0);
	rewind(input);
	talk = open_memstream(&errors, &size);
	err = site_read(site, input, "x.site", talk);
	fclose(talk);
	fclose(input);
	ck_assert_msg(!err, "%s", errors);
	site->text->errors = stderr;	/* what comes later has no other place */
	free(errors);
}

static inline void flows_of(struct flows *flows, struct site *site, const char *text)
{
	site_of(site, text);
	ck_assert_int_eq(flows_expand(flows, site), 0);
}

#define PLAIN_GATEWAY \
	"[host g]\nrole = gateway\naddress = 10.1.0.1 10.2.0.1\n"
#define SERVER \
	"[host s]\nrole = server\naddress = 10.1.0.2\n"
#define CLIENT \
	"[host c]\nrole = client\naddress = 10.2.0.2\n"

#endif /* UNIT_SITE_TEXT_H */
