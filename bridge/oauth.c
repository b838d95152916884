/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/oauth.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <curl/curl.h>
#include <jansson.h>
#include <sodium.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "bridge/keep.h"

#define FILE_NAME "refresh-token"
#define TOKEN_MAX 12288 /* bytes of any token */
/* A token that ends so soon is not begun with. */
#define MARGIN CLOCK_MINUTE
#define LIFE_DEFAULT (5 * CLOCK_MINUTE) /* where none is told */
#define LIFE_MAX (10 * 366 * CLOCK_DAY)
#define INTERVAL_DEFAULT 5 /* seconds (RFC 8628, section 3.2) */
#define INTERVAL_MAX 60
#define SLOW_DOWN 5
#define PROMPT_MAX (30 * CLOCK_MINUTE)
#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

struct oauth {
	struct oauth_settings settings;
	CURL *curl;
	struct buf form;
	struct buf answer;
	struct secret access;
	int64_t access_ends; /* clock_boot() */
	struct secret refresh;
	int64_t refresh_ends; /* clock_now(), 0: not told */
	bool unsaved;         /* the refresh token is not on the disk yet */
	struct secret device_code;
	int64_t device_ends; /* clock_boot() */
	int64_t interval;    /* seconds */
};

/* ---- one request ---------------------------------------------------------
 */

static void
add_field(struct oauth *o, const char *name, const char *value)
{
	char *escaped;

	if (value == NULL)
		return;
	escaped = curl_easy_escape(o->curl, value, 0);
	if (escaped == NULL) {
		o->form.err = -ENOMEM;
		return;
	}
	if (o->form.len > 0)
		buf_add_byte(&o->form, '&');
	buf_add_str(&o->form, name);
	buf_add_byte(&o->form, '=');
	buf_add_str(&o->form, escaped);
	sodium_memzero(escaped, strlen(escaped));
	curl_free(escaped);
}

static void
new_form(struct oauth *o, const char *grant)
{
	buf_reset(&o->form);
	add_field(o, "grant_type", grant);
	add_field(o, "client_id", o->settings.client_id);
}

static size_t
on_answer(char *data, size_t size, size_t n, void *context)
{
	struct buf *answer = context;

	buf_add(answer, data, size * n);
	return buf_error(answer) == 0 ? size * n : 0;
}

static int
on_progress(void *context, curl_off_t dl_all, curl_off_t dl, curl_off_t ul_all,
    curl_off_t ul)
{
	const struct oauth_settings *s = context;

	(void)dl_all;
	(void)dl;
	(void)ul_all;
	(void)ul;
	return s->abort != NULL && s->abort(s->context) ? 1 : 0;
}

#define SET(option, value)                                                     \
	do {                                                                   \
		if (r == CURLE_OK)                                             \
			r = curl_easy_setopt(o->curl, option, value);          \
	} while (0)

static CURLcode
set_up(struct oauth *o)
{
	const struct oauth_settings *s = &o->settings;
	CURLcode r = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* CAINFO adds to the system's store unless that is cleared */
	if (s->ca_file != NULL) {
		SET(CURLOPT_CAINFO, s->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	SET(CURLOPT_TIMEOUT_MS, (long)s->timeout);
	SET(CURLOPT_WRITEFUNCTION, on_answer);
	SET(CURLOPT_WRITEDATA, &o->answer);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, s);
	SET(CURLOPT_NOPROGRESS, 0L);
	return r;
}

static CURLcode
perform(struct oauth *o, const char *url)
{
	CURLcode r = CURLE_OK;

	buf_reset(&o->answer);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_POSTFIELDSIZE, (long)o->form.len);
	SET(CURLOPT_POSTFIELDS, (const char *)o->form.data);
	return r == CURLE_OK ? curl_easy_perform(o->curl) : r;
}

/* RFC 6749, section 5.2, and RFC 8628, section 3.5. */
static const struct {
	const char *error;
	int code;
} refusals[] = {
    {"invalid_grant", OAUTH_SIGN_IN},
    {"interaction_required", OAUTH_SIGN_IN},
    {"invalid_client", OAUTH_CLIENT},
    {"unauthorized_client", OAUTH_CLIENT},
    {"authorization_pending", OAUTH_PENDING},
    {"slow_down", OAUTH_PENDING},
    {"access_denied", OAUTH_DENIED},
    {"expired_token", OAUTH_DENIED},
    {"temporarily_unavailable", OAUTH_TROUBLE},
};

static int
refusal(struct oauth *o, long status, json_t *answer)
{
	const char *error = json_get_text(answer, "error");

	if (status == 429 || status >= 500)
		return OAUTH_TROUBLE;
	for (size_t i = 0; error != NULL && i < PN_ARRAY_LEN(refusals); i++) {
		if (strcmp(error, refusals[i].error) != 0)
			continue;
		if (strcmp(error, "slow_down") == 0)
			o->interval += SLOW_DOWN;
		return refusals[i].code;
	}
	if (status == 401)
		return OAUTH_CLIENT;
	return status >= 400 && error != NULL ? OAUTH_REFUSED : OAUTH_TROUBLE;
}

