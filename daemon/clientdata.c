/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/clientdata.h"

#include <stdbool.h>
#include <string.h>
#include <sodium.h>
#include "base/json.h"

static bool
says(json_t *obj, const char *name, const char *want)
{
	const char *text = json_get_text(obj, name);
	size_t len = strlen(want);

	return text != NULL && strlen(text) == len &&
	       sodium_memcmp(text, want, len) == 0;
}

static bool
says_either(json_t *obj, const char *name, const char *const *wants, size_t n)
{
	bool found = false;

	for (size_t i = 0; i < n; i++)
		found = says(obj, name, wants[i]) || found;
	return found;
}

/* Not in a frame of somebody else's page. */
static bool
is_alone(json_t *obj)
{
	const json_t *cross = json_object_get(obj, "crossOrigin");

	return (cross == NULL || json_is_false(cross)) &&
	       json_object_get(obj, "topOrigin") == NULL;
}

int
clientdata_check(const uint8_t *data, size_t len, const struct clientdata *want)
{
	json_auto json_t *obj = NULL;
	struct json_problem problem;
	int r;

	if (len > CLIENTDATA_MAX)
		return CLIENTDATA_WRONG;
	r = json_read(data, len, &obj, &problem);
	if (r < 0)
		return r;
	return r == 0 && says(obj, "type", want->type) &&
		       says_either(obj, "challenge", want->challenges,
			   CLIENTDATA_CHALLENGES) &&
		       says(obj, "origin", want->origin) && is_alone(obj)
		   ? 0
		   : CLIENTDATA_WRONG;
}
