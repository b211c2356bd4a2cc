// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chains over sets of packets, against an interpreter for one packet: random chains over packets so small that every one
 * is tried.  Where a condition cannot be evaluated the interpreter tries both ways, and
 * the boxes must have exactly the ends that it finds.  AMFW_ROUNDS=N for more.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/evaluate.h"
#include "selftests/unit/lib/one_packet.h"
#include "selftests/unit/lib/suite.h"

#define CHAINS		5
#define RULES_MOST	7
#define LONG		80
#define STEPS_MOST	5
#define SETS		6
#define ELEMENTS_MOST	12
#define AXES		4
#define SIDE		8
#define ROUNDS		150

static const enum field axis[AXES] = { FIELD_SADDR, FIELD_DPORT, FIELD_PROTOCOL, FIELD_MARK };

/* What rounds of random chains are about. */
enum kind {
	KIND_ANY,
	KIND_ROWS,	/* many rules in a row that only ask for values: evaluate_block.c */
	KIND_INDEXED,	/* many that ask for an address: evaluate_index.c */
};

static enum kind kind;
static struct arena *arena;
static struct chain chains[CHAINS];
static struct rule rules[CHAINS][LONG];
static struct step steps[CHAINS][LONG][STEPS_MOST];
static struct set sets[SETS];
static struct element elements[SETS][ELEMENTS_MOST];
static struct interval keys[SETS][ELEMENTS_MOST][KEY_FIELDS];
static struct mapped mapped[SETS][ELEMENTS_MOST];

static unsigned int up_to(unsigned int most)
{
	return random() % (most + 1);
}

/* --- random chains ------------------------------------------------------------- */

static const struct values *random_values(void)
{
	struct interval list[2];
	unsigned int count = 1 + up_to(1), i;

	for (i = 0; i < count; i++) {
		list[i].low = up_to(SIDE - 1);
		list[i].high = list[i].low + up_to(random() % 2 ? 0 : SIDE - 1 - list[i].low);
	}
	return values_list(arena, list, count);
}

static bool overlap(const struct element *a, const struct element *b, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (a->key[i].low > b->key[i].high || b->key[i].low > a->key[i].high)
			return false;
	return true;
}

static enum verdict random_verdict(unsigned int chain, struct chain **to)
{
	static const enum verdict verdicts[] = {
		VERDICT_ACCEPT, VERDICT_DROP, VERDICT_REJECT, VERDICT_QUEUE, VERDICT_RETURN,
		VERDICT_CONTINUE, VERDICT_JUMP, VERDICT_JUMP, VERDICT_JUMP, VERDICT_GOTO,
	};
	enum verdict verdict = verdicts[up_to(9)];

	*to = NULL;
	if (verdict != VERDICT_JUMP && verdict != VERDICT_GOTO)
		return verdict;
	if (chain == CHAINS - 1)
		return VERDICT_ACCEPT;
	*to = &chains[chain + 1 + up_to(CHAINS - 2 - chain)];
	return verdict;
}

static void random_element(const struct set *set, struct element *element, struct mapped *holds)
{
	size_t i;

	memset(holds, 0, sizeof(*holds));
	element->mapped = holds;
	for (i = 0; i < set->key_count; i++) {
		element->key[i].low = up_to(SIDE - 1);
		element->key[i].high = element->key[i].low +
				       up_to(random() % 2 ? 0 : SIDE - 1 - element->key[i].low);
	}
	if (!set->is_map)
		return;
	holds->verdict = random_verdict(CHAINS - 2, &holds->chain);
	holds->data = up_to(SIDE - 1);
	holds->data_port = up_to(2);
}

/* Sets 0 and 1 are plain, 2 verdict maps, 3 and up maps: their data serve as marks.  The
 * elements of set 1 may overlap.
 */
