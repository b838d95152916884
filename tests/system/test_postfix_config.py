# SPDX-License-Identifier: Apache-2.0
"""The lines `posternctl postfix-config` prints, as they are, in a Postfix."""

import smtplib

import postern
import pytest
from conftest import DESCRIPTION, relay_settings
from maildir import answer_to
from postfix import Postfix

CLIENT = "client1@clients.example"


def printed(practice):
    done = postern.Program("posternctl", [], practice.dir / "log").run(
        "postfix-config", "--config", practice.config)
    assert done.returncode == 0, done.stderr
    return done.stdout


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
    lines = printed(practice)
    if style == "plus":
        # the two tables it says to make
        table = {}
        for line in lines.splitlines():
            if line.startswith("# /etc/postfix/"):
                name = line.removeprefix("# ")
            elif line.startswith("#\t/"):
                table.setdefault(name, []).append(line[2:])
        assert len(table) == 2, lines
        for name, rows in table.items():
            file = mail.dir / "etc" / name.rsplit("/", 1)[1]
            file.write_text("\n".join(rows) + "\n")
            lines = lines.replace(name, str(file))
    mail.set_replies(lines)
    box = mail.maildir(CLIENT)
    try:
        mail.start()
        practice.init()
        practice.start()
        practice.enrol(1)
        provider = practice.session("provider1")
        provider.write_to(provider.contact("client1")["id"], "words")
        notice = box.wait(1)[0]
        mail.send(CLIENT, notice.reply_to,
                  answer_to(notice, CLIENT, "hello"))
        assert box.wait(2)[1].envelope_sender == ""
        local, domain = notice.reply_to.split("@")
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            mail.send(CLIENT, f"{local[:-1]}{'ab'[local[-1] == 'a']}@{domain}",
                      answer_to(notice, CLIENT, "hello"))
        (code, _), = refused.value.recipients.values()
        assert code == 550
        practice.stop()
    finally:
        practice.kill()
        mail.stop()
