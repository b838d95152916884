/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/correction.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "daemon/health.h"
#include "daemon/notices.h"
#include "store/outbox.h"
#include "store/person.h"
#include "store/record.h"

#define CODES UINT64_C(100000000)

void
correction_code(const struct keys *keys, const struct id *address,
    char code_r[static CORRECTION_DIGITS + 1])
{
	uint8_t mac[16];
	struct record r = {.at = mac, .left = sizeof(mac)};

	(void)crypto_generichash(mac, sizeof(mac), address->b, ID_LEN,
	    keys->of[KEYS_ADDRESS], KEYS_LEN);
	(void)snprintf(code_r, CORRECTION_DIGITS + 1, "%08" PRIu64,
	    record_u64(&r) % CODES);
	sodium_memzero(mac, sizeof(mac));
}

/* ---- asking ---------------------------------------------------------- */

struct shelf {
	struct store_txn *txn;
	const struct id *wanted; /* nil: the first that was in use */
	struct id replaces;
};

/*
 * Forgets what was asked for before. One that was replaced stays until it has
 * been told so: whoever asks again at once must not keep that mail from it.
 */
static int
look_at(const struct address *a, void *arg)
{
	struct shelf *s = arg;

	if (a->state == ADDRESS_UNCONFIRMED)
		return address_del(s->txn, &a->person, &a->id);
	if (a->state != ADDRESS_REPLACED && id_is_nil(&s->replaces) &&
	    (id_is_nil(s->wanted) || id_equal(s->wanted, &a->id)))
		s->replaces = a->id;
	return 0;
}

int
correction_ask(struct store_txn *txn, const struct id *person, const char *text,
    const struct id *replaces, int64_t now, struct correction *c_r)
{
	struct shelf s = {.txn = txn, .wanted = replaces};
	address_auto struct address a = {
	    .id = id_new(),
	    .person = *person,
	    .state = ADDRESS_UNCONFIRMED,
	    .position = UINT8_MAX, /* behind all that are in use */
	    .since = now,
	    .expires = now + CORRECTION_LIFE,
	    .tries = CORRECTION_TRIES,
	};
	struct outbox_row row = {
	    .kind = OUTBOX_ADDRESS, .person = *person, .address = a.id};
	int r = address_list(txn, person, look_at, &s);

	if (r != 0)
		return r;
	if (id_is_nil(&s.replaces) && !id_is_nil(replaces))
		return CORRECTION_NO_SUCH;
	a.replaces = s.replaces;
	r = secret_replace(&a.text, text);
	if (r == 0)
		r = address_put(txn, &a);
	if (r == 0)
		r = notices_make(txn, &row, now);
	*c_r = (struct correction){a.id, a.expires, row.number};
	return r;
}

/* ---- confirming ------------------------------------------------------ */

/* Blanks and hyphens do not count: people read it off a page. */
static bool
is_right(const char *typed, const char *code)
{
	char digits[CORRECTION_DIGITS + 1] = "";
	size_t n = 0;
	bool right;

	for (; *typed != '\0'; typed++) {
		if (*typed == ' ' || *typed == '-')
			continue;
		if (n < CORRECTION_DIGITS)
			digits[n] = *typed;
		n++;
	}
	right = n == CORRECTION_DIGITS &&
		sodium_memcmp(digits, code, CORRECTION_DIGITS) == 0;
	sodium_memzero(digits, sizeof(digits));
	return right;
}

static int
take_a_try(struct store_txn *txn, struct address *a, struct corrected *c)
{
	c->wrong = true;
	c->tries = a->tries > 0 ? --a->tries : 0;
	return c->tries > 0 ? address_put(txn, a)
			    : address_del(txn, &a->person, &a->id);
}

/* NEW takes its place. An old one in use is told; any other just goes. */
static int
retire(struct store_txn *txn, struct address *new, int64_t now,
    struct corrected *c)
{
	address_auto struct address old = {0};
	struct outbox_row row = {
	    .kind = OUTBOX_REPLACED,
	    .person = new->person,
	    .address = new->replaces,
	};
	int r = KV_NOT_FOUND;

	if (!id_is_nil(&new->replaces))
		r = address_get(txn, &new->person, &new->replaces, &old);
	if (r != 0)
		return r == KV_NOT_FOUND ? 0 : r;
	new->position = old.position;
	if (!health_usable(&old) ||
	    strcmp(secret_text(&old.text), secret_text(&new->text)) == 0)
		return address_del(txn, &old.person, &old.id);
	old.state = ADDRESS_REPLACED;
	old.since = now;
	r = address_put(txn, &old);
	if (r == 0)
		r = notices_make(txn, &row, now);
	c->notice = row.number;
	return r;
}

bool
correction_is_over(const struct address *a, int64_t now)
{
	return a->state == ADDRESS_UNCONFIRMED &&
	       (a->expires < now || a->expires > now + CORRECTION_LIFE);
}

int
correction_confirm(struct store_txn *txn, const struct keys *keys,
    const struct id *person, const struct id *address, const char *code,
    int64_t now, struct corrected *c_r)
{
	address_auto struct address a = {0};
	char right[CORRECTION_DIGITS + 1];
	bool wrong;
	int r = address_get(txn, person, address, &a);

	*c_r = (struct corrected){0};
	if (r == 0 &&
	    (a.state != ADDRESS_UNCONFIRMED || correction_is_over(&a, now)))
		r = KV_NOT_FOUND;
	if (r != 0)
		return r;
	correction_code(keys, &a.id, right);
	wrong = !is_right(code, right);
	sodium_memzero(right, sizeof(right));
	if (wrong)
		return take_a_try(txn, &a, c_r);
	r = retire(txn, &a, now, c_r);
	if (r != 0)
		return r;
	a.state = ADDRESS_GOOD;
	a.since = now;
	a.expires = 0;
	a.tries = 0;
	a.replaces = (struct id){0};
	return address_put(txn, &a);
}
