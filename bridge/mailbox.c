/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sodium.h>
#include <sys/eventfd.h>
#include "base/clock.h"
#include "base/log.h"
#include "bridge/beat.h"
#include "bridge/bookmark.h"
#include "bridge/inbound.h"

#define PAUSE_MIN CLOCK_SECOND
/* A connection that held so long was a good one: pauses begin anew. */
#define GOOD_AFTER CLOCK_MINUTE
/* Between two looks, whatever the server says: it does not set our pace. */
#define PACE 100

/*
 * A mail the server does not hand out, or put away, is passed over after so
 * many tries, an hour's with the pauses as they are: it may be in trouble
 * itself.
 */
#define SERVER_TRIES 20

/* To sign in on a device; one at a time. */
enum wish {
	WISH_NONE,
	WISH_MADE,
	WISH_HEARD,
};

struct mailbox {
	struct mailbox_settings settings;
	struct bookmark_place place;
	struct inbound *inbound;
	struct oauth *oauth;
	struct beat *beat;
	pthread_t thread;
	int interrupt; /* eventfd: a wish, or the end */
	atomic_bool stop;
	_Atomic enum wish wish;
	struct beat_report report;
	struct bookmark bookmark;
	bool read;    /* the bookmark, from the disk */
	bool unsaved; /* it is not there as it is here */
	/* the mail that did not go on last, so often, and when it is enough */
	uint32_t stuck;
	unsigned enough;
	unsigned tries;
	uint32_t recorded; /* its verdict is durable, whatever followed */
	uint32_t known;    /* the server's UIDNEXT, when it was asked */
	int64_t pause;     /* the last one; 0 while all is well */
	uint32_t uids[IMAP_SPAN];
};

/* ---- how it is -----------------------------------------------------------
 */

/* What the log says of it; posternctl has longer words. */
static const struct {
	enum beat_error error;
	const char *words;
} troubles[] = {
    {BEAT_UNREACHABLE, "nobody answers at mailbox.host"},
    {BEAT_TIMEOUT, "the server is too slow"},
    {BEAT_NO_TRUST, "no certificate to trust could be read"},
    {BEAT_UNTRUSTED, "its certificate is not trusted, or not for mailbox.host"},
    {BEAT_NO_TLS, "there is no safe way to TLS"},
    {BEAT_DISCONNECTED, "the connection broke"},
    {BEAT_PROTOCOL, "what it says is not IMAP, or too much"},
    {BEAT_LOGIN, "it refuses mailbox.user or what proves it"},
    {BEAT_OAUTH_ONLY, "it takes no password, but XOAUTH2: set mailbox.login "
		      "= oauth"},
    {BEAT_NO_PASSWORD, "it offers neither LOGIN nor AUTH=PLAIN, nor XOAUTH2"},
    {BEAT_FOLDER, "it does not open mailbox.folder"},
    {BEAT_FETCH, "it does not hand out a mail"},
    {BEAT_VERDICT, "a verdict could not be recorded"},
    {BEAT_STATE, "the bookmark cannot be read or written"},
    {BEAT_SIGN_IN, "somebody has to sign in: posternctl mailbox sign-in"},
    {BEAT_CLIENT, "the token endpoint refuses mailbox.client-id or its secret"},
    {BEAT_TOKEN, "the token endpoint gives no token"},
    {BEAT_MACHINE, "not enough memory, or other trouble of this machine"},
};

static void
log_trouble(enum beat_error error)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(troubles); i++)
		if (troubles[i].error == error)
			log_warning("mailbox", "%s", troubles[i].words);
}

