# SPDX-License-Identifier: Apache-2.0
"""What comes back by mail: who is answered, how often, and who never is."""

import smtplib
import uuid

import pytest
from client import wait_for
from correspondent import Newcomer, bounce, refusal
from maildir import answer_to
from marks import children, read_memory, search

HOUR = 3600


class Place(Newcomer):
    """A practice on a Postfix, with one client of one's own."""

    def __init__(self, practice, mail):
        super().__init__(practice, mail)
        self.mail = mail

    def answered(self):
        return self.events().count("answered-by-mail")

    def reply(self, notice, body="hello", sender=None, **headers):
        self.mail.send(self.address if sender is None else sender,
                       notice.reply_to, answer_to(notice, self.address, body, **headers))

    def quiet(self, prompts=0):
        """Whatever was sent has been dealt with, and no prompt came of it: it
        would be put down with the verdict, go out, and arrive."""
        self.mail.wait_empty()
        wait_for(lambda: {r["state"] for r in self.practice.queue()
                          }.isdisjoint(("pending", "leased")), 30,
                 self.practice.queue)
        self.mail.wait_empty()
        assert len(self.prompts()) == prompts


@pytest.fixture
def place(practice, mail):
    return Place(practice, mail)


def test_person_gets_one_prompt(place):
    notice = place.notice()
    place.reply(notice)
    prompt = place.wait_prompts(1)[0]
    assert prompt.envelope_sender == ""
    assert prompt["To"].addresses[0].addr_spec == place.address
    assert prompt.reply_to == notice.reply_to
    assert place.answered() == 1
    # another answer to the same mail, and one to another mail
    other = place.notice()
    place.reply(notice, "again")
    place.reply(other, "and again")
    place.quiet(prompts=1)


def test_nothing_stays_in_memory(place):
    """A moment later what was written is in no process of the bridge."""
    mark = f"canary{uuid.uuid4().hex}"
    notice = place.notice()
    place.reply(notice, f"{mark} = " * 50)
    place.wait_prompts(1)
    bridge = place.practice.bridge.process.pid
    # who has judged it leaves soon after: all else is to be seen without it
    wait_for(lambda: not any(children(s) for s in children(bridge)))
    memory = b"".join(map(read_memory, [bridge, *children(bridge)]))
    assert len(memory) > 1 << 20
    # the search does see what is there
    assert search(memory, ["portal@practice.example"], ("plain",))
    assert search(memory, [mark], ("plain", "base64", "utf-16")) == []


def test_prompt_goes_to_the_address_on_file(place, mail):
    """Whoever the mail says it is from."""
    elsewhere = mail.maildir("elsewhere@clients.example")
    notice = place.notice()
    place.reply(notice, sender="elsewhere@clients.example",
                **{"From": "<elsewhere@clients.example>",
                   "Reply-To": "elsewhere@clients.example",
                   "Sender": "elsewhere@clients.example"})
    place.wait_prompts(1)
    place.quiet(prompts=1)
    assert len(elsewhere) == 0
    assert place.answered() == 1


def test_prompt_limit_survives_restarts(place):
    """One in 24 hours, whatever is restarted in between, then one more."""
    notice = place.notice()
    place.reply(notice)
    place.wait_prompts(1)
    place.practice.posternd.kill()
    place.practice.bridge.kill()
    place.practice.start()
    place.reply(notice, "after a kill")
    place.quiet(prompts=1)
    place.practice.advance(23 * HOUR)
    place.reply(notice, "the same day")
    place.quiet(prompts=1)
    place.practice.advance(2 * HOUR)
    place.reply(notice, "the next day")
    place.wait_prompts(2)


def test_five_prompts_a_week(place):
    notice = place.notice()
    for day in range(7):
        place.reply(notice, f"day {day}")
        if day < 5:
            place.wait_prompts(day + 1)
        else:
            place.quiet(prompts=5)
        place.practice.advance(25 * HOUR)


def test_expired_token(place):
    """Accepted, and its owner is prompted: nobody is told "user unknown"."""
    notice = place.notice()
    place.practice.advance(100 * 24 * HOUR)
    place.reply(notice, "so late")
    place.wait_prompts(1)


