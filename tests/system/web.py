# SPDX-License-Identifier: Apache-2.0
"""Requests to nginx: HTTP/1.1, HTTP/2 by curl, and bytes as they are."""

import http.client
import io
import re
import socket
import ssl
import subprocess

from client import Client, Reply


class Https(http.client.HTTPSConnection):
    """A connection of its own, under the site's name. SOURCE: from which
    loopback address."""

    def __init__(self, nginx, source=None, timeout=30):
        super().__init__(nginx.name, nginx.port, timeout=timeout,
                         context=ssl.create_default_context(
                             cafile=str(nginx.ca_file)))
        self.source = source

    def connect(self):
        plain = socket.create_connection(
            ("127.0.0.1", self.port), self.timeout,
            (self.source, 0) if self.source else None)
        self.sock = self._context.wrap_socket(plain,
                                              server_hostname=self.host)

    def ask(self, method, path, body=None, headers=()):
        """HEADERS: (name, value) pairs, repeated ones too."""
        self.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            self.putheader(name, value)
        if body is not None:
            self.putheader("Content-Length", str(len(body)))
        self.endheaders(body)
        answer = self.getresponse()
        return Reply(answer.status, answer.headers, answer.read())


class WebClient(Client):
    """A Client that comes through nginx."""

    def __init__(self, nginx):
        super().__init__(nginx.url, "nginx")
        self.nginx = nginx

    def connection(self, timeout=60):
        return Https(self.nginx, timeout=timeout)


def ask(nginx, method, path, body=None, headers=(), source=None):
    """One request on a connection of its own."""
    connection = Https(nginx, source)
    try:
        return connection.ask(method, path, body, headers)
    finally:
        connection.close()


def ask2(nginx, path, *arguments, data=None):
    """The same by HTTP/2; more ARGUMENTS for curl, DATA for its input."""
    done = subprocess.run(
        ["curl", "--http2", "--silent", "--show-error", "--max-time", "30",
         "--cacert", nginx.ca_file, "--resolve",
         f"{nginx.name}:{nginx.port}:127.0.0.1", "--include", "--path-as-is",
         *arguments, nginx.url + path], input=data, capture_output=True,
        check=False)
    assert done.returncode == 0, done.stderr
    # an interim answer may stand before it
    head, body = re.match(
        rb"(?s)(?:HTTP/2 1\d\d.*?\r\n\r\n)*(.*?)\r\n\r\n(.*)",
        done.stdout).groups()
    line, _, fields = head.partition(b"\r\n")
    version, status = line.split()[:2]
    assert version == b"HTTP/2", line
    message = http.client.parse_headers(
        io.BytesIO(fields + b"\r\n\r\n"))
    return Reply(int(status), message, body)


def raw(nginx, data, port=None, tls=True, seconds=2):
    """Sends bytes on a connection of their own; all that comes back.

    Nothing for SECONDS, and we hang up."""
    with socket.create_connection(("127.0.0.1", port or nginx.port),
                                  seconds) as s:
        if tls:
            s = ssl.create_default_context(
                cafile=str(nginx.ca_file)).wrap_socket(
                    s, server_hostname=nginx.name)
        answer = b""
        try:
            s.sendall(data)
            while chunk := s.recv(65536):
                answer += chunk
        except (ConnectionError, TimeoutError, ssl.SSLError):
            pass
        finally:
            s.close()
        return answer
