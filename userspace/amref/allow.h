/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which peers a target serves, and what it tells the others: Amanda's words
 * (common-src/security-util.c, 3.5.1).
 */
#ifndef AMREF_ALLOW_H
#define AMREF_ALLOW_H

#include <netdb.h>
#include <stdbool.h>

#include "driver.h"
#include "wire.h"

/* For a reason; Amanda's longest ones repeat host, user and a file name. */
#define ALLOW_WHY_MAX 1024

int allow_name(const struct security_options *options, const struct sockaddr *peer,
	       char host[NI_MAXHOST], char *why, size_t why_size);
int allow_request(const struct security_options *options, const struct sockaddr *peer,
		  const char *host, bool reserved, const char *body, size_t length,
		  struct wire_request *request, char *why, size_t why_size);

#endif /* AMREF_ALLOW_H */
