/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/enrol.h"

#include <errno.h>
#include <string.h>

static const char *const role_words[] = {
    [ROLE_CLIENT] = "client",
    [ROLE_PROVIDER] = "provider",
    [ROLE_STAFF] = "staff",
};

int
enrol_role_parse(const char *word, enum person_role *role_r)
{
	for (size_t i = ROLE_CLIENT; i < PN_ARRAY_LEN(role_words); i++)
		if (strcmp(role_words[i], word) == 0) {
			*role_r = (enum person_role)i;
			return 0;
		}
	return -EINVAL;
}

const char *
enrol_role_word(enum person_role role)
{
	return role_words[role];
}

static int
set_text(struct secret *s, const char *text)
{
	return secret_set(s, text, strlen(text));
}

static int
fill_person(struct person *p, const struct enrolment *e, int64_t now)
{
	int r;

	p->id = id_new();
	p->role = e->role;
	p->active = true;
	p->created = now;
	r = set_text(&p->external_id, e->external_id);
	if (r == 0)
		r = set_text(&p->name, e->name);
	if (r == 0)
		r = set_text(&p->credentials, e->credentials);
	if (r == 0)
		r = set_text(&p->language, e->language);
	if (r == 0)
		r = set_text(&p->time_zone, e->time_zone);
	return r;
}

static int
add_address(struct store_txn *txn, const struct id *person, const char *text)
{
	address_auto struct address a = {
	    .id = id_new(),
	    .person = *person,
	    .state = ADDRESS_GOOD,
	};
	int r = set_text(&a.text, text);

	return r != 0 ? r : address_put(txn, &a);
}

static int
add_account(
    struct store_txn *txn, const struct id *person, const struct enrolment *e)
{
	account_auto struct account a = {
	    .id = id_new(),
	    .person = *person,
	    .active = true,
	};
	size_t len = strlen(e->passphrase);
	int r;

	if (len >= sizeof(a.passphrase))
		return -EINVAL;
	memcpy(a.passphrase, e->passphrase, len + 1);
	r = set_text(&a.login, e->login);
	return r != 0 ? r : account_put(txn, &a);
}

/* 0 when both are free. */
static int
check_free(struct store_txn *txn, const struct enrolment *e)
{
	struct id other;
	int r;

	r = person_by_external(txn, e->external_id, &other);
	if (r != KV_NOT_FOUND)
		return r == 0 ? ENROL_ID_TAKEN : r;
	if (e->login[0] == '\0')
		return 0;
	r = account_by_login(txn, e->login, &other);
	if (r != KV_NOT_FOUND)
		return r == 0 ? ENROL_LOGIN_TAKEN : r;
	return 0;
}

int
enrol_add(struct store_txn *txn, const struct enrolment *e, int64_t now,
    struct id *id_r)
{
	person_auto struct person p = {0};
	int r = check_free(txn, e);

	if (r == 0)
		r = fill_person(&p, e, now);
	if (r != 0)
		return r;
	r = person_put(txn, &p);
	for (size_t i = 0; r == 0 && i < e->address_count; i++)
		r = add_address(txn, &p.id, e->addresses[i]);
	if (r == 0 && e->login[0] != '\0')
		r = add_account(txn, &p.id, e);
	*id_r = p.id;
	/* names are free and texts short: what is left is not a refusal */
	return r > 0 ? -EIO : r;
}

int
enrol_find(struct store_txn *txn, const char *who, struct id *id_r)
{
	person_auto struct person p = {0};
	struct id id;
	int r = KV_NOT_FOUND;

	if (id_parse(who, &id) == 0)
		r = person_get(txn, &id, &p);
	if (r == 0)
		*id_r = id;
	else if (r == KV_NOT_FOUND)
		r = person_by_external(txn, who, id_r);
	return r;
}

static int
find_role(struct store_txn *txn, const char *who, enum person_role role,
    struct id *id_r)
{
	person_auto struct person p = {0};
	int r = enrol_find(txn, who, id_r);

	if (r == 0)
		r = person_get(txn, id_r, &p);
	if (r == 0 && p.role != role)
		r = KV_NOT_FOUND;
	return r;
}

int
enrol_relate(struct store_txn *txn, const struct relating *want, int64_t now,
    struct relation *relation_r)
{
	struct relation rel = {0};
	struct id client, provider;
	int r;

	r = find_role(txn, want->client, ROLE_CLIENT, &client);
	if (r != 0)
		return r == KV_NOT_FOUND ? ENROL_NO_CLIENT : r;
	r = find_role(txn, want->provider, ROLE_PROVIDER, &provider);
	if (r != 0)
		return r == KV_NOT_FOUND ? ENROL_NO_PROVIDER : r;
	r = relation_get(txn, &client, &provider, &rel);
	if (r == KV_NOT_FOUND) {
		if (!want->active)
			return ENROL_NO_RELATION;
		rel = (struct relation){
		    .client = client,
		    .provider = provider,
		    .since = now,
		    .writable = true,
		};
	} else if (r != 0) {
		return r;
	}
	if (want->active)
		rel.until = 0;
	else if (rel.until == 0)
		rel.until = now;
	if (want->set_writable)
		rel.writable = want->writable;
	*relation_r = rel;
	return relation_put(txn, &rel);
}
