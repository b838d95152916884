/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/bookmark.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/secret.h"
#include "bridge/keep.h"

#define FILE_NAME "mailbox"
#define TEXT_MAX 128
#define SUM_LEN 16
#define SUM_TEXT_LEN (2 * SUM_LEN)

/* "1 VALIDITY NEXT SUM\n"; the sum is over the numbers and the mailbox. */
static void
write_text(const struct bookmark_place *place, const struct bookmark *b,
    char text_r[static TEXT_MAX])
{
	const char *const parts[] = {place->host, place->user, place->folder};
	unsigned char sum[SUM_LEN];
	char sum_text[SUM_TEXT_LEN + 1];
	crypto_generichash_state state;
	int n = snprintf(text_r, TEXT_MAX, "1 %" PRIu32 " %" PRIu32 " ",
	    b->validity, b->next);

	(void)crypto_generichash_init(&state, NULL, 0, sizeof(sum));
	(void)crypto_generichash_update(
	    &state, (const unsigned char *)text_r, (unsigned)n);
	for (size_t i = 0; i < PN_ARRAY_LEN(parts); i++)
		(void)crypto_generichash_update(&state,
		    (const unsigned char *)parts[i], strlen(parts[i]) + 1);
	(void)crypto_generichash_final(&state, sum, sizeof(sum));
	(void)sodium_bin2hex(sum_text, sizeof(sum_text), sum, sizeof(sum));
	(void)snprintf(text_r + n, TEXT_MAX - (size_t)n, "%s\n", sum_text);
}

int
bookmark_read(const struct bookmark_place *place, struct bookmark *b_r)
{
	secret_auto struct secret file = {0};
	char text[TEXT_MAX];
	int r = keep_read(place->directory, FILE_NAME, &file);

	if (r == -ENOENT)
		return BOOKMARK_NONE;
	if (r == -EMSGSIZE)
		return BOOKMARK_OTHER;
	if (r < 0)
		return r;
	if (sscanf(secret_text(&file), "1 %10" SCNu32 " %10" SCNu32 " ",
		&b_r->validity, &b_r->next) != 2 ||
	    b_r->validity == 0 || b_r->next == 0)
		return BOOKMARK_OTHER;
	/* whatever is not exactly what we would write is not ours */
	write_text(place, b_r, text);
	return strcmp(text, secret_text(&file)) == 0 ? 0 : BOOKMARK_OTHER;
}

int
bookmark_write(const struct bookmark_place *place, const struct bookmark *b)
{
	char text[TEXT_MAX];

	write_text(place, b, text);
	return keep_write(place->directory, FILE_NAME, text, strlen(text));
}