def test_disabled_participant(place):
    """Accepted and dropped."""
    notice = place.notice()
    place.practice.admin.call(
        "POST", f"/v1/admin/participants/{place.name}/disable", {}
    ).expect(200)
    place.reply(notice)
    place.quiet()


@pytest.mark.parametrize("change", [
    lambda a: "r-" + "a" * 37 + "@" + a.split("@")[1],
    lambda a: a.replace("r-", "b-", 1),
    lambda a: a.replace("r-", "x-", 1),
    lambda a: a.replace("r-", "", 1),
    lambda a: a.split("@")[0][:-1] + "@" + a.split("@")[1],
    lambda a: a.split("@")[0] + "a@" + a.split("@")[1],
    lambda a: a[:10] + ("b" if a[10] == "a" else "a") + a[11:],
    lambda a: "postmaster2@" + a.split("@")[1]],
    ids=["made up", "as a bounce", "other label", "no label", "short",
         "long", "one letter", "a name"])
def test_forged_token(place, mail, change):
    """550 at SMTP time: no bounce carries anybody's words."""
    notice = place.notice()
    forged = change(notice.reply_to)
    code, text = refusal(mail.send, place.address, forged,
                         answer_to(notice, place.address, "hello"))
    assert code == 550 and text.startswith(b"5.1.1"), (code, text)
    assert place.box.mails()[-1].raw == notice.raw


def test_upper_case_token(place, mail):
    """Mail systems fold the case of addresses."""
    notice = place.notice()
    mail.send(place.address, notice.reply_to.upper(),
              answer_to(notice, place.address, "hello"))
    place.wait_prompts(1)


AUTOMATIC = {
    "auto-replied": {"Auto-Submitted": "auto-replied"},
    "auto-generated": {"Auto-Submitted": "auto-generated"},
    "with a comment": {"Auto-Submitted": "(hi) auto-replied; owner=x"},
    "upper case": {"AUTO-SUBMITTED": "Auto-Replied"},
}


@pytest.mark.parametrize("headers", AUTOMATIC.values(), ids=AUTOMATIC.keys())
def test_machines_are_not_answered(place, headers):
    notice = place.notice()
    place.reply(notice, "I am on holiday", **headers)
    place.quiet()
    assert place.answered() == 0


def test_null_sender_is_not_answered(place):
    notice = place.notice()
    place.reply(notice, "an error", sender="")
    place.quiet()
    assert place.answered() == 0


def test_auto_submitted_no_is_a_person(place):
    place.reply(place.notice(), **{"Auto-Submitted": "no"})
    place.wait_prompts(1)
    assert place.answered() == 1


def test_own_mail_is_not_answered(place, mail):
    """A notification that is sent back to us ends there."""
    notice = place.notice()
    mail.send(place.address, notice.reply_to, notice.raw)
    place.quiet()
    place.reply(notice)
    prompt = place.wait_prompts(1)[0]
    mail.send(place.address, notice.reply_to, prompt.raw)
    place.quiet(prompts=1)


def test_mail_to_the_bounce_address_is_not_answered(place, mail):
    notice = place.notice()
    mail.send(place.address, notice.envelope_sender,
              answer_to(notice, place.address, "hello"))
    place.quiet()


def messages(practice):
    """What was put down to be mailed of messages, oldest first."""
    return [row for row in practice.queue() if row["kind"] == "message"]


def test_bounce_after_acceptance(practice, mail):
    """The address takes the mail and bounces it: the provider is told."""
    # accepted by the submission port, and nobody has it
    practice.provision("bounced", "client", "Bounced Client",
                       "moved@clients.example")
    practice.relate("bounced", "provider1")
    provider = practice.session("provider1")
    thread = provider.write_to(provider.contact("bounced")["id"],
                               "words")["thread"]["id"]
    wait_for(lambda: "not-notified" in provider.events(thread), 30,
             lambda: mail.log()[-3000:])
    assert messages(practice)[-1]["state"] == "failed"


