/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/settings.h"
#include "daemon/live.h"
#include "tests/unit/run.h"

/* What the linker puts in the place of the clock. */
static int64_t boot;
int64_t __wrap_clock_boot(void);

int64_t
__wrap_clock_boot(void)
{
	return boot;
}

#define HELLO "retry: 3000\n\n"
#define ENDS (-1)

static struct live *l;
static struct id jane, doctor, thread;

static void
setup(void)
{
	boot = CLOCK_DAY;
	jane = id_new();
	doctor = id_new();
	/* those who share a chain are woken for each other, and find nothing */
	doctor.b[0] = jane.b[0] ^ 1;
	thread = id_new();
	ck_assert_int_eq(live_new(&l), 0);
}

static void
teardown(void)
{
	live_free(&l);
	ck_assert_ptr_null(l);
}

/* ---- whoever looks --------------------------------------------------- */

struct page {
	struct live_stream stream; /* first */
	unsigned wakes;
	unsigned sleeps;
	bool ended; /* its session has */
	/* the last event */
	char id[64];
	char text[16];
	char data[LIVE_TEXT_MAX];
};

static struct page *
page_of(struct live_stream *s)
{
	return (struct page *)(void *)s;
}

static void
wake(struct live_stream *s)
{
	page_of(s)->wakes++;
}

static void
sleep_on(struct live_stream *s)
{
	page_of(s)->sleeps++;
}

static bool
alive(struct live_stream *s)
{
	return !page_of(s)->ended;
}

static void
come(struct page *p, const struct id *person, const char *last_event)
{
	*p = (struct page){.stream = {.wake = wake,
			       .alive = alive,
			       .person = *person,
			       .owner = *person}};
	live_add(l, &p->stream, last_event);
}

static void
come_for_all(struct page *p, int64_t roles)
{
	*p = (struct page){.stream = {.wake = wake,
			       .alive = alive,
			       .everyone = true,
			       .roles = roles}};
	live_add(l, &p->stream, "");
}

static void
go(struct page *p)
{
	live_remove(l, &p->stream);
}

/* One read: its bytes, "" or ENDS. */
static ptrdiff_t
read_on(struct page *p, char to[static LIVE_TEXT_MAX + 1])
{
	ptrdiff_t n = live_read(l, &p->stream, to, LIVE_TEXT_MAX, sleep_on);

	to[n > 0 ? n : 0] = '\0';
	return n;
}

/* What stands behind BEFORE and in front of STOP; AT moves behind that. */
static void
take(const char **at, const char *before, char stop, char *to, size_t size)
{
	const char *end;

	ck_assert_int_eq(strncmp(*at, before, strlen(before)), 0);
	*at += strlen(before);
	end = strchr(*at, stop);
	ck_assert_ptr_nonnull(end);
	ck_assert_int_lt(end - *at, (int)size);
	memcpy(to, *at, (size_t)(end - *at));
	to[end - *at] = '\0';
	*at = end + 1;
}

/* The next event, past what says hello. False: there is none. */
static bool
next(struct page *p)
{
	char text[LIVE_TEXT_MAX + 1];
	const char *at = text;
	ptrdiff_t n;

	do
		n = read_on(p, text);
	while (strcmp(text, HELLO) == 0);
	if (n <= 0)
		return false;
	take(&at, "id: ", '\n', p->id, sizeof(p->id));
	take(&at, "event: ", '\n', p->text, sizeof(p->text));
	take(&at, "data: {", '}', p->data, sizeof(p->data));
	ck_assert_str_eq(at, "\n\n");
	return true;
}

static void
ck_next(struct page *p, const char *event, const char *data)
{
	ck_assert(next(p));
	ck_assert_str_eq(p->text, event);
	ck_assert_str_eq(p->data, data);
}

/* It sleeps until something comes. */
static void
ck_nothing(struct page *p)
{
	unsigned sleeps = p->sleeps;

	ck_assert(!next(p));
	ck_assert_uint_eq(p->sleeps, sleeps + 1);
}

static void
ck_end(struct page *p)
{
	char text[LIVE_TEXT_MAX + 1];
	unsigned sleeps = p->sleeps;

	ck_assert_int_eq(read_on(p, text), ENDS);
	ck_assert_int_eq(read_on(p, text), ENDS);
	ck_assert_uint_eq(p->sleeps, sleeps);
}

/* One that has heard all there was, and sleeps. */
static void
come_and_sleep(struct page *p, const struct id *person)
{
	come(p, person, "");
	ck_next(p, "resync", "");
	ck_nothing(p);
}

