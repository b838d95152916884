/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whose pages show somebody who has changed. */

#include "base/id.h"
#include "daemon/posternd.h"
#include "store/person.h"

/*
 * What PERSON's contacts see of them is another: tells those of now and of
 * then. If the store cannot be read, pages show the old until they ask again.
 */
void tell_contacts_of(
    struct posternd *d, const struct id *person, enum person_role role);
