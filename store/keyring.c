/* SPDX-License-Identifier: Apache-2.0 */

#include "store/keyring.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sodium.h>
#include "base/base32.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/secret.h"
#include "store/keyfile.h"
#include "store/record.h"
#include "store/seal.h"

#define MAGIC "postern keyring\n"
#define MAGIC_LEN (sizeof(MAGIC) - 1)
#define FILE_FORMAT 1
#define BODY_FORMAT 1
#define WRAP_LEN (KEYRING_KEY_LEN + SEAL_OVERHEAD)
#define START_LEN (MAGIC_LEN + 1)
#define HEAD_LEN (START_LEN + 2 * WRAP_LEN)
#define KEKS 8
#define UNKNOWN_MAX 1024
#define RECOVERY_CHARS BASE32_LEN(KEYRING_KEY_LEN)

#define TAG_KEK (RECORD_CRITICAL | 1)
#define TAG_TOKEN (RECORD_CRITICAL | 2)

/* Which key a wrap is for; part of its AAD. */
#define WRAP_MASTER 'm'
#define WRAP_RECOVERY 'r'

struct kek {
	uint32_t epoch;
	int64_t since;
	uint8_t key[KEYRING_KEY_LEN];
};

struct token_epoch {
	uint8_t epoch;
	int64_t since;
	uint8_t key[KEYRING_KEY_LEN];
};

/* The oldest first in both lists. */
struct keyring {
	struct id store_id;
	int64_t created;
	uint8_t blind[KEYRING_KEY_LEN];
	uint8_t pepper[KEYRING_KEY_LEN];
	uint8_t audit[KEYRING_KEY_LEN];
	uint8_t chain[KEYRING_KEY_LEN];
	size_t kek_count;
	struct kek keks[KEKS];
	size_t token_count;
	struct token_epoch tokens[KEYRING_TOKEN_EPOCHS];
	/* What writing the file again takes. */
	uint8_t file_key[KEYRING_KEY_LEN];
	uint8_t head[HEAD_LEN];
	size_t unknown_len;
	uint8_t unknown[UNKNOWN_MAX];
};

static int
keyring_alloc(struct keyring **k_r)
{
	if (sodium_init() < 0)
		return -EIO;
	*k_r = sodium_malloc(sizeof(**k_r));
	if (*k_r == NULL)
		return -ENOMEM;
	memset(*k_r, 0, sizeof(**k_r));
	return 0;
}

void
keyring_close(struct keyring **k)
{
	sodium_free(*k);
	*k = NULL;
}

static struct kv_slice
slice(const struct buf *b)
{
	return (struct kv_slice){.data = b->data, .len = b->len};
}

/* ---- the file -------------------------------------------------------- */

static void
wrap_aad(struct buf *b, char kind)
{
	buf_init(b, START_LEN + 1);
	buf_add(b, MAGIC, MAGIC_LEN);
	buf_add_byte(b, FILE_FORMAT);
	buf_add_byte(b, (uint8_t)kind);
}

static int
add_wrap(struct buf *head, char kind, const uint8_t *key,
    const uint8_t file_key[static KEYRING_KEY_LEN])
{
	buf_auto struct buf aad = {0};

	wrap_aad(&aad, kind);
	return buf_error(&aad) != 0
		   ? buf_error(&aad)
		   : seal(SEAL_KEYRING_WRAP, key, slice(&aad),
			 (struct kv_slice){file_key, KEYRING_KEY_LEN}, head);
}

static int
open_wrap(struct keyring *k, char kind, const uint8_t *mk, const uint8_t *at)
{
	secret_auto struct secret plain = {0};
	buf_auto struct buf aad = {0};
	int rc;

	wrap_aad(&aad, kind);
	rc = buf_error(&aad);
	if (rc == 0)
		rc = seal_open(SEAL_KEYRING_WRAP, mk, slice(&aad),
		    (struct kv_slice){at, WRAP_LEN}, &plain);
	if (rc == 0)
		memcpy(k->file_key, plain.data, sizeof(k->file_key));
	return rc;
}