static void
tell(const struct id *who, uint32_t unread, bool practice)
{
	struct news news = {
	    .thread = thread, .n = 1, .members = {{*who, unread, practice}}};

	live_tell_threads(&news, 1, l);
}

static const char *
thread_data(uint32_t unread, const struct id *whose)
{
	static char data[LIVE_TEXT_MAX];
	char text[ID_TEXT_LEN + 1], who[ID_TEXT_LEN + 1] = "";

	id_text(&thread, text);
	if (whose != NULL)
		id_text(whose, who);
	(void)snprintf(data, sizeof(data),
	    "\"thread\":\"%s\",\"unread\":%" PRIu32 "%s%s%s", text, unread,
	    whose != NULL ? ",\"participant\":\"" : "", who,
	    whose != NULL ? "\"" : "");
	return data;
}

/* ---- what they hear -------------------------------------------------- */

START_TEST(an_event_is_this_text)
{
	char text[LIVE_TEXT_MAX + 1], want[LIVE_TEXT_MAX], id[ID_TEXT_LEN + 1];
	char epoch[17] = "";
	struct page p;

	come(&p, &jane, "");
	ck_assert_int_eq(read_on(&p, text), (int)strlen(HELLO));
	ck_assert_str_eq(text, HELLO);
	ck_assert_int_gt(read_on(&p, text), 0);
	ck_assert_int_eq(sscanf(text, "id: %16[0-9a-f]-0\n", epoch), 1);
	(void)snprintf(
	    want, sizeof(want), "id: %s-0\nevent: resync\ndata: {}\n\n", epoch);
	ck_assert_str_eq(text, want);
	tell(&jane, 2, false);
	ck_assert_int_gt(read_on(&p, text), 0);
	id_text(&thread, id);
	(void)snprintf(want, sizeof(want),
	    "id: %s-1\nevent: thread\n"
	    "data: {\"thread\":\"%s\",\"unread\":2}\n\n",
	    epoch, id);
	ck_assert_str_eq(text, want);
	live_tell_contacts(l, &jane, ROLE_CLIENT);
	ck_assert_int_gt(read_on(&p, text), 0);
	(void)snprintf(want, sizeof(want),
	    "id: %s-2\nevent: contacts\ndata: {}\n\n", epoch);
	ck_assert_str_eq(text, want);
	ck_assert_int_eq(read_on(&p, text), 0);
	go(&p);
}
END_TEST

START_TEST(each_hears_of_what_is_theirs)
{
	struct id other = jane;
	struct page mine, also, hers, next_door;

	/* in the same chain, as it ends alike */
	other.b[15] ^= 1;
	come_and_sleep(&mine, &jane);
	come_and_sleep(&also, &jane);
	come_and_sleep(&hers, &doctor);
	come_and_sleep(&next_door, &other);
	tell(&jane, 3, false);
	tell(&doctor, 4, true);
	ck_next(&mine, "thread", thread_data(3, NULL));
	ck_nothing(&mine);
	ck_next(&also, "thread", thread_data(3, NULL));
	ck_nothing(&also);
	ck_next(&hers, "thread", thread_data(4, NULL));
	ck_nothing(&hers);
	ck_nothing(&next_door);
	ck_assert_uint_eq(next_door.wakes, 0);
	go(&also);
	go(&mine);
	tell(&doctor, 5, true);
	ck_next(&hers, "thread", thread_data(5, NULL));
	go(&next_door);
	go(&hers);
}
END_TEST

static const struct {
	int64_t roles;
	bool client;
	bool provider;
} roles[] = {
    {0, false, false},
    {SETTINGS_ROLE_CLIENT, true, false},
    {SETTINGS_ROLE_PROVIDER, false, true},
    {SETTINGS_ROLE_STAFF, false, false},
    {SETTINGS_ROLE_CLIENT | SETTINGS_ROLE_PROVIDER, true, true},
};

