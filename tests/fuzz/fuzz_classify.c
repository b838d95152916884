/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Hostile mail through the classifier, as the parse child does it. The
 * corpus is tests/mail.
 */

#include <stdlib.h>
#include <gmime/gmime.h>
#include "bridge/classify.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	g_mime_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct trace_own own = {
	    .from = "portal@practice.example",
	    .style = {.domain = "reply.practice.example"},
	};
	const struct classify_envelope envelope = {.unknown = true};
	struct verdict v;

	classify(&own, &envelope, data, len, &v);
	if (!verdict_valid(&v, classify_rules()))
		abort();
	return 0;
}
