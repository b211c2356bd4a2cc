// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a ruleset by lines, so that some can be left out. */
#include <stdlib.h>
#include <string.h>

#include "selftests/lib/chance.h"
#include "selftests/ruleset/laboratory.h"
#include "selftests/ruleset/rules.h"

static int by_port(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static int by_address(const void *a, const void *b)
{
	__uint128_t x = *(const __uint128_t *)a, y = *(const __uint128_t *)b;

	return x < y ? -1 : x > y;
}

static void choose_ports(struct rules *rules)
{
	static const uint16_t known[] = { 1, 22, 53, 80, 512, 700, 1023, 1024, 10080, 10082, 11000,
					  11040, 32768, 65534 };
	size_t i, j;

	for (i = 0; i < POOL; i++)
		rules->port[i] = chance_one_in(2) ? known[i] :
				 (uint16_t)(2 + chance_below(65000));
	qsort(rules->port, POOL, sizeof(*rules->port), by_port);
	/* Neighbours would make one range of two. */
	for (i = 0; i + 1 < POOL; i++)
		for (j = i + 1; j < POOL; j++)
			if (rules->port[j] <= rules->port[j - 1])
				rules->port[j] = rules->port[j - 1] + 1;
}

static __uint128_t some_address(bool six)
{
	static const uint32_t nets[] = { 0x0a010000, 0x0a010100, 0x0a020000, 0x0a0200f0, 0xc0000200,
					 0xcb007100 };
	static const char *const nets_6[] = { "fd01::", "fd01::1:0", "fd02::", "fd02:1::",
					      "2001:db8::" };

	if (six)
		return number_of_address(nets_6[chance_below(5)]) + 2 + chance_below(12);
	return nets[chance_below(6)] + 2 + chance_below(12);
}

static void choose_addresses(struct rules *rules, bool six)
{
	__uint128_t *address = rules->address[six];
	size_t i, j;

	for (i = 0; i < POOL; i++)
		address[i] = some_address(six);
	address[0] = number_of_address(six ? MACHINE_LEFT_6 : MACHINE_LEFT_4);
	address[1] = number_of_address(six ? MACHINE_RIGHT_6 : MACHINE_RIGHT_4);
	qsort(address, POOL, sizeof(*address), by_address);
	for (i = 0; i + 1 < POOL; i++)
		for (j = i + 1; j < POOL; j++)
			if (address[j] <= address[j - 1])
				address[j] = address[j - 1] + 1;
}

/** rules_start() - no text yet, but what it shall be about */
void rules_start(struct rules *rules, enum dialect dialect)
{
	memset(rules, 0, sizeof(*rules));
	rules->dialect = dialect;
	choose_ports(rules);
	choose_addresses(rules, false);
	choose_addresses(rules, true);
}

/**
 * rules_add() - one more line
 * @rules: of these
 * @rule: whether it is a rule
 * @format: the text, as of printf()
 */
void rules_add(struct rules *rules, bool rule, const char *format, ...)
{
	struct line *line;
	va_list list;

	if (rules->count == rules->room) {
		rules->room = rules->room ? 2 * rules->room : 64;
		rules->line = reallocarray(rules->line, rules->room, sizeof(*rules->line));
		if (!rules->line)
			die("memory");
	}
	line = &rules->line[rules->count++];
	line->rule = rule;
	line->off = false;
	va_start(list, format);
	if (vasprintf(&line->text, format, list) < 0)
		die("memory");
	va_end(list);
}

/** rules_text() - the lines that are not left out; free() it */
char *rules_text(const struct rules *rules)
{
	char *text = NULL;
	size_t size, i;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		die("memory");
	for (i = 0; i < rules->count; i++)
		if (!rules->line[i].off)
			fprintf(stream, "%s\n", rules->line[i].text);
	fclose(stream);
	return text;
}

/** rules_free() - forget it */
void rules_free(struct rules *rules)
{
	size_t i;

	for (i = 0; i < rules->count; i++)
		free(rules->line[i].text);
	free(rules->line);
	free(rules->sets);
	memset(rules, 0, sizeof(*rules));
}
