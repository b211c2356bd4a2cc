// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a volley reads and writes.
 *
 *	machine NAME PATH-OF-NAMESPACE
 *	gateway NAME PATH-OF-NAMESPACE
 *	probe PHASE MACHINE PROTOCOL SOURCE SPORT DESTINATION DPORT LABEL ANNOUNCE EXPECT
 *
 * ANNOUNCE is "-" or streams, "DATA:50000,MESG:50001"; EXPECT is "refuse",
 * "prompt" or "pass MACHINE SOURCE SPORT DESTINATION DPORT", whose ports may be
 * ranges.  No field holds a blank.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "volley.h"

#define WORDS_MAX	16

/**
 * die() - give up
 * @format: why
 */
void die(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fputs("volley: ", stderr);
	vfprintf(stderr, format, list);
	fprintf(stderr, " (%s)\n", strerror(errno));
	va_end(list);
	exit(2);
}

static size_t machine_named(const struct volley *volley, const char *name)
{
	size_t i;

	for (i = 0; i < volley->machine_count; i++)
		if (!strcmp(volley->machine[i].name, name))
			return i;
	die("no machine %s", name);
}

static void copy(char *to, size_t room, const char *from)
{
	if (strlen(from) >= room)
		die("too long: %s", from);
	strcpy(to, from);
}

static void read_end(struct end *end, const char *address, const char *ports)
{
	char *rest;

	end->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(end->family, address, end->address) != 1)
		die("not an address: %s", address);
	end->low = (uint16_t)strtoul(ports, &rest, 10);
	end->high = *rest == '-' ? (uint16_t)strtoul(rest + 1, &rest, 10) : end->low;
	if (*rest)
		die("not a port: %s", ports);
}

static void read_machine(struct volley *volley, char *words[], size_t count)
{
	struct machine *machine = &volley->machine[volley->machine_count];

	if (count < 3 || volley->machine_count == MACHINES_MAX)
		die("bad machine");
	copy(machine->name, sizeof(machine->name), words[1]);
	machine->ns = open(words[2], O_RDONLY | O_CLOEXEC);
	if (machine->ns < 0)
		die("%s", words[2]);
	machine->passive = !strcmp(words[0], "gateway");
	volley->machine_count++;
}

/* "DATA:50000,MESG:50001" as amandad writes it: "DATA 50000 MESG 50001" */
static void read_announce(struct probe *probe, const char *word)
{
	char *c;

	if (!strcmp(word, "-"))
		return;
	copy(probe->announce, sizeof(probe->announce), word);
	for (c = probe->announce; *c; c++)
		if (*c == ',' || *c == ':')
			*c = ' ';
}

static void read_verdict(struct volley *volley, struct probe *probe, char *words[], size_t count)
{
	if (count == 1 && !strcmp(words[0], "refuse")) {
		probe->verdict = EXPECT_REFUSE;
	} else if (count == 1 && !strcmp(words[0], "prompt")) {
		probe->verdict = EXPECT_PROMPT;
	} else if (count == 6 && !strcmp(words[0], "pass")) {
		probe->verdict = EXPECT_PASS;
		probe->at = machine_named(volley, words[1]);
		read_end(&probe->seen_source, words[2], words[3]);
		read_end(&probe->seen_destination, words[4], words[5]);
	} else {
		die("%s: bad expectation", probe->label);
	}
}

static void read_probe(struct volley *volley, char *words[], size_t count)
{
	struct probe *probe = &volley->probe[volley->probe_count];

	if (count < 11 || volley->probe_count == PROBES_MAX)
		die("bad probe, or one too many");
	memset(probe, 0, sizeof(*probe));
	probe->fd = -1;
	probe->phase = (unsigned int)strtoul(words[1], NULL, 10) % PHASES_MAX;
	probe->machine = machine_named(volley, words[2]);
	probe->protocol = strcmp(words[3], "udp") ? IPPROTO_TCP : IPPROTO_UDP;
	read_end(&probe->source, words[4], words[5]);
	read_end(&probe->destination, words[6], words[7]);
	copy(probe->label, sizeof(probe->label), words[8]);
	read_announce(probe, words[9]);
	read_verdict(volley, probe, words + 10, count - 10);
	volley->probe_count++;
}

/**
 * volley_read() - read machines and probes from standard input
 * @volley: to fill
 */
void volley_read(struct volley *volley)
{
	char line[1024], *words[WORDS_MAX], *rest;
	size_t count;

	while (fgets(line, sizeof(line), stdin)) {
		rest = line;
		for (count = 0; count < WORDS_MAX; count++) {
			words[count] = strtok_r(count ? NULL : line, " \n", &rest);
			if (!words[count])
				break;
		}
		if (count && (!strcmp(words[0], "machine") || !strcmp(words[0], "gateway")))
			read_machine(volley, words, count);
		else if (count && !strcmp(words[0], "probe"))
			read_probe(volley, words, count);
		else if (count)
			die("what is %s?", words[0]);
	}
}

/**
 * end_print() - an address and its ports
 * @end: they
 * @text: where to
 * @room: bytes there
 */
void end_print(const struct end *end, char *text, size_t room)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(end->family, end->address, address, sizeof(address));
	if (end->high > end->low)
		snprintf(text, room, "%s %u-%u", address, end->low, end->high);
	else
		snprintf(text, room, "%s %u", address, end->low);
}

static bool end_within(const struct end *got, const struct end *wanted)
{
	return got->family == wanted->family &&
	       !memcmp(got->address, wanted->address, got->family == AF_INET ? 4 : 16) &&
	       got->low >= wanted->low && got->low <= wanted->high;
}

/* What is wrong, or NULL. */
static const char *fault_of(const struct probe *probe)
{
	if (probe->verdict != EXPECT_PASS) {
		if (probe->arrived)
			return "got through";
		if (probe->verdict == EXPECT_PROMPT && !probe->error)
			return "was dropped in silence";
		return NULL;
	}
	if (!probe->arrived)
		return "did not arrive";
	if (probe->where != probe->at || !end_within(&probe->got_source, &probe->seen_source) ||
	    !end_within(&probe->got_destination, &probe->seen_destination))
		return "arrived otherwise";
	return probe->answered ? NULL : "was not answered";
}

static void tell(const struct volley *volley, const struct probe *probe, const char *fault)
{
	static const char *const expected[] = { "pass", "refuse", "prompt" };
	char source[64], destination[64];

	end_print(&probe->source, source, sizeof(source));
	end_print(&probe->destination, destination, sizeof(destination));
	printf("%s: %s %s > %s %s", probe->label, probe->protocol == IPPROTO_UDP ? "udp" : "tcp",
	       source, destination, fault ? fault : expected[probe->verdict]);
	if (probe->arrived) {
		end_print(&probe->got_source, source, sizeof(source));
		end_print(&probe->got_destination, destination, sizeof(destination));
		printf(", at %s as %s > %s", volley->machine[probe->where].name, source,
		       destination);
	}
	if (probe->error)
		printf(", %s", strerror(probe->error));
	putchar('\n');
}

/**
 * volley_tell() - say what differs from what was expected
 * @volley: after it
 * @all: say the rest too
 *
 * Return: true where nothing differs.
 */
bool volley_tell(const struct volley *volley, bool all)
{
	const struct probe *probe;
	bool good = true;

	for (probe = volley->probe; probe < volley->probe + volley->probe_count; probe++) {
		const char *fault = fault_of(probe);

		good = good && !fault;
		if (all || fault)
			tell(volley, probe, fault);
	}
	return good;
}
