// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole operations, done by amref: a client and a server that talk as Amanda does.
 *
 * Each end is a process in the namespace that has its address, and is told
 * addresses and ports, so that no name has to be resolved.
 */
#include "prove/amref.h"

#include <errno.h>
#include <ftw.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What both ends may be told, and what an operation adds. */
#define ARGUMENTS	40
#define WORDS		10

#define DISK		"/amfw-prove"
#define DUMP_SIZE	"100k"
/* An amandad is there within some milliseconds; a busy machine may need longer. */
#define START_MS	10000

/**
 * struct task - an operation, in the words of amref
 * @operation: of the table of flows
 * @with: the operation that goes before it in the same run; or NULL
 * @services: what the target serves
 * @words: what the initiator is told; HOST: the target, FOLDER/: of struct amref
 * @opens: it does nothing but open all of its streams, and does not end then
 */
struct task {
	const char *operation;
	const char *with;
	const char *services[3];
	const char *words[WORDS];
	bool opens;
};

static const struct task tasks[] = {
	{ "amcheck", NULL, { "amdump" }, { "check", "HOST", "--disk", "/" }, false },
	{ "planner", NULL, { "amdump" },
	  { "service", "HOST", "sendsize", "--input", "FOLDER/estimate" }, false },
	{ "dumper", NULL, { "amdump" },
	  { "dump", "HOST", "--disk", DISK, "--discard" }, false },
	{ "amservice", NULL, { "amdump" }, { "service", "HOST", "noop" }, false },
	{ "amfetchdump", NULL, { "restore" },
	  { "service", "HOST", "restore", "--verbose" }, true },
	{ "amrecover tape", "amrecover index", { "amindexd", "amidxtaped" },
	  { "recover", "HOST", "--disk", DISK, "--client", "client", "--output", "/dev/null" },
	  false },
	{ "amdump_client", NULL, { "amdumpd" },
	  { "service", "HOST", "amdumpd", "--verbose" }, true },
};

static const struct task *task_of(const struct flow *control)
{
	size_t i;

	for (i = 0; i < sizeof(tasks) / sizeof(*tasks); i++)
		if (!strcmp(tasks[i].operation, control->operation->name))
			return &tasks[i];
	return NULL;
}

static bool goes_before(const struct flow *control)
{
	size_t i;

	for (i = 0; i < sizeof(tasks) / sizeof(*tasks); i++)
		if (tasks[i].with && !strcmp(tasks[i].with, control->operation->name))
			return true;
	return false;
}

/**
 * amref_with() - what an operation begins with
 * @control: its control flow
 *
 * Return: the name of the operation that goes before it in one run; or NULL.
 */
const char *amref_with(const struct flow *control)
{
	const struct task *task = task_of(control);

	return task ? task->with : NULL;
}

/**
 * amref_cannot() - why an operation is not done
 * @control: its control flow
 *
 * Return: why; "" where another one does it too; NULL: it is done.
 */
const char *amref_cannot(const struct flow *control)
{
	static const char *const spoken[] = { "bsd", "bsdudp", "bsdtcp" };
	size_t i;

	if (goes_before(control))
		return "";
	if (!task_of(control))
		return "amref knows no such operation";
	for (i = 0; i < sizeof(spoken) / sizeof(*spoken); i++)
		if (!strcmp(spoken[i], control->auth->name))
			return NULL;
	if (!strcmp(control->auth->name, "ssl"))
		return "ssl needs certificates";
	return "this auth needs a service of the machine's own";
}

/* As amref and Amanda do, keep off ports that /etc/services has for somebody else. */
static bool is_others(uint16_t port, int protocol)
{
	const struct servent *entry = getservbyport(htons(port),
						    protocol == IPPROTO_UDP ? "udp" : "tcp");

	return entry && !strstr(entry->s_name, "amanda");
}

/**
 * amref_ports() - a part of a range
 * @range: the range
 * @width: how many ports, side by side, that Amanda would take
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @last: from its high end; otherwise from the low one
 *
 * Return: them; 0-0 where there are none.
 */
struct range amref_ports(struct range range, unsigned int width, int protocol, bool last)
{
	unsigned int count = range.high - range.low + 1u, free_ports = 0, i;
	uint16_t port;

	for (i = 0; i < count; i++) {
		port = (uint16_t)(last ? range.high - i : range.low + i);
		free_ports = is_others(port, protocol) ? 0 : free_ports + 1;
		if (free_ports == width)
			return last ? (struct range) { port, (uint16_t)(port + width - 1) } :
				      (struct range) { (uint16_t)(port - width + 1), port };
	}
	return (struct range) { 0, 0 };
}

