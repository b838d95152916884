/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is asked about a passkey, and what is answered: all that passes between
 * posternd and the children that look at what an authenticator has made
 * (daemon/judge.h). Both are of one size, and hold numbers and bytes that mean
 * nothing more to posternd.
 *
 * SECURITY: an answer comes from a process that hostile bytes may have taken
 * over. It can be wrong about the one passkey it was asked about: a child is
 * asked once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/children.h"
#include "base/url.h"
#include "store/passkey.h"

#define PROOF_HASH_LEN 32
/* Authenticator data (WebAuthn, 6.1), and that of a signature: no more. */
#define PROOF_DATA_MAX 1024
#define PROOF_DATA_GET 37
#define PROOF_SIGNATURE_MAX 256

enum proof_kind {
	PROOF_CREATE = 1, /* is this a new passkey of ours, and which? */
	PROOF_GET,        /* was this signed with KEY? */
};

struct proof_job {
	uint32_t magic;
	uint16_t data_len;
	uint16_t signature_len; /* PROOF_GET */
	uint8_t kind;
	uint8_t algorithm; /* of KEY */
	char rp[URL_DOMAIN_MAX + 1];
	uint8_t client_hash[PROOF_HASH_LEN]; /* SHA-256 of the client data */
	uint8_t key[PASSKEY_KEY_MAX];
	uint8_t data[PROOF_DATA_MAX];
	uint8_t signature[PROOF_SIGNATURE_MAX];
};

struct proof_answer {
	uint32_t magic;
	uint32_t count; /* the signature counter */
	uint8_t good;
	/* PROOF_CREATE: what was made */
	uint8_t algorithm;
	uint8_t id_len;
	uint8_t id[PASSKEY_ID_MAX];
	uint8_t key[PASSKEY_KEY_MAX];
};

/* Positive code. */
enum proof_code {
	PROOF_REFUSED = 165, /* it is not, or nobody could say so */
};

/* All zeros but what every one has: a job of KIND, an answer that is no. */
void proof_job_init(struct proof_job *j, enum proof_kind kind);
void proof_answer_init(struct proof_answer *a);
/* Whether every number is within its range, on either side. */
bool proof_job_valid(const struct proof_job *j);
bool proof_answer_valid(
    const struct proof_job *j, const struct proof_answer *a);

/* A child's time for one. */
extern const struct children_rules proof_rules;
/*
 * 0 and an answer that is good; PROOF_REFUSED; or -errno: nobody can be asked
 * now. Takes a while: from a pool.
 */
int proof_ask(struct children *c, const struct proof_job *j,
    struct proof_answer *a_r) PN_NODISCARD;
/*
 * Whether there is anybody who answers at all: 0, CHILDREN_FAILED or -errno.
 * Where children cannot close themselves in, every passkey would be refused.
 */
int proof_try(struct children *c) PN_NODISCARD;
