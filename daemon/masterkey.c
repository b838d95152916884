/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/masterkey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sodium.h>
#include "base/systemd.h"

#define HEX_LEN ((size_t)(2 * KEYRING_KEY_LEN))
/* enough for a recovery key written with blanks and an end of line */
#define FILE_MAX 256

static void
fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

#define fd_auto PN_CLEANUP(fd_close)

static int
check_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return MASTERKEY_FORM;
	if ((st.st_mode & 077) != 0 ||
	    (st.st_uid != geteuid() && st.st_uid != 0))
		return MASTERKEY_OPEN_MODE;
	return 0;
}

/* The whole file, which must be shorter than CAP. */
static int
read_whole(
    const char *path, int is_private, char *text_r, size_t cap, size_t *len_r)
{
	fd_auto int fd =
	    open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t len = 0;
	ssize_t n;
	int r;

	if (fd < 0)
		return errno == ENOENT ? MASTERKEY_MISSING : -errno;
	if (is_private && (r = check_private(fd)) != 0)
		return r;
	do {
		n = read(fd, text_r + len, cap - len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			len += (size_t)n;
	} while (n != 0 && len < cap);
	if (len == cap)
		return MASTERKEY_FORM;
	*len_r = len;
	return 0;
}

static int
key_from_bytes(
    const char *text, size_t len, uint8_t mk_r[static KEYRING_KEY_LEN])
{
	size_t hex_len;

	if (len == KEYRING_KEY_LEN) {
		memcpy(mk_r, text, KEYRING_KEY_LEN);
	} else {
		if (len > 0 && text[len - 1] == '\n')
			len--;
		if (len > 0 && text[len - 1] == '\r')
			len--;
		if (len != HEX_LEN ||
		    sodium_hex2bin(mk_r, KEYRING_KEY_LEN, text, len, NULL,
			&hex_len, NULL) != 0 ||
		    hex_len != KEYRING_KEY_LEN)
			return MASTERKEY_FORM;
	}
	if (sodium_is_zero(mk_r, KEYRING_KEY_LEN))
		return MASTERKEY_WEAK;
	return 0;
}

int
masterkey_read(
    const char *path, int is_private, uint8_t mk_r[static KEYRING_KEY_LEN])
{
	char text[FILE_MAX];
	size_t len;
	int r;

	r = read_whole(path, is_private, text, sizeof(text), &len);
	if (r == 0)
		r = key_from_bytes(text, len, mk_r);
	sodium_memzero(text, sizeof(text));
	return r;
}

int
masterkey_read_recovery(const char *path, uint8_t mk_r[static KEYRING_KEY_LEN])
{
	char text[FILE_MAX + 1];
	size_t len = 0;
	int r;

	r = read_whole(path, 0, text, FILE_MAX, &len);
	if (r == 0) {
		while (len > 0 && strchr("\r\n\t ", text[len - 1]) != NULL)
			len--;
		text[len] = '\0';
		if (strlen(text) != len ||
		    keyring_recovery_parse(text, mk_r) != 0)
			r = MASTERKEY_FORM;
	}
	sodium_memzero(text, sizeof(text));
	return r;
}

static bool
given(const char *path)
{
	return path != NULL && path[0] != '\0';
}

int
masterkey_load(const struct masterkey_source *source,
    uint8_t mk_r[static KEYRING_KEY_LEN], enum masterkey_from *from_r)
{
	char *credential = NULL;
	int r;

	if (given(source->option)) {
		*from_r = MASTERKEY_FROM_OPTION;
		return masterkey_read(source->option, 1, mk_r);
	}
	if (given(source->setting)) {
		*from_r = MASTERKEY_FROM_SETTING;
		return masterkey_read(source->setting, 1, mk_r);
	}
	*from_r = MASTERKEY_FROM_CREDENTIAL;
	r = systemd_credential("store.key", &credential);
	if (r != 0)
		return r;
	if (credential == NULL)
		return MASTERKEY_NONE;
	r = masterkey_read(credential, 0, mk_r);
	free(credential);
	return r;
}

/* So that the file's name survives a loss of power too. */
static int
sync_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent;
	int r = 0;

	if (slash == NULL)
		parent = strdup(".");
	else
		parent =
		    strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (parent == NULL)
		return -ENOMEM;
	fd_auto int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		r = -errno;
	free(parent);
	return r;
}

int
masterkey_create(const char *path, uint8_t mk_r[static KEYRING_KEY_LEN])
{
	char text[HEX_LEN + 2];
	size_t done = 0;
	int r = 0;

	fd_auto int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	randombytes_buf(mk_r, KEYRING_KEY_LEN);
	(void)sodium_bin2hex(text, HEX_LEN + 1, mk_r, KEYRING_KEY_LEN);
	text[HEX_LEN] = '\n';
	while (r == 0 && done < HEX_LEN + 1) {
		ssize_t n = write(fd, text + done, HEX_LEN + 1 - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			r = n == 0 ? -EIO : -errno;
	}
	sodium_memzero(text, sizeof(text));
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0)
		r = sync_parent(path);
	if (r != 0)
		(void)unlink(path);
	return r;
}

#define KEY_FORMS "must hold 32 bytes or 64 hex digits"
#define KEY_MODES "must be ours or root's, with mode 0600 or 0400"

static const struct {
	int code;
	const char *words[4]; /* by enum masterkey_from */
} sentences[] = {
    {MASTERKEY_NONE,
	{"", "",
	    "no master key: give the unit the credential store.key "
	    "(LoadCredentialEncrypted=), or set store.key-file",
	    ""}},
    {MASTERKEY_MISSING,
	{"the file --key-file names is not there",
	    "the file store.key-file names is not there: restore it, or let "
	    "posternd init make it for a new store",
	    "the credential store.key is not there: see "
	    "LoadCredentialEncrypted= of the unit",
	    "the file --recovery-key-file names is not there"}},
    {MASTERKEY_OPEN_MODE, {"the file --key-file names " KEY_MODES,
			      "the file store.key-file names " KEY_MODES,
			      "the credential store.key cannot be trusted",
			      "the file --recovery-key-file names " KEY_MODES}},
    {MASTERKEY_FORM,
	{"the file --key-file names " KEY_FORMS,
	    "the file store.key-file names " KEY_FORMS,
	    "the credential store.key " KEY_FORMS,
	    "the file --recovery-key-file names must hold the recovery key as "
	    "posternd init printed it"}},
    {MASTERKEY_WEAK, {"the key --key-file names is all zero",
			 "the key store.key-file names is all zero",
			 "the credential store.key is all zero",
			 "the recovery key is all zero"}},
};

static const char *const unreadable[] = {
    "the file --key-file names cannot be read by the user posternd runs as",
    "the file store.key-file names cannot be read by the user posternd runs "
    "as",
    "the credential store.key cannot be read",
    "the file --recovery-key-file names cannot be read by the user posternd "
    "runs as",
};

const char *
masterkey_words(int code, enum masterkey_from from)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(sentences); i++)
		if (sentences[i].code == code)
			return sentences[i].words[from];
	return code < 0 ? unreadable[from] : "the master key cannot be used";
}
