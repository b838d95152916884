# SPDX-License-Identifier: Apache-2.0
"""The Maildir door: what is ours is judged and put away, all else stays."""

import mailbox
import os
import time

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION, relay_settings
from correspondent import Correspondent
from maildir import answer_to
from postern import pause
from standin import refuse_verdicts

CLIENT = "client1@clients.example"
FOREIGN = (b"From: <friend@far.example>\r\nTo: notices@practice.example\r\n"
           b"Subject: lunch\r\n\r\nToday?\r\n")


class Watched(Correspondent):
    """A practice that watches a Maildir, and the mails in it."""

    def __init__(self, place, mail, after):
        place.mkdir()
        place.chmod(0o711)
        self.path = place / "Maildir"
        self.box = mailbox.Maildir(self.path)
        self.old = self.put(FOREIGN)
        super().__init__(postern.Practice(
            place / "p", relay_settings(mail), {
                "mail.maildir": self.path, "mail.maildir-after": after,
                "mail.address-style": "plus",
                "mail.mailbox": "notices@practice.example"},
            observe=DESCRIPTION.check), mail.maildir(CLIENT))
        self.after = after
        self.practice.init()
        self.practice.start()
        # what is put there from now on is not old
        wait_for((self.path / ".postern-since").exists, message=self.log)
        self.practice.enrol()

    def put(self, data, age=0, name=None):
        """As a mail server does it: into tmp/, then new/; the file."""
        name = name or f"{time.time_ns()}.test"
        (self.path / "tmp" / name).write_bytes(data)
        os.utime(self.path / "tmp" / name, (time.time() - age,) * 2)
        (self.path / "tmp" / name).rename(self.path / "new" / name)
        return self.path / "new" / name

    def log(self):
        return self.practice.bridge.log()

    def count(self, word):
        return sum("maildir:" in line and word in line
                   for line in self.log().split("\n"))

    def wait_state(self, state, error, reason=None):
        def said():
            status = self.practice.status()
            return (status["maildir"]["state"], status["maildir"]["error"],
                    reason in [None, *status["reasons"]])
        wait_for(lambda: said() == (state, error, True), 60, said)

    def wait_gone(self, file, seconds=60):
        wait_for(lambda: not file.exists(), seconds,
                 lambda: self.log()[-2000:])


@pytest.fixture(scope="module", params=["move", "delete"])
def place(directory, mail, request):
    place = Watched(directory / request.param, mail, request.param)
    yield place
    try:
        place.practice.stop()
    finally:
        place.practice.kill()


def test_a_reply_is_answered_and_put_away(place):
    notice = place.notice()
    # both practices write to the one client
    before = len(place.prompts())
    data = answer_to(notice, CLIENT, "hello")
    file = place.put(data)
    place.wait_gone(file)
    wait_for(lambda: len(place.prompts()) > before, 60, place.log)
    done = place.path / ".Postern/cur" / f"{file.name}:2,S"
    assert done.exists() == (place.after == "move")
    if place.after == "move":
        assert done.read_bytes() == data
        assert len(mailbox.Maildir(place.path).get_folder("Postern")) == 1
    assert not list((place.path / "cur").iterdir())


def test_what_is_not_ours_is_judged_once_and_stays(place):
    before = place.count("not about a notice")
    file = place.put(FOREIGN)
    forged = place.put(answer_to(place.notice(), CLIENT, "x").replace(
        b"+r-", b"+r-aaaa"))
    wait_for(lambda: place.count("not about a notice") == before + 2, 60,
             place.log)
    place.wait_gone(place.put(answer_to(place.notice(), CLIENT, "again")))
    assert place.count("not about a notice") == before + 2
    assert file.read_bytes() == FOREIGN and forged.exists()


def test_old_mail_is_not_touched(place):
    """Neither what was there at the first start nor what is older."""
    judged = place.count("rule")
    reply = place.put(answer_to(place.notice(), CLIENT, "long ago"), age=3600)
    place.wait_gone(place.put(answer_to(place.notice(), CLIENT, "now")))
    assert reply.exists() and place.old.read_bytes() == FOREIGN
    assert place.count("rule") == judged + 1


