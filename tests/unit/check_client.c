/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/client.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/socket.h"
#include "tests/unit/run.h"

static char dir[] = "/tmp/check_client.XXXXXX";
static char path[64];

/* What the server answers, in turn; an empty one closes the connection. */
struct script {
	const char *replies[4];
	int fd;
	int accepted;
	char requests[4][1024];
};

#define OK_JSON                                                                \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"                \
	"Content-Length: 10\r\n\r\n{\"a\":\"b\"}\n"

static bool
read_request(int fd, char *text, size_t size)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, size - 1 - len);
		const char *end;

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		/* the bodies of this test end in a brace */
		if (end != NULL && (strstr(text, "Content-Length") == NULL ||
				       text[len - 1] == '}'))
			return true;
	}
}

static void *
serve(void *arg)
{
	struct script *s = arg;
	size_t i = 0;

	while (i < PN_ARRAY_LEN(s->replies) && s->replies[i] != NULL) {
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			break;
		s->accepted++;
		while (
		    i < PN_ARRAY_LEN(s->replies) && s->replies[i] != NULL &&
		    read_request(fd, s->requests[i], sizeof(s->requests[i]))) {
			const char *reply = s->replies[i++];

			if (reply[0] == '\0')
				break;
			if (strcmp(reply, "sleep") == 0) {
				(void)usleep(400000);
				break;
			}
			if (write(fd, reply, strlen(reply)) < 0)
				break;
		}
		(void)close(fd);
	}
	return NULL;
}

static void
setup(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/sock", dir);
}

static void
teardown(void)
{
	(void)unlink(path);
	(void)rmdir(dir);
}

static pthread_t
start(struct script *s)
{
	pthread_t t;

	ck_assert_int_eq(socket_listen(path, 0600, &s->fd), 0);
	ck_assert_int_eq(pthread_create(&t, NULL, serve, s), 0);
	return t;
}

static void
stop(struct script *s, pthread_t t)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	(void)pthread_join(t, NULL);
	(void)close(s->fd);
}