START_TEST(a_frontend_hears_of_whom_it_may_assert)
{
	char whose[64], who[ID_TEXT_LEN + 1];
	struct page p;

	come_for_all(&p, roles[_i].roles);
	ck_next(&p, "resync", "");
	ck_nothing(&p);
	tell(&jane, 1, false);
	ck_assert_uint_eq(p.wakes, roles[_i].client);
	live_tell_contacts(l, &jane, ROLE_CLIENT);
	tell(&doctor, 2, true);
	live_tell_contacts(l, &doctor, ROLE_PROVIDER);
	ck_assert_uint_eq(p.wakes, roles[_i].client || roles[_i].provider);
	for (int i = 0; i < 2; i++) {
		const struct id *one = i == 0 ? &jane : &doctor;

		if (!(i == 0 ? roles[_i].client : roles[_i].provider))
			continue;
		ck_next(&p, "thread", thread_data(i == 0 ? 1 : 2, one));
		id_text(one, who);
		(void)snprintf(
		    whose, sizeof(whose), "\"participant\":\"%s\"", who);
		ck_next(&p, "contacts", whose);
	}
	ck_nothing(&p);
	go(&p);
}
END_TEST

/* All members of all threads of one commit. */
START_TEST(a_commit_has_much_news)
{
	struct id one = id_new(), two = id_new();
	struct news news[2] = {
	    {.thread = one,
		.n = 2,
		.members = {{jane, 1, false}, {doctor, 2, true}}},
	    {.thread = two, .n = 1, .members = {{doctor, 3, true}}},
	};
	struct page mine, hers;

	come_and_sleep(&mine, &jane);
	come_and_sleep(&hers, &doctor);
	live_tell_threads(news, 2, l);
	thread = one;
	ck_next(&mine, "thread", thread_data(1, NULL));
	ck_nothing(&mine);
	ck_next(&hers, "thread", thread_data(2, NULL));
	thread = two;
	ck_next(&hers, "thread", thread_data(3, NULL));
	ck_nothing(&hers);
	go(&mine);
	go(&hers);
}
END_TEST

/* Whatever the numbers and the ids come to. */
START_TEST(no_text_is_too_long)
{
	const struct id high = {.b = {[0] = 255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255,
				    255}};
	char text[LIVE_TEXT_MAX + 1];
	const size_t longest_id = 16 + 1 + 20;
	struct page p;
	ptrdiff_t n;

	come_for_all(&p, SETTINGS_ROLE_CLIENT);
	ck_next(&p, "resync", "");
	thread = high;
	tell(&high, UINT32_MAX, false);
	n = read_on(&p, text);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_nonnull(strstr(text, ",\"unread\":4294967295,"));
	n += (ptrdiff_t)(longest_id - strcspn(text + 4, "\n"));
	ck_assert_int_lt(n, LIVE_TEXT_MAX);
	go(&p);
}
END_TEST

START_TEST(it_is_read_in_pieces)
{
	char whole[LIVE_TEXT_MAX + 1], piece[LIVE_TEXT_MAX];
	const size_t step = (size_t)_i + 1;
	size_t len = 0;
	ptrdiff_t n;
	struct page p, q;

	come_and_sleep(&p, &jane);
	come_and_sleep(&q, &jane);
	tell(&jane, 7, false);
	ck_assert_int_gt(read_on(&p, whole), 0);
	while ((n = live_read(l, &q.stream, piece, step, sleep_on)) > 0) {
		ck_assert_int_le(n, (int)step);
		ck_assert_mem_eq(piece, whole + len, (size_t)n);
		len += (size_t)n;
	}
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(len, strlen(whole));
	go(&p);
	go(&q);
}
END_TEST

/* ---- coming back ----------------------------------------------------- */

START_TEST(who_comes_back_misses_nothing)
{
	struct page p, again;

	come_and_sleep(&p, &jane);
	for (uint32_t i = 1; i <= 3; i++) {
		tell(&doctor, 9, true);
		tell(&jane, i, false);
	}
	ck_next(&p, "thread", thread_data(1, NULL));
	go(&p);
	come(&again, &jane, p.id);
	ck_next(&again, "thread", thread_data(2, NULL));
	ck_next(&again, "thread", thread_data(3, NULL));
	ck_nothing(&again);
	go(&again);
	come(&p, &jane, again.id);
	ck_nothing(&p);
	go(&p);
}
END_TEST

/* The id of a stream that is up to date. */
static void
get_id(char id_r[static 64])
{
	struct page p;

	come_and_sleep(&p, &jane);
	memcpy(id_r, p.id, sizeof(p.id));
	go(&p);
}

static const char *const no_places[] = {
    "",
    "-",
    "0",
    "x",
    "0-0",
    "-0",
    "ffffffffffffffff-0",
    "ffffffffffffffff-18446744073709551615",
    "99999999999999999999999999999999-1",
    "%s%n-1",
    "{}",
};

