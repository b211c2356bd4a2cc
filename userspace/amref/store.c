// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "quote.h"
#include "store.h"

static const char partial[] = ".partial";

/* A text of the info file, and where it is in the struct. */
static const struct field {
	const char *name;
	size_t offset;
	size_t size;
} fields[] = {
#define FIELD(name, member) \
	{ name, offsetof(struct store_dump, member), sizeof(((struct store_dump *)0)->member) }
	FIELD("host", host),
	FIELD("disk", disk),
	FIELD("datestamp", datestamp),
	FIELD("program", program),
	FIELD("application", application),
	FIELD("recover-command", recover_command),
	FIELD("suffix", suffix),
	FIELD("encrypt", encrypt),
	FIELD("native-crc", native_crc),
	FIELD("client-crc", client_crc),
	FIELD("sha256", sha256),
#undef FIELD
};

static void sanitize(const char *name, char *clean, size_t size)
{
	size_t i;

	for (i = 0; name[i] && i + 1 < size; i++)
		clean[i] = name[i] == '/' || name[i] == '\n' ? '_' : name[i];
	clean[i] = '\0';
	/* neither "." nor ".." nor a hidden name */
	if (clean[0] == '.' || !clean[0])
		clean[0] = '_';
}

static int make_folders(char *path)
{
	char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST) {
			*slash = '/';
			return -errno;
		}
		*slash = '/';
	}
	return 0;
}

static void stamp(struct store_dump *dump, time_t ahead)
{
	time_t now = time(NULL) + ahead;
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(dump->datestamp, sizeof(dump->datestamp), "%Y%m%d%H%M%S", &tm);
}

/**
 * store_stamp() - give a dump that is not kept a datestamp
 * @dump: filled in: the time it is now
 */
void store_stamp(struct store_dump *dump)
{
	stamp(dump, 0);
}

/**
 * store_create() - begin a dump
 * @root: of the store; made where it is missing
 * @host: whose
 * @disk: likewise
 * @level: of the dump
 * @dump: filled in
 *
 * Two dumps of one disk within a second get datestamps that differ.
 *
 * Return: 0, or a negative errno.
 */
int store_create(const char *root, const char *host, const char *disk, int level,
		 struct store_dump *dump)
{
	char clean_host[256], clean_disk[256], done[PATH_MAX];
	int ahead, error, n;

	memset(dump, 0, sizeof(*dump));
	snprintf(dump->host, sizeof(dump->host), "%s", host);
	snprintf(dump->disk, sizeof(dump->disk), "%s", disk);
	dump->level = level;
	sanitize(host, clean_host, sizeof(clean_host));
	sanitize(disk, clean_disk, sizeof(clean_disk));
	for (ahead = 0; ahead < 60; ahead++) {
		stamp(dump, ahead);
		n = snprintf(done, sizeof(done), "%s/%s/%s/%s.%d", root, clean_host, clean_disk,
			     dump->datestamp, level);
		if (n < 0 || (size_t)n + sizeof(partial) > sizeof(done))
			return -ENAMETOOLONG;
		snprintf(dump->folder, sizeof(dump->folder), "%.*s%s", n, done, partial);
		error = make_folders(dump->folder);
		if (error)
			return error;
		if (!access(done, F_OK))
			continue;
		if (!mkdir(dump->folder, 0755))
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/**
 * store_open() - open a file of a dump
 * @dump: in the store
 * @name: data, index, messages, state or info
 * @flags: as for open()
 *
 * Return: a descriptor, or a negative errno.
 */
int store_open(const struct store_dump *dump, const char *name, int flags)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dump->folder, name);
	fd = open(path, flags | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

static int write_info(const struct store_dump *dump)
{
	int fd = store_open(dump, "info", O_WRONLY | O_CREAT | O_TRUNC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	const char *text;
	size_t i;

	if (!file)
		return fd < 0 ? fd : -ENOMEM;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		text = (const char *)dump + fields[i].offset;
		if (*text)
			fprintf(file, "%s %s\n", fields[i].name, text);
	}
	fprintf(file, "level %d\nkilobytes %" PRIu64 "\n", dump->level, dump->kilobytes);
	return fclose(file) ? -errno : 0;
}

/**
 * store_commit() - a dump is complete: let it be found
 * @dump: from store_create(), with all that is known of it
 *
 * Return: 0, or a negative errno.
 */
int store_commit(struct store_dump *dump)
{
	char done[PATH_MAX];
	size_t length = strlen(dump->folder) - strlen(partial);
	int error = write_info(dump);

	if (error)
		return error;
	memcpy(done, dump->folder, length);
	done[length] = '\0';
	if (rename(dump->folder, done))
		return -errno;
	memcpy(dump->folder, done, length + 1);
	return 0;
}

static void take_field(struct store_dump *dump, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(name, fields[i].name))
			snprintf((char *)dump + fields[i].offset, fields[i].size, "%s", value);
	if (!strcmp(name, "level"))
		dump->level = atoi(value);
	if (!strcmp(name, "kilobytes"))
		dump->kilobytes = strtoull(value, NULL, 10);
}

static int read_info(const char *folder, struct store_dump *dump)
{
	char line[2048], *value;
	FILE *file;
	int fd;

	memset(dump, 0, sizeof(*dump));
	snprintf(dump->folder, sizeof(dump->folder), "%s", folder);
	fd = store_open(dump, "info", O_RDONLY);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file)
		return fd < 0 ? fd : -ENOMEM;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		value = strchr(line, ' ');
		if (!value)
			continue;
		*value++ = '\0';
		take_field(dump, line, value);
	}
	fclose(file);
	return strlen(dump->datestamp) == 14 ? 0 : -EINVAL;
}

