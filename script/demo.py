# SPDX-License-Identifier: Apache-2.0
"""The demo and its tour; see script/demo. What runs here is what the system
tests run: tests/system/{postern,postfix,client,maildir,marks}.py."""

import argparse
import os
import pathlib
import signal
import sys
import textwrap
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests/system"))

import postern  # noqa: E402
from client import wait_for  # noqa: E402
from maildir import answer_to  # noqa: E402
from marks import search  # noqa: E402
from postfix import Postfix  # noqa: E402

PEOPLE = {
    "moreno": ("provider", "Dr. Ada Moreno", "ada.moreno@providers.example"),
    "lindqvist": ("provider", "Nils Lindqvist",
                  "nils.lindqvist@providers.example"),
    "becker": ("client", "Ann Becker", "ann.becker@clients.example"),
    "osei": ("client", "Kofi Osei", "kofi.osei@clients.example"),
}
RELATIONS = (("becker", "moreno"), ("becker", "lindqvist"),
             ("osei", "moreno"))


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


class Demo:
    """All that runs."""

    def __init__(self, directory):
        self.dir = directory
        self.dir.chmod(0o711)
        self.mail = Postfix(directory / "mail",
                            directory / "practice/run/lmtp.sock")
        settings = {"limits.session-idle": "12h"}
        if os.environ.get("SUDO_UID", "0") != "0":  # may use curl, too
            settings |= {"frontend you.user": os.environ["SUDO_UID"],
                         "frontend you.rights": "assert provision",
                         "frontend you.roles": "client provider"}
        self.practice = postern.Practice(
            directory / "practice",
            {"host": "localhost", "port": self.mail.submission_port,
             "tls": "starttls", "ca-file": self.mail.ca_file}, settings)
        self.boxes = {name: self.mail.maildir(address)
                      for name, (_, _, address) in PEOPLE.items()}

    def start(self):
        say("Starting the mail server ...")
        self.mail.start()
        say("Starting posternd and postern-bridge ...")
        self.practice.init()
        self.practice.start()
        for name, (role, full, address) in PEOPLE.items():
            self.practice.provision(name, role, full, address)
        for client, provider in RELATIONS:
            self.practice.relate(client, provider)
        say()

    def stop(self):
        try:
            self.practice.stop()
        finally:
            self.practice.kill()
            self.mail.stop()


# ---- to play with ------------------------------------------------------------
def write_curl_files(demo):
    """DIR/NAME.curl: curl's options for acting as somebody."""
    portal = demo.practice.run_dir / "portal.sock"
    portal.chmod(0o666)  # posternd looks at who connects
    for name in PEOPLE:
        token = demo.practice.session(name).token
        file = demo.dir / f"{name}.curl"
        file.touch(mode=0o600)
        file.write_text(f'unix-socket = "{portal}"\n'
                        f'header = "Authorization: Bearer {token}"\n'
                        'header = "Content-Type: application/json"\n'
                        'silent\nshow-error\nwrite-out = "\\n"\n')
        if "SUDO_UID" in os.environ:
            os.chown(file, int(os.environ["SUDO_UID"]), -1)


def explain(demo):
    """Where to look and what to type."""
    becker = demo.practice.session("becker").id
    ctl = postern.program("posternctl")
    say(f"""\
A practice is running on this machine's loopback, all of it in
    {demo.dir}

    practice/postern.conf    its configuration
    practice/*.log           what posternd and postern-bridge say
    mail/mail/               everybody's mail, as Maildirs

Dr. Ada Moreno and Nils Lindqvist are providers, Ann Becker and Kofi Osei are
clients. In another terminal, go there:

    cd {demo.dir}

Dr. Moreno looks at her caseload, and writes to Ann Becker:

    curl -K moreno.curl http://portal/v1/contacts
    curl -K moreno.curl -H "Idempotency-Key: $RANDOM$RANDOM" \\
        -d '{{"to":"{becker}","body":"Your results are in."}}' \\
        http://portal/v1/threads

Ann Becker gets a mail, which shows below. She signs in and reads (THREAD is
the id in the answer to the message):

    curl -K becker.curl http://portal/v1/threads
    curl -K becker.curl http://portal/v1/threads/THREAD/entries

Or she answers the mail instead; the line to type shows below it.

The practice's administrator:

    {ctl} --config practice/postern.conf status
    {ctl} --config practice/postern.conf queue list

Mails show here as they arrive. Ctrl-C stops all of it.
""")


def watch(demo):
    """Shows mails as they arrive, until interrupted."""
    shown = dict.fromkeys(demo.boxes, 0)
    while True:
        for name, box in demo.boxes.items():
            for mail in box.mails()[shown[name]:]:
                shown[name] += 1
                role, full, address = PEOPLE[name]
                say(f"{time.strftime('%H:%M:%S')}  mail for {full}")
                show_mail(mail)
                if mail["Reply-To"]:
                    say(f"""\
To answer it by mail:
    printf 'From: {address}\\nSubject: Re\\n\\nI will be late.\\n' | curl -s -T - \\
        --mail-from {address} --mail-rcpt {mail.reply_to} \\
        smtp://127.0.0.1:{demo.mail.outside_port}
""", 4)
        for program in (demo.practice.posternd, demo.practice.bridge):
            if not program.running():
                raise RuntimeError(f"{program.name} ended: {program.log()}")
        time.sleep(0.3)


