/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/clamav.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>

#define BLANKS " \t\r\n"
#define DEFAULT_DIRECTORY "/tmp"

/* What stands behind KEY in LINE, without blanks and quotes; or NULL. */
static char *
value_of(char *line, const char *key)
{
	size_t len = strlen(key);
	char *at = line + strspn(line, BLANKS);
	char *end;

	if (strncmp(at, key, len) != 0 || strchr(BLANKS, at[len]) == NULL)
		return NULL;
	at += len;
	at += strspn(at, BLANKS);
	end = at + strlen(at);
	while (end > at && strchr(BLANKS, end[-1]) != NULL)
		*--end = '\0';
	if (end - at >= 2 && at[0] == '"' && end[-1] == '"') {
		at++;
		end[-1] = '\0';
	}
	return at;
}

/* "104857600", "100M"; 0: none, which is as much as clamd can do. */
static int
read_size(const char *text, int64_t *bytes_r)
{
	char *end;
	long n = strtol(text, &end, 10);
	int shift = 0;

	if (end == text || n < 0 || n > INT32_MAX)
		return -EINVAL;
	if (*end == 'K' || *end == 'k')
		shift = 10;
	else if (*end == 'M' || *end == 'm')
		shift = 20;
	if (end[shift != 0 ? 1 : 0] != '\0')
		return -EINVAL;
	*bytes_r = n == 0 ? INT64_MAX : (int64_t)n << shift;
	return 0;
}

int
clamav_read(FILE *f, struct clamav *c_r)
{
	bool have_directory = false, have_max = false;
	char *line = NULL, *value;
	size_t room = 0;
	int r = 0;

	*c_r = (struct clamav){
	    .directory = DEFAULT_DIRECTORY, .file_max = CLAMAV_FILE_MAX};
	while (r == 0 && getline(&line, &room, f) >= 0) {
		value = value_of(line, "TemporaryDirectory");
		if (value != NULL && !have_directory) {
			have_directory = true;
			if (value[0] != '/' ||
			    strlen(value) >= sizeof(c_r->directory))
				r = -EINVAL;
			else
				(void)snprintf(c_r->directory,
				    sizeof(c_r->directory), "%s", value);
		}
		value = value_of(line, "MaxFileSize");
		if (value != NULL && !have_max) {
			have_max = true;
			r = read_size(value, &c_r->file_max);
		}
	}
	free(line);
	return r;
}

int
clamav_in_memory(const char *directory)
{
	struct statfs fs;

	if (statfs(directory, &fs) != 0)
		return -errno;
	return fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
}

static void
check_directory(FILE *out, const char *directory)
{
	int r = clamav_in_memory(directory);

	if (r == 1)
		return;
	(void)fprintf(out, "  clamd unpacks files to %s", directory);
	if (r == 0)
		(void)fputs(", which is on a disk: what is sealed here stands "
			    "there in plain meanwhile. Set TemporaryDirectory "
			    "to a tmpfs\n",
		    out);
	else
		(void)fprintf(out,
		    ", and whether that is in memory cannot be seen: %s\n",
		    strerror(-r));
}

void
clamav_check(FILE *out, const char *file)
{
	FILE *f = fopen(file, "re");
	struct clamav c;
	int r = f == NULL ? -errno : clamav_read(f, &c);

	if (f != NULL)
		(void)fclose(f);
	if (r != 0) {
		(void)fprintf(out,
		    "  clamd's configuration cannot be read: %s: %s\n", file,
		    strerror(-r));
		return;
	}
	check_directory(out, c.directory);
	if (c.file_max < CLAMAV_FILE_MAX)
		(void)fputs("  clamd passes over what is larger than "
			    "MaxFileSize inside of a .docx, and does not say "
			    "so. Leave it at its default, 100M, or more\n",
		    out);
}
