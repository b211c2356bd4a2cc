/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches and targets of iptables, which iptables-nft leaves in a rule as the
 * structures of linux/netfilter/xt_*.h.
 */
#ifndef RULESET_COMPILE_XT_H
#define RULESET_COMPILE_XT_H

#include "ruleset/compile.h"

/**
 * struct xt_kind - one revision of a match or target
 * @name: as iptables calls it
 * @revision: that is meant; -1: all that the table does not have by number
 * @size: of its structure: less is refused
 * @compile: makes the steps
 * @size_6: of its structure where IPv6 has another one; 0: it has not
 */
struct xt_kind {
	const char *name;
	int revision;
	size_t size;
	void (*compile)(struct code *code, const void *info);
	size_t size_6;
};

extern const struct xt_kind xt_matches[];
extern const struct xt_kind xt_targets[];

/* xt_match.c */
void xt_values(struct code *code, enum field field, __uint128_t low, __uint128_t high,
	       bool inverted);
void xt_masked(struct code *code, enum field field, __uint128_t mask, __uint128_t value,
	       bool inverted);

/* xt_ports.c */
void xt_match_tcp(struct code *code, const void *info);
void xt_match_udp(struct code *code, const void *info);
void xt_match_icmp(struct code *code, const void *info);
void xt_match_multiport(struct code *code, const void *info);
void xt_match_multiport_1(struct code *code, const void *info);

/* xt_conntrack.c */
void xt_match_conntrack_1(struct code *code, const void *info);
void xt_match_conntrack_2(struct code *code, const void *info);
void xt_match_conntrack_3(struct code *code, const void *info);
void xt_match_state(struct code *code, const void *info);
void xt_match_helper(struct code *code, const void *info);
void xt_match_connmark(struct code *code, const void *info);

/* xt_address.c */
void xt_match_addrtype(struct code *code, const void *info);
void xt_match_addrtype_1(struct code *code, const void *info);
void xt_match_iprange(struct code *code, const void *info);
void xt_match_rpfilter(struct code *code, const void *info);

/* xt_set.c */
void xt_match_set_0(struct code *code, const void *info);
void xt_match_set(struct code *code, const void *info);
void xt_match_set_counted(struct code *code, const void *info);
void xt_target_set(struct code *code, const void *info);

/* xt_mark.c */
void xt_match_mark(struct code *code, const void *info);
void xt_target_mark(struct code *code, const void *info);
void xt_target_connmark_1(struct code *code, const void *info);
void xt_target_connmark_2(struct code *code, const void *info);
void xt_target_hmark(struct code *code, const void *info);
void xt_target_tos(struct code *code, const void *info);
void xt_target_dscp(struct code *code, const void *info);
void xt_target_ttl(struct code *code, const void *info);

/* xt_nat.c */
void xt_target_snat_0(struct code *code, const void *info);
void xt_target_snat(struct code *code, const void *info);
void xt_target_dnat_0(struct code *code, const void *info);
void xt_target_dnat(struct code *code, const void *info);
void xt_target_masquerade(struct code *code, const void *info);
void xt_target_redirect(struct code *code, const void *info);
void xt_target_netmap(struct code *code, const void *info);

#endif /* RULESET_COMPILE_XT_H */
