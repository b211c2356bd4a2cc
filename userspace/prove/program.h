/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that runs in a network namespace, and what it says.
 */
#ifndef PROVE_PROGRAM_H
#define PROVE_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/* Of what a program says, the last line is kept so far. */
#define SAID_ROOM	200

/**
 * struct program - one that was started
 * @pid: of it; 0: none
 * @output: what it says, both ways
 * @line: the line that has begun to come
 * @length: bytes of @line
 * @said: the last whole line
 */
struct program {
	pid_t pid;
	int output;
	char line[SAID_ROOM];
	size_t length;
	char said[SAID_ROOM];
};

int program_start(struct program *program, int network, const char *const argv[]);
bool program_says(struct program *program, const char *words, unsigned int times,
		  unsigned int milliseconds);
int program_end(struct program *program);

#endif /* PROVE_PROGRAM_H */
