/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/submit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <curl/curl.h>

#define LINE_KEPT 64

struct submitter {
	CURL *curl;
	bool (*abort)(void *context);
	void *context;
	bool loopback_only;

	/* of the mail under way */
	const struct buf *mail;
	size_t at;      /* bytes of it handed to libcurl */
	bool all_given; /* all of it */
	int reply;      /* last 4xx or 5xx of the server, 0 if none */
	char code[SUBMIT_CODE_LEN + 1];
	bool answered; /* the final dot has its reply */
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

/* RFC 3463: class of the reply's own class, then at most three digits each. */
static bool
enhanced_code(const char *text, char class, char *out)
{
	unsigned subject, detail;
	int end = 0;

	if (text[0] != class ||
	    sscanf(text + 1, ".%3u.%3u%n", &subject, &detail, &end) != 2 ||
	    (text[1 + end] != ' ' && text[1 + end] != '\0'))
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

static int
on_progress(void *context, curl_off_t dl_all, curl_off_t dl, curl_off_t ul_all,
    curl_off_t ul)
{
	const struct submitter *s = context;

	(void)dl_all;
	(void)dl;
	(void)ul_all;
	(void)ul;
	return s->abort != NULL && s->abort(s->context) ? 1 : 0;
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
	const struct submitter *s = context;

	(void)purpose;
	if (s->loopback_only && !is_loopback(&to->addr))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
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
	SET(CURLOPT_TIMEOUT_MS, (long)relay->timeout);
	SET(CURLOPT_READFUNCTION, on_read);
	SET(CURLOPT_READDATA, s);
	SET(CURLOPT_SEEKFUNCTION, on_seek);
	SET(CURLOPT_SEEKDATA, s);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, s);
	SET(CURLOPT_WRITEFUNCTION, on_write);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, s);
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
	if ((*s)->curl != NULL)
		curl_easy_cleanup((*s)->curl);
	free(*s);
	*s = NULL;
}

/* ---- one mail ------------------------------------------------------------ */

/* Before the mail's own commands, whatever goes wrong is the relay's. */
static bool
is_relay_trouble(CURLcode rc)
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_REMOTE_ACCESS_DENIED:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_USE_SSL_FAILED:
	case CURLE_LOGIN_DENIED:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
		return true;
	default:
		return false;
	}
}

/* Codes of our own for what no server said (RFC 3463, X.4 and X.7). */
static const char *
own_code(CURLcode rc)
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return "4.4.3";
	case CURLE_COULDNT_CONNECT:
		return "4.4.1";
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_USE_SSL_FAILED:
		return "4.7.5";
	case CURLE_LOGIN_DENIED:
		return "4.7.8";
	default:
		return "4.4.2";
	}
}

static void
judge(const struct submitter *s, CURLcode rc, struct submit_result *result_r)
{
	*result_r = (struct submit_result){.outcome = SUBMIT_DEFERRED};
	if (rc == CURLE_OK) {
		result_r->outcome = SUBMIT_SENT;
		return;
	}
	if (s->all_given && !s->answered) {
		result_r->outcome = SUBMIT_AMBIGUOUS;
		return;
	}
	/* 53x: the relay wants a login, or another one (RFC 4954) */
	result_r->relay = !(s->all_given && s->reply != 0) &&
			  (is_relay_trouble(rc) || s->reply / 10 == 53);
	if (s->reply == 0 || rc == CURLE_LOGIN_DENIED) {
		memcpy(result_r->code, own_code(rc), strlen(own_code(rc)) + 1);
		return;
	}
	memcpy(result_r->code, s->code, sizeof(result_r->code));
	if (s->reply >= 500 && !result_r->relay)
		result_r->outcome = SUBMIT_FAILED;
}

void
submit_mail(struct submitter *s, const struct composed *mail,
    struct submit_result *result_r)
{
	struct curl_slist *to = curl_slist_append(NULL, mail->recipient);
	CURLcode r = to == NULL ? CURLE_OUT_OF_MEMORY : CURLE_OK;

	s->mail = &mail->mail;
	s->at = 0;
	s->all_given = false;
	s->answered = false;
	s->reply = 0;
	s->code[0] = '\0';
	SET(CURLOPT_MAIL_FROM, mail->sender);
	SET(CURLOPT_MAIL_RCPT, to);
	SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->mail.len);
	if (r == CURLE_OK)
		r = curl_easy_perform(s->curl);
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
