/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture files made by hand, compressed.
 */
#ifndef UNIT_CAPTURE_PACKED_H
#define UNIT_CAPTURE_PACKED_H

#include <archive.h>
#include <archive_entry.h>

#include "selftests/unit/capture_made.h"

#define PACKERS	3

/* A way to compress. */
struct packer {
	const char *name;
	int (*filter)(struct archive *archive);
};

static const struct packer packers[PACKERS] = {
	{ "gzip", archive_write_add_filter_gzip },
	{ "xz", archive_write_add_filter_xz },
	{ "zstd", archive_write_add_filter_zstd },
};

static inline void made_pack(struct made *packed, const struct packer *packer, const void *bytes,
			     size_t length)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	ck_assert_int_eq(archive_write_set_format_raw(archive), ARCHIVE_OK);
	ck_assert_int_eq(packer->filter(archive), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_set_bytes_in_last_block(archive, 1), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_memory(archive, packed->bytes, MADE_MAX,
						   &packed->length), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	ck_assert_int_eq(archive_write_header(archive, entry), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_data(archive, bytes, length), (la_ssize_t)length);
	ck_assert_int_eq(archive_write_close(archive), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
}

#endif /* UNIT_CAPTURE_PACKED_H */
