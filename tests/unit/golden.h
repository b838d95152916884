/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the golden stores hold. make_golden writes one, check_golden must be
 * able to read every one that a release has left behind: this page changes
 * only by additions that the older stores do not need.
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GOLDEN_NOW INT64_C(1790000000000)
#define GOLDEN_MONTH (INT64_C(31) * 24 * 3600 * 1000)

/* Entries 1 to 5 were in the generation that is erased. */
#define GOLDEN_ERASED 5
#define GOLDEN_ENTRIES 72
/* One event of each kind, and a body longer than one field. */
#define GOLDEN_EVENT 20
#define GOLDEN_HIDDEN 30
#define GOLDEN_LONG 40
#define GOLDEN_LONG_LEN 70000
#define GOLDEN_READ 50

#define GOLDEN_PASSPHRASE "four golden words here"

/* Since 0.2.0: what signing in needs, who waits, drafts, a picture. */
#define GOLDEN_SHORT "goldword"
#define GOLDEN_TOTP_STEP 59666666
#define GOLDEN_CODES 9
#define GOLDEN_PASSKEY "Cleo's phone"
#define GOLDEN_COUNT 4711
#define GOLDEN_FROM 2
#define GOLDEN_TO 5
#define GOLDEN_CODE 0x9c01
#define GOLDEN_LABEL "Firefox on Linux"
#define GOLDEN_KEY "draft-key"
#define GOLDEN_IMAGE "looks like Cleo"

/* Since 0.3.0: one more thread, with two files in a message, and an event. */
#define GOLDEN_FILES 2
#define GOLDEN_FILE_BODY "Two files."

/* Since 0.4.0: how Cleo's other addresses fare, a summary, a round. */
#define GOLDEN_DOUBTFUL "old@practice.example"
#define GOLDEN_NEW "new@practice.example"
#define GOLDEN_RETURN_CODE 0x8802 /* 4.2.2 */
#define GOLDEN_TRIES 3
#define GOLDEN_UNREACHED 5
#define GOLDEN_LOOKED (GOLDEN_NOW + 11)

struct golden_file {
	const char *name;
	uint8_t type; /* enum attachment_type */
	uint8_t state;
	uint64_t size;
	uint32_t width, height;
};

static const struct golden_file golden_files[GOLDEN_FILES] = {
    {"Überweisung.pdf", 1, 3, 70000, 0, 0},
    {"photo of the rash.jpeg", 2, 1, 1, 4000, 3000},
};

static inline uint8_t
golden_byte(size_t file, uint64_t at)
{
	return (uint8_t)((at + file + 1) % 251);
}

struct golden_person {
	const char *external_id;
	const char *name;
	const char *credentials;
	const char *time_zone;
	const char *address;
};

static const struct golden_person golden_client = {
    "C-1001", "Ana Müller-Example", "", "Europe/Berlin", "home@mail.example"};
static const struct golden_person golden_provider = {"P-7", "Dr. Ben Example",
    "LMFT", "America/New_York", "ben@practice.example"};
static const struct golden_person golden_other = {
    "P-8", "Cleo Example", "MD", "America/Chicago", "cleo@practice.example"};

static inline void
golden_body(uint64_t seq, char *text_r, size_t size)
{
	if (seq == GOLDEN_LONG) {
		for (size_t i = 0; i < GOLDEN_LONG_LEN && i < size - 1; i++)
			text_r[i] = (char)('a' + i % 26);
		text_r[GOLDEN_LONG_LEN] = '\0';
		return;
	}
	(void)snprintf(text_r, size, "Message %u. Grüße!", (unsigned)seq);
}
