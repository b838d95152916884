# SPDX-License-Identifier: Apache-2.0
"""One envelope sender for all notices, for a mail system that can do no other
(mail.envelope-sender = fixed): a real Postfix and a real Exim, set up as
printed. They and each other bounce what they took, and the bounce finds its
notice by what came back with it."""

import os
import re

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION, relay_settings
from correspondent import (Correspondent, Newcomer, bounce, forge,
                           refusal)
from exim import Exim
from machine import free_port
from maildir import answer_to
from postern import pause
from postfix import MAILBOX_UID, Postfix, write_aged

CLIENT = "client1@clients.example"
# of the domain that answers come to, of another one, and a mailbox that also
# gets other mail, which is watched
FIXED = {"beside": "bounces@reply.practice.example",
         "elsewhere": "bounces@practice.example",
         "mailbox": "notices@practice.example"}
# what a relay does to the two headers that have the token
TAKEN_OFF = {"beside": "/^X-Postern-Notice:/ IGNORE\n",
             "elsewhere": "/^Message-ID:/ REPLACE Message-ID: <1@far.example>\n",
             "mailbox": ""}
# a client whose mail the other of the two servers has
FAR = "away@clients.example"
ROUTER = """\
{name}:
  driver = manualroute
{whom}  transport = {name}
  route_list = * 127.0.0.1 byname
  self = send
  no_more
"""
TRANSPORT = """\
{name}:
  driver = smtp
  port = {port}
  allow_localhost
"""
BACK = "  domains = practice.example : reply.practice.example\n"
AWAY = "  domains = clients.example\n  local_parts = away\n"
# either greets the other by another name than its own
NAME = "smtp_active_hostname = mx.far.example\n"


class OnPostfix:
    """The practice has Postfix, somebody else Exim."""

    command = "postfix-config"

    def __init__(self, place):
        self.mail, self.far = Postfix(place / "mail", None), Exim(place / "far")
        self.relay = relay_settings(self.mail)
        self.settings = {
            "sockets.lmtp": self.mail.dir / "queue/private/postern"}

    def configure(self, printed, added, taken_off):
        """ADDED: the lines to be added for the sender."""
        checks = self.mail.dir / "etc/checks"
        write_aged(checks, taken_off)
        maps = [f"inline:{{ {{ {FAR} = smtp:[127.0.0.1]:"
                f"{self.far.outside_port} }} }}", *added]
        assert "\ntransport_maps = " in printed
        self.mail.configure(printed.replace(
            "\ntransport_maps = ", f"\ntransport_maps = {', '.join(maps)}, ")
            + f"header_checks = regexp:{checks}\n")
        conf = "# FILE /etc/exim4/conf.d/"
        self.far.configure(
            f"# FILE /etc/exim4/postern_rcpt\n{conf}main/00_postern\n{NAME}"
            f"{conf}router/050_postern\n{ROUTER.format(name='back', whom=BACK)}"
            f"{conf}transport/30_postern\n"
            + TRANSPORT.format(name="back", port=self.mail.outside_port))


class OnExim:
    """The practice has Exim, somebody else Postfix."""

    command = "exim-config"

    def __init__(self, place):
        self.mail, self.far = Exim(place / "mail"), Postfix(place / "far", None)
        self.relay = {"host": "127.0.0.1", "port": self.mail.submission_port,
                      "tls": "none", "timeout": "10s"}
        self.settings = {"sockets.lmtp-tcp": f"127.0.0.1:{free_port()}"}

    def configure(self, printed, added, _):
        router = re.search(r"(?ms)^postern:\n.*?^  no_more\n", printed)[0]
        more = ROUTER.format(name="far", whom=AWAY)
        if added:
            more += re.sub(r"(?m)^  domains = .*\n",
                           "".join(f"  {line}\n" for line in added),
                           router).replace("postern:", "postern_bounces:")
        transport = TRANSPORT.format(name="far", port=self.far.outside_port)
        self.mail.configure(printed.replace(router, more + router).replace(
            "30_postern\n", f"30_postern\n{transport}") + NAME)
        back = f"smtp:[127.0.0.1]:{self.mail.outside_port}"
        self.far.set_replies(
            f"transport_maps = inline:{{ {{ practice.example = {back} }}"
            f" {{ reply.practice.example = {back} }} }}\n")


class Site(Correspondent):
    """A practice with a fixed sender, and its mail server."""

    def __init__(self, place, servers, where):
        place.mkdir()
        place.chmod(0o711)
        servers = servers(place)
        self.mail, self.far = servers.mail, servers.far
        self.where, self.fixed = where, FIXED[where]
        settings = {"mail.envelope-sender": "fixed",
                    "mail.fixed-sender": self.fixed, **servers.settings}
        if where == "mailbox":
            self.watched = self._make_mailbox()
            settings |= {"mail.address-style": "plus",
                         "mail.mailbox": self.fixed, "mail.from": self.fixed,
                         "mail.maildir": self.watched.path}
        practice = postern.Practice(place / "p", servers.relay, settings,
                                    observe=DESCRIPTION.check)
        practice.lmtp_socket = practice.settings["sockets.lmtp"]
        super().__init__(practice, self.mail.maildir(CLIENT))
        self.mail.maildir("provider1@providers.example")
        printed = practice.printed(servers.command)
        servers.configure(printed, self._to_add(printed), TAKEN_OFF[where])
        self.far.start()
        self.mail.start()
        practice.init()
        practice.start()
        practice.enrol(1)

    def _make_mailbox(self):
        box = self.mail.maildir(self.fixed)
        for path in (box.path, *(box.path / n for n in ("cur", "new", "tmp"))):
            path.mkdir(exist_ok=True)
            os.chown(path, MAILBOX_UID, MAILBOX_UID)
        return box

    def _to_add(self, printed):
        """What is said to be added if the sender is used for nothing else."""
        about = re.search(rf"(?m)^# Bounces come back to {self.fixed} "
                          r".*\n(# .*\n|#\t.*\n)*", printed)[0]
        lines = re.findall(r"(?m)^#\t(.*)", about)
        assert bool(lines) == (self.where == "elsewhere"), about
        return lines

    def health(self, name):
        """Of the client's one address."""
        address, = self.practice.session(name).get("/v1/me")["addresses"]
        return address["state"], address["reason"]

    def send(self, sender, recipients, data):
        """From outside, until it has arrived."""
        self.mail.send(sender, recipients, data)
        self.mail.wait_empty()

    def dropped(self):
        """Mails to the fixed sender that were about no notice."""
        return self.practice.bridge.log().count(
            ", not about a notice" if self.where == "mailbox" else ", dropped")

    def left(self):
        """Mails in the mailbox that is watched."""
        return len(self.watched) if self.where == "mailbox" else 0

    def settled(self):
        """Nothing is on its way, and all is written down."""
        self.mail.wait_empty()
        wait_for(lambda: all(row["state"] in ("sent", "failed")
                             for row in self.practice.queue()))


