/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/lmtp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sodium.h>

enum state {
	STATE_COMMAND,
	STATE_DATA,
	STATE_DONE,
};

/* Where in a line the next byte of a mail stands. */
enum place {
	PLACE_START,  /* right behind CR LF */
	PLACE_DOT,    /* a dot stood first */
	PLACE_DOT_CR, /* and a CR behind it */
	PLACE_LINE,
	PLACE_CR,
};

struct lmtp {
	struct lmtp_handler handler;
	uint64_t size_limit;
	char *hostname;
	enum state state;
	unsigned errors;

	char line[LMTP_COMMAND_MAX + 1];
	size_t line_len;  /* may pass LMTP_COMMAND_MAX: too long */
	bool line_broken; /* NUL, bare CR or bare LF in it */

	bool greeted;
	bool sender;
	bool null_sender;
	char *recipients[LMTP_RECIPIENTS_MAX];
	size_t n;

	enum place place;
	struct buf kept;
	uint64_t total;
};

int
lmtp_new(const struct lmtp_handler *handler, const char *hostname,
    uint64_t size_limit, struct lmtp **l_r)
{
	lmtp_auto struct lmtp *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	l->handler = *handler;
	l->size_limit = size_limit;
	buf_init(&l->kept, LMTP_KEEP_MAX);
	l->hostname = strdup(hostname);
	if (l->hostname == NULL)
		return -ENOMEM;
	*l_r = l;
	l = NULL;
	return 0;
}

/* Envelopes hold tokens: they are wiped like the mail. */
static void
reset(struct lmtp *l)
{
	for (size_t i = 0; i < l->n; i++) {
		sodium_memzero(l->recipients[i], strlen(l->recipients[i]));
		free(l->recipients[i]);
		l->recipients[i] = NULL;
	}
	l->n = 0;
	l->sender = false;
	l->null_sender = false;
	l->total = 0;
	buf_fini(&l->kept);
}

void
lmtp_free(struct lmtp **l)
{
	if (*l == NULL)
		return;
	reset(*l);
	free((*l)->hostname);
	sodium_memzero((*l)->line, sizeof((*l)->line));
	free(*l);
	*l = NULL;
}

bool
lmtp_done(const struct lmtp *l)
{
	return l->state == STATE_DONE;
}

bool
lmtp_busy(const struct lmtp *l)
{
	return l->state == STATE_DATA || l->sender || l->line_len > 0;
}

static void
reply(struct buf *out, const char *text)
{
	buf_add_str(out, text);
	buf_add_str(out, "\r\n");
}

/* A client that talks nonsense is sent away, so that it costs little. */
static void
wrong(struct lmtp *l, struct buf *out, const char *text)
{
	reply(out, text);
	if (++l->errors < LMTP_ERRORS_MAX)
		return;
	reply(out, "421 4.7.0 Too many errors");
	l->state = STATE_DONE;
}

void
lmtp_greet(struct lmtp *l, struct buf *out)
{
	buf_printf(out, "220 %s LMTP Postern\r\n", l->hostname);
}

void
lmtp_shut(struct lmtp *l, struct buf *out)
{
	if (l->state != STATE_DONE)
		reply(out, "421 4.3.2 Closing, try again later");
	reset(l);
	l->state = STATE_DONE;
}

/* ---- commands ------------------------------------------------------------ */

static void
do_lhlo(struct lmtp *l, const char *arg, struct buf *out)
{
	if (*arg == '\0') {
		wrong(l, out, "501 5.5.4 LHLO needs a name");
		return;
	}
	reset(l);
	l->greeted = true;
	buf_printf(out, "250-%s\r\n", l->hostname);
	buf_add_str(out, "250-PIPELINING\r\n"
			 "250-8BITMIME\r\n"
			 "250-SMTPUTF8\r\n"
			 "250-ENHANCEDSTATUSCODES\r\n");
	buf_printf(out, "250 SIZE %llu\r\n", (unsigned long long)l->size_limit);
}

/*
 * The '>' that ends the path at S; inside of quotes it is a character like any
 * other (RFC 5321, section 4.1.2). Quotes that do not end are none.
 */
static char *
path_end(char *s)
{
	char *at = s;
	bool quoted = false;

	for (; *at != '\0' && (quoted || *at != '>'); at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (quoted && *at == '\\' && at[1] != '\0')
			at++;
	}
	return *at == '>' ? at : strchr(s, '>');
}

/*
 * "FROM:<address> parameters" into the address and what follows it. Blanks
 * behind the colon are let pass, as most servers do. False: syntax.
 */
