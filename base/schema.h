/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The table of all configuration keys: a new one is a row here and a member
 * in settings.h. Rows of one section stand together.
 */

#include "base/setting.h"

#define SCHEMA_SETTINGS 44
#define SCHEMA_FRONTEND 3

/* Into struct settings. */
extern const struct setting schema_settings[SCHEMA_SETTINGS];
/* Into struct settings_frontend, one per [frontend NAME]. */
extern const struct setting schema_frontend[SCHEMA_FRONTEND];
