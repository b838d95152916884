/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/sweep.h"

#include <inttypes.h>
#include "base/log.h"
#include "store/attachment.h"
#include "store/blob.h"

struct sweeping {
	const struct store *st;
	struct store_txn *txn;
	uint64_t deleted;
	uint64_t stuck;
};

/* A row that cannot be read may be a message's: its file stays. */
static int
look_at(const struct id *id, void *arg)
{
	struct sweeping *s = arg;
	struct attachment_row row;

	if (attachment_get(s->txn, id, &row) != KV_NOT_FOUND)
		return 0;
	if (blob_delete(s->st, id) == 0)
		s->deleted++;
	else
		s->stuck++;
	return 0;
}

int
sweep(const struct store *st, struct store_txn *txn)
{
	struct sweeping s = {.st = st, .txn = txn};
	int r = blob_each(st, look_at, &s);

	if (s.deleted > 0)
		log_info("files", "deleted %" PRIu64 " that no message names",
		    s.deleted);
	if (s.stuck > 0)
		log_warning("files",
		    "%" PRIu64 " that no message names cannot be deleted",
		    s.stuck);
	return r;
}
