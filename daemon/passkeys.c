/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/passkeys.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/log.h"
#include "daemon/clientdata.h"
#include "daemon/pool.h"
#include "daemon/posternd.h"
#include "daemon/view.h"

#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define TEXT_SIZE(len) sodium_base64_ENCODED_LEN(len, BASE64URL)
#define CHALLENGE_LEN 32

_Static_assert(
    TEXT_SIZE(CHALLENGE_LEN) == PASSKEYS_CHALLENGE_LEN + 1, "its text");

static const char *const types[] = {
    [PROOF_CREATE] = "webauthn.create",
    [PROOF_GET] = "webauthn.get",
};

/* COSE's numbers (RFC 9053, RFC 8812), the likeliest first. */
static const int algorithms[] = {-7, -8, -257};

bool
passkeys_rp(const struct settings *s, char rp_r[static URL_DOMAIN_MAX + 1])
{
	struct in_addr address;
	struct url url;

	if (!url_parse(s->portal.origin, &url) || url.host_len > URL_DOMAIN_MAX)
		return false;
	memcpy(rp_r, url.host, url.host_len);
	rp_r[url.host_len] = '\0';
	return inet_pton(AF_INET, rp_r, &address) != 1;
}

void
passkeys_challenge(const struct keys *keys,
    const uint8_t session[static SESSION_HASH_LEN], enum proof_kind kind,
    int64_t now, char text_r[static PASSKEYS_CHALLENGE_LEN + 1])
{
	const int64_t slot = now / PASSKEYS_SLOT;
	uint8_t challenge[CHALLENGE_LEN];
	crypto_generichash_state h;

	(void)crypto_generichash_init(
	    &h, keys->of[KEYS_PASSKEY], KEYS_LEN, sizeof(challenge));
	(void)crypto_generichash_update(&h, session, SESSION_HASH_LEN);
	(void)crypto_generichash_update(
	    &h, (const uint8_t *)&slot, sizeof(slot));
	(void)crypto_generichash_update(
	    &h, (const uint8_t *)types[kind], strlen(types[kind]));
	(void)crypto_generichash_final(&h, challenge, sizeof(challenge));
	(void)sodium_bin2base64(text_r, PASSKEYS_CHALLENGE_LEN + 1, challenge,
	    sizeof(challenge), BASE64URL);
	sodium_memzero(&h, sizeof(h));
}

struct id
passkeys_name(const struct passkey *p)
{
	struct id name;

	(void)crypto_generichash(
	    name.b, sizeof(name.b), p->id, p->id_len, NULL, 0);
	return name;
}

struct passkey *
passkeys_find(struct account *a, const uint8_t *id, size_t len)
{
	for (size_t i = 0; i < a->passkey_count; i++) {
		struct passkey *p = &a->passkeys[i];

		if (p->id_len == len && memcmp(p->id, id, len) == 0)
			return p;
	}
	return NULL;
}

void
passkeys_forget(struct account *a, struct passkey *p)
{
	size_t i = (size_t)(p - a->passkeys);

	a->passkey_count--;
	memmove(&a->passkeys[i], &a->passkeys[i + 1],
	    (a->passkey_count - i) * sizeof(a->passkeys[0]));
	memset(&a->passkeys[a->passkey_count], 0, sizeof(a->passkeys[0]));
}

int
passkeys_count(struct passkey *p, uint32_t count)
{
	if ((count != 0 || p->count != 0) && count <= p->count)
		return PASSKEYS_COPIED;
	p->count = count;
	return 0;
}

/* ---- views ----------------------------------------------------------- */

static json_t *
view_bytes(const uint8_t *data, size_t len)
{
	char text[TEXT_SIZE(PASSKEY_ID_MAX)];

	return json_string(
	    sodium_bin2base64(text, sizeof(text), data, len, BASE64URL));
}

/* Browsers make and use them on our own pages. */
static bool
rp_here(const struct request *req, char rp_r[static URL_DOMAIN_MAX + 1])
{
	const struct request_info *info = request_info(req);

	return info->browser && passkeys_rp(info->d->settings, rp_r);
}

static json_t *
view_challenge(const struct request *req, enum proof_kind kind)
{
	const struct request_info *info = request_info(req);
	char text[PASSKEYS_CHALLENGE_LEN + 1];

	passkeys_challenge(
	    &info->d->keys, info->session, kind, clock_now(), text);
	return json_string(text);
}

json_t *
passkeys_view(const struct account *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->passkey_count; i++) {
		const struct passkey *p = &a->passkeys[i];
		struct id name = passkeys_name(p);

		if (json_array_append_new(
			list, json_pack("{s:o, s:s, s:o}", "id", view_id(&name),
				  "label", p->label, "created_at",
				  view_time(p->created))) != 0)
			json_drop(&list);
	}
	return list;
}

