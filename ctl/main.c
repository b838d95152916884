/* SPDX-License-Identifier: Apache-2.0 */

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <sodium.h>
#include "base/json.h"
#include "ctl/command.h"

int
main(int argc, char **argv)
{
	struct ctl ctl = {.in = stdin, .out = stdout, .err = stderr};
	int code;

	(void)argc;
	json_use_wiped_memory();
	if (sodium_init() < 0 ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return EX_SOFTWARE;
	code = command_main(&ctl, argv);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		code = code == 0 ? EX_IOERR : code;
	free(ctl.socket);
	curl_global_cleanup();
	return code;
}
