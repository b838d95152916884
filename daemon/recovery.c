/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/recovery.h"

#include <string.h>
#include <sodium.h>

json_t *
recovery_renew(const struct keyring *k, struct account *a)
{
	json_t *texts = json_array();

	for (size_t i = 0; i < ACCOUNT_RECOVERY_MAX; i++) {
		char text[ACCOUNT_CODE_TEXT + 1];
		int r;

		account_code_new(text);
		r = account_code_hash(k, &a->id, text, a->recovery[i]);
		if (r == 0)
			r = json_array_append_new(texts, json_string(text));
		sodium_memzero(text, sizeof(text));
		if (r != 0) {
			json_decref(texts);
			return NULL;
		}
	}
	a->recovery_count = ACCOUNT_RECOVERY_MAX;
	return texts;
}

bool
recovery_use(const struct keyring *k, const char *text, struct account *a)
{
	uint8_t hash[ACCOUNT_CODE_LEN];
	size_t found = a->recovery_count;

	if (account_code_hash(k, &a->id, text, hash) != 0)
		return false;
	for (size_t i = 0; i < a->recovery_count; i++) {
		if (sodium_memcmp(a->recovery[i], hash, sizeof(hash)) == 0)
			found = i;
	}
	if (found == a->recovery_count)
		return false;
	a->recovery_count--;
	memmove(a->recovery[found], a->recovery[a->recovery_count],
	    ACCOUNT_CODE_LEN);
	return true;
}
