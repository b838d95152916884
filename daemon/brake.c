/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/brake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "daemon/rate.h"

#define SETS 4096
#define WAYS 4
#define LONGEST (60 * CLOCK_SECOND)
#define FORGET CLOCK_HOUR
#define WINDOW (10 * CLOCK_MINUTE)
#define WORTH_MAX 60 /* minutes; not beyond FORGET */

/* What an entry of the table counts. */
enum kind {
	BY_DEVICE = 1, /* and what is guessed at, in both */
	BY_BLOCK,
	BY_ALL,
};

struct entry {
	struct id key;
	int64_t at; /* clock_boot(), of the last try; 0: unused */
	uint32_t count;
};

struct brake {
	pthread_mutex_t lock;
	uint8_t seed[crypto_generichash_KEYBYTES];
	struct rate *addresses;
	struct rate *blocks;
	struct entry sets[SETS][WAYS];
};

int
brake_from_parse(const char *text, struct brake_from *from_r)
{
	struct in_addr v4;

	*from_r = (struct brake_from){0};
	if (inet_pton(AF_INET, text, &v4) == 1) {
		memset(from_r->b + 10, 0xff, 2);
		memcpy(from_r->b + 12, &v4, 4);
		return 0;
	}
	return inet_pton(AF_INET6, text, from_r->b) == 1 ? 0 : -EINVAL;
}

int
brake_new(struct brake **b_r)
{
	struct brake *b = calloc(1, sizeof(*b));
	int r;

	if (b == NULL)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	randombytes_buf(b->seed, sizeof(b->seed));
	r = rate_new(BRAKE_ADDRESS, WINDOW, &b->addresses);
	if (r == 0)
		r = rate_new(BRAKE_BLOCK, WINDOW, &b->blocks);
	if (r != 0)
		brake_free(&b);
	else
		*b_r = b;
	return r;
}

void
brake_free(struct brake **b)
{
	if (*b == NULL)
		return;
	rate_free(&(*b)->addresses);
	rate_free(&(*b)->blocks);
	pthread_mutex_destroy(&(*b)->lock);
	free(*b);
	*b = NULL;
}

/* Keyed, so that nobody can choose what shares a set. */
static struct id
hash(const struct brake *b, const void *one, size_t one_len, const void *two,
    size_t two_len)
{
	crypto_generichash_state h;
	struct id id;

	(void)crypto_generichash_init(
	    &h, b->seed, sizeof(b->seed), sizeof(id.b));
	(void)crypto_generichash_update(&h, one, one_len);
	(void)crypto_generichash_update(&h, two, two_len);
	(void)crypto_generichash_final(&h, id.b, sizeof(id.b));
	return id;
}

static bool
is_told(const struct brake_from *from)
{
	static const struct brake_from none;

	return memcmp(from, &none, sizeof(none)) != 0;
}

/* FROM without its last bits. */
static struct brake_from
cut(const struct brake_from *from, bool block)
{
	static const struct brake_from mapped = {
	    .b = {[10] = 0xff, [11] = 0xff}};
	struct brake_from to = {0};
	size_t keep = block ? 6 : 8;

	if (memcmp(from->b, mapped.b, 12) == 0)
		keep = block ? 15 : 16;
	memcpy(to.b, from->b, keep);
	return to;
}

static struct id
rate_key(const struct brake *b, const struct brake_from *from, bool block)
{
	struct brake_from part = cut(from, block);

	return hash(b, block ? "b" : "a", 1, &part, sizeof(part));
}

/*
 * Until when it is worth keeping. A single try is soon forgotten; who fails
 * on and on is remembered for longer than anybody can afford to wash it away.
 */
static int64_t
worth(const struct entry *e)
{
	int64_t n = e->count < WORTH_MAX ? e->count : WORTH_MAX;

	return e->at + n * CLOCK_MINUTE;
}

static struct entry *
entry_of(struct brake *b, enum kind kind, const struct brake_try *t)
{
	struct {
		struct id what;
		uint8_t by[16];
		uint8_t kind;
	} parts = {.what = t->what, .kind = (uint8_t)kind};
	struct brake_from block = cut(&t->from, true);
	struct entry *set, *least;
	struct id key;
	uint16_t h;

	if (kind == BY_DEVICE)
		memcpy(parts.by, t->device.b, sizeof(parts.by));
	else if (kind == BY_BLOCK)
		memcpy(parts.by, block.b, sizeof(parts.by));
	key = hash(b, &parts.what, sizeof(parts.what), parts.by,
	    sizeof(parts.by) + sizeof(parts.kind));
	memcpy(&h, key.b, sizeof(h));
	set = b->sets[h % SETS];
	least = &set[0];
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].at != 0 && id_equal(&set[i].key, &key))
			return &set[i];
		if (worth(&set[i]) < worth(least))
			least = &set[i];
	}
	*least = (struct entry){.key = key};
	return least;
}

