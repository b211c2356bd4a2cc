// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rulesets that others have written: packets are made of the addresses and ports that
 * stand in them.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/lib/chance.h"
#include "selftests/ruleset/laboratory.h"
#include "selftests/ruleset/rules.h"

#define TEXT_MOST	(4 << 20)
#define FOUND_MOST	512

/* What stands in a text. */
struct found {
	uint16_t port[FOUND_MOST];
	size_t ports;
	__uint128_t address[2][FOUND_MOST];
	size_t addresses[2];
};

static char *read_all(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(TEXT_MOST);
	size_t size;

	if (!file || !text)
		die("%s", path);
	size = fread(text, 1, TEXT_MOST - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

static bool ordinary(bool six, __uint128_t address)
{
	unsigned int first = (unsigned int)(address >> (six ? 120 : 24));

	return six ? first != 0xff && first != 0xfe && address >> 96 : first && first != 127 && first < 224;
}

static void note_address(struct found *found, bool six, const char *word)
{
	unsigned char bytes[16];
	__uint128_t address;

	if (inet_pton(six ? AF_INET6 : AF_INET, word, bytes) != 1)
		return;
	address = address_get(bytes, six);
	if (ordinary(six, address) && found->addresses[six] < FOUND_MOST)
		found->address[six][found->addresses[six]++] = address;
}

static void note(struct found *found, const char *word)
{
	unsigned long number = strtoul(word, NULL, 10);

	if (strchr(word, '.'))
		note_address(found, false, word);
	else if (strchr(word, ':') && strchr(word, ':')[1] && strlen(word) > 4)
		note_address(found, true, word);
	else if (number && number < 65535 && found->ports < FOUND_MOST)
		found->port[found->ports++] = (uint16_t)number;
}

static void look_through(struct found *found, const char *text)
{
	char word[64];
	size_t used = 0;

	for (;; text++) {
		if (*text && (isxdigit((unsigned char)*text) || *text == '.' || *text == ':') &&
		    used + 1 < sizeof(word)) {
			word[used++] = *text;
			continue;
		}
		word[used] = '\0';
		if (used)
			note(found, word);
		used = 0;
		if (!*text)
			return;
	}
}

/* An address that stands there, or one a little above it. */
static __uint128_t some_address(const struct found *found, bool six)
{
	__uint128_t address = found->address[six][chance_below((uint32_t)found->addresses[six])];
	__uint128_t above = address + (chance_one_in(3) ? chance_below(300) : 0);

	return ordinary(six, above) ? above : address;
}

static void take_some(struct rules *rules, const struct found *found)
{
	size_t i, six;

	for (i = 0; i < POOL; i++) {
		if (found->ports && !chance_one_in(4))
			rules->port[i] = found->port[chance_below((uint32_t)found->ports)];
		for (six = 0; six < 2; six++)
			if (found->addresses[six] && !chance_one_in(3))
				rules->address[six][i] = some_address(found, six);
	}
}

static bool has_line(const char *text, const char *start)
{
	const char *at = text;

	while ((at = strstr(at, start))) {
		if (at == text || at[-1] == '\n')
			return true;
		at++;
	}
	return false;
}

/**
 * rules_wild() - a ruleset from a file
 * @rules: to fill
 * @path: the file: of nft, iptables-save, or, if its name ends in 6, ip6tables-save
 * @sets: of ipset, or NULL
 */
void rules_wild(struct rules *rules, const char *path, const char *sets)
{
	char *text = read_all(path), *line, *next;
	struct found found = { 0 };
	bool xtables = has_line(text, "*filter") || has_line(text, "*nat") || has_line(text, "*raw");

	rules_start(rules, !xtables ? DIALECT_NFT : path[strlen(path) - 1] == '6' ?
		    DIALECT_IP6TABLES : DIALECT_IPTABLES);
	rules->six = rules->dialect == DIALECT_IP6TABLES;
	look_through(&found, text);
	if (sets) {
		rules->sets = read_all(sets);
		look_through(&found, rules->sets);
	}
	take_some(rules, &found);
	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		rules_add(rules, xtables && !strncmp(line, "-A ", 3), "%s", line);
	}
	free(text);
}
