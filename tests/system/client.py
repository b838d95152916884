# SPDX-License-Identifier: Apache-2.0
"""HTTP and JSON over posternd's UNIX sockets."""

import base64
import http.client
import http.cookies
import io
import json
import os
import pwd
import select
import socket
import threading
import time
import uuid

from idle import wait_answered

# who one is, is so for all threads
ONE_AT_A_TIME = threading.Lock()


def new_id():
    """As the server makes them: for an upload, or of nothing there is."""
    return base64.b32encode(os.urandom(16)).decode().lower().rstrip("=")


class UnixConnection(http.client.HTTPConnection):
    """http.client on a UNIX socket; as USER, where the peer sees who it is."""

    def __init__(self, path, timeout=60, user=None):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)
        self.user = user

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        with ONE_AT_A_TIME:
            me = os.geteuid()
            if self.user is not None:
                os.seteuid(pwd.getpwnam(self.user).pw_uid)
            try:
                self.sock.connect(self.path)
            finally:
                os.seteuid(me)


class Reply:
    """Status, headers and body of one answer."""

    def __init__(self, status, headers, raw):
        self.status = status
        self.headers = headers
        self.raw = raw
        kind = headers.get("Content-Type", "")
        self.json = json.loads(raw) if "json" in kind and raw else None

    def __repr__(self):
        return f"<{self.status} {self.raw[:400]!r}>"

    def expect(self, *statuses):
        """Itself, if its status is one of these."""
        assert self.status in statuses, f"expected {statuses}, got {self!r}"
        return self

    def problem(self, status, slug=None):
        """Itself, if it is problem+json as documented."""
        self.expect(status)
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.json["status"] == status, self
        assert self.json["title"], self
        assert self.json["type"].startswith("urn:postern:error:"), self
        if slug:
            assert self.json["type"] == f"urn:postern:error:{slug}", self
        if status in (429, 503):
            assert int(self.headers["Retry-After"]) >= 1, self
        return self


class Client:
    """Requests on one UNIX socket, on one kept-alive connection.

    OBSERVE, if given, sees every (socket name, method, path, reply).
    """

    def __init__(self, path, name, observe=None, user=None):
        self.path = path
        self.name = name
        self.observe = observe
        self.user = user
        self._connection = None

    def connection(self, timeout=60):
        """A new one; a subclass may lead elsewhere."""
        return UnixConnection(self.path, timeout, self.user)

    def close(self):
        if self._connection:
            self._connection.close()
            self._connection = None

    def call(self, method, target, body=None, headers=None, token=None):
        """BODY: bytes go as they are, anything else as JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        for attempt in (0, 1):
            fresh = self._connection is None
            if fresh:
                self._connection = self.connection()
            try:
                try:
                    self._connection.request(method, target, body, headers)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # it may have answered before it had read all
                answer = self._connection.getresponse()
                reply = Reply(answer.status, answer.headers, answer.read())
                break
            except (http.client.HTTPException, ConnectionError):
                # the kept connection may have gone; a new one tells
                self.close()
                if fresh or attempt:
                    raise
        if answer.will_close:
            self.close()
        if self.observe:
            self.observe(self.name, method, target, reply)
        return reply

    def raw(self, data):
        """Sends bytes on a connection of their own; all that comes back.

        Once nothing more will come, we hang up."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(str(self.path))
            answer = b""
            try:
                s.sendall(data)
                while chunk := self._more(s):
                    answer += chunk
            except (BrokenPipeError, ConnectionResetError):
                pass
            return answer

    @staticmethod
    def _more(s):
        def readable():
            return select.select([s], [], [], 0)[0]
        if not readable():
            wait_answered(s)
        return s.recv(65536) if readable() else b""


