/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

/*
 * Mails of tests/mail, broken in every way, through the classifier as the
 * parse child calls it: no crash, no verdict out of range, no person without a
 * sender, no mail that takes longer than SLOWEST, 50 ms. Mail number i is
 * always the same one, so that what fails can be looked at again;
 * POSTERN_MUTATIONS says how many there are. A million take two minutes of
 * CPU, about eight under sanitizers, shared by two processes.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <gmime/gmime.h>
#include "bridge/child.h"
#include "bridge/classify.h"
#include "tests/unit/run.h"

#if defined(__SANITIZE_ADDRESS__)
#define MUTATIONS 1000000
#else
#define MUTATIONS 60000
#endif
#define SLOWEST 50000 /* microseconds of CPU, the best of AGAIN runs */
#define WORKERS 2
#define AGAIN 5
#define SEEDS_MAX 1024
#define PATH_LEN 512

#if defined(__SANITIZE_ADDRESS__)
/*
 * What was freed is kept for longer than one mail takes, but not until the
 * time measured is that of ASan's own lists, several times a mail's.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}
#endif

static const struct trace_own own = {
    .from = "portal@practice.example",
    .style = {.domain = "reply.practice.example"},
};

struct seed {
	uint8_t *data;
	size_t len;
};

static struct seed seeds[SEEDS_MAX];
static size_t n_seeds;

/* ---- chance -------------------------------------------------------------- */

struct chance {
	uint64_t state;
};

/* splitmix64 */
static uint64_t
next(struct chance *c)
{
	uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t
below(struct chance *c, size_t n)
{
	return n == 0 ? 0 : (size_t)(next(c) % n);
}

/* ---- mutations ----------------------------------------------------------- */

struct mail {
	uint8_t data[CLASSIFY_MAIL_MAX];
	size_t len;
};

/* Puts N bytes of WHAT in at AT; what no longer fits falls off the end. */
static void
insert(struct mail *m, size_t at, const void *what, size_t n)
{
	size_t room = sizeof(m->data) - at;
	size_t tail;

	if (n > room)
		n = room;
	tail = m->len - at;
	if (tail > room - n)
		tail = room - n;
	memmove(m->data + at + n, m->data + at, tail);
	memcpy(m->data + at, what, n);
	m->len = at + n + tail;
}

static void
flip_bits(struct mail *m, struct chance *c)
{
	for (size_t n = 1 + below(c, 32); n > 0 && m->len > 0; n--)
		m->data[below(c, m->len)] ^= (uint8_t)(1U << below(c, 8));
}

static void
cut(struct mail *m, struct chance *c)
{
	m->len = below(c, m->len + 1);
}

/* The beginning of one mail, the end of another. */
static void
splice(struct mail *m, struct chance *c)
{
	const struct seed *s = &seeds[below(c, n_seeds)];
	size_t from = below(c, s->len + 1);

	m->len = below(c, m->len + 1);
	insert(m, m->len, s->data + from, s->len - from);
}

static size_t
line_begin(const struct mail *m, size_t at)
{
	while (at > 0 && m->data[at - 1] != '\n')
		at--;
	return at;
}

/* N bytes of WHAT, TIMES times. */
static void
insert_run(struct mail *m, size_t at, const void *what, size_t n, size_t times)
{
	size_t room = sizeof(m->data) - at;
	uint8_t *run;

	if (n == 0)
		return;
	if (times > room / n)
		times = room / n;
	run = malloc(n * times + 1);
	ck_assert_ptr_nonnull(run);
	for (size_t i = 0; i < times; i++)
		memcpy(run + i * n, what, n);
	insert(m, at, run, n * times);
	free(run);
}

/* Most are short, so that there are many; some fill the mail. */
static size_t
how_often(struct chance *c)
{
	return (size_t)1 << below(c, below(c, 32) == 0 ? 17 : 7);
}

/* One line, or a few, many times. */
static void
repeat_lines(struct mail *m, struct chance *c)
{
	uint8_t copy[1024];
	size_t from = line_begin(m, below(c, m->len));
	size_t len = below(c, below(c, 2) == 0 ? sizeof(copy) : 80);

	if (len > m->len - from)
		len = m->len - from;
	memcpy(copy, m->data + from, len);
	insert_run(m, from, copy, len, how_often(c));
}

static void
insert_token(struct mail *m, struct chance *c)
{
	static const char *const tokens[] = {"\r\n\r\n", "\n", "\r", "--",
	    "\r\n--x\r\n", "\r\n--x--\r\n", "=?utf-8?B?", "=?utf-8?Q?",
	    "?=", "=?utf-7?Q?+AA",
	    "\r\nContent-Type: multipart/mixed; boundary=x\r\n",
	    "\r\nContent-Type: multipart/report; boundary=\"\"\r\n",
	    "\r\nContent-Type: message/rfc822\r\n\r\n",
	    "\r\nContent-Type: message/delivery-status\r\n\r\n",
	    "\r\nContent-Type: text/html; charset=iso-2022-jp\r\n\r\n",
	    "\r\nContent-Transfer-Encoding: base64\r\n",
	    "\r\nContent-Transfer-Encoding: x-uuencode\r\n", "begin 644 x\r\n",
	    "\x1b$B", "<", "\"", "(", "@", ";", "\\",
	    "\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\n", "5.1.1",
	    "user unknown", "<<< 550 ", ">>> data ", "charset*0*="};
	const char *t = tokens[below(c, PN_ARRAY_LEN(tokens))];

	insert(m, below(c, m->len + 1), t, strlen(t));
}

/* Something without an end. */
static void
insert_long(struct mail *m, struct chance *c)
{
	static const char *const parts[] = {"a", "(", "<", "@", ",", ";", "=",
	    "?", "\"", "\\", " ", "\t", "[", "-", "=?a?",
	    "=?utf-8?B?YQ==?= ", "\r\n ", "a@b.example, ", "x=y; ", "5.",
	    "5.1.", "550 ", "user unknown ", "<<< ", ">>> data ",
	    "x-postern-notice:", "\x1b$B", "+AA", "&", "=\r\n",
	    "rcpt 550 no such user quota "};
	const char *p = parts[below(c, PN_ARRAY_LEN(parts))];

	insert_run(m, below(c, m->len + 1), p, strlen(p), how_often(c));
}

/* What the mail names as a boundary, where none belongs. */
static void
insert_boundary(struct mail *m, struct chance *c)
{
	uint8_t *at = memmem(m->data, m->len, "boundary=", 9);
	char line[128];
	size_t n = 0;

	if (at == NULL)
		return;
	at += 9;
	for (; at + n < m->data + m->len && n < 70 && at[n] > ' '; n++)
		line[n + 4] = (char)at[n];
	memcpy(line, "\r\n--", 4);
	memcpy(line + 4 + n, "\r\n", 2);
	insert(m, below(c, m->len + 1), line, n + 6);
}

static void
mutate(struct mail *m, uint64_t i)
{
	static void (*const ways[])(struct mail * m, struct chance * c) = {
	    flip_bits, cut, splice, repeat_lines, insert_token, insert_long,
	    insert_boundary};
	struct chance c = {.state = i};
	const struct seed *s = &seeds[below(&c, n_seeds)];

	m->len = 0;
	insert(m, 0, s->data, s->len);
	for (size_t n = 1 + below(&c, 4); n > 0; n--)
		ways[below(&c, PN_ARRAY_LEN(ways))](m, &c);
}

/* ---- judging ------------------------------------------------------------- */

static int64_t
cpu_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/*
 * Microseconds; -1 if the verdict was out of range, or a person's for what
 * came from nobody.
 */
static int64_t
judge(const struct mail *m, bool from_nobody)
{
	const struct classify_envelope envelope = {
	    .null_sender = from_nobody,
	    .unknown = !from_nobody,
	};
	/* exactly as long, so that a sanitizer sees one read too many */
	uint8_t *copy = malloc(m->len == 0 ? 1 : m->len);
	struct verdict v;
	int64_t began;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, m->data, m->len);
	began = cpu_now();
	classify(&own, &envelope, copy, m->len, &v);
	began = cpu_now() - began;
	free(copy);
	if (!verdict_valid(&v, classify_rules()) ||
	    (from_nobody && v.kind == VERDICT_PERSON))
		return -1;
	return began;
}

