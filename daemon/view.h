/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How things look in JSON. Functions that return json_t give a new object,
 * or NULL without memory; json_pack() and json_object_set_new() pass NULL on
 * as a failure of theirs, so that one check at the end is enough.
 */

#include <jansson.h>
#include "base/attr.h"
#include "base/id.h"
#include "base/secret.h"
#include "base/settings.h"
#include "store/person.h"
#include "store/store.h"
#include "store/thread.h"

json_t *view_id(const struct id *id) PN_NODISCARD;
/* RFC 3339; null for 0. */
json_t *view_time(int64_t ms) PN_NODISCARD;
/*
 * PERSON's addresses and how they fare, in order; those that wait for their
 * code only to THEMSELVES. 0 or as address_list().
 */
int view_addresses(struct store_txn *txn, const struct id *person,
    bool themselves, json_t **list_r) PN_NODISCARD;
json_t *view_text(const struct secret *text) PN_NODISCARD;
const char *view_role(enum person_role role);
/* A person's own, or what stands for it. */
const char *view_language(const struct settings *s, const struct person *p);
const char *view_time_zone(const struct person *p);
/* Days until a provider answers, {from, to}: said so, or null; or as usual. */
json_t *view_own_response(const struct person *p) PN_NODISCARD;
json_t *view_response(const struct person *p) PN_NODISCARD;
/*
 * Where PERSON's picture is to be had, another place each time that it is
 * changed. Null for 0: there is none.
 */
json_t *view_picture(const struct id *person, int64_t changed) PN_NODISCARD;
/* {id, name}, and role if WITH_ROLE. A person whose key is gone: name "". */
int view_party(struct store_txn *txn, const struct id *person, bool with_role,
    json_t **party_r) PN_NODISCARD;
/* A head as ME sees it. */
int view_thread(struct store_txn *txn, const struct thread *t,
    const struct id *me, json_t **thread_r) PN_NODISCARD;
/* When something was last said that everyone sees. */
json_t *view_last_at(const struct thread *t) PN_NODISCARD;
/*
 * What only the practice's side sees, else null: since when the client waits
 * for an answer; {since, reason, code} of a notice that could not be sent.
 */
json_t *view_waiting(const struct thread *t, const struct id *me) PN_NODISCARD;
json_t *view_unnotified(
    const struct thread *t, const struct id *me) PN_NODISCARD;
/* What ME has not read; 0 for no member. */
uint32_t view_unread(const struct thread *t, const struct id *me);
/* {seq, id, kind, at} */
json_t *view_entry_place(uint64_t seq, const struct id *id,
    enum entry_kind kind, int64_t at) PN_NODISCARD;
/* {id, name, type, size, width, height, state} */
int view_attachment(struct store_txn *txn, const struct attachment *a,
    json_t **attachment_r) PN_NODISCARD;
/* A picture's pixels; null for 0. */
json_t *view_pixels(uint32_t n) PN_NODISCARD;
/* {items, next}; takes ITEMS. NEXT may be NULL. */
json_t *view_list(json_t *items, const char *next) PN_NODISCARD;
