/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/status.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"
#include "ctl/clamav.h"
#include "ctl/daemon.h"

static const struct {
	const char *reason;
	const char *advice;
} advices[] = {
    {"disk-full",
	"the disk is full: nothing new is taken in. Make room, then restart "
	"posternd"},
    {"bridge-never-seen",
	"no mail leaves: postern-bridge has not asked for work yet. systemctl "
	"status postern-bridge"},
    {"bridge-silent",
	"no mail leaves: postern-bridge has stopped asking for work. "
	"journalctl -u postern-bridge"},
    {"scanner-unreachable",
	"files are held back: clamd cannot be reached at attachments.clamd. "
	"systemctl status clamav-daemon"},
    {"scanner-silent",
	"files are held back: clamd gives no answer. journalctl -u "
	"clamav-daemon"},
    {"scanner-unclear",
	"files are held back: what listens at attachments.clamd does not "
	"answer as clamd does"},
    {"scanner-lenient",
	"files are held back: clamd would call clean what is too large for it. "
	"Set AlertExceedsMax yes in its configuration, and restart it"},
    {"scanner-trouble", "files are held back. journalctl -u posternd"},
    {"attachments-waiting",
	"files wait to be scanned for long. posternctl attachments"},
    {"mail-failed", "some people could not be notified. posternctl queue list"},
};

void
status_size(int64_t bytes, char text_r[static STATUS_SIZE_LEN])
{
	static const char *const units[] = {
	    "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 1023.95; i++)
		n /= 1024;
	(void)snprintf(
	    text_r, STATUS_SIZE_LEN, "%.*f %s", i == 0 ? 0 : 1, n, units[i]);
}

static void
print_visible(FILE *out, const char *text)
{
	buf_auto struct buf b = {0};

	buf_init(&b, 1024);
	utf8_add_visible(&b, text, strlen(text));
	(void)fputs(b.len > 0 ? (char *)b.data : "", out);
}

static void
print_reasons(FILE *out, const json_t *reasons)
{
	size_t i;
	json_t *v;

	json_array_foreach(reasons, i, v)
	{
		const char *reason = json_string_value(v);
		const char *advice = NULL;

		if (reason == NULL)
			continue;
		for (size_t j = 0; j < PN_ARRAY_LEN(advices); j++)
			if (strcmp(reason, advices[j].reason) == 0)
				advice = advices[j].advice;
		(void)fputs("  ", out);
		print_visible(out, reason);
		if (advice != NULL)
			(void)fprintf(out, ": %s", advice);
		(void)fputc('\n', out);
	}
}

/* BEFORE and what stands in OBJECT at KEY; nothing if nothing does. */
static void
print_text(FILE *out, const char *before, json_t *object, const char *key)
{
	const char *text = json_get_text(object, key);

	if (text == NULL)
		return;
	(void)fputs(before, out);
	print_visible(out, text);
}

static void
print_files(FILE *out, json_t *j)
{
	json_t *files = json_object_get(j, "attachments");
	json_t *scanner = json_object_get(j, "scanner");

	(void)fprintf(out, "files   %" PRId64 " pending, %" PRId64 " withheld",
	    json_get_integer(files, "pending", 0),
	    json_get_integer(files, "withheld", 0));
	print_text(out, "; oldest of ", files, "oldest_at");
	(void)fputs("\nscanner ", out);
	if (!json_is_object(scanner))
		(void)fputs("none", out);
	print_text(out, "", scanner, "state");
	print_text(out, " since ", scanner, "since");
	print_text(out, ", ", scanner, "version");
	(void)fputc('\n', out);
}

static void
print_status(FILE *out, json_t *j, const char *clamd_config)
{
	json_t *store = json_object_get(j, "store");
	json_t *outbox = json_object_get(j, "outbox");
	const char *text;
	char used[STATUS_SIZE_LEN], all[STATUS_SIZE_LEN];

	(void)fputs("posternd ", out);
	text = json_get_text(j, "version");
	print_visible(out, text == NULL ? "?" : text);
	text = json_get_text(j, "state");
	(void)fputs(": ", out);
	print_visible(out, text == NULL ? "?" : text);
	(void)fputc('\n', out);
	print_reasons(out, json_object_get(j, "reasons"));
	if (json_is_object(json_object_get(j, "scanner")))
		clamav_check(out, clamd_config);
	status_size(json_get_integer(store, "used_bytes", 0), used);
	status_size(json_get_integer(store, "map_bytes", 0), all);
	(void)fprintf(out,
	    "store   %s of %s: %" PRId64 " participants, %" PRId64
	    " threads, %" PRId64 " entries, %" PRId64 " audit entries\n",
	    used, all, json_get_integer(store, "participants", 0),
	    json_get_integer(store, "threads", 0),
	    json_get_integer(store, "entries", 0),
	    json_get_integer(store, "audit_entries", 0));
	(void)fprintf(out,
	    "mail    %" PRId64 " pending, %" PRId64 " leased, %" PRId64
	    " deferred, %" PRId64 " given up",
	    json_get_integer(outbox, "pending", 0),
	    json_get_integer(outbox, "leased", 0),
	    json_get_integer(outbox, "deferred", 0),
	    json_get_integer(outbox, "failed", 0));
	print_text(out, "; oldest of ", outbox, "oldest_at");
	text = json_get_text(json_object_get(j, "bridge"), "last_seen_at");
	(void)fputs(
	    text == NULL ? "\nbridge  not seen yet" : "\nbridge  last seen ",
	    out);
	print_visible(out, text == NULL ? "" : text);
	(void)fputc('\n', out);
	print_files(out, j);
	(void)fprintf(out,
	    "people  %" PRId64 " whom no mail reaches, %" PRId64
	    " threads unread for a day that nobody was told of\n",
	    json_get_integer(json_object_get(j, "people"), "unreached", 0),
	    json_get_integer(json_object_get(j, "people"), "waiting", 0));
}

int
status_show(struct ctl *ctl)
{
	client_reply_auto struct client_reply reply = {0};
	client_auto struct client *c = NULL;
	const char *config = ctl->args.value[ARG_CLAMD_CONFIG];
	int code = daemon_open(ctl, &c);

	if (code == EX_OK)
		code = daemon_call(
		    ctl, c, "GET", "/v1/admin/status", NULL, &reply);
	if (code != EX_OK)
		return code;
	if (args_given(&ctl->args, ARG_JSON))
		return daemon_print_json(ctl->out, reply.body);
	print_status(
	    ctl->out, reply.body, config != NULL ? config : CLAMAV_CONFIG);
	return EX_OK;
}
