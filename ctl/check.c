/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/check.h"

#include <string.h>
#include <sysexits.h>
#include "base/socket.h"

static int
load(struct ctl *ctl, const char *file, struct settings **s_r)
{
	settings_errors_auto struct settings_errors errors = {0};
	int r = settings_load(file, s_r, &errors);

	for (size_t i = 0; i < errors.n; i++)
		(void)fprintf(ctl->err, "%s\n", errors.lines[i]);
	if (r == SETTINGS_INVALID)
		return EX_CONFIG;
	if (r < 0)
		(void)fprintf(ctl->err, "posternctl: %s\n", strerror(-r));
	return r < 0 ? EX_OSERR : EX_OK;
}

int
check_load(struct ctl *ctl, struct settings **s_r)
{
	return load(ctl, ctl->args.value[ARG_CONFIG], s_r);
}

/* What only this machine can tell. */
static int
check_users(struct ctl *ctl, const char *file, const struct settings *s)
{
	int code = EX_OK;
	uid_t uid;

	for (size_t i = 0; i < s->n_frontends; i++) {
		const struct settings_frontend *f = &s->frontends[i];

		if (socket_uid(f->user, &uid) == 0)
			continue;
		(void)fprintf(ctl->err,
		    "%s: frontend %s.user: expected a user of this machine, "
		    "found \"%s\"\n",
		    file, f->name, f->user);
		code = EX_CONFIG;
	}
	return code;
}

int
check_config(struct ctl *ctl)
{
	settings_auto struct settings *s = NULL;
	const char *file = ctl->args.value[ARG_FILE];
	int code;

	if (args_given(&ctl->args, ARG_KEYS)) {
		settings_describe(ctl->out);
		return EX_OK;
	}
	if (file == NULL)
		file = ctl->args.value[ARG_CONFIG];
	if (file == NULL)
		file = SETTINGS_FILE;
	code = load(ctl, file, &s);
	if (code == EX_OK)
		code = check_users(ctl, file, s);
	if (code == EX_OK && !args_given(&ctl->args, ARG_QUIET))
		(void)fprintf(ctl->out, "%s: no errors\n", file);
	return code;
}
