/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/inbound.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <jansson.h>
#include "base/client.h"
#include "base/json.h"
#include "base/log.h"

#define ASK_TIMEOUT 10000  /* milliseconds */
#define HAND_TIMEOUT 30000 /* a commit may wait for others */

struct inbound {
	struct client *client;
	const struct address_style *style;
	struct parser *parser;
};

int
inbound_open(const char *socket, const struct address_style *style,
    struct parser *parser, struct inbound **in_r)
{
	inbound_auto struct inbound *in = calloc(1, sizeof(*in));
	int r;

	if (in == NULL)
		return -ENOMEM;
	in->style = style;
	in->parser = parser;
	r = client_open(socket, &in->client);
	if (r < 0)
		return r;
	*in_r = in;
	in = NULL;
	return 0;
}

void
inbound_close(struct inbound **in)
{
	if (*in == NULL)
		return;
	client_close(&(*in)->client);
	free(*in);
	*in = NULL;
}

static void
log_trouble(const char *what, int r, int status)
{
	if (r < 0)
		log_warning("inbound", "%s: %s", what, strerror(-r));
	else
		log_warning("inbound", "%s: posternd says %d", what, status);
}

static bool
is_fixed_sender(const struct inbound *in, const char *address)
{
	return in->style->fixed_sender != NULL &&
	       strcasecmp(in->style->fixed_sender, address) == 0;
}

enum lmtp_answer
inbound_recipient(void *context, const char *address)
{
	struct inbound *in = context;
	client_reply_auto struct client_reply reply = {0};
	char labelled[ADDRESS_LABELLED_MAX + 1];
	json_auto json_t *body = NULL;
	int r;

	if (is_fixed_sender(in, address))
		return LMTP_ACCEPT;
	if (!address_parse(in->style, address, labelled))
		return LMTP_REFUSE;
	body = json_pack("{s:s}", "recipient", labelled);
	if (body == NULL)
		return LMTP_UNSURE;
	r = client_call(in->client, "POST", "/v1/bridge/recipients", body,
	    ASK_TIMEOUT, &reply);
	if (r < 0 || reply.status != 200) {
		log_trouble("cannot ask about a recipient", r, reply.status);
		return LMTP_UNSURE;
	}
	if (json_is_true(json_object_get(reply.body, "accept")))
		return LMTP_ACCEPT;
	if (json_is_false(json_object_get(reply.body, "accept")))
		return LMTP_REFUSE;
	return LMTP_UNSURE;
}

static json_t *
verdict_json(const char *labelled, const struct verdict *v)
{
	char status[VERDICT_STATUS_LEN + 1];
	json_t *body =
	    json_pack("{s:s, s:s, s:s}", "recipient", labelled, "kind",
		verdict_kind_name(v->kind), "rule", classify_rule_id(v->rule));

	if (body == NULL)
		return NULL;
	verdict_status(v, status);
	if (v->kind == VERDICT_BOUNCE)
		(void)json_object_set_new(
		    body, "hard", json_boolean(v->hard == 1));
	if (status[0] != '\0')
		(void)json_object_set_new(body, "status", json_string(status));
	return body;
}

static enum inbound_outcome
outcome_of(int status, const json_t *recorded)
{
	if (status == 200 && json_is_true(recorded))
		return INBOUND_RECORDED;
	if (status == 200 && json_is_false(recorded))
		return INBOUND_FOREIGN;
	return status == 400 || status == 422 ? INBOUND_REFUSED : INBOUND_AGAIN;
}

static enum inbound_outcome
hand_over(struct inbound *in, const char *labelled, const struct verdict *v)
{
	client_reply_auto struct client_reply reply = {0};
	json_auto json_t *body = verdict_json(labelled, v);
	enum inbound_outcome outcome = INBOUND_AGAIN;
	int r;

	if (body == NULL)
		return INBOUND_AGAIN;
	r = client_call(in->client, "POST", "/v1/bridge/inbound", body,
	    HAND_TIMEOUT, &reply);
	if (r == 0)
		outcome = outcome_of(
		    reply.status, json_object_get(reply.body, "recorded"));
	if (outcome != INBOUND_RECORDED)
		log_trouble("verdict not recorded", r, reply.status);
	return outcome;
}

