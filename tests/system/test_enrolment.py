# SPDX-License-Identifier: Apache-2.0
"""Opening an account with a mail's link and a code from staff, and opening it
again: reset, recovery codes."""

import threading

import pytest
from accounts import PASSPHRASE, Accounts
from client import Browser, Client
from postern import ORIGIN

DAY = 24 * 3600
ANOTHER = "quiet marble forest lantern"
WRONG = "aaaa-aaaa-aaaa"


@pytest.fixture(name="place")
def started(fresh):
    """ann is a client, pat a provider, neither has an account."""
    place = fresh().hurry().start(bridge=False)
    place.provision("ann", "client", "Ann Lakewood", "ann@clients.example")
    place.provision("pat", "provider", "Pat Rivers", "pat@providers.example")
    place.relate("ann", "pat")
    place.people = Accounts(place, ORIGIN)
    return place


BLOCKS = iter(range(1, 60000))


def try_halves(place, link, code, **more):
    """From an address that has tried nothing yet."""
    number = next(BLOCKS)
    return place.browser(f"10.{number >> 8}.{number & 255}.7").call(
        "POST", "/v1/enrolments", {"link": link, "code": code, **more})


def refused(place, link, code):
    """However it is asked; the same words."""
    one = try_halves(place, link, code).problem(401, "enrolment-refused")
    other = try_halves(place, link, code, passphrase=PASSPHRASE,
                       login="someone").problem(401, "enrolment-refused")
    assert one.raw == other.raw
    assert place.browser().get(f"/v1/links/{link}")["kind"] in (
        "sign-in", "enrol")
    return one.raw


def person(place, external_id):
    return place.portal.call(
        "GET", f"/v1/participants/{external_id}").expect(200).json


def sign_in(place, login, passphrase):
    number = next(BLOCKS)
    browser = place.browser(f"10.{number >> 8}.{number & 255}.8")
    return browser, browser.call("POST", "/v1/sessions", {
        "login": login, "passphrase": passphrase})


# ---- the first time -------------------------------------------------------
def test_link_and_code(place):
    link, code = place.people.invite("ann")
    assert place.browser().get(f"/v1/links/{link}") == {"kind": "enrol"}
    assert person(place, "ann")["account"] == "invited"
    asked = try_halves(place, link, code).expect(200).json
    assert asked == {"name": "Ann Lakewood", "role": "client", "login": None,
                     "second_factor": False, "passphrase_min": 15}
    # typed by somebody in a hurry
    for typed in (code.upper(), code.replace("-", " "), code.replace("-", "")):
        try_halves(place, link, typed).expect(200)
    browser = place.browser()
    done = browser.call("POST", "/v1/enrolments", {
        "link": link, "code": code, "passphrase": PASSPHRASE,
        "login": "Ann.L"}).expect(201).json
    assert done["session"]["state"] == "open"
    assert len(set(done["recovery_codes"])) == 10
    me = browser.get("/v1/me")
    assert (me["login"], me["recovery_codes"]) == ("ann.l", 10)
    assert person(place, "ann")["account"] == "active"
    # once
    refused(place, link, code)
    assert place.browser().get(f"/v1/links/{link}") == {"kind": "sign-in"}
    sign_in(place, "ANN.l", PASSPHRASE)[1].expect(201)


def test_neither_half_is_worth_anything(place):
    """Who reads the mail, and who has looked over staff's shoulder."""
    people = place.people
    link, code = people.invite("ann")
    other_link, other_code = people.invite("pat")
    words = {refused(place, link, WRONG), refused(place, other_link, code),
             refused(place, "a" * 37, code), refused(place, "nonsense", code),
             refused(place, link[:-1] + ("a" if link[-1] != "a" else "b"),
                     code)}
    assert len(words) == 1
    # the mail's other tokens are not its link
    place.people.issue("ann")
    mail = [m for m in people.mailed() if m["kind"] == "enrolment"][-1]
    code = people.issue("ann")
    for token in (mail["reply"], mail["bounce"], mail["message_id"]):
        refused(place, token, code)
    # by nothing else of the mail is there a way in
    assert other_code not in str(mail) and code not in str(mail)
    for login in ("ann", mail["to"], link):
        sign_in(place, login, link)[1].problem(401)
        recover(place, login[:64], link).problem(401)


