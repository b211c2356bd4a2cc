// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of "amfwctl generate", as a text; apart, as what is planned and what
 * a kernel has are both called rules.
 */
#include <string.h>

#include "amfwctl/verb.h"
#include "emit/emit.h"

/**
 * generated_rules() - what a machine needs, for nft
 * @input: the site
 * @host: the machine
 *
 * Return: the text, to free(); NULL after a message.
 */
char *generated_rules(const struct input *input, const struct host *host)
{
	const struct plan_options wanted = { .helper = "amanda" };
	const struct ruleset_format *format = ruleset_format_find("nft");
	struct output output = { 0 };
	struct plan plan;
	char *text = NULL;
	int err;

	err = plan_make(&plan, &input->site, &input->flows, host, &wanted);
	err = err ? : format->write(&plan, &output, stderr);
	err = err ? : output_end(&output);
	if (!err && output.count)
		text = strdup(output.files[0].text);
	if (!text)
		fprintf(stderr, "amfwctl: prove: no rules for %s\n", host->name);
	output_free(&output);
	plan_free(&plan);
	return text;
}