static void
tell(struct mailbox *m, enum beat_state state, enum beat_error error)
{
	struct beat_report *r = &m->report;
	int64_t ends = m->settings.secret_expires;

	if (r->state != state || r->error != error)
		r->since = clock_now();
	if (error != BEAT_NONE && r->error != error)
		log_trouble(error);
	r->state = state;
	r->error = error;
	if (m->oauth != NULL && oauth_refresh_ends(m->oauth) != 0 &&
	    (ends == 0 || oauth_refresh_ends(m->oauth) < ends))
		ends = oauth_refresh_ends(m->oauth);
	r->secret_expires = ends;
	beat_tell(m->beat, r);
}

static enum beat_error
error_of_imap(int r)
{
	switch (r) {
	case IMAP_NO_ADDRESS:
		return BEAT_UNREACHABLE;
	case IMAP_NO_TRUST:
		return BEAT_NO_TRUST;
	case IMAP_UNTRUSTED:
		return BEAT_UNTRUSTED;
	case IMAP_NO_TLS:
		return BEAT_NO_TLS;
	case IMAP_OAUTH_ONLY:
		return BEAT_OAUTH_ONLY;
	case IMAP_NO_PASSWORD:
		return BEAT_NO_PASSWORD;
	case -ETIMEDOUT:
		return BEAT_TIMEOUT;
	case -ECONNRESET:
	case -EPIPE:
		return BEAT_DISCONNECTED;
	case IMAP_REFUSED:
	case -EPROTO:
	case -EMSGSIZE:
		return BEAT_PROTOCOL;
	case -ECONNREFUSED:
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -EACCES:
	case -EPERM:
		return BEAT_UNREACHABLE;
	default:
		return BEAT_MACHINE;
	}
}

static enum beat_error
error_of_oauth(int r)
{
	switch (r) {
	case OAUTH_SIGN_IN:
	case OAUTH_DENIED:
		return BEAT_SIGN_IN;
	case OAUTH_CLIENT:
		return BEAT_CLIENT;
	case OAUTH_REFUSED:
	case OAUTH_TROUBLE:
		return BEAT_TOKEN;
	default:
		return BEAT_MACHINE;
	}
}

/* ---- one mail ------------------------------------------------------------
 */

/*
 * All of these return false when the session is over, and have told why then;
 * told to stop they say nothing.
 */
static bool
over(struct mailbox *m, int r, enum beat_error error)
{
	if (r != -ECANCELED)
		tell(m, BEAT_TROUBLE, error);
	return false;
}

static bool
save_bookmark(struct mailbox *m)
{
	int r = 0;

	if (m->unsaved)
		r = bookmark_write(&m->place, &m->bookmark);
	m->unsaved = r < 0;
	return r == 0 ? true : over(m, r, BEAT_STATE);
}

static bool
move_bookmark(struct mailbox *m, uint32_t next)
{
	m->unsaved = m->unsaved || m->bookmark.next != next;
	m->bookmark.next = next;
	return save_bookmark(m);
}

/* UID is done with; R < 0: and so is the connection. */
static bool
go_past(struct mailbox *m, uint32_t uid, int r)
{
	if (uid != UINT32_MAX) {
		if (!move_bookmark(m, uid + 1))
			return false;
		m->recorded = 0; /* a server set back may give it out again */
	}
	return r >= 0 ? true : over(m, r, error_of_imap(r));
}

/*
 * Once more it did not go on, by R (imap.h, or 0: posternd). It must not keep
 * all others waiting for ever: true after so many TRIES in a row.
 */
static bool
is_enough(
    struct mailbox *m, uint32_t uid, unsigned tries, int r, enum beat_error why)
{
	if (r == -ECANCELED || r == -ENOMEM)
		return over(m, r, why);
	if (m->stuck != uid || m->enough != tries)
		m->tries = 0;
	m->stuck = uid;
	m->enough = tries;
	m->tries++;
	if (m->tries < tries)
		return over(m, r, why);
	m->tries = 0;
	return true;
}

