# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml and posternd, held against each other.

Every reply any test gets is checked by conftest's observer; here, each
operation and status of the document is brought about, and the routes of the
source are compared with the paths of the document.
"""

import re
import socket
import time
import uuid

import jsonschema
import pytest
from accounts import PASSPHRASE, Accounts, Authenticator
from authenticator import Passkey, add, answer
from client import new_id, wait_for
from images import encoded, png
from openapi import Description, sockets_of
from postern import ORIGIN, SOURCE

# brought about elsewhere: a full disk in test_faults.py; 500 needs a broken
# chain and 503 a full queue, which the unit tests of the writer make
ELSEWHERE = {500, 503, 507}
# longer than any that means something
LONG = "x" * 3000 + "=1"
ABSENT = "a" * 26


@pytest.fixture(scope="module")
def description():
    return Description()


def test_document_is_sound(description):
    """It is OpenAPI by shape, its references lead somewhere, its schemas
    are schemas, its paths name their sockets."""
    document = description.document
    assert document["openapi"].startswith("3.1")
    references = re.findall(r'\$ref: "#/([^"]+)"',
                            (SOURCE / "docs/openapi.yaml").read_text())
    for reference in references:
        target = document
        for part in reference.split("/"):
            target = target[part]
    used = set(references)
    for group in ("schemas", "responses", "parameters", "headers"):
        for name in document["components"][group]:
            assert f"components/{group}/{name}" in used, f"unused: {name}"
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = [o["operationId"] for o in description.operations.values()]
    assert len(ids) == len(set(ids))
    for path, item in document["paths"].items():
        # portal.sock and web.sock serve the same
        assert sockets_of(item) in (["portal", "web"], ["bridge"], ["admin"])
        named = {description.resolve(p)["name"]
                 for p in item.get("parameters", [])}
        assert set(re.findall(r"\{([^}]*)\}", path)) == named, path
    for (method, path), operation in description.operations.items():
        statuses = {int(s) for s in operation["responses"] if s != "default"}
        assert any(s < 300 for s in statuses), (method, path)
        if "requestBody" in operation:
            assert statuses >= {400, 413, 415, 422}, (method, path)
        for needed in operation.get("security", document["security"]):
            assert set(needed) <= set(
                document["components"]["securitySchemes"])


def test_routes_are_documented(description):
    """Every route of the daemon stands in the document, and no other."""
    routes = set()
    for file in (SOURCE / "daemon").glob("*.c"):
        routes |= {(method, re.sub(r"\{[^}]*\}", "{}", path))
                   for method, path in re.findall(
                       r'\{\s*"(GET|PUT|POST|DELETE|PATCH)",\s*'
                       r'"(/v1/[^"]*)"', file.read_text())}
    documented = {(method, re.sub(r"\{[^}]*\}", "{}", path))
                  for method, path in description.operations}
    assert routes == documented


def test_every_status(fresh, description):
    """Each operation and status of the document is answered once."""
    place = fresh(observe=description.check, settings={
        "limits.posts-per-minute": 20, "limits.recipients-per-second": 2,
        "limits.attachment-bytes": "256K",
        "limits.attachment-bytes-per-hour": "1M",
        "frontend portal.rights": "assert provision"})
    place.hurry().start(bridge=False)
    provision(place)
    signed_in_mailbox(fresh(observe=description.check, settings={
        "mailbox.host": "localhost", "mailbox.user": "portal",
        "mailbox.login": "oauth", "mailbox.client-id": "c",
        "mailbox.scope": "s", "mailbox.token-endpoint": "https://localhost/",
        "mailbox.device-endpoint": "https://localhost/"}))
    signing_in(place)
    me(place)
    live(place)
    files(place)
    unscanned(fresh(observe=description.check, settings={
        "attachments.clamd": place.run_dir / "nobody.sock"}))
    threads(place)
    pictures(place)
    drafts(place)
    mail(place)
    administration(place)
    bodies(place, description)
    strangers(place, description)
    missing = sorted(
        (method, path, int(status))
        for (method, path), operation in description.operations.items()
        for status in operation["responses"]
        if status != "default" and int(status) not in ELSEWHERE
        and (method, path, int(status)) not in description.seen)
    assert not missing, "\n".join(map(str, missing))


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


def again_until(status, call, most=300):
    """Calls CALL until it answers so."""
    for _ in range(most):
        if call().status == status:
            return
    raise AssertionError(f"never {status}")


def provision(place):
    portal = place.portal
    client = {"role": "client", "name": "One", "time_zone": "Europe/Berlin",
              "addresses": ["c1@clients.example"], "language": "en"}
    portal.call("PUT", "/v1/participants/c1", client).expect(201)
    portal.call("PUT", "/v1/participants/c1", client).expect(200)
    portal.call("PUT", "/v1/participants/p%2F1", {
        "role": "provider", "name": "Two", "credentials": "MD",
        "addresses": ["p1@providers.example"]}).expect(201)
    portal.call("PUT", "/v1/participants/c1", {
        "role": "provider", "name": "One"}).expect(409)
    for who in ("c2", "c3"):
        portal.call("PUT", f"/v1/participants/{who}", {
            "role": "client", "name": f"Who {who}",
            "addresses": [f"{who}@clients.example"]}).expect(201)
    portal.call("PUT", "/v1/relations/c1/p%2F1", {"active": True}).expect(200)
    portal.call("PUT", "/v1/relations/c1/px", {"active": True}).expect(404)
    place.admin.call("POST", "/v1/admin/participants", {
        "external_id": "s1", "role": "staff", "name": "Staff",
        "addresses": ["s1@staff.example"]}).expect(201)
    portal.call("GET", "/v1/participants").expect(200)
    search = "/v1/participants/search"
    one = portal.call("POST", search, {"q": "WHO", "limit": 1}).expect(
        200).json
    two = portal.call("POST", search, {
        "q": "who", "limit": 1, "cursor": one["next"]}).expect(200).json
    assert [page["items"][0]["name"] for page in (one, two)] == [
        "Who c2", "Who c3"]
    portal.call("POST", search, {"q": "nobody at all"}).expect(200)
    portal.call("POST", search, {"q": ""}).expect(422)
    portal.call("POST", search, {"q": "q" * 2000}).expect(413)
    portal.call("POST", search, b"{").expect(400)
    portal.call("POST", search, b"q", {"Content-Type": "text/plain"}
                ).expect(415)
    portal.call("GET", "/v1/participants?limit=0").expect(422)
    portal.call("GET", "/v1/participants/c1").expect(200)
    portal.call("GET", "/v1/participants/cx").expect(404)
    portal.call("POST", "/v1/participants/c1/enrolment", {}).expect(201)
    portal.call("GET", "/v1/participants/c1").expect(200)
    portal.call("POST", "/v1/participants/cx/enrolment", {}).expect(404)
    portal.call("POST", "/v1/participants/s1/enrolment", {}).expect(403)


def signing_in(place):
    place.people = people = Accounts(place, ORIGIN)
    provider = people.open_account("p/1", "p1")
    for who in ("c1", "c2", "s1"):
        people.open_account(who)
    place.portal.call("POST", "/v1/participants/c1/enrolment", {}).expect(409)
    enrolment(place)
    browser = place.browser()
    for link in (ABSENT, "nonsense"):
        browser.call("GET", f"/v1/links/{link}").expect(200)
    place.portal.call("GET", "/v1/settings").expect(200)

    for body, status in (
            ({"login": "c1", "passphrase": "wrong"}, 401),
            ({"assert": "s1"}, 403), ({"assert": "nobody"}, 404)):
        place.portal.call("POST", "/v1/sessions", body).expect(status)
    again_until(429, lambda: browser.call("POST", "/v1/sessions", {
        "login": "nobody", "passphrase": "x"}))
    for who in ("c1", "s1"):
        one = people.accounts[who].browser
        one.get("/v1/sessions")
        one.get("/v1/sessions/current")
        one.call("PUT", "/v1/sessions/current", {}).expect(200)
    one.call("GET", "/v1/contacts").expect(403)

    # the second step, by recovery code and by code
    browser = place.browser("192.0.3.1")
    half = browser.sign_in("p1", PASSPHRASE, label="Firefox on Linux")
    browser.call("GET", "/v1/sessions/current").expect(200)
    browser.call("POST", "/v1/sessions/current/factor", {
        "code": "000000"}).expect(401)
    browser.call("POST", "/v1/sessions/current/factor", {
        "recovery_code": provider.recovery_codes[0]}).expect(201)
    browser.call("POST", "/v1/sessions/current/factor", {
        "code": "000000"}).expect(403)
    browser = place.browser("192.0.4.1")
    assert browser.sign_in("p1", PASSPHRASE)["id"] != half["id"]
    browser.call("POST", "/v1/sessions/current/factor", {
        "code": provider.authenticator.code()}).expect(201)
    others = [s["id"] for s in browser.get("/v1/sessions")["items"]
              if not s["current"]]
    browser.call("DELETE", f"/v1/sessions/{others[0]}").expect(204)
    browser.call("DELETE", f"/v1/sessions/{others[0]}").expect(404)
    browser.call("DELETE", "/v1/sessions").expect(204)
    browser.call("DELETE", "/v1/sessions/current").expect(204)
    browser.call("DELETE", "/v1/sessions/current").expect(401)

    browser = place.browser("192.0.5.1")
    recover = {"login": "c2", "passphrase": PASSPHRASE + " anew"}
    browser.call("POST", "/v1/recoveries", {
        **recover, "code": people.accounts["c2"].recovery_codes[0]}).expect(
            204)
    again_until(429, lambda: browser.call("POST", "/v1/recoveries", {
        **recover, "code": "aaaa-aaaa-aaaa"}).expect(401, 429))
    browser = place.browser("192.0.6.1")
    browser.sign_in("p1", PASSPHRASE)
    again_until(429, lambda: browser.call(
        "POST", "/v1/sessions/current/factor", {"code": "000000"}))


def enrolment(place):
    """What becomes of c3's link."""
    people, browser = place.people, place.browser("192.0.2.77")
    code = people.issue("c3")
    link = people.link().rsplit("/", 1)[1]
    ask = {"link": link, "code": code}
    browser.call("GET", f"/v1/links/{link}").expect(200)
    browser.call("POST", "/v1/enrolments", ask).expect(200)
    browser.call("POST", "/v1/enrolments", {
        **ask, "passphrase": PASSPHRASE, "login": "C1"}).expect(409)
    browser.call("POST", "/v1/enrolments", {
        **ask, "passphrase": "too short", "login": "c3"}).expect(422)
    browser.call("POST", "/v1/enrolments", {
        **ask, "passphrase": PASSPHRASE, "login": "c3"}).expect(201)
    again_until(429, lambda: browser.call(
        "POST", "/v1/enrolments", ask).expect(401, 429))


