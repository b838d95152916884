# SPDX-License-Identifier: Apache-2.0
"""The shipped nginx example in front of the API: what is passed on, what
never reaches a disk or a log, what it says when posternd is down."""

import contextlib
import ctypes
import os
import pathlib
import re
import socket
import ssl
import struct
import threading

import postern
import pytest
from accounts import Accounts
from client import Reply, new_id, wait_for
from conftest import DESCRIPTION
from marks import children
from nginx import Nginx
from postern import pause
from standin import BIG, WORDS, Standin
from web import Https, ask, ask2, raw

BODY_MAX = 256 << 10
JSON = ("Content-Type", "application/json")
IN_CREATE, IN_MOVED_TO = 0x100, 0x80


class Created:
    """The names of the files made in directories meanwhile: inotify(7),
    which sees one that is gone again at once."""

    def __init__(self, *directories):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._fd >= 0
        for path in directories:
            assert self._libc.inotify_add_watch(
                self._fd, os.fsencode(path), IN_CREATE | IN_MOVED_TO) >= 0

    def names(self):
        found = []
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._fd, 65536):
                while data:
                    _, _, _, size = struct.unpack_from("iIII", data)
                    found.append(data[16:16 + size].rstrip(b"\0").decode())
                    data = data[16 + size:]
        return found

    def close(self):
        os.close(self._fd)


@contextlib.contextmanager
def created(server):
    watch = Created(*(path for path in (server.spool_dir,
                                        *server.spool_dir.rglob("*"))
                      if path.is_dir()))
    try:
        yield watch
    finally:
        watch.close()


def is_problem(reply, status, slug):
    reply.problem(status, slug)
    assert reply.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert len(reply.headers.get_all("Content-Security-Policy")) == 1


def is_outage(reply):
    is_problem(reply, 503, "unavailable")
    assert reply.headers.get_all("Retry-After") == ["5"]


# ---- what is passed on ------------------------------------------------------
def test_a_request_is_passed_on_as_it_was(site, upstream):
    body = b'{"body":"\\u00e9 or not"}'
    reply = ask(site, "POST", "/v1/threads?x=%41&y=a+b", body, [
        JSON, ("Cookie", "__Host-postern=abc"), ("X-CSRF-Token", "def"),
        ("Origin", site.url), ("Idempotency-Key", "k1")]).expect(200)
    assert reply.json == {"ok": True}
    assert reply.headers.get_all("Cache-Control") == ["no-store"]
    assert "Expires" not in reply.headers
    asked, = upstream.asked
    assert (asked.method, asked.target, asked.version) == (
        "POST", "/v1/threads?x=%41&y=a+b", "HTTP/1.1")
    assert asked.body == body
    assert sorted((n.lower(), v) for n, v in asked.headers) == sorted([
        ("host", f"{site.name}:{site.port}"), ("x-real-ip", "127.0.0.1"),
        ("content-length", str(len(body))), ("cookie", "__Host-postern=abc"),
        ("content-type", "application/json"), ("x-csrf-token", "def"),
        ("origin", site.url), ("idempotency-key", "k1")])


def test_host_is_passed_on_from_http2(site, upstream):
    ask2(site, "/v1/me").expect(200)
    asked, = upstream.asked
    assert asked.all("Host") == [f"{site.name}:{site.port}"]
    assert asked.version == "HTTP/1.1"


LIES = [("X-Real-IP", "192.0.2.1"), ("x-real-ip", "192.0.2.2"),
        ("X_Real_IP", "192.0.2.3"), ("X-Forwarded-For", "192.0.2.4"),
        ("x-forwarded-for", "192.0.2.5, 192.0.2.6"),
        ("Forwarded", "for=192.0.2.7")]


@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.9"])
def test_there_is_one_client_address(site, upstream, source):
    ask(site, "GET", "/v1/me", headers=LIES, source=source).expect(200)
    asked, = upstream.asked
    assert asked.all("X-Real-IP") == [source]
    assert "192.0.2." not in str(asked.headers)