/* It is left where it is, unseen, by posternd or by the server. */
static bool
pass_over(
    struct mailbox *m, uint32_t uid, unsigned tries, int r, enum beat_error why)
{
	if (!is_enough(m, uid, tries, r, why))
		return false;
	log_error("mailbox",
	    "mail %u was refused %u times: it stays, and is passed over",
	    (unsigned)uid, tries);
	m->report.passed_over++;
	tell(m, BEAT_CONNECTED, BEAT_NONE);
	return go_past(m, uid, r);
}

/* Its verdict is durable, so that nothing is lost if this fails. */
static bool
put_away(struct mailbox *m, struct imap *imap, uint32_t uid)
{
	int r = imap_remove(imap, uid, m->settings.processed_folder);

	if (r < 0 && !is_enough(m, uid, SERVER_TRIES, r, error_of_imap(r)))
		return false;
	if (r != 0)
		log_warning("mailbox", "a mail could not be %s; it stays",
		    m->settings.processed_folder == NULL ? "deleted" : "moved");
	return go_past(m, uid, r);
}

static bool
take_verdict(
    struct mailbox *m, struct imap *imap, uint32_t uid, const struct buf *mail)
{
	switch (inbound_found(m->inbound, "mailbox", mail->data, mail->len)) {
	case INBOUND_RECORDED:
		m->recorded = uid;
		m->tries = 0;
		return put_away(m, imap, uid);
	case INBOUND_FOREIGN:
		return go_past(m, uid, 0);
	case INBOUND_REFUSED:
		return pass_over(m, uid, INBOUND_TRIES, 0, BEAT_VERDICT);
	default:
		m->tries = 0;
		return over(m, 0, BEAT_VERDICT);
	}
}

static bool
take_mail(struct mailbox *m, struct imap *imap, uint32_t uid)
{
	buf_auto struct buf mail = {0};
	int r;

	/* the connection broke where it was to be put away */
	if (m->recorded == uid)
		return put_away(m, imap, uid);
	buf_init(&mail, IMAP_MAIL_MAX);
	r = imap_fetch(imap, uid, &mail);
	if (r == 0)
		return take_verdict(m, imap, uid, &mail);
	if (r == IMAP_GONE)
		return go_past(m, uid, 0);
	return pass_over(m, uid, SERVER_TRIES, r,
	    r == IMAP_REFUSED ? BEAT_FETCH : error_of_imap(r));
}

/*
 * Everything from the bookmark on. Far behind the end it goes in spans, so
 * that no answer is too long.
 */
static bool
catch_up(struct mailbox *m, struct imap *imap)
{
	bool all = false;

	while (!all && !atomic_load(&m->stop)) {
		uint32_t first = m->bookmark.next, last = 0;
		size_t n;
		int r;

		if (m->known > first && m->known - first > IMAP_SPAN)
			last = first + IMAP_SPAN - 1;
		all = last == 0;
		r = imap_search(imap, first, last, m->uids, &n);
		if (r != 0)
			return over(m, r, error_of_imap(r));
		for (size_t i = 0; i < n; i++)
			if (atomic_load(&m->stop) ||
			    !take_mail(m, imap, m->uids[i]))
				return false;
		if (!all && !move_bookmark(m, last + 1))
			return false;
	}
	return true;
}

/* ---- a session -----------------------------------------------------------
 */

static bool
sign_in(struct mailbox *m, struct imap *imap)
{
	const struct mailbox_settings *s = &m->settings;
	const char *token;
	int r;

	if (s->password != NULL) {
		r = imap_login(imap, s->user, s->password);
	} else {
		r = oauth_token(m->oauth, &token);
		if (r != 0)
			return over(m, r, error_of_oauth(r));
		r = imap_login_token(imap, s->user, token);
		if (r == IMAP_REFUSED)
			oauth_forget(m->oauth);
	}
	if (r == IMAP_REFUSED)
		return over(m, r, BEAT_LOGIN);
	return r == 0 ? true : over(m, r, error_of_imap(r));
}

