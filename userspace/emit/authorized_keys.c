// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * authorized_keys of sshd(8): each key from its machine's addresses, for one
 * command, and with nothing else that ssh can do.
 *
 * What this file cannot say: which of the user's other keys may still do more,
 * and that the user needs a shell: sshd has it run even a forced command, and
 * Debian's user "backup" has /usr/sbin/nologin.
 */
#include <errno.h>
#include <string.h>

#include "emit/demand.h"
#include "emit/emit.h"
#include "emit/public_key.h"
#include "emit/ssh_access.h"

/* amlibexecdir of the packages; runssh() in ssh-security.c says amandad-path. */
static const char *amandad_path(const struct plan *plan)
{
	return !strcmp(ssh_amanda_user(plan), "backup") ? "/usr/lib/amanda/amandad" :
		"/usr/libexec/amanda/amandad";
}

/* sshd's dollar_expand() is for options; its patterns know "!*?," and names have none. */
static void put_from(FILE *out, const struct ssh_visitor *visitor)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	fputs("restrict,from=\"", out);
	for (i = 0; i < visitor->from_count; i++) {
		address_print(&visitor->from[i], text);
		fprintf(out, "%s%s", i ? "," : "", text);
	}
	fputs("\"", out);
}

static void put_command(FILE *out, const struct plan *plan, const struct ssh_visitor *visitor)
{
	if (visitor->services & SERVICE_BACKUPPC) {
		fputs(",command=\"sudo -n " SSH_BACKUPPC_COMMAND "\" ", out);
		return;
	}
	fprintf(out, ",command=\"%s -auth=ssh", amandad_path(plan));
	ssh_services_print(visitor->services, out);
	fputs("\" ", out);
}

static int put_key(FILE *out, const struct plan *plan, const struct ssh_visitor *visitor,
		   FILE *errors)
{
	const struct public_keys *keys = plan->options.keys;
	const struct public_key *key = keys ? public_keys_of(keys, visitor->host->name) : NULL;

	if (keys && !key) {
		fprintf(errors, "%s: no key of %s, as in \"ssh-ed25519 AAAA... root@%s\"\n",
			keys->text.name, visitor->host->name, visitor->host->name);
		return -EINVAL;
	}
	if (key)
		fprintf(out, "%s %s ", key->type, key->data);
	else
		fputs("ssh-ed25519 PUT-ITS-PUBLIC-KEY-HERE ", out);
	name_put(out, visitor->host->name);
	fputc('\n', out);
	return 0;
}

static int put_visitor(FILE *out, const struct plan *plan, const struct ssh_visitor *visitor,
		       FILE *errors)
{
	fputs("\n# ", out);
	name_put(out, visitor->host->name);
	if (visitor->services & SERVICE_BACKUPPC)
		fputs(": BackupPC reads files", out);
	else
		fputs(" asks amandad for:", out);
	ssh_services_print(visitor->services, out);
	fputc('\n', out);
	put_from(out, visitor);
	put_command(out, plan, visitor);
	return put_key(out, plan, visitor, errors);
}

static void put_head(FILE *out, const struct plan *plan, const char *user, bool backuppc)
{
	title_put(out, plan, backuppc ? "BackupPC's keys" : "Amanda's keys", "authorized_keys");
	fprintf(out, "# For ~%s/.ssh/authorized_keys, or for this folder, with\n"
		"#\tAuthorizedKeysFile .ssh/authorized_keys /etc/ssh/authorized_keys.d/%%u\n"
		"# in sshd_config.  The user needs a shell: not /usr/sbin/nologin.\n", user);
	if (!plan->options.keys)
		fputs("# Keys are to be filled in, or given as --key FILE.\n", out);
	if (!backuppc) {
		fputs("# Without words behind -auth=ssh amandad would serve everything.\n", out);
		return;
	}
	fputs("# rrsync (package rsync) lets nothing but reading through, and \"--format sudoers\" has\n"
	      "# the rule for sudo.  In BackupPC's configuration of this machine:\n"
	      "#\t$Conf{RsyncSshArgs} = ['-e', '$sshPath -l " SSH_BACKUPPC_USER "'];\n"
	      "#\t$Conf{RsyncClientPath} = 'rsync';\n"
	      "# and no '--protect-args' in $Conf{RsyncArgs}: it hides what rrsync has to see.\n", out);
}

static bool visits(const struct ssh_visitor *visitor, bool backuppc)
{
	return !!(visitor->services & SERVICE_BACKUPPC) == backuppc;
}

/* A file for each user, since a key opens one user's account. */
static int put_user(const struct plan *plan, const struct ssh_access *access, bool backuppc,
		    struct output *output, FILE *errors)
{
	const char *user = backuppc ? SSH_BACKUPPC_USER : ssh_amanda_user(plan);
	char path[64];
	FILE *out = NULL;
	size_t i;
	int err = 0;

	snprintf(path, sizeof(path), "etc/ssh/authorized_keys.d/%s", user);
	for (i = 0; i < access->count && !err; i++) {
		if (!visits(&access->visitors[i], backuppc))
			continue;
		if (!out) {
			out = output_file(output, path, 0644);
			if (!out)
				return -ENOMEM;
			put_head(out, plan, user, backuppc);
		}
		err = put_visitor(out, plan, &access->visitors[i], errors);
	}
	return err;
}

static int put_all(const struct plan *plan, const struct ssh_access *access,
		   struct output *output, FILE *errors)
{
	int err;

	if (!access->count) {
		site_error(plan->site, plan->host->name_span, "nobody backs %s up over ssh",
			   plan->host->name);
		return -EINVAL;
	}
	err = put_user(plan, access, false, output, errors);
	return err ? err : put_user(plan, access, true, output, errors);
}

/**
 * authorized_keys_write() - write the lines of authorized_keys
 * @plan: the plan
 * @output: where to
 * @errors: where complaints about keys go
 *
 * Return: 0; -EINVAL after a complaint; or -ENOMEM.
 */
int authorized_keys_write(const struct plan *plan, struct output *output, FILE *errors)
{
	struct ssh_access access;
	int err = ssh_access_of(plan, &access);

	if (!err)
		err = put_all(plan, &access, output, errors);
	ssh_access_free(&access);
	return err ? err : output_end(output);
}
