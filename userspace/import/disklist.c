// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The disklist, as "amadmin CONF disklist" prints it.
 *
 * server-src/amadmin.c, disklist_one(): "line N (FILE):", "    host NAME:",
 * "        interface NAME", "    disk NAME:", then one value a line, each
 * behind eight blanks.  Since 3.3 dump_dumptype() of conffile.c writes those
 * ("        AUTH                \"bsd\""); before, they were in small letters.
 */
#include "import/disklist.h"

#include <ctype.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEY_INDENT	"        "

/**
 * struct disk - a disk while its lines are read
 * @host: index of its host
 * @values: the lines behind "disk NAME:" have begun
 * @ignored: Amanda leaves it out
 * @asked: its client is asked for estimates
 * @index: it has one
 * @auth: its auth
 * @port: its client-port
 * @maxdumps: of its dumptype
 */
struct disk {
	size_t host;
	bool values;
	bool ignored;
	bool asked;
	bool index;
	char auth[DLE_AUTH_SIZE];
	char port[DLE_PORT_SIZE];
	unsigned int maxdumps;
};

#define NO_HOST	((size_t)-1)

/**
 * struct reader - the state between two lines
 * @list: to fill
 * @room: entries that there is room for
 * @names: a tree of struct named, to find hosts again
 * @line: of the disklist
 * @expect_host: the line before opened a disk
 * @disk: the one being read; its host is NO_HOST outside of one
 */
struct reader {
	struct disklist *list;
	size_t room;
	void *names;
	unsigned int line;
	bool expect_host;
	struct disk disk;
};

/* By index: the hosts move when their array grows. */
struct named {
	char *name;
	size_t host;
};

