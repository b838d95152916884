/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/newpass.h"

#include <string.h>
#include <sodium.h>
#include "base/public.h"
#include "base/settings.h"
#include "daemon/opening.h"
#include "daemon/posternd.h"
#include "daemon/strength.h"

void
newpass_fini(struct newpass *n)
{
	secret_fini(&n->text);
	sodium_memzero(n, sizeof(*n));
}

bool
newpass_take(struct request *req, struct newpass *n, const char *text,
    const struct person *p, const struct account *a, const char *login,
    const char *field)
{
	const struct settings *s = request_info(req)->d->settings;
	const char *context[] = {
	    secret_text(&p->name), login, s->practice.name, NULL};
	bool beside = account_guarded(a) || opening_needs_factor(s, p->role);
	const char *wrong = strength_refuses(text, beside, context);
	int r;

	if (wrong != NULL) {
		request_problem(req, PROBLEM_WEAK_PASSPHRASE, wrong, field);
		return false;
	}
	n->is_short = strength_length(text) < PUBLIC_PASSPHRASE_MIN;
	r = secret_replace(&n->text, text);
	if (r != 0)
		request_refuse(req, r);
	return r == 0;
}

int
newpass_hash(const struct keyring *k, struct newpass *n)
{
	int r = passphrase_hash(k, &n->text, n->hash);

	secret_fini(&n->text);
	return r;
}

void
newpass_into(const struct newpass *n, struct account *a)
{
	memcpy(a->passphrase, n->hash, sizeof(a->passphrase));
	a->short_passphrase = n->is_short;
}
