// SPDX-License-Identifier: GPL-2.0-or-later
/* All rules of all tables, from bytecode to steps. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/compile.h"

/**
 * compile_copy() - a text that lives as long as the ruleset
 * @compiler: the run
 * @text: the text
 *
 * Return: the copy, or NULL where memory is out.
 */
const char *compile_copy(struct compiler *compiler, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = arena_take(compiler->arena, size);

	return copy ? memcpy(copy, text, size) : NULL;
}

/**
 * compile_print() - a name that lives as long as the ruleset
 * @compiler: the run
 * @format: as of printf()
 *
 * Return: the name; where memory is out one that says so.
 */
const char *compile_print(struct compiler *compiler, const char *format, ...)
{
	char text[256];
	const char *copy;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	copy = compile_copy(compiler, text);
	return copy ? copy : "memory";
}

/**
 * compile_chain() - a chain of the table that is being compiled
 * @compiler: the run
 * @name: of the chain
 *
 * Return: the chain, or NULL.
 */
struct chain *compile_chain(const struct compiler *compiler, const char *name)
{
	size_t number;

	if (!chain_find(compiler, name, &number))
		return NULL;
	return &compiler->ruleset->tables[compiler->table].chains[number];
}

static bool can_match(int family, enum protocol_version version)
{
	switch (family) {
	case NFPROTO_IPV4:
		return version == VERSION_4;
	case NFPROTO_IPV6:
		return version == VERSION_6;
	case NFPROTO_ARP:
		return false;
	default:
		return true;
	}
}

/* Whether anything but counters depends on what the rule asks. */
static bool acts(const struct code *code)
{
	size_t i;

	for (i = 0; i < code->count; i++)
		if (code->step[i].kind > STEP_NEVER)
			return true;
	return false;
}

/*
 * A rule that does not match and has done nothing before it turned out is one step.
 * One that only logs is not in doubt whatever it asks.
 */
static void shorten(struct code *code)
{
	size_t i;

	if (!code->never) {
		while (code->count && code->step[code->count - 1].kind == STEP_DOUBT &&
		       !acts(code))
			code->count--;
		return;
	}
	for (i = 0; i < code->count; i++)
		if (code->step[i].kind == STEP_ASSIGN || code->step[i].kind == STEP_HELPER ||
		    code->step[i].kind == STEP_FILL || code->step[i].kind == STEP_NOTRACK)
			return;
	code->count = 1;
	code->step[0] = (struct step){ .kind = STEP_NEVER };
}

/* Most rules are of one version of IP: for the other one all of them have the same step. */
static struct step *never_steps(struct compiler *compiler)
{
	if (!compiler->never)
		compiler->never = arena_take(compiler->arena, sizeof(*compiler->never));
	if (compiler->never)
		compiler->never->kind = STEP_NEVER;
	return compiler->never;
}

static struct step *copy_steps(const struct code *code)
{
	size_t size = code->count * sizeof(*code->step);
	struct step *steps = arena_take(code->compiler->arena, size ? size : 1);

	return steps && size ? memcpy(steps, code->step, size) : steps;
}

static void keep(struct code *code, struct rule *rule)
{
	bool never = code->count == 1 && code->step->kind == STEP_NEVER;
	struct step *steps = never ? never_steps(code->compiler) : copy_steps(code);

	if (!steps)
		return;
	rule->steps[code->version] = steps;
	rule->step_count[code->version] = code->count;
}

static int one_expression(struct nftnl_expr *expression, void *data)
{
	compile_expression(data, expression);
	return 0;
}

static void compile_version(struct code *code, struct rule *rule, struct nftnl_rule *source,
			    enum protocol_version version)
{
	struct step *step = code->step;
	size_t room = code->room;

	code->version = version;
	code->count = 0;
	code->protocols = NULL;
	code->never = false;
	code->done = false;
	code->map = NULL;
	code->name_count = 0;
	memset(code->bits, 0, sizeof(code->bits));
	code->step = step;
	code->room = room;
	if (can_match(code->family, version))
		nftnl_expr_foreach(source, one_expression, code);
	else
		code_never(code);
	shorten(code);
	if (!code->compiler->failed)
		keep(code, rule);
}

static void compile_rule(struct code *code, struct rule *rule, struct nftnl_rule *source)
{
	code->rule = rule;
	compile_version(code, rule, source, VERSION_4);
	compile_version(code, rule, source, VERSION_6);
}

static int compile_table(struct code *code, size_t number)
{
	struct compiler *compiler = code->compiler;
	struct table *table = &compiler->ruleset->tables[number];
	const struct dump_table *dump = &compiler->dump->tables[number];
	size_t c, r;

	compiler->table = number;
	code->family = table->family;
	if (find_prepare(compiler))
		return -1;
	for (c = 0; c < table->chain_count; c++)
		for (r = 0; r < table->chains[c].count && !compiler->failed; r++)
			compile_rule(code, &table->chains[c].rules[r], dump->chains[c].rules[r]);
	return compiler->failed || arena_full(compiler->arena) ? -1 : 0;
}

static int prepare_layouts(struct compiler *compiler)
{
	size_t t, tables = compiler->dump->count;

	compiler->layouts = arena_take(compiler->arena, (tables + 1) * sizeof(*compiler->layouts));
	if (!compiler->layouts)
		return -1;
	for (t = 0; t < tables; t++) {
		size_t sets = compiler->dump->tables[t].set_count + 1;

		compiler->layouts[t] = arena_take(compiler->arena,
						  sets * sizeof(*compiler->layouts[t]));
		if (!compiler->layouts[t])
			return -1;
	}
	return 0;
}

static int compile_all(struct compiler *compiler)
{
	struct code *code = calloc(1, sizeof(*code));
	int result = code ? prepare_layouts(compiler) : -1;
	size_t t;

	compiler->asked_part = false;
	for (t = 0; t < compiler->dump->count && !result; t++) {
		code->compiler = compiler;
		result = compile_table(code, t);
	}
	if (code)
		free(code->step);
	free(code);
	return result;
}

/**
 * compile_ruleset() - give the rules of a ruleset their steps, and sets their elements
 * @ruleset: the frame, as dump.h says
 * @dump: what the kernel has
 *
 * A rule that asks for "eth*" has to know all names, also those of rules behind
 * it: then all is done again with the names known.
 *
 * Return: 0, or -1 where memory is out.
 */
int compile_ruleset(struct ruleset *ruleset, struct dump *dump)
{
	struct compiler compiler = { .ruleset = ruleset, .dump = dump, .arena = ruleset->arena };
	size_t interfaces, helpers;
	int result;

	compiler.interfaces.list = &ruleset->interfaces;
	compiler.interfaces.count = &ruleset->interface_count;
	compiler.helpers.list = &ruleset->helpers;
	compiler.helpers.count = &ruleset->helper_count;
	do {
		interfaces = ruleset->interface_count;
		helpers = ruleset->helper_count;
		result = compile_all(&compiler);
	} while (!result && compiler.asked_part && (interfaces != ruleset->interface_count ||
						    helpers != ruleset->helper_count));
	names_free(&compiler.interfaces);
	names_free(&compiler.helpers);
	find_free(&compiler);
	return result;
}
