/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/authorise.h"

#include "base/settings.h"

static const struct thread_member *
member_of(const struct thread *t, const struct id *person)
{
	for (size_t i = 0; i < t->member_count; i++) {
		if (id_equal(&t->members[i].person, person))
			return &t->members[i];
	}
	return NULL;
}

/* Whether a frontend's roles hold P's; staff log in themselves. */
static bool
may_stand_for(const struct actor *a, const struct person *p)
{
	switch (p->role) {
	case ROLE_CLIENT:
		return (a->roles & SETTINGS_ROLE_CLIENT) != 0;
	case ROLE_PROVIDER:
		return (a->roles & SETTINGS_ROLE_PROVIDER) != 0;
	default:
		return false;
	}
}

static int
may_assert(const struct actor *a, const struct person *p)
{
	if ((a->rights & SETTINGS_RIGHT_ASSERT) == 0)
		return AUTH_FORBIDDEN;
	if (p == NULL)
		return AUTH_HIDDEN;
	if (!may_stand_for(a, p))
		return AUTH_FORBIDDEN;
	return p->active ? 0 : AUTH_HIDDEN;
}

static int
may_login(const struct person *p)
{
	return p != NULL && p->active ? 0 : AUTH_HIDDEN;
}

static int
may_see(const struct actor *a, const struct thread *t)
{
	const struct thread_member *m =
	    t != NULL ? member_of(t, &a->person) : NULL;

	if (m == NULL)
		return AUTH_HIDDEN;
	if (m->until != 0)
		return AUTH_ENDED;
	return (m->rights & MEMBER_MAY_READ) != 0 ? 0 : AUTH_FORBIDDEN;
}

static int
may_post(const struct actor *a, const struct object *o)
{
	const struct thread_member *m;
	int r = may_see(a, o->thread);

	if (r != 0)
		return r;
	m = member_of(o->thread, &a->person);
	if (m == NULL || (m->rights & MEMBER_MAY_WRITE) == 0)
		return AUTH_FORBIDDEN;
	if (o->thread->closed != 0)
		return AUTH_THREAD_CLOSED;
	if (o->relation == NULL || !o->relation->writable)
		return AUTH_WRITING_CLOSED;
	return 0;
}

/* Whether the relation is the actor's with the person. */
static bool
is_related(const struct actor *a, const struct object *o)
{
	const struct relation *r = o->relation;
	bool client = a->role == ROLE_CLIENT;

	return r != NULL && o->person != NULL &&
	       id_equal(&a->person, client ? &r->client : &r->provider) &&
	       id_equal(&o->person->id, client ? &r->provider : &r->client);
}

static int
may_start(const struct actor *a, const struct object *o)
{
	/* staff add and relate people; they read and write no message */
	if (a->role != ROLE_CLIENT && a->role != ROLE_PROVIDER)
		return AUTH_FORBIDDEN;
	if (!is_related(a, o))
		return AUTH_HIDDEN;
	if (!o->relation->writable)
		return AUTH_WRITING_CLOSED;
	return o->person->active ? 0 : AUTH_UNREACHABLE;
}

/* A person's own, their contacts' of then and now, all of them for staff. */
static int
may_see_picture(const struct actor *a, const struct object *o)
{
	if (o->person == NULL)
		return AUTH_HIDDEN;
	return a->role == ROLE_STAFF || id_equal(&a->person, &o->person->id) ||
		       is_related(a, o)
		   ? 0
		   : AUTH_HIDDEN;
}

/* As it may list people, or be one of them. */
static int
may_fetch_picture(const struct actor *a, const struct person *p)
{
	if (p == NULL)
		return AUTH_HIDDEN;
	return (a->rights & SETTINGS_RIGHT_PROVISION) != 0 ||
		       ((a->rights & SETTINGS_RIGHT_ASSERT) != 0 &&
			   may_stand_for(a, p))
		   ? 0
		   : AUTH_HIDDEN;
}

static int
needs_right(const struct actor *a, int64_t right)
{
	return (a->rights & right) != 0 ? 0 : AUTH_FORBIDDEN;
}

/* Staff are kept by an administrator of the machine. */
static int
but_staff(int right, const struct person *p)
{
	return right == 0 && p != NULL && p->role == ROLE_STAFF ? AUTH_FORBIDDEN
								: right;
}

static int
frontend_may(const struct actor *a, enum verb verb, const struct object *o)
{
	switch (verb) {
	case VERB_SESSION_ASSERT:
		return may_assert(a, o->person);
	case VERB_SESSION_LOGIN:
		return may_login(o->person);
	case VERB_ACCOUNT_OPEN:
		return 0;
	case VERB_LIVE:
		return needs_right(a, SETTINGS_RIGHT_ASSERT);
	case VERB_PICTURE_SEE:
		return may_fetch_picture(a, o->person);
	case VERB_PEOPLE_READ:
	case VERB_RELATION_PUT:
		return needs_right(a, SETTINGS_RIGHT_PROVISION);
	case VERB_PERSON_PUT:
	case VERB_ENROLMENT_NEW:
		return but_staff(
		    needs_right(a, SETTINGS_RIGHT_PROVISION), o->person);
	default:
		return AUTH_FORBIDDEN;
	}
}

