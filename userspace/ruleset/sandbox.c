// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network namespace that is thrown away, in which loaders run.
 *
 * A child makes the namespace and loads; this process stays where it is and
 * reads the result through sockets that the child opened inside and passed on.
 * As whoever makes a user namespace has every capability in it, the kernel
 * answers there although this process never entered it (cap_capable() in
 * security/commoncap.c).
 */
#include "ruleset/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of what loaders say, more is not shown: a file of junk makes them say much. */
#define SAID_MOST	8192
/* Memory for a loader: libnftables takes some 10 kB for a rule. */
#define MEMORY_MOST	((rlim_t)2 << 30)

/* Files that the child passes on: two sockets, two namespaces. */
#define PASSED		4

/* How far the child came, as its exit status. */
enum stage {
	STAGE_DONE,
	STAGE_REFUSED = 10,	/* the loader, or the kernel */
	STAGE_FORBIDDEN,	/* there is no namespace for us */
	STAGE_SOCKETS,
};

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

static bool file_says(const char *path, int number)
{
	FILE *file = fopen(path, "re");
	int value;
	bool says = file && fscanf(file, "%d", &value) == 1 && value == number;

	if (file)
		fclose(file);
	return says;
}

/* Root needs no user namespace, and without one may send batches of any size. */
static bool enter_namespaces(void)
{
	char map[64];
	uid_t user = geteuid();
	gid_t group = getegid();

	if (!unshare(CLONE_NEWNET))
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", user);
	if (!write_file("/proc/self/uid_map", map))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", group);
	write_file("/proc/self/setgroups", "deny");
	return write_file("/proc/self/gid_map", map);
}

/* AppArmor lets namespaces be made and takes the capabilities in them away. */
static bool may_configure(int route)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char more[512];
	} reply;
	struct {
		struct nlmsghdr header;
		char zeros[16];
	} request = {
		/* RTM_SETLINK of interface 0: EPERM comes before ENODEV. */
		.header = {
			.nlmsg_len = sizeof(request), .nlmsg_type = 19,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
	};

	return send(route, &request, sizeof(request), 0) == sizeof(request) &&
	       recv(route, &reply, sizeof(reply), 0) >= (ssize_t)sizeof(reply.header) +
							(ssize_t)sizeof(reply.error.error) &&
	       reply.error.error != -EPERM;
}

static void limit(int resource, rlim_t most)
{
	struct rlimit value;

	if (getrlimit(resource, &value) < 0)
		return;
	if (value.rlim_max > most)
		value.rlim_max = most;
	value.rlim_cur = value.rlim_max;
	setrlimit(resource, &value);
}

static void limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__	/* which maps terabytes */
	rlim_t half = (rlim_t)sysconf(_SC_PHYS_PAGES) * (rlim_t)sysconf(_SC_PAGESIZE) / 2;

	limit(RLIMIT_AS, half < MEMORY_MOST ? half : MEMORY_MOST);
#endif
}

static int pass_files(int to, const int files[PASSED])
{
	char byte = 0;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(PASSED * sizeof(int))];
	} control;
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	memset(&control, 0, sizeof(control));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(PASSED * sizeof(int));
	memcpy(CMSG_DATA(&control.header), files, PASSED * sizeof(int));
	return sendmsg(to, &message, 0) == 1 ? 0 : -1;
}

static void take_files(int from, struct sandbox *sandbox)
{
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(PASSED * sizeof(int))];
	} control;
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int files[PASSED];

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    message.msg_controllen < CMSG_LEN(sizeof(files)))
		return;
	memcpy(files, CMSG_DATA(&control.header), sizeof(files));
	sandbox->netfilter = files[0];
	sandbox->route = files[1];
	sandbox->network = files[2];
	sandbox->user = files[3];
}

/* Loaders neither ask the user nor write into the answers of this process. */
static void redirect(int report)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(report, STDOUT_FILENO);
	dup2(report, STDERR_FILENO);
}

static enum stage child_run(const struct sandbox_work *work, int channel, int report)
{
	int files[PASSED];
	enum stage stage = STAGE_REFUSED;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	redirect(report);
	if (!enter_namespaces())
		return STAGE_FORBIDDEN;
	files[0] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	files[1] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	files[2] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	files[3] = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	if (files[0] < 0 || files[1] < 0 || files[2] < 0 || files[3] < 0)
		return STAGE_SOCKETS;
	if (!may_configure(files[1]))
		return STAGE_FORBIDDEN;
	if (pass_files(channel, files) < 0)
		return STAGE_SOCKETS;
	limit(RLIMIT_CPU, work->seconds + 1);
	limit(RLIMIT_CORE, 0);
	limit_memory();
	if (!work->run(work->data))
		stage = STAGE_DONE;
	fflush(NULL);
	return stage;
}

/* The channel is closed when the child has ended; its status or -ETIME. */
static int wait_for(pid_t child, int channel, unsigned int seconds)
{
	struct timespec now, end;
	struct pollfd watched = { .fd = channel, .events = POLLIN };
	int status, ready = 1;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > end.tv_sec)
			break;
		ready = poll(&watched, 1, (int)(end.tv_sec - now.tv_sec) * 1000 + 1);
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0 || now.tv_sec > end.tv_sec) {
		kill(-child, SIGKILL);
		kill(child, SIGKILL);
		ready = 0;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return ready > 0 ? status : -ETIME;
}

