/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/address.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool
is_atext(char c)
{
	return is_alnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
local_valid(const char *s, size_t len)
{
	if (len == 0 || len > ADDRESS_LOCAL_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (is_atext(s[i]))
			continue;
		if (s[i] != '.' || i == 0 || i == len - 1 || s[i - 1] == '.')
			return false;
	}
	return true;
}

static bool
domain_valid(const char *s)
{
	size_t len = strlen(s);
	size_t label = 0;

	if (len == 0)
		return false;
	if (s[0] == '[')
		return len > 2 && s[len - 1] == ']' &&
		       strspn(s + 1, "0123456789abcdefABCDEFIPv.:") == len - 2;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.') {
			if (label == 0 || s[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!is_alnum(s[i]) && (s[i] != '-' || label == 0))
			return false;
		if (++label > 63)
			return false;
	}
	return label > 0 && s[len - 1] != '-';
}

bool
address_valid(const char *address)
{
	const char *at = strrchr(address, '@');

	if (at == NULL || strlen(address) > ADDRESS_MAX)
		return false;
	return local_valid(address, (size_t)(at - address)) &&
	       domain_valid(at + 1);
}

const char *
address_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL ? "" : at + 1;
}

static bool
token_valid(const char *token, size_t len)
{
	if (len < ADDRESS_TOKEN_MIN || len > ADDRESS_TOKEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = token[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '2' && c <= '7'))
			return false;
	}
	return true;
}

int
address_build(const struct address_style *style, enum address_label label,
    const char *token, char address_r[static ADDRESS_MAX + 1])
{
	int n;

	if (!token_valid(token, strlen(token)))
		return -EINVAL;
	if (style->mailbox != NULL) {
		const char *at = strrchr(style->mailbox, '@');

		if (at == NULL || at - style->mailbox > ADDRESS_LOCAL_MAX)
			return -EINVAL;
		n = snprintf(address_r, ADDRESS_MAX + 1, "%.*s+%c-%s%s",
		    (int)(at - style->mailbox), style->mailbox, label, token,
		    at);
	} else {
		n = snprintf(address_r, ADDRESS_MAX + 1, "%c-%s@%s", label,
		    token, style->domain);
	}
	if (n < 0 || n > ADDRESS_MAX || !address_valid(address_r))
		return -EINVAL;
	return 0;
}

/* The "r-TOKEN" inside the local part, or NULL. */
static const char *
labelled_part(
    const struct address_style *style, const char *address, const char *at)
{
	const char *own;
	size_t len;

	if (style->mailbox == NULL)
		return strcasecmp(at + 1, style->domain) == 0 ? address : NULL;
	own = strrchr(style->mailbox, '@');
	if (own == NULL || strcasecmp(at, own) != 0)
		return NULL;
	len = (size_t)(own - style->mailbox);
	if ((size_t)(at - address) <= len + 1 || address[len] != '+' ||
	    strncasecmp(address, style->mailbox, len) != 0)
		return NULL;
	return address + len + 1;
}

static void
lower(const char *text, size_t len, char *low_r)
{
	for (size_t i = 0; i < len; i++)
		low_r[i] = (char)tolower((unsigned char)text[i]);
	low_r[len] = '\0';
}

bool
address_labelled(const char *text, enum address_label label,
    char labelled_r[static ADDRESS_LABELLED_MAX + 1])
{
	size_t len = strlen(text);

	if (len < 2 || tolower((unsigned char)text[0]) != (int)label ||
	    text[1] != '-' || !token_valid(text + 2, len - 2))
		return false;
	lower(text, len, labelled_r);
	return true;
}

bool
address_parse(const struct address_style *style, const char *address,
    char labelled_r[static ADDRESS_LABELLED_MAX + 1])
{
	const char *at = strrchr(address, '@');
	const char *part;
	size_t len;

	if (!address_valid(address))
		return false;
	part = labelled_part(style, address, at);
	if (part == NULL)
		return false;
	len = (size_t)(at - part);
	if (len < 2 || part[1] != '-' || strchr("rbRB", part[0]) == NULL ||
	    !token_valid(part + 2, len - 2))
		return false;
	lower(part, len, labelled_r);
	return true;
}
