/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/trouble.h"

#include <errno.h>
#include <string.h>
#include "base/log.h"
#include "daemon/posternd.h"
#include "store/record.h"

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
};

int
trouble_store(int code)
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
