/* SPDX-License-Identifier: Apache-2.0 */

/*
 * admin.sock: adding a participant, with an account if a login is given;
 * disabling one, relating two, a code to open an account, a picture.
 */

#include "daemon/api_admin.h"

#include <string.h>
#include "base/public.h"
#include "daemon/issuing.h"
#include "daemon/picturing.h"
#include "daemon/provisioning.h"
#include "daemon/pool.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/strength.h"
#include "daemon/view.h"

/* ---- add ------------------------------------------------------------- */

static void
add_done(struct request *req, int result)
{
	const struct provisioning *s = request_state_get(req);

	if (result != 0)
		provisioning_refuse(req, result);
	else
		request_reply(req, 201,
		    json_pack("{s:o, s:s, s:s, s:s, s:b, s:s, s:I}", "id",
			view_id(&s->done.id), "external_id", s->e.external_id,
			"role", view_role(s->e.role), "name", s->e.name,
			"active", (int)s->done.active, "account",
			s->e.login[0] != '\0' ? "active" : "none", "addresses",
			(json_int_t)s->e.address_count));
}

static const struct request_write add_write = {
    .run = provisioning_run,
    .committed = provisioning_committed,
    .then = add_done,
};

static int
hash_work(struct request *req)
{
	struct provisioning *s = request_state_get(req);

	return passphrase_hash(store_keyring(request_info(req)->d->store),
	    &s->passphrase, s->e.passphrase);
}

static void
hash_done(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		request_write(req, &add_write);
}

/* False: answered. */
static bool
read_login(struct request *req, json_t *body, struct provisioning *s)
{
	const char *login = json_get_text(body, "login");
	const char *passphrase = json_get_text(body, "passphrase");
	int r;

	if (login == NULL && passphrase == NULL)
		return true;
	if (login == NULL || !grammar_login(login, s->e.login)) {
		request_bad_field(
		    req, "login", "expected letters, digits and ._@+-");
		return false;
	}
	if (passphrase == NULL ||
	    strength_length(passphrase) < PUBLIC_PASSPHRASE_MIN) {
		request_bad_field(req, "passphrase",
		    "expected at least 15 characters with a login");
		return false;
	}
	r = secret_set(&s->passphrase, passphrase, strlen(passphrase));
	if (r != 0)
		request_refuse(req, r);
	return r == 0;
}

void
api_admin_add(struct request *req)
{
	static const struct json_field fields[] = {
	    {"external_id", JSON_IS_STRING, true, 1, GRAMMAR_EXTERNAL_MAX},
	    {"role", JSON_IS_STRING, true, 1, 16},
	    {"name", JSON_IS_STRING, true, 1, GRAMMAR_NAME_MAX},
	    {"language", JSON_IS_STRING, false, 1, GRAMMAR_LANGUAGE_MAX},
	    {"time_zone", JSON_IS_STRING, false, 1, GRAMMAR_TIME_ZONE_MAX},
	    {"credentials", JSON_IS_STRING, false, 0, GRAMMAR_CREDENTIALS_MAX},
	    {"addresses", JSON_IS_ARRAY, false, 0, PERSON_ADDRESSES},
	    {"login", JSON_IS_STRING, false, 1, GRAMMAR_LOGIN_MAX},
	    {"passphrase", JSON_IS_STRING, false, 1, STRENGTH_BYTES},
	};
	struct provisioning *s;
	json_t *body;

	if (!api_admin_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	s = provisioning_read(
	    req, body, json_get_text(body, "external_id"), true);
	if (s == NULL || !read_login(req, body, s))
		return;
	s->e.fresh = true;
	if (s->e.login[0] != '\0')
		request_work(req, request_info(req)->d->login_pool, hash_work,
		    hash_done);
	else
		request_write(req, &add_write);
}

/* ---- disable --------------------------------------------------------- */

static int
disable_run(struct request *req, struct store_txn *txn)
{
	struct provisioned *done = request_state_get(req);
	struct audit audit = {.verb = AUDIT_PERSON_DISABLE};
	int r = authorise(&request_info(req)->actor, VERB_PERSON_PUT, NULL);

	if (r == 0)
		r = provision_disable(txn, request_param(req, 0), done);
	if (r != 0)
		return r;
	audit.subject = done->id;
	return request_audit_add(req, txn, &audit);
}

static void
disable_committed(struct request *req)
{
	provisioning_settle(req, request_state_get(req));
}

static void
disable_done(struct request *req, int result)
{
	const struct provisioned *done = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200,
		    json_pack(
			"{s:o, s:b}", "id", view_id(&done->id), "active", 0));
}

void
api_admin_disable(struct request *req)
{
	static const struct request_write write = {
	    .run = disable_run,
	    .committed = disable_committed,
	    .then = disable_done,
	};

	if (api_admin_admits(req) && request_fields(req, NULL, 0) != NULL &&
	    request_state(req, sizeof(struct provisioned), NULL) != NULL)
		request_write(req, &write);
}

/* ---- relate ---------------------------------------------------------- */

static void
relate_done(struct request *req, int result)
{
	const struct relating *s = request_state_get(req);
	const struct relation *rel = &s->relation;

	if (result != 0)
		relating_refuse(req, result);
	else
		request_reply(req, 200,
		    json_pack("{s:o, s:o, s:o, s:o, s:b}", "client",
			view_id(&rel->client), "provider",
			view_id(&rel->provider), "since", view_time(rel->since),
			"until", view_time(rel->until), "writable",
			(int)rel->writable));
}

void
api_admin_relate(struct request *req)
{
	static const struct json_field fields[] = {
	    {"client", JSON_IS_STRING, true, 1, GRAMMAR_EXTERNAL_MAX},
	    {"provider", JSON_IS_STRING, true, 1, GRAMMAR_EXTERNAL_MAX},
	    {"active", JSON_IS_BOOLEAN, true, 0, 0},
	    {"writable", JSON_IS_BOOLEAN, false, 0, 0},
	};
	static const struct request_write write = {
	    .run = relating_run,
	    .committed = relating_committed,
	    .then = relate_done,
	};
	json_t *body;

	if (!api_admin_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body != NULL &&
	    relating_read(req, body, json_get_text(body, "client"),
		json_get_text(body, "provider")) != NULL)
		request_write(req, &write);
}

/* ---- a code to open an account --------------------------------------- */

void
api_admin_enrolment(struct request *req)
{
	if (api_admin_admits(req))
		issuing_post(req, request_param(req, 0));
}

/* ---- a picture ------------------------------------------------------- */

void
api_admin_picture(struct request *req)
{
	if (api_admin_admits(req))
		picturing_put(req, request_param(req, 0));
}
