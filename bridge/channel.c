/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/channel.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <sys/socket.h>
#include "base/clock.h"

/* No compression, nothing before TLS 1.2, nothing the library calls weak. */
#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define FLAGS (GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL)

struct channel {
	const struct channel_target *target;
	int64_t deadline;
	int fd;
	gnutls_certificate_credentials_t trust;
	gnutls_session_t session; /* NULL: not secure yet */
	/* the record that is being read */
	gnutls_packet_t packet;
	size_t used;
};

/* For EVENTS on the connection, the stop, or UNTIL. */
static int
wait_fd(const struct channel *c, short events, int64_t until)
{
	struct pollfd fds[2] = {
	    {.fd = c->fd, .events = events},
	    {.fd = c->target->stop, .events = POLLIN},
	};

	for (;;) {
		int64_t left = until - clock_boot();
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(fds, 2, left > INT32_MAX ? INT32_MAX : (int)left);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[1].revents != 0)
			return -ECANCELED;
		if (n > 0 && fds[0].revents != 0)
			return 0;
	}
}

/* ---- connecting ---------------------------------------------------------- */

static int
find_addresses(const struct channel_target *target, struct addrinfo **list_r)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG,
	};
	char port[8];
	int r;

	(void)snprintf(port, sizeof(port), "%u", (unsigned)target->port);
	r = getaddrinfo(target->host, port, &hints, list_r);
	if (r == EAI_ADDRFAMILY || r == EAI_NONAME || r == EAI_AGAIN ||
	    r == EAI_FAIL)
		return CHANNEL_NO_ADDRESS;
	return r == 0 ? 0 : r == EAI_MEMORY ? -ENOMEM : -EHOSTUNREACH;
}

