/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
clock_read(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) != 0)
		return 0;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t
clock_boot(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

void
clock_text(int64_t ms, char text_r[static CLOCK_TEXT_LEN + 1])
{
	static const int64_t first = INT64_C(-62135596800000);
	static const int64_t last = INT64_C(253402300799999);
	struct tm tm;
	time_t s;
	int64_t rest;

	ms = ms < first ? first : ms > last ? last : ms;
	rest = ((ms % 1000) + 1000) % 1000;
	s = (time_t)((ms - rest) / 1000);
	if (gmtime_r(&s, &tm) == NULL)
		tm = (struct tm){.tm_mday = 1, .tm_year = 70};
	(void)snprintf(text_r, CLOCK_TEXT_LEN + 1,
	    "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)(tm.tm_year + 1900) % 10000,
	    (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100,
	    (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
	    (unsigned)tm.tm_sec % 100, (unsigned)rest % 1000);
}
