/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The audit log: one entry per read of content and per write, in the same
 * transaction, chained by a keyed MAC from the first one. Never content,
 * names, addresses, file names, login names or tokens.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/store.h"

#define AUDIT_MAC_LEN 32
#define AUDIT_VIA_LEN 31

/* Positive codes. */
enum audit_code {
	AUDIT_BROKEN = 90,
};

/* Numbers are part of the format: append only. */
enum audit_verb {
	AUDIT_STORE_CREATED = 1,
	AUDIT_START,
	AUDIT_STOP,
	AUDIT_SESSION_NEW,
	AUDIT_SESSION_REFUSED,
	AUDIT_SESSION_END,
	AUDIT_ENTRIES_READ,
	AUDIT_MESSAGE_POST,
	AUDIT_THREAD_NEW,
	AUDIT_MARK_READ,
	AUDIT_PERSON_PUT,
	AUDIT_PERSON_DISABLE,
	AUDIT_PERSON_LIST,
	AUDIT_RELATION_PUT,
	AUDIT_NOTICE_LEASED,
	AUDIT_NOTICE_RESULT,
	AUDIT_MAIL_IN,
	AUDIT_TEST_MAIL,
	AUDIT_DENIED,
	AUDIT_DRAFT_PUT,
	AUDIT_DRAFT_READ,
	AUDIT_ENROLMENT_NEW,
	AUDIT_ENROLMENT_TRIED,
	AUDIT_ACCOUNT_OPENED, /* its passphrase was set by enrolment */
	AUDIT_ACCOUNT_RESET,
	AUDIT_RECOVERED,
	AUDIT_PASSPHRASE_CHANGED,
	AUDIT_FACTOR_CHECKED,
	AUDIT_FACTOR_SET,
	AUDIT_FACTOR_REMOVED,
	AUDIT_RECOVERY_CODES,
	AUDIT_SELF_PUT,
	AUDIT_PERSON_READ,
	AUDIT_PICTURE_PUT,
	AUDIT_UPLOAD_PUT,
	AUDIT_ATTACHMENT_READ,
	AUDIT_ATTACHMENT_CLEAN, /* a scanner said so */
	AUDIT_ATTACHMENT_WITHHELD,
	AUDIT_ADDRESS_ASKED, /* a code, for one's own new address */
	AUDIT_ADDRESS_CONFIRMED,
	AUDIT_ADDRESS_RESTARTED, /* the practice says that it works again */
	AUDIT_ROUNDS,            /* the practice is told whom mail missed */
	AUDIT_MAILBOX_SIGN_IN,   /* an administrator asked for it */
	AUDIT_ADDRESS_EXPIRED,   /* its code was never typed in: it is gone */
};

/* Unused ids nil, unused numbers 0. */
struct audit {
	uint64_t number;
	int64_t at;
	enum audit_verb verb;
	uint16_t outcome; /* 0 done, else the positive code */
	struct id actor;
	struct id subject;           /* thread, or the person it is about */
	uint64_t detail;             /* seq, count, notification number, kind */
	uint8_t session[8];          /* start of the session's hash */
	char via[AUDIT_VIA_LEN + 1]; /* frontend, "bridge", "admin" */
};

/*
 * Appends under a->number, chained to the last. AUDIT_BROKEN when the log's
 * end is not what this store wrote: no log, no action.
 */
int audit_add(struct store_txn *txn, const struct audit *a) PN_NODISCARD;
int audit_list(struct store_txn *txn, uint64_t after, size_t limit,
    int (*each)(const struct audit *a, void *arg), void *arg) PN_NODISCARD;
/*
 * AUDIT_BROKEN and the number of the first entry that does not follow, or the
 * one that is missing at the end.
 */
int audit_verify(struct store_txn *txn, uint64_t *bad_r) PN_NODISCARD;
