/* SPDX-License-Identifier: Apache-2.0 */

#include "store/account.h"

#include <errno.h>
#include <sodium.h>

/* Argon2id, 3 passes over 128 MiB: some 220 ms of one core. */
#define PASSPHRASE_OPS 3
#define PASSPHRASE_MEMORY ((size_t)128 << 20)
#define PEPPERED_LEN 32

_Static_assert(PASSPHRASE_HASH_LEN == crypto_pwhash_STRBYTES, "one size");

static void
pepper(const struct keyring *k, const struct secret *passphrase,
    uint8_t peppered_r[static PEPPERED_LEN])
{
	const uint8_t *text = (const uint8_t *)secret_text(passphrase);

	(void)crypto_generichash(peppered_r, PEPPERED_LEN, text,
	    passphrase->len, keyring_pepper(k), KEYRING_KEY_LEN);
}

int
passphrase_hash(const struct keyring *k, const struct secret *passphrase,
    char hash_r[static PASSPHRASE_HASH_LEN])
{
	uint8_t peppered[PEPPERED_LEN];
	int rc;

	pepper(k, passphrase, peppered);
	rc = crypto_pwhash_str_alg(hash_r, (const char *)peppered,
	    sizeof(peppered), PASSPHRASE_OPS, PASSPHRASE_MEMORY,
	    crypto_pwhash_ALG_ARGON2ID13);
	sodium_memzero(peppered, sizeof(peppered));
	return rc == 0 ? 0 : -ENOMEM;
}

/* The work of a check, for nobody. */
static int
passphrase_dummy(const uint8_t peppered[static PEPPERED_LEN])
{
	static const uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t out[32];
	int rc;

	rc = crypto_pwhash(out, sizeof(out), (const char *)peppered,
	    PEPPERED_LEN, salt, PASSPHRASE_OPS, PASSPHRASE_MEMORY,
	    crypto_pwhash_ALG_ARGON2ID13);
	sodium_memzero(out, sizeof(out));
	return rc == 0 ? PASSPHRASE_WRONG : -ENOMEM;
}

int
passphrase_check(
    const struct keyring *k, const struct secret *passphrase, const char *hash)
{
	uint8_t peppered[PEPPERED_LEN];
	int rc;

	pepper(k, passphrase, peppered);
	if (hash == NULL || *hash == '\0') {
		rc = passphrase_dummy(peppered);
	} else {
		/* without memory a right one fails too */
		errno = 0;
		rc = crypto_pwhash_str_verify(
		    hash, (const char *)peppered, sizeof(peppered));
		if (rc != 0)
			rc = errno == ENOMEM ? -ENOMEM : PASSPHRASE_WRONG;
	}
	sodium_memzero(peppered, sizeof(peppered));
	return rc;
}
