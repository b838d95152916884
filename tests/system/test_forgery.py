# SPDX-License-Identifier: Apache-2.0
"""What other sites, link scanners and forged headers can do: nothing."""

import re
import uuid

import authenticator
import pytest
from accounts import PASSPHRASE, STEP, Accounts, Authenticator
from client import Browser, new_id
from conftest import DESCRIPTION
from images import encoded, png
from openapi import sockets_of
from postern import ORIGIN

ANOTHER = "quiet marble forest lantern"
FETCHES = 50
HOST = ORIGIN.split("//")[1]


class Scene:
    """ann, her provider pat, and sam of the staff, all signed in; eve is
    invited."""

    def __init__(self, place):
        self.place = place
        self.people = Accounts(place, ORIGIN)
        for who, role in (("ann", "client"), ("eve", "client"),
                          ("pat", "provider")):
            place.provision(who, role, who.title(), f"{who}@x.example")
        place.relate("ann", "pat")
        self.ann, self.pat = (self.people.open_account(who).browser
                              for who in ("ann", "pat"))
        self.sam = self.people.add_staff("sam").browser
        self.thread = self.ann.write_to(
            self.ann.contact("pat")["id"], "first")["thread"]["id"]
        self.pat.write(self.thread, "second")
        self.file = self.ann.send_file(self.thread, b"a,b\n")["id"]
        self.upload = self.ann.upload(b"c,d\n")
        # about that thread, to ann and to pat
        self.mailed = {m["to"].split("@")[0]: m["link"]
                       for m in self.people.mailed()
                       if m["kind"] == "message"}
        self.link, self.code = self.people.invite("eve")
        place.move_clock(2 * STEP)

    def files(self):
        return sorted((self.place.store_dir / "attachments").iterdir())


@pytest.fixture(name="scene")
def started(fresh):
    place = fresh().hurry().start(bridge=False)
    return Scene(place)


def request_of(scene, name):
    """(who, path values, body): one that does something."""
    people, place, ann, sam = (scene.people, scene.place, scene.ann,
                               scene.sam)
    contact = ann.contact("pat")["id"]
    nobody = place.browser()
    passphrase = {"passphrase": PASSPHRASE}

    def half_open():
        browser = place.browser()
        browser.sign_in("pat", PASSPHRASE)
        return browser

    def set_up():
        app = Authenticator(ann.get("/v1/me/totp")["secret"])
        return app, {**passphrase, "code": app.code(place.offset)}

    def to_remove():
        app, body = set_up()
        ann.call("PUT", "/v1/me/totp", body).expect(201)
        return {**passphrase, "code": app.code(place.offset)}

    def new_passkey():
        return authenticator.Passkey(ORIGIN).make(
            ann.get("/v1/me/passkeys")["create"])

    def old_passkey():
        authenticator.add(ann, ORIGIN, PASSPHRASE)
        return {"id": ann.get("/v1/me/passkeys")["items"][0]["id"]}

    def asked():
        address = ann.call("POST", "/v1/me/addresses", {
            "address": "new@x.example"}).expect(201).json["id"]
        [code] = [m["code"] for m in people.mailed()
                  if m["kind"] == "address"]
        return {"id": address}, {"code": code}

    return {
        "newSession": lambda: (nobody, {}, {"login": "ann", **passphrase}),
        "endOtherSessions": lambda: (ann, {}, None),
        "keepSession": lambda: (ann, {}, {}),
        "endSession": lambda: (ann, {}, None),
        "checkFactor": lambda: (half_open(), {}, {
            "code": people.accounts["pat"].authenticator.code(
                place.offset)}),
        "endOneSession": lambda: (ann, {"id": ann.get(
            "/v1/sessions/current")["id"]}, None),
        "enrol": lambda: (nobody, {}, {
            "link": scene.link, "code": scene.code, "login": "eve",
            **passphrase}),
        "recover": lambda: (nobody, {}, {
            "login": "ann", "passphrase": ANOTHER,
            "code": people.accounts["ann"].recovery_codes[0]}),
        "changeMe": lambda: (ann, {}, {"time_zone": "America/New_York"}),
        "changePassphrase": lambda: (ann, {}, {
            "old": PASSPHRASE, "new": ANOTHER}),
        "setFactor": lambda: (ann, {}, set_up()[1]),
        "removeFactor": lambda: (ann, {}, to_remove()),
        "addPasskey": lambda: (ann, {}, {**passphrase, **new_passkey()}),
        "removePasskey": lambda: (ann, old_passkey(), passphrase),
        "newRecoveryCodes": lambda: (ann, {}, passphrase),
        "correctAddress": lambda: (ann, {}, {"address": "new@x.example"}),
        "confirmAddress": lambda: (ann, *asked()),
        "restartAddress": lambda: (sam, {
            "external_id": "ann", "id": ann.get("/v1/me")["addresses"][0][
                "id"]}, {}),
        "putContactDraft": lambda: (ann, {"id": contact}, {
            "body": "draft", "key": "k"}),
        "openThread": lambda: (ann, {}, {"to": contact, "body": "forged"}),
        "postEntry": lambda: (ann, {"id": scene.thread}, {"body": "forged"}),
        "markRead": lambda: (ann, {"id": scene.thread}, {"up_to": 2}),
        "putDraft": lambda: (ann, {"id": scene.thread}, {
            "body": "draft", "key": "k"}),
        "putUpload": lambda: (ann, {"id": new_id()}, b"a,b\n"),
        "deleteUpload": lambda: (ann, {"id": ann.upload(b"a,b\n")}, None),
        "putParticipant": lambda: (sam, {"external_id": "new"}, {
            "role": "client", "name": "New"}),
        "invite": lambda: (sam, {"external_id": "ann"}, {"reset": True}),
        "putPicture": lambda: (sam, {"external_id": "pat"}, {
            "image": encoded(png())}),
        "searchPeople": lambda: (sam, {}, {"q": "ann"}),
        "putRelation": lambda: (
            sam, {"client": "ann", "provider": "pat"}, {"active": False}),
    }[name]()