def me(place):
    people = place.people
    provider = people.accounts["p/1"]
    for who in ("p/1", "c1"):
        people.browser(who).get("/v1/me")
    people.browser("p/1").call("PUT", "/v1/me", {
        "response_days": {"from": 0, "to": 2}}).expect(200)
    client = people.browser("c1")
    client.call("PUT", "/v1/me", {"language": "es",
                                  "time_zone": "America/New_York"}).expect(200)
    right, wrong = {"passphrase": PASSPHRASE}, {"passphrase": "x"}
    client.get("/v1/me/totp")
    client.call("PUT", "/v1/me/totp", {**right, "code": "000000"}).expect(401)
    app = Authenticator(client.get("/v1/me/totp")["secret"])
    client.call("PUT", "/v1/me/totp", {
        **right, "code": app.code()}).expect(201)
    client.call("POST", "/v1/me/totp/removal", {
        **right, "code": "000000"}).expect(401)
    client.call("POST", "/v1/me/totp/removal", {
        **right, "code": app.code()}).expect(201)
    people.browser("p/1").call("POST", "/v1/me/totp/removal", {
        **right, "code": provider.authenticator.code()}).expect(403)
    passkeys(place, client)
    addresses(place, client)
    client.call("POST", "/v1/me/recovery-codes", right).expect(201)
    change = {"old": PASSPHRASE, "new": PASSPHRASE + "!"}
    client.call("PUT", "/v1/me/passphrase", change).expect(201)
    client.call("PUT", "/v1/me/passphrase", change).expect(401)
    # one count for whatever asks for the passphrase; this device's
    again_until(429, lambda: client.call(
        "POST", "/v1/me/recovery-codes", wrong).expect(401, 429))
    client.call("PUT", "/v1/me/passphrase", change).expect(429)
    client.call("PUT", "/v1/me/totp", {**wrong, "code": "0"}).expect(429)
    client.call("POST", "/v1/me/totp/removal", {
        **wrong, "code": "0"}).expect(429)
    client.call("POST", "/v1/me/passkeys", {
        **wrong, **place.unmade}).expect(429)
    client.call("POST", f"/v1/me/passkeys/{place.passkey}/removal",
                wrong).expect(429)


