// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The modules leave while the gateway is at work, and come in where memory is
 * short: nothing of them may stay behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftests/lib/chance.h"
#include "selftests/lib/faults.h"
#include "selftests/lib/module.h"
#include "selftests/lib/mutant.h"
#include "selftests/lib/report.h"
#include "selftests/lib/session.h"
#include "selftests/lib/tracked.h"

#define COUNTERS	"/proc/net/nf_conntrack_amanda"
#define CONNTRACK	"nf_conntrack_amanda"
#define NAT		"nf_nat_amanda"
#define ROUNDS		8
#define PATIENCE_US	20000000
#define STEP_US		2000
#define MOST_ALLOCATIONS 4000

static struct lab lab;
static struct mutant request, reply;

static void drain(int fd)
{
	char bytes[64];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0)
		;
}

/* Nobody waits here for what may not arrive. */
static void exchange(struct session *s, int sequence)
{
	mutant_exchange(&request, &reply, sequence);
	sendto(s->at_initiator, request.bytes, request.length, MSG_DONTWAIT,
	       (struct sockaddr *)&s->dialled, sizeof(s->dialled));
	drain(s->at_responder);
	sendto(s->at_responder, reply.bytes, reply.length, MSG_DONTWAIT,
	       (struct sockaddr *)&s->caller, sizeof(s->caller));
	drain(s->at_initiator);
}

/* Ever new flows: one that the helper has left does not get it back. */
static void traffic(void)
{
	struct session *s;
	int sequence, i;

	chance_seed(1);
	for (sequence = 1000;;) {
		s = session_new(&lab, (uint16_t)(600 + sequence % 60000), RESPONDER);
		for (i = 0; i < 5; i++)
			exchange(s, sequence++);
		close(s->at_initiator);
		free(s);
	}
}

static pid_t start_traffic(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid)
		return pid;
	alarm(100);
	while (getppid() == parent)
		traffic();
	_exit(0);
}

static void end_traffic(pid_t pid)
{
	kill(pid, SIGKILL);
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid: %s", strerror(errno));
}

static unsigned long counter(const char *name)
{
	unsigned long value = 0;
	char line[128];
	FILE *file;

	lab_enter(&lab, GATEWAY);
	file = fopen(COUNTERS, "re");
	if (!file)
		die("no counters");
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ' ')
			value = strtoul(line + strlen(name), NULL, 10);
	fclose(file);
	return value;
}

/* The traffic goes on, and the helper sees it. */
static void wait_for(const char *name)
{
	unsigned long before = counter(name);
	int waited;

	for (waited = 0; waited < PATIENCE_US; waited += STEP_US) {
		if (counter(name) > before + 3)
			return;
		usleep(STEP_US);
	}
	die("%s does not grow", name);
}

static void detach(void)
{
	lab_rules(&lab, "flush chain inet lab attach\ndelete ct helper inet lab lab\n");
}

static void attach(void)
{
	lab_rules(&lab, "table inet lab {\nct helper lab { type \"amanda\" protocol udp; }\n}\n"
		  "add rule inet lab attach udp dport 10080-10083 ct helper set \"lab\"\n");
}

static void look_for_remains(void)
{
	struct openings all;

	openings_read(&lab, &all);
	if (all.count)
		saw("%zu expectations remain", all.count);
	if (!access(COUNTERS, F_OK))
		saw("the counters remain");
	if (module_is_loaded(CONNTRACK) || module_is_loaded(NAT))
		saw("a module remains");
}

/* The flows keep running under a helper that goes away. */
static void both_halves(unsigned int flags)
{
	pid_t pid;
	int i;

	module_load(NULL);
	lab_open(&lab, flags);
	lab_udp_timeouts(&lab, 1, 1);
	pid = start_traffic();
	for (i = 0; i < ROUNDS; i++) {
		wait_for("streams-opened");
		detach();
		module_unload();
		look_for_remains();
		module_load(NULL);
		attach();
	}
	wait_for("streams-opened");
	end_traffic(pid);
	saw("gone %d times, opens again", i);
}