/* How long until the next try, by the count of those that failed. */
static int64_t
wait_of(struct entry *e, int64_t boot)
{
	int64_t pause = CLOCK_SECOND;

	if (e->at != 0 && boot - e->at >= FORGET)
		e->count = 0;
	if (e->count < BRAKE_FREE)
		return 0;
	for (uint32_t n = e->count; n > BRAKE_FREE && pause < LONGEST; n--)
		pause *= 2;
	if (pause > LONGEST)
		pause = LONGEST;
	return e->at + pause - boot;
}

/* What it counts runs off evenly, BRAKE_WIDE in an hour. */
static void
leak(struct entry *e, int64_t boot)
{
	int64_t gone = (boot - e->at) * BRAKE_WIDE / FORGET;

	if (e->at == 0 || gone >= e->count) {
		e->count = 0;
		e->at = boot > 0 ? boot : 1;
	} else {
		e->count -= (uint32_t)gone;
		e->at += gone * FORGET / BRAKE_WIDE;
	}
}

static void
count(struct entry *e, int64_t boot)
{
	if (e->count < UINT32_MAX)
		e->count++;
	e->at = boot > 0 ? boot : 1;
}

/*
 * The address's and its block's share; what is left of a wait. The block's
 * first: who has used it up makes no room for the addresses inside it.
 */
static int64_t
take_shares(struct brake *b, const struct brake_from *from, int64_t boot)
{
	struct id address = rate_key(b, from, false);
	struct id block = rate_key(b, from, true);

	if (!is_told(from))
		return 0;
	if (!rate_take(b->blocks, &block, boot))
		return WINDOW / BRAKE_BLOCK;
	if (rate_take(b->addresses, &address, boot))
		return 0;
	rate_give(b->blocks, &block);
	return WINDOW / BRAKE_ADDRESS;
}

static void
give_shares(struct brake *b, const struct brake_from *from)
{
	struct id address = rate_key(b, from, false);
	struct id block = rate_key(b, from, true);

	if (!is_told(from))
		return;
	rate_give(b->addresses, &address);
	rate_give(b->blocks, &block);
}

/* How many there were over all blocks, and by one more if it is due. */
static uint32_t
count_wide(struct brake *b, const struct brake_try *t, int64_t boot, bool more)
{
	struct entry *all = entry_of(b, BY_ALL, t);

	leak(all, boot);
	all->count += more;
	return all->count;
}

/* The shares first: who has none left does not touch the table. */
static int64_t
take_stranger(struct brake *b, const struct brake_try *t, int64_t boot)
{
	int64_t wait = take_shares(b, &t->from, boot);
	struct entry *pair;
	bool wide;

	if (wait > 0)
		return wait;
	wide = count_wide(b, t, boot, false) >= BRAKE_WIDE;
	pair = entry_of(b, BY_BLOCK, t);
	wait = wait_of(pair, boot);
	if (wait <= 0 && wide && pair->count > 0)
		wait = pair->at + LONGEST - boot;
	if (wait > 0) {
		give_shares(b, &t->from);
		return wait;
	}
	count(pair, boot);
	(void)count_wide(b, t, boot, true);
	return 0;
}

static bool
is_known(struct brake *b, const struct brake_try *t)
{
	return t->known && entry_of(b, BY_DEVICE, t)->count < BRAKE_DEVICE;
}

unsigned
brake_take(struct brake *b, struct brake_try *t, int64_t boot)
{
	struct entry *device;
	int64_t wait;

	pthread_mutex_lock(&b->lock);
	t->stranger = !is_known(b, t);
	if (!t->stranger) {
		device = entry_of(b, BY_DEVICE, t);
		wait = wait_of(device, boot);
		if (wait <= 0)
			count(device, boot);
	} else {
		wait = take_stranger(b, t, boot);
	}
	pthread_mutex_unlock(&b->lock);
	return wait > 0 ? (unsigned)((wait + CLOCK_SECOND - 1) / CLOCK_SECOND)
			: 0;
}

static void
uncount(struct entry *e, bool all)
{
	if (e->count > 0)
		e->count = all ? 0 : e->count - 1;
}

static void
release(struct brake *b, const struct brake_try *t, bool right)
{
	pthread_mutex_lock(&b->lock);
	if (t->stranger) {
		uncount(entry_of(b, BY_ALL, t), false);
		uncount(entry_of(b, BY_BLOCK, t), right);
		give_shares(b, &t->from);
	}
	if (!t->stranger || (t->known && right))
		uncount(entry_of(b, BY_DEVICE, t), right);
	pthread_mutex_unlock(&b->lock);
}

void
brake_right(struct brake *b, const struct brake_try *t)
{
	release(b, t, true);
}

void
brake_undo(struct brake *b, const struct brake_try *t)
{
	release(b, t, false);
}