static bool try_path(struct amref *amref, const char *folder, size_t length, const char *name)
{
	if ((size_t)snprintf(amref->path, sizeof(amref->path), "%.*s%s%s", (int)length, folder,
			     length ? "/" : "", name) < sizeof(amref->path) &&
	    !access(amref->path, X_OK))
		return true;
	*amref->path = '\0';
	return false;
}

static bool find_beside(struct amref *amref)
{
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	const char *slash;

	if (length <= 0)
		return false;
	own[length] = '\0';
	slash = strrchr(own, '/');
	return slash && try_path(amref, own, (size_t)(slash - own), "amref");
}

static bool find_in_path(struct amref *amref)
{
	const char *path = getenv("PATH"), *end;

	for (; path && *path; path = *end ? end + 1 : end) {
		end = strchrnul(path, ':');
		if (end != path && try_path(amref, path, (size_t)(end - path), "amref"))
			return true;
	}
	return false;
}

/**
 * amref_find() - where is the program?
 * @amref: to fill
 * @path: the user says so; or NULL: beside this program, or in PATH
 *
 * Return: true where it is.
 */
bool amref_find(struct amref *amref, const char *path)
{
	memset(amref, 0, sizeof(*amref));
	if (path)
		return try_path(amref, "", 0, path);
	return find_beside(amref) || find_in_path(amref);
}

/**
 * struct words - the arguments of one end
 * @argv: they
 * @count: entries in use
 * @text: where those lie that are made here
 * @used: bytes of @text
 */
struct words {
	const char *argv[ARGUMENTS];
	size_t count;
	char text[1024];
	size_t used;
};

static void add(struct words *words, const char *word)
{
	if (words->count + 1 < ARGUMENTS)
		words->argv[words->count++] = word;
}

static void add_text(struct words *words, const char *option, const char *text)
{
	char *at = words->text + words->used;
	size_t room = sizeof(words->text) - words->used, length = strlen(text) + 1;

	if (length > room)
		return;
	memcpy(at, text, length);
	words->used += length;
	if (option)
		add(words, option);
	add(words, at);
}

static void add_range(struct words *words, const char *option, struct range range)
{
	char text[12];

	snprintf(text, sizeof(text), "%u-%u", range.low, range.high);
	add_text(words, option, text);
}

static void add_port(struct words *words, uint16_t port)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	add_text(words, "--port", text);
}

static void add_folder(struct words *words, const struct amref *amref, const char *option,
		       const char *file)
{
	char text[sizeof(amref->folder) + 16];

	snprintf(text, sizeof(text), "%s/%s", amref->folder, file);
	add_text(words, option, text);
}

static void target_words(struct words *words, const struct amref *amref,
			 const struct task *task, const struct amref_errand *errand)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	memset(words, 0, sizeof(*words));
	add(words, amref->path);
	add(words, "amandad");
	add(words, "--listen");
	add(words, "--verbose");
	add(words, "--auth");
	add(words, errand->control->auth->name);
	address_print(&errand->seen->destination, text);
	add_text(words, "--address", text);
	add_port(words, errand->seen->dport.low);
	if (errand->streams.dport.low)
		add_range(words, "--tcp-ports", errand->streams.dport);
	add(words, "--size");
	add(words, DUMP_SIZE);
	add_folder(words, amref, "--store", "store");
	for (i = 0; i < 3 && task->services[i]; i++)
		add(words, task->services[i]);
}

static void source_words(struct words *words, const struct amref_errand *errand)
{
	if (errand->control->protocol == IPPROTO_UDP)
		add_range(words, "--udp-ports", errand->sent->sport);
	else
		add_range(words, "--low-tcp-ports", errand->sent->sport);
	if (errand->streams.sport.low)
		add_range(words, "--tcp-ports", errand->streams.sport);
}

static void initiator_words(struct words *words, const struct amref *amref,
			    const struct task *task, const struct amref_errand *errand)
{
	char host[INET6_ADDRSTRLEN];
	size_t i;

	memset(words, 0, sizeof(*words));
	add(words, amref->path);
	address_print(&errand->sent->destination, host);
	for (i = 0; i < WORDS && task->words[i]; i++) {
		if (!strcmp(task->words[i], "HOST"))
			add_text(words, NULL, host);
		else if (!strncmp(task->words[i], "FOLDER/", 7))
			add_folder(words, amref, NULL, task->words[i] + 7);
		else
			add(words, task->words[i]);
	}
	add(words, "--auth");
	add(words, errand->control->auth->name);
	if (!strcmp(task->words[0], "dump") && !errand->control->responder->settings.index)
		add(words, "--no-index");
	add_port(words, errand->sent->dport.low);
	source_words(words, errand);
}

