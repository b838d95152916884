# SPDX-License-Identifier: Apache-2.0
"""Live events: who hears what, coming back, being late, and the end."""

import pathlib
import random
import re
import select
import statistics
import threading
import time
import uuid

import pytest
from accounts import Accounts
from client import Browser, Client, Session, Stream, wait_for
from idle import wait_answered
from postern import ORIGIN, sanitized

RING = 8192
PER_SESSION = 8
MINUTE = 60


def practice(place):
    """ann and bob are clients, pat is both's provider, kim only bob's."""
    place.hurry().start(bridge=False)
    for who in ("ann", "bob"):
        place.provision(who, "client", who.title(), f"{who}@clients.example")
    for who in ("pat", "kim"):
        place.provision(who, "provider", who.title(), f"{who}@p.example")
    for pair in (("ann", "pat"), ("bob", "pat"), ("bob", "kim")):
        place.relate(*pair)
    return place


@pytest.fixture(name="place")
def started(fresh):
    return practice(fresh(settings={"limits.posts-per-minute": 100000}))


def listen(person, last_id=None):
    """A stream that has said its first word."""
    stream = person.listen(last_id)
    stream.reply.expect(200)
    if last_id is None:
        assert stream.next() == ("resync", {})
    return stream


def silent(stream):
    """It was told nothing of all that was done so far."""
    wait_answered(stream.socket)
    with pytest.raises(TimeoutError):
        raise AssertionError(stream.next(0))


def open_thread(one, other_id):
    return one.write_to(other_id, "first")["thread"]["id"]


# ---- who hears what -------------------------------------------------------
def test_both_sides_hear_of_a_message(place):
    ann, pat, kim = (place.session(who) for who in ("ann", "pat", "kim"))
    streams = {who: listen(who) for who in (ann, pat, kim)}
    thread = open_thread(ann, pat.id)
    assert streams[pat].next() == ("thread", {"thread": thread, "unread": 1})
    assert streams[ann].next() == ("thread", {"thread": thread, "unread": 0})
    pat.write(thread, "second")
    assert streams[pat].next()[1]["unread"] == 1
    assert streams[ann].next() == ("thread", {"thread": thread, "unread": 1})
    silent(streams[kim])
    # whoever hears of it finds it
    ann.write(thread, "third")
    assert streams[pat].next()[1]["unread"] == 2
    assert pat.get(f"/v1/threads/{thread}")["entries"] == 3


def test_read_in_another_tab(place):
    ann, pat = place.session("ann"), place.session("pat")
    other = place.session("ann")
    thread = open_thread(pat, ann.id)
    tabs = [listen(ann), listen(ann), listen(other)]
    ann.mark_read(thread, 1)
    for tab in tabs:
        assert tab.next() == ("thread", {"thread": thread, "unread": 0})


def test_contacts_change(place):
    ann, kim, pat = (place.session(who) for who in ("ann", "kim", "pat"))
    streams = [listen(ann), listen(kim)]
    stranger = listen(pat)
    for change in ({"active": True}, {"active": True, "writable": False},
                   {"active": False}):
        place.relate("ann", "kim", **change)
        for stream in streams:
            assert stream.next() == ("contacts", {})
        contact = ann.contact("Kim")
        assert contact["current"] == change["active"]
        assert contact["may_write"] == change.get("writable", contact[
            "may_write"])
    silent(stranger)


@pytest.mark.parametrize("change", [
    {"name": "Dr. Pat"}, {"credentials": "PhD"}, {"active": False}])
def test_what_is_shown_of_a_contact_changes(place, change):
    """Once: frontends that keep people in step tell the same again."""
    stream, stranger = (listen(place.session(who)) for who in ("ann", "kim"))
    body = {"role": "provider", "name": "Pat", "addresses": ["pat@p.example"],
            **change}
    for told in (True, False):
        place.portal.call("PUT", "/v1/participants/pat", body).expect(200)
        if told:
            assert stream.next() == ("contacts", {})
        silent(stream)
    silent(stranger)


def test_a_provider_answers_more_slowly(place):
    ann, pat = place.session("ann"), place.session("pat")
    stream = listen(ann)
    pat.call("PUT", "/v1/me",
             {"response_days": {"from": 3, "to": 5}}).expect(200)
    assert stream.next() == ("contacts", {})
    assert ann.contact("Pat")["response_days"] == {"from": 3, "to": 5}
    pat.call("PUT", "/v1/me", {"language": "es"}).expect(200)
    silent(stream)


