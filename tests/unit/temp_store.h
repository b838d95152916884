/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store in a directory of its own, for one test. */

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/secret.h"
#include "store/store.h"

struct temp_store {
	char path[64];
	uint8_t mk[KEYRING_KEY_LEN];
	struct store *st;
	struct store_txn *txn;
};

static inline struct store_options
temp_options(const struct temp_store *t)
{
	return (struct store_options){
	    .directory = t->path, .map_size = (size_t)256 << 20};
}

static inline void
temp_make(struct temp_store *t)
{
	char recovery[KEYRING_RECOVERY_TEXT];
	struct store_options opt;

	*t = (struct temp_store){.path = "/tmp/postern-unit-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(t->path));
	memset(t->mk, 'k', sizeof(t->mk));
	opt = temp_options(t);
	ck_assert_int_eq(store_create(&opt, t->mk, recovery), 0);
	ck_assert_int_eq(store_open(&opt, t->mk, &t->st), 0);
}

static inline void
temp_remove(struct temp_store *t)
{
	DIR *d = opendir(t->path);
	struct dirent *e;

	store_abort(&t->txn);
	store_close(&t->st);
	while (d != NULL && (e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(t->path);
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
