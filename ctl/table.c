/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/utf8.h"

#define CELL_MAX 4096

struct table {
	char **cells; /* row by row, the heads first */
	size_t n;
	size_t n_columns;
	int err;
};

struct table *
table_new(const char *const *heads)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	while (heads[t->n_columns] != NULL)
		t->n_columns++;
	for (size_t i = 0; i < t->n_columns; i++)
		table_add(t, heads[i]);
	return t;
}

void
table_free(struct table **tp)
{
	struct table *t = *tp;

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
	*tp = NULL;
}

void
table_add(struct table *t, const char *text)
{
	buf_auto struct buf b = {0};
	char **cells;

	buf_init(&b, CELL_MAX);
	if (text == NULL || text[0] == '\0')
		text = "-";
	utf8_add_visible(&b, text, strlen(text));
	cells = reallocarray(t->cells, t->n + 1, sizeof(*cells));
	if (cells == NULL || b.len == 0) {
		t->err = -ENOMEM;
		return;
	}
	t->cells = cells;
	cells[t->n] = strdup((char *)b.data);
	if (cells[t->n] == NULL)
		t->err = -ENOMEM;
	else
		t->n++;
}

void
table_addf(struct table *t, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_add(t, text);
}

static int
characters(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += ((uint8_t)*text & 0xc0) != 0x80 ? 1 : 0;
	return n;
}

int
table_print(const struct table *t, FILE *out)
{
	int widths[TABLE_COLUMNS_MAX] = {0};

	if (t->err != 0 || t->n_columns > TABLE_COLUMNS_MAX)
		return t->err != 0 ? t->err : -EINVAL;
	for (size_t i = 0; i < t->n; i++) {
		int *width = &widths[i % t->n_columns];
		int n = characters(t->cells[i]);

		*width = n > *width ? n : *width;
	}
	for (size_t i = 0; i < t->n; i++) {
		size_t column = i % t->n_columns;
		bool last = column + 1 == t->n_columns;
		int pad = widths[column] - characters(t->cells[i]) + 2;

		(void)fprintf(out, "%s%*s", t->cells[i], last ? 0 : pad,
		    last ? "\n" : "");
	}
	return ferror(out) != 0 ? -EIO : 0;
}
