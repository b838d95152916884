/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may do what: the one place. Every handler asks before it acts, and
 * whoever writes asks again inside the write transaction, with what that
 * transaction sees.
 *
 * What is absent and what is forbidden look alike to those who do not
 * belong (AUTH_HIDDEN, also for a NULL object); those who belong are told
 * why not.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "daemon/problem.h"
#include "store/person.h"
#include "store/relation.h"
#include "store/session.h"
#include "store/thread.h"

enum actor_kind {
	ACTOR_NONE,     /* web.sock, no session */
	ACTOR_FRONTEND, /* portal.sock, no session: acts by its rights */
	ACTOR_PERSON,   /* a session */
	ACTOR_BRIDGE,   /* bridge.sock */
	ACTOR_ADMIN,    /* admin.sock */
};

struct actor {
	enum actor_kind kind;
	struct id person;         /* ACTOR_PERSON */
	enum person_role role;    /* ACTOR_PERSON */
	enum session_state state; /* ACTOR_PERSON: how far it has come */
	int64_t rights;           /* of the frontend: SETTINGS_RIGHT_* */
	int64_t roles;            /* whom it may assert: SETTINGS_ROLE_* */
};

enum verb {
	VERB_SESSION_ASSERT, /* person */
	VERB_SESSION_LOGIN,  /* person */
	VERB_SESSION_SEE,    /* - : one's own, and keeping it */
	VERB_SESSION_END,    /* - : one's own */
	VERB_SESSIONS,       /* - : list and end all of one's own */
	VERB_FACTOR_CHECK,   /* - : the second step of signing in */
	VERB_FACTOR_SETUP,   /* - */
	VERB_ACCOUNT_OPEN,   /* - : by link and code, or a recovery code */
	VERB_SELF_READ,      /* - */
	VERB_SELF_CHANGE,    /* - */
	VERB_LIVE,           /* - */
	VERB_CONTACTS_LIST,  /* - */
	VERB_CONTACT_DRAFT,  /* relation, person: the other */
	VERB_THREADS_LIST,   /* - */
	VERB_THREAD_SEE,     /* thread */
	VERB_THREAD_START,   /* relation, person: the other */
	VERB_ENTRIES_READ,   /* thread */
	VERB_ENTRY_POST,     /* thread, relation */
	VERB_MARK_READ,      /* thread */
	VERB_THREAD_DRAFT,   /* thread */
	VERB_UPLOAD,         /* - : a file, for a message */
	VERB_PEOPLE_READ,    /* - */
	VERB_PERSON_PUT,     /* person, if its role is to count */
	VERB_PICTURE_SEE,    /* person, relation with them */
	VERB_RELATION_PUT,   /* - */
	VERB_ENROLMENT_NEW,  /* person, if known: hand out a code */
	VERB_BRIDGE,         /* - : lease, report, hand in, ask */
	VERB_ADMIN,          /* - */
	VERBS,
};

/* What it is done to; what the verb does not name stays NULL. */
struct object {
	const struct thread *thread;
	const struct relation *relation;
	const struct person *person;
};

/* Positive codes. */
enum auth_code {
	AUTH_HIDDEN = 100,   /* as if it were not there */
	AUTH_FORBIDDEN,      /* not for this kind of actor */
	AUTH_THREAD_CLOSED,  /* a member; the thread takes no more */
	AUTH_WRITING_CLOSED, /* a member; the relation was closed to writing */
	AUTH_ENDED,          /* was a member, is no more */
	AUTH_UNREACHABLE,    /* the other no longer takes part */
	AUTH_FACTOR_DUE,     /* signed in by half */
	AUTH_CODES,          /* no code */
};

int authorise(const struct actor *actor, enum verb verb,
    const struct object *object) PN_NODISCARD;
/* How a refusal is told. */
enum problem authorise_problem(int code);
/* Whether P sees what only the practice's side sees. */
bool authorise_practice_side(const struct thread *t, const struct id *person);
