// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "emit/emit.h"
#include "selftests/unit/lib/written.h"
#include "selftests/unit/site_text.h"

/* Rules for one machine are long; what comes first says which they are. */
#define TEXT_SHOWN	"%.3000s"

static void rename_hosts(struct site *site, const char *name)
{
	size_t i;

	for (i = 0; i < site->host_count; i++)
		snprintf(site->hosts[i].name, sizeof(site->hosts[i].name), "%s", name);
}

static int write_plan(const struct plan *plan, const char *format, FILE *out)
{
	struct output output = { 0 };
	int err = ruleset_format_find(format)->write(plan, &output, out);

	if (!err)
		err = output_end(&output);
	if (!err)
		output_print(&output, out);
	output_free(&output);
	return err;
}

/**
 * written() - write a format
 * @wanted: what and for whom; the test fails where that ends otherwise than it says
 *
 * Return: all that is written or complained of, to be freed.
 */
char *written(const struct written_for *wanted)
{
	const struct host *host;
	struct flows flows;
	struct plan plan;
	struct site site;
	char *all;
	size_t size;
	FILE *out = open_memstream(&all, &size);
	int err;

	flows_of(&flows, &site, wanted->site);
	host = site_host(&site, wanted->host);
	if (wanted->renamed)
		rename_hosts(&site, wanted->renamed);
	site.text->errors = out;
	err = plan_make(&plan, &site, &flows, host, wanted->options);
	if (!err)
		err = write_plan(&plan, wanted->format, out);
	fclose(out);
	ck_assert_msg(err == wanted->err, "%d in place of %d: " TEXT_SHOWN, err, wanted->err, all);
	plan_free(&plan);
	flows_free(&flows);
	site_free(&site);
	return all;
}

/**
 * text_has() - the test fails where one of these is not in a text
 * @text: the text
 * @has: pieces of text; a NULL ends them early
 * @count: how many there is room for
 */
void text_has(const char *text, const char *const has[], size_t count)
{
	size_t i;

	for (i = 0; i < count && has[i]; i++)
		ck_assert_msg(strstr(text, has[i]), "no \"%s\" in\n" TEXT_SHOWN, has[i], text);
}

/**
 * text_lacks() - the test fails where one of these is in a text
 * @text: the text
 * @lacks: pieces of text; a NULL ends them early
 * @count: how many there is room for
 */
void text_lacks(const char *text, const char *const lacks[], size_t count)
{
	size_t i;

	for (i = 0; i < count && lacks[i]; i++)
		ck_assert_msg(!strstr(text, lacks[i]), "\"%s\" in\n" TEXT_SHOWN, lacks[i], text);
}

/**
 * text_count() - how often does a piece stand in a text?
 * @text: the text
 * @what: the piece
 */
size_t text_count(const char *text, const char *what)
{
	size_t found = 0;

	for (; (text = strstr(text, what)); text++)
		found++;
	return found;
}