def addresses(place, client):
    """Another one, confirmed; and the practice says that it works."""
    place.people.mailed()
    ask, confirm = "/v1/me/addresses", "/v1/me/addresses/{}/confirm".format
    client.call("POST", ask, {"address": "nothing"}).expect(422)
    new = client.call("POST", ask, {"address": "new@clients.example"}
                      ).expect(201).json["id"]
    code = place.people.mailed()[-1]["code"]
    client.call("POST", confirm(ABSENT), {"code": code}).expect(404)
    client.call("POST", confirm(new), {"code": ""}).expect(422)
    client.call("POST", confirm(new), {"code": "1"}).expect(403)
    client.call("POST", confirm(new), {"code": code}).expect(200)
    again_until(429, lambda: client.call(
        "POST", ask, {"address": "new@clients.example"}).expect(201, 429))
    restart = "/v1/participants/c1/addresses/{}/restart".format
    place.portal.call("POST", restart(new), {}).expect(204)
    place.portal.call("POST", restart(ABSENT), {}).expect(404)


def passkeys(place, client):
    """One is added and used; it stays."""
    right = {"passphrase": PASSPHRASE}
    key = add(client, ORIGIN, PASSPHRASE)
    place.unmade = Passkey(ORIGIN).make(client.get("/v1/me/passkeys")[
        "create"], origin="https://elsewhere.example")
    client.call("POST", "/v1/me/passkeys", {
        **place.unmade, **right}).expect(401)
    client.call("POST", "/v1/me/passkeys", {**right, **key.make(
        client.get("/v1/me/passkeys")["create"])}).expect(409)
    client.call("GET", "/v1/sessions/current/factor").expect(403)
    browser = place.browser("192.0.7.1")
    browser.sign_in("c1", PASSPHRASE)
    answer(browser, key, signature=b"x").expect(401)
    answer(browser, key).expect(201)
    place.passkey = client.get("/v1/me/passkeys")["items"][0]["id"]
    removal = "/v1/me/passkeys/{}/removal".format
    client.call("POST", removal(ABSENT), right).expect(404)
    client.call("POST", removal(place.passkey), {
        "passphrase": "x"}).expect(401)
    client.call("POST", removal(place.passkey), right).expect(201)
    add(client, ORIGIN, PASSPHRASE)
    place.passkey = client.get("/v1/me/passkeys")["items"][0]["id"]


