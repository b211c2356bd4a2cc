/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends datagrams that may never arrive, without waiting for those.
 *
 * Behind each comes a mark on another flow, by the same way: once that is there,
 * what was sent before it has arrived or never will.
 */
#ifndef SELFTESTS_DELIVER_H
#define SELFTESTS_DELIVER_H

#include <stdbool.h>

#include "selftests/lib/oracle.h"

void deliver_open(const struct lab *lab);
struct session *deliver_session(const struct lab *lab, uint16_t port, enum lab_host responder);
void deliver_question(struct event *event);
void deliver_answer(struct event *event, bool raw);

#endif /* SELFTESTS_DELIVER_H */
