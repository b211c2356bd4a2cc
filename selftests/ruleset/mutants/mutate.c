// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What may be done to a line.  Each change is one that a hand slips into: a port more
 * or less, another address, a word of the state forgotten.  What the loader refuses
 * then is no ruleset, and is left out later.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/lib/chance.h"
#include "selftests/ruleset/laboratory.h"
#include "selftests/ruleset/mutants/mutate.h"

/* One text for another, in either language; NULL: that one does not say it so. */
struct swap {
	const char *name;
	const char *nft_from;
	const char *nft_to;
	const char *xt_from;
	const char *xt_to;
};

static const struct swap swaps[] = {
	{ "dropped", " accept", " drop", "-j ACCEPT", "-j DROP" },
	{ "accepted", " drop", " accept", "-j DROP", "-j ACCEPT" },
	{ "accepted", " reject with tcp reset", " accept", "-j REJECT --reject-with tcp-reset",
	  "-j ACCEPT" },
	{ "not-new", "new,established", "established", "NEW,ESTABLISHED", "ESTABLISHED" },
	{ "new-alone", "new,established", "new", "NEW,ESTABLISHED", "NEW" },
	{ "new-too", "state established ", "state new,established ", "--ctstate ESTABLISHED ",
	  "--ctstate NEW,ESTABLISHED " },
	{ "new-too", "established,related", "new,established,related",
	  "--ctstate RELATED,ESTABLISHED", "--ctstate NEW,RELATED,ESTABLISHED" },
	{ "not-related", "established,related", "established", "--ctstate RELATED,ESTABLISHED",
	  "--ctstate ESTABLISHED" },
	{ "turned", "direction original", "direction reply", "--ctdir ORIGINAL", "--ctdir REPLY" },
	{ "turned", "direction reply", "direction original", "--ctdir REPLY", "--ctdir ORIGINAL" },
	{ "any-direction", "ct direction original ", "", "--ctdir ORIGINAL ", "" },
	{ "any-direction", "ct direction reply ", "", "--ctdir REPLY ", "" },
	{ "any-helper", "ct helper \"amanda\" ", "", "-m helper --helper amanda ", "" },
	{ "other-helper", "type \"amanda\" protocol udp", "type \"tftp\" protocol udp",
	  "-j CT --helper amanda", "-j CT --helper tftp" },
	{ "other-interface", "iifname \"lo\"", "iifname \"lo9\"", "-i lo ", "-i lo9 " },
	{ "other-interface", "oifname \"lo\"", "oifname \"lo9\"", "-o lo ", "-o lo9 " },
	{ "any-interface", "iifname \"lo\" ", "", "-i lo ", "" },
	{ "any-interface", "oifname \"lo\" ", "", "-o lo ", "" },
	{ "tcp", "udp ", "tcp ", "-p udp -m udp ", "-p tcp -m tcp " },
	{ "udp", "tcp ", "udp ", "-p tcp -m tcp ", "-p udp -m udp " },
	{ "policy-accepts", "policy drop", "policy accept", " DROP [", " ACCEPT [" },
	{ "policy-drops", "policy accept", "policy drop", " ACCEPT [", " DROP [" },
	{ "not-not", " != established", " established", "! --ctstate ESTABLISHED",
	  "--ctstate ESTABLISHED" },
	{ "other-way", "", NULL, " src ", " dst " },
	{ "other-way", "", NULL, " dst ", " src " },
};

enum edit {
	LOW_DOWN,
	LOW_UP,
	HIGH_DOWN,
	HIGH_UP,
	WIDE,
	GONE,
	EDITS
};

static const char *const edit_names[2][EDITS] = {
	{ "port-before", "first-port-less", "last-port-less", "port-after", "ports-to-the-end",
	  "any-port" },
	{ "source-port-before", "first-source-port-less", "last-source-port-less",
	  "source-port-after", "source-ports-to-the-end", "any-source-port" },
};

/* A line that is being changed. */
struct place {
	const struct script_file *file;
	size_t file_number;
	size_t number;
	const char *line;
	struct mutants *mutants;
};

static void add(const struct place *place, const char *change, const char *now)
{
	struct mutants *mutants = place->mutants;

	mutants->mutant = reallocarray(mutants->mutant, mutants->count + 1,
				       sizeof(*mutants->mutant));
	if (!mutants->mutant)
		die("memory");
	mutants->mutant[mutants->count++] = (struct mutant) {
		.file = place->file_number, .line = place->number, .change = change,
		.now = now ? strdup(now) : NULL,
	};
}

/* The line with something else in the place of @cut characters at @at. */
static void splice(const struct place *place, const char *change, const char *at, size_t cut,
		   const char *with)
{
	char now[LINE_ROOM];

	snprintf(now, sizeof(now), "%.*s%s%s", (int)(at - place->line), place->line, with, at + cut);
	add(place, change, now);
}

