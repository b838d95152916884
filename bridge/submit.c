/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/submit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include "base/clock.h"

#define SUBJECT_MAX 7 /* of an enhanced code */
#define LINE_KEPT 64
/* Milliseconds: our own deadline comes first, which does not wait for QUIT. */
#define BEHIND 2000
#define SOCKETS 4 /* IPv6 and IPv4 at once, and a kept connection */

struct submitter {
	CURL *curl;
	bool (*abort)(void *context);
	void *context;
	bool loopback_only;
	int64_t timeout;
	int fds[SOCKETS]; /* libcurl's, also those it only tries; -1: none */

	/* of the mail under way */
	const struct buf *mail;
	int64_t deadline;
	size_t at;      /* bytes of it handed to libcurl */
	bool all_given; /* all of it */
	int reply;      /* last 4xx or 5xx of the server, 0 if none */
	char code[SUBMIT_CODE_LEN + 1];
	bool answered; /* the final dot has its reply */
	bool accepted; /* ... a good one */
};

/* ---- what libcurl calls -------------------------------------------------- */

static size_t
on_read(char *out, size_t size, size_t n, void *context)
{
	struct submitter *s = context;
	size_t len = s->mail->len - s->at;

	if (len > size * n)
		len = size * n;
	memcpy(out, s->mail->data + s->at, len);
	s->at += len;
	/* knowing the length, libcurl does not ask again for an end */
	s->all_given = s->at == s->mail->len;
	return len;
}

/* Called to begin anew on a fresh connection when a kept one was dead. */
static int
on_seek(void *context, curl_off_t offset, int origin)
{
	struct submitter *s = context;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > s->mail->len)
		return CURL_SEEKFUNC_FAIL;
	s->at = (size_t)offset;
	s->all_given = false;
	return CURL_SEEKFUNC_OK;
}

/*
 * RFC 3463: class of the reply's own class, a subject that there is, then at
 * most three digits. posternd takes no other, and would not hear the outcome.
 */
static bool
enhanced_code(const char *text, char class, char *out)
{
	unsigned subject, detail;
	int end = 0;

	if (text[0] != class ||
	    sscanf(text + 1, ".%3u.%3u%n", &subject, &detail, &end) != 2 ||
	    (text[1 + end] != ' ' && text[1 + end] != '\0') ||
	    subject > SUBJECT_MAX)
		return false;
	(void)snprintf(out, SUBMIT_CODE_LEN + 1, "%c.%u.%u", class,
	    subject % 1000U, detail % 1000U);
	return true;
}

/*
 * Reply lines. QUIT's 221 comes last, so only refusals are kept; of a reply
 * of several lines the last one with a code counts.
 */
static size_t
on_header(char *data, size_t size, size_t n, void *context)
{
	struct submitter *s = context;
	size_t len = size * n;
	char line[LINE_KEPT];

	if (len < 4)
		return len;
	(void)snprintf(line, sizeof(line), "%.*s",
	    (int)(len < sizeof(line) ? len : sizeof(line) - 1), data);
	line[strcspn(line, "\r\n")] = '\0';
	if (s->all_given && line[0] >= '2' && line[0] <= '5')
		s->answered = true;
	if (s->all_given && line[0] == '2' && line[3] == ' ')
		s->accepted = true;
	if (line[0] != '4' && line[0] != '5')
		return len;
	s->reply = (int)strtol(line, NULL, 10);
	if (!enhanced_code(line + 4, line[0], s->code))
		s->code[0] = '\0';
	return len;
}

static size_t
on_write(char *data, size_t size, size_t n, void *context)
{
	(void)data;
	(void)context;
	return size * n;
}

static void
replace_fd(struct submitter *s, int old, int new)
{
	for (size_t i = 0; i < SOCKETS; i++) {
		if (s->fds[i] == old) {
			s->fds[i] = new;
			return;
		}
	}
}

static void
shut_all(const struct submitter *s, int how)
{
	for (size_t i = 0; i < SOCKETS; i++)
		if (s->fds[i] >= 0)
			(void)shutdown(s->fds[i], how);
}

static int
on_progress(void *context, curl_off_t dl_all, curl_off_t dl, curl_off_t ul_all,
    curl_off_t ul)
{
	const struct submitter *s = context;

	(void)dl_all;
	(void)dl;
	(void)ul_all;
	(void)ul;
	if (clock_boot() < s->deadline &&
	    (s->abort == NULL || !s->abort(s->context)))
		return 0;
	/* or libcurl says QUIT, and waits two minutes for the answer */
	shut_all(s, SHUT_RDWR);
	return 1;
}

static bool
is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)(const void *)sa)
				  ->sin_addr.s_addr) >>
			   24) == 127;
	if (sa->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(
		    &((const struct sockaddr_in6 *)(const void *)sa)
			 ->sin6_addr);
	return false;
}

