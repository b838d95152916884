/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/start.h"

#include <errno.h>
#include <string.h>
#include "base/log.h"
#include "daemon/masterkey.h"
#include "daemon/posternd.h"
#include "store/audit.h"
#include "store/record.h"

int
start_settings(const char *file, struct settings **s_r)
{
	settings_errors_auto struct settings_errors errors = {0};
	int r = settings_load(file, s_r, &errors);

	for (size_t i = 0; i < errors.n; i++)
		log_error("config", "%s", errors.lines[i]);
	if (r < 0)
		log_error("config", "cannot be read: %s", strerror(-r));
	if (r != 0)
		return EXIT_BAD_CONFIG;
	log_set_level((enum log_level)(*s_r)->log.level);
	return EXIT_GOOD;
}

int
start_key(const struct settings *s, const struct start_keys *keys,
    uint8_t mk_r[static KEYRING_KEY_LEN])
{
	struct masterkey_source source = {keys->key_file, s->store.key_file};
	enum masterkey_from from = MASTERKEY_FROM_RECOVERY;
	int r;

	if (keys->recovery_file != NULL)
		r = masterkey_read_recovery(keys->recovery_file, mk_r);
	else
		r = masterkey_load(&source, mk_r, &from);
	if (r == 0)
		return EXIT_GOOD;
	log_error("key", "%s%s%s", masterkey_words(r, from), r < 0 ? ": " : "",
	    r < 0 ? strerror(-r) : "");
	return EXIT_BAD_CONFIG;
}

struct store_options
start_options(const struct settings *s)
{
	return (struct store_options){
	    .directory = s->store.directory,
	    .map_size = (size_t)s->store.map_size,
	    .reserve = (size_t)s->store.reserve,
	};
}

static const struct {
	int code;
	int status;
	const char *words;
} known[] = {
    {-ENOENT, EXIT_BAD_CONFIG,
	"there is no store in store.directory: make one with posternd init"},
    {-EEXIST, EXIT_BAD_CONFIG,
	"there is a store in store.directory already; nothing was touched"},
    {-EBUSY, EXIT_TRY_LATER,
	"another process has the store open: stop posternd first"},
    {-EAGAIN, EXIT_TRY_LATER,
	"another process has the store open: stop posternd first"},
    {-EACCES, EXIT_BAD_CONFIG,
	"store.directory and its files must belong to the user posternd runs "
	"as"},
    {-EIO, EXIT_TROUBLE,
	"the store cannot be read: the disk fails, or data.mdb is damaged; see "
	"posternd verify"},
    {-EUCLEAN, EXIT_BAD_CONFIG,
	"what lies in store.directory is no store, or is damaged: restore it "
	"from a backup"},
    {KEYRING_MISSING, EXIT_BAD_CONFIG,
	"the keyring is missing from store.directory: restore the copy you "
	"keep of it"},
    {KEYRING_WRONG_KEY, EXIT_BAD_CONFIG,
	"this key does not open the store's keyring: it is another store's, "
	"or store.directory is another store's"},
    {KEYRING_CORRUPT, EXIT_BAD_CONFIG,
	"the keyring is damaged, or another store's: restore the copy you "
	"keep of it"},
    {KEYRING_NEWER, EXIT_BAD_CONFIG,
	"the keyring was written by a newer posternd: install that one; "
	"nothing was touched"},
    {RECORD_NEWER, EXIT_BAD_CONFIG,
	"the store was written by a newer posternd: install that one; nothing "
	"was touched"},
    {RECORD_CORRUPT, EXIT_BAD_CONFIG,
	"the store is damaged: see posternd verify, and restore a backup"},
    {KV_FULL, EXIT_TRY_LATER, "the disk is full"},
    {AUDIT_BROKEN, EXIT_BAD_CONFIG,
	"the audit log is damaged, and nothing is done without it: see "
	"posternd verify, and restore a backup"},
};

int
start_trouble(int code)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(known); i++) {
		if (known[i].code != code)
			continue;
		log_error("store", "%s", known[i].words);
		return known[i].status;
	}
	log_error("store", "cannot be opened: %s (%d)",
	    code < 0 ? strerror(-code) : "code", code);
	return EXIT_TROUBLE;
}
