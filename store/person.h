/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Participants (who acts and is written to) and their addresses. External id,
 * name, credentials, language and time zone are sealed under the person key,
 * as are addresses; look-up is by blind index. What stands in clear beside a
 * seal (role, states, times) is bound into it. Texts are at most
 * PERSON_TEXT_MAX bytes.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/store.h"

#define PERSON_ADDRESSES 8
#define ADDRESS_PROMPTS 5
#define ADDRESS_RETURNS 5
#define PERSON_TEXT_MAX 1024

/* Positive codes; nothing was written. */
enum person_code {
	PERSON_TAKEN = 61,     /* external id or login is another's */
	PERSON_ADDRESSES_FULL, /* PERSON_ADDRESSES already */
	PERSON_TOO_LONG,       /* a text above PERSON_TEXT_MAX */
};

enum person_role {
	ROLE_CLIENT = 1,
	ROLE_PROVIDER,
	ROLE_STAFF,
};

struct person {
	struct id id;
	enum person_role role;
	bool active;
	int64_t created;
	int64_t prompted; /* last prompt, or 0 */
	struct secret external_id;
	struct secret name;
	struct secret credentials; /* "LMFT"; may be empty */
	struct secret language;    /* BCP 47 */
	struct secret time_zone;   /* IANA name */
	uint8_t response_from;     /* usual days to an answer; 0, 0: not set */
	uint8_t response_to;
};

/* Numbers are part of the format. */
enum address_state {
	ADDRESS_GOOD = 1,
	ADDRESS_STOPPED,     /* no mail goes there any more */
	ADDRESS_DOUBTFUL,    /* mail came back of late; it is still used */
	ADDRESS_UNCONFIRMED, /* its person has yet to show that it is theirs */
	ADDRESS_REPLACED,    /* is told so, and nothing else */
};

/* Why an address is stopped or doubtful. */
enum address_reason {
	ADDRESS_FINE = 0,
	ADDRESS_DEAD,      /* it does not exist */
	ADDRESS_FAILING,   /* mail came back, on so many days */
	ADDRESS_COMPLAINT, /* our mail was reported as spam */
};

struct address {
	struct id id;
	struct id person;
	enum address_state state;
	uint8_t
	    position; /* the practice's order: the lowest good one is used */
	int64_t prompts[ADDRESS_PROMPTS]; /* newest first, 0: none */
	struct secret text;
	int64_t since; /* in this state, or 0: from the first */
	enum address_reason reason;
	uint16_t code;                    /* as daemon/mailcode.h packs it */
	int64_t returns[ADDRESS_RETURNS]; /* one a day; newest first, 0: none */
	/* of an unconfirmed one */
	int64_t expires;
	uint8_t tries;      /* that are left */
	struct id replaces; /* nil: none */
};

void person_fini(struct person *p);
/*
 * New (a person key is made) or changed; the indexes follow. PERSON_*;
 * KV_NOT_FOUND for a person whose key is erased.
 */
int person_put(struct store_txn *txn, const struct person *p) PN_NODISCARD;
/* KV_NOT_FOUND. *P_R must be zeroed. */
int person_get(struct store_txn *txn, const struct id *id,
    struct person *p_r) PN_NODISCARD;
int person_by_external(struct store_txn *txn, const char *external_id,
    struct id *id_r) PN_NODISCARD;
/* In order of id, after AFTER (NULL: from the first). EACH as kv_scan's. */
int person_list(struct store_txn *txn, const struct id *after, size_t limit,
    int (*each)(const struct person *p, void *arg), void *arg) PN_NODISCARD;

void address_fini(struct address *a);
/*
 * The domain is stored in lower case; look-up folds the whole address. The
 * grammar is the caller's to check. PERSON_*, KV_NOT_FOUND without a person.
 */
int address_put(struct store_txn *txn, const struct address *a) PN_NODISCARD;
int address_get(struct store_txn *txn, const struct id *person,
    const struct id *id, struct address *a_r) PN_NODISCARD;
int address_del(struct store_txn *txn, const struct id *person,
    const struct id *id) PN_NODISCARD;
/* All of a person's, at most PERSON_ADDRESSES, in order of position. */
int address_list(struct store_txn *txn, const struct id *person,
    int (*each)(const struct address *a, void *arg), void *arg) PN_NODISCARD;
/* Prompts to this address text (whoever's it is) since SINCE. */
int address_prompts_since(struct store_txn *txn, const char *text,
    int64_t since, unsigned *count_r) PN_NODISCARD;

#define person_auto PN_CLEANUP(person_fini)
#define address_auto PN_CLEANUP(address_fini)
