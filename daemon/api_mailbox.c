/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The mailbox or Maildir that is watched: how it is, from the bridge, for
 * posternctl, and an administrator's wish to sign in there, the other way.
 */

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "daemon/api_admin.h"
#include "daemon/api_bridge.h"
#include "daemon/mailbox.h"
#include "daemon/posternd.h"
#include "daemon/request.h"

#define TIME_MAX INT64_C(253402300799999) /* the year 9999 */
#define MAILDIR_FIELDS 4

/* ---- from the bridge ----------------------------------------------------- */

/* It ends up on an administrator's terminal. */
static bool
is_shown(const char *text, const char *begin)
{
	if (strncmp(text, begin, strlen(begin)) != 0)
		return false;
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void
copy(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text == NULL ? "" : text);
}

/* False: answered. */
static bool
read_news(struct request *req, const struct mailbox *m, json_t *body,
    struct mailbox_news *n_r)
{
	/* of a Maildir, the first few */
	static const struct json_field fields[] = {
	    {"state", JSON_IS_STRING, true, 1, MAILBOX_STATE_MAX},
	    {"since", JSON_IS_INTEGER, true, 0, TIME_MAX},
	    {"error", JSON_IS_STRING, false, 1, MAILBOX_STATE_MAX},
	    {"passed_over", JSON_IS_INTEGER, false, 1, UINT32_MAX},
	    {"secret_expires", JSON_IS_INTEGER, false, 1, TIME_MAX},
	    {"user_code", JSON_IS_STRING, false, 1, MAILBOX_CODE_MAX},
	    {"verification_uri", JSON_IS_STRING, false, 1, MAILBOX_URI_MAX},
	    {"expires", JSON_IS_INTEGER, false, 1, TIME_MAX},
	};
	const size_t n = m == request_info(req)->d->maildir
			     ? MAILDIR_FIELDS
			     : PN_ARRAY_LEN(fields);
	struct json_problem p;

	if (json_check(body, fields, n, &p) != 0) {
		request_bad_field(req, p.field, p.detail);
		return false;
	}
	copy(n_r->state, sizeof(n_r->state), json_get_text(body, "state"));
	copy(n_r->error, sizeof(n_r->error), json_get_text(body, "error"));
	copy(n_r->user_code, sizeof(n_r->user_code),
	    json_get_text(body, "user_code"));
	copy(n_r->verification_uri, sizeof(n_r->verification_uri),
	    json_get_text(body, "verification_uri"));
	n_r->since = json_get_integer(body, "since", 0);
	n_r->secret_expires = json_get_integer(body, "secret_expires", 0);
	n_r->passed_over = json_get_integer(body, "passed_over", 0);
	n_r->expires = json_get_integer(body, "expires", 0);
	if (!mailbox_is_state(m, n_r->state))
		request_bad_field(req, "state", "expected a known state");
	else if (!mailbox_is_error(m, n_r->error))
		request_bad_field(req, "error", "expected a known error");
	else if (!is_shown(n_r->user_code, ""))
		request_bad_field(req, "user_code", "expected visible ASCII");
	else if (n_r->verification_uri[0] != '\0' &&
		 !is_shown(n_r->verification_uri, "https://"))
		request_bad_field(
		    req, "verification_uri", "expected an https:// address");
	else
		return true;
	return false;
}

void
api_bridge_report(struct request *req)
{
	static const struct json_field fields[] = {
	    {"mailbox", JSON_IS_OBJECT, false, 0, 0},
	    {"maildir", JSON_IS_OBJECT, false, 0, 0},
	};
	struct posternd *d = request_info(req)->d;
	struct mailbox_news news = {0};
	struct mailbox *m = d->mailbox;
	json_t *body, *said;

	if (!api_bridge_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	said = json_object_get(body, "mailbox");
	if (said == NULL) {
		said = json_object_get(body, "maildir");
		m = d->maildir;
	}
	if (json_object_size(body) != 1)
		request_bad_field(
		    req, "mailbox", "expected it, or maildir, and one of them");
	else if (read_news(req, m, said, &news))
		request_reply(req, 200,
		    json_pack("{s:s, s:b}", "state", "ok", "sign_in",
			mailbox_take(m, &news, clock_now())));
}

/* ---- for posternctl ------------------------------------------------------ */

static void
reply_view(struct request *req, unsigned status)
{
	struct posternd *d = request_info(req)->d;

	request_reply(req, status,
	    mailbox_view(d->mailbox, d->settings, clock_now(), true));
}

void
api_admin_mailbox(struct request *req)
{
	if (api_admin_admits(req))
		reply_view(req, 200);
}

static int
sign_in_run(struct request *req, struct store_txn *txn)
{
	struct audit audit = {.verb = AUDIT_MAILBOX_SIGN_IN};
	int r = authorise(&request_info(req)->actor, VERB_ADMIN, NULL);

	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

static void
sign_in_committed(struct request *req)
{
	mailbox_wish(request_info(req)->d->mailbox, clock_now());
}

static void
sign_in_done(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		reply_view(req, 202);
}

void
api_admin_mailbox_sign_in(struct request *req)
{
	static const struct request_write write = {
	    .run = sign_in_run,
	    .committed = sign_in_committed,
	    .then = sign_in_done,
	};
	const struct settings *s = request_info(req)->d->settings;

	if (!api_admin_admits(req) || request_fields(req, NULL, 0) == NULL)
		return;
	if (s->mailbox.host[0] == '\0' ||
	    s->mailbox.login != SETTINGS_LOGIN_OAUTH ||
	    s->mailbox.grant != SETTINGS_GRANT_DEVICE)
		request_problem(req, PROBLEM_CONFLICT,
		    "nobody signs in to this mailbox: that needs mailbox.host, "
		    "login = oauth and grant = device",
		    NULL);
	else
		request_write(req, &write);
}