def live(place):
    stream = place.people.browser("c1").listen()
    assert stream.next() == ("resync", {})
    stream.close()


def threads(place):
    client, provider = (place.people.browser(who) for who in ("c1", "p/1"))
    for path in ("/v1/contacts", "/v1/threads"):
        client.get(path)
        client.call("GET", path + "?unknown=1").expect(422)
    to = provider.contact("c1")["id"]
    thread = provider.write_to(to, "one")["thread"]["id"]
    place.base = base = f"/v1/threads/{thread}"
    client.get(base)
    client.get(base + "/entries")
    client.get("/v1/threads")
    client.get("/v1/contacts")
    client.get("/v1/threads?limit=1")
    client.call("GET", base + "/entries?limit=x").expect(422)
    client.write(thread, "two")
    client.mark_read(thread, 2)
    provider.get("/v1/contacts")
    provider.post("/v1/threads", {"to": ABSENT, "body": "x"}).expect(404)
    stranger = place.session("c3")
    for method, tail, body in (
            ("GET", "", None), ("GET", "/entries", None),
            ("POST", "/entries", {"body": "x"}),
            ("PUT", "/read", {"up_to": 1}), ("GET", "/draft", None),
            ("PUT", "/draft", {"body": "x", "key": "x"})):
        stranger.call(method, base + tail, body, key()).expect(404)
    # a relation that does not let one write: its members are told why
    place.relate("c1", "p%2F1", active=True, writable=False)
    provider.get("/v1/contacts")
    provider.post(base + "/entries", {"body": "x"}).expect(403)
    provider.post("/v1/threads", {"to": to, "body": "x"}).expect(403)
    place.relate("c1", "p%2F1", active=True, writable=True)
    for path in (base + "/entries", "/v1/threads"):
        body = {"body": "x"} if path != "/v1/threads" else {
            "to": to, "body": "x"}
        again_until(429, lambda p=path, b=body: provider.post(p, b))


