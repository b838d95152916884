# SPDX-License-Identifier: Apache-2.0
"""The mailbox door on a real Dovecot: what comes is judged, what is not ours
is left alone, and trouble passes by itself."""

import contextlib
import socket
import socketserver
import ssl
import subprocess
import threading
import uuid

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION, relay_settings
from correspondent import Newcomer
from dovecot import PASSWORD, USER, Dovecot
from maildir import answer_to
from marks import children, read_memory, search
from postern import pause
from standin import refuse_verdicts

FOREIGN = (b"From: <someone@elsewhere.example>\r\nTo: <%s>\r\n"
           b"Subject: invoice\r\n\r\nplease pay\r\n" % USER.encode())


def mailbox_settings(directory, server, **more):
    """The [mailbox] section for a Dovecot."""
    password = directory / "mailbox.password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    return {f"mailbox.{k}": v for k, v in {
        "host": "localhost", "port": server.tls_port,
        "ca-file": server.ca_file, "user": USER, "password-file": password,
        "timeout": "5s", "poll": "2s", "retry": "2s",
        **{k.replace("_", "-"): v for k, v in more.items()}}.items()}


@pytest.fixture(scope="module")
def box(directory):
    server = Dovecot(directory / "dovecot").start()
    yield server
    server.stop()


class Place(Newcomer):
    """A client of one's own, whose answers come to a mailbox of SERVER."""

    def __init__(self, practice, mail, server):
        super().__init__(practice, mail)
        self.server = server

    def prompted(self):
        """How often, or about to be: a prompt is queued in the transaction
        of its verdict."""
        return sum(row["kind"] == "prompt" and row["participant"] == self.id
                   for row in self.practice.queue())

    def wait_moved(self, data, times=1):
        """Until that mail is put away, for which its verdict is durable."""
        wait_for(lambda: [m for _, _, m in self.server.mails("Postern")].count(
            data) == times, 60, self.practice.bridge.log)


def open_practice(directory, mail, settings):
    """A running practice that keeps its bookmark in DIRECTORY/state."""
    place = postern.Practice(directory / "p", relay_settings(mail),
                             settings, observe=DESCRIPTION.check)
    state = directory / "state"
    state.mkdir(mode=0o700)
    place.bridge.environment = {"STATE_DIRECTORY": str(state)}
    place.init()
    place.start()
    place.enrol()
    return place


def wait_connected(practice, count=1):
    wait_for(lambda: practice.bridge.log().count("mailbox: connected")
             >= count, 60, lambda: practice.bridge.log()[-3000:])


OLD = b"From: <old@elsewhere.example>\r\nSubject: old\r\n\r\nold mail\r\n"


@pytest.fixture(scope="module")
def practice(directory, mail, box):
    """With a mail in the mailbox that is older than Postern."""
    box.put(OLD)
    place = open_practice(directory, mail, mailbox_settings(directory, box))
    wait_connected(place)
    yield place
    try:
        place.stop()
    finally:
        place.kill()


@pytest.fixture
def place(practice, mail, box):
    return Place(practice, mail, box)


def uids(box, folder="INBOX"):
    return [uid for uid, _, _ in box.mails(folder)]


def test_reply_is_answered_and_moved(place, box):
    notice = place.notice()
    reply = answer_to(notice, place.address, "hello")
    box.put(reply)
    place.wait_prompts()
    assert place.events().count("answered-by-mail") == 1
    place.wait_moved(reply)
    assert reply not in [m for _, _, m in box.mails()]


def test_idle_wakes_at_once(place, box):
    """And not when Dovecot looks by itself (30 s) or IDLE is renewed."""
    notice = place.notice()
    pause(1)
    box.put(answer_to(notice, place.address, "hello"))
    wait_for(lambda: place.events().count("answered-by-mail") == 1, 20)


