/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/view.h"

#include <errno.h>
#include "base/clock.h"
#include "base/json.h"

json_t *
view_id(const struct id *id)
{
	char text[ID_TEXT_LEN + 1];

	id_text(id, text);
	return json_string(text);
}

json_t *
view_time(int64_t ms)
{
	char text[CLOCK_TEXT_LEN + 1];

	if (ms == 0)
		return json_null();
	clock_text(ms, text);
	return json_string(text);
}

json_t *
view_text(const struct secret *text)
{
	return json_string(secret_text(text));
}

const char *
view_role(enum person_role role)
{
	switch (role) {
	case ROLE_CLIENT:
		return "client";
	case ROLE_PROVIDER:
		return "provider";
	case ROLE_STAFF:
		return "staff";
	}
	return "unknown";
}

int
view_party(struct store_txn *txn, const struct id *person, bool with_role,
    json_t **party_r)
{
	person_auto struct person p = {0};
	int r = person_get(txn, person, &p);

	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	*party_r = json_pack(
	    "{s:o, s:o}", "id", view_id(person), "name", view_text(&p.name));
	if (*party_r == NULL)
		return -ENOMEM;
	if (with_role && r == 0 &&
	    json_object_set_new(
		*party_r, "role", json_string(view_role(p.role))) != 0) {
		json_decref(*party_r);
		*party_r = NULL;
		return -ENOMEM;
	}
	return 0;
}

uint32_t
view_unread(const struct thread *t, const struct id *me)
{
	for (size_t i = 0; i < t->member_count; i++) {
		if (id_equal(&t->members[i].person, me))
			return t->members[i].unread;
	}
	return 0;
}

int
view_thread(struct store_txn *txn, const struct thread *t, const struct id *me,
    json_t **thread_r)
{
	json_auto json_t *client = NULL;
	json_auto json_t *counterpart = NULL;
	int r = view_party(txn, &t->client, false, &client);

	if (r == 0)
		r = view_party(txn, &t->counterpart, false, &counterpart);
	if (r != 0)
		return r;
	*thread_r = json_pack("{s:o, s:O, s:O, s:I, s:I, s:o, s:b}", "id",
	    view_id(&t->id), "client", client, "counterpart", counterpart,
	    "unread", (json_int_t)view_unread(t, me), "entries",
	    (json_int_t)t->count, "last_at",
	    view_time(t->last_at != 0 ? t->last_at : t->created), "closed",
	    t->closed != 0);
	return *thread_r != NULL ? 0 : -ENOMEM;
}

json_t *
view_entry_place(
    uint64_t seq, const struct id *id, enum entry_kind kind, int64_t at)
{
	return json_pack("{s:I, s:o, s:s, s:o}", "seq", (json_int_t)seq, "id",
	    view_id(id), "kind", kind == ENTRY_MESSAGE ? "message" : "event",
	    "at", view_time(at));
}

json_t *
view_list(json_t *items, const char *next)
{
	return json_pack("{s:o, s:s?}", "items", items, "next", next);
}
