/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inbound.h"

#include <errno.h>
#include <string.h>

/* What a kind may do at most; all others are audited and nothing else. */
#define MAY_TELL 1
#define MAY_PROMPT 2
#define MAY_RETURN 4
#define MAY_COMPLAIN 8
#define MAY_HOLD 16

static const struct {
	const char *word;
	unsigned may;
} kinds[] = {
    [INBOUND_PERSON] = {"person", MAY_TELL | MAY_PROMPT},
    [INBOUND_AUTO_REPLY] = {"auto-reply", 0},
    [INBOUND_AUTO_OTHER] = {"auto-other", 0},
    [INBOUND_BOUNCE] = {"bounce", MAY_RETURN},
    [INBOUND_DELAYED] = {"delayed", 0},
    [INBOUND_DELIVERED] = {"delivered", 0},
    [INBOUND_COMPLAINT] = {"complaint", MAY_COMPLAIN},
    [INBOUND_RECEIPT] = {"receipt", 0},
    [INBOUND_REPORT] = {"report", 0},
    [INBOUND_LIST] = {"list", 0},
    [INBOUND_CHALLENGE] = {"challenge", MAY_HOLD},
    [INBOUND_CALENDAR] = {"calendar", MAY_TELL},
    [INBOUND_SPAM] = {"spam", 0},
    [INBOUND_OWN] = {"own", 0},
    [INBOUND_MALFORMED] = {"malformed", 0},
};

int
inbound_kind_parse(const char *word, enum inbound_kind *kind_r)
{
	for (size_t i = INBOUND_PERSON; i < PN_ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].word, word) == 0) {
			*kind_r = (enum inbound_kind)i;
			return 0;
		}
	return -EINVAL;
}

int
inbound_recipient(const struct keyring *k, const char *recipient,
    enum token_label *label_r, struct token *token_r)
{
	/* read whole: where it goes wrong must not show */
	if (strnlen(recipient, TOKEN_TEXT_LEN + 3) != TOKEN_TEXT_LEN + 2 ||
	    recipient[1] != '-')
		return TOKEN_FORGED;
	switch (recipient[0]) {
	case 'r':
	case 'R':
		*label_r = TOKEN_REPLY;
		break;
	case 'b':
	case 'B':
		*label_r = TOKEN_BOUNCE;
		break;
	case 'm':
	case 'M':
		*label_r = TOKEN_MESSAGE_ID;
		break;
	default:
		return TOKEN_FORGED;
	}
	return token_open(k, *label_r, recipient + 2, token_r);
}

static enum health_news
news_of(const struct inbound_case *c)
{
	unsigned may = kinds[c->kind].may;

	if (c->expired)
		return HEALTH_NONE;
	/* some go to the Reply-To */
	if ((may & MAY_HOLD) != 0)
		return HEALTH_HELD;
	if (c->label == TOKEN_REPLY)
		return HEALTH_NONE;
	if ((may & MAY_COMPLAIN) != 0)
		return HEALTH_COMPLAINT;
	if ((may & MAY_RETURN) != 0)
		return c->hard ? HEALTH_DEAD : HEALTH_RETURNED;
	return HEALTH_NONE;
}

struct inbound_effect
inbound_decide(const struct inbound_case *c)
{
	struct inbound_effect e = {.visibility = VISIBLE_PRACTICE};
	unsigned may = kinds[c->kind].may;

	if (!c->active)
		return e;
	/*
	 * Responses to the envelope sender are never answered (RFC 3834, 4),
	 * nor what came back of our own mail.
	 */
	e.news = news_of(c);
	if (c->label != TOKEN_REPLY)
		return e;
	if ((may & MAY_TELL) != 0 && c->side != INBOUND_NOBODY && !c->told) {
		e.event = true;
		if (c->side == INBOUND_CLIENT)
			e.visibility = VISIBLE_ALL;
		e.notify = c->side != INBOUND_PRACTICE;
	}
	e.prompt = (may & MAY_PROMPT) != 0 && c->may_prompt;
	return e;
}
