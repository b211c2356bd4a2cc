// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The packets of one capture file: records from libpcap, peeled.
 */
#include "replay/capture_file.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "replay/capture_ip.h"
#include "replay/fragments.h"
#include "replay/link.h"

#define NANOSECONDS	INT64_C(1000000000)
#define ERROR_BYTES	400

/**
 * struct capture_file - one capture file
 * @source: its bytes
 * @counts: of all files together
 * @pcap: reads its records
 * @link: what they begin with
 * @fragments: of packets that are not whole; NULL as long as there were none
 * @number: of the last record
 * @bytes: of @source that are counted
 * @time: of the last record
 * @error: why it ended too early, or empty
 */
struct capture_file {
	struct source *source;
	struct capture_counts *counts;
	pcap_t *pcap;
	const struct link *link;
	struct fragments *fragments;
	uint64_t number;
	uint64_t bytes;
	int64_t time;
	char error[ERROR_BYTES];
};

static bool know_link(struct capture_file *file, FILE *errors)
{
	int type = pcap_datalink(file->pcap);
	const char *name = pcap_datalink_val_to_name(type);
	const char *words = pcap_datalink_val_to_description(type);
	char known[256];

	file->link = link_find(type);
	if (file->link)
		return true;
	link_names(known, sizeof(known));
	fprintf(errors, "%s: Error: its link type is %d (%s%s%s), which is not read;\nthese are: %s\n",
		source_name(file->source), type, name ? name : "no name",
		words ? ": " : "", words ? words : "", known);
	return false;
}

static bool open_pcap(struct capture_file *file, FILE *errors)
{
	char why[PCAP_ERRBUF_SIZE];
	FILE *stream = source_begin(file->source, errors);

	if (!stream)
		return false;
	/* One thread reads, so there is nothing to lock, which takes its time. */
	__fsetlocking(stream, FSETLOCKING_BYCALLER);
	file->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO,
							      why);
	if (!file->pcap) {
		fprintf(errors, "%s: Error: its header: %s\n", source_name(file->source), why);
		fclose(stream);
	}
	return file->pcap;
}

/**
 * capture_file_begin() - read the head of a file
 * @source: its bytes, not begun
 * @counts: where to count
 * @errors: where complaints go
 *
 * Return: the file, or NULL after a complaint.
 */
struct capture_file *capture_file_begin(struct source *source, struct capture_counts *counts,
					FILE *errors)
{
	struct capture_file *file = calloc(1, sizeof(*file));

	if (!file) {
		fprintf(errors, "%s: Error: %s\n", source_name(source), strerror(ENOMEM));
		return NULL;
	}
	file->source = source;
	file->counts = counts;
	file->time = INT64_MIN;
	if (open_pcap(file, errors) && know_link(file, errors))
		return file;
	capture_file_end(file);
	return NULL;
}

/* "truncated dump file; tried to read 60 captured bytes, only got 17", and likewise. */
static bool cut(const char *why, size_t *wanted, size_t *got)
{
	const char *tried = strstr(why, "tried to read "), *only = strstr(why, "only got ");

	return tried && only && sscanf(tried, "tried to read %zu", wanted) == 1 &&
	       sscanf(only, "only got %zu", got) == 1;
}

static void set_error(struct capture_file *file)
{
	const char *why = pcap_geterr(file->pcap), *broken = source_error(file->source);
	unsigned long long record = file->number + 1;
	size_t wanted, got;

	if (broken)
		snprintf(file->error, sizeof(file->error), "record %llu: %s",
			 record, broken);
	else if (cut(why, &wanted, &got))
		snprintf(file->error, sizeof(file->error),
			 "record %llu: cut after %zu of %zu bytes", record, got, wanted);
	else if (strstr(why, "of the first interface"))
		snprintf(file->error, sizeof(file->error),
			 "record %llu: %s, which libpcap cannot read: capture each interface into a file of its own, or all of them as \"any\"",
			 record, why);
	else
		snprintf(file->error, sizeof(file->error), "record %llu: %s", record, why);
}