/* How browsers name them. */
static json_t *
view_ids(const struct account *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->passkey_count; i++) {
		const struct passkey *p = &a->passkeys[i];

		if (json_array_append_new(
			list, json_pack("{s:s, s:o}", "type", "public-key",
				  "id", view_bytes(p->id, p->id_len))) != 0)
			json_drop(&list);
	}
	return list;
}

static json_t *
view_algorithms(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < PN_ARRAY_LEN(algorithms); i++) {
		if (json_array_append_new(
			list, json_pack("{s:s, s:i}", "type", "public-key",
				  "alg", algorithms[i])) != 0)
			json_drop(&list);
	}
	return list;
}

json_t *
passkeys_view_create(
    const struct request *req, const struct person *p, const struct account *a)
{
	const struct settings *s = request_info(req)->d->settings;
	const char *name = secret_text(&p->name);
	char rp[URL_DOMAIN_MAX + 1];

	if (!rp_here(req, rp) || a->passkey_count == ACCOUNT_PASSKEYS_MAX)
		return json_null();
	return json_pack("{s:{s:s, s:s}, s:{s:o, s:s, s:s}, s:o, s:I, s:o, s:o,"
			 " s:{s:s, s:b, s:s}, s:s}",
	    "rp", "id", rp, "name", s->practice.name, "user", "id",
	    view_bytes(p->id.b, sizeof(p->id.b)), "name",
	    a->login.len > 0 ? secret_text(&a->login) : name, "displayName",
	    name, "challenge", view_challenge(req, PROOF_CREATE), "timeout",
	    (json_int_t)PASSKEYS_SLOT, "pubKeyCredParams", view_algorithms(),
	    "excludeCredentials", view_ids(a), "authenticatorSelection",
	    "residentKey", "discouraged", "requireResidentKey", 0,
	    "userVerification", "required", "attestation", "none");
}

json_t *
passkeys_view_get(const struct request *req, const struct account *a)
{
	char rp[URL_DOMAIN_MAX + 1];

	if (!rp_here(req, rp) || a->passkey_count == 0)
		return json_null();
	return json_pack("{s:o, s:I, s:s, s:o, s:s}", "challenge",
	    view_challenge(req, PROOF_GET), "timeout",
	    (json_int_t)PASSKEYS_SLOT, "rpId", rp, "allowCredentials",
	    view_ids(a), "userVerification", "required");
}

/* ---- what comes back ------------------------------------------------- */

bool
passkeys_bytes(struct request *req, json_t *obj, const char *name, uint8_t *to,
    size_t cap, size_t *len_r)
{
	json_t *text = json_object_get(obj, name);

	if (sodium_base642bin(to, cap, json_string_value(text),
		json_string_length(text), NULL, len_r, NULL, BASE64URL) == 0)
		return true;
	request_bad_field(req, name, "expected base64url, and no more of it");
	return false;
}

bool
passkeys_take(struct request *req, json_t *obj, enum proof_kind kind,
    struct proof_job *j, bool *wrong_r)
{
	const struct request_info *info = request_info(req);
	char now[PASSKEYS_CHALLENGE_LEN + 1], before[sizeof(now)];
	const struct clientdata want = {.type = types[kind],
	    .challenges = {now, before},
	    .origin = info->d->settings->portal.origin};
	const int64_t at = clock_now();
	uint8_t said[CLIENTDATA_MAX];
	size_t said_len, data_len;
	int r;

	proof_job_init(j, kind);
	if (!passkeys_bytes(
		req, obj, "client_data", said, sizeof(said), &said_len) ||
	    !passkeys_bytes(req, obj, "authenticator_data", j->data,
		sizeof(j->data), &data_len))
		return false;
	passkeys_challenge(&info->d->keys, info->session, kind, at, now);
	passkeys_challenge(
	    &info->d->keys, info->session, kind, at - PASSKEYS_SLOT, before);
	r = clientdata_check(said, said_len, &want);
	if (r < 0) {
		request_refuse(req, r);
		return false;
	}
	(void)crypto_hash_sha256(j->client_hash, said, said_len);
	j->data_len = (uint16_t)data_len;
	*wrong_r = !rp_here(req, j->rp) || r != 0;
	return true;
}

int
passkeys_judge(const struct request *req, const struct proof_job *j,
    struct proof_answer *a_r)
{
	int r;

	if (!proof_job_valid(j))
		return PROOF_REFUSED;
	r = proof_ask(request_info(req)->d->judges, j, a_r);
	if (r >= 0)
		return r;
	log_error("passkey", "nobody judges: %s", strerror(-r));
	return POOL_BUSY;
}
