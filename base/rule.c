/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/rule.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>
#include "base/socket.h"
#include "base/url.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
/* No quotes, angle brackets or backslashes: pages and mails hold these. */
#define URL_TEXT LOWER UPPER DIGITS "-._~:/?#@!$&()*+,;=%"
#define LABEL_MAX 60
#define NAME_MAX_LEN 32
#define FOLDER_MAX 200

static bool
is_made_of(const char *value, const char *characters)
{
	return value[strspn(value, characters)] == '\0';
}

static bool
is_any(const char *value)
{
	(void)value;
	return true;
}

static bool
is_some(const char *value)
{
	return value[0] != '\0';
}

static bool
is_label(const char *value)
{
	return is_some(value) && strlen(value) <= LABEL_MAX;
}

static bool
is_name(const char *value)
{
	return is_some(value) && strlen(value) <= NAME_MAX_LEN &&
	       is_made_of(value, LOWER DIGITS "-");
}

static bool
is_path(const char *value)
{
	return value[0] == '/';
}

static bool
is_path_or_nothing(const char *value)
{
	return value[0] == '\0' || is_path(value);
}

static bool
is_socket(const char *value)
{
	return is_path(value) && strlen(value) <= SOCKET_PATH_MAX;
}

static bool
is_socket_or_nothing(const char *value)
{
	return value[0] == '\0' || is_socket(value);
}

static bool
is_loopback_or_nothing(const char *value)
{
	return value[0] == '\0' || socket_is_loopback(value);
}

static bool
is_domain(const char *value)
{
	return url_is_domain(value, strlen(value));
}

static bool
is_host(const char *value)
{
	struct in6_addr addr;

	return is_domain(value) || inet_pton(AF_INET6, value, &addr) == 1;
}

static bool
is_host_or_nothing(const char *value)
{
	return value[0] == '\0' || is_host(value);
}

/* As IMAP writes it: what is not ASCII in modified UTF-7. */
static bool
is_folder(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++)
		if (value[i] < ' ' || value[i] > '~')
			return false;
	return len > 0 && len <= FOLDER_MAX && strpbrk(value, "*%\"\\") == NULL;
}

/* A dot-atom and a domain (RFC 5321, section 4.1.2), ASCII. */
static bool
is_address(const char *value)
{
	static const char atom[] = LOWER UPPER DIGITS "!#$%&'*+-/=?^_`{|}~.";
	size_t len = strcspn(value, "@");
	char local[65];

	if (len == 0 || len > 64 || value[len] == '\0')
		return false;
	memcpy(local, value, len);
	local[len] = '\0';
	return is_made_of(local, atom) && local[0] != '.' &&
	       local[len - 1] != '.' && strstr(local, "..") == NULL &&
	       is_domain(value + len + 1);
}

static bool
is_address_or_nothing(const char *value)
{
	return value[0] == '\0' || is_address(value);
}

/* The id may not choose the host, so it stands behind the first slash. */
static bool
is_link(const char *value)
{
	const char *id = strstr(value, "{id}");
	struct url url;

	return id != NULL && is_made_of(value, URL_TEXT "{}") &&
	       strchr(value, '{') == id && strchr(id, '}') == id + 3 &&
	       strpbrk(id + 4, "{}") == NULL && url_parse(value, &url) &&
	       url.rest[0] == '/' && url.rest < id;
}

static bool
is_page(const char *value)
{
	struct url url;

	if (!is_made_of(value, URL_TEXT))
		return false;
	/* two slashes would begin with a host */
	return (value[0] == '/' && value[1] != '/') || url_parse(value, &url);
}

static bool
is_page_or_nothing(const char *value)
{
	return value[0] == '\0' || is_page(value);
}

static bool
is_endpoint_or_nothing(const char *value)
{
	return value[0] == '\0' ||
	       (is_page(value) && strncmp(value, "https://", 8) == 0);
}