def test_a_lost_notification_is_shown(place):
    """What the provider sees of the thread has changed without a message."""
    ann, pat = place.session("ann"), place.session("pat")
    thread = open_thread(pat, ann.id)
    stream = listen(pat)
    leased = place.bridge_api.call("POST", "/v1/bridge/leases", {
        "max": 20, "wait": 0}).expect(200).json["items"]
    place.bridge_api.call("POST", "/v1/bridge/results", {"items": [
        {"id": row["id"], "outcome": "failed", "code": "5.1.1"}
        for row in leased]}).expect(200)
    event, data = stream.next()
    assert (event, data["thread"]) == ("thread", thread)
    assert pat.contact("Ann")["thread"]["not_notified"]["code"] == "5.1.1"


@pytest.mark.parametrize("how", ["signed out", "others", "one", "disabled",
                                 "expired"])
def test_the_session_ends(place, how):
    ann, here = place.session("ann"), place.session("ann")
    stream, stays = listen(ann), listen(here)
    if how == "signed out":
        ann.call("DELETE", "/v1/sessions/current").expect(204)
    elif how == "others":
        here.call("DELETE", "/v1/sessions").expect(204)
    elif how == "one":
        mine = ann.get("/v1/sessions/current")["id"]
        here.call("DELETE", f"/v1/sessions/{mine}").expect(204)
    elif how == "disabled":
        place.provision("ann", "client", "Ann", active=False)
    else:
        place.move_clock(14 * MINUTE)
        here.get("/v1/me")
        place.move_clock(MINUTE)
    assert stream.next() == ("session", {"state": "ended"})
    assert stream.next() is None
    if how == "disabled":
        assert stays.next() == ("session", {"state": "ended"})
    else:
        silent(stays)
        here.get("/v1/me")


def test_eight_streams_a_session(place):
    ann, other = place.session("ann"), place.session("ann")
    elsewhere = listen(other)
    streams = [listen(ann) for _ in range(PER_SESSION)]
    silent(streams[0])
    streams.append(listen(ann))
    assert streams[0].next() == ("session", {"state": "replaced"})
    assert streams[0].next() is None
    streams.append(listen(ann, streams[0].last_id))
    assert streams[1].next() == ("session", {"state": "replaced"})
    ann.get("/v1/me")
    for stream in streams[2:] + [elsewhere]:
        silent(stream)


# ---- a frontend's own -----------------------------------------------------
@pytest.mark.parametrize("roles, told", [
    ("client", {"ann"}), ("provider", {"pat"}),
    ("client provider", {"ann", "pat"})])
def test_a_frontend_hears_of_its_roles(fresh, roles, told):
    place = practice(fresh(settings={"frontend portal.roles":
                                     "client provider",
                                     "frontend watch.user": "games",
                                     "frontend watch.rights": "assert",
                                     "frontend watch.roles": roles}))
    place.portal.path.chmod(0o666)
    watch = Client(place.portal.path, "portal", place.portal.observe, "games")
    stream = Stream(watch, {})
    assert stream.next() == ("resync", {})
    people = {who: place.session(who) for who in ("ann", "pat", "kim")}
    thread = open_thread(people["ann"], people["pat"].id)
    place.relate("ann", "kim")
    unread = {"ann": 0, "pat": 1}
    expected = [("thread", {"thread": thread, "unread": unread[who],
                            "participant": people[who].id})
                for who in unread if who in told]
    assert sorted(map(str, (stream.next() for _ in expected))) == sorted(
        map(str, expected))
    # kim is a provider, too
    also = {"ann"} & told | ({"kim"} if "pat" in told else set())
    assert {stream.next()[1]["participant"] for _ in also} == {
        people[who].id for who in also}
    silent(stream)
    # and it resumes as anybody
    last = stream.last_id
    stream.close()
    people["ann"].write(thread, "second")
    again = Stream(watch, {"Last-Event-ID": last})
    assert {again.next()[1]["participant"] for _ in told} == {
        people[who].id for who in told}
    silent(again)
    # a new token of its own is needed for one person's
    watch.call("GET", "/v1/events", token="a" * 52).problem(401)


