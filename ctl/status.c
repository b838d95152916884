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
    {"mailbox-unreachable",
	"no answered mail comes in: nobody answers at mailbox.host. Is the "
	"name right, and does IPAddressAllow= let postern-bridge there?"},
    {"mailbox-timeout",
	"no answered mail comes in: the mailbox's server is too slow"},
    {"mailbox-no-trust",
	"no answered mail comes in: no certificate could be read from "
	"mailbox.ca-file, or the system has none (ca-certificates)"},
    {"mailbox-untrusted",
	"no answered mail comes in: the certificate of mailbox.host is not "
	"trusted, has expired, or is for another name"},
    {"mailbox-no-tls",
	"no answered mail comes in: there is no safe way to TLS at "
	"mailbox.host. Check mailbox.port and mailbox.tls"},
    {"mailbox-disconnected",
	"no answered mail comes in: the mailbox's server breaks the "
	"connection"},
    {"mailbox-protocol",
	"no answered mail comes in: what is at mailbox.host does not speak "
	"IMAP as it should"},
    {"mailbox-login",
	"no answered mail comes in: the mailbox refuses mailbox.user, its "
	"password or its token"},
    {"mailbox-oauth-only",
	"no answered mail comes in: mailbox.host takes no password, but "
	"access tokens. Set mailbox.login = oauth; docs/operations.md"},
    {"mailbox-no-password",
	"no answered mail comes in: mailbox.host offers neither LOGIN nor "
	"AUTH=PLAIN nor XOAUTH2. Have its operator allow programs to sign "
	"in by one of them"},
    {"mailbox-folder",
	"no answered mail comes in: the mailbox does not open mailbox.folder"},
    {"mailbox-fetch",
	"no answered mail comes in: the mailbox's server does not hand out a "
	"mail. It is tried again for about an hour, then passed over"},
    {"mailbox-verdict",
	"no answered mail comes in: what is found in the mailbox cannot be "
	"recorded. journalctl -u postern-bridge"},
    {"mailbox-state",
	"no answered mail comes in: postern-bridge cannot write to "
	"/var/lib/postern-bridge"},
    {"mailbox-sign-in",
	"no answered mail comes in: somebody has to sign in. posternctl "
	"mailbox sign-in"},
    {"mailbox-client",
	"no answered mail comes in: the token endpoint refuses "
	"mailbox.client-id or its secret, which may have expired"},
    {"mailbox-token",
	"no answered mail comes in: mailbox.token-endpoint gives no token. "
	"journalctl -u postern-bridge"},
    {"mailbox-machine",
	"no answered mail comes in. journalctl -u postern-bridge"},
    {"mailbox-unknown",
	"postern-bridge does not say how the mailbox is. systemctl status "
	"postern-bridge"},
    {"mailbox-secret-expires",
	"what opens the mailbox ends soon, or has ended: make a new client "
	"secret and set mailbox.secret-expires, or posternctl mailbox "
	"sign-in"},
    {"mailbox-passed-over",
	"mails that could not be judged lie in the mailbox, unread: somebody "
	"should look there. journalctl -u postern-bridge has their UIDs"},
    {"maildir-missing",
	"no answered mail comes in: mail.maildir, or new/ in it, is not there"},
    {"maildir-denied",
	"no answered mail comes in: postern-bridge may not read or write "
	"mail.maildir. Who owns it, and does the unit see it "
	"(ReadWritePaths=)? docs/operations.md"},
    {"maildir-machine",
	"no answered mail comes in: mail.maildir cannot be watched. journalctl "
	"-u postern-bridge"},
    {"maildir-unknown",
	"postern-bridge does not say how the Maildir is. systemctl status "
	"postern-bridge"},
    {"maildir-passed-over",
	"mails that could not be judged lie in new/ of mail.maildir: somebody "
	"should look there. journalctl -u postern-bridge"},
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

static const char *const watched[] = {"mailbox", "maildir"};

static void
print_mailbox(FILE *out, json_t *j, const char *name)
{
	json_t *mailbox = json_object_get(j, name);
	int64_t passed_over = json_get_integer(mailbox, "passed_over", 0);

	(void)fprintf(out, "%s ", name);
	print_text(out, "", mailbox, "state");
	print_text(out, " since ", mailbox, "since");
	print_text(out, ", ", mailbox, "error");
	print_text(
	    out, "; its secret holds until ", mailbox, "secret_expires_at");
	if (passed_over != 0)
		(void)fprintf(out, "; passed over: %" PRId64, passed_over);
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
	for (size_t i = 0; i < PN_ARRAY_LEN(watched); i++)
		if (json_is_object(json_object_get(j, watched[i])))
			print_mailbox(out, j, watched[i]);
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
