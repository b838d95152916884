/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/mailcode.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#define SUBJECT_MAX 7
#define DETAIL_MAX 999

/* One number of at most MAX in decimal, as RFC 3463 writes it. */
static int
part(const char **text, unsigned max, unsigned *value_r)
{
	const char *s = *text;
	unsigned value = 0;

	if (*s < '0' || *s > '9' || (s[0] == '0' && s[1] >= '0' && s[1] <= '9'))
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		value = value * 10 + (unsigned)(*s - '0');
		if (value > max)
			return -EINVAL;
	}
	*text = s;
	*value_r = value;
	return 0;
}

int
mailcode_parse(const char *text, uint16_t *code_r)
{
	unsigned class, subject, detail;

	*code_r = 0;
	if (*text == '\0')
		return 0;
	if (part(&text, 5, &class) != 0 || class < 2 || class == 3 ||
	    *text++ != '.' || part(&text, SUBJECT_MAX, &subject) != 0 ||
	    *text++ != '.' || part(&text, DETAIL_MAX, &detail) != 0 ||
	    *text != '\0')
		return -EINVAL;
	*code_r = (uint16_t)(class << 13 | subject << 10 | detail);
	return 0;
}

bool
mailcode_is_count(uint16_t code)
{
	return code >> 13 == 0;
}

bool
mailcode_is_permanent(uint16_t code)
{
	return code >> 13 == 5;
}

bool
mailcode_blames_address(uint16_t code)
{
	/* RFC 3463, section 3.2; 5.1.10 is RFC 7505's null MX */
	static const uint16_t details[] = {1, 2, 3, 6, 10};

	if (code >> 10 != (5 << 3 | 1))
		return false;
	for (size_t i = 0; i < PN_ARRAY_LEN(details); i++)
		if ((code & 0x3ff) == details[i])
			return true;
	return false;
}

void
mailcode_text(uint16_t code, char text_r[static MAILCODE_TEXT_LEN + 1])
{
	text_r[0] = '\0';
	if (!mailcode_is_count(code))
		(void)snprintf(text_r, MAILCODE_TEXT_LEN + 1, "%u.%u.%u",
		    (unsigned)(code >> 13), (unsigned)(code >> 10) & 7U,
		    (unsigned)code & 1023U);
}
