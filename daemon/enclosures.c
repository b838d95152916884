/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/enclosures.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/settings.h"
#include "daemon/media.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/scanner.h"
#include "daemon/uploads.h"

#define FIELD_MAX 48

void
enclosures_fini(struct enclosures *e)
{
	for (size_t i = 0; i < e->n; i++)
		attachment_fini(&e->files[i]);
	sodium_memzero(e, sizeof(*e));
}

/* ---- reading --------------------------------------------------------- */

static void
field_of(size_t i, const char *name, char text_r[static FIELD_MAX])
{
	(void)snprintf(text_r, FIELD_MAX, "attachments/%zu%s", i, name);
}

static int
read_one(json_t *item, struct enclosures *e, struct json_problem *problem)
{
	static const struct json_field fields[] = {
	    {"upload", JSON_IS_STRING, true, ID_TEXT_LEN, ID_TEXT_LEN},
	    {"name", JSON_IS_STRING, true, 1, ATTACHMENT_NAME_MAX},
	};
	struct id *id = &e->uploads[e->n];
	const char *name;

	if (!json_is_object(item))
		return JSON_INVALID;
	if (json_check(item, fields, PN_ARRAY_LEN(fields), problem) != 0)
		return JSON_INVALID;
	if (id_parse(json_get_text(item, "upload"), id) != 0)
		return JSON_INVALID;
	/* a file is in a message once */
	for (size_t i = 0; i < e->n; i++) {
		if (id_equal(&e->uploads[i], id))
			return JSON_INVALID;
	}
	name = json_get_text(item, "name");
	return secret_set(&e->files[e->n++].name, name, strlen(name));
}

bool
enclosures_read(struct request *req, json_t *list, struct enclosures *e)
{
	const struct settings *s = request_info(req)->d->settings;
	size_t n = json_array_size(list);

	if (n > (size_t)s->limits.message_attachments) {
		request_problem(req, PROBLEM_TOO_LARGE, NULL, "attachments");
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		struct json_problem problem = {0};
		int r = read_one(json_array_get(list, i), e, &problem);
		char field[FIELD_MAX];

		if (r == 0)
			continue;
		field_of(i, "", field);
		if (r < 0)
			request_refuse(req, r);
		else
			request_bad_field(req, field,
			    problem.detail[0] != '\0'
				? problem.detail
				: "expected an upload and its file's name");
		return false;
	}
	return true;
}

/* ---- finding and binding --------------------------------------------- */

int
enclosures_find(const struct request *req, struct enclosures *e)
{
	const struct request_info *info = request_info(req);

	for (size_t i = 0; i < e->n; i++) {
		struct attachment *file = &e->files[i];
		struct secret name = secret_take(&file->name);
		const char *text = secret_text(&name);
		int r = uploads_file(info->d->uploads, &info->actor.person,
		    &e->uploads[i], file);

		e->bad = i;
		file->name = name;
		if (r != 0)
			return r;
		if (!media_is_name(text) || !media_name_fits(text, file->type))
			return ENCLOSURES_NAME;
	}
	return 0;
}

int
enclosures_bind(const struct request *req, struct enclosures *e)
{
	const struct request_info *info = request_info(req);
	int r = 0;

	/* all of them, or none */
	for (e->bad = 0; e->bad < e->n; e->bad++) {
		r = uploads_bind(info->d->uploads, &info->actor.person,
		    &e->uploads[e->bad], &e->files[e->bad].id);
		if (r != 0)
			break;
	}
	for (size_t i = 0; r != 0 && i < e->bad; i++)
		uploads_unbind(
		    info->d->uploads, &info->actor.person, &e->uploads[i]);
	return r;
}

int
enclosures_put(const struct request *req, struct store_txn *txn,
    const struct enclosures *e, const struct id *thread, uint64_t number)
{
	const struct settings *s = request_info(req)->d->settings;
	struct attachment_row row = {.thread = *thread,
	    .number = number,
	    .state = s->attachments.clamd[0] != '\0' ? ATTACHMENT_PENDING
						     : ATTACHMENT_UNCHECKED,
	    .changed = clock_now()};
	int r = 0;

	for (size_t i = 0; r == 0 && i < e->n; i++) {
		row.id = e->files[i].id;
		r = attachment_put(txn, &row);
	}
	return r;
}

void
enclosures_committed(const struct request *req, const struct enclosures *e)
{
	const struct request_info *info = request_info(req);

	for (size_t i = 0; i < e->n; i++) {
		uploads_forget(
		    info->d->uploads, &info->actor.person, &e->uploads[i]);
		scanner_due(info->d->scanner, &e->files[i].id);
	}
}

void
enclosures_refuse(struct request *req, const struct enclosures *e, int code)
{
	char field[FIELD_MAX];

	field_of(e->bad, code == ENCLOSURES_NAME ? "/name" : "", field);
	if (code == ENCLOSURES_NAME)
		request_bad_field(req, field,
		    "expected a file's name that ends as its type does");
	else
		request_problem(req, PROBLEM_UPLOAD_GONE, NULL, field);
}
