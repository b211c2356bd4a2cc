// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Amanda says of one of its configurations when it is asked.
 *
 * amadmin wants to be run by the dump user (server-src/amadmin.c, RUNNING_AS_DUMPUSER),
 * so root becomes that user first.
 */
#include "import/amanda.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/program.h"
#include "import/quote.h"

/*
 * amgetconf reads the disklist whatever it is asked for, which takes seconds
 * where that is long; and of a bad one, amadmin tells better what is bad.
 */
#define NO_DISKS	"-odiskfile=/dev/null"

/* Amanda's programs know a configuration by its name, or as "." where they are. */
struct inquiry {
	const char *config;
	struct runner runner;
	struct account account;
	FILE *errors;
};

/* Reads a number in full; @fallback where it is none. */
static long read_number(const char *text, long fallback)
{
	char *end;
	long number = strtol(text, &end, 10);

	return end == text || number > 10000000 || number < -10000000 ? fallback : number;
}

/* "840,860" */
static struct range read_range(const char *text)
{
	char *end;
	unsigned long low = strtoul(text, &end, 10), high;

	if (end == text || *end != ',')
		return (struct range) { 0, 0 };
	high = strtoul(end + 1, NULL, 10);
	if (!low || low > high || high > UINT16_MAX)
		return (struct range) { 0, 0 };
	return (struct range) { (uint16_t)low, (uint16_t)high };
}

/* The first line of an answer, without its end. */
static char *first_line(const struct program *program)
{
	return program->out.text ?
		strndup(program->out.text, strcspn(program->out.text, "\n")) : strdup("");
}

static bool answered(const struct program *program)
{
	return program->end == PROGRAM_DONE && !program->code;
}

static void quote_lines(const char *text, FILE *errors)
{
	unsigned int lines = 0;
	size_t length;

	for (; *text && lines < 20; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		/* glib's backtraces and the place in a Perl script help nobody. */
		if (!length || *text == '/')
			continue;
		fputs("  ", errors);
		quote_bytes(errors, text, length);
		putc('\n', errors);
		lines++;
	}
}

/* Why a program gave no answer.  The configuration is at fault where it says so. */
static int complain(const struct inquiry *inquiry, const struct program *program)
{
	const char *name = program->argv[0], *folder = inquiry->runner.folder;
	const char *words = program->err.text ? program->err.text : "";

	fputs("amfwctl: ", inquiry->errors);
	switch (program->end) {
	case PROGRAM_MISSING:
		fprintf(inquiry->errors, "there is no %s here: import runs on the Amanda server\n",
			name);
		return -ENOENT;
	case PROGRAM_LATE:
		fprintf(inquiry->errors, "%s did not answer within %u seconds (--timeout)\n",
			name, inquiry->runner.seconds);
		return -ETIMEDOUT;
	case PROGRAM_BROKEN:
		fprintf(inquiry->errors, "%s: %s\n", folder ? folder : name,
			strerror(program->code));
		return inquiry->runner.folder ? -EINVAL : -EIO;
	case PROGRAM_KILLED:
		fprintf(inquiry->errors, "%s was killed\n", name);
		return -EIO;
	default:
		fprintf(inquiry->errors, "%s says:\n", name);
		quote_lines(words, inquiry->errors);
	}
	if (!strstr(words, "must be executed as") && !strstr(words, "ermission denied"))
		return -EINVAL;
	fputs("amfwctl: import runs as root, or as the user of Amanda\n", inquiry->errors);
	return -EPERM;
}

/* Runs one program; its answer is to be freed even where it gave none. */
static int ask_one(const struct inquiry *inquiry, const char *const *argv, char **answer)
{
	struct program program = { .argv = argv };
	int err = programs_run(&program, 1, &inquiry->runner);

	*answer = NULL;
	if (!err && !answered(&program))
		err = complain(inquiry, &program);
	if (!err) {
		*answer = first_line(&program);
		err = *answer ? 0 : -ENOMEM;
	}
	program_free(&program);
	return err;
}

static int become_user(struct inquiry *inquiry, const char *name)
{
	int err;

	if (geteuid() || (inquiry->account.name && !strcmp(inquiry->account.name, name)))
		return 0;
	account_free(&inquiry->account);
	err = account_find(&inquiry->account, name);
	if (err == -ENOENT) {
		fputs("amfwctl: there is no user ", inquiry->errors);
		quote_bytes(inquiry->errors, name, strlen(name));
		fputs(", under whom Amanda wants to run\n", inquiry->errors);
	}
	inquiry->runner.as = err ? NULL : &inquiry->account;
	return err;
}

