# SPDX-License-Identifier: Apache-2.0
"""Passkeys: adding, using and removing them, and the program that judges
them.
"""

import os
import pathlib
import secrets
import signal
import time

import pytest
from accounts import PASSPHRASE, STEP, Accounts
from authenticator import (
    CREDENTIAL, EDDSA, ES256, PRESENT, RS256, VERIFIED, Passkey, add, answer,
    data_of, text)
from client import Session, wait_for
from postern import ORIGIN

SLOT = 5 * 60


@pytest.fixture(name="place")
def made(fresh):
    return fresh()


@pytest.fixture(name="people")
def opened(place):
    """Ann, a client, and Pat, a provider with codes."""
    place.hurry().start(bridge=False)
    place.provision("ann", "client", "Ann", "ann@clients.example")
    place.provision("pat", "provider", "Pat", "pat@providers.example")
    people = Accounts(place, ORIGIN)
    for who in ("ann", "pat"):
        people.open_account(who)
    place.move_clock(2 * STEP)
    people.mailed()
    return people


def sign_in(people, who, passphrase=PASSPHRASE):
    """A browser whose second factor is due."""
    browser = people.practice.browser()
    opened_as = browser.sign_in(who, passphrase)
    assert opened_as["state"] == "second-factor", opened_as
    return browser


def add_to(people, who, **more):
    return add(people.accounts[who].browser, ORIGIN, PASSPHRASE, **more)


def passkeys(browser):
    return browser.get("/v1/me/passkeys")


def remove(browser, key, passphrase=PASSPHRASE):
    item, = (i for i in passkeys(browser)["items"] if i["label"] == key.label)
    return browser.call("POST", f"/v1/me/passkeys/{item['id']}/removal",
                        {"passphrase": passphrase})


# ---- the good path --------------------------------------------------------

@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
def test_a_passkey_is_added_and_used(people, algorithm):
    ann = people.accounts["ann"].browser
    assert not ann.get("/v1/me")["second_factor"]
    before = dict(ann.cookies)
    key = add_to(people, "ann", algorithm=algorithm, label="Llave de María")
    assert ann.cookies != before  # another session, and told by mail
    assert [m["kind"] for m in people.mailed()] == ["account"]
    me = ann.get("/v1/me")
    assert me["second_factor"] and not me["totp"]
    item, = passkeys(ann)["items"]
    assert item["label"] == "Llave de María"
    browser = sign_in(people, "ann")
    browser.call("GET", "/v1/me").problem(403, "second-factor-due")
    assert not browser.get("/v1/sessions/current/factor")["totp"]
    half = dict(browser.cookies)
    assert answer(browser, key).expect(201).json["state"] == "open"
    assert browser.cookies != half
    assert browser.get("/v1/me")["name"] == "Ann"
    # and again, by its next signature
    assert answer(sign_in(people, "ann"), key).expect(201)


def test_what_is_asked_of_a_browser(people):
    ann = people.accounts["ann"].browser
    asked = passkeys(ann)["create"]
    assert asked["rp"] == {"id": "portal.practice.example",
                           "name": "Lakeside Practice"}
    assert asked["user"]["name"] == "ann"
    assert asked["excludeCredentials"] == []
    assert asked["attestation"] == "none"
    key = add_to(people, "ann")
    known = [{"type": "public-key", "id": text(key.id)}]
    assert passkeys(ann)["create"]["excludeCredentials"] == known
    browser = sign_in(people, "ann")
    due = browser.get("/v1/sessions/current/factor")["passkey"]
    assert due["rpId"] == "portal.practice.example"
    assert due["allowCredentials"] == known
    assert due["userVerification"] == "required"
    # a challenge of each session, and of each use
    other = sign_in(people, "ann").get("/v1/sessions/current/factor")
    challenges = {due["challenge"], other["passkey"]["challenge"],
                  asked["challenge"], passkeys(ann)["create"]["challenge"]}
    assert len(challenges) == 4
    assert all(len(data_of(c)) == 32 for c in challenges)


