/* SPDX-License-Identifier: Apache-2.0 */

/*
 * GET /v1/events: server-sent events (HTML Living Standard, 9.2).
 */

#include "daemon/api.h"

#include <string.h>
#include <microhttpd.h>
#include <sodium.h>
#include "base/settings.h"
#include "daemon/live.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/sessions.h"

struct streaming {
	struct live_stream stream; /* first */
	struct request *req;
	struct live *live; /* once it was added */
};

static void
streaming_fini(void *state)
{
	struct streaming *s = state;

	if (s->live != NULL)
		live_remove(s->live, &s->stream);
}

static struct request *
request_of(struct live_stream *stream)
{
	return ((struct streaming *)(void *)stream)->req;
}

static void
stream_wake(struct live_stream *stream)
{
	request_stream_wake(request_of(stream));
}

static void
stream_sleep(struct live_stream *stream)
{
	request_stream_sleep(request_of(stream));
}

/* Looking keeps no session alive. */
static bool
stream_alive(struct live_stream *stream)
{
	const struct request_info *info = request_info(request_of(stream));
	struct sessions_found found;

	return stream->everyone ||
	       sessions_find(info->d->sessions, info->session, sessions_time(),
		   false, &found);
}

static ssize_t
stream_read(void *state, uint64_t at, char *to, size_t max)
{
	struct streaming *s = state;
	ptrdiff_t n = live_read(s->live, &s->stream, to, max, stream_sleep);

	(void)at;
	return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)n;
}

/* One for each session, or one for a frontend and all it may assert. */
static void
set_owner(const struct request_info *info, struct live_stream *s)
{
	s->everyone = info->actor.kind == ACTOR_FRONTEND;
	s->roles = info->actor.roles;
	s->person = info->actor.person;
	if (!s->everyone)
		s->owner = sessions_id(info->session);
	else
		(void)crypto_generichash(s->owner.b, sizeof(s->owner.b),
		    (const uint8_t *)info->via, strlen(info->via), NULL, 0);
}

static void
get_events(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct streaming *s;
	int r = authorise(&info->actor, VERB_LIVE, NULL);

	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	s = request_state(req, sizeof(*s), streaming_fini);
	if (s == NULL)
		return;
	s->req = req;
	s->live = info->d->live;
	s->stream.wake = stream_wake;
	s->stream.alive = stream_alive;
	set_owner(info, &s->stream);
	live_add(s->live, &s->stream, info->last_event);
	request_stream(req, "text/event-stream", stream_read);
}

const struct route api_live_routes[] = {
    {"GET", "/v1/events", ROUTE_RIGHT | ROUTE_QUIET, NULL, 0, get_events},
    {0},
};
