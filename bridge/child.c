/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/child.h"

#include <iconv.h>
#include <gmime/gmime.h>
#include <sodium.h>
#include "bridge/verdict.h"

/* ---- before the door closes ---------------------------------------------- */

/*
 * glibc loads converters from files, which the sandbox forbids. Left open on
 * purpose: closing the last one of a kind unloads it.
 */
static void
load_converters(void)
{
	static const char *const names[] = {
	    "ISO-8859-1",
	    "ISO-8859-2",
	    "ISO-8859-3",
	    "ISO-8859-4",
	    "ISO-8859-5",
	    "ISO-8859-6",
	    "ISO-8859-7",
	    "ISO-8859-8",
	    "ISO-8859-9",
	    "ISO-8859-10",
	    "ISO-8859-13",
	    "ISO-8859-14",
	    "ISO-8859-15",
	    "ISO-8859-16",
	    "WINDOWS-1250",
	    "WINDOWS-1251",
	    "WINDOWS-1252",
	    "WINDOWS-1253",
	    "WINDOWS-1254",
	    "WINDOWS-1255",
	    "WINDOWS-1256",
	    "WINDOWS-1257",
	    "WINDOWS-1258",
	    "KOI8-R",
	    "KOI8-U",
	    "IBM437",
	    "IBM850",
	    "IBM866",
	    "MACINTOSH",
	    "TIS-620",
	    "WINDOWS-874",
	    "ISO-2022-JP",
	    "ISO-2022-JP-2",
	    "SHIFT_JIS",
	    "CP932",
	    "EUC-JP",
	    "GB2312",
	    "GBK",
	    "GB18030",
	    "HZ",
	    "BIG5",
	    "BIG5-HKSCS",
	    "EUC-TW",
	    "EUC-KR",
	    "CP949",
	    "ISO-2022-KR",
	    "UTF-7",
	    "UTF-16",
	    "UTF-32",
	    "US-ASCII",
	};

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++)
		(void)iconv_open("UTF-8", names[i]);
}

/* One harmless mail through everything, so that all is set up by it. */
static bool
warm_up(const void *own)
{
	static const char mail[] =
	    "From: =?iso-8859-1?Q?M=FCller?= <a@b.example>\r\n"
	    "To: c@d.example\r\n"
	    "Subject: =?utf-8?B?w7w=?= =?windows-1252?Q?=FC?=\r\n"
	    "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
	    "Message-ID: <1@b.example>\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=x\r\n"
	    "\r\n"
	    "--x\r\n"
	    "Content-Type: text/plain; charset=iso-8859-1\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "=FC\r\n"
	    "--x\r\n"
	    "Content-Type: message/rfc822\r\n"
	    "\r\n"
	    "Subject: x\r\n"
	    "\r\n"
	    "x\r\n"
	    "--x--\r\n";
	struct classify_envelope envelope = {.null_sender = false};
	struct verdict v;

	load_converters();
	classify(own, &envelope, (const uint8_t *)mail, sizeof(mail) - 1, &v);
	return true;
}

/* ---- the child ------------------------------------------------------- */

static bool
judge_one(int fd, uint8_t *mail, const void *own)
{
	struct child_job job;
	struct classify_envelope envelope;
	struct verdict v;

	if (!nursery_read(fd, &job, sizeof(job)) ||
	    job.magic != CHILD_JOB_MAGIC || job.len > CLASSIFY_MAIL_MAX ||
	    !nursery_read(fd, mail, job.len))
		return false;
	envelope = (struct classify_envelope){
	    .null_sender = job.null_sender != 0,
	    .to_bounce = job.to_bounce != 0,
	    .unknown = job.unknown != 0,
	};
	classify(own, &envelope, mail, job.len, &v);
	sodium_memzero(mail, job.len);
	return nursery_write(fd, &v, sizeof(v));
}

struct nursery
child_nursery(const struct trace_own *own)
{
	return (struct nursery){
	    .name = "postern-parse",
	    .limits = {.memory = CHILD_MEMORY, .cpu = CHILD_CPU},
	    .jobs = CHILD_MAILS_MAX,
	    .idle = CHILD_IDLE,
	    .room = CLASSIFY_MAIL_MAX,
	    .warm_up = warm_up,
	    .serve = judge_one,
	    .arg = own,
	};
}
