// SPDX-License-Identifier: GPL-2.0-or-later
/* Named objects: helpers above all; also limits, quotas and proxies. */
#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile_set.h"

static struct nftnl_obj *find_object(const struct code *code, uint32_t type, const char *name)
{
	const struct dump_table *table = &code->compiler->dump->tables[code->compiler->table];
	size_t i;

	for (i = 0; i < table->object_count; i++) {
		struct nftnl_obj *object = table->objects[i];
		const char *its = nftnl_obj_get_str(object, NFTNL_OBJ_NAME);

		if (nftnl_obj_get_u32(object, NFTNL_OBJ_TYPE) == type && its && name &&
		    !strcmp(its, name))
			return object;
	}
	return NULL;
}

/**
 * code_helper() - attach a helper
 * @code: the rule
 * @name: of the helper
 * @early: by the target CT
 */
void code_helper(struct code *code, const char *name, bool early)
{
	struct compiler *compiler = code->compiler;
	size_t number = names_number(compiler, &compiler->helpers, name);
	struct step *step = code_step(code, STEP_HELPER);

	if (!step || !number)
		return;
	step->early = early;
	step->helper = compiler->ruleset->helpers[number - 1];
}

/*
 * nft_ct_helper_obj_eval() does nothing to packets of another protocol and lets
 * the rule go on; a rule that has nothing more to do may as well not match them.
 */
static void helper_of_protocol(struct code *code, const char *name, unsigned int protocol)
{
	int all = code_protocol(code, protocol);

	if (!all)
		return;
	if (all < 0)
		code_match(code, FIELD_PROTOCOL, values_one(code->compiler->arena, protocol));
	code_helper(code, name, false);
}

static void helper_object(struct code *code, struct nftnl_obj *object)
{
	uint32_t family = nftnl_obj_get_u16(object, NFTNL_OBJ_CT_HELPER_L3PROTO);
	const char *name = nftnl_obj_get_str(object, NFTNL_OBJ_CT_HELPER_NAME);
	uint32_t own = code->version == VERSION_4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	if (!name) {
		code_doubt(code, "ct helper");
		return;
	}
	if (!family || family == own || family == NFPROTO_INET)
		helper_of_protocol(code, name, nftnl_obj_get_u8(object,
							      NFTNL_OBJ_CT_HELPER_L4PROTO));
}

static void use_object(struct code *code, uint32_t type, const char *name)
{
	struct nftnl_obj *object;

	switch (type) {
	case NFT_OBJECT_CT_HELPER:
		object = find_object(code, type, name);
		if (object)
			helper_object(code, object);
		else
			code_doubt(code, "ct helper");
		break;
	case NFT_OBJECT_QUOTA:
		code_doubt(code, "quota");
		break;
	case NFT_OBJECT_LIMIT:
		code_doubt(code, "limit");
		break;
	case NFT_OBJECT_CONNLIMIT:
		code_doubt(code, "ct count");
		break;
	case NFT_OBJECT_SYNPROXY:
		expr_synproxy(code, NULL);
		break;
	default:
		break;
	}
}

/**
 * struct only - the object that all elements of a map have
 * @name: of it
 * @several: there are several
 */
struct only {
	const char *name;
	bool several;
};

static void find_only(const struct dump_elements *elements, struct only *only)
{
	struct dump_element element;
	size_t i;

	for (i = 0; i < elements->count; i++) {
		dump_elements_get(elements, i, &element);
		if (element.name && only->name && strcmp(only->name, element.name))
			only->several = true;
		if (element.name)
			only->name = element.name;
	}
}

/* What a map finds can be told apart by steps only where it is always the same. */
static void map_object(struct code *code, struct nftnl_expr *e)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_OBJREF_SET_NAME);
	const struct dump_table *table = &code->compiler->dump->tables[code->compiler->table];
	struct only only = { .name = NULL };
	struct nftnl_set *source;
	unsigned int byte;
	struct bits bits;
	size_t number;
	uint32_t type;

	if (!name || !set_find(code->compiler, name, &number)) {
		code_lost(code, "a map of objects");
		return;
	}
	source = table->sets[number];
	if (!register_span(nftnl_expr_get_u32(e, NFTNL_EXPR_OBJREF_SET_SREG),
			   nftnl_set_get_u32(source, NFTNL_SET_KEY_LEN), &byte)) {
		code_lost(code, "a map of objects");
		return;
	}
	register_read(code, byte, nftnl_set_get_u32(source, NFTNL_SET_KEY_LEN), &bits);
	set_lookup(code, name, &bits, false);
	type = nftnl_set_get_u32(source, NFTNL_SET_OBJ_TYPE);
	find_only(table->elements[number], &only);
	if (type == NFT_OBJECT_CT_HELPER && only.several)
		code_lost(code, "which helper a map has");
	else
		use_object(code, type, only.name);
}

/**
 * expr_objref() - a named object
 * @code: the rule
 * @e: the expression
 */
void expr_objref(struct code *code, struct nftnl_expr *e)
{
	if (nftnl_expr_is_set(e, NFTNL_EXPR_OBJREF_SET_SREG))
		map_object(code, e);
	else
		use_object(code, nftnl_expr_get_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE),
			   nftnl_expr_get_str(e, NFTNL_EXPR_OBJREF_IMM_NAME));
}

/**
 * expr_synproxy() - the kernel answers instead of the server
 * @code: the rule
 * @e: not asked: also the object does this
 *
 * nft_synproxy.c: of TCP all that is not an answer is taken; others break.
 */
void expr_synproxy(struct code *code, struct nftnl_expr *e)
{
	(void)e;
	code_match(code, FIELD_PROTOCOL, values_one(code->compiler->arena, IPPROTO_TCP));
	code_doubt(code, "synproxy");
	code_verdict(code, VERDICT_STOLEN, NULL);
}
