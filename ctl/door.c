/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/door.h"

#include <string.h>
#include <strings.h>

#define DOOR "127.0.0.1:8024" /* what the socket unit has */

const char *
door_where(const struct settings *s)
{
	return s->sockets.lmtp_tcp[0] == '\0' ? DOOR : s->sockets.lmtp_tcp;
}

struct door_address
door_address(const struct settings *s)
{
	const char *where = door_where(s);
	const char *colon = strrchr(where, ':');
	int six = where[0] == '[' ? 1 : 0;

	return (struct door_address){
	    .host = where + six,
	    .host_len = (int)(colon - where) - 2 * six,
	    .port = colon + 1,
	};
}

void
door_print_hint(FILE *out, const struct settings *s)
{
	if (s->sockets.lmtp_tcp[0] != '\0')
		return;
	(void)fprintf(out,
	    "#\n"
	    "# sockets.lmtp-tcp is not set: either set it to " DOOR
	    ", or under systemd:\n"
	    "#     systemctl stop postern-bridge.service\n"
	    "#     systemctl enable --now postern-bridge-lmtp-tcp.socket\n"
	    "#     systemctl start postern-bridge.service\n");
}

enum door_bounces
door_bounces(const struct settings *s)
{
	const char *sender = s->mail.fixed_sender;
	const char *at = strrchr(sender, '@');
	bool plus = s->mail.address_style == SETTINGS_STYLE_PLUS;

	if (s->mail.envelope_sender != SETTINGS_ENVELOPE_FIXED || at == NULL)
		return DOOR_BOUNCES_TOKEN;
	if (!plus && strcasecmp(at + 1, s->mail.reply_domain) == 0)
		return DOOR_BOUNCES_BESIDE;
	/* people write there, too: their mail is not to be dropped */
	if (strcasecmp(sender, s->mail.from) == 0 ||
	    (plus && strcasecmp(sender, s->mail.mailbox) == 0))
		return DOOR_BOUNCES_MAILBOX;
	return DOOR_BOUNCES_ELSEWHERE;
}

void
door_print_bounces(FILE *out, const struct settings *s, const char *how)
{
	enum door_bounces bounces = door_bounces(s);

	if (bounces == DOOR_BOUNCES_TOKEN)
		return;
	(void)fprintf(out,
	    "#\n# Bounces come back to %s (mail.fixed-sender).\n",
	    s->mail.fixed_sender);
	if (bounces == DOOR_BOUNCES_BESIDE) {
		(void)fprintf(out, "# Nothing more is needed for them: it is "
				   "led here as answers are.\n");
		return;
	}
	if (bounces == DOOR_BOUNCES_ELSEWHERE)
		(void)fprintf(out,
		    "# If it is used for nothing else, lead it here, too: what "
		    "is about no notice\n"
		    "# of ours is dropped.\n"
		    "%s"
		    "# Otherwise do not, and let its mailbox be watched: "
		    "mailbox.host, mail.maildir.\n",
		    how);
	else
		(void)fprintf(out,
		    "# Do not lead that mailbox here, as all else in it would "
		    "be dropped; let it be\n"
		    "# watched: mailbox.host, mail.maildir.\n");
}

void
door_print_pattern(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr(".+*?^$|{}\\/", text[i]) != NULL)
			(void)fputc('\\', out);
		(void)fputc(text[i], out);
	}
}
