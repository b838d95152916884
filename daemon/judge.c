/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/judge.h"

#include <string.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <sodium.h>

#define JUDGE_MEMORY (INT64_C(128) * 1024 * 1024) /* address space */
#define JUDGE_CPU 2                               /* seconds */
#define JUDGE_IDLE 1000                           /* milliseconds */

/* Authenticator data begins with a hash of whom it is for, and flags. */
#define FLAGS_AT crypto_hash_sha256_BYTES
#define FLAG_PRESENT 0x01
#define FLAG_VERIFIED 0x04
#define FLAG_CREDENTIAL 0x40

_Static_assert(PROOF_HASH_LEN == crypto_hash_sha256_BYTES, "SHA-256");

/* ---- keys ------------------------------------------------------------ */

/* As libfido2 has it; NULL if it is no key. */
static void *
key_new(uint8_t algorithm, const uint8_t *key)
{
	size_t len = passkey_key_len(algorithm);
	es256_pk_t *es256;
	eddsa_pk_t *eddsa;
	rs256_pk_t *rs256;

	switch (algorithm) {
	case PASSKEY_ES256:
		es256 = es256_pk_new();
		if (es256 != NULL && es256_pk_from_ptr(es256, key, len) != 0)
			es256_pk_free(&es256);
		return es256;
	case PASSKEY_EDDSA:
		/* libfido2 takes any bytes, the zeros of a lacking key, too */
		if (crypto_core_ed25519_is_valid_point(key) != 1)
			return NULL;
		eddsa = eddsa_pk_new();
		if (eddsa != NULL && eddsa_pk_from_ptr(eddsa, key, len) != 0)
			eddsa_pk_free(&eddsa);
		return eddsa;
	case PASSKEY_RS256:
		rs256 = rs256_pk_new();
		if (rs256 != NULL && rs256_pk_from_ptr(rs256, key, len) != 0)
			rs256_pk_free(&rs256);
		return rs256;
	default:
		return NULL;
	}
}

static void
key_free(uint8_t algorithm, void *key)
{
	es256_pk_t *es256 = key;
	eddsa_pk_t *eddsa = key;
	rs256_pk_t *rs256 = key;

	switch (algorithm) {
	case PASSKEY_ES256:
		es256_pk_free(&es256);
		break;
	case PASSKEY_EDDSA:
		eddsa_pk_free(&eddsa);
		break;
	default:
		rs256_pk_free(&rs256);
	}
}

static int
cose_of(uint8_t algorithm)
{
	switch (algorithm) {
	case PASSKEY_ES256:
		return COSE_ES256;
	case PASSKEY_EDDSA:
		return COSE_EDDSA;
	default:
		return COSE_RS256;
	}
}

/* ---- a new one ------------------------------------------------------- */

/* For us, by a person who was there and has shown to be the one. */
static bool
is_ours(const struct proof_job *j)
{
	const uint8_t flags = FLAG_PRESENT | FLAG_VERIFIED | FLAG_CREDENTIAL;
	uint8_t hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(hash, (const uint8_t *)j->rp, strlen(j->rp));
	return j->data_len > PROOF_DATA_GET &&
	       memcmp(j->data, hash, sizeof(hash)) == 0 &&
	       (j->data[FLAGS_AT] & flags) == flags;
}

static bool
take(const fido_cred_t *cred, uint8_t algorithm, struct proof_answer *a)
{
	size_t id_len = fido_cred_id_len(cred);
	size_t key_len = fido_cred_pubkey_len(cred);
	void *key;

	if (id_len == 0 || id_len > PASSKEY_ID_MAX ||
	    key_len != passkey_key_len(algorithm))
		return false;
	key = key_new(algorithm, fido_cred_pubkey_ptr(cred));
	if (key == NULL)
		return false;
	key_free(algorithm, key);
	a->count = fido_cred_sigcount(cred);
	a->algorithm = algorithm;
	a->id_len = (uint8_t)id_len;
	memcpy(a->id, fido_cred_id_ptr(cred), id_len);
	memcpy(a->key, fido_cred_pubkey_ptr(cred), key_len);
	a->good = 1;
	return true;
}

/* libfido2 wants to know beforehand which algorithm it is. */
static void
judge_create(const struct proof_job *j, struct proof_answer *a)
{
	if (!is_ours(j))
		return;
	for (uint8_t alg = PASSKEY_ES256; alg <= PASSKEY_RS256; alg++) {
		fido_cred_t *cred = fido_cred_new();
		bool found =
		    cred != NULL &&
		    fido_cred_set_type(cred, cose_of(alg)) == FIDO_OK &&
		    fido_cred_set_authdata_raw(cred, j->data, j->data_len) ==
			FIDO_OK &&
		    take(cred, alg, a);

		fido_cred_free(&cred);
		if (found)
			break;
	}
}

