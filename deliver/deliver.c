/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "deliver/deliver.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>
#include <sys/socket.h>
#include "base/attr.h"
#include "base/socket.h"

#define DOOR "/run/postern/lmtp.sock"
#define ADDRESS_MAX 254 /* RFC 5321, section 4.5.3.1.3, without <> */
#define REPLY_LINES_MAX 100
#define CHUNK 4096

struct options {
	const char *door;
	const char *sender; /* NULL: not told */
	bool refuse;
	const char *recipients[DELIVER_RECIPIENTS_MAX];
	size_t n;
};

struct door {
	FILE *in;
	int fd;
};

/* What came of it. Negative errno: cannot tell. */
enum outcome {
	OUTCOME_TAKEN,
	OUTCOME_REFUSED, /* every recipient, at RCPT */
	OUTCOME_UNSURE,  /* the door says: later */
};

/* ---- options and environment ---------------------------------------------
 */

static void
usage(FILE *out)
{
	(void)fputs(
	    "usage: postern-deliver [OPTION]... [RECIPIENT]...\n"
	    "\n"
	    "Hands the mail on standard input to postern-bridge.\n"
	    "\n"
	    "  -f, --from ADDRESS  envelope sender; <> or MAILER-DAEMON: none.\n"
	    "                      Not given: SENDER of the environment\n"
	    "  RECIPIENT           envelope recipient. Not given:\n"
	    "                      ORIGINAL_RECIPIENT, ORIG_RECIPIENT or\n"
	    "                      RECIPIENT of the environment\n"
	    "  --socket PATH       the LMTP socket, or 127.0.0.1:PORT, instead\n"
	    "                      of " DOOR "\n"
	    "  --refuse            exit 67 when no recipient is ours\n"
	    "  --version, --help\n"
	    "\n"
	    "Exit codes: 0 taken, 75 anything else: keep it and try later.\n",
	    out);
}

/* -1: go on; else the exit status. */
static int
read_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
	    {"from", required_argument, NULL, 'f'},
	    {"socket", required_argument, NULL, 's'},
	    {"refuse", no_argument, NULL, 'r'},
	    {"version", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "f:", longs, NULL)) != -1) {
		switch (c) {
		case 'f':
			o->sender = optarg;
			break;
		case 's':
			o->door = optarg;
			break;
		case 'r':
			o->refuse = true;
			break;
		case 'v':
			(void)puts("postern-deliver " PACKAGE_VERSION);
			return EX_OK;
		case 'h':
			usage(stdout);
			return EX_OK;
		default:
			usage(stderr);
			return EX_TEMPFAIL;
		}
	}
	for (; optind < argc && o->n < DELIVER_RECIPIENTS_MAX; optind++)
		o->recipients[o->n++] = argv[optind];
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "postern-deliver: more than %d recipients\n",
	    DELIVER_RECIPIENTS_MAX);
	return EX_TEMPFAIL;
}

/* Postfix's local(8), Sieve and others say who it is for in one of these. */
static void
read_environment(struct options *o)
{
	static const char *const names[] = {
	    "ORIGINAL_RECIPIENT", "ORIG_RECIPIENT", "RECIPIENT"};

	if (o->sender == NULL)
		o->sender = getenv("SENDER");
	for (size_t i = 0; o->n == 0 && i < PN_ARRAY_LEN(names); i++) {
		o->recipients[0] = getenv(names[i]);
		if (o->recipients[0] != NULL && o->recipients[0][0] != '\0')
			o->n = 1;
	}
}

/* Nothing that could end the line or the path it is put into. */
static bool
address_fits(const char *address)
{
	size_t len = strlen(address);

	if (len == 0 || len > ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)address[i] <= ' ' || address[i] == 0x7f ||
		    address[i] == '<' || address[i] == '>')
			return false;
	return true;
}

/* 0, or EX_TEMPFAIL after words for the mail system's log. */
static int
check_envelope(struct options *o)
{
	const char *wrong = NULL;

	if (o->sender == NULL) {
		wrong = "no envelope sender: give -f";
	} else if (strcmp(o->sender, "<>") == 0 ||
		   strcasecmp(o->sender, "MAILER-DAEMON") == 0) {
		o->sender = "";
	} else if (o->sender[0] != '\0' && !address_fits(o->sender)) {
		wrong = "the envelope sender is no address";
	}
	if (wrong == NULL && o->n == 0)
		wrong = "no recipient";
	for (size_t i = 0; wrong == NULL && i < o->n; i++)
		if (!address_fits(o->recipients[i]))
			wrong = "a recipient is no address";
	if (wrong != NULL)
		(void)fprintf(stderr, "postern-deliver: %s\n", wrong);
	return wrong == NULL ? 0 : EX_TEMPFAIL;
}

/* ---- the door --------------------------------------------------------------
 */

static void
door_close(struct door *d)
{
	if (d->in != NULL)
		(void)fclose(d->in);
	d->in = NULL;
}

static int
door_open(const char *where, struct door *d_r)
{
	int fd = -1;
	int r = where[0] == '/' ? socket_connect(where, &fd)
				: socket_connect_loopback(where, &fd);

	if (r < 0)
		return r;
	d_r->fd = fd;
	d_r->in = fdopen(fd, "r");
	if (d_r->in == NULL) {
		(void)close(fd);
		return -ENOMEM;
	}
	return 0;
}