def test_old_mail_and_foreign_mail_are_untouched(place, box):
    """Where they were, and unread."""
    box.put(FOREIGN)
    notice = place.notice()
    box.put(answer_to(notice, place.address, "hello"))
    place.wait_prompts()
    kept = box.mails()
    for data in (OLD, FOREIGN):
        assert [flags - {"\\Recent", b"\\Recent"} for _, flags, mail in kept
                if mail == data] == [set()]


def hard_bounce(notice, address):
    """What comes back from a server that knows nobody of that name."""
    return (f"Return-Path: <>\r\nFrom: MAILER-DAEMON@far.example\r\n"
            f"To: {notice.envelope_sender}\r\n"
            "Subject: Undelivered Mail Returned to Sender\r\n"
            "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; "
            'report-type=delivery-status; boundary="x"\r\n\r\n'
            "--x\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
            "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; far.example\r\n\r\n"
            f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\n"
            "Status: 5.1.1\r\n\r\n--x--\r\n").encode()


def test_bounce(place, box):
    """The notification has failed, and the provider sees it."""
    notice = place.notice()
    box.put(hard_bounce(notice, place.address))
    wait_for(lambda: "not-notified" in place.events(), 60,
             place.practice.bridge.log)
    assert place.prompted() == 0


def test_robot_is_not_answered(place, box):
    robots = answer_to(place.notice(), place.address, "away",
                       **{"Auto-Submitted": "auto-replied"})
    box.put(robots)
    place.wait_moved(robots)
    assert place.prompted() == 0 and "answered-by-mail" not in place.events()


def test_forged_token_is_foreign(place, box):
    """It looks like ours and is not: it stays, unread."""
    notice = place.notice()
    local, domain = notice.reply_to.split("@")
    forged = local[:-1] + ("b" if local[-1] == "a" else "a") + "@" + domain
    data = answer_to(notice, place.address, "forged").replace(
        notice.reply_to.encode(), forged.encode()).replace(
        notice["Message-ID"].encode(), b"<x@elsewhere.example>")
    box.put(data)
    # by the time one behind it is put away, it would be
    behind = answer_to(place.notice(), place.address, "behind it",
                       **{"Auto-Submitted": "auto-replied"})
    box.put(behind)
    place.wait_moved(behind)
    flags, = [flags for _, flags, mail in box.mails() if mail == data]
    assert flags <= {b"\\Recent"}
    assert place.prompted() == 0


def test_server_restart(place, box):
    """What comes while it is down for the bridge is found afterwards."""
    notice = place.notice()
    connected = place.practice.bridge.log().count("mailbox: connected")
    place.practice.bridge.kill()
    box.put(answer_to(notice, place.address, "hello"))
    box.stop()
    place.practice.start_bridge()
    wait_for(lambda: place.practice.status()["mailbox"]["state"] == "trouble",
             60)
    box.start()
    wait_connected(place.practice, connected + 1)
    place.wait_prompts()
    other = place.notice()
    box.stop()
    box.start()
    wait_connected(place.practice, connected + 2)
    again = answer_to(other, place.address, "again")
    box.put(again)
    place.wait_moved(again)


def test_posternd_away(place, box):
    """A verdict that cannot be recorded is tried again; the mail waits."""
    notice = place.notice()
    data = answer_to(notice, place.address, "hello")
    words, log = "a verdict could not be recorded", place.practice.bridge.log
    before = log().count(words)
    place.practice.posternd.kill()
    box.put(data)
    wait_for(lambda: log().count(words) > before, 60, log)
    assert data in [mail for _, _, mail in box.mails()]
    place.practice.start_posternd()
    place.wait_prompts()
    assert place.events().count("answered-by-mail") == 1