def files(place):
    client, provider = (place.people.browser(who) for who in ("c1", "p/1"))
    thread = provider.write_to(client.id, "one")["thread"]["id"]
    entries, kind = f"/v1/threads/{thread}/entries", {
        "Content-Type": "text/csv"}

    def put(data, upload=None, **headers):
        return client.call("PUT", f"/v1/uploads/{upload or new_id()}", data,
                           {**kind, **headers})

    put(b"a", **{"Content-Range": "bytes 0-8/9"}).expect(400)
    put(b"a", "no-id").expect(404)
    put(bytes(300000)).expect(413)
    put(b"a", **{"Content-Type": "text/plain"}).expect(415)
    put(b"a", **{"Content-Type": "image/png"}).expect(422)
    upload = f"/v1/uploads/{client.upload(b'a,b')}"
    client.get(upload)
    client.call("DELETE", upload).expect(204)
    client.call("GET", upload).expect(404)
    client.call("DELETE", "/v1/uploads/no-id").expect(404)
    with socket.socket(socket.AF_UNIX) as s:
        owner = place.session("c2")
        s.connect(str(place.portal.path))
        s.sendall(f"PUT {upload} HTTP/1.1\r\nHost: x\r\nContent-Type: "
                  f"text/csv\r\nAuthorization: Bearer {owner.token}\r\n"
                  "Content-Length: 9\r\n\r\n".encode())
        for method, body in (("GET", None), ("PUT", b"a"), ("DELETE", None)):
            wait_for(lambda m=method, b=body: owner.call(
                m, upload, b, kind).status == 409)
    for path, more in ((entries, {}), ("/v1/threads", {"to": provider.id})):
        client.post(path, {"body": "", "attachments": [
            {"upload": ABSENT, "name": "a.csv"}], **more}).expect(409)
    place.file = client.send_file(thread, b"a,b")["id"]
    file = f"/v1/attachments/{place.file}"
    for headers, status in (({}, 200), ({"Range": "bytes=1-"}, 206),
                            ({"Range": "bytes=9-"}, 416)):
        client.call("GET", file, None, headers).expect(status)
    client.call("GET", f"/v1/attachments/{ABSENT}").expect(404)
    again_until(429, lambda: put(bytes(200000)))


def unscanned(place):
    """Where there is a scanner, nothing is handed out before it was asked."""
    place.start(bridge=False)
    place.enrol(1)
    client, provider = place.session("client1"), place.session("provider1")
    thread = provider.write_to(client.id, "one")["thread"]["id"]
    file = client.send_file(thread, b"a,b")
    assert file["state"] == "pending"
    client.call("GET", f"/v1/attachments/{file['id']}").problem(
        409, "attachment-pending")


def signed_in_mailbox(place):
    """An administrator's wish reaches the bridge, and is forgotten once that
    has a code."""
    place.start_posternd()
    bridge, admin = place.bridge_api, place.admin
    report = {"state": "trouble", "since": 1000, "error": "sign-in"}

    def tell(**more):
        return bridge.call("POST", "/v1/bridge/health", {
            "mailbox": {**report, **more}}).expect(200).json["sign_in"]

    assert admin.call("GET", "/v1/admin/mailbox").json["state"] == "unknown"
    assert not tell()
    audited = place.status()["store"]["audit_entries"]
    admin.call("POST", "/v1/admin/mailbox/sign-in", {}).expect(202)
    assert place.status()["store"]["audit_entries"] == audited + 1
    assert tell() and tell()
    assert not tell(state="signing-in", user_code="AB-CD", expires=2000,
                    verification_uri="https://login.example/device")
    assert not tell()
    assert "mailbox-sign-in" in place.status()["reasons"]
    assert not tell(state="connected", secret_expires=1)
    assert place.status()["reasons"].count("mailbox-secret-expires") == 1