START_TEST(calls_reuse_one_connection)
{
	struct script s = {
	    .replies = {OK_JSON, OK_JSON, "HTTP/1.1 204 No Content\r\n\r\n"}};
	json_auto json_t *body = json_pack("{s:s}", "to", "x");
	client_auto struct client *c = NULL;
	pthread_t t = start(&s);

	ck_assert_int_eq(client_open(path, &c), 0);
	for (int i = 0; i < 3; i++) {
		client_reply_auto struct client_reply reply = {0};

		ck_assert_int_eq(
		    client_call(c, i == 1 ? "POST" : "GET", "/v1/x?limit=1",
			i == 1 ? body : NULL, 2000, &reply),
		    0);
		ck_assert_int_eq(reply.status, i == 2 ? 204 : 200);
		ck_assert_int_eq(reply.body == NULL, i == 2);
		if (i < 2)
			ck_assert_str_eq(json_get_text(reply.body, "a"), "b");
	}
	client_close(&c);
	stop(&s, t);
	ck_assert_int_eq(s.accepted, 1);
	ck_assert_int_eq(
	    strncmp(s.requests[0], "GET /v1/x?limit=1 HTTP/1.1\r\n", 28), 0);
	ck_assert_ptr_null(strstr(s.requests[0], "Content-Length"));
	ck_assert_ptr_nonnull(
	    strstr(s.requests[1], "Content-Type: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(s.requests[1], "\r\n\r\n{\"to\":\"x\"}"));
	ck_assert_ptr_null(strstr(s.requests[1], "Expect"));
}
END_TEST

START_TEST(problems_are_replies)
{
	struct script s = {
	    .replies = {"HTTP/1.1 422 X\r\nContent-Length: 29\r\n\r\n"
			"{\"title\":\"T\",\"detail\":\"D e\"} "}};
	client_reply_auto struct client_reply reply = {0};
	client_auto struct client *c = NULL;
	pthread_t t = start(&s);

	ck_assert_int_eq(client_open(path, &c), 0);
	ck_assert_int_eq(
	    client_call(c, "DELETE", "/v1/x", NULL, 2000, &reply), 0);
	ck_assert_int_eq(reply.status, 422);
	ck_assert_str_eq(client_reply_detail(&reply), "D e");
	client_close(&c);
	stop(&s, t);
}
END_TEST

static const struct {
	const char *reply;
	int r;
} bad_replies[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<p>hi", -EPROTO},
    {"SSH-2.0-x\r\n\r\n", -EPROTO},
    {"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{}", -ECONNRESET},
    {"", -ECONNRESET},
    {"sleep", -ETIMEDOUT},
};

START_TEST(bad_replies_are_errors)
{
	struct script s = {.replies = {bad_replies[_i].reply, NULL}};
	client_reply_auto struct client_reply reply = {0};
	client_auto struct client *c = NULL;
	pthread_t t;

	/* the connection is closed after one reply */
	t = start(&s);
	ck_assert_int_eq(client_open(path, &c), 0);
	ck_assert_int_eq(client_call(c, "POST", "/v1/x", NULL, 200, &reply),
	    bad_replies[_i].r);
	client_close(&c);
	stop(&s, t);
}
END_TEST

START_TEST(nobody_there)
{
	client_reply_auto struct client_reply reply = {0};
	client_auto struct client *c = NULL;
	char text[SOCKET_PATH_MAX + 2];
	int fd;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(client_open(text, &c), -ENAMETOOLONG);
	ck_assert_int_eq(client_open(path, &c), 0);
	ck_assert_int_eq(
	    client_call(c, "GET", "/", NULL, 1000, &reply), -ENOENT);
	ck_assert_int_eq(socket_listen(path, 0600, &fd), 0);
	(void)close(fd);
	ck_assert_int_eq(
	    client_call(c, "GET", "/", NULL, 1000, &reply), -ECONNREFUSED);
}
END_TEST

static bool
at_once(void *context)
{
	unsigned *asked = context;

	return ++*asked > 1;
}

/* A daemon that hangs does not hold up who wants to stop. */
START_TEST(a_call_can_be_given_up)
{
	client_auto struct client *c = NULL;
	client_reply_auto struct client_reply reply = {0};
	unsigned asked = 0;
	int64_t begun = clock_boot();
	int fd;

	ck_assert_int_eq(socket_listen(path, 0600, &fd), 0);
	ck_assert_int_eq(client_open(path, &c), 0);
	client_abort_when(c, at_once, &asked);
	ck_assert_int_eq(
	    client_call(c, "GET", "/", NULL, 60000, &reply), -ECANCELED);
	ck_assert_int_lt(clock_boot() - begun, 3000);
	(void)close(fd);
}
END_TEST

START_TEST(sockets_have_their_mode_and_place)
{
	struct socket_peer peer;
	struct stat st;
	uid_t uid;
	int a, b, c;

	ck_assert_int_eq(socket_listen(path, 0660, &a), 0);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	ck_assert_int_eq(socket_listen(path, 0660, &b), -EADDRINUSE);
	ck_assert_int_eq(socket_connect(path, &c), 0);
	ck_assert_int_eq(socket_peer(c, &peer), 0);
	ck_assert_uint_eq(peer.uid, getuid());
	ck_assert_int_eq(peer.pid, getpid());
	(void)close(c);
	(void)close(a);
	/* nobody listens any more: replaced */
	ck_assert_int_eq(socket_listen(path, 0600, &b), 0);
	(void)close(b);
	ck_assert_int_eq(socket_listen(dir, 0600, &b), -EEXIST);

	ck_assert_int_eq(socket_uid("root", &uid), 0);
	ck_assert_uint_eq(uid, 0);
	ck_assert_int_eq(socket_uid("4711", &uid), 0);
	ck_assert_uint_eq(uid, 4711);
	ck_assert_int_eq(socket_uid("4294967295", &uid), -ENOENT);
	ck_assert_int_eq(socket_uid("1x", &uid), -ENOENT);
	ck_assert_int_eq(socket_uid("no-such-user", &uid), -ENOENT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("client");
	TCase *t = tcase_create("client");

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, calls_reuse_one_connection);
	tcase_add_test(t, problems_are_replies);
	tcase_add_loop_test(
	    t, bad_replies_are_errors, 0, (int)PN_ARRAY_LEN(bad_replies));
	tcase_add_test(t, nobody_there);
	tcase_add_test(t, a_call_can_be_given_up);
	tcase_add_test(t, sockets_have_their_mode_and_place);
	suite_add_tcase(s, t);
	return run_suite(s);
}
