/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/picturing.h"

#include <string.h>
#include "base/clock.h"
#include "daemon/image.h"
#include "daemon/posternd.h"
#include "daemon/provision.h"
#include "daemon/telling.h"
#include "daemon/view.h"
#include "store/picture.h"

struct picturing {
	const char *who;
	struct picture picture; /* without an image: it is taken away */
	enum person_role role;
	bool changed;
};

static void
picturing_fini(void *state)
{
	struct picturing *s = state;

	picture_fini(&s->picture);
}

/* A frontend that keeps people in step gives the same one again and again. */
static bool
is_same(const struct picture *a, const struct picture *b)
{
	return a->kind == b->kind && a->image.len == b->image.len &&
	       memcmp(a->image.data, b->image.data, a->image.len) == 0;
}

static int
change(struct store_txn *txn, struct picturing *s)
{
	picture_auto struct picture old = {0};
	struct picture *new = &s->picture;
	int r = picture_get(txn, &new->person, &old);

	if (r < 0)
		return r;
	/* one that cannot be read is another one */
	if (new->image.len == 0) {
		s->changed = r != KV_NOT_FOUND;
		picture_del(txn, &new->person);
		return 0;
	}
	s->changed = r != 0 || !is_same(&old, new);
	new->changed = old.changed;
	if (!s->changed)
		return 0;
	/* it is part of the address, so it must be another, too */
	new->changed = clock_now();
	if (new->changed <= old.changed)
		new->changed = old.changed + 1;
	return picture_put(txn, new);
}

static int
picturing_run(struct request *req, struct store_txn *txn)
{
	struct picturing *s = request_state_get(req);
	person_auto struct person p = {0};
	struct object object = {.person = &p};
	struct audit audit = {.verb = AUDIT_PICTURE_PUT};
	int r = provision_find(txn, s->who, &p);

	if (r == 0)
		r = authorise(
		    &request_info(req)->actor, VERB_PERSON_PUT, &object);
	if (r != 0)
		return r;
	s->picture.person = p.id;
	s->role = p.role;
	r = change(txn, s);
	if (r != 0)
		return r;
	audit.subject = p.id;
	audit.detail = (uint64_t)s->picture.kind;
	return request_audit_add(req, txn, &audit);
}

static void
picturing_committed(struct request *req)
{
	const struct picturing *s = request_state_get(req);

	if (s->changed)
		tell_contacts_of(
		    request_info(req)->d, &s->picture.person, s->role);
}

static void
picturing_then(struct request *req, int result)
{
	const struct picture *p =
	    &((struct picturing *)request_state_get(req))->picture;

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200,
		    json_pack("{s:o}", "picture",
			view_picture(&p->person, p->changed)));
}

/* False: answered. */
static bool
take_image(struct request *req, json_t *text, struct picture *p)
{
	buf_auto struct buf copy = {0};
	struct image image;
	int r;

	if (json_is_null(text))
		return true;
	if (text == NULL) {
		request_bad_field(req, "image", "expected base64, or null");
		return false;
	}
	buf_init(&copy, PICTURE_MAX);
	r = image_read(json_string_value(text), &copy, &image);
	if (r == 0)
		r = secret_set(&p->image, copy.data, copy.len);
	p->kind = image.kind;
	if (r > 0)
		request_bad_field(req, "image", image_words(r));
	else if (r < 0)
		request_refuse(req, r);
	return r == 0;
}

void
picturing_put(struct request *req, const char *who)
{
	static const struct json_field fields[] = {
	    {"image", JSON_IS_STRING, false, 0, 0},
	};
	static const struct request_write write = {
	    .run = picturing_run,
	    .committed = picturing_committed,
	    .then = picturing_then,
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct picturing *s;

	s = body != NULL ? request_state(req, sizeof(*s), picturing_fini)
			 : NULL;
	if (s == NULL)
		return;
	s->who = who;
	if (take_image(req, json_object_get(body, "image"), &s->picture))
		request_write(req, &write);
}
