// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sudoers(5): BackupPC logs in as a user without rights and may run one
 * command as root.
 *
 * What this file cannot say: what rsync is asked for.  Words behind a command
 * are all that sudo compares; with --protect-args rsync gets its options
 * elsewhere, where --log-file writes any file as root.  rrsync compares them.
 */
#include <errno.h>
#include <string.h>

#include "emit/demand.h"
#include "emit/emit.h"
#include "emit/ssh_access.h"

static void put_visitors(FILE *out, const struct ssh_access *access)
{
	size_t i;

	fputs("# For:", out);
	for (i = 0; i < access->count; i++)
		if (access->visitors[i].services & SERVICE_BACKUPPC) {
			fputc(' ', out);
			name_put(out, access->visitors[i].host->name);
		}
	fputc('\n', out);
}

/* rrsync reads what the other side asked for from the environment. */
static void put_rules(FILE *out, const struct ssh_access *access)
{
	fputs("# For /etc/sudoers.d; visudo -c -f FILE looks it over.\n"
	      "#\n"
	      "# Amanda needs no rule: amandad starts what needs rights by programs that have them.\n",
	      out);
	put_visitors(out, access);
	fputs("# The command has no wildcard.  rrsync -ro runs rsync as a sender and refuses its\n"
	      "# options that write, --protect-args among them.\n"
	      "User_Alias AMFW_BACKUPPC = " SSH_BACKUPPC_USER "\n"
	      "Cmnd_Alias AMFW_READ = " SSH_BACKUPPC_COMMAND "\n"
	      "Defaults!AMFW_READ env_keep += \"SSH_ORIGINAL_COMMAND SSH_CONNECTION\"\n"
	      "Defaults!AMFW_READ !requiretty, !use_pty\n"
	      "AMFW_BACKUPPC ALL=(root) NOPASSWD: AMFW_READ\n", out);
}

static bool has_backuppc(const struct ssh_access *access)
{
	size_t i;

	for (i = 0; i < access->count; i++)
		if (access->visitors[i].services & SERVICE_BACKUPPC)
			return true;
	return false;
}

static int put_file(const struct plan *plan, const struct ssh_access *access,
		    struct output *output)
{
	FILE *out;

	if (!has_backuppc(access)) {
		site_error(plan->site, plan->host->name_span,
			   "no BackupPC server fetches from %s over ssh, and Amanda needs no sudo",
			   plan->host->name);
		return -EINVAL;
	}
	out = output_file(output, "etc/sudoers.d/amfw", 0440);
	if (!out)
		return -ENOMEM;
	title_put(out, plan, "What BackupPC may run", "sudoers");
	put_rules(out, access);
	return 0;
}

/**
 * sudoers_write() - write a file for sudoers.d
 * @plan: the plan
 * @output: where to
 * @errors: not used; complaints go where the site's go
 *
 * Return: 0; -EINVAL after a complaint; or -ENOMEM.
 */
int sudoers_write(const struct plan *plan, struct output *output, FILE *errors)
{
	struct ssh_access access;
	int err = ssh_access_of(plan, &access);

	(void)errors;
	if (!err)
		err = put_file(plan, &access, output);
	ssh_access_free(&access);
	return err ? err : output_end(output);
}