/* Sends the form to URL: 0 and an object, or as the header says. */
static int
ask(struct oauth *o, const char *url, json_t **answer_r)
{
	json_auto json_t *answer = NULL;
	struct json_problem problem;
	long status = 0;
	CURLcode code;
	int r = buf_error(&o->form);

	if (r < 0)
		return r;
	code = perform(o, url);
	buf_reset(&o->form);
	if (code == CURLE_OK)
		r = json_read(o->answer.data, o->answer.len, &answer, &problem);
	buf_reset(&o->answer);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return -ECANCELED;
	if (code != CURLE_OK)
		return code == CURLE_OUT_OF_MEMORY ? -ENOMEM : OAUTH_TROUBLE;
	if (r < 0)
		return r;
	(void)curl_easy_getinfo(o->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return refusal(o, status, answer);
	if (r > 0)
		return OAUTH_TROUBLE;
	*answer_r = answer;
	answer = NULL;
	return 0;
}

/* ---- what is answered ----------------------------------------------------
 */

/* Visible ASCII, as RFC 6749 has it in its appendix A. */
static const char *
get_token(json_t *answer, const char *name)
{
	const char *text = json_get_text(answer, name);
	size_t len = text == NULL ? 0 : strlen(text);

	if (len == 0 || len > TOKEN_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (text[i] < '!' || text[i] > '~')
			return NULL;
	return text;
}

/* Milliseconds; some send their numbers as text. */
static int64_t
get_life(json_t *answer, const char *name, int64_t def)
{
	json_t *value = json_object_get(answer, name);
	int64_t seconds = def / CLOCK_SECOND;

	if (json_is_integer(value))
		seconds = json_integer_value(value);
	else if (json_is_string(value))
		seconds = strtoll(json_string_value(value), NULL, 10);
	if (seconds < 0)
		seconds = 0;
	return seconds > LIFE_MAX / CLOCK_SECOND ? LIFE_MAX
						 : seconds * CLOCK_SECOND;
}

static int
save_refresh(struct oauth *o)
{
	buf_auto struct buf text = {0};
	int r;

	if (!o->unsaved)
		return 0;
	buf_init(&text, KEEP_MAX);
	buf_printf(&text, "1 %" PRId64 " %s\n", o->refresh_ends,
	    secret_text(&o->refresh));
	r = buf_error(&text);
	if (r == 0)
		r = keep_write(
		    o->settings.directory, FILE_NAME, text.data, text.len);
	o->unsaved = r < 0;
	return r;
}

static int
load_refresh(struct oauth *o)
{
	secret_auto struct secret file = {0};
	char *text, *end;
	int r = keep_read(o->settings.directory, FILE_NAME, &file);

	if (r == -ENOENT || r == -EMSGSIZE)
		return 0;
	if (r < 0)
		return r;
	text = (char *)file.data;
	if (text == NULL || strncmp(text, "1 ", 2) != 0)
		return 0;
	o->refresh_ends = strtoll(text + 2, &end, 10);
	if (*end != ' ')
		return 0;
	end[1 + strcspn(end + 1, "\n")] = '\0';
	return end[1] == '\0' ? 0 : secret_replace(&o->refresh, end + 1);
}

static int
take_tokens(struct oauth *o, json_t *answer)
{
	const char *access = get_token(answer, "access_token");
	const char *refresh = get_token(answer, "refresh_token");
	const char *type = json_get_text(answer, "token_type");
	int64_t life;
	int r;

	if (access == NULL || type == NULL || strcasecmp(type, "Bearer") != 0)
		return OAUTH_TROUBLE;
	if (refresh != NULL && o->settings.device) {
		life = get_life(answer, "refresh_token_expires_in", 0);
		r = secret_replace(&o->refresh, refresh);
		if (r < 0)
			return r;
		o->refresh_ends = life == 0 ? 0 : clock_now() + life;
		o->unsaved = true;
	}
	r = save_refresh(o);
	if (r < 0)
		return r;
	o->access_ends =
	    clock_boot() + get_life(answer, "expires_in", LIFE_DEFAULT);
	return secret_replace(&o->access, access);
}

/* ---- for the mailbox -----------------------------------------------------
 */

int
oauth_open(const struct oauth_settings *s, struct oauth **o_r)
{
	oauth_auto struct oauth *o = calloc(1, sizeof(*o));
	int r;

	if (o == NULL)
		return -ENOMEM;
	o->settings = *s;
	buf_init(&o->form, OAUTH_ANSWER_MAX);
	buf_init(&o->answer, OAUTH_ANSWER_MAX);
	o->curl = curl_easy_init();
	if (o->curl == NULL)
		return -ENOMEM;
	if (set_up(o) != CURLE_OK)
		return -EINVAL;
	r = s->device ? load_refresh(o) : 0;
	if (r < 0)
		return r;
	*o_r = o;
	o = NULL;
	return 0;
}

void
oauth_close(struct oauth **o)
{
	if (*o == NULL)
		return;
	curl_easy_cleanup((*o)->curl);
	buf_fini(&(*o)->form);
	buf_fini(&(*o)->answer);
	secret_fini(&(*o)->access);
	secret_fini(&(*o)->refresh);
	secret_fini(&(*o)->device_code);
	free(*o);
	*o = NULL;
}

static int
renew(struct oauth *o)
{
	const struct oauth_settings *s = &o->settings;
	json_auto json_t *answer = NULL;
	int r;

	if (s->device && o->refresh.len == 0)
		return OAUTH_SIGN_IN;
	new_form(o, s->device ? "refresh_token" : "client_credentials");
	if (s->device)
		add_field(o, "refresh_token", secret_text(&o->refresh));
	add_field(o, "client_secret", s->client_secret);
	add_field(o, "scope", s->scope);
	r = ask(o, s->token_endpoint, &answer);
	if (r == OAUTH_SIGN_IN && !s->device)
		return OAUTH_CLIENT;
	/* what belongs to signing in has no place here */
	if (r == OAUTH_PENDING || r == OAUTH_DENIED)
		return OAUTH_REFUSED;
	return r == 0 ? take_tokens(o, answer) : r;
}

int
oauth_token(struct oauth *o, const char **token_r)
{
	int r = save_refresh(o);

	if (r == 0 &&
	    (o->access.len == 0 || clock_boot() + MARGIN >= o->access_ends))
		r = renew(o);
	*token_r = secret_text(&o->access);
	return r;
}

void
oauth_forget(struct oauth *o)
{
	secret_fini(&o->access);
}

int64_t
oauth_refresh_ends(const struct oauth *o)
{
	return o->refresh_ends;
}

/* ---- signing in ----------------------------------------------------------
 */

/* What a terminal is going to show. */
static bool
copy_shown(char *to, size_t size, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (len == 0 || len >= size)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	memcpy(to, text, len + 1);
	return true;
}

static int
take_prompt(struct oauth *o, json_t *answer, struct oauth_prompt *p)
{
	const char *code = get_token(answer, "device_code");
	const char *uri = json_get_text(answer, "verification_uri");
	int64_t life = get_life(answer, "expires_in", PROMPT_MAX);

	/* Google's older name of it */
	if (uri == NULL)
		uri = json_get_text(answer, "verification_url");
	if (life > PROMPT_MAX)
		life = PROMPT_MAX;
	if (code == NULL || uri == NULL || strncmp(uri, "https://", 8) != 0 ||
	    !copy_shown(
		p->verification_uri, sizeof(p->verification_uri), uri) ||
	    !copy_shown(p->user_code, sizeof(p->user_code),
		json_get_text(answer, "user_code")))
		return OAUTH_TROUBLE;
	o->interval =
	    get_life(answer, "interval", INTERVAL_DEFAULT * CLOCK_SECOND) /
	    CLOCK_SECOND;
	if (o->interval < 1)
		o->interval = INTERVAL_DEFAULT;
	p->expires = clock_now() + life;
	o->device_ends = clock_boot() + life;
	return secret_replace(&o->device_code, code);
}

int
oauth_begin(struct oauth *o, struct oauth_prompt *prompt_r)
{
	json_auto json_t *answer = NULL;
	int r;

	*prompt_r = (struct oauth_prompt){0};
	buf_reset(&o->form);
	add_field(o, "client_id", o->settings.client_id);
	add_field(o, "scope", o->settings.scope);
	r = ask(o, o->settings.device_endpoint, &answer);
	if (r == OAUTH_SIGN_IN || r == OAUTH_PENDING || r == OAUTH_DENIED)
		return OAUTH_REFUSED;
	if (r == 0)
		r = take_prompt(o, answer, prompt_r);
	if (r != 0)
		*prompt_r = (struct oauth_prompt){0};
	return r;
}

int64_t
oauth_interval(const struct oauth *o)
{
	return CLOCK_SECOND *
	       (o->interval < INTERVAL_MAX ? o->interval : INTERVAL_MAX);
}

int
oauth_poll(struct oauth *o)
{
	json_auto json_t *answer = NULL;
	int r;

	if (clock_boot() >= o->device_ends)
		return OAUTH_DENIED;
	new_form(o, DEVICE_GRANT);
	add_field(o, "device_code", secret_text(&o->device_code));
	add_field(o, "client_secret", o->settings.client_secret);
	r = ask(o, o->settings.token_endpoint, &answer);
	if (r == 0)
		r = take_tokens(o, answer);
	/* RFC 6749: the device code itself is the grant that is refused */
	if (r == OAUTH_SIGN_IN)
		r = OAUTH_DENIED;
	if (r == 0)
		secret_fini(&o->device_code);
	return r;
}
