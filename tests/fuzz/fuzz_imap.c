/* SPDX-License-Identifier: Apache-2.0 */

/*
 * All that an IMAP server may say, from the greeting on, to what the mailbox
 * door asks of it. A channel of our own stands in for bridge/channel.h, so
 * that the bytes are what is behind TLS (and before it, with STARTTLS). The
 * first byte chooses how they are cut into pieces, the second what is asked
 * for.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/attr.h"
#include "bridge/channel.h"
#include "bridge/imap.h"
#include "tests/fuzz/fuzz.h"

#define USER "portal"
#define PASSWORD "pass \"word\""
#define PASSWORD_BASE64 "AHBvcnRhbABwYXNzICJ3b3JkIg=="
#define ROUNDS 4
#define MAILS 4
#define SAID_MAX ((size_t)64 * 1024)

/* Bits, so that '0' has none of them, '5' two. */
enum option {
	OPTION_STARTTLS = 1,
	OPTION_TOKEN = 2,
	OPTION_DELETE = 4,
};

/* What the server says. The channel finds it by its host's name. */
struct script {
	char host[16];
	const uint8_t *data;
	size_t len;
	size_t step;
	bool secure;
};

struct channel {
	struct script *script;
	char said[SAID_MAX]; /* in the clear */
	size_t n_said;
};

/* ---- the channel --------------------------------------------------------- */

int
channel_connect(
    const struct channel_target *target, int64_t deadline, struct channel **c_r)
{
	struct channel *c = calloc(1, sizeof(*c));

	(void)deadline;
	if (c == NULL)
		abort();
	memcpy(&c->script, &target->host, sizeof(c->script));
	*c_r = c;
	return 0;
}

int
channel_secure(struct channel *c)
{
	c->script->secure = true;
	return 0;
}

void
channel_close(struct channel **c)
{
	free(*c);
	*c = NULL;
}

void
channel_set_deadline(struct channel *c, int64_t deadline)
{
	(void)c;
	(void)deadline;
}

int
channel_read(struct channel *c, void *data, size_t max, size_t *n_r)
{
	struct script *s = c->script;
	size_t n = s->len < s->step ? s->len : s->step;

	if (max == 0)
		abort();
	if (n > max)
		n = max;
	if (n == 0)
		return -ECONNRESET;
	memcpy(data, s->data, n);
	s->data += n;
	s->len -= n;
	*n_r = n;
	return 0;
}

/* Nothing secret goes out before TLS. */
int
channel_write(struct channel *c, const void *data, size_t len)
{
	if (c->script->secure)
		return 0;
	if (len > SAID_MAX - 1 - c->n_said)
		abort();
	memcpy(c->said + c->n_said, data, len);
	c->n_said += len;
	if (strstr(c->said, USER) != NULL ||
	    strstr(c->said, PASSWORD_BASE64) != NULL)
		abort();
	return 0;
}

int
channel_wait(struct channel *c, int64_t until)
{
	(void)until;
	return c->script->len > 0 ? 0 : -ETIMEDOUT;
}

/* ---- the door ------------------------------------------------------------ */

/* Is the connection of use after R, and R one of those that are promised? */
static bool
goes_on(int r)
{
	switch (r) {
	case 0:
	case IMAP_REFUSED:
	case IMAP_GONE:
		return true;
	case IMAP_NO_TLS:
	case IMAP_OAUTH_ONLY:
	case IMAP_NO_PASSWORD:
	case -ECONNRESET:
	case -EPROTO:
	case -EMSGSIZE:
		return false;
	default:
		abort();
	}
}

static bool
take_mail(struct imap *i, uint32_t uid, const char *folder)
{
	buf_auto struct buf mail = {0};
	int r;

	buf_init(&mail, IMAP_MAIL_MAX);
	r = imap_fetch(i, uid, &mail);
	if (mail.len > IMAP_MAIL_MAX)
		abort();
	if (r == 0)
		r = imap_remove(i, uid, folder);
	return goes_on(r);
}

static bool
look(struct imap *i, uint32_t first, const char *folder)
{
	static uint32_t uids[IMAP_SPAN];
	size_t n;
	int r = imap_search(i, first, 0, uids, &n);

	if (r != 0)
		return goes_on(r);
	if (n > IMAP_SPAN)
		abort();
	for (size_t k = 0; k < n; k++)
		if (uids[k] < first || (k > 0 && uids[k] <= uids[k - 1]))
			abort();
	for (size_t k = 0; k < n && k < MAILS; k++)
		if (!take_mail(i, uids[k], folder))
			return false;
	return goes_on(imap_wait(i, 1000));
}

static void
watch(struct imap *i, unsigned options)
{
	uint32_t validity, next;
	int r = (options & OPTION_TOKEN) != 0
		    ? imap_login_token(i, USER, "token")
		    : imap_login(i, USER, PASSWORD);

	if (!goes_on(r) || r != 0)
		return;
	r = imap_select(i, "INBOX", &validity, &next);
	if (!goes_on(r) || r != 0)
		return;
	if (validity == 0 || next == 0)
		abort();
	for (unsigned n = 0; n < ROUNDS; n++)
		if (!look(i, 2,
			(options & OPTION_DELETE) != 0 ? NULL : "Postern"))
			return;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct script script;
	struct imap_server server = {
	    .host = script.host,
	    .port = 993,
	    .timeout = 1000,
	    .stop = -1,
	};
	imap_auto struct imap *i = NULL;
	int r;

	if (len < 2)
		return 0;
	script = (struct script){
	    .host = "host.example",
	    .data = data + 2,
	    .len = len - 2,
	    .step = data[0] == 0xff ? len : (size_t)data[0] + 1,
	};
	server.starttls = (data[1] & OPTION_STARTTLS) != 0;
	r = imap_open(&server, &i);
	if (r == 0)
		watch(i, data[1]);
	else if (goes_on(r) && r != IMAP_REFUSED)
		abort();
	return 0;
}