START_TEST(who_says_nonsense_fetches_all)
{
	struct page p;

	come(&p, &jane, no_places[_i]);
	ck_next(&p, "resync", "");
	ck_nothing(&p);
	go(&p);
}
END_TEST

/* A place by its epoch and number, each a little different. */
START_TEST(who_was_elsewhere_fetches_all)
{
	char id[64], other[80];
	struct page p;
	size_t dash;

	for (int i = 0; i < 5; i++)
		tell(&jane, 1, false);
	get_id(id);
	ck_assert_str_eq(strchr(id, '-'), "-5");
	dash = strcspn(id, "-");
	for (int i = 0; i < 4; i++) {
		static const char *const tails[] = {"-6", "-5x", "-", "-99"};

		(void)snprintf(
		    other, sizeof(other), "%.*s%s", (int)dash, id, tails[i]);
		come(&p, &jane, other);
		ck_next(&p, "resync", "");
		go(&p);
	}
	(void)snprintf(other, sizeof(other), "%s", id);
	other[dash - 1] = other[dash - 1] == '7' ? '8' : '7';
	come(&p, &jane, other);
	ck_next(&p, "resync", "");
	go(&p);
	/* another process has other numbers */
	teardown();
	ck_assert_int_eq(live_new(&l), 0);
	for (int i = 0; i < 5; i++)
		tell(&jane, 1, false);
	come(&p, &jane, id);
	ck_next(&p, "resync", "");
	go(&p);
}
END_TEST

static void
tell_others(size_t n)
{
	struct id other = id_new();

	for (size_t i = 0; i < n; i++)
		tell(&other, 1, false);
}

/* The ring holds so many; one more and the first is gone. */
START_TEST(what_is_gone_is_fetched)
{
	struct page p;
	char id[64];

	get_id(id);
	tell(&jane, 1, false);
	tell_others(LIVE_RING - 1);
	come(&p, &jane, id);
	ck_next(&p, "thread", thread_data(1, NULL));
	ck_nothing(&p);
	go(&p);
	tell_others(1);
	come(&p, &jane, id);
	ck_next(&p, "resync", "");
	ck_nothing(&p);
	tell(&jane, 2, false);
	ck_next(&p, "thread", thread_data(2, NULL));
	go(&p);
}
END_TEST

START_TEST(who_is_slow_fetches_all)
{
	struct page p;

	come_and_sleep(&p, &jane);
	tell(&jane, 1, false);
	tell_others(LIVE_RING - 1);
	ck_next(&p, "thread", thread_data(1, NULL));
	ck_nothing(&p);
	tell(&jane, 2, false);
	tell_others(LIVE_RING);
	ck_next(&p, "resync", "");
	ck_nothing(&p);
	tell(&jane, 3, false);
	ck_next(&p, "thread", thread_data(3, NULL));
	ck_nothing(&p);
	go(&p);
}
END_TEST

/* ---- sleep ----------------------------------------------------------- */

START_TEST(a_sleeper_is_woken_once)
{
	struct page p;

	come(&p, &jane, "");
	tell(&jane, 1, false);
	live_poke(l, &jane);
	live_tick(l, boot + CLOCK_DAY);
	ck_assert_uint_eq(p.wakes, 0);
	ck_next(&p, "resync", "");
	ck_nothing(&p);
	ck_assert_uint_eq(p.wakes, 0);
	tell(&jane, 1, false);
	ck_assert_uint_eq(p.wakes, 1);
	tell(&jane, 2, false);
	live_poke(l, &jane);
	live_tick(l, boot + CLOCK_DAY);
	ck_assert_uint_eq(p.wakes, 1);
	ck_next(&p, "thread", thread_data(1, NULL));
	ck_next(&p, "thread", thread_data(2, NULL));
	ck_nothing(&p);
	live_poke(l, &jane);
	ck_assert_uint_eq(p.wakes, 2);
	ck_nothing(&p);
	live_poke(l, &doctor);
	ck_assert_uint_eq(p.wakes, 2);
	go(&p);
}
END_TEST

