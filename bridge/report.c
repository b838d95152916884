/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/report.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/attr.h"
#include "bridge/phrases.h"
#include "bridge/words.h"

#define FIELD_MAX 1024
#define GUESS_MAX ((size_t)8 * 1024)

/* What follows is the mail that came back, not what the server says. */
static const char *const returned_marks[] = {
    "below this line is a copy of the message",
    "this is a copy of the message",
    "this is a copy of your message",
    "the following is a copy of the message",
    "a copy of the original message",
    "original message follows",
    "----- original message",
    "--- original message",
    "message header follows",
    "unsent message below",
    "----- unsent message",
    "returned message follows",
    "received: from ",
};

#define WINDOW_BEFORE 100
#define WINDOW_AFTER 60

#define PHRASE_HARD (PHRASE_NO_USER | PHRASE_NO_DOMAIN)

/* Are there soft words around AT, LEN bytes long, in TEXT? */
static bool
soft_around(
    const struct phrases *all, const char *text, const char *at, size_t len)
{
	char window[WINDOW_BEFORE + WINDOW_AFTER + 128];
	size_t before = (size_t)(at - text);

	if (before > WINDOW_BEFORE)
		before = WINDOW_BEFORE;
	(void)snprintf(window, sizeof(window), "%.*s",
	    (int)(before + len + WINDOW_AFTER), at - before);
	return phrases_say(all, window, PHRASE_SOFT);
}

/* RFC 3463 and RFC 7505: the address or its domain is wrong for good. */
static bool
is_hard_status(const struct report_status *s)
{
	static const uint16_t details[] = {1, 2, 3, 6, 10};

	if (s->class != 5 || s->subject != 1)
		return false;
	for (size_t i = 0; i < PN_ARRAY_LEN(details); i++)
		if (s->detail == details[i])
			return true;
	return false;
}

/*
 * The sender, the mailbox's or the system's state is to blame, or the day.
 * 5.2.1 is said of users who are unknown, too, and x.3.0 of anything.
 */