static bool
is_date_or_nothing(const char *value)
{
	struct tm tm = {0};
	const char *end;

	if (value[0] == '\0')
		return true;
	/* it would take shorter ones, and blanks */
	if (strlen(value) != 10 || !is_made_of(value, DIGITS "-"))
		return false;
	end = strptime(value, "%Y-%m-%d", &tm);
	return end != NULL && *end == '\0';
}

/* The simple shape of BCP 47: "en", "pt-BR"; it also names a directory. */
static bool
is_language(const char *value)
{
	size_t len = strspn(value, LOWER);

	if (len < 2 || len > 3)
		return false;
	for (value += len; *value == '-'; value += len + 1) {
		len = strspn(value + 1, LOWER UPPER DIGITS);
		if (len < 2 || len > 8)
			return false;
	}
	return *value == '\0';
}

static bool
is_language_or_nothing(const char *value)
{
	return value[0] == '\0' || is_language(value);
}

static bool
is_user(const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len > 32)
		return false;
	if (is_made_of(value, DIGITS))
		return true;
	return strchr(DIGITS "-", value[0]) == NULL &&
	       is_made_of(value, LOWER UPPER DIGITS "_-.");
}

static bool
is_user_or_nothing(const char *value)
{
	return value[0] == '\0' || is_user(value);
}

#define PAGE                                                                   \
	"an https:// address (http:// only on 127.0.0.1 or localhost), or a "  \
	"path that begins with one /"

const struct rule rule_any_text = {
    is_any, "text of at most 1000 bytes, or nothing"};
const struct rule rule_some_text = {is_some, "text of 1 to 1000 bytes"};
const struct rule rule_label = {is_label, "text of 1 to 60 bytes"};
const struct rule rule_name = {
    is_name, "a name of 1 to 32 lower-case letters, digits and hyphens"};
const struct rule rule_path = {is_path, "an absolute path"};
const struct rule rule_path_or_nothing = {
    is_path_or_nothing, "an absolute path, or nothing"};
const struct rule rule_socket = {
    is_socket, "an absolute path of at most 107 bytes"};
const struct rule rule_socket_or_nothing = {
    is_socket_or_nothing, "an absolute path of at most 107 bytes, or nothing"};
const struct rule rule_loopback_or_nothing = {is_loopback_or_nothing,
    "an address of this machine alone and a port, such as 127.0.0.1:8024 or "
    "[::1]:8024, or nothing"};
const struct rule rule_domain = {is_domain, "a domain name"};
const struct rule rule_host = {is_host, "a host name or an IP address"};
const struct rule rule_host_or_nothing = {
    is_host_or_nothing, "a host name or an IP address, or nothing"};
const struct rule rule_folder = {
    is_folder, "a folder's name: 1 to 200 ASCII characters without *%\"\\"};
const struct rule rule_address = {is_address, "an e-mail address"};
const struct rule rule_address_or_nothing = {
    is_address_or_nothing, "an e-mail address, or nothing"};
const struct rule rule_link = {is_link,
    "an https:// address (http:// only on 127.0.0.1 or localhost) with {id} "
    "once, in its path"};
const struct rule rule_page = {is_page, PAGE};
const struct rule rule_page_or_nothing = {
    is_page_or_nothing, PAGE ", or nothing"};
const struct rule rule_endpoint_or_nothing = {
    is_endpoint_or_nothing, "an https:// address, or nothing"};
const struct rule rule_date_or_nothing = {
    is_date_or_nothing, "a day such as 2027-03-31, or nothing"};
const struct rule rule_language = {
    is_language, "a language tag such as en or pt-BR"};
const struct rule rule_language_or_nothing = {
    is_language_or_nothing, "a language tag such as en or pt-BR, or nothing"};
const struct rule rule_user = {is_user, "a user's name or number"};
const struct rule rule_user_or_nothing = {
    is_user_or_nothing, "a user's name or number, or nothing"};
