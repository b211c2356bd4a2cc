/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The feature set: a bit for each thing that an Amanda can do, printed as
 * hexadecimal bytes.  The numbers are fixed by common-src/amfeatures.h.
 */
#ifndef AMREF_FEATURES_H
#define AMREF_FEATURES_H

#include <stdbool.h>

enum feature {
	FEATURE_PARTIAL_ESTIMATE = 52,
	FEATURE_AMINDEXD_DLE = 82,
	FEATURE_SENDBACKUP_CRC = 102,
	FEATURE_AMIDXTAPED_DATAPATH = 91,
	FEATURE_AMRECOVER_STATE_STREAM = 118,
	FEATURE_SENDBACKUP_STATE_STREAM = 117,
	FEATURE_AMIDXTAPED_DAR = 119,
	FEATURE_RESTORE_STATE_STREAM = 121,
	FEATURE_AMRECOVER_HEADER_SEND_SIZE = 122,
	FEATURE_AMRECOVER_HEADER_READY = 123,
	FEATURE_AMRECOVER_HEADER_DONE = 124,
	FEATURE_AMRECOVER_STATE_SEND = 125,
	FEATURE_AMRECOVER_STATE_READY = 126,
	FEATURE_AMRECOVER_STATE_DONE = 127,
	FEATURE_AMRECOVER_DATA_SEND = 128,
	FEATURE_AMRECOVER_DATA_READY = 129,
	FEATURE_AMREF_SHA256 = 255,	/* our own, far from all of Amanda's */
};

/*
 * What Amanda 3.5.1 has (am_init_feature_set() in common-src/amfeatures.c), less
 * 147: with it the dumper takes the data of a local client out of shared memory
 * and not from the DATA stream (do_dump() in server-src/dumper.c).
 */
#define FEATURES_OURS	"ffffffff9efefbfffffffffffffff3fffbf717"
/*
 * And the last feature of all, by which one amref tells the other that it wants
 * SHA-256.  Amanda reads no further than it knows (am_string_to_feature()), whereas
 * an option it does not know is an error.
 */
#define FEATURES_OURS_AND_SHA256	FEATURES_OURS "00000000000000000000000080"

bool features_has(const char *features, enum feature feature);

#endif /* AMREF_FEATURES_H */
