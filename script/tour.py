# SPDX-License-Identifier: Apache-2.0
"""The tour of script/demo: the main job, and what is promised at each
step."""

import textwrap

import postern
from client import wait_for
from lakeside import PEOPLE
from maildir import answer_to
from marks import search


def say(text="", indent=0):
    print(textwrap.indent(text, " " * indent), flush=True)


def show_mail(mail):
    """A mail as it was received: the lines people see, and the text."""
    lines = [f"Return-Path: <{mail.envelope_sender}>"]
    lines += [f"{h}: {mail[h]}" for h in (
        "From", "To", "Reply-To", "Subject", "Auto-Submitted", "Message-ID")
        if mail[h]]
    lines += ["", *mail.text().strip().splitlines()]
    say("\n".join(f"| {line}".rstrip() for line in lines), 4)
    say()


class Tour:
    """The main job in six steps, and what is promised at each."""

    SAID = "Ann, the biopsy is benign. Let us talk on Thursday."
    MAILED = "Is it cancer? I cannot sleep. Please call me at 555 0199."
    WRITTEN = "Thank you, Dr. Moreno. Thursday at ten is good for me."

    def __init__(self, place):
        self.place = place
        self.practice = place.practice
        self.broken = 0
        self.checked = 0

    def step(self, number, text):
        say(f"{number}. {text}\n")

    def check(self, promise, holds):
        self.checked += 1
        self.broken += not holds
        say(f"{'holds ' if holds else 'BROKEN'}  {promise}", 4)

    def next_mail(self, name, count):
        mail = self.place.boxes[name].wait(count, 30)[count - 1]
        say(f"\n{PEOPLE[name].name} gets this mail:\n", 4)
        show_mail(mail)
        return mail

    def run(self):
        self.provider_writes()
        notice = self.client_is_notified()
        self.client_answers_mail(notice)
        self.client_is_prompted()
        self.client_signs_in()
        self.nothing_leaked()
        say()
        if self.broken:
            say(f"{self.broken} of {self.checked} promises are broken.")
            return 1
        say(f"All {self.checked} promises hold.")
        return 0

    def provider_writes(self):
        self.step(1, "Dr. Moreno writes to Ann Becker, in a thread of the "
                  "portal.")
        provider = self.place.session("moreno")
        contact = provider.contact(PEOPLE["becker"].name)
        say(f'POST /v1/threads  "{self.SAID}"', 4)
        opened = provider.write_to(contact["id"], self.SAID)
        self.practice.posternd.kill()
        say("201 Created, and that very moment: kill -9 posternd\n", 4)
        self.thread = opened["thread"]["id"]
        self.step(2, "The message was sealed and on disk before the answer.")
        self.practice.start_posternd()
        self.provider = self.place.session("moreno")
        self.check("after a restart the message is there, whole, once",
                   self.provider.messages(self.thread) == [self.SAID])
        self.check("the database shows nothing of it", not self.in_store())

    def in_store(self):
        words = (self.SAID, self.MAILED, self.WRITTEN, "biopsy", "Becker",
                 PEOPLE["becker"].address)
        return [hit for file in self.practice.store_dir.rglob("*")
                if file.is_file() for hit in search(file.read_bytes(), words)]

    def client_is_notified(self):
        say()
        self.step(3, "Ann Becker gets an e-mail, through a real mail server: "
                  "a link, no content.")
        notice = self.next_mail("becker", 1)
        self.check("it holds one link, to a page behind the sign-in",
                   "/t/" in notice.link())
        self.check("not one byte of the message is in it",
                   not search(notice.raw, (self.SAID, "biopsy")))
        self.check("it says that answers to it are not read",
                   "not read" in " ".join(notice.text().split()))
        return notice

    def client_answers_mail(self, notice):
        say()
        self.step(4, "Instead of signing in, she answers the e-mail.")
        say(f'"{self.MAILED}"\n', 4)
        address = PEOPLE["becker"].address
        self.place.mail.send(address, notice.reply_to,
                            answer_to(notice, address, self.MAILED))
        say("And once more, a moment later.\n", 4)
        self.place.mail.send(address, notice.reply_to,
                            answer_to(notice, address, self.MAILED))

    def client_is_prompted(self):
        self.step(5, "She gets one prompt. What she wrote is kept nowhere; "
                  "the thread shows\n   that she tried, and Dr. Moreno is "
                  "told.")
        prompt = self.next_mail("becker", 2)
        text = " ".join(prompt.text().split())
        self.check("it says where to turn in an emergency",
                   postern.EMERGENCY in text)
        self.check("it quotes nothing of what she wrote",
                   not search(prompt.raw, (self.MAILED, "cancer")))
        told = self.next_mail("moreno", 1)
        self.check("the provider's mail does not either",
                   not search(told.raw, (self.MAILED, "cancer")))
        events = self.provider.events(self.thread)
        self.check('the thread shows "answered-by-mail"',
                   "answered-by-mail" in events)
        self.place.mail.wait_empty()
        postern.pause(2)
        self.check("two answers, one prompt",
                   len(self.place.boxes["becker"]) == 2)

    def client_signs_in(self):
        say()
        self.step(6, "She signs in, reads, and answers in the thread.")
        client = self.place.session("becker")
        self.check("she reads what was written, as it was written",
                   client.messages(self.thread) == [self.SAID])
        last = client.entries(self.thread)[-1]["seq"]
        client.mark_read(self.thread, last)
        self.check("nothing is unread for her any more",
                   client.unread() == 0)
        self.provider.mark_read(self.thread, last)
        before = len(self.place.boxes["moreno"])
        client.write(self.thread, self.WRITTEN)
        self.check("Dr. Moreno has one unread message",
                   self.provider.unread() == 1)
        self.next_mail("moreno", before + 1)
        self.check("Dr. Moreno reads it", self.provider.messages(
            self.thread) == [self.SAID, self.WRITTEN])
        other = self.place.session("lindqvist")
        self.check("another provider does not even learn that there is one",
                   other.call("GET", f"/v1/threads/{self.thread}/entries"
                              ).status == 404)

    def nothing_leaked(self):
        say()
        say("In the end, all of it is searched: plain, base64, "
            "quoted-printable, hex, UTF-16.\n")
        words = (self.SAID, self.MAILED, self.WRITTEN, "biopsy", "cancer")
        mails = [mail for box in self.place.mail.maildirs().values()
                 for mail in box.mails()]
        wait_for(lambda: {row["state"] for row in self.practice.queue()}
                 == {"sent"}, 20)
        self.check(f"not one byte of any message in any of {len(mails)} "
                   "mails", not any(search(m.raw, words) for m in mails))
        self.check("nor in any log", not search(
            self.practice.logs().encode(), (*words, "Becker",
                                            PEOPLE["becker"].address)))
        self.practice.stop()
        self.check("nor in the database, where names and addresses are "
                   "sealed too", not self.in_store())
