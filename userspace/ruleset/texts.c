// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texts of rules that come from no file, as nft and iptables-save print them.
 *
 * Both print rules in the kernel's order, so the rules are found in the listing as
 * they are in a file.
 */
#include "ruleset/texts.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ruleset/load_inside.h"
#include "ruleset/netlink.h"
#include "ruleset/origin.h"

/* A listing that is longer is not worth the wait. */
#define LISTING_MOST	((off_t)256 << 20)
/* A kernel of a million elements lists them in half of that. */
#define LISTING_SECONDS	60
#define NO_TEXT		"(a rule without a listing)"

/**
 * struct listing - what is to be printed
 * @program: to run for it; NULL: libnftables
 * @dialect: that it prints
 */
struct listing {
	const char *program;
	enum dialect dialect;
};

static int list_nft(int out)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	FILE *file = fdopen(out, "w");
	int result;

	if (!nft || !file)
		return 1;
	nft_ctx_buffer_error(nft);
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_TERSE);
	nft_ctx_set_output(nft, file);
	result = nft_run_cmd_from_buffer(nft, "list ruleset");
	return fflush(file) ? 1 : result;
}

/* Never returns: libnftables ends the process where memory is out. */
static void list_in_child(const struct listing *listing, const struct sandbox *sandbox, int out)
{
	const char *const argv[] = { listing->program, NULL };

	if (sandbox && !sandbox_enter(sandbox))
		_exit(1);
	alarm(LISTING_SECONDS);
	if (listing->program)
		execute_program(argv, -1, out);
	_exit(list_nft(out) ? 1 : 0);
}

static int run_listing(const struct listing *listing, const struct sandbox *sandbox, int out)
{
	int status = -1;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child)
		list_in_child(listing, sandbox, out);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return child > 0 && WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* The text of a listing in the ruleset's memory, into which origins point. */
static int take_listing(struct ruleset *ruleset, const struct listing *listing, int from)
{
	struct source source = { .dialect = listing->dialect };
	off_t length = lseek(from, 0, SEEK_END);
	char *bytes;

	if (length <= 0 || length > LISTING_MOST)
		return 0;
	bytes = mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, from, 0);
	if (bytes == MAP_FAILED)
		return -ENOMEM;
	source.text = bytes;
	source.length = (size_t)length;
	length = origin_find(ruleset, &source, 1);
	munmap(bytes, source.length);
	return (int)length;
}

static bool lacks_text(const struct ruleset *ruleset)
{
	size_t t, c, r;

	for (t = 0; t < ruleset->count; t++)
		for (c = 0; c < ruleset->tables[t].chain_count; c++)
			for (r = 0; r < ruleset->tables[t].chains[c].count; r++)
				if (!*ruleset->tables[t].chains[c].rules[r].text)
					return true;
	return false;
}

static void fill_rest(struct ruleset *ruleset)
{
	size_t t, c, r;

	for (t = 0; t < ruleset->count; t++)
		for (c = 0; c < ruleset->tables[t].chain_count; c++)
			for (r = 0; r < ruleset->tables[t].chains[c].count; r++)
				if (!*ruleset->tables[t].chains[c].rules[r].text)
					ruleset->tables[t].chains[c].rules[r].text = NO_TEXT;
}

/* Whether a table may be of iptables-nft: it names them as the kernel's old ones. */
static bool has_xtables(const struct ruleset *ruleset, int family)
{
	static const char *const names[] = { "filter", "nat", "mangle", "raw", "security" };
	size_t t, i;

	for (t = 0; t < ruleset->count; t++)
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (ruleset->tables[t].family == family &&
			    !strcmp(ruleset->tables[t].name, names[i]))
				return true;
	return false;
}

/**
 * texts_fill() - give a text to each rule that has none
 * @ruleset: as it was read
 * @sandbox: where it is; NULL: here
 *
 * Return: 0, or -ENOMEM.
 */
int texts_fill(struct ruleset *ruleset, const struct sandbox *sandbox)
{
	static const struct listing listings[] = {
		{ "iptables-nft-save", DIALECT_IPTABLES },
		{ "ip6tables-nft-save", DIALECT_IP6TABLES },
		{ NULL, DIALECT_NFT },
	};
	size_t i;
	int out, result = 0;

	for (i = 0; !result && i < 3 && lacks_text(ruleset); i++) {
		if (listings[i].dialect != DIALECT_NFT &&
		    !has_xtables(ruleset, listings[i].dialect == DIALECT_IPTABLES ?
					  NFPROTO_IPV4 : NFPROTO_IPV6))
			continue;
		out = memory_file("", 0);
		if (out < 0)
			return -ENOMEM;
		if (!run_listing(&listings[i], sandbox, out))
			result = take_listing(ruleset, &listings[i], out);
		close(out);
	}
	fill_rest(ruleset);
	return result;
}