def test_a_provider_sets_up_a_passkey_instead_of_codes(people):
    """It is a second factor where one must be; and the last one stays."""
    place = people.practice
    place.provision("pia", "provider", "Pia", "pia@providers.example")
    link, code = people.invite("pia")
    browser = place.browser()
    done = browser.call("POST", "/v1/enrolments", {
        "link": link, "code": code, "login": "pia",
        "passphrase": "qz4 wvumk"}).expect(201).json  # short: beside one
    assert done["session"]["state"] == "set-up-second-factor"
    key = add(browser, ORIGIN)
    assert browser.get("/v1/me")["second_factor"]
    # a session that was to set one up adds none to it
    answer(sign_in(people, "pia", "qz4 wvumk"), key).expect(201)
    remove(browser, key, "qz4 wvumk").problem(403, "forbidden")
    second = add(browser, ORIGIN, "qz4 wvumk", label="Red key")
    remove(browser, key, "qz4 wvumk").expect(201)
    answer(sign_in(people, "pia", "qz4 wvumk"), second).expect(201)


def test_a_first_factor_is_set_up_once(people):
    """Of two sessions that were to, the later one is too late."""
    place = people.practice
    place.admin.call("POST", "/v1/admin/participants", {
        "external_id": "pit", "role": "provider", "name": "Pit",
        "login": "pit", "passphrase": PASSPHRASE,
        "addresses": ["pit@providers.example"]}).expect(201)
    one, other = place.browser(), place.browser()
    for browser in (one, other):
        assert browser.sign_in("pit", PASSPHRASE)["state"] == \
            "set-up-second-factor"
    made_late = Passkey(ORIGIN).make(passkeys(other)["create"])
    add(one, ORIGIN)
    other.call("POST", "/v1/me/passkeys", made_late).problem(
        401, "unauthenticated")
    assert len(passkeys(one)["items"]) == 1


def test_codes_and_recovery_codes_stand_beside_it(people):
    pat = people.accounts["pat"]
    key = add_to(people, "pat")
    browser = sign_in(people, "pat")
    due = browser.get("/v1/sessions/current/factor")
    assert due["totp"] and due["passkey"]
    people.practice.move_clock(STEP)
    browser.call("POST", "/v1/sessions/current/factor", {
        "code": pat.authenticator.code(people.practice.offset)}).expect(201)
    sign_in(people, "pat").call("POST", "/v1/sessions/current/factor", {
        "recovery_code": pat.recovery_codes[0]}).expect(201)
    answer(sign_in(people, "pat"), key).expect(201)
    # codes may go now
    people.practice.move_clock(STEP)
    browser.call("POST", "/v1/me/totp/removal", {
        "code": pat.authenticator.code(people.practice.offset),
        "passphrase": PASSPHRASE}).expect(201)
    remove(browser, key).problem(403, "forbidden")


def test_a_long_passphrase_may_stand_alone_again(people):
    ann = people.accounts["ann"].browser
    key = add_to(people, "ann")
    people.mailed()
    remove(ann, key, "not the right passphrase").problem(401, "login-refused")
    remove(ann, key).expect(201)
    assert [m["kind"] for m in people.mailed()] == ["account"]
    assert not ann.get("/v1/me")["second_factor"]
    assert people.practice.browser().sign_in("ann", PASSPHRASE)[
        "state"] == "open"


def test_a_short_one_may_not(people):
    ann = people.accounts["ann"].browser
    key = add_to(people, "ann")
    ann.call("PUT", "/v1/me/passphrase", {
        "old": PASSPHRASE, "new": "qz4 wvumk"}).expect(201)
    remove(ann, key, "qz4 wvumk").problem(422, "weak-passphrase")
    assert len(passkeys(ann)["items"]) == 1


def test_a_reset_takes_passkeys_away(people):
    add_to(people, "ann")
    people.mailed()
    code = people.issue("ann", reset=True)
    again = people.enrol("ann", people.link(), code)
    assert not again.browser.get("/v1/me")["second_factor"]
    assert passkeys(again.browser)["items"] == []