def test_without_the_lines_the_lies_pass(other_site, upstream):
    server = other_site(
        ('\tproxy_set_header X-Forwarded-For "";\n', ""),
        ('\tproxy_set_header Forwarded "";\n', ""),
        ("\tproxy_set_header X-Real-IP $remote_addr;\n", ""))
    ask(server, "GET", "/v1/me", headers=LIES[1:2] + LIES[3:4] + LIES[5:]
        ).expect(200)
    asked, = upstream.asked
    assert asked.all("X-Real-IP") == ["192.0.2.2"]
    assert asked.all("X-Forwarded-For") == ["192.0.2.4"]
    assert asked.all("Forwarded") == ["for=192.0.2.7"]


@pytest.mark.parametrize("path", [
    "/v1", "/js/../v1x", "/x/v1/me", "/V1/me", "/t/v1/me"])
def test_nothing_else_reaches_posternd(site, upstream, path):
    ask(site, "GET", path)
    assert upstream.asked == []


def test_paths_are_not_rewritten(site, upstream):
    """What looks like the API after cleaning is judged by posternd as it
    was sent."""
    for path in ("//v1/me", "/x/../v1/me", "/%76%31/me", "/v1/./me"):
        ask(site, "GET", path)
        assert upstream.asked.pop().target == path


def test_connections_are_kept(site, upstream):
    connection = Https(site)
    for i in range(20):
        connection.ask("GET", f"/v1/me?{i}").expect(200)
    connection.close()
    assert len(upstream.asked) == 20
    # each of two workers may keep one of its own
    assert len({asked.connection for asked in upstream.asked}) <= 2


def test_one_request_at_a_time(site, upstream):
    """However they were sent: the second waits for the first's answer."""
    request = (f"GET /v1/patient HTTP/1.1\r\nHost: {site.name}\r\n\r\n"
               ).encode()
    last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answer = raw(site, request * 3 + last, seconds=30)
    assert answer.count(b"HTTP/1.1 200") == 4
    assert [asked.early for asked in upstream.asked] == [b""] * 4
    # the stand-in does see it where it happens
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(upstream.path))
        s.sendall(request * 2)
        wait_for(lambda: len(upstream.asked) == 6)
    assert upstream.asked[4].early != b""


def test_nothing_is_asked_twice(site, other_site, upstream):
    """Whatever became of the answer."""
    def ask_on_kept(server):
        upstream.forget()
        connection = Https(server)
        connection.ask("GET", "/v1/me").expect(200)
        is_outage(connection.ask("PUT", "/v1/drop", b"{}", [JSON]))
        connection.close()
        return [asked.method for asked in upstream.asked]

    assert ask_on_kept(site) == ["GET", "PUT"]
    assert ask_on_kept(other_site(("\tproxy_next_upstream off;\n", ""))) == [
        "GET", "PUT", "PUT"]


# ---- bodies and the disk ----------------------------------------------------
def chunked(body, extension=b""):
    return b"".join(b"1%s\r\n%c\r\n" % (extension, c) for c in body
                    ) + b"0\r\n\r\n"


def test_no_body_touches_the_disk(site, upstream):
    body = b"x" * BODY_MAX
    with created(site) as watch:
        for size in (1, 16 << 10, BODY_MAX - 1, BODY_MAX):
            ask(site, "POST", "/v1/threads", body[:size], [JSON]).expect(200)
            ask2(site, "/v1/threads", "--data-binary", "@-",
                 data=body[:size]).expect(200)
            ask2(site, "/v1/threads", "--upload-file", "-", "--request",
                 "POST", data=body[:size]).expect(200)
        assert [len(asked.body) for asked in upstream.asked] == [
            size for size in (1, 16 << 10, BODY_MAX - 1, BODY_MAX)
            for _ in range(3)]
        assert all(set(asked.body) == {120} for asked in upstream.asked)
        assert watch.names() == []


