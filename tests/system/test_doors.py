# SPDX-License-Identifier: Apache-2.0
"""A hostile client at the LMTP doors: each gets a reply or is cut off, costs
bounded memory, and keeps nobody else waiting."""

import contextlib
import re
import socket
import time

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION, relay_settings
from correspondent import Correspondent, refusal
from idle import wait_idle
from machine import free_port
from maildir import answer_to
from marks import children
from postfix import REPLIES_CF, REPLY_DOMAIN, Postfix

CLIENT = "client1@clients.example"
OURS = "r-" + "a" * 37 + "@reply.practice.example"
MEMORY = 48 << 20  # bytes more than before, at the very most


class Door:
    """One connection, with nothing between the test and the wire."""

    def __init__(self, where, greeted=True):
        if isinstance(where, int):
            self.socket = socket.create_connection(("127.0.0.1", where))
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(str(where))
        self.socket.settimeout(20)
        self.text = b""
        if greeted:
            assert self.reply()[0] == 220

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def reply(self):
        """(code, text) of one reply; None: cut off."""
        while not (m := re.match(rb"(?:\d{3}-[^\n]*\n)*(\d{3}) [^\n]*\n",
                                 self.text)):
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                return None
            if not more:
                return None
            self.text += more
        self.text = self.text[m.end():]
        return int(m.group(1)), m.group(0)

    def say(self, line):
        self.send(line + b"\r\n")
        return self.reply()

    def rest(self):
        """All replies until it is cut off: their codes."""
        codes = []
        while got := self.reply():
            codes.append(got[0])
        return codes

    def begin(self, *recipients):
        assert self.say(b"LHLO me")[0] == 250
        assert self.say(b"MAIL FROM:<a@far.example>")[0] == 250
        for recipient in recipients:
            assert self.say(f"RCPT TO:<{recipient}>".encode())[0] == 250


@pytest.fixture(scope="module")
def site(directory, mail):
    place = directory / "doors"
    place.mkdir()
    place.chmod(0o711)
    port = free_port()
    practice = postern.Practice(
        place / "p", relay_settings(mail), {
            "sockets.lmtp-tcp": f"127.0.0.1:{port}",
            "limits.recipients-per-second": 10000},
        observe=DESCRIPTION.check)
    practice.tcp = port
    practice.box = mail.maildir(CLIENT)
    practice.init()
    practice.start()
    practice.enrol()
    yield practice
    try:
        practice.stop()
    finally:
        practice.kill()


@pytest.fixture(scope="module")
def notice(site):
    return Correspondent(site, site.box).notice()


@pytest.fixture(params=["unix", "tcp"])
def door(site, request):
    return site.lmtp_socket if request.param == "unix" else site.tcp


def resident(site):
    """Bytes of the bridge and its children."""
    pids = [site.bridge.process.pid]
    pids += children(pids[0])
    pids += [p for server in pids[1:] for p in children(server)]
    total = 0
    for pid in pids:
        # a child that has judged enough mails ends
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
                open(f"/proc/{pid}/status", encoding="ascii") as status:
            total += sum(int(line.split()[1]) for line in status
                         if line.startswith("VmRSS:"))
    return total << 10


def settle(site):
    """Until the bridge has seen who has gone, and done what it was told."""
    wait_idle(site.bridge.process.pid)


def served(where, notice):
    """Somebody else's mail is taken, and long before the minute after which
    one that stalls is cut off."""
    begun = time.monotonic()
    with Door(where) as other:
        other.begin(notice.reply_to)
        assert other.say(b"DATA")[0] == 354
        other.send(answer_to(notice, CLIENT, "hello") + b".\r\n")
        assert other.reply()[0] == 250
    assert time.monotonic() - begun < 30


# stage: bytes to send behind the greeting, the mail's recipient put in
STALLS = [
    b"", b"L", b"LHLO me", b"LHLO me\r", b"LHLO me\r\n",
    b"LHLO me\r\nMAIL FROM:<a@far.example>\r\n",
    b"LHLO me\r\nMAIL FROM:<a@far.example>\r\nRCPT TO:<%s>\r\n",
    b"LHLO me\r\nMAIL FROM:<a@far.example>\r\nRCPT TO:<%s>\r\nDATA\r\n",
    b"LHLO me\r\nMAIL FROM:<a@far.example>\r\nRCPT TO:<%s>\r\nDATA\r\nA: b\r\n",
    b"LHLO me\r\nMAIL FROM:<a@far.example>\r\nRCPT TO:<%s>\r\nDATA\r\n.",
    b"LHLO me\r\nMAIL FROM:<a@far.example>\r\nRCPT TO:<%s>\r\nDATA\r\n.\r",
]


def test_stalling_at_each_stage(site, door, notice):
    """All are told to come back after a minute; others are served meanwhile."""
    before = resident(site)
    stalled = [Door(door) for _ in STALLS]
    for one, stage in zip(stalled, STALLS):
        one.send(stage.replace(b"%s", notice.reply_to.encode()))
    served(door, notice)
    taken = site.recorded()
    assert resident(site) - before < MEMORY
    for one in stalled:
        one.socket.settimeout(75)
        assert one.rest()[-1:] == [421]
        one.socket.close()
    settle(site)
    assert site.recorded() == taken


