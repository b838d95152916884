/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/provisioning.h"

#include <string.h>
#include "base/clock.h"
#include "daemon/live.h"
#include "daemon/posternd.h"
#include "daemon/sessions.h"
#include "daemon/telling.h"

/* ---- participants ---------------------------------------------------- */

static bool
is_name_or_none(const char *text)
{
	return text[0] == '\0' || grammar_name(text);
}

static const struct {
	const char *field;
	bool (*good)(const char *text);
	const char *expected;
} rules[] = {
    {"name", grammar_name, "expected a name without control characters"},
    {"credentials", is_name_or_none, "expected letters, as LMFT"},
    {"language", grammar_language, "expected a language tag, as en or pt-BR"},
    {"time_zone", grammar_time_zone,
	"expected a time zone's name, as America/New_York"},
};

/* False: answered. */
static bool
check_texts(struct request *req, json_t *body, const char *external_id)
{
	if (strlen(external_id) > GRAMMAR_EXTERNAL_MAX ||
	    !grammar_external_id(external_id)) {
		request_bad_field(req, "external_id",
		    "expected 1 to 128 printable characters without blanks "
		    "around them");
		return false;
	}
	for (size_t i = 0; i < PN_ARRAY_LEN(rules); i++) {
		const char *text = json_get_text(body, rules[i].field);

		if (text == NULL || rules[i].good(text))
			continue;
		request_bad_field(req, rules[i].field, rules[i].expected);
		return false;
	}
	return true;
}

static bool
is_repeated(const struct provision *e)
{
	for (size_t i = 0; i < e->address_count; i++)
		if (strcmp(e->addresses[i], e->addresses[e->address_count]) ==
		    0)
			return true;
	return false;
}

/* False: answered. */
static bool
read_addresses(struct request *req, json_t *body, struct provision *e)
{
	json_t *list = json_object_get(body, "addresses");
	const char *wrong = NULL;
	json_t *item;
	size_t i;

	e->set_addresses = json_is_array(list);
	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item) ||
		    !grammar_address(json_string_value(item), e->addresses[i]))
			wrong = "expected mail addresses, local@domain";
		else if (is_repeated(e))
			wrong = "expected different addresses";
		if (wrong != NULL) {
			request_bad_field(req, "addresses", wrong);
			return false;
		}
		e->address_count++;
	}
	return true;
}

static void
provisioning_fini(void *state)
{
	struct provisioning *s = state;

	secret_fini(&s->passphrase);
}

struct provisioning *
provisioning_read(
    struct request *req, json_t *body, const char *external_id, bool staff)
{
	struct provisioning *s =
	    request_state(req, sizeof(*s), provisioning_fini);

	if (s == NULL)
		return NULL;
	if (provision_role_parse(json_get_text(body, "role"), &s->e.role) !=
		0 ||
	    (s->e.role == ROLE_STAFF && !staff)) {
		request_bad_field(req, "role",
		    staff ? "expected client, provider or staff"
			  : "expected client or provider");
		return NULL;
	}
	if (!check_texts(req, body, external_id))
		return NULL;
	s->e.external_id = external_id;
	s->e.name = json_get_text(body, "name");
	s->e.credentials = json_get_text(body, "credentials");
	s->e.language = json_get_text(body, "language");
	s->e.time_zone = json_get_text(body, "time_zone");
	s->e.set_active = json_is_boolean(json_object_get(body, "active"));
	s->e.active = json_get_flag(body, "active", true);
	return read_addresses(req, body, &s->e) ? s : NULL;
}

int
provisioning_run(struct request *req, struct store_txn *txn)
{
	struct provisioning *s = request_state_get(req);
	struct audit audit = {
	    .verb = AUDIT_PERSON_PUT, .detail = (uint64_t)s->e.role};
	int r = authorise(&request_info(req)->actor, VERB_PERSON_PUT, NULL);

	if (r == 0)
		r = provision_person(txn, &s->e, clock_now(), &s->done);
	if (r != 0)
		return r;
	audit.subject = s->done.id;
	return request_audit_add(req, txn, &audit);
}

void
provisioning_settle(struct request *req, const struct provisioned *done)
{
	struct posternd *d = request_info(req)->d;

	if (!done->active) {
		sessions_end_person(d->sessions, &done->id, NULL);
		live_poke(d->live, &done->id);
	}
	if (done->shown)
		tell_contacts_of(d, &done->id, done->role);
}

void
provisioning_committed(struct request *req)
{
	const struct provisioning *s = request_state_get(req);

	provisioning_settle(req, &s->done);
}

void
provisioning_refuse(struct request *req, int result)
{
	switch (result) {
	case PROVISION_ID_TAKEN:
		request_problem(req, PROBLEM_CONFLICT,
		    "another participant has this external id", "external_id");
		break;
	case PROVISION_LOGIN_TAKEN:
		request_problem(req, PROBLEM_CONFLICT,
		    "another account has this login", "login");
		break;
	case PROVISION_OTHER_ROLE:
		request_problem(req, PROBLEM_CONFLICT,
		    "this participant has another role", "role");
		break;
	default:
		request_refuse(req, result);
	}
}

/* ---- relations ------------------------------------------------------- */

struct relating *
relating_read(
    struct request *req, json_t *body, const char *client, const char *provider)
{
	struct relating *s = request_state(req, sizeof(*s), NULL);

	if (s == NULL)
		return NULL;
	s->want = (struct provision_relation){
	    .client = client,
	    .provider = provider,
	    .active = json_get_flag(body, "active", false),
	    .set_writable = json_is_boolean(json_object_get(body, "writable")),
	    .writable = json_get_flag(body, "writable", false),
	};
	return s;
}

int
relating_run(struct request *req, struct store_txn *txn)
{
	struct relating *s = request_state_get(req);
	struct audit audit = {.verb = AUDIT_RELATION_PUT};
	int r = authorise(&request_info(req)->actor, VERB_RELATION_PUT, NULL);

	if (r == 0)
		r = provision_relate(txn, &s->want, clock_now(), &s->relation);
	if (r != 0)
		return r;
	audit.subject = s->relation.client;
	audit.detail = s->relation.until == 0;
	return request_audit_add(req, txn, &audit);
}

void
relating_committed(struct request *req)
{
	const struct relating *s = request_state_get(req);
	struct live *live = request_info(req)->d->live;

	live_tell_contacts(live, &s->relation.client, ROLE_CLIENT);
	live_tell_contacts(live, &s->relation.provider, ROLE_PROVIDER);
}

void
relating_refuse(struct request *req, int result)
{
	switch (result) {
	case PROVISION_NO_CLIENT:
		request_problem(req, PROBLEM_NOT_FOUND,
		    "there is no such client", "client");
		break;
	case PROVISION_NO_PROVIDER:
		request_problem(req, PROBLEM_NOT_FOUND,
		    "there is no such provider", "provider");
		break;
	case PROVISION_NO_RELATION:
		request_problem(req, PROBLEM_NOT_FOUND,
		    "they are not related, so there is nothing to end", NULL);
		break;
	default:
		request_refuse(req, result);
	}
}
