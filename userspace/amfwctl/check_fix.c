// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rule that would let a flow through, and where to put it.
 *
 * In front of the rule that decides, an accept is reached by the same packets
 * and ends the base chain for them.  Another base chain may have another word:
 * then that is what the next check says.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/check_fix.h"

static const struct chain *chain_of(const struct fate *fate)
{
	return fate->rule ? fate->rule->chain : fate->chain;
}

/* --- whose rules these are ------------------------------------------------- */

static const struct chain *find_chain(const struct table *table, const char *prefix)
{
	size_t i;

	for (i = 0; i < table->chain_count; i++)
		if (!strncmp(table->chains[i].name, prefix, strlen(prefix)))
			return &table->chains[i];
	return NULL;
}

/* Programs that write their rules anew, and the format that talks to them. */
static const char *writer_of(const struct table *table)
{
	if (!strcmp(table->name, "firewalld"))
		return "firewalld";
	if (!strcmp(table->name, "fw4"))
		return "openwrt";
	if (find_chain(table, "ufw-") || find_chain(table, "ufw6-"))
		return "ufw";
	if (find_chain(table, "shorewall"))
		return "shorewall";
	return NULL;
}

static void print_writer(FILE *out, const struct check *check, const struct table *table)
{
	const char *writer = writer_of(table);

	if (writer)
		fprintf(out, "# %s writes this table and would undo it; what lasts:\n"
			"# amfwctl generate --format %s --host %s %s\n", writer, writer,
			check->host->name, check->input->site.text->name);
}

/* --- where it goes --------------------------------------------------------- */

static const struct rule *last_in_file(const struct chain *chain)
{
	size_t i;

	for (i = chain->count; i-- > 0;)
		if (chain->rules[i].path && chain->rules[i].line)
			return &chain->rules[i];
	return NULL;
}

static const char *xtables_program(const struct table *table)
{
	return table->family == NFPROTO_IPV6 ? "ip6tables" : "iptables";
}

/* A command for the running rules. */
static void begin_command(FILE *out, const struct chain *chain, const struct rule *rule)
{
	if (language_of(chain) == LANGUAGE_XTABLES) {
		fprintf(out, "%s -t %s %s %s", xtables_program(chain->table),
			chain->table->name, rule ? "-I" : "-A", chain->name);
		if (rule)
			fprintf(out, " %zu", (size_t)(rule - chain->rules) + 1);
		return;
	}
	fprintf(out, "nft %s rule %s %s %s ", rule ? "insert" : "add",
		table_family(chain->table), chain->table->name, chain->name);
	if (rule)
		fprintf(out, "handle %llu ", (unsigned long long)rule->handle);
}

/* A line for a file. */
static void begin_line(FILE *out, const struct chain *chain, const struct rule *rule)
{
	const struct rule *last = rule ? : last_in_file(chain);

	if (last && last->path && last->line)
		fprintf(out, "# %s:%u: %s this line:\n", last->path, last->line,
			rule ? "before" : "behind");
	else
		fprintf(out, "# at the end of chain %s %s %s:\n", table_family(chain->table),
			chain->table->name, chain->name);
	if (language_of(chain) == LANGUAGE_XTABLES)
		fprintf(out, "-A %s", chain->name);
}

static void begin(FILE *out, const struct check *check, const struct chain *chain,
		  const struct rule *rule)
{
	if (check->live)
		begin_command(out, chain, rule);
	else
		begin_line(out, chain, rule);
}

static void end_accept(FILE *out, const struct chain *chain)
{
	fputs(language_of(chain) == LANGUAGE_XTABLES ? " -j ACCEPT\n" : " accept\n", out);
}

/* --- what it says ---------------------------------------------------------- */

/* All that this rule stops in this stage: a flow may meet it in pieces. */
static void take_stage(struct fix_match *match, const struct stage *stage,
		       const struct fate *decided)
{
	size_t i;

	for (i = 0; i < stage->fates.count; i++) {
		const struct fate *fate = &stage->fates.fate[i];

		if (fate->rule == decided->rule && fate->chain == decided->chain &&
		    fate->verdict == decided->verdict)
			match_take(match, &fate->box);
	}
}

static void keep_state_alone(struct fix_match *match)
{
	const struct values *state = match->field[FIELD_CT_STATE];

	memset(match->field, 0, sizeof(match->field));
	match->field[FIELD_CT_STATE] = state;
}

/* What belongs to a connection that was let in is let on as a whole, as usual. */
static bool is_established(const struct fix_match *match)
{
	const struct values *state = match->field[FIELD_CT_STATE];

	return state && state->count == 1 && state->interval[0].low == 2 &&
	       state->interval[0].high == 2;
}

