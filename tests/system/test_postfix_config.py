# SPDX-License-Identifier: Apache-2.0
"""The lines `posternctl postfix-config` prints, as they are, in a Postfix."""

import postern
import pytest
from conftest import DESCRIPTION, relay_settings
from correspondent import Correspondent, forge, refusal
from maildir import answer_to
from postfix import Postfix

CLIENT = "client1@clients.example"


@pytest.mark.parametrize("style", ["domain", "plus"])
def test_printed_lines_work(directory, style):
    place = directory / style
    mail = Postfix(place / "mail", None)
    settings = {"sockets.lmtp": mail.dir / "queue/private/postern"}
    if style == "plus":
        settings |= {"mail.address-style": "plus",
                     "mail.mailbox": "notices@practice.example"}
    practice = postern.Practice(place / "p", relay_settings(mail), settings,
                                observe=DESCRIPTION.check)
    practice.lmtp_socket = settings["sockets.lmtp"]
    mail.configure(practice.printed("postfix-config"))
    client = Correspondent(practice, mail.maildir(CLIENT))
    try:
        mail.start()
        practice.init()
        practice.start()
        practice.enrol(1)
        notice = client.notice()
        data = answer_to(notice, CLIENT, "hello")
        mail.send(CLIENT, notice.reply_to, data)
        assert client.wait_prompts()[0].envelope_sender == ""
        code, _ = refusal(mail.send, CLIENT, forge(notice.reply_to), data)
        assert code == 550
        practice.stop()
    finally:
        practice.kill()
        mail.stop()