static void
write_body(const struct keyring *k, struct buf *b)
{
	buf_add_byte(b, BODY_FORMAT);
	record_add_id(b, &k->store_id);
	buf_add_u64(b, (uint64_t)k->created);
	buf_add(b, k->blind, sizeof(k->blind));
	buf_add(b, k->pepper, sizeof(k->pepper));
	buf_add(b, k->audit, sizeof(k->audit));
	buf_add(b, k->chain, sizeof(k->chain));
	for (size_t i = 0; i < k->kek_count; i++) {
		buf_add_byte(b, TAG_KEK);
		buf_add_u16(b, 4 + 8 + KEYRING_KEY_LEN);
		buf_add_u32(b, k->keks[i].epoch);
		buf_add_u64(b, (uint64_t)k->keks[i].since);
		buf_add(b, k->keks[i].key, KEYRING_KEY_LEN);
	}
	for (size_t i = 0; i < k->token_count; i++) {
		buf_add_byte(b, TAG_TOKEN);
		buf_add_u16(b, 1 + 8 + KEYRING_KEY_LEN);
		buf_add_byte(b, k->tokens[i].epoch);
		buf_add_u64(b, (uint64_t)k->tokens[i].since);
		buf_add(b, k->tokens[i].key, KEYRING_KEY_LEN);
	}
	buf_add(b, k->unknown, k->unknown_len);
}

static int
write_file(const struct keyring *k, const char *directory, bool create)
{
	buf_auto struct buf body = {0};
	buf_auto struct buf file = {0};
	struct kv_slice head = {k->head, sizeof(k->head)};
	int rc;

	buf_init(&body, KEYFILE_MAX);
	buf_init(&file, KEYFILE_MAX);
	write_body(k, &body);
	buf_add(&file, k->head, sizeof(k->head));
	rc = buf_error(&body);
	if (rc == 0)
		rc = seal(SEAL_KEYRING, k->file_key, head, slice(&body), &file);
	return rc != 0 ? rc : keyfile_write(directory, &file, create);
}

static void
read_kek(struct keyring *k, struct record *field)
{
	struct kek *kek = &k->keks[k->kek_count];

	if (k->kek_count == KEKS) {
		field->err = RECORD_CORRUPT;
		return;
	}
	kek->epoch = record_u32(field);
	kek->since = record_i64(field);
	record_bytes(field, kek->key, sizeof(kek->key));
	if (k->kek_count > 0 && kek->epoch <= kek[-1].epoch)
		field->err = RECORD_CORRUPT;
	k->kek_count++;
}

static void
read_token(struct keyring *k, struct record *field)
{
	struct token_epoch *t = &k->tokens[k->token_count];

	if (k->token_count == KEYRING_TOKEN_EPOCHS) {
		field->err = RECORD_CORRUPT;
		return;
	}
	t->epoch = record_u8(field);
	t->since = record_i64(field);
	record_bytes(field, t->key, sizeof(t->key));
	for (size_t i = 0; i < k->token_count; i++) {
		if (k->tokens[i].epoch == t->epoch)
			field->err = RECORD_CORRUPT;
	}
	k->token_count++;
}

static int
read_fields(struct keyring *k, struct record *r)
{
	buf_auto struct buf unknown = {0};
	struct kv_slice val;
	uint8_t tag;

	buf_init(&unknown, UNKNOWN_MAX);
	while (record_field(r, &tag, &val)) {
		struct record field = {.at = val.data, .left = val.len};

		if (tag == TAG_KEK)
			read_kek(k, &field);
		else if (tag == TAG_TOKEN)
			read_token(k, &field);
		else
			record_unknown(r, tag, val, &unknown);
		if ((tag == TAG_KEK || tag == TAG_TOKEN) &&
		    (field.err != 0 || field.left != 0))
			return KEYRING_CORRUPT;
	}
	if (record_error(r) != 0)
		return record_error(r) == RECORD_NEWER ? KEYRING_NEWER
						       : KEYRING_CORRUPT;
	if (buf_error(&unknown) != 0 || k->kek_count == 0 ||
	    k->token_count == 0)
		return KEYRING_CORRUPT;
	if (unknown.len > 0)
		memcpy(k->unknown, unknown.data, unknown.len);
	k->unknown_len = unknown.len;
	return 0;
}

static int
read_body(struct keyring *k, struct kv_slice sealed)
{
	secret_auto struct secret plain = {0};
	struct kv_slice head = {k->head, sizeof(k->head)};
	struct record r;
	int rc;

	rc = seal_open(SEAL_KEYRING, k->file_key, head, sealed, &plain);
	if (rc != 0)
		return rc == SEAL_FORGED ? KEYRING_CORRUPT : rc;
	record_open(&r, (struct kv_slice){plain.data, plain.len}, BODY_FORMAT);
	k->store_id = record_id(&r);
	k->created = record_i64(&r);
	record_bytes(&r, k->blind, sizeof(k->blind));
	record_bytes(&r, k->pepper, sizeof(k->pepper));
	record_bytes(&r, k->audit, sizeof(k->audit));
	record_bytes(&r, k->chain, sizeof(k->chain));
	return read_fields(k, &r);
}

