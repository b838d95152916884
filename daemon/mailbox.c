/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "daemon/view.h"

/* The bridge speaks every minute. */
#define SILENT (3 * CLOCK_MINUTE)
/* A wish that nobody has taken up by then would come as a surprise. */
#define WISH_LIFE (2 * CLOCK_MINUTE)
#define EXPIRES_SOON (30 * CLOCK_DAY)

struct mailbox {
	enum mailbox_kind kind;
	pthread_mutex_t lock;
	struct mailbox_news news;
	int64_t seen; /* 0: never */
	int64_t wish; /* when it was made; 0: there is none */
};

/* Errors are reasons in the status, too, with the name before them. */
static const struct {
	const char *name;
	const char *states[5];
	const char *errors[20];
} kinds[] = {
    [MAILBOX_IMAP] =
	{
	    .name = "mailbox",
	    .states = {"connecting", "connected", "trouble", "signing-in"},
	    .errors = {"unreachable", "timeout", "no-trust", "untrusted",
		"no-tls", "disconnected", "protocol", "login", "oauth-only",
		"no-password", "folder", "fetch", "verdict", "state", "sign-in",
		"client", "token", "machine"},
	},
    [MAILBOX_MAILDIR] =
	{
	    .name = "maildir",
	    .states = {"watching", "trouble"},
	    .errors = {"missing", "denied", "machine"},
	},
};

int
mailbox_new(enum mailbox_kind kind, struct mailbox **m_r)
{
	struct mailbox *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return -ENOMEM;
	m->kind = kind;
	(void)pthread_mutex_init(&m->lock, NULL);
	*m_r = m;
	return 0;
}

void
mailbox_free(struct mailbox **m)
{
	if (*m == NULL)
		return;
	(void)pthread_mutex_destroy(&(*m)->lock);
	free(*m);
	*m = NULL;
}

static bool
is_one_of(const char *const *words, const char *word)
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

bool
mailbox_is_state(const struct mailbox *m, const char *word)
{
	return is_one_of(kinds[m->kind].states, word);
}

bool
mailbox_is_error(const struct mailbox *m, const char *word)
{
	return word[0] == '\0' || is_one_of(kinds[m->kind].errors, word);
}

static bool
is_off(const struct mailbox *m, const struct settings *s)
{
	const char *where =
	    m->kind == MAILBOX_IMAP ? s->mailbox.host : s->mail.maildir;

	return where[0] == '\0';
}

bool
mailbox_take(struct mailbox *m, const struct mailbox_news *news, int64_t now)
{
	bool wish;

	(void)pthread_mutex_lock(&m->lock);
	m->news = *news;
	m->seen = now;
	if (strcmp(news->state, "signing-in") == 0 || now - m->wish > WISH_LIFE)
		m->wish = 0;
	wish = m->wish != 0;
	(void)pthread_mutex_unlock(&m->lock);
	return wish;
}

void
mailbox_wish(struct mailbox *m, int64_t now)
{
	(void)pthread_mutex_lock(&m->lock);
	m->wish = now;
	(void)pthread_mutex_unlock(&m->lock);
}

/* A copy, as one who looks NOW should see it. */
static struct mailbox_news
look(struct mailbox *m, const struct settings *s, int64_t now)
{
	struct mailbox_news news;
	bool off = is_off(m, s);

	(void)pthread_mutex_lock(&m->lock);
	news = m->news;
	if (off || m->seen == 0 || now - m->seen > SILENT)
		news = (struct mailbox_news){.since = off ? 0 : m->seen};
	(void)pthread_mutex_unlock(&m->lock);
	if (news.state[0] == '\0')
		(void)snprintf(news.state, sizeof(news.state), "%s",
		    off ? "off" : "unknown");
	return news;
}

static const char *
or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

json_t *
mailbox_view(
    struct mailbox *m, const struct settings *s, int64_t now, bool with_code)
{
	struct mailbox_news n = look(m, s, now);
	json_t *view = json_pack("{s:s, s:o, s:s?, s:I}", "state", n.state,
	    "since", view_time(n.since), "error", or_null(n.error),
	    "passed_over", (json_int_t)n.passed_over);
	int bad = view == NULL;

	if (!bad && m->kind == MAILBOX_IMAP)
		bad |= json_object_set_new(
		    view, "secret_expires_at", view_time(n.secret_expires));
	if (!bad && with_code)
		bad |= json_object_update_new(
		    view, json_pack("{s:s?, s:s?, s:o}", "user_code",
			      or_null(n.user_code), "verification_uri",
			      or_null(n.verification_uri), "expires_at",
			      view_time(n.expires)));
	if (bad != 0)
		json_drop(&view);
	return view;
}

static int
add_reason(const struct mailbox *m, const char *word, json_t *reasons)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%s-%s", kinds[m->kind].name, word);
	return json_array_append_new(reasons, json_string(text));
}

int
mailbox_reasons(struct mailbox *m, const struct settings *s, int64_t started,
    int64_t now, json_t *reasons)
{
	struct mailbox_news n = look(m, s, now);
	int r = 0;

	if (n.error[0] != '\0')
		r |= add_reason(m, n.error, reasons);
	if (strcmp(n.state, "unknown") == 0 && now - started > SILENT)
		r |= add_reason(m, "unknown", reasons);
	if (n.secret_expires != 0 && n.secret_expires < now + EXPIRES_SOON)
		r |= add_reason(m, "secret-expires", reasons);
	if (n.passed_over != 0)
		r |= add_reason(m, "passed-over", reasons);
	return r == 0 ? 0 : -ENOMEM;
}
