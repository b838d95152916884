/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/ini.h"
#include "base/settings.h"
#include "tests/unit/run.h"

static char dir[] = "/tmp/check_settings.XXXXXX";
static char file[64];
static char drop_in_dir[80];

static void
put(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static void
put_text(const char *path, const char *text)
{
	put(path, text, strlen(text));
}

static void
setup(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(file, sizeof(file), "%s/p.conf", dir);
	(void)snprintf(drop_in_dir, sizeof(drop_in_dir), "%s.d", file);
	ck_assert_int_eq(mkdir(drop_in_dir, 0700), 0);
}

static void
teardown(void)
{
	static const char *const names[] = {"10.conf", "9.conf", "x.txt"};
	char path[128];

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", drop_in_dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(drop_in_dir);
	(void)unlink(file);
	(void)rmdir(dir);
}

static struct settings *
load_good(void)
{
	settings_errors_auto struct settings_errors errors = {0};
	struct settings *s = NULL;
	int r = settings_load(file, &s, &errors);

	ck_assert_msg(r == 0, "%d: %s", r, errors.n > 0 ? errors.lines[0] : "");
	return s;
}

START_TEST(defaults_are_good)
{
	settings_auto struct settings *s = NULL;

	put_text(file, "");
	s = load_good();
	ck_assert_str_eq(s->practice.name, "Your practice");
	ck_assert_str_eq(s->practice.phone, "");
	ck_assert_str_eq(s->portal.link, "https://portal.example/t/{id}");
	ck_assert_str_eq(s->sockets.lmtp, "/run/postern/lmtp.sock");
	ck_assert_str_eq(s->sockets.lmtp_tcp, "");
	ck_assert_str_eq(s->mail.maildir, "");
	ck_assert_int_eq(s->mail.maildir_after, SETTINGS_AFTER_MOVE);
	ck_assert_int_eq(s->store.map_size, INT64_C(64) << 30);
	ck_assert_int_eq(s->store.reserve, 64 << 20);
	ck_assert_int_eq(s->relay.timeout, 60 * CLOCK_SECOND);
	ck_assert_int_eq(s->relay.tls, SETTINGS_TLS_STARTTLS);
	ck_assert_int_eq(s->limits.session_idle, 15 * CLOCK_MINUTE);
	ck_assert_int_eq(s->limits.session_absolute, 12 * CLOCK_HOUR);
	ck_assert_int_eq(s->limits.message_bytes, 32768);
	ck_assert_int_eq(s->limits.token_days, 90);
	ck_assert_int_eq(s->log.level, LOG_LEVEL_INFO);
	ck_assert_uint_eq(s->n_frontends, 0);
	ck_assert_str_eq(s->sockets.web, "/run/postern/web.sock");
	ck_assert_str_eq(s->sockets.web_user, "www-data");
	ck_assert_str_eq(s->portal.origin, "https://portal.example");
	ck_assert_str_eq(s->portal.languages[0], "en");
	ck_assert_str_eq(s->portal.languages[1], "es");
	ck_assert_ptr_null(s->portal.languages[2]);
	ck_assert_str_eq(s->portal.appointments, "");
	ck_assert_int_eq(
	    s->accounts.client_second_factor, SETTINGS_FACTOR_OPTIONAL);
	ck_assert_int_eq(s->attachments.metadata, SETTINGS_METADATA_STRIP);
	ck_assert_str_eq(s->attachments.clamd, "");
	ck_assert_int_eq(s->limits.attachment_bytes, 26214400);
	ck_assert_int_eq(s->limits.message_attachments, 10);
	ck_assert_int_eq(s->limits.attachment_bytes_per_hour, 262144000);
	ck_assert_int_eq(s->limits.web_connections, 1024);
	ck_assert_uint_eq(s->n_menu, 0);
	ck_assert_uint_eq(s->n_words, 0);
}
END_TEST

/* Values that another reader cut, joined or dropped without a word. */
START_TEST(values_are_taken_whole)
{
	settings_auto struct settings *s = NULL;

	put_text(file,
	    "# comment\n; comment\n\n[practice]\r\n"
	    "  name  =  Praxis M\xc3\xbcller #2; \"west\" \\  \n"
	    "phone = \"  555 # 1 \"\n"
	    "emergency==a=b=c\n"
	    "[frontend web]\nuser=intake\nrights = assert, provision\n"
	    "[frontend batch]\nuser=1001\nrights=second-factor\n"
	    "[frontend web]\nroles = client provider\n"
	    "[portal]\nlink = http://127.0.0.1:8080/t/{id}?a=b");
	s = load_good();
	ck_assert_str_eq(
	    s->practice.name, "Praxis M\xc3\xbcller #2; \"west\" \\");
	ck_assert_str_eq(s->practice.phone, "  555 # 1 ");
	ck_assert_str_eq(s->practice.emergency, "=a=b=c");
	ck_assert_uint_eq(s->n_frontends, 2);
	ck_assert_str_eq(s->frontends[0].name, "web");
	ck_assert_str_eq(s->frontends[0].user, "intake");
	ck_assert_int_eq(s->frontends[0].rights,
	    SETTINGS_RIGHT_ASSERT | SETTINGS_RIGHT_PROVISION);
	ck_assert_int_eq(s->frontends[0].roles,
	    SETTINGS_ROLE_CLIENT | SETTINGS_ROLE_PROVIDER);
	ck_assert_int_eq(s->frontends[1].rights, SETTINGS_RIGHT_FACTOR);
	ck_assert_int_eq(s->frontends[1].roles, SETTINGS_ROLE_CLIENT);
}
END_TEST

START_TEST(attachments_are_configured)
{
	settings_auto struct settings *s = NULL;

	put_text(file,
	    "[attachments]\nmetadata = keep\nclamd = /run/clamav/clamd.ctl\n"
	    "[limits]\nattachment-bytes = 100M\nmessage-attachments = 0\n"
	    "attachment-bytes-per-hour = 100M\n");
	s = load_good();
	ck_assert_int_eq(s->attachments.metadata, SETTINGS_METADATA_KEEP);
	ck_assert_str_eq(s->attachments.clamd, "/run/clamav/clamd.ctl");
	ck_assert_int_eq(s->limits.attachment_bytes, 104857600);
	ck_assert_int_eq(s->limits.message_attachments, 0);
	ck_assert_int_eq(s->limits.attachment_bytes_per_hour, 104857600);
}
END_TEST

/* Items keep the order they appeared in, whatever file added to them. */
START_TEST(sections_with_names)
{
	settings_auto struct settings *s = NULL;
	char path[128];

	put_text(file,
	    "[menu home]\nurl = /home\nlabel = Dashboard\n"
	    "[menu  visits]\nurl = https://visits.example/a?b=c#d\n"
	    "label = \"Visits & more\"\nroles = client, provider staff\n"
	    "[practice es-MX]\nemergency = llame al 911\n"
	    "[practice]\nemergency = call 911\n"
	    "[portal]\nlanguages = es-MX, en\nappointments = /visits\n"
	    "[accounts]\nclient-second-factor = required\n");
	(void)snprintf(path, sizeof(path), "%s/9.conf", drop_in_dir);
	put_text(path, "[menu cita]\nlabel=Citas\nurl=http://localhost:8/c\n"
		       "language = es\n[menu home]\nlabel = Start\n"
		       "[practice es-mx]\nemergency = llame al 112\n");
	s = load_good();
	ck_assert_uint_eq(s->n_menu, 3);
	ck_assert_str_eq(s->menu[0].name, "home");
	ck_assert_str_eq(s->menu[0].label, "Start");
	ck_assert_str_eq(s->menu[0].url, "/home");
	ck_assert_str_eq(s->menu[0].language, "");
	ck_assert_int_eq(s->menu[0].roles, SETTINGS_ROLE_CLIENT);
	ck_assert_str_eq(s->menu[1].name, "visits");
	ck_assert_str_eq(s->menu[1].label, "Visits & more");
	ck_assert_int_eq(s->menu[1].roles, SETTINGS_ROLE_CLIENT |
					       SETTINGS_ROLE_PROVIDER |
					       SETTINGS_ROLE_STAFF);
	ck_assert_str_eq(s->menu[2].language, "es");
	ck_assert_uint_eq(s->n_words, 1);
	ck_assert_str_eq(s->words[0].language, "es-MX");
	ck_assert_str_eq(s->words[0].emergency, "llame al 112");
	ck_assert_str_eq(s->practice.emergency, "call 911");
	ck_assert_str_eq(s->portal.languages[0], "es-MX");
	ck_assert_str_eq(s->portal.languages[1], "en");
	ck_assert_ptr_null(s->portal.languages[2]);
	ck_assert_str_eq(s->portal.appointments, "/visits");
	ck_assert_int_eq(
	    s->accounts.client_second_factor, SETTINGS_FACTOR_REQUIRED);
}
END_TEST

static const struct {
	const char *language;
	const char *words;
} emergencies[] = {
    {"es", "spanish"},
    {"ES", "spanish"},
    {"es-AR", "spanish"},
    {"es-mx", "mexican"},
    {"es-MX-x-test", "mexican"},
    {"de-CH", "own"},
    {"de", "german"},
    {"de-CH-1996", "own"},
    {"de-AT", "german"},
    {"e", "own"},
    {"esp", "own"},
    {"fr", "own"},
    {"", "own"},
    {"-", "own"},
    {NULL, "own"},
};

START_TEST(emergency_words_by_language)
{
	settings_auto struct settings *s = NULL;

	put_text(file, "[sockets]\nlmtp-tcp = [::1]:8024\n"
		       "[practice]\nlanguage = de-CH\nemergency = own\n"
		       "[practice es]\nemergency = spanish\n"
		       "[practice es-MX]\nemergency = mexican\n"
		       "[practice de]\nemergency = german\n");
	s = load_good();
	ck_assert_str_eq(settings_emergency(s, emergencies[_i].language),
	    emergencies[_i].words);
}
END_TEST

/* As a browser writes the header. */
static const struct {
	const char *link;
	const char *origin;
} origins[] = {
    {"https://portal.example/t/{id}", "https://portal.example"},
    {"https://Portal.EXAMPLE/T/{id}", "https://portal.example"},
    {"https://portal.example:443/{id}", "https://portal.example"},
    {"https://portal.example:0443/{id}", "https://portal.example"},
    {"https://portal.example:80/{id}", "https://portal.example:80"},
    {"https://portal.example:8443/{id}", "https://portal.example:8443"},
    {"https://portal.example:65535/{id}", "https://portal.example:65535"},
    {"https://192.0.2.7/{id}", "https://192.0.2.7"},
    {"https://portal.example/@x:1/{id}", "https://portal.example"},
    {"http://localhost/{id}", "http://localhost"},
    {"http://localhost:80/{id}", "http://localhost"},
    {"http://127.0.0.1:8080/{id}", "http://127.0.0.1:8080"},
    {"http://127.0.0.1:443/{id}", "http://127.0.0.1:443"},
};

START_TEST(origins_are_the_browsers)
{
	settings_auto struct settings *s = NULL;
	char text[128];

	(void)snprintf(
	    text, sizeof(text), "[portal]\nlink = %s\n", origins[_i].link);
	put_text(file, text);
	s = load_good();
	ck_assert_str_eq(s->portal.origin, origins[_i].origin);
}
END_TEST

START_TEST(longest_origin_fits)
{
	char label[] = "abcdefghijklmnopqrstuvwxyz0123456789-"
		       "abcdefghijklmnopqrstuvwxyz.";
	char text[512];
	char origin[URL_ORIGIN_SIZE];
	struct url url;

	(void)snprintf(text, sizeof(text), "https://%s%s%s%.*s:65535/", label,
	    label, label, 61, label);
	ck_assert_uint_eq(strlen(text), 8 + URL_DOMAIN_MAX + 7);
	ck_assert(url_parse(text, &url));
	url_origin(&url, origin);
	ck_assert_uint_eq(strlen(origin), URL_ORIGIN_SIZE - 1);
	ck_assert(strncmp(origin, text, strlen(origin)) == 0);
}
END_TEST

START_TEST(drop_ins_override_by_name)
{
	settings_auto struct settings *s = NULL;
	char path[128];

	put_text(file, "[practice]\nname = main\nphone = 1\n");
	(void)snprintf(path, sizeof(path), "%s/10.conf", drop_in_dir);
	put_text(path, "[practice]\nname = ten\nlanguage = de\n");
	(void)snprintf(path, sizeof(path), "%s/9.conf", drop_in_dir);
	put_text(path, "[practice]\nname = nine\n");
	(void)snprintf(path, sizeof(path), "%s/x.txt", drop_in_dir);
	put_text(path, "not read");
	s = load_good();
	ck_assert_str_eq(s->practice.name, "nine");
	ck_assert_str_eq(s->practice.phone, "1");
	ck_assert_str_eq(s->practice.language, "de");
}
END_TEST

static const struct {
	const char *text;
	unsigned line; /* 0: no line can be named */
	const char *words;
} errors_cases[] = {
    {"[practice]\nnmae = x\n", 2, "practice.nmae: expected one of name,"},
    {"\n[practise]\nname = x\n", 2, "[practise]: expected a known section"},
    {"[practise]\n", 1, "[practise]: expected a known section"},
    {"name = x\n", 1, "name: expected a [section]"},
    {"[practice]\nname\n", 2, "found no '='"},
    {"[practice]\nphone = 1\nstray words\n", 3, "found no '='"},
    {"[practice]\n= x\n", 2, "found no key"},
    {"[practice\nname = x\n", 1, "expected ']'"},
    {"[practice] x\nname = x\n", 1, "expected ']'"},
    {"[]\nname = x\n", 1, "expected a section's name"},
    {"[practice]\nname = \"x\n", 2, "practice.name: expected '\"'"},
    {"[practice]\nname =\n", 2, "practice.name: expected text"},
    {"[practice]\nname = a\nname = b\n", 3, "found again (first in line 2)"},
    {"[practice]\nname = a\x1b[2J\n", 2, "control character"},
    {"[practice]\nname = \xff\n", 2, "UTF-8"},
    {"[practice]\nlanguage = English\n", 2, "expected a language tag"},
    {"[practice]\nlanguage = ../x\n", 2, "found \"../x\""},
    {"[relay]\nport = 0\n", 2, "a number from 1 to 65535, found \"0\""},
    {"[relay]\nport = 65536\n", 2, "relay.port: expected a number"},
    {"[relay]\nport = 25x\n", 2, "relay.port: expected a number"},
    {"[relay]\nport = -1\n", 2, "relay.port: expected a number"},
    {"[relay]\ntimeout = 60\n", 2, "a duration (with s, m, h or d) from 1s"},
    {"[relay]\ntimeout = 60M\n", 2, "relay.timeout: expected"},
    {"[relay]\ntimeout = 999999999999999999d\n", 2, "relay.timeout"},
    {"[store]\nmap-size = 1\n", 2, "from 16M to 16T, found \"1\""},
    {"[store]\ndirectory = var\n", 2, "an absolute path"},
    {"[relay]\ntls = yes\n", 2, "one of starttls, implicit, none"},
    {"[relay]\nhost = mail..example\n", 2, "a host name or an IP"},
    {"[sockets]\nlmtp-tcp = 192.0.2.1:24\n", 2, "sockets.lmtp-tcp: expected"},
    {"[sockets]\nlmtp-tcp = 0.0.0.0:24\n", 2, "of this machine alone"},
    {"[sockets]\nlmtp-tcp = localhost:24\n", 2, "such as 127.0.0.1:8024"},
    {"[sockets]\nlmtp-tcp = 127.0.0.1\n", 2, "and a port"},
    {"[sockets]\nlmtp-tcp = 127.0.0.1:0\n", 2, "and a port"},
    {"[sockets]\nlmtp-tcp = 127.0.0.1:65536\n", 2, "and a port"},
    {"[sockets]\nlmtp-tcp = 127.0.0.1:24x\n", 2, "and a port"},
    {"[sockets]\nlmtp-tcp = ::1:24\n", 2, "[::1]:8024"},
    {"[sockets]\nlmtp-tcp = [::]:24\n", 2, "[::1]:8024"},
    {"[sockets]\nlmtp-tcp = [::1:24\n", 2, "[::1]:8024"},
    {"[relay]\ntls = none\nhost = mail.example\n", 2, "relay.tls: expected"},
    {"[relay]\nhost = mail.example\ntls = none\n", 3, "relay.tls: expected"},
    {"[mail]\nfrom = nobody\n", 2, "an e-mail address, found \"nobody\""},
    {"[mail]\nfrom = a@b@c\n", 2, "an e-mail address"},
    {"[mail]\nreply-domain = -x.example\n", 2, "a domain name"},
    {"[mailbox]\nhost = mail.example\n", 2, "mailbox.user: expected some"},
    {"[mailbox]\nhost = mail..example\n", 2, "a host name or an IP"},
    {"[mailbox]\ntls = none\n", 2, "one of implicit, starttls"},
    {"[mailbox]\nfolder = a*\n", 2, "a folder's name"},
    {"[mailbox]\nfolder = Gel\xc3\xb6scht\n", 2, "a folder's name"},
    {"[mailbox]\nhost = a.example\nuser = u\nprocessed-folder = INBOX\n", 4,
	"mailbox.processed-folder: expected another folder"},
    {"[mailbox]\nhost = a.example\nuser = u\nprocessed-folder = Inbox\n", 4,
	"mailbox.processed-folder: expected another folder"},
    {"[mailbox]\nhost = a.example\nuser = u\nlogin = oauth\nclient-id = c\n"
     "scope = s\ngrant = client-credentials\n",
	2, "mailbox.token-endpoint: expected something with login = oauth"},
    {"[mailbox]\nhost = a.example\nuser = u\nlogin = oauth\nclient-id = c\n"
     "scope = s\ntoken-endpoint = https://t.example/t\n",
	2, "mailbox.device-endpoint: expected something with grant = device"},
    {"[mailbox]\ntoken-endpoint = http://localhost/t\n", 2,
	"an https:// address"},
    {"[mailbox]\nsecret-expires = 2027-02-31x\n", 2, "a day such as"},
    {"[mailbox]\nsecret-expires = 31.12.2026\n", 2, "a day such as"},
    {"[mailbox]\nsecret-expires = 2026-13-01\n", 2, "a day such as"},
    {"[mailbox]\nidle = 30m\n", 2, "from 1s to 29m"},
    {"[mail]\naddress-style = plus\n", 0, "mail.mailbox: expected"},
    {"[mail]\naddress-style = plus\nmailbox = a+b@c.example\n", 3,
	"mail.mailbox: expected"},
    {"[mail]\nenvelope-sender = fixed\n", 2, "mail.fixed-sender: expected"},
    {"[mail]\nfrom = a@r.example\nreply-domain = R.example\n"
     "envelope-sender = fixed\nfixed-sender = A@r.example\n",
	5, "mail.fixed-sender: expected another address than mail.from"},
    {"[portal]\nlink = http://portal.example/{id}\n", 2, "an https://"},
    {"[portal]\nlink = http://localhost.evil.example/{id}\n", 2, "an https://"},
    {"[portal]\nlink = http://127.0.0.1:80@evil.example/{id}\n", 2,
	"an https://"},
    {"[portal]\nlink = https://portal.example/t\n", 2, "an https://"},
    {"[portal]\nlink = https://{id}.example/\n", 2, "an https://"},
    {"[portal]\nlink = https://a.example/{id}/{id}\n", 2, "an https://"},
    {"[portal]\nlink = https://a.example/{id}<b>\n", 2, "an https://"},
    {"[portal]\nlink = https://a.example?{id}\n", 2, "an https://"},
    {"[portal]\nlink = https://a.example:8443x/{id}\n", 2, "an https://"},
    {"[portal]\nlink = https://-a.example/{id}\n", 2, "an https://"},
    {"[portal]\nlink = https://a..example/{id}\n", 2, "an https://"},
    {"[portal]\nlink = https://192.0.2/{id}\n", 2, "an https://"},
    {"[portal]\nlink = https://192.0.02.7/{id}\n", 2, "an https://"},
    {"[portal]\nlink = https://0x7f/{id}\n", 2, "an https://"},
    {"[portal]\nlink = HTTPS://a.example/{id}\n", 2, "an https://"},
    {"[frontend]\nuser = x\n", 1, "[frontend]: expected a known section"},
    {"[frontend A B]\nuser = x\n", 1, "expected a name of 1 to 32"},
    {"[frontend web]\nrights = assert\n", 1, "frontend web.user: expected"},
    {"[frontend web]\nuser = a\nrights = all\n", 3,
	"any of assert, provision, second-factor, found \"all\""},
    {"[frontend web]\nuser = a\nroles = staff\n", 3, "any of client, provider"},
    {"[frontend web]\nuser = a\nrole = x\n", 3,
	"frontend web.role: expected one of user, rights, roles"},
    {"[frontend a]\nuser = x\n[frontend b]\nuser = x\n", 4,
	"frontend b.user: expected a user of its own, found \"x\", that of "
	"frontend a"},
    {"[frontend a]\nuser = www-data\n", 2,
	"frontend a.user: expected a user of its own, found \"www-data\", the "
	"reverse proxy's (sockets.web-user)"},
    {"[frontend a]\nuser = x\n[sockets]\nweb-user = x\n", 2,
	"the reverse proxy's"},
    {"[frontend]\n", 1,
	"or one of [frontend NAME], [menu NAME], [practice LANG]"},
    {"[sockets x]\nweb = y\n", 1, "[sockets x]: expected a known section"},
    {"[sockets]\nweb = web.sock\n", 2, "sockets.web: expected an absolute"},
    {"[sockets]\nweb-user = -x\n", 2, "a user's name or number, or nothing"},
    {"[menu Home]\nlabel = x\n", 1,
	"[menu Home]: expected a name of 1 to 32 lower-case"},
    {"[menu a]\nurl = /\n", 1, "menu a.label: expected text of 1 to 60"},
    {"[menu a]\nlabel = x\n", 1, "menu a.url: expected an https:// address"},
    {"[menu a]\nlabel =\nurl = /\n", 2, "menu a.label: expected text"},
    {"[menu a]\nlabel = 1234567890123456789012345678901234567890"
     "123456789012345678901\nurl = /\n",
	2, "text of 1 to 60 bytes"},
    {"[menu a]\nlabel = x\nurl = //evil.example/\n", 3, "menu a.url: exp"},
    {"[menu a]\nlabel = x\nurl = /\\evil.example/\n", 3, "menu a.url: exp"},
    {"[menu a]\nlabel = x\nurl = javascript:alert(1)\n", 3, "menu a.url"},
    {"[menu a]\nlabel = x\nurl = http://a.example/\n", 3, "menu a.url"},
    {"[menu a]\nlabel = x\nurl = https://a@b.example/\n", 3, "menu a.url"},
    {"[menu a]\nlabel = x\nurl = https://a.example:0/\n", 3, "menu a.url"},
    {"[menu a]\nlabel = x\nurl = https://a.example:65536/\n", 3, "a.url"},
    {"[menu a]\nlabel = x\nurl = https:///x\n", 3, "menu a.url"},
    {"[menu a]\nlabel = x\nurl = https://a.example/{x}\n", 3, "menu a.url"},
    {"[menu a]\nlabel = x\nurl = home\n", 3, "menu a.url"},
    {"[menu a]\nlabel = x\nurl = /\nroles = all\n", 4,
	"menu a.roles: expected any of client, provider, staff, found \"all\""},
    {"[menu a]\nlabel = x\nurl = /\nlanguage = English\n", 4,
	"a language tag such as en or pt-BR, or nothing"},
    {"[menu a]\nlabel = x\nurl = /\nlabel = y\n", 4,
	"menu a.label: expected once in a file, found again (first in line 2)"},
    {"[practice Spanish]\nemergency = x\n", 1,
	"expected a language tag such as en or pt-BR after \"practice\""},
    {"[practice es]\n", 1, "practice es.emergency: expected text"},
    {"[practice es]\nphone = 1\n[practice es]\nemergency = x\n", 2,
	"practice es.phone: expected one of emergency; found an unknown key"},
    {"[practice]\nlanguage = es\n[practice ES]\nemergency = x\n", 3,
	"expected a language tag"},
    {"[practice]\nlanguage = es-MX\n[practice es-mx]\nemergency = x\n", 3,
	"[practice es-mx]: expected a language other than practice.language"},
    {"[portal]\nlanguages =\n", 2,
	"portal.languages: expected 1 to 16 different ones of: a language tag"},
    {"[portal]\nlanguages = en, EN\n", 2, "1 to 16 different ones"},
    {"[portal]\nlanguages = en ../es\n", 2, "found \"en ../es\""},
    {"[portal]\nlanguages = aa ab ac ad ae af ag ah ai aj ak al am an ao ap "
     "aq\n",
	2, "1 to 16 different ones"},
    {"[portal]\nappointments = visits\n", 2,
	"a path that begins with one /, or nothing"},
    {"[accounts]\nclient-second-factor = yes\n", 2,
	"one of optional, required"},
    {"[limits]\nweb-connections = 15\n", 2, "a number from 16 to 16384"},
    {"[limits]\nweb-connections = 16385\n", 2, "a number from 16 to 16384"},
    {"[limits]\nsession-idle = 13h\n", 2, "limits.session-idle: expected"},
    {"[attachments]\nmetadata = drop\n", 2, "one of strip, keep"},
    {"[attachments]\nclamd = clamd.ctl\n", 2,
	"attachments.clamd: expected an absolute path of at most 107 bytes, or "
	"nothing"},
    {"[limits]\nattachment-bytes = 1023\n", 2, "limits.attachment-bytes: exp"},
    {"[limits]\nattachment-bytes = 101M\n", 2, "from 1K to 100M"},
    {"[limits]\nmessage-attachments = 33\n", 2, "a number from 0 to 32"},
    {"[limits]\nattachment-bytes-per-hour = 25M\nattachment-bytes = 26M\n", 2,
	"expected at least limits.attachment-bytes, found less"},
};

START_TEST(errors_name_file_line_and_key)
{
	settings_errors_auto struct settings_errors errors = {0};
	struct settings *s = NULL;
	char where[128];

	put_text(file, errors_cases[_i].text);
	ck_assert_int_eq(settings_load(file, &s, &errors), SETTINGS_INVALID);
	ck_assert_ptr_null(s);
	ck_assert_uint_eq(errors.n, 1);
	if (errors_cases[_i].line > 0)
		(void)snprintf(where, sizeof(where), "%s:%u: ", file,
		    errors_cases[_i].line);
	else
		(void)snprintf(where, sizeof(where), "%s: ", file);
	ck_assert_msg(
	    strncmp(errors.lines[0], where, strlen(where)) == 0 &&
		strstr(errors.lines[0], errors_cases[_i].words) != NULL,
	    "%s", errors.lines[0]);
}
END_TEST

START_TEST(all_errors_of_all_files_are_told)
{
	settings_errors_auto struct settings_errors errors = {0};
	struct settings *s = NULL;
	char path[128];

	put_text(file, "[practice]\nname\nfoo = 1\n[x]\n[relay]\nport = a\n");
	(void)snprintf(path, sizeof(path), "%s/9.conf", drop_in_dir);
	put_text(path, "[relay]\ntls = x\n");
	ck_assert_int_eq(settings_load(file, &s, &errors), SETTINGS_INVALID);
	ck_assert_uint_eq(errors.n, 5);
	ck_assert_ptr_nonnull(strstr(errors.lines[4], "9.conf:2: relay.tls"));
}
END_TEST

START_TEST(sections_have_a_ceiling)
{
	settings_errors_auto struct settings_errors errors = {0};
	settings_auto struct settings *s = NULL;
	char text[2048];
	size_t len = 0;

	for (unsigned i = 0; i < SETTINGS_NAMED_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "[menu m%u]\nlabel = x\nurl = /\n", i);
	put_text(file, text);
	s = load_good();
	ck_assert_uint_eq(s->n_menu, SETTINGS_NAMED_MAX);
	settings_free(&s);
	(void)snprintf(text + len, sizeof(text) - len,
	    "[menu more]\nlabel = x\nurl = /\n[menu m3]\nroles = staff\n");
	put_text(file, text);
	ck_assert_int_eq(settings_load(file, &s, &errors), SETTINGS_INVALID);
	ck_assert_uint_eq(errors.n, 1);
	ck_assert_ptr_nonnull(strstr(errors.lines[0],
	    ":49: [menu more]: expected at most 16 sections [menu NAME]"));
}
END_TEST

START_TEST(errors_have_a_ceiling)
{
	settings_errors_auto struct settings_errors errors = {0};
	struct settings *s = NULL;
	char text[2 * 500 + 1];

	for (size_t i = 0; i < 500; i++)
		memcpy(text + 2 * i, "x\n", 2);
	text[sizeof(text) - 1] = '\0';
	put_text(file, text);
	ck_assert_int_eq(settings_load(file, &s, &errors), SETTINGS_INVALID);
	ck_assert_uint_eq(errors.n, SETTINGS_ERRORS_MAX + 1);
	ck_assert_str_eq(
	    errors.lines[SETTINGS_ERRORS_MAX], "there are more errors");
}
END_TEST

START_TEST(odd_files_are_refused)
{
	static const char with_nul[] = "[relay]\nport = 2\0 5\n";
	settings_errors_auto struct settings_errors errors = {0};
	struct settings *s = NULL;
	static char big[INI_FILE_MAX + 1];

	ck_assert_int_eq(settings_load(file, &s, &errors), SETTINGS_INVALID);
	ck_assert_ptr_nonnull(strstr(errors.lines[0], "No such file"));
	settings_errors_fini(&errors);

	put(file, with_nul, sizeof(with_nul) - 1);
	ck_assert_int_eq(settings_load(file, &s, &errors), SETTINGS_INVALID);
	ck_assert_ptr_nonnull(strstr(errors.lines[0], ":2: expected plain"));
	settings_errors_fini(&errors);

	memset(big, '#', sizeof(big));
	put(file, big, sizeof(big));
	ck_assert_int_eq(settings_load(file, &s, &errors), SETTINGS_INVALID);
	ck_assert_ptr_nonnull(strstr(errors.lines[0], "too large"));
	settings_errors_fini(&errors);

	put(file, big, INI_LINE_MAX);
	ck_assert_int_eq(settings_load(file, &s, &errors), SETTINGS_INVALID);
	ck_assert_ptr_nonnull(strstr(errors.lines[0], ":1: expected a line"));
	settings_errors_fini(&errors);

	ck_assert_int_eq(settings_load(dir, &s, &errors), SETTINGS_INVALID);
	ck_assert_uint_ge(errors.n, 1);
}
END_TEST

START_TEST(description_is_a_configuration)
{
	settings_auto struct settings *s = NULL;
	FILE *f = fopen(file, "we");
	char line[1024];
	char all[65536] = "";
	size_t len = 0;

	ck_assert_ptr_nonnull(f);
	settings_describe(f);
	ck_assert_int_eq(fclose(f), 0);
	settings_auto struct settings *plain = load_good();

	/* taken literally, the defaults it prints are the defaults */
	f = fopen(file, "re");
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *at = line;

		if (strncmp(line, "#[", 2) == 0)
			break;
		if (line[0] == '#' && line[1] != ' ' && line[1] != '\n')
			at++;
		/* a default of nothing need not be an acceptable value */
		if (strlen(at) > 3 && strcmp(at + strlen(at) - 2, "=\n") == 0)
			continue;
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s", at);
	}
	(void)fclose(f);
	put_text(file, all);
	s = load_good();
	ck_assert_str_eq(s->practice.name, plain->practice.name);
	ck_assert_int_eq(s->store.map_size, plain->store.map_size);
	ck_assert_int_eq(s->limits.session_idle, plain->limits.session_idle);
	ck_assert_int_eq(s->relay.tls, plain->relay.tls);
	ck_assert_ptr_nonnull(strstr(all, "token-days = 90\n"));
	ck_assert_ptr_nonnull(strstr(all, "languages = en es\n"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("settings");
	TCase *t = tcase_create("settings");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, defaults_are_good);
	tcase_add_test(t, values_are_taken_whole);
	tcase_add_test(t, attachments_are_configured);
	tcase_add_test(t, sections_with_names);
	tcase_add_loop_test(
	    t, emergency_words_by_language, 0, (int)PN_ARRAY_LEN(emergencies));
	tcase_add_loop_test(
	    t, origins_are_the_browsers, 0, (int)PN_ARRAY_LEN(origins));
	tcase_add_test(t, longest_origin_fits);
	tcase_add_test(t, drop_ins_override_by_name);
	tcase_add_loop_test(t, errors_name_file_line_and_key, 0,
	    (int)PN_ARRAY_LEN(errors_cases));
	tcase_add_test(t, all_errors_of_all_files_are_told);
	tcase_add_test(t, sections_have_a_ceiling);
	tcase_add_test(t, errors_have_a_ceiling);
	tcase_add_test(t, odd_files_are_refused);
	tcase_add_test(t, description_is_a_configuration);
	suite_add_tcase(s, t);
	return run_suite(s);
}
