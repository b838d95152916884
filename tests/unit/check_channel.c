/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "bridge/channel.h"
#include "tests/unit/run.h"

#define TIMEOUT 1500 /* milliseconds */
#define FULL 4       /* connections that fill a listener of backlog 0 */
#define ADDRESSES 3

/* What the name below stands for, in place of the resolver's answer. */
static struct sockaddr_in found[ADDRESSES];
static struct addrinfo list[ADDRESSES];

int
getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
    struct addrinfo **list_r)
{
	(void)host;
	(void)port;
	(void)hints;
	*list_r = &list[0];
	return 0;
}

void
freeaddrinfo(struct addrinfo *all)
{
	(void)all;
}

/* HOST of 127.0.0.0/8; *FD_R listens there, at a port of its own. */
static struct sockaddr_in
listen_at(uint32_t host, int *fd_r)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host)};
	socklen_t len = sizeof(at);

	*fd_r = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(*fd_r, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(listen(*fd_r, 0), 0);
	ck_assert_int_eq(getsockname(*fd_r, (struct sockaddr *)&at, &len), 0);
	return at;
}

/* From now on whoever connects there hears nothing. */
static void
fall_silent(const struct sockaddr_in *at, int fds_r[static FULL])
{
	for (size_t i = 0; i < FULL; i++) {
		fds_r[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(
		    fds_r[i], (const struct sockaddr *)at, sizeof(*at));
	}
	ck_assert_int_eq(poll(NULL, 0, 100), 0);
}

static int
try_all(const struct sockaddr_in *addresses, size_t n, int64_t *took_r)
{
	const struct channel_target target = {
	    .host = "mail.example", .port = 993, .stop = -1};
	channel_auto struct channel *c = NULL;
	int64_t begun = clock_boot();
	int r;

	for (size_t i = 0; i < n; i++) {
		found[i] = addresses[i];
		list[i] = (struct addrinfo){
		    .ai_family = AF_INET,
		    .ai_socktype = SOCK_STREAM,
		    .ai_addr = (struct sockaddr *)&found[i],
		    .ai_addrlen = sizeof(found[i]),
		    .ai_next = i + 1 < n ? &list[i + 1] : NULL,
		};
	}
	r = channel_connect(&target, begun + TIMEOUT, &c);
	*took_r = clock_boot() - begun;
	return r;
}

/* One that says nothing takes its share of the time, and not all of it. */
START_TEST(silent_addresses_are_not_the_last)
{
	int good, silent, shut, full[FULL];
	struct sockaddr_in all[ADDRESSES];
	int64_t took;

	all[0] = listen_at(3, &shut);
	(void)close(shut);
	all[1] = listen_at(2, &silent);
	fall_silent(&all[1], full);
	all[2] = listen_at(1, &good);
	ck_assert_int_eq(try_all(all, 3, &took), 0);
	ck_assert_int_ge(took, TIMEOUT / 2 - 50);
	ck_assert_int_eq(try_all(all, 2, &took), -ETIMEDOUT);
	ck_assert_int_le(took, 2 * TIMEOUT);
	ck_assert_int_eq(try_all(all, 1, &took), -ECONNREFUSED);
	for (size_t i = 0; i < FULL; i++)
		(void)close(full[i]);
	(void)close(silent);
	(void)close(good);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("channel");
	TCase *t = tcase_create("channel");

	tcase_add_test(t, silent_addresses_are_not_the_last);
	suite_add_tcase(s, t);
	return run_suite(s);
}
