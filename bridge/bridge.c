/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>
#include <sys/signalfd.h>
#include <curl/curl.h>
#include <gmime/gmime.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/settings.h"
#include "base/socket.h"
#include "base/systemd.h"
#include "bridge/door.h"
#include "bridge/mailbox.h"
#include "bridge/maildir.h"
#include "bridge/notifier.h"
#include "bridge/offline.h"
#include "bridge/parser.h"
#include "bridge/template.h"

#define TEMPLATES_DIR POSTERN_DATADIR "/templates"
#define PASSWORD_MAX 1024
#define GRACE 4000 /* milliseconds for what is in hand */
#define TICK 10000 /* of the main loop, without a watchdog */

struct bridge {
	struct settings *settings;
	struct template_set *templates;
	struct trace_own own;
	struct parser *parser;
	struct secret password;         /* the relay's */
	struct secret mailbox_password; /* or the client's secret */
	struct door *door;
	struct door *door_tcp;   /* NULL: off */
	struct mailbox *mailbox; /* likewise */
	struct maildir *maildir; /* likewise */
	struct notifier *notifier;
	int listener;
	int listener_tcp; /* -1: off */
	int signals;
};

struct options {
	const char *config;
	const char *templates;
	bool classify;
};

/* ---- options ---------------------------------------------------------------
 */

static void
usage(FILE *out)
{
	(void)fputs("usage: postern-bridge [--config FILE] [--templates DIR]\n"
		    "       postern-bridge --classify PATH...\n"
		    "\n"
		    "Sends Postern's notifications to the mail relay, and\n"
		    "takes replies and bounces on its LMTP sockets, or out\n"
		    "of a mailbox.\n"
		    "\n"
		    "  --config FILE    settings, instead of " SETTINGS_FILE
		    "\n"
		    "  --templates DIR  the mails' words, instead of\n"
		    "                   " TEMPLATES_DIR "\n"
		    "  --classify       judge mails on disk, print a line for\n"
		    "                   each: path, kind, hard|soft|-,\n"
		    "                   status|-, rule\n"
		    "  --version, --help\n",
	    out);
}

