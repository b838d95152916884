/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/device.h"

#include <string.h>
#include <sodium.h>
#include "base/base32.h"

#define DEVICE_MAC_LEN 16
#define DEVICE_LEN (ID_LEN + DEVICE_MAC_LEN)

_Static_assert(BASE32_LEN(DEVICE_LEN) == DEVICE_TEXT_LEN, "its text");

static void
device_mac(const struct keys *keys, const struct id *account,
    const struct id *nonce, uint8_t mac_r[static DEVICE_MAC_LEN])
{
	uint8_t text[2 * ID_LEN];

	memcpy(text, nonce->b, ID_LEN);
	memcpy(text + ID_LEN, account->b, ID_LEN);
	(void)crypto_generichash(mac_r, DEVICE_MAC_LEN, text, sizeof(text),
	    keys->of[KEYS_DEVICE], KEYS_LEN);
}

void
device_new(const struct keys *keys, const struct id *account,
    char text_r[static DEVICE_TEXT_LEN + 1])
{
	struct id nonce = id_new();
	uint8_t token[DEVICE_LEN];

	memcpy(token, nonce.b, ID_LEN);
	device_mac(keys, account, &nonce, token + ID_LEN);
	base32_encode(token, sizeof(token), text_r);
}

bool
device_of(const struct keys *keys, const struct id *account, const char *text,
    struct id *device_r)
{
	uint8_t token[DEVICE_LEN];
	uint8_t mac[DEVICE_MAC_LEN];

	if (base32_decode(text, strlen(text), token, sizeof(token)) != 0)
		return false;
	memcpy(device_r->b, token, ID_LEN);
	device_mac(keys, account, device_r, mac);
	return sodium_memcmp(mac, token + ID_LEN, sizeof(mac)) == 0;
}
