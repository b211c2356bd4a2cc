// SPDX-License-Identifier: GPL-2.0-or-later
/* One text, loaded twice: into the machine and into the evaluator. */
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftests/ruleset/plant.h"
#include "selftests/ruleset/run.h"

#define LOAD_SECONDS	20

/* So that connections are tracked whether or not a rule asks for them. */
static const char watch[] =
	"flush ruleset; table inet watch { chain last { type filter hook prerouting priority 2000; ct state new continue; }; }";

static bool load_nft_text(const char *text)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	bool loaded;

	nft_ctx_buffer_error(nft);
	loaded = !nft_run_cmd_from_buffer(nft, watch) &&
		 !nft_run_cmd_from_buffer(nft, text);
	if (!loaded && run.verbose)
		fputs(nft_ctx_get_error_buffer(nft), stderr);
	nft_ctx_free(nft);
	return loaded;
}

/* What a program says is of interest only to who asks. */
static bool feed(const char *const argv[], const char *text)
{
	int pipes[2], status;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC))
		return false;
	child = fork();
	if (!child) {
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(pipes[0], 0);
		if (!run.verbose)
			dup2(nowhere, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(pipes[0]);
	if (write(pipes[1], text, strlen(text)) < 0)
		perror(argv[0]);
	close(pipes[1]);
	waitpid(child, &status, 0);
	return !status;
}

static bool load_xtables_text(const struct rules *rules, const char *text)
{
	static const char *const restore[] = { "iptables-nft-restore", NULL };
	static const char *const restore_6[] = { "ip6tables-nft-restore", NULL };
	static const char *const destroy[] = { "ipset", "destroy", NULL };
	static const char *const sets[] = { "ipset", "restore", NULL };

	if (!load_nft_text(""))
		return false;
	if (rules->sets && !(feed(destroy, "") && feed(sets, rules->sets)))
		return false;
	return feed(rules->six ? restore_6 : restore, text);
}

/** load_kernel() - give the machine these rules and no others */
bool load_kernel(const struct rules *rules)
{
	char *text = rules_text(rules);
	bool loaded = rules->dialect == DIALECT_NFT ? load_nft_text(text) :
		      load_xtables_text(rules, text);

	free(text);
	return loaded;
}

/** load_evaluator() - give them to the evaluator; false after a message */
bool load_evaluator(const struct rules *rules, struct subject *subject)
{
	static const char *const links[] = { LEFT_LINK, RIGHT_LINK };
	const struct load_options options = { links, 2, LOAD_SECONDS };
	char *text = rules_text(rules);
	const struct source sources[] = {
		{ rules->dialect, "rules", text, strlen(text) },
		{ DIALECT_IPSET, "sets", rules->sets, rules->sets ? strlen(rules->sets) : 0 },
	};
	bool loaded = !ruleset_load(&subject->ruleset, sources, rules->sets ? 2 : 1, &options,
				    stderr);

	if (loaded && run.planting)
		plant(&subject->ruleset, run.plant);
	if (loaded)
		subject_open(subject);
	free(text);
	return loaded;
}
