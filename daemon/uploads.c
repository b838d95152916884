/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/uploads.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/secret.h"

struct uploads {
	struct store *st;
	pthread_mutex_t lock; /* the writer waits for it: not held over I/O */
	struct upload *first;
};

int
uploads_new(struct store *st, struct uploads **u_r)
{
	struct uploads *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return -ENOMEM;
	u->st = st;
	(void)pthread_mutex_init(&u->lock, NULL);
	*u_r = u;
	return 0;
}

static struct upload **
find(struct uploads *u, const struct id *person, const struct id *id)
{
	struct upload **at = &u->first;

	while (*at != NULL &&
	       (!id_equal(&(*at)->person, person) || !id_equal(&(*at)->id, id)))
		at = &(*at)->next;
	return at;
}

static void
upload_free(struct upload *up)
{
	blob_writer_free(&up->writer);
	attachment_fini(&up->file);
	secret_free(up);
}

static void
delete_file(const struct uploads *u, const struct upload *up)
{
	if (blob_delete(u->st, &up->file.id) != 0)
		log_warning("files", "one that is not needed stays until the "
				     "next start");
}

/* Moves what is AT to LIST. */
static void
move(struct upload **at, struct upload **list)
{
	struct upload *up = *at;

	*at = up->next;
	up->next = *list;
	*list = up;
}

/* All of LIST, whose files go, too. Not under the lock. */
static void
delete_all(const struct uploads *u, struct upload *list)
{
	while (list != NULL) {
		struct upload *up = list;

		list = up->next;
		delete_file(u, up);
		upload_free(up);
	}
}

void
uploads_free(struct uploads **u)
{
	if (*u == NULL)
		return;
	while ((*u)->first != NULL) {
		struct upload *up = (*u)->first;

		(*u)->first = up->next;
		if (!up->bound)
			delete_file(*u, up);
		upload_free(up);
	}
	(void)pthread_mutex_destroy(&(*u)->lock);
	free(*u);
	*u = NULL;
}

static int
may_add(const struct uploads *u, const struct id *person)
{
	size_t all = 0;
	size_t own = 0;

	for (const struct upload *up = u->first; up != NULL; up = up->next) {
		all++;
		own += id_equal(&up->person, person);
	}
	if (own >= UPLOADS_PER_PERSON)
		return UPLOAD_TOO_MANY;
	return all >= UPLOADS_MAX ? UPLOADS_FULL : 0;
}

static int
add(struct uploads *u, const struct upload_wish *wish, struct upload **up_r)
{
	int r = may_add(u, &wish->person);
	struct upload *up = r == 0 ? secret_malloc(sizeof(*up)) : NULL;

	if (up == NULL)
		return r != 0 ? r : -ENOMEM;
	memset(up, 0, sizeof(*up));
	up->person = wish->person;
	up->id = wish->id;
	up->file.id = id_new();
	up->file.type = wish->type;
	up->file.size = wish->size;
	up->next = u->first;
	u->first = up;
	*up_r = up;
	return 0;
}

static int
may_hold(const struct uploads *u, const struct id *person)
{
	size_t all = 0;
	size_t own = 0;

	for (const struct upload *up = u->first; up != NULL; up = up->next) {
		all += up->held;
		own += up->held && id_equal(&up->person, person);
	}
	if (own >= UPLOADS_HELD_PER_PERSON)
		return UPLOAD_TOO_MANY;
	return all >= UPLOADS_HELD ? UPLOADS_FULL : 0;
}

static int
take(struct uploads *u, const struct upload_wish *wish, struct upload **up_r,
    struct upload **old_r)
{
	struct upload **at = find(u, &wish->person, &wish->id);
	struct upload *up = *at;
	int r;

	if (up != NULL && (up->held || up->bound))
		return UPLOAD_HELD;
	r = may_hold(u, &wish->person);
	if (r != 0)
		return r;
	if (wish->first == 0) {
		if (up != NULL)
			move(at, old_r);
		return add(u, wish, up_r);
	}
	if (up == NULL || up->complete || up->received != wish->first ||
	    up->file.size != wish->size || up->file.type != wish->type)
		return UPLOAD_OFFSET;
	*up_r = up;
	return 0;
}

int
uploads_take(
    struct uploads *u, const struct upload_wish *wish, struct upload **up_r)
{
	struct upload *old = NULL;
	int r;

