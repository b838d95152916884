/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looks at everything a store holds: opens every seal, follows every chain,
 * and checks that every index leads to what it says, and nothing is left
 * over; reads every sealed file to its end. Reads only. Goes on after what is
 * damaged, so that all of it is named; what is named is an id or a number,
 * never a text.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/store.h"

enum verify_what {
	VERIFY_PERSON,
	VERIFY_ADDRESS,
	VERIFY_ACCOUNT,
	VERIFY_RELATION,
	VERIFY_THREAD,
	VERIFY_ENTRY, /* numbers only: a thread is damaged as a whole */
	VERIFY_MEMBER,
	VERIFY_DRAFT,
	VERIFY_PICTURE,
	VERIFY_ATTACHMENT, /* number: of the message it belongs to */
	VERIFY_KEY,
	VERIFY_NOTIFICATION,
	VERIFY_SESSION,
	VERIFY_IDEMPOTENCY,
	VERIFY_INDEX,
	VERIFY_AUDIT,
	VERIFY_WHATS,
};

struct verify_damage {
	enum verify_what what;
	int code;        /* positive code or -errno */
	struct id id;    /* nil: it has none, or it cannot be told */
	uint64_t number; /* 0: none */
};

struct verify {
	/* Told of each; must be set. */
	void (*damaged)(const struct verify_damage *d, void *arg);
	void *arg;
	uint64_t looked[VERIFY_WHATS]; /* out: rows looked at */
	/* out: sealed files that no row leads to. No damage: an upload may be
	 * on its way, and the rest is swept */
	uint64_t unbound;
	uint64_t bad; /* out: how often DAMAGED was called */
};

/* "participant", "thread" ... for one, "participants" for any other number. */
const char *verify_word(enum verify_what what, uint64_t count);
/* What is wrong, in a few words. */
const char *verify_reason(int code);
/* 0 however much is damaged; -errno only when nothing could be read. */
int verify_store(struct store *st, struct verify *v) PN_NODISCARD;
