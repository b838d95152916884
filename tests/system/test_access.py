# SPDX-License-Identifier: Apache-2.0
"""Who may do what to whose: every endpoint of portal.sock and web.sock, every
kind of caller, and something of their own, of somebody else's, and absent.

TABLE says what is to be. It was written from what Postern promises, not from
what posternd answers, and is meant to be read.
"""

import itertools
import re
import uuid

import pytest
from accounts import PASSPHRASE, Accounts
from authenticator import add as add_passkey
from client import Client, Session, Stream, new_id
from conftest import DESCRIPTION
from images import encoded, png
from openapi import sockets_of
from postern import ORIGIN

# How an answer is called here: its status; and where one status has several
# reasons, the reason.
NAMES = {
    "unauthenticated": "401",
    "forbidden": "403",
    "not-found": "404",
    "invalid-field": "422",
    "second-factor-due": "due",
    "login-refused": "login",
    "factor-refused": "factor",
    "recovery-refused": "recovery",
    "enrolment-refused": "enrol",
    "weak-passphrase": "weak",
    "writing-closed": "closed",
    "conflict": "in-use",
    "code-refused": "wrong",
}

# One word in the table: what comes of one's own / another's / an absent one.
# Any other word is the same for all three, or there is no object.
MANY = {
    "see": ("200", "404", "404"),
    "write": ("201", "404", "404"),
    "end": ("204", "404", "404"),
    "code": ("wrong", "404", "404"),
    "works": ("204", "204", "404"),
    "shut": ("closed", "404", "404"),  # one's own, but it takes no more
    "link": ("thread", "messages", "messages"),
    "read": ("200", "200", "404"),     # whoever looks after all people
    "put": ("200", "200", "201"),
    "invite": ("in-use", "in-use", "404"),
    "assert": ("201", "201", "404"),
    "enrol1": ("200", "enrol", "enrol"),
}