WRITES = {
    operation["operationId"]: (method, path, operation.get("security") != [])
    for (method, path), operation in DESCRIPTION.operations.items()
    if method != "GET" and "web" in sockets_of(
        DESCRIPTION.document["paths"][path])}

# what a browser sends for another site's page, or what was tampered with
ORIGINS = [
    {"Origin": value} for value in (
        None, "", "null", "https://evil.example", ORIGIN + ".evil.example",
        ORIGIN + ":444", "http://" + HOST, ORIGIN + "/", ORIGIN + "/t/x",
        "https://evil.example/" + HOST, ORIGIN[:-1], "https://user@" + HOST,
        ORIGIN + " " + ORIGIN, "x" * 400)]
SITES = [{"Sec-Fetch-Site": value} for value in (
    "cross-site", "same-site", "none", "", "same-origin, cross-site",
    "Same-Origin")]
TOKENS = ["", None, "a" * 32, "another's", "longer", "upper", "shorter"]


def tokens(scene, browser):
    """Wrong ones."""
    others = scene.pat.csrf if browser is not scene.pat else scene.ann.csrf
    return [{"X-CSRF-Token": {
        "another's": others, "longer": browser.csrf + "a",
        "shorter": browser.csrf[:-1], "upper": browser.csrf.upper()}.get(
            token, token)} for token in TOKENS]


@pytest.mark.parametrize("name", sorted(WRITES))
def test_forged_writes(scene, name):
    """All are refused, and not one transaction is committed; the same by a
    page of the portal does what it says."""
    method, path, signed_in = WRITES[name]
    browser, values, body = request_of(scene, name)
    target = re.sub(r"\{([^}]*)\}", lambda m: values[m[1]], path)
    before = scene.place.transactions()
    files = scene.files()
    count = 0

    def call(headers):
        if isinstance(body, bytes):
            headers = {"Content-Type": "text/csv", **headers}
        return browser.call(method, target, body, {
            "Idempotency-Key": uuid.uuid4().hex, **headers})

    for headers in ORIGINS + SITES:
        call(headers).problem(403, "cross-origin")
        count += 1
    if signed_in:
        for headers in tokens(scene, browser):
            call(headers).problem(403, "csrf")
            count += 1
    assert count >= 20
    assert scene.place.transactions() == before
    assert scene.files() == files
    assert call({}).status in (200, 201, 204)
    # all but a sign of life leave something behind, or take it away
    assert (scene.place.transactions() > before
            or scene.files() != files) == (name != "keepSession")