@pytest.mark.parametrize("way", ["length", "http2", "no length"])
def test_a_body_too_large_is_told_so(site, upstream, way):
    body = b"x" * (BODY_MAX + 1)
    with created(site) as watch:
        if way == "length":
            reply = ask(site, "POST", "/v1/threads", body, [JSON])
        elif way == "http2":
            reply = ask2(site, "/v1/threads", "--data-binary", "@-",
                         data=body)
        else:
            reply = ask2(site, "/v1/threads", "--upload-file", "-",
                         "--request", "POST", data=body)
        is_problem(reply, 413, "too-large")
        assert watch.names() == []
    assert upstream.asked == []


@pytest.mark.parametrize("path", ["/v1/threads", "/v1/events"])
def test_chunks_are_refused(site, upstream, path):
    """Their framing may be any number of times the body."""
    with created(site) as watch:
        answer = raw(site, (f"POST {path} HTTP/1.1\r\nHost: {site.name}\r\n"
                            "Connection: close\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n").encode()
                     + chunked(b"{}" * 4096, b";" + b"x" * 100), seconds=30)
        assert watch.names() == []
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 411 ")
    assert b"Content-Type: application/problem+json" in head
    assert b"urn:postern:error:malformed-request" in body
    assert upstream.asked == []


def test_bodies_would_be_spooled(other_site, upstream):
    """What the two tests above would see."""
    small = other_site(("body_buffer_size 320k;", "body_buffer_size 8k;"))
    with created(small) as watch:
        ask(small, "POST", "/v1/threads", b"x" * 16384, [JSON]).expect(200)
        assert len(watch.names()) == 1
    framed = other_site(("if ($http_transfer_encoding)", "if ($http_none)"))
    with created(framed) as watch:
        raw(framed, (f"POST /v1/threads HTTP/1.1\r\nHost: {framed.name}\r\n"
                     "Connection: close\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n").encode()
            + chunked(b"{}" * 4096, b";" + b"x" * 100), seconds=30)
        assert len(watch.names()) == 1


def slowly(server, path, meanwhile):
    """Asks for more than fits any buffer; reads after MEANWHILE(), when it
    has long stalled."""
    connection = Https(server)
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.request("GET", path)
    answer = connection.getresponse()
    meanwhile()
    body = answer.read()
    connection.close()
    return body


def test_no_answer_touches_the_disk(site, other_site, upstream):
    with created(site) as watch:
        assert slowly(site, "/v1/big", lambda: pause(1)) == BIG
        assert watch.names() == []
    spooling = other_site(("\tproxy_max_temp_file_size 0;\n", ""))
    with created(spooling) as watch:
        assert slowly(spooling, "/v1/big",
                      lambda: wait_for(watch.names)) == BIG


def test_answers_are_not_compressed(site, other_site, upstream):
    """What is secret and what is chosen by others would share a window."""
    zip_it = [("Accept-Encoding", "gzip")]
    reply = ask(site, "GET", "/v1/words", headers=zip_it).expect(200)
    assert reply.raw == WORDS
    reply = ask(other_site(("\t\tgzip off;\n", "")), "GET", "/v1/words",
                headers=zip_it)
    assert reply.headers["Content-Encoding"] == "gzip"


# ---- live events ------------------------------------------------------------
@contextlib.contextmanager
def stream(server, seconds=10):
    connection = Https(server, timeout=seconds)
    try:
        connection.request("GET", "/v1/events")
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream"
        yield answer
    finally:
        connection.close()


def test_events_come_at_once(site, other_site, upstream):
    with stream(site) as answer:
        assert [answer.readline() for _ in range(6)] == [
            b"event: one\n", b"\n", b"event: two\n", b"\n",
            b"event: three\n", b"\n"]
        upstream.released.set()
        assert answer.read() == b"event: end\n\n"
    upstream.released.clear()
    buffering = other_site(("proxy_buffering off;", "proxy_buffering on;"))
    with pytest.raises(TimeoutError), stream(buffering, 2) as answer:
        answer.readline()


def test_a_quiet_stream_stays_open(other_site, upstream):
    """Longer than any other answer may take."""
    server = other_site(("proxy_read_timeout 30s;", "proxy_read_timeout 1s;"))
    with stream(server) as answer:
        threading.Event().wait(2.5)
        upstream.released.set()
        assert answer.read().endswith(b"event: end\n\n")
    upstream.released.clear()
    is_problem(ask(server, "GET", "/v1/silent"), 503, "unavailable")


