// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An initiator's connection through a program: amandad itself for local, and what
 * brings it to another host for ssh and rsh (runlocal(), runssh(), runrsh() of
 * Amanda's common-src).  Amanda makes two pipes; one pair of sockets does for
 * both directions, and ends both when the program ends.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "muxed.h"

#define REAP_TURNS	50	/* of 50 ms each, before and after SIGTERM: as Amanda */

/* Become @login, where we may and where it exists: amandad does not run as root. */
static bool become(const char *login)
{
	const struct passwd *entry = login && !geteuid() ? getpwnam(login) : NULL;

	if (!entry)
		return true;
	return !initgroups(login, entry->pw_gid) && !setgid(entry->pw_gid) &&
	       !setuid(entry->pw_uid);
}

static void run_child(int fd, char *const argv[], const char *login)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (!become(login) || dup2(fd, STDIN_FILENO) < 0 ||
	    dup2(fd, STDOUT_FILENO) < 0)
		_exit(127);
	execvp(argv[0], argv);
	fprintf(stderr, "amref: couldn't exec %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static pid_t run(char *const argv[], const char *login, int *fd)
{
	int pair[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	child = fork();
	if (!child)
		run_child(pair[1], argv, login);
	if (child < 0) {
		child = -errno;
		close(pair[0]);
	} else {
		/* ours alone: the program expects an end that blocks */
		*fd = pair[0];
	}
	close(pair[1]);
	return child;
}

static bool gone(const struct muxed_connection *connection, int *status)
{
	const struct timespec turn = { .tv_nsec = 50 * 1000 * 1000 };
	int turns;

	for (turns = 0; turns < REAP_TURNS; turns++) {
		if (waitpid(connection->child, status, WNOHANG))
			return true;
		nanosleep(&turn, NULL);
	}
	return false;
}

/**
 * muxed_word() - append one word to a command
 * @words: zeroed before the first word; ends in a NULL at any time
 * @word: kept by reference; may have spaces in it
 */
void muxed_word(struct muxed_words *words, const char *word)
{
	if (words->count + 1 < sizeof(words->word) / sizeof(*words->word))
		words->word[words->count++] = (char *)(uintptr_t)word;
}

/**
 * muxed_words() - begin a command with the words of a text
 * @words: zeroed
 * @text: words with spaces between them, copied; "ssh -F my-config"
 */
void muxed_words(struct muxed_words *words, const char *text)
{
	char *rest, *word;

	snprintf(words->text, sizeof(words->text), "%s", text);
	for (word = strtok_r(words->text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		muxed_word(words, word);
}

/**
 * muxed_reap() - see the program off
 * @connection: its files are closed; it need not have a program
 *
 * Waits for it, and ends it where it does not end by itself, as
 * sec_tcp_conn_put() of security-util.c.
 */
void muxed_reap(struct muxed_connection *connection)
{
	int status;

	if (connection->child <= 0)
		return;
	if (!gone(connection, &status)) {
		kill(connection->child, SIGTERM);
		if (!gone(connection, &status)) {
			kill(connection->child, SIGKILL);
			waitpid(connection->child, NULL, 0);
		}
	}
	connection->child = 0;
}

/*
 * A program that fails says more by its exit status than by its silence: ssh ends
 * with 255 where it could not connect, a shell with 127 where there is no amandad.
 */
static void tell_status(struct muxed_connection *connection)
{
	int status;

	if (connection->child <= 0 || !gone(connection, &status))
		return;
	connection->child = 0;
	if (WIFSIGNALED(status))
		muxed_fail(connection, "%s died on signal %d", connection->peer->peer.driver->name,
			   WTERMSIG(status));
	else if (WEXITSTATUS(status))
		muxed_fail(connection, "%s exited with status %d",
			   connection->peer->peer.driver->name, WEXITSTATUS(status));
}

static ssize_t child_read(void *arg, void *data, size_t size)
{
	struct muxed_connection *connection = arg;
	ssize_t count = read(connection->in, data, size);

	/* a reset means that the program left without reading all: an end like others */
	if (!count || (count < 0 && errno == ECONNRESET)) {
		tell_status(connection);
		return 0;
	}
	return count < 0 ? -errno : count;
}

static ssize_t child_write(void *arg, const struct iovec *part, int count)
{
	const struct muxed_connection *connection = arg;
	ssize_t written = writev(connection->out, part, count);

	return written < 0 ? -errno : written;
}

static const struct mux_io child_io = {
	.read = child_read,
	.write = child_write,
};

static int start(struct muxed_connection *connection, const char *host, char *const argv[],
		 const char *login)
{
	int error;

	snprintf(connection->name, sizeof(connection->name), "%s", host);
	connection->child = run(argv, login, &connection->in);
	if (connection->child < 0) {
		error = connection->child;
		connection->child = 0;
		return error;
	}
	connection->out = connection->in;
	error = muxed_nonblocking(connection->in);
	return error ? error : muxed_start(connection, &child_io, connection);
}

/**
 * muxed_run() - the connect of struct security_driver, through a program
 * @driver: whose it is
 * @loop: where it lives
 * @host: for messages
 * @argv: the program, found in PATH, and its arguments
 * @login: whom root becomes for it; NULL: nobody else
 * @options: copied
 * @why: gets one line where this fails
 * @why_size: bytes at @why
 *
 * Where the program cannot be run, it says so itself, and the connection is lost.
 *
 * Return: closed by muxed_disconnect(); NULL with errno set.
 */
struct security_peer *muxed_run(const struct security_driver *driver, struct loop *loop,
				const char *host, char *const argv[], const char *login,
				const struct security_options *options,
				char *why, size_t why_size)
{
	struct muxed_peer *peer = muxed_peer_new(driver, loop, options);
	struct muxed_connection *connection;
	int error = -ENOMEM;

	connection = peer ? muxed_connection_new(peer, -1, -1) : NULL;
	if (connection)
		error = start(connection, host, argv, login);
	if (!error)
		return &peer->peer;
	snprintf(why, why_size, "can't connect to %s: %s", host, strerror(-error));
	muxed_disconnect(peer ? &peer->peer : NULL);
	errno = -error;
	return NULL;
}
