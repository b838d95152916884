/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How people look, for whoever sees their card. Nothing is left in the audit
 * log, as nothing is when a card is seen: where a picture is to be had is told
 * by the list of one's own contacts, or by that of participants, whose reading
 * is recorded.
 */

#include "daemon/api.h"

#include "daemon/image.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "store/picture.h"
#include "store/relation.h"

static void
seeing_fini(void *state)
{
	picture_fini(state);
}

/* May ACTOR see WHOSE, as TXN sees it? */
static int
may_see(
    struct store_txn *txn, const struct actor *actor, const struct id *whose)
{
	person_auto struct person p = {0};
	struct object object = {0};
	struct relation rel;
	int r = person_get(txn, whose, &p);

	if (r == 0) {
		object.person = &p;
		r = relation_with(txn, &actor->person,
		    actor->role == ROLE_CLIENT, whose, &rel);
	}
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	object.relation = r == 0 ? &rel : NULL;
	return authorise(actor, VERB_PICTURE_SEE, &object);
}

static int
see_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct picture *p = request_state_get(req);
	store_txn_auto struct store_txn *txn = NULL;
	struct id whose = p->person;
	int r = store_begin(info->d->store, false, &txn);

	if (r == 0)
		r = may_see(txn, &info->actor, &whose);
	return r == 0 ? picture_get(txn, &whose, p) : r;
}

static void
see_then(struct request *req, int result)
{
	struct picture *p = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_show(req, image_type(p->kind), image_file_name(p->kind),
		    &p->image);
}

static void
get_picture(struct request *req)
{
	struct picture *p = request_state(req, sizeof(*p), seeing_fini);

	if (p != NULL && request_param_id(req, 0, &p->person))
		request_work(
		    req, request_info(req)->d->read_pool, see_work, see_then);
}

/* v is another for another picture, so that a page sees that it changed. */
const struct route api_picture_routes[] = {
    {"GET", "/v1/pictures/{id}", ROUTE_RIGHT, "v", 0, get_picture},
    {0},
};
