# SPDX-License-Identifier: Apache-2.0
"""An IMAP server that is hostile: the bridge says what is wrong, stays small,
and goes on by itself once the server behaves."""

import time

import postern
import pytest
from imapwatch import FOREIGN, Watch
from marks import children
from postern import pause

GROWTH_MAX = 32 << 20


def memory(process):
    """Bytes of the process that are in memory, the most there ever were."""
    with open(f"/proc/{process.pid}/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    raise AssertionError("no VmHWM")


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
