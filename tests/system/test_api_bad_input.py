# SPDX-License-Identifier: Apache-2.0
"""What does not belong gets a clear, stable error, and nothing happens."""

import contextlib
import json
import select
import socket
import uuid

import pytest
from client import new_id, wait_for

MESSAGE_BYTES = 32768


@pytest.fixture(scope="module")
def place(practice):
    """Two sessions and a thread."""
    provider = practice.session("provider1")
    client = practice.session("client1")
    thread = provider.write_to(client.id, "first")["thread"]["id"]

    class Place:
        pass

    found = Place()
    found.practice, found.provider, found.client = practice, provider, client
    found.thread, found.portal = thread, practice.portal
    found.entries = f"/v1/threads/{thread}/entries"
    return found


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


@pytest.fixture(autouse=True)
def _nothing_happens(request):
    """No test here leaves an entry behind, and posternd goes on."""
    if "place" not in request.fixturenames:
        yield
        return
    place = request.getfixturevalue("place")
    before = place.provider.get(f"/v1/threads/{place.thread}")["entries"]
    yield
    assert place.practice.posternd.running()
    if "writes" not in request.keywords:
        after = place.provider.get(f"/v1/threads/{place.thread}")["entries"]
        assert after == before


# ---- bodies ---------------------------------------------------------------
@pytest.mark.parametrize("body", [
    b"", b" ", b"{", b"}", b"nonsense", b"\x00", b'{"body":"x"', b'{"body":}',
    b'{"body":"x"}{}', b'{"body":"x"} x', b"{'body':'x'}", b'{"body":"x",}',
    b'{body:"x"}', b'{"body":"x" "y"}', b'{"body":"\\u12"}',
    b'{"body":"\\x41"}', b'{"body":"a\nb"}', b'{"body":"x"}\x00',
    b'\xef\xbb\xbf{"body":"x"}', b'{"body":NaN}', b"//\n{}",
    b"[" * 5000, b'{"a":' * 5000, b'{"body":"x","body":"y"}',
], ids=lambda b: repr(b[:20]))
def test_malformed_json(place, body):
    place.provider.call("POST", place.entries, body, key()).problem(400)


@pytest.mark.parametrize("body", [
    b'{"body":"\xff"}', b'{"body":"\xc3"}', b'{"body":"\xc0\xaf"}',
    b'{"body":"\xed\xa0\x80"}', b'{"body":"\xf4\x90\x80\x80"}',
    b'{"body":"\xf8\x88\x80\x80\x80"}', b'{"body":"\\ud800"}',
    b'{"body":"\\udc00\\ud800"}', b'{"body":"a\\u0000b"}',
    b'{"bo\xffdy":"x"}',
], ids=repr)
def test_bad_utf8(place, body):
    reply = place.provider.call("POST", place.entries, body, key())
    assert reply.status in (400, 422), reply
    reply.problem(reply.status)


@pytest.mark.parametrize("body", [
    "null", "true", "1", '"body"', "[]", '[{"body":"x"}]',
    '{"body":null}', '{"body":1}', '{"body":true}', '{"body":["x"]}',
    '{"body":{"text":"x"}}', '{"body":1e400}',
])
def test_wrong_types(place, body):
    reply = place.provider.call("POST", place.entries, body.encode(), key())
    assert reply.status in (400, 422), reply
    reply.problem(reply.status)


@pytest.mark.parametrize("body, field", [
    ({}, "body"), ({"body": ""}, "body"), ({"body": 7}, "body"),
    ({"body": "x", "to": "y"}, "to"), ({"Body": "x"}, None),
    ({"body": "x", "subject": "y"}, "subject"),
    ({"body": "x", "": "y"}, None),
    ({"body": "a\u0007b"}, "body"), ({"body": "a\u001bb"}, "body"),
    ({"body": "a\rb"}, "body"),
])
def test_invalid_members_are_named(place, body, field):
    reply = place.provider.call("POST", place.entries, body, key())
    reply.problem(422)
    if field:
        assert reply.json["field"] == field
    assert "a\u0007b" not in reply.json.get("detail", "")