def pictures(place):
    image = {"image": encoded(png())}
    for who, status in (("p%2F1", 200), ("px", 404)):
        place.portal.call("PUT", f"/v1/participants/{who}/picture",
                          image).expect(status)
        place.admin.call("PUT", f"/v1/admin/participants/{who}/picture",
                         image).expect(status)
    client = place.people.browser("c1")
    client.call("GET", client.contact("Two")["picture"]).expect(200)
    client.call("GET", f"/v1/pictures/{ABSENT}").expect(404)
    place.portal.call("PUT", "/v1/participants/p%2F1/picture",
                      {"image": None}).expect(200)


def drafts(place):
    for who, kind, about in (
            ("c1", "threads", place.base.rsplit("/", 1)[1]),
            ("p/1", "contacts", place.people.browser("p/1").contact(
                "c1")["id"])):
        writer = place.people.browser(who)
        path, absent = (f"/v1/{kind}/{i}/draft" for i in (about, ABSENT))
        writer.get(path)
        writer.call("PUT", path, {"body": "text", "key": "k"}).expect(200)
        writer.get(path)
        writer.call("GET", absent).expect(404)
        writer.call("PUT", absent, {"body": "", "key": ""}).expect(404)
        again_until(429, lambda w=writer, p=path: w.call("PUT", p, {
            "body": "", "key": ""}))


def mail(place):
    bridge = place.bridge_api
    bridge.call("GET", "/v1/bridge/health").expect(200)
    for report, status in (
            ({"state": "connected", "since": 1}, 200),
            ({"state": "trouble", "since": 1, "error": "untrusted"}, 200),
            ({"state": "well", "since": 1}, 422),
            ({"state": "trouble", "since": 1, "error": "fire"}, 422),
            ({"state": "signing-in", "since": 1, "user_code": "A\x1b[2J",
              "verification_uri": "https://a.example/", "expires": 2}, 422),
            ({"state": "signing-in", "since": 1, "user_code": "A",
              "verification_uri": "http://a.example/", "expires": 2}, 422)):
        bridge.call("POST", "/v1/bridge/health", {
            "mailbox": report}).expect(status)
    for body, status in (
            ({"maildir": {"state": "watching", "since": 1}}, 200),
            ({"maildir": {"state": "trouble", "since": 1, "error": "denied",
                          "passed_over": 2}}, 200),
            ({"maildir": {"state": "connected", "since": 1}}, 422),
            ({"maildir": {"state": "trouble", "since": 1, "error": "login"}},
             422),
            ({"maildir": {"state": "watching", "since": 1,
                          "secret_expires": 1}}, 422),
            ({"maildir": {"state": "watching", "since": 1},
              "mailbox": {"state": "connected", "since": 1}}, 422),
            ({}, 422)):
        bridge.call("POST", "/v1/bridge/health", body).expect(status)
    leased = bridge.call("POST", "/v1/bridge/leases", {
        "max": 20, "wait": 0}).expect(200).json["items"]
    assert leased
    bridge.call("POST", "/v1/bridge/results", {"items": [
        {"id": row["id"], "outcome": "sent", "code": ""}
        for row in leased]}).expect(200)
    for recipient in (f"r-{leased[0]['reply']}", "r-" + "a" * 37):
        bridge.call("POST", "/v1/bridge/inbound", {
            "recipient": recipient, "kind": "person"}).expect(200)
    for path, body in (("recipients", {"recipient": "r-" + "a" * 37}),
                       ("inbound", {"recipient": "r-" + "a" * 37,
                                    "kind": "person"})):
        again_until(429, lambda p=path, b=body: bridge.call(
            "POST", f"/v1/bridge/{p}", b).expect(200, 429))


