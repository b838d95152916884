/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/format.h"

#include <string.h>

enum encoding {
	BYTES, /* UTF-8, Windows-1252, and all that have ASCII in them */
	LITTLE,
	BIG,
};

/* Zeros on one side of each unit: Latin text in UTF-16, without a mark. */
static bool
is_wide(const uint8_t *head, size_t len, size_t zero)
{
	if (len < 4)
		return false;
	for (size_t i = 0; i + 1 < len; i += 2) {
		if (head[i + zero] != 0 || head[i + 1 - zero] == 0)
			return false;
	}
	return true;
}

void
csv_begin(struct csv *c, const uint8_t *head, size_t len)
{
	if (len >= 2 && head[0] == 0xff && head[1] == 0xfe)
		c->encoding = LITTLE;
	else if (len >= 2 && head[0] == 0xfe && head[1] == 0xff)
		c->encoding = BIG;
	else if (is_wide(head, len, 1))
		c->encoding = LITTLE;
	else if (is_wide(head, len, 0))
		c->encoding = BIG;
	else
		c->encoding = BYTES;
}

/*
 * No control characters but those that end lines, pages and cells. A '<' that
 * a name follows begins markup, which some program would take it for.
 */
static void
take_character(struct csv *c, struct finding *f, uint32_t code)
{
	if (code < 0x20 ? code == 0 || strchr("\t\n\f\r", (int)code) == NULL
			: code == 0x7f)
		finding_refuse(f, INSPECT_UNKNOWN);
	if (c->opening && (code == '!' || code == '?' || code == '/' ||
			      ((code | 0x20) >= 'a' && (code | 0x20) <= 'z')))
		finding_refuse(f, INSPECT_UNKNOWN);
	c->opening = false;
	if (c->text || code <= ' ' || code == 0xfeff)
		return;
	c->text = true;
	c->opening = code == '<';
}

static void
take_unit(struct csv *c, struct finding *f, uint16_t unit)
{
	bool low = unit >= 0xdc00 && unit <= 0xdfff;

	if (c->high != low || unit >= 0xfffe) {
		finding_refuse(f, INSPECT_UNKNOWN);
		return;
	}
	c->high = unit >= 0xd800 && unit <= 0xdbff;
	if (!c->high && !low)
		take_character(c, f, unit);
}

void
csv_feed(struct csv *c, struct finding *f, const uint8_t *data, size_t len)
{
	static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

	for (size_t i = 0; f->v.refusal == INSPECT_GOOD && i < len; i++) {
		uint8_t byte = data[i];

		if (c->encoding == BYTES) {
			if (f->at >= sizeof(mark) || byte != mark[f->at])
				take_character(c, f, byte);
		} else if (!c->half) {
			c->first = byte;
			c->half = true;
		} else {
			c->half = false;
			take_unit(c, f,
			    c->encoding == BIG
				? (uint16_t)(c->first << 8 | byte)
				: (uint16_t)(byte << 8 | c->first));
		}
		f->at++;
	}
}

void
csv_end(const struct csv *c, struct finding *f)
{
	if (c->half || c->high)
		finding_refuse(f, INSPECT_UNKNOWN);
	if (f->at == 0)
		finding_refuse(f, INSPECT_BROKEN);
}
