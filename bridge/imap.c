/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/imap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sodium.h>
#include <libetpan/mailimap.h>
#include <libetpan/mailstream.h>
#include "base/clock.h"
#include "bridge/channel.h"
#include "bridge/frame.h"
#include "bridge/sieve.h"
#include "bridge/starttls.h"

#define STREAM_BUFFER 8192
#define STACK_USED ((size_t)256 * 1024) /* by libetpan, at most */
#define SASL_MAX 4096                   /* a user and a password */
#define PLAIN_TAG "auth"
#define ASK_TAG "can"
#define BLANKS " \r\n"
/* One answer: a mail's first bytes, and what a server adds unasked. */
#define ANSWER_MAX (IMAP_MAIL_MAX + (size_t)256 * 1024)

/* What a server says of itself (RFC 3501, section 7.2.1), as far as we ask. */
enum ability {
	CAN_IDLE = 1,    /* RFC 2177 */
	CAN_MOVE = 2,    /* RFC 6851 */
	CAN_UIDPLUS = 4, /* RFC 4315 */
	CAN_AT_ONCE = 8, /* RFC 4959 */
	CAN_PLAIN = 16,  /* RFC 4616 */
	CAN_XOAUTH2 = 32,
	CANNOT_LOGIN = 64,
};

struct imap {
	const struct imap_server *server;
	struct channel_target target;
	struct channel *channel;
	struct frame frame;
	struct sieve sieve;
	bool by_lines; /* somebody reads lines as they are */
	mailimap *session;
	mailstream_low_driver driver;
	int error;     /* the channel's or the frame's, first of all */
	unsigned seen; /* frame.exists before the last search */
	unsigned can;  /* enum ability */
};

/* ---- a stream for libetpan ----------------------------------------------- */

/* From the channel into the sieve. */
static int
fill(struct imap *i)
{
	size_t room, n = 0;
	char *to = sieve_room(&i->sieve, &room);
	int r = channel_read(i->channel, to, room, &n);

	if (r == 0)
		r = frame_feed(&i->frame, to, n);
	if (r == 0)
		sieve_add(&i->sieve, n);
	return r;
}

static ssize_t
stream_read(mailstream_low *low, void *data, size_t max)
{
	struct imap *i = low->data;
	size_t n = 0;

	while (i->error == 0 && n == 0) {
		i->error = sieve_read(&i->sieve, i->by_lines, data, max, &n);
		if (i->error == 0 && n == 0)
			i->error = fill(i);
	}
	/* never 0: in a literal libetpan would ask for ever */
	return i->error == 0 ? (ssize_t)n : -1;
}

static ssize_t
stream_write(mailstream_low *low, const void *data, size_t len)
{
	struct imap *i = low->data;

	if (i->error == 0)
		i->error = channel_write(i->channel, data, len);
	return i->error == 0 ? (ssize_t)len : -1;
}

static int
stream_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

/* Nobody may wait on it with select(): a high number overruns its set. */
static int
stream_fd(mailstream_low *low)
{
	(void)low;
	return -1;
}

static void
stream_free(mailstream_low *low)
{
	free(low);
}

static void
stream_cancel(mailstream_low *low)
{
	(void)low;
}