@pytest.mark.parametrize("kind", [
    "text/plain", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "text/plain; application/json",
    "application/csp-report", ""])
def test_forms_say_nothing(scene, kind):
    """What a page can send without asking is not taken, whatever else fits."""
    before = scene.place.transactions()
    scene.ann.call("POST", f"/v1/threads/{scene.thread}/entries",
                   b'{"body":"forged"}', {
                       "Content-Type": kind, "Idempotency-Key": "k"}).problem(
                           415)
    assert scene.place.transactions() == before


@pytest.mark.parametrize("kind", [
    "text/plain", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "", None])
def test_forms_send_no_files(scene, kind):
    files = scene.files()
    scene.ann.call("PUT", f"/v1/uploads/{new_id()}", b"a,b\n", {
        "Content-Type": kind}).expect(415)
    assert scene.files() == files


def test_files_are_not_for_other_sites(scene):
    """What a page of another site makes a browser fetch, it may not read;
    nor may it show a file in a frame."""
    reply = scene.ann.call("GET", f"/v1/attachments/{scene.file}").expect(200)
    assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert reply.headers["Content-Security-Policy"] == (
        "default-src 'none'; sandbox")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert not [name for name in reply.headers
                if name.lower().startswith("access-control")]


def test_no_preflight_is_answered(scene):
    for headers in ({}, {"Origin": "https://evil.example"}):
        reply = scene.ann.call("OPTIONS", "/v1/threads", headers={
            "Access-Control-Request-Method": "POST", **headers})
        assert reply.status in (403, 405)
        assert not [name for name in reply.headers
                    if name.lower().startswith("access-control")]