def test_eight_and_none_twice(people):
    ann = people.accounts["ann"].browser
    key = add_to(people, "ann")
    twice = key.make(passkeys(ann)["create"])
    ann.call("POST", "/v1/me/passkeys", {
        **twice, "passphrase": PASSPHRASE}).problem(409, "conflict")
    for n in range(6):
        add_to(people, "ann", label=f"Key {n}")
    # in another tab, before it was too many
    other = sign_in(people, "ann")
    answer(other, key).expect(201)
    ninth = Passkey(ORIGIN).make(passkeys(other)["create"])
    add_to(people, "ann", label="Key 6")
    other.call("POST", "/v1/me/passkeys", {
        **ninth, "passphrase": PASSPHRASE}).problem(409, "conflict")
    listed = passkeys(ann)
    assert [i["label"] for i in listed["items"]] == [
        "Blue key", *(f"Key {n}" for n in range(7))]
    assert listed["create"] is None
    assert len(sign_in(people, "ann").get("/v1/sessions/current/factor")[
        "passkey"]["allowCredentials"]) == 8


# ---- what is refused ------------------------------------------------------

ELSEWHERE = "https://portal.practice.example.evil.example"
WRONG_WORDS = {
    "origin": {"origin": ELSEWHERE},
    "origin's scheme": {"origin": ORIGIN.replace("https", "http")},
    "origin's port": {"origin": ORIGIN + ":8443"},
    "origin's end": {"origin": ORIGIN + "/"},
    "no origin": {"origin": None},
    "rp": {"rp": "evil.example"},
    "challenge": {"challenge": text(bytes(32))},
    "no challenge": {"challenge": None},
    "no type": {"type": None},
    "in a frame": {"crossOrigin": True},
    "in a frame of": {"topOrigin": ELSEWHERE},
    "crossOrigin of no kind": {"crossOrigin": 0},
}


@pytest.mark.parametrize("changes", [
    *WRONG_WORDS.values(),
    {"type": "webauthn.get"},
    {"flags": VERIFIED | CREDENTIAL},
    {"flags": PRESENT | CREDENTIAL},
    {"flags": PRESENT | VERIFIED},
], ids=[*WRONG_WORDS, "type", "nobody there", "not verified", "no key"])
def test_no_such_passkey_is_added(people, changes):
    ann = people.accounts["ann"].browser
    made = Passkey(ORIGIN).make(passkeys(ann)["create"], **changes)
    ann.call("POST", "/v1/me/passkeys", {
        **made, "passphrase": PASSPHRASE}).problem(401, "factor-refused")
    assert passkeys(ann)["items"] == []
    assert not ann.get("/v1/me")["second_factor"]


@pytest.mark.parametrize("changes", [
    *WRONG_WORDS.values(),
    {"type": "webauthn.create"},
    {"flags": VERIFIED},
    {"flags": PRESENT},
    {"signature": bytes(64)},
    {"id": b"no key of anybody's"},
], ids=[*WRONG_WORDS, "type", "nobody there", "not verified", "signature",
        "id"])
def test_no_such_answer_is_taken(people, changes):
    key = add_to(people, "ann")
    browser = sign_in(people, "ann")
    answer(browser, key, **changes).problem(401, "factor-refused")
    browser.call("GET", "/v1/me").problem(403, "second-factor-due")
    answer(browser, key).expect(201)


@pytest.mark.parametrize("part", [
    "client_data", "authenticator_data", "signature"])
def test_a_bit_makes_a_difference(people, part):
    key = add_to(people, "ann")
    browser = sign_in(people, "ann")
    options = browser.get("/v1/sessions/current/factor")["passkey"]
    given = key.use(options, other="words that count for nothing")
    # of client data, one that is still JSON
    place = -5 if part == "client_data" else len(data_of(given[part])) // 2
    changed = bytearray(data_of(given[part]))
    changed[place] ^= 1
    browser.call("POST", "/v1/sessions/current/factor", {
        **given, part: text(bytes(changed))}).problem(401, "factor-refused")
    browser.call("POST", "/v1/sessions/current/factor", given).expect(201)


def test_an_answer_is_good_once_and_there(people):
    key = add_to(people, "ann")
    browser, other = sign_in(people, "ann"), sign_in(people, "ann")
    given = key.use(browser.get("/v1/sessions/current/factor")["passkey"])
    # not in another session, not again in its own
    other.call("POST", "/v1/sessions/current/factor", given).problem(
        401, "factor-refused")
    half = dict(browser.cookies)
    browser.call("POST", "/v1/sessions/current/factor", given).expect(201)
    open_now = dict(browser.cookies)
    browser.cookies = half
    browser.call("POST", "/v1/sessions/current/factor", given).problem(
        401, "unauthenticated")
    browser.cookies = open_now
    browser.call("POST", "/v1/sessions/current/factor", given).problem(
        403, "forbidden")


