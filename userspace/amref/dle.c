// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dle.h"
#include "quote.h"
#include "wire.h"

/**
 * options_read() - read the OPTIONS line of a request
 * @text: the request behind its SERVICE line; need not end in a NUL
 * @length: of @text, in bytes
 * @options: filled in; what the line does not say is empty
 */
void options_read(const char *text, size_t length, struct request_options *options)
{
	memset(options, 0, sizeof(*options));
	wire_option(text, length, "features", options->features, sizeof(options->features));
	wire_option(text, length, "hostname", options->hostname, sizeof(options->hostname));
	wire_option(text, length, "config", options->config, sizeof(options->config));
	wire_option(text, length, "auth", options->auth, sizeof(options->auth));
}

/* One element: what is between its tags, and its attributes. */
struct element {
	const char *attributes, *attributes_end;
	const char *value, *value_end;
	const char *after;
};

/* Find "<tag ...>value</tag>"; elements of one name are never nested here. */
static bool element_find(const char *text, const char *end, const char *tag, struct element *e)
{
	size_t length = strlen(tag);
	char closing[80];
	const char *at = text;

	snprintf(closing, sizeof(closing), "</%s>", tag);
	while ((at = memchr(at, '<', end - at))) {
		at++;
		if ((size_t)(end - at) > length && !memcmp(at, tag, length) &&
		    (at[length] == '>' || isspace((unsigned char)at[length])))
			break;
	}
	if (!at)
		return false;
	e->attributes = at + length;
	e->attributes_end = memchr(at, '>', end - at);
	if (!e->attributes_end)
		return false;
	e->value = e->attributes_end + 1;
	e->value_end = memmem(e->value, end - e->value, closing, strlen(closing));
	if (!e->value_end)
		return false;
	e->after = e->value_end + strlen(closing);
	return true;
}

/* Names with spaces and the like are there as base64 too (amxml_format_tag()). */
static bool element_raw(const struct element *e, char *value, size_t size)
{
	static const char key[] = "raw=\"";
	size_t length = e->attributes_end - e->attributes, count;
	const char *raw = memmem(e->attributes, length, key, sizeof(key) - 1);
	const char *close;

	if (!raw)
		return false;
	raw += sizeof(key) - 1;
	close = memchr(raw, '"', e->attributes_end - raw);
	if (!close)
		return false;
	count = base64_decode(raw, close - raw, value, size - 1);
	value[count] = '\0';
	return true;
}

static bool element_text(const char *text, const char *end, const char *tag, char *value, size_t size)
{
	struct element e;
	const char *stop;

	value[0] = '\0';
	if (!element_find(text, end, tag, &e))
		return false;
	if (element_raw(&e, value, size))
		return true;
	while (e.value < e.value_end && isspace((unsigned char)*e.value))
		e.value++;
	/* <encrypt>CUSTOM<custom-encrypt-program>...: the value ends at the tag */
	for (stop = e.value; stop < e.value_end && *stop != '<'; stop++)
		;
	while (stop > e.value && isspace((unsigned char)stop[-1]))
		stop--;
	snprintf(value, size, "%.*s", (int)(stop - e.value), e.value);
	return true;
}

static void read_levels(const char *text, const char *end, struct dle *dle)
{
	struct element e;

	while (dle->level_count < DLE_LEVELS_MAX && element_find(text, end, "level", &e)) {
		dle->level[dle->level_count++] = atoi(e.value);
		text = e.after;
	}
	if (!dle->level_count)
		dle->level[dle->level_count++] = 0;
}

static const char *read_dle(const char *text, const char *end, struct dle *dle)
{
	char word[64];

	if (!element_text(text, end, "disk", dle->disk, sizeof(dle->disk)))
		return "DLE without disk name";
	if (!element_text(text, end, "diskdevice", dle->device, sizeof(dle->device)))
		memcpy(dle->device, dle->disk, sizeof(dle->device));
	if (!element_text(text, end, "program", dle->program, sizeof(dle->program)))
		return "DLE without program";
	if (element_text(text, end, "backup-program", word, sizeof(word)))
		element_text(text, end, "plugin", dle->application, sizeof(dle->application));
	element_text(text, end, "compress", dle->compress, sizeof(dle->compress));
	/* what the server compresses or encrypts is none of the client's business */
	if (!strncmp(dle->compress, "SERVER-", 7) || !strcmp(dle->compress, "NONE"))
		dle->compress[0] = '\0';
	if (element_text(text, end, "encrypt", word, sizeof(word)) && !strcmp(word, "CUSTOM"))
		element_text(text, end, "custom-encrypt-program", dle->encrypt, sizeof(dle->encrypt));
	element_text(text, end, "index", word, sizeof(word));
	dle->index = !strcasecmp(word, "YES");
	read_levels(text, end, dle);
	return NULL;
}

/**
 * dle_next() - read the next disk list entry of a request
 * @text: where to go on
 * @end: behind the request
 * @dle: filled in
 * @why: set to what is wrong with the entry, otherwise to NULL
 *
 * Return: where to go on, NULL where there are no more.
 */
const char *dle_next(const char *text, const char *end, struct dle *dle, const char **why)
{
	struct element e;

	memset(dle, 0, sizeof(*dle));
	*why = NULL;
	if (!element_find(text, end, "dle", &e))
		return NULL;
	*why = read_dle(e.value, e.value_end, dle);
	return e.after;
}

static bool needs_raw(const char *value)
{
	const unsigned char *c = (const unsigned char *)value;

	for (; *c; c++)
		if (*c <= ' ' || *c > 127 || strchr("<>\"&\\'", *c))
			return true;
	return false;
}

/**
 * dle_element() - write an element, as amxml_format_tag() of common-src/amxml.c
 * @tag: its name
 * @value: any text
 * @text: gets the element, without an end of line
 * @size: of @text, in bytes
 *
 * Return: false where it does not fit.
 */
bool dle_element(const char *tag, const char *value, char *text, size_t size)
{
	char raw[DLE_NAME_MAX * 2], plain[DLE_NAME_MAX];
	size_t i;
	int n;

	if (!needs_raw(value)) {
		n = snprintf(text, size, "<%s>%s</%s>", tag, value, tag);
		return n >= 0 && (size_t)n < size;
	}
	if (strlen(value) >= sizeof(plain) || !base64_encode(value, strlen(value), raw, sizeof(raw)))
		return false;
	for (i = 0; value[i]; i++)
		plain[i] = isalnum((unsigned char)value[i]) || strchr("/.-_", value[i]) ? value[i] : '_';
	plain[i] = '\0';
	n = snprintf(text, size, "<%s encoding=\"raw\" raw=\"%s\">%s</%s>", tag, raw, plain, tag);
	return n >= 0 && (size_t)n < size;
}
