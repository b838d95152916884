/* SPDX-License-Identifier: Apache-2.0 */

/*
 * tests/bench/verdicts' stopwatch: paths on standard input, one a line; for
 * each, path, kind, "hard", "soft" or "-", rule, and the microseconds of CPU
 * that classify() took, the best of ROUNDS, with tabs between.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <gmime/gmime.h>
#include "bridge/child.h"
#include "bridge/classify.h"

#define ROUNDS 5
#define PATH_LEN 4096

static const struct trace_own own = {
    .from = "portal@practice.example",
    .style = {.domain = "reply.practice.example"},
};

static double
cpu_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
judge(const uint8_t *data, size_t len, struct verdict *v_r)
{
	const struct classify_envelope envelope = {.unknown = true};
	double best = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		double took = cpu_now();

		classify(&own, &envelope, data, len, v_r);
		took = cpu_now() - took;
		best = i == 0 || took < best ? took : best;
	}
	return best;
}

static void
judge_file(const char *path, uint8_t *data)
{
	const char *hard = "-";
	FILE *f = fopen(path, "r");
	struct verdict v;
	size_t len;
	double took;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	len = fread(data, 1, CLASSIFY_MAIL_MAX, f);
	(void)fclose(f);
	took = judge(data, len, &v);
	if (v.kind == VERDICT_BOUNCE)
		hard = v.hard ? "hard" : "soft";
	(void)printf("%s\t%s\t%s\t%s\t%.1f\n", path, verdict_kind_name(v.kind),
	    hard, classify_rule_id(v.rule), took);
}

int
main(void)
{
	uint8_t *data = malloc(CLASSIFY_MAIL_MAX);
	const struct nursery child = child_nursery(&own);
	char path[PATH_LEN];

	g_mime_init();
	if (data == NULL || !child.warm_up(child.arg))
		return 1;
	while (fgets(path, sizeof(path), stdin) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		judge_file(path, data);
	}
	free(data);
	return 0;
}
