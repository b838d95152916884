/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file as its readers see it: bytes in order, some of them ahead, and where
 * one is. Whoever reads past the end gets zeros, and source_short() from then
 * on, so that one look at the end of a part does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "daemon/inspect/inspect.h"

#define SOURCE_AHEAD                                                           \
	65536 /* bytes that may be looked at before they are used */

struct source {
	struct inspect_source from;
	uint64_t at;   /* of the next byte */
	size_t start;  /* of it in room */
	size_t end;    /* of what is there */
	bool dry;      /* there is no more to read */
	bool is_short; /* somebody has read past the end */
	uint8_t room[2 * SOURCE_AHEAD];
};

void source_init(struct source *s, const struct inspect_source *from);
bool source_short(const struct source *s);
/* How many are left if the file is as long as it should be. */
uint64_t source_left(const struct source *s);

/*
 * LEN bytes ahead, or fewer at the end of the file, in *DATA_R; how many.
 * At most SOURCE_AHEAD.
 */
size_t source_peek(struct source *s, size_t len, const uint8_t **data_r);
/* Whether they are the next ones. */
bool source_is(struct source *s, const void *data, size_t len);
void source_skip(struct source *s, uint64_t len);

void source_take(struct source *s, void *to, size_t len);
uint8_t source_u8(struct source *s);
uint16_t source_be16(struct source *s);
uint32_t source_be32(struct source *s);
uint16_t source_le16(struct source *s);
uint32_t source_le32(struct source *s);

/* Numbers in what has been taken or looked at. */
uint16_t le16_at(const uint8_t *data);
uint32_t le32_at(const uint8_t *data);
uint16_t be16_at(const uint8_t *data);
uint32_t be32_at(const uint8_t *data);