def test_refused_verdict_is_passed_over(place, box):
    """One that is refused for ever: its mail stays, unread, and is counted;
    what comes behind it is judged."""
    data = answer_to(place.notice(), place.address, "hello")
    behind = FOREIGN + uuid.uuid4().hex.encode()
    log = place.practice.bridge.log
    passed, foreign = (log().count(words) for words in (
        "it stays, and is passed over", "not about a notice"))
    standin = refuse_verdicts(place.practice, 400, 422)
    try:
        box.put(data)
        box.put(behind)
        wait_for(lambda: log().count("not about a notice") > foreign, 60, log)
        assert standin.verdicts() == 3
    finally:
        standin.close()
    uid, flags = [(u, f) for u, f, m in box.mails() if m == data][0]
    assert flags <= {b"\\Recent"}
    assert log().count(f"mail {uid} was refused 3 times: it stays") == 1
    place.practice.start_posternd()
    wait_for(lambda: place.practice.status()["mailbox"]["passed_over"]
             == passed + 1, 70)
    assert "mailbox-passed-over" in place.practice.status()["reasons"]
    shown = subprocess.run(
        [postern.program("posternctl"), "--config", place.practice.config,
         "status"], capture_output=True, text=True, check=True).stdout
    assert f"passed over: {passed + 1}\n" in shown
    # and never again
    box.put(answer_to(place.notice(), place.address, "once more"))
    place.wait_prompts()
    assert place.events().count("answered-by-mail") == 1


def test_other_refusals_are_waited_out(place, box):
    """They say nothing of the verdict, and those that do must come in a
    row."""
    data = answer_to(place.notice(), place.address, "hello")
    passed = place.practice.bridge.log().count("is passed over")
    standin = refuse_verdicts(place.practice, 422, 400, 503, 422, 422, 401,
                              403, 404, 408, 429, 500)
    try:
        box.put(data)
        # with a pause of up to three seconds after each
        wait_for(lambda: standin.verdicts() > 11, 180)
    finally:
        standin.close()
    assert place.practice.bridge.log().count("is passed over") == passed
    place.practice.start_posternd()
    place.wait_prompts()


def test_judged_twice_is_prompted_once(place, box):
    """As after a kill between verdict and bookmark: the same mail again."""
    notice = place.notice()
    data = answer_to(notice, place.address, "hello")
    box.put(data)
    place.wait_prompts()
    box.put(data)
    place.wait_moved(data, 2)
    assert place.prompted() == 1


def test_nothing_stays_in_memory(place, box):
    """A moment later what was written is in no process of the bridge."""
    mark = f"canary{uuid.uuid4().hex}"
    notice = place.notice()
    data = answer_to(notice, place.address, f"{mark} = \n" * 3000)
    box.put(data)
    place.wait_moved(data)
    bridge = place.practice.bridge.process.pid

    def found():
        memory = read_memory(bridge)
        for server in children(bridge):
            memory += read_memory(server)
            memory += b"".join(map(read_memory, children(server)))
        assert search(memory, ["portal@practice.example"], ("plain",))
        return search(memory, [mark], ("plain", "base64", "utf-16"))
    wait_for(lambda: found() == [], message=found)
    assert search(place.practice.logs().encode(), [mark]) == []


CAPABLE = {
    "delete": ("", {"after": "delete"}, False, False),
    "no MOVE": ("IMAP4rev1 IDLE UIDPLUS", {}, True, False),
    "no UIDPLUS": ("IMAP4rev1 IDLE", {}, True, True),
    "delete, no UIDPLUS": ("IMAP4rev1 IDLE", {"after": "delete"}, False, True),
    "nothing": ("IMAP4rev1", {}, True, True),
    "STARTTLS": ("", {"tls": "starttls"}, True, False),
}


@pytest.mark.parametrize("capability,more,moved,flagged", CAPABLE.values(),
                         ids=CAPABLE.keys())
