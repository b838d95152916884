# SPDX-License-Identifier: Apache-2.0
"""An SMTP server that fails where it is told to.

`faults` maps a stage to an action and may be changed while it runs:

  stages   connect ehlo starttls tls mail rcpt data dot quit
  actions  hang-up   closes the connection (at `dot`: after it took the mail)
           stall     says nothing more until the peer gives up
           4xx 5xx   451 4.7.0, 550 5.1.1
           garbage   bytes that are no reply
           endless   a line that does not end, 4 MiB of it
           drip      the right reply, one byte every 200 ms
           wrong-certificate (at tls only) one nobody signed

Mails it took, also those it did not own up to, are in `taken`.
"""

import socket
import socketserver
import ssl
import threading
import time

from machine import free_port

STAGES = ("connect", "ehlo", "starttls", "mail", "rcpt", "data", "dot",
          "quit")
ACTIONS = ("hang-up", "stall", "4xx", "5xx", "garbage", "endless", "drip")


class HangUp(Exception):
    """Ends a connection."""


class _Session(socketserver.BaseRequestHandler):
    def handle(self):
        self.sock = self.request
        self.sock.settimeout(60)
        with self.server.owner.lock:
            self.server.owner.connections.append(self.sock)
        self.lines = b""
        try:
            self._reply("connect", b"220 fault.example ESMTP")
            while self._command(self._line()):
                pass
        except (HangUp, OSError):
            pass
        finally:
            self.sock.close()

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise HangUp
        self.lines += data

    def _line(self):
        while b"\n" not in self.lines:
            self._more()
        line, self.lines = self.lines.split(b"\n", 1)
        return line.rstrip(b"\r")

    def _data(self):
        while b"\r\n.\r\n" not in b"\r\n" + self.lines:
            self._more()
        body, self.lines = (b"\r\n" + self.lines).split(b"\r\n.\r\n", 1)
        return body[2:].replace(b"\r\n..", b"\r\n.") + b"\r\n"

    def _send(self, data):
        self.sock.sendall(data + b"\r\n")

    def _reply(self, stage, good):
        """True if the stage went well."""
        action = self.server.owner.faults.get(stage)
        if action is None or action == "wrong-certificate":
            self._send(good)
            return True
        self.server.owner.hits += 1
        if action == "hang-up":
            raise HangUp
        if action == "stall":
            while self.sock.recv(65536):
                pass
            raise HangUp
        if action == "drip":
            for byte in good + b"\r\n":
                self.sock.sendall(bytes((byte,)))
                time.sleep(0.2)
            return True
        self._send({"4xx": b"451 4.7.0 not now", "5xx": b"550 5.1.1 never",
                    "garbage": b"\x00\xff\x80 hello \x1b[2J",
                    "endless": b"250-" + b"x" * (4 << 20)}[action])
        return False

    def _command(self, line):
        verb = line.split(b" ")[0].upper()
        owner = self.server.owner
        if verb in (b"EHLO", b"HELO"):
            tls = b"" if isinstance(self.sock, ssl.SSLSocket) or \
                not owner.certificate else b"250-STARTTLS\r\n"
            self._reply("ehlo", b"250-fault.example\r\n" + tls
                        + b"250-ENHANCEDSTATUSCODES\r\n250 8BITMIME")
        elif verb == b"STARTTLS" and owner.certificate:
            if self._reply("starttls", b"220 2.0.0 go ahead"):
                self.sock = owner.context().wrap_socket(
                    self.sock, server_side=True)
        elif verb == b"MAIL":
            self.sender = line
            self._reply("mail", b"250 2.1.0 ok")
        elif verb == b"RCPT":
            self.recipient = line
            self._reply("rcpt", b"250 2.1.5 ok")
        elif verb == b"DATA":
            if self._reply("data", b"354 end with a dot"):
                self._take(self._data())
        elif verb == b"QUIT":
            self._reply("quit", b"221 2.0.0 bye")
            return False
        else:
            self._send(b"250 2.0.0 ok")
        return True

    def _take(self, body):
        owner = self.server.owner
        refused = owner.faults.get("dot") in ("4xx", "5xx")
        if not refused:
            with owner.lock:
                owner.taken.append(
                    {"sender": self.sender.decode(),
                     "recipient": self.recipient.decode(), "raw": body})
        self._reply("dot", b"250 2.0.0 queued")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


class FaultSmtp:
    """start(), stop(); port, faults, hits, taken.

    CERTIFICATE, WRONG_CERTIFICATE: (certificate file, key file) for
    STARTTLS; without one it is not offered.
    """

    def __init__(self, certificate=None, wrong_certificate=None,
                 address="127.0.0.1"):
        self.address = address
        self.faults = {}
        self.hits = 0
        self.taken = []
        self.connections = []
        self.lock = threading.Lock()
        self.certificate = certificate
        self.wrong_certificate = wrong_certificate
        self.port = free_port()
        self._server = None

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        wrong = self.faults.get("tls") == "wrong-certificate"
        context.load_cert_chain(
            *(self.wrong_certificate if wrong else self.certificate))
        return context

    def start(self):
        self._server = _Server((self.address, self.port), _Session)
        self._server.owner = self
        threading.Thread(target=self._server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def message_ids(self):
        """Of what it took, in order."""
        return [next(line.split(b":", 1)[1].strip().decode()
                     for line in mail["raw"].split(b"\r\n")
                     if line.lower().startswith(b"message-id:"))
                for mail in self.taken]

    def drop(self):
        """Closes all connections there are."""
        with self.lock:
            connections, self.connections = self.connections, []
        for sock in connections:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