/* -1: go on; else the exit status. */
static int
read_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"templates", required_argument, NULL, 't'},
	    {"classify", no_argument, NULL, 'k'},
	    {"version", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 't':
			o->templates = optarg;
			break;
		case 'k':
			o->classify = true;
			break;
		case 'v':
			(void)puts("postern-bridge " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if ((optind == argc) == o->classify) {
		usage(stderr);
		return EX_USAGE;
	}
	return -1;
}

/* ---- settings --------------------------------------------------------------
 */

static int
load_settings(const char *file, struct settings **s_r)
{
	settings_errors_auto struct settings_errors errors = {0};
	int r = settings_load(file, s_r, &errors);

	for (size_t i = 0; i < errors.n; i++)
		(void)fprintf(stderr, "postern-bridge: %s\n", errors.lines[i]);
	if (r < 0)
		(void)fprintf(
		    stderr, "postern-bridge: settings: %s\n", strerror(-r));
	return r == 0 ? 0 : EX_CONFIG;
}

static const char *
or_null(const char *s)
{
	return s[0] == '\0' ? NULL : s;
}

static struct address_style
address_style_of(const struct settings *s)
{
	struct address_style style = {.domain = s->mail.reply_domain};

	if (s->mail.address_style == SETTINGS_STYLE_PLUS)
		style.mailbox = s->mail.mailbox;
	if (s->mail.envelope_sender == SETTINGS_ENVELOPE_FIXED)
		style.fixed_sender = s->mail.fixed_sender;
	return style;
}

static enum submit_tls
tls_of(const struct settings *s)
{
	switch ((enum settings_tls)s->relay.tls) {
	case SETTINGS_TLS_IMPLICIT:
		return SUBMIT_IMPLICIT;
	case SETTINGS_TLS_NONE:
		return SUBMIT_NONE;
	case SETTINGS_TLS_STARTTLS:
		break;
	}
	return SUBMIT_STARTTLS;
}

/* The first line of FILE, without its end. */
static int
read_password(const char *file, struct secret *secret)
{
	char text[PASSWORD_MAX + 1];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	n = read(fd, text, PASSWORD_MAX);
	r = n < 0 ? -errno : 0;
	(void)close(fd);
	if (r == 0) {
		text[n] = '\0';
		r = secret_set(secret, text, strcspn(text, "\r\n"));
	}
	sodium_memzero(text, sizeof(text));
	return r;
}

/* Positive code of load_secret(). */
enum { SECRET_NONE = 1 };

/* Out of FILE, or with "" out of the credential NAME. */
static int
load_secret(const char *file, const char *name, struct secret *secret)
{
	char *credential = NULL;
	int r = 0;

	if (file[0] == '\0')
		r = systemd_credential(name, &credential);
	if (r == 0 && file[0] == '\0' && credential == NULL)
		return SECRET_NONE;
	if (r == 0)
		r = read_password(
		    credential == NULL ? file : credential, secret);
	free(credential);
	if (r < 0)
		log_error("bridge", "%s: %s", name, strerror(-r));
	return r;
}

static int
load_secrets(struct bridge *b)
{
	const struct settings *s = b->settings;
	bool mailbox = s->mailbox.host[0] != '\0';
	int r = 0;

	if (s->relay.user[0] != '\0')
		r = load_secret(
		    s->relay.password_file, "relay.password", &b->password);
	if (r == SECRET_NONE)
		log_error("bridge",
		    "relay.user is set, but neither relay.password-file nor "
		    "the credential relay.password");
	if (r == 0 && mailbox && s->mailbox.login == SETTINGS_LOGIN_PASSWORD) {
		r = load_secret(s->mailbox.password_file, "mailbox.password",
		    &b->mailbox_password);
		if (r == SECRET_NONE)
			log_error("bridge",
			    "mailbox.host is set, but neither "
			    "mailbox.password-file nor the credential "
			    "mailbox.password");
	} else if (r == 0 && mailbox) {
		r = load_secret(s->mailbox.client_secret_file,
		    "mailbox.client-secret", &b->mailbox_password);
		/* not every client has one */
		if (r == SECRET_NONE &&
		    s->mailbox.grant == SETTINGS_GRANT_DEVICE)
			r = 0;
		if (r == SECRET_NONE)
			log_error("bridge",
			    "mailbox.grant is client-credentials, but there "
			    "is neither mailbox.client-secret-file nor the "
			    "credential mailbox.client-secret");
	}
	return r == 0 ? 0 : EX_CONFIG;
}

static int
load_templates(const char *dir, struct template_set **set_r)
{
	char error[TEMPLATE_ERROR_MAX];
	int r = template_load(dir, set_r, error);

	if (r == 0)
		return 0;
	(void)fprintf(stderr, "postern-bridge: %s\n",
	    r == TEMPLATE_BROKEN ? error : strerror(-r));
	return EX_CONFIG;
}

/* ---- starting and stopping -------------------------------------------------
 */

static int
open_listener(struct bridge *b)
{
	int r = systemd_take_socket("lmtp", &b->listener);

	if (r == 0 && b->listener < 0)
		r = socket_listen(
		    b->settings->sockets.lmtp, 0660, &b->listener);
	if (r < 0)
		log_error("bridge", "sockets.lmtp: %s", strerror(-r));
	return r == 0 ? 0 : EX_OSERR;
}

static int
open_listener_tcp(struct bridge *b)
{
	const char *where = b->settings->sockets.lmtp_tcp;
	int r = systemd_take_loopback("lmtp-tcp", &b->listener_tcp);

	if (r == 0 && b->listener_tcp < 0 && where[0] != '\0')
		r = socket_listen_loopback(where, &b->listener_tcp);
	if (r < 0)
		log_error("bridge", "sockets.lmtp-tcp: %s", strerror(-r));
	return r == 0 ? 0 : EX_OSERR;
}

/* Before the first thread, so that all of them have these blocked. */
static int
open_signals(struct bridge *b)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return EX_OSERR;
	b->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return b->signals < 0 ? EX_OSERR : 0;
}

