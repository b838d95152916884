/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Judges what an authenticator has made (WebAuthn, 7.1 and 7.2, from the
 * authenticator data on): the one place that knows libfido2, and with it
 * libcbor and libcrypto. It is linked into a program of its own,
 * postern-passkey, a nursery (base/nursery.h) whose children answer one job
 * each; posternd has none of it.
 *
 * What the browser made of it (client data) is posternd's to look at. An
 * attestation, which would say whose make an authenticator is, is not asked
 * for, and not taken.
 */

#include "base/nursery.h"
#include "daemon/proof.h"

/* J is valid. Without memory the answer is no. */
void judge(const struct proof_job *j, struct proof_answer *a_r);

extern const struct nursery judge_nursery;
