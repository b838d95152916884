/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Building the keys of rows: a few bytes, ids and big-endian numbers in a
 * row, so that they sort as they are walked. What does not fit KV_KEY_MAX is
 * a bug and ends the process.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/id.h"
#include "store/kv.h"

struct key {
	uint8_t b[KV_KEY_MAX];
	size_t len;
};

void key_add(struct key *k, const void *data, size_t len);
void key_add_byte(struct key *k, uint8_t v);
void key_add_u32(struct key *k, uint32_t v);
void key_add_u64(struct key *k, uint64_t v);
void key_add_id(struct key *k, const struct id *id);
struct key key_of_id(const struct id *id);
struct key key_of_number(uint64_t number);
/* The slice points into K. */
struct kv_slice key_slice(const struct key *k);
/* 0 for a key that is no number. */
uint64_t key_number(struct kv_slice key);
/* The first key that does not begin with K; empty if there is none. */
struct key key_past(const struct key *k);
