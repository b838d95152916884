/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading JSON that came from outside, strictly (RFC 8259 over jansson): one
 * object, valid UTF-8, no NUL, no doubled name, no nesting beyond
 * JSON_DEPTH_MAX, and then exactly the fields of a table.
 *
 *	static const struct json_field fields[] = {
 *		{"to", JSON_IS_STRING, true, 1, 64},
 *		{"limit", JSON_IS_INTEGER, false, 1, 100},
 *	};
 *	r = json_read_object(data, len, fields, PN_ARRAY_LEN(fields), &obj,
 *	    &problem);
 *
 * What is wrong comes back as a positive code with words for a person, which
 * name the field; they may hold a field name the sender chose, so they belong
 * into the answer and never into the log.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

#define JSON_DEPTH_MAX 8
#define JSON_FIELD_MAX 48

enum json_kind {
	JSON_IS_STRING,
	JSON_IS_INTEGER,
	JSON_IS_BOOLEAN,
	JSON_IS_OBJECT,
	JSON_IS_ARRAY,
};

struct json_field {
	const char *name;
	enum json_kind kind;
	bool required; /* null counts as absent, and is refused if required */
	/* bytes of a string, value of an integer, items of an array */
	int64_t min;
	int64_t max; /* max 0: no ceiling but the body's own */
};

/* Positive codes of json_read_object() and json_check(). */
enum json_code {
	JSON_MALFORMED = 1, /* not JSON, or not an object: 400 */
	JSON_INVALID = 2,   /* a field is missing, unknown or out of range */
};

struct json_problem {
	char field[JSON_FIELD_MAX + 1]; /* "" if it is no field's fault */
	char detail[160];
};

/*
 * Before any thread: jansson wipes what it frees, as bodies, names and
 * passphrases pass through it.
 */
void json_use_wiped_memory(void);

/* 0 and a new reference; an enum json_code and PROBLEM_R; -ENOMEM. */
int json_read_object(const void *data, size_t len,
    const struct json_field *fields, size_t n_fields, json_t **obj_r,
    struct json_problem *problem_r) PN_NODISCARD;
/* The two halves: any JSON object; an object against a table. */
int json_read(const void *data, size_t len, json_t **obj_r,
    struct json_problem *problem_r) PN_NODISCARD;
int json_check(json_t *obj, const struct json_field *fields, size_t n_fields,
    struct json_problem *problem_r) PN_NODISCARD;

/* Fields of a checked object; NULL or DEF if absent. */
const char *json_get_text(json_t *obj, const char *name);
int64_t json_get_integer(json_t *obj, const char *name, int64_t def);
bool json_get_flag(json_t *obj, const char *name, bool def);

/* json_auto json_t *j: dropped at the end of its scope. */
void json_drop(json_t **j);
#define json_auto PN_CLEANUP(json_drop)