static void random_set(unsigned int number)
{
	struct set *set = &sets[number];
	struct element *element;
	unsigned int tries;
	size_t i;

	memset(set, 0, sizeof(*set));
	set->key_count = number == 1 ? 2 : 1 + up_to(2);
	set->is_map = number >= 2;
	set->elements = elements[number];
	if (!set->is_map && !up_to(7))
		set->doubt = "a set that changes";
	for (tries = up_to(ELEMENTS_MOST); tries; tries--) {
		element = &set->elements[set->count];
		element->key = keys[number][set->count];
		random_element(set, element, &mapped[number][set->count]);
		for (i = 0; i < set->count; i++)
			if (number != 1 && overlap(element, &set->elements[i], set->key_count))
				break;
		if (i == set->count)
			set->count++;
	}
	ck_assert_int_eq(set_index(arena, set), 0);
	if (up_to(1))
		set->reach = NULL;
}

static void random_lookup(struct step *step, unsigned int first, unsigned int last)
{
	size_t i;

	step->kind = STEP_LOOKUP;
	step->set = &sets[first + up_to(last - first)];
	step->key_count = step->set->key_count;
	for (i = 0; i < step->key_count; i++)
		step->keys[i] = axis[up_to(AXES - 1)];
	step->inverted = !step->set->is_map && up_to(1);
}

static void random_condition(struct step *step)
{
	step->field = axis[up_to(AXES - 1)];
	step->values = random_values();
	switch (up_to(9)) {
	case 0:
		step->kind = STEP_MASKED;
		step->mask = up_to(SIDE - 1);
		break;
	case 1:
	case 2:
		random_lookup(step, 0, 1);
		break;
	case 3:
		step->kind = STEP_DOUBT;
		step->name = "doubt";
		break;
	case 4:
		step->kind = STEP_EITHER;
		step->keys[0] = axis[up_to(AXES - 1)];
		break;
	case 5:
		step->kind = up_to(3) ? STEP_MATCH : STEP_NEVER;
		break;
	default:
		step->kind = STEP_MATCH;
		break;
	}
}

static void random_assignment(struct step *step)
{
	step->kind = STEP_ASSIGN;
	step->field = kind == KIND_INDEXED && !up_to(2) ? FIELD_SADDR : FIELD_MARK;
	step->from = up_to(2) ? FIELD_MARK : axis[up_to(AXES - 1)];
	step->mask = up_to(1) ? 0 : up_to(SIDE - 1);
	step->value = up_to(SIDE - 1);
}

static void random_action(struct step *step)
{
	switch (up_to(6)) {
	case 0:
		random_assignment(step);
		break;
	case 1:
		step->kind = STEP_NAT;
		step->nat.kind = up_to(NAT_REDIRECT);
		break;
	case 2:
		step->kind = STEP_HELPER;
		step->helper = up_to(1) ? "amanda" : "other";
		step->early = up_to(1);
		break;
	case 3:
		step->kind = STEP_NOTRACK;
		break;
	default:
		step->kind = STEP_VERDICT;
		break;
	}
}

/* A lookup in a map, and what is done with what it finds.  The verdict map leads to the
 * last chain, which must not ask it.
 */
static void random_pair(unsigned int chain, struct step *step)
{
	random_lookup(&step[0], chain == CHAINS - 1 ? 3 : 2, SETS - 1);
	if (step[0].set == &sets[2]) {
		step[1].kind = STEP_CHOOSE;
		return;
	}
	if (up_to(1)) {
		random_assignment(&step[1]);
		step[1].from_lookup = true;
	} else {
		step[1].kind = STEP_NAT;
		step[1].nat.kind = NAT_DNAT;
		step[1].nat.from_lookup = true;
	}
}

static void random_rule(unsigned int chain, struct rule *rule, struct step *step)
{
	size_t count = 1 + up_to(STEPS_MOST - 1), i;

	memset(step, 0, STEPS_MOST * sizeof(*step));
	for (i = 0; i < count; i++) {
		if (i + 2 <= count && !up_to(5))
			random_pair(chain, &step[i++]);
		else if (i + 1 == count || !up_to(3))
			random_action(&step[i]);
		else
			random_condition(&step[i]);
		if (step[i].kind == STEP_VERDICT)
			step[i].verdict = random_verdict(chain, &step[i].chain);
	}
	*rule = (struct rule){
		.chain = &chains[chain],
		.steps = { step, step },
		.step_count = { count, count },
	};
}

