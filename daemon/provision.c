/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/provision.h"

#include <errno.h>
#include <string.h>
#include "daemon/sessions.h"
#include "daemon/view.h"

int
provision_role_parse(const char *word, enum person_role *role_r)
{
	for (int role = ROLE_CLIENT; role <= ROLE_STAFF; role++)
		if (strcmp(view_role((enum person_role)role), word) == 0) {
			*role_r = (enum person_role)role;
			return 0;
		}
	return -EINVAL;
}

static bool
is_another(const struct secret *s, const char *text)
{
	return text != NULL && strcmp(secret_text(s), text) != 0;
}

static bool
is_shown(const struct person *p, const struct provision *e)
{
	return is_another(&p->name, e->name) ||
	       is_another(&p->credentials, e->credentials) ||
	       (e->set_active && p->active != e->active);
}

static int
change_person(struct person *p, const struct provision *e)
{
	int r = secret_replace(&p->name, e->name);

	if (r == 0)
		r = secret_replace(&p->credentials, e->credentials);
	if (r == 0)
		r = secret_replace(&p->language, e->language);
	if (r == 0)
		r = secret_replace(&p->time_zone, e->time_zone);
	if (e->set_active)
		p->active = e->active;
	return r;
}

/* ---- addresses ------------------------------------------------------- */

struct shelf {
	const struct provision *e;
	struct store_txn *txn;
	bool kept[PERSON_ADDRESSES]; /* of e's: there already */
};

/* At most one row for each wanted: one that repeats goes, too. */
static int
keep_or_drop(const struct address *a, void *arg)
{
	struct shelf *s = arg;
	struct address moved = *a;
	size_t i = 0;

	/* on its way in or out by its person: the practice's word ends both */
	if (a->state == ADDRESS_UNCONFIRMED || a->state == ADDRESS_REPLACED)
		return address_del(s->txn, &a->person, &a->id);
	while (i < s->e->address_count &&
	       (s->kept[i] ||
		   strcmp(s->e->addresses[i], secret_text(&a->text)) != 0))
		i++;
	if (i == s->e->address_count)
		return address_del(s->txn, &a->person, &a->id);
	s->kept[i] = true;
	if (a->position == i)
		return 0;
	moved.position = (uint8_t)i;
	return address_put(s->txn, &moved);
}

static int
add_address(struct store_txn *txn, const struct id *person, const char *text,
    size_t position)
{
	address_auto struct address a = {
	    .id = id_new(),
	    .person = *person,
	    .state = ADDRESS_GOOD,
	    .position = (uint8_t)position,
	};
	int r = secret_replace(&a.text, text);

	return r != 0 ? r : address_put(txn, &a);
}

static int
change_addresses(
    struct store_txn *txn, const struct id *person, const struct provision *e)
{
	struct shelf s = {.e = e, .txn = txn};
	int r = address_list(txn, person, keep_or_drop, &s);

	for (size_t i = 0; r == 0 && i < e->address_count; i++)
		if (!s.kept[i])
			r = add_address(txn, person, e->addresses[i], i);
	return r;
}

/* ---- participants ---------------------------------------------------- */

static int
add_account(
    struct store_txn *txn, const struct id *person, const struct provision *e)
{
	account_auto struct account a = {
	    .id = id_new(),
	    .person = *person,
	    .active = true,
	};
	int r = secret_replace(&a.login, e->login);

	memcpy(a.passphrase, e->passphrase, sizeof(a.passphrase));
	return r != 0 ? r : account_put(txn, &a);
}

static int
new_person(struct store_txn *txn, const struct provision *e, int64_t now,
    struct person *p)
{
	struct id other;
	int r = KV_NOT_FOUND;

	if (e->login[0] != '\0')
		r = account_by_login(txn, e->login, &other);
	if (r != KV_NOT_FOUND)
		return r == 0 ? PROVISION_LOGIN_TAKEN : r;
	p->id = id_new();
	p->role = e->role;
	p->active = true;
	p->created = now;
	return secret_replace(&p->external_id, e->external_id);
}

static int
find_person(struct store_txn *txn, const struct provision *e, int64_t now,
    struct person *p, bool *created_r)
{
	struct id id;
	int r = person_by_external(txn, e->external_id, &id);

	*created_r = r == KV_NOT_FOUND;
	if (*created_r)
		return new_person(txn, e, now, p);
	if (r == 0 && e->fresh)
		return PROVISION_ID_TAKEN;
	if (r == 0)
		r = person_get(txn, &id, p);
	return r == 0 && p->role != e->role ? PROVISION_OTHER_ROLE : r;
}

static int
put_person(
    struct store_txn *txn, const struct person *p, struct provisioned *done_r)
{
	int r = person_put(txn, p);

	done_r->id = p->id;
	done_r->role = p->role;
	done_r->active = p->active;
	return r == 0 && !p->active ? sessions_del_person(txn, &p->id, NULL)
				    : r;
}

int
provision_person(struct store_txn *txn, const struct provision *e, int64_t now,
    struct provisioned *done_r)
{
	person_auto struct person p = {0};
	int r = find_person(txn, e, now, &p, &done_r->created);

	done_r->shown = is_shown(&p, e);
	if (r == 0)
		r = change_person(&p, e);
	if (r != 0)
		return r;
	r = put_person(txn, &p, done_r);
	if (r == 0 && e->set_addresses)
		r = change_addresses(txn, &p.id, e);
	if (r == 0 && done_r->created && e->login[0] != '\0')
		r = add_account(txn, &p.id, e);
	/* names are free and texts short: what is left is not a refusal */
	return r > 0 ? -EIO : r;
}

int
provision_find(struct store_txn *txn, const char *who, struct person *p_r)
{
	struct id id;
	int r = KV_NOT_FOUND;

	if (id_parse(who, &id) == 0)
		r = person_get(txn, &id, p_r);
	if (r != KV_NOT_FOUND)
		return r;
	r = person_by_external(txn, who, &id);
	return r != 0 ? r : person_get(txn, &id, p_r);
}

int
provision_disable(
    struct store_txn *txn, const char *who, struct provisioned *done_r)
{
	person_auto struct person p = {0};
	int r = provision_find(txn, who, &p);

	if (r != 0)
		return r;
	*done_r = (struct provisioned){.shown = p.active};
	p.active = false;
	r = put_person(txn, &p, done_r);
	return r > 0 ? -EIO : r;
}

/* ---- relations ------------------------------------------------------- */

static int
find_role(struct store_txn *txn, const char *who, enum person_role role,
    struct id *id_r)
{
	person_auto struct person p = {0};
	int r = provision_find(txn, who, &p);

	*id_r = p.id;
	return r == 0 && p.role != role ? KV_NOT_FOUND : r;
}

int
provision_relate(struct store_txn *txn, const struct provision_relation *want,
    int64_t now, struct relation *relation_r)
{
	struct relation rel = {0};
	struct id client, provider;
	int r;

	r = find_role(txn, want->client, ROLE_CLIENT, &client);
	if (r != 0)
		return r == KV_NOT_FOUND ? PROVISION_NO_CLIENT : r;
	r = find_role(txn, want->provider, ROLE_PROVIDER, &provider);
	if (r != 0)
		return r == KV_NOT_FOUND ? PROVISION_NO_PROVIDER : r;
	r = relation_get(txn, &client, &provider, &rel);
	if (r == KV_NOT_FOUND) {
		if (!want->active)
			return PROVISION_NO_RELATION;
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