@pytest.mark.parametrize("stage", range(len(STALLS)))
def test_gone_at_each_stage(site, door, notice, stage):
    """Reset or closed: nothing is taken of half a mail."""
    taken = site.recorded()
    for reset in (True, False):
        one = Door(door)
        one.send(STALLS[stage].replace(b"%s", notice.reply_to.encode()))
        if reset:
            one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  b"\1\0\0\0\0\0\0\0")
        one.socket.close()
    served(door, notice)
    settle(site)
    assert site.recorded() == taken + 1


# what is sent, and the codes that answer it; behind them it is cut off (None)
# or goes on
LINES = {
    "garbage": (bytes(set(range(256)) - {10}) * 400 + b"\r\n", [500]),
    "a long line": (b"x" * 5000 + b"\r\n", [500]),
    "10 MB of a line": (b"x" * 10_000_000 + b"\r\n", [500]),
    "NUL bytes": (b"NOOP\0\r\n\0\0\0\r\n", [500, 500]),
    "bare LF": (b"NOOP\nNOOP\r\n", [500, 250]),
    "bare CR": (b"NOOP\rNOOP\r\n", [500]),
    "nothing": (b"\r\n" * 5, [500] * 5),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", [500] * 3),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", [500]),
    "nonsense without end": (b"XYZZY\r\n" * 30, [500] * 20 + [421, None]),
    "SMTP": (b"EHLO me\r\n", [500]),
    "out of order": (b"DATA\r\nRCPT TO:<x@y>\r\nMAIL FROM:<>\r\n", [503] * 3),
    "all at once": (b"LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n"
                    b"A: b\r\n\r\nx\r\n.\r\nMAIL FROM:<>\r\nRSET\r\nQUIT\r\n",
                    [250, 250, 250, 354, 250, 250, 250, 221, None]),
    "commands in a mail": (
        b"LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n"
        b"A: b\r\n\n.\n\r.\r\n..\r\nQUIT\r\n.\r\n", [250, 250, 250, 354, 250]),
    "an endless line in a mail": (
        b"LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: "
        + b"x" * 10_000_000 + b"\r\n.\r\n", [250, 250, 250, 354, 250]),
    "NUL in a mail": (
        b"LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nA: b\r\n\r\n"
        + b"\0" * 100000 + b"\r\n.\r\n", [250, 250, 250, 354, 250]),
    "too much announced": (
        b"LHLO me\r\nMAIL FROM:<> SIZE=99999999999\r\n", [250, 552]),
    "NUL in an address": (
        b"LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<r-\0@x>\r\n", [250, 250, 500]),
}


@pytest.mark.parametrize("sent, codes", LINES.values(), ids=LINES.keys())
def test_what_is_answered(site, door, notice, sent, codes):
    before = resident(site)
    with Door(door) as one:
        one.send(sent.replace(b"%s", notice.reply_to.encode()))
        for code in codes:
            got = one.reply()
            assert (got and got[0]) == code, (got, one.text)
        if codes[-1] is not None:
            assert one.say(b"QUIT")[0] == 221
    served(door, notice)
    assert resident(site) - before < MEMORY


def test_a_command_in_single_bytes(site, door, notice):
    with Door(door) as one:
        for command, code in ((b"LHLO me", 250), (b"MAIL FROM:<>", 250),
                              (f"RCPT TO:<{notice.reply_to}>".encode(), 250),
                              (b"DATA", 354), (b"A: b\r\n\r\nx\r\n.", 250)):
            for byte in command + b"\r\n":
                one.send(bytes([byte]))
            assert one.reply()[0] == code


def test_ten_thousand_recipients(site, door, notice):
    before = resident(site)
    with Door(door) as one:
        one.begin()
        line = f"RCPT TO:<{notice.reply_to}>\r\n".encode()
        codes = []
        for _ in range(100):
            one.send(line * 100)
            codes += [one.reply()[0] for _ in range(100)]
        assert codes == [250] * 100 + [452] * 9900
        assert resident(site) - before < MEMORY
        served(door, notice)
        assert one.say(b"DATA")[0] == 354
        one.send(b"A: b\r\n\r\nx\r\n.\r\n")
        # posternd takes so many verdicts a second; the others come again
        assert {one.reply()[0] for _ in range(100)} <= {250, 451}


def test_who_never_reads_its_replies(site, door, notice):
    """Its replies fill the pipe: it waits by itself, nobody else does."""
    before = resident(site)
    with Door(door) as one:
        one.socket.settimeout(2)
        one.begin()
        with pytest.raises(OSError):
            for _ in range(100000):
                one.send(b"NOOP\r\n" * 1000)
        served(door, notice)
        assert resident(site) - before < MEMORY