/* One of many in a row that only ask for values: see evaluate_block.c. */
static void random_row(struct rule *rule, struct step *step)
{
	size_t count = 1 + up_to(2), i, j;

	memset(step, 0, STEPS_MOST * sizeof(*step));
	for (i = 0; i < count; i++) {
		step[i].kind = up_to(30) ? STEP_MATCH : STEP_NEVER;
		step[i].field = axis[(rule - rules[0] + i * (1 + up_to(1))) % AXES];
		step[i].values = up_to(2) ? values_one(arena, up_to(SIDE - 1)) : random_values();
		if (kind == KIND_INDEXED && !i && up_to(7))
			step[i].field = FIELD_SADDR;
		for (j = 0; j < i; j++)
			if (step[j].field == step[i].field)
				step[i].field = FIELD_TTL, step[i].values = values_range(arena, 0, 255);
	}
	step[count].kind = STEP_VERDICT;
	step[count].verdict = VERDICT_ACCEPT + up_to(2);
	*rule = (struct rule){
		.chain = &chains[0],
		.steps = { step, step },
		.step_count = { count + 1, count + 1 },
	};
}

static void make_long(void)
{
	size_t i;

	for (i = chains[0].count; i < LONG; i++) {
		if (up_to(60))
			random_row(&rules[0][i], steps[0][i]);
		else
			random_rule(0, &rules[0][i], steps[0][i]);
	}
	chains[0].count = LONG;
	if (kind == KIND_INDEXED)
		ck_assert_int_eq(chain_index(arena, &chains[0]), 0);
}

static void random_chains(void)
{
	unsigned int i, j;

	for (i = 0; i < SETS; i++)
		random_set(i);
	for (i = 0; i < CHAINS; i++) {
		chains[i] = (struct chain){ .rules = rules[i], .count = up_to(RULES_MOST) };
		for (j = 0; j < chains[i].count; j++)
			random_rule(i, &rules[i][j], steps[i][j]);
	}
	chains[0].hooked = true;
	chains[0].priority = -300;
	chains[0].policy = up_to(1) ? VERDICT_ACCEPT : VERDICT_DROP;
}

/* --- are both the same? -------------------------------------------------------- */

/* Ways through doubt that are tried. */
#define DOUBTS_MOST	8
#define ENDS_MOST	(1 << DOUBTS_MOST)

struct ends {
	struct end end[ENDS_MOST];
	size_t count;
};

static bool same_end(const struct end *a, const struct end *b)
{
	const struct effects *x = &a->effects, *y = &b->effects;

	return a->verdict == b->verdict && a->rule == b->rule && a->mark == b->mark &&
	       x->dnat == y->dnat && x->snat == y->snat && x->helper == y->helper &&
	       x->early_helper == y->early_helper && x->notrack == y->notrack &&
	       x->address == y->address && x->port == y->port;
}

static bool among(const struct ends *ends, const struct end *end)
{
	size_t i;

	for (i = 0; i < ends->count; i++)
		if (same_end(&ends->end[i], end))
			return true;
	return false;
}

static void add_end(struct ends *ends, const struct end *end)
{
	if (!among(ends, end))
		ends->end[ends->count++] = *end;
}

/* Every way through the doubts; false: too many of them. */
static bool all_ways(const unsigned int *point, struct ends *ends)
{
	unsigned int ways = 0, bit, i;
	struct packet packet;
	struct end end;

	do {
		memset(&packet, 0, sizeof(packet));
		for (i = 0; i < AXES; i++)
			packet.value[axis[i]] = point[i];
		packet.ways = ways;
		end = one_packet(&chains[0], &packet);
		if (packet.doubts > DOUBTS_MOST)
			return false;
		add_end(ends, &end);
		/* The last doubt that went the one way now goes the other. */
		for (bit = packet.doubts; bit && ways >> (bit - 1) & 1; bit--)
			ways &= ~(1u << (bit - 1));
		if (bit)
			ways |= 1u << (bit - 1);
	} while (bit);
	return true;
}

static bool has(const struct box *box, const unsigned int *point)
{
	unsigned int i;

	for (i = 0; i < AXES; i++)
		if (!values_hold(box->was[axis[i]], point[i]))
			return false;
	return true;
}

