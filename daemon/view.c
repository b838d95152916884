/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/view.h"

#include <errno.h>
#include <inttypes.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/public.h"
#include "daemon/authorise.h"
#include "daemon/health.h"
#include "daemon/mailcode.h"
#include "daemon/media.h"
#include "store/record.h"

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

struct address_view {
	bool themselves;
	json_t *list;
};

static int
add_address(const struct address *a, void *arg)
{
	const struct address_view *v = arg;
	char code[MAILCODE_TEXT_LEN + 1];
	json_t *item;

	if (a->state == ADDRESS_REPLACED ||
	    (a->state == ADDRESS_UNCONFIRMED &&
		(!v->themselves || a->expires < clock_now())))
		return 0;
	mailcode_text(a->code, code);
	item = json_pack("{s:o, s:s, s:s, s:o, s:s?, s:s}", "id",
	    view_id(&a->id), "address", secret_text(&a->text), "state",
	    health_state_word(a->state), "since", view_time(a->since), "reason",
	    health_reason_word(a->reason), "code", code);
	return json_array_append_new(v->list, item) == 0 ? 0 : -ENOMEM;
}

int
view_addresses(struct store_txn *txn, const struct id *person, bool themselves,
    json_t **list_r)
{
	struct address_view v = {themselves, json_array()};
	int r = v.list == NULL ? -ENOMEM
			       : address_list(txn, person, add_address, &v);

	*list_r = v.list;
	return r;
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

const char *
view_language(const struct settings *s, const struct person *p)
{
	return p->language.len > 0 ? secret_text(&p->language)
				   : s->practice.language;
}

const char *
view_time_zone(const struct person *p)
{
	return p->time_zone.len > 0 ? secret_text(&p->time_zone) : "UTC";
}

static json_t *
view_days(unsigned from, unsigned to)
{
	return json_pack("{s:i, s:i}", "from", (int)from, "to", (int)to);
}

json_t *
view_own_response(const struct person *p)
{
	return p->response_to == 0
		   ? json_null()
		   : view_days(p->response_from, p->response_to);
}

json_t *
view_response(const struct person *p)
{
	return p->response_to == 0 ? view_days(PUBLIC_RESPONSE_DAYS_FROM,
					 PUBLIC_RESPONSE_DAYS_TO)
				   : view_own_response(p);
}

json_t *
view_picture(const struct id *person, int64_t changed)
{
	char id[ID_TEXT_LEN + 1];

	if (changed == 0)
		return json_null();
	id_text(person, id);
	return json_sprintf("/v1/pictures/%s?v=%" PRId64, id, changed);
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

json_t *
view_last_at(const struct thread *t)
{
	return view_time(t->last_at != 0 ? t->last_at : t->created);
}

json_t *
view_waiting(const struct thread *t, const struct id *me)
{
	return authorise_practice_side(t, me) ? view_time(t->waiting)
					      : json_null();
}

json_t *
view_unnotified(const struct thread *t, const struct id *me)
{
	static const char *const reasons[] = {
	    [UNNOTIFIED_NO_ADDRESS] = "no-address",
	    [UNNOTIFIED_REFUSED] = "refused",
	    [UNNOTIFIED_GIVEN_UP] = "given-up",
	    [UNNOTIFIED_STOPPED] = "stopped",
	    [UNNOTIFIED_COMPLAINT] = "complaint",
	    [UNNOTIFIED_CHALLENGE] = "challenge",
	};
	const struct thread_unnotified *u = &t->unnotified;
	char code[MAILCODE_TEXT_LEN + 1];

	if (u->since == 0 || !authorise_practice_side(t, me) ||
	    (size_t)u->reason >= PN_ARRAY_LEN(reasons) || u->reason == 0)
		return json_null();
	mailcode_text(u->code, code);
	return json_pack("{s:o, s:s, s:s}", "since", view_time(u->since),
	    "reason", reasons[u->reason], "code", code);
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
	*thread_r = json_pack("{s:o, s:O, s:O, s:I, s:I, s:o, s:b, s:o, s:o}",
	    "id", view_id(&t->id), "client", client, "counterpart", counterpart,
	    "unread", (json_int_t)view_unread(t, me), "entries",
	    (json_int_t)t->count, "last_at", view_last_at(t), "closed",
	    t->closed != 0, "waiting_since", view_waiting(t, me),
	    "not_notified", view_unnotified(t, me));
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

json_t *
view_pixels(uint32_t n)
{
	return n > 0 ? json_integer((json_int_t)n) : json_null();
}

static const char *
state_word(enum attachment_state state)
{
	switch (state) {
	case ATTACHMENT_PENDING:
		return "pending";
	case ATTACHMENT_CLEAN:
		return "clean";
	case ATTACHMENT_INFECTED:
		return "infected";
	default:
		return "unchecked";
	}
}

int
view_attachment(
    struct store_txn *txn, const struct attachment *a, json_t **attachment_r)
{
	struct attachment_row row;
	int r = attachment_get(txn, &a->id, &row);

	/* a message is never without the rows of its files */
	if (r != 0)
		return r == KV_NOT_FOUND ? RECORD_CORRUPT : r;
	*attachment_r = json_pack("{s:o, s:o, s:s, s:I, s:o, s:o, s:s}", "id",
	    view_id(&a->id), "name", view_text(&a->name), "type",
	    media_type(a->type), "size", (json_int_t)a->size, "width",
	    view_pixels(a->width), "height", view_pixels(a->height), "state",
	    state_word(row.state));
	return *attachment_r != NULL ? 0 : -ENOMEM;
}
