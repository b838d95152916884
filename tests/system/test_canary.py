# SPDX-License-Identifier: Apache-2.0
"""Unique marks go in by every way, also those that fail, and are searched
for in all that comes to rest: mails, logs, the database, temporary files,
the bridge's memory. Plain, base64 at each alignment, quoted-printable, hex,
UTF-16 and more (marks.py).

A posternd that leaks on purpose (leak.c) must be caught.
"""

import json
import os
import pathlib
import subprocess
import uuid

import postern
import pytest
from accounts import Authenticator
from authenticator import add as add_passkey
from authenticator import answer
from client import new_id, wait_for
from conftest import DESCRIPTION, relay_settings
from images import chunk, encoded, png
from maildir import answer_to
from marks import encodings, read_memory, search
from nginx import Nginx
from web import ask

KINDS = 40


class Marks:
    """Makes marks and remembers where each went in."""

    def __init__(self):
        self.where = {}

    def new(self, where):
        # letters of both cases and digits survive any encoding; a dash and
        # an umlaut are what quoted-printable and UTF-8 are about
        mark = f"Kan{uuid.uuid4().hex[:20]}Vogel"
        self.where[mark] = where
        return mark

    def of(self, *kinds):
        return [m for m, w in self.where.items() if w.split(":")[0] in kinds]


