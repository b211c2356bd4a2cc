// SPDX-License-Identifier: GPL-2.0-or-later
/* The index of a dump, in memory.  See store.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

static int read_all(int fd, char **text, size_t *length)
{
	struct stat st;
	size_t at = 0;
	ssize_t n = 1;

	if (fstat(fd, &st))
		return -errno;
	*text = malloc(st.st_size + 1);
	if (!*text)
		return -ENOMEM;
	while (at < (size_t)st.st_size && n > 0) {
		n = read(fd, *text + at, st.st_size - at);
		at += n > 0 ? n : 0;
	}
	(*text)[at] = '\0';
	*length = at;
	return 0;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static int cut(struct store_index *index, size_t length)
{
	size_t lines = 1, i;
	char *line, *next;

	for (i = 0; i < length; i++)
		lines += index->text[i] == '\n';
	index->name = calloc(lines, sizeof(*index->name));
	if (!index->name)
		return -ENOMEM;
	for (line = index->text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line == '/')
			index->name[index->count++] = line;
	}
	qsort(index->name, index->count, sizeof(*index->name), by_name);
	return 0;
}

/**
 * store_index_load() - read the index of a dump
 * @dump: in the store
 * @index: filled in, for store_index_free()
 *
 * Return: 0, or a negative errno: -ENOENT where the dump has none.
 */
int store_index_load(const struct store_dump *dump, struct store_index *index)
{
	size_t length = 0;
	int fd, error;

	memset(index, 0, sizeof(*index));
	fd = store_open(dump, "index", O_RDONLY);
	if (fd < 0)
		return fd;
	error = read_all(fd, &index->text, &length);
	close(fd);
	if (!error)
		error = cut(index, length);
	if (error)
		store_index_free(index);
	return error;
}

/**
 * store_index_free() - free what store_index_load() made
 * @index: may be zeroed
 */
void store_index_free(struct store_index *index)
{
	free(index->text);
	free(index->name);
	memset(index, 0, sizeof(*index));
}
