/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nft says of a text that it does not load.
 */
#ifndef RULESET_NFT_REPORT_H
#define RULESET_NFT_REPORT_H

int nft_report_make_links(const char *report);
int nft_report_make_tables(const char *report);
void nft_report_print(const char *report, const char *alias, const char *path);

#endif /* RULESET_NFT_REPORT_H */
