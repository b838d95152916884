/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which of our notifications a mail is about, by a token of ours in the mail
 * itself: an address of ours in its header (a mailbox knows no envelope), or
 * what came back of the notification, as the relay may have rewritten the
 * envelope sender.
 *
 * A token that is found is not believed: posternd checks its MAC. Nothing is
 * taken from what a report says in words.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bridge/address.h"

struct trace_own {
	struct address_style style;
	const char *from; /* an address, whose domain our Message-IDs have */
};

/*
 * LABELLED_R is "r-TOKEN", "b-TOKEN", "m-TOKEN" (a Message-ID) or "". Only
 * with RETURNED is it looked for behind the header, and then that outweighs a
 * reply address.
 */
void trace_find(const struct trace_own *own, const uint8_t *data, size_t len,
    bool returned, char labelled_r[static ADDRESS_LABELLED_MAX + 1]);
/*
 * The same in what came back alone, as GMime has decoded it: DATA is not the
 * raw mail. LABELLED_R stays as it is if there is nothing.
 */
void trace_returned(const struct trace_own *own, const uint8_t *data,
    size_t len, char labelled_r[static ADDRESS_LABELLED_MAX + 1]);
