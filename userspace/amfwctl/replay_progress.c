// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How far a replay has come, for those who wait at a terminal.
 */
#include <time.h>
#include <unistd.h>

#include "amfwctl/replay.h"

#define SECOND		1000000000ll
/* What is done by then needs no bar. */
#define PATIENCE	(2 * SECOND)
#define INTERVAL	(SECOND / 5)
/* The clock is looked at once in so many packets. */
#define PACKETS		4096
#define WIDTH		30

static int64_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * SECOND + at.tv_nsec;
}

/**
 * replay_progress_begin() - the first packet is about to be read
 * @progress: filled in
 */
void replay_progress_begin(struct replay_progress *progress)
{
	*progress = (struct replay_progress){
		.started = now(),
		.terminal = isatty(STDERR_FILENO),
	};
}

static void draw(const struct replay_progress *progress, const struct capture_counts *counts)
{
	double passed = (progress->shown - progress->started) / 1e9, share;
	int i;

	fputs("\rreplay ", stderr);
	if (counts->size && counts->bytes <= counts->size) {
		share = (double)counts->bytes / counts->size;
		fputc('[', stderr);
		for (i = 0; i < WIDTH; i++)
			fputc(i < share * WIDTH ? '#' : '-', stderr);
		fprintf(stderr, "] %3d%% ", (int)(share * 100));
		if (share > 0)
			fprintf(stderr, "%.0f s left, ", passed / share - passed);
	}
	fprintf(stderr, "%.1f MB, %.1f MB/s \033[K", counts->bytes / 1e6,
		counts->bytes / 1e6 / passed);
}

/**
 * replay_progress_step() - a packet was read
 * @progress: begun
 * @counts: of the capture
 */
void replay_progress_step(struct replay_progress *progress, const struct capture_counts *counts)
{
	int64_t at;

	if (!progress->terminal || ++progress->packets % PACKETS)
		return;
	at = now();
	if (at - progress->started < PATIENCE || at - progress->shown < INTERVAL)
		return;
	progress->shown = at;
	progress->drawn = true;
	draw(progress, counts);
}

/**
 * replay_progress_end() - take the line away
 * @progress: begun
 */
void replay_progress_end(struct replay_progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