@pytest.fixture(scope="module", params=[
    (servers, where) for servers in (OnPostfix, OnExim) for where in FIXED],
    ids=lambda p: f"{p[0].command.split('-')[0]}-{p[1]}")
def site(directory, request):
    servers, where = request.param
    site = Site(directory / f"{servers.command}-{where}", servers, where)
    yield site
    try:
        site.practice.stop()
    finally:
        site.practice.kill()
        site.mail.stop()
        site.far.stop()


def test_all_notices_have_it(site):
    notice = site.notice()
    assert notice.envelope_sender == site.fixed
    assert notice["Return-Path"] is not None
    # the bounce token is in the mail, answers have an address of their own
    assert notice.reply_to != site.fixed
    assert site.notice().reply_to != notice.reply_to


@pytest.mark.parametrize("name", ["moved", "away"])
def test_a_bounce_finds_its_address(site, name):
    """The practice's server, or another, took it and cannot deliver it; what
    it says comes back."""
    site.notice()
    practice = site.practice
    staying = Newcomer(practice, site.mail, "staying")
    staying.notice()
    practice.provision(name, "client", f"Client {name}",
                       f"{name}@clients.example")
    practice.relate(name, "provider1")
    provider = practice.session("provider1")
    thread = provider.write_to(provider.contact(name)["id"],
                               "words")["thread"]["id"]
    wait_for(lambda: provider.events(thread) == ["not-notified"], 30,
             lambda: site.far.log()[-3000:] + site.mail.log()[-3000:])
    assert site.health(name) == ("stopped", "dead")
    told = provider.contact(name)["thread"]["not_notified"]
    assert told["reason"] == "refused"
    assert practice.queue()[-1]["state"] == "failed"
    # all others went from the same sender
    for one in (site, staying):
        assert one.events() == [] and site.health(one.name) == ("good", None)
    assert (f"{name}@" in site.far.log()) == (name == "away")
    site.settled()
    assert site.left() == 0


def test_an_answer_to_the_sender_is_not_answered(site):
    """RFC 3834, section 4: where bounces go, nobody answers. A mailbox that
    gets other mail keeps it."""
    notice = site.notice()
    before, left = site.dropped(), site.left()
    site.send(CLIENT, site.fixed, answer_to(
        notice, CLIENT, "hello", To=site.fixed))
    wait_for(lambda: site.dropped() == before + 1)
    pause(1.5)
    assert site.prompts() == [] and site.events() == []
    assert site.left() == left + (site.where == "mailbox")


def test_an_answer_is_answered(site):
    """Once, though it went to the sender, too."""
    notice = site.notice()
    site.send(CLIENT, [notice.reply_to, site.fixed], answer_to(
        notice, CLIENT, "hello", Cc=site.fixed))
    prompt, = site.wait_prompts()
    assert prompt.envelope_sender == ""
    assert prompt.reply_to == notice.reply_to
    pause(1.5)
    assert len(site.prompts()) == 1
    assert site.events() == ["answered-by-mail"]


NO_TOKEN = "a" * 37
# what a stranger, who has no mail of ours, says came back
STRANGERS = {
    "nothing": "",
    "a mail of another's": "Message-ID: <1@far.example>",
    "a header of ours": f"X-Postern-Notice: b-{NO_TOKEN}",
    "a Message-ID of ours": f"Message-ID: <{NO_TOKEN}@practice.example>",
}


@pytest.mark.parametrize("returned", STRANGERS.values(), ids=STRANGERS.keys())
def test_a_forged_bounce_changes_nothing(site, returned):
    site.notice()
    site.settled()
    before = site.dropped()
    kept = site.practice.spaces("session")
    site.send("", site.fixed.upper(), bounce(site.fixed, CLIENT, returned))
    wait_for(lambda: site.dropped() == before + 1)
    assert site.practice.spaces("session") == kept
    assert site.health("client1") == ("good", None)
    assert "not-notified" not in site.events()


def test_others_are_refused_while_connected(site):
    notice = site.notice()
    domain = notice.reply_to.split("@")[1]
    for sender, address in (
            (CLIENT, forge(notice.reply_to)),
            ("", forge(notice.reply_to.replace("r-", "b-"))),
            ("", f"b-{NO_TOKEN}@reply.practice.example"),
            ("", "bounces2@reply.practice.example"),
            (CLIENT, "bounces+x@reply.practice.example")):
        if domain == address.split("@")[1]:
            code, _ = refusal(site.mail.send, sender, address,
                              bounce(address, CLIENT))
            assert code == 550, address
