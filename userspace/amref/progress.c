// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define INTERVAL	200	/* milliseconds */
#define BAR_WIDTH	30

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void draw_bar(const struct progress *progress)
{
	uint64_t done = progress->done < progress->total ? progress->done : progress->total;
	int width = (int)((double)done / progress->total * BAR_WIDTH), i;

	fputc('[', stderr);
	for (i = 0; i < BAR_WIDTH; i++)
		fputc(i < width ? '#' : '-', stderr);
	fprintf(stderr, "] %3d%% ", (int)((double)done / progress->total * 100));
}

static void draw(void *arg)
{
	struct progress *progress = arg;

	fprintf(stderr, "\r%s ", progress->what);
	if (progress->total)
		draw_bar(progress);
	fprintf(stderr, "%.1f MB, %.1f MB/s \033[K", progress->done / 1e6,
		progress_rate(progress) / 1e6);
	fflush(stderr);
	progress->shown = true;
	loop_start(progress->loop, &progress->timer, INTERVAL);
}

/**
 * progress_begin() - begin to draw, and to measure
 * @progress: filled in; @total may be set at any time
 * @loop: draws
 * @what: a few words for the beginning of the line; must stay
 */
void progress_begin(struct progress *progress, struct loop *loop, const char *what)
{
	memset(progress, 0, sizeof(*progress));
	progress->loop = loop;
	progress->what = what;
	progress->began = now();
	progress->timer.expired = draw;
	progress->timer.arg = progress;
	if (isatty(STDERR_FILENO))
		loop_start(loop, &progress->timer, INTERVAL);
}

/**
 * progress_end() - take the line away
 * @progress: begun or zeroed
 */
void progress_end(struct progress *progress)
{
	if (progress->loop)
		loop_stop(progress->loop, &progress->timer);
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}

/**
 * progress_seconds() - how long it has taken
 * @progress: begun
 *
 * Return: seconds, above 0.
 */
double progress_seconds(const struct progress *progress)
{
	return (now() - progress->began + 1) / 1e9;
}

/**
 * progress_rate() - how fast it is
 * @progress: begun
 *
 * Return: bytes a second.
 */
double progress_rate(const struct progress *progress)
{
	return progress->done / progress_seconds(progress);
}