class Stage:
    """A practice with a temporary directory of its own, and what to search."""

    def __init__(self, directory, mail, environment=None):
        self.mail = mail
        self.nginx = None
        self.tmp = directory / "tmp"
        self.tmp.mkdir()
        self.tmp.chmod(0o1777)
        self.practice = postern.Practice(
            directory / "p", relay_settings(mail),
            observe=DESCRIPTION.check)
        for each in (self.practice.posternd, self.practice.bridge):
            each.environment = {"TMPDIR": str(self.tmp)}
        self.practice.posternd.environment.update(environment or {})
        self.practice.init()
        self.practice.start()
        self.marks = Marks()

    def write(self, thread_of="client"):
        """The main job, every text a mark."""
        new, place = self.marks.new, self.practice
        address = f"{new('address:local')}@clients.example".lower()
        self.marks.where[address.split("@")[0]] = "address:lower"
        self.box = self.mail.maildir(address)
        other = f"{new('address:provider')}@providers.example".lower()
        self.marks.where[other.split("@")[0]] = "address:lower"
        self.provider_box = self.mail.maildir(other)
        client, provider = new("id:client"), new("id:provider")
        place.provision(client, "client", new("name:client"), address)
        place.provision(provider, "provider", new("name:provider"), other,
                        credentials=new("name:credentials"))
        place.portal.call("PUT", f"/v1/participants/{provider}/picture", {
            "image": encoded(png(64, 64, new("name:picture").encode()))
        }).expect(200)
        place.relate(client, provider)
        place.admin.call("POST", "/v1/admin/participants", {
            "external_id": new("id:admin"), "role": "staff",
            "name": new("name:staff"), "login": new("login:staff"),
            "passphrase": new("passphrase:staff")}).expect(201)
        self.provider = place.session(provider)
        self.client = place.session(client)
        self.client.contact_id = self.provider.id
        self.marks.where |= {self.provider.token: "token:bearer",
                             self.client.token: "token:bearer"}
        opened = self.provider.write_to(self.client.id,
                                        new("body:first"))
        self.thread = opened["thread"]["id"]
        self.provider.write(self.thread, new("body:second"))
        self.client.write(self.thread, new("body:answer"))
        self.provider.write(self.thread, "\u00e4\u2028" + 400 * (
            new("body:long") + " "))
        self.client.send_file(self.thread, self.file("first"),
                              new("file:name") + ".csv")
        assert len(self.client.messages(self.thread)) == 5
        for one in self.provider.entries(self.thread):
            assert one["body"] or one["attachments"]

    def file(self, where, size=200_000):
        """A table, all of it marks."""
        line = f"{self.marks.new(f'file:{where}')},\n".encode()
        return (line * (size // len(line) + 1))[:size]

    def picture(self, where):
        """Marks in what is seen and in what it tells besides."""
        new = self.marks.new
        return png(64, 64, new(f"file:{where} pixels").encode(), chunk(
            b"tEXt", b"Comment\0" + new(f"file:{where} chunk").encode()),
            new(f"file:{where} end").encode())

    def send_files(self):
        """In every way that succeeds, and in every way that does not; by
        nginx, too."""
        new, client, thread = self.marks.new, self.client, self.thread
        portal, path = self.practice.portal, "/v1/uploads/{}".format
        kept = client.send_file(thread, self.picture("picture"),
                                new("file:name") + ".png", "image/png")
        for headers in ({}, {"Range": "bytes=5-90"}):
            client.call("GET", f"/v1/attachments/{kept['id']}", None,
                        headers).expect(200, 206)
        left, data = client.upload(self.file("unbound")), self.file("parts")

        def put(data, status, upload=None, **headers):
            reply = client.call("PUT", path(upload or new_id()), data, {
                "Content-Type": "text/csv",
                **{k.replace("_", "-"): v for k, v in headers.items()}})
            assert reply.status == status, reply

        put(data[:65536], 200, Content_Range=f"bytes 0-65535/{len(data)}")
        upload = client.upload(self.file("deleted"))
        client.call("DELETE", path(upload)).expect(204)
        put(self.file("type"), 415, Content_Type="text/plain")
        put(self.file("type header"), 415, Content_Type=new("file:type"))
        put(self.file("mismatch"), 422, Content_Type="application/pdf")
        put(b"MZ\0" + self.file("program"), 422)
        put(b"%PDF-1.7\n" + self.file("broken"), 422)
        put(self.file("range"), 400, Content_Range=new("file:range"))
        put(self.file("offset"), 409, Content_Range="bytes 5-200004/300000")
        put(self.file("large", 27_000_000), 413)
        put(self.file("id"), 404, upload=new("file:id"))
        portal.call("PUT", path(new_id()), self.file("nobody"), {
            "Content-Type": "text/csv"}, "a" * 52).expect(401)
        portal.raw(f"PUT {path(new_id())} HTTP/1.1\r\nHost: x\r\n"
                   f"Authorization: Bearer {client.token}\r\nContent-Type: "
                   "text/csv\r\nContent-Length: 999999\r\n\r\n".encode()
                   + self.file("half"))
        for upload, name, status in (
                (left, new("file:slash") + "/a.csv", 422),
                (left, new("file:extension") + ".pdf", 422),
                (left, 20 * new("file:longname") + ".csv", 422),
                (new_id(), new("file:gone") + ".csv", 409)):
            client.post(f"/v1/threads/{thread}/entries", {
                "body": "x", "attachments": [
                    {"upload": upload, "name": name}]}).expect(status)
        client.call("GET", f"/v1/attachments/{new('file:absent')}").expect(404)
        self._send_by_nginx()

    def _send_by_nginx(self):
        """From a browser that has signed in."""
        new, browser = self.marks.new, self.provider
        headers = browser.headers("PUT") | {"Content-Type": "text/csv"}

        def put(data, status, **change):
            reply = ask(self.nginx, "PUT", f"/v1/uploads/{new_id()}", data, [
                (n.replace("_", "-"), v)
                for n, v in (headers | change).items()])
            return reply.expect(status)

        data = self.file("by nginx", 300_000)
        upload = put(data, 200).json["upload"]["id"]
        browser.write(self.thread, "", attachments=[
            {"upload": upload, "name": new("file:nginx name") + ".csv"}])
        one, = browser.get(f"/v1/threads/{self.thread}/entries?limit=1")[
            "items"][0]["attachments"]
        assert ask(self.nginx, "GET", f"/v1/attachments/{one['id']}",
                   headers=browser.headers().items()).expect(200).raw == data
        put(self.file("nginx type"), 415, **{"Content-Type": new("file:type")})
        put(self.file("nginx token"), 403, **{"X-CSRF-Token": "a" * 32})
        put(self.file("nginx large", 27_000_000), 413)
        ask(self.nginx, "PUT", f"/v1/uploads/{new('file:nginx id')}",
            self.file("nginx id"), headers.items()).expect(404)

    def sign_in(self):
        """An account and all that guards it: what is typed is a mark, and
        what is handed out becomes one."""
        new, place, where = self.marks.new, self.practice, self.marks.where
        external_id, = (i for i, w in where.items() if w == "id:provider")
        code = place.admin.call(
            "POST", f"/v1/admin/participants/{external_id}/enrolment",
            {}).expect(201).json["code"]
        browser = place.browser()
        link = wait_for(lambda: [
            link for link in (mail.link().rsplit("/", 1)[1]
                              for mail in self.provider_box.mails())
            if browser.get(f"/v1/links/{link}")["kind"] == "enrol"])[0]
        login, passphrase = new("login:chosen"), new("passphrase:chosen")
        enrol = {"link": link, "code": code, "login": login}
        # in every way it can go wrong, and then right
        for wrong in ({"code": new("code:wrong")},
                      {"passphrase": new("passphrase:short")[:7]},
                      {"passphrase": 2000 * new("passphrase:long")},
                      {"login": new("login:bad") + "/"}):
            browser.call("POST", "/v1/enrolments", {
                **enrol, "passphrase": passphrase, **wrong}).expect(
                    401, 413, 422)
        browser.call("POST", "/v1/enrolments", enrol).expect(200)
        done = browser.call("POST", "/v1/enrolments", {
            **enrol, "passphrase": passphrase}).expect(201).json
        secret = browser.get("/v1/me/totp")["secret"]
        app = Authenticator(secret)
        browser.call("PUT", "/v1/me/totp", {"code": app.code()}).expect(201)
        key = add_passkey(browser, postern.ORIGIN, passphrase,
                          label=new("name:passkey"),
                          name=new("secret:passkey").encode())
        self.provider = browser
        other = place.browser("192.0.3.1")
        other.sign_in(login, passphrase, label=new("label:browser"))
        other.call("POST", "/v1/sessions/current/factor", {
            "recovery_code": new("code:factor")}).expect(401)
        other.call("POST", "/v1/sessions/current/factor", {
            "code": app.code()}).expect(201)
        other = place.browser("192.0.6.1")
        other.sign_in(login, passphrase)
        answer(other, key, id=new("secret:other").encode()).expect(401)
        answer(other, key).expect(201)
        for kind, values in (
                ("code:enrolment", [code, code.replace("-", "")]),
                ("code:recovery", done["recovery_codes"]),
                ("secret:totp", [secret, secret.lower()]),
                ("token:cookie", [*browser.cookies.values(),
                                  *other.cookies.values()]),
                ("token:csrf", [browser.csrf, other.csrf])):
            where.update((value, kind) for value in values)
        self.raw_secret = app.key
        place.browser("192.0.4.1").call("POST", "/v1/recoveries", {
            "login": login, "code": new("code:lost"),
            "passphrase": new("passphrase:new")}).expect(401)
        place.browser("192.0.5.1").call("POST", "/v1/sessions", {
            "login": login, "passphrase": new("passphrase:mistyped"),
            "label": new("label:refused")}).expect(401)
        change = {"old": passphrase, "new": new("passphrase:changed")}
        browser.call("PUT", "/v1/me/passphrase", change).expect(201)
        more = browser.call("POST", "/v1/me/recovery-codes", {
            "passphrase": change["new"]}).expect(201).json["recovery_codes"]
        where.update((value, "code:recovery") for value in more)
        browser.call("PUT", "/v1/me", {"time_zone": new("path:zone")}).expect(
            200, 422)

    def draft(self):
        """What is kept, sent, thrown away and refused."""
        new, client = self.marks.new, self.client
        path = f"/v1/threads/{self.thread}/draft"
        for where in ("kept", "over", "sent"):
            client.call("PUT", path, {
                "body": new(f"draft:{where}"),
                "key": new("draft:key")}).expect(200)
            assert client.get(path)["body"] in self.marks.where
        text = client.get(path)["body"]
        client.write(self.thread, text, draft=True)
        client.call("PUT", path, {"body": new("draft:kept"),
                                  "key": new("draft:key")}).expect(200)
        contact = f"/v1/contacts/{client.contact_id}/draft"
        client.call("PUT", contact, {"body": new("draft:contact"),
                                     "key": ""}).expect(200)
        for body in ({"body": new("draft:control") + "\x01", "key": "k"},
                     {"body": new("draft:extra"), "key": "k", "x": 1},
                     {"body": [new("draft:type")], "key": "k"},
                     {"body": "x", "key": 3 * new("draft:longkey")}):
            client.call("PUT", path, body).expect(422)

    def answer_by_mail(self):
        """The client's mail, marks in all its parts."""
        notice = self.box.wait(1)[0]
        new = self.marks.new
        mail = answer_to(
            notice, "a@x.example", new("mail:text"), **{
                "From": f"{new('mail:from')} <{new('mail:local')}@x.example>",
                "Subject": new("mail:subject"),
                "X-Note": new("mail:header")})
        self.mail.send(f"{new('mail:sender')}@x.example", notice.reply_to,
                       mail)
        parts = (
            f"Content-Type: multipart/mixed; boundary={new('mail:boundary')}"
            "\r\nAuto-Submitted: auto-replied\r\n\r\n")
        boundary = parts.split("boundary=")[1].split("\r\n")[0]
        parts += (f"--{boundary}\r\nContent-Type: text/plain\r\n"
                  f"Content-Disposition: attachment; filename="
                  f"{new('mail:file')}.txt\r\n\r\n{new('mail:part')}\r\n"
                  f"--{boundary}--\r\n")
        self.mail.send("a@x.example", notice.reply_to, parts.encode())
        self.mail.send("", notice.reply_to, f"Subject: {new('mail:null')}"
                       f"\r\n\r\n{new('mail:nulltext')}\r\n".encode())
        self.mail.send("a@x.example", notice.reply_to,
                       f"{new('mail:malformed')}\r\n\0\xff".encode("latin-1"))
        self.mail.send("", notice.envelope_sender,
                       f"Subject: {new('mail:bounce')}\r\nContent-Type: "
                       "multipart/report; boundary=x\r\n\r\n--x\r\n\r\n"
                       f"{new('mail:bouncetext')}\r\n--x--\r\n".encode())
        wait_for(lambda: any(str(m["Auto-Submitted"]) == "auto-replied"
                             for m in self.box.mails()), 30)
        self.mail.wait_empty()

    def fail(self):
        """Every way a request can fail, with a mark in it."""
        new, portal = self.marks.new, self.practice.portal
        entries = f"/v1/threads/{self.thread}/entries"
        token = self.client.token

        def post(body, path=entries, token=token, key=None, **headers):
            if key is None:
                key = uuid.uuid4().hex
            return portal.call("POST", path, body, {
                "Idempotency-Key": key, **headers}, token)

        def text(where):
            return json.dumps({"body": new(f"body:{where}")}).encode()

        assert post(text("cut")[:-2]).status == 400
        assert post(text("utf8")[:-2] + b'\xff"}').status >= 400
        assert post(text("doubled")[:-1] + b',"body":"x"}').status == 400
        assert post({"body": [new("body:type")]}).status == 422
        assert post({new("body:member"): "x"}).status == 422
        assert post({"body": "x", "to": new("body:extra")}).status == 422
        portal.call("PUT", "/v1/participants/x/picture", {
            "image": encoded(new("name:nopicture").encode())}).expect(422)
        assert post({"body": new("body:control") + "\x01"}).status == 422
        assert post({"body": 2000 * new("body:long")}).status >= 400
        assert post(text("plain"), **{"Content-Type": "text/plain"}
                    ).status == 415
        assert post(text("nokey"), key="").status >= 400
        assert post(text("token"), token="a" * 52).status == 401
        assert post(text("absent"),
                    path=f"/v1/threads/{'a' * 26}/entries").status == 404
        assert post(text("path"), path=f"/v1/{new('path:path')}"
                    ).status == 404
        portal.raw(f"GET /v1/{new('path:zero')}%00 HTTP/1.1\r\n"
                   "Host: x\r\n\r\n".encode())
        same = uuid.uuid4().hex
        assert post(text("kept"), key=same).status == 201
        assert post(text("other"), key=same).status == 422
        assert post(text("keymark"), key=new("path:key")).status == 201
        portal.call("GET", f"/v1/me?{new('path:query')}=1", token=token)
        portal.call("GET", "/v1/me", headers={
            "X-Note": new("path:header"),
            "Authorization": f"Bearer {new('path:bearer')}"})
        portal.call(new("path:method"), "/v1/me")
        portal.raw(new("path:nonsense").encode() + b"\r\n\r\n")
        portal.raw(b"POST " + entries.encode() + b" HTTP/1.1\r\nHost: x\r\n"
                   b"Content-Length: 400\r\n\r\n" + text("half"))
        portal.call("POST", "/v1/sessions", {
            "login": new("login:wrong"),
            "passphrase": new("passphrase:wrong")}).expect(401)
        portal.call("POST", "/v1/sessions",
                    {"assert": new("id:wrong")}).expect(404)
        portal.call("PUT", f"/v1/participants/{new('id:bad')}", {
            "role": "client", "name": new("name:bad"),
            "addresses": [new("address:bad")]}).expect(422)
        self.practice.bridge_api.call("POST", "/v1/bridge/inbound", {
            "recipient": "r-x", "kind": new("path:kind")}).expect(422)
        self.practice.admin.call("POST", "/v1/admin/test-mail", {
            "to": new("address:test")}).expect(422)

    def fail_mail(self):
        """A mail server that echoes what it refuses."""
        self.mail.refuse_submission("reject")
        known = {row["id"] for row in self.practice.queue()}
        self.provider.write(self.thread, self.marks.new("body:refused"))
        wait_for(lambda: any(
            row["id"] not in known and row["state"] == "failed"
            for row in self.practice.queue()), 30, self.practice.queue)
        self.mail.accept_submission()

    # ---- where to search --------------------------------------------------
    def mails(self):
        return {f"mail to {address.split('@')[1]} {i}": one.raw
                for address, box in self.mail.maildirs().items()
                for i, one in enumerate(box.mails())}

    def logs(self):
        return {"nginx": self.nginx.logs().encode() if self.nginx else b"", **{
            p.name: p.log().encode()
            for p in (self.practice.posternd, self.practice.bridge)}}

    def files(self):
        """All else that lies about: the store, temporary files."""
        return {str(f): f.read_bytes()
                for top in (self.practice.store_dir, self.tmp,
                            self.practice.run_dir,
                            *([self.nginx.spool_dir] if self.nginx else []))
                for f in top.rglob("*") if f.is_file()}

    def find(self, places, marks):
        """["mark's way in: place, encoding"]."""
        return sorted(f"{self.marks.where[mark]}: {place}, {how}"
                      for place, data in places.items()
                      for mark, how in search(data, marks))


def shown(stage):
    """All hits there are. What a session is called stands in its row, as
    docs/formats.md says; nowhere else."""
    content = stage.marks.of("body", "mail", "passphrase", "path", "draft",
                             "code", "secret", "token", "file")
    labels = stage.marks.of("label")
    people = stage.marks.of("name", "id", "login")
    addresses = stage.marks.of("address")
    return (stage.find(stage.mails(), content + labels + people)
            + stage.find(stage.logs(), content + labels + people + addresses)
            + stage.find(stage.files(), content + people + addresses))


@pytest.fixture(scope="module")
def stage(directory, mail):
    found = Stage(directory, mail)
    try:
        found.write()
        found.answer_by_mail()
        found.draft()
        found.fail()
        found.sign_in()
        found.nginx = Nginx(directory / "nginx",
                            found.practice.run_dir / "web.sock").start()
        found.send_files()
        found.fail_mail()
        yield found
        found.practice.stop()
    finally:
        if found.nginx:
            found.nginx.stop()
        found.practice.kill()


def test_enough_marks(stage):
    assert len(stage.marks.where) > 140
    assert len(stage.mails()) >= 8
    kinds = {where.split(":")[0] for where in stage.marks.where.values()}
    assert kinds >= {"body", "draft", "passphrase", "code", "secret", "token",
                     "label", "login", "name", "id", "address", "mail",
                     "file"}
    # what is kept of files is there, and sealed
    sealed = list((stage.practice.store_dir / "attachments").iterdir())
    assert len(sealed) >= 5
    assert sum(f.stat().st_size for f in sealed) > 800_000


def test_nothing_is_found(stage):
    assert shown(stage) == []
    for place, data in stage.files().items():
        assert stage.raw_secret not in data, place


def test_bridge_never_held_it(stage):
    """What was written in a thread is in no page of the bridge's memory."""
    memory = read_memory(stage.practice.bridge.process.pid)
    assert len(memory) > 1 << 20
    # the search does see what is there
    assert search(memory, ["Lakeside Practice"], ("plain",))
    assert search(memory, stage.marks.of("body", "name", "passphrase",
                                         "file"),
                  ("plain", "base64", "utf-16")) == []
    assert search(memory, stage.marks.of(
        "draft", "code", "secret", "token", "label", "login"),
                  ("plain",)) == []


@pytest.mark.skipif(postern.sanitized(), reason="the sanitizer keeps what "
                    "libqrencode frees, where others write over it at once")
def test_posternd_does_not_keep_it(stage):
    """What was typed to sign in is wiped once it has been looked at."""
    memory = read_memory(stage.practice.posternd.process.pid)
    assert search(memory, ["Lakeside Practice"], ("plain",))
    assert search(memory, stage.marks.of("passphrase", "code", "secret"),
                  ("plain",)) == []


def test_nothing_is_found_after_the_end(stage):
    stage.practice.stop()
    assert shown(stage) == []
    stage.practice.start()


@pytest.fixture(scope="module")
def leak_library(tmp_path_factory):
    library = tmp_path_factory.mktemp("leak") / "leak.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library,
                    pathlib.Path(__file__).parent / "leak.c"], check=True)
    return library


