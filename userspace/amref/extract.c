// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "extract.h"
#include "tape_header.h"

static void on_drained(void *arg)
{
	struct extract *extract = arg;

	extract->full = false;
	extract->drained(extract->arg);
}

/* A program that needs no more closes its end; how it ends tells whether that is right. */
static void on_broken(void *arg, int error)
{
	struct extract *extract = arg;

	(void)error;
	extract->full = false;
	extract->drained(extract->arg);
}

static void program_ended(void *arg)
{
	struct extract *extract = arg;

	if (!extract_runs(extract))
		extract->ended(extract->arg);
}

/* Run a program that reads @in, which is closed, and writes @out. */
static int run(struct extract *extract, const char *const argv[], int in, int out)
{
	const struct child_file file[] = { { in, STDIN_FILENO }, { out, STDOUT_FILENO } };
	struct child *child = &extract->program[extract->programs];
	int error;

	child->ended = program_ended;
	child->arg = extract;
	error = child_start(child, extract->loop, argv, file, 2);
	close(in);
	if (error)
		return error;
	snprintf(extract->name[extract->programs], sizeof(extract->name[0]), "%s", argv[0]);
	extract->programs++;
	return 0;
}

/* Put a filter behind *@in; *@in is then what it writes. */
static int put_filter(struct extract *extract, const char *const argv[], int *in)
{
	int read_end, write_end, error = child_pipe(&read_end, &write_end);

	if (error) {
		close(*in);
		return error;
	}
	error = run(extract, argv, *in, write_end);
	close(write_end);
	*in = read_end;
	return error;
}

static int run_all(struct extract *extract, const struct tape_header *header, const char *decrypt,
		   const char *const argv[], int in)
{
	const char *option = header->decrypt_option[0] ? header->decrypt_option : "-d";
	const char *const decrypting[] = { decrypt, option, NULL };
	const char *const uncompressing[] = { "gzip", "-dc", NULL };
	int error = 0;

	if (header->encrypt[0])
		error = put_filter(extract, decrypting, &in);
	if (!error && header->suffix[0])
		error = put_filter(extract, uncompressing, &in);
	if (error) {
		close(in);
		return error;
	}
	/* what tar lists is talk, not data */
	return run(extract, argv, in, STDERR_FILENO);
}

/**
 * extract_begin() - run the programs
 * @extract: zeroed but for @drained, @ended and @arg; for extract_free()
 * @loop: runs it
 * @header: says what has to be undone
 * @decrypt: the program that turns round what encrypted it
 * @argv: the last program; ends in NULL
 *
 * Return: 0, or a negative errno.
 */
int extract_begin(struct extract *extract, struct loop *loop, const struct tape_header *header,
		  const char *decrypt, const char *const argv[])
{
	int in, out, error = child_pipe(&in, &out);

	if (error)
		return error;
	extract->loop = loop;
	extract->sink.drained = on_drained;
	extract->sink.failed = on_broken;
	extract->sink.arg = extract;
	error = sink_open(&extract->sink, loop, out);
	if (error) {
		close(in);
		close(out);
		return error;
	}
	return run_all(extract, header, decrypt, argv, in);
}

/**
 * extract_write() - hand over data
 * @extract: begun or zeroed
 * @data: the dump's
 * @length: in bytes
 *
 * Return: false where it wants no more before drained comes.
 */
bool extract_write(struct extract *extract, const char *data, size_t length)
{
	if (!extract->sink.open)
		return true;
	extract->full = !sink_write(&extract->sink, data, length) && extract->sink.open;
	return !extract->full;
}

/**
 * extract_end() - that was all
 * @extract: begun or zeroed
 */
void extract_end(struct extract *extract)
{
	sink_end(&extract->sink);
}

/**
 * extract_runs() - has it come to its end?
 * @extract: begun or zeroed
 *
 * Return: true as long as a program runs.
 */
bool extract_runs(const struct extract *extract)
{
	size_t i;

	for (i = 0; i < extract->programs; i++)
		if (extract->program[i].pid)
			return true;
	return false;
}

/**
 * extract_status() - how did it end?
 * @extract: runs no more
 * @text: gets the first program that failed, and how; empty where none did
 * @size: of @text, in bytes
 */
void extract_status(const struct extract *extract, char *text, size_t size)
{
	char how[64];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < extract->programs && !text[0]; i++) {
		child_status_text(&extract->program[i], how, sizeof(how));
		if (how[0])
			snprintf(text, size, "%s %s", extract->name[i], how);
	}
}

/**
 * extract_free() - stop what still runs
 * @extract: begun or zeroed
 */
void extract_free(struct extract *extract)
{
	size_t i;

	sink_close(&extract->sink);
	for (i = 0; i < extract->programs; i++)
		child_stop(&extract->program[i]);
}
