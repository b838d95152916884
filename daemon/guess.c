/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/guess.h"

#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "daemon/device.h"
#include "daemon/posternd.h"

void
guess_at(const struct request *req, enum guess_kind kind, const char *name,
    struct brake_try *t_r)
{
	const struct request_info *info = request_info(req);
	const uint8_t byte = (uint8_t)kind;
	crypto_generichash_state h;

	*t_r = (struct brake_try){.from = info->from};
	(void)crypto_generichash_init(
	    &h, info->d->keys.of[KEYS_BRAKE], KEYS_LEN, sizeof(t_r->what.b));
	(void)crypto_generichash_update(&h, &byte, 1);
	(void)crypto_generichash_update(
	    &h, (const uint8_t *)name, strlen(name));
	(void)crypto_generichash_final(&h, t_r->what.b, sizeof(t_r->what.b));
	sodium_memzero(&h, sizeof(h));
}

void
guess_device(
    const struct request *req, const struct id *account, struct brake_try *t)
{
	const struct request_info *info = request_info(req);

	t->known = device_of(&info->d->keys, account, info->device, &t->device);
}

void
guess_account(const struct request *req, enum guess_kind kind,
    const struct id *account, struct brake_try *t_r)
{
	char name[ID_TEXT_LEN + 1];

	id_text(account, name);
	guess_at(req, kind, name, t_r);
	guess_device(req, account, t_r);
}

bool
guess_take(struct request *req, struct brake_try *t)
{
	unsigned wait =
	    brake_take(request_info(req)->d->brake, t, clock_boot());

	if (wait != 0)
		request_too_many(req, wait);
	return wait == 0;
}

void
guess_result(
    const struct request *req, const struct brake_try *t, int result, int wrong)
{
	struct brake *brake = request_info(req)->d->brake;

	if (result == 0)
		brake_right(brake, t);
	else if (result != wrong)
		brake_undo(brake, t);
}