def test_five_tries(place):
    link, code = place.people.invite("ann")
    for left in (4, 3, 2, 1, 0):
        assert person(place, "ann")["enrolment"]["tries_left"] == left + 1
        words = try_halves(place, link, WRONG).problem(401)
    assert person(place, "ann")["enrolment"]["tries_left"] == 0
    # now the right one is as wrong
    assert refused(place, link, code) == words.raw
    assert place.browser().get(f"/v1/links/{link}") == {"kind": "sign-in"}


def test_tries_survive_a_restart(place):
    link, code = place.people.invite("ann")
    for _ in range(4):
        try_halves(place, link, WRONG).problem(401)
    place.posternd.kill()
    place.start(bridge=False)
    try_halves(place, link, WRONG).problem(401)
    refused(place, link, code)


def test_many_tries_at_once(place):
    """No more than five of them are looked at."""
    link, code = place.people.invite("ann")
    answers = at_once(place, 12, lambda door: door.call(
        "POST", "/v1/enrolments", {"link": link, "code": WRONG}))
    assert {a.status for a in answers} == {401}
    assert person(place, "ann")["enrolment"]["tries_left"] == 0
    refused(place, link, code)


def at_once(place, count, ask):
    """The answers to COUNT browsers' ASK(browser), each with a connection
    and an address block of its own."""
    answers, start = [], threading.Barrier(count, timeout=20)

    def run(browser):
        start.wait()
        answers.append(ask(browser))

    browsers = [Browser(Client(place.web.path, "web", None, place.web.user),
                        ORIGIN, f"10.100.{n}.1") for n in range(count)]
    for each in browsers:
        each.get("/v1/settings")
    threads = [threading.Thread(target=run, args=(b,)) for b in browsers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for each in browsers:
        each.client.close()
    assert len(answers) == count
    return answers


def test_opened_once(place):
    """Of many that are right at once, one gets the account."""
    link, code = place.people.invite("ann")
    answers = at_once(place, 8, lambda door: door.call(
        "POST", "/v1/enrolments", {
            "link": link, "code": code, "login": "ann",
            "passphrase": f"{PASSPHRASE} {door.address}"}))
    assert sorted(a.status for a in answers) == [201] + 7 * [401]
    won, = (a for a in answers if a.status == 201)
    address = [f"10.100.{n}.1" for n in range(8)]
    assert sum(sign_in(place, "ann", f"{PASSPHRASE} {a}")[1].status == 201
               for a in address) == 1
    assert len(won.json["recovery_codes"]) == 10


@pytest.mark.parametrize("restart", [False, True])
def test_seven_days(place, restart):
    link, code = place.people.invite("ann")
    for ahead, status in ((7 * DAY - 300, 200), (600, 401)):
        place.move_clock(ahead)
        if restart:
            place.restart()
        try_halves(place, link, code).expect(status)
    refused(place, link, code)
    assert place.browser().get(f"/v1/links/{link}") == {"kind": "sign-in"}


def test_a_new_code_kills_the_old(place):
    old_link, old_code = place.people.invite("ann")
    link, code = place.people.invite("ann")
    assert old_link != link and old_code != code
    for halves in ((old_link, old_code), (old_link, code), (link, old_code)):
        refused(place, *halves)
    try_halves(place, link, code).expect(200)


def test_login_taken(place):
    people = place.people
    people.open_account("ann", "river.fan")
    link, code = people.invite("pat")
    for login in ("river.fan", "River.Fan"):
        answer = try_halves(place, link, code, passphrase=PASSPHRASE,
                            login=login).problem(409, "conflict")
        assert answer.json["field"] == "login"
    try_halves(place, link, code, passphrase=PASSPHRASE).problem(422)
    for login in ("", "no blanks", "a" * 65, "\u00e4nn", "a/b"):
        answer = try_halves(place, link, code, passphrase=PASSPHRASE,
                            login=login).problem(422)
        assert answer.json["field"] == "login"
    # none of this used up the code, or a try
    assert person(place, "pat")["enrolment"]["tries_left"] == 5
    try_halves(place, link, code, passphrase=PASSPHRASE, login="pat").expect(
        201)


WEAK = [
    # what a client types, who has no second factor
    ("ann", "short", "too short"),
    ("ann", "fourteen chars", "too short"),
    ("ann", "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9", "too short"),
    ("ann", "aaaaaaaaaaaaaaaaaaaa", "easy"),
    ("ann", "passwordpassword", "easy"),
    ("ann", "qwertyuiopasdfgh", "easy"),
    ("ann", "1234567890123456", "easy"),
    ("ann", "abcdefghijklmnop", "easy"),
    ("ann", "Ann Lakewood Ann", "easy"),
    ("ann", "lakewoodlakewood", "easy"),
    ("ann", "lakeside practice", "easy"),
    ("ann", "riverfan riverfan", "easy"),
    # a provider, who must have one
    ("pat", "seven77", "too short"),
    ("pat", "password", "easy"),
    ("pat", "Rivers2024", "easy"),
    ("pat", "12345678", "easy"),
    ("ann", "lake stone heron bicycle", None),
    ("ann", "kTz9-wLq2-mXv7-r", None),
    ("ann", "     spaces are characters, too     ", None),
    ("ann", "\u7b7e\u5b57\u7b14\u5c71\u6c34\u864e\u77f3\u8f66\u95e8"
     "\u98ce\u4e91\u6d77\u5c9b\u706f\u6865", None),
    ("pat", "wLq2-mXv", None),
    ("pat", "x" * 3 + "kJ8vQz" * 2 + "-" * 900, None),
]


@pytest.fixture(scope="module", name="open_place")
def module_place(directory):
    import postern
    place = postern.Practice(directory / "p")
    place.init()
    place.hurry().start(bridge=False)
    place.provision("ann", "client", "Ann Lakewood", "ann@clients.example")
    place.provision("pat", "provider", "Pat Rivers", "pat@providers.example")
    place.people = Accounts(place, ORIGIN)
    yield place
    try:
        place.stop()
    finally:
        place.kill()


@pytest.mark.parametrize("who, passphrase, why", WEAK,
                         ids=lambda value: str(value)[:20])
def test_weak_passphrases(open_place, who, passphrase, why):
    place = open_place
    link, code = place.people.invite(who, reset=True)
    answer = try_halves(
        place, link, code, passphrase=passphrase,
        login={"ann": "riverfan", "pat": "pat"}[who])
    if why is None:
        answer.expect(201)
        return
    answer.problem(422, "weak-passphrase")
    assert answer.json["field"] == "passphrase"
    assert why in answer.json["detail"]
    # the code is good still
    try_halves(place, link, code).expect(200)


def test_whoever_cannot_be_invited(place):
    place.provision("bob", "client", "Bob")
    place.portal.call("POST", "/v1/participants/bob/enrolment", {}).problem(
        422, "invalid-field")
    link, code = place.people.invite("ann")
    place.provision("ann", "client", "Ann Lakewood", "ann@clients.example",
                    active=False)
    refused(place, link, code)
    assert place.browser().get(f"/v1/links/{link}") == {"kind": "sign-in"}
    place.portal.call("POST", "/v1/participants/ann/enrolment", {}).problem(
        409, "conflict")
    place.provision("ann", "client", "Ann Lakewood", "ann@clients.example",
                    active=True)
    try_halves(place, link, code).expect(200)


@pytest.mark.parametrize("clients, who, state", [
    ("optional", "ann", "open"), ("required", "ann", "set-up-second-factor"),
    ("optional", "pat", "set-up-second-factor")])
def test_second_factor_after_enrolment(fresh, clients, who, state):
    place = fresh(settings={"accounts.client-second-factor": clients})
    place.hurry().start(bridge=False)
    place.provision("ann", "client", "Ann", "ann@clients.example")
    place.provision("pat", "provider", "Pat", "pat@providers.example")
    settings = place.browser().get("/v1/settings")
    assert settings["sign_in"]["client_second_factor"] == clients
    link, code = Accounts(place, ORIGIN).invite(who)
    needed = state != "open"
    asked = try_halves(place, link, code).expect(200).json
    assert (asked["second_factor"], asked["passphrase_min"]) == (
        needed, 8 if needed else 15)
    browser = place.browser()
    done = browser.call("POST", "/v1/enrolments", {
        "link": link, "code": code, "login": who,
        "passphrase": PASSPHRASE}).expect(201).json["session"]
    assert done["state"] == state
    assert (done["participant"] is None) == needed
    browser.call("GET", "/v1/threads").expect(403 if needed else 200)


# ---- again: reset ---------------------------------------------------------
def test_reset(place):
    """All at once: sessions, passphrase, second factor, recovery codes; the
    person is told, and comes in again by link and code alone."""
    people = place.people
    account = people.open_account("pat")
    browser, token = account.browser, place.session("pat")
    stream = browser.listen()
    assert stream.next()[0] == "resync"
    place.portal.call("POST", "/v1/participants/pat/enrolment", {}).problem(
        409, "conflict")
    browser.call("GET", "/v1/me").expect(200)
    people.mailed()
    code = people.issue("pat", reset=True)
    assert stream.next() == ("session", {"state": "ended"})
    assert stream.next() is None
    for each in (browser, token):
        each.call("GET", "/v1/me").problem(401, "unauthenticated")
    assert person(place, "pat")["account"] == "reset"
    assert not person(place, "pat")["second_factor"]
    sign_in(place, "pat", PASSPHRASE)[1].problem(401, "login-refused")
    for recovery in account.recovery_codes[:2]:
        place.browser().call("POST", "/v1/recoveries", {
            "login": "pat", "code": recovery, "passphrase": ANOTHER}).problem(
                401, "recovery-refused")
    mails = people.mailed()
    assert {(m["kind"], m["to"]) for m in mails} == {
        ("enrolment", "pat@providers.example"),
        ("account", "pat@providers.example")}
    # the mail that tells of it opens nothing
    links = {m["kind"]: m["link"] for m in mails}
    refused(place, links["account"], code)
    asked = try_halves(place, links["enrolment"], code).expect(200).json
    assert asked["login"] == "pat"
    # the login stays what it was, whatever is sent
    done = try_halves(place, links["enrolment"], code, passphrase=ANOTHER,
                      login="somebody.else").expect(201).json
    assert done["session"]["state"] == "set-up-second-factor"
    sign_in(place, "somebody.else", ANOTHER)[1].problem(401)
    browser, answer = sign_in(place, "pat", ANOTHER)
    assert answer.expect(201).json["state"] == "set-up-second-factor"
    # the old authenticator has nothing to say any more
    browser.call("PUT", "/v1/me/totp", {
        "code": account.authenticator.code(place.offset)}).problem(
            401, "factor-refused")


def test_reset_and_a_restart(place):
    """What ended stays ended."""
    account = place.people.open_account("ann")
    cookies = dict(account.browser.cookies)
    place.people.issue("ann", reset=True)
    place.posternd.kill()
    place.start(bridge=False)
    browser = place.browser()
    browser.cookies = cookies
    browser.call("GET", "/v1/me").problem(401)
    sign_in(place, "ann", PASSPHRASE)[1].problem(401)


def test_opening_ends_other_sessions(place):
    """Those of a frontend, and whoever else's this browser had."""
    people = place.people
    shared = people.open_account("pat").browser
    before = dict(shared.cookies)
    asserted = place.session("ann")
    link, code = people.invite("ann")
    shared.call("POST", "/v1/enrolments", {
        "link": link, "code": code, "login": "ann",
        "passphrase": PASSPHRASE}).expect(201)
    assert shared.get("/v1/me")["login"] == "ann"
    asserted.call("GET", "/v1/me").problem(401)
    left = place.browser()
    left.cookies = before
    left.call("GET", "/v1/me").problem(401)


# ---- recovery codes -------------------------------------------------------
def recover(place, login, code, passphrase=ANOTHER):
    number = next(BLOCKS)
    return place.browser(f"10.{number >> 8}.{number & 255}.9").call(
        "POST", "/v1/recoveries", {
            "login": login, "code": code, "passphrase": passphrase})


def test_recovery_codes_are_good_once(place):
    people = place.people
    account = people.open_account("ann")
    browser, codes = account.browser, account.recovery_codes
    place.move_clock(3600)
    people.mailed()
    recover(place, "ann", codes[0], "short").problem(422, "weak-passphrase")
    recover(place, "Ann", codes[0].upper().replace("-", " ")).expect(204)
    browser.call("GET", "/v1/me").problem(401)
    assert [m["kind"] for m in people.mailed()] == ["account"]
    sign_in(place, "ann", PASSPHRASE)[1].problem(401)
    browser = sign_in(place, "ann", ANOTHER)[0]
    assert browser.get("/v1/me")["recovery_codes"] == 9
    words = {recover(place, *what).problem(401, "recovery-refused").raw
             for what in (("ann", codes[0]), ("ann", WRONG), ("nobody", WRONG),
                          ("nobody", codes[1]), ("ann", "nonsense"))}
    assert len(words) == 1
    # others make these worthless
    browser.call("POST", "/v1/me/recovery-codes", {
        "passphrase": PASSPHRASE}).problem(401, "login-refused")
    fresh = browser.call("POST", "/v1/me/recovery-codes", {
        "passphrase": ANOTHER}).expect(201).json["recovery_codes"]
    assert not set(fresh) & set(codes)
    assert [m["kind"] for m in people.mailed()] == ["account"]
    for old in codes[1:]:
        recover(place, "ann", old).problem(401)
    for new in fresh:
        recover(place, "ann", new, PASSPHRASE).expect(204)
    recover(place, "ann", fresh[0]).problem(401)


def test_a_recovery_code_at_once(place):
    """Used twice in the same instant, it is good once."""
    codes = place.people.open_account("ann").recovery_codes
    answers = at_once(place, 6, lambda door: door.call(
        "POST", "/v1/recoveries", {
            "login": "ann", "code": codes[3],
            "passphrase": f"{ANOTHER} {door.address}"}))
    assert sorted(a.status for a in answers) == [204] + 5 * [401]


def test_recovery_leaves_the_second_factor(place):
    """A code in place of the passphrase is none in place of the factor."""
    account = place.people.open_account("pat")
    codes = account.recovery_codes
    recover(place, "pat", codes[0]).expect(204)
    browser, answer = sign_in(place, "pat", ANOTHER)
    assert answer.expect(201).json["state"] == "second-factor"
    # a second code stands in for the lost authenticator; then another has to
    # be set up
    opened = browser.call("POST", "/v1/sessions/current/factor", {
        "recovery_code": codes[1]}).expect(201).json
    assert opened["state"] == "open"


def test_a_code_is_bound_to_its_account(place):
    people = place.people
    ann, pat = people.open_account("ann"), people.open_account("pat")
    recover(place, "ann", pat.recovery_codes[0]).problem(401)
    recover(place, "pat", ann.recovery_codes[0]).problem(401)
    recover(place, "pat", pat.recovery_codes[0]).expect(204)
