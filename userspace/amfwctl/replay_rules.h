/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What "amfwctl check" says of the connections of a capture.  Apart from the rest
 * of the verb, since rulesets and replays know nothing of each other.
 */
#ifndef AMFWCTL_REPLAY_RULES_H
#define AMFWCTL_REPLAY_RULES_H

#include "replay/story.h"

/* In the order of the helpers of replay/gateway.h. */
enum rules_helper {
	RULES_HELPER_NONE,
	RULES_HELPER_OURS,
	RULES_HELPER_STOCK,
};

/**
 * struct rules_verdict - of one connection
 * @answer: "accept", "drop", "reject" or "unknown"; NULL: the site has no such flow
 * @blocked: it is "drop" or "reject"
 * @unknown: it is "unknown"
 * @place: the rule that decides, or ""
 */
struct rules_verdict {
	const char *answer;
	bool blocked;
	bool unknown;
	char place[160];
};

struct replay_rules;

struct replay_rules *replay_rules_open(const char *site, const char *rules, const char *host,
				       enum rules_helper helper, int *code);
struct rules_verdict replay_rules_judge(const struct replay_rules *rules,
					const struct session *session, int stream);
void replay_rules_close(struct replay_rules *rules);

#endif /* AMFWCTL_REPLAY_RULES_H */
