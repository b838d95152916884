/* SPDX-License-Identifier: Apache-2.0 */

#include "base/schema.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

#define KI (INT64_C(1) << 10)
#define MI (INT64_C(1) << 20)
#define GI (INT64_C(1) << 30)
#define TI (INT64_C(1) << 40)

static const struct setting_word style_words[] = {
    {"domain", SETTINGS_STYLE_DOMAIN}, {"plus", SETTINGS_STYLE_PLUS}, {0}};
static const struct setting_word envelope_words[] = {
    {"token", SETTINGS_ENVELOPE_TOKEN}, {"fixed", SETTINGS_ENVELOPE_FIXED},
    {0}};
static const struct setting_word tls_words[] = {
    {"starttls", SETTINGS_TLS_STARTTLS}, {"implicit", SETTINGS_TLS_IMPLICIT},
    {"none", SETTINGS_TLS_NONE}, {0}};
static const struct setting_word mailbox_tls_words[] = {
    {"implicit", SETTINGS_TLS_IMPLICIT}, {"starttls", SETTINGS_TLS_STARTTLS},
    {0}};
static const struct setting_word after_words[] = {
    {"move", SETTINGS_AFTER_MOVE}, {"delete", SETTINGS_AFTER_DELETE}, {0}};
static const struct setting_word login_words[] = {
    {"password", SETTINGS_LOGIN_PASSWORD}, {"oauth", SETTINGS_LOGIN_OAUTH},
    {0}};
static const struct setting_word grant_words[] = {
    {"device", SETTINGS_GRANT_DEVICE},
    {"client-credentials", SETTINGS_GRANT_CLIENT}, {0}};
static const struct setting_word level_words[] = {{"error", LOG_LEVEL_ERROR},
    {"warning", LOG_LEVEL_WARNING}, {"info", LOG_LEVEL_INFO},
    {"debug", LOG_LEVEL_DEBUG}, {0}};
static const struct setting_word factor_words[] = {
    {"optional", SETTINGS_FACTOR_OPTIONAL},
    {"required", SETTINGS_FACTOR_REQUIRED}, {0}};
static const struct setting_word metadata_words[] = {
    {"strip", SETTINGS_METADATA_STRIP}, {"keep", SETTINGS_METADATA_KEEP}, {0}};
static const struct setting_word right_words[] = {
    {"assert", SETTINGS_RIGHT_ASSERT}, {"provision", SETTINGS_RIGHT_PROVISION},
    {"second-factor", SETTINGS_RIGHT_FACTOR}, {0}};
/* Whom a frontend may assert: never staff. */
static const struct setting_word role_words[] = {
    {"client", SETTINGS_ROLE_CLIENT}, {"provider", SETTINGS_ROLE_PROVIDER},
    {0}};
static const struct setting_word menu_role_words[] = {
    {"client", SETTINGS_ROLE_CLIENT}, {"provider", SETTINGS_ROLE_PROVIDER},
    {"staff", SETTINGS_ROLE_STAFF}, {0}};

/* clang-format off */
#define AT(member) offsetof(struct settings, member)
#define TEXT(section, key, member, rule, def, help) \
	{section, key, SETTING_TEXT, AT(member), 0, 0, &rule, NULL, def, help}
#define AMOUNT(type, section, key, member, min, max, def, help) \
	{section, key, SETTING_##type, AT(member), min, max, NULL, NULL, \
	 def, help}
#define FLAGS(section, key, member, words, def, help) \
	{section, key, SETTING_FLAGS, AT(member), 0, 0, NULL, words, def, help}
#define CHOICE(section, key, member, words, def, help) \
	{section, key, SETTING_CHOICE, AT(member), 0, 0, NULL, words, def, help}