# ---- GET ------------------------------------------------------------------
SCANNERS = [
    {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks 1.0)"},
    {"User-Agent": "BarracudaSentinel (EE)"},
    {"User-Agent": "Slackbot-LinkExpanding 1.0", "Range": "bytes=0-32768"},
    {"User-Agent": "GoogleImageProxy", "Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"},
    {"If-None-Match": "*", "If-Modified-Since":
     "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"X-HTTP-Method-Override": "POST", "X-Method-Override": "DELETE"},
    {"Accept": "*/*", "Connection": "close"},
    {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate",
     "Sec-Fetch-User": "?1"},
    {"Referer": "https://mail.example/", "DNT": "1"},
]


def targets(scene):
    """Every path there is, as something that leads somewhere."""
    contact = scene.ann.contact("pat")["id"]
    session = scene.ann.get("/v1/sessions/current")["id"]
    found = []
    for path, item in DESCRIPTION.document["paths"].items():
        if "web" not in sockets_of(item):
            continue
        one = {"threads": scene.thread, "contacts": contact,
               "pictures": contact, "uploads": scene.upload,
               "attachments": scene.file}.get(path.split("/")[2], session)
        for name, value in (
                ("{id}", one), ("{token}", scene.link),
                ("{external_id}", "ann"), ("{client}", "ann"),
                ("{provider}", "pat")):
            path = path.replace(name, value)
        found.append(path)
    return [*found, f"/v1/links/{scene.mailed['ann']}"]


def fetch(browser, method, target, headers):
    if target == "/v1/events" and method == "GET":
        stream = browser.listen()
        stream.close()
        return stream.reply
    return browser.call(method, target, headers=headers)


def scan(browser, target):
    """As many fetches as a mail's link may get before anybody sees it."""
    for number in range(FETCHES):
        headers = {"Sec-Fetch-Site": None, **SCANNERS[number % len(SCANNERS)]}
        for method in ("GET", "HEAD", "OPTIONS")[:1 + 2 * (number % 10 == 0)]:
            reply = fetch(browser, method, target, {
                **headers, "Origin": None, "X-CSRF-Token": None})
            assert method == "GET" or reply.status in (403, 405)
            assert "Set-Cookie" not in reply.headers


def test_a_scanner_changes_nothing(scene):
    """Nobody, with all the paths: no transaction at all."""
    paths = targets(scene)
    before = scene.place.transactions()
    for target in paths:
        scan(scene.place.browser("203.0.113.9"), target)
    assert scene.place.transactions() == before


def test_no_get_changes_anything(scene):
    """Not for the people themselves: but for the record that they read, all
    of the store is as it was."""
    paths = targets(scene)
    who = {"ann": scene.ann, "pat": scene.pat, "sam": scene.sam}
    # what was used last is written now and then
    but = ("audit", "session", "meta")
    before = scene.place.spaces(*but)
    csrf = {name: browser.csrf for name, browser in who.items()}
    for browser in who.values():
        for target in paths:
            scan(browser, target)
    after = scene.place.spaces(*but)
    assert before.keys() == after.keys() and len(before) > 10
    for name in before:
        assert before[name] == after[name], name
    for name, browser in who.items():
        assert browser.get("/v1/sessions/current")["csrf"] == csrf[name]


def test_a_link_leads_on_after_scanners(scene):
    """Fifty fetches, and then a person: enrolment, and a message's thread."""
    place = scene.place
    for link in (scene.link, scene.mailed["ann"]):
        scan(place.browser("203.0.113.9"), f"/v1/links/{link}")
    browser, thread = place.browser(), f"/v1/links/{scene.mailed['ann']}"
    assert browser.get(thread) == {"kind": "sign-in"}
    browser.sign_in("ann", PASSPHRASE)
    assert browser.get(thread) == {"kind": "thread", "thread": scene.thread}
    # it is one person's; to another it says nothing
    assert scene.pat.get(thread) == {"kind": "messages"}
    browser = place.browser()
    assert browser.get(f"/v1/links/{scene.link}") == {"kind": "enrol"}
    browser.call("POST", "/v1/enrolments", {
        "link": scene.link, "code": scene.code, "login": "eve",
        "passphrase": PASSPHRASE}).expect(201)


# ---- where mails' links lead ----------------------------------------------
POISON = {
    "Host": "evil.example", "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http", "X-Host": "evil.example",
    "Forwarded": "host=evil.example;proto=http",
    "X-Original-URL": "/evil.example", "X-Forwarded-Server": "evil.example",
    "X-Rewrite-URL": "/evil.example", "Referer": "https://evil.example/"}


class Poisoned(Browser):
    """A browser whose headers lie about where it is."""

    def headers(self, method="GET"):
        return super().headers(method) | POISON


@pytest.mark.parametrize("name", ["openThread", "postEntry", "recover",
                                  "changePassphrase", "setFactor",
                                  "newRecoveryCodes", "invite"])
def test_no_header_reaches_a_mail(scene, name):
    """Everything that sends one: its link is that of the configuration."""
    people = scene.people
    # pat has read what there is, so that a new message makes a mail
    scene.pat.mark_read(scene.thread, 99)
    scene.place.move_clock(24 * 3600)
    people.mailed()
    scene.ann, scene.sam = (sign_in_again(scene, who)
                            for who in ("ann", "sam"))
    browser, values, body = request_of(scene, name)
    poisoned = Poisoned(browser.client, browser.origin)
    poisoned.cookies, poisoned.csrf = browser.cookies, browser.csrf
    method, path, _ = WRITES[name]
    poisoned.call(method, re.sub(
        r"\{([^}]*)\}", lambda m: values[m[1]], path), body, {
            "Idempotency-Key": "k"}).expect(200, 201, 204)
    scene.place.move_clock(3600)
    mails = people.mailed()
    assert mails
    for mail in mails:
        assert mail["url"] == f"{ORIGIN}/t/{mail['link']}"
        assert "evil" not in str(mail)


def sign_in_again(scene, who):
    account = scene.people.accounts[who]
    browser = scene.place.browser()
    if browser.sign_in(who, PASSPHRASE)["state"] == "second-factor":
        browser.call("POST", "/v1/sessions/current/factor", {
            "code": account.authenticator.code(scene.place.offset)}).expect(
                201)
    return browser