static struct mailstream_cancel *
stream_get_cancel(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static carray *
stream_certificates(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static int
stream_no_idle(mailstream_low *low)
{
	(void)low;
	return -1;
}

static const mailstream_low_driver driver = {
    .mailstream_read = stream_read,
    .mailstream_write = stream_write,
    .mailstream_close = stream_close,
    .mailstream_get_fd = stream_fd,
    .mailstream_free = stream_free,
    .mailstream_cancel = stream_cancel,
    .mailstream_get_cancel = stream_get_cancel,
    .mailstream_get_certificate_chain = stream_certificates,
    .mailstream_setup_idle = stream_no_idle,
    .mailstream_unsetup_idle = stream_no_idle,
    .mailstream_interrupt_idle = stream_no_idle,
};

/* ---- opening ------------------------------------------------------------- */

static int
of_channel(int r)
{
	switch (r) {
	case CHANNEL_NO_ADDRESS:
		return IMAP_NO_ADDRESS;
	case CHANNEL_NO_TRUST:
		return IMAP_NO_TRUST;
	case CHANNEL_UNTRUSTED:
		return IMAP_UNTRUSTED;
	case CHANNEL_NO_TLS:
		return IMAP_NO_TLS;
	default:
		return r;
	}
}

/* The one place where libetpan's errors become ours. */
static int
of_etpan(const struct imap *i, int r)
{
	if (i->error != 0)
		return i->error;
	switch (r) {
	case MAILIMAP_NO_ERROR:
		return 0;
	case MAILIMAP_ERROR_MEMORY:
		return -ENOMEM;
	case MAILIMAP_ERROR_STREAM:
	case MAILIMAP_ERROR_FATAL:
		return -ECONNRESET;
	case MAILIMAP_ERROR_BAD_STATE:
	case MAILIMAP_ERROR_PARSE:
	case MAILIMAP_ERROR_PROTOCOL:
	case MAILIMAP_ERROR_DONT_ACCEPT_CONNECTION:
	case MAILIMAP_ERROR_NEEDS_MORE_DATA:
		return -EPROTO;
	default:
		return IMAP_REFUSED;
	}
}

static void
allow_time(struct imap *i)
{
	channel_set_deadline(i->channel, clock_boot() + i->server->timeout);
}

/* From now on: the time and the bytes of one command. */
static void
allow(struct imap *i)
{
	allow_time(i);
	frame_allow(&i->frame, ANSWER_MAX);
}

/* What has passed through libetpan's buffers, mails and passwords too. */
static void
wipe(struct imap *i)
{
	mailstream *s = i->session->imap_stream;
	MMAPString *line = i->session->imap_stream_buffer;

	if (s != NULL) {
		sodium_memzero(s->read_buffer + s->read_buffer_len,
		    s->buffer_max_size - s->read_buffer_len);
		sodium_memzero(s->write_buffer + s->write_buffer_len,
		    s->buffer_max_size - s->write_buffer_len);
	}
	sieve_wipe(&i->sieve);
	if (line != NULL && line->str != NULL)
		sodium_memzero(line->str, line->allocated_len);
	/* it hands a literal's parts on from there */
	sodium_stackzero(STACK_USED);
}

static int
greet(struct imap *i)
{
	mailstream *stream = NULL;
	mailstream_low *low;
	int r;

	i->driver = driver;
	low = mailstream_low_new(i, &i->driver);
	if (low != NULL)
		stream = mailstream_new(low, STREAM_BUFFER);
	if (stream == NULL) {
		free(low);
		return -ENOMEM;
	}
	r = mailimap_connect(i->session, stream);
	if (i->session->imap_stream == NULL)
		(void)mailstream_close(stream);
	/* authenticated before we said who we are: whose mailbox is it? */
	if (r == MAILIMAP_NO_ERROR_AUTHENTICATED)
		return -EPROTO;
	return r == MAILIMAP_NO_ERROR_NON_AUTHENTICATED ? 0 : of_etpan(i, r);
}

static int
start_tls(struct imap *i)
{
	int r = starttls(i->channel);

	if (r == 0)
		sieve_greet(&i->sieve);
	return r == STARTTLS_UNSAFE ? IMAP_NO_TLS : r;
}

int
imap_open(const struct imap_server *server, struct imap **i_r)
{
	imap_auto struct imap *i = calloc(1, sizeof(*i));
	int r;

	if (i == NULL)
		return -ENOMEM;
	i->server = server;
	i->target = (struct channel_target){
	    .host = server->host,
	    .port = server->port,
	    .ca_file = server->ca_file,
	    .stop = server->stop,
	};
	i->session = mailimap_new(0, NULL);
	if (i->session == NULL)
		return -ENOMEM;
	r = of_channel(channel_connect(
	    &i->target, clock_boot() + server->timeout, &i->channel));
	if (r != 0)
		return r;
	if (server->starttls)
		r = start_tls(i);
	if (r == 0)
		r = of_channel(channel_secure(i->channel));
	allow(i);
	if (r == 0)
		r = greet(i);
	if (r != 0)
		return r;
	*i_r = i;
	i = NULL;
	return 0;
}

void
imap_close(struct imap **i)
{
	if (*i == NULL)
		return;
	if ((*i)->session != NULL) {
		wipe(*i);
		/* or libetpan says LOGOUT, and waits for the answer */
		(*i)->error = -ECANCELED;
		mailimap_free((*i)->session);
	}
	sodium_memzero(&(*i)->sieve, sizeof((*i)->sieve));
	channel_close(&(*i)->channel);
	free(*i);
	*i = NULL;
}

/* ---- by lines ------------------------------------------------------------ */

/* What libetpan cannot do, or not well, is said and heard here. */
static int
say(struct imap *i, const char *text)
{
	mailstream *s = i->session->imap_stream;

	if (mailstream_write(s, text, strlen(text)) < 0 ||
	    mailstream_flush(s) < 0)
		return i->error != 0 ? i->error : -ECONNRESET;
	return 0;
}

static int
hear(struct imap *i, const char **line_r)
{
	i->by_lines = true;
	*line_r = mailimap_read_line(i->session);
	i->by_lines = false;
	if (*line_r != NULL)
		return 0;
	return i->error != 0 ? i->error : -ECONNRESET;
}

static bool
is_tagged(const char *line, const char *tag)
{
	size_t len = strlen(tag);

	return strncmp(line, tag, len) == 0 && line[len] == ' ';
}

/* Of a line with TAG. */
static bool
is_ok(const char *line, const char *tag)
{
	const char *word = line + strlen(tag) + 1;

	return strncasecmp(word, "OK", 2) == 0 &&
	       strchr(BLANKS, word[2]) != NULL;
}

/* ---- signing in ---------------------------------------------------------- */

static unsigned
abilities(const char *line)
{
	static const struct {
		const char *word;
		enum ability ability;
	} words[] = {
	    {"IDLE", CAN_IDLE},
	    {"MOVE", CAN_MOVE},
	    {"UIDPLUS", CAN_UIDPLUS},
	    {"SASL-IR", CAN_AT_ONCE},
	    {"AUTH=PLAIN", CAN_PLAIN},
	    {"AUTH=XOAUTH2", CAN_XOAUTH2},
	    {"LOGINDISABLED", CANNOT_LOGIN},
	};
	unsigned can = 0;

	while (*line != '\0') {
		size_t len = strcspn(line, BLANKS);

		for (size_t k = 0; k < PN_ARRAY_LEN(words); k++)
			if (strlen(words[k].word) == len &&
			    strncasecmp(line, words[k].word, len) == 0)
				can |= (unsigned)words[k].ability;
		line += len;
		line += strspn(line, BLANKS);
	}
	return can;
}

/*
 * To be asked again after signing in, as others may not be told of all. By
 * lines: where there is no answer but OK, libetpan's own takes NULL for one.
 */
static int
ask_capabilities(struct imap *i)
{
	static const char answer[] = "* CAPABILITY ";
	const char *line;
	int r;

	i->can = 0;
	allow(i);
	r = say(i, ASK_TAG " CAPABILITY\r\n");
	while (r == 0) {
		r = hear(i, &line);
		if (r != 0)
			break;
		if (is_tagged(line, ASK_TAG))
			return is_ok(line, ASK_TAG) ? 0 : IMAP_REFUSED;
		if (strncasecmp(line, answer, sizeof(answer) - 1) == 0)
			i->can |= abilities(line + sizeof(answer) - 1);
		else if (line[0] != '*')
			r = -EPROTO;
	}
	return r;
}

/* The message of PLAIN (RFC 4616), in base64 and with its line's end. */
static int
plain_message(const char *user, const char *password, struct buf *line)
{
	const size_t len = strlen(user) + strlen(password) + 2;
	const size_t size =
	    sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
	buf_auto struct buf message = {0};
	uint8_t *text;

	buf_init(&message, SASL_MAX);
	buf_add_byte(&message, '\0');
	buf_add_str(&message, user);
	buf_add_byte(&message, '\0');
	buf_add_str(&message, password);
	text = buf_grow(line, size);
	if (buf_error(&message) != 0)
		return buf_error(&message);
	if (text == NULL)
		return buf_error(line);
	(void)sodium_bin2base64((char *)text, size, message.data, message.len,
	    sodium_base64_VARIANT_ORIGINAL);
	line->len--; /* its NUL */
	buf_add_str(line, "\r\n");
	return buf_error(line);
}

/*
 * AUTHENTICATE PLAIN (RFC 3501, section 6.2.2) by lines: libetpan's own wants
 * a SASL library. The message goes along (RFC 4959), or waits for the "+".
 */
static int
authenticate(struct imap *i, const char *message)
{
	bool at_once = (i->can & CAN_AT_ONCE) != 0;
	const char *line;
	int r = say(i, PLAIN_TAG " AUTHENTICATE PLAIN");

	if (r == 0)
		r = say(i, at_once ? " " : "\r\n");
	if (r == 0 && at_once)
		r = say(i, message);
	while (r == 0) {
		r = hear(i, &line);
		if (r != 0)
			break;
		if (is_tagged(line, PLAIN_TAG))
			return is_ok(line, PLAIN_TAG) ? 0 : IMAP_REFUSED;
		if (line[0] == '+' && !at_once) {
			at_once = true;
			r = say(i, message);
		} else if (line[0] != '*') {
			r = -EPROTO;
		}
	}
	return r;
}

static int
login_plain(struct imap *i, const char *user, const char *password)
{
	buf_auto struct buf message = {0};
	int r;

	buf_init(&message, 2 * SASL_MAX);
	r = plain_message(user, password, &message);
	if (r != 0)
		return r;
	allow(i);
	r = authenticate(i, (const char *)message.data);
	if (r == 0)
		i->session->imap_state = MAILIMAP_STATE_AUTHENTICATED;
	return r;
}

int
imap_login(struct imap *i, const char *user, const char *password)
{
	int r;

	r = ask_capabilities(i);
	if (r != 0)
		return r;
	if ((i->can & CANNOT_LOGIN) == 0) {
		allow(i);
		r = of_etpan(i, mailimap_login(i->session, user, password));
	} else if ((i->can & CAN_PLAIN) != 0) {
		r = login_plain(i, user, password);
	} else if ((i->can & CAN_XOAUTH2) != 0) {
		return IMAP_OAUTH_ONLY;
	} else {
		return IMAP_NO_PASSWORD;
	}
	wipe(i);
	return r == 0 ? ask_capabilities(i) : r;
}

int
imap_login_token(struct imap *i, const char *user, const char *token)
{
	int r;

	allow(i);
	r = of_etpan(i, mailimap_oauth2_authenticate(i->session, user, token));
	wipe(i);
	return r == 0 ? ask_capabilities(i) : r;
}

int
imap_select(
    struct imap *i, const char *folder, uint32_t *validity_r, uint32_t *next_r)
{
	const struct mailimap_selection_info *info;
	int r;

	allow(i);
	r = of_etpan(i, mailimap_select(i->session, folder));
	if (r != 0)
		return r;
	info = i->session->imap_selection_info;
	if (info == NULL || info->sel_uidvalidity == 0 ||
	    info->sel_uidnext == 0)
		return -EPROTO;
	*validity_r = info->sel_uidvalidity;
	*next_r = info->sel_uidnext;
	return 0;
}

/* ---- looking for mails --------------------------------------------------- */

static int
compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/*
 * n:* also names the last mail there is, should all be older. -EMSGSIZE: more
 * than IMAP_SPAN, and the lowest may be anywhere.
 */
static int
take_uids(clist *found, uint32_t first, uint32_t *uids, size_t *n_r)
{
	size_t n = 0, kept = 0;

	for (clistiter *at = clist_begin(found); at != NULL;
	     at = clist_next(at)) {
		const uint32_t *uid = clist_content(at);

		if (*uid < first)
			continue;
		if (n == IMAP_SPAN)
			return -EMSGSIZE;
		uids[n++] = *uid;
	}
	qsort(uids, n, sizeof(uids[0]), compare_uids);
	for (size_t k = 0; k < n; k++)
		if (kept == 0 || uids[k] != uids[kept - 1])
			uids[kept++] = uids[k];
	*n_r = kept;
	return 0;
}

int
imap_search(struct imap *i, uint32_t first, uint32_t last,
    uint32_t uids_r[static IMAP_SPAN], size_t *n_r)
{
	struct mailimap_set *set = mailimap_set_new_interval(first, last);
	struct mailimap_search_key *key = NULL;
	clist *found = NULL;
	int r;

	if (set != NULL)
		key = mailimap_search_key_new_uid(set);
	if (key == NULL) {
		if (set != NULL)
			mailimap_set_free(set);
		return -ENOMEM;
	}
	i->seen = i->frame.exists;
	allow(i);
	r = of_etpan(i, mailimap_uid_search(i->session, NULL, key, &found));
	mailimap_search_key_free(key);
	*n_r = 0;
	if (found != NULL) {
		if (r == 0)
			r = take_uids(found, first, uids_r, n_r);
		mailimap_search_result_free(found);
	}
	return r;
}

/* ---- a mail -------------------------------------------------------------- */

static bool
on_body(int type, struct mailimap_msg_att_body_section *section,
    const char *bytes, size_t len, void *context)
{
	(void)type;
	(void)section;
	buf_add(context, bytes, len);
	return buf_error(context) == 0;
}

static bool
has_uid(clist *list, uint32_t uid)
{
	for (clistiter *m = clist_begin(list); m != NULL; m = clist_next(m)) {
		struct mailimap_msg_att *mail = clist_content(m);

		for (clistiter *a = clist_begin(mail->att_list); a != NULL;
		     a = clist_next(a)) {
			const struct mailimap_msg_att_item *item =
			    clist_content(a);

			if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC &&
			    item->att_data.att_static->att_type ==
				MAILIMAP_MSG_ATT_UID &&
			    item->att_data.att_static->att_data.att_uid == uid)
				return true;
		}
	}
	return false;
}

/* BODY.PEEK[]<0.IMAP_MAIL_MAX> and nothing else. */
static struct mailimap_fetch_type *
what_to_fetch(void)
{
	struct mailimap_section *section = mailimap_section_new(NULL);
	struct mailimap_fetch_att *att = NULL;
	struct mailimap_fetch_type *type = NULL;

	if (section != NULL)
		att = mailimap_fetch_att_new_body_peek_section_partial(
		    section, 0, (uint32_t)IMAP_MAIL_MAX);
	if (att != NULL)
		type = mailimap_fetch_type_new_fetch_att(att);
	if (type == NULL && att != NULL)
		mailimap_fetch_att_free(att);
	else if (att == NULL && section != NULL)
		mailimap_section_free(section);
	return type;
}

int
imap_fetch(struct imap *i, uint32_t uid, struct buf *mail)
{
	struct mailimap_set *set = mailimap_set_new_single(uid);
	struct mailimap_fetch_type *type = what_to_fetch();
	clist *list = NULL;
	int r = -ENOMEM;

	if (set != NULL && type != NULL) {
		allow(i);
		mailimap_set_msg_body_handler(i->session, on_body, mail);
		r = mailimap_uid_fetch(i->session, set, type, &list);
		/* after a NO it hands out what it has freed */
		if (r != MAILIMAP_NO_ERROR)
			list = NULL;
		r = of_etpan(i, r);
		mailimap_set_msg_body_handler(i->session, NULL, NULL);
		wipe(i);
	}
	if (r == 0)
		r = buf_error(mail);
	if (r == 0 && (list == NULL || !has_uid(list, uid)))
		r = IMAP_GONE;
	if (list != NULL)
		mailimap_fetch_list_free(list);
	if (set != NULL)
		mailimap_set_free(set);
	if (type != NULL)
		mailimap_fetch_type_free(type);
	return r;
}

/* ---- removing one -------------------------------------------------------- */

static int
flag_deleted(struct imap *i, struct mailimap_set *set)
{
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();
	struct mailimap_flag *flag = mailimap_flag_new_deleted();
	struct mailimap_store_att_flags *store = NULL;
	int r = -ENOMEM;

	if (flags != NULL && flag != NULL &&
	    mailimap_flag_list_add(flags, flag) == MAILIMAP_NO_ERROR) {
		flag = NULL;
		store = mailimap_store_att_flags_new_add_flags_silent(flags);
	}
	if (store != NULL) {
		flags = NULL;
		allow(i);
		r = of_etpan(i, mailimap_uid_store(i->session, set, store));
		mailimap_store_att_flags_free(store);
	}
	if (flag != NULL)
		mailimap_flag_free(flag);
	if (flags != NULL)
		mailimap_flag_list_free(flags);
	return r;
}

/* A plain EXPUNGE would take along what others have flagged. */
static int
expunge(struct imap *i, struct mailimap_set *set)
{
	int r = flag_deleted(i, set);

	if (r != 0 || (i->can & CAN_UIDPLUS) == 0)
		return r;
	allow(i);
	return of_etpan(i, mailimap_uid_expunge(i->session, set));
}

static int
move(struct imap *i, struct mailimap_set *set, const char *folder)
{
	int r;

	allow(i);
	if ((i->can & CAN_MOVE) != 0)
		return of_etpan(i, mailimap_uid_move(i->session, set, folder));
	r = of_etpan(i, mailimap_uid_copy(i->session, set, folder));
	return r == 0 ? expunge(i, set) : r;
}

int
imap_remove(struct imap *i, uint32_t uid, const char *folder)
{
	struct mailimap_set *set = mailimap_set_new_single(uid);
	int r;

	if (set == NULL)
		return -ENOMEM;
	if (folder == NULL) {
		r = expunge(i, set);
	} else {
		r = move(i, set, folder);
		if (r == IMAP_REFUSED) {
			allow(i);
			r = of_etpan(i, mailimap_create(i->session, folder));
			if (r == 0)
				r = move(i, set, folder);
		}
	}
	mailimap_set_free(set);
	return r;
}

/* ---- waiting ------------------------------------------------------------- */

/*
 * IDLE (RFC 2177) by lines: libetpan's own takes untagged data before the "+"
 * for an error, and sleeps on what it has already read.
 */
#define IDLE_TAG "idle"

/* Also what came along with other answers, which no IDLE says again. */
static bool
has_news(const struct imap *i)
{
	return i->frame.exists != i->seen;
}

/* Until the server idles. The bytes are those of all of one IDLE. */
static int
idle_begin(struct imap *i)
{
	const char *line;
	int r;

	allow(i);
	r = say(i, IDLE_TAG " IDLE\r\n");
	while (r == 0) {
		r = hear(i, &line);
		if (r != 0 || line[0] == '+')
			break;
		if (is_tagged(line, IDLE_TAG))
			return IMAP_REFUSED;
		if (line[0] != '*')
			return -EPROTO;
	}
	return r;
}

static int
idle_end(struct imap *i)
{
	const char *line;
	int r;

	allow_time(i);
	r = say(i, "DONE\r\n");
	while (r == 0) {
		r = hear(i, &line);
		if (r == 0 && is_tagged(line, IDLE_TAG))
			return 0;
		if (r == 0 && line[0] != '*')
			return -EPROTO;
	}
	return r;
}

static int
wait_data(struct imap *i, int64_t until)
{
	if (sieve_holds(&i->sieve))
		return 0;
	return channel_wait(i->channel, until);
}

static int
idle(struct imap *i, int64_t until)
{
	int r = idle_begin(i);

	while (r == 0 && !has_news(i)) {
		const char *line;

		r = wait_data(i, until);
		if (r == -ETIMEDOUT) {
			r = 0;
			break;
		}
		allow_time(i);
		if (r == 0)
			r = hear(i, &line);
		if (r == 0 && line[0] != '*')
			r = -EPROTO;
	}
	return r == 0 ? idle_end(i) : r;
}

int
imap_wait(struct imap *i, int64_t ms)
{
	int64_t until = clock_boot() + ms;
	int r;

	if (has_news(i))
		return 0;
	if (imap_has_idle(i)) {
		r = idle(i, until);
		if (r != IMAP_REFUSED)
			return r;
		/* promised, and not kept: the next time without it */
		i->can &= ~(unsigned)CAN_IDLE;
		return 0;
	}
	r = wait_data(i, until);
	return r == -ETIMEDOUT ? 0 : r;
}

bool
imap_has_idle(const struct imap *i)
{
	return (i->can & CAN_IDLE) != 0;
}