def play(demo):
    write_curl_files(demo)
    explain(demo)
    try:
        watch(demo)
    except KeyboardInterrupt:
        say("\nStopping.")


# ---- the tour -------------------------------------------------------------------
class Tour:
    """The main job in six steps, and what is promised at each."""

    SAID = "Ann, the biopsy is benign. Let us talk on Thursday."
    MAILED = "Is it cancer? I cannot sleep. Please call me at 555 0199."
    WRITTEN = "Thank you, Dr. Moreno. Thursday at ten is good for me."

    def __init__(self, demo):
        self.demo = demo
        self.practice = demo.practice
        self.broken = 0
        self.checked = 0

    def step(self, number, text):
        say(f"{number}. {text}\n")

    def check(self, promise, holds):
        self.checked += 1
        self.broken += not holds
        say(f"{'holds ' if holds else 'BROKEN'}  {promise}", 4)

    def next_mail(self, name, count):
        mail = self.demo.boxes[name].wait(count, 30)[count - 1]
        say(f"\n{PEOPLE[name][1]} gets this mail:\n", 4)
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
        provider = self.practice.session("moreno")
        contact = provider.contact("becker")
        say(f'POST /v1/threads  "{self.SAID}"', 4)
        opened = provider.write_to(contact["id"], self.SAID)
        self.practice.posternd.kill()
        say("201 Created, and that very moment: kill -9 posternd\n", 4)
        self.thread = opened["thread"]["id"]
        self.step(2, "The message was sealed and on disk before the answer.")
        self.practice.start_posternd()
        self.provider = self.practice.session("moreno")
        self.check("after a restart the message is there, whole, once",
                   self.provider.messages(self.thread) == [self.SAID])
        self.check("the database shows nothing of it", not self.in_store())

    def in_store(self):
        words = (self.SAID, self.MAILED, self.WRITTEN, "biopsy", "Becker",
                 PEOPLE["becker"][2])
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
        address = PEOPLE["becker"][2]
        self.demo.mail.send(address, notice.reply_to,
                            answer_to(notice, address, self.MAILED))
        say("And once more, a moment later.\n", 4)
        self.demo.mail.send(address, notice.reply_to,
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
        self.demo.mail.wait_empty()
        postern.pause(2)
        self.check("two answers, one prompt",
                   len(self.demo.boxes["becker"]) == 2)

    def client_signs_in(self):
        say()
        self.step(6, "She signs in, reads, and answers in the thread.")
        client = self.practice.session("becker")
        self.check("she reads what was written, as it was written",
                   client.messages(self.thread) == [self.SAID])
        last = client.entries(self.thread)[-1]["seq"]
        client.mark_read(self.thread, last)
        self.check("nothing is unread for her any more",
                   client.unread() == 0)
        self.provider.mark_read(self.thread, last)
        before = len(self.demo.boxes["moreno"])
        client.write(self.thread, self.WRITTEN)
        self.check("Dr. Moreno has one unread message",
                   self.provider.unread() == 1)
        self.next_mail("moreno", before + 1)
        self.check("Dr. Moreno reads it", self.provider.messages(
            self.thread) == [self.SAID, self.WRITTEN])
        other = self.practice.session("lindqvist")
        self.check("another provider does not even learn that there is one",
                   other.call("GET", f"/v1/threads/{self.thread}/entries"
                              ).status == 404)

    def nothing_leaked(self):
        say()
        say("In the end, all of it is searched: plain, base64, "
            "quoted-printable, hex, UTF-16.\n")
        words = (self.SAID, self.MAILED, self.WRITTEN, "biopsy", "cancer")
        mails = [mail for box in self.demo.mail.maildirs().values()
                 for mail in box.mails()]
        wait_for(lambda: {row["state"] for row in self.practice.queue()}
                 == {"sent"}, 20)
        self.check(f"not one byte of any message in any of {len(mails)} "
                   "mails", not any(search(m.raw, words) for m in mails))
        self.check("nor in any log", not search(
            self.practice.logs().encode(), (*words, "Becker",
                                            PEOPLE["becker"][2])))
        self.practice.stop()
        self.check("nor in the database, where names and addresses are "
                   "sealed too", not self.in_store())


def main():
    parser = argparse.ArgumentParser(prog="script/demo", add_help=False)
    parser.add_argument("--tour", action="store_true")
    parser.add_argument("--dir", type=pathlib.Path)
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    if arguments.dir:
        arguments.dir.mkdir(parents=True)  # never into somebody's directory
        directory = arguments.dir.resolve()
    else:
        directory = postern.new_directory("postern-demo-")
    demo = Demo(directory)
    try:
        demo.start()
        if arguments.tour:
            return Tour(demo).run()
        play(demo)
        return 0
    except KeyboardInterrupt:
        return 130
    finally:
        demo.stop()
        if arguments.dir:
            say(f"Everything is still in {directory}.")
        else:
            postern.remove(directory)


if __name__ == "__main__":
    sys.exit(main())