START_TEST(who_hears_nothing_hears_a_beat)
{
	char text[LIVE_TEXT_MAX + 1];
	struct page p, q;

	come_and_sleep(&p, &jane);
	boot += 1;
	come_and_sleep(&q, &doctor);
	boot += LIVE_BEAT - 2;
	live_tick(l, boot);
	ck_assert_uint_eq(p.wakes, 0);
	boot += 1;
	live_tick(l, boot);
	ck_assert_uint_eq(p.wakes, 1);
	ck_assert_uint_eq(q.wakes, 0);
	ck_assert_int_eq(read_on(&p, text), 3);
	ck_assert_str_eq(text, ":\n\n");
	ck_nothing(&p);
	/* whatever is said is as good */
	tell(&doctor, 1, true);
	ck_next(&q, "thread", thread_data(1, NULL));
	ck_nothing(&q);
	boot += LIVE_BEAT - 1;
	live_tick(l, boot);
	ck_assert_uint_eq(p.wakes, 1);
	ck_assert_uint_eq(q.wakes, 1);
	boot += 1;
	live_tick(l, boot);
	ck_assert_uint_eq(p.wakes, 2);
	ck_assert_uint_eq(q.wakes, 2);
	go(&p);
	go(&q);
}
END_TEST

/* ---- the end --------------------------------------------------------- */

START_TEST(an_ended_session_is_told_so)
{
	struct page p, q;

	come_and_sleep(&p, &jane);
	come_and_sleep(&q, &jane);
	p.ended = true;
	tell(&jane, 1, false);
	ck_next(&p, "session", "\"state\":\"ended\"");
	ck_end(&p);
	ck_next(&q, "thread", thread_data(1, NULL));
	ck_nothing(&q);
	q.ended = true;
	live_poke(l, &jane);
	ck_assert_uint_eq(q.wakes, 2);
	ck_next(&q, "session", "\"state\":\"ended\"");
	ck_end(&q);
	go(&p);
	go(&q);
}
END_TEST

/* Of a person's, or of a frontend's. */
START_TEST(one_too_many_ends_the_first)
{
	struct page pages[LIVE_PER_OWNER + 2], elsewhere;

	come_and_sleep(&elsewhere, &jane);
	elsewhere.stream.owner = doctor;
	for (size_t i = 0; i < PN_ARRAY_LEN(pages); i++) {
		if (_i == 0)
			come(&pages[i], &jane, "");
		else
			come_for_all(&pages[i], SETTINGS_ROLE_CLIENT);
		ck_next(&pages[i], "resync", "");
		ck_nothing(&pages[i]);
		for (size_t j = 0; j <= i; j++)
			ck_assert_uint_eq(
			    pages[j].wakes, j + LIVE_PER_OWNER <= i);
	}
	tell(&jane, 1, false);
	for (size_t i = 0; i < PN_ARRAY_LEN(pages); i++) {
		if (i < 2) {
			ck_next(&pages[i], "session", "\"state\":\"replaced\"");
			ck_end(&pages[i]);
		} else {
			ck_next(&pages[i], "thread",
			    thread_data(1, _i == 0 ? NULL : &jane));
		}
		go(&pages[i]);
	}
	ck_next(&elsewhere, "thread", thread_data(1, NULL));
	go(&elsewhere);
}
END_TEST

START_TEST(all_ends_with_the_daemon)
{
	char text[LIVE_TEXT_MAX + 1];
	struct page asleep, awake, late;

	come_and_sleep(&asleep, &jane);
	come(&awake, &doctor, "");
	live_stop(l);
	ck_assert_uint_eq(asleep.wakes, 1);
	ck_end(&asleep);
	ck_assert_int_eq(read_on(&awake, text), (int)strlen(HELLO));
	ck_end(&awake);
	come(&late, &jane, "");
	ck_assert_int_eq(read_on(&late, text), (int)strlen(HELLO));
	ck_end(&late);
	go(&asleep);
	go(&late);
	go(&awake);
}
END_TEST

/* ---- several threads ------------------------------------------------- */

#define EVENTS 4000

/* A connection as the HTTP library's thread sees it. */
struct reader {
	struct live_stream stream; /* first */
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool asleep;
	unsigned heard;
	unsigned resyncs;
};

static struct reader *
reader_of(struct live_stream *s)
{
	return (struct reader *)(void *)s;
}

static void
reader_wake(struct live_stream *s)
{
	struct reader *r = reader_of(s);

	pthread_mutex_lock(&r->lock);
	r->asleep = false;
	pthread_cond_signal(&r->woken);
	pthread_mutex_unlock(&r->lock);
}

static void
reader_sleep(struct live_stream *s)
{
	struct reader *r = reader_of(s);

	pthread_mutex_lock(&r->lock);
	r->asleep = true;
	pthread_mutex_unlock(&r->lock);
}

static bool
reader_alive(struct live_stream *s)
{
	(void)s;
	return true;
}