/* ---- a signature ----------------------------------------------------- */

static bool
is_signed(fido_assert_t *made, const struct proof_job *j, const void *key)
{
	return fido_assert_set_rp(made, j->rp) == FIDO_OK &&
	       fido_assert_set_clientdata_hash(
		   made, j->client_hash, sizeof(j->client_hash)) == FIDO_OK &&
	       fido_assert_set_up(made, FIDO_OPT_TRUE) == FIDO_OK &&
	       fido_assert_set_uv(made, FIDO_OPT_TRUE) == FIDO_OK &&
	       fido_assert_set_count(made, 1) == FIDO_OK &&
	       fido_assert_set_authdata_raw(made, 0, j->data, j->data_len) ==
		   FIDO_OK &&
	       fido_assert_set_sig(made, 0, j->signature, j->signature_len) ==
		   FIDO_OK &&
	       fido_assert_verify(made, 0, cose_of(j->algorithm), key) ==
		   FIDO_OK;
}

static void
judge_get(const struct proof_job *j, struct proof_answer *a)
{
	void *key = key_new(j->algorithm, j->key);
	fido_assert_t *made = fido_assert_new();

	if (key != NULL && made != NULL && is_signed(made, j, key)) {
		a->count = fido_assert_sigcount(made, 0);
		a->good = 1;
	}
	fido_assert_free(&made);
	if (key != NULL)
		key_free(j->algorithm, key);
}

void
judge(const struct proof_job *j, struct proof_answer *a_r)
{
	proof_answer_init(a_r);
	if (j->kind == PROOF_CREATE)
		judge_create(j, a_r);
	else
		judge_get(j, a_r);
}

/* ---- the nursery ----------------------------------------------------- */

/* Keys that are some, and nobody's: the curves' base points, a modulus. */
static void
warm_key(uint8_t algorithm, uint8_t key[static PASSKEY_KEY_MAX])
{
	static const uint8_t p256[] = {0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42,
	    0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03,
	    0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8,
	    0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b,
	    0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
	    0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf,
	    0x51, 0xf5};

	memset(key, algorithm == PASSKEY_EDDSA ? 0x66 : 0xff, PASSKEY_KEY_MAX);
	if (algorithm == PASSKEY_ES256)
		memcpy(key, p256, sizeof(p256));
	if (algorithm == PASSKEY_EDDSA)
		key[0] = 0x58;
}

/* Each algorithm once, to an answer that is no, so that all is loaded. */
static bool
warm_up(const void *arg)
{
	static const uint8_t signature[] = {0x30, 6, 2, 1, 1, 2, 1, 1};
	struct proof_answer a;
	struct proof_job j;
	bool works = sodium_init() >= 0;

	(void)arg;
	fido_init(0);
	for (uint8_t alg = PASSKEY_ES256; alg <= PASSKEY_RS256; alg++) {
		void *key;

		proof_job_init(&j, PROOF_GET);
		(void)crypto_hash_sha256(j.data, (const uint8_t *)j.rp, 0);
		j.data[FLAGS_AT] = FLAG_PRESENT | FLAG_VERIFIED;
		j.data_len = PROOF_DATA_GET;
		j.algorithm = alg;
		j.signature_len = PROOF_SIGNATURE_MAX;
		if (alg == PASSKEY_ES256)
			j.signature_len = sizeof(signature);
		memcpy(j.signature, signature, sizeof(signature));
		warm_key(alg, j.key);
		key = key_new(alg, j.key);
		works = works && key != NULL;
		if (key != NULL)
			key_free(alg, key);
		judge(&j, &a);
		works = works && a.good == 0;
	}
	return works;
}

static bool
serve(int fd, uint8_t *room, const void *arg)
{
	struct proof_job *j = (struct proof_job *)(void *)room;
	struct proof_answer a;

	(void)arg;
	if (!nursery_read(fd, j, sizeof(*j)) || !proof_job_valid(j))
		return false;
	judge(j, &a);
	return nursery_write(fd, &a, sizeof(a));
}

const struct nursery judge_nursery = {
    .name = "postern-passkey",
    .limits = {.memory = JUDGE_MEMORY, .cpu = JUDGE_CPU},
    .jobs = 1,
    .idle = JUDGE_IDLE,
    .room = sizeof(struct proof_job),
    .warm_up = warm_up,
    .serve = serve,
};
