/* SPDX-License-Identifier: Apache-2.0 */

#include "store/account.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/base32.h"

/* 60 bits, five a character. */
#define CODE_CHARS 12

_Static_assert(ACCOUNT_CODE_LEN == crypto_generichash_BYTES_MIN, "128 bits");

void
account_code_new(char text_r[static ACCOUNT_CODE_TEXT + 1])
{
	uint8_t random[8];
	char plain[BASE32_LEN(sizeof(random)) + 1];

	randombytes_buf(random, sizeof(random));
	base32_encode(random, sizeof(random), plain);
	(void)snprintf(text_r, ACCOUNT_CODE_TEXT + 1, "%.4s-%.4s-%.4s", plain,
	    plain + 4, plain + 8);
	sodium_memzero(random, sizeof(random));
	sodium_memzero(plain, sizeof(plain));
}

/* What was meant by C, or -1 for what is in no code. */
static int
code_character(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	if (c == '0')
		return 'o';
	if (c == '1')
		return 'l';
	return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7') ? c : -1;
}

static int
code_read(const char *text, uint8_t plain_r[static CODE_CHARS])
{
	size_t len = 0;

	for (; *text != '\0'; text++) {
		int c;

		if (*text == '-' || isspace((unsigned char)*text))
			continue;
		c = code_character(*text);
		if (c < 0 || len == CODE_CHARS)
			return -EINVAL;
		plain_r[len++] = (uint8_t)c;
	}
	return len == CODE_CHARS ? 0 : -EINVAL;
}

int
account_code_hash(const struct keyring *k, const struct id *account,
    const char *text, uint8_t hash_r[static ACCOUNT_CODE_LEN])
{
	static const char label[] = "postern code v1"; /* with its NUL */
	crypto_generichash_state st;
	uint8_t plain[CODE_CHARS];
	int err = code_read(text, plain);

	if (err == 0) {
		(void)crypto_generichash_init(
		    &st, keyring_pepper(k), KEYRING_KEY_LEN, ACCOUNT_CODE_LEN);
		(void)crypto_generichash_update(
		    &st, (const uint8_t *)label, sizeof(label));
		(void)crypto_generichash_update(&st, account->b, ID_LEN);
		(void)crypto_generichash_update(&st, plain, sizeof(plain));
		(void)crypto_generichash_final(&st, hash_r, ACCOUNT_CODE_LEN);
		sodium_memzero(&st, sizeof(st));
	}
	sodium_memzero(plain, sizeof(plain));
	return err;
}