# ---- when posternd is down --------------------------------------------------
@pytest.fixture
def down(directory, other_site):
    """down(HOW): an nginx before a posternd that is not there."""
    opened = []

    def make(how):
        path = directory / f"{how.replace(' ', '-')}.sock"
        if how != "no socket":
            opened.append(socket.socket(socket.AF_UNIX))
            opened[-1].bind(str(path))
            path.chmod(0o600 if how == "closed to it" else 0o666)
        if how == "full":
            opened[-1].listen(0)
            for _ in range(3):
                opened.append(socket.socket(socket.AF_UNIX))
                opened[-1].setblocking(False)
                opened[-1].connect_ex(str(path))
        elif how == "closed to it":
            opened[-1].listen(1)
        return other_site(upstream=path)

    yield make
    for each in opened:
        each.close()


DOWN = ["no socket", "nobody listens", "closed to it", "full"]


@pytest.mark.parametrize("how", DOWN)
def test_posternd_down_is_told_so(down, how):
    server = down(how)
    for path in ("/v1/me", "/v1/events", "/v1/a.html", "/v1/a.json"):
        is_outage(ask(server, "GET", path))
        is_outage(ask2(server, path))
    is_outage(ask(server, "POST", "/v1/threads", b"{}", [JSON]))
    is_outage(ask(server, "DELETE", "/v1/sessions/current"))
    # and the page that says so is there
    ask(server, "GET", "/").expect(200)


@pytest.mark.parametrize("fault", ["drop", "garbage", "header"])
def test_no_answer_is_an_outage(site, upstream, fault):
    is_outage(ask(site, "GET", f"/v1/{fault}"))


def test_what_posternd_says_is_passed_on(site, upstream):
    reply = ask(site, "GET", "/v1/busy").expect(503)
    assert reply.headers.get_all("Retry-After") == ["1"]
    assert reply.json == {"status": 503}


def test_it_is_back_at_once(directory, other_site):
    """No time is kept in which posternd counts as down."""
    path = directory / "back.sock"
    server = other_site(upstream=path)
    for _ in range(5):
        is_outage(ask(server, "GET", "/v1/me"))
    standin = Standin(path)
    try:
        assert ask(server, "GET", "/v1/me").expect(200).json["ok"]
    finally:
        standin.close()


# ---- files, with the real posternd behind -----------------------------------
CSV = ("Content-Type", "text/csv")
LIMIT = 25 << 20


@pytest.fixture(scope="module")
def files(directory):
    """A practice, its nginx, a browser's headers, a thread."""
    place = postern.Practice(directory / "with-files", observe=DESCRIPTION.check,
                             settings={
                                 "limits.attachment-bytes-per-hour": "8G"})
    place.init()
    place.hurry().start(bridge=False)
    server = Nginx(directory / "files-nginx", place.run_dir / "web.sock")

    class Found:
        pass

    found = Found()
    found.place, found.site = place, server
    try:
        server.start()
        place.enrol(1)
        found.browser = Accounts(place, postern.ORIGIN).open_account(
            "client1").browser
        found.session = place.session("client1")
        found.thread = place.session("provider1").write_to(
            found.browser.id, "first")["thread"]["id"]
        yield found
        place.stop()
    finally:
        server.stop()
        place.kill()


def sent_by(files, method="PUT", **change):
    sent = files.browser.headers(method) | {"Content-Type": "text/csv"}
    del sent["X-Real-IP"]
    return [(n, v) for n, v in (sent | change).items() if v is not None]


def workers(server):
    return children(server._process.pid)


def resident(server):
    """KiB of all workers."""
    return sum(int(pathlib.Path(f"/proc/{pid}/status").read_text().split(
        "VmRSS:")[1].split()[0]) for pid in workers(server))


def open_files(server):
    """Regular files that workers have open, but logs."""
    found = set()
    for pid in workers(server):
        for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                path = os.readlink(fd)
                if path.startswith("/") and "/log/" not in path and (
                        "/dev/" not in path):
                    found.add(path)
    return found