	(void)pthread_mutex_lock(&u->lock);
	r = take(u, wish, up_r, &old);
	if (r == 0)
		(*up_r)->held = true;
	(void)pthread_mutex_unlock(&u->lock);
	delete_all(u, old);
	return r;
}

void
uploads_give(struct uploads *u, struct upload *up)
{
	(void)pthread_mutex_lock(&u->lock);
	up->held = false;
	up->used = clock_boot();
	(void)pthread_mutex_unlock(&u->lock);
}

void
uploads_drop(struct uploads *u, struct upload *up)
{
	struct upload *old = NULL;

	(void)pthread_mutex_lock(&u->lock);
	move(find(u, &up->person, &up->id), &old);
	(void)pthread_mutex_unlock(&u->lock);
	delete_all(u, old);
}

int
uploads_look(struct uploads *u, const struct id *person, const struct id *id,
    struct upload *up_r)
{
	const struct upload *up;
	int r = UPLOAD_GONE;

	(void)pthread_mutex_lock(&u->lock);
	up = *find(u, person, id);
	if (up != NULL)
		r = up->held ? UPLOAD_HELD : 0;
	if (r == 0) {
		*up_r = (struct upload){.id = up->id,
		    .received = up->received,
		    .complete = up->complete};
		up_r->file.type = up->file.type;
		up_r->file.size = up->file.size;
		up_r->file.width = up->file.width;
		up_r->file.height = up->file.height;
	}
	(void)pthread_mutex_unlock(&u->lock);
	return r;
}

int
uploads_cancel(struct uploads *u, const struct id *person, const struct id *id)
{
	struct upload *old = NULL;
	struct upload **at;
	int r = 0;

	(void)pthread_mutex_lock(&u->lock);
	at = find(u, person, id);
	if (*at == NULL)
		r = UPLOAD_GONE;
	else if ((*at)->held || (*at)->bound)
		r = UPLOAD_HELD;
	else
		move(at, &old);
	(void)pthread_mutex_unlock(&u->lock);
	delete_all(u, old);
	return r;
}

int
uploads_file(struct uploads *u, const struct id *person, const struct id *id,
    struct attachment *file_r)
{
	const struct upload *up;
	int r = UPLOAD_GONE;

	(void)pthread_mutex_lock(&u->lock);
	up = *find(u, person, id);
	if (up != NULL && up->complete && !up->held && !up->bound) {
		*file_r = up->file; /* it has no name yet, so nothing is owned
				     */
		r = 0;
	}
	(void)pthread_mutex_unlock(&u->lock);
	return r;
}

int
uploads_bind(struct uploads *u, const struct id *person, const struct id *id,
    const struct id *file)
{
	struct upload *up;
	int r = UPLOAD_GONE;

	(void)pthread_mutex_lock(&u->lock);
	up = *find(u, person, id);
	if (up != NULL && up->complete && !up->held && !up->bound &&
	    id_equal(&up->file.id, file)) {
		up->bound = true;
		r = 0;
	}
	(void)pthread_mutex_unlock(&u->lock);
	return r;
}

void
uploads_unbind(struct uploads *u, const struct id *person, const struct id *id)
{
	struct upload *up;

	(void)pthread_mutex_lock(&u->lock);
	up = *find(u, person, id);
	if (up != NULL)
		up->bound = false;
	(void)pthread_mutex_unlock(&u->lock);
}

void
uploads_forget(struct uploads *u, const struct id *person, const struct id *id)
{
	struct upload **at;

	(void)pthread_mutex_lock(&u->lock);
	at = find(u, person, id);
	if (*at != NULL) {
		struct upload *up = *at;

		*at = up->next;
		upload_free(up);
	}
	(void)pthread_mutex_unlock(&u->lock);
}

void
uploads_tick(struct uploads *u, int64_t boot)
{
	struct upload **at = &u->first;
	struct upload *old = NULL;

	(void)pthread_mutex_lock(&u->lock);
	while (*at != NULL) {
		if (!(*at)->held && !(*at)->bound &&
		    boot - (*at)->used >= UPLOADS_MS)
			move(at, &old);
		else
			at = &(*at)->next;
	}
	(void)pthread_mutex_unlock(&u->lock);
	delete_all(u, old);
}