class Stream:
    """Server-sent events, read as they come (HTML Living Standard, 9.2), on
    a connection of their own."""

    def __init__(self, client, headers, seconds=30):
        connection = client.connection(seconds)
        connection.connect()
        self.socket = connection.sock
        self.last_id = headers.get("Last-Event-ID")  # kept until the next
        self.comments = 0
        self._ended = False
        self._raw = self._text = b""
        lines = ["GET /v1/events HTTP/1.1", "Host: localhost",
                 *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._raw:
            assert self._more(seconds), self._raw
        head, self._raw = self._raw.split(b"\r\n\r\n", 1)
        line, _, fields = head.partition(b"\r\n")
        status, fields = int(line.split()[1]), http.client.parse_headers(
            io.BytesIO(fields + b"\r\n\r\n"))
        body = b""
        if status != 200:
            while len(self._raw) < int(fields["Content-Length"]):
                assert self._more(seconds), self._raw
            body = self._raw
        self.reply = Reply(status, fields, body)
        if client.observe:
            client.observe(client.name, "GET", "/v1/events", self.reply)

    def _more(self, seconds):
        self.socket.settimeout(max(seconds, 0.001))
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        self._raw += data
        return bool(data)

    def _unchunk(self):
        """False: there is no whole chunk yet."""
        size, end, rest = self._raw.partition(b"\r\n")
        if not end or len(rest) < int(size, 16) + 2:
            return False
        self._ended |= int(size, 16) == 0
        self._text += rest[:int(size, 16)]
        self._raw = rest[int(size, 16) + 2:]
        return True

    def next(self, seconds=30):
        """(event, data); None at the stream's end. TimeoutError."""
        end = time.monotonic() + seconds
        while True:
            while b"\n\n" in self._text:
                block, self._text = self._text.split(b"\n\n", 1)
                event = self._read(block.decode())
                if event:
                    return event
            if self._ended or not self._unchunk() and not self._more(
                    end - time.monotonic()):
                return None

    def _read(self, block):
        fields = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if not name:
                self.comments += 1
            else:
                fields[name] = value.removeprefix(" ")
        if "event" not in fields:
            return None
        self.last_id = fields["id"]
        return fields["event"], json.loads(fields["data"])

    def drain(self, seconds=0.3):
        """All there is, until nothing has come for so long; and, where
        posternd itself is at the other end, until nothing is on its way."""
        events = []
        while True:
            try:
                event = self._next_of_all(seconds)
            except TimeoutError:
                return events
            if event is None:
                return events
            events.append(event)

    def _next_of_all(self, seconds):
        try:
            return self.next(seconds)
        except TimeoutError:
            if self.socket.family != socket.AF_UNIX:
                raise
            wait_answered(self.socket)
            return self.next(0)

    def close(self):
        self.socket.close()


class Person:
    """What one participant does, by whichever door call() leads through."""

    def __init__(self, client):
        self.client = client
        self.participant = None
        self.id = None

    def call(self, method, target, body=None, headers=None):
        raise NotImplementedError

    def _become(self, opened):
        """The session is this one now."""
        self.participant = opened["participant"]
        self.id = (self.participant or {}).get("id")

    def get(self, target):
        return self.call("GET", target).expect(200).json

    def post(self, target, body, key=None):
        """With an Idempotency-Key, a new one unless told."""
        return self.call("POST", target, body,
                         {"Idempotency-Key": key or uuid.uuid4().hex})

    def write_to(self, participant_id, text, key=None, **more):
        """Writes to a contact; {thread, entry}."""
        return self.post("/v1/threads", {
            "to": participant_id, "body": text, **more}, key).expect(201).json

    def write(self, thread, text, key=None, **more):
        return self.post(f"/v1/threads/{thread}/entries", {
            "body": text, **more}, key).expect(201).json["entry"]

    def upload(self, data, kind="text/csv", upload=None):
        """Sends a file whole; its upload's id."""
        upload = upload or new_id()
        self.call("PUT", f"/v1/uploads/{upload}", data,
                  {"Content-Type": kind}).expect(200)
        return upload

    def send_file(self, thread, data, name="table.csv", kind="text/csv"):
        """A message that is one file; the attachment, as it is shown."""
        self.write(thread, "", attachments=[
            {"upload": self.upload(data, kind), "name": name}])
        return self.get(f"/v1/threads/{thread}/entries?limit=1")["items"][0][
            "attachments"][0]

    def entries(self, thread):
        """All entries, oldest first."""
        items, cursor = [], ""
        while cursor is not None:
            page = self.get(f"/v1/threads/{thread}/entries?limit=100"
                            + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            cursor = page["next"]
        return items[::-1]

    def messages(self, thread):
        return [e["body"] for e in self.entries(thread)
                if e["kind"] == "message"]

    def events(self, thread):
        return [e["event"] for e in self.entries(thread)
                if e["kind"] == "event"]

    def contact(self, external_or_name):
        for item in self.get("/v1/contacts")["items"]:
            if external_or_name in (item.get("external_id"), item["name"]):
                return item
        raise AssertionError(f"no contact {external_or_name}")

    def unread(self):
        return self.get("/v1/me")["unread"]

    def mark_read(self, thread, up_to):
        return self.call("PUT", f"/v1/threads/{thread}/read",
                         {"up_to": up_to}).expect(200).json


class Session(Person):
    """On portal.sock, with a bearer token."""

    def __init__(self, client, opened):
        super().__init__(client)
        self._become(opened)

    def _become(self, opened):
        super()._become(opened)
        self.token = opened["token"]

    def call(self, method, target, body=None, headers=None):
        reply = self.client.call(method, target, body, headers, self.token)
        if reply.status == 201 and "token" in reply.json:
            self._become(reply.json)
        return reply

    def listen(self, last_id=None):
        return Stream(self.client, {
            "Authorization": f"Bearer {self.token}",
            **({"Last-Event-ID": last_id} if last_id else {})})


class Browser(Person):
    """What a page on web.sock does, behind a reverse proxy: cookies, origin,
    the CSRF token, an address of its own."""

    def __init__(self, client, origin, address="192.0.2.1"):
        super().__init__(client)
        self.origin = origin
        self.address = address
        self.cookies = {}
        self.csrf = None

    def headers(self, method="GET"):
        """What it sends with a request."""
        sent = {"X-Real-IP": self.address, "Sec-Fetch-Site": "same-origin"}
        if self.cookies:
            sent["Cookie"] = "; ".join(
                f"{name}={value}" for name, value in self.cookies.items())
        if method != "GET":
            sent["Origin"] = self.origin
            if self.csrf:
                sent["X-CSRF-Token"] = self.csrf
        return sent

    def call(self, method, target, body=None, headers=None):
        """HEADERS: others, or None for one that is to be left out."""
        sent = self.headers(method) | (headers or {})
        reply = self.client.call(method, target, body, {
            name: value for name, value in sent.items() if value is not None})
        self._take(reply)
        return reply

    def _take(self, reply):
        for header in reply.headers.get_all("Set-Cookie") or ():
            for name, cookie in http.cookies.SimpleCookie(header).items():
                if cookie["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = cookie.value
        opened = reply.json if isinstance(reply.json, dict) else {}
        opened = opened.get("session", opened)
        if "csrf" in opened:
            self._become(opened)

    def _become(self, opened):
        super()._become(opened)
        self.csrf = opened["csrf"]

    def sign_in(self, login, passphrase, **more):
        """The session object."""
        return self.call("POST", "/v1/sessions", {
            "login": login, "passphrase": passphrase, **more}).expect(201).json

    def listen(self, last_id=None):
        return Stream(self.client, self.headers() | (
            {"Last-Event-ID": last_id} if last_id else {}))


def wait_for(what, seconds=20, message="it never happened"):
    """The first true value of WHAT(); AssertionError after SECONDS."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < end, \
            message() if callable(message) else message
        time.sleep(0.05)