static unsigned int stream_count(const struct flow *control)
{
	unsigned int count = 0;

	while (control->operation->tags[count])
		count++;
	return count;
}

static bool completes(struct program *initiator, const struct task *task,
		      const struct amref_errand *errand)
{
	if (task->opens)
		return program_says(initiator, ": open", stream_count(errand->control),
				    errand->patience);
	return program_says(initiator, NULL, 0, errand->patience);
}

static int run_initiator(const struct amref *amref, const struct task *task,
			 struct amref_errand *errand)
{
	struct program initiator;
	struct words words;
	int err, status;

	initiator_words(&words, amref, task, errand);
	err = program_start(&initiator, errand->from, words.argv);
	if (err)
		return err;
	errand->completed = completes(&initiator, task, errand);
	status = program_end(&initiator);
	if (!task->opens && status)
		errand->completed = false;
	snprintf(errand->said, sizeof(errand->said), "%s", initiator.said);
	return status == 127 ? -ENOEXEC : 0;
}

static int run_task(const struct amref *amref, const struct task *task,
		    struct amref_errand *errand)
{
	struct program target;
	struct words words;
	int err;

	target_words(&words, amref, task, errand);
	err = program_start(&target, errand->to, words.argv);
	if (err)
		return err;
	if (program_says(&target, "on port", 1, START_MS)) {
		err = run_initiator(amref, task, errand);
	} else {
		snprintf(errand->said, sizeof(errand->said), "%s", target.said);
		err = -EIO;
	}
	program_end(&target);
	return err;
}

/**
 * amref_run() - do an operation
 * @amref: of amref_open()
 * @errand: it; says how it went
 *
 * Return: 0, or -errno where amref could not run: then @errand->said may tell why.
 */
int amref_run(const struct amref *amref, struct amref_errand *errand)
{
	return run_task(amref, task_of(errand->control), errand);
}

/* A dump that can be recovered, made where no rules are. */
static int make_dump(const struct amref *amref, int network, struct amref_errand *errand)
{
	static const struct task task = {
		"dumper", NULL, { "amdump" },
		{ "dump", "HOST", "--disk", DISK, "--client", "client", "--store", "FOLDER/store" },
		false,
	};
	struct host host = { .settings.index = true };
	struct flow control = {
		.auth = auth_find("bsdtcp"), .protocol = IPPROTO_TCP, .responder = &host,
		.sent = {
			.source = { .family = AF_INET }, .sport = { 700, 700 },
			.destination = { .family = AF_INET }, .dport = { AMANDA_PORT, AMANDA_PORT },
		},
	};

	control.sent.destination.v4.s_addr = htonl(INADDR_LOOPBACK);
	errand->control = &control;
	errand->from = network;
	errand->to = network;
	errand->sent = &control.sent;
	errand->seen = &control.sent;
	errand->patience = START_MS;
	return run_task(amref, &task, errand) ? : errand->completed ? 0 : -EIO;
}

static int write_estimate(const struct amref *amref)
{
	char path[sizeof(amref->folder) + 16];
	FILE *file;

	snprintf(path, sizeof(path), "%s/estimate", amref->folder);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	fprintf(file, "<dle>\n  <program>GNUTAR</program>\n  <disk>%s</disk>\n  <level>0</level>\n</dle>\n",
		DISK);
	return fclose(file) ? -errno : 0;
}

static void make_name(struct amref *amref)
{
	static const char name[] = "amfw-prove.XXXXXX";
	const char *folder = getenv("TMPDIR");

	if (!folder || !*folder || strlen(folder) + sizeof(name) >= sizeof(amref->folder))
		folder = "/tmp";
	snprintf(amref->folder, sizeof(amref->folder), "%s/%s", folder, name);
}

/**
 * amref_open() - get ready
 * @amref: of amref_find(); amref_close() it whatever is returned
 * @network: a namespace without rules
 * @errors: where to say why not
 *
 * Return: 0 or -1.
 */
int amref_open(struct amref *amref, int network, FILE *errors)
{
	struct amref_errand errand = { .said = "" };
	int err;

	make_name(amref);
	if (!mkdtemp(amref->folder)) {
		fprintf(errors, "%s: %s\n", amref->folder, strerror(errno));
		*amref->folder = '\0';
		return -1;
	}
	err = write_estimate(amref) ? : make_dump(amref, network, &errand);
	if (err)
		fprintf(errors, "%s: %s\n", amref->path,
			*errand.said ? errand.said : strerror(-err));
	return err ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

/**
 * amref_close() - leave nothing behind
 * @amref: it
 */
void amref_close(struct amref *amref)
{
	if (*amref->folder)
		nftw(amref->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	*amref->folder = '\0';
}
