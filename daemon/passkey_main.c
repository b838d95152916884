/* SPDX-License-Identifier: Apache-2.0 */

/* postern-passkey: what posternd runs to have passkeys looked at. */

#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include "daemon/judge.h"

int
main(void)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) != 0 || !S_ISSOCK(st.st_mode)) {
		(void)fputs("postern-passkey is run by posternd\n", stderr);
		return EX_USAGE;
	}
	nursery_run(STDIN_FILENO, &judge_nursery);
}
