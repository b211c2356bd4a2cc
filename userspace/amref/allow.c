// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which peers a target serves; see allow.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allow.h"
#include "ports.h"

/* A request that asks to be let in, and where the refusal goes. */
struct asking {
	const struct security_options *options;
	const struct sockaddr *peer;
	const char *host;
	char user[256];
	char service[WIRE_WORD_MAX];
	char *why;
	size_t why_size;
};

static int __attribute__((format(printf, 3, 4)))
refuse(char *why, size_t why_size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, why_size, format, arguments);
	va_end(arguments);
	return -EACCES;
}

static bool same_address(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET6)
		return !memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
			       &((const struct sockaddr_in6 *)b)->sin6_addr,
			       sizeof(struct in6_addr));
	return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
	       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
}

/* check_name_give_sockaddr(): the name leads back to itself and to the address. */
static int name_agrees(const char *host, const struct sockaddr *peer, char *why, size_t why_size)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_CANONNAME };
	struct addrinfo *found, *one;
	char text[NI_MAXHOST];
	int error = getaddrinfo(host, NULL, &hints, &found);

	if (error)
		return refuse(why, why_size,
			      "check_name_give_sockaddr: resolve_hostname('%s'): %s", host,
			      gai_strerror(error));
	if (!found->ai_canonname || strncasecmp(host, found->ai_canonname, strlen(host)))
		error = refuse(why, why_size, "%s doesn't resolve to itself, it resolves to %s",
			       host, found->ai_canonname ? found->ai_canonname : "nothing");
	for (one = found; !error && one && !same_address(one->ai_addr, peer); one = one->ai_next)
		;
	freeaddrinfo(found);
	if (error || one)
		return error;
	address_to_text(peer, text, sizeof(text));
	return refuse(why, why_size, "%s doesn't resolve to %s", host, text);
}

/**
 * allow_name() - find the name of a peer, and check that it is its own
 * @options: @check_names asks for the check
 * @peer: its address
 * @host: gets the name; the address as text where nobody will look at a name
 * @why: gets Amanda's words where the check fails
 * @why_size: bytes at @why
 *
 * Looks names up, and waits for that, as Amanda does.  Where they do not agree,
 * Amanda's bsd and bsdudp ignore the packet (udp_netfd_read_callback()); that is
 * hard to tell from a firewall, so we send these words in a NAK.
 *
 * Return: 0, or -EACCES.
 */
int allow_name(const struct security_options *options, const struct sockaddr *peer,
	       char host[NI_MAXHOST], char *why, size_t why_size)
{
	int flags = options->check_names || options->amandahosts ? 0 : NI_NUMERICHOST;
	int error = getnameinfo(peer, address_length(peer), host, NI_MAXHOST, NULL, 0, flags);

	/* A name server that does not answer matters only to who asked for names. */
	if (error && !options->check_names)
		error = getnameinfo(peer, address_length(peer), host, NI_MAXHOST, NULL, 0,
				    NI_NUMERICHOST);
	if (error) {
		snprintf(host, NI_MAXHOST, "?");
		return refuse(why, why_size, "getnameinfo failed: %s", gai_strerror(error));
	}
	return options->check_names ? name_agrees(host, peer, why, why_size) : 0;
}

/* Root may read a file that belongs to Amanda's user: amandad runs as that one. */
static bool may_own(uid_t owner)
{
	struct passwd *entry;

	if (owner == geteuid())
		return true;
	entry = geteuid() ? NULL : getpwnam("backup");
	return entry && entry->pw_uid == owner;
}

static int check_file(const struct asking *asking, FILE *file)
{
	const char *name = asking->options->amandahosts;
	struct stat status;

	if (fstat(fileno(file), &status))
		return refuse(asking->why, asking->why_size, "cannot fstat %s: %s", name,
			      strerror(errno));
	if (!may_own(status.st_uid))
		return refuse(asking->why, asking->why_size, "%s: owned by id %ld, should be %ld",
			      name, (long)status.st_uid, (long)geteuid());
	if (status.st_mode & 077)
		return refuse(asking->why, asking->why_size,
			      "%s: incorrect permissions; file must be accessible only by its owner (chmod 600 %s)",
			      name, name);
	return 0;
}

static bool is_loopback(const struct sockaddr *peer)
{
	char text[NI_MAXHOST];

	address_to_text(peer, text, sizeof(text));
	return !strcmp(text, "127.0.0.1") || !strcmp(text, "::1");
}

static bool host_matches(const struct asking *asking, const char *name)
{
	if (!strcasecmp(name, asking->host))
		return true;
	return (!strcasecmp(name, "localhost") || !strcasecmp(name, "localhost.localdomain")) &&
	       is_loopback(asking->peer);
}

static bool is_amdump(const char *service)
{
	return !strcmp(service, "noop") || !strcmp(service, "selfcheck") ||
	       !strcmp(service, "sendsize") || !strcmp(service, "sendbackup");
}

