/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/rate.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SETS 1024
#define WAYS 4

struct bucket {
	struct id who;
	int64_t at;   /* boot time of the last refill; 0: unused */
	int64_t left; /* a token is as many of them as WINDOW */
};

struct rate {
	pthread_mutex_t lock;
	int64_t per;
	int64_t window;
	struct bucket sets[SETS][WAYS];
};

int
rate_new(int64_t per, int64_t window, struct rate **r_r)
{
	struct rate *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	pthread_mutex_init(&r->lock, NULL);
	r->per = per;
	r->window = window;
	*r_r = r;
	return 0;
}

void
rate_free(struct rate **r)
{
	if (*r == NULL)
		return;
	pthread_mutex_destroy(&(*r)->lock);
	free(*r);
	*r = NULL;
}

static struct bucket *
bucket_of(struct rate *r, const struct id *who)
{
	uint16_t h;
	struct bucket *set;
	struct bucket *oldest;

	/* ids are random: any of their bytes will do */
	memcpy(&h, who->b, sizeof(h));
	set = r->sets[h % SETS];
	oldest = &set[0];
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].at != 0 && id_equal(&set[i].who, who))
			return &set[i];
		if (set[i].at < oldest->at)
			oldest = &set[i];
	}
	*oldest = (struct bucket){.who = *who};
	return oldest;
}

bool
rate_take(struct rate *r, const struct id *who, int64_t boot)
{
	return rate_take_many(r, who, 1, boot);
}

/* WHO's, as full as it is by now. Under the lock. */
static struct bucket *
refilled(struct rate *r, const struct id *who, int64_t boot)
{
	const int64_t full = r->per * r->window;
	struct bucket *b = bucket_of(r, who);

	if (b->at == 0 || boot - b->at >= r->window)
		b->left = full;
	else
		b->left += (boot - b->at) * r->per;
	if (b->left > full)
		b->left = full;
	b->at = boot > 0 ? boot : 1;
	return b;
}

bool
rate_take_many(struct rate *r, const struct id *who, int64_t n, int64_t boot)
{
	struct bucket *b;
	bool ok;

	pthread_mutex_lock(&r->lock);
	b = refilled(r, who, boot);
	ok = n <= r->per && b->left >= n * r->window;
	if (ok)
		b->left -= n * r->window;
	pthread_mutex_unlock(&r->lock);
	return ok;
}

int64_t
rate_wait(struct rate *r, const struct id *who, int64_t n, int64_t boot)
{
	int64_t lacks;

	pthread_mutex_lock(&r->lock);
	lacks = n * r->window - refilled(r, who, boot)->left;
	pthread_mutex_unlock(&r->lock);
	return lacks > 0 ? (lacks + r->per - 1) / r->per : 0;
}

void
rate_give(struct rate *r, const struct id *who)
{
	rate_give_many(r, who, 1);
}

/* N is no more than was taken, so the product is none that is too large. */
void
rate_give_many(struct rate *r, const struct id *who, int64_t n)
{
	const int64_t full = r->per * r->window;
	struct bucket *b;

	pthread_mutex_lock(&r->lock);
	b = bucket_of(r, who);
	if (b->at != 0)
		b->left += n * r->window;
	if (b->left > full)
		b->left = full;
	pthread_mutex_unlock(&r->lock);
}
