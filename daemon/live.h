/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is new, told to whoever is looking: ids and counts, never content.
 *
 * Events stand in one ring of LIVE_RING, and each stream has its place in it:
 * memory does not grow with who listens, or how slowly. A stream that comes
 * back says where it was (Last-Event-ID); where that is gone from the ring,
 * or was never known, it is told to fetch everything again. Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/news.h"
#include "store/person.h"

#define LIVE_RING 8192
#define LIVE_PER_OWNER 8
#define LIVE_BEAT (15 * CLOCK_SECOND)
/* Of one event as it is sent. */
#define LIVE_TEXT_MAX 256

struct live;

struct live_stream {
	/* set by whoever adds it: */
	void (*wake)(struct live_stream *s);  /* under the lock; once a sleep */
	bool (*alive)(struct live_stream *s); /* may it still be told */
	bool everyone;                        /* of ROLES; else PERSON alone */
	int64_t roles;                        /* SETTINGS_ROLE_* */
	struct id person;
	struct id owner; /* session or frontend: at most LIVE_PER_OWNER */

	/* live.c's */
	uint64_t at; /* the next event to look at */
	int64_t beat;
	bool asleep;
	bool lost;     /* what it missed is gone from the ring */
	bool replaced; /* another of its owner's has come */
	bool last;     /* nothing comes behind TEXT */
	char text[LIVE_TEXT_MAX];
	size_t text_len;
	size_t text_at;
	struct live_stream *prev, *next;
};

int live_new(struct live **l_r) PN_NODISCARD;
void live_free(struct live **l);
/* LAST_EVENT: Last-Event-ID, or "". It belongs to the lock until removed. */
void live_add(struct live *l, struct live_stream *s, const char *last_event);
void live_remove(struct live *l, struct live_stream *s);
/*
 * The next bytes for S: how many were put into TO, -1 at its end. 0: there
 * are none; SLEEP was called under the lock, and wake() will follow.
 */
ptrdiff_t live_read(struct live *l, struct live_stream *s, char *to, size_t max,
    void (*sleep)(struct live_stream *s));

/* For store_watch(). */
void live_tell_threads(const struct news *news, size_t n, void *live);
void live_tell_contacts(
    struct live *l, const struct id *person, enum person_role role);
/* PERSON's streams look whether they may still be told. */
void live_poke(struct live *l, const struct id *person);
/* Signs of life, now and then. BOOT is clock_boot(). */
void live_tick(struct live *l, int64_t boot);
/* Ends all streams, and takes no more. */
void live_stop(struct live *l);