def test_a_new_one_is_added_once(people):
    ann = people.accounts["ann"].browser
    made = {**Passkey(ORIGIN).make(passkeys(ann)["create"]),
            "passphrase": PASSPHRASE}
    ann.call("POST", "/v1/me/passkeys", made).expect(201)
    ann.call("POST", "/v1/me/passkeys", made).problem(401, "factor-refused")


def test_a_challenge_lives_for_minutes(people):
    ann, place = people.accounts["ann"].browser, people.practice
    # so far from a slot's end that it does not end meanwhile
    place.move_clock((30 - time.time() - place.offset) % SLOT)
    made = Passkey(ORIGIN).make(passkeys(ann)["create"])
    people.practice.move_clock(SLOT)
    ann.call("POST", "/v1/me/passkeys", {
        **made, "passphrase": PASSPHRASE}).expect(201)
    late = Passkey(ORIGIN, label="Late").make(passkeys(ann)["create"])
    people.practice.move_clock(2 * SLOT)
    ann.call("POST", "/v1/me/passkeys", {
        **late, "passphrase": PASSPHRASE}).problem(401, "factor-refused")


def test_a_passkey_is_of_one_person(people):
    """Not of whoever has the passphrase of another."""
    anns, pats = add_to(people, "ann"), add_to(people, "pat")
    browser = sign_in(people, "ann")
    answer(browser, pats).problem(401, "factor-refused")
    # nor under the other's name
    answer(browser, pats, id=anns.id).problem(401, "factor-refused")
    answer(browser, anns).expect(201)
    # and nobody removes another's
    item, = passkeys(people.accounts["pat"].browser)["items"]
    browser.call("POST", f"/v1/me/passkeys/{item['id']}/removal", {
        "passphrase": PASSPHRASE}).problem(404, "not-found")


def test_a_removed_passkey_opens_nothing(people):
    blue, red = (add_to(people, "ann", label=f"{colour} key")
                 for colour in ("Blue", "Red"))
    waiting = sign_in(people, "ann")
    given = blue.use(waiting.get("/v1/sessions/current/factor")["passkey"])
    remove(people.accounts["ann"].browser, blue).expect(201)
    waiting.call("POST", "/v1/sessions/current/factor", given).problem(
        401, "factor-refused")
    answer(waiting, red).expect(201)


def test_a_counter_that_runs_backwards(people):
    """Two keys where there was one: it is refused, and stays so until it
    has counted on."""
    key = add_to(people, "ann")
    answer(sign_in(people, "ann"), key, count=7).expect(201)
    browser = sign_in(people, "ann")
    for count in (0, 6, 7):
        answer(browser, key, count=count).problem(401, "factor-refused")
        people.practice.move_clock(60)
    answer(browser, key, count=8).expect(201)


def test_one_that_does_not_count(people):
    key = add_to(people, "ann")
    for _ in range(2):
        answer(sign_in(people, "ann"), key, count=0).expect(201)


def test_guessing_is_slowed_down(people):
    """With codes and passkeys together, and from anywhere."""
    key = add_to(people, "pat")
    browsers = [sign_in(people, "pat") for _ in range(2)]
    for browser in browsers:
        browser.address = "198.51.100.7"
        browser.cookies.pop("__Host-postern-device", None)
    wrong = (lambda: answer(browsers[0], key, signature=b"x"),
             lambda: browsers[1].call("POST", "/v1/sessions/current/factor",
                                      {"code": "000000"}),
             lambda: answer(browsers[0], key, origin=ELSEWHERE))
    # by the eighth it is half a minute; by the fifth it would be seconds
    for n in range(8):
        wrong[n % 3]().problem(401)
        people.practice.move_clock(16 if n > 1 else 0)
    for browser in browsers:
        answer(browser, key).problem(429, "too-many-requests")
    people.practice.move_clock(60)
    answer(browsers[0], key).expect(201)


