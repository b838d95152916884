/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Adding and changing participants, and relating them: checked whole before
 * the first put. Inside a write transaction. daemon/provisioning.h is what
 * asks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "daemon/grammar.h"
#include "store/account.h"
#include "store/person.h"
#include "store/relation.h"
#include "store/store.h"

/* Positive codes; nothing was written. */
enum provision_code {
	PROVISION_ID_TAKEN = 170, /* the external id is another's */
	PROVISION_LOGIN_TAKEN,
	PROVISION_OTHER_ROLE,  /* a participant keeps its role */
	PROVISION_NO_CLIENT,   /* not there, or no client */
	PROVISION_NO_PROVIDER, /* not there, or no provider */
	PROVISION_NO_RELATION, /* nothing to end */
};

/* "client", "provider", "staff". 0 or -EINVAL. */
int provision_role_parse(
    const char *word, enum person_role *role_r) PN_NODISCARD;

/* An id or an external id; what is an id of someone wins. KV_NOT_FOUND. */
int provision_find(
    struct store_txn *txn, const char *who, struct person *p_r) PN_NODISCARD;

/* Normalised and checked. A text that is NULL stays as it is, or empty. */
struct provision {
	bool fresh; /* must not be there yet */
	enum person_role role;
	const char *external_id;
	const char *name;
	const char *credentials;
	const char *language;
	const char *time_zone;
	bool set_active; /* else it stays, or is active */
	bool active;
	bool set_addresses; /* to these, in this order; else they stay */
	size_t address_count;
	char addresses[PERSON_ADDRESSES][GRAMMAR_ADDRESS_MAX + 1];
	char login[GRAMMAR_LOGIN_MAX + 1]; /* "": no account; FRESH only */
	char passphrase[PASSPHRASE_HASH_LEN];
};

struct provisioned {
	struct id id;
	enum person_role role;
	bool created;
	bool active;
	bool shown; /* what contacts see of it has changed */
};

/*
 * An address that stays keeps its id and state: a stopped one is not revived.
 * Who is not active has no sessions any more. 0, PROVISION_* or -errno.
 */
int provision_person(struct store_txn *txn, const struct provision *e,
    int64_t now, struct provisioned *done_r) PN_NODISCARD;
/* Ends all sessions too. KV_NOT_FOUND. */
int provision_disable(struct store_txn *txn, const char *who,
    struct provisioned *done_r) PN_NODISCARD;

struct provision_relation {
	const char *client; /* an id or an external id; an id wins */
	const char *provider;
	bool active;
	bool set_writable;
	bool writable;
};

/* Begins, resumes, ends or changes; RELATION_R is as it stands then. */
int provision_relate(struct store_txn *txn,
    const struct provision_relation *want, int64_t now,
    struct relation *relation_r) PN_NODISCARD;
