/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "daemon/enrol.h"
#include "daemon/grammar.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/sessions.h"
#include "daemon/view.h"

#define PERSON_BODY_MAX 16384
#define RELATION_BODY_MAX 1024
#define LANGUAGE_MAX 35
#define TIME_ZONE_MAX 64

/* A participant as a frontend wants it; what is NULL stays as it is. */
struct provision {
	const char *external_id;
	enum person_role role;
	const char *name;
	const char *language;
	const char *time_zone;
	const char *credentials;
	bool set_active;
	bool active;
	bool set_addresses;
	size_t addresses_n;
	char addresses[PERSON_ADDRESSES][GRAMMAR_ADDRESS_MAX + 1];
	/* the outcome */
	struct id id;
	bool created;
	bool is_active;
};

/* ---- in the writer --------------------------------------------------- */

static int
set_text(struct secret *s, const char *text)
{
	if (text == NULL)
		return 0;
	secret_fini(s);
	return secret_set(s, text, strlen(text));
}

static int
change_person(struct person *p, const struct provision *v)
{
	int r = set_text(&p->name, v->name);

	if (r == 0)
		r = set_text(&p->language, v->language);
	if (r == 0)
		r = set_text(&p->time_zone, v->time_zone);
	if (r == 0)
		r = set_text(&p->credentials, v->credentials);
	if (v->set_active)
		p->active = v->active;
	return r;
}

struct known {
	const struct provision *v;
	bool kept[PERSON_ADDRESSES]; /* of v's: there already */
	struct id gone[PERSON_ADDRESSES];
	size_t gone_n;
};

static int
compare_address(const struct address *a, void *arg)
{
	struct known *k = arg;

	for (size_t i = 0; i < k->v->addresses_n; i++) {
		if (strcmp(k->v->addresses[i], secret_text(&a->text)) != 0)
			continue;
		k->kept[i] = true;
		return 0;
	}
	if (k->gone_n < PERSON_ADDRESSES)
		k->gone[k->gone_n++] = a->id;
	return 0;
}

/* What stays keeps its state: a stopped address is not revived by a sync. */
static int
change_addresses(struct store_txn *txn, const struct provision *v)
{
	struct known k = {.v = v};
	int r = address_list(txn, &v->id, compare_address, &k);

	for (size_t i = 0; r == 0 && i < k.gone_n; i++)
		r = address_del(txn, &v->id, &k.gone[i]);
	for (size_t i = 0; r == 0 && i < v->addresses_n; i++) {
		address_auto struct address a = {
		    .id = id_new(), .person = v->id, .state = ADDRESS_GOOD};

		if (k.kept[i])
			continue;
		r = set_text(&a.text, v->addresses[i]);
		if (r == 0)
			r = address_put(txn, &a);
	}
	return r;
}

static int
find_person(struct store_txn *txn, struct provision *v, struct person *p)
{
	int r = person_by_external(txn, v->external_id, &v->id);

	if (r == 0) {
		r = person_get(txn, &v->id, p);
		return r == 0 && p->role != v->role ? REQUEST_CONFLICT : r;
	}
	if (r != KV_NOT_FOUND)
		return r;
	v->created = true;
	v->id = id_new();
	p->id = v->id;
	p->role = v->role;
	p->active = true;
	p->created = clock_now();
	return set_text(&p->external_id, v->external_id);
}

static int
put_all(struct request *req, struct store_txn *txn, struct provision *v,
    const struct person *p)
{
	struct audit audit = {.verb = AUDIT_PERSON_PUT,
	    .subject = v->id,
	    .detail = (uint64_t)v->role};
	int r = person_put(txn, p);

	if (r == 0 && v->set_addresses)
		r = change_addresses(txn, v);
	if (r == 0 && !p->active)
		r = sessions_del_person(txn, &v->id);
	if (r == 0)
		r = request_audit_add(req, txn, &audit);
	/* all was checked: what is left is no refusal */
	return r > 0 ? -EIO : r;
}

static int
person_run(struct request *req, struct store_txn *txn)
{
	struct provision *v = request_state_get(req);
	person_auto struct person p = {0};
	int r = authorise(&request_info(req)->actor, VERB_PERSON_PUT, NULL);

	if (r == 0)
		r = find_person(txn, v, &p);
	if (r == 0)
		r = change_person(&p, v);
	if (r != 0)
		return r;
	v->is_active = p.active;
	return put_all(req, txn, v, &p);
}

static void
person_committed(struct request *req)
{
	const struct provision *v = request_state_get(req);

	if (!v->is_active)
		sessions_end_person(request_info(req)->d->sessions, &v->id);
}

static void
person_then(struct request *req, int result)
{
	const struct provision *v = request_state_get(req);

	if (result == REQUEST_CONFLICT)
		request_problem(req, PROBLEM_CONFLICT,
		    "this participant has another role", "role");
	else if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, v->created ? 201 : 200,
		    json_pack("{s:o, s:s, s:s, s:b}", "id", view_id(&v->id),
			"external_id", v->external_id, "role",
			view_role(v->role), "active", (int)v->is_active));
}