def test_only_on_our_own_pages(people):
    """A frontend's page has an origin of its own: nothing to make one with,
    and none is taken."""
    place = people.practice
    key = add_to(people, "ann")
    session = Session(place.portal, place.portal.call("POST", "/v1/sessions", {
        "login": "ann", "passphrase": PASSPHRASE}).expect(201).json)
    assert session.get("/v1/sessions/current/factor") == {
        "totp": False, "passkey": None}
    options = sign_in(people, "ann").get(
        "/v1/sessions/current/factor")["passkey"]
    session.call("POST", "/v1/sessions/current/factor",
                 key.use(options)).problem(401, "factor-refused")
    asserted = place.session("ann")
    assert passkeys(asserted)["create"] is None
    assert len(passkeys(asserted)["items"]) == 1


# ---- garbage --------------------------------------------------------------

SIZES = [1, 2, 36, 37, 38, 54, 55, 56, 255, 256, 257, 1023, 1024, 1025, 2048,
         2049, 5000]


@pytest.mark.parametrize("part", [
    "passkey", "client_data", "authenticator_data", "signature"])
def test_garbage_is_no_answer(people, part):
    """Whatever its size: a clear no, and a right one is taken afterwards."""
    key = add_to(people, "ann")
    for size in SIZES:
        half = sign_in(people, "ann")
        options = half.get("/v1/sessions/current/factor")["passkey"]
        given = {**key.use(options), part: text(secrets.token_bytes(size))}
        reply = half.call("POST", "/v1/sessions/current/factor", given)
        assert reply.status in (401, 422), (size, reply)
        people.practice.move_clock(3601)  # until nobody remembers the tries
    answer(sign_in(people, "ann"), key).expect(201)


@pytest.mark.parametrize("part", ["client_data", "authenticator_data"])
def test_garbage_is_no_passkey(people, part):
    ann = people.accounts["ann"].browser
    made = {**Passkey(ORIGIN).make(passkeys(ann)["create"]),
            "passphrase": PASSPHRASE}
    for size in SIZES:
        reply = ann.call("POST", "/v1/me/passkeys", {
            **made, part: text(secrets.token_bytes(size))})
        assert reply.status in (401, 422), (size, reply)
    ann.call("POST", "/v1/me/passkeys", {**made, "label": "x" * 9000}
             ).problem(413, "too-large")
    assert passkeys(ann)["items"] == []
    ann.call("POST", "/v1/me/passkeys", made).expect(201)


def test_what_has_the_head_of_one_is_no_passkey(people):
    """What libfido2 and libcbor get to see: cut off, and bits turned."""
    ann = people.accounts["ann"].browser
    made = {**Passkey(ORIGIN).make(passkeys(ann)["create"]),
            "passphrase": PASSPHRASE}
    whole = data_of(made["authenticator_data"])
    # where no bit is free: its id is
    cut = [whole[:n] for n in range(37, len(whole), 3)]
    turned = [whole[:at] + bytes([whole[at] ^ 0x80]) + whole[at + 1:]
              for at in range(53, len(whole), 3) if not 55 <= at < 87]
    for data in [*cut, *turned]:
        ann.call("POST", "/v1/me/passkeys", {
            **made, "authenticator_data": text(data)}).problem(
                401, "factor-refused")
    ann.call("POST", "/v1/me/passkeys", made).expect(201)


@pytest.mark.parametrize("body", [
    {}, {"passkey": "YQ"}, {"code": "000000", "passkey": "YQ"},
    {"passkey": "YQ", "client_data": "e30", "authenticator_data": "YQ"},
    {"passkey": "", "client_data": "e30", "authenticator_data": "YQ",
     "signature": "YQ"},
    {"passkey": "Y!", "client_data": "e30", "authenticator_data": "YQ",
     "signature": "YQ"},
    {"passkey": "YQ==", "client_data": "e30", "authenticator_data": "YQ",
     "signature": "YQ"},
    {"passkey": 1, "client_data": "e30", "authenticator_data": "YQ",
     "signature": "YQ"},
    {"passkey": "YQ", "client_data": {}, "authenticator_data": "YQ",
     "signature": "YQ"},
])
def test_a_body_that_is_none(people, body):
    add_to(people, "ann")
    sign_in(people, "ann").call(
        "POST", "/v1/sessions/current/factor", body).problem(
            422, "invalid-field")


