/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/roster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/fold.h"
#include "base/secret.h"
#include "store/person.h"

#define ROSTER_MAX 1000000
#define FOLDED_MAX ((size_t)4 * PERSON_TEXT_MAX)

struct item {
	struct id id;
	struct secret name; /* folded */
};

struct roster {
	struct item *items;
	size_t n;
	size_t room;
};

void
roster_free(struct roster **r)
{
	if (*r == NULL)
		return;
	for (size_t i = 0; i < (*r)->n; i++)
		secret_fini(&(*r)->items[i].name);
	free((*r)->items);
	free(*r);
	*r = NULL;
}

size_t
roster_count(const struct roster *r)
{
	return r->n;
}

const struct id *
roster_at(const struct roster *r, size_t i)
{
	return &r->items[i].id;
}

size_t
roster_after(const struct roster *r, const struct id *id)
{
	for (size_t i = 0; i < r->n; i++) {
		if (id_equal(&r->items[i].id, id))
			return i + 1;
	}
	return r->n;
}

/* ---- making one ------------------------------------------------------ */

struct making {
	struct roster *roster;
	struct fold *fold;
	struct buf search; /* folded; empty: all */
};

/* TEXT folded into B, which is fresh. */
static const char *
folded(const struct making *m, const struct secret *text, struct buf *b)
{
	buf_init(b, FOLDED_MAX);
	fold_add(m->fold, secret_text(text), b);
	return b->len > 0 ? (const char *)b->data : "";
}

static bool
is_wanted(const struct making *m, const char *text)
{
	return m->search.len == 0 ||
	       strstr(text, (const char *)m->search.data) != NULL;
}

static int
add(struct roster *r, const struct id *id, const char *name)
{
	size_t room = r->room == 0 ? 64 : r->room * 2;
	struct item *more;
	int err;

	if (r->n == r->room) {
		more = reallocarray(r->items, room, sizeof(*more));
		if (more == NULL)
			return -ENOMEM;
		r->items = more;
		r->room = room;
	}
	r->items[r->n] = (struct item){.id = *id};
	err = secret_set(&r->items[r->n].name, name, strlen(name));
	r->n += err == 0;
	return err;
}

static int
look_at(const struct person *p, void *arg)
{
	const struct making *m = arg;
	buf_auto struct buf external = {0};
	buf_auto struct buf name = {0};
	const char *text = folded(m, &p->name, &name);
	const char *other = folded(m, &p->external_id, &external);

	if (buf_error(&name) != 0 || buf_error(&external) != 0)
		return -ENOMEM;
	if (!is_wanted(m, text) && !is_wanted(m, other))
		return 0;
	return add(m->roster, &p->id, text);
}

static int
by_name(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = strcmp(secret_text(&x->name), secret_text(&y->name));

	return order != 0 ? order : memcmp(x->id.b, y->id.b, ID_LEN);
}

static void
making_fini(struct making *m)
{
	roster_free(&m->roster);
	fold_close(&m->fold);
	buf_fini(&m->search);
}

int
roster_make(struct store_txn *txn, const char *search, struct roster **r_r)
{
	PN_CLEANUP(making_fini) struct making m = {0};
	int r = fold_open(&m.fold);

	buf_init(&m.search, FOLDED_MAX);
	m.roster = calloc(1, sizeof(*m.roster));
	if (m.roster == NULL)
		r = -ENOMEM;
	if (r == 0 && search != NULL)
		fold_add(m.fold, search, &m.search);
	if (r == 0)
		r = buf_error(&m.search);
	if (r == 0)
		r = person_list(txn, NULL, ROSTER_MAX, look_at, &m);
	if (r != 0)
		return r;
	if (m.roster->n > 0)
		qsort(
		    m.roster->items, m.roster->n, sizeof(struct item), by_name);
	*r_r = m.roster;
	m.roster = NULL;
	return 0;
}