def test_a_frontend_without_the_right(fresh):
    place = fresh(settings={"frontend portal.rights": "provision"})
    place.start(bridge=False)
    place.portal.call("GET", "/v1/events").problem(403, "forbidden")


# ---- coming back ----------------------------------------------------------
def position(person):
    """Of the ring: a stream's first id says how far it has come."""
    stream = listen(person)
    stream.close()
    return int(stream.last_id.split("-")[1])


def writer(place, session):
    """The same person on a connection of its own, for a thread of ours:
    nothing of PLACE's may be used there, its connections are shared."""
    return Session(Client(place.portal.path, "portal"), {
        "token": session.token, "participant": session.participant})


class Workers:
    """RUNS in threads of their own, until done; what failed there, fails the
    test and ends the others."""

    def __init__(self, *runs):
        self.done = threading.Event()
        self.errors = []
        self._threads = [threading.Thread(target=self._run, args=(run,))
                         for run in runs]
        for each in self._threads:
            each.start()

    def _run(self, run):
        try:
            run(self.done)
        except BaseException as error:  # told by working() and end()
            self.errors.append(error)
            self.done.set()

    def working(self):
        """Whether there is more to come."""
        assert not self.errors, self.errors
        return not self.done.is_set()

    def end(self):
        self.done.set()
        for each in self._threads:
            each.join()
        assert not self.errors, self.errors


def test_nothing_lost_nothing_doubled(place):
    """A provider's page comes and goes while several write; it hears of each
    message once, in order."""
    pat = place.session("pat")
    threads = {who: open_thread(place.session(who), pat.id)
               for who in ("ann", "bob")}
    writers = {who: writer(place, place.session(who)) for who in threads}
    other = writer(place, place.session("bob"))
    stream, heard, posted = listen(pat), [], []

    def write(done):
        # one at a time, so that each is a commit of its own
        unread = {who: 1 for who in threads}
        for number in range(400):
            who = random.choice(list(threads))
            writers[who].write(threads[who], f"number {number}")
            unread[who] += 1
            posted.append((threads[who], unread[who]))
        done.set()

    def disturb(done):
        # events that are others': the numbers in between
        kim = other.contact("Kim")["id"]
        while not done.is_set():
            other.write_to(kim, "something else")

    workers, breaks = Workers(write, disturb), 0
    while workers.working() or len(heard) < len(posted):
        for _ in range(random.randrange(12)):
            try:
                event, data = stream.next(0.2)
            except TimeoutError:
                break
            assert event == "thread", event
            heard.append((data["thread"], data["unread"]))
        stream.close()
        breaks += 1
        stream = listen(pat, stream.last_id)
    workers.end()
    assert heard == posted
    assert breaks > 30
    silent(stream)


def test_two_tabs_come_back_by_themselves(place):
    ann, pat = place.session("ann"), place.session("pat")
    thread = open_thread(pat, ann.id)
    streams = [listen(ann) for _ in range(2)]
    pat.write(thread, "one")
    assert streams[0].next()[1]["unread"] == 2
    last = [streams[0].last_id, streams[1].last_id]
    for stream in streams:
        stream.close()
    pat.write(thread, "two")
    again = [listen(ann, i) for i in last]
    assert again[0].next()[1]["unread"] == 3
    assert [again[1].next()[1]["unread"] for _ in range(2)] == [2, 3]


def test_resync_after_a_restart(place):
    ann, pat = place.session("ann"), place.session("pat")
    stream = listen(ann)
    thread = open_thread(pat, ann.id)
    stream.next()
    last = stream.last_id
    place.posternd.kill()
    place.start(bridge=False)
    again = listen(ann, last)
    assert again.next() == ("resync", {})
    assert again.last_id.split("-")[0] != last.split("-")[0]
    pat.write(thread, "second")
    assert again.next()[1]["unread"] == 2


@pytest.mark.parametrize("last", [
    "", "nonsense", "0-0", "0000000000000000-1", "{epoch}-99999999",
    "{epoch}--1", "{epoch}-", "{epoch}-1x", "-", "x" * 41])
def test_an_id_that_is_none(place, last):
    """Whoever comes with one is told to fetch everything again."""
    ann = place.session("ann")
    epoch = listen(ann).last_id.split("-")[0]
    stream = ann.listen(last.format(epoch=epoch) or None)
    assert stream.next() == ("resync", {})