static int
read_file(struct keyring *k, const char *directory, const uint8_t *mk)
{
	buf_auto struct buf file = {0};
	const uint8_t *wraps;
	int rc;

	buf_init(&file, KEYFILE_MAX);
	rc = keyfile_read(directory, &file);
	if (rc == -ENOENT)
		return KEYRING_MISSING;
	if (rc == -EFBIG)
		return KEYRING_CORRUPT;
	if (rc != 0)
		return rc;
	if (file.len < START_LEN || memcmp(file.data, MAGIC, MAGIC_LEN) != 0)
		return KEYRING_CORRUPT;
	if (file.data[MAGIC_LEN] > FILE_FORMAT)
		return KEYRING_NEWER;
	if (file.data[MAGIC_LEN] == 0 || file.len < HEAD_LEN + SEAL_OVERHEAD)
		return KEYRING_CORRUPT;
	memcpy(k->head, file.data, sizeof(k->head));
	wraps = k->head + START_LEN;
	rc = open_wrap(k, WRAP_MASTER, mk, wraps);
	if (rc == SEAL_FORGED)
		rc = open_wrap(k, WRAP_RECOVERY, mk, wraps + WRAP_LEN);
	if (rc != 0)
		return rc == SEAL_FORGED ? KEYRING_WRONG_KEY : rc;
	return read_body(
	    k, (struct kv_slice){file.data + HEAD_LEN, file.len - HEAD_LEN});
}

/* ---- life ------------------------------------------------------------ */

static void
fill_new(struct keyring *k, int64_t now)
{
	k->store_id = id_new();
	k->created = now;
	randombytes_buf(k->blind, sizeof(k->blind));
	randombytes_buf(k->pepper, sizeof(k->pepper));
	randombytes_buf(k->audit, sizeof(k->audit));
	randombytes_buf(k->chain, sizeof(k->chain));
	randombytes_buf(k->file_key, sizeof(k->file_key));
	k->kek_count = 1;
	k->keks[0].epoch = 1;
	k->keks[0].since = now;
	randombytes_buf(k->keks[0].key, sizeof(k->keks[0].key));
	k->token_count = 1;
	k->tokens[0].epoch = 1;
	k->tokens[0].since = now;
	randombytes_buf(k->tokens[0].key, sizeof(k->tokens[0].key));
}

static void
recovery_text(const uint8_t key[static KEYRING_KEY_LEN],
    char text_r[static KEYRING_RECOVERY_TEXT])
{
	char plain[RECOVERY_CHARS + 1];
	char *to = text_r;

	_Static_assert(KEYRING_RECOVERY_TEXT ==
			   RECOVERY_CHARS + RECOVERY_CHARS / 4 - 1 + 1,
	    "groups of four and their dashes");
	base32_encode(key, KEYRING_KEY_LEN, plain);
	for (size_t i = 0; i < RECOVERY_CHARS; i++) {
		if (i > 0 && i % 4 == 0)
			*to++ = '-';
		*to++ = plain[i];
	}
	*to = '\0';
	sodium_memzero(plain, sizeof(plain));
}

int
keyring_create(const char *directory, const uint8_t mk[static KEYRING_KEY_LEN],
    char recovery_r[static KEYRING_RECOVERY_TEXT])
{
	PN_CLEANUP(keyring_close) struct keyring *k = NULL;
	buf_auto struct buf head = {0};
	uint8_t recovery[KEYRING_KEY_LEN];
	int rc = keyring_alloc(&k);

	buf_init(&head, HEAD_LEN);
	if (rc != 0)
		return rc;
	fill_new(k, clock_now());
	randombytes_buf(recovery, sizeof(recovery));
	buf_add(&head, MAGIC, MAGIC_LEN);
	buf_add_byte(&head, FILE_FORMAT);
	rc = add_wrap(&head, WRAP_MASTER, mk, k->file_key);
	if (rc == 0)
		rc = add_wrap(&head, WRAP_RECOVERY, recovery, k->file_key);
	if (rc == 0) {
		memcpy(k->head, head.data, sizeof(k->head));
		rc = write_file(k, directory, true);
	}
	if (rc == 0)
		recovery_text(recovery, recovery_r);
	sodium_memzero(recovery, sizeof(recovery));
	return rc;
}

