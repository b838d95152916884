/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/health.h"

#include <string.h>
#include "base/clock.h"

static const char *const state_words[] = {
    [ADDRESS_GOOD] = "good",
    [ADDRESS_STOPPED] = "stopped",
    [ADDRESS_DOUBTFUL] = "doubtful",
    [ADDRESS_UNCONFIRMED] = "unconfirmed",
    [ADDRESS_REPLACED] = "replaced",
};

static const char *const reason_words[] = {
    [ADDRESS_DEAD] = "dead",
    [ADDRESS_FAILING] = "failing",
    [ADDRESS_COMPLAINT] = "complaint",
};

const char *
health_state_word(enum address_state state)
{
	if (state < ADDRESS_GOOD || (size_t)state >= PN_ARRAY_LEN(state_words))
		return "stopped";
	return state_words[state];
}

const char *
health_reason_word(enum address_reason reason)
{
	return (size_t)reason < PN_ARRAY_LEN(reason_words)
		   ? reason_words[reason]
		   : NULL;
}

struct health_limits
health_limits_of(const struct settings *s)
{
	return (struct health_limits){
	    .returns = s->limits.returned_mails,
	    .days = s->limits.returned_days,
	};
}

bool
health_usable(const struct address *a)
{
	return a->state == ADDRESS_GOOD || a->state == ADDRESS_DOUBTFUL;
}

static void
become(struct address *a, enum address_state state, enum address_reason reason,
    int64_t now)
{
	if (a->state != state || a->since == 0)
		a->since = now;
	a->state = state;
	a->reason = reason;
}

/* The days on which mail came back lately; a clock set back forgets none. */
static int64_t
count_return(struct address *a, int64_t now, int64_t days)
{
	int64_t kept[ADDRESS_RETURNS] = {now};
	int64_t n = 1;

	for (size_t i = 0; i < ADDRESS_RETURNS && n < ADDRESS_RETURNS; i++)
		if (a->returns[i] > now - days * CLOCK_DAY &&
		    a->returns[i] / CLOCK_DAY != now / CLOCK_DAY)
			kept[n++] = a->returns[i];
	memcpy(a->returns, kept, sizeof(kept));
	return n;
}

bool
health_note(struct address *a, enum health_news news, uint16_t code,
    const struct health_limits *limits, int64_t now)
{
	if (news == HEALTH_NONE || news == HEALTH_HELD || !health_usable(a))
		return false;
	a->code = code;
	if (news == HEALTH_DEAD)
		become(a, ADDRESS_STOPPED, ADDRESS_DEAD, now);
	else if (news == HEALTH_COMPLAINT)
		become(a, ADDRESS_STOPPED, ADDRESS_COMPLAINT, now);
	else if (count_return(a, now, limits->days) >= limits->returns)
		become(a, ADDRESS_STOPPED, ADDRESS_FAILING, now);
	else
		become(a, ADDRESS_DOUBTFUL, ADDRESS_FAILING, now);
	return true;
}

bool
health_restart(struct address *a, int64_t now)
{
	if (a->state != ADDRESS_STOPPED && a->state != ADDRESS_DOUBTFUL)
		return false;
	a->state = ADDRESS_GOOD;
	a->since = now;
	a->reason = ADDRESS_FINE;
	a->code = 0;
	memset(a->returns, 0, sizeof(a->returns));
	return true;
}
