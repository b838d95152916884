/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/mailbox.h"

#include <stdbool.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"
#include "ctl/daemon.h"

#define POLL_MS 500
/* The bridge asks at least every minute. */
#define BEGIN_MAX (90 * CLOCK_SECOND)
/* A code holds for half an hour at most; then the bridge says so. */
#define END_MAX (35 * CLOCK_MINUTE)

static bool
is_state(json_t *mailbox, const char *word)
{
	const char *state = json_get_text(mailbox, "state");

	return state != NULL && strcmp(state, word) == 0;
}

static void
print_visible(FILE *out, const char *text)
{
	buf_auto struct buf b = {0};

	buf_init(&b, 2048);
	utf8_add_visible(&b, text, strlen(text));
	(void)fputs(b.len > 0 ? (char *)b.data : "", out);
}

static void
print_code(FILE *out, json_t *mailbox)
{
	const char *until = json_get_text(mailbox, "expires_at");

	(void)fputs("With any browser, open\n\n    ", out);
	print_visible(out, json_get_text(mailbox, "verification_uri"));
	(void)fputs("\n\nand enter the code\n\n    ", out);
	print_visible(out, json_get_text(mailbox, "user_code"));
	(void)fputs("\n\nSign in there as the mailbox's user. ", out);
	if (until != NULL) {
		(void)fputs("The code holds until ", out);
		print_visible(out, until);
		(void)fputs(". ", out);
	}
	(void)fputs("Waiting ...\n", out);
	(void)fflush(out);
}

/* What the mailbox's state is for who waits for it. */
enum sight {
	SIGHT_WAIT,
	SIGHT_CODE,
	SIGHT_DONE,
	SIGHT_FAILED,
};

static enum sight
before_code(json_t *mailbox)
{
	return is_state(mailbox, "signing-in") &&
		       json_get_text(mailbox, "user_code") != NULL
		   ? SIGHT_CODE
		   : SIGHT_WAIT;
}

static enum sight
after_code(json_t *mailbox)
{
	if (is_state(mailbox, "connected"))
		return SIGHT_DONE;
	return is_state(mailbox, "trouble") ? SIGHT_FAILED : SIGHT_WAIT;
}

/* Until SEE has seen something, or MS are over. An exit code. */
static int
wait_for(struct ctl *ctl, struct client *c, enum sight (*see)(json_t *),
    int64_t ms, enum sight *sight_r)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
	int64_t deadline = clock_boot() + ms;

	*sight_r = SIGHT_WAIT;
	while (*sight_r == SIGHT_WAIT && clock_boot() < deadline) {
		client_reply_auto struct client_reply reply = {0};
		int code = daemon_call(
		    ctl, c, "GET", "/v1/admin/mailbox", NULL, &reply);

		if (code != EX_OK)
			return code;
		*sight_r = see(reply.body);
		if (*sight_r == SIGHT_CODE)
			print_code(ctl->out, reply.body);
		else if (*sight_r == SIGHT_WAIT)
			(void)nanosleep(&pause, NULL);
	}
	return EX_OK;
}

int
mailbox_sign_in(struct ctl *ctl)
{
	client_reply_auto struct client_reply reply = {0};
	client_auto struct client *c = NULL;
	json_auto json_t *body = json_object();
	enum sight sight = SIGHT_WAIT;
	int code = daemon_open(ctl, &c);

	if (code == EX_OK)
		code = daemon_call(
		    ctl, c, "POST", "/v1/admin/mailbox/sign-in", body, &reply);
	if (code == EX_OK)
		code = wait_for(ctl, c, before_code, BEGIN_MAX, &sight);
	if (code != EX_OK)
		return code;
	if (sight != SIGHT_CODE) {
		(void)fprintf(ctl->err,
		    "posternctl: postern-bridge got no code from "
		    "mailbox.device-endpoint.\nposternctl status says why; "
		    "journalctl -u postern-bridge\n");
		return EX_TEMPFAIL;
	}
	code = wait_for(ctl, c, after_code, END_MAX, &sight);
	if (code != EX_OK)
		return code;
	if (sight != SIGHT_DONE) {
		(void)fprintf(ctl->err,
		    "posternctl: the mailbox is not connected: nobody signed "
		    "in in time, or posternctl status says more\n");
		return EX_TEMPFAIL;
	}
	(void)fprintf(ctl->out, "Signed in. The mailbox is connected.\n");
	return EX_OK;
}