@contextlib.contextmanager
def watched(server):
    """{"memory": [KiB], "files": {...}} while it lasts."""
    seen = {"memory": [resident(server)], "files": set()}
    done = threading.Event()

    def look():
        while not done.wait(0.005):
            seen["memory"].append(resident(server))
            seen["files"] |= open_files(server)
    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def file_of(size):
    return (b"%d,line\n" * (size // 8 + 1) % tuple(range(
        1000, size // 8 + 1001)))[:size] if size < 1 << 16 else (
            os.urandom(size // 2).hex().encode() + b"\n")[:size]


@pytest.mark.parametrize("way", ["HTTP/1.1", "HTTP/2"])
def test_files_go_through(files, way):
    """25 MiB and back: neither on nginx's disk nor whole in its memory."""
    site, data, upload = files.site, file_of(LIMIT), new_id()
    ask(site, "PUT", f"/v1/uploads/{new_id()}", b"a,b", sent_by(files)
        ).expect(200)
    with created(site) as watch, watched(site) as seen:
        if way == "HTTP/1.1":
            reply = ask(site, "PUT", f"/v1/uploads/{upload}", data,
                        sent_by(files))
        else:
            reply = ask2(site, f"/v1/uploads/{upload}", "--request", "PUT",
                         "--data-binary", "@-", *(
                             part for n, v in sent_by(files)
                             for part in ("--header", f"{n}: {v}")),
                         data=data)
        assert reply.expect(200).json["upload"]["complete"]
        files.session.write(files.thread, "", attachments=[
            {"upload": upload, "name": "a.csv"}])
        one, = files.session.get(f"/v1/threads/{files.thread}/entries?limit=1"
                                 )["items"][0]["attachments"]
        path = f"/v1/attachments/{one['id']}"
        get = sent_by(files, "GET", **{"Content-Type": None})
        if way == "HTTP/1.1":
            reply = ask(site, "GET", path, headers=get)
        else:
            reply = ask2(site, path, *(part for n, v in get for part in (
                "--header", f"{n}: {v}")))
        assert reply.expect(200).raw == data
        assert watch.names() == []
    assert len(seen["memory"]) > 20
    assert seen["files"] == set()
    assert max(seen["memory"]) - seen["memory"][0] < 4096, seen["memory"]


def test_files_would_be_kept(files, other_site, module_upstream):
    """What the test above would see, without its lines."""
    server = other_site(("\t\t\tproxy_request_buffering off;\n", ""),
                        upstream=files.place.run_dir / "web.sock")
    with created(server) as watch, watched(server) as seen:
        ask(server, "PUT", f"/v1/uploads/{new_id()}", file_of(LIMIT),
            sent_by(files)).expect(200)
        assert len(watch.names()) == 1
    assert seen["files"]


@pytest.mark.parametrize("size", [1000, 300_000, 5 << 20, LIMIT])
@pytest.mark.parametrize("status, change", [
    (401, {"Cookie": None}), (403, {"X-CSRF-Token": "a" * 32}),
    (403, {"Origin": "https://evil.example"}),
    (415, {"Content-Type": "text/plain"})])
def test_early_refusals_are_read(files, size, status, change):
    """By who sends all of the body before it looks for an answer."""
    data = bytes(size)
    for _ in range(3):
        reply = refused(files, data, sent_by(files, **change))
        assert status == reply.status, reply
        assert reply.headers["Content-Type"] == "application/problem+json"


def refused(files, data, headers):
    """As browsers do: the answer is looked at while the body is sent."""
    connection = Https(files.site)
    connection.putrequest("PUT", f"/v1/uploads/{new_id()}")
    for name, value in headers:
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(data)))
    connection.endheaders()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        connection.sock.sendall(data)
    answer = connection.getresponse()
    reply = Reply(answer.status, answer.headers, answer.read())
    connection.close()
    return reply


@pytest.mark.parametrize("size", [LIMIT + 1, 2 * LIMIT])
def test_too_large_files_are_told_so(files, size):
    for _ in range(5):
        reply = refused(files, bytes(size), sent_by(files))
        reply.problem(413, "too-large")
    # who asks first is spared the sending
    reply = ask2(files.site, f"/v1/uploads/{new_id()}", "--request", "PUT",
                 "--data-binary", "@-", *(
                     part for n, v in sent_by(files)
                     for part in ("--header", f"{n}: {v}")),
                 data=bytes(size))
    reply.problem(413, "too-large")


def test_ranges_go_through(files):
    data = file_of(200_000)
    one = files.session.send_file(files.thread, data)
    path = f"/v1/attachments/{one['id']}"
    get = sent_by(files, "GET", **{"Content-Type": None})
    for asked, first, last in (("bytes=0-9", 0, 9), ("bytes=-5", 199995, None),
                               ("bytes=65530-131080", 65530, 131080)):
        reply = ask(files.site, "GET", path, headers=[
            *get, ("Range", asked)]).expect(206)
        last = 199999 if last is None else last
        assert reply.raw == data[first:last + 1]
        assert reply.headers.get_all("Content-Range") == [
            f"bytes {first}-{last}/200000"]
    reply = ask(files.site, "GET", path, headers=[
        *get, ("Range", "bytes=0-9"), ("If-Range", '"other"')]).expect(200)
    assert reply.raw == data
    ask(files.site, "GET", path, headers=[
        *get, ("Range", "bytes=200000-")]).problem(416)


def test_what_is_said_of_files(files):
    """Once where twice would be nothing; unchanged where it is posternd's."""
    data = file_of(1000)
    one = files.session.send_file(files.thread, data, "b\u00e4r \"1\".csv")
    reply = ask(files.site, "GET", f"/v1/attachments/{one['id']}", headers=[
        *sent_by(files, "GET", **{"Content-Type": None}),
        ("Accept-Encoding", "gzip")]).expect(200)
    assert reply.raw == data
    for name, value in {
            "Content-Type": "text/csv", "Content-Length": "1000",
            "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Accept-Ranges": "bytes", "ETag": f'"{one["id"]}"',
            "Content-Disposition": "attachment; filename=\"b_r _1_.csv\"; "
            "filename*=UTF-8''b%C3%A4r%20%221%22.csv"}.items():
        assert reply.headers.get_all(name) == [value], name
    # browsers take what all of these allow together
    policies = reply.headers.get_all("Content-Security-Policy")
    assert "default-src 'none'; sandbox" in policies and len(policies) == 2
    for name in ("Expires", "Content-Encoding", "Set-Cookie"):
        assert name not in reply.headers


def test_a_broken_upload_is_seen_at_once(files):
    """nginx does not keep what was sent, nor posternd waiting."""
    upload, data = new_id(), file_of(1 << 20)
    kept = files.place.store_dir / "attachments"
    others = set(kept.iterdir())
    connection = Https(files.site)
    connection.putrequest("PUT", f"/v1/uploads/{upload}")
    for name, value in sent_by(files):
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(1 << 20))
    connection.endheaders()
    connection.sock.sendall(data[:300_000])
    busy = wait_for(lambda: files.session.call(
        "GET", f"/v1/uploads/{upload}").status == 409)
    assert busy
    wait_for(lambda: any(path.stat().st_size > 4 * 65536
                         for path in set(kept.iterdir()) - others))
    connection.close()
    # at once, or when nginx has waited for half a minute
    state = wait_for(lambda: files.session.call(
        "GET", f"/v1/uploads/{upload}").json.get("upload"), 15)
    assert state["received"] == 4 * 65536 and not state["complete"]
    reply = ask(files.site, "PUT", f"/v1/uploads/{upload}", data[4 * 65536:], [
        *sent_by(files), ("Content-Range",
                          f"bytes {4 * 65536}-{(1 << 20) - 1}/{1 << 20}")])
    assert reply.expect(200).json["upload"]["complete"]


