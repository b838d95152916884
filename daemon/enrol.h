/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Adding participants, and relating them: what admin.sock asks for, checked
 * whole before the first put. Inside a write transaction.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/person.h"
#include "store/relation.h"
#include "store/store.h"

/* Positive codes; nothing was written. */
enum enrol_code {
	ENROL_ID_TAKEN = 170, /* the external id is another's */
	ENROL_LOGIN_TAKEN,
	ENROL_NO_CLIENT,   /* not there, or no client */
	ENROL_NO_PROVIDER, /* not there, or no provider */
	ENROL_NO_RELATION, /* nothing to end */
};

/* "client", "provider", "staff". 0 or -EINVAL. */
int enrol_role_parse(const char *word, enum person_role *role_r) PN_NODISCARD;
const char *enrol_role_word(enum person_role role);

/* Texts are normalised and checked; "" and 0 are not given. */
struct enrolment {
	enum person_role role;
	const char *external_id;
	const char *name;
	const char *credentials;
	const char *language;
	const char *time_zone;
	size_t address_count;
	const char *addresses[PERSON_ADDRESSES];
	const char *login;      /* "": no account */
	const char *passphrase; /* its hash */
};

/* 0, ENROL_ID_TAKEN, ENROL_LOGIN_TAKEN or -errno. */
int enrol_add(struct store_txn *txn, const struct enrolment *e, int64_t now,
    struct id *id_r) PN_NODISCARD;

/* An id or an external id; what is an id of someone wins. KV_NOT_FOUND. */
int enrol_find(
    struct store_txn *txn, const char *who, struct id *id_r) PN_NODISCARD;

struct relating {
	const char *client; /* as enrol_find() */
	const char *provider;
	bool active;
	bool set_writable;
	bool writable;
};

/* Begins, resumes, ends or changes; RELATION_R is as it stands then. */
int enrol_relate(struct store_txn *txn, const struct relating *want,
    int64_t now, struct relation *relation_r) PN_NODISCARD;
