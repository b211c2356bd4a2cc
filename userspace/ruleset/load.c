// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ruleset from files or from the running kernel: loads files in a sandbox,
 * reads back what the kernel made of them and has it compiled.
 */
#include "ruleset/load.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ruleset/dialect.h"
#include "ruleset/dump_read.h"
#include "ruleset/ipset_missing.h"
#include "ruleset/links.h"
#include "ruleset/load_inside.h"
#include "ruleset/origin.h"
#include "ruleset/netlink.h"
#include "ruleset/sandbox.h"
#include "ruleset/texts.h"

/* All that is kept of a ruleset: a million elements, or some 100,000 rules. */
#define RULESET_MOST	((size_t)1 << 30)

struct loading {
	const struct source *sources;
	size_t count;
	const struct load_options *options;
};

static int load_source(const struct source *source)
{
	switch (source_dialect(source)) {
	case DIALECT_IPTABLES:
		return load_xtables(source, false);
	case DIALECT_IP6TABLES:
		return load_xtables(source, true);
	case DIALECT_IPSET:
		return load_ipset(source);
	default:
		return load_nft(source);
	}
}

/* Rules of iptables name sets, which have to be there before. */
static int load_sets_first(const struct loading *loading)
{
	size_t i;

	for (i = 0; i < loading->count; i++)
		if (source_dialect(&loading->sources[i]) == DIALECT_IPSET &&
		    load_source(&loading->sources[i]) < 0)
			return -1;
	return 0;
}

static int load_inside(void *data)
{
	const struct loading *loading = data;
	size_t i;
	int result;

	/* Messages are looked into, and are the same for everybody. */
	setlocale(LC_ALL, "C");
	setenv("LC_ALL", "C", 1);
	for (i = 0; i < loading->options->interface_count; i++) {
		result = link_make(loading->options->interfaces[i]);
		if (result < 0) {
			fprintf(stderr, "interface %s: %s\n", loading->options->interfaces[i],
				strerror(-result));
			return -1;
		}
	}
	if (load_sets_first(loading) < 0 ||
	    ipset_make_missing(loading->sources, loading->count) < 0)
		return -1;
	for (i = 0; i < loading->count; i++)
		if (source_dialect(&loading->sources[i]) != DIALECT_IPSET &&
		    load_source(&loading->sources[i]) < 0)
			return -1;
	return 0;
}

/**
 * ruleset_put() - load files into the network namespace that one is in
 * @sources: the files, sets of ipset first
 * @count: entries of @sources
 * @options: which interfaces shall be there; nothing ends what takes too long
 *
 * Return: 0, or -1 after a message to stderr.
 */
int ruleset_put(const struct source *sources, size_t count,
		const struct load_options *options)
{
	struct loading loading = { .sources = sources, .count = count, .options = options };

	return load_inside(&loading);
}

static bool is_text(const struct source *source, FILE *errors)
{
	const char *nul = memchr(source->text, 0, source->length), *at = source->text;
	unsigned int line = 1;

	if (!nul)
		return true;
	while ((at = memchr(at, '\n', (size_t)(nul - at)))) {
		line++;
		at++;
	}
	fprintf(errors, "%s:%u: a NUL byte: this is no text, and no ruleset\n", source->path, line);
	return false;
}

static bool are_texts(const struct source *sources, size_t count, FILE *errors)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (sources[i].length > RULESET_TEXT_MOST) {
			fprintf(errors,
				"%s: more than %zu MB are not read; rules that are loaded may be of any size: check those (no --rules)\n",
				sources[i].path, RULESET_TEXT_MOST >> 20);
			return false;
		}
		if (!is_text(&sources[i], errors))
			return false;
	}
	return true;
}

static int start(struct ruleset *ruleset, FILE *errors)
{
	memset(ruleset, 0, sizeof(*ruleset));
	ruleset->arena = arena_new(RULESET_MOST);
	if (!ruleset->arena)
		fputs("memory is out\n", errors);
	return ruleset->arena ? 0 : -1;
}

static const char *reading_failed(int result)
{
	switch (result) {
	case -EPERM:
		return "the running rules are root's alone to read";
	case -EINTR:
		return "the rules change faster than they can be read";
	case -E2BIG:
		return "sets of more than 4,000,000 elements, or more than 1,000,000 rules, are not read";
	case -ETIME:
		return "the kernel takes more than two minutes to list the elements of sets: given up";
	case -ENOMEM:
		return "memory is out";
	default:
		return NULL;
	}
}

static int finish(struct ruleset *ruleset, struct dump *dump, int result, FILE *errors)
{
	const char *why;

	if (!result && compile_ruleset(ruleset, dump) < 0)
		result = -ENOMEM;
	dump_free(dump);
	if (!result)
		return 0;
	why = reading_failed(result);
	if (why)
		fprintf(errors, "%s\n", why);
	else
		fprintf(errors, "reading the rules back: %s\n", strerror(-result));
	ruleset_free(ruleset);
	return -1;
}

/**
 * ruleset_load() - read a ruleset from files
 * @ruleset: to fill; ruleset_free() it where 0 is returned
 * @sources: the files, loaded one after the other, sets of ipset first
 * @count: entries of @sources
 * @options: how
 * @errors: where to say why not
 *
 * Return: 0, or -1 after a message.
 */
int ruleset_load(struct ruleset *ruleset, const struct source *sources, size_t count,
		 const struct load_options *options, FILE *errors)
{
	struct loading loading = { .sources = sources, .count = count, .options = options };
	struct sandbox_work work = {
		.run = load_inside, .data = &loading, .seconds = options->seconds,
	};
	struct sandbox sandbox;
	struct dump dump;
	int result;

	if (!are_texts(sources, count, errors) || start(ruleset, errors) < 0)
		return -1;
	if (sandbox_open(&sandbox, &work, errors) < 0) {
		ruleset_free(ruleset);
		return -1;
	}
	result = dump_read(ruleset, &dump, sandbox.netfilter, sandbox.route);
	if (!result)
		result = ipset_doubt_missing(ruleset, &dump, sources, count);
	if (!result)
		result = origin_find(ruleset, sources, count);
	if (!result)
		result = texts_fill(ruleset, &sandbox);
	result = finish(ruleset, &dump, result, errors);
	sandbox_close(&sandbox);
	return result;
}

/**
 * ruleset_load_live() - read the running ruleset of this network namespace
 * @ruleset: to fill; ruleset_free() it where 0 is returned
 * @errors: where to say why not
 *
 * Return: 0, or -1 after a message.
 */
int ruleset_load_live(struct ruleset *ruleset, FILE *errors)
{
	int netfilter = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	int route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct dump dump;
	int result = -1;

	if (!start(ruleset, errors)) {
		result = dump_read(ruleset, &dump, netfilter, route);
		if (!result)
			result = texts_fill(ruleset, NULL);
		result = finish(ruleset, &dump, result, errors);
	}
	close(netfilter);
	close(route);
	return result;
}

/**
 * ruleset_free() - give the memory back
 * @ruleset: it
 */
void ruleset_free(struct ruleset *ruleset)
{
	arena_free(ruleset->arena);
	memset(ruleset, 0, sizeof(*ruleset));
}