static void plain(const struct test *test)
{
	(void)test;
	both_halves(0);
}

static void forward(const struct test *test)
{
	(void)test;
	both_halves(LAB_FORWARD);
}

/* Half of the module: a translated reply cannot be opened, nor left as it is. */
static void nat_half(const struct test *test)
{
	pid_t pid;
	int i;

	(void)test;
	module_load(NULL);
	lab_open(&lab, LAB_FORWARD);
	pid = start_traffic();
	for (i = 0; i < ROUNDS; i++) {
		wait_for("streams-opened");
		module_remove_nat_half();
		wait_for("refused-no-nat");
		module_load_nat_half();
	}
	wait_for("streams-opened");
	end_traffic(pid);
	saw("gone %d times, opens again", i);
}

static int open_module(const char *name)
{
	struct utsname kernel;
	char path[256];
	int fd;

	uname(&kernel);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/%s.ko", kernel.release, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

/* Load a module with one allocation after another failing, until none does. */
static void load_without_memory(const char *name)
{
	unsigned int nth, left = 0, failed = 0;

	for (nth = 1; nth < MOST_ALLOCATIONS && !left; nth++) {
		int fd = open_module(name), loaded;

		faults_nth(nth);
		loaded = !syscall(SYS_finit_module, fd, "", 0);
		left = faults_left();
		close(fd);
		failed += !loaded;
		if (module_is_loaded(name) != loaded)
			die("%s: half loaded without allocation %u", name, nth);
		if (loaded && !left && syscall(SYS_delete_module, name, O_NONBLOCK))
			die("%s: stays without allocation %u: %s", name, nth, strerror(errno));
	}
	fprintf(stderr, "unload/load: %s: %u allocations, %u of them needed\n", name, nth - 2,
		failed);
	saw("%s %s", name, left && failed > 10 ? "fails cleanly, then loads" : "was not tested");
}

static void load(const struct test *test)
{
	(void)test;
	module_unload();
	faults_of_cache(NULL);
	load_without_memory(CONNTRACK);
	load_without_memory(NAT);
	faults_disarm();
}

/* The same for a network namespace that comes to be while the module is there. */
static void namespaces(const struct test *test)
{
	unsigned int nth, left = 0, failed = 0;

	(void)test;
	module_load(NULL);
	faults_of_cache("proc_dir_entry");
	for (nth = 1; nth < MOST_ALLOCATIONS && !left; nth++) {
		bool made;

		faults_nth(nth);
		made = !unshare(CLONE_NEWNET);
		left = faults_left();
		failed += !made;
		if (made && access(COUNTERS, F_OK))
			die("a namespace without counters");
	}
	faults_disarm();
	fprintf(stderr, "unload/namespaces: %u entries in /proc, %u needed\n", nth - 2, failed);
	saw("%s", left && failed > 5 ? "fails cleanly, then comes" : "was not tested");
}

#define GONE "gone 8 times, opens again"

/* The last two need a kernel that can be told to fail. */
static const struct test tests[] = {
	{ "plain", "both halves, without NAT", plain, NULL, NULL, GONE, NULL, TEST_ALONE },
	{ "forward", "both halves, with ports forwarded", forward, NULL, NULL, GONE, NULL,
	  TEST_ALONE },
	{ "nat-half", "the NAT half alone", nat_half, NULL, NULL, GONE, NULL, TEST_ALONE },
	{ "load", "no memory for the modules", load, NULL, NULL,
	  CONNTRACK " fails cleanly, then loads, " NAT " fails cleanly, then loads", NULL,
	  TEST_ALONE },
	{ "namespaces", "no memory for a namespace", namespaces, NULL, NULL,
	  "fails cleanly, then comes", NULL, TEST_ALONE },
};

int main(int argc, char **argv)
{
	size_t count = sizeof(tests) / sizeof(*tests) - (faults_offered() ? 0 : 2);

	return tests_main(argc, argv, "unload/", tests, count);
}
