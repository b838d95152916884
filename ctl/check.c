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

/* A key that names a user, and what this machine makes of it. */
struct user {
	char key[64];
	const char *name;
	uid_t uid;
	bool known;
};

/* The last of these, and all frontends, must each be somebody else. */
enum { USER_BRIDGE, USER_ADMIN, USER_WEB, USERS };

static size_t
list_users(
    const struct settings *s, struct user users[USERS + SETTINGS_NAMED_MAX])
{
	users[USER_BRIDGE] = (struct user){
	    .key = "sockets.bridge-user", .name = s->sockets.bridge_user};
	users[USER_ADMIN] = (struct user){
	    .key = "sockets.admin-user", .name = s->sockets.admin_user};
	users[USER_WEB] = (struct user){
	    .key = "sockets.web-user", .name = s->sockets.web_user};
	for (size_t i = 0; i < s->n_frontends; i++) {
		struct user *u = &users[USERS + i];

		*u = (struct user){.name = s->frontends[i].user};
		(void)snprintf(u->key, sizeof(u->key), "frontend %s.user",
		    s->frontends[i].name);
	}
	return USERS + s->n_frontends;
}

/* What only this machine can tell: who there is, and by which numbers. */
static int
check_users(struct ctl *ctl, const char *file, const struct settings *s)
{
	struct user users[USERS + SETTINGS_NAMED_MAX];
	size_t n = list_users(s, users);
	int code = EX_OK;

	for (size_t i = 0; i < n; i++) {
		struct user *u = &users[i];

		u->known = socket_uid(u->name, &u->uid) == 0;
		if (!u->known && u->name[0] != '\0') {
			(void)fprintf(ctl->err,
			    "%s: %s: expected a user of this machine, found "
			    "\"%s\"\n",
			    file, u->key, u->name);
			code = EX_CONFIG;
		}
		for (size_t j = USER_WEB; j < i; j++) {
			if (!u->known || !users[j].known ||
			    u->uid != users[j].uid)
				continue;
			(void)fprintf(ctl->err,
			    "%s: %s: expected a user of its own, found "
			    "\"%s\", that of %s\n",
			    file, u->key, u->name, users[j].key);
			code = EX_CONFIG;
		}
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