def test_errors_do_not_echo(place):
    """What was sent does not come back, and does not reach the log."""
    mark = uuid.uuid4().hex
    for body in (f'{{"body":"{mark}', f'{{"{mark}":"x"}}',
                 f'{{"body":"x","{mark}":"x"}}', f'{{"body":["{mark}"]}}'):
        reply = place.provider.call("POST", place.entries, body.encode(),
                                    key())
        assert f"{mark}".encode() not in reply.raw or "field" in reply.json
    assert mark not in place.practice.logs()


@pytest.mark.writes
@pytest.mark.parametrize("text, status", [
    ("x" * MESSAGE_BYTES, 201), ("x" * (MESSAGE_BYTES + 1), 413),
    ("\u20ac" * (MESSAGE_BYTES // 3), 201),
    ("\u20ac" * (MESSAGE_BYTES // 3 + 1), 413),
    ("tab\tand\nlines", 201), ("\u200f\U0001f600 \u0928\u092e", 201),
], ids=["most", "one more", "most in UTF-8", "one more in UTF-8", "lines",
        "scripts"])
def test_message_sizes(place, text, status):
    reply = place.provider.post(place.entries, {"body": text})
    if status == 413:
        assert reply.status in (413, 422), reply
        reply.problem(reply.status)
        return
    reply.expect(201)
    assert place.client.messages(place.thread)[-1] == text


def test_oversize_body(place):
    for size in (70_000, 1 << 20, 8 << 20):
        body = json.dumps({"body": "x" * size}).encode()
        try:
            reply = place.provider.call("POST", place.entries, body, key())
        except (BrokenPipeError, ConnectionResetError):
            continue  # refused before all of it was sent
        reply.problem(413)


def test_announced_oversize(place):
    """Refused by the announcement: nobody waits for the bytes."""
    answer = place.portal.raw(request(place, extra=[
        "Content-Length: 99999999999"], body=""))
    assert status_of(answer) == 413
    for length in ("-1", "1e3", "0x10", "99999999999999999999999", "1 2", "",
                   "+5"):
        answer = place.portal.raw(request(
            place, extra=[f"Content-Length: {length}"], body='{"b'))
        assert status_of(answer) in (400, 413, 0), length


# ---- the request itself -----------------------------------------------------
def request(place, extra=(), body='{"body":"x"}', method="POST", target=None,
            version="HTTP/1.1", token=None):
    """A request by hand; EXTRA are header lines."""
    lines = [f"{method} {target or place.entries} {version}",
             "Host: localhost", "Content-Type: application/json",
             f"Authorization: Bearer {token or place.provider.token}",
             f"Idempotency-Key: {uuid.uuid4().hex}", "Connection: close"]
    if not any(e.lower().startswith(("content-length", "transfer-encoding"))
               for e in extra):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join([*lines, *extra, "", ""]) + body).encode("latin-1")


def status_of(answer):
    """0 if the connection was closed without an answer."""
    return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/") else 0


@pytest.mark.writes
def test_request_by_hand(place):
    """The baseline of the tests below."""
    assert status_of(place.portal.raw(request(place))) == 201


@pytest.mark.parametrize("extra", [
    ["Content-Length: 12", "Content-Length: 12"],
    ["Content-Length: 12", "Content-Length: 13"],
    ["Content-Length: 12, 12"],
    ["Content-Length: 12", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked"], ["Transfer-Encoding: identity"],
    ["Transfer-Encoding: xchunked"], ["Transfer-Encoding : chunked"],
    ["Host: other"], ["Content-Type: application/json"],
    ["Idempotency-Key: another0123456789"],
    ["Authorization: Bearer " + "a" * 52],
    ["Bad Header: x"], ["X-Bad : x"],
    ["X-Control: a\x01b"], [": empty"], ["no-colon"],
    ["Expect: 200-maybe"],
], ids=lambda e: " | ".join(e)[:50])
def test_ambiguous_requests(place, extra):
    answer = place.portal.raw(request(place, extra))
    assert status_of(answer) in (400, 401, 411, 413, 415, 417, 501, 0), answer


@pytest.mark.parametrize("data", [
    b"\r\n\r\n", b"\x00" * 100, b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
    b"GET /v1/me\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://elsewhere/v1/me HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\xff\xfe\xfd" * 500, b"A" * 100000,
    b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/me HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 60000 + b"\r\n\r\n",
    b"GET /v1/me HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    b"GET /v1/me HTTP/1.1\nHost: x\n\n",
], ids=lambda d: repr(d[:24]))
def test_no_requests(place, data):
    answer = place.portal.raw(data)
    assert status_of(answer) in (0, 400, 401, 404, 405, 411, 413, 414, 431,
                                 501, 505), answer[:200]


@pytest.mark.parametrize("path, status", [
    ("/", 404), ("/v1", 404), ("/v2/me", 404), ("/v1/me/", 404),
    ("/v1/ME", 404), ("//v1/me", 404), ("/v1//me", 404), ("/v1/%6de%00", 400),
    ("/v1/me%00", 400), ("/v1/%00", 400), ("/v1/threads/%00/entries", 400),
    ("/v1/me%", 400), ("/v1/me%2", 400), ("/v1/me%zz", 400),
    ("/v1/me%0a", 400), ("/v1/threads/..%2f..%2fme", 404),
    ("/v1/threads/../me", 404), ("/v1/admin/status", 404),
    ("/v1/bridge/health", 404), ("*", 400), ("/v1/threads/short", 404),
    ("/v1/threads/" + "A" * 26, 404), ("/v1/threads/" + "a" * 27, 404),
    ("/v1/threads/" + "1" * 26, 404), ("/v1/threads/" + "z" * 26, 404),
])
def test_paths(place, path, status):
    answer = place.portal.raw(request(place, method="GET", target=path,
                                      body=""))
    allowed = {status} | ({400, 404, 0} if status == 400 else {400})
    assert status_of(answer) in allowed, answer
    if status_of(answer):
        assert b"application/problem+json" in answer


@pytest.mark.parametrize("query, statuses", [
    ("limit=0", (400, 422)), ("limit=101", (400, 422)),
    ("limit=-1", (400, 422)), ("limit=x", (400, 422)),
    ("limit=1&limit=2", (400, 422)), ("limit=99999999999999999999",
                                      (400, 422)),
    ("cursor=%00", (400, 422)), ("cursor=nonsense", (400, 422)),
    ("cursor=" + "9" * 400, (400, 422)), ("order=oldest", (400, 422)),
    ("unknown=1", (400, 422)), ("limit", (400, 422)), ("limit=", (400, 422)),
])
def test_queries(place, query, statuses):
    reply = place.provider.call("GET", f"{place.entries}?{query}")
    assert reply.status in statuses, reply
    reply.problem(reply.status)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "TRACE",
                                    "DELETE", "PUT", "get", "FROB"])
def test_unknown_methods(place, method):
    answer = place.portal.raw(request(place, method=method, body=""))
    assert status_of(answer) == 405, answer
    head = answer.split(b"\r\n\r\n")[0].decode()
    allow = [line for line in head.split("\r\n")
             if line.lower().startswith("allow:")]
    assert len(allow) == 1, head
    assert sorted(allow[0][6:].replace(" ", "").split(",")) == ["GET", "POST"]


# ---- headers ---------------------------------------------------------------
def test_idempotency_key(place):
    for headers in ({}, {"Idempotency-Key": ""},
                    {"Idempotency-Key": "x" * 65},
                    {"Idempotency-Key": "a b"},
                    {"Idempotency-Key": "a\tb"}):
        reply = place.provider.call("POST", place.entries, {"body": "x"},
                                    headers)
        assert reply.status in (400, 422), (headers, reply)
        reply.problem(reply.status)


@pytest.mark.writes
def test_idempotency(place):
    same = uuid.uuid4().hex
    first = place.provider.post(place.entries, {"body": "once"}, same)
    again = place.provider.post(place.entries, {"body": "once"}, same)
    assert first.expect(201).json == again.expect(201).json
    assert place.client.messages(place.thread).count("once") == 1
    place.provider.post(place.entries, {"body": "twice"}, same).problem(422)
    assert "twice" not in place.client.messages(place.thread)
    # keys are per participant
    other = place.client.post(place.entries, {"body": "once"}, same)
    assert other.expect(201).json != first.json


@pytest.mark.parametrize("kind", [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
    "application/jsonx", "application/json; charset=latin1", "",
    "text/json", "json"])
def test_content_type(place, kind):
    place.provider.call("POST", place.entries, {"body": "x"},
                        {**key(), "Content-Type": kind}).problem(415)


@pytest.mark.writes
@pytest.mark.parametrize("kind", ["application/json",
                                  "application/json; charset=utf-8",
                                  "Application/JSON"])
def test_good_content_types(place, kind):
    place.provider.call("POST", place.entries, {"body": "x"},
                        {**key(), "Content-Type": kind}).expect(201)


def test_missing_content_type(place):
    data = request(place).replace(b"Content-Type: application/json\r\n", b"")
    assert status_of(place.portal.raw(data)) == 415


@pytest.mark.parametrize("value", [
    None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi",
    "Bearer " + "a" * 52, "Bearer " + "z" * 5000, "bearer",
    "Bearer {token}x", "Bearer {token} {token}", "Token {token}"])
def test_tokens(place, value):
    token = place.provider.token
    headers = {} if value is None else {
        "Authorization": value.format(token=token)}
    for method, target in (("GET", "/v1/me"), ("GET", place.entries),
                           ("DELETE", "/v1/sessions/current"),
                           ("GET", "/v1/contacts"), ("GET", "/v1/threads")):
        reply = place.portal.call(method, target, headers=headers)
        assert reply.status in (400, 401, 431), (value, target, reply)


def test_ended_session(place):
    session = place.practice.session("client2")
    session.call("DELETE", "/v1/sessions/current").expect(204)
    session.call("GET", "/v1/me").problem(401)
    session.call("DELETE", "/v1/sessions/current").problem(401)


# ---- sessions --------------------------------------------------------------
@pytest.mark.parametrize("body, statuses", [
    ({}, (422,)), ({"assert": ""}, (422,)), ({"assert": "nobody"}, (404, 403)),
    ({"assert": "client1", "login": "x", "passphrase": "y"}, (422,)),
    ({"assert": 1}, (422,)), ({"login": "x"}, (422,)),
    ({"passphrase": "x"}, (422,)), ({"assert": "x" * 129}, (422, 404)),
    ({"login": "x" * 129, "passphrase": "y"}, (422, 401)),
    ({"login": "nobody", "passphrase": "wrong wrong wrong"}, (401,)),
])
def test_sessions(place, body, statuses):
    reply = place.portal.call("POST", "/v1/sessions", body)
    assert reply.status in statuses, reply
    reply.problem(reply.status)


def test_wrong_login_and_passphrase_look_alike(place):
    place.practice.admin.call("POST", "/v1/admin/participants", {
        "external_id": "client-login", "role": "client", "name": "L",
        "login": "ann", "passphrase": "a passphrase of hers"}).expect(201)
    wrong = [place.portal.call("POST", "/v1/sessions", {
        "login": login, "passphrase": "not the passphrase"}).problem(401)
        for login in ("ann", "nobody")]
    assert wrong[0].raw == wrong[1].raw
    good = place.portal.call("POST", "/v1/sessions", {
        "login": "ann", "passphrase": "a passphrase of hers"}).expect(201)
    assert good.json["participant"]["role"] == "client"


def test_staff_are_never_asserted(place):
    place.practice.admin.call("POST", "/v1/admin/participants", {
        "external_id": "staff1", "role": "staff", "name": "S"}).expect(201)
    reply = place.portal.call("POST", "/v1/sessions", {"assert": "staff1"})
    assert reply.status in (403, 404)


# ---- other people's things -----------------------------------------------
def test_forbidden_looks_like_absent(place):
    stranger = place.practice.session("provider2")
    for absent, theirs in ((f"/v1/threads/{'b' * 26}",
                            f"/v1/threads/{place.thread}"),):
        for method, tail, body in (
                ("GET", "", None), ("GET", "/entries", None),
                ("POST", "/entries", {"body": "x"}),
                ("PUT", "/read", {"up_to": 1})):
            replies = [stranger.call(method, t + tail, body, key())
                       for t in (absent, theirs)]
            assert [r.status for r in replies] == [404, 404]
            assert replies[0].raw == replies[1].raw
    client2 = place.practice.session("client2")
    nobody = {"to": "q" * 26, "body": "x"}
    somebody = {"to": place.client.id, "body": "x"}
    replies = [client2.post("/v1/threads", b) for b in (nobody, somebody)]
    assert replies[0].status == replies[1].status == 404
    assert replies[0].raw == replies[1].raw


# ---- provisioning ----------------------------------------------------------
@pytest.mark.parametrize("body", [
    {"role": "client"}, {"name": "x"}, {"role": "staff", "name": "x"},
    {"role": "admin", "name": "x"}, {"role": "client", "name": ""},
    {"role": "client", "name": "x" * 201},
    {"role": "client", "name": "a\nb"},
    {"role": "client", "name": "x", "addresses": "a@b.example"},
    {"role": "client", "name": "x", "addresses": ["no address"]},
    {"role": "client", "name": "x", "addresses": ["a@b\r\nRCPT TO:<c@d>"]},
    {"role": "client", "name": "x", "addresses": ["a@b.example>"]},
    {"role": "client", "name": "x", "addresses": [1]},
    {"role": "client", "name": "x", "addresses": ["a@b.example"] * 9},
    {"role": "client", "name": "x", "active": "yes"},
    {"role": "client", "name": "x", "login": "y"},
    {"role": "client", "name": "x", "language": "../../etc"},
], ids=lambda b: json.dumps(b)[:60])
def test_provision(place, body):
    place.portal.call("PUT", "/v1/participants/bad1", body).problem(422)
    reply = place.portal.call("POST", "/v1/sessions", {"assert": "bad1"})
    assert reply.status in (403, 404)


def test_provision_changes_no_role(place):
    place.portal.call("PUT", "/v1/participants/client1", {
        "role": "provider", "name": "x"}).problem(409)


def test_relations(place):
    for client, provider in (("nobody", "provider1"), ("client1", "nobody"),
                             ("provider1", "client1"),
                             ("client1", "client2")):
        reply = place.portal.call(
            "PUT", f"/v1/relations/{client}/{provider}", {"active": True})
        assert reply.status in (404, 422), reply
        reply.problem(reply.status)


# ---- bridge.sock and admin.sock -------------------------------------------
@pytest.mark.parametrize("path, body, statuses", [
    ("/v1/bridge/leases", {"max": 0, "wait": 0}, (422,)),
    ("/v1/bridge/leases", {"max": 21, "wait": 0}, (422,)),
    ("/v1/bridge/leases", {"max": 1, "wait": 26}, (422,)),
    ("/v1/bridge/leases", {"max": 1}, (422,)),
    ("/v1/bridge/leases", {"max": "1", "wait": 0}, (422,)),
    ("/v1/bridge/results", {"items": []}, (422,)),
    ("/v1/bridge/results", {"items": [1]}, (422,)),
    ("/v1/bridge/results", {"items": [
        {"id": "x", "outcome": "sent", "code": ""}]}, (422,)),
    ("/v1/bridge/results", {"items": [
        {"id": "1", "outcome": "read", "code": ""}]}, (422,)),
    ("/v1/bridge/results", {"items": [
        {"id": "1", "outcome": "sent", "code": "hello"}]}, (422,)),
    ("/v1/bridge/inbound", {"recipient": "r-x"}, (422,)),
    ("/v1/bridge/inbound", {"recipient": "r-x", "kind": "hello"}, (422,)),
    ("/v1/bridge/inbound", {"recipient": "r-x", "kind": "person",
                            "subject": "x"}, (422,)),
    ("/v1/bridge/recipients", {}, (422,)),
    ("/v1/bridge/recipients", {"recipient": "x" * 65}, (422,)),
])
def test_bridge(place, path, body, statuses):
    reply = place.practice.bridge_api.call("POST", path, body)
    assert reply.status in statuses, reply
    reply.problem(reply.status)


@pytest.mark.parametrize("recipient", [
    "r-" + "a" * 37, "b-" + "a" * 37, "r-", "x-" + "a" * 37, "hello",
    "r-" + "a" * 36, "r-" + "a" * 38, "R-" + "A" * 37])
def test_bridge_recipients(place, recipient):
    reply = place.practice.bridge_api.call(
        "POST", "/v1/bridge/recipients", {"recipient": recipient})
    assert reply.expect(200).json == {"accept": False}
    reply = place.practice.bridge_api.call(
        "POST", "/v1/bridge/inbound", {"recipient": recipient,
                                       "kind": "person"})
    assert reply.expect(200).json == {"recorded": False}


@pytest.mark.parametrize("path", [
    "/v1/me", "/v1/threads", "/v1/admin/status", "/v1/admin/participants",
    "/v1/bridge/participants", "/v1/bridge/leases/1"])
def test_bridge_sees_nothing_else(place, path):
    place.practice.bridge_api.call("GET", path).problem(404)
    place.practice.bridge_api.call(
        "GET", path, token=place.provider.token).problem(404)


@pytest.mark.parametrize("method, path, body, statuses", [
    ("POST", "/v1/admin/participants", {"role": "client", "name": "x"},
     (422,)),
    ("POST", "/v1/admin/participants",
     {"external_id": "client1", "role": "client", "name": "x"}, (409,)),
    ("POST", "/v1/admin/participants",
     {"external_id": "n1", "role": "client", "name": "x", "login": "l"},
     (422,)),
    ("POST", "/v1/admin/participants",
     {"external_id": "n1", "role": "client", "name": "x", "login": "l",
      "passphrase": "short"}, (422,)),
    ("POST", "/v1/admin/participants/nobody/disable", {}, (404,)),
    ("POST", "/v1/admin/participants/client1/disable", {"x": 1}, (422,)),
    ("PUT", "/v1/admin/relations",
     {"client": "nobody", "provider": "provider1", "active": True}, (404,)),
    ("PUT", "/v1/admin/relations", {"client": "client1"}, (422,)),
    ("POST", "/v1/admin/test-mail", {"to": "no address"}, (422,)),
    ("POST", "/v1/admin/test-mail", {"to": "a@b.example\r\nX: y"}, (422,)),
    ("GET", "/v1/admin/queue?limit=0", None, (400, 422)),
    ("GET", "/v1/admin/participants?addresses=2", None, (400, 422)),
])
def test_admin(place, method, path, body, statuses):
    reply = place.practice.admin.call(method, path, body)
    assert reply.status in statuses, reply
    reply.problem(reply.status)


# ---- many at once -----------------------------------------------------------
def test_half_requests_do_not_block(place):
    """Sixty open, silent connections, and the next one is served."""
    held = []
    try:
        for _ in range(60):
            s = socket.socket(socket.AF_UNIX)
            s.connect(str(place.portal.path))
            s.sendall(b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nCont")
            held.append(s)
        assert place.practice.session("client1").unread() >= 0
    finally:
        for s in held:
            s.close()


# ---- files ------------------------------------------------------------------
CHUNK = 65536


def upload_request(place, *extra, upload=None, length=4, kind="text/csv",
                   person=None):
    """The head of one by hand; its body follows."""
    lines = [f"PUT /v1/uploads/{upload or new_id()} HTTP/1.1",
             "Host: localhost",
             f"Authorization: Bearer {(person or place.provider).token}",
             *([f"Content-Type: {kind}"] if kind is not None else []),
             *([f"Content-Length: {length}"] if length is not None else []),
             *extra, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def sealed(place):
    return sorted((place.practice.store_dir / "attachments").iterdir())


@pytest.mark.parametrize("head, status", [
    ({"length": None}, 400), ({"length": ""}, 400), ({"length": "-1"}, 400),
    ({"length": "+4"}, 400), ({"length": "0x4"}, 400),
    ({"length": "4, 4"}, 400), ({"length": "4\r\nContent-Length: 4"}, 400),
    ({"length": "4\r\nContent-Length: 5"}, 400), ({"length": 0}, 422),
    ({"length": 26214401}, 413), ({"length": "9" * 30}, 413),
    ({"length": None, "extra": "Transfer-Encoding: chunked"}, 400),
    ({"extra": "Transfer-Encoding: chunked"}, 400),
    ({"extra": "Transfer-Encoding: gzip, chunked"}, 400),
    ({"extra": "Content-Encoding: gzip"}, 415),
    ({"extra": "Content-Encoding: identity"}, 415),
    ({"extra": "Expect: 200-maybe"}, 417),
    ({"kind": None}, 415), ({"kind": ""}, 415), ({"kind": "text"}, 415),
    ({"kind": "text/csv; charset=utf-8"}, 415), ({"kind": "text/csv "}, 415),
    ({"kind": "text/csv" + "x" * 5000}, 415),
    ({"kind": "application/json"}, 415), ({"kind": "text/plain"}, 415),
    ({"kind": "image/svg+xml"}, 415), ({"kind": "text/html"}, 415),
    ({"kind": "text/csv\r\nContent-Type: text/csv"}, 400),
    ({"extra": "Content-Range: bytes 0-3/4\r\nContent-Range: bytes 0-3/4"},
     400),
    ({"extra": "Content-Range: " + "bytes 0-3/4" * 20}, 400),
    ({"extra": "Content-Range:"}, 400),
    ({"extra": "Content-Range: bytes */4"}, 400),
    ({"extra": "Content-Range: bytes 0-4/5"}, 400),
    ({"extra": "Content-Range: bytes 4-7/8"}, 409),
    ({"extra": "Content-Range: bytes 0-3/999999999999999"}, 413),
    ({"extra": "Content-Range: bytes 0-3/9999999999999999999999"}, 400),
    ({"extra": "Content-Range: bytes 18446744073709551612-"
      "18446744073709551615/18446744073709551616"}, 400),
], ids=lambda v: str(v)[:60])
def test_uploads_that_do_not_begin(place, head, status):
    """Each gets its answer, and there is not even a file."""
    before = sealed(place)
    head = dict(head)
    extra = [head.pop("extra")] if "extra" in head else []
    answer = place.portal.raw(upload_request(place, *extra, **head) + b"a,b\n")
    assert status_of(answer) == status, answer
    # a length that is no number is refused by the library, in its own words
    if head.get("length", 0) in (None, 0, 26214401):
        assert b"application/problem+json" in answer
    assert sealed(place) == before


def test_upload_ids(place):
    for upload in ("short", "a" * 25, "a" * 27, "1" * 26, "z" * 26, "%00",
                   "..%2f..%2fstore"):
        answer = place.portal.raw(upload_request(place, upload=upload)
                                  + b"a,b\n")
        assert status_of(answer) in (400, 404), answer


def test_more_than_was_announced(place):
    """What follows is the next request, and none."""
    upload = new_id()
    answer = place.portal.raw(upload_request(place, upload=upload)
                              + b"a,b\n" + b"c,d\n" * 10)
    assert answer.count(b"HTTP/1.1 ") <= 2 and status_of(answer) == 200
    state = place.provider.get(f"/v1/uploads/{upload}")["upload"]
    assert state["size"] == state["received"] == 4


def test_less_than_was_announced(place):
    """The rest never comes: the connection ends, by its end or by ours."""
    upload = new_id()
    with connect(place) as s:
        s.sendall(upload_request(place, upload=upload, length=CHUNK + 4)
                  + bytes(CHUNK) + b"a,b")
        s.shutdown(socket.SHUT_WR)
        assert status_of(s.recv(100)) == 0
    state = wait_for(lambda: place.provider.call(
        "GET", f"/v1/uploads/{upload}").expect(200, 409).json.get("upload"))
    assert state["received"] == CHUNK and not state["complete"]


def test_expect_continue(place):
    """Whoever asks first is told to go on, or why not before it has sent
    anything."""
    with connect(place) as s:
        s.sendall(upload_request(place, "Expect: 100-continue"))
        assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(b"a,b\n")
        assert status_of(s.recv(100)) == 200
    for head, status in (({"length": 26214401}, 413),
                         ({"kind": "text/plain"}, 415),
                         ({"length": 99999, "person": Nobody}, 401)):
        with connect(place) as s:
            s.sendall(upload_request(place, "Expect: 100-continue", **head))
            assert status_of(s.recv(100)) == status


class Nobody:
    token = "a" * 52


def connect(place):
    s = socket.socket(socket.AF_UNIX)
    s.connect(str(place.portal.path))
    s.settimeout(30)
    return s


@pytest.mark.parametrize("size", [4, 300_000, 1 << 20, 5 << 20, 26214400])
def test_the_refusal_is_read(place, size):
    """By who sends all of it first and reads then, where the answer can
    wait; by who looks meanwhile, always."""
    for head, status in (({"kind": "text/plain"}, 415),
                         ({"person": Nobody}, 401)):
        for _ in range(3):
            with connect(place) as s:
                s.sendall(upload_request(place, length=size, **head))
                left = size
                with contextlib.suppress(ConnectionError):
                    while left > 0:
                        left -= s.send(bytes(min(left, CHUNK)))
                assert status_of(s.recv(100)) == status, (head, left)


def test_many_half_uploads_hold_nobody_up(place):
    """Forty that have sent half of a piece, and others go on."""
    held = []
    try:
        for _ in range(40):
            s = connect(place)
            s.sendall(upload_request(place, length=3 * CHUNK)
                      + bytes(CHUNK + 5))
            held.append(s)
        for _ in range(5):
            place.client.upload(b"a,b\n" * 50000)
            assert place.client.unread() >= 0
        # and these did not have to be cut for it
        assert select.select(held, [], [], 0)[0] == []
    finally:
        for s in held:
            s.close()


def test_too_many_of_one_person(place):
    """They are counted, and others' are not."""
    person = place.practice.session("client2")
    uploads = []
    for _ in range(65):
        uploads.append(new_id())
        reply = person.call("PUT", f"/v1/uploads/{uploads[-1]}", b"a,b\n",
                            {"Content-Type": "text/csv"})
        if reply.status != 200:
            break
    reply.problem(429, "too-many-requests")
    assert len(uploads) == 65
    place.client.upload(b"a,b\n")
    # the same one again is no other one
    person.upload(b"a,b\n", upload=uploads[0])
    for upload in uploads[:-1]:
        person.call("DELETE", f"/v1/uploads/{upload}").expect(204)
    person.upload(b"a,b\n")


def test_a_trickle_is_cut(fresh):
    """A byte now and then does not keep a connection: 30 seconds for each
    piece. What came in whole pieces stays."""
    place = fresh().hurry().start(bridge=False)
    place.enrol(1)
    person = place.session("client1")

    class Where:
        portal, provider = place.portal, person
    upload = new_id()
    place.hold_clock()
    with connect(Where) as s:
        s.sendall(upload_request(Where, upload=upload, length=9 * CHUNK)
                  + bytes(CHUNK) + b"1")
        for _ in range(2):
            for _ in range(5):
                place.move_clock(5)
                s.sendall(b"1")
                place.tick()
                assert select.select([s], [], [], 0)[0] == []
            s.sendall(bytes(CHUNK))
        with contextlib.suppress(ConnectionError):
            for _ in range(9):
                place.move_clock(5)
                s.sendall(b"1")
        with contextlib.suppress(ConnectionError):
            assert s.recv(1) == b""
    state = place.session("client1").get(f"/v1/uploads/{upload}")["upload"]
    assert state["received"] == 3 * CHUNK and not state["complete"]


# ---- messages with files, ranges ------------------------------------------
@pytest.mark.parametrize("attachments, field", [
    ("x", "attachments"), ({}, "attachments"), ([1], "attachments/0"),
    ([None], "attachments/0"), ([[]], "attachments/0"),
    ([{}], "attachments/0"), ([{"upload": "a" * 26}], "attachments/0"),
    ([{"name": "a.csv"}], "attachments/0"),
    ([{"upload": "1" * 26, "name": "a.csv"}], "attachments/0"),
    ([{"upload": "a" * 25, "name": "a.csv"}], "attachments/0"),
    ([{"upload": 1, "name": "a.csv"}], "attachments/0"),
    ([{"upload": "a" * 26, "name": ""}], "attachments/0"),
    ([{"upload": "a" * 26, "name": "x" * 256}], "attachments/0"),
    ([{"upload": "a" * 26, "name": "a.csv", "type": "x"}], "attachments/0"),
    ([{"upload": "a" * 26, "name": "a.csv"}] * 2, "attachments/1"),
], ids=lambda v: str(v)[:50])
def test_attachments_are_well_formed(place, attachments, field):
    reply = place.provider.post(place.entries, {
        "body": "x", "attachments": attachments}).problem(422)
    assert reply.json["field"] == field, reply


def test_attachments_are_counted(place):
    for n, status in ((10, 409), (11, 413), (33, 413), (1000, 413)):
        reply = place.provider.post(place.entries, {
            "body": "x", "attachments": [
                {"upload": new_id(), "name": "a.csv"} for _ in range(n)]})
        assert reply.status == status, (n, reply)
    assert reply.json.get("field") in ("attachments", None)


@pytest.mark.parametrize("header", ["Range", "If-Range"])
def test_doubled_range_headers(place, header):
    answer = place.portal.raw(
        (f"GET /v1/attachments/{'a' * 26} HTTP/1.1\r\nHost: x\r\n"
         f"Authorization: Bearer {place.provider.token}\r\n"
         f"{header}: bytes=0-1\r\n{header}: bytes=0-1\r\n\r\n").encode())
    assert status_of(answer) == 400, answer