def make_news(place, count):
    """So many events or a few less, none of them ann's: two of a message at
    the most, and less where several are one commit."""
    bob = place.session("bob")
    kim = bob.contact("Kim")["id"]
    end = position(bob) + count

    def write(_):
        one = writer(place, bob)
        for _ in range(left // 32):
            one.write_to(kim, "x")
        one.client.close()
    while (left := end - position(bob)) >= 32:
        Workers(*[write] * 16).end()


def test_resync_after_too_much(place):
    """All that is in the ring can be caught up with; one more, and not."""
    ann, bob = place.session("ann"), place.session("bob")
    kim = place.session("kim")
    thread = open_thread(bob, kim.id)
    stream = listen(ann)
    last, began = stream.last_id, int(stream.last_id.split("-")[1])
    stream.close()
    make_news(place, RING - 300)
    assert position(ann) - began < RING
    seq = 1
    while position(ann) - began < RING:
        if RING - (position(ann) - began) >= 2:
            bob.write(thread, "x")  # both hear of it
        else:
            kim.mark_read(thread, seq)  # one does
            seq += 1
    assert position(ann) - began == RING
    again = listen(ann, last)
    silent(again)
    again.close()
    kim.mark_read(thread, seq)
    assert listen(ann, last).next() == ("resync", {})


# ---- signs of life, and slow ones -----------------------------------------
def test_heartbeat(place):
    place.hold_clock()
    stream = listen(place.session("ann"))
    silent(stream)
    assert stream.comments == 0
    for beats in (1, 2, 3):
        for ahead, comments in ((14, beats - 1), (1, beats)):
            place.move_clock(ahead)
            place.tick()
            silent(stream)
            assert stream.comments == comments


def memory(place):
    """posternd's own, in bytes."""
    status = pathlib.Path(
        f"/proc/{place.posternd.process.pid}/status").read_text()
    return int(re.search(r"RssAnon:\s*(\d+)", status)[1]) * 1024


def holds(place, before, limit):
    """Whether memory grew by less than LIMIT bytes; the sanitizers keep
    what was freed, and tell nothing."""
    return sanitized() or memory(place) - before < limit


def fill(place, count):
    """COUNT messages for a stream that nobody reads; (stream, thread)."""
    ann, pat = place.session("ann"), place.session("pat")
    slow = listen(ann)
    thread = open_thread(pat, ann.id)
    for _ in range(count - 1):
        pat.write(thread, "x")
    return ann, pat, slow, thread


def test_a_slow_reader(place):
    """Its socket fills; others go on, nothing piles up, and it catches up."""
    before = memory(place)
    ann, pat, slow, thread = fill(place, 800)
    assert holds(place, before, 8 << 20)
    quick = listen(ann)
    pat.write(thread, "x")
    assert quick.next()[1]["unread"] == 801
    assert [data["unread"] for _, data in slow.drain(0)] == list(
        range(1, 802))
    pat.write(thread, "last")
    for stream in (slow, quick):
        assert stream.next()[1]["unread"] == 802


def test_one_that_reads_nothing_is_hung_up_on(place):
    """And when it comes back it has missed nothing."""
    ann, _, slow, _ = fill(place, 800)
    place.move_clock(60)
    look = select.poll()
    look.register(slow.socket, select.POLLRDHUP)
    wait_for(lambda: look.poll(0))
    unread = [data["unread"] for _, data in slow.drain(0)]
    assert slow.next() is None
    assert 0 < len(unread) < 800
    rest = listen(ann, slow.last_id)
    unread += [data["unread"] for _, data in rest.drain(0)]
    assert unread == list(range(1, 801))


def test_a_reader_that_went_away(place):
    """Hanging up frees a stream's place, and wakes nobody."""
    ann, pat = place.session("ann"), place.session("pat")
    before = memory(place)
    for _ in range(300):
        listen(ann).close()
    thread = open_thread(pat, ann.id)
    stream = listen(ann)
    pat.write(thread, "second")
    assert stream.next()[1]["unread"] == 2
    assert holds(place, before, 8 << 20)


# ---- many -----------------------------------------------------------------
def many(place, count):
    """COUNT streams of ann's, in as many sessions as they need."""
    streams, session = [], None
    for number in range(count):
        if number % PER_SESSION == 0:
            session = place.session("ann")
        streams.append(listen(session))
    return streams


def test_two_hundred_streams(place):
    """Messages are as quick, each stream hears of each, memory is bounded."""
    pat = place.session("pat")
    ann_id = place.session("ann").id
    thread = open_thread(pat, ann_id)

    def post(number):
        times = []
        for _ in range(number):
            began = time.monotonic()
            pat.write(thread, "x")
            times.append(time.monotonic() - began)
        return statistics.median(times)
    alone, before = post(100), memory(place)
    streams = many(place, 200)
    among = post(100)
    assert holds(place, before, 200 * (64 << 10))
    for stream in streams:
        assert [stream.next()[1]["unread"] for _ in range(100)] == list(
            range(102, 202))
    # every one of them is woken for every message
    assert among < max(20 * alone, 0.25), (alone, among)
    place.admin.call("GET", "/v1/admin/status").expect(200)


def test_stop_with_open_streams(place):
    streams = many(place, 100)
    began = time.monotonic()
    place.stop()
    # which is how long it would wait for them to end by themselves
    assert time.monotonic() - began < 10
    for stream in streams:
        assert stream.next() is None


def test_stop_with_a_full_stream(place):
    """One that does not read holds nobody up for ever: in time (Program.stop)
    it ends well."""
    fill(place, 800)
    place.stop()


# ---- what they hold -------------------------------------------------------
SHAPES = {
    "thread": {"thread": r"[a-z2-7]{26}", "unread": r"\d+"},
    "contacts": {}, "resync": {}, "session": {"state": "ended|replaced"}}


def test_no_content(place):
    """Ids and counts; no word of what was written, no name, no address."""
    mark = f"Kan{uuid.uuid4().hex[:12]}Vogel"
    for who, role in (("mia", "client"), ("max", "provider")):
        place.provision(f"{mark}-{who}", role, f"{mark} {who}",
                        f"{mark}-{who}@x.example", credentials=mark)
    mia, other = (place.session(f"{mark}-{who}") for who in ("mia", "max"))
    raw = []
    streams = {}
    for name, headers in (
            ("mia", {"Authorization": f"Bearer {mia.token}"}),
            ("max", {"Authorization": f"Bearer {other.token}"}),
            ("frontend", {})):
        streams[name] = Stream(place.portal, headers)
    place.relate(f"{mark}-mia", f"{mark}-max")
    thread = mia.write_to(other.id, mark)["thread"]["id"]
    other.write(thread, mark)
    mia.mark_read(thread, 2)
    mia.call("PUT", f"/v1/threads/{thread}/draft", {
        "body": mark, "key": mark}).expect(200)
    place.settle()  # who has signed out is told no more
    mia.call("DELETE", "/v1/sessions/current").expect(204)
    place.settle()
    for name, stream in streams.items():
        # as it came, before it is read
        data = stream.socket.recv(65536)
        raw.append(data)
        stream._raw += data
        for event, data in stream.drain(0):
            shape = dict(SHAPES[event])
            if name == "frontend" and event in ("thread", "contacts"):
                shape["participant"] = r"[a-z2-7]{26}"
            assert data.keys() == shape.keys(), (event, data)
            for key, pattern in shape.items():
                assert re.fullmatch(pattern, str(data[key]))
    everything = b"".join(raw)
    assert everything.count(b"event: thread") >= 6
    assert b"event: session" in everything
    assert mark.encode() not in everything
    assert mark.lower().encode() not in everything.lower()


def test_on_web_socket(place):
    """The same for a browser; a page of another site hears nothing."""
    browser = Accounts(place, ORIGIN).open_account("ann").browser
    stream = listen(browser)
    assert stream.reply.headers["Content-Type"] == "text/event-stream"
    assert stream.reply.headers["Cache-Control"] == "no-store"
    thread = open_thread(place.session("pat"), browser.id)
    assert stream.next() == ("thread", {"thread": thread, "unread": 1})
    for site in ("cross-site", "same-site"):
        browser.call("GET", "/v1/events", headers={
            "Sec-Fetch-Site": site}).problem(403, "cross-origin")
    Browser(place.web, ORIGIN).call("GET", "/v1/events").problem(401)