def test_files_without_length(files):
    """Chunks have no place here either; HTTP/2 needs none."""
    reply = ask2(files.site, f"/v1/uploads/{new_id()}", "--request", "PUT",
                 "--upload-file", "-", *(
                     part for n, v in sent_by(files)
                     for part in ("--header", f"{n}: {v}")), data=b"a,b\n")
    assert reply.status in (400, 411), reply
    assert reply.headers["Content-Type"] == "application/problem+json"


# ---- limits -----------------------------------------------------------------
def test_a_flood_of_requests_is_held_back(other_site, upstream):
    # so few that none is let through while the others are sent
    server = other_site(("rate=50r/s", "rate=1r/m"))
    connection = Https(server)
    replies = [connection.ask("GET", "/v1/me") for _ in range(260)]
    statuses = [reply.status for reply in replies]
    assert statuses[:201] == [200] * 201
    assert set(statuses[220:]) == {429}
    is_problem(replies[-1], 429, "too-many-requests")
    assert replies[-1].headers.get_all("Retry-After") == ["5"]
    # neither other addresses nor the pages are
    ask(server, "GET", "/v1/me", source="127.0.0.7").expect(200)
    for path in ("/", "/js/main.js"):
        connection.ask("GET", path).expect(200)
    connection.close()


def test_open_streams_are_counted(other_site, upstream):
    server = other_site(("postern_streams 100;", "postern_streams 10;"))
    with contextlib.ExitStack() as streams:
        for _ in range(10):
            streams.enter_context(stream(server))
        is_problem(ask(server, "GET", "/v1/events"), 429,
                   "too-many-requests")
        ask(server, "GET", "/v1/me", source="127.0.0.7").expect(200)
    upstream.released.set()
    wait_for(lambda: ask(server, "GET", "/v1/me").status == 200)


