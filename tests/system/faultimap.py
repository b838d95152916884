# SPDX-License-Identifier: Apache-2.0
"""An IMAP server that misbehaves where it is told to.

`faults` maps a stage to an action and may be changed while it runs; without
one it behaves. In its one folder lie the mails of `mails`, {uid: bytes}.

  stages   connect  as soon as somebody connects, before TLS
           tls      the handshake
           greeting capability login plain select search fetch idle move
  actions  stall        says nothing more
           hang-up      closes the connection
           reset        ... by a reset
           garbage      bytes that are no IMAP, and goes on
           endless      a line that does not end, until the peer has enough
           long-line    a line of 10 MiB
           literal-4g   announces a literal of 4 GiB
           literal-eof  ends in a literal's middle
           literal-here a literal where none belongs
           deep         half a million parentheses
           bye          says BYE, and goes on
           flood        untagged answers without end
           chatter      says that it is still there, and no more
           no           NO
           nothing      OK, and none of what was asked for
           drip         the right answer, a byte every 100 ms
           preauth      (greeting) PREAUTH
           self-signed, wrong-name, expired   (tls) such a certificate
           not-tls      (tls) greets in plain
           data-before-tls   (starttls) more bytes in what says go ahead
           not-offered  (starttls)
           refused      (starttls) NO
           twice        (plain) asks for it again
           before-plus  (idle) untagged data before the +
           one-record   (idle) the + and news in one record
           not-kept     (idle) NO, though it was offered
           unchanged    (idle) noise, but no news

`events` are the stages reached, in order; `logins` what came to prove who;
`fetched` the UIDs of the mails handed out; `strange` what no client should
say to it, LOGIN where that is off.
"""

import base64
import datetime
import socket
import socketserver
import ssl
import struct
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from machine import free_port

GREETING = b"* OK [CAPABILITY IMAP4rev1] fault ready\r\n"


