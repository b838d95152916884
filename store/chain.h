/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A thread's chain. Every entry's record ends its clear part with a MAC over
 * its predecessor's, so that an entry cannot be dropped, moved or replaced:
 *
 *   thread's chain key = BLAKE2b-256(chain key, personal "postern.thread",
 *                                    thread id)
 *   MAC(n) = BLAKE2b-256(thread's chain key, personal "postern.chain",
 *                        MAC(n-1) || n (8) || AAD || commitment || tag)
 *
 * MAC(0) is 32 zero bytes. It covers the seal's commitment and tag but not
 * the ciphertext, so it verifies without the entry's key.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/keyring.h"
#include "store/kv.h"

#define CHAIN_LEN 32

struct chain {
	uint8_t key[32];
};

void chain_init(
    struct chain *c, const struct keyring *k, const struct id *thread);
void chain_fini(struct chain *c);
/* SEALED of at least SEAL_OVERHEAD bytes. PREVIOUS and MAC_R may be one. */
void chain_next(const struct chain *c, const uint8_t previous[static CHAIN_LEN],
    uint64_t seq, struct kv_slice aad, struct kv_slice sealed,
    uint8_t mac_r[static CHAIN_LEN]);

#define chain_auto PN_CLEANUP(chain_fini)
