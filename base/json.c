/* SPDX-License-Identifier: Apache-2.0 */

#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/secret.h"
#include "base/utf8.h"

static const char *const kind_words[] = {
    [JSON_IS_STRING] = "a string",
    [JSON_IS_INTEGER] = "an integer",
    [JSON_IS_BOOLEAN] = "true or false",
    [JSON_IS_OBJECT] = "an object",
    [JSON_IS_ARRAY] = "an array",
};

void
json_use_wiped_memory(void)
{
	json_set_alloc_funcs(secret_malloc, secret_free);
}

void
json_drop(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}

/* Names the sender chose may be long, or drive a terminal. */
static void
problem_name(struct json_problem *p, const char *name)
{
	buf_auto struct buf b = {0};
	size_t len = strlen(name);

	buf_init(&b, 4 * (JSON_FIELD_MAX + 1));
	utf8_add_visible(&b, name, len > JSON_FIELD_MAX ? JSON_FIELD_MAX : len);
	(void)snprintf(p->field, sizeof(p->field), "%.*s", JSON_FIELD_MAX,
	    b.len > 0 ? (const char *)b.data : "");
}

static int problem_set(struct json_problem *p, int code, const char *name,
    const char *fmt, ...) PN_PRINTF(4, 5);

static int
problem_set(
    struct json_problem *p, int code, const char *name, const char *fmt, ...)
{
	va_list ap;

	*p = (struct json_problem){0};
	if (name != NULL)
		problem_name(p, name);
	va_start(ap, fmt);
	(void)vsnprintf(p->detail, sizeof(p->detail), fmt, ap);
	va_end(ap);
	return code;
}

/* jansson recurses up to 2,048 levels: counted first, threads are small. */
static bool
json_is_shallow(const char *data, size_t len)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > JSON_DEPTH_MAX)
			return false;
	}
	return true;
}

int
json_read(const void *data, size_t len, json_t **obj_r,
    struct json_problem *problem_r)
{
	json_auto json_t *obj = NULL;
	json_error_t err;

	if (!json_is_shallow(data, len))
		return problem_set(problem_r, JSON_MALFORMED, NULL,
		    "The JSON is nested deeper than %d levels.",
		    JSON_DEPTH_MAX);
	obj = json_loadb(data, len, JSON_REJECT_DUPLICATES, &err);
	if (obj == NULL && json_error_code(&err) == json_error_out_of_memory)
		return -ENOMEM;
	if (obj == NULL)
		/* jansson's own words quote the input */
		return problem_set(problem_r, JSON_MALFORMED, NULL,
		    "The body is not valid JSON (line %d, column %d).",
		    err.line < 0 ? 0 : err.line,
		    err.column < 0 ? 0 : err.column);
	if (!json_is_object(obj))
		return problem_set(problem_r, JSON_MALFORMED, NULL,
		    "The body must be a JSON object.");
	*obj_r = obj;
	obj = NULL;
	return 0;
}

static bool
kind_matches(const json_t *v, enum json_kind kind)
{
	switch (kind) {
	case JSON_IS_STRING:
		return json_is_string(v);
	case JSON_IS_INTEGER:
		return json_is_integer(v);
	case JSON_IS_BOOLEAN:
		return json_is_boolean(v);
	case JSON_IS_OBJECT:
		return json_is_object(v);
	case JSON_IS_ARRAY:
		return json_is_array(v);
	}
	return false;
}

static int
check_range(const json_t *v, const struct json_field *f, struct json_problem *p)
{
	const char *unit;
	int64_t n;

	if (f->kind == JSON_IS_STRING) {
		n = (int64_t)json_string_length(v);
		unit = " bytes long";
	} else if (f->kind == JSON_IS_INTEGER) {
		n = json_integer_value(v);
		unit = "";
	} else if (f->kind == JSON_IS_ARRAY) {
		n = (int64_t)json_array_size(v);
		unit = " items long";
	} else {
		return 0;
	}
	if (n >= f->min && (f->max == 0 || n <= f->max))
		return 0;
	if (f->max == 0)
		return problem_set(p, JSON_INVALID, f->name,
		    "%s must be at least %" PRId64 "%s.", f->name, f->min,
		    unit);
	return problem_set(p, JSON_INVALID, f->name,
	    "%s must be %" PRId64 " to %" PRId64 "%s.", f->name, f->min, f->max,
	    unit);
}

static int
check_field(json_t *obj, const struct json_field *f, struct json_problem *p)
{
	const json_t *v = json_object_get(obj, f->name);

	if (v == NULL || json_is_null(v))
		return !f->required ? 0
				    : problem_set(p, JSON_INVALID, f->name,
					  "%s is missing.", f->name);
	if (!kind_matches(v, f->kind))
		return problem_set(p, JSON_INVALID, f->name, "%s must be %s.",
		    f->name, kind_words[f->kind]);
	return check_range(v, f, p);
}

static bool
is_known(const char *name, const struct json_field *fields, size_t n_fields)
{
	for (size_t i = 0; i < n_fields; i++)
		if (strcmp(name, fields[i].name) == 0)
			return true;
	return false;
}

int
json_check(json_t *obj, const struct json_field *fields, size_t n_fields,
    struct json_problem *problem_r)
{
	const char *name;
	json_t *v;

	json_object_foreach(obj, name, v)
	{
		if (is_known(name, fields, n_fields))
			continue;
		(void)problem_set(problem_r, JSON_INVALID, name, "%s", "");
		(void)snprintf(problem_r->detail, sizeof(problem_r->detail),
		    "%s is not a field of this request.", problem_r->field);
		return JSON_INVALID;
	}
	for (size_t i = 0; i < n_fields; i++) {
		int r = check_field(obj, &fields[i], problem_r);

		if (r != 0)
			return r;
	}
	return 0;
}

int
json_read_object(const void *data, size_t len, const struct json_field *fields,
    size_t n_fields, json_t **obj_r, struct json_problem *problem_r)
{
	json_auto json_t *obj = NULL;
	int r = json_read(data, len, &obj, problem_r);

	if (r == 0)
		r = json_check(obj, fields, n_fields, problem_r);
	if (r != 0)
		return r;
	*obj_r = obj;
	obj = NULL;
	return 0;
}

const char *
json_get_text(json_t *obj, const char *name)
{
	return json_string_value(json_object_get(obj, name));
}

int64_t
json_get_integer(json_t *obj, const char *name, int64_t def)
{
	const json_t *v = json_object_get(obj, name);

	return json_is_integer(v) ? json_integer_value(v) : def;
}

bool
json_get_flag(json_t *obj, const char *name, bool def)
{
	const json_t *v = json_object_get(obj, name);

	return json_is_boolean(v) ? json_is_true(v) : def;
}
