/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bytes from an MTA through the LMTP door. The first byte chooses how they
 * are cut into pieces; the replies must be the same as for all at once, be
 * whole lines, and stay within their bound.
 */

#include <stdlib.h>
#include <string.h>
#include "bridge/lmtp.h"
#include "tests/fuzz/fuzz.h"

#define OUT_MAX ((size_t)4 * 1024 * 1024)

static enum lmtp_answer
on_recipient(void *context, const char *address)
{
	(void)context;
	switch (address[0]) {
	case 'n':
		return LMTP_REFUSE;
	case 'u':
		return LMTP_UNSURE;
	default:
		return LMTP_ACCEPT;
	}
}

static void
on_mail(void *context, const struct lmtp_mail *mail, bool *safe_r)
{
	(void)context;
	if (mail->n == 0 || mail->len > LMTP_KEEP_MAX ||
	    mail->len > mail->total)
		abort();
	for (size_t i = 0; i < mail->n; i++)
		safe_r[i] = mail->recipients[i][0] == 'o';
}

static void
talk(const uint8_t *data, size_t len, size_t step, struct buf *out)
{
	const struct lmtp_handler handler = {
	    .recipient = on_recipient,
	    .mail = on_mail,
	};
	lmtp_auto struct lmtp *l = NULL;

	if (lmtp_new(&handler, "host", 1000, &l) < 0)
		abort();
	for (size_t at = 0; at < len; at += step)
		lmtp_feed(l, data + at, len - at < step ? len - at : step, out);
	lmtp_shut(l, out);
}

static void
check_lines(const struct buf *out)
{
	for (size_t i = 0; i < out->len; i++) {
		uint8_t c = out->data[i];

		if (c == '\r' && out->data[i + 1] == '\n')
			i++;
		else if (c < ' ' || c > '~')
			abort();
	}
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
	buf_auto struct buf whole = {0};
	buf_auto struct buf pieces = {0};

	if (len == 0)
		return 0;
	buf_init(&whole, OUT_MAX);
	buf_init(&pieces, OUT_MAX);
	talk(data + 1, len - 1, LMTP_FEED_MAX, &whole);
	talk(data + 1, len - 1, (size_t)data[0] + 1, &pieces);
	if (buf_error(&whole) == 0 &&
	    (whole.len != pieces.len ||
		memcmp(whole.data, pieces.data, whole.len) != 0))
		abort();
	check_lines(&whole);
	return 0;
}