/* What people read in a comment is not touched. */
static size_t rule_length(const struct place *place)
{
	const char *end = strstr(place->line, place->file->dialect == DIALECT_NFT ?
				 " comment \"" : "-m comment ");

	return end ? (size_t)(end - place->line) : strlen(place->line);
}

static const char *find(const struct place *place, const char *word)
{
	const char *at = strstr(place->line, word);
	const char *end = place->line + rule_length(place);

	if (at && at < end)
		return at;
	/* The target of iptables stands behind the comment. */
	end = strrchr(end, '"');
	return place->file->dialect == DIALECT_NFT || !end ? NULL : strstr(end, word);
}

/* Protocols are named more than once: every place counts. */
static void replace_all(const struct place *place, const struct swap *swap, const char *from,
			const char *to)
{
	char now[LINE_ROOM];
	size_t used = 0, step = strlen(from);
	const char *at = place->line, *end = place->line + rule_length(place), *next;

	while ((next = strstr(at, from)) && next < end && used < sizeof(now)) {
		used += (size_t)snprintf(now + used, sizeof(now) - used, "%.*s%s",
					 (int)(next - at), at, to);
		at = next + step;
	}
	if (used < sizeof(now))
		snprintf(now + used, sizeof(now) - used, "%s", at);
	add(place, swap->name, now);
}

static void swap_words(const struct place *place)
{
	bool nft = place->file->dialect == DIALECT_NFT;
	size_t i;

	for (i = 0; i < sizeof(swaps) / sizeof(*swaps); i++) {
		const struct swap *swap = &swaps[i];
		const char *from = nft ? swap->nft_from : swap->xt_from;
		const char *to = nft ? swap->nft_to : swap->xt_to;
		const char *at = to ? find(place, from) : NULL;

		if (!at)
			continue;
		if (!strcmp(swap->name, "tcp") || !strcmp(swap->name, "udp"))
			replace_all(place, swap, from, to);
		else
			splice(place, swap->name, at, strlen(from), to);
	}
}

static bool edit_range(enum edit edit, unsigned long *low, unsigned long *high)
{
	unsigned long was[2] = { *low, *high };

	switch (edit) {
	case LOW_DOWN:
		*low -= 1;
		break;
	case LOW_UP:
		*low += 1;
		break;
	case HIGH_DOWN:
		*high -= 1;
		break;
	case HIGH_UP:
		*high += 1;
		break;
	default:
		*high = 65535;
	}
	return *low && *high <= 65535 && *low <= *high && (*low != was[0] || *high != was[1]);
}

static void edit_ports(const struct place *place, bool source)
{
	bool nft = place->file->dialect == DIALECT_NFT;
	const char *const keys[2][2] = { { "--dport ", "--sport " }, { " dport ", " sport " } };
	const char *key = keys[nft][source], *at = find(place, key), *number;
	unsigned long was[2];
	enum edit edit;
	char *end;

	if (!at || !isdigit((unsigned char)at[strlen(key)]))
		return;
	number = at + strlen(key);
	was[0] = was[1] = strtoul(number, &end, 10);
	if (*end == (nft ? '-' : ':'))
		was[1] = strtoul(end + 1, &end, 10);
	for (edit = LOW_DOWN; edit < GONE; edit++) {
		unsigned long low = was[0], high = was[1];
		char now[32];

		if (!edit_range(edit, &low, &high))
			continue;
		snprintf(now, sizeof(now), low == high ? "%lu" : "%lu%c%lu", low, nft ? '-' : ':',
			 high);
		splice(place, edit_names[source][edit], number, (size_t)(end - number), now);
	}
	/* Of nft's the word before goes along: it says which protocol's. */
	if (nft)
		at -= 3;
	splice(place, edit_names[source][GONE], at, (size_t)(end - at) + (*end == ' '), "");
}

/* The last digit of an address becomes another. */
static void other_address(const struct place *place, const char *change, const char *at)
{
	size_t length = strspn(at, "0123456789abcdef.:");
	char now[2];

	/* Of an address and a port, the colon of IPv4 ends the address. */
	if (memchr(at, '.', length))
		length = strspn(at, "0123456789.");
	if (!length)
		return;
	now[0] = at[length - 1] == '9' || at[length - 1] == 'f' ? '8' : at[length - 1] + 1;
	now[1] = '\0';
	splice(place, change, at + length - 1, 1, now);
}