# ---- logs -------------------------------------------------------------------
def http(line, *headers, host="Host: {name}"):
    lines = (line, *([host] if host else []), "Connection: close", *headers)
    return "\r\n".join((*lines, "", "")).encode()


# MARK stands in each where a path, a token or a referring page does
LOGGED = {
    "page": http("GET /t/MARK HTTP/1.1"),
    "query": http("GET /t/?MARK HTTP/1.1"),
    "dot": http("GET /t/MARK.html HTTP/1.1"),
    "method": http("POST /t/MARK HTTP/1.1", "Content-Length: 0"),
    "precondition": http("GET /t/MARK HTTP/1.1", 'If-Match: "x"'),
    "escaped": http("GET /%74/MARK HTTP/1.1"),
    "two slashes": http("GET //t/MARK HTTP/1.1"),
    "dots": http("GET /x/../t/MARK HTTP/1.1"),
    "whole": http("GET https://{name}/t/MARK HTTP/1.1"),
    "referrer": http("GET /v1/me HTTP/1.1", "Referer: https://x/t/MARK"),
    "page's referrer": http("GET /none.js HTTP/1.1", "Referer: /t/MARK"),
    "agent": http("GET /none.js HTTP/1.1", "User-Agent: MARK"),
    "bad escape": http("GET /t/MARK%zz HTTP/1.1"),
    "NUL": http("GET /t/MARK%00 HTTP/1.1"),
    "long": http("GET /t/MARK" + "x" * 40000 + " HTTP/1.1"),
    "long header": http("GET /t/MARK HTTP/1.1", "Cookie: " + "x" * 40000),
    "bad header": http("GET /t/MARK HTTP/1.1", "X\x01Y: z"),
    "no host": http("GET /t/MARK HTTP/1.1", host=""),
    "bad host": http("GET /t/MARK HTTP/1.1", host="Host: a/b"),
    "other host": http("GET /t/MARK HTTP/1.1", host="Host: evil.example"),
    "bad length": http("GET /v1/MARK HTTP/1.1", "Content-Length: x"),
    "TRACE": http("TRACE /t/MARK HTTP/1.1"),
    "version": http("GET /t/MARK HTTP/9.9"),
    "ancient": b"GET /t/MARK\r\n",
    "chunks": http("POST /v1/MARK HTTP/1.1", "Transfer-Encoding: chunked"),
    "too large": http("POST /v1/MARK HTTP/1.1", "Content-Length: 999999999"),
    "cut body": http("POST /v1/MARK HTTP/1.1", "Content-Length: 9") + b"x",
    "API": http("GET /v1/echo/MARK HTTP/1.1"),
    "API's query": http("GET /v1/echo?MARK HTTP/1.1"),
    "busy": http("GET /v1/busy/MARK HTTP/1.1"),
    "events": http("GET /v1/events/MARK HTTP/1.1"),
    "silent": http("GET /v1/silent/MARK HTTP/1.1"),
    "drop": http("GET /v1/drop/MARK HTTP/1.1"),
    "garbage": http("GET /v1/garbage/MARK HTTP/1.1"),
    "header": http("GET /v1/header/MARK HTTP/1.1"),
    "half": http("GET /v1/half/MARK HTTP/1.1"),
}
QUICKLY = ("proxy_read_timeout 30s;", "proxy_read_timeout 1s;")