@pytest.mark.parametrize("label", ["", " ", "x" * 49, "a\tb", 7, None])
def test_a_label_that_is_none(people, label):
    ann = people.accounts["ann"].browser
    made = Passkey(ORIGIN, label=label).make(passkeys(ann)["create"])
    ann.call("POST", "/v1/me/passkeys", {
        **made, "passphrase": PASSPHRASE}).problem(422, "invalid-field")


# ---- the judge ------------------------------------------------------------

def children_of(pid):
    """The processes that PID has started, zombies not among them."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        state, parent = text.rsplit(")", 1)[1].split()[:2]
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


def judge_of(place):
    """The process that posternd has judge passkeys."""
    found = [pid for pid in children_of(place.posternd.process.pid)
             if pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
             == "postern-passkey"]
    assert len(found) == 1, found
    return found[0]


def test_the_judge_knows_nothing(place):
    """Neither of posternd's files, nor of where its key is."""
    place.start_posternd()
    judge = pathlib.Path(f"/proc/{judge_of(place)}")
    assert judge.joinpath("comm").read_text().strip() == "postern-passkey"
    assert judge.joinpath("environ").read_bytes() == b""
    assert b"key" not in judge.joinpath("cmdline").read_bytes()
    held = {os.readlink(fd) for fd in judge.joinpath("fd").iterdir()}
    kinds = {link.split(":")[0] for link in held
             if link != str(place.posternd.log_file)}
    assert kinds == {"socket", "anon_inode"}, held
    maps = judge.joinpath("maps").read_text()
    assert "libfido2" in maps and "liblmdb" not in maps
    ours = pathlib.Path(
        f"/proc/{place.posternd.process.pid}/maps").read_text()
    assert "liblmdb" in ours
    assert "libfido2" not in ours and "libcrypto" not in ours


@pytest.mark.parametrize("helper, status, said", [
    ("/nowhere/postern-passkey", 78, "No such file"),
    ("/etc/passwd", 78, "Permission denied"),
    ("/bin/true", 1, "does not run"),
])
def test_without_a_judge_there_is_no_service(place, helper, status, said):
    place.posternd.command[-1] = helper
    place.posternd.start()
    assert place.posternd.wait_exit() == status
    assert f"{helper}: " in place.posternd.log()
    assert said in place.posternd.log()


def test_a_judge_must_be_able_to_close_itself_in(place):
    """Else it would refuse every passkey, and nobody would know why."""
    helper = place.dir / "helper"
    helper.write_text("#!/bin/sh\nulimit -t 1\nexec /usr/bin/setpriv "
                      "--bounding-set=-sys_resource "
                      f"{place.posternd.command[-1]}\n")
    helper.chmod(0o755)
    place.posternd.command[-1] = str(helper)
    place.posternd.start()
    assert place.posternd.wait_exit() == 1
    assert "cannot close itself in" in place.posternd.log()


def test_when_the_judge_is_gone_it_starts_anew(place):
    place.start_posternd()
    os.kill(judge_of(place), signal.SIGKILL)
    assert place.posternd.wait_exit(60) == 1
    assert "judges passkeys has ended" in place.posternd.log()
    place.start_posternd()
    place.stop()


def test_meanwhile_there_is_no_answer(people):
    """503, which is no try and no no; and the session waits for it."""
    place = people.practice
    key = add_to(people, "ann")
    browser = sign_in(people, "ann")
    options = browser.get("/v1/sessions/current/factor")["passkey"]
    given = key.use(options)
    judge = judge_of(place)
    os.kill(judge, signal.SIGSTOP)  # posternd would end before it is asked
    browser.call("POST", "/v1/sessions/current/factor", given).problem(503)
    os.kill(judge, signal.SIGKILL)
    assert place.posternd.wait_exit(60) == 1
    place.start_posternd()
    browser.call("POST", "/v1/sessions/current/factor", given).expect(201)
    place.stop()


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_the_judge_ends_with_posternd(place, how):
    place.start_posternd()
    judge = judge_of(place)
    getattr(place.posternd, how)()
    wait_for(lambda: not pathlib.Path(f"/proc/{judge}").exists())