const struct setting schema_settings[] = {
TEXT("practice", "name", practice.name, rule_some_text, "Your practice",
    "The practice's name, as its clients know it. Stands in every mail."),
TEXT("practice", "phone", practice.phone, rule_any_text, "",
    "The practice's telephone number, for mails and pages."),
TEXT("practice", "emergency", practice.emergency, rule_some_text,
    "call 911, or call or text 988",
    "What somebody in danger should do, in a few words."),
TEXT("practice", "language", practice.language, rule_language, "en",
    "Language of mails to people who have none of their own."),

TEXT("practice", "summary-to", practice.summary_to, rule_address_or_nothing,
    "", "Whose mailbox hears once a day, if there is anything, how many people "
    "e-mail did not reach. It names nobody. Nothing: nobody's."),

TEXT("portal", "link", portal.link, rule_link,
    "https://portal.example/t/{id}",
    "The page a mail points to. {id} is replaced; it logs nobody in."),
{"portal", "languages", SETTING_LIST, AT(portal.languages), 1,
    SETTINGS_LANGUAGES_MAX, &rule_language, NULL, "en es",
    "Languages people may choose from, the first for whoever has none."},
TEXT("portal", "appointments", portal.appointments, rule_page_or_nothing, "",
    "Where appointments are cancelled and moved, if there is such a page."),

CHOICE("accounts", "client-second-factor", accounts.client_second_factor,
    factor_words, "optional",
    "Of clients, beside the passphrase. Providers and staff always need one."),

CHOICE("attachments", "metadata", attachments.metadata, metadata_words,
    "strip",
    "What a camera writes beside a picture, such as where it was taken. What "
    "is behind the picture's end is always stripped."),
TEXT("attachments", "clamd", attachments.clamd, rule_socket_or_nothing, "",
    "The socket of clamd, which looks for viruses before a file is given out. "
    "Nothing: nobody looks."),

TEXT("store", "directory", store.directory, rule_path, POSTERN_STATEDIR,
    "Where posternd keeps its data; its own, mode 0700."),
TEXT("store", "key-file", store.key_file, rule_path_or_nothing, "",
    "The master key. Nothing: the systemd credential store.key."),
AMOUNT(SIZE, "store", "map-size", store.map_size, 16 * MI, 16 * TI, "64G",
    "The largest size the data may reach. Takes address space only."),
AMOUNT(SIZE, "store", "reserve", store.reserve, MI, 16 * GI, "64M",
    "Disk space allocated ahead, so that a full disk loses nothing."),

TEXT("sockets", "portal", sockets.portal, rule_socket,
    "/run/postern/portal.sock", "For portals, when systemd passes none."),
TEXT("sockets", "web", sockets.web, rule_socket, "/run/postern/web.sock",
    "For the reverse proxy that serves browsers."),
TEXT("sockets", "bridge", sockets.bridge, rule_socket,
    "/run/postern/bridge.sock", "For postern-bridge."),
TEXT("sockets", "admin", sockets.admin, rule_socket,
    "/run/postern/admin.sock", "For posternctl."),
TEXT("sockets", "lmtp", sockets.lmtp, rule_socket,
    "/run/postern/lmtp.sock",
    "Where the mail server hands answered mail to postern-bridge."),
TEXT("sockets", "lmtp-tcp", sockets.lmtp_tcp, rule_loopback_or_nothing, "",
    "The same on TCP, as 127.0.0.1:8024, for mail servers that want it so. "
    "Any user of this machine can connect. Nothing: off."),
TEXT("sockets", "web-user", sockets.web_user, rule_user_or_nothing,
    "www-data", "The user the reverse proxy's workers run as, who may use the "
    "web socket. Nothing: whoever can open it."),
TEXT("sockets", "bridge-user", sockets.bridge_user, rule_user_or_nothing,
    "", "Who may use the bridge socket. Nothing: whoever can open it."),
TEXT("sockets", "admin-user", sockets.admin_user, rule_user_or_nothing,
    "", "Who may use the admin socket. Nothing: whoever can open it."),

TEXT("mail", "from", mail.from, rule_address, "portal@practice.example",
    "Sender of every mail."),
TEXT("mail", "from-name", mail.from_name, rule_any_text, "",
    "Name beside it. Nothing: the practice's name."),
TEXT("mail", "reply-domain", mail.reply_domain, rule_domain,
    "reply.practice.example",
    "Domain of reply and bounce addresses; its mail comes to sockets.lmtp."),
CHOICE("mail", "address-style", mail.address_style, style_words, "domain",
    "r-TOKEN@reply-domain, or MAILBOX+r-TOKEN@DOMAIN of mail.mailbox."),
TEXT("mail", "mailbox", mail.mailbox, rule_address_or_nothing, "",
    "The mailbox whose plus addresses are used with address-style = plus."),
CHOICE("mail", "envelope-sender", mail.envelope_sender, envelope_words,
    "token", "One bounce address per mail, or always mail.fixed-sender."),
TEXT("mail", "fixed-sender", mail.fixed_sender, rule_address_or_nothing,
    "", "For relays that refuse or rewrite other envelope senders."),
TEXT("mail", "maildir", mail.maildir, rule_path_or_nothing, "",
    "A Maildir that is watched for replies and bounces. Nothing: none is."),
CHOICE("mail", "maildir-after", mail.maildir_after, after_words, "move",
    "What becomes of one once its verdict is on the disk: moved to the folder "
    ".Postern, or deleted. Other mail is never touched."),

TEXT("relay", "host", relay.host, rule_host, "127.0.0.1",
    "The mail server that takes outgoing mail."),
AMOUNT(NUMBER, "relay", "port", relay.port, 1, 65535, "25",
    "25 on this machine; 587 for STARTTLS, 465 for implicit TLS elsewhere."),
CHOICE("relay", "tls", relay.tls, tls_words, "starttls",
    "The certificate is always verified. none: only to this machine."),
TEXT("relay", "ca-file", relay.ca_file, rule_path_or_nothing, "",
    "Certificates to trust instead of the system's."),
TEXT("relay", "user", relay.user, rule_any_text, "",
    "Login name at the relay. Nothing: no login."),
TEXT("relay", "password-file", relay.password_file, rule_path_or_nothing,
    "", "Its password. Nothing: the systemd credential relay.password."),
AMOUNT(NUMBER, "relay", "connections", relay.connections, 1, 16, "2",
    "Connections to the relay at a time."),
AMOUNT(DURATION, "relay", "timeout", relay.timeout, CLOCK_SECOND,
    10 * CLOCK_MINUTE, "60s", "For one mail, all of it."),

TEXT("mailbox", "host", mailbox.host, rule_host_or_nothing, "",
    "The IMAP server whose mailbox is watched for replies and bounces. "
    "Nothing: none is."),
AMOUNT(NUMBER, "mailbox", "port", mailbox.port, 1, 65535, "993",
    "993 for implicit TLS, 143 for STARTTLS."),
CHOICE("mailbox", "tls", mailbox.tls, mailbox_tls_words, "implicit",
    "The certificate is always verified."),
TEXT("mailbox", "ca-file", mailbox.ca_file, rule_path_or_nothing, "",
    "Certificates to trust instead of the system's, for the token endpoint "
    "too."),
TEXT("mailbox", "user", mailbox.user, rule_any_text, "",
    "Login name at the mailbox."),
CHOICE("mailbox", "login", mailbox.login, login_words, "password",
    "By a password (LOGIN or AUTHENTICATE PLAIN), or by an access token "
    "(XOAUTH2)."),
TEXT("mailbox", "password-file", mailbox.password_file, rule_path_or_nothing,
    "", "Its password. Nothing: the systemd credential mailbox.password."),
TEXT("mailbox", "folder", mailbox.folder, rule_folder, "INBOX",
    "The folder new mail comes to. What lies there already stays as it is."),
CHOICE("mailbox", "after", mailbox.after, after_words, "move",
    "What becomes of a reply or bounce of ours once its verdict is on the "
    "disk. Other mail is never touched."),
TEXT("mailbox", "processed-folder", mailbox.processed_folder, rule_folder,
    "Postern", "Where it is moved to; made if it is not there."),
AMOUNT(DURATION, "mailbox", "timeout", mailbox.timeout, CLOCK_SECOND,
    10 * CLOCK_MINUTE, "30s", "To connect, and for each command."),
AMOUNT(DURATION, "mailbox", "idle", mailbox.idle, CLOCK_SECOND,
    29 * CLOCK_MINUTE, "9m",
    "IDLE is renewed so often; networks forget silent connections."),
AMOUNT(DURATION, "mailbox", "poll", mailbox.poll, CLOCK_SECOND, CLOCK_HOUR,
    "60s", "A server that has no IDLE is asked so often."),
AMOUNT(DURATION, "mailbox", "retry", mailbox.retry, CLOCK_SECOND, CLOCK_HOUR,
    "5m", "The longest pause between two tries to connect."),
CHOICE("mailbox", "grant", mailbox.grant, grant_words, "device",
    "With login = oauth: somebody signs in once with posternctl, or the "
    "client has rights of its own."),
TEXT("mailbox", "token-endpoint", mailbox.token_endpoint,
    rule_endpoint_or_nothing, "", "Where access tokens are had."),
TEXT("mailbox", "device-endpoint", mailbox.device_endpoint,
    rule_endpoint_or_nothing, "", "Where signing in begins."),
TEXT("mailbox", "client-id", mailbox.client_id, rule_any_text, "",
    "What the mail provider calls this Postern."),
TEXT("mailbox", "client-secret-file", mailbox.client_secret_file,
    rule_path_or_nothing, "", "Its secret, if it has one. Nothing: the "
    "systemd credential mailbox.client-secret."),
TEXT("mailbox", "scope", mailbox.scope, rule_any_text, "",
    "What is asked for, as the provider words it."),
TEXT("mailbox", "secret-expires", mailbox.secret_expires,
    rule_date_or_nothing, "", "The last day the client's secret is good for: "
    "posternctl status warns before."),

AMOUNT(SIZE, "limits", "message-bytes", limits.message_bytes, KI, MI,
    "32768", "The longest message."),
AMOUNT(SIZE, "limits", "attachment-bytes", limits.attachment_bytes, KI,
    100 * MI, "25M", "The largest file that goes along with a message."),
AMOUNT(NUMBER, "limits", "message-attachments", limits.message_attachments, 0,
    32, "10", "Files one message may carry; 0: none."),
AMOUNT(SIZE, "limits", "attachment-bytes-per-hour",
    limits.attachment_bytes_per_hour, KI, TI, "250M",
    "All files one person may send in an hour."),
AMOUNT(DURATION, "limits", "session-idle", limits.session_idle,
    CLOCK_MINUTE, 30 * CLOCK_DAY, "15m", "A session unused so long ends."),
AMOUNT(DURATION, "limits", "session-absolute", limits.session_absolute,
    CLOCK_MINUTE, 30 * CLOCK_DAY, "12h", "A session so old ends."),
AMOUNT(NUMBER, "limits", "posts-per-minute", limits.posts_per_minute, 1,
    100000, "30", "Messages one person may post in a minute."),
AMOUNT(NUMBER, "limits", "connections-per-user",
    limits.connections_per_user, 1, 4096, "64",
    "Connections of one local user to a socket."),
AMOUNT(NUMBER, "limits", "web-connections", limits.web_connections, 16,
    16384, "1024", "Connections of the reverse proxy to the web socket."),
AMOUNT(NUMBER, "limits", "queue", limits.queue, 16, 65536, "1024",
    "Writes that may wait; one more is told to come back later."),
AMOUNT(NUMBER, "limits", "login-workers", limits.login_workers, 1, 64, "2",
    "Passphrases checked at a time; each takes 64 MiB."),
AMOUNT(NUMBER, "limits", "login-queue", limits.login_queue, 1, 1024, "16",
    "Logins that may wait for that."),
AMOUNT(SIZE, "limits", "inbound-bytes", limits.inbound_bytes, 64 * KI,
    256 * MI, "26214400", "The largest mail taken in; it is not kept."),
AMOUNT(NUMBER, "limits", "prompt-per-day", limits.prompt_per_day, 1, 24,
    "1", "Prompts one person may get in 24 hours."),
AMOUNT(NUMBER, "limits", "prompt-per-week", limits.prompt_per_week, 1, 100,
    "5", "Prompts one address may get in a week."),
AMOUNT(NUMBER, "limits", "returned-mails", limits.returned_mails, 1, 5, "3",
    "An address is stopped after mail to it came back on so many days ..."),
AMOUNT(NUMBER, "limits", "returned-days", limits.returned_days, 1, 365, "10",
    "... out of so many; at once if it does not exist."),
AMOUNT(NUMBER, "limits", "recipients-per-second",
    limits.recipients_per_second, 1, 10000, "50",
    "Reply addresses the mail server may ask about."),
AMOUNT(NUMBER, "limits", "token-days", limits.token_days, 1, 3650, "90",
    "Days an answer to a mail is still understood."),

CHOICE("log", "level", log.level, level_words, "info",
    "How much goes to the journal; never content, names or addresses."),
};
#undef AT
#define AT(member) offsetof(struct settings_frontend, member)