static int
connect_one(struct channel *c, const struct addrinfo *to, int64_t until)
{
	int on = 1, error = 0, r;
	socklen_t len = sizeof(error);

	c->fd = socket(to->ai_family,
	    to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol);
	if (c->fd < 0)
		return -errno;
	(void)setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(c->fd, to->ai_addr, to->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	r = wait_fd(c, POLLOUT, until);
	if (r == 0 &&
	    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		r = -errno;
	return r == 0 ? -error : r;
}

/* One of N that says nothing must not take the time of the others. */
static int64_t
share(int64_t deadline, size_t n)
{
	int64_t now = clock_boot();

	return now + (deadline - now) / (int64_t)n;
}

int
channel_connect(
    const struct channel_target *target, int64_t deadline, struct channel **c_r)
{
	channel_auto struct channel *c = calloc(1, sizeof(*c));
	struct addrinfo *list = NULL;
	size_t n = 0;
	int r;

	if (c == NULL)
		return -ENOMEM;
	c->target = target;
	c->fd = -1;
	c->deadline = deadline;
	r = find_addresses(target, &list);
	if (r != 0)
		return r;
	for (const struct addrinfo *to = list; to != NULL; to = to->ai_next)
		n++;
	for (const struct addrinfo *to = list; to != NULL; to = to->ai_next) {
		r = connect_one(c, to, share(deadline, n--));
		if (r == 0 || r == -ECANCELED)
			break;
		if (c->fd >= 0)
			(void)close(c->fd);
		c->fd = -1;
	}
	freeaddrinfo(list);
	if (r != 0)
		return r;
	*c_r = c;
	c = NULL;
	return 0;
}

/* GnuTLS itself would let go of what was said without wiping it. */
static void
drop_packet(struct channel *c)
{
	gnutls_datum_t record = {0};

	if (c->packet == NULL)
		return;
	gnutls_packet_get(c->packet, &record, NULL);
	sodium_memzero(record.data, record.size);
	gnutls_packet_deinit(c->packet);
	c->packet = NULL;
	c->used = 0;
}

void
channel_close(struct channel **c)
{
	if (*c == NULL)
		return;
	drop_packet(*c);
	if ((*c)->session != NULL) {
		(void)gnutls_bye((*c)->session, GNUTLS_SHUT_WR);
		gnutls_deinit((*c)->session);
	}
	if ((*c)->trust != NULL)
		gnutls_certificate_free_credentials((*c)->trust);
	if ((*c)->fd >= 0)
		(void)close((*c)->fd);
	free(*c);
	*c = NULL;
}

void
channel_set_deadline(struct channel *c, int64_t deadline)
{
	c->deadline = deadline;
}

/* ---- TLS ----------------------------------------------------------------- */

/* The one place where GnuTLS's errors become ours. */
static int
tls_error(ssize_t code)
{
	switch (code) {
	case GNUTLS_E_MEMORY_ERROR:
		return -ENOMEM;
	case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR:
		return CHANNEL_UNTRUSTED;
	default:
		return -ECONNRESET;
	}
}

/* 0: try again. */
static int
tls_again(const struct channel *c, ssize_t code)
{
	bool writes = gnutls_record_get_direction(c->session) == 1;

	/* also where nothing is waited for: a peer can keep us busy */
	if (clock_boot() >= c->deadline)
		return -ETIMEDOUT;
	if (code == GNUTLS_E_AGAIN)
		return wait_fd(c, writes ? POLLOUT : POLLIN, c->deadline);
	return gnutls_error_is_fatal((int)code) != 0 ? tls_error(code) : 0;
}

static int
load_trust(struct channel *c)
{
	const char *file = c->target->ca_file;
	int n;

	if (gnutls_certificate_allocate_credentials(&c->trust) != 0)
		return -ENOMEM;
	n = file == NULL ? gnutls_certificate_set_x509_system_trust(c->trust)
			 : gnutls_certificate_set_x509_trust_file(
			       c->trust, file, GNUTLS_X509_FMT_PEM);
	return n > 0 ? 0 : CHANNEL_NO_TRUST;
}

static bool
is_address(const char *host)
{
	struct in6_addr any;

	return inet_pton(AF_INET, host, &any) == 1 ||
	       inet_pton(AF_INET6, host, &any) == 1;
}

static int
set_up(struct channel *c)
{
	const char *host = c->target->host;

	if (gnutls_init(&c->session, FLAGS) != 0) {
		c->session = NULL;
		return -ENOMEM;
	}
	if (gnutls_priority_set_direct(c->session, PRIORITY, NULL) != 0 ||
	    gnutls_credentials_set(
		c->session, GNUTLS_CRD_CERTIFICATE, c->trust) != 0)
		return -ENOMEM;
	/* RFC 6066, section 3: no addresses in there */
	if (!is_address(host) && gnutls_server_name_set(c->session,
				     GNUTLS_NAME_DNS, host, strlen(host)) != 0)
		return -ENOMEM;
	gnutls_session_set_verify_cert(c->session, host, 0);
	gnutls_transport_set_int(c->session, c->fd);
	return 0;
}

/* By an end or a reset, as the kernel saw it first: no word about TLS. */
static bool
is_broken(int code)
{
	return code == GNUTLS_E_PREMATURE_TERMINATION ||
	       code == GNUTLS_E_PULL_ERROR || code == GNUTLS_E_PUSH_ERROR;
}

int
channel_secure(struct channel *c)
{
	int r = load_trust(c);

	if (r == 0)
		r = set_up(c);
	while (r == 0) {
		int code = gnutls_handshake(c->session);

		if (code == 0)
			return 0;
		r = tls_again(c, code);
		if (r == -ECONNRESET && !is_broken(code))
			r = CHANNEL_NO_TLS;
	}
	return r;
}

/* ---- bytes --------------------------------------------------------------- */

static size_t
read_packet(struct channel *c, void *data, size_t max)
{
	gnutls_datum_t record = {0};
	size_t n;

	gnutls_packet_get(c->packet, &record, NULL);
	n = record.size - c->used < max ? record.size - c->used : max;
	memcpy(data, record.data + c->used, n);
	c->used += n;
	if (c->used == record.size)
		drop_packet(c);
	return n;
}

static ssize_t
read_record(struct channel *c, void *data, size_t max)
{
	ssize_t n = 1;

	if (c->packet == NULL)
		n = gnutls_record_recv_packet(c->session, &c->packet);
	if (n > 0)
		return (ssize_t)read_packet(c, data, max);
	/* of an end it may leave an empty one */
	drop_packet(c);
	return n;
}

int
channel_read(struct channel *c, void *data, size_t max, size_t *n_r)
{
	int r = 0;

	while (r == 0) {
		ssize_t n;

		if (c->session == NULL) {
			n = recv(c->fd, data, max, 0);
			if (n < 0)
				r = errno == EAGAIN
					? wait_fd(c, POLLIN, c->deadline)
					: -errno;
		} else {
			n = read_record(c, data, max);
			if (n < 0)
				r = tls_again(c, n);
		}
		if (n == 0)
			return -ECONNRESET;
		if (n > 0) {
			*n_r = (size_t)n;
			return 0;
		}
	}
	return r > 0 ? -ECONNRESET : r;
}

int
channel_write(struct channel *c, const void *data, size_t len)
{
	const char *at = data;
	int r = 0;

	while (r == 0 && len > 0) {
		ssize_t n;

		if (c->session == NULL) {
			n = send(c->fd, at, len, MSG_NOSIGNAL);
			if (n < 0)
				r = errno == EAGAIN
					? wait_fd(c, POLLOUT, c->deadline)
					: -errno;
		} else {
			n = gnutls_record_send(c->session, at, len);
			if (n < 0)
				r = tls_again(c, n);
		}
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return r > 0 ? -ECONNRESET : r;
}

int
channel_wait(struct channel *c, int64_t until)
{
	if (c->packet != NULL ||
	    (c->session != NULL && gnutls_record_check_pending(c->session) > 0))
		return 0;
	return wait_fd(c, POLLIN, until);
}