def test_one_door_full_leaves_the_other_open(site, notice):
    settle(site)
    taken = [Door(site.tcp) for _ in range(32)]
    with Door(site.tcp, greeted=False) as one:
        assert one.reply()[0] == 421
    served(site.lmtp_socket, notice)
    for one in taken:
        one.socket.close()
    settle(site)


def test_postfix_over_tcp(site, notice, directory):
    server = Postfix(directory / "tcp-mail", None)
    server.set_replies(REPLIES_CF.replace("unix:{socket}", "inet:{socket}")
                       .format(reply=REPLY_DOMAIN,
                               socket=f"127.0.0.1:{site.tcp}"))
    server.start()
    try:
        before = site.recorded()
        server.send(CLIENT, notice.reply_to,
                    answer_to(notice, CLIENT, "hello"))
        server.wait_empty()
        assert site.recorded() == before + 1
        code, _ = refusal(server.send, CLIENT, OURS,
                          answer_to(notice, CLIENT, "hello"))
        assert code == 550
    finally:
        server.stop()


def test_five_thousand_forged_tokens(site, notice):
    """None is accepted: not made up, not a genuine one with letters changed."""
    local, domain = notice.reply_to.split("@")
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    forged = []
    for i in range(5000):
        token = list(local[2:])
        at, turn = i % len(token), 1 + (i // len(token)) % 31
        token[at] = letters[(letters.index(token[at]) + turn) % 32]
        if i >= len(token) * 31:
            # two letters
            other = (at * 7 + 3 + i) % len(token)
            if other != at:
                token[other] = letters[(letters.index(token[other]) + 1) % 32]
        forged.append(f"{'rb'[i % 2]}-{''.join(token)}@{domain}")
    forged = [f for f in forged if f != notice.reply_to]
    with Door(site.lmtp_socket) as one:
        one.begin()
        for at in range(0, len(forged), 50):
            some = forged[at:at + 50]
            one.send("".join(f"RCPT TO:<{f}>\r\n" for f in some).encode())
            assert [one.reply()[0] for _ in some] == [550] * len(some)
        assert one.say(f"RCPT TO:<{notice.reply_to}>".encode())[0] == 250


# ---- reports that went to the Reply-To --------------------------------------
def report(about, status="5.1.1"):
    """A bounce of a mail with these headers."""
    return (f"From: MAILER-DAEMON@far.example\r\nTo: {OURS}\r\n"
            "Subject: Undelivered Mail Returned to Sender\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/report;"
            " report-type=delivery-status; boundary=x\r\n\r\n"
            "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; far.example\r\n\r\n"
            f"Final-Recipient: rfc822; {CLIENT}\r\nAction: failed\r\n"
            f"Status: {status}\r\n\r\n"
            "--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            f"{about}\r\n--x--\r\n.").encode()


def test_a_report_that_names_nothing_of_ours_is_taken(site, notice, door):
    """Its recipient is ours: put off for ever, the sending server would return
    it in the end."""
    with Door(door) as d:
        d.begin(notice.reply_to)
        assert d.say(b"DATA")[0] == 354
        assert d.say(report("X-Postern-Notice: b-" + "a" * 37))[0] == 250
    client = site.session("client1")
    assert [a["state"] for a in client.get("/v1/me")["addresses"]] == ["good"]


def test_a_recipient_that_is_named_again(site, notice, door):
    # what is to be mailed of other tests is put down, too
    wait_for(lambda: {r["state"] for r in site.queue()}.isdisjoint(
        ("pending", "leased")), 60, site.queue)
    with Door(door) as d:
        d.begin(*[notice.reply_to] * 50, notice.reply_to.upper())
        assert d.say(b"DATA")[0] == 354
        before = site.status()["store"]["audit_entries"]
        codes = [d.say(b"Subject: x\r\n\r\nx\r\n.")[0]]
        codes += [d.reply()[0] for _ in range(50)]
    assert codes == [250] * 51
    assert site.status()["store"]["audit_entries"] - before <= 3


def test_a_report_to_the_reply_address_stops_its_address(site, door):
    """It names its notification by what came back."""
    one, = site.session("client1").get("/v1/me")["addresses"]
    site.portal.call(
        "POST", f"/v1/participants/client1/addresses/{one['id']}/restart",
        {}).expect(204)
    notice = Correspondent(site, site.box).notice()
    with Door(door) as d:
        d.begin(notice.reply_to)
        assert d.say(b"DATA")[0] == 354
        assert d.say(report(
            f"X-Postern-Notice: {notice['X-Postern-Notice']}"))[0] == 250
    client = site.session("client1")
    assert [(a["state"], a["reason"])
            for a in client.get("/v1/me")["addresses"]] == [
                ("stopped", "dead")]


def test_a_status_that_no_rfc_knows(site, notice, door):
    """The mail is taken all the same: put off, it would come again for ever,
    and in a mailbox keep all others waiting."""
    with Door(door) as d:
        for status in ("5.99.1", "5.8.0", "4.999.999"):
            d.begin(notice.reply_to)
            assert d.say(b"DATA")[0] == 354
            assert d.say(report("Subject: x", status))[0] == 250