static void print_accept(FILE *out, const struct check *check, const struct chain *chain,
			 const struct rule *rule, struct fix_match *match)
{
	FILE *text;
	char *words = NULL;
	size_t length;

	if (is_established(match))
		keep_state_alone(match);
	text = open_memstream(&words, &length);
	if (!text)
		return;
	match_print(text, language_of(chain), match);
	fclose(text);
	begin(out, check, chain, rule);
	fputs(language_of(chain) == LANGUAGE_NFT && words[0] == ' ' ? words + 1 : words, out);
	end_accept(out, chain);
	free(words);
}

static bool fix_rule(const struct check *check, const struct journey *journey, FILE *out)
{
	const struct stage *stage = journey_stage(journey);
	const struct fate *fate = journey->fate;
	struct fix_match match = { .check = check };

	if (!stage || !fate || !fate->chain || fate->verdict == VERDICT_ACCEPT)
		return false;
	match.version = stage->passage.version;
	take_stage(&match, stage, fate);
	print_writer(out, check, chain_of(fate)->table);
	print_accept(out, check, chain_of(fate), fate->rule, &match);
	return true;
}

/* --- a helper -------------------------------------------------------------- */

static bool same_exchange(const struct journey *a, const struct journey *b)
{
	return a->flow->operation == b->flow->operation &&
	       a->flow->initiator == b->flow->initiator &&
	       a->flow->responder == b->flow->responder &&
	       a->flow->number == b->flow->number &&
	       a->flow->sent.source.family == b->flow->sent.source.family &&
	       a->position == b->position && a->hop == b->hop;
}

/* The control flow of a stream stands before it. */
static const struct journey *control_of(const struct check *check, const struct journey *stream)
{
	const struct journey *one;

	for (one = stream; one-- > check->journeys.journey;)
		if (!one->flow->tag && same_exchange(one, stream))
			return one;
	return NULL;
}

static const char *helper_name(const struct check *check)
{
	return check->options->helper_name ? : "amanda";
}

static void attach_nft(FILE *out, const struct check *check, const struct passage *control,
		       const struct fix_match *match)
{
	const char *name = helper_name(check);

	if (check->live)
		fputs("nft -f - <<'END'\n", out);
	else
		fputs("# a table of its own:\n", out);
	fprintf(out, "table inet amfw_helper {\n\tct helper %s {\n"
		"\t\ttype \"%s\" protocol udp\n\t}\n\tchain attach_%s {\n"
		"\t\ttype filter hook %s priority mangle\n\t\t", "opens_streams", name,
		control->made_here ? "out" : "in", control->made_here ? "output" : "prerouting");
	match_print(out, LANGUAGE_NFT, match);
	fputs(" ct helper set \"opens_streams\"\n\t}\n}\n", out);
	if (check->live)
		fputs("END\n", out);
}

static void attach_xtables(FILE *out, const struct check *check, const struct chain *chain,
			   const struct passage *control, const struct fix_match *match)
{
	const char *hook = control->made_here ? "OUTPUT" : "PREROUTING";

	if (check->live)
		fprintf(out, "%s -t raw -A %s", xtables_program(chain->table), hook);
	else
		fprintf(out, "# in the table raw:\n-A %s", hook);
	match_print(out, LANGUAGE_XTABLES, match);
	fprintf(out, " -j CT --helper %s\n", helper_name(check));
}

static void print_attach(FILE *out, const struct check *check, const struct chain *chain,
			 const struct journey *control)
{
	const struct passage *passage = &control->stages[0].passage;
	struct fix_match match = { .check = check, .version = passage->version };

	match_take(&match, &passage->box);
	match.field[FIELD_CT_STATE] = NULL;
	if (language_of(chain) == LANGUAGE_XTABLES)
		attach_xtables(out, check, chain, passage, &match);
	else
		attach_nft(out, check, passage, &match);
}

static const struct values *helper_number(const struct check *check)
{
	const struct ruleset *ruleset = &check->ruleset;
	size_t i;

	for (i = 0; i < ruleset->helper_count; i++)
		if (!strcmp(ruleset->helpers[i], helper_name(check)))
			break;
	return values_one(check->arena, i + 1);
}

/* The stream was asked for as a new connection: let it in as an announced one. */
static bool fix_helper(const struct check *check, const struct journey *journey, FILE *out)
{
	const struct journey *control = control_of(check, journey);
	const struct stage *stage = journey_stage(journey);
	const struct fate *fate = journey->fate;
	struct fix_match match = { .check = check };

	if (!control || !control->stage_count || !stage || !fate || !fate->chain)
		return false;
	match.version = stage->passage.version;
	take_stage(&match, stage, fate);
	match.field[FIELD_CT_STATE] = values_one(check->arena, 4);
	match.field[FIELD_CT_HELPER] = helper_number(check);
	print_writer(out, check, chain_of(fate)->table);
	print_attach(out, check, chain_of(fate), control);
	print_accept(out, check, chain_of(fate), fate->rule, &match);
	return true;
}

