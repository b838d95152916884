/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Files as they are handed in. A verdict is one that may be sent, the same in
 * pieces as in one, and a picture without what is to be left out is the same
 * picture with nothing more to leave out.
 */

#include <stdlib.h>
#include <string.h>
#include "daemon/inspect/inspect.h"
#include "tests/fuzz/fuzz.h"

struct pieces {
	const uint8_t *data;
	size_t len;
	size_t at;
	size_t piece;
};

static size_t
read_piece(void *arg, uint8_t *to, size_t room)
{
	struct pieces *p = arg;
	size_t n = p->len - p->at < p->piece ? p->len - p->at : p->piece;

	n = n < room ? n : room;
	if (n > 0)
		memcpy(to, p->data + p->at, n);
	p->at += n;
	return n;
}

static void
look(const uint8_t *data, size_t len, size_t piece, struct inspect_verdict *v_r)
{
	struct pieces p = {data, len, 0, piece};
	struct inspect_source s = {read_piece, &p, len};
	void *room = malloc(inspect_room);

	if (room == NULL)
		abort();
	inspect(&s, room, v_r);
	free(room);
	if (!inspect_verdict_valid(v_r, len))
		abort();
}

static void
check_rest(const uint8_t *data, size_t len, const struct inspect_verdict *v)
{
	struct inspect_verdict w;
	size_t at = 0, n = 0;
	uint8_t *rest = malloc(len);

	if (rest == NULL)
		abort();
	for (unsigned i = 0; i < v->cuts_n; i++) {
		memcpy(rest + n, data + at, v->cuts[i].at - at);
		n += v->cuts[i].at - at;
		at = v->cuts[i].at + v->cuts[i].len;
	}
	memcpy(rest + n, data + at, len - at);
	n += len - at;
	look(rest, n, SIZE_MAX, &w);
	free(rest);
	if (w.kind != v->kind || w.width != v->width || w.height != v->height ||
	    w.cuts_n != 0)
		abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct inspect_verdict v, w;

	look(data, len, SIZE_MAX, &v);
	look(data, len, 5, &w);
	if (memcmp(&v, &w, sizeof(v)) != 0)
		abort();
	if (v.refusal == INSPECT_GOOD && v.cuts_n > 0)
		check_rest(data, len, &v);
	return 0;
}
