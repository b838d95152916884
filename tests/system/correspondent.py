# SPDX-License-Identifier: Apache-2.0
"""A client who is written to and answers by mail: what each door is tried
with."""

import smtplib
import uuid

import pytest
from client import wait_for


class Correspondent:
    """The client NAME of a practice, whose mail lands in BOX."""

    def __init__(self, practice, box, name="client1"):
        self.practice, self.box, self.name = practice, box, name
        self.thread = None

    def notice(self):
        """provider1 writes to the client; the mail that makes."""
        before = len(self.notices())
        provider = self.practice.session("provider1")
        opened = provider.write_to(provider.contact(self.name)["id"], "words")
        self.thread = opened["thread"]["id"]
        wait_for(lambda: len(self.notices()) > before, 60,
                 lambda: self.practice.bridge.log()[-3000:])
        return self.notices()[-1]

    def notices(self):
        return self.box.notices()

    def prompts(self):
        return self.box.prompts()

    def wait_prompts(self, count=1, seconds=60):
        wait_for(lambda: len(self.prompts()) >= count, seconds,
                 lambda: self.practice.bridge.log()[-3000:])
        return self.prompts()

    def events(self):
        """Of the thread, as provider1 sees them."""
        return self.practice.session("provider1").events(self.thread)


class Newcomer(Correspondent):
    """A client of one's own, NAME@clients.example on a mail server."""

    def __init__(self, practice, mail, name=None):
        name = name or f"newcomer{uuid.uuid4().hex[:8]}"
        self.address = f"{name}@clients.example"
        super().__init__(practice, mail.maildir(self.address), name)
        self.id = practice.provision(name, "client", f"Client {name}",
                                     self.address)["id"]
        practice.relate(name, "provider1")


def forge(address):
    """One that looks like it, and that nobody was ever given."""
    local, domain = address.split("@")
    return f"{local[:-1]}{'ab'[local[-1] == 'a']}@{domain}"


def refusal(send, *mail):
    """What the one recipient is refused with at RCPT: (code, text)."""
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(*mail)
    answer, = refused.value.recipients.values()
    return answer


def bounce(to, final, returned=""):
    """A mail server's report that FINAL does not exist, with the header that
    it says came back: bytes."""
    if returned:
        returned = ("--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
                    f"{returned}\r\n\r\n")
    return (f"From: MAILER-DAEMON@far.example\r\nTo: {to}\r\n"
            "Subject: Undelivered Mail Returned to Sender\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/report; "
            'report-type=delivery-status; boundary="x"\r\n\r\n'
            "--x\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
            "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; far.example\r\n\r\n"
            f"Final-Recipient: rfc822; {final}\r\nAction: failed\r\n"
            f"Status: 5.1.1\r\n\r\n{returned}--x--\r\n").encode()
