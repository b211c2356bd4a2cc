// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comments say of a rule, in any firewall's language.
 */
#include <stdarg.h>
#include <string.h>

#include "emit/plan.h"

/* A comment on its way to its end. */
struct comment {
	char *text;
	size_t length;
	bool full;
};

/* What does not fit ends in "..." behind the last word that does. */
static void __attribute__((__format__(__printf__, 2, 3)))
say(struct comment *comment, const char *format, ...)
{
	size_t room = COMMENT_MAX - comment->length;
	va_list arguments;
	int wanted;

	if (comment->full)
		return;
	va_start(arguments, format);
	wanted = vsnprintf(comment->text + comment->length, room, format, arguments);
	va_end(arguments);
	comment->full = wanted < 0 || (size_t)wanted + sizeof(", ...") > room;
	if (comment->full)
		snprintf(comment->text + comment->length, room, " ...");
	else
		comment->length += (size_t)wanted;
}

/* A plan that came from other sources than a site file may name anything. */
static void clean(char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c >= 0x7f || strchr("\"'\\{};#`$<>&|!*?~", c))
			*text = '_';
	}
}

/* How many machines stand at one end: those of one follow each other. */
static size_t machines(const struct pair_set *set, bool initiators)
{
	const struct host *last = NULL, *one;
	size_t count = 0, i;

	for (i = 0; i < set->count; i++, last = one) {
		one = initiators ? set->pairs[i].initiator : set->pairs[i].responder;
		count += one != last;
	}
	return count;
}

static void say_ends(struct comment *comment, const struct pair_set *set)
{
	size_t initiators = machines(set, true), responders = machines(set, false);

	if (initiators == 1)
		say(comment, "%s to ", set->pairs[0].initiator->name);
	else
		say(comment, "%zu hosts to ", initiators);
	if (responders == 1)
		say(comment, "%s: ", set->pairs[0].responder->name);
	else
		say(comment, "%zu hosts: ", responders);
}

static void say_needs(struct comment *comment, const struct rule *rule)
{
	const char *const *tag;
	size_t i;

	for (i = 0; i < rule->need_count; i++) {
		say(comment, "%s%s", i ? ", " : "", rule->needs[i].operation->name);
		for (tag = rule->needs[i].tags; *tag; tag++)
			say(comment, " %s", *tag);
	}
}

/**
 * rule_comment() - what a rule is there for
 * @plan: the plan
 * @rule: the rule
 * @pair: one of its pairs, for a language that writes a line for each; or NULL
 * @comment: receives the text
 */
void rule_comment(const struct plan *plan, const struct rule *rule, const struct pair *pair,
		  char comment[COMMENT_MAX])
{
	static const char *const prefixes[ACT_COUNT] = {
		[ACT_REPLY] = "replies: ",
		[ACT_REFUSE] = "not expected: ",
	};
	const char *prefix = prefixes[rule->action];
	struct comment text = { .text = comment };

	comment[0] = '\0';
	if (rule->action == ACT_GUARD) {
		say(&text, "nobody else: ");
	} else {
		say(&text, "%s", prefix ? prefix : "");
		if (pair)
			say(&text, "%s to %s: ", pair->initiator->name, pair->responder->name);
		else
			say_ends(&text, rule_pairs(plan, rule));
	}
	say_needs(&text, rule);
	clean(comment);
}

/**
 * pair_comment() - whose addresses these are
 * @pair: the pair
 * @comment: receives the text
 */
void pair_comment(const struct pair *pair, char comment[COMMENT_MAX])
{
	struct comment text = { .text = comment };

	comment[0] = '\0';
	say(&text, "%s to %s", pair->initiator->name, pair->responder->name);
	clean(comment);
}

/**
 * rule_needs() - the operations that need a rule, and their streams
 * @rule: the rule
 * @text: receives the text
 */
void rule_needs(const struct rule *rule, char text[COMMENT_MAX])
{
	struct comment needs = { .text = text };

	text[0] = '\0';
	say_needs(&needs, rule);
	clean(text);
}

/**
 * host_comment() - which machine this is for, as the title of what is written
 * @host: the machine
 * @comment: receives "NAME, roles: ..."
 */
void host_comment(const struct host *host, char comment[COMMENT_MAX])
{
	static const struct {
		enum role role;
		const char *name;
	} roles[] = {
		{ ROLE_GATEWAY, "gateway" },
		{ ROLE_SERVER, "server" },
		{ ROLE_CLIENT, "client" },
		{ ROLE_BACKUPPC, "backuppc" },
		{ ROLE_STORAGE, "storage" },
	};
	struct comment text = { .text = comment };
	size_t i;

	comment[0] = '\0';
	say(&text, "%s, roles:", host->name);
	for (i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (host->roles & roles[i].role)
			say(&text, " %s", roles[i].name);
	clean(comment);
}