/*
 * The settings refuse plain text to elsewhere by the host's name; this holds
 * for the address the name turned out to have.
 */
static curl_socket_t
on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct submitter *s = context;
	int fd;

	(void)purpose;
	if (s->loopback_only && !is_loopback(&to->addr))
		return CURL_SOCKET_BAD;
	fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	replace_fd(s, -1, fd);
	return fd;
}

static int
on_close(void *context, curl_socket_t fd)
{
	replace_fd(context, fd, -1);
	return close(fd);
}

/* ---- setting up ---------------------------------------------------------- */

static CURLcode
set_tls(CURL *c, const struct submit_relay *relay)
{
	CURLcode r = CURLE_OK;

	if (relay->tls == SUBMIT_NONE)
		return r;
	if (relay->tls == SUBMIT_STARTTLS)
		r = curl_easy_setopt(c, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (r == CURLE_OK)
		r = curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	if (r == CURLE_OK)
		r = curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (r == CURLE_OK)
		r = curl_easy_setopt(
		    c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (r == CURLE_OK && relay->ca_file != NULL)
		r = curl_easy_setopt(c, CURLOPT_CAINFO, relay->ca_file);
	/* CAINFO adds to the system's store unless that is cleared */
	if (r == CURLE_OK && relay->ca_file != NULL)
		r = curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	return r;
}

static CURLcode
set_login(CURL *c, const struct submit_relay *relay)
{
	CURLcode r = CURLE_OK;

	if (relay->user == NULL)
		return r;
	r = curl_easy_setopt(c, CURLOPT_USERNAME, relay->user);
	if (r == CURLE_OK)
		r = curl_easy_setopt(c, CURLOPT_PASSWORD,
		    relay->password == NULL ? "" : relay->password);
	return r;
}

static CURLcode
set_url(CURL *c, const struct submit_relay *relay)
{
	char url[320];
	bool bare6 = strchr(relay->host, ':') != NULL && relay->host[0] != '[';
	int n = snprintf(url, sizeof(url), "%s://%s%s%s:%u/",
	    relay->tls == SUBMIT_IMPLICIT ? "smtps" : "smtp", bare6 ? "[" : "",
	    relay->host, bare6 ? "]" : "", (unsigned)relay->port);

	if (n < 0 || (size_t)n >= sizeof(url))
		return CURLE_URL_MALFORMAT;
	return curl_easy_setopt(c, CURLOPT_URL, url);
}

#define SET(option, value)                                                     \
	do {                                                                   \
		if (r == CURLE_OK)                                             \
			r = curl_easy_setopt(s->curl, option, value);          \
	} while (0)

static CURLcode
set_all(struct submitter *s, const struct submit_relay *relay)
{
	CURLcode r = set_url(s->curl, relay);

	SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "smtps");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)relay->timeout / 2);
	SET(CURLOPT_TIMEOUT_MS, (long)relay->timeout + BEHIND);
	SET(CURLOPT_READFUNCTION, on_read);
	SET(CURLOPT_READDATA, s);
	SET(CURLOPT_SEEKFUNCTION, on_seek);
	SET(CURLOPT_SEEKDATA, s);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, s);
	SET(CURLOPT_WRITEFUNCTION, on_write);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, s);
	SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
	SET(CURLOPT_CLOSESOCKETDATA, s);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, s);
	SET(CURLOPT_NOPROGRESS, 0L);
	if (r == CURLE_OK)
		r = set_tls(s->curl, relay);
	if (r == CURLE_OK)
		r = set_login(s->curl, relay);
	return r;
}

int
submit_open(const struct submit_relay *relay, bool (*abort)(void *context),
    void *context, struct submitter **s_r)
{
	submit_auto struct submitter *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->abort = abort;
	s->context = context;
	s->timeout = relay->timeout;
	for (size_t i = 0; i < SOCKETS; i++)
		s->fds[i] = -1;
	s->loopback_only = relay->tls == SUBMIT_NONE;
	s->curl = curl_easy_init();
	if (s->curl == NULL)
		return -ENOMEM;
	if (set_all(s, relay) != CURLE_OK)
		return -EINVAL;
	*s_r = s;
	s = NULL;
	return 0;
}

void
submit_close(struct submitter **s)
{
	if (*s == NULL)
		return;
	/* QUIT goes out, but nobody waits for the answer */
	shut_all(*s, SHUT_RD);
	if ((*s)->curl != NULL)
		curl_easy_cleanup((*s)->curl);
	free(*s);
	*s = NULL;
}

/* ---- one mail ------------------------------------------------------------ */

/*
 * What libcurl says before the mail's own commands is the relay's trouble.
 * Codes of our own, as no server said one (RFC 3463, X.4 and X.7).
 */
