/* SPDX-License-Identifier: Apache-2.0 */

/*
 * admin.sock: adding a participant, with an account if a login is given.
 */

#include "daemon/api_admin.h"

#include <string.h>
#include "base/clock.h"
#include "daemon/enrol.h"
#include "daemon/grammar.h"
#include "daemon/pool.h"
#include "daemon/posternd.h"
#include "daemon/request.h"

#define PASSPHRASE_MIN 15 /* characters */
#define PASSPHRASE_MAX 1024

struct adding {
	struct enrolment e;
	struct id id;
	char addresses[PERSON_ADDRESSES][GRAMMAR_ADDRESS_MAX + 1];
	char login[GRAMMAR_LOGIN_MAX + 1];
	struct secret passphrase;
	char hash[PASSPHRASE_HASH_LEN];
};

static void
adding_fini(void *state)
{
	struct adding *a = state;

	secret_fini(&a->passphrase);
}

static int
add_run(struct request *req, struct store_txn *txn)
{
	struct adding *a = request_state_get(req);
	struct audit audit = {.verb = AUDIT_PERSON_PUT};
	int r = enrol_add(txn, &a->e, clock_now(), &a->id);

	if (r != 0)
		return r;
	audit.subject = a->id;
	audit.detail = (uint64_t)a->e.role;
	return request_audit_add(req, txn, &audit);
}

static void
add_done(struct request *req, int result)
{
	const struct adding *a = request_state_get(req);
	char id[ID_TEXT_LEN + 1];

	if (result == ENROL_ID_TAKEN) {
		request_problem(req, PROBLEM_CONFLICT,
		    "another participant has this external id", "external_id");
	} else if (result == ENROL_LOGIN_TAKEN) {
		request_problem(req, PROBLEM_CONFLICT,
		    "another account has this login", "login");
	} else if (result != 0) {
		request_refuse(req, result);
	} else {
		id_text(&a->id, id);
		request_reply(req, 201,
		    json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:I}", "id", id,
			"external_id", a->e.external_id, "role",
			enrol_role_word(a->e.role), "name", a->e.name, "active",
			1, "login", a->e.login[0] != '\0', "addresses",
			(json_int_t)a->e.address_count));
	}
}

static const struct request_write add_write = {
    .run = add_run,
    .then = add_done,
};

static int
hash_work(struct request *req)
{
	struct adding *a = request_state_get(req);

	return passphrase_hash(store_keyring(request_info(req)->d->store),
	    &a->passphrase, a->hash);
}

static void
hash_done(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		request_write(req, &add_write);
}

/* What is wrong with a text, or NULL. */
struct text_rule {
	const char *field;
	bool (*good)(const char *text);
	const char *expected;
};

static const struct text_rule text_rules[] = {
    {"external_id", grammar_external_id,
	"expected 1 to 128 printable characters without blanks around them"},
    {"name", grammar_name, "expected a name without control characters"},
    {"credentials", grammar_name, "expected letters, as LMFT"},
    {"language", grammar_language, "expected a language tag, as en or pt-BR"},
    {"time_zone", grammar_time_zone,
	"expected a time zone's name, as America/New_York"},
};

/* False: answered. */
static bool
check_texts(struct request *req, json_t *body)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(text_rules); i++) {
		const struct text_rule *rule = &text_rules[i];
		const char *text = json_get_text(body, rule->field);

		if (text == NULL || text[0] == '\0' || rule->good(text))
			continue;
		request_bad_field(req, rule->field, rule->expected);
		return false;
	}
	return true;
}

/* False: answered. */
static bool
read_addresses(struct request *req, json_t *body, struct adding *a)
{
	json_t *list = json_object_get(body, "addresses");
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item) ||
		    !grammar_address(
			json_string_value(item), a->addresses[i])) {
			request_bad_field(req, "addresses",
			    "expected mail addresses, local@domain");
			return false;
		}
		for (size_t j = 0; j < i; j++)
			if (strcmp(a->addresses[i], a->addresses[j]) == 0) {
				request_bad_field(req, "addresses",
				    "expected different addresses");
				return false;
			}
		a->e.addresses[i] = a->addresses[i];
		a->e.address_count++;
	}
	return true;
}

/* UTF-8 characters, which json_read() has checked. */
static size_t
count_characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			n++;
	return n;
}

/* False: answered. */
static bool
read_login(struct request *req, json_t *body, struct adding *a)
{
	const char *login = json_get_text(body, "login");
	const char *passphrase = json_get_text(body, "passphrase");
	int r;

	if (login == NULL && passphrase == NULL)
		return true;
	if (login == NULL || !grammar_login(login, a->login)) {
		request_bad_field(
		    req, "login", "expected letters, digits and ._@+-");
		return false;
	}
	if (passphrase == NULL ||
	    count_characters(passphrase) < PASSPHRASE_MIN) {
		request_bad_field(req, "passphrase",
		    "expected at least 15 characters with a login");
		return false;
	}
	a->e.login = a->login;
	r = secret_set(&a->passphrase, passphrase, strlen(passphrase));
	if (r != 0)
		request_refuse(req, r);
	return r == 0;
}

static const char *
text_or(json_t *body, const char *field, const char *other)
{
	const char *text = json_get_text(body, field);

	return text == NULL || text[0] == '\0' ? other : text;
}

/* False: answered. */
static bool
read_person(struct request *req, json_t *body, struct adding *a)
{
	const struct settings *s = request_info(req)->d->settings;

	if (enrol_role_parse(json_get_text(body, "role"), &a->e.role) != 0) {
		request_bad_field(
		    req, "role", "expected client, provider or staff");
		return false;
	}
	if (!check_texts(req, body))
		return false;
	a->e.external_id = json_get_text(body, "external_id");
	a->e.name = json_get_text(body, "name");
	a->e.credentials = text_or(body, "credentials", "");
	a->e.language = text_or(body, "language", s->practice.language);
	a->e.time_zone = text_or(body, "time_zone", "UTC");
	a->e.login = "";
	a->e.passphrase = a->hash;
	return read_addresses(req, body, a) && read_login(req, body, a);
}

void
api_admin_add(struct request *req)
{
	static const struct json_field fields[] = {
	    {"external_id", JSON_IS_STRING, true, 1, GRAMMAR_EXTERNAL_MAX},
	    {"role", JSON_IS_STRING, true, 1, 16},
	    {"name", JSON_IS_STRING, true, 1, GRAMMAR_NAME_MAX},
	    {"language", JSON_IS_STRING, false, 0, 35},
	    {"time_zone", JSON_IS_STRING, false, 0, 64},
	    {"credentials", JSON_IS_STRING, false, 0, GRAMMAR_NAME_MAX},
	    {"addresses", JSON_IS_ARRAY, false, 0, PERSON_ADDRESSES},
	    {"login", JSON_IS_STRING, false, 1, GRAMMAR_LOGIN_MAX},
	    {"passphrase", JSON_IS_STRING, false, 1, PASSPHRASE_MAX},
	};
	struct posternd *d = request_info(req)->d;
	struct adding *a;
	json_t *body;

	if (!api_admin_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	a = request_state(req, sizeof(*a), adding_fini);
	if (a == NULL || !read_person(req, body, a))
		return;
	if (a->e.login[0] != '\0')
		request_work(req, d->login_pool, hash_work, hash_done);
	else
		request_write(req, &add_write);
}
