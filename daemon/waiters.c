/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/waiters.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct waiters {
	pthread_mutex_t lock;
	struct waiter *head;
	uint64_t stamp;
	bool stopping;
};

int
waiters_new(struct waiters **w_r)
{
	struct waiters *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -ENOMEM;
	pthread_mutex_init(&w->lock, NULL);
	*w_r = w;
	return 0;
}

void
waiters_free(struct waiters **w)
{
	if (*w == NULL)
		return;
	waiters_stop(*w);
	pthread_mutex_destroy(&(*w)->lock);
	free(*w);
	*w = NULL;
}

uint64_t
waiters_stamp(struct waiters *w)
{
	uint64_t stamp;

	pthread_mutex_lock(&w->lock);
	stamp = w->stamp;
	pthread_mutex_unlock(&w->lock);
	return stamp;
}

bool
waiters_add(struct waiters *w, struct waiter *one, uint64_t stamp)
{
	bool added;

	pthread_mutex_lock(&w->lock);
	added = !w->stopping && w->stamp == stamp;
	if (added) {
		one->next = w->head;
		w->head = one;
	}
	pthread_mutex_unlock(&w->lock);
	return added;
}

/* Once woken a waiter is no longer ours, not even to read its next. */
static void
wake_all(struct waiter *list)
{
	while (list != NULL) {
		struct waiter *next = list->next;

		list->wake(list);
		list = next;
	}
}

void
waiters_wake(struct waiters *w)
{
	struct waiter *list;

	pthread_mutex_lock(&w->lock);
	w->stamp++;
	list = w->head;
	w->head = NULL;
	pthread_mutex_unlock(&w->lock);
	wake_all(list);
}

void
waiters_tick(struct waiters *w, int64_t boot)
{
	struct waiter *late = NULL;

	pthread_mutex_lock(&w->lock);
	for (struct waiter **at = &w->head; *at != NULL;) {
		struct waiter *one = *at;

		if (one->deadline > boot) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		one->next = late;
		late = one;
	}
	pthread_mutex_unlock(&w->lock);
	wake_all(late);
}

void
waiters_stop(struct waiters *w)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_mutex_unlock(&w->lock);
	waiters_wake(w);
}
