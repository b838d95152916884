/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/queue.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"
#include "ctl/daemon.h"
#include "ctl/table.h"

#define WAIT_DEFAULT 60
#define WAIT_MAX 3600
#define POLL_MS 300

static int
no_memory(struct ctl *ctl)
{
	(void)fprintf(ctl->err, "posternctl: out of memory\n");
	return EX_OSERR;
}

static int
print_queue(struct ctl *ctl, json_t *items)
{
	static const char *const heads[] = {"ID", "KIND", "STATE", "TRIES",
	    "CODE", "CREATED", "DUE", "PARTICIPANT", "THREAD", NULL};
	static const char *const fields[] = {
	    "code", "created_at", "due_at", "participant", "thread"};
	table_auto struct table *t = table_new(heads);
	size_t i;
	json_t *v;

	if (t == NULL)
		return no_memory(ctl);
	json_array_foreach(items, i, v)
	{
		table_add(t, json_get_text(v, "id"));
		table_add(t, json_get_text(v, "kind"));
		table_add(t, json_get_text(v, "state"));
		table_addf(t, "%" PRId64, json_get_integer(v, "attempts", 0));
		for (size_t j = 0; j < PN_ARRAY_LEN(fields); j++)
			table_add(t, json_get_text(v, fields[j]));
	}
	return table_print(t, ctl->out) == 0 ? EX_OK : no_memory(ctl);
}

int
queue_list(struct ctl *ctl)
{
	client_auto struct client *c = NULL;
	json_auto json_t *items = NULL;
	int code = daemon_open(ctl, &c);

	if (code == EX_OK)
		code = daemon_list(ctl, c,
		    args_given(&ctl->args, ARG_ALL)
			? "/v1/admin/queue?limit=100"
			: "/v1/admin/queue?limit=100&state=open",
		    &items);
	if (code != EX_OK)
		return code;
	return args_given(&ctl->args, ARG_JSON)
		   ? daemon_print_items(ctl->out, items)
		   : print_queue(ctl, items);
}

/* What a state means for who asked, and what to do next. */
static const struct {
	const char *state;
	int code;
	bool final;
	const char *words;
} outcomes[] = {
    {"sent", EX_OK, true,
	"The relay took the mail. If it does not arrive, look into the spam "
	"folder, then into the relay's log."},
    {"failed", EX_DATAERR, true,
	"The relay refused the mail for good. Check the address, mail.from "
	"and the relay's log."},
    {"deferred", EX_TEMPFAIL, true,
	"The relay did not take the mail yet; it is tried again. Check "
	"[relay] and: journalctl -u postern-bridge"},
    {"ambiguous", EX_TEMPFAIL, true,
	"The relay went away before it answered; it is tried again. Check: "
	"journalctl -u postern-bridge"},
    {"cancelled", EX_TEMPFAIL, true, "The mail was cancelled."},
    {"leased", EX_TEMPFAIL, false,
	"postern-bridge is still trying. Check [relay] and: journalctl -u "
	"postern-bridge"},
    {"pending", EX_TEMPFAIL, false,
	"postern-bridge has not fetched the mail. Is it running? systemctl "
	"status postern-bridge"},
};

static size_t
find_outcome(const char *state)
{
	size_t i = 0;

	while (i < PN_ARRAY_LEN(outcomes) - 1 &&
	       (state == NULL || strcmp(state, outcomes[i].state) != 0))
		i++;
	return i;
}

static int
print_outcome(struct ctl *ctl, json_t *row)
{
	const char *state = json_get_text(row, "state");
	const char *code = json_get_text(row, "code");
	const char *due = json_get_text(row, "due_at");
	size_t i = find_outcome(state);
	buf_auto struct buf b = {0};

	buf_init(&b, 1024);
	buf_add_str(&b, outcomes[i].state);
	if (code != NULL && code[0] != '\0') {
		buf_add_str(&b, " (");
		utf8_add_visible(&b, code, strlen(code));
		buf_add_byte(&b, ')');
	}
	if (outcomes[i].final && outcomes[i].code == EX_TEMPFAIL &&
	    due != NULL) {
		buf_add_str(&b, ", next try ");
		utf8_add_visible(&b, due, strlen(due));
	}
	(void)fprintf(outcomes[i].code == EX_OK ? ctl->out : ctl->err,
	    "%s\n%s\n", (char *)b.data, outcomes[i].words);
	return outcomes[i].code;
}

static int
parse_wait(struct ctl *ctl, int64_t *ms_r)
{
	const char *text = ctl->args.value[ARG_WAIT];
	char *end;
	long n;

	*ms_r = WAIT_DEFAULT * CLOCK_SECOND;
	if (text == NULL)
		return EX_OK;
	n = strtol(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || n > WAIT_MAX) {
		(void)fprintf(ctl->err,
		    "posternctl test-mail: --wait expects 0 to %d seconds\n",
		    WAIT_MAX);
		return EX_USAGE;
	}
	*ms_r = n * CLOCK_SECOND;
	return EX_OK;
}

/* Asks for row ID until it is done or DEADLINE has passed. */
static int
wait_for(struct ctl *ctl, struct client *c, uint64_t id, int64_t deadline)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
	char target[96], text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, id);
	/* a cursor is the number of the row before */
	(void)snprintf(target, sizeof(target),
	    "/v1/admin/queue?limit=1&cursor=%" PRIu64, id - 1);
	for (;;) {
		client_reply_auto struct client_reply reply = {0};
		const char *found;
		json_t *row;
		int code = daemon_call(ctl, c, "GET", target, NULL, &reply);

		if (code != EX_OK)
			return code;
		row = json_array_get(json_object_get(reply.body, "items"), 0);
		found = json_get_text(row, "id");
		if (found == NULL || strcmp(found, text) != 0) {
			(void)fprintf(ctl->err,
			    "posternctl: the test mail is no longer in the "
			    "queue\n");
			return EX_UNAVAILABLE;
		}
		if (outcomes[find_outcome(json_get_text(row, "state"))].final ||
		    clock_boot() >= deadline)
			return print_outcome(ctl, row);
		(void)nanosleep(&pause, NULL);
	}
}

int
queue_test_mail(struct ctl *ctl)
{
	client_reply_auto struct client_reply reply = {0};
	client_auto struct client *c = NULL;
	json_auto json_t *body = json_pack("{s:s}", "to", ctl->args.words[0]);
	const char *text;
	uint64_t id;
	int64_t ms;
	int code = parse_wait(ctl, &ms);

	if (code != EX_OK)
		return code;
	if (body == NULL) {
		(void)fprintf(
		    ctl->err, "posternctl: that is no e-mail address\n");
		return EX_DATAERR;
	}
	code = daemon_open(ctl, &c);
	if (code == EX_OK)
		code = daemon_call(
		    ctl, c, "POST", "/v1/admin/test-mail", body, &reply);
	if (code != EX_OK)
		return code;
	text = json_get_text(reply.body, "id");
	id = text == NULL ? 0 : strtoull(text, NULL, 10);
	if (id == 0) {
		(void)fprintf(ctl->err, "posternctl: posternd gave no id\n");
		return EX_UNAVAILABLE;
	}
	return wait_for(ctl, c, id, clock_boot() + ms);
}
