# SPDX-License-Identifier: Apache-2.0
"""Accounts that were opened as everybody opens theirs: a mail's link, a code
from staff, a passphrase, an authenticator."""

import base64
import hmac
import struct
import time
import urllib.parse

from client import Browser

PASSPHRASE = "lake stone heron bicycle"
STEP = 30
HASTE = 10  # seconds from reading a code to its arrival


class Authenticator:
    """The app on somebody's phone (RFC 6238). A code is good once, so each is
    of a later step than the one before; one step early or late is near enough,
    unless the clock is about to come to the next."""

    def __init__(self, secret):
        self.key = base64.b32decode(secret)
        self.last = 0

    def at(self, step):
        digest = hmac.digest(self.key, struct.pack(">Q", step), "sha1")
        start = digest[-1] & 15
        number = struct.unpack(">I", digest[start:start + 4])[0]
        return f"{(number & 0x7fffffff) % 1000000:06}"

    def code(self, offset=0):
        """The next one; waits if it is not near enough yet."""
        step = max(self.last + 1,
                   int(time.time() + offset + HASTE) // STEP - 1)
        while step > int(time.time() + offset) // STEP + 1:
            time.sleep(0.2)
        self.last = step
        return self.at(step)


class Account:
    """What somebody needs to sign in."""

    def __init__(self, login, recovery_codes):
        self.login = login
        self.passphrase = PASSPHRASE
        self.recovery_codes = recovery_codes
        self.authenticator = None
        self.browser = None  # signed in; see Accounts.browser()


class Accounts:
    """PRACTICE's, of people it knows. ORIGIN: where browsers think they
    are."""

    def __init__(self, practice, origin):
        self.practice = practice
        self.origin = origin
        self.accounts = {}

    def issue(self, external_id, **more):
        """The code that staff hand over."""
        who = urllib.parse.quote(external_id, safe="")
        return self.practice.admin.call(
            "POST", f"/v1/admin/participants/{who}/enrolment",
            more).expect(201).json["code"]

    def mailed(self):
        """What waits to be mailed, as the bridge is told, oldest first; from
        now on it counts as sent. For where no bridge runs."""
        items = self.practice.bridge_api.call(
            "POST", "/v1/bridge/leases", {"max": 20, "wait": 0}).expect(
                200).json["items"]
        if items:
            self.practice.bridge_api.call("POST", "/v1/bridge/results", {
                "items": [{"id": item["id"], "outcome": "sent",
                           "code": "2.0.0"} for item in items]}).expect(200)
        return items

    def link(self, kind="enrolment"):
        """The path of the link in the newest mail of that kind."""
        return "/t/" + [item["link"] for item in self.mailed()
                        if item["kind"] == kind][-1]

    def invite(self, external_id, **more):
        """(link, code): the two halves that open an account."""
        code = self.issue(external_id, **more)
        return self.link().rsplit("/", 1)[1], code

    def add_staff(self, external_id):
        """With an open account."""
        self.practice.admin.call("POST", "/v1/admin/participants", {
            "external_id": external_id, "role": "staff",
            "name": external_id.title(),
            "addresses": [f"{external_id}@staff.example"]}).expect(201)
        return self.open_account(external_id)

    def open_account(self, external_id, login=None, link=None):
        """With the link of the mail, or the one that waits to be mailed."""
        code = self.issue(external_id)
        return self.enrol(external_id, link or self.link(), code, login)

    def enrol(self, external_id, link, code, login=None):
        """With both halves; the second factor too, for whoever must have
        one."""
        browser = Browser(self.practice.web, self.origin)
        done = browser.call("POST", "/v1/enrolments", {
            "link": link.rsplit("/", 1)[1], "code": code,
            "passphrase": PASSPHRASE, "login": login or external_id}).expect(
                201).json
        account = Account(login or external_id, done["recovery_codes"])
        if done["session"]["state"] == "set-up-second-factor":
            account.authenticator = Authenticator(
                browser.get("/v1/me/totp")["secret"])
            browser.call("PUT", "/v1/me/totp", {
                "code": account.authenticator.code(
                    self.practice.offset)}).expect(201)
        account.browser = browser
        self.accounts[external_id] = account
        return account

    def browser(self, external_id):
        """Somebody's signed-in browser, without a screen."""
        account = self.accounts[external_id]
        if account.browser.call("PUT", "/v1/sessions/current", {}
                                ).status != 200:
            account.browser = browser = Browser(self.practice.web, self.origin)
            opened = browser.sign_in(account.login, account.passphrase)
            if opened["state"] == "second-factor":
                browser.call("POST", "/v1/sessions/current/factor", {
                    "code": account.authenticator.code(
                        self.practice.offset)}).expect(201)
        return account.browser

    def cookie(self, external_id):
        """(name, value) of somebody's session, for a browser that takes it
        over: no second factor is good for more than one sign-in in 30 s."""
        (name, value), = ((n, v) for n, v in self.browser(
            external_id).cookies.items() if n == "__Host-postern")
        return name, value
