/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/undelivered.h"

#include <errno.h>
#include "daemon/lease.h"
#include "daemon/notices.h"
#include "store/person.h"

/* 0 or -errno; an address that is gone, or cannot be read, fares no worse. */
static int
note(struct store_txn *txn, const struct outbox_row *row,
    const struct undelivered *u, int64_t now)
{
	address_auto struct address a = {0};
	int r;

	if (u->news == HEALTH_NONE || id_is_nil(&row->address) ||
	    id_is_nil(&row->person))
		return 0;
	r = address_get(txn, &row->person, &row->address, &a);
	if (r != 0)
		return r < 0 ? r : 0;
	if (!health_note(&a, u->news, u->code, u->limits, now))
		return 0;
	r = address_put(txn, &a);
	return r > 0 ? -EIO : r;
}

/* Only what is news again somewhere else: no prompt, no code, no test. */
static bool
goes_elsewhere(const struct outbox_row *row, const struct undelivered *u)
{
	return u->news == HEALTH_DEAD && !id_is_nil(&row->address) &&
	       (row->kind == OUTBOX_MESSAGE || row->kind == OUTBOX_ANSWERED);
}

/* 0: it does. KV_NOT_FOUND: there is no other address. Or -errno. */
static int
send_elsewhere(struct store_txn *txn, const struct outbox_row *row, int64_t now,
    uint64_t *again_r)
{
	address_auto struct address a = {0};
	const struct id none = {0};
	struct outbox_row again = {
	    .kind = row->kind,
	    .person = row->person,
	    .thread = row->thread,
	};
	int r = lease_address(txn, &row->person, &none, &a);

	if (r != 0)
		return r < 0 ? r : KV_NOT_FOUND;
	r = notices_make(txn, &again, now);
	if (r == 0)
		*again_r = again.number;
	return r > 0 ? -EIO : r;
}

int
undelivered(struct store_txn *txn, struct outbox_row *row,
    const struct undelivered *u, int64_t now, uint64_t *again_r)
{
	int r = note(txn, row, u, now);

	*again_r = 0;
	if (r != 0)
		return r;
	row->code = u->code;
	r = goes_elsewhere(row, u) ? send_elsewhere(txn, row, now, again_r)
				   : KV_NOT_FOUND;
	if (r < 0)
		return r;
	if (r == KV_NOT_FOUND)
		return lease_fail(txn, row,
		    u->news == HEALTH_HELD ? UNNOTIFIED_CHALLENGE : 0, now);
	row->state = OUTBOX_FAILED;
	row->due = 0;
	r = outbox_put(txn, row);
	return r > 0 ? -EIO : r;
}