static const struct trouble {
	CURLcode rc;
	char code[SUBMIT_CODE_LEN + 1];
	const char *why;
} troubles[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "4.4.3", "relay.host has no address"},
    {CURLE_COULDNT_CONNECT, "4.4.1", "nobody answers there"},
    {CURLE_OPERATION_TIMEDOUT, "4.4.2", "too slow"},
    {CURLE_ABORTED_BY_CALLBACK, "4.4.2", "too slow"},
    {CURLE_WEIRD_SERVER_REPLY, "4.4.2", NULL},
    {CURLE_REMOTE_ACCESS_DENIED, "4.4.2", NULL},
    {CURLE_GOT_NOTHING, "4.4.2", NULL},
    {CURLE_RECV_ERROR, "4.4.2", "the connection broke"},
    {CURLE_SEND_ERROR, "4.4.2", "the connection broke"},
    {CURLE_SSL_CONNECT_ERROR, "4.7.5", "TLS failed"},
    {CURLE_PEER_FAILED_VERIFICATION, "4.7.5",
	"its certificate is not trusted, or not for relay.host"},
    {CURLE_SSL_CACERT_BADFILE, "4.7.5", "relay.ca-file cannot be read"},
    {CURLE_USE_SSL_FAILED, "4.7.5", "it does not offer TLS"},
    {CURLE_LOGIN_DENIED, "4.7.8", "it refuses relay.user or the password"},
};

static const struct trouble *
trouble_of(CURLcode rc)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(troubles); i++)
		if (troubles[i].rc == rc)
			return &troubles[i];
	return NULL;
}

static void
judge(const struct submitter *s, CURLcode rc, struct submit_result *result_r)
{
	const struct trouble *t = trouble_of(rc);

	*result_r = (struct submit_result){.outcome = SUBMIT_DEFERRED};
	if (rc == CURLE_OK || s->accepted) {
		result_r->outcome = SUBMIT_SENT;
		return;
	}
	if (s->all_given && !s->answered) {
		result_r->outcome = SUBMIT_AMBIGUOUS;
		return;
	}
	/* what libcurl calls a refusal of the mail's own commands */
	if (rc == CURLE_SEND_ERROR && s->reply != 0)
		t = NULL;
	/* 53x: the relay wants a login, or another one (RFC 4954) */
	result_r->relay = !(s->all_given && s->reply != 0) &&
			  (t != NULL || s->reply / 10 == 53);
	if (s->reply == 0 || rc == CURLE_LOGIN_DENIED) {
		const char *code = t == NULL ? "4.4.2" : t->code;

		memcpy(result_r->code, code, strlen(code) + 1);
		result_r->why = t == NULL ? NULL : t->why;
		return;
	}
	memcpy(result_r->code, s->code, sizeof(result_r->code));
	if (s->reply >= 500 && !result_r->relay)
		result_r->outcome = SUBMIT_FAILED;
}

static CURLcode
perform(struct submitter *s, const struct composed *mail,
    const struct curl_slist *to, bool fresh)
{
	CURLcode r = CURLE_OK;

	s->deadline = clock_boot() + s->timeout;
	s->at = 0;
	s->all_given = false;
	s->answered = false;
	s->accepted = false;
	s->reply = 0;
	s->code[0] = '\0';
	SET(CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	SET(CURLOPT_MAIL_FROM, mail->sender);
	SET(CURLOPT_MAIL_RCPT, to);
	SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->mail.len);
	return r == CURLE_OK ? curl_easy_perform(s->curl) : r;
}

/*
 * A relay that was restarted, or tired of waiting, has closed the connection,
 * or says 421 on it. It has nothing of the mail yet.
 */
static bool
was_stale(const struct submitter *s, CURLcode rc)
{
	long opened = 1;

	if (rc == CURLE_OK || rc == CURLE_ABORTED_BY_CALLBACK ||
	    rc == CURLE_OPERATION_TIMEDOUT || s->at > 0 ||
	    (s->reply != 0 && s->reply != 421))
		return false;
	(void)curl_easy_getinfo(s->curl, CURLINFO_NUM_CONNECTS, &opened);
	return opened == 0;
}

void
submit_mail(struct submitter *s, const struct composed *mail,
    struct submit_result *result_r)
{
	struct curl_slist *to = curl_slist_append(NULL, mail->recipient);
	CURLcode r = CURLE_OUT_OF_MEMORY;

	s->mail = &mail->mail;
	if (to != NULL)
		r = perform(s, mail, to, false);
	if (to != NULL && was_stale(s, r))
		r = perform(s, mail, to, true);
	judge(s, r, result_r);
	(void)curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(to);
	s->mail = NULL;
}

const char *
submit_outcome_name(enum submit_outcome outcome)
{
	static const char *const names[] = {
	    [SUBMIT_SENT] = "sent",
	    [SUBMIT_DEFERRED] = "deferred",
	    [SUBMIT_FAILED] = "failed",
	    [SUBMIT_AMBIGUOUS] = "ambiguous",
	};

	return names[outcome];
}
