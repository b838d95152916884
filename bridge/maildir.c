/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <glib.h>
#include <sodium.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/log.h"
#include "bridge/beat.h"
#include "bridge/inbound.h"

#define NEVER INT64_MAX
/* So many put off in a row: posternd is away, and the rest would fare alike. */
#define AWAY 8

/* What is known of a file in new/ that was looked at. */
struct known {
	int64_t next; /* when to look again, clock_boot(); or NEVER */
	int64_t pause;
	bool seen;        /* in the round under way */
	unsigned refused; /* so often in a row */
};

struct maildir {
	struct maildir_settings settings;
	struct inbound *inbound;
	struct beat *beat; /* from the first round on */
	struct beat_report report;
	pthread_t thread;
	int stop;          /* eventfd, readable once it closes */
	int notes;         /* inotify */
	int error;         /* the last one logged; 0: all is well */
	bool full;         /* too many files, and that was logged */
	GHashTable *known; /* name: struct known */
	uint8_t *mail;     /* CLASSIFY_MAIL_MAX */
};

/* One look through new/. */
struct round {
	int root;
	int fresh; /* new/ */
	struct timespec since;
	int64_t next; /* when the next one is due */
	unsigned away;
};

/* ---- the directory ---------------------------------------------------------
 */

static int
open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool
is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* A clock that was ahead then would have all mail look old for as long. */
static int
mend_since(int root, struct timespec *since)
{
	struct timespec now[2];

	(void)clock_gettime(CLOCK_REALTIME, &now[0]);
	if (!is_older(&now[0], since))
		return 0;
	now[1] = now[0];
	*since = now[0];
	log_warning("maildir", "the clock was ahead: mail counts from now on");
	return utimensat(root, MAILDIR_SINCE, now, AT_SYMLINK_NOFOLLOW) == 0
		   ? 0
		   : -errno;
}

