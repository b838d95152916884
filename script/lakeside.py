# SPDX-License-Identifier: Apache-2.0
"""Lakeside Practice: who is in it, and all that runs for it. The demo, its
tour and the screenshots happen here. What runs is what the system tests run:
tests/system/{portal,postfix,accounts}.py."""

import os
import pathlib
import pwd
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests/system"))

from client import Client, Session, wait_for  # noqa: E402
from maildir import answer_to  # noqa: E402
from portal import Portal  # noqa: E402
from postfix import Postfix  # noqa: E402

PRACTICE = "Lakeside Practice"


class Someone:
    """NUMBER is the practice's own for them; MORE, what else it knows."""

    def __init__(self, number, role, name, address, **more):
        self.number = number
        self.role = role
        self.name = name
        self.address = address
        self.more = more


# by login name
PEOPLE = {
    "moreno": Someone("P-1", "provider", "Dr. Ada Moreno",
                      "ada.moreno@providers.example",
                      credentials="MD, psychiatry"),
    "lindqvist": Someone("P-2", "provider", "Nils Lindqvist",
                         "nils.lindqvist@providers.example",
                         credentials="LCSW, psychotherapy"),
    "nair": Someone("P-3", "provider", "Priya Nair",
                    "priya.nair@providers.example",
                    credentials="PhD, psychology"),
    "becker": Someone("10417", "client", "Ann Becker",
                      "ann.becker@clients.example"),
    "osei": Someone("10533", "client", "Kofi Osei",
                    "kofi.osei@clients.example"),
    "ruiz": Someone("10688", "client", "Mateo Ruiz",
                    "mateo.ruiz@clients.example", language="es"),
    "hale": Someone("S-1", "staff", "Robin Hale",
                    "robin.hale@practice.example"),
}
RELATIONS = (("becker", "moreno"), ("becker", "lindqvist"),
             ("becker", "nair"), ("osei", "moreno"), ("ruiz", "moreno"))
ACCOUNTS = ("becker", "osei", "ruiz", "moreno", "hale")