static void print_forbidden(FILE *errors)
{
	const char *advice = "allow user namespaces to this user (in a container: in its profile)";

	if (file_says("/proc/sys/kernel/unprivileged_userns_clone", 0))
		advice = "set the sysctl kernel.unprivileged_userns_clone=1";
	else if (file_says("/proc/sys/user/max_user_namespaces", 0))
		advice = "set the sysctl user.max_user_namespaces above 0";
	else if (file_says("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1))
		advice = "give this program an AppArmor profile with \"userns,\", or set the sysctl kernel.apparmor_restrict_unprivileged_userns=0";
	fprintf(errors, "rules are loaded in a network namespace of their own, which this user may not make: run as root, or %s\n",
		advice);
}

/*
 * How long a character of UTF-8 is that a terminal may be given; 0: it is none, or may
 * make the terminal do something.
 */
static size_t printable(const unsigned char *text, size_t length)
{
	size_t more = *text < 0xc2 ? 0 : *text < 0xe0 ? 1 : *text < 0xf0 ? 2 : *text < 0xf5 ? 3 : 0;
	size_t i;

	if (*text < 0x80)
		return *text == '\n' || *text == '\t' || (*text >= ' ' && *text != 0x7f);
	if (!more || more >= length)
		return 0;
	for (i = 1; i <= more; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return *text == 0xc2 && text[1] < 0xa0 ? 0 : more + 1;
}

/* What loaders quote of a file may be anything. */
static void print_text(const char *text, size_t length, FILE *errors)
{
	size_t i, span;

	for (i = 0; i < length; i += span ? span : 1) {
		span = printable((const unsigned char *)text + i, length - i);
		if (span)
			fwrite(text + i, 1, span, errors);
		else
			fputc('?', errors);
	}
}

static void print_report(int report, FILE *errors)
{
	char text[SAID_MOST + 1];
	ssize_t length = pread(report, text, sizeof(text), 0);

	if (length <= 0)
		return;
	print_text(text, (size_t)length > SAID_MOST ? SAID_MOST : (size_t)length, errors);
	if (length > SAID_MOST)
		fputs("\n(more is not shown)\n", errors);
}

static int judge(int status, const struct sandbox_work *work, FILE *errors)
{
	if (status == -ETIME) {
		fprintf(errors, "the rules are not loaded after %u s: given up; --timeout waits longer\n", work->seconds);
		return -1;
	}
	if (WIFSIGNALED(status)) {
		fprintf(errors, "the loader was ended by signal %d: %s\n", WTERMSIG(status),
			WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL ?
			"it took too long, or too much memory" : "a fault of its own");
		return -1;
	}
	switch (WEXITSTATUS(status)) {
	case STAGE_DONE:
		return 0;
	case STAGE_FORBIDDEN:
		print_forbidden(errors);
		return -1;
	case STAGE_SOCKETS:
		fputs("no netlink sockets: the kernel lacks nfnetlink\n", errors);
		return -1;
	case STAGE_REFUSED:
		return -1;
	default:
		/* libnftables and libmnl exit where memory is out. */
		fputs("the loader gave up: memory is out\n", errors);
		return -1;
	}
}

static int run_and_judge(struct sandbox *sandbox, const struct sandbox_work *work, int channel[2],
			 int report, FILE *errors)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child < 0)
		return -1;
	if (!child) {
		close(channel[0]);
		_exit(child_run(work, channel[1], report));
	}
	close(channel[1]);
	channel[1] = -1;
	take_files(channel[0], sandbox);
	status = wait_for(child, channel[0], work->seconds);
	print_report(report, errors);
	return judge(status, work, errors);
}

/**
 * sandbox_open() - make a network namespace and do something in it
 * @sandbox: to fill; sandbox_close() it where 0 is returned
 * @work: what to do
 * @errors: where to say why not
 *
 * Return: 0, or -1 where @work failed or no namespace could be made.
 */
int sandbox_open(struct sandbox *sandbox, const struct sandbox_work *work, FILE *errors)
{
	int channel[2] = { -1, -1 };
	int report = memfd_create("report", MFD_CLOEXEC);
	int result = -1;

	sandbox->netfilter = -1;
	sandbox->route = -1;
	sandbox->network = -1;
	sandbox->user = -1;
	if (report >= 0 && !socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel))
		result = run_and_judge(sandbox, work, channel, report, errors);
	else
		fprintf(errors, "no channel to the loader: %s\n", strerror(errno));
	if (report >= 0)
		close(report);
	if (channel[0] >= 0)
		close(channel[0]);
	if (channel[1] >= 0)
		close(channel[1]);
	if (result < 0)
		sandbox_close(sandbox);
	return result;
}

/**
 * sandbox_enter() - go inside, with this very process
 * @sandbox: it
 *
 * Return: true where we are inside.
 */
bool sandbox_enter(const struct sandbox *sandbox)
{
	/* For root the user namespace is the same, and cannot be entered again. */
	if (setns(sandbox->user, CLONE_NEWUSER) < 0 && errno != EINVAL)
		return false;
	return !setns(sandbox->network, CLONE_NEWNET);
}

static void close_file(int *file)
{
	if (*file >= 0)
		close(*file);
	*file = -1;
}

/**
 * sandbox_close() - let the namespace go
 * @sandbox: it
 */
void sandbox_close(struct sandbox *sandbox)
{
	close_file(&sandbox->netfilter);
	close_file(&sandbox->route);
	close_file(&sandbox->network);
	close_file(&sandbox->user);
}