int
keyring_open(const char *directory, const uint8_t mk[static KEYRING_KEY_LEN],
    int64_t now, struct keyring **k_r)
{
	PN_CLEANUP(keyring_close) struct keyring *k = NULL;
	int rc = keyring_alloc(&k);

	if (rc == 0)
		rc = read_file(k, directory, mk);
	if (rc == 0 && now != 0)
		rc = keyring_renew(k, directory, now);
	if (rc != 0)
		return rc;
	(void)sodium_mprotect_readonly(k);
	*k_r = k;
	k = NULL;
	return 0;
}

static void
add_token_epoch(struct keyring *k, int64_t now)
{
	/* a byte that wraps: 256 quarters outlive every token */
	uint8_t epoch = (uint8_t)(k->tokens[k->token_count - 1].epoch + 1);

	if (k->token_count == KEYRING_TOKEN_EPOCHS) {
		memmove(&k->tokens[0], &k->tokens[1],
		    sizeof(k->tokens) - sizeof(k->tokens[0]));
		k->token_count--;
	}
	k->tokens[k->token_count].epoch = epoch;
	k->tokens[k->token_count].since = now;
	randombytes_buf(k->tokens[k->token_count].key, KEYRING_KEY_LEN);
	k->token_count++;
}

int
keyring_renew(struct keyring *k, const char *directory, int64_t now)
{
	PN_CLEANUP(keyring_close) struct keyring *next = NULL;
	int64_t since = k->tokens[k->token_count - 1].since;
	int rc;

	if (now < since || now - since <= KEYRING_TOKEN_DAYS * CLOCK_DAY)
		return 0;
	rc = keyring_alloc(&next);
	if (rc != 0)
		return rc;
	*next = *k;
	add_token_epoch(next, now);
	rc = write_file(next, directory, false);
	if (rc == -ENOSPC || rc == -EDQUOT || rc == -EROFS)
		return 0;
	if (rc != 0)
		return rc;
	(void)sodium_mprotect_readwrite(k);
	*k = *next;
	(void)sodium_mprotect_readonly(k);
	return 0;
}

int
keyring_recovery_parse(const char *text, uint8_t mk_r[static KEYRING_KEY_LEN])
{
	char plain[RECOVERY_CHARS];
	size_t len = 0;
	int rc = 0;

	for (; *text != '\0' && rc == 0; text++) {
		if (*text == '-' || isspace((unsigned char)*text))
			continue;
		if (len == sizeof(plain))
			rc = -EINVAL;
		else
			plain[len++] = *text;
	}
	if (rc == 0)
		rc = base32_decode(plain, len, mk_r, KEYRING_KEY_LEN);
	sodium_memzero(plain, sizeof(plain));
	return rc;
}

/* ---- the keys -------------------------------------------------------- */

const struct id *
keyring_store_id(const struct keyring *k)
{
	return &k->store_id;
}

uint32_t
keyring_kek_epoch(const struct keyring *k)
{
	return k->keks[k->kek_count - 1].epoch;
}

const uint8_t *
keyring_kek(const struct keyring *k, uint32_t epoch)
{
	for (size_t i = 0; i < k->kek_count; i++) {
		if (k->keks[i].epoch == epoch)
			return k->keks[i].key;
	}
	return NULL;
}

uint8_t
keyring_token_epoch(const struct keyring *k)
{
	return k->tokens[k->token_count - 1].epoch;
}

const uint8_t *
keyring_token_key(const struct keyring *k, uint8_t epoch)
{
	for (size_t i = 0; i < k->token_count; i++) {
		if (k->tokens[i].epoch == epoch)
			return k->tokens[i].key;
	}
	return NULL;
}

const uint8_t *
keyring_pepper(const struct keyring *k)
{
	return k->pepper;
}

const uint8_t *
keyring_audit_key(const struct keyring *k)
{
	return k->audit;
}

const uint8_t *
keyring_chain_key(const struct keyring *k)
{
	return k->chain;
}

void
keyring_blind(const struct keyring *k, uint8_t kind, const void *data,
    size_t len, uint8_t blind_r[static KEYRING_BLIND_LEN])
{
	crypto_generichash_state st;

	(void)crypto_generichash_init(
	    &st, k->blind, sizeof(k->blind), KEYRING_BLIND_LEN);
	(void)crypto_generichash_update(&st, &kind, 1);
	(void)crypto_generichash_update(&st, data, len);
	(void)crypto_generichash_final(&st, blind_r, KEYRING_BLIND_LEN);
	sodium_memzero(&st, sizeof(st));
}
