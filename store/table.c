/* SPDX-License-Identifier: Apache-2.0 */

#include "store/table.h"

#include <errno.h>
#include <stdlib.h>

#define TABLE_FREE UINT64_MAX
#define TABLE_FIRST 64

struct slot {
	uint64_t key;
	uint64_t value; /* TABLE_FREE: nothing here */
};

struct table {
	struct slot *slots;
	size_t size; /* a power of two */
	size_t count;
};

/* Keys may be plain numbers: mix them (the finaliser of MurmurHash3). */
static size_t
table_home(const struct table *t, uint64_t key)
{
	key ^= key >> 33;
	key *= UINT64_C(0xff51afd7ed558ccd);
	key ^= key >> 33;
	key *= UINT64_C(0xc4ceb9fe1a85ec53);
	key ^= key >> 33;
	return (size_t)key & (t->size - 1);
}

static struct slot *
slots_new(size_t size)
{
	struct slot *slots = calloc(size, sizeof(*slots));

	for (size_t i = 0; slots != NULL && i < size; i++)
		slots[i].value = TABLE_FREE;
	return slots;
}

int
table_new(struct table **t_r)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->size = TABLE_FIRST;
	t->slots = slots_new(t->size);
	if (t->slots == NULL) {
		free(t);
		return -ENOMEM;
	}
	*t_r = t;
	return 0;
}

void
table_free(struct table **t)
{
	if (*t == NULL)
		return;
	free((*t)->slots);
	free(*t);
	*t = NULL;
}

static void
table_place(struct table *t, uint64_t key, uint64_t value)
{
	size_t i = table_home(t, key);

	while (t->slots[i].value != TABLE_FREE)
		i = (i + 1) & (t->size - 1);
	t->slots[i] = (struct slot){key, value};
}

static int
table_grow(struct table *t)
{
	struct table bigger = {.size = t->size * 2, .count = t->count};

	bigger.slots = slots_new(bigger.size);
	if (bigger.slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < t->size; i++) {
		if (t->slots[i].value != TABLE_FREE)
			table_place(
			    &bigger, t->slots[i].key, t->slots[i].value);
	}
	free(t->slots);
	*t = bigger;
	return 0;
}

int
table_add(struct table *t, uint64_t key, uint64_t value)
{
	/* three quarters full at most */
	if (t->count >= t->size / 4 * 3) {
		int err = table_grow(t);

		if (err != 0)
			return err;
	}
	table_place(t, key, value);
	t->count++;
	return 0;
}

/* The slot of KEY's next value from step *AT on, or NULL. */
static struct slot *
table_find(const struct table *t, uint64_t key, size_t *at)
{
	size_t home = table_home(t, key);

	for (;; (*at)++) {
		struct slot *s = &t->slots[(home + *at) & (t->size - 1)];

		if (s->value == TABLE_FREE)
			return NULL;
		if (s->key == key)
			return s;
	}
}

bool
table_next(const struct table *t, uint64_t key, size_t *at, uint64_t *value_r)
{
	struct slot *s = table_find(t, key, at);

	if (s == NULL)
		return false;
	(*at)++;
	*value_r = s->value;
	return true;
}

bool
table_set(struct table *t, uint64_t key, uint64_t value)
{
	size_t at = 0;
	struct slot *s = table_find(t, key, &at);

	if (s == NULL)
		return false;
	s->value = value;
	return true;
}

/* Moves later slots of the run back, so that no search ends at the hole. */
static void
table_close_gap(struct table *t, size_t hole)
{
	size_t mask = t->size - 1;

	for (size_t i = (hole + 1) & mask; t->slots[i].value != TABLE_FREE;
	     i = (i + 1) & mask) {
		size_t home = table_home(t, t->slots[i].key);

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			t->slots[hole] = t->slots[i];
			hole = i;
		}
	}
	t->slots[hole].value = TABLE_FREE;
}

void
table_del(struct table *t, uint64_t key, uint64_t value)
{
	size_t at = 0;
	struct slot *s;

	while ((s = table_find(t, key, &at)) != NULL && s->value != value)
		at++;
	if (s == NULL)
		return;
	table_close_gap(t, (size_t)(s - t->slots));
	t->count--;
}

size_t
table_count(const struct table *t)
{
	return t->count;
}