/*
 * Once. A disk that cannot be read just now is no reason to begin anew: mails
 * would be passed over.
 */
static bool
read_bookmark(struct mailbox *m)
{
	int r;

	if (m->read)
		return true;
	r = bookmark_read(&m->place, &m->bookmark);
	if (r < 0)
		return over(m, r, BEAT_STATE);
	m->read = true;
	if (r != 0)
		m->bookmark = (struct bookmark){0};
	if (r == BOOKMARK_OTHER)
		log_warning("mailbox",
		    "the bookmark is damaged, or another mailbox's: only what "
		    "comes from now on is looked at");
	else if (r == BOOKMARK_NONE)
		log_info("mailbox", "only what comes from now on is looked at");
	return true;
}

static bool
open_folder(struct mailbox *m, struct imap *imap)
{
	struct bookmark *b = &m->bookmark;
	uint32_t validity;
	int r = imap_select(imap, m->settings.folder, &validity, &m->known);

	if (r != 0)
		return over(
		    m, r, r == IMAP_REFUSED ? BEAT_FOLDER : error_of_imap(r));
	/* fewer than there were: the server was set back to an older day */
	if (b->validity == validity && b->next <= m->known)
		return save_bookmark(m);
	if (b->validity != 0)
		log_warning("mailbox",
		    "the server has numbered its mails anew: what came since "
		    "the last look is not looked at");
	b->validity = validity;
	m->unsaved = true;
	m->recorded = 0;
	return move_bookmark(m, m->known);
}

static void
watch(struct mailbox *m, struct imap *imap)
{
	const struct timespec pace = {.tv_nsec = PACE * 1000000L};
	const struct mailbox_settings *s = &m->settings;

	tell(m, BEAT_CONNECTED, BEAT_NONE);
	log_info("mailbox", "connected%s",
	    imap_has_idle(imap) ? "" : "; the server has no IDLE");
	while (catch_up(m, imap) && !atomic_load(&m->stop)) {
		int r =
		    imap_wait(imap, imap_has_idle(imap) ? s->idle : s->poll);

		if (r != 0) {
			(void)over(m, r, error_of_imap(r));
			return;
		}
		(void)nanosleep(&pace, NULL);
	}
}

static void
session(struct mailbox *m)
{
	imap_auto struct imap *imap = NULL;
	int64_t begun = clock_boot();
	int r;

	if (m->report.state != BEAT_TROUBLE)
		tell(m, BEAT_CONNECTING, BEAT_NONE);
	if (!read_bookmark(m))
		return;
	/* a token first: without one there is nothing to connect for */
	if (m->oauth != NULL) {
		const char *token;

		r = oauth_token(m->oauth, &token);
		if (r != 0) {
			(void)over(m, r, error_of_oauth(r));
			return;
		}
	}
	r = imap_open(&m->settings.imap, &imap);
	if (r != 0)
		(void)over(m, r, error_of_imap(r));
	else if (sign_in(m, imap) && open_folder(m, imap))
		watch(m, imap);
	if (clock_boot() - begun > GOOD_AFTER)
		m->pause = 0;
}

/* ---- signing in on a device ----------------------------------------------
 */

/* Until MS have passed or somebody interrupts; false: that. */
static bool
rest(struct mailbox *m, int64_t ms)
{
	struct pollfd fd = {.fd = m->interrupt, .events = POLLIN};

	return poll(&fd, 1, (int)ms) <= 0;
}

static void
sign_in_anew(struct mailbox *m)
{
	int r = oauth_begin(m->oauth, &m->report.prompt);

	if (r == 0) {
		tell(m, BEAT_SIGNING_IN, BEAT_NONE);
		log_info("mailbox", "somebody signs in");
		do {
			if (!rest(m, oauth_interval(m->oauth)) &&
			    atomic_load(&m->stop))
				return;
			r = oauth_poll(m->oauth);
		} while (r == OAUTH_PENDING || r == OAUTH_TROUBLE);
	}
	if (r == 0)
		m->pause = 0;
	else if (r != -ECANCELED)
		tell(m, BEAT_TROUBLE, error_of_oauth(r));
}