static int
start_parts(struct bridge *b)
{
	const struct settings *s = b->settings;
	struct address_style style = address_style_of(s);
	const struct door_settings door = {
	    .bridge_socket = s->sockets.bridge,
	    .style = style,
	    .size_limit = (uint64_t)s->limits.inbound_bytes,
	};
	const struct notifier_settings notifier = {
	    .bridge_socket = s->sockets.bridge,
	    .templates = b->templates,
	    .identity =
		{
		    .from = s->mail.from,
		    .from_name = or_null(s->mail.from_name),
		    .fixed_sender = style.fixed_sender,
		    .style = style,
		},
	    .relay =
		{
		    .host = s->relay.host,
		    .port = (uint16_t)s->relay.port,
		    .tls = tls_of(s),
		    .ca_file = or_null(s->relay.ca_file),
		    .user = or_null(s->relay.user),
		    .password = secret_text(&b->password),
		    .timeout = s->relay.timeout,
		},
	    .connections = (unsigned)s->relay.connections,
	};
	const struct maildir_settings maildir = {
	    .path = s->mail.maildir,
	    .bridge_socket = s->sockets.bridge,
	    .style = style,
	    .remove = s->mail.maildir_after == SETTINGS_AFTER_DELETE,
	};
	int r = door_open(&door, b->parser, &b->door);

	if (r == 0 && b->listener_tcp >= 0)
		r = door_open(&door, b->parser, &b->door_tcp);
	if (r == 0 && s->mail.maildir[0] != '\0')
		r = maildir_open(&maildir, b->parser, &b->maildir);
	if (r == 0)
		r = notifier_start(&notifier, &b->notifier);
	if (r < 0)
		log_error("bridge", "cannot start: %s", strerror(-r));
	return r == 0 ? 0 : EX_OSERR;
}

/* The end of the day TEXT, as clock_now(); "": 0. */
static int64_t
end_of_day(const char *text)
{
	struct tm tm = {0};

	if (text[0] == '\0' || strptime(text, "%Y-%m-%d", &tm) == NULL)
		return 0;
	return (int64_t)timegm(&tm) * CLOCK_SECOND + CLOCK_DAY;
}

/* systemd.exec(5): where the mailbox keeps how far it has come. */
static const char *
state_directory(void)
{
	const char *directory = getenv("STATE_DIRECTORY");

	if (directory != NULL && directory[0] == '/' &&
	    strchr(directory, ':') == NULL)
		return directory;
	log_error(
	    "bridge", "mailbox.host is set, but there is no STATE_DIRECTORY");
	return NULL;
}

static struct oauth_settings
oauth_of(const struct bridge *b, const char *directory)
{
	const struct settings *s = b->settings;

	return (struct oauth_settings){
	    .device = s->mailbox.grant == SETTINGS_GRANT_DEVICE,
	    .token_endpoint = s->mailbox.token_endpoint,
	    .device_endpoint = s->mailbox.device_endpoint,
	    .client_id = s->mailbox.client_id,
	    .client_secret = or_null(secret_text(&b->mailbox_password)),
	    .scope = s->mailbox.scope,
	    .ca_file = or_null(s->mailbox.ca_file),
	    .directory = directory,
	    .timeout = s->mailbox.timeout,
	};
}

static int
start_mailbox(struct bridge *b)
{
	const struct settings *s = b->settings;
	bool oauth = s->mailbox.login == SETTINGS_LOGIN_OAUTH;
	const char *directory;
	int r;

	if (s->mailbox.host[0] == '\0')
		return 0;
	directory = state_directory();
	if (directory == NULL)
		return EX_CONFIG;
	const struct mailbox_settings mailbox = {
	    .imap =
		{
		    .host = s->mailbox.host,
		    .port = (uint16_t)s->mailbox.port,
		    .starttls = s->mailbox.tls == SETTINGS_TLS_STARTTLS,
		    .ca_file = or_null(s->mailbox.ca_file),
		    .timeout = s->mailbox.timeout,
		},
	    .user = s->mailbox.user,
	    .password = oauth ? NULL : secret_text(&b->mailbox_password),
	    .oauth = oauth_of(b, directory),
	    .folder = s->mailbox.folder,
	    .processed_folder = s->mailbox.after == SETTINGS_AFTER_DELETE
				    ? NULL
				    : s->mailbox.processed_folder,
	    .directory = directory,
	    .idle = s->mailbox.idle,
	    .poll = s->mailbox.poll,
	    .retry = s->mailbox.retry,
	    .secret_expires = end_of_day(s->mailbox.secret_expires),
	    .bridge_socket = s->sockets.bridge,
	    .style = address_style_of(s),
	};
	r = mailbox_start(&mailbox, b->parser, &b->mailbox);
	if (r < 0)
		log_error("bridge", "mailbox: %s", strerror(-r));
	return r == 0 ? 0 : EX_OSERR;
}

