# SPDX-License-Identifier: Apache-2.0
"""What somebody has begun to write: kept, theirs alone, gone when sent."""

import json
import random
import socket
import time
import uuid

import lmdb
import pytest
from marks import search

BYTES = 32768
PER_MINUTE = 120


@pytest.fixture(name="place")
def started(fresh):
    place = fresh().hurry().start(bridge=False)
    place.enrol(2)
    place.client, place.provider = (place.session(who) for who in (
        "client1", "provider1"))
    place.thread = place.provider.write_to(
        place.client.id, "first")["thread"]["id"]
    place.path = f"/v1/threads/{place.thread}/draft"
    return place


def put(person, path, body, key="k", status=200):
    return person.call("PUT", path, {"body": body, "key": key}).expect(status)


NONE = {"body": "", "key": "", "saved_at": None}


def test_kept_and_changed(place):
    client = place.client
    assert client.get(place.path) == NONE
    text = "half a thought,\n\twith \u00fcmlauts \u2028 and \U0001f33b"
    saved = put(client, place.path, text, "one").json["saved_at"]
    assert client.get(place.path) == {
        "body": text, "key": "one", "saved_at": saved}
    place.move_clock(60)
    later = put(client, place.path, text + "!", "two").json["saved_at"]
    assert later > saved
    # in another session, and after a restart
    place.posternd.kill()
    place.start(bridge=False)
    assert place.session("client1").get(place.path) == {
        "body": text + "!", "key": "two", "saved_at": later}
    assert put(client, place.path, "", "").json == {"saved_at": None}
    assert client.get(place.path) == NONE
    put(client, place.path, "", "")
    assert client.get(place.path) == NONE


def test_theirs_alone(place):
    """The other side has one of its own, and hears nothing of it."""
    client, provider = place.client, place.provider
    stream = provider.listen()
    stream.next()
    entries = provider.get(f"/v1/threads/{place.thread}")
    mails = len(place.queue())
    put(client, place.path, "the client's")
    assert provider.get(place.path) == NONE
    put(provider, place.path, "the provider's")
    assert client.get(place.path)["body"] == "the client's"
    assert provider.get(place.path)["body"] == "the provider's"
    stranger = place.session("client2")
    for method, body in (("GET", None), ("PUT", {"body": "x", "key": "k"})):
        stranger.call(method, place.path, body).problem(404)
    assert stream.drain() == []
    assert provider.get(f"/v1/threads/{place.thread}") == entries
    assert len(place.queue()) == mails


def test_a_contact_without_a_thread(place):
    """Per contact; sent, it is the first message."""
    client = place.session("client2")
    one, two = (client.contact(f"Provider Number{n}")["id"] for n in (1, 2))
    paths = [f"/v1/contacts/{i}/draft" for i in (one, two)]
    put(client, paths[0], "to the first")
    put(client, paths[1], "to the second")
    assert client.contact("Provider Number1")["thread"] is None
    client.write_to(one, "to the first", draft=True)
    assert client.get(paths[0]) == NONE
    assert client.get(paths[1])["body"] == "to the second"
    # one's own contact only
    put(place.client, paths[1], "x", status=404)


def test_gone_with_its_message(place):
    client = place.client
    put(client, place.path, "text", "key-1")
    client.write(place.thread, "something else")
    assert client.get(place.path)["body"] == "text"
    client.write(place.thread, "text", "key-1", draft=True)
    assert client.get(place.path) == NONE
    # sent again by a nervous finger, it takes the next one not with it
    put(client, place.path, "the next", "key-2")
    before = client.messages(place.thread)
    client.write(place.thread, "text", "key-1", draft=True)
    assert client.messages(place.thread) == before
    assert client.get(place.path)["body"] == "the next"
    # the other's stays where it is
    put(place.provider, place.path, "mine")
    client.write(place.thread, "the next", "key-2", draft=True)
    assert place.provider.get(place.path)["body"] == "mine"


def test_a_late_draft_of_what_was_sent(place):
    """From a page that was being closed: it is a message by now."""
    client = place.client
    client.write(place.thread, "text", "key-1", draft=True)
    for _ in range(2):
        assert put(client, place.path, "text", "key-1").json == {
            "saved_at": None}
        assert client.get(place.path) == NONE
        place.posternd.kill()
        place.start(bridge=False)
    # it takes an older one with it, and no other's
    put(client, place.path, "te", "key-0")
    put(client, place.path, "text", "key-1")
    assert client.get(place.path) == NONE
    put(place.provider, place.path, "mine", "key-1")
    assert place.provider.get(place.path)["body"] == "mine"
    # keys are remembered for a day
    place.move_clock(25 * 3600)
    place.client = place.session("client1")
    put(place.client, place.path, "text", "key-1")
    assert place.client.get(place.path)["body"] == "text"


@pytest.mark.parametrize("body, status", [
    ({"body": "x" * (BYTES + 1), "draft": True}, 413),
    ({"body": "", "draft": True}, 422),
    ({"body": "x\x01", "draft": True}, 422),
    ({"body": "x", "draft": "yes"}, 422)])
def test_a_refusal_leaves_it(place, body, status):
    put(place.client, place.path, "text")
    place.client.post(f"/v1/threads/{place.thread}/entries", body).expect(
        status)
    assert place.client.get(place.path)["body"] == "text"


