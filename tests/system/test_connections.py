# SPDX-License-Identifier: Apache-2.0
"""Many connections, connections that do nothing, and the end of waiting."""

import itertools
import json
import select
import signal
import socket
import statistics
import threading
import time

import pytest
from accounts import Accounts
from client import UnixConnection, wait_for
from postern import ORIGIN


def connect(client):
    s = socket.socket(socket.AF_UNIX)
    s.connect(str(client.path))
    s.settimeout(30)
    return s


def request(method, target, token=None, body=None):
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        body = json.dumps(body)
        lines += ["Content-Type: application/json",
                  f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode()


def status_of(s):
    data = s.recv(65536)
    return int(data.split()[1]) if data else 0


def hung_up(s):
    try:
        return s.recv(65536) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("count", [127, 128, 129, 256, 384])
def test_all_at_once(fresh, count):
    """So many requests in one instant, and nothing after them."""
    place = fresh(settings={"limits.connections-per-user": 400})
    place.start(bridge=False)
    place.enrol(1)
    token = place.session("provider1").token
    sockets = [connect(place.portal) for _ in range(count)]
    try:
        for s in sockets:
            s.sendall(request("GET", "/v1/settings", token))
            assert status_of(s) == 200
        place.posternd.process.send_signal(signal.SIGSTOP)
        for s in sockets:
            s.sendall(request("GET", "/v1/settings", token))
        place.posternd.process.send_signal(signal.SIGCONT)
        assert [status_of(s) for s in sockets] == [200] * count
    finally:
        for s in sockets:
            s.close()


def test_too_many(fresh):
    """One user's connections are answered 503 over its limit, others' not."""
    place = fresh(settings={"limits.connections-per-user": 8})
    place.start(bridge=False)
    place.portal.close()
    sockets = [connect(place.portal) for _ in range(8)]
    for s in sockets:
        s.sendall(request("GET", "/v1/me"))
        assert status_of(s) == 401
    over = connect(place.portal)
    over.sendall(request("GET", "/v1/me"))
    answer = over.recv(65536)
    assert answer.startswith(b"HTTP/1.1 503 "), answer
    assert b"Retry-After: " in answer
    assert b"too-many-connections" in answer
    assert hung_up(over)
    # those above that are not even told, and those with a place keep it
    crowd = [connect(place.portal) for _ in range(40)]
    assert sum(hung_up(s) for s in crowd[30:]) == 10
    sockets[0].sendall(request("GET", "/v1/me"))
    assert status_of(sockets[0]) == 401
    place.admin.call("GET", "/v1/admin/status").expect(200)
    for s in sockets + crowd + [over]:
        s.close()

    place.settle()
    with connect(place.portal) as s:
        s.sendall(request("GET", "/v1/me"))
        assert status_of(s) == 401


def test_too_many_browsers(fresh):
    """The reverse proxy's connections have a limit of their own, streams
    among them; who is over it is told, and frontends are not held up."""
    limit = 16
    place = fresh(settings={"limits.web-connections": limit,
                            "limits.connections-per-user": 2})
    place.hurry().start(bridge=False)
    place.provision("ann", "client", "Ann", "ann@clients.example")
    browser = Accounts(place, ORIGIN).open_account("ann").browser
    streams = [browser.listen() for _ in range(6)]
    for stream in streams:
        assert stream.next() == ("resync", {})
    page = ("GET /v1/me HTTP/1.1\r\nHost: x\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in browser.headers().items())
        + "\r\n").encode()
    # the one that browser keeps is one of them
    others = []
    for _ in range(limit - len(streams) - 1):
        others.append(connect_as_proxy(place))
        others[-1].sendall(page)
        assert status_of(others[-1]) == 200
    with connect_as_proxy(place) as over:
        over.sendall(page)
        answer = over.recv(65536)
        assert answer.startswith(b"HTTP/1.1 503 "), answer
        assert b"Retry-After: " in answer
        assert b"too-many-connections" in answer
        assert hung_up(over)
    # nothing of it reaches those who have a place, or another door
    browser.get("/v1/me")
    session = place.session("ann")
    session.call("PUT", "/v1/me", {"language": "es"}).expect(200)
    # a stream that was left leaves its place with the next sign of life
    streams.pop().close()
    place.move_clock(15)
    place.tick()
    # its own place, which moving the clock gave up
    browser.get("/v1/me")
    with connect_as_proxy(place) as s:
        s.sendall(page)
        assert status_of(s) == 200
    for s in [*streams, *others]:
        s.close()


def connect_as_proxy(place):
    connection = UnixConnection(place.web.path, 10, place.web.user)
    connection.connect()
    return connection.sock


def test_long_polls_end_at_stop(fresh):
    """Who waits for a lease is told that there is none, and soon."""
    place = fresh()
    place.start(bridge=False)
    polls = [connect(place.bridge_api) for _ in range(3)]
    for s in polls:
        s.sendall(request("POST", "/v1/bridge/leases", body={
            "max": 1, "wait": 25}))
    place.settle()
    assert select.select(polls, [], [], 0)[0] == []
    began = time.monotonic()
    place.stop()
    assert time.monotonic() - began < 20
    for s in polls:
        assert status_of(s) in (200, 503)
        s.close()


def test_login_flood_leaves_messages_alone(fresh):
    """Logins queue, then are told to wait; posts go on meanwhile."""
    place = fresh(settings={"limits.login-workers": 1,
                            "limits.login-queue": 2})
    place.start(bridge=False)
    place.enrol(1)
    provider = place.session("provider1")
    contact = provider.contact("client1")["id"]
    provider.write_to(contact, "before")
    done = threading.Event()
    statuses, number = [], itertools.count()

    def flood():
        while not done.is_set():
            with connect(place.portal) as s:
                # the brake stops whoever tries one login again and again
                s.sendall(request("POST", "/v1/sessions", body={
                    "login": f"nobody{next(number)}",
                    "passphrase": "x" * 20}))
                statuses.append(status_of(s))
    threads = [threading.Thread(target=flood) for _ in range(12)]
    for each in threads:
        each.start()
    try:
        wait_for(lambda: 503 in statuses)
        times = []
        for i in range(20):
            began = time.monotonic()
            provider.write_to(contact, f"message {i}")
            times.append(time.monotonic() - began)
    finally:
        done.set()
        for each in threads:
            each.join()
    # a disk holds up one or two, the logins would hold up all
    assert statistics.median(times) < 2
    assert statuses.count(503) > 0 and statuses.count(401) > 0, statuses
    assert set(statuses) == {401, 503}