static int
run(struct bridge *b)
{
	int64_t tick = systemd_watchdog_interval();
	struct pollfd fds[] = {
	    {.fd = b->listener, .events = POLLIN},
	    {.fd = b->signals, .events = POLLIN},
	    {.fd = parser_fd(b->parser)}, /* for its hanging up */
	    {.fd = b->listener_tcp, .events = POLLIN},
	};
	int r = 0;

	if (tick == 0)
		tick = TICK;
	systemd_notify_ready();
	log_info("bridge", "ready");
	for (;;) {
		int n = poll(fds, PN_ARRAY_LEN(fds), (int)tick);

		if (n < 0 && errno != EINTR)
			break;
		systemd_notify_alive();
		if (n > 0 && fds[1].revents != 0)
			break;
		if (n > 0 && fds[2].revents != 0) {
			log_error("bridge", "the parse server has ended");
			r = EX_SOFTWARE;
			break;
		}
		if (n > 0 && fds[0].revents != 0)
			door_accept(b->door, b->listener);
		if (n > 0 && fds[3].revents != 0)
			door_accept(b->door_tcp, b->listener_tcp);
	}
	systemd_notify_stopping();
	log_info("bridge", "stopping");
	return r;
}

static int
serve(struct bridge *b, const char *templates)
{
	int r = load_templates(templates, &b->templates);

	if (r == 0)
		r = open_signals(b);
	if (r == 0)
		r = load_secrets(b);
	if (r == 0)
		r = open_listener(b);
	if (r == 0)
		r = open_listener_tcp(b);
	if (r == 0 && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		r = EX_OSERR;
	if (r == 0)
		r = start_parts(b);
	if (r == 0)
		r = start_mailbox(b);
	if (r == 0)
		r = run(b);
	notifier_stop(&b->notifier, GRACE);
	/* all in the same grace: the first stops waiting when it is over */
	if (!door_close(&b->door, GRACE / 2) ||
	    !door_close(&b->door_tcp, GRACE / 4) ||
	    !maildir_close(&b->maildir, GRACE / 4) ||
	    !mailbox_stop(&b->mailbox, GRACE / 2)) {
		log_warning("bridge", "a connection did not end in time");
		_exit(r);
	}
	return r;
}

static void
bridge_fini(struct bridge *b)
{
	parser_stop(&b->parser);
	template_free(&b->templates);
	secret_fini(&b->password);
	secret_fini(&b->mailbox_password);
	settings_free(&b->settings);
	if (b->listener >= 0)
		(void)close(b->listener);
	if (b->listener_tcp >= 0)
		(void)close(b->listener_tcp);
	if (b->signals >= 0)
		(void)close(b->signals);
}

static int
start_parser(struct bridge *b)
{
	const struct settings *s = b->settings;
	int r;

	if (s != NULL)
		b->own = (struct trace_own){
		    .from = s->mail.from,
		    .style = address_style_of(s),
		};
	g_mime_init();
	r = parser_start(&b->own, &b->parser);
	if (r < 0)
		log_error("bridge", "parse server: %s", strerror(-r));
	return r == 0 ? 0 : EX_OSERR;
}

int
bridge_main(int argc, char **argv)
{
	struct options o = {.templates = TEMPLATES_DIR};
	struct bridge b = {
	    .own = {.from = "", .style = {.domain = ""}},
	    .listener = -1,
	    .listener_tcp = -1,
	    .signals = -1,
	};
	int r = read_options(argc, argv, &o);

	if (r >= 0)
		return r;
	if (sodium_init() < 0)
		return EX_OSERR;
	json_use_wiped_memory();
	r = 0;
	if (!o.classify || o.config != NULL)
		r = load_settings(o.config, &b.settings);
	if (r == 0 && b.settings != NULL)
		log_set_level((enum log_level)b.settings->log.level);
	if (r == 0)
		r = start_parser(&b);
	if (r == 0)
		r = o.classify ? offline_classify(b.parser, argv + optind)
			       : serve(&b, o.templates);
	bridge_fini(&b);
	return r;
}