static const struct setting frontend_rows[] = {
TEXT("frontend", "user", user, rule_user, "",
    "The unix user it runs as, its own. Required."),
FLAGS("frontend", "rights", rights, right_words, "",
    "assert: log people in on the portal's word; provision: enrol them; "
    "second-factor: it has checked a provider's second factor itself."),
FLAGS("frontend", "roles", roles, role_words, "client",
    "Whom it may assert."),
};
#undef AT
#define AT(member) offsetof(struct settings_menu, member)

static const struct setting menu_rows[] = {
TEXT("menu", "label", label, rule_label, "",
    "The word people see. Required."),
TEXT("menu", "url", url, rule_page, "",
    "Where it leads. Required."),
TEXT("menu", "language", language, rule_language_or_nothing, "",
    "Only for people with this language. Nothing: for all."),
FLAGS("menu", "roles", roles, menu_role_words, "client",
    "For whom it is there."),
};
#undef AT
#define AT(member) offsetof(struct settings_words, member)

static const struct setting words_rows[] = {
TEXT("practice", "emergency", emergency, rule_some_text, "",
    "practice.emergency in this language. Required."),
};

#define KIND(member, count, word, name, rule, rows, help) \
	{word, name, &rule, help, rows, PN_ARRAY_LEN(rows), \
	 offsetof(struct settings, member), offsetof(struct settings, count), \
	 sizeof(((struct settings *)NULL)->member[0])}

