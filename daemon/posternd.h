/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * posternd: what its parts share. Made once at the start, read-only after
 * that except through the parts' own locks.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/attr.h"
#include "base/settings.h"
#include "daemon/gate.h"
#include "daemon/keys.h"
#include "daemon/rounds.h"
#include "store/idem.h"
#include "store/store.h"
#include "store/writer.h"

struct brake;
struct children;
struct command_options;
struct http;
struct live;
struct mailbox;
struct notices;
struct pool;
struct rate;
struct scanner;
struct sessions;
struct uploads;
struct waiters;

/* sysexits(3): what restarting cannot help, and what it can. */
enum posternd_exit {
	EXIT_GOOD = 0,
	EXIT_TROUBLE = 1,
	EXIT_BAD_USAGE = 64,
	EXIT_DAMAGED = 65,
	EXIT_TRY_LATER = 75,
	EXIT_BAD_CONFIG = 78, /* also: wrong or missing key, a newer store */
};

/* Sent to a participant's new addresses, an hour. */
#define POSTERND_ADDRESS_CODES 5

struct posternd {
	struct settings *settings;
	struct store *store;
	struct idem_table *idem; /* the writer's thread only */
	struct sessions *sessions;
	struct notices *notices;
	struct waiters *lease_waiters;
	struct live *live;
	struct mailbox *mailbox;     /* as the bridge tells of it */
	struct mailbox *maildir;     /* likewise */
	struct brake *brake;         /* on who guesses */
	struct children *judges;     /* of passkeys */
	struct children *inspectors; /* of files */
	struct uploads *uploads;
	struct scanner *scanner;     /* of files; NULL: there is none */
	struct pool *login_pool;     /* Argon2id, and waiting for judges */
	struct pool *read_pool;      /* pages */
	struct pool *file_pool;      /* pieces of files, and looking at them */
	struct rate *post_rate;      /* by participant */
	struct rate *draft_rate;     /* likewise */
	struct rate *upload_rate;    /* likewise; KiB */
	struct rate *address_rate;   /* likewise; codes sent */
	struct rate *recipient_rate; /* the bridge's questions */
	struct rate *inbound_rate;   /* the bridge's verdicts */
	struct gate gates[GATES];
	struct http *http[GATES];
	bool own_socket[GATES]; /* to be unlinked */
	uid_t *frontend_uids;   /* beside settings->frontends */
	uid_t web_uid;          /* (uid_t)-1: whoever opens the socket */
	uid_t bridge_uid;       /* likewise */
	uid_t admin_uid;
	int64_t started;
	int64_t alive;      /* last sign of life to systemd; clock_boot() */
	int64_t swept;      /* last look for dead sessions */
	int64_t rounds_due; /* the next look for people; clock_boot() */
	struct rounds_seen rounds_seen;
	_Atomic uint32_t unreadable; /* mails since the last summary */
	atomic_bool stopping;
	_Atomic int64_t bridge_seen; /* last lease request; 0: never */
	struct keys keys;
	pthread_rwlock_t writer_lock; /* around writer, which goes first */
	struct writer *writer;
};

/* The program; returns its exit status. */
int posternd_main(int argc, char **argv);

/*
 * Reads the settings and puts up all parts but the sockets; logs what is
 * wrong. D is zeroed by the caller. An enum posternd_exit.
 */
int posternd_open(struct posternd *d, const struct command_options *o);
/* Takes what systemd passes, else binds its own. An enum posternd_exit. */
int posternd_listen(struct posternd *d);
/* Accepts no more, and waits a while for requests in flight. */
void posternd_unlisten(struct posternd *d);
/* All of that; then commits what is queued, and stops. */
void posternd_close(struct posternd *d);
/* As writer_submit(); WRITER_STOPPING once the writer is gone. */
int posternd_submit(struct posternd *d, struct writer_op *op) PN_NODISCARD;
bool posternd_read_only(struct posternd *d);
/* Now and then, from the thread that keeps time. False: it has to end. */
bool posternd_tick(struct posternd *d) PN_NODISCARD;
