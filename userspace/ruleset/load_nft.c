// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nft's own language, by its own library.
 */
#include <errno.h>
#include <limits.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ruleset/batch_split.h"
#include "ruleset/load_inside.h"
#include "ruleset/nft_devices.h"
#include "ruleset/nft_report.h"

/* It reports up to 10 errors at a time: so many rounds of new interfaces. */
#define ROUNDS		1000

/* Files that are included by a relative name are looked for beside the file. */
static void go_beside(struct nft_ctx *nft, const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || (size_t)(slash - path) >= sizeof(folder)) {
		nft_ctx_add_include_path(nft, ".");
		return;
	}
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	nft_ctx_add_include_path(nft, slash == path ? "/" : folder);
	if (chdir(slash == path ? "/" : folder) < 0)
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
}

/* Whether there is now something that the text needs and had not found. */
static bool make_missing(const struct source *source, const char *report)
{
	return nft_report_make_links(report) > 0 ||
	       nft_report_make_tables(report) > 0 ||
	       (strstr(report, strerror(ENOENT)) &&
		nft_devices_make(source->text, source->length) > 0);
}

static void judge(const struct source *source, const char *report, const char *alias, bool *again)
{
	/* What is there already would be there twice. */
	*again = !batch_split_committed() && make_missing(source, report);
	if (*again)
		return;
	nft_report_print(report, alias, source->path);
	if (batch_split_failed())
		fprintf(stderr, "%s: one rule or set is too big for an unprivileged user: run as root\n",
			source->path);
}

static int run(const struct source *source, const char *alias, bool *again)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int result;

	*again = false;
	if (!nft) {
		fputs("libnftables does not start\n", stderr);
		return -1;
	}
	nft_ctx_buffer_error(nft);
	nft_ctx_buffer_output(nft);
	go_beside(nft, source->path);
	batch_split_allow(true);
	result = nft_run_cmd_from_filename(nft, alias);
	/* Asking for the errors empties them. */
	if (result)
		judge(source, nft_ctx_get_error_buffer(nft), alias, again);
	batch_split_allow(false);
	nft_ctx_free(nft);
	return result ? -1 : 0;
}

/**
 * load_nft() - load a file of nft
 * @source: it
 *
 * Return: 0, or -1 after a message.
 */
int load_nft(const struct source *source)
{
	char alias[64];
	bool again = true;
	int result = -1, round, fd;

	/* Of text in memory, libnftables 1.0.6 shows the first line at every error. */
	fd = memory_file(source->text, source->length);
	if (fd < 0)
		return -1;
	snprintf(alias, sizeof(alias), "/proc/self/fd/%d", fd);
	for (round = 0; result && again && round < ROUNDS; round++)
		result = run(source, alias, &again);
	close(fd);
	return result;
}
