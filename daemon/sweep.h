/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Deletes the files that no message names: what was on its way in when
 * posternd ended. At the start, before anybody can send one.
 */

#include "base/attr.h"
#include "store/store.h"

int sweep(const struct store *st, struct store_txn *txn) PN_NODISCARD;