static bool
is_soft_status(const struct report_status *s)
{
	return s->class == 4 || (s->subject == 2 && s->detail != 1) ||
	       (s->subject == 3 && s->detail != 0) ||
	       (s->subject == 1 && (s->detail == 7 || s->detail == 8));
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads up to three digits. 0 digits read: none. */
static size_t
number(const char *s, uint16_t *n_r)
{
	size_t len = 0;

	*n_r = 0;
	for (; len < 3 && digit(s[len]); len++)
		*n_r = (uint16_t)(*n_r * 10 + (s[len] - '0'));
	return digit(s[len]) ? 0 : len;
}

/* "5.1.1" at S and nothing that would make it part of an IP address. */
static bool
status_at(const char *s, struct report_status *st_r)
{
	struct report_status st = {.class = (uint16_t)(s[0] - '0')};
	size_t len;

	if ((s[0] != '2' && s[0] != '4' && s[0] != '5') || s[1] != '.')
		return false;
	s += 2;
	len = number(s, &st.subject);
	if (len == 0 || s[len] != '.' || st.subject > VERDICT_SUBJECT_MAX)
		return false;
	s += len + 1;
	len = number(s, &st.detail);
	if (len == 0 || (s[len] == '.' && digit(s[len + 1])))
		return false;
	*st_r = st;
	return true;
}

/* First refusal with an enhanced code in TEXT. */
static bool
status_find(const char *text, struct report_status *st_r)
{
	for (const char *s = text; *s != '\0'; s++) {
		bool starts = s == text || (!digit(s[-1]) && s[-1] != '.' &&
					       !isalpha((unsigned char)s[-1]));

		if (starts && *s != '2' && status_at(s, st_r))
			return true;
	}
	return false;
}

/* Is there an SMTP reply of this CLASS in TEXT? */
static bool
reply_of(const char *text, char class)
{
	for (const char *s = text; *s != '\0'; s++)
		if ((s == text || (!isalnum((unsigned char)s[-1]) &&
				      s[-1] != '.' && s[-1] != '-')) &&
		    s[0] == class && digit(s[1]) && digit(s[2]) &&
		    strchr(" -:,", s[3]) != NULL && s[3] != '\0')
			return true;
	return false;
}

/* A server that said "try again" has not said that the address is dead. */
static bool
only_transient(const char *text)
{
	return reply_of(text, '4') && !reply_of(text, '5');
}

/* In a transcript: was COMMAND, ">>> data", the one that was refused? */
static bool
refused_at(const char *text, const char *command)
{
	for (const char *at = strstr(text, command); at != NULL;
	     at = strstr(at + 1, command)) {
		const char *reply = strstr(at, "<<< ");
		const char *next = strstr(at + 1, ">>> ");

		if (reply != NULL && reply[4] == '5' &&
		    strncmp(reply + 4, "503", 3) != 0 &&
		    (next == NULL || reply < next))
			return true;
	}
	return false;
}

/* ---- delivery-status ----------------------------------------------------- */

struct group {
	enum report_action action;
	bool named; /* has its Final-Recipient */
	struct report_status status;
	char diagnostic[FIELD_MAX]; /* lower case */
};

static enum report_action
action_read(const char *s)
{
	static const struct {
		const char *word;
		enum report_action action;
	} actions[] = {
	    {"failed", REPORT_FAILED},
	    {"failure", REPORT_FAILED},
	    {"undeliverable", REPORT_FAILED},
	    {"delayed", REPORT_DELAYED},
	    {"deliverable", REPORT_DELIVERED},
	    {"delivered", REPORT_DELIVERED},
	    {"relayed", REPORT_DELIVERED},
	    {"expanded", REPORT_DELIVERED},
	};

	for (size_t i = 0; i < PN_ARRAY_LEN(actions); i++)
		if (strncasecmp(s, actions[i].word, strlen(actions[i].word)) ==
		    0)
			return actions[i].action;
	return REPORT_NONE;
}

/* Behind the type of "smtp; 550 ..." or "x-outbound-mail-relay; ...". */
static const char *
said_in(const struct group *g)
{
	const char *end = strchr(g->diagnostic, ';');

	if (end == NULL ||
	    strcspn(g->diagnostic, " ") < (size_t)(end - g->diagnostic))
		return g->diagnostic;
	return end + 1;
}

static bool
group_hard(const struct phrases *all, const struct group *g)
{
	const char *text = said_in(g);
	struct report_status said = {0};

	if (only_transient(text) || phrases_say(all, text, PHRASE_ALIVE))
		return false;
	if (phrases_say(all, text, PHRASE_DEAD))
		return true;
	if (phrases_say(all, text, PHRASE_SOFT) || is_soft_status(&g->status) ||
	    (status_find(text, &said) && is_soft_status(&said)))
		return false;
	return is_hard_status(&said) ||
	       (said.class == 0 && is_hard_status(&g->status)) ||
	       phrases_say(all, text, PHRASE_HARD);
}

/* The worst action wins; several failures are hard only if all are. */
static void
group_end(const struct phrases *all, struct group *g, struct report *r)
{
	struct report_status said;
	bool hard;
	bool mute;

	if (g->action == REPORT_NONE && g->status.class == 5)
		g->action = REPORT_FAILED;
	if (g->action < r->action || g->action == REPORT_NONE)
		goto done;
	hard = g->action == REPORT_FAILED && group_hard(all, g);
	mute = g->action == REPORT_FAILED && g->diagnostic[0] == '\0' &&
	       g->status.subject == 0 && g->status.detail == 0;
	if (status_find(g->diagnostic, &said) &&
	    (said.class == g->status.class || g->status.class == 0 ||
		(g->status.subject == 0 && g->status.detail == 0)))
		g->status = said;
	if (g->action > r->action) {
		r->action = g->action;
		r->hard = hard;
		r->mute = mute;
		r->status = g->status;
	} else {
		r->hard = r->hard && hard;
		r->mute = r->mute && mute;
	}
done:
	*g = (struct group){0};
}

/* In lower case, with one blank where there were several, or a fold. */
static void
plain(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		bool blank = *s == ' ' || *s == '\t';

		if (!blank || (s[1] != ' ' && s[1] != '\t'))
			*to++ = blank ? ' ' : (char)tolower((unsigned char)*s);
	}
	*to = '\0';
}