def test_a_clock_that_was_ahead_at_the_first_start(place):
    """Or all that comes until then would be taken for old mail."""
    since = place.path / ".postern-since"
    place.practice.bridge.stop()
    os.utime(since, (time.time() + 7200,) * 2)
    place.practice.start_bridge()
    wait_for(lambda: since.stat().st_mtime <= time.time(), message=place.log)
    place.wait_gone(place.put(answer_to(place.notice(), CLIENT, "hello")))
    assert place.old.read_bytes() == FOREIGN


def test_what_came_while_it_was_down_is_not_missed(place):
    notice = place.notice()
    place.practice.bridge.kill()
    file = place.put(answer_to(notice, CLIENT, "hello"))
    place.practice.start_bridge()
    place.wait_gone(file)
    assert place.old.exists()


def test_strange_files_are_left(place):
    """No link is followed, no pipe waited for, nothing hidden opened."""
    new = place.path / "new"
    reply = answer_to(place.notice(), CLIENT, "hello")
    elsewhere = place.path.parent / "elsewhere"
    elsewhere.write_bytes(reply)
    (new / "1.link").symlink_to(elsewhere)
    os.mkfifo(new / "2.pipe")
    (new / "3.dir").mkdir()
    (new / ".4").write_bytes(reply)
    (new / "5.empty").write_bytes(b"")
    place.wait_gone(place.put(reply))
    for name in ("1.link", "2.pipe", "3.dir", ".4", "5.empty"):
        assert os.path.lexists(new / name), name
    assert elsewhere.read_bytes() == reply
    for name in ("1.link", "2.pipe", ".4", "5.empty"):
        (new / name).unlink()
    (new / "3.dir").rmdir()


def test_posternd_down_is_tried_again(place):
    notice, before = place.notice(), place.count("put off")
    place.practice.posternd.kill()
    file = place.put(answer_to(notice, CLIENT, "hello"))
    wait_for(lambda: place.count("put off") > before, 60, place.log)
    assert file.exists()
    place.practice.start_posternd()
    place.wait_gone(file, 120)


def test_posternd_down_is_not_asked_for_each(place):
    """A few tell as much as all that wait; once it is back, all are taken."""
    notice = place.notice()
    before = place.count("put off")
    place.practice.bridge.stop()
    place.practice.posternd.kill()
    files = [place.put(answer_to(notice, CLIENT, f"hello {n}"))
             for n in range(200)]
    begun = time.monotonic()
    place.practice.start_bridge()
    try:
        wait_for(lambda: place.count("put off") > before)
        pause(2)
        # eight a round, and a second between the first ones
        rounds = time.monotonic() - begun + 1
        assert place.count("put off") - before <= 8 * rounds
    finally:
        place.practice.start_posternd()
    for file in files:
        place.wait_gone(file, 60)


def test_refused_verdicts_are_passed_over(place):
    """More of them than would be taken for a posternd that is away: they
    stay, and what else comes is judged."""
    notice = place.notice()
    foreign = place.count("not about a notice")
    standin = refuse_verdicts(place.practice, 422)
    try:
        files = [place.put(answer_to(notice, CLIENT, f"hello {n}"))
                 for n in range(10)]
        wait_for(lambda: place.count("refused 3 times") == 10, 60, place.log)
        place.put(FOREIGN)
        wait_for(lambda: place.count("not about a notice") > foreign, 60)
        assert standin.verdicts() == 30
    finally:
        standin.close()
    place.practice.start_posternd()
    place.wait_state("watching", None, "maildir-passed-over")
    assert place.practice.status()["maildir"]["passed_over"] == 10
    place.wait_gone(place.put(answer_to(place.notice(), CLIENT, "well")))
    assert all(file.exists() for file in files)
    for file in files:
        file.unlink()


def test_a_large_mail(place):
    notice = place.notice()
    file = place.put(answer_to(notice, CLIENT, "x" * 76)
                     + b"y" * (8 << 20))
    place.wait_gone(file)


def test_a_maildir_that_goes_and_comes(place):
    new, away = place.path / "new", place.path / "away"
    new.rename(away)
    wait_for(lambda: place.count("cannot watch mail.maildir: No such file"),
             60, place.log)
    assert place.practice.bridge.running()
    place.wait_state("trouble", "missing", "maildir-missing")
    away.rename(new)
    place.practice.bridge.stop()
    place.practice.start_bridge()
    place.wait_state("watching", None)
    notice = place.notice()
    place.wait_gone(place.put(answer_to(notice, CLIENT, "hello")))
    assert place.count("cannot watch") == 1