# nobody    a browser before it signs in
# client    a client, and another client
# provider  the client's provider, and a provider of the other client
# past      a provider whose relation with the client has ended, and was
#           closed to writing
# staff     who looks after people and reads no message
# due       a provider whose second factor has still to be checked
# setup     a provider who has still to set one up
# ended     somebody disabled, somebody whose session has expired, somebody
#           who has signed out
# rights    a frontend with all rights, without anybody's session
# bare      a frontend without a right, likewise
#
# The object is named behind the path. Persons call through both sockets, by
# cookie and by token; nobody through web.sock, frontends through portal.sock.
# "web:" and "portal:" before a method: only there.
TABLE = """
                                                   nobody   client   provider past     staff    due      setup    ended    rights   bare
GET    /v1/settings                       -        200      200      200      200      200      200      200      200      200      200
GET    /v1/links/{token}                  link     sign-in  link     link     link     messages sign-in  sign-in  sign-in  sign-in  sign-in
POST   /v1/enrolments                     invited  enrol1   enrol1   enrol1   enrol1   enrol1   enrol1   enrol1   enrol1   enrol1   enrol1
POST   /v1/recoveries                     login    recovery recovery recovery recovery recovery recovery recovery recovery recovery recovery
POST   /v1/sessions                       login    login    login    login    login    login    login    login    login    login    login
web:POST /v1/sessions                     assert   403      403      403      403      403      403      403      403      403      403
portal:POST /v1/sessions                  assert   -        assert   assert   assert   assert   assert   assert   assert   assert   403
GET    /v1/sessions                       -        401      200      200      200      200      due      due      401      401      401
GET    /v1/sessions/current               -        401      200      200      200      200      200      200      401      401      401
PUT    /v1/sessions/current               -        401      200      200      200      200      200      200      401      401      401
GET    /v1/sessions/current/factor        -        401      403      403      403      403      200      due      401      401      401
POST   /v1/sessions/current/factor        -        401      403      403      403      403      factor   due      401      401      401
GET    /v1/me                             -        401      200      200      200      200      due      due      401      401      401
PUT    /v1/me                             -        401      200      200      200      200      due      due      401      401      401
PUT    /v1/me/passphrase                  -        401      weak     weak     weak     weak     due      due      401      401      401
GET    /v1/me/totp                        -        401      200      200      200      200      due      200      401      401      401
PUT    /v1/me/totp                        -        401      422      422      422      422      due      factor   401      401      401
POST   /v1/me/totp/removal                -        401      factor   403      403      403      due      due      401      401      401
GET    /v1/me/passkeys                    -        401      200      200      200      200      due      200      401      401      401
POST   /v1/me/passkeys                    -        401      422      422      422      422      due      factor   401      401      401
POST   /v1/me/passkeys/{id}/removal       passkey  401      write    write    write    write    due      due      401      401      401
POST   /v1/me/recovery-codes              -        401      201      201      201      201      due      due      401      401      401
POST   /v1/me/addresses/{id}/confirm      correction 401   code     code     code     404      due      due      401      401      401
POST   /v1/me/addresses                   -        401      201      201      201      201      due      due      401      401      401
GET    /v1/contacts                       -        401      200      200      200      403      due      due      401      401      401
GET    /v1/contacts/{id}/draft            contact  401      see      see      see      404      due      due      401      401      401
PUT    /v1/contacts/{id}/draft            contact  401      see      see      see      404      due      due      401      401      401
GET    /v1/threads                        -        401      200      200      200      200      due      due      401      401      401
POST   /v1/threads                        contact  401      write    write    shut     403      due      due      401      401      401
GET    /v1/threads/{id}                   thread   401      see      see      see      404      due      due      401      401      401
GET    /v1/threads/{id}/entries           thread   401      see      see      see      404      due      due      401      401      401
POST   /v1/threads/{id}/entries           thread   401      write    write    shut     404      due      due      401      401      401
PUT    /v1/threads/{id}/read              thread   401      see      see      see      404      due      due      401      401      401
GET    /v1/threads/{id}/draft             thread   401      see      see      see      404      due      due      401      401      401
PUT    /v1/threads/{id}/draft             thread   401      see      see      see      404      due      due      401      401      401
GET    /v1/uploads/{id}                   upload   401      see      see      see      403      due      due      401      401      401
PUT    /v1/uploads/{id}                   upload   401      200      200      200      403      due      due      401      401      401
DELETE /v1/uploads/{id}                   upload   401      204      204      204      403      due      due      401      401      401
GET    /v1/attachments/{id}               file     401      see      see      see      404      due      due      401      401      401
GET    /v1/events                         -        401      200      200      200      200      due      due      401      200      403
GET    /v1/participants                   -        401      403      403      403      200      due      due      401      200      403
POST   /v1/participants/search            -        401      403      403      403      200      due      due      401      200      403
GET    /v1/participants/{external_id}     person   401      403      403      403      read     due      due      401      read     403
PUT    /v1/participants/{external_id}     person   401      403      403      403      put      due      due      401      put      403
POST   /v1/participants/{external_id}/enrolment person 401  403      403      403      invite   due      due      401      invite   403
PUT    /v1/participants/{external_id}/picture person 401    403      403      403      read     due      due      401      read     403
POST   /v1/participants/{external_id}/addresses/{id}/restart address 401 403 403 403  works    due      due      401      works    403
GET    /v1/pictures/{id}                  contact  401      see      see      see      read     due      due      401      read     404
PUT    /v1/relations/{client}/{provider}  pair     401      403      403      403      read     due      due      401      read     403
DELETE /v1/sessions/{id}                  session  401      end      end      end      end      due      due      401      401      401
DELETE /v1/sessions                       -        401      204      204      204      204      due      due      401      401      401
DELETE /v1/sessions/current               -        401      204      204      204      204      204      204      401      401      401
"""
COLUMNS = {
    "nobody": ("nobody",), "client": ("client", "other client"),
    "provider": ("own provider", "other provider"),
    "past": ("past provider",), "staff": ("staff",), "due": ("factor due",),
    "setup": ("set-up due",),
    "ended": ("disabled", "expired", "signed out"),
    "rights": ("frontend",), "bare": ("bare frontend",)}
FRONTENDS = ("rights", "bare")
OWN, OTHERS, ABSENT = range(3)

