# SPDX-License-Identifier: Apache-2.0
"""Mail that goes in circles: robots that answer everything, lists, another
Postern. Each circle ends after one prompt at the latest."""

import re
import uuid

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION, relay_settings
from correspondent import Newcomer
from postfix import Postfix, write_aged

ROUNDS = 6


def settle(mail, *practices):
    """Until nothing is under way: a verdict is durable before its mail leaves
    the mail server, and what it makes is queued with it."""
    def still():
        mail.wait_empty()
        before = [practice.queue() for practice in practices]
        mail.wait_empty()
        return before == [practice.queue() for practice in practices] and all(
            row["state"] in ("sent", "failed", "cancelled")
            for rows in before for row in rows)
    wait_for(still, 120, lambda: [practice.queue() for practice in practices])


class Looping(Newcomer):
    """A client whose mail is read by a robot."""

    def __init__(self, practice, mail):
        super().__init__(practice, mail)
        self.mail = mail
        self.notice()

    def run(self, answer):
        """ANSWER turns a mail into (sender, bytes). The prompts that made."""
        read = 0
        for _ in range(ROUNDS):
            mails = self.box.mails()
            if len(mails) == read:
                break
            for one in mails[read:]:
                sender, data = answer(one)
                self.mail.send(sender, one.reply_to, data)
            read = len(mails)
            settle(self.mail, self.practice)
        return self.prompts()


@pytest.fixture
def looping(practice, mail):
    return Looping(practice, mail)


def bare(one, sender, subject, body, extra=""):
    return (f"From: <{sender}>\r\nTo: {one.reply_to}\r\n"
            f"Subject: {subject}\r\n"
            f"Message-ID: <{uuid.uuid4().hex}@far.example>\r\n{extra}"
            f"\r\n{body}\r\n").encode()


@pytest.mark.parametrize("subject", ["Re: your mail", "I am away", ""])
def test_a_robot_with_changing_addresses(looping, subject):
    """No header says what it is, and each time somebody else writes: it
    cannot be told from a person, so it gets one prompt, and no second."""
    def answer(one):
        sender = f"{uuid.uuid4().hex}@{uuid.uuid4().hex[:8]}.example"
        return sender, bare(one, sender, subject, "I am on holiday.")

    assert len(looping.run(answer)) == 1


def test_a_list_that_says_so(looping):
    """It sends what it gets to all of its members, our address among them."""
    def answer(one):
        return "list-bounces@lists.example", (
            b"List-Id: <all.lists.example>\r\nPrecedence: list\r\n" + one.raw)

    assert looping.run(answer) == []


def test_a_list_that_rewrites_what_it_gets(looping):
    def answer(one):
        return "list-bounces@lists.example", bare(
            one, "list@lists.example", str(one["Subject"]), one.text(),
            "List-Id: <all.lists.example>\r\n")

    assert looping.run(answer) == []


def test_a_forwarder_that_hides_what_it_is(looping):
    def answer(one):
        return "all@lists.example", bare(
            one, "all@lists.example", str(one["Subject"]), one.text())

    assert len(looping.run(answer)) == 1


# ---- two of us --------------------------------------------------------------

DOMAINS = ("reply.practice.example", "reply.other.example")


@pytest.fixture(scope="module", params=["as they are", "header taken off"])
def pair(directory, request):
    """Two practices on one Postfix, which may take off what says that a mail
    was made by a machine."""
    place = directory / request.param.replace(" ", "-")
    place.mkdir()
    place.chmod(0o711)
    mail = Postfix(place / "mail", None)
    lines = f"relay_domains = {' '.join(DOMAINS)}\ntransport_maps = inline:{{"
    for i, domain in enumerate(DOMAINS):
        lines += f" {{ {domain} = lmtp:unix:{place}/{i}/run/lmtp.sock }}"
    lines += " }\n"
    if request.param == "header taken off":
        write_aged(mail.dir / "etc/checks",
                   "/^(Auto-Submitted|X-Auto-Response-Suppress):/ IGNORE\n")
        lines += f"header_checks = regexp:{mail.dir}/etc/checks\n"
    mail.set_replies(lines)
    mail.maildir("provider1@providers.example")
    mail.start()
    practices = []
    for i, domain in enumerate(DOMAINS):
        practices.append(postern.Practice(
            place / str(i), relay_settings(mail), {
                "mail.reply-domain": domain,
                "mail.from": f"portal@{domain.split('.', 1)[1]}"},
            observe=DESCRIPTION.check))
        practices[-1].init()
        practices[-1].start()
        practices[-1].enrol(1)
    yield mail, *practices
    try:
        for practice in practices:
            practice.stop()
    finally:
        for practice in practices:
            practice.kill()
        mail.stop()


def test_two_posterns(pair):
    """Each one's reply address is the address on file of the other's
    client."""
    mail, *practices = pair

    def write(practice):
        provider = practice.session("provider1")
        provider.write_to(provider.contact("client1")["id"], "words")

    box = mail.maildir("client1@clients.example")
    addresses = []
    for practice in practices:
        before = len(box)
        write(practice)
        addresses.append(box.wait(before + 1)[-1].reply_to)
    assert [a.split("@")[1] for a in addresses] == list(DOMAINS)
    for practice, address in zip(practices, reversed(addresses)):
        practice.provision("client1", "client", "Client 1", address)
    for practice in practices:
        write(practice)

    def verdicts():
        return [re.findall(r"lmtp: (\S+), .*, recorded", p.bridge.log())
                for p in practices]

    wait_for(lambda: all(verdicts()), 60, mail.log)
    settle(mail, *practices)
    ended = verdicts()
    # the other's notice, and at most the prompt that it made
    assert all(len(v) <= 2 for v in ended), ended
    assert all(v.count("person") <= 1 for v in ended), ended
