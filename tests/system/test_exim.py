# SPDX-License-Identifier: Apache-2.0
"""The lines `posternctl exim-config` prints, as they are, in an Exim: answers
and bounces both ways, and refusals while the sender is still connected."""

import smtplib

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION
from correspondent import Correspondent, forge, refusal
from exim import Exim
from machine import free_port
from maildir import answer_to

CLIENT = "client1@clients.example"
STYLES = {"domain": {},
          "plus": {"mail.address-style": "plus",
                   "mail.mailbox": "notices@practice.example"}}


class Site(Correspondent):
    """A practice on an Exim that is set up as printed."""

    def __init__(self, place, style):
        self.mail = Exim(place / "mail")
        relay = {"host": "127.0.0.1", "port": self.mail.submission_port,
                 "tls": "none", "timeout": "10s"}
        super().__init__(postern.Practice(
            place / "p", relay,
            {"sockets.lmtp-tcp": f"127.0.0.1:{free_port()}", **STYLES[style]},
            observe=DESCRIPTION.check), self.mail.maildir(CLIENT))
        self.mail.configure(self.practice.printed("exim-config"))
        self.mail.start()
        self.practice.init()
        self.practice.start()
        self.practice.enrol()

    def refusal(self, recipient, sender=CLIENT):
        code, _ = refusal(self.mail.send, sender, recipient,
                          b"Subject: x\r\n\r\nwords\r\n")
        return code


@pytest.fixture(scope="module", params=STYLES)
def site(directory, request):
    place = directory / request.param
    place.mkdir()
    place.chmod(0o711)
    site = Site(place, request.param)
    yield site
    try:
        site.practice.stop()
    finally:
        site.practice.kill()
        site.mail.stop()


def test_a_person_gets_a_prompt(site):
    notice = site.notice()
    site.mail.send(CLIENT, notice.reply_to, answer_to(notice, CLIENT, "hello"))
    prompt, = site.wait_prompts()
    assert prompt.envelope_sender == ""
    site.mail.wait_empty()


def test_upper_case_and_size(site):
    """Mail systems fold the case; a photograph is no reason to refuse."""
    notice = site.notice()
    before = site.practice.recorded()
    site.mail.send(CLIENT, notice.reply_to.upper(), answer_to(
        notice, CLIENT, "\n".join(["x" * 70] * 40000)))
    wait_for(lambda: site.practice.recorded() > before, 30, site.mail.log)
    site.mail.wait_empty()


def test_null_sender_gets_none(site):
    notice = site.notice()
    before = len(site.prompts())
    site.mail.send("", notice.reply_to, answer_to(notice, CLIENT, "away"))
    site.mail.wait_empty()
    # a prompt would be put down with the verdict, go out, and arrive
    wait_for(lambda: {r["state"] for r in site.practice.queue()}.isdisjoint(
        ("pending", "leased")), 30, site.practice.queue)
    site.mail.wait_empty()
    assert len(site.prompts()) == before


def test_a_forged_address_is_refused_while_connected(site):
    notice = site.notice()
    assert site.refusal(forge(notice.reply_to)) == 550
    assert site.refusal(forge(notice.envelope_sender), "") == 550
    domain = notice.reply_to.split("@")[1]
    if domain.startswith("reply"):
        assert site.refusal(f"anybody@{domain}") == 550


def test_in_doubt_it_is_put_off(site):
    notice = site.notice()
    site.practice.posternd.kill()
    try:
        assert 400 <= site.refusal(notice.reply_to) < 500
        # a wrong one, too: nobody can tell now
        assert 400 <= site.refusal(forge(notice.reply_to)) < 500
    finally:
        site.practice.start_posternd()
    site.practice.bridge.kill()
    try:
        assert 400 <= site.refusal(notice.reply_to) < 500
    finally:
        site.practice.start_bridge()
    site.mail.send(CLIENT, notice.reply_to, answer_to(notice, CLIENT, "again"))
    site.mail.wait_empty()


def test_taken_and_not_delivered_yet_comes_later(site):
    """What was taken while all was well stays queued and is not bounced."""
    notice = site.notice()
    before = site.practice.recorded()
    with smtplib.SMTP("127.0.0.1", site.mail.outside_port, timeout=60) as smtp:
        smtp.ehlo()
        assert smtp.mail(CLIENT)[0] == 250
        assert smtp.rcpt(notice.reply_to)[0] == 250
        site.practice.posternd.kill()
        put_off = site.mail.log().count(" == ")
        assert smtp.data(answer_to(notice, CLIENT, "between"))[0] == 250
        wait_for(lambda: site.mail.log().count(" == ") > put_off)
        assert site.mail.queue_ids()
    site.practice.start_posternd()
    site.mail.wait_empty(30)
    assert site.practice.recorded() == before + 1


def test_a_bounce_comes_back(site):
    """Exim took the notice and bounces it, with words of its own."""
    name = "moved"
    site.practice.provision(name, "client", "Moved Client",
                            "moved@clients.example")
    site.practice.relate(name, "provider1")
    before = site.practice.recorded("bounce")
    provider = site.practice.session("provider1")
    provider.write_to(provider.contact(name)["id"], "words")
    wait_for(lambda: site.practice.recorded("bounce") > before, 30,
             lambda: site.mail.log()[-3000:])


def test_nobody_was_bounced(site):
    """After all of this: no bounce carries a client's words."""
    site.mail.wait_empty()
    for address, box in site.mail.maildirs().items():
        for one in box.mails():
            assert "mailer-daemon" not in str(one["From"]).lower(), address