BARE_USER = "games"
NOBODY_ID = "a" * 26
WRONG = "not the right passphrase"
TABLE_FILE = b"a,b\n1,2\n"


class Row:
    def __init__(self, line):
        door, path, self.object, *cells = line.split()
        self.only, _, self.method = door.rpartition(":")
        self.path = path
        self.expected = {
            column: MANY.get(word, (word,) * 3)
            for column, word in zip(COLUMNS, cells, strict=True)}
        self.objects = (OWN,) if self.object == "-" else (OWN, OTHERS, ABSENT)

    def cells(self, socket):
        """(column, who, whose) for each request to make."""
        if self.only not in ("", socket):
            return
        for column, actors in COLUMNS.items():
            if column == "nobody" and socket == "portal" or (
                    column in FRONTENDS and socket == "web"):
                continue
            yield from ((column, who, self.objects) for who in actors)


ROWS = [Row(line) for line in TABLE.strip().splitlines()[1:]]


class Scene:
    """Ann and her provider, Bob and his, and the others of COLUMNS."""

    OWN = {  # whose things are "own" and whose "another's"
        "client": ("ann", "bob"), "other client": ("bob", "ann"),
        "own provider": ("p1", "p2"), "other provider": ("p2", "p1"),
        "past provider": ("past", "p1")}
    ACCOUNTS = {
        "client": "ann", "other client": "bob", "own provider": "p1",
        "other provider": "p2", "past provider": "past", "staff": "sam",
        "disabled": "dis", "expired": "exp", "signed out": "out"}

    def __init__(self, place):
        self.place = place
        self.people = Accounts(place, ORIGIN)
        self.sessions = {"web": {}, "portal": {}}
        self.counter = itertools.count()
        self._people()
        self._sign_in()
        self._things()

    def _people(self):
        place = self.place
        for who in ("ann", "bob", "dis", "exp", "out", "eve", "fred"):
            place.provision(who, "client", who.title(), f"{who}@c.example")
        for who in ("p1", "p2", "past", "p3"):
            place.provision(who, "provider", who.title(), f"{who}@p.example")
        for client, provider in (("ann", "p1"), ("ann", "past"),
                                 ("bob", "p2"), ("dis", "p1")):
            place.relate(client, provider)
        place.admin.call("POST", "/v1/admin/participants", {
            "external_id": "sam", "role": "staff", "name": "Sam",
            "addresses": ["sam@s.example"]}).expect(201)
        # a provider with a passphrase and nothing else yet
        place.admin.call("POST", "/v1/admin/participants", {
            "external_id": "p4", "role": "provider", "name": "P4",
            "login": "p4", "passphrase": PASSPHRASE}).expect(201)

    def _sign_in(self):
        """Everybody's session on each socket; in the order in which they may
        end again."""
        place, web, portal = self.place, *self.sessions.values()
        for who, account in (("expired", "exp"), *self.ACCOUNTS.items()):
            if who in web:
                continue
            web[who] = self.people.open_account(account).browser
            portal[who] = (self.new_session(account) if who != "staff"
                           else self._staff_session())
            if who == "expired":
                place.move_clock(15 * 60 + 1)
        place.admin.call("POST", "/v1/admin/participants/dis/disable",
                         {}).expect(200)
        for socket in self.sessions.values():
            socket["signed out"].call("DELETE", "/v1/sessions/current"
                                      ).expect(204)
        self.people.open_account("p3")
        for who, login in (("factor due", "p3"), ("set-up due", "p4")):
            opened = {"login": login, "passphrase": PASSPHRASE}
            web[who] = place.browser()
            web[who].call("POST", "/v1/sessions", opened).expect(201)
            portal[who] = Session(place.portal, place.portal.call(
                "POST", "/v1/sessions", opened).expect(201).json)
        web["nobody"] = place.browser()
        portal["frontend"] = place.portal
        portal["bare frontend"] = Client(
            place.portal.path, "portal", DESCRIPTION.check, BARE_USER)

    def sign_in_again(self, socket):
        """On portal.sock, after web.sock's part has ended all sessions."""
        if socket == "web":
            return
        for who, account in self.ACCOUNTS.items():
            if who not in COLUMNS["ended"]:
                self.sessions["portal"][who] = (
                    self.new_session(account) if who != "staff"
                    else self._staff_session())

    def new_session(self, account):
        return self.place.session(account)

    def _staff_session(self):
        session = Session(self.place.portal, self.place.portal.call(
            "POST", "/v1/sessions", {"login": "sam", "passphrase": PASSPHRASE}
        ).expect(201).json)
        session.call("POST", "/v1/sessions/current/factor", {
            "code": self.people.accounts["sam"].authenticator.code(
                self.place.offset)}).expect(201)
        return session

    def _things(self):
        place, portal = self.place, self.sessions["portal"]
        self.threads, self.files, self.uploads = {}, {}, {}
        self.ids = {who: portal[kind].id
                    for kind, who in self.ACCOUNTS.items()}
        for pair in (("ann", "p1"), ("ann", "past"), ("bob", "p2")):
            self._write(*pair)
        place.relate("ann", "past", active=False, writable=False)
        for who in ("ann", "bob", "p1", "p2"):
            place.portal.call("PUT", f"/v1/participants/{who}/picture",
                              {"image": encoded(png())}).expect(200)
        self.mails = {}
        while items := self.people.mailed():
            self.mails |= {item["to"].split("@")[0]: item["link"]
                           for item in items if item["kind"] == "message"}
        self.codes = {who: self.people.issue(who) for who in ("eve", "fred")}
        self.invitations = {item["to"].split("@")[0]: item["link"]
                            for item in self.people.mailed()}
        self.other_session = self.new_session("fred").get(
            "/v1/sessions/current")["id"]

    def _write(self, client, provider):
        """Each has a thread with the other, a file in it, and a mail about
        it."""
        one, other = self.new_session(client), self.new_session(provider)
        thread = one.write_to(other.id, "hello")["thread"]["id"]
        file = other.send_file(thread, TABLE_FILE)["id"]
        for who in (client, provider):
            self.threads.setdefault(who, thread)
            self.files.setdefault(who, file)

    # ---- objects: one's own, another's, absent -----------------------------
    def thing(self, kind, who, whose):
        """As what {…} stands for, or what the body names. Those who own
        nothing ask for Ann's."""
        mine, others = self.OWN.get(who, ("ann", "bob"))
        name = (mine, others, None)[whose]
        return getattr(self, f"_{kind}")(name, who)

    def _thread(self, name, _who):
        return self.threads[name] if name else NOBODY_ID

    def _file(self, name, _who):
        return self.files[name] if name else NOBODY_ID

    def _upload(self, name, _who):
        """One that was just sent; the one before is not kept."""
        upload = new_id()
        if name is None:
            return upload
        session, before = self.new_session(name), self.uploads.get(name)
        if before:
            session.call("DELETE", f"/v1/uploads/{before}").expect(204)
        self.uploads[name] = session.upload(TABLE_FILE, upload=upload)
        return upload

    def _contact(self, name, who):
        contact = {"ann": "p1", "bob": "p2", "p1": "ann", "p2": "bob",
                   "past": "ann"}
        # Ann was past's client, too
        if name == "p1" and who == "past provider":
            name = "p2"
        return self.ids[contact[name]] if name else NOBODY_ID

    def _link(self, name, _who):
        return self.mails[name] if name else "a" * 37

    def _login(self, name, _who):
        return name or "nobody"

    def _assert(self, name, who):
        return self._login(name, who)

    def _person(self, name, _who):
        # whom staff put must stay what they are
        return {"p1": "ann", "p2": "bob", "past": "ann"}.get(
            name, name) or f"absent-{next(self.counter)}"

    def _pair(self, name, who):
        return {"ann": "ann/p1", "bob": "bob/p2"}.get(
            self._person(name, who), f"{name or 'absent'}/p1")

    def _invited(self, name, who):
        """Eve's link and code; her code with Fred's link; no such link."""
        mine = self.OWN.get(who, ("ann", "bob"))[0]
        if name is None:
            return "a" * 37, self.codes["eve"]
        return (self.invitations["eve" if name == mine else "fred"],
                self.codes["eve"])

    def _session(self, name, who):
        """Another session of their own; somebody's who calls it theirs."""
        if name is None:
            return NOBODY_ID
        if who == "staff" and name == "ann":
            return self._staff_session_id()
        if name == self.OWN.get(who, ("ann",))[0]:
            session = self.new_session(name)
            return session.get("/v1/sessions/current")["id"]
        return self.other_session

    def _passkey(self, name, who):
        """One that was just added; P3's, who has one that stays."""
        if name is None:
            return NOBODY_ID
        mine = {"staff": "ann"}.get(who) or self.OWN.get(who, (None,))[0]
        browser = self.people.browser(
            "p3" if name != mine else self.ACCOUNTS[who])
        items = browser.get("/v1/me/passkeys")["items"]
        if not items:
            add_passkey(browser, ORIGIN, PASSPHRASE)
            items = browser.get("/v1/me/passkeys")["items"]
        return items[0]["id"]

    def _correction(self, name, _who):
        """A new address that waits for its code."""
        if name is None:
            return NOBODY_ID
        session = self.new_session(name)
        for address in session.get("/v1/me")["addresses"]:
            if address["state"] == "unconfirmed":
                return address["id"]
        return session.call("POST", "/v1/me/addresses", {
            "address": f"new@{name}.example"}).expect(201).json["id"]

    def _address(self, name, who):
        person = self._person(name, who)
        if name is None:
            return f"{person}/addresses/{NOBODY_ID}"
        address, *_ = self.new_session(person).get("/v1/me")["addresses"]
        return f"{person}/addresses/{address['id']}"

    def _staff_session_id(self):
        # a code is good once, and near its time
        self.place.move_clock(30)
        return self._staff_session().get("/v1/sessions/current")["id"]

    # ---- requests ---------------------------------------------------------
    def body(self, row, thing):
        """What is sent; the object, if it is named there."""
        key = (row.method, row.path, row.object)
        return {
            ("POST", "/v1/enrolments", "invited"): lambda: dict(
                zip(("link", "code"), thing)),
            ("POST", "/v1/recoveries", "login"): lambda: {
                "login": thing, "code": "aaaa-aaaa-aaaa",
                "passphrase": PASSPHRASE},
            ("POST", "/v1/sessions", "login"): lambda: {
                "login": thing, "passphrase": WRONG},
            ("POST", "/v1/sessions", "assert"): lambda: {"assert": thing},
            ("PUT", "/v1/sessions/current", "-"): dict,
            ("POST", "/v1/sessions/current/factor", "-"): lambda: {
                "code": "000000"},
            ("PUT", "/v1/me", "-"): lambda: {"time_zone": "UTC"},
            ("PUT", "/v1/me/passphrase", "-"): lambda: {
                "old": PASSPHRASE, "new": "short"},
            ("PUT", "/v1/me/totp", "-"): lambda: {"code": "0"},
            ("POST", "/v1/me/totp/removal", "-"): lambda: {
                "code": "0", "passphrase": PASSPHRASE},
            ("POST", "/v1/me/passkeys", "-"): lambda: {
                "label": "Key", "client_data": "e30",
                "authenticator_data": "YQ"},
            ("POST", "/v1/me/passkeys/{id}/removal", "passkey"): lambda: {
                "passphrase": PASSPHRASE},
            ("POST", "/v1/me/recovery-codes", "-"): lambda: {
                "passphrase": PASSPHRASE},
            ("POST", "/v1/me/addresses", "-"): lambda: {
                "address": "other@c.example"},
            ("POST", "/v1/me/addresses/{id}/confirm", "correction"): lambda: {
                "code": "not it"},
            ("POST", "/v1/participants/{external_id}/addresses/{id}/restart",
             "address"): dict,
            ("POST", "/v1/threads", "contact"): lambda: {
                "to": thing, "body": "hello"},
            ("POST", "/v1/threads/{id}/entries", "thread"): lambda: {
                "body": "hello"},
            ("PUT", "/v1/threads/{id}/read", "thread"): lambda: {"up_to": 1},
            ("PUT", "/v1/threads/{id}/draft", "thread"): lambda: {
                "body": "not yet", "key": "k"},
            ("PUT", "/v1/contacts/{id}/draft", "contact"): lambda: {
                "body": "not yet", "key": "k"},
            ("PUT", "/v1/participants/{external_id}", "person"): lambda: {
                "role": "client", "name": "Whoever"},
            ("POST", "/v1/participants/{external_id}/enrolment", "person"):
                dict,
            ("PUT", "/v1/participants/{external_id}/picture", "person"):
                lambda: {"image": encoded(png())},
            ("POST", "/v1/participants/search", "-"): lambda: {"q": "ann"},
            ("PUT", "/v1/uploads/{id}", "upload"): lambda: TABLE_FILE,
            ("PUT", "/v1/relations/{client}/{provider}", "pair"): lambda: {
                "active": True},
        }.get(key, lambda: None)()

    def ask(self, socket, row, who, whose):
        caller = self.sessions[socket][who]
        thing = None if row.object == "-" else self.thing(
            row.object, who, whose)
        path = row.path
        if "{" in path:
            path = re.sub(r"\{.*\}", thing, path)
        if path == "/v1/events":
            return self._listen(caller)
        # nobody is held up for what others tried
        number = next(self.counter)
        body = self.body(row, thing)
        request = (row.method, path, body, {
            "Idempotency-Key": uuid.uuid4().hex,
            **({"Content-Type": "text/csv"} if body is TABLE_FILE else {}),
            "X-Real-IP": f"10.{number >> 8}.{number & 255}.1"})
        # and stays who it is
        if isinstance(caller, Session) and row.object != "passkey":
            return caller.client.call(*request, caller.token)
        return caller.call(*request)

    @staticmethod
    def _listen(caller):
        stream = (Stream(caller, {}) if isinstance(caller, Client)
                  else caller.listen())
        stream.close()
        return stream.reply


