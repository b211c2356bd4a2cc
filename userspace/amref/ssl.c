// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ssl: bsdtcp inside TLS, from any port; both ends show a certificate (Amanda's
 * common-src/ssl-security.c).  The target knows the initiator by the common name
 * of its certificate.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "muxed.h"
#include "ports.h"

/* Below ssl-dir of amanda.conf, for which this is the usual place. */
#define CERTIFICATE	"/etc/amanda/ssl/me/crt.pem"
#define KEY		"/etc/amanda/ssl/me/private/key.pem"
#define CA		"/etc/amanda/ssl/CA/crt.pem"

#define RECORD		16384	/* the most that fits into one TLS record */

/* Where in a frame of the mux the bytes stand that have been written. */
struct frame_place {
	unsigned char header[8];
	size_t have;
	uint32_t left;
};

struct tls {
	SSL_CTX *context;
	SSL *ssl;
	bool read_wants_write;
	struct frame_place place;
	char gathered[RECORD];
};

static const char *reason(void)
{
	unsigned long code = ERR_peek_error();
	const char *text;

	if (!code)
		return "connection lost";
	if (ERR_SYSTEM_ERROR(code))
		return strerror(ERR_GET_REASON(code));
	text = ERR_reason_error_string(code);
	return text ? text : "unknown error";
}

static void fail(struct muxed_connection *connection, const char *what)
{
	const struct tls *tls = connection->private;
	long verified = tls && tls->ssl ? SSL_get_verify_result(tls->ssl) : X509_V_OK;

	if (verified == X509_V_OK)
		muxed_fail(connection, "%s failed: %s", what, reason());
	else
		muxed_fail(connection, "%s failed: %s (%s)", what, reason(),
			   X509_verify_cert_error_string(verified));
	ERR_clear_error();
}

/* --- struct mux_io --------------------------------------------------------------- */

static ssize_t tls_read(void *arg, void *data, size_t size)
{
	struct muxed_connection *connection = arg;
	struct tls *tls = connection->private;
	int count;

	ERR_clear_error();
	count = SSL_read(tls->ssl, data, size);
	tls->read_wants_write = false;
	if (count > 0)
		return count;
	switch (SSL_get_error(tls->ssl, count)) {
	case SSL_ERROR_WANT_WRITE:
		tls->read_wants_write = true;
		return -EAGAIN;
	case SSL_ERROR_WANT_READ:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return errno ? -errno : 0;
	default:
		fail(connection, "SSL_read");
		return -EPROTO;
	}
}

static size_t gather(struct tls *tls, const struct iovec *part, int count, size_t skip)
{
	size_t length = 0;

	for (; count && length < RECORD; part++, count--) {
		size_t size = part->iov_len;

		if (skip >= size) {
			skip -= size;
			continue;
		}
		size -= skip;
		if (size > RECORD - length)
			size = RECORD - length;
		memcpy(tls->gathered + length, (const char *)part->iov_base + skip, size);
		length += size;
		skip = 0;
	}
	return length;
}

/*
 * How much of @length gathered bytes goes to the end of a frame, and no further.
 * Amanda waits for its socket after each frame it has read, and does not look
 * whether the rest of a record is a frame as well (tcpm_recv_token() in
 * common-src/security-util.c): a record must not end in the next frame.
 */
static size_t to_end_of_frame(const char *data, size_t length, struct frame_place *place)
{
	size_t at = 0, part;

	while (at < length) {
		if (place->have < sizeof(place->header)) {
			place->header[place->have++] = data[at++];
			if (place->have < sizeof(place->header))
				continue;
			memcpy(&place->left, place->header, sizeof(place->left));
			place->left = ntohl(place->left);
		}
		part = place->left < length - at ? place->left : length - at;
		at += part;
		place->left -= part;
		if (place->left)
			continue;
		place->have = 0;
		break;
	}
	return at;
}

/*
 * A record that did not go out has to be offered again with the same bytes first:
 * the mux does that, it queues what was not taken.
 */
static ssize_t tls_write(void *arg, const struct iovec *part, int count)
{
	struct muxed_connection *connection = arg;
	struct tls *tls = connection->private;
	size_t done = 0, length;
	struct frame_place place;
	int written;

	ERR_clear_error();
	while ((length = gather(tls, part, count, done))) {
		place = tls->place;
		length = to_end_of_frame(tls->gathered, length, &place);
		written = SSL_write(tls->ssl, tls->gathered, length);
		if (written > 0) {
			to_end_of_frame(tls->gathered, written, &tls->place);
			done += written;
			continue;
		}
		written = SSL_get_error(tls->ssl, written);
		if (written != SSL_ERROR_WANT_WRITE && written != SSL_ERROR_WANT_READ)
			return -EPIPE;
		return done ? (ssize_t)done : -EAGAIN;
	}
	return done;
}

static uint32_t tls_wants(void *arg)
{
	const struct muxed_connection *connection = arg;
	const struct tls *tls = connection->private;

	return tls->read_wants_write ? EPOLLOUT : 0;
}

static const struct mux_io tls_io = {
	.read = tls_read,
	.write = tls_write,
	.wants = tls_wants,
};

/* --- handshake ------------------------------------------------------------------- */