static void edit_addresses(const struct place *place)
{
	static const struct {
		const char *key;
		const char *other;
		const char *any;
	} keys[] = {
		{ "ip saddr ", "other-source", "any-source" },
		{ "ip6 saddr ", "other-source", "any-source" },
		{ "ip daddr ", "other-destination", "any-destination" },
		{ "ip6 daddr ", "other-destination", "any-destination" },
		{ "-s ", "other-source", "any-source" },
		{ "-d ", "other-destination", "any-destination" },
		{ " to ", "other-target", NULL },
		{ "--to-destination ", "other-target", NULL },
		{ "--to-source ", "other-target", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *at = keys[i].any ? find(place, keys[i].key) :
				 strstr(place->line + rule_length(place), keys[i].key);
		const char *token;

		if (!keys[i].any && !at)
			at = find(place, keys[i].key);
		token = at ? at + strlen(keys[i].key) : NULL;
		if (!token || !isxdigit((unsigned char)*token))
			continue;
		other_address(place, keys[i].other, token);
		if (keys[i].any)
			splice(place, keys[i].any, at, strlen(keys[i].key) + strcspn(token, " ") + 1,
			       "");
	}
}

/* The first of those in braces goes. */
static void edit_braces(const struct place *place)
{
	const char *open = find(place, "{ "), *comma = open ? strchr(open, ',') : NULL;

	if (comma && comma < place->line + rule_length(place))
		splice(place, "element-out", open + 2, (size_t)(comma + 2 - open - 2), "");
}

static bool is_rule(const struct place *place)
{
	static const char *const words[] = {
		" accept", " drop", " reject", " jump ", "ct helper set", "snat ", "dnat ",
		"masquerade", "redirect",
	};
	size_t i;

	if (place->file->dialect != DIALECT_NFT)
		return !strncmp(place->line, "-A ", 3) || !strncmp(place->line, "add ", 4);
	if (strchr("#", place->line[0]) || find(place, " hook "))
		return false;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (find(place, words[i]))
			return true;
	return false;
}

/* Of nft: a line of "elements = {" that begins with an address. */
static bool is_element(const struct place *place)
{
	const char *at = place->line + strspn(place->line, "\t");

	return place->file->dialect == DIALECT_IPSET ? !strncmp(at, "add ", 4) :
	       place->file->dialect == DIALECT_NFT && isxdigit((unsigned char)*at) &&
	       strcspn(at, ".:") <= 4;
}

static bool is_setting(const struct place *place)
{
	if (place->file->dialect == DIALECT_NFT)
		return find(place, " policy ") || find(place, "type \"amanda\"");
	return place->line[0] == ':';
}

static void mutate_element(const struct place *place)
{
	const char *at = place->line + strspn(place->line, "\t");

	if (place->file->dialect == DIALECT_IPSET)
		at = strrchr(place->line, '"') ? strchr(at + 4, ' ') + 1 : at + 4;
	add(place, "element-out", NULL);
	other_address(place, "other-element", at);
}

static void mutate_line(const struct place *place)
{
	if (is_element(place)) {
		mutate_element(place);
	} else if (is_rule(place)) {
		add(place, "out", NULL);
		swap_words(place);
		edit_ports(place, false);
		edit_ports(place, true);
		edit_addresses(place);
		edit_braces(place);
	} else if (is_setting(place)) {
		swap_words(place);
	} else {
		return;
	}
	place->mutants->rules++;
}

/**
 * mutants_make() - all mutants of a ruleset
 * @mutants: to fill
 * @script: the ruleset
 */
void mutants_make(struct mutants *mutants, const struct script *script)
{
	size_t i, j;

	memset(mutants, 0, sizeof(*mutants));
	for (i = 0; i < script->count; i++)
		for (j = 0; j < script->file[i].count; j++)
			mutate_line(&(struct place) {
				&script->file[i], i, j, script->file[i].line[j], mutants,
			});
}

/* The same ruleset has the same sample everywhere and always. */
static uint64_t seed_of(const struct script *script)
{
	uint64_t seed = 14695981039346656037u;
	size_t i, j;
	const char *at;

	for (i = 0; i < script->count; i++)
		for (j = 0; j < script->file[i].count; j++)
			for (at = script->file[i].line[j]; *at; at++)
				seed = (seed ^ (unsigned char)*at) * 1099511628211u;
	return seed;
}

static bool same_line(const struct mutant *a, const struct mutant *b)
{
	return a->file == b->file && a->line == b->line;
}

/**
 * mutants_sample() - keep of each line the one without it, and one that is changed
 * @mutants: of mutants_make()
 * @script: of this ruleset, whose text chooses
 */
void mutants_sample(struct mutants *mutants, const struct script *script)
{
	size_t from, to, kept = 0, i;

	chance_seed(seed_of(script));
	for (from = 0; from < mutants->count; from = to) {
		size_t chosen, changes;

		for (to = from; to < mutants->count; to++)
			if (!same_line(&mutants->mutant[from], &mutants->mutant[to]))
				break;
		changes = to - from - !mutants->mutant[from].now;
		chosen = changes ? to - changes + chance_below((uint32_t)changes) : to;
		for (i = from; i < to; i++) {
			if (!mutants->mutant[i].now || i == chosen)
				mutants->mutant[kept++] = mutants->mutant[i];
			else
				free(mutants->mutant[i].now);
		}
	}
	mutants->count = kept;
}

/** mutants_free() - forget them */
void mutants_free(struct mutants *mutants)
{
	size_t i;

	for (i = 0; i < mutants->count; i++)
		free(mutants->mutant[i].now);
	free(mutants->mutant);
}
