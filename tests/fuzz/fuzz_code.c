/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What people type for an enrolment or a recovery code. What is read as a
 * code is the same as that code well written, and everything else is none.
 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>
#include "daemon/recovery.h"
#include "tests/fuzz/fuzz.h"

#define CODE_CHARS 12

static struct keyring *
make_keyring(void)
{
	static const uint8_t mk[KEYRING_KEY_LEN];
	char recovery[KEYRING_RECOVERY_TEXT];
	char place[] = "/tmp/postern-fuzz-XXXXXX", file[64];
	struct keyring *k = NULL;

	if (mkdtemp(place) == NULL ||
	    keyring_create(place, mk, recovery) != 0 ||
	    keyring_open(place, mk, 0, &k) != 0)
		abort();
	(void)snprintf(file, sizeof(file), "%s/keyring", place);
	(void)unlink(file);
	(void)rmdir(place);
	return k;
}

/* Without what does not matter; false: it cannot be one. */
static bool
write_well(const char *typed, char well_r[static ACCOUNT_CODE_TEXT + 1])
{
	char plain[CODE_CHARS + 1] = "";
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		char c = (char)tolower((unsigned char)*typed);

		if (isspace((unsigned char)c) || c == '-')
			continue;
		if (n == CODE_CHARS)
			return false;
		plain[n++] = c == '0' ? 'o' : c == '1' ? 'l' : c;
	}
	(void)snprintf(well_r, ACCOUNT_CODE_TEXT + 1, "%.4s-%.4s-%.4s", plain,
	    plain + 4, plain + 8);
	return n == CODE_CHARS &&
	       strspn(plain, "abcdefghijklmnopqrstuvwxyz234567") == n;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0 ? -1 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct keyring *k;
	struct account a = {.recovery_count = 1};
	char well[ACCOUNT_CODE_TEXT + 1];
	uint8_t hash[ACCOUNT_CODE_LEN];
	char *typed = malloc(len + 1);
	bool good;

	if (k == NULL)
		k = make_keyring();
	if (typed == NULL)
		abort();
	memcpy(typed, data, len);
	typed[len] = '\0';
	good = write_well(typed, well);
	if (account_code_hash(k, &a.id, typed, hash) != (good ? 0 : -EINVAL))
		abort();
	/* it opens what the well written one opens, once */
	if (good && account_code_hash(k, &a.id, well, a.recovery[0]) != 0)
		abort();
	if (recovery_use(k, typed, &a) != good || recovery_use(k, typed, &a) ||
	    a.recovery_count != !good)
		abort();
	free(typed);
	return 0;
}
