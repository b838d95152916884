/* SPDX-License-Identifier: Apache-2.0 */

#include "store/token.h"

#include <string.h>
#include <sodium.h>
#include "base/base32.h"

#define CLEAR_LEN (8 + 4)
#define MAC_LEN 10
#define TOKEN_LEN (1 + CLEAR_LEN + MAC_LEN)
/* libsodium documents no hash below 16 bytes; ours are cut from this. */
#define HASH_LEN 32

_Static_assert(TOKEN_TEXT_LEN == BASE32_LEN(TOKEN_LEN), "37 characters");

/* With their NUL: what one says, the other cannot. */
#define LABEL_MAC "postern token mac v1"
#define LABEL_MASK "postern token mask v1"

/* Nothing of a Message-ID may change between two tries of one mail. */
#define EPOCH_NONE 0

struct hash_input {
	const char *text; /* with its NUL, TEXT_LEN bytes */
	size_t text_len;
	uint8_t label;
	uint8_t epoch;
	const uint8_t *data;
	size_t len;
};

static void
hash(const uint8_t *key, const struct hash_input *in,
    uint8_t out[static HASH_LEN])
{
	crypto_generichash_state st;

	(void)crypto_generichash_init(&st, key, KEYRING_KEY_LEN, HASH_LEN);
	(void)crypto_generichash_update(
	    &st, (const uint8_t *)in->text, in->text_len);
	(void)crypto_generichash_update(&st, &in->label, 1);
	(void)crypto_generichash_update(&st, &in->epoch, 1);
	(void)crypto_generichash_update(&st, in->data, in->len);
	(void)crypto_generichash_final(&st, out, HASH_LEN);
	sodium_memzero(&st, sizeof(st));
}

static void
make_mac(const uint8_t *key, uint8_t label, uint8_t epoch,
    const uint8_t clear[static CLEAR_LEN], uint8_t mac_r[static MAC_LEN])
{
	struct hash_input in = {
	    LABEL_MAC, sizeof(LABEL_MAC), label, epoch, clear, CLEAR_LEN};
	uint8_t out[HASH_LEN];

	hash(key, &in, out);
	memcpy(mac_r, out, MAC_LEN);
}

/* Masks and unmasks. */
static void
mask(const uint8_t *key, uint8_t label, uint8_t epoch,
    const uint8_t mac[static MAC_LEN], uint8_t bytes[static CLEAR_LEN])
{
	struct hash_input in = {
	    LABEL_MASK, sizeof(LABEL_MASK), label, epoch, mac, MAC_LEN};
	uint8_t out[HASH_LEN];

	hash(key, &in, out);
	for (size_t i = 0; i < CLEAR_LEN; i++)
		bytes[i] ^= out[i];
	sodium_memzero(out, sizeof(out));
}

static void
put_be(uint8_t *to, uint64_t v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
}

static uint64_t
get_be(const uint8_t *from, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | from[i];
	return v;
}

static bool
key_find(const struct keyring *k, enum token_label label, uint8_t epoch,
    uint8_t key_r[static KEYRING_KEY_LEN])
{
	static const uint8_t
	    personal[crypto_generichash_blake2b_PERSONALBYTES] =
		"postern.message";
	const uint8_t *key = keyring_token_key(k, epoch);

	if (label == TOKEN_MESSAGE_ID) {
		(void)crypto_generichash_blake2b_salt_personal(key_r,
		    KEYRING_KEY_LEN, NULL, 0, keyring_chain_key(k),
		    KEYRING_KEY_LEN, NULL, personal);
		return epoch == EPOCH_NONE;
	}
	if (key != NULL)
		memcpy(key_r, key, KEYRING_KEY_LEN);
	return key != NULL;
}

void
token_make(const struct keyring *k, enum token_label label, struct token token,
    char text_r[static TOKEN_TEXT_LEN + 1])
{
	uint8_t epoch =
	    label == TOKEN_MESSAGE_ID ? EPOCH_NONE : keyring_token_epoch(k);
	uint8_t key[KEYRING_KEY_LEN];
	uint8_t t[TOKEN_LEN];
	uint8_t *clear = t + 1, *mac = clear + CLEAR_LEN;

	/* of the newest epoch there always is a key */
	(void)key_find(k, label, epoch, key);
	t[0] = epoch;
	put_be(clear, token.number, 8);
	put_be(clear + 8, token.salt, 4);
	make_mac(key, (uint8_t)label, epoch, clear, mac);
	mask(key, (uint8_t)label, epoch, mac, clear);
	sodium_memzero(key, sizeof(key));
	base32_encode(t, sizeof(t), text_r);
}

int
token_open(const struct keyring *k, enum token_label label, const char *text,
    struct token *token_r)
{
	uint8_t t[TOKEN_LEN], want[MAC_LEN];
	uint8_t *clear = t + 1, *mac = clear + CLEAR_LEN;
	uint8_t key[KEYRING_KEY_LEN];

	if (base32_decode(
		text, strnlen(text, TOKEN_TEXT_LEN + 1), t, sizeof(t)) != 0)
		return TOKEN_FORGED;
	if (!key_find(k, label, t[0], key))
		return TOKEN_FORGED;
	mask(key, (uint8_t)label, t[0], mac, clear);
	make_mac(key, (uint8_t)label, t[0], clear, want);
	sodium_memzero(key, sizeof(key));
	if (sodium_memcmp(want, mac, MAC_LEN) != 0)
		return TOKEN_FORGED;
	token_r->number = get_be(clear, 8);
	token_r->salt = (uint32_t)get_be(clear + 8, 4);
	return 0;
}
