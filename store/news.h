/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a commit has changed in threads, for whoever watches the store
 * (store_watch()): ids and counts, never content. Whoever writes a thread's
 * head makes its news; a write transaction collects them, one a thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"

#define NEWS_MEMBERS 16

struct news_member {
	struct id person;
	uint32_t unread;
	bool practice; /* on the practice's side */
};

struct news {
	struct id thread;
	size_t n;
	struct news_member members[NEWS_MEMBERS]; /* current ones only */
};

/* Zero to begin with. Keeps its memory when cleared. Not thread-safe. */
struct news_list {
	struct news *items;
	size_t n;
	size_t room;
	struct table *index; /* of items by their thread */
};

void news_list_fini(struct news_list *l);
void news_list_clear(struct news_list *l);
/*
 * THREAD's, to be filled in at once: those that are there, or new ones.
 * -ENOMEM.
 */
int news_list_get(struct news_list *l, const struct id *thread,
    struct news **news_r) PN_NODISCARD;
