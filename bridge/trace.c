/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/trace.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "bridge/compose.h"

#define OWN_HEADER COMPOSE_OWN_HEADER ":"

static bool
is_address_char(uint8_t c)
{
	return isalnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.@", c) != NULL);
}

/*
 * The next word from *AT on that could be an address, into WORD_R; a longer
 * one is passed over.
 */
static bool
next_word(const uint8_t *data, size_t len, size_t *at,
    char word_r[static ADDRESS_MAX + 1])
{
	while (*at < len) {
		size_t begin = *at;
		size_t n;

		while (*at < len && is_address_char(data[*at]))
			(*at)++;
		n = *at - begin;
		if (n == 0) {
			(*at)++;
			continue;
		}
		if (n > ADDRESS_MAX)
			continue;
		memcpy(word_r, data + begin, n);
		word_r[n] = '\0';
		return true;
	}
	return false;
}

/* Up to the empty line. */
static size_t
header_length(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (data[i] == '\n' &&
		    (data[i + 1] == '\n' ||
			(data[i + 1] == '\r' && i + 2 < len &&
			    data[i + 2] == '\n')))
			return i + 1;
	return len;
}

/* The first bounce address, else the first reply address. */
static void
find_address(const struct trace_own *own, const uint8_t *data, size_t len,
    char labelled_r[static ADDRESS_LABELLED_MAX + 1])
{
	char word[ADDRESS_MAX + 1];
	char found[ADDRESS_LABELLED_MAX + 1];
	size_t at = 0;

	while (
	    labelled_r[0] != ADDRESS_BOUNCE && next_word(data, len, &at, word))
		if (address_parse(&own->style, word, found) &&
		    (labelled_r[0] == '\0' || found[0] == ADDRESS_BOUNCE))
			memcpy(labelled_r, found, sizeof(found));
}

/* Our own header, which carries the bounce token. */
static bool
find_own_header(const uint8_t *data, size_t len,
    char labelled_r[static ADDRESS_LABELLED_MAX + 1])
{
	const size_t n = sizeof(OWN_HEADER) - 1;
	char word[ADDRESS_MAX + 1];

	for (size_t i = 0; i + n < len; i++) {
		size_t at = i + n;

		if ((data[i] | 0x20) != (OWN_HEADER[0] | 0x20) ||
		    strncasecmp((const char *)data + i, OWN_HEADER, n) != 0)
			continue;
		if (next_word(data, len, &at, word) &&
		    address_labelled(word, ADDRESS_BOUNCE, labelled_r))
			return true;
	}
	return false;
}

static bool
find_message_id(const struct trace_own *own, const uint8_t *data, size_t len,
    char labelled_r[static ADDRESS_LABELLED_MAX + 1])
{
	const char *domain = address_domain(own->from);
	char word[ADDRESS_MAX + 1];
	size_t at = 0;

	while (next_word(data, len, &at, word)) {
		char labelled[sizeof(word) + 2];
		char *end = strchr(word, '@');

		if (end == NULL || strcasecmp(end + 1, domain) != 0)
			continue;
		*end = '\0';
		(void)snprintf(labelled, sizeof(labelled), "%c-%s",
		    ADDRESS_MESSAGE_ID, word);
		if (address_labelled(labelled, ADDRESS_MESSAGE_ID, labelled_r))
			return true;
	}
	return false;
}

void
trace_returned(const struct trace_own *own, const uint8_t *data, size_t len,
    char labelled_r[static ADDRESS_LABELLED_MAX + 1])
{
	if (!find_own_header(data, len, labelled_r))
		(void)find_message_id(own, data, len, labelled_r);
}

void
trace_find(const struct trace_own *own, const uint8_t *data, size_t len,
    bool returned, char labelled_r[static ADDRESS_LABELLED_MAX + 1])
{
	size_t header = header_length(data, len);

	labelled_r[0] = '\0';
	find_address(own, data, header, labelled_r);
	if (!returned || labelled_r[0] == ADDRESS_BOUNCE)
		return;
	trace_returned(own, data + header, len - header, labelled_r);
}