/* ---- the request ----------------------------------------------------- */

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
check_texts(struct request *req, json_t *body)
{
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
is_repeated(const struct provision *v)
{
	for (size_t i = 0; i < v->addresses_n; i++) {
		if (strcmp(v->addresses[i], v->addresses[v->addresses_n]) == 0)
			return true;
	}
	return false;
}

/* False: answered. */
static bool
read_addresses(struct request *req, json_t *body, struct provision *v)
{
	json_t *list = json_object_get(body, "addresses");
	const char *wrong = NULL;
	json_t *item;
	size_t i;

	v->set_addresses = json_is_array(list);
	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item) ||
		    !grammar_address(json_string_value(item), v->addresses[i]))
			wrong = "expected mail addresses, local@domain";
		else if (is_repeated(v))
			wrong = "expected different addresses";
		if (wrong != NULL) {
			request_bad_field(req, "addresses", wrong);
			return false;
		}
		v->addresses_n++;
	}
	return true;
}

/* False: answered. */
static bool
read_person(struct request *req, json_t *body, struct provision *v)
{
	if (!grammar_external_id(request_param(req, 0)) ||
	    strlen(request_param(req, 0)) > GRAMMAR_EXTERNAL_MAX) {
		request_bad_field(req, "external_id",
		    "expected 1 to 128 printable characters");
		return false;
	}
	if (enrol_role_parse(json_get_text(body, "role"), &v->role) != 0 ||
	    v->role == ROLE_STAFF) {
		request_bad_field(req, "role", "expected client or provider");
		return false;
	}
	if (!check_texts(req, body))
		return false;
	v->external_id = request_param(req, 0);
	v->name = json_get_text(body, "name");
	v->language = json_get_text(body, "language");
	v->time_zone = json_get_text(body, "time_zone");
	v->credentials = json_get_text(body, "credentials");
	v->set_active = json_is_boolean(json_object_get(body, "active"));
	v->active = json_get_flag(body, "active", true);
	return read_addresses(req, body, v);
}

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
put_person(struct request *req)
{
	static const struct json_field fields[] = {
	    {"role", JSON_IS_STRING, true, 1, 16},
	    {"name", JSON_IS_STRING, true, 1, GRAMMAR_NAME_MAX},
	    {"language", JSON_IS_STRING, false, 1, LANGUAGE_MAX},
	    {"time_zone", JSON_IS_STRING, false, 1, TIME_ZONE_MAX},
	    {"credentials", JSON_IS_STRING, false, 0, 64},
	    {"addresses", JSON_IS_ARRAY, false, 0, PERSON_ADDRESSES},
	    {"active", JSON_IS_BOOLEAN, false, 0, 0},
	};
	static const struct request_write write = {.run = person_run,
	    .committed = person_committed,
	    .then = person_then};
	struct provision *v;
	json_t *body;

	if (!may(req, VERB_PERSON_PUT))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	v = request_state(req, sizeof(*v), NULL);
	if (v != NULL && read_person(req, body, v))
		request_write(req, &write);
}

/* ---- relations ------------------------------------------------------- */

struct relate {
	struct relating want;
	struct relation relation;
};

static int
relation_run(struct request *req, struct store_txn *txn)
{
	struct relate *v = request_state_get(req);
	struct audit audit = {.verb = AUDIT_RELATION_PUT};
	int r = authorise(&request_info(req)->actor, VERB_RELATION_PUT, NULL);

	if (r == 0)
		r = enrol_relate(txn, &v->want, clock_now(), &v->relation);
	if (r != 0)
		return r;
	audit.subject = v->relation.client;
	audit.detail = v->relation.until == 0;
	return request_audit_add(req, txn, &audit);
}

static void
relation_then(struct request *req, int result)
{
	const struct relate *v = request_state_get(req);

	if (result == ENROL_NO_CLIENT || result == ENROL_NO_PROVIDER ||
	    result == ENROL_NO_RELATION)
		request_problem(req, PROBLEM_NOT_FOUND, NULL, NULL);
	else if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200,
		    json_pack("{s:o, s:o}", "since",
			view_time(v->relation.since), "until",
			view_time(v->relation.until)));
}

static void
put_relation(struct request *req)
{
	static const struct json_field fields[] = {
	    {"active", JSON_IS_BOOLEAN, true, 0, 0},
	    {"writable", JSON_IS_BOOLEAN, false, 0, 0},
	};
	static const struct request_write write = {
	    .run = relation_run, .then = relation_then};
	struct relate *v;
	json_t *body;

	if (!may(req, VERB_RELATION_PUT))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	v = request_state(req, sizeof(*v), NULL);
	if (v == NULL)
		return;
	v->want = (struct relating){
	    .client = request_param(req, 0),
	    .provider = request_param(req, 1),
	    .active = json_get_flag(body, "active", true),
	    .set_writable = json_is_boolean(json_object_get(body, "writable")),
	    .writable = json_get_flag(body, "writable", true),
	};
	request_write(req, &write);
}

const struct route api_provision_routes[] = {
    {"PUT", "/v1/participants/{external-id}", 0, NULL, PERSON_BODY_MAX,
	put_person},
    {"PUT", "/v1/relations/{client}/{provider}", 0, NULL, RELATION_BODY_MAX,
	put_relation},
    {0},
};