/* --- translations ---------------------------------------------------------- */

static const char *protocol_name(const struct flow *flow)
{
	return flow->protocol == IPPROTO_UDP ? "udp" : "tcp";
}

static void print_dnat(FILE *out, const struct check *check, const struct flow *flow,
		       const struct hop *hop)
{
	const char *family = hop->in.destination.family == AF_INET ? "ip" : "ip6";
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN], ports[12];

	address_print(&hop->in.destination, from);
	address_print(&hop->out.destination, to);
	range_print(hop->in.dport, ports);
	if (!check->live)
		fputs("# in a chain of type nat, hook prerouting:\n", out);
	fprintf(out, "%s daddr %s %s dport %s dnat %s to %s", family, from,
		protocol_name(flow), ports, family, to);
	if (!range_equal(hop->in.dport, hop->out.dport))
		fprintf(out, ":%u", hop->out.dport.low);
	fputs("\n", out);
}

static void print_snat(FILE *out, const struct check *check, const struct flow *flow,
		       const struct hop *hop)
{
	const char *family = hop->in.source.family == AF_INET ? "ip" : "ip6";
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN], ports[12];

	address_print(&hop->in.source, from);
	address_print(&hop->out.source, to);
	address_print(&hop->out.destination, peer);
	range_print(hop->out.dport, ports);
	if (!check->live)
		fputs("# in a chain of type nat, hook postrouting:\n", out);
	fprintf(out, "%s saddr %s %s daddr %s %s dport %s snat %s to %s\n", family, from, family,
		peer, protocol_name(flow), ports, family, to);
}

static bool fix_translation(const struct check *check, const struct journey *journey, FILE *out)
{
	const struct hop *hop;
	bool dnat, snat;

	if (journey->position != AT_GATEWAY || journey->flow->tag)
		return false;
	hop = &journey->flow->hops[journey->hop];
	dnat = !address_equal(&hop->in.destination, &hop->out.destination) ||
	       !range_equal(hop->in.dport, hop->out.dport);
	snat = !address_equal(&hop->in.source, &hop->out.source);
	if (dnat)
		print_dnat(out, check, journey->flow, hop);
	if (snat)
		print_snat(out, check, journey->flow, hop);
	return dnat || snat;
}

/**
 * fix_print() - the rules that would let a flow through, one a line
 * @check: the ruleset
 * @journey: what became of the flow
 * @out: where to
 *
 * Return: false where no rule would help, or there is none to name.
 */
bool fix_print(const struct check *check, const struct journey *journey, FILE *out)
{
	if (journey->answer == ANSWER_ACCEPT)
		return false;
	switch (journey->reason) {
	case REASON_RULE:
	case REASON_HELPER_GAP:
		return fix_rule(check, journey, out);
	case REASON_NO_HELPER:
		return check->question.helper == HELPER_NONE ? fix_rule(check, journey, out) :
								fix_helper(check, journey, out);
	case REASON_TRANSLATION:
	case REASON_UNREACHED:
		return fix_translation(check, journey, out);
	default:
		return false;
	}
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Many flows need the same rule. */
static int print_once(void **seen, char *text, FILE *out)
{
	char **found = tsearch(text, seen, compare_strings);

	if (!found)
		return -ENOMEM;
	if (*found == text)
		fputs(text, out);
	else
		free(text);
	return 0;
}

static int fix_one(const struct check *check, const struct journey *journey, void **seen,
		   FILE *out)
{
	size_t length;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);
	bool some;

	if (!stream)
		return -ENOMEM;
	some = fix_print(check, journey, stream);
	fclose(stream);
	if (some && text)
		return print_once(seen, text, out);
	free(text);
	return 0;
}

/**
 * fix_all() - the rules that would let all flows through
 * @check: the ruleset
 * @groups: the answers
 * @out: where to
 *
 * Return: 0 or -ENOMEM.
 */
int fix_all(const struct check *check, const struct groups *groups, FILE *out)
{
	void *seen = NULL;
	size_t i, j;
	int err = 0;

	for (i = 0; i < groups->count && !err; i++)
		for (j = 0; j < groups->group[i].count && !err; j++)
			err = fix_one(check,
				      &check->journeys.journey[groups->group[i].members[j]],
				      &seen, out);
	tdestroy(seen, free);
	return err;
}
