// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all sessions of a picture share: the style sheet and the legend.
 *
 * The colours are those of Okabe and Ito, which differ for colour-blind readers too,
 * and each comes with a dash and a shape of its own.
 */
#include "replay/plot_private.h"

/**
 * style_draw() - the style sheet; it names no font that has to be fetched
 * @out: where to
 */
void style_draw(FILE *out)
{
	fprintf(out,
		"<style>\n"
		"text { font: %dpx \"DejaVu Sans Mono\", Menlo, Consolas, monospace; fill: #111; }\n",
		FONT_SIZE);
	fputs(".strong, .bad { font-weight: bold; }\n"
	      ".bad { fill: #a33a00; }\n"
	      ".note { fill: #555; font-style: italic; }\n"
	      ".halo { paint-order: stroke; stroke: #fff; stroke-width: 4px; }\n"
	      "line, path { fill: none; }\n"
	      ".page { fill: #fff; }\n"
	      ".title { fill: #e8e8e8; }\n"
	      ".inner { fill: #f1f1f1; }\n"
	      ".host { stroke: #111; stroke-width: 2; }\n"
	      ".place { stroke: #777; stroke-width: 1; }\n"
	      ".pause { stroke: #777; stroke-width: 1.5; stroke-dasharray: 1.5 4; }\n"
	      ".leader { stroke: #777; stroke-width: 1; stroke-dasharray: 1 2; }\n"
	      ".datagram { stroke: #0072b2; stroke-width: 2; }\n"
	      ".datagram-head { fill: #0072b2; }\n"
	      ".segment { stroke: #00694d; stroke-width: 2; stroke-dasharray: 8 3; }\n"
	      ".segment-head { stroke: #00694d; stroke-width: 2; }\n"
	      ".no { stroke: #a33a00; stroke-width: 2; stroke-dasharray: 2 3; }\n"
	      ".no-head { stroke: #a33a00; stroke-width: 2; fill: #a33a00; }\n"
	      ".cross { stroke: #a33a00; stroke-width: 3; }\n"
	      ".seen { fill: #111; }\n"
	      ".router { fill: #fff; stroke: #a33a00; stroke-width: 2; }\n"
	      ".met { fill: #e69f00; stroke: #111; }\n"
	      ".unmet { fill: #fff; stroke: #111; stroke-dasharray: 3 2; }\n"
	      ".end { fill: #e69f00; stroke: #111; }\n"
	      ".ill { fill: #a33a00; }\n"
	      ".mild { fill: #999; }\n"
	      "</style>\n", out);
}

static void draw_arrows(FILE *out, int y)
{
	svg_line(out, "datagram", 24, y, 55, y);
	fprintf(out, "<path class=\"datagram-head\" d=\"M64 %dl-10 -5v10z\"/>\n", y);
	svg_text(out, 72, y + 4, ANCHOR_START, "", "Amanda's packets", 40);
	svg_line(out, "segment", 250, y, 289, y);
	fprintf(out, "<path class=\"segment-head\" d=\"M280 %dl10 5l-10 5\"/>\n", y - 5);
	svg_text(out, 298, y + 4, ANCHOR_START, "", "TCP", 40);
	svg_line(out, "no", 390, y, 421, y);
	fprintf(out, "<path class=\"no-head\" d=\"M429 %dv12m-1 -6l-9 -5v10z\"/>\n", y - 6);
	svg_text(out, 438, y + 4, ANCHOR_START, "", "a refusal: NAK, RST, ICMP", 40);
	svg_line(out, "datagram", 690, y, 714, y);
	svg_cross(out, 714, y);
	svg_text(out, 728, y + 4, ANCHOR_START, "", "lost or blocked about here", 40);
}

static void draw_marks(FILE *out, const char *helper, int y)
{
	fprintf(out, "<circle class=\"seen\" cx=\"44\" cy=\"%d\" r=\"3\"/>\n", y);
	svg_text(out, 72, y + 4, ANCHOR_START, "", "seen by the capture", 40);
	svg_line(out, "pause", 270, y - 8, 270, y + 8);
	svg_text(out, 298, y + 4, ANCHOR_START, "", "time passes", 40);
	if (!helper)
		return;
	fprintf(out, "<rect class=\"met\" x=\"408\" y=\"%d\" width=\"6\" height=\"14\"/>\n", y - 9);
	fprintf(out, "<circle class=\"end\" cx=\"411\" cy=\"%d\" r=\"4\"/>\n", y + 6);
	svg_print(out, 438, y + 4, ANCHOR_START, "", "port that helper \"%s\"", helper);
	svg_text(out, 438, y + 4 + LINE_HEIGHT, ANCHOR_START, "", "would open, until a SYN takes it", 40);
	fprintf(out, "<rect class=\"unmet\" x=\"704\" y=\"%d\" width=\"6\" height=\"16\"/>\n", y - 8);
	svg_text(out, 728, y + 4, ANCHOR_START, "", "likewise, and no SYN took it", 40);
}

/**
 * legend_draw() - what the marks mean
 * @plot: the picture
 * @out: where to
 * @y: where it begins
 */
void legend_draw(const struct plot *plot, FILE *out, int y)
{
	enum helper_kind helper = plot->settings.helper;

	draw_arrows(out, y + 6);
	draw_marks(out, helper == HELPER_NONE ? NULL : helper_kind_name(helper), y + 28);
}
