// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whoever can send packets past a capture can choose what the parsers of libpcap,
 * libarchive and this project read.  So the process is nobody in particular when they
 * begin, and the kernel ends it where it does anything but read what is open, write
 * what is open and ask for memory.
 */
#include "replay/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* The user "nobody" of Debian, where the list of users does not say. */
#define NOBODY	65534

/* Files that are open, memory, time, who it is, and the end. */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(close),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(fstat), SCMP_SYS(fadvise64),
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getgroups), SCMP_SYS(sched_yield),
	SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	/* qsort() of glibc asks how much memory there is, where there is much to sort. */
	SCMP_SYS(sysinfo),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* A library that looks for a translation, say, goes without: no reason to die. */
static const int refused[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(stat), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
};

struct user {
	uid_t user;
	gid_t group;
};

static bool number_of(const char *variable, unsigned int *number)
{
	const char *text = getenv(variable);
	unsigned long value;
	char *end;

	if (!text)
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (*end || errno || !value || value >= UINT32_MAX)
		return false;
	*number = (unsigned int)value;
	return true;
}

/* Who called sudo may do no more than before; where that is not known, nobody. */
static struct user harmless_user(void)
{
	struct user found = { NOBODY, NOBODY };
	const struct passwd *nobody;

	if (number_of("SUDO_UID", &found.user) && number_of("SUDO_GID", &found.group))
		return found;
	nobody = getpwnam("nobody");
	return nobody ? (struct user) { nobody->pw_uid, nobody->pw_gid } :
			(struct user) { NOBODY, NOBODY };
}

static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capset, &header, none);
}

static bool drop_root(void)
{
	struct user user = harmless_user();

	if (geteuid())
		return true;
	/*
	 * EPERM and EINVAL: the root of a user namespace that knows no other user.  It
	 * is some user outside, with nothing of root but its capabilities in here.
	 */
	if ((setgroups(0, NULL) && errno != EPERM && errno != EINVAL) ||
	    (setresgid(user.group, user.group, user.group) && errno != EINVAL) ||
	    (setresuid(user.user, user.user, user.user) && errno != EINVAL))
		return false;
	return drop_capabilities();
}

static int allow_some(scmp_filter_ctx filter)
{
	size_t i;
	int error = 0;

	for (i = 0; i < ARRAY_COUNT(allowed) && !error; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (i = 0; i < ARRAY_COUNT(refused) && !error; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
	return error;
}

/* Calls that are harmless with some arguments only. */
static int allow_with_arguments(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	/* fstat() of libc; any other asks about a path. */
	const struct scmp_arg_cmp open_file = SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH,
						      AT_EMPTY_PATH);
	const struct scmp_arg_cmp by_path = SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0);
	/* Is it a terminal, and how wide? */
	const struct scmp_arg_cmp terminal = SCMP_A1(SCMP_CMP_EQ, TCGETS, 0);
	const struct scmp_arg_cmp width = SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ, 0);
	const struct scmp_arg_cmp flags = SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0);
	int error;

	error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_code);
	error |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_code);
	error |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
					&open_file);
	error |= seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1,
					&by_path);
	error |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, &terminal);
	error |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, &width);
	error |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, &flags);
	return error;
}

/* -EINVAL where the kernel is built without it. */
static int load_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error;

	if (!filter)
		return -ENOMEM;
	error = allow_some(filter);
	if (!error)
		error = allow_with_arguments(filter);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

/**
 * confine() - give up what is not needed to read files that are open
 * @errors: where complaints go
 *
 * What was root becomes the user who called sudo, or nobody, without groups and
 * capabilities, and can never become anybody else.  From then on the process can read
 * and write what is open, map memory, look at the clock and end.  Opening a file fails
 * with EACCES; anything else ends the process with SIGSYS: signals are caught from
 * before, and no other process or thread is started.  It is for the one thread that the
 * process has.
 *
 * Return: 0, or a negative errno where root could not be dropped.  A kernel without
 * seccomp is complained about, and that is all.
 */
int confine(FILE *errors)
{
	int error;

	/* localtime() reads a file when it is called first. */
	tzset();
	if (!drop_root() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		error = -errno;
		fprintf(errors, "Error: root could not be given up: %s\n", strerror(-error));
		return error;
	}
	error = load_filter();
	if (error)
		fprintf(errors, "Warning: without a filter of system calls: %s\n",
			strerror(-error));
	return 0;
}
