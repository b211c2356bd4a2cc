// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Marks on the page.  Texts come out of captures that strangers made, so each letter
 * goes through escape().
 */
#include <stdarg.h>
#include <string.h>

#include "replay/plot_private.h"

/* Long enough for the longest line of a page. */
#define TEXT_MAX	512
/* Of a text that is cut, since names and repetitions differ at their end. */
#define TAIL_MAX	12

static void escape(FILE *out, unsigned char letter)
{
	switch (letter) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	default:
		/* Half a letter of UTF-8 would make the file unreadable as a whole. */
		fputc(letter < ' ' || letter > '~' ? '?' : letter, out);
	}
}

static void write_letters(FILE *out, const char *text, size_t letters)
{
	for (; *text && letters; text++, letters--)
		escape(out, *text);
}

/* Columns that line up on a terminal are of no use here, and XML joins spaces anyway. */
static void join_spaces(const char *text, char joined[TEXT_MAX])
{
	size_t length = 0;

	for (; *text && length < TEXT_MAX - 1; text++)
		if (*text != ' ' || (length && joined[length - 1] != ' '))
			joined[length++] = *text;
	while (length && joined[length - 1] == ' ')
		length--;
	joined[length] = '\0';
}

static void write_cut(FILE *out, const char *text, int letters)
{
	int length = strlen(text), tail = letters / 3 < TAIL_MAX ? letters / 3 : TAIL_MAX;

	if (length <= letters) {
		write_letters(out, text, length);
		return;
	}
	write_letters(out, text, letters - 3 - tail);
	fputs("...", out);
	write_letters(out, text + length - tail, tail);
}

/**
 * svg_text() - a text on one line
 * @out: where to
 * @x: where it begins, has its middle, or ends
 * @y: its base line
 * @anchor: which of these
 * @class: of the style sheet; "": plain
 * @text: it
 * @letters: for how many there is room; of what is longer the middle is left out
 */
void svg_text(FILE *out, int x, int y, enum svg_anchor anchor, const char *class,
	      const char *text, int letters)
{
	static const char *const anchors[] = {
		[ANCHOR_START] = "start", [ANCHOR_MIDDLE] = "middle", [ANCHOR_END] = "end",
	};
	char joined[TEXT_MAX];

	join_spaces(text, joined);
	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\"", x, y, anchors[anchor]);
	fprintf(out, *class ? " class=\"%s\">" : "%s>", class);
	write_cut(out, joined, letters);
	fputs("</text>\n", out);
}

/**
 * svg_print() - likewise, with a format; what is longer than the page is cut
 * @out: where to
 * @x: where it begins, has its middle, or ends
 * @y: its base line
 * @anchor: which of these
 * @class: of the style sheet
 * @format: as of printf()
 */
void svg_print(FILE *out, int x, int y, enum svg_anchor anchor, const char *class,
	       const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	svg_text(out, x, y, anchor, class, text, PAGE_LETTERS);
}

/**
 * svg_line() - a straight line
 * @out: where to
 * @class: of the style sheet
 * @x1: its begin
 * @y1: its begin
 * @x2: its end
 * @y2: its end
 */
void svg_line(FILE *out, const char *class, int x1, int y1, int x2, int y2)
{
	fprintf(out, "<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", class, x1,
		y1, x2, y2);
}

/**
 * svg_cross() - here something ended that should not have
 * @out: where to
 * @x: its middle
 * @y: its middle
 */
void svg_cross(FILE *out, int x, int y)
{
	fprintf(out, "<path class=\"cross\" d=\"M%d %dl12 12m0 -12l-12 12\"/>\n", x - 6, y - 6);
}

/**
 * wrap_length() - how much of a text goes on one line
 * @text: it
 * @letters: of a line
 *
 * Return: letters up to the last space that fits, or all that fit.
 */
size_t wrap_length(const char *text, size_t letters)
{
	size_t length = strlen(text), last;

	if (length <= letters)
		return length;
	for (last = letters; last && text[last] != ' '; last--)
		;
	return last ? : letters;
}
