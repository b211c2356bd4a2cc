// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which streams the kernel's own helper leaves closed: a model of what
 * amanda_help() of net/netfilter/nf_conntrack_amanda.c does with the CONNECT
 * lines of Amanda, the same from Linux 5.10 to 7.3.
 */
#include <string.h>

#include "ruleset/journey.h"

/* It searches the line for these words, and for no others. */
static const char *const known[] = { "DATA", "MESG", "INDEX", "STATE" };

static bool is_known(const char *tag)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(tag, known[i]))
			return true;
	return false;
}

static bool has_tag(const struct operation *operation, const char *tag)
{
	size_t i;

	for (i = 0; operation->tags[i]; i++)
		if (!strcmp(operation->tags[i], tag))
			return true;
	return false;
}

/* sendbackup.c writes -1 for an index that is not wanted: no digits, no port. */
static bool stops_early(const struct flow *stream)
{
	return !strcmp(stream->tag, "STATE") && has_tag(stream->operation, "INDEX") &&
	       stream->operation->initiator == ROLE_SERVER &&
	       !stream->responder->settings.index;
}

/*
 * Under bsdudp the other streams of the line are handles of six digits, of which
 * it reads five and expects port 49999, for every dump: that of the second one
 * clashes, and its answer is dropped.
 */
static bool clashes(const struct flow *stream)
{
	return stream->auth->streams == STREAMS_FIRST && stream->operation->tags[1] &&
	       stream->responder->settings.maxdumps > 1;
}

/**
 * stock_helper_gap() - why the kernel's own helper does not open a stream
 * @stream: the stream
 *
 * Return: a sentence without its end; NULL where it opens it.
 */
const char *stock_helper_gap(const struct flow *stream)
{
	if (!strcmp(stream->tag, "CTL"))
		return "the kernel's own helper does not know the stream CTL";
	if (!is_known(stream->tag))
		return "the kernel's own helper does not know this stream";
	if (stops_early(stream))
		return "the kernel's own helper stops reading at INDEX -1, before STATE";
	if (clashes(stream))
		return "the kernel's own helper drops the answer to a second dump under bsdudp";
	return NULL;
}
