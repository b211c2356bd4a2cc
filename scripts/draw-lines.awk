# SPDX-License-Identifier: GPL-2.0-or-later
# Draws what bench-check measured as lines over the number of rules, in SVG.
#
#	awk -f draw-lines.awk ROWS
#
# A row: NAME RULES LOADER CHECK ..., in milliseconds.  For each name there are two lines
# of one colour: check drawn through, the loader dashed.

function x_of(rules) { return left + rules / most_rules * width }
function y_of(ms) { return bottom - ms / most_ms * height }

# The next number of which the quarters are round, so that the lines fill the picture.
function round_up(number,    unit, steps, count, i) {
	for (unit = 1; unit * 10 < number; unit *= 10)
		;
	count = split("1 1.2 1.6 2 4 6 8 10", steps, " ")
	for (i = 1; i < count && steps[i] * unit < number; i++)
		;
	return steps[i] * unit
}

function text(x, y, anchor, words) {
	printf "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, words
}

function line(name, column, dash,    i, points) {
	for (i = 1; i <= count[name]; i++)
		points = points sprintf("%s%.1f,%.1f", i > 1 ? " " : "", x_of(rules[name, i]), \
					y_of(value[name, i, column]))
	printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s/>\n", \
		points, colour[name], dash ? " stroke-dasharray=\"6 4\"" : ""
	for (i = 1; i <= count[name] && !dash; i++)
		printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", \
			x_of(rules[name, i]), y_of(value[name, i, column]), colour[name]
}

function axes(    i) {
	for (i = 0; i <= 4; i++) {
		printf "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", \
			left, left + width, y_of(most_ms * i / 4), y_of(most_ms * i / 4)
		text(left - 8, y_of(most_ms * i / 4) + 4, "end", most_ms * i / 4)
		text(x_of(most_rules * i / 4), bottom + 20, "middle", most_rules * i / 4)
	}
	text(left + width / 2, bottom + 42, "middle", "rules")
	text(left - 8, top - 14, "end", "ms")
}

BEGIN {
	left = 64; top = 40; width = 480; height = 300; bottom = top + height
	split("#1f77b4 #d62728 #2ca02c #9467bd", palette, " ")
}

{
	if (!($1 in count)) {
		name[++names] = $1
		colour[$1] = palette[names]
	}
	count[$1]++
	rules[$1, count[$1]] = $2
	value[$1, count[$1], 1] = $3
	value[$1, count[$1], 2] = $4
	if ($2 > most_rules)
		most_rules = $2
	if ($4 > most_ms)
		most_ms = $4
}

END {
	most_ms = round_up(most_ms)
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 740 400\" font-family=\"sans-serif\" font-size=\"12\">\n"
	print "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->"
	printf "<title>Processor time of amfwctl check and of the loader, over the rules</title>\n"
	printf "<rect width=\"740\" height=\"400\" fill=\"white\"/>\n"
	axes()
	for (i = 1; i <= names; i++) {
		line(name[i], 1, 1)
		line(name[i], 2, 0)
		printf "<line x1=\"566\" x2=\"590\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2\"/>\n", \
			top + 24 * i, top + 24 * i, colour[name[i]]
		text(598, top + 24 * i + 4, "start", name[i])
	}
	text(566, top + 24 * (names + 1) + 4, "start", "drawn through: check")
	text(566, top + 24 * (names + 1) + 22, "start", "dashed: the loader")
	print "</svg>"
}
