/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/recipients.h"

#include "daemon/authorise.h"
#include "daemon/notices.h"
#include "store/outbox.h"

void
recipients_of(
    const struct thread *t, const struct id *author, struct recipients *r_r)
{
	bool from_practice = authorise_practice_side(t, author);

	r_r->n = 0;
	for (size_t i = 0; i < t->member_count; i++) {
		const struct thread_member *m = &t->members[i];

		if (id_equal(&m->person, author) || m->until != 0 ||
		    (m->rights & MEMBER_MAY_READ) == 0 ||
		    authorise_practice_side(t, &m->person) == from_practice)
			continue;
		r_r->persons[r_r->n++] = m->person;
	}
}

int
recipients_notify(struct store_txn *txn, const struct thread *t,
    const struct recipients *to, uint64_t number, int64_t now,
    struct recipients_rows *rows_r)
{
	struct outbox_row row = {.kind = OUTBOX_MESSAGE, .thread = t->id};
	int r = 0;

	rows_r->n = 0;
	for (size_t i = 0; r == 0 && i < to->n; i++) {
		row.number = i == 0 ? number : 0;
		row.person = to->persons[i];
		r = notices_make(txn, &row, now);
		rows_r->numbers[rows_r->n++] = row.number;
	}
	return r;
}