static int list_add(struct store_list *list, const char *folder)
{
	struct store_dump *grown;

	/* grown by doubling: room is the power of two at or above the count */
	if (!(list->count & (list->count - 1))) {
		grown = realloc(list->dump, (list->count ? list->count * 2 : 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->dump = grown;
	}
	/* what cannot be read is no dump */
	if (!read_info(folder, &list->dump[list->count]))
		list->count++;
	return 0;
}

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name);

	return length >= strlen(end) && !strcmp(name + length - strlen(end), end);
}

/* Walk HOST/DISK/DATESTAMP.LEVEL: @depth folders below the root. */
static int walk(struct store_list *list, const char *path, int depth)
{
	char below[PATH_MAX];
	struct dirent *entry;
	int error = 0, n;
	DIR *folder;

	if (!depth)
		return list_add(list, path);
	folder = opendir(path);
	if (!folder)
		return errno == ENOTDIR ? 0 : -errno;
	while (!error && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || ends_in(entry->d_name, partial))
			continue;
		n = snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (n > 0 && (size_t)n < sizeof(below))
			error = walk(list, below, depth - 1);
	}
	closedir(folder);
	return error;
}

static int newest_first(const void *left, const void *right)
{
	const struct store_dump *a = left, *b = right;

	return strcmp(b->datestamp, a->datestamp);
}

/**
 * store_list() - find all complete dumps
 * @root: of the store
 * @list: filled in, newest first; for store_list_free()
 *
 * Return: 0, or a negative errno.
 */
int store_list(const char *root, struct store_list *list)
{
	int error;

	list->dump = NULL;
	list->count = 0;
	error = walk(list, root, 3);
	if (error)
		store_list_free(list);
	else if (list->count)
		qsort(list->dump, list->count, sizeof(*list->dump), newest_first);
	return error;
}

/**
 * store_list_free() - free what store_list() made
 * @list: may be empty
 */
void store_list_free(struct store_list *list)
{
	free(list->dump);
	list->dump = NULL;
	list->count = 0;
}

/**
 * store_header() - print the header of a dump as it stands on a tape
 * @dump: complete
 * @text: gets build_header()'s form (common-src/fileheader.c)
 * @size: of @text, in bytes; STORE_HEADER_MAX is enough
 *
 * Amanda skips lines it does not know, as that with SHA-256.
 *
 * Return: bytes.
 */
size_t store_header(const struct store_dump *dump, char *text, size_t size)
{
	char disk[2 * sizeof(dump->disk) + 3];
	FILE *file = fmemopen(text, size, "w");
	long at;

	if (!file)
		return 0;
	quote_word(dump->disk, disk, sizeof(disk));
	fprintf(file, "AMANDA: FILE %s %s %s  lev %d comp %s program %s", dump->datestamp,
		dump->host, disk, dump->level, dump->suffix[0] ? dump->suffix : "N",
		dump->program[0] ? dump->program : "/bin/tar");
	if (dump->encrypt[0])
		fprintf(file, " crypt enc client_encrypt %s client_decrypt_option -d", dump->encrypt);
	fputc('\n', file);
	if (dump->application[0])
		fprintf(file, "APPLICATION=%s\n", dump->application);
	if (dump->kilobytes)
		fprintf(file, "ORIGSIZE=%" PRIu64 "\n", dump->kilobytes);
	if (dump->native_crc[0])
		fprintf(file, "NATIVE-CRC=%s\n", dump->native_crc);
	if (dump->client_crc[0])
		fprintf(file, "CLIENT-CRC=%s\n", dump->client_crc);
	if (dump->sha256[0])
		fprintf(file, "SHA256=%s\n", dump->sha256);
	fprintf(file, "To restore, position tape at start of file and run:\n"
		"\tdd if=<tape> bs=32k skip=1 | %s\n\f\n", dump->recover_command);
	at = ftell(file);
	fclose(file);
	return at > 0 ? (size_t)at : 0;
}
