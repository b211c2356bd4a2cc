/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads and sets the helper's modules; only where the machine is ours. */
#ifndef SELFTESTS_MODULE_H
#define SELFTESTS_MODULE_H

#include <stdbool.h>

void module_unload(void);
void module_load(const char *option);
void module_nat_half(void);
void module_remove_nat_half(void);
void module_load_nat_half(void);
void saw_parameters(void);
bool module_is_loaded(const char *name);
void module_set(const char *parameter, const char *value);

#endif /* SELFTESTS_MODULE_H */
