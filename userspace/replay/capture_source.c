// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bytes of a capture file.  What lies on disk is looked at through a window that
 * begins with its first bytes, since a pipe cannot be read twice; libarchive is asked
 * only where these say that the rest is compressed.
 */
#include "replay/capture_source.h"

#include <archive.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARRAY_COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* Enough to tell what a file is, and to quote it. */
#define HEAD_MAX	24
/* Few calls of the kernel, and still in the cache of the processor. */
#define BUFFER_BYTES	((size_t)256 << 10)

struct method;

/**
 * struct window - bytes that were read to be looked at, and are still to be read
 * @bytes: those
 * @count: how many there are
 * @used: how many of them are read
 */
struct window {
	uint8_t bytes[HEAD_MAX];
	size_t count;
	size_t used;
};

/**
 * struct source - one capture file
 * @name: what complaints call it
 * @fd: of the file
 * @size: on disk; 0 where it is not known
 * @bytes: of the file that are read
 * @raw: its first bytes
 * @plain: its first bytes, decompressed
 * @archive: decompresses it
 * @method: of compressing it; NULL where it is not compressed
 * @error: why it could not be read on; or empty
 * @input: what libarchive reads from
 * @buffer: what libpcap reads from
 */
struct source {
	const char *name;
	int fd;
	uint64_t size;
	uint64_t bytes;
	struct window raw;
	struct window plain;
	struct archive *archive;
	const struct method *method;
	char error[200];
	uint8_t input[65536];
	char buffer[BUFFER_BYTES];
};

/* A way to compress, and how its files begin. */
struct method {
	const char *name;
	uint8_t magic[6];
	uint8_t length;
	int (*support)(struct archive *archive);
};

static const struct method methods[] = {
	{ "gzip", { 0x1f, 0x8b }, 2, archive_read_support_filter_gzip },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, archive_read_support_filter_xz },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, archive_read_support_filter_zstd },
};

/* pcap with microseconds, with nanoseconds, as Kuznetzov had it, pcapng; savefile(5) */
static const uint32_t magics[] = { 0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0x0a0d0d0a };

static struct source *refuse(struct source *source, FILE *errors, const char *why)
{
	fprintf(errors, "%s: Error: %s\n", source->name, why);
	source_close(source);
	return NULL;
}

/* Errors that are known before a byte is read. */
static const char *unfit(struct source *source)
{
	struct stat status;

	if (fstat(source->fd, &status))
		return strerror(errno);
	if (S_ISDIR(status.st_mode))
		return "a folder; name the captures in it";
	if (isatty(source->fd))
		return "a terminal; a capture is read from a file or a pipe";
	if (S_ISREG(status.st_mode)) {
		if (!status.st_size)
			return "the file is empty; a capture has at least a header of 24 bytes";
		source->size = (uint64_t)status.st_size;
		posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return NULL;
}

/**
 * source_open() - open a file without reading a byte of it
 * @name: of the file; "-" is standard input.  It must outlive the source
 * @errors: where complaints go
 *
 * Return: the source, or NULL.
 */
struct source *source_open(const char *name, FILE *errors)
{
	struct source *source = calloc(1, sizeof(*source));
	const char *why;

	if (!source) {
		fprintf(errors, "%s: Error: %s\n", name, strerror(ENOMEM));
		return NULL;
	}
	source->name = strcmp(name, "-") ? name : "standard input";
	source->fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (source->fd < 0)
		return refuse(source, errors, strerror(errno));
	why = unfit(source);
	return why ? refuse(source, errors, why) : source;
}

static ssize_t window_take(struct window *window, void *to, size_t size)
{
	size_t count = window->count - window->used;

	if (count > size)
		count = size;
	memcpy(to, window->bytes + window->used, count);
	window->used += count;
	return (ssize_t)count;
}

static ssize_t read_disk(struct source *source, void *to, size_t size)
{
	ssize_t count;

	if (source->raw.used < source->raw.count)
		return window_take(&source->raw, to, size);
	do
		count = read(source->fd, to, size);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		snprintf(source->error, sizeof(source->error), "%s", strerror(errno));
	else
		source->bytes += (uint64_t)count;
	return count;
}

static la_ssize_t archive_input(struct archive *archive, void *data, const void **buffer)
{
	struct source *source = data;
	ssize_t count;

	*buffer = source->input;
	count = read_disk(source, source->input, sizeof(source->input));
	if (count < 0)
		archive_set_error(archive, EIO, "%s", source->error);
	return count;
}

/* libarchive keeps up to 128 kB that it could decompress to itself where more follows. */
static void set_damaged(struct source *source)
{
	const char *why = archive_error_string(source->archive);

	snprintf(source->error, sizeof(source->error),
		 "damaged %s data (%s); \"%s -dc FILE\" may get more out of it",
		 source->method->name, why ? why : "no reason", source->method->name);
}

/* What libpcap reads, through stdio. */
static ssize_t read_plain(void *cookie, char *to, size_t size)
{
	struct source *source = cookie;
	ssize_t count;

	if (source->plain.used < source->plain.count)
		return window_take(&source->plain, to, size);
	if (!source->archive)
		return read_disk(source, to, size);
	count = archive_read_data(source->archive, to, size);
	if (count < 0)
		set_damaged(source);
	return count < 0 ? -1 : count;
}

/* The first bytes, of which a pipe may give few at a time. */
static bool look(struct source *source, struct window *window,
		 ssize_t (*get)(struct source *source, void *to, size_t size))
{
	size_t count = 0;
	ssize_t more = 1;

	while (count < HEAD_MAX && more > 0) {
		more = get(source, window->bytes + count, HEAD_MAX - count);
		if (more > 0)
			count += (size_t)more;
	}
	window->count = count;
	return more >= 0;
}

static ssize_t get_plain(struct source *source, void *to, size_t size)
{
	return read_plain(source, to, size);
}

static const struct method *find_method(const struct window *window)
{
	size_t i;

	for (i = 0; i < ARRAY_COUNT(methods); i++) {
		if (window->count >= methods[i].length &&
		    !memcmp(window->bytes, methods[i].magic, methods[i].length))
			return &methods[i];
	}
	return NULL;
}

static bool decompress(struct source *source)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int result;

	if (!archive) {
		snprintf(source->error, sizeof(source->error), "%s", strerror(ENOMEM));
		return false;
	}
	source->archive = archive;
	/* ARCHIVE_WARN: libarchive would run a program for it, which it cannot any more. */
	result = source->method->support(archive);
	if (result == ARCHIVE_OK)
		result = archive_read_support_format_raw(archive);
	if (result == ARCHIVE_OK)
		result = archive_read_support_format_empty(archive);
	if (result == ARCHIVE_OK)
		result = archive_read_open(archive, source, NULL, archive_input, NULL);
	if (result == ARCHIVE_OK)
		result = archive_read_next_header(archive, &entry);
	if (result != ARCHIVE_OK && result != ARCHIVE_EOF)
		set_damaged(source);
	return result == ARCHIVE_OK;
}

