/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "ctl/portal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/json.h"
#include "base/public.h"
#include "ctl/check.h"

/* The reverse proxy is another user. */
#define WORDS_MODE 0644
#define WORDS_MAX ((size_t)1 << 20)

/* The file under a name of its own, until it is done. */
struct draft {
	char *path; /* NULL: there is none */
	int fd;
};

static void
draft_fini(struct draft *d)
{
	if (d->fd >= 0)
		(void)close(d->fd);
	if (d->path != NULL)
		(void)unlink(d->path);
	free(d->path);
}

static int
draft_open(struct draft *d, const char *file)
{
	char *path = NULL;
	int r = 0;

	if (asprintf(&path, "%s.XXXXXX", file) < 0)
		return -ENOMEM;
	d->fd = mkostemp(path, O_CLOEXEC);
	if (d->fd < 0) {
		r = -errno;
		free(path);
		path = NULL;
	}
	d->path = path;
	return r;
}

static int
draft_write(const struct draft *d, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(d->fd, data, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Takes the place of FILE. */
static int
draft_finish(struct draft *d, const char *file)
{
	if (fchmod(d->fd, WORDS_MODE) != 0 || fsync(d->fd) != 0 ||
	    rename(d->path, file) != 0)
		return -errno;
	free(d->path);
	d->path = NULL;
	return 0;
}

/* So that the new name outlives a power cut. */
static int
sync_directory_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *dir = slash == NULL ? strdup(".")
				  : strndup(file, (size_t)(slash - file) + 1);
	int r = 0;
	int fd;

	if (dir == NULL)
		return -ENOMEM;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd < 0 || fsync(fd) != 0)
		r = -errno;
	if (fd >= 0)
		(void)close(fd);
	return r;
}

static int
replace(const char *file, const char *text)
{
	PN_CLEANUP(draft_fini) struct draft d = {.fd = -1};
	int r = draft_open(&d, file);

	if (r == 0)
		r = draft_write(&d, text, strlen(text));
	if (r == 0)
		r = draft_finish(&d, file);
	return r == 0 ? sync_directory_of(file) : r;
}

static int
add_text(const char *data, size_t len, void *arg)
{
	buf_add(arg, data, len);
	return 0;
}

/* One line, as GET /v1/settings answers it. */
static int
make_text(const struct settings *s, struct buf *text)
{
	json_auto json_t *j = public_settings(s);

	if (j == NULL ||
	    json_dump_callback(j, add_text, text, JSON_COMPACT) != 0)
		return -ENOMEM;
	buf_add_byte(text, '\n');
	return buf_error(text);
}

int
portal_words(struct ctl *ctl)
{
	settings_auto struct settings *s = NULL;
	buf_auto struct buf text = {0};
	const char *file = ctl->args.value[ARG_OUTPUT];
	int code = check_load(ctl, &s);
	int r;

	if (code != EX_OK)
		return code;
	buf_init(&text, WORDS_MAX);
	r = make_text(s, &text);
	if (r == 0 && file == NULL)
		return fputs((char *)text.data, ctl->out) == EOF ? EX_IOERR
								 : EX_OK;
	if (r == 0)
		r = replace(file, (char *)text.data);
	if (r == 0)
		return EX_OK;
	(void)fprintf(ctl->err, "posternctl: %s: %s\n",
	    file == NULL ? "portal-words" : file, strerror(-r));
	return r == -ENOMEM ? EX_OSERR : EX_IOERR;
}