/*
 * pcap has 32 bits for the seconds, which libpcap takes for signed, and pcapng 64 bits in
 * units of its own.  Nothing was captured before 1970.
 */
static int64_t time_of(const struct pcap_pkthdr *header)
{
	int64_t seconds = header->ts.tv_sec, time;

	if (seconds < 0 && seconds >= INT32_MIN)
		seconds += INT64_C(1) << 32;
	if (__builtin_mul_overflow(seconds, NANOSECONDS, &time) ||
	    __builtin_add_overflow(time, (int64_t)header->ts.tv_usec, &time))
		return seconds < 0 ? INT64_MIN : INT64_MAX;
	return time;
}

static enum layer take_fragment(struct capture_file *file, struct ip_head *head,
				struct octets *octets, struct packet *packet)
{
	if (!file->fragments)
		file->fragments = fragments_new(&file->counts->incomplete);
	if (!file->fragments) {
		file->counts->incomplete++;
		return LAYER_OTHER;
	}
	switch (fragments_add(file->fragments, head, octets, packet)) {
	case FRAGMENT_LAST:
		return ip_extensions(octets, head);
	case FRAGMENT_BROKEN:
		return LAYER_BROKEN;
	case FRAGMENT_OVERLAPS:
		file->counts->overlapping++;
		return LAYER_OTHER;
	default:
		return LAYER_OTHER;
	}
}

/* The length is what the file says, and may be less than what is there. */
static struct octets octets_of(const struct pcap_pkthdr *header, const u_char *data)
{
	return (struct octets) {
		.at = data, .captured = header->caplen,
		.length = header->len > header->caplen ? header->len : header->caplen,
	};
}

/* One record: is there a packet to hand out? */
static bool peel(struct capture_file *file, struct octets octets, struct packet *packet)
{
	struct ip_head head;
	enum layer layer = file->link->strip(&octets);
	bool piece = false;

	*packet = (struct packet) {
		.number = file->number, .first = file->number, .time = file->time,
	};
	if (layer == LAYER_FOUND)
		layer = ip_read(&octets, &head);
	if (layer == LAYER_FOUND && head.piece) {
		piece = true;
		file->counts->fragments++;
		layer = take_fragment(file, &head, &octets, packet);
	}
	if (layer == LAYER_FOUND)
		layer = ip_payload(&octets, &head, packet);
	file->counts->other += layer == LAYER_OTHER && !piece;
	file->counts->broken += layer == LAYER_BROKEN;
	return layer == LAYER_FOUND;
}

static void count_record(struct capture_file *file, int64_t now)
{
	file->number++;
	file->counts->records++;
	file->counts->backwards += now < file->time;
	file->time = now;
	file->counts->bytes += source_bytes(file->source) - file->bytes;
	file->bytes = source_bytes(file->source);
}

/**
 * capture_file_next() - the next packet of a file
 * @file: the file
 * @packet: receives it; what it points to is valid until the next call
 *
 * Return: false at the end.
 */
bool capture_file_next(struct capture_file *file, struct packet *packet)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int result = pcap_next_ex(file->pcap, &header, &data);

	while (result == 1) {
		count_record(file, time_of(header));
		if (peel(file, octets_of(header, data), packet))
			return true;
		result = pcap_next_ex(file->pcap, &header, &data);
	}
	if (result != PCAP_ERROR_BREAK)
		set_error(file);
	file->counts->bytes += source_bytes(file->source) - file->bytes;
	file->bytes = source_bytes(file->source);
	if (file->fragments)
		fragments_end(file->fragments);
	return false;
}

/**
 * capture_file_error() - did it end too early?
 * @file: read to its end
 *
 * Return: where and why; NULL for a proper end.
 */
const char *capture_file_error(const struct capture_file *file)
{
	return file->error[0] ? file->error : NULL;
}

/**
 * capture_file_end() - give the memory back
 * @file: may be NULL
 */
void capture_file_end(struct capture_file *file)
{
	if (!file)
		return;
	if (file->pcap)
		pcap_close(file->pcap);
	fragments_free(file->fragments);
	free(file);
}