def name_of(row, reply):
    if reply.status < 400:
        if row.object == "link":
            return reply.json["kind"]
        return str(reply.status)
    slug = reply.json["type"].split(":")[-1]
    return NAMES.get(slug, f"{reply.status} {slug}")


def told(reply):
    """All that a caller can see of an answer, but when it came."""
    return reply.status, reply.raw, [
        (name, value) for name, value in reply.headers.items()
        if name != "Date"]


@pytest.fixture(scope="module")
def scene(directory):
    import postern
    place = postern.Practice(directory / "p", settings={
        "frontend bare.user": BARE_USER}, observe=DESCRIPTION.check)
    place.init()
    place.hurry().start(bridge=False)
    place.portal.path.chmod(0o666)
    try:
        yield Scene(place)
        place.stop()
    finally:
        place.kill()


def test_table_is_complete():
    """It has every endpoint that the description has, and no other."""
    documented = {(method, path) for method, path in DESCRIPTION.operations
                  if "web" in sockets_of(
                      DESCRIPTION.document["paths"][path])}
    assert {(row.method, row.path) for row in ROWS} == documented


@pytest.mark.parametrize("socket", ["web", "portal"])
def test_matrix(scene, socket):
    scene.sign_in_again(socket)
    wrong, cells, alike = [], 0, 0
    for row in ROWS:
        for column, who, objects in row.cells(socket):
            replies = [scene.ask(socket, row, who, o) for o in objects]
            expected = row.expected[column][:len(objects)]
            found = tuple(name_of(row, reply) for reply in replies)
            cells += len(found)
            if found != expected:
                wrong.append(f"{socket} {row.method} {row.path} by {who}: "
                             f"{found}, expected {expected}")
            # what is another's looks like what is not there
            for a, b in itertools.combinations(range(len(found)), 2):
                if expected[a] != expected[b] or expected[a].isdigit() and (
                        expected[a] < "300"):
                    continue
                alike += 1
                if told(replies[a]) != told(replies[b]):
                    wrong.append(f"{socket} {row.method} {row.path} by {who}"
                                 f": {told(replies[a])}, {told(replies[b])}")
    print(f"{socket}.sock: {cells} cells, {alike} pairs of answers alike")
    assert not wrong, "\n".join(wrong)
    assert cells > 1100