/* A line without services stands for those of a backup, as "amdump" does. */
static bool service_matches(const char *service, char **rest)
{
	const char *word = strtok_r(NULL, " \t,", rest);

	if (!word)
		return is_amdump(service);
	for (; word; word = strtok_r(NULL, " \t,", rest))
		if (!strcmp(word, service) || (!strcmp(word, "amdump") && is_amdump(service)))
			return true;
	return false;
}

static bool line_matches(const struct asking *asking, char *line)
{
	struct security_options nobody = { 0 };
	char *rest, *host, *user;

	host = strtok_r(line, " \t\n", &rest);
	if (!host)
		return false;
	user = strtok_r(NULL, " \t\n", &rest);
	line = rest;
	if (rest)
		line[strcspn(line, "\n")] = '\0';
	return host_matches(asking, host) &&
	       !strcasecmp(user ? user : user_name(&nobody), asking->user) &&
	       service_matches(asking->service, &rest);
}

static bool find_line(const struct asking *asking, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (!found && getline(&line, &size, file) > 0)
		found = line_matches(asking, line);
	free(line);
	return found;
}

static int tell_line(const struct asking *asking)
{
	const char *service = asking->service, *name = asking->options->amandahosts;

	if (!strcmp(service, "amindexd") || !strcmp(service, "amidxtaped"))
		return refuse(asking->why, asking->why_size,
			      "Please add the line \"%s %s amindexd amidxtaped\" to %s on the server",
			      asking->host, asking->user, name);
	if (is_amdump(service) || !strcmp(service, "amdump"))
		return refuse(asking->why, asking->why_size,
			      "Please add the line \"%s %s amdump\" to %s on the client",
			      asking->host, asking->user, name);
	return refuse(asking->why, asking->why_size, "%s: invalid service %s", name, service);
}

static int check_amandahosts(const struct asking *asking)
{
	FILE *file = fopen(asking->options->amandahosts, "re");
	int error;

	if (!file)
		return refuse(asking->why, asking->why_size, "cannot open %s: %s",
			      asking->options->amandahosts, strerror(errno));
	error = check_file(asking, file);
	if (!error && !find_line(asking, file))
		error = tell_line(asking);
	fclose(file);
	return error;
}

static int check_user(struct asking *asking, char *why, size_t why_size)
{
	char reason[ALLOW_WHY_MAX];

	if (!asking->options->amandahosts)
		return 0;
	asking->why = reason;
	asking->why_size = sizeof(reason);
	if (!check_amandahosts(asking))
		return 0;
	return refuse(why, why_size, "user %s from %s is not allowed to execute the service %s: %s",
		      asking->user, asking->host, asking->service, reason);
}

/* "USER name": bsd_recv_security_ok() splits it at the first space alone. */
static int take_user(struct text security, struct asking *asking, char *why, size_t why_size)
{
	struct text word = security;
	const char *space = memchr(security.at, ' ', security.length);

	if (space)
		word.length = space - security.at;
	if (!text_is(word, "USER"))
		return refuse(why, why_size, "REQ SECURITY line parse error, expecting USER, got %.*s",
			      (int)word.length, word.at);
	if (!space || word.length + 1 == security.length)
		return refuse(why, why_size, "SECURITY line: SECURITY %.*s", (int)security.length,
			      security.at);
	snprintf(asking->user, sizeof(asking->user), "%.*s",
		 (int)(security.length - word.length - 1), space + 1);
	return 0;
}

/**
 * allow_request() - may this REQ be served?
 * @options: which checks
 * @peer: where it came from
 * @host: the name that allow_name() found
 * @reserved: the driver is one that wants a reserved port (not ssl)
 * @body: of the REQ
 * @length: bytes at @body
 * @request: filled in, its pieces point into @body
 * @why: gets Amanda's words for a NAK: "ERROR " goes before them
 * @why_size: bytes at @why, ALLOW_WHY_MAX is enough
 *
 * The checks and their order are those of bsd_recv_security_ok().
 *
 * Return: 0, or -EACCES.
 */
int allow_request(const struct security_options *options, const struct sockaddr *peer,
		  const char *host, bool reserved, const char *body, size_t length,
		  struct wire_request *request, char *why, size_t why_size)
{
	struct asking asking = { .options = options, .peer = peer, .host = host };
	uint16_t port = address_port(peer);
	int error;

	wire_request_parse(body, length, request);
	if (reserved && options->check_reserved && port >= IPPORT_RESERVED)
		return refuse(why, why_size, "host %s: port %u not secure", host, port);
	if (!request->service.at)
		return refuse(why, why_size, "packet as no SERVICE line");
	if (!request->security.at)
		return refuse(why, why_size, "no bsd SECURITY for P_REQ");
	error = take_user(request->security, &asking, why, why_size);
	if (error)
		return error;
	snprintf(asking.service, sizeof(asking.service), "%.*s", (int)request->service.length,
		 request->service.at);
	return check_user(&asking, why, why_size);
}