static bool
path_split(char *arg, const char *keyword, char **address_r, char **rest_r)
{
	size_t len = strlen(keyword);
	char *end;

	if (strncasecmp(arg, keyword, len) != 0)
		return false;
	arg += len;
	arg += strspn(arg, " ");
	if (*arg != '<')
		return false;
	end = path_end(arg);
	if (end == NULL || (end[1] != '\0' && end[1] != ' '))
		return false;
	*end = '\0';
	*address_r = arg + 1;
	*rest_r = end + 1;
	return true;
}

/*
 * What stands before an address may be a source route (RFC 5321, appendix C):
 * "@a,@b:user@c" is user@c.
 */
static char *
unroute(char *address)
{
	char *colon = strchr(address, ':');

	return *address == '@' && colon != NULL ? colon + 1 : address;
}

/* Returns a reply to refuse with, or NULL. */
static const char *
mail_parameter(const struct lmtp *l, const char *p)
{
	if (strncasecmp(p, "SIZE=", 5) == 0) {
		unsigned long long size;
		size_t digits = strspn(p + 5, "0123456789");

		if (digits == 0 || digits > 18 || p[5 + digits] != '\0')
			return "501 5.5.4 SIZE needs a number";
		size = strtoull(p + 5, NULL, 10);
		if (size > l->size_limit)
			return "552 5.3.4 Message too big";
		return NULL;
	}
	if (strcasecmp(p, "BODY=7BIT") == 0 ||
	    strcasecmp(p, "BODY=8BITMIME") == 0 ||
	    strcasecmp(p, "SMTPUTF8") == 0)
		return NULL;
	return "555 5.5.4 Parameter not known";
}

static void
do_mail(struct lmtp *l, char *arg, struct buf *out)
{
	char *address, *rest, *p;

	if (!l->greeted || l->sender) {
		wrong(l, out, "503 5.5.1 Not now");
		return;
	}
	if (!path_split(arg, "FROM:", &address, &rest)) {
		wrong(l, out, "501 5.5.2 MAIL FROM:<address>");
		return;
	}
	while ((p = strsep(&rest, " ")) != NULL) {
		const char *refusal = *p == '\0' ? NULL : mail_parameter(l, p);

		if (refusal != NULL) {
			wrong(l, out, refusal);
			return;
		}
	}
	l->sender = true;
	l->null_sender = *address == '\0';
	reply(out, "250 2.1.0 Ok");
}

static void
do_rcpt(struct lmtp *l, char *arg, struct buf *out)
{
	char *address, *rest;

	if (!l->sender) {
		wrong(l, out, "503 5.5.1 MAIL first");
		return;
	}
	if (!path_split(arg, "TO:", &address, &rest) ||
	    *unroute(address) == '\0') {
		wrong(l, out, "501 5.5.2 RCPT TO:<address>");
		return;
	}
	if (rest[strspn(rest, " ")] != '\0') {
		wrong(l, out, "555 5.5.4 Parameter not known");
		return;
	}
	if (l->n == LMTP_RECIPIENTS_MAX) {
		reply(out, "452 4.5.3 Too many recipients");
		return;
	}
	address = unroute(address);
	switch (l->handler.recipient(l->handler.context, address)) {
	case LMTP_ACCEPT:
		l->recipients[l->n] = strdup(address);
		if (l->recipients[l->n] == NULL)
			break;
		l->n++;
		reply(out, "250 2.1.5 Ok");
		return;
	case LMTP_REFUSE:
		reply(out, "550 5.1.1 No such address here");
		return;
	case LMTP_UNSURE:
		break;
	}
	reply(out, "451 4.3.0 Try again later");
}

static void
do_data(struct lmtp *l, const char *arg, struct buf *out)
{
	if (!l->sender) {
		wrong(l, out, "503 5.5.1 MAIL first");
		return;
	}
	if (l->n == 0) {
		/* RFC 2033, section 4.2 */
		reply(out, "503 5.5.1 No valid recipients");
		return;
	}
	if (*arg != '\0') {
		wrong(l, out, "501 5.5.4 DATA takes no argument");
		return;
	}
	l->state = STATE_DATA;
	l->place = PLACE_START;
	reply(out, "354 End data with <CR><LF>.<CR><LF>");
}

static void
do_rset(struct lmtp *l, const char *arg, struct buf *out)
{
	(void)arg;
	reset(l);
	reply(out, "250 2.0.0 Ok");
}

static void
do_quit(struct lmtp *l, struct buf *out)
{
	reset(l);
	reply(out, "221 2.0.0 Bye");
	l->state = STATE_DONE;
}