static void *
read_all(void *arg)
{
	struct reader *r = arg;
	char text[LIVE_TEXT_MAX + 1];
	ptrdiff_t n;

	while ((n = live_read(
		    l, &r->stream, text, LIVE_TEXT_MAX, reader_sleep)) >= 0) {
		text[n] = '\0';
		r->heard += strstr(text, "event: thread") != NULL;
		r->resyncs += strstr(text, "event: resync") != NULL;
		pthread_mutex_lock(&r->lock);
		while (n == 0 && r->asleep)
			pthread_cond_wait(&r->woken, &r->lock);
		pthread_mutex_unlock(&r->lock);
	}
	return NULL;
}

static void
reader_start(struct reader *r, pthread_t *t)
{
	*r = (struct reader){.stream = {.wake = reader_wake,
				 .alive = reader_alive,
				 .person = jane,
				 .owner = id_new()}};
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->woken, NULL);
	live_add(l, &r->stream, "");
	ck_assert_int_eq(pthread_create(t, NULL, read_all, r), 0);
}

/* Until it has heard all there is. */
static void
wait_for(struct reader *r)
{
	bool asleep = false;

	while (!asleep) {
		pthread_mutex_lock(&r->lock);
		asleep = r->asleep;
		pthread_mutex_unlock(&r->lock);
	}
}

/* No wake is lost between a look and the sleep. */
START_TEST(no_event_is_slept_through)
{
	struct reader readers[2];
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		reader_start(&readers[i], &threads[i]);
		wait_for(&readers[i]);
	}
	for (uint32_t i = 0; i < EVENTS; i++) {
		tell(&jane, i, false);
		if (i % 7 == 0)
			live_poke(l, &jane);
	}
	for (int i = 0; i < 2; i++)
		wait_for(&readers[i]);
	live_stop(l);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		live_remove(l, &readers[i].stream);
		ck_assert_uint_eq(readers[i].heard, EVENTS);
		ck_assert_uint_eq(readers[i].resyncs, 1);
	}
}
END_TEST

static void *
come_and_go(void *arg)
{
	char text[LIVE_TEXT_MAX];

	(void)arg;
	for (int i = 0; i < 500; i++) {
		struct page p;

		come(&p, &jane, "");
		for (int j = 0; j < 4; j++)
			(void)live_read(
			    l, &p.stream, text, sizeof(text), sleep_on);
		go(&p);
	}
	return NULL;
}

START_TEST(they_come_and_go_while_others_speak)
{
	pthread_t threads[2];
	struct page p;

	come_and_sleep(&p, &jane);
	p.stream.owner = doctor;
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, come_and_go, NULL), 0);
	for (uint32_t i = 1; i <= EVENTS; i++)
		tell(&jane, i, false);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (uint32_t i = 1; i <= EVENTS; i++)
		ck_next(&p, "thread", thread_data(i, NULL));
	ck_nothing(&p);
	go(&p);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_test(tc, an_event_is_this_text);
	tcase_add_test(tc, each_hears_of_what_is_theirs);
	tcase_add_loop_test(tc, a_frontend_hears_of_whom_it_may_assert, 0,
	    (int)PN_ARRAY_LEN(roles));
	tcase_add_test(tc, a_commit_has_much_news);
	tcase_add_test(tc, no_text_is_too_long);
	tcase_add_loop_test(tc, it_is_read_in_pieces, 0, 12);
	tcase_add_test(tc, who_comes_back_misses_nothing);
	tcase_add_loop_test(
	    tc, who_says_nonsense_fetches_all, 0, (int)PN_ARRAY_LEN(no_places));
	tcase_add_test(tc, who_was_elsewhere_fetches_all);
	tcase_add_test(tc, what_is_gone_is_fetched);
	tcase_add_test(tc, who_is_slow_fetches_all);
	tcase_add_test(tc, a_sleeper_is_woken_once);
	tcase_add_test(tc, who_hears_nothing_hears_a_beat);
	tcase_add_test(tc, an_ended_session_is_told_so);
	tcase_add_loop_test(tc, one_too_many_ends_the_first, 0, 2);
	tcase_add_test(tc, all_ends_with_the_daemon);
	tcase_add_test(tc, no_event_is_slept_through);
	tcase_add_test(tc, they_come_and_go_while_others_speak);
}

int
main(void)
{
	Suite *s = suite_create("live");
	TCase *tc = tcase_create("live");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	add_tests(tc);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