static const char *compare(const struct evaluation *evaluation, const struct ends *ends,
			   const unsigned int *point)
{
	static struct ends seen;
	const struct ending *ending;
	size_t i, hits = 0;
	bool doubt = false;
	struct end end;

	seen.count = 0;
	for (i = 0; i < evaluation->count; i++) {
		ending = &evaluation->endings[i];
		if (!has(&ending->box, point))
			continue;
		hits++;
		doubt |= ending->box.doubt != NULL;
		end = (struct end){ ending->verdict, ending->rule, point[AXES - 1],
				    ending->box.effects };
		if (ending->box.changed & 1u << FIELD_MARK)
			end.mark = ending->box.now[FIELD_MARK]->interval[0].low;
		add_end(&seen, &end);
		if (!among(ends, &end))
			return "boxes have an end that no way leads to";
	}
	if (seen.count != ends->count)
		return "boxes lack an end";
	if (!doubt && hits != 1)
		return "boxes overlap";
	if (!doubt && ends->count > 1)
		return "doubt is not marked";
	return NULL;
}

static size_t compared, doubtful;

static const char *compare_all(const struct evaluation *evaluation, const struct box *start)
{
	static struct ends ends;
	const char *wrong = NULL;
	unsigned int point[AXES];
	unsigned int n, i;

	for (n = 0; n < SIDE * SIDE * SIDE * SIDE && !wrong; n += 1 + up_to(6)) {
		for (i = 0; i < AXES; i++)
			point[i] = n >> 3 * i & 7;
		ends.count = 0;
		if (!has(start, point) || !all_ways(point, &ends))
			continue;
		wrong = compare(evaluation, &ends, point);
		compared++;
		doubtful += ends.count > 1;
	}
	return wrong;
}

static struct box start_box(void)
{
	struct box box = { 0 };
	unsigned int i;

	for (i = 0; i < AXES; i++) {
		box.now[axis[i]] = up_to(1) ? random_values() : values_range(arena, 0, SIDE - 1);
		box.was[axis[i]] = box.now[axis[i]];
	}
	if (kind == KIND_INDEXED)
		box.now[FIELD_SADDR] = box.was[FIELD_SADDR] = values_one(arena, up_to(SIDE - 1));
	return box;
}

static unsigned int rounds(void)
{
	const char *wanted = getenv("AMFW_ROUNDS");

	return wanted ? strtoul(wanted, NULL, 10) : ROUNDS;
}

static void try_chains(enum kind what)
{
	unsigned int round, most = rounds();
	const char *wrong;

	kind = what;
	for (round = 0; round < most; round++) {
		struct evaluation evaluation = { .version = round % 2 };
		struct box box;

		srandom(round);
		arena = arena_new((size_t)1 << 28);
		evaluation.arena = arena;
		random_chains();
		if (kind != KIND_ANY)
			make_long();
		box = start_box();
		ck_assert_int_eq(chain_run(&evaluation, &chains[0], &box), 0);
		wrong = compare_all(&evaluation, &box);
		if (wrong)
			ck_abort_msg("ruleset %u: %s", round, wrong);
		evaluation_free(&evaluation);
		arena_free(arena);
	}
	if (getenv("AMFW_ROUNDS"))
		printf("%zu packets compared, %zu of them doubtful\n", compared, doubtful);
	ck_assert_uint_gt(compared, most * (kind == KIND_INDEXED ? 20 : 50));
	ck_assert_uint_gt(doubtful, most);
}

START_TEST(boxes_end_where_every_packet_ends)
{
	try_chains(KIND_ANY);
}
END_TEST

START_TEST(many_rules_in_a_row_are_the_same_as_each)
{
	try_chains(KIND_ROWS);
}
END_TEST

START_TEST(rules_found_by_what_they_ask_are_the_same_as_all)
{
	try_chains(KIND_INDEXED);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_set_timeout(tests, getenv("AMFW_ROUNDS") ? 3600 : 60);
	tcase_add_test(tests, boxes_end_where_every_packet_ends);
	tcase_add_test(tests, many_rules_in_a_row_are_the_same_as_each);
	tcase_add_test(tests, rules_found_by_what_they_ask_are_the_same_as_all);
}

int main(void)
{
	return suite_main("evaluate", add_tests);
}
