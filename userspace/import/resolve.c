// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The addresses of many names, asked for side by side: a name server that
 * does not answer takes seconds for each.
 */
#include "import/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKERS	64

/**
 * struct work - what the workers share
 * @lookups: the names
 * @count: entries of @lookups
 * @next: the first one that nobody has taken
 * @family: of the addresses, or AF_UNSPEC
 */
struct work {
	struct lookup *lookups;
	size_t count;
	atomic_size_t next;
	sa_family_t family;
};

static bool take(const struct addrinfo *info, struct address *address)
{
	memset(address, 0, sizeof(*address));
	address->family = (sa_family_t)info->ai_family;
	if (info->ai_family == AF_INET) {
		address->prefix = 32;
		address->v4 = ((const struct sockaddr_in *)info->ai_addr)->sin_addr;
	} else if (info->ai_family == AF_INET6) {
		address->prefix = 128;
		address->v6 = ((const struct sockaddr_in6 *)info->ai_addr)->sin6_addr;
	} else {
		return false;
	}
	return true;
}

static bool is_loopback(const struct address *address)
{
	return address->family == AF_INET ? ntohl(address->v4.s_addr) >> 24 == 127 :
					    IN6_IS_ADDR_LOOPBACK(&address->v6);
}

static bool has_address(const struct lookup *lookup, const struct address *address)
{
	size_t i;

	for (i = 0; i < lookup->count; i++)
		if (address_equal(&lookup->address[i], address))
			return true;
	return false;
}

static void keep(struct lookup *lookup, const struct addrinfo *info)
{
	struct address address, *grown;

	if (!take(info, &address))
		return;
	if (is_loopback(&address)) {
		lookup->loopback = true;
		return;
	}
	/* Nobody else can use an address of the link without the name of the link. */
	if (address.family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&address.v6))
		return;
	if (!address_is_host(&address) || has_address(lookup, &address))
		return;
	grown = reallocarray(lookup->address, lookup->count + 1, sizeof(*grown));
	if (!grown)
		return;
	lookup->address = grown;
	grown[lookup->count++] = address;
}

/* "[2001:db8::1]" is no name, but means what is within. */
static int ask(const char *name, const struct addrinfo *hints, struct addrinfo **answer)
{
	char bare[INET6_ADDRSTRLEN + 1];
	size_t length = strlen(name);

	if (name[0] == '[' && length < sizeof(bare) && name[length - 1] == ']') {
		memcpy(bare, name + 1, length - 2);
		bare[length - 2] = '\0';
		name = bare;
	}
	return getaddrinfo(name, NULL, hints, answer);
}

static int by_address(const void *a, const void *b)
{
	return address_compare(a, b);
}

static void resolve_one(struct lookup *lookup, sa_family_t family, int flags)
{
	const struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags,
	};
	struct addrinfo *answer = NULL, *info;
	int err = ask(lookup->name, &hints, &answer);

	if (err) {
		lookup->why = gai_strerror(err);
		return;
	}
	for (info = answer; info; info = info->ai_next)
		keep(lookup, info);
	freeaddrinfo(answer);
	/* Name servers give a different order each time; a site file shall not. */
	if (lookup->count)
		qsort(lookup->address, lookup->count, sizeof(*lookup->address), by_address);
	if (!lookup->count && !lookup->loopback)
		lookup->why = "no address of a machine";
}

static void *worker(void *data)
{
	struct work *work = data;
	size_t i;

	while ((i = atomic_fetch_add(&work->next, 1)) < work->count)
		resolve_one(&work->lookups[i], work->family, 0);
	return NULL;
}

static void show_progress(struct work *work)
{
	size_t next;

	if (!isatty(STDERR_FILENO))
		return;
	for (;;) {
		usleep(200000);
		next = atomic_load(&work->next);
		if (next >= work->count)
			break;
		fprintf(stderr, "\rresolving %zu of %zu names ", next, work->count);
	}
	fputs("\r\033[K", stderr);
}

/**
 * resolve_all() - find the addresses of all names
 * @lookups: the names
 * @count: how many
 * @family: of the addresses that are wanted, or AF_UNSPEC
 *
 * Return: 0, or a negative errno.
 */
int resolve_all(struct lookup *lookups, size_t count, sa_family_t family)
{
	struct work work = { .lookups = lookups, .count = count, .family = family };
	pthread_t threads[WORKERS];
	size_t started = 0;
	int err = 0;

	for (; started < WORKERS && started < count && !err; started += !err)
		err = -pthread_create(&threads[started], NULL, worker, &work);
	if (count && !started)
		return err;
	if (count)
		show_progress(&work);
	while (started)
		pthread_join(threads[--started], NULL);
	return 0;
}

/**
 * resolve_numeric() - take the name for an address, and ask nobody
 * @lookup: the name
 * @family: of the address that is wanted, or AF_UNSPEC
 */
void resolve_numeric(struct lookup *lookup, sa_family_t family)
{
	resolve_one(lookup, family, AI_NUMERICHOST);
}

/**
 * lookup_free() - give the memory back
 * @lookup: the lookup; its name stays
 */
void lookup_free(struct lookup *lookup)
{
	free(lookup->address);
	lookup->address = NULL;
	lookup->count = 0;
}
