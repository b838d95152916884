/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/held.h"

#include <sysexits.h>
#include "base/json.h"
#include "ctl/daemon.h"
#include "ctl/table.h"

static int
print_held(struct ctl *ctl, json_t *items)
{
	static const char *const heads[] = {
	    "ID", "THREAD", "STATE", "SINCE", "REASON", NULL};
	static const char *const fields[] = {
	    "id", "thread", "state", "since", "reason"};
	table_auto struct table *t = table_new(heads);
	size_t i;
	json_t *v;

	if (t != NULL)
		json_array_foreach(items, i,
		    v) for (size_t j = 0; j < PN_ARRAY_LEN(fields); j++)
		    table_add(t, json_get_text(v, fields[j]));
	if (t != NULL && table_print(t, ctl->out) == 0)
		return EX_OK;
	(void)fprintf(ctl->err, "posternctl: out of memory\n");
	return EX_OSERR;
}

int
held_list(struct ctl *ctl)
{
	client_auto struct client *c = NULL;
	json_auto json_t *items = NULL;
	int code = daemon_open(ctl, &c);

	if (code == EX_OK)
		code = daemon_list(
		    ctl, c, "/v1/admin/attachments?limit=100", &items);
	if (code != EX_OK)
		return code;
	return args_given(&ctl->args, ARG_JSON)
		   ? daemon_print_items(ctl->out, items)
		   : print_held(ctl, items);
}
