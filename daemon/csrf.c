/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/csrf.h"

#include <sodium.h>
#include "base/base32.h"

#define CSRF_LEN 20

_Static_assert(BASE32_LEN(CSRF_LEN) == CSRF_TEXT_LEN, "its text");

void
csrf_text(const struct keys *keys,
    const uint8_t session[static SESSION_HASH_LEN],
    char text_r[static CSRF_TEXT_LEN + 1])
{
	uint8_t mac[CSRF_LEN];

	(void)crypto_generichash(mac, sizeof(mac), session, SESSION_HASH_LEN,
	    keys->of[KEYS_CSRF], KEYS_LEN);
	base32_encode(mac, sizeof(mac), text_r);
	sodium_memzero(mac, sizeof(mac));
}

bool
csrf_holds(const struct keys *keys,
    const uint8_t session[static SESSION_HASH_LEN],
    const char text[static CSRF_TEXT_LEN + 1])
{
	char good[CSRF_TEXT_LEN + 1];
	bool holds;

	csrf_text(keys, session, good);
	holds = sodium_memcmp(good, text, sizeof(good)) == 0;
	sodium_memzero(good, sizeof(good));
	return holds;
}
