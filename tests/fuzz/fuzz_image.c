/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Images as they are handed in. A copy that is made is of a size that is
 * allowed, no longer than what it is of, and its own copy.
 */

#include <stdlib.h>
#include <string.h>
#include "daemon/image.h"
#include "tests/fuzz/fuzz.h"

static void
check_copy(const struct buf *copy, const struct image *image)
{
	buf_auto struct buf again = {0};
	struct image same;

	buf_init(&again, copy->len);
	if (image_copy(copy->data, copy->len, &again, &same) != 0 ||
	    again.len != copy->len ||
	    memcmp(again.data, copy->data, copy->len) != 0)
		abort();
	if (same.kind != image->kind || same.width != image->width ||
	    same.height != image->height)
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
	buf_auto struct buf copy = {0};
	struct image image;
	int r;

	buf_init(&copy, len);
	r = image_copy(data, len, &copy, &image);
	/* it fits: what is left behind is all that changes */
	if (r < 0 || image_words(r)[0] == '\0')
		abort();
	if (r != 0)
		return 0;
	if (image.width < IMAGE_SIDE_MIN || image.width > IMAGE_SIDE_MAX ||
	    image.height < IMAGE_SIDE_MIN || image.height > IMAGE_SIDE_MAX)
		abort();
	check_copy(&copy, &image);
	return 0;
}