def say(server, port=None, tls=True):
    """Sends all of LOGGED; {marker: what it was}."""
    markers, threads = {}, []
    for what, data in LOGGED.items():
        marker = f"m4rk{os.urandom(6).hex()}"
        markers[marker] = what
        threads.append(threading.Thread(target=raw, args=(
            server, data.replace(b"MARK", marker.encode()).replace(
                b"{name}", server.name.encode()), port, tls, 1.5)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return markers


def say_2(server):
    """Some of it by HTTP/2."""
    markers = {}
    for path in ("/t/MARK", "/v1/echo/MARK", "/v1/drop/MARK",
                 "/v1/silent/MARK"):
        marker = f"m4rk{os.urandom(6).hex()}"
        markers[marker] = path
        ask2(server, path.replace("MARK", marker))
    return markers


def everything(server, nobody):
    """All that should leave no trace: a posternd that answers, one that is
    down, plain HTTP."""
    return {**say(server), **say(nobody), **say_2(server), **say_2(nobody),
            **say(server, server.http_port, tls=False)}


def in_logs(markers, *servers):
    logs = "".join(server.logs() for server in servers)
    return {marker for marker in markers if marker in logs}


def test_no_log_holds_a_path(other_site, down, upstream):
    server, nobody = other_site(QUICKLY), down("no socket")
    markers = everything(server, nobody)
    assert len(markers) > 3 * len(LOGGED)

    def requests():
        """How many stand in the logs: what is said of one is all there."""
        return sum((each.log_dir / "postern.log").read_text().count("\n")
                   for each in (server, nobody))
    wait_for(lambda: requests() >= len(markers), 60,
             lambda: f"{requests()} of {len(markers)}")
    assert in_logs(markers, server, nobody) == set()
    for each in (server, nobody):
        for word in ("/t/", "/v1/", "m4rk"):
            assert word not in each.logs()
        # what is there, one line a request: who, when, how it went
        lines = (each.log_dir / "postern.log").read_text().splitlines()
        assert len(lines) > 20
        for line in lines:
            assert re.fullmatch(
                r"127\.0\.0\.1 \[[0-9T:+-]{25}\] ([A-Z]+|-)? ?\d{3} \d+ "
                r"\d+\.\d{3} (-|\d{3})", line), line
    assert " 503 " in (nobody.log_dir / "postern.log").read_text()


def test_other_logs_would_hold_them(other_site, down, upstream):
    """Without the site's own lines, Debian's logs hold every one, and all
    that was asked of a posternd that is down as errors, too."""
    server, nobody = other_site(QUICKLY), down("no socket")
    for each in (server, nobody):
        each.stop()
        (each.dir / "site.conf").write_text("".join(
            line for line in each.site.splitlines(keepends=True)
            if "access_log" not in line and "error_log" not in line))
        each.start()
    markers = everything(server, nobody)
    wait_for(lambda: len(in_logs(markers, server, nobody)) == len(markers),
             60, lambda: {markers[m] for m in set(markers) - in_logs(
                 markers, server, nobody)})
    errors = (nobody.log_dir / "error.log").read_text()
    assert {what for marker, what in markers.items() if marker in errors
            } >= {"API", "API's query", "events", "drop", "/v1/echo/MARK"}