static int by_name(const void *a, const void *b)
{
	return strcasecmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static struct dle_host *new_host(struct reader *reader, const char *name)
{
	struct disklist *list = reader->list;
	struct dle_host *hosts;

	if (list->count == reader->room) {
		reader->room = reader->room ? reader->room * 2 : 16;
		hosts = reallocarray(list->hosts, reader->room, sizeof(*hosts));
		if (!hosts)
			return NULL;
		list->hosts = hosts;
	}
	hosts = &list->hosts[list->count];
	memset(hosts, 0, sizeof(*hosts));
	hosts->name = strdup(name);
	if (!hosts->name)
		return NULL;
	hosts->line = reader->line;
	list->count++;
	return hosts;
}

/* Amanda compares names without regard to case: diskfile.c, lookup_host(). */
static int find_host(struct reader *reader, char *name)
{
	struct named key = { name, reader->list->count }, **found, *named;
	struct dle_host *host;

	found = tfind(&key, &reader->names, by_name);
	if (found) {
		reader->disk.host = (*found)->host;
		return 0;
	}
	named = malloc(sizeof(*named));
	host = named ? new_host(reader, name) : NULL;
	if (!host) {
		free(named);
		return -ENOMEM;
	}
	*named = (struct named) { host->name, key.host };
	if (!tsearch(named, &reader->names, by_name)) {
		free(named);
		return -ENOMEM;
	}
	reader->disk.host = key.host;
	return 0;
}

static void count_auth(struct dle_host *host, const char *name, unsigned int disks)
{
	size_t i;

	for (i = 0; i < DLE_AUTHS; i++) {
		if (host->auths[i].disks && strcmp(host->auths[i].name, name))
			continue;
		strcpy(host->auths[i].name, name);
		host->auths[i].disks += disks;
		return;
	}
}

static void end_disk(struct reader *reader)
{
	struct disk *disk = &reader->disk;
	struct dle_host one = { 0 };

	if (disk->host != NO_HOST && disk->values && !disk->ignored) {
		one.disks = 1;
		one.estimates = disk->asked;
		if (disk->auth[0])
			count_auth(&one, disk->auth, 1);
		one.maxdumps = disk->maxdumps;
		one.index = disk->index;
		strcpy(one.port, disk->port);
		dle_host_add(&reader->list->hosts[disk->host], &one);
		reader->list->disks++;
	}
	memset(disk, 0, sizeof(*disk));
	disk->host = NO_HOST;
}

/* Copies what stands between quotes, or the first word; in small letters. */
static void take_word(char *to, size_t size, const char *value)
{
	const char *end = *value == '"' ? "\"" : " \t";
	size_t length;

	value += *value == '"';
	length = strcspn(value, end);
	if (length >= size)
		length = size - 1;
	for (size = 0; size < length; size++)
		to[size] = (char)tolower((unsigned char)value[size]);
	to[length] = '\0';
}

static bool is_yes(const char *value)
{
	return !strncasecmp(value, "yes", 3);
}

static unsigned int number_of(const char *value)
{
	unsigned long number = strtoul(value, NULL, 10);

	return number > 1000000 ? 1000000 : (unsigned int)number;
}

static void take_value(struct disk *disk, const char *key, size_t length, const char *value)
{
	static const char *const names[] = {
		"auth", "maxdumps", "index", "client-port", "client_port", "ignore", "estimate",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == length && !strncasecmp(names[i], key, length))
			break;
	switch (i) {
	case 0:
		take_word(disk->auth, sizeof(disk->auth), value);
		break;
	case 1:
		disk->maxdumps = number_of(value);
		break;
	case 2:
		disk->index = is_yes(value);
		break;
	case 3:
	case 4:
		take_word(disk->port, sizeof(disk->port), value);
		break;
	case 5:
		disk->ignored = is_yes(value);
		break;
	case 6:
		/* "SERVER" alone asks nobody */
		disk->asked = strcasestr(value, "client") || strcasestr(value, "calcsize");
		break;
	}
}

static void value_line(struct disk *disk, const char *line)
{
	const char *key = line + strlen(KEY_INDENT);
	size_t length = strcspn(key, " \t");

	take_value(disk, key, length, key + length + strspn(key + length, " \t"));
}

static bool starts(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

static int one_line(struct reader *reader, char *line, size_t length)
{
	bool expect_host = reader->expect_host;

	reader->expect_host = false;
	if (starts(line, "line ")) {
		end_disk(reader);
		reader->line = number_of(line + 5);
		reader->expect_host = true;
	} else if (expect_host && starts(line, "    host ")) {
		if (line[length - 1] == ':')
			line[length - 1] = '\0';
		return find_host(reader, line + strlen("    host "));
	} else if (!length) {
		end_disk(reader);
	} else if (starts(line, "    disk ")) {
		reader->disk.values = true;
	} else if (reader->disk.values && starts(line, KEY_INDENT)) {
		value_line(&reader->disk, line);
	}
	return 0;
}

/**
 * disklist_read() - read what amadmin printed
 * @list: to fill; disklist_free() it whatever is returned
 * @text: what it printed
 * @length: how much that is
 *
 * Return: 0, or -ENOMEM.
 */
int disklist_read(struct disklist *list, const char *text, size_t length)
{
	struct reader reader = { .list = list, .disk.host = NO_HOST };
	const char *end = text + length, *next;
	char *line = NULL, *grown;
	size_t size = 0, part;
	int err = 0;

	memset(list, 0, sizeof(*list));
	for (; !err && text < end; text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		part = (size_t)((next ? next : end) - text);
		next = next ? next + 1 : end;
		if (part + 1 > size) {
			grown = realloc(line, part + 256);
			if (!grown) {
				err = -ENOMEM;
				break;
			}
			line = grown;
			size = part + 256;
		}
		memcpy(line, text, part);
		line[part] = '\0';
		err = one_line(&reader, line, part);
	}
	if (!err)
		end_disk(&reader);
	free(line);
	tdestroy(reader.names, free);
	return err;
}

/**
 * disklist_free() - give the memory back
 * @list: the disklist
 */
void disklist_free(struct disklist *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->hosts[i].name);
	free(list->hosts);
	memset(list, 0, sizeof(*list));
}

/**
 * dle_host_auths() - how many different auths a host has
 * @host: the host
 *
 * Return: the number of entries of its auths.
 */
size_t dle_host_auths(const struct dle_host *host)
{
	size_t count = 0;

	while (count < DLE_AUTHS && host->auths[count].disks)
		count++;
	return count;
}

/**
 * dle_host_auth() - the auth that most disks of a host have
 * @host: the host
 *
 * Return: the auth; or NULL where no disk has one.
 */
const struct dle_auth *dle_host_auth(const struct dle_host *host)
{
	const struct dle_auth *most = NULL;
	size_t count = dle_host_auths(host), i;

	for (i = 0; i < count; i++)
		if (!most || host->auths[i].disks > most->disks)
			most = &host->auths[i];
	return most;
}

/**
 * dle_host_add() - count the disks of one host to another
 * @host: receives them
 * @more: has them
 */
void dle_host_add(struct dle_host *host, const struct dle_host *more)
{
	size_t count = dle_host_auths(more), i;

	if (!more->disks)
		return;
	if (!host->disks)
		strcpy(host->port, more->port);
	else if (strcmp(host->port, more->port))
		host->ports_differ = true;
	for (i = 0; i < count; i++)
		count_auth(host, more->auths[i].name, more->auths[i].disks);
	host->disks += more->disks;
	host->estimates += more->estimates;
	if (host->maxdumps < more->maxdumps)
		host->maxdumps = more->maxdumps;
	host->index = host->index || more->index;
	host->ports_differ = host->ports_differ || more->ports_differ;
}
