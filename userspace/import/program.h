/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs, run side by side and without a shell.
 */
#ifndef IMPORT_PROGRAM_H
#define IMPORT_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

enum program_end {
	PROGRAM_DONE,		/* ended by itself; see its code */
	PROGRAM_MISSING,	/* is nowhere */
	PROGRAM_LATE,		/* took too long, and was killed */
	PROGRAM_KILLED,		/* by a signal, or for writing without end */
	PROGRAM_BROKEN,		/* could not be started: see its code, an errno */
};

/**
 * struct account - the user that programs are run as
 * @name: of the user
 * @home: folder
 * @user: number
 * @group: first group
 * @groups: all groups
 * @group_count: entries of @groups
 */
struct account {
	char *name;
	char *home;
	uid_t user;
	gid_t group;
	gid_t *groups;
	int group_count;
};

int account_find(struct account *account, const char *name);
void account_free(struct account *account);

/**
 * struct runner - how programs are run
 * @as: the user; NULL for whoever runs this
 * @folder: where; NULL for "/", which everybody may enter
 * @seconds: that they may take, all together
 */
struct runner {
	const struct account *as;
	const char *folder;
	unsigned int seconds;
};

/* What a program says: bytes, with a NUL behind them. */
struct said {
	char *text;
	size_t length;
};

/**
 * struct program - one program
 * @argv: its name and arguments, NULL behind them
 * @out: what it wrote to its standard output
 * @err: and to its standard error
 * @end: how it ended
 * @code: what with
 */
struct program {
	const char *const *argv;
	struct said out;
	struct said err;
	enum program_end end;
	int code;
};

int programs_run(struct program *programs, size_t count, const struct runner *runner);
void program_free(struct program *program);

#endif /* IMPORT_PROGRAM_H */
