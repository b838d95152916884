# SPDX-License-Identifier: Apache-2.0
"""postern-deliver below a real Postfix, with the lines of its manual page: as
a transport (pipe(8)) and from an aliases file (local(8))."""

import re

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION, relay_settings
from correspondent import Correspondent
from machine import free_port
from maildir import answer_to
from postern import SOURCE
from postfix import Postfix, write_aged

CLIENT = "client1@clients.example"
LOCAL = "local unix - n n - - local\n"


def examples():
    """The manual page's: (master.cf, main.cf, aliases)."""
    page = (SOURCE / "docs/man/postern-deliver.8").read_text()
    blocks = re.findall(r"(?ms)^\.EX\n(.*?)^\.EE$", page)
    return blocks[:3]


class Site(Correspondent):
    def __init__(self, place, style):
        place.mkdir()
        place.chmod(0o711)
        self.mail = Postfix(place / "mail", None)
        self.port = free_port()
        program = place / "postern-deliver"
        program.write_bytes(postern.program("postern-deliver").read_bytes())
        program.chmod(0o755)
        master, main, aliases = (
            text.replace("/usr/bin/postern-deliver", str(program))
            .replace("127.0.0.1:8024", f"127.0.0.1:{self.port}")
            for text in examples())
        settings = {"sockets.lmtp-tcp": f"127.0.0.1:{self.port}"}
        if style == "aliases":
            settings |= {"mail.address-style": "plus",
                         "mail.mailbox": "notices@local.example"}
            master = LOCAL
            write_aged(self.mail.dir / "etc/aliases", aliases)
            main = ("virtual_alias_maps =\nmydestination = local.example\n"
                    "local_transport = local\nlocal_recipient_maps =\n"
                    "allow_mail_to_commands = alias\n"
                    f"alias_maps = hash:{self.mail.dir}/etc/aliases\n")
        self.mail.set_replies(main)
        if style == "aliases":
            self.mail.tool("postalias", f"hash:{self.mail.dir}/etc/aliases")
        file = self.mail.dir / "etc/master.cf"
        write_aged(file, file.read_text() + master)
        super().__init__(postern.Practice(
            place / "p", relay_settings(self.mail), settings,
            observe=DESCRIPTION.check), self.mail.maildir(CLIENT))
        self.mail.maildir("provider1@providers.example")
        self.mail.start()
        self.practice.init()
        self.practice.start()
        self.practice.enrol()


@pytest.fixture(scope="module", params=["pipe", "aliases"])
def site(directory, request):
    site = Site(directory / request.param, request.param)
    yield site
    try:
        site.practice.stop()
    finally:
        site.practice.kill()
        site.mail.stop()


def test_a_person_and_a_bounce(site):
    notice = site.notice()
    site.mail.send(CLIENT, notice.reply_to, answer_to(notice, CLIENT, "hello"))
    wait_for(lambda: site.practice.recorded("person") == 1, 60, site.mail.log)
    # the null sender arrives as one
    site.mail.send("", notice.envelope_sender,
                   b"Subject: failed\r\n\r\nsorry\r\n")
    wait_for(lambda: site.practice.recorded("bounce") == 1, 60, site.mail.log)
    site.mail.wait_empty()


def test_in_doubt_it_stays_in_the_queue(site):
    notice = site.notice()
    before = site.practice.recorded("person")
    site.practice.posternd.kill()
    site.mail.send(CLIENT, notice.reply_to, answer_to(notice, CLIENT, "hello"))

    def became(status):
        return [line for line in site.mail.log().split("\n")
                if f"status={status}" in line and notice.reply_to in line]
    # a mail that is tried again is between two queues for a moment
    wait_for(lambda: became("deferred") and site.mail.queue_ids(), 60,
             lambda: "\n".join(x for x in site.mail.log().split("\n")
                               if "warning" not in x)[-2500:])
    assert site.practice.recorded("person") == before
    site.practice.start_posternd()
    wait_for(lambda: site.practice.recorded("person") == before + 1, 60,
             site.mail.log)
    site.mail.wait_empty(60)
    assert site.practice.recorded("person") == before + 1
    assert not became("bounced")