const struct schema_kind schema_kinds[] = {
[SCHEMA_FRONTEND] = KIND(frontends, n_frontends, "frontend", "NAME",
    rule_name, frontend_rows,
    "One section for each local program that speaks to the portal socket."),
[SCHEMA_MENU] = KIND(menu, n_menu, "menu", "NAME", rule_name, menu_rows,
    "One section for each entry of the portal's menu above \"Messages\", in "
    "this order."),
[SCHEMA_WORDS] = KIND(words, n_words, "practice", "LANG", rule_language,
    words_rows,
    "One section for each other language the practice's words are in."),
};
/* clang-format on */

static_assert(PN_ARRAY_LEN(schema_settings) == SCHEMA_SETTINGS, "count");
static_assert(PN_ARRAY_LEN(schema_kinds) == SCHEMA_KINDS, "count");
static_assert(PN_ARRAY_LEN(frontend_rows) <= SCHEMA_KEYS_MAX &&
		  PN_ARRAY_LEN(menu_rows) <= SCHEMA_KEYS_MAX &&
		  PN_ARRAY_LEN(words_rows) <= SCHEMA_KEYS_MAX,
    "count");
/* schema_item() and schema_name() */
static_assert(offsetof(struct settings_frontend, name) == 0 &&
		  offsetof(struct settings_menu, name) == 0 &&
		  offsetof(struct settings_words, language) == 0,
    "an item begins with its name");

