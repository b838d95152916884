/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/enrolment.h"

#include <errno.h>
#include <sodium.h>
#include "base/secret.h"
#include "daemon/lease.h"
#include "daemon/notices.h"
#include "daemon/self.h"
#include "daemon/sessions.h"
#include "store/outbox.h"
#include "store/token.h"

/* Whether A signs in already. */
static bool
is_open(const struct account *a)
{
	return a->passphrase[0] != '\0' || account_guarded(a);
}

const char *
enrolment_word(const struct account *a)
{
	if (a == NULL)
		return "none";
	if (is_open(a))
		return "active";
	/* a login name was chosen by somebody who was in once */
	return a->login.len > 0 ? "reset" : "invited";
}

/* ---- issuing --------------------------------------------------------- */

static int
has_address(struct store_txn *txn, const struct id *person)
{
	static const struct id any;
	address_auto struct address a = {0};
	int r = lease_address(txn, person, &any, &a);

	return r == KV_NOT_FOUND ? ENROLMENT_NO_ADDRESS : r;
}

/* KV_NOT_FOUND becomes a new one. */
static int
get_account(struct store_txn *txn, const struct person *p, struct account *a)
{
	struct id id;
	int r = account_by_person(txn, &p->id, &id);

	if (r == 0)
		return account_get(txn, &id, a);
	if (r == KV_NOT_FOUND)
		*a = (struct account){
		    .id = id_new(), .person = p->id, .active = true};
	return r == KV_NOT_FOUND ? 0 : r;
}

static void
close_account(struct account *a)
{
	sodium_memzero(a->passphrase, sizeof(a->passphrase));
	sodium_memzero(a->totp_secret, sizeof(a->totp_secret));
	sodium_memzero(a->recovery, sizeof(a->recovery));
	sodium_memzero(a->passkeys, sizeof(a->passkeys));
	a->short_passphrase = false;
	a->totp = false;
	a->totp_step = 0;
	a->passkey_count = 0;
	a->recovery_count = 0;
}

int
enrolment_issue(struct store_txn *txn, const struct person *p, bool reset,
    int64_t now, struct enrolment_issued *i_r)
{
	struct outbox_row row = {.kind = OUTBOX_ENROLMENT, .person = p->id};
	account_auto struct account a = {0};
	int r = p->active ? has_address(txn, &p->id) : ENROLMENT_INACTIVE;

	if (r == 0)
		r = get_account(txn, p, &a);
	if (r == 0 && is_open(&a) && !reset)
		r = ENROLMENT_IN_USE;
	if (r != 0)
		return r;
	*i_r = (struct enrolment_issued){.person = p->id,
	    .expires = now + ENROLMENT_LIFE,
	    .reset = is_open(&a)};
	close_account(&a);
	account_code_new(i_r->code);
	r = account_code_hash(
	    store_txn_keyring(txn), &a.id, i_r->code, a.enrolment.code);
	if (r == 0)
		r = notices_make(txn, &row, now);
	if (r != 0)
		return r;
	i_r->mail = row.number;
	a.enrolment.number = row.number;
	a.enrolment.expires = i_r->expires;
	a.enrolment.tries = ENROLMENT_TRIES;
	r = account_put(txn, &a);
	if (r == 0 && i_r->reset)
		r = sessions_del_person(txn, &p->id, NULL);
	if (r == 0 && i_r->reset)
		r = self_tell(txn, &p->id, now, &i_r->notice);
	return r > 0 ? -EIO : r;
}

/* ---- answering ------------------------------------------------------- */

int
enrolment_find(struct store_txn *txn, const char *link, int64_t now,
    struct person *p_r, struct account *a_r)
{
	outbox_row_auto struct outbox_row row = {0};
	struct token token;
	struct id id;
	int r;

	if (token_open(store_txn_keyring(txn), TOKEN_LINK, link, &token) != 0)
		return ENROLMENT_REFUSED;
	r = outbox_get(txn, token.number, &row);
	if (r == 0 && (row.kind != OUTBOX_ENROLMENT || row.salt != token.salt))
		r = KV_NOT_FOUND;
	if (r == 0)
		r = person_get(txn, &row.person, p_r);
	if (r == 0)
		r = account_by_person(txn, &row.person, &id);
	if (r == 0)
		r = account_get(txn, &id, a_r);
	if (r != 0)
		return r == KV_NOT_FOUND ? ENROLMENT_REFUSED : r;
	if (!p_r->active || !a_r->active ||
	    a_r->enrolment.number != row.number ||
	    now >= a_r->enrolment.expires || a_r->enrolment.tries == 0)
		return ENROLMENT_REFUSED;
	return 0;
}

bool
enrolment_try(const struct keyring *k, const char *code, struct account *a)
{
	uint8_t hash[ACCOUNT_CODE_LEN];

	if (account_code_hash(k, &a->id, code, hash) == 0 &&
	    sodium_memcmp(hash, a->enrolment.code, sizeof(hash)) == 0)
		return true;
	if (a->enrolment.tries > 0)
		a->enrolment.tries--;
	return false;
}
