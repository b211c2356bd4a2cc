// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: rules, sets and objects, as libnftnl has them after it has
 * read them from a kernel or from a liar, compiled to steps and evaluated for a
 * few packets.
 *
 * An input is the family, then records: enum record, a byte that says which, the
 * number of bytes that follow, and those.
 */
/* fuzz-cost: 20 */
/* fuzz-uses: userspace/ruleset/compile*.c userspace/ruleset/expr_*.c userspace/ruleset/xt_*.c userspace/ruleset/arena.c userspace/ruleset/boxes*.c userspace/ruleset/dump_elements.c userspace/ruleset/evaluate*.c userspace/ruleset/field.c userspace/ruleset/set.c userspace/ruleset/space.c userspace/ruleset/space_spans.c -lnftnl -lmnl */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile.h"
#include "ruleset/evaluate.h"
#include "bytecode_attributes.h"
#include "packet_properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libnftnl forgets a name that an attribute gives twice. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libnftnl";
}

#define CHAINS		3
#define THINGS		32
#define MEMORY		((size_t)64 << 20)

enum record {
	RECORD_RULE,		/* in which chain */
	RECORD_EXPRESSION,	/* which of the list */
	RECORD_SET,
	RECORD_ELEMENT,
	RECORD_OBJECT,		/* of which type; its name */
	RECORD_HELPER,		/* of the object: protocol; its name */
	RECORD_ATTRIBUTE,	/* of the last expression, set or element; its value */
	RECORDS
};

/* What the records make, and where the compiler finds it. */
struct world {
	struct ruleset ruleset;
	struct table table;
	struct chain chains[CHAINS];
	struct rule rules[CHAINS][THINGS];
	struct set sets[THINGS];
	struct dump dump;
	struct dump_table dump_table;
	struct dump_chain dump_chains[CHAINS];
	struct nftnl_rule *dump_rules[CHAINS][THINGS];
	struct nftnl_set *dump_sets[THINGS];
	struct dump_elements elements[THINGS];
	struct dump_elements *dump_elements[THINGS];
	struct nftnl_obj *objects[THINGS];
	struct dump_interface interfaces[2];
	struct dump_ipset ipset;
	struct set ipset_set;
	const char *names[2];
	struct nftnl_rule *rule;
	struct nftnl_expr *expression;
	struct nftnl_set *set;
	struct nftnl_set_elem *element;
	const struct thing *thing;
};

static const char *const chain_names[CHAINS] = { "c", "x", "y" };

static void start(struct world *world, int family)
{
	size_t i;

	memset(world, 0, sizeof(*world));
	world->ruleset.arena = arena_new(MEMORY);
	MUST(world->ruleset.arena);
	world->ruleset.tables = &world->table;
	world->ruleset.count = 1;
	world->table = (struct table){ .name = "t", .family = family, .chains = world->chains,
				       .chain_count = CHAINS, .sets = world->sets };
	world->dump.tables = &world->dump_table;
	world->dump.count = 1;
	world->dump_table.chains = world->dump_chains;
	world->dump_table.chain_count = CHAINS;
	world->dump_table.sets = world->dump_sets;
	world->dump_table.elements = world->dump_elements;
	world->dump_table.objects = world->objects;
	for (i = 0; i < CHAINS; i++) {
		world->chains[i] = (struct chain){ .table = &world->table, .name = chain_names[i],
						   .hooked = !i, .type = "filter",
						   .policy = VERDICT_ACCEPT,
						   .rules = world->rules[i] };
		world->dump_chains[i].rules = world->dump_rules[i];
	}
	world->names[0] = "lo";
	world->names[1] = "eth0";
	world->ruleset.interfaces = world->names;
	world->ruleset.interface_count = 2;
	world->interfaces[0] = (struct dump_interface){ .index = 1, .name = "lo" };
	world->interfaces[1] = (struct dump_interface){ .index = 2, .name = "eth0" };
	world->dump.interfaces = world->interfaces;
	world->dump.interface_count = 2;
	world->ipset_set = (struct set){ .name = "ipset", .key_count = 3 };
	world->ipset = (struct dump_ipset){ .parts = { IPSET_ADDRESS, IPSET_PORT },
					    .part_count = 2, .family = AF_INET,
					    .set = &world->ipset_set };
	world->dump.ipsets = &world->ipset;
	world->dump.ipset_count = 1;
}

static void add_rule(struct world *world, unsigned int which)
{
	size_t chain = which % CHAINS, *count = &world->chains[chain].count;

	world->expression = NULL;
	world->thing = NULL;
	if (*count == THINGS)
		return;
	world->rule = nftnl_rule_alloc();
	MUST(world->rule);
	world->dump_rules[chain][(*count)++] = world->rule;
	world->dump_chains[chain].count = *count;
}

