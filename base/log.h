/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One line per event to standard error, with the <N> prefix that journald
 * reads as a priority (sd-daemon(3)); without the prefix on a terminal.
 *
 * TOPIC names the part that speaks ("http", "writer", "lmtp"). What a line
 * may hold: ids of this store, counts, sizes, errno texts, codes, names of
 * configuration keys and of sockets. Never content, a person's name, an
 * address, a file name, a login name or a token: nothing that came from a
 * request or a mail is ever formatted with %s.
 *
 * Only programs log; store/ and base/ return errors.
 */

#include "base/attr.h"

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Lines above LEVEL are dropped; LOG_LEVEL_INFO unless told. */
void log_set_level(enum log_level level);
/* Tests see every line: TEXT has no prefix and no newline. NULL restores. */
void log_set_sink(
    void (*sink)(enum log_level level, const char *topic, const char *text));

void log_error(const char *topic, const char *fmt, ...) PN_PRINTF(2, 3);
void log_warning(const char *topic, const char *fmt, ...) PN_PRINTF(2, 3);
void log_info(const char *topic, const char *fmt, ...) PN_PRINTF(2, 3);
void log_debug(const char *topic, const char *fmt, ...) PN_PRINTF(2, 3);
