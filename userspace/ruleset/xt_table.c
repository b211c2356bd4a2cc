// SPDX-License-Identifier: GPL-2.0-or-later
/* The expressions match and target: whose they are. */
#include <string.h>

#include "ruleset/compile_xt.h"

static const struct xt_kind *find(const struct xt_kind *kind, const char *name, int revision)
{
	for (; kind->name; kind++)
		if (!strcmp(kind->name, name) &&
		    (kind->revision < 0 || kind->revision == revision))
			return kind;
	return NULL;
}

/* Returns whether it is known and has the size that its structure says. */
static bool compile(struct code *code, const struct xt_kind *kinds, const char *name,
		    uint32_t revision, const void *info, uint32_t size)
{
	const struct xt_kind *kind = name ? find(kinds, name, revision) : NULL;
	size_t least = !kind ? 0 : kind->size_6 && code->version == VERSION_6 ? kind->size_6 :
		       kind->size;

	if (!kind || (least && !info) || size < least)
		return false;
	kind->compile(code, info);
	return true;
}

/**
 * expr_match() - a match of iptables
 * @code: the rule
 * @e: the expression
 */
void expr_match(struct code *code, struct nftnl_expr *e)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME);
	uint32_t size = 0;
	const void *info = nftnl_expr_get(e, NFTNL_EXPR_MT_INFO, &size);

	if (!compile(code, xt_matches, name, nftnl_expr_get_u32(e, NFTNL_EXPR_MT_REV), info,
		     size))
		code_doubt(code, compile_print(code->compiler, "-m %s", name ? name : "?"));
}

/**
 * expr_target() - a target of iptables
 * @code: the rule
 * @e: the expression
 */
void expr_target(struct code *code, struct nftnl_expr *e)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME);
	uint32_t size = 0;
	const void *info = nftnl_expr_get(e, NFTNL_EXPR_TG_INFO, &size);

	if (!compile(code, xt_targets, name, nftnl_expr_get_u32(e, NFTNL_EXPR_TG_REV), info,
		     size))
		code_lost(code, compile_print(code->compiler, "-j %s", name ? name : "?"));
}
