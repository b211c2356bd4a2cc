// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A picture from its head to its end.
 */
#include "replay/plot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "replay/plot_private.h"

#define HEAD_HEIGHT	36
#define SESSION_SPACE	24

/*
 * Who forgets the name of the picture gives that of a capture instead, and it may be the
 * only one of a failure.
 */
static bool is_something_else(const char *name)
{
	char begin[sizeof("<svg")] = "";
	struct stat status;
	FILE *file;

	if (stat(name, &status) || !S_ISREG(status.st_mode) || !status.st_size)
		return false;
	file = fopen(name, "re");
	if (!file)
		return false;
	begin[fread(begin, 1, sizeof(begin) - 1, file)] = '\0';
	fclose(file);
	return strcmp(begin, "<svg");
}

/**
 * plot_open() - begin a picture
 * @name: of its file; a picture that it holds is written over
 * @settings: what is asked
 * @errors: where complaints go
 *
 * All that has to be opened is opened here: see confine.h.
 *
 * Return: the picture; NULL: it cannot be written.
 */
struct plot *plot_open(const char *name, const struct plot_settings *settings, FILE *errors)
{
	struct plot *plot;

	if (is_something_else(name)) {
		fprintf(errors, "Error: %s: it is no picture, and is not written over\n", name);
		return NULL;
	}
	plot = calloc(1, sizeof(*plot));
	if (!plot)
		return NULL;
	plot->settings = *settings;
	plot->out = fopen(name, "we");
	plot->body = plot->out ? tmpfile() : NULL;
	if (plot->body)
		return plot;
	fprintf(errors, "Error: %s: %s\n", plot->out ? "temporary file" : name, strerror(errno));
	plot_free(plot);
	return NULL;
}

static int session_height(const struct plot *plot, const struct session *s,
			  const struct diagnosis *diagnosis)
{
	return head_draw(plot, s, diagnosis, NULL, 0) + plot->ladder.height +
	       streams_draw(plot, s, NULL, 0) + causes_draw(plot, diagnosis, NULL, 0) + SESSION_SPACE;
}

/**
 * plot_session() - add a session, where there is room for it
 * @plot: the picture
 * @session: the session
 * @diagnosis: what went wrong
 * @begun: time of the first packet of the capture
 */
void plot_session(struct plot *plot, const struct session *session,
		  const struct diagnosis *diagnosis, int64_t begun)
{
	bool well = diagnosis->level == CAUSE_NOTE;
	int y = plot->y;

	ladder_build(&plot->ladder, session, &plot->settings);
	if (y + session_height(plot, session, diagnosis) >
	    (well ? PAGE_HEIGHT_WELL : PAGE_HEIGHT_MAX)) {
		*(well ? &plot->well : &plot->ill) += 1;
		return;
	}
	y += head_draw(plot, session, diagnosis, plot->body, y);
	ladder_draw(plot, session, begun, y);
	y += plot->ladder.height;
	y += streams_draw(plot, session, plot->body, y);
	y += causes_draw(plot, diagnosis, plot->body, y);
	plot->y = y + SESSION_SPACE;
	plot->drawn++;
}

static void write_title(const struct plot *plot)
{
	uint64_t left_out = plot->well + plot->ill;

	svg_print(plot->out, MARGIN + 8, 24, ANCHOR_START, "strong",
		  "Amanda's sessions in the capture: %llu",
		  (unsigned long long)(plot->drawn + left_out));
	if (left_out)
		svg_print(plot->out, PAGE_WIDTH - MARGIN - 8, 24, ANCHOR_END, "bad",
			  "left out, since the page is full: %llu with trouble, %llu without",
			  (unsigned long long)plot->ill, (unsigned long long)plot->well);
}

static void write_head(const struct plot *plot)
{
	int height = HEAD_HEIGHT + LEGEND_HEIGHT + plot->y;

	fprintf(plot->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		PAGE_WIDTH, height, PAGE_WIDTH, height);
	fputs("<title>Sessions of Amanda</title>\n", plot->out);
	style_draw(plot->out);
	fprintf(plot->out, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", PAGE_WIDTH, height);
	write_title(plot);
}

static int copy_body(struct plot *plot)
{
	char block[16384];
	size_t length;

	if (fflush(plot->body) || fseek(plot->body, 0, SEEK_SET))
		return -errno;
	while ((length = fread(block, 1, sizeof(block), plot->body)))
		fwrite(block, 1, length, plot->out);
	return ferror(plot->body) ? -EIO : 0;
}

/**
 * plot_end() - write the file
 * @plot: the picture
 *
 * Return: 0 or a negative errno.
 */
int plot_end(struct plot *plot)
{
	int err;

	write_head(plot);
	legend_draw(plot, plot->out, HEAD_HEIGHT);
	fprintf(plot->out, "<g transform=\"translate(0 %d)\">\n", HEAD_HEIGHT + LEGEND_HEIGHT);
	err = copy_body(plot);
	fputs("</g>\n</svg>\n", plot->out);
	if (fflush(plot->out) || ferror(plot->out))
		err = err ? : -EIO;
	return err;
}

/**
 * plot_free() - give the files and the memory back
 * @plot: the picture; may be NULL
 */
void plot_free(struct plot *plot)
{
	if (!plot)
		return;
	if (plot->body)
		fclose(plot->body);
	if (plot->out)
		fclose(plot->out);
	free(plot);
}
