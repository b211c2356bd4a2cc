// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets out of capture files, those of several files in the order of their time.
 */
#include "replay/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/capture_file.h"
#include "replay/capture_source.h"
#include "replay/confine.h"

/* A line for each file. */
#define ERROR_BYTES	4096

/**
 * struct place - one of the files
 * @source: its bytes
 * @file: its packets; NULL before capture_begin()
 * @next: the packet that is to be handed out next
 * @ready: there is one
 */
struct place {
	struct source *source;
	struct capture_file *file;
	struct packet next;
	bool ready;
};

/**
 * struct capture - the files together
 * @counts: of all of them
 * @count: entries of @places in use
 * @places: the files
 * @given: which of them the last packet came from; its bytes live until it is asked
 *	for another
 * @error: why any of them ended too early
 */
struct capture {
	struct capture_counts counts;
	size_t count;
	struct place places[CAPTURE_FILES];
	struct place *given;
	char error[ERROR_BYTES];
};

/**
 * capture_open() - open capture files without reading a byte of them
 * @names: of the files; "-" is standard input.  They must outlive the capture
 * @count: how many; each was captured at one place
 * @errors: where complaints go
 *
 * Return: the capture, or NULL after a complaint.
 */
struct capture *capture_open(char *const names[], size_t count, FILE *errors)
{
	struct capture *capture;

	if (!count || count > CAPTURE_FILES) {
		fprintf(errors, "Error: %zu captures; from 1 to %d can be read together\n", count,
			CAPTURE_FILES);
		return NULL;
	}
	capture = calloc(1, sizeof(*capture));
	if (!capture) {
		fprintf(errors, "Error: %s\n", strerror(ENOMEM));
		return NULL;
	}
	while (capture->count < count) {
		struct place *place = &capture->places[capture->count];

		place->source = source_open(names[capture->count], errors);
		if (!place->source) {
			capture_close(capture);
			return NULL;
		}
		capture->count++;
	}
	return capture;
}

/**
 * capture_confine() - give up what is not needed to read: see confine()
 * @capture: opened, and not begun
 * @errors: where complaints go
 *
 * Whatever else the process is going to read or write has to be open by now.
 *
 * Return: 0, or a negative errno after a complaint.
 */
int capture_confine(struct capture *capture, FILE *errors)
{
	if (capture->places[0].file) {
		fputs("Error: the capture is being read already\n", errors);
		return -EBUSY;
	}
	return confine(errors);
}

/* The size is known where that of every file is. */
static uint64_t size_of(const struct capture *capture)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < capture->count; i++) {
		if (!source_size(capture->places[i].source))
			return 0;
		size += source_size(capture->places[i].source);
	}
	return size;
}

/**
 * capture_begin() - read the heads of the files
 * @capture: opened
 * @errors: where complaints go
 *
 * Return: 0, or -EINVAL after a complaint: a file is none that can be read.
 */
int capture_begin(struct capture *capture, FILE *errors)
{
	size_t i;

	capture->counts.size = size_of(capture);
	for (i = 0; i < capture->count; i++) {
		struct place *place = &capture->places[i];

		place->file = capture_file_begin(place->source, &capture->counts, errors);
		if (!place->file)
			return -EINVAL;
	}
	return 0;
}

/* Keeps a line for each file that ended too early. */
static void note_error(struct capture *capture, const struct place *place)
{
	const char *why = capture_file_error(place->file);
	size_t used = strlen(capture->error);

	if (why)
		snprintf(capture->error + used, sizeof(capture->error) - used, "%s%s: %s",
			 used ? "\n" : "", source_name(place->source), why);
}

static void fetch(struct capture *capture, struct place *place)
{
	place->ready = capture_file_next(place->file, &place->next);
	if (place->ready)
		place->next.point = (unsigned int)(place - capture->places);
	else
		note_error(capture, place);
}

/* The file whose packet is the oldest; the first of them where times are the same. */
static struct place *oldest(struct capture *capture)
{
	struct place *found = NULL;
	size_t i;

	for (i = 0; i < capture->count; i++) {
		struct place *place = &capture->places[i];

		if (place->ready && (!found || place->next.time < found->next.time))
			found = place;
	}
	return found;
}

/**
 * capture_next() - the next packet
 * @capture: begun
 * @packet: receives it; what it points to is valid until the next call
 *
 * Packets of one file come in the order in which they lie in it, whatever their clock
 * says.
 *
 * Return: 1, or 0 at the end: capture_error() tells whether that is a proper one.
 */
int capture_next(struct capture *capture, struct packet *packet)
{
	size_t i;

	if (capture->given) {
		if (capture->given->ready)
			fetch(capture, capture->given);
	} else {
		for (i = 0; i < capture->count; i++)
			fetch(capture, &capture->places[i]);
	}
	capture->given = oldest(capture);
	if (!capture->given) {
		capture->given = capture->places;
		return 0;
	}
	*packet = capture->given->next;
	capture->counts.packets++;
	capture->counts.cut += packet->captured < packet->length;
	return 1;
}

/**
 * capture_error() - did it end too early?
 * @capture: read to its end
 *
 * Return: a line for each file of which not all could be read, without the last line's
 * end: "FILE: record 1234: cut after 17 of 60 bytes"; NULL where there is none.
 */
const char *capture_error(const struct capture *capture)
{
	return capture->error[0] ? capture->error : NULL;
}

/**
 * capture_counts() - what became of the records so far
 * @capture: begun
 *
 * Of each file one packet more may be read than is handed out.
 *
 * Return: the counts, which go on as the capture is read.
 */
const struct capture_counts *capture_counts(const struct capture *capture)
{
	return &capture->counts;
}

/**
 * capture_close() - close the files and give the memory back
 * @capture: may be NULL
 */
void capture_close(struct capture *capture)
{
	size_t i;

	if (!capture)
		return;
	for (i = 0; i < capture->count; i++) {
		capture_file_end(capture->places[i].file);
		source_close(capture->places[i].source);
	}
	free(capture);
}