SETTINGS = {
    "practice.name": PRACTICE,
    "practice.phone": "555 0100",
    "practice es.emergency": "llame al 911, o llame o envíe un mensaje de "
                             "texto al 988",
    "portal.languages": "en es",
    "portal.appointments": "/appointments.html",
    "menu dashboard.label": "Dashboard",
    "menu dashboard.url": "/dashboard.html",
    "menu dashboard.language": "en",
    "menu dashboard.roles": "client provider",
    "menu appointments.label": "Appointments",
    "menu appointments.url": "/appointments.html",
    "menu appointments.language": "en",
    "menu appointments.roles": "client provider",
    "menu inicio.label": "Inicio",
    "menu inicio.url": "/dashboard.html",
    "menu inicio.language": "es",
    "menu inicio.roles": "client provider",
    "menu citas.label": "Citas",
    "menu citas.url": "/appointments.html",
    "menu citas.language": "es",
    "menu citas.roles": "client provider",
}
# A browser that keeps to it would refuse plain http://localhost for a year,
# whatever else is developed there.
HSTS = '\tadd_header Strict-Transport-Security "max-age=31536000" always;\n'
# Where the menu leads to, beside Messages.
ELSEWHERE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title} - {practice}</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style/base.css">
<link rel="stylesheet" href="/style/frame.css">
<div class="gate"><main class="card-page">
<h1>{title}</h1>
<p>This page would be the practice's own.</p>
<p><a href="/messages">Messages</a></p>
</main></div>
</html>
"""

TABLETS = ("Good morning, Dr. Moreno. The new tablets make me very sleepy in "
           "the afternoon. May I take them in the evening instead?")
EVENING = ("Thank you for telling me, Ann. Yes: from today on, take them with "
           "your dinner. If it is not better by the end of the week, write to "
           "me here.")
THANKS = "I will. Thank you for the quick answer!"
ROOM = ("Hello Ann, a practical matter: from next week on you find me on the "
        "second floor, in room 12.")
GOODBYE = ("I have enjoyed our work, Ann. Dr. Moreno knows all that we agreed "
           "on, and you can still read it here.")
QUESTION = ("Hello Kofi, how did the first week with the sleep diary go? A "
            "few words are enough.")
BY_MAIL = "Quite well, I think! I woke up twice only."
IN_PORTAL = ("Sorry, I answered the e-mail first. It went well: I woke up "
             "twice only. Shall I go on?")


def owner():
    """Who started it, if that is not root: the number of the user."""
    return int(os.environ.get("SUDO_UID", "0"))


def machine_zone():
    """The time zone of whoever looks."""
    _, found, name = os.path.realpath("/etc/localtime").partition("zoneinfo/")
    return name if found else "UTC"


class Lakeside:
    """All that runs, in DIRECTORY. Start with start(), end with stop()."""

    def __init__(self, directory):
        self.dir = directory
        self.dir.chmod(0o711)
        self.mail = Postfix(directory / "mail",
                            directory / "practice/run/lmtp.sock")
        settings = dict(SETTINGS)
        if owner():  # may speak to portal.sock, too
            settings |= {
                "frontend you.user": owner(),
                "frontend you.rights": "assert provision second-factor",
                "frontend you.roles": "client provider"}
        self.portal = Portal(
            directory,
            {"host": "localhost", "port": self.mail.submission_port,
             "tls": "starttls", "ca-file": self.mail.ca_file}, settings,
            {"name": "localhost", "changes": [(HSTS, "")]})
        self.practice = self.portal.practice
        for title in ("Dashboard", "Appointments"):
            (self.portal.nginx.portal_dir / f"{title.lower()}.html"
             ).write_text(ELSEWHERE.format(title=title, practice=PRACTICE))
        self.boxes = {name: self.mail.maildir(one.address)
                      for name, one in PEOPLE.items()}
        if owner():
            for path in (self.dir, self.practice.dir):
                os.chown(path, owner(), -1)

    def start(self):
        """And everybody is known."""
        self.mail.start()
        self.portal.start(bridge=True)
        for one in PEOPLE.values():
            self.practice.admin.call("POST", "/v1/admin/participants", {
                "external_id": one.number, "role": one.role, "name": one.name,
                "addresses": [one.address], "time_zone": machine_zone(),
                **one.more}).expect(201)
        for client, provider in RELATIONS:
            self.relate(client, provider)

    def relate(self, client, provider, active=True):
        self.practice.relate(PEOPLE[client].number, PEOPLE[provider].number,
                             active)

    def session(self, name):
        """Signed in by a frontend's word."""
        return self.practice.session(PEOPLE[name].number)

    def own_session(self, name):
        """The same, for whoever started it; sessions are of one frontend."""
        if not owner():
            return self.session(name)
        client = Client(self.practice.run_dir / "portal.sock", "portal",
                        user=pwd.getpwuid(owner()).pw_name)
        return Session(client, client.call("POST", "/v1/sessions", {
            "assert": PEOPLE[name].number}).expect(201).json)

    def issue(self, name):
        """The code that staff hand over."""
        return self.portal.issue(PEOPLE[name].number)

    def account(self, name):
        return self.portal.accounts[PEOPLE[name].number]

    def stop(self):
        try:
            self.portal.stop()
        finally:
            self.portal.kill()
            self.mail.stop()

    def open_accounts(self):
        """As everybody opens theirs, with the link of a real mail."""
        codes = {name: self.issue(name)
                 for name in (*ACCOUNTS, "lindqvist")}
        for name in ACCOUNTS:
            link = self.boxes[name].wait()[-1].link()
            self.portal.enrol(PEOPLE[name].number, link, codes[name], name
                              ).browser.call("DELETE", "/v1/sessions/current"
                                             ).expect(204)

    def live(self):
        """What has happened before somebody looks. It ends with one message
        that Ann Becker has not read, and two that Dr. Moreno has not."""
        ann, kofi, moreno, lindqvist, nair = sessions = [
            self.session(name) for name in (
                "becker", "osei", "moreno", "lindqvist", "nair")]
        self._answer_by_mail(kofi, moreno)
        self._write(nair, ann, GOODBYE)
        self.relate("becker", "nair", active=False)
        thread = self._write(ann, moreno, TABLETS)
        self._write(moreno, ann, EVENING, thread)
        ann.write(thread, THANKS)
        kofi.write(self.asked, IN_PORTAL)
        self._wait_for_mail()
        lindqvist.write_to(ann.id, ROOM)
        self._wait_for_mail()
        for session in sessions:
            session.call("DELETE", "/v1/sessions/current").expect(204)

    def _wait_for_mail(self):
        """Until all of it has arrived."""
        wait_for(lambda: {row["state"] for row in self.practice.queue()}
                 == {"sent"})
        self.mail.wait_empty()

    @staticmethod
    def _write(writer, reader, text, thread=None):
        """And it is read."""
        if thread:
            entry = writer.write(thread, text)
        else:
            written = writer.write_to(reader.id, text)
            thread, entry = written["thread"]["id"], written["entry"]
        reader.mark_read(thread, entry["seq"])
        return thread

    def _answer_by_mail(self, kofi, moreno):
        """Kofi Osei answers the notification, where nobody reads it."""
        self.asked = self._write(moreno, kofi, QUESTION)
        notice = self.boxes["osei"].wait(2)[-1]
        address = PEOPLE["osei"].address
        self.mail.send(address, notice.reply_to,
                       answer_to(notice, address, BY_MAIL))
        wait_for(lambda: "answered-by-mail" in moreno.events(self.asked))
        last = moreno.entries(self.asked)[-1]["seq"]
        moreno.mark_read(self.asked, last)
        kofi.mark_read(self.asked, last)
