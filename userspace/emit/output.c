// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a format writes is kept until it is complete: half a ruleset is worse
 * than none.
 */
#include "emit/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_add(struct output *output, const char *path, mode_t mode)
{
	struct output_file *grown, *file;

	grown = reallocarray(output->files, output->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	output->files = grown;
	file = &grown[output->count];
	memset(file, 0, sizeof(*file));
	file->mode = mode;
	file->path = strdup(path);
	if (!file->path)
		return -ENOMEM;
	output->count++;
	return 0;
}

/**
 * output_end() - the last file is complete
 * @output: the output
 *
 * Return: 0, or -ENOMEM.
 */
int output_end(struct output *output)
{
	struct output_file *file;
	bool failed;

	if (!output->open)
		return 0;
	failed = ferror(output->open);
	failed = fclose(output->open) || failed;
	output->open = NULL;
	file = &output->files[output->count - 1];
	file->text = output->text;
	file->length = output->length;
	output->text = NULL;
	return failed ? -ENOMEM : 0;
}

/**
 * output_file() - begin a file, which ends the one before
 * @output: the output
 * @path: where it belongs, below the folder that it may be saved in
 * @mode: permissions
 *
 * Return: the stream to write to, which belongs to @output; or NULL without
 * memory.
 */
FILE *output_file(struct output *output, const char *path, mode_t mode)
{
	if (output_end(output) || file_add(output, path, mode))
		return NULL;
	output->open = open_memstream(&output->text, &output->length);
	return output->open;
}

/**
 * output_print() - write everything to one stream
 * @output: the output, ended
 * @out: where to
 *
 * Several files are told apart as head(1) does it.
 *
 * Return: 0, or -EIO as @out says.
 */
int output_print(const struct output *output, FILE *out)
{
	size_t i;

	for (i = 0; i < output->count; i++) {
		if (output->count > 1)
			fprintf(out, "%s==> %s <==\n", i ? "\n" : "", output->files[i].path);
		fwrite(output->files[i].text, 1, output->files[i].length, out);
	}
	return ferror(out) ? -EIO : 0;
}

static int complain(FILE *errors, const char *path, int err)
{
	fprintf(errors, "amfwctl: %s: %s\n", path, strerror(err));
	return -err;
}

/* The folders above a file, as mkdir -p makes them. */
static int make_folders(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0777) && errno != EEXIST)
			return errno;
		*slash = '/';
	}
	return 0;
}

static int write_all(int fd, const char *text, size_t length)
{
	ssize_t written;

	for (; length; text += written, length -= (size_t)written) {
		written = write(fd, text, length);
		if (written < 0)
			return errno;
	}
	return 0;
}

static int write_new(const char *path, const struct output_file *file)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, file->mode);
	int err;

	if (fd < 0)
		return errno;
	err = write_all(fd, file->text, file->length);
	if (!err && fchmod(fd, file->mode))
		err = errno;
	if (close(fd) && !err)
		err = errno;
	return err;
}

/* Under a name that nobody reads, until all of them are there. */
static int save_aside(const struct output_file *file, const char *folder, FILE *errors)
{
	char *path;
	int err;

	if (asprintf(&path, "%s/%s.new", folder, file->path) < 0)
		return -ENOMEM;
	err = make_folders(path);
	if (!err)
		err = write_new(path, file);
	if (err)
		err = complain(errors, path, err);
	free(path);
	return err;
}

static int settle(const struct output_file *file, const char *folder, bool keep, FILE *errors)
{
	char *aside, *path = NULL;
	int err = 0;

	if (asprintf(&aside, "%s/%s.new", folder, file->path) < 0)
		return -ENOMEM;
	if (asprintf(&path, "%s/%s", folder, file->path) < 0)
		path = NULL;
	if (keep && path && rename(aside, path))
		err = complain(errors, path, errno);
	else if (!keep)
		unlink(aside);
	free(aside);
	free(path);
	return path ? err : -ENOMEM;
}

/**
 * output_save() - write the files below a folder
 * @output: the output, ended
 * @folder: the folder; made where it is missing
 * @errors: where complaints go
 *
 * Nothing takes its place before all of it has been written.
 *
 * Return: 0; or a negative errno, after a complaint.
 */
int output_save(const struct output *output, const char *folder, FILE *errors)
{
	size_t i, done = 0;
	int err = 0;

	while (done < output->count && !err)
		err = save_aside(&output->files[done++], folder, errors);
	for (i = 0; i < done; i++) {
		int settled = settle(&output->files[i], folder, !err, errors);

		err = err ? err : settled;
	}
	return err;
}

/**
 * output_free() - give the memory back
 * @output: the output
 */
void output_free(struct output *output)
{
	size_t i;

	output_end(output);
	for (i = 0; i < output->count; i++) {
		free(output->files[i].path);
		free(output->files[i].text);
	}
	free(output->files);
	memset(output, 0, sizeof(*output));
}
