# SPDX-License-Identifier: Apache-2.0
"""How long the bridge waits for an IMAP server, and how often it tries."""

import time

import pytest
from client import wait_for
from imapwatch import FOREIGN, other  # noqa: F401
from postern import pause
from standin import refuse_verdicts


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
