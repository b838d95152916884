/* SPDX-License-Identifier: Apache-2.0 */

#include "base/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63
#define HTTP_PORT 80
#define HTTPS_PORT 443
#define PORT_MAX 65535

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* A final dot would not be one name in every mail server and browser. */
bool
url_is_domain(const char *name, size_t len)
{
	size_t label = 0;
	char before = '.';

	if (len > URL_DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (c == '.') {
			if (label == 0 || before == '-')
				return false;
			label = 0;
		} else if (is_digit(c) || is_upper(c) ||
			   (c >= 'a' && c <= 'z') || (c == '-' && label > 0)) {
			if (++label > LABEL_MAX)
				return false;
		} else {
			return false;
		}
		before = c;
	}
	return label > 0 && before != '-';
}

/* ":8443" at AT: *PORT_R, and what follows it; NULL if it is no port. */
static const char *
read_port(const char *at, unsigned *port_r)
{
	unsigned port = 0;

	for (at++; is_digit(*at); at++) {
		port = port * 10 + (unsigned)(*at - '0');
		if (port > PORT_MAX)
			return NULL;
	}
	*port_r = port;
	return port == 0 ? NULL : at;
}

/*
 * A last label that begins with a digit is no domain's: browsers read what
 * looks like a number as an address, and write it in their own way.
 */
static bool
is_host(const char *host, size_t len)
{
	char copy[URL_DOMAIN_MAX + 1];
	const char *last;
	struct in_addr addr;

	if (!url_is_domain(host, len))
		return false;
	memcpy(copy, host, len);
	copy[len] = '\0';
	last = strrchr(copy, '.');
	return !is_digit(last == NULL ? copy[0] : last[1]) ||
	       inet_pton(AF_INET, copy, &addr) == 1;
}

static bool
is_here(const struct url *u)
{
	static const char *const hosts[] = {"localhost", "127.0.0.1"};

	for (size_t i = 0; i < PN_ARRAY_LEN(hosts); i++)
		if (u->host_len == strlen(hosts[i]) &&
		    memcmp(u->host, hosts[i], u->host_len) == 0)
			return true;
	return false;
}

bool
url_parse(const char *text, struct url *url_r)
{
	static const char https[] = "https://";
	static const char http[] = "http://";
	struct url u = {.tls = strncmp(text, https, strlen(https)) == 0};

	if (!u.tls && strncmp(text, http, strlen(http)) != 0)
		return false;
	u.host = text + (u.tls ? strlen(https) : strlen(http));
	u.host_len = strcspn(u.host, ":/?#");
	u.port = u.tls ? HTTPS_PORT : HTTP_PORT;
	u.rest = u.host + u.host_len;
	if (*u.rest == ':')
		u.rest = read_port(u.rest, &u.port);
	if (u.rest == NULL || (*u.rest != '\0' && *u.rest != '/') ||
	    !is_host(u.host, u.host_len) || (!u.tls && !is_here(&u)))
		return false;
	*url_r = u;
	return true;
}

void
url_origin(const struct url *url, char origin_r[static URL_ORIGIN_SIZE])
{
	int n = snprintf(origin_r, URL_ORIGIN_SIZE, "%s://%.*s",
	    url->tls ? "https" : "http", (int)url->host_len, url->host);

	for (char *c = origin_r; *c != '\0'; c++)
		if (is_upper(*c))
			*c = (char)(*c - 'A' + 'a');
	if (url->port != (url->tls ? HTTPS_PORT : HTTP_PORT))
		(void)snprintf(origin_r + n, URL_ORIGIN_SIZE - (size_t)n, ":%u",
		    url->port);
}