static bool is_capture(const struct window *window)
{
	uint32_t magic;
	size_t i;

	if (window->count < sizeof(magic))
		return false;
	memcpy(&magic, window->bytes, sizeof(magic));
	for (i = 0; i < ARRAY_COUNT(magics); i++) {
		if (magic == magics[i] || magic == __builtin_bswap32(magics[i]))
			return true;
	}
	return false;
}

/* The first bytes, as C would write them. */
static void quote(FILE *errors, const struct window *window)
{
	size_t i;

	putc('"', errors);
	for (i = 0; i < window->count; i++) {
		uint8_t c = window->bytes[i];

		if (c == '\n')
			fputs("\\n", errors);
		else if (c == '"' || c == '\\')
			fprintf(errors, "\\%c", c);
		else if (isascii(c) && isprint(c))
			putc(c, errors);
		else
			fprintf(errors, "\\x%02x", c);
	}
	putc('"', errors);
}

static void complain(const struct source *source, FILE *errors)
{
	fprintf(errors, "%s: Error: ", source->name);
	if (source->error[0]) {
		fprintf(errors, "%s\n", source->error);
		return;
	}
	if (!source->plain.count) {
		fprintf(errors, "%s; a capture has at least a header of 24 bytes\n",
			source->method ? "nothing is compressed in it" : "it is empty");
		return;
	}
	fputs(source->method ? "not a capture: decompressed it begins with " :
	      "not a capture: it begins with ", errors);
	quote(errors, &source->plain);
	fputs(";\nwhat \"tcpdump -w\" or Wireshark writes is read: pcap or pcapng, also compressed with gzip, xz or zstd\n",
	      errors);
}

/**
 * source_begin() - read the first bytes and find out what they are
 * @source: opened
 * @errors: where complaints go
 *
 * Return: what libpcap can read, to be closed before the source is; or NULL where it
 * is no capture.
 */
FILE *source_begin(struct source *source, FILE *errors)
{
	FILE *file;

	if (look(source, &source->raw, read_disk)) {
		source->method = find_method(&source->raw);
		if (!source->method || decompress(source))
			look(source, &source->plain, get_plain);
	}
	if (source->error[0] || !is_capture(&source->plain)) {
		complain(source, errors);
		return NULL;
	}
	file = fopencookie(source, "r", (cookie_io_functions_t) { .read = read_plain });
	if (!file || setvbuf(file, source->buffer, _IOFBF, sizeof(source->buffer))) {
		fprintf(errors, "%s: Error: %s\n", source->name, strerror(errno));
		return NULL;
	}
	return file;
}

/**
 * source_name() - what to call it
 * @source: the source
 *
 * Return: its name.
 */
const char *source_name(const struct source *source)
{
	return source->name;
}

/**
 * source_size() - its size on disk
 * @source: the source
 *
 * Return: bytes; 0 where that is not known.
 */
uint64_t source_size(const struct source *source)
{
	return source->size;
}

/**
 * source_bytes() - how far it is read
 * @source: the source
 *
 * Return: bytes on disk.
 */
uint64_t source_bytes(const struct source *source)
{
	return source->bytes;
}

/**
 * source_error() - why it could not be read on
 * @source: the source
 *
 * Return: words, or NULL where it just ended.
 */
const char *source_error(const struct source *source)
{
	return source->error[0] ? source->error : NULL;
}

/**
 * source_close() - close the file and give the memory back
 * @source: may be NULL
 */
void source_close(struct source *source)
{
	if (!source)
		return;
	archive_read_free(source->archive);
	if (source->fd > STDIN_FILENO)
		close(source->fd);
	free(source);
}
