/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/telling.h"

#include "daemon/live.h"
#include "store/relation.h"

#define CONTACTS_MAX 5000

struct telling {
	struct live *live;
	bool client; /* whose contacts are told */
};

static int
tell_contact(const struct relation *rel, void *arg)
{
	const struct telling *t = arg;

	live_tell_contacts(t->live, t->client ? &rel->provider : &rel->client,
	    t->client ? ROLE_PROVIDER : ROLE_CLIENT);
	return 0;
}

void
tell_contacts_of(
    struct posternd *d, const struct id *person, enum person_role role)
{
	struct telling t = {d->live, role == ROLE_CLIENT};
	store_txn_auto struct store_txn *txn = NULL;

	if (role != ROLE_STAFF && store_begin(d->store, false, &txn) == 0)
		(void)!relation_list(
		    txn, person, t.client, CONTACTS_MAX, tell_contact, &t);
}