static void add_expression(struct world *world, unsigned int which)
{
	const struct thing *thing = &expressions[which % (sizeof(expressions) /
							  sizeof(expressions[0]))];

	if (!world->rule)
		return;
	world->expression = nftnl_expr_alloc(thing->name);
	MUST(world->expression);
	nftnl_rule_add_expr(world->rule, world->expression);
	world->thing = thing;
}

static void add_set(struct world *world)
{
	world->thing = NULL;
	if (world->dump_table.set_count == THINGS)
		return;
	world->set = nftnl_set_alloc();
	MUST(world->set);
	world->dump_sets[world->dump_table.set_count++] = world->set;
	world->table.set_count = world->dump_table.set_count;
	world->thing = &set_thing;
}

static void add_element(struct world *world)
{
	if (!world->set)
		return;
	world->element = nftnl_set_elem_alloc();
	MUST(world->element);
	nftnl_set_elem_add(world->set, world->element);
	world->thing = &element_thing;
}

static void add_object(struct world *world, unsigned int which, const char *text)
{
	struct nftnl_obj *object;

	if (world->dump_table.object_count == THINGS)
		return;
	object = nftnl_obj_alloc();
	MUST(object);
	nftnl_obj_set_u32(object, NFTNL_OBJ_TYPE, 1 + which % NFT_OBJECT_MAX);
	nftnl_obj_set_str(object, NFTNL_OBJ_NAME, text);
	world->objects[world->dump_table.object_count++] = object;
}

static void set_helper(struct world *world, unsigned int which, const char *text)
{
	size_t count = world->dump_table.object_count;
	struct nftnl_obj *object = count ? world->objects[count - 1] : NULL;

	if (!object || nftnl_obj_get_u32(object, NFTNL_OBJ_TYPE) != NFT_OBJECT_CT_HELPER)
		return;
	nftnl_obj_set_str(object, NFTNL_OBJ_CT_HELPER_NAME, text);
	nftnl_obj_set_u16(object, NFTNL_OBJ_CT_HELPER_L3PROTO, which & 1 ? NFPROTO_IPV4 : 0);
	nftnl_obj_set_u8(object, NFTNL_OBJ_CT_HELPER_L4PROTO, which >> 1);
}

/* libnftnl keeps data and verdict in one place, and takes the one for the other. */
static bool conflicts(const struct world *world, uint16_t id)
{
	const struct nftnl_set_elem *element = world->element;
	const struct nftnl_expr *e = world->expression;

	if (world->thing == &element_thing)
		return id == NFTNL_SET_ELEM_DATA ?
			nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_VERDICT) ||
			nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_CHAIN) :
			(id == NFTNL_SET_ELEM_VERDICT || id == NFTNL_SET_ELEM_CHAIN) &&
			nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_DATA);
	if (strcmp(world->thing->name, "immediate"))
		return false;
	return id == NFTNL_EXPR_IMM_DATA ?
		nftnl_expr_is_set(e, NFTNL_EXPR_IMM_VERDICT) ||
		nftnl_expr_is_set(e, NFTNL_EXPR_IMM_CHAIN) :
		(id == NFTNL_EXPR_IMM_VERDICT || id == NFTNL_EXPR_IMM_CHAIN) &&
		nftnl_expr_is_set(e, NFTNL_EXPR_IMM_DATA);
}

static void put(struct world *world, uint16_t id, const void *value, uint32_t length)
{
	if (world->thing == &set_thing)
		nftnl_set_set_data(world->set, id, value, length);
	else if (world->thing == &element_thing)
		nftnl_set_elem_set(world->element, id, value, length);
	else
		nftnl_expr_set(world->expression, id, value, length);
}

/* Exactly as long as it is said to be, so that one byte too many is seen. */
static void put_owned(struct world *world, uint16_t id, const uint8_t *value, size_t length)
{
	void *copy = malloc(length ? length : 1);

	MUST(copy);
	memcpy(copy, value, length);
	nftnl_expr_set(world->expression, id, copy, length);
}

static void set_attribute(struct world *world, unsigned int which, const uint8_t *value,
			  size_t length, const char *text)
{
	const struct attribute *attribute;
	uint8_t padded[64] = { 0 };

	if (!world->thing)
		return;
	attribute = &world->thing->attributes[which % ATTRIBUTES_MOST];
	memcpy(padded, value, length < sizeof(padded) ? length : sizeof(padded));
	if ((!attribute->id && !attribute->size) || conflicts(world, attribute->id))
		return;
	if (attribute->size == SIZE_OWNED)
		put_owned(world, attribute->id, value, length);
	else if (attribute->size == SIZE_DATA && length)
		put(world, attribute->id, padded, length < sizeof(padded) ? length :
		    sizeof(padded));
	else if (attribute->size == SIZE_TEXT)
		put(world, attribute->id, text, strlen(text) + 1);
	else if (attribute->size != SIZE_DATA)
		put(world, attribute->id, padded, attribute->size);
}