/* The user it was built for may look; the one of the configuration makes backups. */
static int find_user(struct inquiry *inquiry, struct amanda *amanda)
{
	const char *const built[] = { "amgetconf", "build.client_login", NULL };
	const char *const configured[] = {
		"amgetconf", NO_DISKS, inquiry->config, "dumpuser", NULL,
	};
	const char *folder = inquiry->runner.folder;
	char *name = NULL;
	int err;

	inquiry->runner.folder = NULL;
	err = ask_one(inquiry, built, &name);
	inquiry->runner.folder = folder;
	if (!err)
		err = become_user(inquiry, name);
	free(name);
	if (!err)
		err = ask_one(inquiry, configured, &amanda->user);
	return err ? err : become_user(inquiry, amanda->user);
}

enum answer {
	ANSWER_UDP,
	ANSWER_TCP,
	ANSWER_LOW_TCP,
	ANSWER_CLIENT_TCP,
	ANSWER_ETIMEOUT,
	ANSWER_DTIMEOUT,
	ANSWER_INPARALLEL,
	ANSWER_INDEX_SERVER,
	ANSWER_TAPE_SERVER,
	ANSWER_SECURITY_FILE,
	ANSWER_BUILD,
	ANSWER_DISKLIST,
	ANSWER_COUNT
};

static int read_disklist(const struct inquiry *inquiry, const struct program *program,
			 struct disklist *list)
{
	if (!answered(program))
		return complain(inquiry, program);
	return disklist_read(list, program->out.text, program->out.length);
}

/* common-src/security-file.c: "name=low,high", the first one counts. */
static void read_security(struct amanda *amanda, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024];
	struct range *range;

	while (file && fgets(line, sizeof(line), file)) {
		range = !strncasecmp(line, "udp_port_range=", 15) ? &amanda->allowed_udp :
			!strncasecmp(line, "tcp_port_range=", 15) ? &amanda->allowed_tcp : NULL;
		if (range && !range->low)
			*range = read_range(line + 15);
	}
	if (file)
		fclose(file);
}

static struct range built_range(const char *text, const char *option)
{
	const char *found = strstr(text, option);

	return found ? read_range(found + strlen(option)) : (struct range) { 0, 0 };
}

/**
 * amanda_read_build() - read what "amadmin x version" printed
 * @amanda: receives it
 * @text: what it printed
 */
void amanda_read_build(struct amanda *amanda, const char *text)
{
	const char *version = strstr(text, "VERSION=\"Amanda-");
	const char *arguments = strstr(text, "CONFIGURE_ARGS=");

	amanda->ipv6 = true;
	if (version && !amanda->version) {
		version += strlen("VERSION=\"Amanda-");
		amanda->version = strndup(version, strcspn(version, "\"\n"));
	}
	if (!arguments)
		return;
	amanda->built_known = true;
	amanda->ipv6 = !strstr(arguments, "'--without-ipv6'") &&
		       !strstr(arguments, "'--with-ipv6=no'");
	amanda->built_udp = built_range(arguments, "'--with-udpportrange=");
	amanda->built_tcp = built_range(arguments, "'--with-tcpportrange=");
	amanda->built_low_tcp = built_range(arguments, "'--with-low-tcpportrange=");
}

/**
 * amanda_lets_dump() - may somebody start a backup from a client?
 * @line: of .amandahosts: a host, a user, services
 *
 * amdump_client asks for amdumpd, ambackup for ambackupd; nothing but their
 * names stands for them (security-util.c, check_user_amandahosts()).
 *
 * Return: true where this line lets them.
 */
bool amanda_lets_dump(const char *line)
{
	size_t length, word;

	for (word = 0; *line; word++, line += length) {
		line += strspn(line, " \t\r\n");
		length = strcspn(line, " \t\r\n");
		if (*line == '#')
			break;
		if (word >= 2 && ((length == 7 && !memcmp(line, "amdumpd", 7)) ||
				  (length == 9 && !memcmp(line, "ambackupd", 9))))
			return true;
	}
	return false;
}

