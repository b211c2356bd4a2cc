/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forwards that differ in their addresses alone, as one rule and a map.
 */
#ifndef EMIT_NFT_MAP_H
#define EMIT_NFT_MAP_H

#include "emit/plan.h"

void nft_maps_write(const struct plan *plan, FILE *out);
size_t nft_map_members(const struct plan *plan, const struct rule *rule);
bool nft_map_leads(const struct plan *plan, const struct rule *rule);
void nft_map_lookup(const struct plan *plan, const struct rule *rule, FILE *out);

#endif /* EMIT_NFT_MAP_H */
