/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Participants and relations, by external ids: as staff keep them, or a
 * frontend with the right "provision" in step with its own.
 */

#include "daemon/api.h"

#include "daemon/issuing.h"
#include "daemon/picturing.h"
#include "daemon/provisioning.h"
#include "daemon/request.h"
#include "daemon/view.h"

#define PERSON_BODY_MAX 16384
#define RELATION_BODY_MAX 1024

/* False: answered. */
static bool
may(struct request *req, enum verb verb)
{
	int r = authorise(&request_info(req)->actor, verb, NULL);

	if (r != 0)
		request_refuse(req, r);
	return r == 0;
}

static void
person_then(struct request *req, int result)
{
	const struct provisioning *s = request_state_get(req);

	if (result != 0)
		provisioning_refuse(req, result);
	else
		request_reply(req, s->done.created ? 201 : 200,
		    json_pack("{s:o, s:s, s:s, s:b}", "id",
			view_id(&s->done.id), "external_id", s->e.external_id,
			"role", view_role(s->e.role), "active",
			(int)s->done.active));
}

static void
put_person(struct request *req)
{
	static const struct json_field fields[] = {
	    {"role", JSON_IS_STRING, true, 1, 16},
	    {"name", JSON_IS_STRING, true, 1, GRAMMAR_NAME_MAX},
	    {"language", JSON_IS_STRING, false, 1, GRAMMAR_LANGUAGE_MAX},
	    {"time_zone", JSON_IS_STRING, false, 1, GRAMMAR_TIME_ZONE_MAX},
	    {"credentials", JSON_IS_STRING, false, 0, GRAMMAR_CREDENTIALS_MAX},
	    {"addresses", JSON_IS_ARRAY, false, 0, PERSON_ADDRESSES},
	    {"active", JSON_IS_BOOLEAN, false, 0, 0},
	};
	static const struct request_write write = {
	    .run = provisioning_run,
	    .committed = provisioning_committed,
	    .then = person_then,
	};
	json_t *body;

	if (!may(req, VERB_PERSON_PUT))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body != NULL &&
	    provisioning_read(req, body, request_param(req, 0), false) != NULL)
		request_write(req, &write);
}

static void
relation_then(struct request *req, int result)
{
	const struct relating *s = request_state_get(req);

	if (result != 0)
		relating_refuse(req, result);
	else
		request_reply(req, 200,
		    json_pack("{s:o, s:o, s:b}", "since",
			view_time(s->relation.since), "until",
			view_time(s->relation.until), "writable",
			(int)s->relation.writable));
}

static void
put_relation(struct request *req)
{
	static const struct json_field fields[] = {
	    {"active", JSON_IS_BOOLEAN, true, 0, 0},
	    {"writable", JSON_IS_BOOLEAN, false, 0, 0},
	};
	static const struct request_write write = {
	    .run = relating_run,
	    .committed = relating_committed,
	    .then = relation_then,
	};
	json_t *body;

	if (!may(req, VERB_RELATION_PUT))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body != NULL && relating_read(req, body, request_param(req, 0),
				request_param(req, 1)) != NULL)
		request_write(req, &write);
}

/* ---- a code to open an account --------------------------------------- */

static void
post_enrolment(struct request *req)
{
	if (may(req, VERB_ENROLMENT_NEW))
		issuing_post(req, request_param(req, 0));
}

/* ---- a picture ------------------------------------------------------- */

static void
put_picture(struct request *req)
{
	if (may(req, VERB_PERSON_PUT))
		picturing_put(req, request_param(req, 0));
}

const struct route api_provision_routes[] = {
    {"PUT", "/v1/participants/{external-id}", ROUTE_RIGHT, NULL,
	PERSON_BODY_MAX, put_person},
    {"PUT", "/v1/relations/{client}/{provider}", ROUTE_RIGHT, NULL,
	RELATION_BODY_MAX, put_relation},
    {"POST", "/v1/participants/{external-id}/enrolment", ROUTE_RIGHT, NULL,
	ISSUING_BODY_MAX, post_enrolment},
    {"PUT", "/v1/participants/{external-id}/picture", ROUTE_RIGHT, NULL,
	PICTURING_BODY_MAX, put_picture},
    {0},
};
