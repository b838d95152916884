/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The register: a line for each file of bridge/rules/. Signs are looked for in
 * this order; phrases know none.
 */

#include "bridge/family.h"

/* clang-format off */
#define FAMILIES(FAMILY) \
	FAMILY(common) \
	FAMILY(postfix) \
	FAMILY(exim) \
	FAMILY(sendmail) \
	FAMILY(smail) \
	FAMILY(qmail) \
	FAMILY(exchange) \
	FAMILY(gmail) \
	FAMILY(yahoo) \
	FAMILY(aol) \
	FAMILY(apple) \
	FAMILY(amazon) \
	FAMILY(domino) \
	FAMILY(groupwise) \
	FAMILY(courier) \
	FAMILY(mdaemon) \
	FAMILY(imail) \
	FAMILY(james) \
	FAMILY(opensmtpd) \
	FAMILY(zimbra) \
	FAMILY(powermta) \
	FAMILY(gateway) \
	FAMILY(relay) \
	FAMILY(german) \
	FAMILY(french) \
	FAMILY(romance) \
	FAMILY(nordic) \
	FAMILY(slavic) \
	FAMILY(japan) \
	FAMILY(china) \
	FAMILY(korea)
/* clang-format on */

#define FAMILY_DECLARE(name) extern const struct family family_##name;
FAMILIES(FAMILY_DECLARE)
#undef FAMILY_DECLARE