def _certificate(where, kind, host, issuer=None, days=3650):
    """One for HOST that is good for so many DAYS, from ISSUER or itself:
    (certificate file, key file) and what issues."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, kind)])
    by, by_key = issuer or (name, key)
    now = datetime.datetime.utcnow()
    made = x509.CertificateBuilder(
        by, name, key.public_key(), x509.random_serial_number(),
        now - datetime.timedelta(days=30), now + datetime.timedelta(days)
    ).add_extension(
        x509.BasicConstraints(ca=issuer is None, path_length=None), True
    ).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(host)]), False
    ).sign(by_key, hashes.SHA256())
    files = where / f"{kind}.pem", where / f"{kind}.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return files, (name, key)


def make_certificates(where):
    """{kind: files} for FaultImap, and the file of the CA to trust."""
    where.mkdir(exist_ok=True)
    ca, issuer = _certificate(where, "ca", "ca.example")
    kinds = {
        "good": _certificate(where, "good", "localhost", issuer)[0],
        "wrong-name": _certificate(where, "wrong-name", "mail.elsewhere",
                                   issuer)[0],
        "expired": _certificate(where, "expired", "localhost", issuer,
                                days=-1)[0],
        "self-signed": _certificate(where, "self-signed", "localhost")[0]}
    return kinds, ca[0]


class HangUp(Exception):
    """Ends a connection."""


class _Session(socketserver.BaseRequestHandler):
    def handle(self):
        self.owner = self.server.owner
        self.sock = self.request
        self.sock.settimeout(120)
        self.lines = b""
        with self.owner.lock:
            self.owner.connections.append(self.sock)
        try:
            self._serve()
        except (HangUp, OSError, ValueError):
            pass
        finally:
            self.sock.close()

    def _serve(self):
        self.owner.note("connect")
        self._maybe("connect")
        if self.owner.starttls:
            self._start_tls()
        self._handshake()
        if not self.owner.starttls:
            self._answer("greeting", b"", GREETING)
        while True:
            self._command(self._line())

    # ---- TLS --------------------------------------------------------------
    def _handshake(self):
        action = self.owner.faults.get("tls")
        if action == "not-tls":
            self._send(GREETING)
            raise HangUp
        if action in ("stall", "hang-up", "reset", "garbage"):
            self._maybe("tls")
        kind = action if action in self.owner.certificates else "good"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.owner.certificates[kind])
        context.sni_callback = \
            lambda _, name, __: self.owner.names.append(name)
        self.sock = context.wrap_socket(self.sock, server_side=True)
        with self.owner.lock:
            self.owner.connections.append(self.sock)
        self.owner.note("secured")

    def _start_tls(self):
        fault = self.owner.faults.get("starttls")
        self._answer("greeting", b"", GREETING)
        tag = self._line().split(b" ")[0]
        self._send(b"* CAPABILITY IMAP4rev1%s\r\n%s OK\r\n" % (
            b"" if fault == "not-offered" else b" STARTTLS", tag))
        tag = self._line().split(b" ")[0]
        if fault == "refused":
            self._send(tag + b" NO not today\r\n")
        elif fault == "data-before-tls":
            self._send(tag + b" OK go ahead\r\n* PREAUTH come in\r\n")
        else:
            self._send(tag + b" OK go ahead\r\n")

    # ---- bytes ------------------------------------------------------------
    def _line(self):
        while b"\n" not in self.lines:
            data = self.sock.recv(65536)
            if not data:
                raise HangUp
            self.lines += data
        line, self.lines = self.lines.split(b"\n", 1)
        return line.rstrip(b"\r")

    def _send(self, data):
        self.sock.sendall(data)

    def _until_gone(self, chunk):
        while True:
            self._send(chunk)
            self.owner.sent += len(chunk)

    def _stall(self):
        while self.sock.recv(65536):
            pass
        raise HangUp

    def _reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        raise HangUp

    def _maybe(self, stage):
        """The stage's fault, if it has a general one. True: answered."""
        action = self.owner.faults.get(stage)
        if action is None:
            return False
        fetch = b"* 1 FETCH (UID 1 BODY[]<0> "
        if action == "stall":
            self._stall()
        elif action == "hang-up":
            raise HangUp
        elif action == "reset":
            self._reset()
        elif action == "garbage":
            self._send(b"\x00\xff\x80\x16 hello \x1b[2J\r\n" * 3)
            self._stall()
        elif action == "endless":
            self._send(b"* ")
            self._until_gone(b"A" * 65536)
        elif action == "long-line":
            self._send(b"* OK " + b"x" * (10 << 20) + b"\r\n")
            return False
        elif action == "literal-4g":
            self._send(fetch + b"{4294967290}\r\n")
            self._until_gone(b"A" * 65536)
        elif action == "literal-eof":
            self._send(fetch + b"{1000}\r\nabc")
            raise HangUp
        elif action == "literal-here":
            self._send(b"* OK hello {200000}\r\n")
            self._until_gone(b"* 1 FETCH (FLAGS (A))\r\n" * 1000)
        elif action == "deep":
            self._send(b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 500000)
            self._stall()
        elif action == "bye":
            self._send(b"* BYE that is all\r\n")
            self._stall()
        elif action == "chatter":
            while True:
                self._send(b"* OK still here\r\n")
                time.sleep(0.2)
        elif action == "flood":
            self._until_gone(b"* 1 FETCH (FLAGS (\\Seen))\r\n" * 1000)
        return False

    def _answer(self, stage, tag, untagged, tagged=b"OK done"):
        self.owner.note(stage)
        self._maybe(stage)
        action = self.owner.faults.get(stage)
        if action == "preauth":
            untagged = b"* PREAUTH come in\r\n"
        if action in ("no", "nothing"):
            untagged = b""
        if action == "no":
            tagged = b"NO never"
        data = untagged + (tag + b" " + tagged + b"\r\n" if tag else b"")
        if action == "drip":
            for byte in data:
                self._send(bytes((byte,)))
                time.sleep(0.1)
        else:
            self._send(data)
        return action != "no"

    # ---- commands ---------------------------------------------------------
    def _command(self, line):
        owner = self.owner
        tag, command = line.split(b" ", 1)
        word = command.split(b" ")[0].upper()
        if word == b"CAPABILITY":
            self._answer("capability", tag,
                         b"* CAPABILITY %s\r\n" % owner.capability)
        elif word == b"LOGIN":
            owner.logins.append(command)
            if b"LOGINDISABLED" in owner.capability:
                owner.strange.append(command)
            self._answer("login", tag, b"")
        elif word == b"AUTHENTICATE":
            self._authenticate(tag, command)
        elif word == b"SELECT":
            self.told = owner.arrived
            self._answer("select", tag, (
                b"* FLAGS (\\Seen \\Deleted)\r\n* %d EXISTS\r\n* 0 RECENT\r\n"
                b"* OK [UIDVALIDITY %d] here\r\n* OK [UIDNEXT %d] next\r\n"
            ) % (len(owner.mails), owner.validity, owner.next))
        elif word == b"IDLE":
            self._idle(tag)
        elif word == b"CREATE":
            self._answer("create", tag, b"")
        elif word == b"UID":
            self._uid(tag, *command.split(b" ", 3)[1:])
        else:
            owner.strange.append(command)
            self._send(tag + b" BAD what\r\n")

    def _authenticate(self, tag, command):
        mechanism, *rest = command.split(b" ")[1:]
        if mechanism.upper() == b"PLAIN":
            self._plain(tag, *rest)
            return
        token = base64.b64decode(rest[0])
        self.owner.logins.append(token)
        if self.owner.token is None or token == (
                b"user=%s\x01auth=Bearer %s\x01\x01" % self.owner.token):
            self._answer("login", tag, b"")
            return
        # the reason comes as a challenge, and is answered by nothing
        self._send(b"+ " + base64.b64encode(b'{"status":"401"}') + b"\r\n")
        self.owner.strange += [b"?"] if self._line() else []
        self._send(tag + b" NO AUTHENTICATE failed\r\n")

    def _plain(self, tag, message=None):
        """RFC 4616, with RFC 4959 where that is offered."""
        at_once = b"SASL-IR" in self.owner.capability
        self.owner.strange += [b"SASL-IR"] if message and not at_once else []
        self.owner.note("plain")
        self._maybe("plain")
        if not message:
            self._send(b"* OK one moment\r\n+ \r\n")
            message = self._line()
        self.owner.logins.append(b"PLAIN " + base64.b64decode(
            message, validate=True))
        if self.owner.faults.get("plain") == "twice":
            self._send(b"+ once more\r\n")
            self.owner.strange.append(self._line())
        self._answer("login", tag, b"* OK welcome\r\n")

    def _uid(self, tag, word, which, rest=b""):
        owner = self.owner
        if word == b"SEARCH":
            first, last = rest.split(b":")
            with owner.lock:
                found = [u for u in sorted(owner.mails) if u >= int(first)
                         and (last == b"*" or u <= int(last))]
                # RFC 3501: the last one is always among n:*
                if last == b"*" and not found and owner.mails:
                    found = [max(owner.mails)]
            owner.searched.append(rest)
            self._answer("search", tag, b"* SEARCH%s\r\n" % b"".join(
                b" %d" % u for u in found))
        elif word == b"FETCH":
            data = owner.mails.get(int(which), b"")[:256 * 1024]
            owner.fetched.append(int(which))
            self._answer("fetch", tag, b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n"
                         b"%s)\r\n" % (int(which), len(data), data))
        elif word in (b"MOVE", b"COPY"):
            if self._answer("move", tag, b""):
                self._gone(int(which), word == b"MOVE")
        elif word == b"STORE":
            owner.deleted.append(int(which))
            self._answer("store", tag, b"")
        elif word == b"EXPUNGE":
            self._gone(int(which), True)
            self._answer("expunge", tag, b"* 1 EXPUNGE\r\n")
        else:
            owner.strange.append(word)
            self._send(tag + b" BAD what\r\n")

    def _gone(self, uid, gone):
        with self.owner.lock:
            if uid not in self.owner.moved:
                self.owner.moved.append(uid)
            if gone:
                self.owner.mails.pop(uid, None)

    def _idle(self, tag):
        owner, action = self.owner, self.owner.faults.get("idle")
        owner.note("idle")
        self._maybe("idle")
        if action in ("not-kept", "no"):
            self._send(tag + b" NO not now\r\n")
            return
        news = b"* %d EXISTS\r\n"
        if action == "before-plus":
            self._send(news % len(owner.mails))
            self._send(b"+ idling\r\n")
        elif action == "one-record":
            self._send(b"+ idling\r\n" + news % len(owner.mails))
        else:
            self._send(b"+ idling\r\n")
        self.sock.settimeout(0.05)
        while True:
            try:
                line = self._line()
                break
            except (TimeoutError, socket.timeout):
                if owner.arrived != self.told and action is None:
                    self.told = owner.arrived
                    self._send(news % len(owner.mails))
                if action == "unchanged":
                    self._send(b"* OK still here\r\n* 1 FETCH (FLAGS ())\r\n")
        self.sock.settimeout(120)
        owner.strange += [line] if line.upper() != b"DONE" else []
        self._send(tag + b" OK idled\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


class FaultImap:
    """start(), stop(), put(), drop().

    CERTIFICATES: {"good": (certificate file, key file), ...} by the names of
    the tls actions."""

    def __init__(self, certificates, starttls=False):
        self.certificates = certificates
        self.starttls = starttls
        self.capability = b"IMAP4rev1 IDLE MOVE UIDPLUS AUTH=XOAUTH2"
        self.token = None
        self.lock = threading.Lock()
        self.faults = {}
        self.connections = []
        self.mails = {}
        self.moved = []
        self.next = 1
        self.arrived = 0
        self.validity = 7
        self.sent = 0
        self.names, self.events, self.logins = [], [], []
        self.searched, self.strange, self.deleted = [], [], []
        self.fetched = []
        self.port = free_port()
        self._server = None

    def note(self, stage):
        with self.lock:
            self.events.append(stage)

    def count(self, stage):
        with self.lock:
            return self.events.count(stage)

    def put(self, data):
        """A mail arrives; its UID."""
        with self.lock:
            uid = self.next
            self.mails[uid] = data
            self.next += 1
            self.arrived += 1
            return uid

    def start(self):
        self._server = _Server(("127.0.0.1", self.port), _Session)
        self._server.owner = self
        threading.Thread(target=self._server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.drop()

    def drop(self):
        """Closes all connections there are."""
        with self.lock:
            connections, self.connections = self.connections, []
        for sock in connections:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