def test_writing_closed_leaves_it(place):
    client = place.client
    put(client, place.path, "text")
    place.relate("client1", "provider1", active=False, writable=False)
    client.post(f"/v1/threads/{place.thread}/entries", {
        "body": "text", "draft": True}).problem(403, "writing-closed")
    assert client.get(place.path)["body"] == "text"
    put(client, place.path, "")


@pytest.mark.parametrize("body, key, status", [
    ("x" * BYTES, "k", 200), ("\u00e9" * (BYTES // 2), "k", 200),
    ("x" * (BYTES + 1), "k", 413), ("\u00e9" * (BYTES // 2 + 1), "k", 413),
    ("a\x00b", "k", 400), ("a\x01b", "k", 422), ("x", "k" * 64, 200),
    ("x", "", 200), ("x", "k" * 65, 422), ("\x7f", "k", 422),
    (["x"], "k", 422), (None, "k", 422), ("x", None, 422), ("x", 1, 422)])
def test_limits(place, body, key, status):
    put(place.client, place.path, body, key, status)
    kept = place.client.get(place.path)
    assert kept == NONE if status != 200 else kept["body"] == body


def test_a_rate(place):
    """As often as somebody types, and no more; per person."""
    statuses = [place.client.call("PUT", place.path, {
        "body": f"text {n}", "key": "k"}).status for n in range(
            2 * PER_MINUTE)]
    assert statuses[:PER_MINUTE] == [200] * PER_MINUTE
    assert statuses[-1] == 429
    put(place.provider, place.path, "mine")
    place.move_clock(60)
    put(place.client, place.path, "later")
    # messages have a rate of their own
    for _ in range(PER_MINUTE):
        place.client.call("PUT", place.path, {"body": "x", "key": "k"})
    place.client.write(place.thread, "goes on")


# ---- at rest --------------------------------------------------------------
def test_sealed_and_padded(place):
    mark = f"Kan{uuid.uuid4().hex}Vogel"
    key = f"Key{uuid.uuid4().hex}"
    put(place.client, place.path, mark, key)
    sizes = set()
    for length in (len(mark), 200, 300):
        put(place.client, place.path, mark.ljust(length, "x"), key)
        row, = place.spaces()["draft"].values()
        sizes.add(len(row))
    assert len(sizes) == 1
    found = {f.name: f.read_bytes() for f in place.store_dir.iterdir()
             if f.is_file()}
    assert len(found["data.mdb"]) > 10000
    for name, data in found.items():
        assert search(data, [mark, key]) == [], name
    put(place.client, place.path, "")
    assert place.spaces()["draft"] == {}


def test_a_draft_in_anothers_place(place):
    """Who can write to the database moves it there in vain."""
    put(place.client, place.path, "the client's")
    put(place.provider, place.path, "the provider's")
    place.stop()
    with lmdb.open(str(place.store_dir), max_dbs=32,
                   map_size=1 << 30) as env:
        with env.begin(write=True) as txn:
            db = env.open_db(b"draft", txn, create=False)
            one, other = list(txn.cursor(db))
            txn.put(one[0], other[1], db=db)
    place.start(bridge=False)
    replies = [place.session(who).call("GET", place.path)
               for who in ("client1", "provider1")]
    assert sorted(r.status for r in replies) == [200, 500]
    assert {r.json.get("type") for r in replies} == {
        None, "urn:postern:error:damaged"}
    # what is damaged can be written over
    for who in ("client1", "provider1"):
        put(place.session(who), place.path, "again")
        assert place.session(who).get(place.path)["body"] == "again"


def test_reading_is_recorded(place):
    def audited():
        return place.status()["store"]["audit_entries"]
    before = audited()
    place.client.get(place.path)
    assert audited() == before  # there was nothing to read
    put(place.client, place.path, "text")
    place.client.get(place.path)
    assert audited() == before + 2


# ---- a crash --------------------------------------------------------------
def post_and_kill(place, body, key, delay):
    """posternd is killed so long after a message was sent to it."""
    data = json.dumps({"body": body, "draft": True}).encode()
    head = (f"POST /v1/threads/{place.thread}/entries HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {place.client.token}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\n\r\n")
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(place.portal.path))
        s.sendall(head.encode() + data)
        end = time.perf_counter() + delay
        while time.perf_counter() < end:
            pass
        place.posternd.kill()
    place.portal.close()
    place.start(bridge=False)


def test_either_the_draft_or_the_message(place):
    """Wherever a crash falls there is one of them; and what the draft's key
    sends again arrives once."""
    sent = kept = number = 0
    moment = 0.003
    while number < 24 or min(sent, kept) < 2:
        assert number < 100, (sent, kept)
        number += 1
        text, key = f"number {number}", f"key-{number}"
        put(place.client, place.path, text, key)
        # around the moment of the commit, wherever that is on this machine
        post_and_kill(place, text, key, moment * random.uniform(0.5, 1.5))
        draft = place.client.get(place.path)
        there = text in place.client.messages(place.thread)
        assert there != (draft["body"] == text), (there, draft)
        sent, kept = sent + there, kept + (not there)
        moment *= 0.7 if there else 1.4
        # the page comes back, finds its draft, and sends it again
        place.client.write(place.thread, text, key, draft=True)
        assert place.client.messages(place.thread).count(text) == 1
        assert place.client.get(place.path) == NONE