def test_refused_at_once(practice, mail):
    """The address is refused at RCPT: failed, and the provider is told."""
    practice.provision("refused", "client", "Refused Client",
                       "gone-away@clients.example")
    practice.relate("refused", "provider1")
    provider = practice.session("provider1")
    thread = provider.write_to(provider.contact("refused")["id"],
                               "words")["thread"]["id"]
    wait_for(lambda: "not-notified" in provider.events(thread))
    assert messages(practice)[-1]["state"] == "failed"


def test_forged_bounce(place, mail):
    """A bounce without a genuine token changes nothing."""
    notice = place.notice()
    forged = "b-" + "a" * 37 + "@reply.practice.example"
    refusal(mail.send, "", forged, bounce(forged, place.address))
    # a bounce to the reply address is not one either
    mail.send("", notice.reply_to, bounce(notice.reply_to, place.address))
    place.quiet()
    assert place.events() == []


@pytest.mark.parametrize("data", [
    b"\r\n", b"\r\nhello\r\n", b"no header at all\r\n",
    b"Subject: " + b"x" * 900 + b"\r\n\r\n",
    b"From: \xff\xfe\r\nSubject: =?utf-9?Q?=FF?=\r\n\r\n\x00\x01\r\n",
    b"Content-Type: multipart/mixed; boundary=\"\\\"\"\r\n\r\n--\"\r\n",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"".join(
        b"--x\r\nContent-Type: multipart/mixed; boundary=x%d\r\n\r\n" % i
        for i in range(500)),
    b"From: " + b"g:" * 3000 + b"\r\n\r\nhi\r\n",
    b"".join(b"X-%d: y\r\n" % i for i in range(3000)) + b"\r\nhi\r\n",
], ids=["empty", "no header", "no colon", "long", "bytes", "boundary",
        "nested", "groups", "many headers"])
def test_strange_mail_is_taken_and_survived(place, mail, data):
    """It ends in a verdict; the bridge goes on and knows the next person."""
    notice = place.notice()
    mail.send(place.address, notice.reply_to, data)
    mail.wait_empty()
    assert place.practice.bridge.running()
    other = Place(place.practice, mail)
    other.reply(other.notice())
    other.wait_prompts(1)


def test_address_in_utf8(place, mail):
    """RFC 6531: someone whose address is not ASCII is a person too."""
    notice = place.notice()
    data = ("From: <jürgen@clients.example>\r\nSubject: Re: grüezi\r\n\r\n"
            "hello\r\n").encode()
    with smtplib.SMTP("127.0.0.1", mail.outside_port, timeout=60) as smtp:
        smtp.sendmail("jürgen@clients.example", [notice.reply_to], data,
                      mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    place.wait_prompts(1)


def test_large_mail(place, mail):
    """Three megabytes of somebody's photograph: a prompt like any other."""
    notice = place.notice()
    mark = uuid.uuid4().hex
    place.reply(notice, "\n".join([mark] * 90000))
    place.wait_prompts(1)
    assert search(place.practice.logs().encode(), [mark]) == []


def test_posternd_down_defers(place, mail):
    """Without posternd nothing is taken for good. What the mail server has
    just asked about it takes, and keeps until posternd is back."""
    known = place.notice()
    place.reply(known, "first")
    place.wait_prompts(1)
    other = place.notice()
    place.practice.posternd.kill()
    code, _ = refusal(place.reply, other, "while it was down")
    assert 400 <= code < 500
    taken = place.practice.recorded()
    tried = mail.log().count("status=deferred")
    place.reply(known, "while it was down")
    wait_for(lambda: mail.log().count("status=deferred") > tried)
    assert mail.queue_ids()
    place.practice.start_posternd()
    assert place.practice.bridge.running()
    mail.wait_empty(30)
    assert place.practice.recorded() == taken + 1


def test_bridge_down_defers(place, mail):
    notice = place.notice()
    place.practice.bridge.kill()
    code, _ = refusal(place.reply, notice, "while it was down")
    assert 400 <= code < 500
    place.practice.start_bridge()
    place.reply(place.notice(), "and up")
    place.wait_prompts(1)


def test_nobody_was_bounced(practice, mail):
    """After all of this: no bounce carries a client's words."""
    mail.wait_empty()
    for address, box in mail.maildirs().items():
        for one in box.mails():
            assert not (one["From"] and "mailer-daemon" in str(
                one["From"]).lower()), (address, one.raw)