/* LINE is unfolded "name: value". */
static void
field_read(
    const struct phrases *all, char *line, struct group *g, struct report *r)
{
	char *value = strchr(line, ':');

	if (value == NULL)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (strcasecmp(line, "Final-Recipient") == 0) {
		/* begins a group even where the blank line is missing */
		if (g->named)
			group_end(all, g, r);
		g->named = true;
	} else if (strcasecmp(line, "Reporting-MTA") == 0) {
		plain(value);
		r->filtered = phrases_say(all, value, PHRASE_ALIVE);
	} else if (strcasecmp(line, "Action") == 0) {
		g->action = action_read(value);
	} else if (strcasecmp(line, "Status") == 0) {
		(void)status_at(value, &g->status);
	} else if (strcasecmp(line, "Diagnostic-Code") == 0) {
		(void)snprintf(
		    g->diagnostic, sizeof(g->diagnostic), "%s", value);
		plain(g->diagnostic);
	}
}

/* Copies one unfolded field to LINE and returns what follows it. */
static const char *
field_next(const char *text, char *line, size_t max)
{
	size_t len = 0;

	for (;;) {
		size_t n = strcspn(text, "\r\n");

		for (size_t i = 0; i < n && len + 1 < max; i++)
			line[len++] = text[i];
		text += n;
		text += *text == '\r' ? 1 : 0;
		text += *text == '\n' ? 1 : 0;
		if (n == 0 || (*text != ' ' && *text != '\t'))
			break;
		/* a blank line of blanks ends the group, too */
		if (text[strspn(text, " \t")] == '\r' ||
		    text[strspn(text, " \t")] == '\n' ||
		    text[strspn(text, " \t")] == '\0')
			break;
	}
	line[len] = '\0';
	return text;
}

void
report_read(const char *text, struct report *r_r)
{
	struct group g = {0};
	struct phrases all;
	char line[FIELD_MAX];

	phrases_fill(&all);
	*r_r = (struct report){0};
	while (*text != '\0') {
		text = field_next(text, line, sizeof(line));
		if (line[strspn(line, " \t")] == '\0')
			group_end(&all, &g, r_r);
		else
			field_read(&all, line, &g, r_r);
	}
	group_end(&all, &g, r_r);
	if (r_r->filtered)
		r_r->hard = false;
}

/* Does a phrase of MEANINGS stand in TEXT with nothing soft around it? */
static bool
says(const struct phrases *all, const char *text, unsigned meanings)
{
	const char *found;
	size_t at = 0;
	size_t len;

	while ((found = phrases_next(all, text, &at, meanings, &len)) != NULL)
		if (!soft_around(all, text, found, len))
			return true;
	return false;
}

static bool
says_hard_status(const struct phrases *all, const char *text)
{
	struct report_status st;

	for (const char *at = strstr(text, "5.1."); at != NULL;
	     at = strstr(at + 1, "5.1."))
		if (status_at(at, &st) && is_hard_status(&st) &&
		    !soft_around(all, text, at, 5))
			return true;
	return false;
}

/*
 * "User unknown" behind a bare 550 may be what a filter says that has read
 * the mail; behind a refused RCPT, or from a server that speaks of its own
 * users without SMTP, it is what it says.
 */
static bool
guess_hard(const struct phrases *all, const char *text)
{
	if (says_hard_status(all, text) || says(all, text, PHRASE_NO_DOMAIN) ||
	    phrases_say(all, text, PHRASE_DEAD))
		return true;
	if (reply_of(text, '5') && strstr(text, "rcpt") == NULL)
		return false;
	return says(all, text, PHRASE_NO_USER);
}

bool
report_refuses_mail(const char *text, const struct report *r)
{
	return strstr(text, "in reply to end of data") != NULL ||
	       (refused_at(text, ">>> data") && !is_hard_status(&r->status));
}

void
report_guess(const char *text, struct report *r_r)
{
	char own[GUESS_MAX];
	struct phrases all;
	size_t len = strlen(text);

	*r_r = (struct report){0};
	for (size_t i = 0; i < PN_ARRAY_LEN(returned_marks); i++) {
		const char *at = strstr(text, returned_marks[i]);

		if (at != NULL && (size_t)(at - text) < len)
			len = (size_t)(at - text);
	}
	(void)snprintf(own, sizeof(own), "%.*s",
	    (int)(len < sizeof(own) ? len : sizeof(own) - 1), text);
	phrases_fill(&all);
	(void)status_find(own, &r_r->status);
	if (only_transient(own) || is_soft_status(&r_r->status) ||
	    phrases_say(&all, own, PHRASE_ALIVE) ||
	    refused_at(own, ">>> mail from:"))
		return;
	r_r->hard = guess_hard(&all, own);
	if (report_refuses_mail(own, r_r))
		r_r->hard = false;
}