/* The best of some runs, as a machine may be busy. */
static bool
good(const struct mail *m, uint64_t i)
{
	int64_t best = judge(m, i % 4 == 3);

	for (int n = 1; n < AGAIN && best > SLOWEST; n++) {
		int64_t took = judge(m, i % 4 == 3);

		best = took < best ? took : best;
	}
	if (best >= 0 && best <= SLOWEST)
		return true;
	(void)fprintf(stderr, "mail %ju of %zu bytes: %jd us\n", (uintmax_t)i,
	    m->len, (intmax_t)best);
	return false;
}

static void
work(uint64_t first, uint64_t n)
{
	const struct nursery child = child_nursery(&own);
	static struct mail m;
	/* as a child does: else glibc loads converters again and again */
	bool all = child.warm_up(child.arg);

	for (uint64_t i = first; i < n; i += WORKERS) {
		mutate(&m, i);
		all = good(&m, i) && all;
	}
	_exit(all ? 0 : 1);
}

static uint64_t
how_many(void)
{
	const char *n = getenv("POSTERN_MUTATIONS");

	return n == NULL ? MUTATIONS : strtoull(n, NULL, 10);
}

START_TEST(test_mutated)
{
	pid_t pids[WORKERS];

	for (unsigned i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0)
			work(i, how_many());
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "worker %u: status %d", i, status);
	}
}
END_TEST

/* ---- seeds --------------------------------------------------------------- */

static void
read_seed(const char *path)
{
	FILE *f = fopen(path, "r");
	struct seed *s = &seeds[n_seeds++];

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_lt(n_seeds, SEEDS_MAX);
	s->data = malloc(CLASSIFY_MAIL_MAX);
	ck_assert_ptr_nonnull(s->data);
	s->len = fread(s->data, 1, CLASSIFY_MAIL_MAX, f);
	s->data = realloc(s->data, s->len + 1);
	(void)fclose(f);
}

static int
is_mail(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 4 && strcmp(e->d_name + len - 4, ".eml") == 0;
}

static void
read_seeds(void)
{
	struct dirent **names;
	char path[PATH_LEN];
	int n;

	(void)snprintf(
	    path, sizeof(path), "%s/tests/mail", getenv("POSTERN_SRCDIR"));
	n = scandir(path, &names, is_mail, alphasort);
	ck_assert_int_gt(n, 300);
	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/tests/mail/%s",
		    getenv("POSTERN_SRCDIR"), names[i]->d_name);
		read_seed(path);
		free(names[i]);
	}
	free(names);
}

int
main(void)
{
	Suite *s = suite_create("mutate");
	TCase *t = tcase_create("mutate");

	g_mime_init();
	tcase_set_timeout(t, 3600);
	tcase_add_unchecked_fixture(t, read_seeds, NULL);
	tcase_add_test(t, test_mutated);
	suite_add_tcase(s, t);
	return run_suite(s);
}
