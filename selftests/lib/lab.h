/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A laboratory of network namespaces inside one process:
 *
 *	initiator --- gateway --- responder
 *	                     \--- second
 *
 * A socket stays in the namespace in which it was made, so one process plays
 * all the machines.  The namespaces have no name and go with the process.
 */
#ifndef SELFTESTS_LAB_H
#define SELFTESTS_LAB_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum lab_host {
	INITIATOR,
	GATEWAY,
	RESPONDER,
	SECOND,		/* another responder, in a laboratory with flags */
	LAB_HOSTS
};

/* What the gateway does beside forwarding; may be joined. */
#define LAB_FORWARD	1	/* ports 10080 and 10081 of its own address lead
				 * to responder and second
				 */
#define LAB_MASQUERADE	2	/* the initiator hides behind the gateway */
#define LAB_IPV6	4
#define LAB_LOOPBACK	8	/* all hosts are addresses of one namespace */

#define AMANDA_PORT	10080

/**
 * struct lab - the namespaces
 * @flags: LAB_*
 * @home: the namespace from which it was opened
 * @ns: descriptors of the namespaces; in a loopback laboratory all are the same
 * @address: of each host, as the initiator or the gateway reaches it
 */
struct lab {
	unsigned int flags;
	int home;
	int ns[LAB_HOSTS];
	const char *address[LAB_HOSTS];
};

/* The name under which the helper is attached. */
extern const char *lab_helper;

void lab_open(struct lab *lab, unsigned int flags);
void lab_enter(const struct lab *lab, enum lab_host host);
void lab_leave(const struct lab *lab);
void lab_rules(const struct lab *lab, const char *text);
void lab_checksums(const struct lab *lab);
void lab_udp_timeouts(const struct lab *lab, unsigned int fresh, unsigned int stream);
bool lab_has_second(const struct lab *lab);
int lab_family(const struct lab *lab);
void lab_sockaddr(const struct lab *lab, const char *address, uint16_t port,
		  struct sockaddr_storage *out);
const char *lab_host_name(enum lab_host host);

bool read_line(const char *path, char *line, int size);
void write_line(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* SELFTESTS_LAB_H */