/* ---- the thread ----------------------------------------------------------
 */

/* Twice as long each time, and each bridge at a time of its own. */
static void
back_off(struct mailbox *m)
{
	int64_t max = m->settings.retry;
	int64_t pause = m->pause == 0 ? PAUSE_MIN : m->pause * 2;

	m->pause = pause < max ? pause : max;
	(void)rest(
	    m, m->pause / 2 + (int64_t)randombytes_uniform((uint32_t)m->pause));
}

static void
interrupt(struct mailbox *m)
{
	(void)eventfd_write(m->interrupt, 1);
}

static void *
mailbox_main(void *context)
{
	struct mailbox *m = context;
	eventfd_t count;

	for (;;) {
		/* first this, so that what is said from now on interrupts */
		(void)eventfd_read(m->interrupt, &count);
		if (atomic_load(&m->stop))
			break;
		if (atomic_load(&m->wish) == WISH_MADE) {
			atomic_store(&m->wish, WISH_HEARD);
			sign_in_anew(m);
			atomic_store(&m->wish, WISH_NONE);
			continue;
		}
		session(m);
		back_off(m);
	}
	return NULL;
}

static bool
broken_off(void *context)
{
	const struct mailbox *m = context;

	return atomic_load(&m->stop);
}

static void
on_wish(void *context)
{
	struct mailbox *m = context;
	enum wish none = WISH_NONE;

	if (m->oauth != NULL && m->settings.oauth.device &&
	    atomic_compare_exchange_strong(&m->wish, &none, WISH_MADE))
		interrupt(m);
}

static void
mailbox_free(struct mailbox *m)
{
	beat_stop(&m->beat);
	oauth_close(&m->oauth);
	inbound_close(&m->inbound);
	if (m->interrupt >= 0)
		(void)close(m->interrupt);
	free(m);
}

static int
mailbox_init(struct mailbox *m, struct parser *parser)
{
	struct mailbox_settings *s = &m->settings;
	int r;

	m->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->interrupt < 0)
		return -errno;
	s->imap.stop = m->interrupt;
	s->oauth.abort = broken_off;
	s->oauth.context = m;
	m->place = (struct bookmark_place){
	    .directory = s->directory,
	    .host = s->imap.host,
	    .user = s->user,
	    .folder = s->folder,
	};
	m->report.since = clock_now();
	r = inbound_open(s->bridge_socket, &s->style, parser, &m->inbound);
	if (r == 0 && s->password == NULL)
		r = oauth_open(&s->oauth, &m->oauth);
	if (r == 0)
		r = beat_start(s->bridge_socket, "mailbox", &m->report, on_wish,
		    m, &m->beat);
	if (r == 0)
		r = -pthread_create(&m->thread, NULL, mailbox_main, m);
	return r;
}

int
mailbox_start(const struct mailbox_settings *s, struct parser *parser,
    struct mailbox **m_r)
{
	struct mailbox *m = calloc(1, sizeof(*m));
	int r;

	if (m == NULL)
		return -ENOMEM;
	m->settings = *s;
	m->interrupt = -1;
	r = mailbox_init(m, parser);
	if (r < 0) {
		mailbox_free(m);
		return r;
	}
	*m_r = m;
	return 0;
}

bool
mailbox_stop(struct mailbox **m, int64_t grace_ms)
{
	struct timespec until;

	if (*m == NULL)
		return true;
	atomic_store(&(*m)->stop, true);
	interrupt(*m);
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(grace_ms / 1000);
	/* the resolver cannot be told to stop */
	if (pthread_timedjoin_np((*m)->thread, NULL, &until) != 0)
		return false;
	mailbox_free(*m);
	*m = NULL;
	return true;
}
