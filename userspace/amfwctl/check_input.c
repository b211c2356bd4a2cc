// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files that hold a ruleset.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/check.h"

/* The loader takes less; it says so, and need not be given all of it. */
#define FILE_MOST	RULESET_TEXT_MOST

static const struct {
	const char *name;
	enum dialect dialect;
} dialects[] = {
	{ "nft", DIALECT_NFT },
	{ "iptables", DIALECT_IPTABLES },
	{ "ip6tables", DIALECT_IP6TABLES },
	{ "ipset", DIALECT_IPSET },
};

/**
 * dialect_find() - a language by its name
 * @name: the name
 * @dialect: receives it
 *
 * Return: false where there is none of that name.
 */
bool dialect_find(const char *name, enum dialect *dialect)
{
	size_t i;

	for (i = 0; i < sizeof(dialects) / sizeof(*dialects); i++) {
		if (strcmp(dialects[i].name, name))
			continue;
		*dialect = dialects[i].dialect;
		return true;
	}
	return false;
}

/**
 * rules_input_add() - one more file
 * @rules: the files
 * @path: of it; "-": standard input
 * @dialect: of it
 *
 * Return: 0 or -ENOMEM.
 */
int rules_input_add(struct rules_input *rules, const char *path, enum dialect dialect)
{
	struct source *grown;

	if (rules->count == rules->room) {
		size_t room = rules->room ? 2 * rules->room : 4;

		grown = reallocarray(rules->sources, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		rules->sources = grown;
		rules->room = room;
	}
	rules->sources[rules->count++] = (struct source) { .dialect = dialect, .path = path };
	return 0;
}

static int read_all(struct source *source, FILE *file)
{
	size_t room = 1 << 16, length = 0, got;
	char *text = malloc(room), *grown;

	while (text) {
		got = fread(text + length, 1, room - 1 - length, file);
		length += got;
		if (!got || length > FILE_MOST)
			break;
		if (length + 1 < room)
			continue;
		room *= 2;
		grown = realloc(text, room);
		if (!grown)
			free(text);
		text = grown;
	}
	if (!text)
		return -ENOMEM;
	text[length] = '\0';
	source->text = text;
	source->length = length;
	return ferror(file) ? -errno : 0;
}

static int read_source(struct source *source)
{
	bool input = !strcmp(source->path, "-");
	FILE *file = input ? stdin : fopen(source->path, "re");
	int err;

	if (!file)
		return -errno;
	err = read_all(source, file);
	if (!input)
		fclose(file);
	return err;
}

/**
 * rules_input_read() - read all files
 * @rules: them
 *
 * Return: an enum exit_code, after a message where it is not EXIT_DONE.
 */
int rules_input_read(struct rules_input *rules)
{
	size_t i;
	int err;

	for (i = 0; i < rules->count; i++) {
		err = read_source(&rules->sources[i]);
		if (!err)
			continue;
		fprintf(stderr, "amfwctl: %s: %s\n", rules->sources[i].path, strerror(-err));
		return err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
	}
	return EXIT_DONE;
}

/**
 * rules_input_free() - give the memory back
 * @rules: the files
 */
void rules_input_free(struct rules_input *rules)
{
	size_t i;

	for (i = 0; i < rules->count; i++)
		free((char *)rules->sources[i].text);
	free(rules->sources);
	*rules = (struct rules_input) { 0 };
}
