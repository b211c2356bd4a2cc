/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes allocations of the kernel fail, where it was built for that. */
#ifndef SELFTESTS_FAULTS_H
#define SELFTESTS_FAULTS_H

#include <stdbool.h>

bool faults_offered(void);
void faults_of_cache(const char *cache);
void faults_arm(unsigned int passes);
void faults_disarm(void);
void faults_nth(unsigned int nth);
unsigned int faults_left(void);

#endif /* SELFTESTS_FAULTS_H */