/* The time from which on mail is ours to look at; made at the first look. */
static int
read_since(int root, struct timespec *since_r)
{
	struct stat st;
	int fd = openat(root, MAILDIR_SINCE,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return -errno;
	if (fd >= 0)
		(void)close(fd);
	if (fstatat(root, MAILDIR_SINCE, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	*since_r = st.st_mtim;
	return mend_since(root, since_r);
}

static void
round_end(struct round *t)
{
	if (t->root >= 0)
		(void)close(t->root);
	if (t->fresh >= 0)
		(void)close(t->fresh);
	t->root = -1;
	t->fresh = -1;
}

/* The watch is set first, so that nothing comes between it and the look. */
static int
round_begin(struct maildir *m, struct round *t)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/new", m->settings.path);

	*t = (struct round){
	    .root = -1, .fresh = -1, .next = clock_boot() + MAILDIR_RESCAN};
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	if (inotify_add_watch(m->notes, path,
		IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF |
		    IN_ONLYDIR) < 0)
		return -errno;
	t->root = open_dir(AT_FDCWD, m->settings.path);
	if (t->root < 0)
		return t->root;
	t->fresh = open_dir(t->root, "new");
	if (t->fresh < 0)
		return t->fresh;
	return read_since(t->root, &t->since);
}

/* ---- one mail --------------------------------------------------------------
 */

/* Positive code of read_mail(): not ours to look at. */
enum { MAIL_LEAVE = 1 };

static int
read_mail(
    struct maildir *m, const struct round *t, const char *name, size_t *len_r)
{
	struct stat st;
	int fd = openat(t->fresh, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n = 1;
	int r = 0;

	*len_r = 0;
	if (fd < 0)
		return errno == ELOOP || errno == ENXIO ? MAIL_LEAVE : -errno;
	if (fstat(fd, &st) != 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode) || is_older(&st.st_mtim, &t->since))
		r = MAIL_LEAVE;
	while (r == 0 && n > 0 && *len_r < CLASSIFY_MAIL_MAX) {
		n = read(fd, m->mail + *len_r, CLASSIFY_MAIL_MAX - *len_r);
		if (n < 0 && errno != EINTR)
			r = -errno;
		if (n > 0)
			*len_r += (size_t)n;
		else if (n < 0)
			n = 1;
	}
	(void)close(fd);
	return r;
}

static int
make_dir(int at, const char *name)
{
	return mkdirat(at, name, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

/* Into the folder beside, as read ("S"). */
static int
move_away(const struct round *t, const char *name)
{
	static const char *const dirs[] = {MAILDIR_DONE, MAILDIR_DONE "/cur",
	    MAILDIR_DONE "/new", MAILDIR_DONE "/tmp"};
	char target[NAME_MAX + 32];
	int n =
	    snprintf(target, sizeof(target), MAILDIR_DONE "/cur/%s:2,S", name);
	int r = n < 0 || (size_t)n >= sizeof(target) ? -ENAMETOOLONG : 0;

	for (size_t i = 0; r == 0 && i < PN_ARRAY_LEN(dirs); i++)
		r = make_dir(t->root, dirs[i]);
	if (r == 0 && renameat(t->fresh, name, t->root, target) != 0)
		r = -errno;
	return r;
}

static void
put_away(struct maildir *m, const struct round *t, const char *name)
{
	int r;

	if (m->settings.remove)
		r = unlinkat(t->fresh, name, 0) == 0 ? 0 : -errno;
	else
		r = move_away(t, name);
	if (r < 0 && r != -ENOENT)
		log_error(
		    "maildir", "cannot put a mail away: %s", strerror(-r));
}

static void
put_off(struct known *k, int64_t max)
{
	k->pause = k->pause == 0 ? MAILDIR_RETRY : k->pause * 2;
	if (k->pause > max)
		k->pause = max;
	k->next = clock_boot() + k->pause;
}

/* Without it posternctl says that it does not know. */
static void
report(struct maildir *m)
{
	int r = 0;

	if (m->beat == NULL)
		r = beat_start(m->settings.bridge_socket, "maildir", &m->report,
		    NULL, NULL, &m->beat);
	else
		beat_tell(m->beat, &m->report);
	if (r < 0)
		log_warning(
		    "maildir", "cannot tell how it is: %s", strerror(-r));
}

static void
judge(struct maildir *m, struct round *t, const char *name, struct known *k)
{
	enum inbound_outcome outcome = INBOUND_FOREIGN;
	size_t len;
	int r = read_mail(m, t, name, &len);

	if (r < 0 && r != -ENOENT)
		log_warning("maildir", "cannot read a mail: %s", strerror(-r));
	if (r == 0) {
		outcome = inbound_found(m->inbound, "maildir", m->mail, len);
		t->away = outcome == INBOUND_AGAIN ? t->away + 1 : 0;
	}
	sodium_memzero(m->mail, len);
	/* what cannot be put away is not handed over again */
	k->next = NEVER;
	k->refused = outcome == INBOUND_REFUSED ? k->refused + 1 : 0;
	if (outcome == INBOUND_RECORDED)
		put_away(m, t, name);
	if (k->refused == INBOUND_TRIES) {
		log_error("maildir",
		    "a mail was refused %d times: it stays, and is passed over",
		    INBOUND_TRIES);
		m->report.passed_over++;
		report(m);
	} else if (r < 0 || k->refused > 0 || outcome == INBOUND_AGAIN)
		put_off(k, r < 0 ? MAILDIR_UNREAD_MAX : MAILDIR_AWAY_MAX);
}

/* ---- all of them -----------------------------------------------------------
 */

static struct known *
known_of(struct maildir *m, const char *name)
{
	struct known *k = g_hash_table_lookup(m->known, name);

	if (k != NULL)
		return k;
	if (g_hash_table_size(m->known) >= MAILDIR_FILES_MAX) {
		if (!m->full)
			log_warning("maildir",
			    "more than %d files in new/: some are not looked "
			    "at",
			    MAILDIR_FILES_MAX);
		m->full = true;
		return NULL;
	}
	k = g_new0(struct known, 1);
	(void)g_hash_table_insert(m->known, g_strdup(name), k);
	return k;
}

static bool
is_stopped(const struct maildir *m)
{
	struct pollfd fd = {.fd = m->stop, .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

/* Names that are gone are forgotten. */
static gboolean
forget_unseen(gpointer name, gpointer value, gpointer context)
{
	struct known *k = value;
	bool seen = k->seen;

	(void)name;
	(void)context;
	k->seen = false;
	return !seen;
}

static int
look(struct maildir *m, struct round *t)
{
	const struct dirent *entry;
	DIR *dir = fdopendir(t->fresh);

	if (dir == NULL)
		return -errno;
	while ((entry = readdir(dir)) != NULL && !is_stopped(m)) {
		struct known *k;

		if (entry->d_name[0] == '.')
			continue;
		k = known_of(m, entry->d_name);
		if (k == NULL)
			continue;
		k->seen = true;
		if (k->next <= clock_boot()) {
			/* its turn comes with those that were put off */
			if (t->away >= AWAY)
				continue;
			judge(m, t, entry->d_name, k);
		}
		if (k->next < t->next)
			t->next = k->next;
	}
	if (t->away >= AWAY && t->next < clock_boot() + MAILDIR_RETRY)
		t->next = clock_boot() + MAILDIR_RETRY;
	t->fresh = -1;
	(void)closedir(dir);
	if (g_hash_table_foreach_remove(m->known, forget_unseen, NULL) > 0)
		m->full = false;
	return 0;
}

static enum beat_error
beat_error_of(int error)
{
	switch (error) {
	case 0:
		return BEAT_NONE;
	case -ENOENT:
	case -ENOTDIR:
		return BEAT_MISSING;
	case -EACCES:
	case -EPERM:
	case -EROFS:
		return BEAT_DENIED;
	default:
		return BEAT_MACHINE;
	}
}

static void
tell(struct maildir *m, int error)
{
	if (error == m->error)
		return;
	m->error = error;
	m->report.state = error == 0 ? BEAT_WATCHING : BEAT_TROUBLE;
	m->report.error = beat_error_of(error);
	m->report.since = clock_now();
	report(m);
	if (error < 0)
		log_error("maildir", "cannot watch mail.maildir: %s",
		    strerror(-error));
	else
		log_info("maildir", "watching mail.maildir");
}

/* Until something happens in new/ or NEXT has come. False: it closes. */
static bool
wait_note(const struct maildir *m, int64_t next)
{
	char notes[4096];
	struct pollfd fds[2] = {
	    {.fd = m->stop, .events = POLLIN},
	    {.fd = m->notes, .events = POLLIN},
	};
	int64_t left = next - clock_boot();

	(void)poll(fds, 2, left < 0 ? 0 : (int)left);
	/* what they say does not matter: new/ says it all */
	while (read(m->notes, notes, sizeof(notes)) > 0)
		;
	return fds[0].revents == 0;
}

static void *
maildir_main(void *context)
{
	struct maildir *m = context;
	struct round t;

	do {
		int r = round_begin(m, &t);

		if (r == 0)
			r = look(m, &t);
		tell(m, r);
		round_end(&t);
	} while (wait_note(m, t.next));
	return NULL;
}

/* ---- opening and closing ---------------------------------------------------
 */

static void
maildir_free(struct maildir **m)
{
	if (*m == NULL)
		return;
	beat_stop(&(*m)->beat);
	inbound_close(&(*m)->inbound);
	g_hash_table_destroy((*m)->known);
	if ((*m)->stop >= 0)
		(void)close((*m)->stop);
	if ((*m)->notes >= 0)
		(void)close((*m)->notes);
	free((*m)->mail);
	free(*m);
	*m = NULL;
}

int
maildir_open(const struct maildir_settings *settings, struct parser *parser,
    struct maildir **m_r)
{
	PN_CLEANUP(maildir_free) struct maildir *m = calloc(1, sizeof(*m));
	int r;

	if (m == NULL)
		return -ENOMEM;
	m->settings = *settings;
	m->error = 1; /* the first round says how it went */
	m->known =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	m->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	m->notes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	m->mail = malloc(CLASSIFY_MAIL_MAX);
	if (m->stop < 0 || m->notes < 0 || m->mail == NULL)
		return -ENOMEM;
	r = inbound_open(
	    settings->bridge_socket, &m->settings.style, parser, &m->inbound);
	if (r < 0)
		return r;
	r = -pthread_create(&m->thread, NULL, maildir_main, m);
	if (r < 0)
		return r;
	*m_r = m;
	m = NULL;
	return 0;
}

bool
maildir_close(struct maildir **m, int64_t grace_ms)
{
	struct timespec until;

	if (*m == NULL)
		return true;
	(void)eventfd_write((*m)->stop, 1);
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(grace_ms / 1000) + 1;
	if (pthread_clockjoin_np((*m)->thread, NULL, CLOCK_MONOTONIC, &until) !=
	    0)
		return false;
	maildir_free(m);
	return true;
}