@pytest.mark.parametrize("how, where", [
    ("log", "posternd, base64"), ("hex", "posternd, hex"),
    ("file", "leaked, utf-16"), ("store", "leaked, plain")])
def test_a_leak_is_caught(mail, leak_library, how, where):
    """Controls: each must be found, where it leaks and as it is wrapped."""
    directory = postern.new_directory()
    preload = str(leak_library)
    if postern.sanitized():
        preload = f"{postern.asan_library()}:{preload}"
    inside = "p/store" if how == "store" else "tmp"
    leaky = None
    try:
        leaky = LeakyStage(directory, mail, {
            "LD_PRELOAD": preload, "LEAK": how,
            "LEAK_FILE": str(directory / inside / "leaked")})
        leaky.write()
        hits = shown(leaky)
        assert any(hit.startswith("body") and where in hit
                   for hit in hits), hits[:KINDS]
        assert any(hit.startswith("name") for hit in hits)
        assert any(hit.startswith("file:first") for hit in hits)
        assert any(hit.startswith("file:name") for hit in hits)
    finally:
        if leaky:
            leaky.practice.kill()
        postern.remove(directory)


class LeakyStage(Stage):
    """Shares the mail server; its mails are not looked at."""

    def mails(self):
        return {}


def test_a_leak_into_mail_is_caught(stage, mail):
    """Control: a mark that does stand in a mail is found there."""
    mark = stage.marks.new("body:control")
    box = mail.maildir("control@clients.example")
    codes = {name: code for name, code in encodings(mark).items()
             if b"\n" not in code and b"\0" not in code}
    for name, code in codes.items():
        mail.send("x@x.example", "control@clients.example",
                  b"Subject: x\r\n\r\n" + name.encode() + b"\r\n" + code
                  + b"\r\n")
    for one in box.wait(len(codes)):
        assert search(one.raw, [mark]), one.raw
        os.unlink(one.path)
    del stage.marks.where[mark]