const struct setting *
schema_find(
    const struct setting *rows, size_t n, const char *section, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].section, section) == 0 &&
		    (key == NULL || strcmp(rows[i].key, key) == 0))
			return &rows[i];
	return NULL;
}

static size_t *
count_of(const struct schema_kind *kind, struct settings *s)
{
	return (void *)((char *)s + kind->count);
}

size_t
schema_count(const struct schema_kind *kind, const struct settings *s)
{
	return *(const size_t *)(const void *)((const char *)s + kind->count);
}

void *
schema_item(const struct schema_kind *kind, struct settings *s, size_t i)
{
	return (char *)s + kind->items + i * kind->size;
}

const char *
schema_name(const struct schema_kind *kind, const struct settings *s, size_t i)
{
	const char *item = (const char *)s + kind->items + i * kind->size;

	return *(char *const *)(const void *)item;
}

int
schema_add(const struct schema_kind *kind, struct settings *s, const char *name)
{
	size_t *count = count_of(kind, s);
	void *item = schema_item(kind, s, *count);
	char **own = item;
	int r = 0;

	assert(*count < SETTINGS_NAMED_MAX);
	(*count)++;
	*own = strdup(name);
	if (*own == NULL)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < kind->n_rows; i++)
		r = setting_start(&kind->rows[i], item);
	return r;
}

void
schema_clear(const struct schema_kind *kind, struct settings *s)
{
	size_t *count = count_of(kind, s);

	for (; *count > 0; (*count)--) {
		void *item = schema_item(kind, s, *count - 1);
		char **name = item;

		for (size_t i = 0; i < kind->n_rows; i++)
			setting_clear(&kind->rows[i], item);
		free(*name);
		*name = NULL;
	}
}
