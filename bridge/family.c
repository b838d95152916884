/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/family.h"

#include "base/attr.h"
#include "bridge/rules/families.h"

#define FAMILY_REFER(name) &family_##name,
static const struct family *const families[] = {FAMILIES(FAMILY_REFER)};
#undef FAMILY_REFER

size_t
family_count(void)
{
	return PN_ARRAY_LEN(families);
}

const struct family *
family_get(size_t i)
{
	return families[i];
}