static int
door_send(const struct door *d, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(d->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The code of a reply, 200..599, or -errno. */
static int
door_reply(const struct door *d)
{
	char line[1024];

	for (size_t i = 0; i < REPLY_LINES_MAX; i++) {
		size_t digits;

		if (fgets(line, sizeof(line), d->in) == NULL)
			return -ECONNRESET;
		digits = strspn(line, "0123456789");
		if (digits != 3 || line[0] < '2' || line[0] > '5' ||
		    strchr(line, '\n') == NULL)
			return -EPROTO;
		if (line[3] != '-')
			return (int)strtol(line, NULL, 10);
	}
	return -EPROTO;
}

/* VERB, then TEXT in <> if there is one. The reply's code, or -errno. */
static int
door_say(const struct door *d, const char *verb, const char *text)
{
	char line[ADDRESS_MAX + 32];
	int n = text == NULL
		    ? snprintf(line, sizeof(line), "%s\r\n", verb)
		    : snprintf(line, sizeof(line), "%s<%s>\r\n", verb, text);
	int r;

	if (n < 0 || (size_t)n >= sizeof(line))
		return -EMSGSIZE;
	r = door_send(d, line, (size_t)n);
	return r < 0 ? r : door_reply(d);
}

/* ---- the mail --------------------------------------------------------------
 */

/* Lines as they stand on the wire: CR LF, and a dot before a dot. */
struct wire {
	char data[CHUNK];
	size_t len;
	size_t total; /* of the mail */
	bool start;   /* of a line */
	bool cr;      /* behind a CR */
};

static void
wire_put(struct wire *w, char c)
{
	if (w->start && c == '.')
		w->data[w->len++] = '.';
	if (c == '\n' && !w->cr)
		w->data[w->len++] = '\r';
	w->data[w->len++] = c;
	w->start = c == '\n';
	w->cr = c == '\r';
	w->total++;
}

/* local(8) and others put "From sender date" before the header. */
static void
skip_from_line(struct wire *w, FILE *mail)
{
	char head[5];
	size_t n = fread(head, 1, sizeof(head), mail);
	int c = '\0';

	if (n == sizeof(head) && memcmp(head, "From ", n) == 0)
		while (c != '\n' && c != EOF)
			c = getc(mail);
	else
		for (size_t i = 0; i < n; i++)
			wire_put(w, head[i]);
}

/*
 * All of MAIL is read, DELIVER_MAX of it sent. -EIO: it could not be read;
 * -ENODATA: there is none.
 */
static int
send_mail(const struct door *d, FILE *mail)
{
	struct wire w = {.start = true};
	int r = 0;
	int c;

	skip_from_line(&w, mail);
	while (r == 0 && (c = getc(mail)) != EOF) {
		if (w.total < DELIVER_MAX)
			wire_put(&w, (char)c);
		if (w.len > CHUNK - 8) {
			r = door_send(d, w.data, w.len);
			w.len = 0;
		}
	}
	if (r < 0)
		return r;
	if (ferror(mail) != 0)
		return -EIO;
	if (w.total == 0)
		return -ENODATA;
	if (!w.start)
		wire_put(&w, '\n');
	memcpy(w.data + w.len, ".\r\n", 3);
	return door_send(d, w.data, w.len + 3);
}

/* ---- all of it -------------------------------------------------------------
 */

/* All recipients or none: a mail taken for half of them would come again. */
static int
offer(const struct door *d, const struct options *o)
{
	size_t taken = 0, refused = 0;
	int code = door_reply(d);

	if (code == 220)
		code = door_say(d, "LHLO localhost", NULL);
	if (code == 250)
		code = door_say(d, "MAIL FROM:", o->sender);
	if (code != 250)
		return code < 0 ? code : OUTCOME_UNSURE;
	for (size_t i = 0; i < o->n; i++) {
		code = door_say(d, "RCPT TO:", o->recipients[i]);
		if (code < 0)
			return code;
		taken += code == 250 ? 1 : 0;
		refused += code == 550 ? 1 : 0;
	}
	if (refused == o->n)
		return OUTCOME_REFUSED;
	return taken == o->n ? OUTCOME_TAKEN : OUTCOME_UNSURE;
}

static int
hand_over(const struct door *d, const struct options *o)
{
	int outcome = offer(d, o);
	int r;

	if (outcome != OUTCOME_TAKEN)
		return outcome;
	r = door_say(d, "DATA", NULL);
	if (r == 354)
		r = send_mail(d, stdin);
	else if (r >= 0)
		return OUTCOME_UNSURE;
	if (r < 0)
		return r;
	for (size_t i = 0; i < o->n; i++) {
		r = door_reply(d);
		if (r < 0)
			return r;
		if (r != 250)
			outcome = OUTCOME_UNSURE;
	}
	return outcome;
}

static void
on_signal(int number)
{
	(void)number;
	_exit(EX_TEMPFAIL);
}

static int
guard(void)
{
	static const int numbers[] = {SIGALRM, SIGTERM, SIGINT, SIGHUP};
	struct sigaction act = {.sa_handler = on_signal};

	for (size_t i = 0; i < PN_ARRAY_LEN(numbers); i++)
		if (sigaction(numbers[i], &act, NULL) != 0)
			return EX_TEMPFAIL;
	(void)alarm(DELIVER_SECONDS);
	return 0;
}

int
deliver_main(int argc, char **argv)
{
	struct options o = {.door = DOOR};
	struct door d = {0};
	int r = read_options(argc, argv, &o);

	if (r >= 0)
		return r;
	read_environment(&o);
	if (guard() != 0 || check_envelope(&o) != 0)
		return EX_TEMPFAIL;
	r = door_open(o.door, &d);
	if (r == 0)
		r = hand_over(&d, &o);
	door_close(&d);
	if (r == OUTCOME_TAKEN)
		return EX_OK;
	(void)fprintf(stderr, "postern-deliver: %s\n",
	    r < 0                  ? strerror(-r)
	    : r == OUTCOME_REFUSED ? "no such address at the door"
				   : "the door says to try later");
	return r == OUTCOME_REFUSED && o.refuse ? EX_NOUSER : EX_TEMPFAIL;
}