def test_put_away(mail, capability, more, moved, flagged):
    """By whatever the server can; and what others have flagged as deleted
    stays."""
    directory = postern.new_directory()
    box = Dovecot(directory / "dovecot", capability).start()
    box.put(OLD)
    with box.client("INBOX") as client:
        client.store("1", "+FLAGS", "\\Deleted")
    if more.get("tls") == "starttls":
        more = {**more, "port": box.port}
    practice = open_practice(directory, mail,
                             mailbox_settings(directory, box, **more))
    try:
        wait_connected(practice)
        place = Place(practice, mail, box)
        notice = place.notice()
        box.put(answer_to(notice, place.address, "hello"))
        wait_for(lambda: place.events() == ["answered-by-mail"], 60,
                 practice.bridge.log)

        def put_away():
            """Mails moved, and of those that are left, but for the old one,
            whether they are flagged."""
            left = {data: flags for _, flags, data in box.mails()}
            assert left.pop(OLD) >= {b"\\Deleted"}
            return len(uids(box, "Postern")), [
                f >= {b"\\Deleted"} for f in left.values()]
        done = moved, [True] * flagged
        wait_for(lambda: put_away() == done, message=put_away)
        practice.stop()
        assert put_away() == done
    finally:
        practice.kill()
        box.stop()
        postern.remove(directory)


def test_wrong_password(fresh, box):
    """It says so, and what to do."""
    directory = postern.new_directory()
    place = fresh(settings=mailbox_settings(directory, box))
    place.bridge.environment = {"STATE_DIRECTORY": str(directory)}
    (directory / "mailbox.password").write_text("wrong\n")
    place.start()
    wait_for(lambda: "mailbox-login" in place.status()["reasons"], 60)
    done = subprocess.run(
        [postern.program("posternctl"), "--config", place.config, "status"],
        capture_output=True, text=True, check=True)
    assert "the mailbox refuses mailbox.user" in done.stdout
    assert "\nmailbox trouble since " in done.stdout
    postern.remove(directory)


class Listener(socketserver.ThreadingTCPServer):
    """A way to a Dovecot at whose `port` TLS ends and begins anew, so that
    what is `said` there can be read."""
    daemon_threads = True
    block_on_close = False

    def __init__(self, box):
        super().__init__(("127.0.0.1", 0), None)
        self.box, self.said = box, b""
        self.port = self.server_address[1]
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(box.certificate, box.key)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, _):
        outer = ssl.create_default_context(cafile=self.box.ca_file)
        with contextlib.suppress(OSError), \
                self.context.wrap_socket(request, server_side=True) as peer, \
                outer.wrap_socket(
                    socket.create_connection(("localhost", self.box.tls_port)),
                    server_hostname="localhost") as server:
            threading.Thread(target=self.pump, args=(server, peer),
                             daemon=True).start()
            self.pump(peer, server, True)

    def pump(self, source, target, note=False):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.said += data if note else b""
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("more", [" SASL-IR", ""])
def test_sign_in_without_login(fresh, more):
    """LOGIN is off there: by AUTHENTICATE PLAIN, at once or when asked."""
    directory = postern.new_directory()
    box = Dovecot(directory / "dovecot",
                  "IMAP4rev1 IDLE LOGINDISABLED" + more).start()
    try:
        with Listener(box) as between:
            place = fresh(settings={**mailbox_settings(directory, box),
                                    "mailbox.port": between.port})
            place.bridge.environment = {"STATE_DIRECTORY": str(directory)}
            place.start()
            wait_connected(place)
            assert (b"AUTHENTICATE PLAIN " if more
                    else b"AUTHENTICATE PLAIN\r\n") in between.said
            assert b" LOGIN " not in between.said
            between.shutdown()
    finally:
        box.stop()
        postern.remove(directory)


@pytest.mark.parametrize("change,words", [
    (lambda p, _: p.bridge.environment.clear(), "no STATE_DIRECTORY"),
    (lambda _, d: (d / "mailbox.password").unlink(), "mailbox.password: No"),
], ids=["no directory", "no password"])
def test_cannot_start_without(fresh, box, change, words):
    directory = postern.new_directory()
    place = fresh(settings=mailbox_settings(directory, box))
    place.bridge.environment = {"STATE_DIRECTORY": str(directory)}
    change(place, directory)
    place.start_posternd()
    place.bridge.start()
    assert place.bridge.wait_exit() == 78
    assert words in place.bridge.log()
    postern.remove(directory)