static void read_amandahosts(struct amanda *amanda, const struct inquiry *inquiry)
{
	const struct passwd *user = inquiry->account.name ? NULL : getpwuid(geteuid());
	const char *home = user ? user->pw_dir : inquiry->account.home;
	char path[4096], line[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/.amandahosts", home ? home : "");
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		amanda->client_dump = amanda->client_dump || amanda_lets_dump(line);
	if (file)
		fclose(file);
}

static char *take_word(const struct program *program)
{
	return answered(program) ? first_line(program) : strdup("");
}

/* Old versions lack some parameters, so a missing answer is none. */
static int take_answers(struct amanda *amanda, const struct inquiry *inquiry,
			const struct program *asked)
{
	char *word[ANSWER_COUNT] = { NULL };
	int err = 0;
	size_t i;

	for (i = 0; i < ANSWER_COUNT; i++)
		if (asked[i].end == PROGRAM_LATE)
			return complain(inquiry, &asked[i]);
	for (i = 0; !err && i < ANSWER_BUILD; i++) {
		word[i] = take_word(&asked[i]);
		if (!word[i])
			err = -ENOMEM;
	}
	if (!err) {
		amanda->udp = read_range(word[ANSWER_UDP]);
		amanda->tcp = read_range(word[ANSWER_TCP]);
		amanda->low_tcp = read_range(word[ANSWER_LOW_TCP]);
		amanda->client_tcp = read_range(word[ANSWER_CLIENT_TCP]);
		amanda->etimeout = read_number(word[ANSWER_ETIMEOUT], 300);
		amanda->dtimeout = read_number(word[ANSWER_DTIMEOUT], 1800);
		amanda->inparallel = read_number(word[ANSWER_INPARALLEL], 10);
		read_security(amanda, word[ANSWER_SECURITY_FILE]);
		amanda_read_build(amanda, answered(&asked[ANSWER_BUILD]) ?
				  asked[ANSWER_BUILD].out.text : "");
		err = read_disklist(inquiry, &asked[ANSWER_DISKLIST], &amanda->disklist);
		amanda->index_server = word[ANSWER_INDEX_SERVER];
		amanda->tape_server = word[ANSWER_TAPE_SERVER];
		word[ANSWER_INDEX_SERVER] = NULL;
		word[ANSWER_TAPE_SERVER] = NULL;
	}
	for (i = 0; i < ANSWER_COUNT; i++)
		free(word[i]);
	return err;
}

/* All at the same time: amgetconf is Perl, and takes its time to start. */
static int ask_all(struct amanda *amanda, const struct inquiry *inquiry)
{
#define GETCONF(parameter) \
	((const char *const[]) { "amgetconf", NO_DISKS, inquiry->config, parameter, NULL })
#define CLIENT_GETCONF(parameter) \
	((const char *const[]) { "amgetconf", "--client", inquiry->config, parameter, NULL })
	struct program asked[ANSWER_COUNT] = {
		[ANSWER_UDP].argv = GETCONF("reserved-udp-port"),
		[ANSWER_TCP].argv = GETCONF("unreserved-tcp-port"),
		[ANSWER_LOW_TCP].argv = GETCONF("reserved-tcp-port"),
		[ANSWER_CLIENT_TCP].argv = CLIENT_GETCONF("unreserved-tcp-port"),
		[ANSWER_ETIMEOUT].argv = GETCONF("etimeout"),
		[ANSWER_DTIMEOUT].argv = GETCONF("dtimeout"),
		[ANSWER_INPARALLEL].argv = GETCONF("inparallel"),
		[ANSWER_INDEX_SERVER].argv = CLIENT_GETCONF("index-server"),
		[ANSWER_TAPE_SERVER].argv = CLIENT_GETCONF("tape-server"),
		[ANSWER_SECURITY_FILE].argv = GETCONF("build.security_file"),
		[ANSWER_BUILD].argv = (const char *const[]) { "amadmin", "x", "version", NULL },
		[ANSWER_DISKLIST].argv = (const char *const[])
			{ "amadmin", inquiry->config, "disklist", NULL },
	};
	int err = programs_run(asked, ANSWER_COUNT, &inquiry->runner);
	size_t i;

	if (!err)
		err = take_answers(amanda, inquiry, asked);
	for (i = 0; i < ANSWER_COUNT; i++)
		program_free(&asked[i]);
	return err;
}

/**
 * amanda_ask() - ask Amanda for all that matters of a configuration
 * @amanda: to fill; amanda_free() it whatever is returned
 * @config: its name; or its folder, which has a '/' in it
 * @seconds: that each round of questions may take
 * @errors: where complaints go
 *
 * Return: 0; -EINVAL where Amanda does not like the configuration; -ENOENT
 * where there is no Amanda; or another negative errno.  All but -ENOMEM have
 * been explained.
 */
int amanda_ask(struct amanda *amanda, const char *config, unsigned int seconds, FILE *errors)
{
	struct inquiry inquiry = {
		.config = strchr(config, '/') ? "." : config,
		.runner.folder = strchr(config, '/') ? config : NULL,
		.runner.seconds = seconds,
		.errors = errors,
	};
	int err;

	memset(amanda, 0, sizeof(*amanda));
	err = find_user(&inquiry, amanda);
	if (!err)
		err = ask_all(amanda, &inquiry);
	if (!err)
		read_amandahosts(amanda, &inquiry);
	account_free(&inquiry.account);
	return err;
}

/**
 * amanda_free() - give the memory back
 * @amanda: the answers
 */
void amanda_free(struct amanda *amanda)
{
	free(amanda->version);
	free(amanda->user);
	free(amanda->index_server);
	free(amanda->tape_server);
	disklist_free(&amanda->disklist);
	memset(amanda, 0, sizeof(*amanda));
}
