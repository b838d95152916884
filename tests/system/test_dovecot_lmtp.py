# SPDX-License-Identifier: Apache-2.0
"""The lines `posternctl dovecot-config` prints, as they are, in a Dovecot:
its LMTP passes answers on, by its proxy or by Sieve."""

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION, relay_settings
from correspondent import Correspondent, forge, refusal
from dovecot_lmtp import DovecotLmtp
from machine import free_port
from maildir import answer_to

CLIENT = "client1@clients.example"
MAILBOX = "notices@practice.example"
STYLES = {"domain": {},
          "plus": {"mail.address-style": "plus", "mail.mailbox": MAILBOX}}


class Site(Correspondent):
    def __init__(self, place, mail, style):
        place.mkdir()
        place.chmod(0o711)
        super().__init__(postern.Practice(
            place / "p", relay_settings(mail),
            {"sockets.lmtp-tcp": f"127.0.0.1:{free_port()}", **STYLES[style]},
            observe=DESCRIPTION.check), mail.maildir(CLIENT))
        self.style = style
        self.dovecot = DovecotLmtp(place / "dovecot", MAILBOX,
                                   self.practice.printed("dovecot-config"),
                                   postern.program("postern-deliver"))
        self.practice.init()
        self.practice.start()
        self.practice.enrol()
        self.dovecot.start()


@pytest.fixture(scope="module", params=STYLES)
def site(directory, mail, request):
    site = Site(directory / request.param, mail, request.param)
    yield site
    try:
        site.practice.stop()
    finally:
        site.practice.kill()
        site.dovecot.stop()


def test_an_answer_goes_on(site):
    notice = site.notice()
    before = site.practice.recorded("person")
    site.dovecot.send(CLIENT, notice.reply_to,
                      answer_to(notice, CLIENT, "hello\n.\n"))
    wait_for(lambda: site.practice.recorded("person") == before + 1,
             message=site.dovecot.log)
    assert len(site.dovecot.box) == 0


def test_the_null_sender_stays_null(site):
    notice = site.notice()
    before = site.practice.recorded("bounce")
    site.dovecot.send("", notice.envelope_sender,
                      b"Subject: failed\r\n\r\nsorry\r\n")
    wait_for(lambda: site.practice.recorded("bounce") == before + 1,
             message=site.dovecot.log)


def test_other_mail_is_dovecots(site):
    before = site.practice.recorded()
    site.dovecot.send("a@far.example", MAILBOX, b"Subject: x\r\n\r\nx\r\n")
    site.dovecot.send("a@far.example", MAILBOX.replace("@", "+lunch@"),
                      b"Subject: x\r\n\r\nx\r\n")
    wait_for(lambda: len(site.dovecot.box) == 2, message=site.dovecot.log)
    assert site.practice.recorded() == before


def test_forged(site):
    """By the proxy it is refused at RCPT; by Sieve it stays in the mailbox,
    where the address has long been taken."""
    forged = forge(site.notice().reply_to)
    if site.style == "domain":
        code, _ = refusal(site.dovecot.send, CLIENT, forged,
                          b"Subject: x\r\n\r\nx\r\n")
        assert code == 550
    else:
        before = len(site.dovecot.box)
        site.dovecot.send(CLIENT, forged, b"Subject: x\r\n\r\nx\r\n")
        wait_for(lambda: len(site.dovecot.box) == before + 1)


def test_in_doubt_nothing_is_lost(site):
    """By the proxy it is put off at RCPT; by Sieve it stays in the mailbox."""
    notice = site.notice()
    site.practice.posternd.kill()
    try:
        data = answer_to(notice, CLIENT, "while it was down")
        if site.style == "domain":
            code, _ = refusal(site.dovecot.send, CLIENT, notice.reply_to,
                              data)
            assert 400 <= code < 500
        else:
            before = len(site.dovecot.box)
            site.dovecot.send(CLIENT, notice.reply_to, data)
            wait_for(lambda: len(site.dovecot.box) == before + 1)
    finally:
        site.practice.start_posternd()
