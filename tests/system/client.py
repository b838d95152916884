# SPDX-License-Identifier: Apache-2.0
"""HTTP and JSON over posternd's UNIX sockets."""

import http.client
import http.cookies
import json
import os
import pwd
import socket
import time
import uuid


class UnixConnection(http.client.HTTPConnection):
    """http.client on a UNIX socket; as USER, where the peer sees who it is."""

    def __init__(self, path, timeout=60, user=None):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)
        self.user = user

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
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
    """Requests on one socket, on one kept-alive connection.

    OBSERVE, if given, sees every (socket name, method, path, reply).
    """

    def __init__(self, path, name, observe=None, user=None):
        self.path = path
        self.name = name
        self.observe = observe
        self.user = user
        self._connection = None

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
                self._connection = UnixConnection(self.path, user=self.user)
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

    def raw(self, data, seconds=1):
        """Sends bytes on a connection of their own; all that comes back.

        Nothing for SECONDS, and we hang up."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(seconds)
            s.connect(str(self.path))
            answer = b""
            try:
                s.sendall(data)
                while chunk := s.recv(65536):
                    answer += chunk
            except (BrokenPipeError, ConnectionResetError, TimeoutError):
                pass
            return answer


class Session:
    """What one signed-in participant does."""

    def __init__(self, client, opened):
        self.client = client
        self.token = opened["token"]
        self.participant = opened["participant"]
        self.id = self.participant["id"]

    def call(self, method, target, body=None, headers=None):
        return self.client.call(method, target, body, headers, self.token)

    def get(self, target):
        return self.call("GET", target).expect(200).json

    def post(self, target, body, key=None):
        """With an Idempotency-Key, a new one unless told."""
        return self.call("POST", target, body,
                         {"Idempotency-Key": key or uuid.uuid4().hex})

    def write_to(self, participant_id, text, key=None):
        """Writes to a contact; {thread, entry}."""
        return self.post("/v1/threads", {"to": participant_id, "body": text},
                         key).expect(201).json

    def write(self, thread, text, key=None):
        return self.post(f"/v1/threads/{thread}/entries", {"body": text},
                         key).expect(201).json["entry"]

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


class Browser:
    """What a page on web.sock does, behind a reverse proxy: cookies, origin,
    the CSRF token, an address of its own."""

    def __init__(self, client, origin, address="192.0.2.1"):
        self.client = client
        self.origin = origin
        self.address = address
        self.cookies = {}
        self.csrf = None

    def call(self, method, target, body=None, headers=None):
        sent = {"X-Real-IP": self.address, "Sec-Fetch-Site": "same-origin"}
        if self.cookies:
            sent["Cookie"] = "; ".join(
                f"{name}={value}" for name, value in self.cookies.items())
        if method != "GET":
            sent["Origin"] = self.origin
            if self.csrf:
                sent["X-CSRF-Token"] = self.csrf
        sent |= headers or {}
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
        opened = reply.json or {}
        opened = opened.get("session", opened)
        if isinstance(opened, dict) and "csrf" in opened:
            self.csrf = opened["csrf"]

    def sign_in(self, login, passphrase, **more):
        """The session object."""
        return self.call("POST", "/v1/sessions", {
            "login": login, "passphrase": passphrase, **more}).expect(201).json

    def get(self, target):
        return self.call("GET", target).expect(200).json

    def post(self, target, body, key=None):
        return self.call("POST", target, body,
                         {"Idempotency-Key": key or uuid.uuid4().hex})


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
