# SPDX-License-Identifier: Apache-2.0
"""What stands behind nginx in place of posternd and the portal: a UNIX
socket that keeps what it was asked and answers as the path says, faults
included; a few files."""

import os
import socketserver
import threading
import time

BIG = bytes(range(256)) * (32 << 10)  # 8 MiB
WORDS = b"the same words over and over " * 200


INDEX = "<!doctype html><title>Portal</title>" + "<p>page</p>" * 200
FILES = {
    "index.html": INDEX,
    "js/main.js": "export const main = 1;\n",
    "style/portal.css": "body { margin: 0 }\n",
    "lang/en.json": "{}\n",
    "icon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>\n",
}


def write_files(where):
    for name, text in FILES.items():
        path = where / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Asked:
    """One request as it came."""

    def __init__(self, connection, line, headers, body):
        self.connection = connection  # a number
        self.method, self.target, self.version = line.split(" ")
        self.headers = headers  # [(name, value)]
        self.body = body
        self.early = b""  # what was sent before this was answered

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        number = self.server.connected()
        try:
            while asked := self._read(number):
                self.server.asked.append(asked)
                kind = asked.target.split("?")[0].split("/")[2:3]
                answer = getattr(self, f"do_{kind[0] if kind else ''}",
                                 self.do_echo)
                if answer(asked) is False:
                    return
        except ConnectionError:
            pass

    def _read(self, number):
        line = self.rfile.readline().decode("latin-1").strip()
        if not line:
            return None
        headers, length = [], 0
        while text := self.rfile.readline().decode("latin-1").strip():
            name, value = text.split(":", 1)
            headers.append((name, value.strip()))
            if name.lower() == "content-length":
                length = int(value)
        return Asked(number, line, headers, self.rfile.read(length))

    def _say(self, status, kind, body, *headers):
        head = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}",
                f"Content-Length: {len(body)}", "Cache-Control: no-store",
                *headers, "", ""]
        self.wfile.write("\r\n".join(head).encode() + body)

    # ---- by the first part of the path below /v1/ -------------------------
    def do_echo(self, asked):
        self._say(200, "application/json", b'{"ok":true}')

    def do_patient(self, asked):
        """Gives a second request on this connection time to come."""
        time.sleep(0.2)
        self.connection.settimeout(0)
        asked.early = self.rfile.peek(1) or b""
        self.connection.settimeout(None)
        self.do_echo(asked)

    def do_words(self, asked):
        self._say(200, "text/html", WORDS)

    def do_big(self, asked):
        self._say(200, "application/octet-stream", BIG)

    def do_busy(self, asked):
        self._say(503, "application/problem+json", b'{"status":503}',
                  "Retry-After: 1")

    def do_events(self, asked):
        """Three short events, and the end when it is told to."""
        self.wfile.write(b"HTTP/1.1 200 Said\r\n"
                         b"Content-Type: text/event-stream\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n")
        for event in (b"one", b"two", b"three", b"end"):
            if event == b"end":
                self.server.released.wait(20)
            self.wfile.write(b"%x\r\nevent: %s\n\n\r\n"
                             % (len(event) + 9, event))
            time.sleep(0.05)
        self.wfile.write(b"0\r\n\r\n")

    def do_bridge(self, asked):
        """Refuses each verdict as it is told to, or takes it (200); else it
        has no time. Keeps no connection, so that it can go."""
        status, left = 503, self.server.refusals
        if asked.target.endswith("/inbound"):
            status = left.pop(0) if len(left) > 1 else left[0]
        self._say(status, "application/problem+json",
                  b'{"status":%d,"recorded":true}' % status,
                  "Connection: close")
        return False

    # ---- faults -----------------------------------------------------------
    def do_silent(self, asked):
        self.server.released.wait(20)
        return False

    def do_drop(self, asked):
        return False

    def do_garbage(self, asked):
        self.wfile.write(b"HTTP/1.1 200 Said\r\n\0: x\r\n\r\n")
        return False

    def do_header(self, asked):
        self.wfile.write(b"HTTP/1.1 200 Said\r\nX: " + b"x" * 65536)
        return False

    def do_half(self, asked):
        self.wfile.write(b"HTTP/1.1 200 Said\r\nContent-Type: text/plain\r\n"
                         b"Content-Length: 100\r\n\r\nhalf")
        return False


def refuse_verdicts(practice, *statuses):
    """In posternd's place, which is killed: a Standin that says these to one
    verdict after the other, and the last of them for ever. close(), then
    start_posternd()."""
    practice.posternd.kill()
    path = practice.run_dir / "bridge.sock"
    path.unlink(missing_ok=True)
    standin = Standin(path)
    standin.refusals = list(statuses)
    return standin


class Standin(socketserver.ThreadingUnixStreamServer):
    """Listens at PATH until close()."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, path):
        self.path = path
        self.asked = []
        self.refusals = [422]
        self.released = threading.Event()
        self._connections = 0
        self._lock = threading.Lock()
        super().__init__(str(path), _Handler)
        os.chmod(path, 0o666)
        threading.Thread(target=self.serve_forever, args=(0.05,),
                         daemon=True).start()

    def connected(self):
        with self._lock:
            self._connections += 1
            return self._connections

    def verdicts(self):
        return sum(a.target.endswith("/inbound") for a in self.asked)

    def forget(self):
        self.asked.clear()
        self.released.clear()

    def close(self):
        self.released.set()
        self.shutdown()
        self.server_close()
        os.unlink(self.path)
