/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include "store/news.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "store/table.h"

/* A batch of the writer changes about as many threads at most. */
#define NEWS_FIRST 256

/* Ids are random: any part of one will do. */
static uint64_t
news_hash(const struct id *thread)
{
	uint64_t h;

	memcpy(&h, thread->b, sizeof(h));
	return h;
}

void
news_list_fini(struct news_list *l)
{
	table_free(&l->index);
	free(l->items);
	*l = (struct news_list){.items = NULL};
}

void
news_list_clear(struct news_list *l)
{
	while (l->n > 0) {
		l->n--;
		table_del(l->index, news_hash(&l->items[l->n].thread), l->n);
	}
}

static int
news_list_grow(struct news_list *l)
{
	size_t room = l->room == 0 ? NEWS_FIRST : 2 * l->room;
	struct news *items;
	int err;

	if (l->n < l->room)
		return 0;
	if (l->index == NULL) {
		err = table_new(&l->index);
		if (err != 0)
			return err;
	}
	items = reallocarray(l->items, room, sizeof(*items));
	if (items == NULL)
		return -ENOMEM;
	l->items = items;
	l->room = room;
	return 0;
}

int
news_list_get(
    struct news_list *l, const struct id *thread, struct news **news_r)
{
	const uint64_t hash = news_hash(thread);
	uint64_t i;
	size_t at = 0;
	int err;

	while (l->n > 0 && table_next(l->index, hash, &at, &i)) {
		*news_r = &l->items[i];
		if (id_equal(&(*news_r)->thread, thread))
			return 0;
	}
	err = news_list_grow(l);
	if (err == 0)
		err = table_add(l->index, hash, l->n);
	if (err != 0)
		return err;
	*news_r = &l->items[l->n++];
	**news_r = (struct news){.thread = *thread};
	return 0;
}
