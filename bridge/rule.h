/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The longer rules of classify.c's table, which stands there in its order:
 * who sent this (rule_sender.c), bounces that are no readable report
 * (rule_bounce.c), what says that nobody wrote it (rule_auto.c), and what a
 * subject says (rule_away.c). A rule matches or does not; it changes nothing.
 */

#include <stdbool.h>
#include "bridge/facts.h"

/* "Re: Undelivered Mail" is two people talking about one. */
bool rule_is_answer(const struct facts *f);
/* The address of a mail system, which no person has. */
bool rule_from_mailer(const struct facts *f);
/* A daemon's address or name, which now and then a person has. */
bool rule_from_daemon(const struct facts *f);
/* ... or one that takes no answers. */
bool rule_from_machine(const struct facts *f);

/* Still on its way, by subject, from a daemon or nobody. */
bool rule_bounce_delay(const struct facts *f);
/* "Read: ..." from nobody, in Outlook's own format or none. */
bool rule_receipt_words(const struct facts *f);
/* A report whose status cannot be read, or is missing. */
bool rule_broken_report(const struct facts *f);
/* Headers that only bounces have. */
bool rule_bounce_header(const struct facts *f);
/* Two of: a daemon wrote it, no sender, bounce words, the mail came back. */
bool rule_bounce_signs(const struct facts *f);

/* RFC 3834: Auto-Submitted is anything but "no". */
bool rule_auto_submitted(const struct facts *f);
/* ... and it answers something. */
bool rule_auto_replied(const struct facts *f);
/* Older headers of auto-responders, and of other machines. */
bool rule_reply_header(const struct facts *f);
bool rule_other_header(const struct facts *f);
/* A null sender or Precedence, and words that only then are one. */
bool rule_reply_signs(const struct facts *f);
/* From "noreply" and the like. */
bool rule_other_sender(const struct facts *f);
/* Postfix says that root's own process handed it in (sendmail(1)). */
bool rule_from_root(const struct facts *f);
/* X-Auto-Response-Suppress, with a second sign. */
bool rule_answers_unwanted(const struct facts *f);
/* "Out of office" and the like, at the very beginning of the subject. */
bool rule_reply_by_subject(const struct facts *f);
/* ... or all that stands before its colon, if it says "automatic". */
bool rule_reply_before_colon(const struct facts *f);
/* ... or anywhere in it: for mail of which something else says so, too. */
bool rule_reply_anywhere(const struct facts *f);
/* ... where it says "automatic", as people write of their holidays, too. */
bool rule_automatic_anywhere(const struct facts *f);
/* "Robin Doe is out of the office", and Robin says it in the text. */
bool rule_reply_in_third_person(const struct facts *f);
/* The text begins by saying that a machine wrote it; so may a person's. */
bool rule_says_automatic(const struct facts *f);