static bool common_name(SSL *ssl, char *name, int size)
{
	X509 *certificate = SSL_get1_peer_certificate(ssl);
	int length = -1;

	if (certificate)
		length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
						   NID_commonName, name, size);
	X509_free(certificate);
	return length > 0 && strlen(name) == (size_t)length;
}

static bool among(const struct addrinfo *found, const struct sockaddr *address)
{
	char wanted[NI_MAXHOST], text[NI_MAXHOST];

	address_to_text(address, wanted, sizeof(wanted));
	for (; found; found = found->ai_next) {
		address_to_text(found->ai_addr, text, sizeof(text));
		if (!strcmp(text, wanted))
			return true;
	}
	return false;
}

/* ssl-check-certificate-host: the name in the certificate leads to the other end. */
static bool name_agrees(const struct muxed_connection *connection, const char *name)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	bool agrees;

	if (!connection->peer->peer.options.check_names)
		return true;
	if (getaddrinfo(name, NULL, &hints, &found))
		return false;
	agrees = among(found, (const struct sockaddr *)&connection->address);
	freeaddrinfo(found);
	return agrees;
}

static void shake_done(struct muxed_connection *connection)
{
	struct tls *tls = connection->private;
	char name[256];

	if (!common_name(tls->ssl, name, sizeof(name))) {
		muxed_fail(connection, "Certificate of %s has no common name", connection->name);
		return;
	}
	if (!name_agrees(connection, name)) {
		muxed_fail(connection, "Common name of certicate (%s) doesn't resolv to IP", name);
		return;
	}
	if (connection->peer->events)
		snprintf(connection->name, sizeof(connection->name), "%s", name);
	muxed_start(connection, &tls_io, connection);
}

static void shake(void *arg, uint32_t events)
{
	struct muxed_connection *connection = arg;
	struct tls *tls = connection->private;
	int result;

	(void)events;
	ERR_clear_error();
	result = SSL_do_handshake(tls->ssl);
	if (result == 1) {
		shake_done(connection);
		return;
	}
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		muxed_watch(connection, EPOLLIN, shake);
		break;
	case SSL_ERROR_WANT_WRITE:
		muxed_watch(connection, EPOLLOUT, shake);
		break;
	default:
		fail(connection, connection->peer->events ? "SSL_accept" : "SSL_connect");
	}
}

static bool loaded(struct muxed_connection *connection, const char *what, const char *file,
		   int result)
{
	if (result != 1)
		muxed_fail(connection, "Load %s %s failed: %s", what, file, reason());
	return result == 1;
}

static bool load(struct muxed_connection *connection, SSL_CTX *context)
{
	const struct security_options *options = &connection->peer->peer.options;
	const char *certificate = options->ssl_certificate ? options->ssl_certificate : CERTIFICATE;
	const char *key = options->ssl_key ? options->ssl_key : KEY;
	const char *ca = options->ssl_ca ? options->ssl_ca : CA;

	return loaded(connection, "ssl-cert-file", certificate,
		      SSL_CTX_use_certificate_chain_file(context, certificate)) &&
	       loaded(connection, "ssl-key-file", key,
		      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM)) &&
	       loaded(connection, "ssl-ca-cert-file", ca,
		      SSL_CTX_load_verify_locations(context, ca, NULL));
}

static bool prepare(struct muxed_connection *connection, struct tls *tls)
{
	tls->context = SSL_CTX_new(TLS_method());
	if (!tls->context || !load(connection, tls->context))
		return false;
	SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_verify_depth(tls->context, 1);
	/* the queue moves between two tries; and Amanda closes without a notice */
	SSL_CTX_set_mode(tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
			 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(tls->context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
	tls->ssl = SSL_new(tls->context);
	return tls->ssl && SSL_set_fd(tls->ssl, connection->in);
}

static void connected(struct muxed_connection *connection)
{
	struct tls *tls = calloc(1, sizeof(*tls));

	connection->private = tls;
	ERR_clear_error();
	if (!tls || !prepare(connection, tls)) {
		/* the first reason counts */
		fail(connection, "SSL_new");
		return;
	}
	if (connection->peer->events)
		SSL_set_accept_state(tls->ssl);
	else
		SSL_set_connect_state(tls->ssl);
	shake(connection, 0);
}

static void released(struct muxed_connection *connection)
{
	struct tls *tls = connection->private;

	if (!tls)
		return;
	if (tls->ssl && SSL_is_init_finished(tls->ssl))
		SSL_shutdown(tls->ssl);
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	free(tls);
	connection->private = NULL;
	ERR_clear_error();
}

static const struct muxed_kind ssl_kind = {
	.names_user = true,
	.dialled = connected,
	.accepted = connected,
	.released = released,
};

static struct security_peer *ssl_connect(const struct security_driver *driver,
					 struct loop *loop, const char *host,
					 const struct security_options *options,
					 char *why, size_t why_size)
{
	return muxed_dial(driver, loop, host, options->unreserved_tcp, options, why, why_size);
}

const struct security_driver ssl_driver = {
	.name = "ssl",
	.own = &ssl_kind,
	.connect = ssl_connect,
	.listen = muxed_listen,
	MUXED_DRIVER_CALLS,
};
