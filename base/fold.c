/* SPDX-License-Identifier: Apache-2.0 */

#include "base/fold.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>
#include "base/utf8.h"

struct fold {
	locale_t locale;
};

int
fold_open(struct fold **f_r)
{
	struct fold *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -ENOMEM;
	f->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	/* without it letters beyond ASCII stay as they are */
	if (f->locale == (locale_t)0)
		f->locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	if (f->locale == (locale_t)0) {
		free(f);
		return -ENOMEM;
	}
	*f_r = f;
	return 0;
}

void
fold_close(struct fold **f)
{
	if (*f == NULL)
		return;
	freelocale((*f)->locale);
	free(*f);
	*f = NULL;
}

void
fold_add(const struct fold *f, const char *text, struct buf *out)
{
	size_t left = strlen(text);
	uint32_t code;

	while (left > 0) {
		size_t n = utf8_next(text, left, &code);

		if (n == 0)
			return;
		utf8_add(out, (uint32_t)towlower_l((wint_t)code, f->locale));
		text += n;
		left -= n;
	}
}
