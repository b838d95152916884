/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/grammar.h"

#include <string.h>
#include "base/utf8.h"

#define LOCAL_MAX 64
#define LABEL_MAX 63
#define DOMAIN_MAX 253

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_alpha(c) || is_digit(c);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* RFC 5322 dot-atom. */
static bool
is_local(const char *text, size_t len)
{
	static const char special[] = "!#$%&'*+-/=?^_`{|}~";

	if (len == 0 || len > LOCAL_MAX || text[0] == '.' ||
	    text[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.' ? text[i - 1] == '.'
				   : !is_alnum(text[i]) &&
					 memchr(special, text[i],
					     sizeof(special) - 1) == NULL)
			return false;
	}
	return true;
}

static bool
is_label(const char *text, size_t len)
{
	if (len == 0 || len > LABEL_MAX || text[0] == '-' ||
	    text[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(text[i]) && text[i] != '-')
			return false;
	}
	return true;
}

static bool
is_domain(const char *text)
{
	size_t labels = 0;
	size_t len;

	if (strlen(text) > DOMAIN_MAX)
		return false;
	for (;; text += len + 1) {
		len = strcspn(text, ".");
		if (!is_label(text, len))
			return false;
		labels++;
		if (text[len] == '\0')
			break;
	}
	/* no top-level domain starts with a digit; an IP address does */
	return labels >= 2 && !is_digit(text[0]);
}

bool
grammar_address(const char *text, char norm_r[static GRAMMAR_ADDRESS_MAX + 1])
{
	size_t len = strlen(text);
	const char *at = strchr(text, '@');
	size_t local;

	if (len > GRAMMAR_ADDRESS_MAX || at == NULL)
		return false;
	local = (size_t)(at - text);
	if (!is_local(text, local) || !is_domain(at + 1))
		return false;
	memcpy(norm_r, text, local + 1);
	for (size_t i = local + 1; i <= len; i++)
		norm_r[i] = lower(text[i]);
	return true;
}

static bool
is_line(const char *text, size_t max)
{
	size_t len = strlen(text);

	return len > 0 && len <= max && utf8_valid(text, len) &&
	       !utf8_has_control(text, len);
}

bool
grammar_name(const char *text)
{
	return is_line(text, GRAMMAR_NAME_MAX) &&
	       strspn(text, " ") < strlen(text);
}

bool
grammar_external_id(const char *text)
{
	return is_line(text, GRAMMAR_EXTERNAL_MAX) && text[0] != ' ' &&
	       text[strlen(text) - 1] != ' ';
}

bool
grammar_login(const char *text, char norm_r[static GRAMMAR_LOGIN_MAX + 1])
{
	size_t len = strlen(text);

	if (len == 0 || len > GRAMMAR_LOGIN_MAX)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (text[i] != '\0' && !is_alnum(text[i]) &&
		    strchr("._@+-", text[i]) == NULL)
			return false;
		norm_r[i] = lower(text[i]);
	}
	return true;
}

bool
grammar_language(const char *text)
{
	size_t len;

	if (strlen(text) > GRAMMAR_LANGUAGE_MAX)
		return false;
	for (size_t part = 0;; part++, text += len + 1) {
		len = strcspn(text, "-");
		if (len > 8 || len < (part == 0 ? 2 : 1))
			return false;
		for (size_t i = 0; i < len; i++) {
			if (part == 0 ? !is_alpha(text[i]) : !is_alnum(text[i]))
				return false;
		}
		if (text[len] == '\0')
			return true;
	}
}

bool
grammar_time_zone(const char *text)
{
	size_t len;

	if (strlen(text) > GRAMMAR_TIME_ZONE_MAX)
		return false;
	for (;; text += len + 1) {
		len = strcspn(text, "/");
		if (len == 0 || !is_alpha(text[0]))
			return false;
		for (size_t i = 0; i < len; i++) {
			if (!is_alnum(text[i]) &&
			    memchr("_+-", text[i], 3) == NULL)
				return false;
		}
		if (text[len] == '\0')
			return true;
	}
}

bool
grammar_body(const char *text, size_t len)
{
	if (len == 0 || !utf8_valid(text, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
			return false;
		/* C1 controls: U+0080..U+009F */
		if (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0)
			return false;
	}
	return true;
}