/* One verdict per kind of recipient, however many there are. */
struct judged {
	bool known;
	struct verdict verdict;
};

static bool
judge(struct inbound *in, const struct lmtp_mail *mail, bool to_bounce,
    struct judged *j)
{
	const struct classify_envelope envelope = {
	    .null_sender = mail->null_sender,
	    .to_bounce = to_bounce,
	};
	int r;

	if (j->known)
		return true;
	r = parser_judge(
	    in->parser, &envelope, mail->data, mail->len, &j->verdict);
	if (r < 0)
		log_error("lmtp", "no parse child: %s", strerror(-r));
	j->known = r == 0;
	return j->known;
}

/* A report sent to the Reply-To: what came back names its notification. */
static bool
says_of_ours(const struct verdict *v)
{
	return v->kind == VERDICT_BOUNCE || v->kind == VERDICT_COMPLAINT;
}

/* Is the mail safe for RECIPIENT, so that it may be said to be taken? */
static bool
take(struct inbound *in, const struct lmtp_mail *mail, const char *recipient,
    struct judged judged[2])
{
	char labelled[ADDRESS_LABELLED_MAX + 1] = "";
	bool fixed = is_fixed_sender(in, recipient);
	enum inbound_outcome outcome = INBOUND_FOREIGN;
	struct judged *j;
	bool to_bounce;

	if (!fixed && !address_parse(in->style, recipient, labelled))
		return false;
	to_bounce = labelled[0] == ADDRESS_BOUNCE;
	j = &judged[to_bounce ? 1 : 0];
	if (!judge(in, mail, to_bounce, j))
		return false;
	if (j->verdict.token[0] != '\0' && !to_bounce &&
	    (fixed || says_of_ours(&j->verdict)))
		outcome = hand_over(in, j->verdict.token, &j->verdict);
	/* whatever it names: this recipient was accepted, and must be served */
	if (outcome == INBOUND_FOREIGN && !fixed)
		outcome = hand_over(in, labelled, &j->verdict);
	log_info("lmtp", "%s, rule %s, %llu bytes, %s",
	    verdict_kind_name(j->verdict.kind),
	    classify_rule_id(j->verdict.rule), (unsigned long long)mail->total,
	    outcome == INBOUND_RECORDED           ? "recorded"
	    : outcome == INBOUND_FOREIGN && fixed ? "dropped"
						  : "put off");
	return outcome == INBOUND_RECORDED ||
	       (fixed && outcome == INBOUND_FOREIGN);
}

void
inbound_mail(void *context, const struct lmtp_mail *mail, bool *safe_r)
{
	struct inbound *in = context;
	struct judged judged[2] = {0}; /* for replies, for bounces */

	for (size_t i = 0; i < mail->n; i++) {
		size_t same = 0;

		/* one that is named again has its answer */
		while (strcasecmp(
			   mail->recipients[same], mail->recipients[i]) != 0)
			same++;
		safe_r[i] = same < i
				? safe_r[same]
				: take(in, mail, mail->recipients[i], judged);
	}
}

enum inbound_outcome
inbound_found(
    struct inbound *in, const char *door, const uint8_t *data, size_t len)
{
	const struct classify_envelope envelope = {.unknown = true};
	enum inbound_outcome outcome = INBOUND_FOREIGN;
	struct verdict v;
	int r = parser_judge(in->parser, &envelope, data, len, &v);

	if (r < 0) {
		log_error(door, "no parse child: %s", strerror(-r));
		return INBOUND_AGAIN;
	}
	if (v.token[0] != '\0')
		outcome = hand_over(in, v.token, &v);
	log_info(door, "%s, rule %s, %s", verdict_kind_name(v.kind),
	    classify_rule_id(v.rule),
	    outcome == INBOUND_RECORDED  ? "recorded"
	    : outcome == INBOUND_FOREIGN ? "not about a notice of ours"
	    : outcome == INBOUND_REFUSED ? "refused"
					 : "put off");
	return outcome;
}
