/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of one capture file.
 */
#ifndef REPLAY_CAPTURE_FILE_H
#define REPLAY_CAPTURE_FILE_H

#include "replay/capture.h"
#include "replay/capture_source.h"

struct capture_file;

struct capture_file *capture_file_begin(struct source *source, struct capture_counts *counts,
					FILE *errors);
bool capture_file_next(struct capture_file *file, struct packet *packet);
const char *capture_file_error(const struct capture_file *file);
void capture_file_end(struct capture_file *file);

#endif /* REPLAY_CAPTURE_FILE_H */
