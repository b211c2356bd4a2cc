// SPDX-License-Identifier: GPL-2.0-or-later
/* The matches and targets of iptables: to come. */
#include "ruleset/compile.h"
void expr_match(struct code *code, struct nftnl_expr *e) { (void)e; code_doubt(code,"match"); }
void expr_target(struct code *code, struct nftnl_expr *e) { (void)e; code_doubt(code,"match"); }
