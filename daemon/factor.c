/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/factor.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <liboath/oath.h>
#include <qrencode.h>
#include <sodium.h>
#include "base/base32.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/secret.h"

#define WINDOW 1 /* steps early or late */
#define SECRET_TEXT_LEN BASE32_LEN(ACCOUNT_TOTP_LEN)
#define URI_MAX 1024

int
factor_init(void)
{
	return oath_init() == OATH_OK ? 0 : -EIO;
}

void
factor_candidate(const struct keys *keys,
    const uint8_t session[static SESSION_HASH_LEN],
    uint8_t secret_r[static ACCOUNT_TOTP_LEN])
{
	(void)crypto_generichash(secret_r, ACCOUNT_TOTP_LEN, session,
	    SESSION_HASH_LEN, keys->of[KEYS_SETUP], KEYS_LEN);
}

int
factor_check(const uint8_t secret[static ACCOUNT_TOTP_LEN], const char *code,
    int64_t now, uint64_t last, uint64_t *step_r)
{
	const uint64_t length = OATH_TOTP_DEFAULT_TIME_STEP_SIZE;
	uint64_t step = (uint64_t)(now / CLOCK_SECOND) / length;
	int found = FACTOR_WRONG;

	if (strlen(code) != FACTOR_CODE_LEN ||
	    strspn(code, "0123456789") != FACTOR_CODE_LEN || step < WINDOW)
		return FACTOR_WRONG;
	/* all of them, whichever fits */
	for (uint64_t s = step - WINDOW; s <= step + WINDOW; s++) {
		char good[FACTOR_CODE_LEN + 1];

		if (oath_hotp_generate((const char *)secret, ACCOUNT_TOTP_LEN,
			s, FACTOR_CODE_LEN, false, OATH_HOTP_DYNAMIC_TRUNCATION,
			good) != OATH_OK)
			return -EIO;
		if (sodium_memcmp(good, code, FACTOR_CODE_LEN) == 0 &&
		    s > last) {
			*step_r = s;
			found = 0;
		}
		sodium_memzero(good, sizeof(good));
	}
	return found;
}

/* ---- showing it ------------------------------------------------------ */

/* How much of TEXT is shown; no character of UTF-8 is cut. */
static size_t
shown(const char *text)
{
	size_t len = strnlen(text, FACTOR_SHOWN_MAX + 1);

	if (len <= FACTOR_SHOWN_MAX)
		return len;
	while (len > 0 && ((unsigned char)text[--len] & 0xc0) == 0x80)
		;
	return len;
}

/* RFC 3986, 2.3. */
static void
add_escaped(struct buf *b, const char *text)
{
	size_t len = shown(text);

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x80 && (isalnum(c) || strchr("-._~", c) != NULL))
			buf_add_byte(b, c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

static void
add_uri(struct buf *b, const char *secret, const char *issuer, const char *name)
{
	buf_add_str(b, "otpauth://totp/");
	add_escaped(b, issuer);
	buf_add_byte(b, ':');
	add_escaped(b, name);
	buf_printf(b, "?secret=%s&issuer=", secret);
	add_escaped(b, issuer);
}

/* Rows of modules, '1' for a dark one. NULL without memory. */
static json_t *
view_code(const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	json_t *rows = code != NULL ? json_array() : NULL;
	size_t width = code != NULL ? (size_t)code->width : 0;
	char *line = rows != NULL ? secret_malloc(width + 1) : NULL;

	for (size_t y = 0; line != NULL && y < width; y++) {
		for (size_t x = 0; x < width; x++)
			line[x] = code->data[y * width + x] & 1 ? '1' : '0';
		line[width] = '\0';
		if (json_array_append_new(rows, json_string(line)) != 0)
			break;
	}
	secret_free(line);
	if (json_array_size(rows) != width) {
		json_decref(rows);
		rows = NULL;
	}
	if (code != NULL)
		sodium_memzero(code->data, width * width);
	QRcode_free(code);
	return rows;
}

json_t *
factor_view(const uint8_t secret[static ACCOUNT_TOTP_LEN], const char *issuer,
    const char *name)
{
	char text[SECRET_TEXT_LEN + 1];
	buf_auto struct buf uri = {0};
	json_t *view = NULL;

	base32_encode(secret, ACCOUNT_TOTP_LEN, text);
	for (char *p = text; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	buf_init(&uri, URI_MAX);
	add_uri(&uri, text, issuer, name);
	if (buf_error(&uri) == 0)
		view = json_pack("{s:s, s:s, s:o}", "secret", text, "uri",
		    (const char *)uri.data, "qr",
		    view_code((const char *)uri.data));
	sodium_memzero(text, sizeof(text));
	return view;
}
