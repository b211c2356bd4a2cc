// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why a flow does not get through, as a sentence.
 */
#include <string.h>

#include "amfwctl/check.h"

static void by_rule(FILE *out, const struct journey *journey)
{
	const struct fate *fate = journey->fate;

	if (!fate)
		return;
	fprintf(out, "%s by ", journey->answer == ANSWER_REJECT ? "rejected" : "dropped");
	print_rule(out, fate->rule, fate->chain);
}

/* What a user says to the site file, where the ruleset is not to blame. */
static void interface_hint(FILE *out, const struct check *check)
{
	fprintf(out, "; say \"interface = NAME ADDRESS\" for %s in the site file",
		check->host->name);
}

/**
 * print_why() - why a flow does not get through
 * @out: where to
 * @check: the ruleset
 * @journey: what became of the flow
 */
void print_why(FILE *out, const struct check *check, const struct journey *journey)
{
	const char *what = journey->what ? : "";

	switch (journey->reason) {
	case REASON_RULE:
		by_rule(out, journey);
		break;
	case REASON_DOUBT:
		fprintf(out, "cannot be evaluated: %s", what);
		if (journey->fate && (journey->fate->rule || journey->fate->chain)) {
			fputs("; if not, ", out);
			by_rule(out, journey);
		}
		break;
	case REASON_INTERFACE:
		fprintf(out, "depends on what the site does not tell: %s", what);
		interface_hint(out, check);
		break;
	case REASON_TRANSLATION:
		fprintf(out, "gets through, but %s", what);
		break;
	case REASON_CONTROL:
		fputs("the control flow, which announces it, is blocked; as a new connection it is ",
		      out);
		by_rule(out, journey);
		break;
	case REASON_NO_HELPER:
		fputs(check->question.helper == HELPER_NONE ? "there is no helper" :
		      "no helper is attached to its control flow", out);
		fputs("; as a new connection it is ", out);
		by_rule(out, journey);
		break;
	case REASON_HELPER_GAP:
		fprintf(out, "%s; as a new connection it is ", what);
		by_rule(out, journey);
		break;
	case REASON_UNREACHED:
		fprintf(out, "does not get where it should: %s", what);
		break;
	case REASON_NONE:
		by_rule(out, journey);
	}
}

static void by(FILE *out, const struct fate *fate)
{
	fputs("by ", out);
	print_rule(out, fate->rule, fate->chain);
}

/**
 * print_accepting() - what lets a flow through
 * @out: where to
 * @journey: what became of the flow
 */
void print_accepting(FILE *out, const struct journey *journey)
{
	const struct fate *fate = journey->fate;

	if (fate && (fate->rule || (fate->chain && fate->chain->hooked &&
				     !strcmp(fate->chain->type, "filter"))))
		by(out, fate);
	else
		fputs("with nothing in the way", out);
}
