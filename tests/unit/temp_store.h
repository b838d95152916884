/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store in a directory of its own, for one test. */

#include <check.h>
#include <string.h>
#include "base/secret.h"
#include "store/store.h"
#include "tests/unit/place.h"

struct temp_store {
	struct place place;
	uint8_t mk[KEYRING_KEY_LEN];
	struct store *st;
	struct store_txn *txn;
};

static inline struct store_options
temp_options(const struct temp_store *t)
{
	return (struct store_options){
	    .directory = t->place.path, .map_size = (size_t)256 << 20};
}

static inline void
temp_make(struct temp_store *t)
{
	char recovery[KEYRING_RECOVERY_TEXT];
	struct store_options opt;

	*t = (struct temp_store){.st = NULL};
	place_make(&t->place);
	memset(t->mk, 'k', sizeof(t->mk));
	opt = temp_options(t);
	ck_assert_int_eq(store_create(&opt, t->mk, recovery), 0);
	ck_assert_int_eq(store_open(&opt, t->mk, &t->st), 0);
}

static inline void
temp_remove(struct temp_store *t)
{
	store_abort(&t->txn);
	store_close(&t->st);
	place_remove(&t->place);
}

static inline void
temp_begin(struct temp_store *t)
{
	ck_assert_int_eq(store_begin(t->st, true, &t->txn), 0);
}

static inline void
temp_commit(struct temp_store *t)
{
	ck_assert_int_eq(store_commit(&t->txn), 0);
}

/* Commits what was done and goes on, as if after a restart. */
static inline void
temp_reopen(struct temp_store *t)
{
	struct store_options opt = temp_options(t);

	temp_commit(t);
	store_close(&t->st);
	ck_assert_int_eq(store_open(&opt, t->mk, &t->st), 0);
	temp_begin(t);
}

static inline struct secret
text_secret(const char *text)
{
	struct secret s = {0};

	ck_assert_int_eq(secret_set(&s, text, strlen(text)), 0);
	return s;
}
