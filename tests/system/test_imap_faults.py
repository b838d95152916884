# SPDX-License-Identifier: Apache-2.0
"""An IMAP server that is hostile: the bridge says what is wrong, stays small,
and goes on by itself once the server behaves."""

import subprocess
import time

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION
from faultimap import FaultImap, make_certificates
from marks import children
from postern import pause
from standin import refuse_verdicts

FOREIGN = b"From: <a@b.example>\r\nSubject: x\r\n\r\nwords\r\n"
GROWTH_MAX = 32 << 20


def memory(process):
    """Bytes of the process that are in memory, the most there ever were."""
    with open(f"/proc/{process.pid}/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    raise AssertionError("no VmHWM")


class Watch:
    """A bridge whose mailbox is on a FaultImap."""

    def __init__(self, directory, starttls=False, **settings):
        self.dir = directory
        kinds, ca = make_certificates(directory / "tls")
        self.server = FaultImap(kinds, starttls)
        password = directory / "password"
        password.write_text("secret words\n")
        state = directory / "state"
        state.mkdir(mode=0o700)
        self.place = postern.Practice(
            directory / "p", {"host": "127.0.0.1", "port": 9, "tls": "none"},
            {f"mailbox.{k.replace('_', '-')}": v for k, v in {
                "host": "localhost", "port": self.server.port, "ca_file": ca,
                "user": "portal", "password_file": password,
                "tls": "starttls" if starttls else "implicit",
                "timeout": "1s", "poll": "1s", "retry": "1s",
                **settings}.items()}, observe=DESCRIPTION.check)
        self.place.bridge.environment = {"STATE_DIRECTORY": str(state)}
        self.place.init()

    def start(self):
        self.server.start()
        self.place.start()
        return self

    def stop(self):
        try:
            self.place.stop()
        finally:
            self.place.kill()
            self.server.stop()

    def mailbox(self):
        return self.place.admin.call("GET", "/v1/admin/mailbox").json

    def wait_state(self, state, error=None, seconds=60):
        def seen():
            now = self.mailbox()
            return now["state"] == state and now["error"] == error
        wait_for(seen, seconds, lambda: f"{self.mailbox()}, expected {state} "
                 f"{error}\n{self.place.bridge.log()[-1500:]}\n"
                 f"{self.server.events[-30:]}")

    def judged(self):
        return self.place.bridge.log().count("mailbox: person")

    def wait_judged(self, count, seconds=60):
        wait_for(lambda: self.judged() >= count, seconds,
                 lambda: self.place.bridge.log()[-3000:])

    def wait_count(self, stage, count):
        wait_for(lambda: self.server.count(stage) >= count, 60,
                 lambda: f"{stage}: {self.server.events[-30:]}")

    def again(self):
        """As if all went well up to now: a new connection."""
        self.server.drop()

    def anew(self):
        """The same, and until the server is asked to IDLE on it."""
        idles = self.server.count("idle")
        self.again()
        self.wait_count("idle", idles + 1)


@pytest.fixture(scope="module")
def watched(directory):
    place = Watch(directory).start()
    place.wait_state("connected")
    yield place
    place.stop()


@pytest.fixture
def watch(watched):
    """Whatever became of a test, the server behaves before the next."""
    yield watched
    watched.server.faults.clear()


# what is wrong, and how it is called
FAULTS = [
    ("connect", "hang-up", "disconnected"),
    ("connect", "reset", "disconnected"),
    ("connect", "stall", "timeout"),
    ("connect", "garbage", "no-tls"),
    ("tls", "stall", "timeout"),
    ("tls", "hang-up", "disconnected"),
    ("tls", "garbage", "no-tls"),
    ("tls", "not-tls", "no-tls"),
    ("tls", "self-signed", "untrusted"),
    ("tls", "wrong-name", "untrusted"),
    ("tls", "expired", "untrusted"),
    ("greeting", "preauth", "protocol"),
    ("greeting", "literal-eof", "protocol"),  # before it ends
    *[(stage, "literal-eof", "disconnected")
      for stage in ("select", "fetch", "idle")],
    ("login", "no", "login"),
    ("select", "no", "folder"),
    ("select", "nothing", "protocol"),
    ("fetch", "no", "fetch"),
    ("search", "no", "protocol"),
    *[(stage, "chatter", "timeout")
      for stage in ("capability", "login", "select", "fetch", "idle")],
    *[(stage, action, error)
      for stage in ("greeting", "select", "fetch", "idle")
      for action, error in (
          ("stall", "timeout"), ("hang-up", "disconnected"),
          ("reset", "disconnected"), ("garbage", "protocol"),
          ("endless", "protocol"), ("long-line", "protocol"),
          ("literal-4g", "protocol"),
          ("literal-here", "protocol"), ("deep", "protocol"),
          ("bye", "disconnected"), ("flood", "protocol"))],
    *[(stage, action, error)
      for stage in ("login", "capability", "search")
      for action, error in (
          ("stall", "timeout"), ("garbage", "protocol"),
          ("literal-4g", "protocol"), ("bye", "disconnected"))],
]


@pytest.mark.parametrize("stage,action,error", FAULTS,
                         ids=[f"{s}-{a}" for s, a, _ in FAULTS])
def test_fault(watch, stage, action, error):
    """The right state, little memory, and recovery by itself: with the mail
    that came meanwhile."""
    watch.wait_state("connected")
    before, judged = memory(watch.place.bridge.process), watch.judged()
    if error == "disconnected":
        # so is what again() does: the bridge comes by itself after a refusal
        watch.server.faults["login"] = "no"
        watch.again()
        watch.wait_state("trouble", "login")
        watch.server.faults[stage] = action
        watch.server.faults.pop("login" if stage != "login" else None, None)
    else:
        watch.server.faults[stage] = action
        watch.again()
    watch.server.put(FOREIGN)
    watch.wait_state("trouble", error)
    if action in ("endless", "flood", "literal-4g"):
        pause(1.5)
    assert watch.place.bridge.running()
    # the sanitizers keep what was freed
    assert postern.sanitized() or \
        memory(watch.place.bridge.process) < before + GROWTH_MAX
    watch.server.faults.clear()
    watch.wait_state("connected")
    watch.wait_judged(judged + 1)


def test_no_password_before_trust(watch):
    """Nothing is said to a server that is not the one it should be."""
    for kind in ("self-signed", "wrong-name", "expired"):
        watch.wait_state("connected")
        logins, names = len(watch.server.logins), len(watch.server.names)
        watch.server.faults["tls"] = kind
        watch.again()
        watch.wait_state("trouble", "untrusted")
        pause(1)
        assert len(watch.server.logins) == logins
        # it was asked for by name
        assert set(watch.server.names[names:]) == {"localhost"}
        watch.server.faults.clear()


def test_nothing_strange_is_asked(watch):
    """After all of this: no command the server does not know, and of a mail
    only its text, unread."""
    assert watch.server.strange == []


def test_slow_server_is_waited_for(watch):
    """A byte at a time, as long as the whole is in time."""
    watch.wait_state("connected")
    judged = watch.judged()
    watch.server.faults["search"] = "drip"
    watch.again()
    watch.server.put(FOREIGN)
    watch.wait_state("trouble", "timeout")
    watch.server.faults.clear()
    watch.wait_judged(judged + 1)


@pytest.mark.parametrize("action", ["before-plus", "one-record"])
def test_news_at_the_beginning_of_idle(watch, action):
    """Said before the server idles, or in one record with that: the mail is
    seen at once, and not when IDLE is renewed."""
    watch.wait_state("connected")
    watch.server.faults["idle"] = action
    watch.anew()
    judged = watch.judged()
    watch.server.put(FOREIGN)
    watch.wait_judged(judged + 1)
    begun, searches = time.monotonic(), watch.server.count("search")
    pause(1)
    searches = watch.server.count("search") - searches
    # news without end does not set the pace, which is ten a second
    assert searches < 10 * (time.monotonic() - begun) + 5
    watch.wait_state("connected")
    watch.server.faults.clear()


def test_noise_is_no_news(watch):
    watch.wait_state("connected")
    watch.server.faults["idle"] = "unchanged"
    watch.anew()
    searches = watch.server.count("search")
    pause(1)
    assert watch.server.count("search") == searches
    watch.server.faults.clear()
    watch.anew()
    watch.wait_state("connected")


def test_idle_not_kept(watch):
    """Offered and refused: the mailbox is asked now and then instead."""
    watch.wait_state("connected")
    watch.server.faults["idle"] = "not-kept"
    watch.anew()
    watch.wait_state("connected")
    judged = watch.judged()
    watch.server.put(FOREIGN)
    watch.wait_judged(judged + 1)
    watch.server.faults.clear()
    watch.anew()
    watch.wait_state("connected")


def test_server_away(watch):
    """It is gone for a while: unreachable; then what came meanwhile is
    judged, once."""
    watch.wait_state("connected")
    judged = watch.judged()
    watch.server.stop()
    watch.wait_state("trouble", "unreachable")
    meanwhile = watch.server.put(FOREIGN)
    watch.server.start()
    watch.wait_judged(judged + 1)
    watch.wait_state("connected")
    later = watch.server.put(FOREIGN)
    watch.wait_judged(judged + 2)
    assert watch.server.fetched[-2:] == [meanwhile, later]
    assert watch.judged() == judged + 2


def test_no_process_is_left_over(watch):
    """Its parse server, and that one's children."""
    assert len(children(watch.place.bridge.process.pid)) == 1


@pytest.fixture
def other(directory, request):
    """other(...): a Watch of one's own, to be started."""
    made, where = [], []

    def make(**more):
        where.append(postern.new_directory())
        made.append(Watch(where[-1], **more))
        return made[-1]

    yield make
    for each in made:
        each.stop()
    for path in where:
        postern.remove(path)


LOGINS = [
    (b"IMAP4rev1 IDLE AUTH=PLAIN SASL-IR", b'LOGIN portal "secret words"'),
    (b"IMAP4rev1 IDLE LOGINDISABLED AUTH=PLAIN",
     b"PLAIN \0portal\0secret words"),
    (b"IMAP4rev1 IDLE LOGINDISABLED AUTH=XOAUTH2 AUTH=PLAIN SASL-IR",
     b"PLAIN \0portal\0secret words"),
]


@pytest.mark.parametrize("capability,login", LOGINS,
                         ids=["LOGIN", "PLAIN", "SASL-IR"])
def test_way_of_signing_in(other, capability, login):
    """LOGIN unless it is off; a refusal is told; nothing is said twice."""
    watch = other()
    watch.server.capability = capability
    watch.start()
    watch.wait_state("connected")
    assert watch.server.logins == [login] * watch.server.count("login")
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    watch.server.faults["login"] = "no"
    watch.again()
    watch.wait_state("trouble", "login")
    assert watch.server.strange == []


@pytest.mark.parametrize("offer,error,words", [
    (b"AUTH=XOAUTH2", "oauth-only", "Set mailbox.login = oauth"),
    (b"AUTH=GSSAPI", "no-password", "neither LOGIN nor AUTH=PLAIN"),
])
def test_no_password_taken(other, offer, error, words):
    """What would do instead is said, and the password is not."""
    watch = other()
    watch.server.capability = b"IMAP4rev1 LOGINDISABLED " + offer
    watch.start()
    watch.wait_state("trouble", error)
    assert watch.server.logins == []
    done = subprocess.run(
        [postern.program("posternctl"), "--config", watch.place.config,
         "status"], capture_output=True, text=True, check=True)
    assert words in " ".join(done.stdout.split())


@pytest.mark.parametrize("action,error", [
    ("stall", "timeout"), ("chatter", "timeout"),
    ("hang-up", "disconnected"), ("bye", "disconnected"),
    ("garbage", "protocol"), ("endless", "protocol"), ("flood", "protocol"),
    ("literal-4g", "protocol"), ("deep", "protocol"), ("twice", "protocol")])
def test_fault_of_plain(other, action, error):
    watch = other()
    watch.server.capability = b"IMAP4rev1 IDLE LOGINDISABLED AUTH=PLAIN"
    watch.server.faults["plain"] = action
    watch.start()
    watch.wait_state("trouble", error)
    assert watch.server.logins == [] or action == "twice"
    watch.server.faults.clear()
    watch.wait_state("connected")


@pytest.mark.parametrize("fault,error", [
    ({"starttls": "not-offered"}, "no-tls"),
    ({"starttls": "refused"}, "no-tls"),
    ({"starttls": "data-before-tls"}, "no-tls"),
    ({"greeting": "preauth"}, "no-tls"),
    ({"greeting": "garbage"}, "protocol"),
    ({"greeting": "long-line"}, "protocol"),
    ({"greeting": "endless"}, "protocol"),
    ({"greeting": "stall"}, "timeout"),
    ({"tls": "self-signed"}, "untrusted"),
], ids=str)
def test_starttls_fault(other, fault, error):
    """Nothing that comes before TLS is believed, and nothing secret is said
    before it."""
    watch = other(starttls=True)
    watch.server.faults.update(fault)
    watch.start()
    watch.wait_state("trouble", error)
    assert watch.server.logins == []
    watch.server.faults.clear()
    watch.wait_state("connected")
    judged = watch.judged()
    watch.server.put(FOREIGN)
    watch.wait_judged(judged + 1)
    assert watch.server.count("secured") >= 1


def test_idle_is_renewed(other):
    watch = other(idle="1s", timeout="30s").start()
    watch.wait_state("connected")
    watch.wait_count("idle", 4)
    assert watch.server.count("connect") == 1


def test_pauses_grow(other):
    """A server that is down is not hammered."""
    watch = other(retry="60s")
    watch.server.faults["login"] = "no"
    watch.start()
    watch.wait_state("trouble", "login")
    begun = time.monotonic()
    pause(8)
    # 0.5 to 1.5 s, then 1 to 3 s, then 2 to 6 s
    assert 2 <= watch.server.count("connect") <= 6, time.monotonic() - begun


def test_poll_without_idle(other):
    watch = other()
    watch.server.capability = b"IMAP4rev1"
    watch.start()
    # the mail comes after the first look
    watch.wait_count("search", 1)
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    assert watch.server.count("idle") == 0


@pytest.mark.parametrize("stage", ["capability", "search", "fetch"])
def test_nothing_but_ok(other, stage):
    """No abilities, no mails, no mail: that is an answer, too."""
    watch = other(timeout="30s")
    watch.server.faults[stage] = "nothing"
    watch.start()
    watch.wait_state("connected")
    if stage == "capability":
        watch.server.put(FOREIGN)
        watch.wait_judged(1)
    else:
        watch.wait_count("idle", 1)
        watch.server.put(FOREIGN)
        watch.wait_count("idle", 2)
        assert watch.server.events.count("fetch") == (stage == "fetch")
    watch.wait_state("connected")
    assert watch.server.count("connect") == 1


@pytest.mark.parametrize("action,error", [
    ("no", "fetch"), ("hang-up", "disconnected"), ("literal-4g", "protocol")])
def test_mail_that_is_not_handed_out(other, action, error):
    """It keeps the others waiting for so many tries, and no longer, even
    where the connection ends with each of them."""
    watch = other(timeout="30s")
    watch.start()
    watch.wait_state("connected")
    watch.server.faults["fetch"] = action
    watch.server.put(FOREIGN)
    watch.wait_state("trouble", error)
    wait_for(lambda: "mail 1 was refused 20 times" in watch.place.bridge.log(),
             180)
    assert watch.server.count("fetch") == 20
    watch.server.faults.clear()
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    watch.wait_state("connected")
    wait_for(lambda: watch.mailbox()["passed_over"] == 1)
    assert sorted(watch.server.mails) == [1, 2] and watch.server.moved == []


OURS = (b"From: <a@b.example>\r\nTo: <r-%s@reply.practice.example>\r\n"
        b"Subject: Re: x\r\n\r\nwords\r\n" % (b"abcdefgh" * 4 + b"abcdef"))


@pytest.mark.parametrize("lasts", [False, True])
def test_connection_that_ends_where_a_mail_is_put_away(other, lasts):
    """Its verdict is recorded once, and it goes later. If it never can, it
    stays, and what comes behind it is judged."""
    watch = other()
    watch.start()
    watch.wait_state("connected")
    standin = refuse_verdicts(watch.place, 200)
    try:
        watch.server.faults["move"] = "hang-up"
        watch.server.put(OURS)
        wait_for(lambda: watch.server.count("move") >= 3, 60,
                 watch.place.bridge.log)
        if lasts:
            wait_for(lambda: "a mail could not be moved"
                     in watch.place.bridge.log(), 90)
            assert watch.server.count("move") == 20
        watch.server.faults.clear()
        watch.server.put(FOREIGN)
        watch.wait_judged(2)
        assert watch.server.moved == ([] if lasts else [1])
        assert standin.verdicts() == 1
    finally:
        standin.close()
        watch.place.start_posternd()


def test_search_is_never_for_what_is_done(other):
    """n:* names the last old mail, should there be no new one."""
    watch = other(idle="1s")
    for _ in range(3):
        watch.server.put(FOREIGN)
    watch.start()
    watch.wait_state("connected")
    watch.wait_count("search", 3)
    assert set(watch.server.searched) == {b"4:*"}
    assert watch.server.count("fetch") == 0 and watch.judged() == 0
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    wait_for(lambda: watch.server.searched[-2:] == [b"5:*"] * 2)
    watch.wait_count("search", watch.server.count("search") + 1)
    assert watch.judged() == 1


def test_far_behind(other):
    """A gap of millions is closed in spans that fit into an answer."""
    watch = other()
    watch.start()
    watch.wait_state("connected")
    watch.server.stop()
    watch.server.put(FOREIGN)
    watch.server.next += 20000
    watch.server.put(FOREIGN)
    watch.server.start()
    watch.wait_judged(2)
    spans = [s.split(b":") for s in watch.server.searched]
    assert max(int(b) - int(a) for a, b in spans if b != b"*") < 4096
    watch.wait_state("connected")


@pytest.mark.parametrize("change", ["validity", "set-back"])
def test_numbered_anew(other, change):
    """Where numbers no longer mean what they did, only what is new counts;
    and that is said."""
    watch = other(timeout="30s")
    watch.server.next = 100
    watch.start()
    watch.wait_state("connected")
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    watch.server.stop()
    watch.server.mails = {1: FOREIGN, 2: FOREIGN}
    watch.server.next = 3 if change == "set-back" else 200
    watch.server.validity += change == "validity"
    watch.server.start()
    wait_for(lambda: "numbered its mails anew" in watch.place.bridge.log(), 60)
    new = watch.server.put(FOREIGN)
    watch.wait_judged(2)
    assert watch.server.fetched == [100, new] and watch.judged() == 2


@pytest.mark.parametrize("text", [
    b"", b"1 7 2", b"nonsense\n", b"1 7 1 00000000000000000000000000000000\n",
    b"\x00" * 100, b"1" * 20000], ids=range(6))
def test_damaged_bookmark(other, text):
    """It is not believed, and not in the way."""
    watch = other(timeout="30s")
    for _ in range(3):
        watch.server.put(FOREIGN)
    (watch.dir / "state/mailbox").write_bytes(text)
    watch.start()
    watch.wait_state("connected")
    assert "bookmark is damaged" in watch.place.bridge.log()
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    file = watch.dir / "state/mailbox"
    wait_for(lambda: file.read_text().startswith("1 7 5 "),
             message=file.read_text)
    assert watch.server.fetched == [4] and watch.judged() == 1
    assert file.stat().st_mode & 0o777 == 0o600


def test_nothing_is_lost_over_a_kill(other):
    """kill -9, and mails before, meanwhile and after: each is judged."""
    watch = other(timeout="30s").start()
    watch.wait_state("connected")
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    watch.place.bridge.kill()
    watch.server.put(FOREIGN)
    watch.place.start_bridge()
    watch.wait_judged(2)
    watch.server.put(FOREIGN)
    wait_for(lambda: 3 in watch.server.fetched
             and watch.judged() == len(watch.server.fetched), 60,
             lambda: f"{watch.server.fetched}, {watch.judged()} judged")
    # the first may have been judged, and not yet been noted, at that moment
    assert watch.server.fetched in ([1, 2, 3], [1, 1, 2, 3])


def test_unreadable_bookmark(other):
    """A disk that fails is no reason to pass over mails."""
    watch = other().start()
    watch.wait_state("connected")
    watch.place.bridge.kill()
    watch.server.put(FOREIGN)
    file, aside = watch.dir / "state/mailbox", watch.dir / "aside"
    file.rename(aside)
    file.symlink_to(file)
    watch.place.start_bridge()
    watch.wait_state("trouble", "state")
    assert watch.server.count("fetch") == 0
    # at no moment is there none
    aside.rename(file)
    watch.wait_judged(1)
    watch.wait_state("connected")


def test_unwritable_bookmark(other):
    """It says so, goes on once it can be written, and has it written then."""
    watch = other(timeout="30s").start()
    watch.wait_state("connected")
    file = watch.dir / "state/mailbox"
    file.unlink()
    file.mkdir()
    watch.server.put(FOREIGN)
    watch.wait_state("trouble", "state")
    file.rmdir()
    watch.wait_state("connected")
    wait_for(file.is_file)
    watch.place.bridge.kill()
    watch.server.put(FOREIGN)
    watch.place.start_bridge()
    watch.wait_judged(2)
    assert watch.server.fetched == [1, 2] and watch.judged() == 2