/* A browser before it has signed in. */
static int
nobody_may(enum verb verb, const struct object *o)
{
	switch (verb) {
	case VERB_SESSION_LOGIN:
		return may_login(o->person);
	case VERB_ACCOUNT_OPEN:
		return 0;
	default:
		return AUTH_FORBIDDEN;
	}
}

/* With the second step still to be done, that step is all there is. */
static int
half_may(const struct actor *a, enum verb verb)
{
	switch (verb) {
	case VERB_SESSION_SEE:
	case VERB_SESSION_END:
		return 0;
	case VERB_FACTOR_CHECK:
		return a->state == SESSION_FACTOR_DUE ? 0 : AUTH_FACTOR_DUE;
	case VERB_FACTOR_SETUP:
		return a->state == SESSION_SETUP_DUE ? 0 : AUTH_FACTOR_DUE;
	default:
		return AUTH_FACTOR_DUE;
	}
}

static int
staff_only(const struct actor *a)
{
	return a->role == ROLE_STAFF ? 0 : AUTH_FORBIDDEN;
}

static int
person_may(const struct actor *a, enum verb verb, const struct object *o)
{
	switch (verb) {
	case VERB_SESSION_LOGIN: /* again, or as somebody else */
		return may_login(o->person);
	case VERB_ACCOUNT_OPEN:
		return 0;
	default:
		break;
	}
	if (a->state != SESSION_OPEN)
		return half_may(a, verb);
	switch (verb) {
	case VERB_SESSION_SEE:
	case VERB_SESSION_END:
	case VERB_SESSIONS:
	case VERB_FACTOR_SETUP:
	case VERB_SELF_READ:
	case VERB_SELF_CHANGE:
	case VERB_LIVE:
	case VERB_THREADS_LIST:
		return 0;
	case VERB_CONTACTS_LIST:
	case VERB_UPLOAD:
		return a->role == ROLE_STAFF ? AUTH_FORBIDDEN : 0;
	case VERB_CONTACT_DRAFT:
		return is_related(a, o) ? 0 : AUTH_HIDDEN;
	case VERB_THREAD_SEE:
	case VERB_ENTRIES_READ:
	case VERB_MARK_READ:
	case VERB_THREAD_DRAFT:
		return may_see(a, o->thread);
	case VERB_THREAD_START:
		return may_start(a, o);
	case VERB_ENTRY_POST:
		return may_post(a, o);
	case VERB_PICTURE_SEE:
		return may_see_picture(a, o);
	case VERB_PEOPLE_READ:
	case VERB_RELATION_PUT:
		return staff_only(a);
	case VERB_PERSON_PUT:
	case VERB_ENROLMENT_NEW:
		return but_staff(staff_only(a), o->person);
	default:
		return AUTH_FORBIDDEN;
	}
}

static int
admin_may(enum verb verb)
{
	switch (verb) {
	case VERB_ADMIN:
	case VERB_PEOPLE_READ:
	case VERB_PERSON_PUT:
	case VERB_RELATION_PUT:
	case VERB_ENROLMENT_NEW:
		return 0;
	default:
		return AUTH_FORBIDDEN;
	}
}

int
authorise(
    const struct actor *actor, enum verb verb, const struct object *object)
{
	static const struct object nothing;

	if (object == NULL)
		object = &nothing;
	switch (actor->kind) {
	case ACTOR_NONE:
		return nobody_may(verb, object);
	case ACTOR_FRONTEND:
		return frontend_may(actor, verb, object);
	case ACTOR_PERSON:
		return person_may(actor, verb, object);
	case ACTOR_BRIDGE:
		return verb == VERB_BRIDGE ? 0 : AUTH_FORBIDDEN;
	case ACTOR_ADMIN:
		return admin_may(verb);
	}
	return AUTH_FORBIDDEN;
}

enum problem
authorise_problem(int code)
{
	switch (code) {
	case AUTH_HIDDEN:
		return PROBLEM_NOT_FOUND;
	case AUTH_THREAD_CLOSED:
		return PROBLEM_THREAD_CLOSED;
	case AUTH_WRITING_CLOSED:
		return PROBLEM_WRITING_CLOSED;
	case AUTH_ENDED:
		return PROBLEM_MEMBERSHIP_ENDED;
	case AUTH_UNREACHABLE:
		return PROBLEM_UNREACHABLE;
	case AUTH_FACTOR_DUE:
		return PROBLEM_FACTOR_DUE;
	default:
		return PROBLEM_FORBIDDEN;
	}
}

bool
authorise_practice_side(const struct thread *t, const struct id *person)
{
	const struct thread_member *m = member_of(t, person);

	return m != NULL && (m->capacity == MEMBER_COUNTERPART ||
				m->capacity == MEMBER_COVER);
}
