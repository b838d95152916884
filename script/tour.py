# SPDX-License-Identifier: Apache-2.0
"""The tour of script/demo: the main job, as two people's browsers do it, and
what is promised at each step."""

import base64
import os
import textwrap

import postern
from accounts import PASSPHRASE, Account, Authenticator
from client import wait_for
from lakeside import PEOPLE, SOURCE
from maildir import answer_to
from marks import search

POLICY = ("default-src 'none'", "script-src 'self'", "connect-src 'self'",
          "frame-ancestors 'none'", "require-trusted-types-for 'script'",
          "trusted-types 'none'")
SCANNER_FETCHES = 50


def new_id():
    """Of an upload."""
    return base64.b32encode(os.urandom(16)).decode().lower().rstrip("=")


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
    """Of a Lakeside where nothing has happened yet; run() gives the exit
    status."""

    SAID = "Ann, the biopsy is benign. Let us talk on Thursday."
    MAILED = "Is it cancer? I cannot sleep. Please call me at 555 0199."
    WRITTEN = "Thank you, Dr. Moreno. Thursday at ten is good for me."
    TABLE = ("day;systolic\r\n" + "".join(
        f"{n};{110 + n * 7 % 40}\r\n" for n in range(20_000))).encode()
    NAME = "blood pressure.csv"

    def __init__(self, place):
        self.place = place
        self.portal = place.portal
        self.practice = place.practice
        self.broken = 0
        self.checked = 0
        self.seen = dict.fromkeys(PEOPLE, 0)
        self.private = []  # what stands in no log

    def step(self, number, text):
        say(textwrap.fill(f"{number}. {text}", 78, subsequent_indent="   ")
            + "\n")

    def check(self, promise, holds):
        self.checked += 1
        self.broken += not holds
        say(f"{'holds ' if holds else 'BROKEN'}  {promise}", 4)

    def next_mail(self, name):
        self.seen[name] += 1
        count = self.seen[name]
        mail = self.place.boxes[name].wait(count, 30)[count - 1]
        say(f"{PEOPLE[name].name} gets this mail:\n", 4)
        show_mail(mail)
        return mail

    def run(self):
        self.client_opens_account()
        self.provider_opens_account()
        self.provider_writes()
        notice = self.client_is_notified()
        self.client_answers_mail(notice)
        self.client_is_prompted()
        self.client_follows_link(notice)
        self.client_reads_and_answers()
        self.client_sends_file()
        self.client_signs_out()
        self.nothing_leaked()
        say()
        if self.broken:
            say(f"{self.broken} of {self.checked} promises are broken.")
            return 1
        say(f"All {self.checked} promises hold.")
        return 0

    # ---- accounts --------------------------------------------------------
    def client_opens_account(self):
        self.step(1, "Ann Becker opens her account: with the link of an "
                  "e-mail, and a code that staff hand over.")
        code = self.place.issue("becker")
        token = self.token(self.next_mail("becker").link())
        self.private += [code, token]
        browser = self.portal.visitor()
        halves = {"link": token, "code": code}
        self.check("the mail alone opens nothing", browser.call(
            "POST", "/v1/enrolments", halves | {"code": "aaaa-bbbb-cccc"}
            ).status == 401)
        done = browser.call("POST", "/v1/enrolments", halves | {
            "login": "becker", "passphrase": PASSPHRASE})
        self.check("link and code do, and she gets ten recovery codes",
                   done.status == 201
                   and len(set(done.json["recovery_codes"])) == 10
                   and done.json["session"]["state"] == "open")
        self.private += done.json["recovery_codes"]
        self.check("both are good for nothing afterwards", browser.call(
            "POST", "/v1/enrolments", halves | {
                "login": "eve", "passphrase": PASSPHRASE}).status == 401)
        browser.call("DELETE", "/v1/sessions/current").expect(204)

    def provider_opens_account(self):
        say()
        self.step(2, "Dr. Moreno opens hers. A provider has a second factor, "
                  "too.")
        code = self.place.issue("moreno")
        token = self.token(self.next_mail("moreno").link())
        browser = self.portal.visitor()
        done = browser.call("POST", "/v1/enrolments", {
            "link": token, "code": code, "login": "moreno",
            "passphrase": PASSPHRASE}).expect(201).json
        self.check("before it is set up, her passphrase shows her nothing",
                   browser.call("GET", "/v1/contacts").status == 403)
        secret = browser.get("/v1/me/totp")["secret"]
        account = Account("moreno", done["recovery_codes"])
        account.authenticator = Authenticator(secret)
        first = account.authenticator.code()
        self.private += [code, token, secret, *account.recovery_codes]
        browser.call("PUT", "/v1/me/totp", {"code": first}).expect(201)
        self.check("afterwards she sees her clients",
                   browser.contact(PEOPLE["becker"].name)["current"])
        browser.call("DELETE", "/v1/sessions/current").expect(204)

        browser = self.portal.visitor()
        half = browser.sign_in("moreno", PASSPHRASE)
        self.check("signing in, the passphrase alone is half the way",
                   half["state"] == "second-factor"
                   and browser.call("GET", "/v1/contacts").status == 403)
        self.check("a code that was used before is refused", browser.call(
            "POST", "/v1/sessions/current/factor", {"code": first}
            ).status == 401)
        opened = browser.call("POST", "/v1/sessions/current/factor", {
            "code": account.authenticator.code()})
        self.check("the next one lets her in", opened.status == 201
                   and opened.json["state"] == "open")
        self.provider = browser

    def token(self, link):
        """Of a link to this portal."""
        start = self.portal.url + "/t/"
        assert link.startswith(start), link
        return link.removeprefix(start)

    # ---- the main job ----------------------------------------------------
    def provider_writes(self):
        say()
        self.step(3, "She writes to Ann Becker.")
        contact = self.provider.contact(PEOPLE["becker"].name)
        say(f'POST /v1/threads  "{self.SAID}"', 4)
        opened = self.provider.write_to(contact["id"], self.SAID)
        self.practice.posternd.kill()
        say("201 Created, and that very moment: kill -9 posternd\n", 4)
        self.thread = opened["thread"]["id"]
        self.step(4, "The message was sealed and on disk before the answer.")
        self.practice.start_posternd()
        self.check("after a restart the message is there, whole, once",
                   self.provider.messages(self.thread) == [self.SAID])
        self.check("the database shows nothing of it", not self.in_store())

    def in_store(self):
        words = (self.SAID, self.MAILED, self.WRITTEN, PASSPHRASE, "biopsy",
                 "systolic", self.NAME, "Becker", PEOPLE["becker"].address)
        return [hit for file in self.practice.store_dir.rglob("*")
                if file.is_file() for hit in search(file.read_bytes(), words)]

    def client_is_notified(self):
        say()
        self.step(5, "Ann Becker gets an e-mail, through a real mail server: "
                  "a link, no content.")
        notice = self.next_mail("becker")
        self.check("it holds one link, to a page behind the sign-in",
                   "/t/" in notice.link())
        self.check("not one byte of the message is in it",
                   not search(notice.raw, (self.SAID, "biopsy")))
        self.check("it says that answers to it are not read",
                   "not read" in " ".join(notice.text().split()))
        return notice

    def client_answers_mail(self, notice):
        say()
        self.step(6, "Instead of signing in, she answers the e-mail.")
        say(f'"{self.MAILED}"\n', 4)
        address = PEOPLE["becker"].address
        self.place.mail.send(address, notice.reply_to,
                             answer_to(notice, address, self.MAILED))
        say("And once more, a moment later.\n", 4)
        self.place.mail.send(address, notice.reply_to,
                             answer_to(notice, address, self.MAILED))

    def client_is_prompted(self):
        self.step(7, "She gets one prompt. What she wrote is kept nowhere; "
                  "the thread shows that she tried, and Dr. Moreno is told.")
        prompt = self.next_mail("becker")
        text = " ".join(prompt.text().split())
        self.check("it says where to turn in an emergency",
                   postern.EMERGENCY in text)
        self.check("it quotes nothing of what she wrote",
                   not search(prompt.raw, (self.MAILED, "cancer")))
        say()
        told = self.next_mail("moreno")
        self.check("the provider's mail does not either",
                   not search(told.raw, (self.MAILED, "cancer")))
        events = self.provider.events(self.thread)
        self.check('the thread shows "answered-by-mail"',
                   "answered-by-mail" in events)
        self.place.mail.wait_empty()
        postern.pause(2)
        self.check("two answers, one prompt",
                   len(self.place.boxes["becker"]) == self.seen["becker"])

    # ---- the portal --------------------------------------------------------
    def client_follows_link(self, notice):
        say()
        self.step(8, "She follows the link of the first mail.")
        token = self.token(notice.link())
        self.private.append(token)
        browser = self.portal.visitor()
        page = browser.call("GET", f"/t/{token}")
        self.check("it opens the portal's page", page.status == 200
                   and page.raw == (SOURCE / "portal/index.html").read_bytes())
        policy = page.headers["Content-Security-Policy"].split("; ")
        self.check("which may load nothing from elsewhere, nor be framed",
                   set(POLICY) <= set(policy))
        entries = f"/v1/threads/{self.thread}/entries"
        self.check("and asks for her passphrase: the link opens no thread",
                   browser.get(f"/v1/links/{token}") == {"kind": "sign-in"}
                   and not browser.cookies
                   and browser.call("GET", entries).status == 401)
        unread = self.place.session("becker").unread()
        for _ in range(SCANNER_FETCHES):
            for path in (f"/t/{token}", f"/v1/links/{token}"):
                browser.call("GET", path).expect(200)
        opened = browser.sign_in("becker", PASSPHRASE)
        self.check(f"{SCANNER_FETCHES} fetches by a mail scanner change "
                   "nothing", opened["state"] == "open"
                   and browser.unread() == unread > 0)
        self.check("signed in, it leads to the very thread", browser.get(
            f"/v1/links/{token}") == {"kind": "thread",
                                      "thread": self.thread})
        self.client = browser

    def client_reads_and_answers(self):
        say()
        self.step(9, "She reads, and answers in the thread, while Dr. Moreno "
                  "has the page open.")
        client, provider = self.client, self.provider
        self.check("she reads what was written, as it was written",
                   client.messages(self.thread) == [self.SAID])
        last = client.entries(self.thread)[-1]["seq"]
        client.mark_read(self.thread, last)
        self.check("nothing is unread for her any more",
                   client.unread() == 0)
        provider.mark_read(self.thread, last)
        page = provider.listen()
        page.drain()
        client.write(self.thread, self.WRITTEN)
        heard = page.next()
        page.close()
        self.check("the open page hears of it at once: which thread, how many "
                   "unread, no word", heard == (
                       "thread", {"thread": self.thread, "unread": 1}))
        self.check("Dr. Moreno has one unread message",
                   provider.unread() == 1)
        say()
        self.next_mail("moreno")
        self.check("Dr. Moreno reads it", provider.messages(
            self.thread) == [self.SAID, self.WRITTEN])
        other = self.place.session("lindqvist")
        self.check("another provider does not even learn that there is one",
                   other.call("GET", f"/v1/threads/{self.thread}/entries"
                              ).status == 404)

    def client_sends_file(self):
        say()
        self.step(10, f"She sends a file, \"{self.NAME}\", of "
                  f"{len(self.TABLE):,} bytes.")
        client, provider = self.client, self.provider
        upload, other = new_id(), new_id()
        kind = {"Content-Type": "text/csv"}
        self.check("a program that is called a table is refused", client.call(
            "PUT", f"/v1/uploads/{other}", b"MZ" + bytes(4096), kind
            ).status == 422)
        client.call("PUT", f"/v1/uploads/{upload}", self.TABLE, kind).expect(
            200)
        client.post(f"/v1/threads/{self.thread}/entries", {
            "body": "", "attachments": [{
                "upload": upload, "name": self.NAME}]}).expect(201)
        self.practice.posternd.kill()
        self.practice.start_posternd()
        file, = provider.entries(self.thread)[-1]["attachments"]
        got = provider.call("GET", f"/v1/attachments/{file['id']}")
        self.check("Dr. Moreno has all of it, even after another kill -9",
                   file["name"] == self.NAME and got.raw == self.TABLE)
        self.check("as something to save, not to run", got.headers[
            "Content-Disposition"].startswith("attachment;")
                   and got.headers["X-Content-Type-Options"] == "nosniff")
        self.check("for another provider there is no such file",
                   self.place.session("lindqvist").call(
                       "GET", f"/v1/attachments/{file['id']}").status == 404)
        say()
        self.next_mail("moreno")

    def client_signs_out(self):
        say()
        self.step(11, "She signs out.")
        cookies = dict(self.client.cookies)
        self.private += cookies.values()
        page = self.client.listen()
        page.drain()
        self.client.call("DELETE", "/v1/sessions/current").expect(204)
        self.check("every page that is open hears of it", page.next() == (
            "session", {"state": "ended"}))
        page.close()
        thief = self.portal.visitor()
        thief.cookies = cookies
        self.check("a copy of her cookie opens nothing",
                   thief.call("GET", "/v1/me").status == 401)

    def nothing_leaked(self):
        say()
        say("In the end, all of it is searched: plain, base64, "
            "quoted-printable, hex, UTF-16.\n")
        words = (self.SAID, self.MAILED, self.WRITTEN, "biopsy", "cancer",
                 "systolic", self.NAME)
        mails = [mail for box in self.place.mail.maildirs().values()
                 for mail in box.mails()]
        wait_for(lambda: {row["state"] for row in self.practice.queue()}
                 == {"sent"}, 20)
        self.check(f"not one byte of any message in any of {len(mails)} "
                   "mails", not any(search(m.raw, words) for m in mails))
        logs = (self.practice.logs() + self.portal.nginx.logs()).encode()
        self.check("nor in any log", not search(
            logs, (*words, "Becker", PEOPLE["becker"].address)))
        self.check("nor any link, code, cookie or passphrase", not search(
            logs, (*self.private, PASSPHRASE)))
        self.practice.stop()
        self.check("nor in the database, where names and addresses are "
                   "sealed too", not self.in_store())
