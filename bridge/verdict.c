/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/verdict.h"

#include <stdio.h>
#include <string.h>

static const char *const names[VERDICT_KINDS] = {
    [VERDICT_PERSON] = "person",
    [VERDICT_AUTO_REPLY] = "auto-reply",
    [VERDICT_AUTO_OTHER] = "auto-other",
    [VERDICT_BOUNCE] = "bounce",
    [VERDICT_DELAYED] = "delayed",
    [VERDICT_DELIVERED] = "delivered",
    [VERDICT_COMPLAINT] = "complaint",
    [VERDICT_RECEIPT] = "receipt",
    [VERDICT_REPORT] = "report",
    [VERDICT_LIST] = "list",
    [VERDICT_CHALLENGE] = "challenge",
    [VERDICT_CALENDAR] = "calendar",
    [VERDICT_SPAM] = "spam",
    [VERDICT_OWN] = "own",
    [VERDICT_MALFORMED] = "malformed",
};

const char *
verdict_kind_name(enum verdict_kind kind)
{
	return names[kind];
}

void
verdict_status(
    const struct verdict *v, char text_r[static VERDICT_STATUS_LEN + 1])
{
	text_r[0] = '\0';
	if (v->status_class != 0)
		(void)snprintf(text_r, VERDICT_STATUS_LEN + 1, "%u.%u.%u",
		    v->status_class % 10U, v->status_subject % 1000U,
		    v->status_detail % 1000U);
}

static bool
token_valid(const struct verdict *v)
{
	static const enum address_label labels[] = {
	    ADDRESS_REPLY, ADDRESS_BOUNCE, ADDRESS_MESSAGE_ID};
	char low[ADDRESS_LABELLED_MAX + 1];

	if (v->token[0] == '\0')
		return true;
	if (memchr(v->token, '\0', sizeof(v->token)) == NULL)
		return false;
	for (size_t i = 0; i < PN_ARRAY_LEN(labels); i++)
		if (address_labelled(v->token, labels[i], low))
			return true;
	return false;
}

bool
verdict_valid(const struct verdict *v, size_t n_rules)
{
	if (v->kind >= VERDICT_KINDS || v->hard > 1 || v->rule >= n_rules)
		return false;
	if (v->hard == 1 && v->kind != VERDICT_BOUNCE)
		return false;
	if (!token_valid(v))
		return false;
	if (v->status_class == 0)
		return v->status_subject == 0 && v->status_detail == 0;
	return (v->status_class == 2 || v->status_class == 4 ||
		   v->status_class == 5) &&
	       v->status_subject <= VERDICT_SUBJECT_MAX &&
	       v->status_detail <= 999;
}
