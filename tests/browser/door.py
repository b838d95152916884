# SPDX-License-Identifier: Apache-2.0
"""Stands between nginx and posternd's web.sock, and lets everything through
but what it is told to deal with otherwise."""

import json
import os
import re
import socketserver
import threading

from client import ONE_AT_A_TIME, UnixConnection
from postern import PROXY_USER


def refuses(status, slug, wait=None, **more):
    """What to do for on(): posternd would have said no."""
    body = json.dumps({"type": f"urn:postern:error:{slug}", "title": "No.",
                       "status": status, **more}).encode()
    head = [f"HTTP/1.1 {status} No", "Content-Type: application/problem+json",
            f"Content-Length: {len(body)}", "Cache-Control: no-store",
            "Connection: close"] + ([f"Retry-After: {wait}"] if wait else [])
    return lambda forward: "\r\n".join(head).encode() + b"\r\n\r\n" + body


class _Handler(socketserver.StreamRequestHandler):
    """One request a connection, so that its answer ends where it ends."""

    def handle(self):
        line = self.rfile.readline()
        if not line.strip():
            return
        head, length = [], 0
        while text := self.rfile.readline().strip():
            name, value = text.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
            if name.lower() != b"connection":
                head.append(text)
        raw = b"\r\n".join((line.strip(), *head, b"Connection: close",
                            b"", b""))
        self._left = length
        act = self.server.rule(line.decode("latin-1"))
        try:
            if act:
                answer = act(lambda most=None: self._all(raw, most))
                for _ in self._body():
                    pass
                self.wfile.write(answer)
            else:
                for part in self._ask(raw):
                    self.wfile.write(part)
        except OSError:
            pass  # one side has gone, and so does the other

    def _body(self):
        """The rest of it, as it comes."""
        while self._left:
            part = self.rfile.read1(min(self._left, 65536))
            if not part:
                raise ConnectionError
            self._left -= len(part)
            yield part

    def _all(self, raw, most):
        """All of the answer, or what there is of it."""
        parts = []
        try:
            parts.extend(self._ask(raw, most))
        except OSError:
            pass
        return b"".join(parts)

    def _ask(self, raw, most=None):
        """What posternd answers, as it comes. It may do so before it has all
        of the body, and hears no more than MOST of it."""
        behind = UnixConnection(self.server.behind, user=PROXY_USER)
        with ONE_AT_A_TIME:
            os.chmod(self.server.behind, 0o666)
        behind.connect()
        try:
            behind.sock.settimeout(None)
            behind.sock.sendall(raw)
            for part in self._body():
                if most is not None and (most := most - len(part)) < 0:
                    return
                try:
                    behind.sock.sendall(part)
                except OSError:
                    break
            while part := behind.sock.recv(65536):
                yield part
        finally:
            behind.close()


class Door(socketserver.ThreadingUnixStreamServer):
    """Listens at PATH until close(); BEHIND: where posternd does."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, path, behind):
        self.behind = str(behind)
        self._lock = threading.Lock()
        self._rules = []
        super().__init__(str(path), _Handler)
        os.chmod(path, 0o666)
        threading.Thread(target=self.serve_forever, args=(0.05,),
                         daemon=True).start()

    def on(self, request, act, times=1):
        """From now on, so many requests whose line matches REQUEST are dealt
        with by ACT(forward), which gives all of the answer, or nothing to
        hang up; forward() asks posternd, forward(MOST) hangs up on it after
        so many bytes of the body."""
        with self._lock:
            self._rules.append([re.compile(request), act, times])

    def rule(self, line):
        with self._lock:
            for rule in self._rules:
                if rule[2] > 0 and rule[0].search(line):
                    rule[2] -= 1
                    return rule[1]
        return None

    def relent(self):
        """Deals with nothing any more; how often it still would have."""
        with self._lock:
            left = sum(rule[2] for rule in self._rules)
            self._rules.clear()
        return left

    def close(self):
        self.shutdown()
        self.server_close()


def put_before(practice):
    """The Door of a Practice that does not run yet."""
    path = practice.run_dir / "web.sock"
    practice.settings["sockets.web"] = practice.run_dir / "behind.sock"
    practice.write_config()
    return Door(path, practice.settings["sockets.web"])