def administration(place):
    admin = place.admin
    for path in ("status", "participants", "participants?addresses=1",
                 "queue", "queue?limit=1", "attachments", "mailbox"):
        admin.call("GET", f"/v1/admin/{path}").expect(200)
    for path in ("participants", "queue", "attachments"):
        admin.call("GET", f"/v1/admin/{path}?limit=x")
        admin.call("GET", f"/v1/admin/{path}?limit=0")
        admin.call("GET", f"/v1/admin/{path}?{LONG}").expect(400)
        admin.call("GET", f"/v1/admin/{path}?cursor=nonsense")
    # no mailbox is watched
    admin.call("POST", "/v1/admin/mailbox/sign-in", {}).expect(409)
    admin.call("POST", "/v1/admin/participants", {
        "external_id": "c1", "role": "client", "name": "x"}).expect(409)
    admin.call("PUT", "/v1/admin/relations", {
        "client": "c2", "provider": "p/1", "active": True}).expect(200)
    admin.call("PUT", "/v1/admin/relations", {
        "client": "cx", "provider": "p/1", "active": True}).expect(404)
    admin.call("POST", "/v1/admin/test-mail", {
        "to": "someone@clients.example"}).expect(202)
    for who, status in (("c1", 409), ("cx", 404)):
        admin.call("POST", f"/v1/admin/participants/{who}/enrolment",
                   {}).expect(status)
    admin.call("POST", "/v1/admin/participants/c3/enrolment",
               {"reset": True}).expect(201)
    admin.call("POST", "/v1/admin/participants/c3/disable", {}).expect(200)
    admin.call("POST", "/v1/admin/participants/cx/disable", {}).expect(404)


def concrete(place, path):
    """A path that leads somewhere, for whom calls it."""
    if path.startswith("/v1/threads/{id}"):
        return path.replace("/v1/threads/{id}", place.base)
    if path.startswith("/v1/attachments/"):
        return f"/v1/attachments/{place.file}"
    for name, value in (("{id}", place.people.browser("c1").contact(
            "p/1")["id"]), ("{token}", ABSENT), ("{external_id}", "c1"),
            ("{client}", "c1"), ("{provider}", "p%2F1"), ("{who}", "c1")):
        path = path.replace(name, value)
    return path


def half_open(place):
    """A provider, by a frontend that does not vouch for a second factor."""
    return place.session("p/1")


def bodies(place, description):
    """400, 413, 415, 422 of everything that takes a body."""
    person, half = place.people.browser("c1"), half_open(place)
    doors = {"bridge": place.bridge_api, "admin": place.admin}
    for (method, path), operation in description.operations.items():
        socket = sockets_of(description.document["paths"][path])[0]
        if "application/json" not in operation.get(
                "requestBody", {}).get("content", ()):
            continue
        caller = doors.get(socket, person)
        if "x-postern-right" in operation:
            caller = place.portal
        elif path.endswith("/factor"):
            caller = half
        for body, status, headers in (
                (b"{", 400, {}), (b'{"unknown":1}', 422, {}),
                (b"{}", 415, {"Content-Type": "text/plain"}),
                (b'{"x":"' + b"x" * 300000 + b'"}', 413, {})):
            patient(caller, method, concrete(place, path), body,
                    {**key(), **headers}).expect(status)
    for query in ("limit=x", "limit=0", LONG, "cursor=nonsense"):
        for path in ("/v1/threads", f"{place.base}/entries"):
            assert person.call("GET", f"{path}?{query}").status in (400, 422)


def patient(caller, *request):
    """Again, while it is told to wait."""
    while (reply := caller.call(*request)).status == 429:
        time.sleep(0.2)
    return reply


def example(description, schema):
    """The least that a schema lets through."""
    schema = description.resolve(schema)
    if "oneOf" in schema:
        return example(description, schema["oneOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: example(description, schema["properties"][name])
                for name in schema.get("required", ())}
    if schema.get("type") == "string":
        # nothing at all would be little to say
        return ABSENT if "pattern" in schema else "x" * schema.get(
            "minLength", 1)
    return {"integer": 1, "boolean": True}[schema["type"]]


def strangers(place, description):
    """401 of everything that needs a session, 403 of everything that needs
    one that is open."""
    half, nobody = half_open(place), place.browser()
    for (method, path), operation in description.operations.items():
        served = sockets_of(description.document["paths"][path])
        if "web" not in served or operation.get("security") == []:
            continue
        body, headers = None, key()
        taken = operation.get("requestBody", {}).get("content", {})
        if "application/json" in taken:
            body = example(description, taken["application/json"]["schema"])
        elif taken:
            body, headers = b"a,b", {"Content-Type": "text/csv"}
        request = (method, concrete(place, path), body, headers)
        nobody.call(*request).problem(401, "unauthenticated")
        if "403" in operation["responses"] and not path.endswith("/factor"):
            patient(half, *request).problem(403, "second-factor-due")
