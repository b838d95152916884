/* SPDX-License-Identifier: Apache-2.0 */

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* Written once by main() before threads start. */
static enum log_level max_level = LOG_LEVEL_INFO;
static void (*log_sink)(enum log_level, const char *, const char *);

void
log_set_level(enum log_level level)
{
	max_level = level;
}

void
log_set_sink(
    void (*sink)(enum log_level level, const char *topic, const char *text))
{
	log_sink = sink;
}

static void PN_PRINTF(3, 0) log_write(
    enum log_level level, const char *topic, const char *fmt, va_list ap)
{
	char text[512];
	char line[640];
	int saved = errno;
	int n;

	if (level > max_level)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	if (log_sink != NULL) {
		log_sink(level, topic, text);
	} else {
		if (isatty(STDERR_FILENO))
			n = snprintf(
			    line, sizeof(line), "%s: %s\n", topic, text);
		else
			n = snprintf(line, sizeof(line), "<%d>%s: %s\n",
			    (int)level, topic, text);
		/* one write, so that lines of threads do not mix */
		if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
			errno = 0;
	}
	errno = saved;
}

#define LOG_AT(level)                                                          \
	va_list ap;                                                            \
	va_start(ap, fmt);                                                     \
	log_write(level, topic, fmt, ap);                                      \
	va_end(ap)

void
log_error(const char *topic, const char *fmt, ...)
{
	LOG_AT(LOG_LEVEL_ERROR);
}

void
log_warning(const char *topic, const char *fmt, ...)
{
	LOG_AT(LOG_LEVEL_WARNING);
}

void
log_info(const char *topic, const char *fmt, ...)
{
	LOG_AT(LOG_LEVEL_INFO);
}

void
log_debug(const char *topic, const char *fmt, ...)
{
	LOG_AT(LOG_LEVEL_DEBUG);
}
