/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a text in the configuration may be, and the same in words: "expected
 * an e-mail address". A text is UTF-8 without control characters already.
 */

#include <stdbool.h>

struct rule {
	bool (*holds)(const char *value);
	const char *expected;
};

extern const struct rule rule_any_text;
extern const struct rule rule_some_text;
extern const struct rule rule_label;
extern const struct rule rule_name; /* of a section */
extern const struct rule rule_path;
extern const struct rule rule_path_or_nothing;
extern const struct rule rule_socket;
extern const struct rule rule_socket_or_nothing;
extern const struct rule rule_loopback_or_nothing; /* with a port */
extern const struct rule rule_domain;
extern const struct rule rule_host;
extern const struct rule rule_host_or_nothing;
extern const struct rule rule_folder; /* of a mailbox */
extern const struct rule rule_address;
extern const struct rule rule_address_or_nothing;
extern const struct rule rule_link; /* the page that mails point to */
extern const struct rule rule_page; /* any other page */
extern const struct rule rule_page_or_nothing;
extern const struct rule rule_endpoint_or_nothing;
extern const struct rule rule_date_or_nothing;
extern const struct rule rule_language;
extern const struct rule rule_language_or_nothing;
extern const struct rule rule_user;
extern const struct rule rule_user_or_nothing;
