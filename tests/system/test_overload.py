# SPDX-License-Identifier: Apache-2.0
"""Too much at once is refused early, and the rest goes on as before."""

import contextlib
import itertools
import socket
import statistics
import threading
import time

import pytest

import client
import postern

LIMIT = 16  # connections of one user


@pytest.fixture(scope="module")
def place():
    directory = postern.new_directory()
    practice = postern.Practice(directory / "p", settings={
        "limits.connections-per-user": LIMIT})
    practice.init()
    practice.start_posternd()
    practice.enrol(1)
    yield practice
    practice.stop()
    postern.remove(directory)


@pytest.fixture
def thread(place):
    provider = place.session("provider1")
    contact = provider.get("/v1/contacts")["items"][0]["id"]
    return provider, provider.write_to(contact, "first")["thread"]["id"]


def post_times(session, thread, count):
    """How long each of COUNT messages took, in seconds."""
    times = []
    for i in range(count):
        began = time.monotonic()
        session.write(thread, f"number {i}")
        times.append(time.monotonic() - began)
    return times


def test_a_flood_of_logins_starves_no_message(place, thread):
    session, where = thread
    alone = statistics.median(post_times(session, where, 20))
    statuses, stop, number = [], threading.Event(), itertools.count()

    def flood():
        door = client.Client(place.run_dir / "portal.sock", "portal")
        while not stop.is_set():
            # the brake stops whoever tries one login again and again
            reply = door.call("POST", "/v1/sessions", {
                "login": f"nobody{next(number)}",
                "passphrase": "not the right one"})
            statuses.append(reply)
        door.close()

    threads = [threading.Thread(target=flood) for _ in range(LIMIT - 4)]
    for t in threads:
        t.start()
    try:
        client.wait_for(lambda: len(statuses) > len(threads), 60)
        flooded = post_times(session, where, 40)
    finally:
        stop.set()
        for t in threads:
            t.join()
    # a login alone takes some 200 ms of one core; a message must not wait
    # for the dozen before it
    assert statistics.median(flooded) < max(0.5, 20 * alone)
    assert {r.status for r in statuses} <= {401, 503}
    for reply in statuses:
        if reply.status == 503:
            reply.problem(503)


def test_a_login_too_many_is_told_to_come_back(fresh):
    practice = fresh(settings={"limits.login-workers": 1,
                               "limits.login-queue": 1})
    practice.start_posternd()
    replies, together = [], threading.Barrier(10)

    def log_in(number):
        door = client.Client(practice.run_dir / "portal.sock", "portal")
        together.wait()
        replies.append(door.call("POST", "/v1/sessions", {
            "login": f"nobody{number}", "passphrase": "not the right one"}))
        door.close()

    threads = [threading.Thread(target=log_in, args=(n,)) for n in range(10)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    busy = [r for r in replies if r.status == 503]
    assert busy and len(busy) < len(replies)
    for reply in busy:
        reply.problem(503)


def connect(place):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(str(place.run_dir / "portal.sock"))
    return s


def test_a_connection_too_many_gets_an_answer(place):
    with contextlib.ExitStack() as held:
        mine = [held.enter_context(connect(place)) for _ in range(LIMIT)]
        # idle connections do not count as used; begun requests do
        for s in mine:
            s.sendall(b"GET /v1/me HTTP/1.1\r\nHost: x\r\n")

        def late():
            with connect(place) as s:
                s.sendall(b"GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = s.recv(65536)
            return answer.startswith(b"HTTP/1.1 503 ") and answer
        # as soon as all of these are seen to have begun
        assert b"\r\nRetry-After: " in client.wait_for(late, 10)
        # the other sockets have their own places
        assert place.admin.call("GET", "/v1/admin/status").status == 200
    client.wait_for(lambda: place.portal.call("GET", "/v1/me").status == 401)


def test_a_slow_request_is_cut(place):
    """Byte by byte, a request would hold its place for ever."""
    with connect(place) as slow:
        slow.settimeout(1)
        slow.sendall(b"GET /v1/me HTTP/1.1\r\nX-Slow: ")
        began = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while time.monotonic() - began < 60:
                slow.sendall(b"x")
                with contextlib.suppress(TimeoutError):
                    if slow.recv(1) == b"":
                        raise BrokenPipeError
        assert 20 < time.monotonic() - began < 45


def test_a_full_queue_loses_nothing(fresh):
    """With a short queue, some may be told to come back; all 201 are there."""
    practice = fresh(settings={"limits.queue": 16})
    practice.start_posternd()
    practice.enrol(1)
    session = practice.session("provider1")
    contact = session.get("/v1/contacts")["items"][0]["id"]
    thread = session.write_to(contact, "first")["thread"]["id"]
    done, refused = [], []

    def write(worker):
        door = client.Client(practice.run_dir / "portal.sock", "portal")
        mine = client.Session(door, {"token": session.token,
                                     "participant": session.participant})
        for i in range(15):
            text = f"{worker}-{i}"
            reply = mine.post(f"/v1/threads/{thread}/entries",
                              {"body": text})
            if reply.status == 201:
                done.append(text)
            else:
                refused.append(reply.problem(503))
        door.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(60)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    practice.posternd.kill()
    practice.start_posternd()
    there = practice.session("provider1").messages(thread)
    assert sorted(there) == sorted(["first", *done])
    assert len(done) + len(refused) == 60 * 15