static void add(struct world *world, const uint8_t *head, const uint8_t *value, size_t length)
{
	char text[256] = "";

	memcpy(text, value, length);
	switch (head[0] % RECORDS) {
	case RECORD_RULE:
		add_rule(world, head[1]);
		break;
	case RECORD_EXPRESSION:
		add_expression(world, head[1]);
		break;
	case RECORD_SET:
		add_set(world);
		break;
	case RECORD_ELEMENT:
		add_element(world);
		break;
	case RECORD_OBJECT:
		add_object(world, head[1], text);
		break;
	case RECORD_HELPER:
		set_helper(world, head[1], text);
		break;
	case RECORD_ATTRIBUTE:
		set_attribute(world, head[1], value, length, text);
		break;
	}
}

static void end_sets(struct world *world)
{
	size_t i;

	for (i = 0; i < world->dump_table.set_count; i++) {
		const char *name = nftnl_set_get_str(world->dump_sets[i], NFTNL_SET_NAME);

		world->sets[i] = (struct set){ .table = &world->table, .name = name ? name : "" };
		world->dump_elements[i] = &world->elements[i];
		MUST(!dump_elements_add(&world->elements[i], world->dump_sets[i],
					world->dump_sets[i]));
		dump_elements_sort(&world->elements[i]);
	}
}

/* One record; returns how many bytes it has. */
static size_t read_record(struct world *world, const uint8_t *data, size_t size)
{
	size_t length = data[2];

	if (length > size - 3)
		length = size - 3;
	add(world, data, data + 3, length);
	return 3 + length;
}

static void check_steps(const struct world *world, const struct rule *rule)
{
	size_t v, i;

	for (v = 0; v < VERSION_COUNT; v++)
		for (i = 0; i < rule->step_count[v]; i++) {
			const struct step *step = &rule->steps[v][i];

			MUST(step->field < FIELD_COUNT && step->from < FIELD_COUNT);
			MUST(step->key_count <= KEY_FIELDS);
			MUST(step->kind != STEP_MATCH || step->values);
			MUST(step->kind != STEP_DOUBT || step->name);
			MUST(step->kind != STEP_LOOKUP || step->set);
			MUST(!step->chain || (step->chain >= world->chains &&
					      step->chain < world->chains + CHAINS));
		}
}

static void pass(struct world *world, enum protocol_version version, bool open)
{
	struct arena *arena = world->ruleset.arena;
	struct evaluation evaluation = { .arena = arena, .version = version };
	struct box box;

	memset(&box, 0, sizeof(box));
	if (!open) {
		box.now[FIELD_PROTOCOL] = values_one(arena, 17);
		box.now[FIELD_SADDR] = values_one(arena, 0x0a000001);
		box.now[FIELD_DPORT] = values_one(arena, 10080);
		box.now[FIELD_SPORT] = values_range(arena, 512, 1023);
		box.now[FIELD_MARK] = values_one(arena, 0);
		box.now[FIELD_CT_STATE] = values_one(arena, 8);
		memcpy(box.was, box.now, sizeof(box.was));
	}
	chain_run(&evaluation, &world->chains[0], &box);
	evaluation_free(&evaluation);
}

static void finish(struct world *world)
{
	size_t c, i;

	for (c = 0; c < CHAINS; c++)
		for (i = 0; i < world->chains[c].count; i++)
			nftnl_rule_free(world->dump_rules[c][i]);
	for (i = 0; i < world->dump_table.set_count; i++) {
		dump_elements_free(&world->elements[i]);
		nftnl_set_free(world->dump_sets[i]);
	}
	for (i = 0; i < world->dump_table.object_count; i++)
		nftnl_obj_free(world->objects[i]);
	arena_free(world->ruleset.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int families[] = { NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_NETDEV,
					NFPROTO_BRIDGE, NFPROTO_ARP };
	struct world *world = malloc(sizeof(*world));
	size_t at = 1, c, i;

	MUST(world);
	start(world, size ? families[data[0] % 6] : NFPROTO_INET);
	while (at + 3 <= size)
		at += read_record(world, data + at, size - at);
	end_sets(world);
	if (!compile_ruleset(&world->ruleset, &world->dump)) {
		for (c = 0; c < CHAINS; c++)
			for (i = 0; i < world->chains[c].count; i++)
				check_steps(world, &world->rules[c][i]);
		pass(world, VERSION_4, false);
		pass(world, VERSION_6, false);
		pass(world, VERSION_4, true);
	}
	finish(world);
	free(world);
	return 0;
}
