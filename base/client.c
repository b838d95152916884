/* SPDX-License-Identifier: Apache-2.0 */

#include "base/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/socket.h"

struct client {
	CURL *curl;
	struct curl_slist *headers;
	char *path;
	struct buf reply;
	bool (*abort)(void *context); /* NULL: never */
	void *context;
};

void
client_close(struct client **c)
{
	if (*c == NULL)
		return;
	curl_easy_cleanup((*c)->curl);
	curl_slist_free_all((*c)->headers);
	buf_fini(&(*c)->reply);
	free((*c)->path);
	free(*c);
	*c = NULL;
}

static size_t
client_take(char *data, size_t size, size_t n, void *arg)
{
	struct buf *reply = arg;

	buf_add(reply, data, size * n);
	return buf_error(reply) == 0 ? size * n : 0;
}

static int
client_progress(void *arg, curl_off_t dl_all, curl_off_t dl, curl_off_t ul_all,
    curl_off_t ul)
{
	const struct client *c = arg;

	(void)dl_all;
	(void)dl;
	(void)ul_all;
	(void)ul;
	return c->abort != NULL && c->abort(c->context) ? 1 : 0;
}

void
client_abort_when(struct client *c, bool (*abort)(void *context), void *context)
{
	c->abort = abort;
	c->context = context;
}

int
client_open(const char *path, struct client **c_r)
{
	client_auto struct client *c = NULL;

	if (strlen(path) > SOCKET_PATH_MAX)
		return -ENAMETOOLONG;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return -ENOMEM;
	buf_init(&c->reply, CLIENT_REPLY_MAX);
	c->path = strdup(path);
	c->curl = curl_easy_init();
	/* no "Expect: 100-continue": it costs a second */
	c->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (c->path == NULL || c->curl == NULL || c->headers == NULL)
		return -ENOMEM;
	if (curl_slist_append(c->headers, "Accept: application/json") == NULL ||
	    curl_slist_append(c->headers, "Expect:") == NULL)
		return -ENOMEM;
	*c_r = c;
	c = NULL;
	return 0;
}

/* The one place where libcurl's errors become ours. */
static int
client_error(const struct client *c, CURLcode code)
{
	long os = 0;

	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	case CURLE_COULDNT_CONNECT:
		(void)curl_easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &os);
		return os > 0 ? -(int)os : -ECONNREFUSED;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_ABORTED_BY_CALLBACK:
		return -ECANCELED;
	case CURLE_WRITE_ERROR:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return -EPROTO;
	default:
		return -ECONNRESET;
	}
}

static int
client_setup(struct client *c, const char *method, const char *url,
    const char *body, int64_t timeout_ms)
{
	CURL *h = c->curl;
	CURLcode code = CURLE_OK;

#define SET(option, value)                                                     \
	code = code == CURLE_OK ? curl_easy_setopt(h, option, value) : code
	curl_easy_reset(h);
	SET(CURLOPT_UNIX_SOCKET_PATH, c->path);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "http");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CUSTOMREQUEST, method);
	SET(CURLOPT_HTTPHEADER, c->headers);
	SET(CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	SET(CURLOPT_WRITEFUNCTION, client_take);
	SET(CURLOPT_WRITEDATA, &c->reply);
	SET(CURLOPT_XFERINFOFUNCTION, client_progress);
	SET(CURLOPT_XFERINFODATA, c);
	SET(CURLOPT_NOPROGRESS, c->abort == NULL ? 1L : 0L);
	if (body != NULL) {
		SET(CURLOPT_POSTFIELDSIZE, (long)strlen(body));
		SET(CURLOPT_POSTFIELDS, body);
	}
#undef SET
	return client_error(c, code);
}

static int
client_perform(struct client *c, struct client_reply *reply_r)
{
	struct json_problem problem;
	long status = 0;
	int r;

	buf_reset(&c->reply);
	r = client_error(c, curl_easy_perform(c->curl));
	if (r < 0)
		return r;
	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	reply_r->status = (int)status;
	if (c->reply.len == 0)
		return 0;
	r = json_read(c->reply.data, c->reply.len, &reply_r->body, &problem);
	return r > 0 ? -EPROTO : r;
}

int
client_call(struct client *c, const char *method, const char *target,
    json_t *body, int64_t timeout_ms, struct client_reply *reply_r)
{
	buf_auto struct buf url = {0};
	char *text = NULL;
	int r;

	buf_init(&url, 8192);
	/* the host name is only for the Host header */
	buf_printf(&url, "http://postern%s", target);
	if (buf_error(&url) < 0)
		return buf_error(&url);
	if (body != NULL) {
		text = json_dumps(body, JSON_COMPACT);
		if (text == NULL)
			return -ENOMEM;
	}
	r = client_setup(c, method, (const char *)url.data, text, timeout_ms);
	if (r == 0)
		r = client_perform(c, reply_r);
	buf_reset(&c->reply);
	if (text != NULL) {
		json_free_t release;

		/* the allocator jansson was given also frees its dumps */
		json_get_alloc_funcs(NULL, &release);
		release(text);
	}
	return r;
}

void
client_reply_fini(struct client_reply *reply)
{
	json_decref(reply->body);
	*reply = (struct client_reply){0};
}

const char *
client_reply_detail(const struct client_reply *reply)
{
	const char *text = json_get_text(reply->body, "detail");

	if (text == NULL)
		text = json_get_text(reply->body, "title");
	return text == NULL ? "" : text;
}
