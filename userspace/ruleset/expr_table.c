// SPDX-License-Identifier: GPL-2.0-or-later
/* Which expression is whose: names as the kernel's nft_*.c register them. */
#include <stdlib.h>
#include <string.h>

#include "ruleset/compile.h"

/* Nothing of the way of a packet: counts, logs, copies, options of connections. */
static void expr_nothing(struct code *code, struct nftnl_expr *e)
{
	(void)code;
	(void)e;
}

static void expr_limit(struct code *code, struct nftnl_expr *e)
{
	(void)e;
	code_doubt(code, "limit");
}

static void expr_quota(struct code *code, struct nftnl_expr *e)
{
	(void)e;
	code_doubt(code, "quota");
}

static void expr_connlimit(struct code *code, struct nftnl_expr *e)
{
	(void)e;
	code_doubt(code, "ct count");
}

static void expr_reject(struct code *code, struct nftnl_expr *e)
{
	(void)e;
	code_verdict(code, VERDICT_REJECT, NULL);
}

static void expr_queue(struct code *code, struct nftnl_expr *e)
{
	(void)e;
	code_verdict(code, VERDICT_QUEUE, NULL);
}

static void expr_notrack(struct code *code, struct nftnl_expr *e)
{
	(void)e;
	code_step(code, STEP_NOTRACK);
}

static void expr_fwd(struct code *code, struct nftnl_expr *e)
{
	(void)e;
	code_verdict(code, VERDICT_STOLEN, NULL);
}

/* Matches where there is a socket, or a listener at the address that it names. */
static void expr_tproxy(struct code *code, struct nftnl_expr *e)
{
	(void)e;
	code_doubt(code, "tproxy");
}

struct expression {
	const char *name;
	void (*compile)(struct code *code, struct nftnl_expr *e);
};

/* By name: a ruleset has tens of thousands. */
static const struct expression expressions[] = {
	{ "bitwise", expr_bitwise },
	{ "byteorder", expr_byteorder },
	{ "cmp", expr_cmp },
	{ "connlimit", expr_connlimit },
	{ "counter", expr_nothing },
	{ "ct", expr_ct },
	{ "dup", expr_nothing },
	{ "dynset", expr_dynset },
	{ "exthdr", expr_exthdr },
	{ "fib", expr_fib },
	{ "flow_offload", expr_nothing },
	{ "fwd", expr_fwd },
	{ "hash", expr_hash },
	{ "immediate", expr_immediate },
	{ "last", expr_nothing },
	{ "limit", expr_limit },
	{ "log", expr_nothing },
	{ "lookup", expr_lookup },
	{ "masq", expr_masq },
	{ "match", expr_match },
	{ "meta", expr_meta },
	{ "nat", expr_nat },
	{ "notrack", expr_notrack },
	{ "numgen", expr_numgen },
	{ "objref", expr_objref },
	{ "osf", expr_osf },
	{ "payload", expr_payload },
	{ "queue", expr_queue },
	{ "quota", expr_quota },
	{ "range", expr_range },
	{ "redir", expr_redir },
	{ "reject", expr_reject },
	{ "rt", expr_rt },
	{ "socket", expr_socket },
	{ "synproxy", expr_synproxy },
	{ "target", expr_target },
	{ "tproxy", expr_tproxy },
	{ "tunnel", expr_tunnel },
	{ "xfrm", expr_xfrm },
};

static int by_name(const void *name, const void *expression)
{
	return strcmp(name, ((const struct expression *)expression)->name);
}

/**
 * compile_expression() - one more expression of a rule
 * @code: the rule
 * @e: the expression
 */
void compile_expression(struct code *code, struct nftnl_expr *e)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	const struct expression *known;

	if (code->never || code->done)
		return;
	known = !name ? NULL : bsearch(name, expressions,
				       sizeof(expressions) / sizeof(expressions[0]),
				       sizeof(expressions[0]), by_name);
	if (known) {
		known->compile(code, e);
		return;
	}
	/* What it may load is not known either: all registers would be. */
	code_lost(code, compile_print(code->compiler, "expression %s", name ? name : "?"));
}

/**
 * expr_within() - an expression that a set runs for each of its elements
 * @e: the expression
 * @data: the rule
 *
 * Return: 0: the next one, please.
 */
int expr_within(struct nftnl_expr *e, void *data)
{
	compile_expression(data, e);
	return 0;
}