/* LINE has no line end. */
static void
command(struct lmtp *l, char *line, struct buf *out)
{
	char *arg = line + strcspn(line, " ");

	if (*arg == ' ')
		*arg++ = '\0';
	if (strcasecmp(line, "LHLO") == 0)
		do_lhlo(l, arg, out);
	else if (strcasecmp(line, "MAIL") == 0)
		do_mail(l, arg, out);
	else if (strcasecmp(line, "RCPT") == 0)
		do_rcpt(l, arg, out);
	else if (strcasecmp(line, "DATA") == 0)
		do_data(l, arg, out);
	else if (strcasecmp(line, "RSET") == 0)
		do_rset(l, arg, out);
	else if (strcasecmp(line, "NOOP") == 0)
		reply(out, "250 2.0.0 Ok");
	else if (strcasecmp(line, "VRFY") == 0)
		reply(out, "252 2.1.5 Send it and see");
	else if (strcasecmp(line, "QUIT") == 0)
		do_quit(l, out);
	else if (strcasecmp(line, "HELO") == 0 || strcasecmp(line, "EHLO") == 0)
		wrong(l, out, "500 5.5.1 This is LMTP: say LHLO");
	else
		wrong(l, out, "500 5.5.1 Command not known");
}

/* A bare LF ends the line too, as a wrong one: nobody is left waiting. */
static void
command_byte(struct lmtp *l, uint8_t c, struct buf *out)
{
	bool cr = l->line_len > 0 && l->line_len <= LMTP_COMMAND_MAX &&
		  l->line[l->line_len - 1] == '\r';

	if (c != '\n') {
		/* 8 bits: an address in UTF-8, which nobody looks at */
		if (c == '\0' || c == 0x7f || cr)
			l->line_broken = true;
		if (l->line_len < LMTP_COMMAND_MAX)
			l->line[l->line_len] = (char)c;
		if (l->line_len <= LMTP_COMMAND_MAX)
			l->line_len++;
		return;
	}
	if (l->line_len >= LMTP_COMMAND_MAX) {
		wrong(l, out, "500 5.5.2 Line too long");
	} else if (l->line_broken || !cr) {
		wrong(l, out, "500 5.5.2 Not a line of text");
	} else {
		l->line[l->line_len - 1] = '\0';
		command(l, l->line, out);
	}
	sodium_memzero(l->line, sizeof(l->line));
	l->line_len = 0;
	l->line_broken = false;
}

/* ---- the mail ------------------------------------------------------------ */

static void
keep(struct lmtp *l, uint8_t c)
{
	l->total++;
	if (l->kept.len < LMTP_KEEP_MAX)
		buf_add_byte(&l->kept, c);
}

static void
finish(struct lmtp *l, struct buf *out)
{
	struct lmtp_mail mail = {
	    .null_sender = l->null_sender,
	    .data = l->kept.data,
	    .len = l->kept.len,
	    .total = l->total,
	    .n = l->n,
	};
	bool safe[LMTP_RECIPIENTS_MAX] = {false};

	for (size_t i = 0; i < l->n; i++)
		mail.recipients[i] = l->recipients[i];
	if (buf_error(&l->kept) == 0)
		l->handler.mail(l->handler.context, &mail, safe);
	for (size_t i = 0; i < l->n; i++)
		reply(out,
		    safe[i] ? "250 2.0.0 Ok" : "451 4.3.0 Try again later");
	reset(l);
	l->state = STATE_COMMAND;
}

static void
data_byte(struct lmtp *l, uint8_t c, struct buf *out)
{
	switch (l->place) {
	case PLACE_START:
		if (c == '.') {
			l->place = PLACE_DOT;
			return;
		}
		break;
	case PLACE_DOT:
		if (c == '\r') {
			l->place = PLACE_DOT_CR;
			return;
		}
		break;
	case PLACE_DOT_CR:
		if (c == '\n') {
			finish(l, out);
			return;
		}
		keep(l, '\r');
		l->place = PLACE_CR;
		break;
	case PLACE_LINE:
		break;
	case PLACE_CR:
		if (c == '\n') {
			keep(l, c);
			l->place = PLACE_START;
			return;
		}
		break;
	}
	keep(l, c);
	l->place = c == '\r' ? PLACE_CR : PLACE_LINE;
}

void
lmtp_feed(struct lmtp *l, const uint8_t *data, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len && l->state != STATE_DONE; i++) {
		if (l->state == STATE_DATA)
			data_byte(l, data[i], out);
		else
			command_byte(l, data[i], out);
	}
}
