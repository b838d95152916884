# SPDX-License-Identifier: Apache-2.0
"""Signing in, step by step; sessions, and how they end."""

import copy
import re
import time

import pytest
from accounts import PASSPHRASE, STEP, Accounts, Authenticator
from client import Client, Session
from conftest import DESCRIPTION
from postern import ORIGIN

ANOTHER = "quiet marble forest lantern"
MINUTE, HOUR = 60, 3600
COOKIE, DEVICE = "__Host-postern", "__Host-postern-device"
FACTOR = "/v1/sessions/current/factor"
CURRENT = "/v1/sessions/current"


def practice(place):
    """ann is a client, pat her provider; both have accounts."""
    place.hurry().start(bridge=False)
    place.provision("ann", "client", "Ann", "ann@clients.example")
    place.provision("pat", "provider", "Pat", "pat@providers.example")
    place.relate("ann", "pat")
    place.people = Accounts(place, ORIGIN)
    place.people.open_account("ann")
    place.people.open_account("pat")
    place.move_clock(2 * STEP)  # the codes used for that are old
    return place


@pytest.fixture(name="place")
def started(fresh):
    return practice(fresh())


def twin(browser):
    """Somebody with a copy of its cookies."""
    return copy.copy(browser)


def sign_in(place, who, **more):
    browser = place.browser()
    account = place.people.accounts[who]
    browser.sign_in(account.login, account.passphrase, **more)
    return browser


def code(place, who, offset=0):
    return {"code": place.people.accounts[who].authenticator.code(
        place.offset + offset)}


def give_code(place, browser, who):
    return browser.call("POST", FACTOR, code(place, who)).expect(201).json


def open_session(place, who):
    browser = sign_in(place, who)
    if browser.participant is None:
        give_code(place, browser, who)
    return browser


def add_factor(place, browser):
    """A second factor for ann."""
    app = Authenticator(browser.get("/v1/me/totp")["secret"])
    browser.call("PUT", "/v1/me/totp", {
        "code": app.code(place.offset), "passphrase": PASSPHRASE}).expect(201)
    place.people.accounts["ann"].authenticator = app
    place.move_clock(2 * STEP)
    return app


# ---- a new session at every step ------------------------------------------
def steps_up(browser, step):
    """STEP() makes the session another one, and the old one is dead."""
    before, csrf = twin(browser), browser.csrf
    before.cookies = dict(browser.cookies)
    old = browser.get(CURRENT) if COOKIE in browser.cookies else None
    step()
    new = browser.get(CURRENT)
    assert browser.cookies[COOKIE] != before.cookies.get(COOKIE)
    if old is None:
        return new
    assert new["id"] != old["id"] and new["csrf"] != old["csrf"]
    before.call("GET", CURRENT).problem(401, "unauthenticated")
    before.call("PUT", CURRENT, {}).problem(401)
    # the old token with the new cookie, and the other way round
    browser.call("PUT", CURRENT, {}, {"X-CSRF-Token": csrf}).problem(
        403, "csrf")
    before.call("PUT", CURRENT, {}, {"X-CSRF-Token": browser.csrf}).problem(
        401)
    browser.call("PUT", CURRENT, {}).expect(200)
    return new


def test_every_step_up_is_a_new_session(place):
    browser = place.browser()
    half = steps_up(browser, lambda: browser.sign_in("pat", PASSPHRASE))
    assert half["state"] == "second-factor" and half["participant"] is None
    opened = steps_up(browser, lambda: give_code(place, browser, "pat"))
    assert opened["state"] == "open"
    assert opened["participant"]["name"] == "Pat"
    # again in the same browser, as the same and as somebody else
    steps_up(browser, lambda: browser.sign_in("pat", PASSPHRASE))
    steps_up(browser, lambda: browser.sign_in("ann", PASSPHRASE))
    steps_up(browser, lambda: add_factor(place, browser))
    steps_up(browser, lambda: add_factor(place, browser))
    steps_up(browser, lambda: browser.call("PUT", "/v1/me/passphrase", {
        "old": PASSPHRASE, "new": ANOTHER}).expect(201))
    steps_up(browser, lambda: browser.call("POST", "/v1/me/totp/removal", {
        **code(place, "ann"), "passphrase": ANOTHER}).expect(201))


def test_every_step_up_is_a_new_token(place):
    """The same on portal.sock."""
    session = Session(place.portal, place.portal.call("POST", "/v1/sessions", {
        "login": "pat", "passphrase": PASSPHRASE}).expect(201).json)
    old = copy.copy(session)
    give_code(place, session, "pat")
    assert session.token != old.token
    old.call("GET", CURRENT).problem(401)
    session.get("/v1/me")


def test_no_session_is_taken_over(place):
    """A cookie somebody put there is not the one that one gets."""
    browser = place.browser()
    browser.cookies = {COOKIE: "a" * 52}
    browser.call("GET", "/v1/me").problem(401)
    browser.sign_in("ann", PASSPHRASE)
    assert browser.cookies[COOKIE] != "a" * 52
    attacker = place.browser()
    attacker.cookies = {COOKIE: "a" * 52}
    attacker.call("GET", "/v1/me").problem(401)
    # nor does an attacker's half-open session become the victim's
    half = sign_in(place, "pat")
    victim = twin(half)
    victim.cookies = dict(half.cookies)
    give_code(place, victim, "pat")
    half.call("GET", CURRENT).problem(401)


# ---- cookies --------------------------------------------------------------
def test_cookies(place):
    """Their attributes, to the letter."""
    browser = place.browser()
    answer = browser.call("POST", "/v1/sessions", {
        "login": "ann", "passphrase": PASSPHRASE}).expect(201)
    session, device = answer.headers.get_all("Set-Cookie")
    assert re.fullmatch(COOKIE + "=[a-z2-7]{52}; Path=/; Secure; HttpOnly; "
                        "SameSite=Lax", session)
    assert re.fullmatch(DEVICE + "=[a-z2-7]{52}; Path=/; Secure; HttpOnly; "
                        "SameSite=Lax; Max-Age=31536000", device)
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {browser.cookies[COOKIE], browser.cookies[DEVICE]} & set(
        re.findall(r'"([^"]*)"', answer.raw.decode()))
    # a browser that was here before keeps its device
    again = browser.call("POST", "/v1/sessions", {
        "login": "ann", "passphrase": PASSPHRASE}).expect(201)
    one, = again.headers.get_all("Set-Cookie")
    assert one.startswith(COOKIE + "=")
    out = browser.call("DELETE", CURRENT).expect(204)
    assert out.headers.get_all("Set-Cookie") == [
        COOKIE + "=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"]
    assert set(browser.cookies) == {DEVICE}
    # neither a refusal nor a page sets one
    for reply in (browser.call("GET", "/v1/me").problem(401),
                  browser.call("GET", "/v1/settings"),
                  browser.call("POST", "/v1/sessions", {
                      "login": "ann", "passphrase": "no"}).problem(401)):
        assert "Set-Cookie" not in reply.headers


@pytest.mark.parametrize("header", [
    "{name}={value}x", "{name}={value}; {name}={value}", "{name}={upper}",
    "{name}={value}; {name}=", "postern={value}", "__host-postern={value}",
    '{name}="{value}"', "x{name}={value}", "{name}={short}", "{name}",
    "{name} ={value}", "a=b;{name}={value}x", DEVICE + "={value}"])
def test_no_other_cookie_will_do(kept, header):
    value = kept.cookies[COOKIE]
    kept.call("GET", "/v1/me").expect(200)
    kept.call("GET", "/v1/me", headers={"Cookie": header.format(
        name=COOKIE, value=value, upper=value.upper(),
        short=value[:-1])}).problem(401)
    # among others it is found
    kept.call("GET", "/v1/me", headers={
        "Cookie": f"a=b; {COOKIE}={value}; c=d"}).expect(200)


@pytest.fixture(scope="module", name="kept")
def module_browser(directory):
    """One signed-in browser for tests that change nothing."""
    import postern
    place = practice_of(postern.Practice(directory / "p",
                                         observe=DESCRIPTION.check))
    browser = open_session(place, "ann")
    browser.place = place
    yield browser
    try:
        place.stop()
    finally:
        place.kill()


def practice_of(place):
    place.init()
    return practice(place)


def test_a_token_is_good_for_its_door(fresh):
    """A cookie's is none on portal.sock, a bearer's none on web.sock, and
    another frontend's is none."""
    place = practice(fresh(settings={
        "frontend other.user": "games", "frontend other.rights": "assert"}))
    place.portal.path.chmod(0o666)
    browser, session = open_session(place, "ann"), place.session("ann")
    value = browser.cookies[COOKIE]
    bearer = {"Authorization": f"Bearer {session.token}"}
    place.browser().call("GET", "/v1/me", headers=bearer).problem(401)
    other = place.browser()
    other.cookies = {COOKIE: session.token}
    other.call("GET", "/v1/me").problem(401)
    place.portal.call("GET", "/v1/me", token=value).problem(401)
    place.portal.call("GET", "/v1/me", headers={
        "Cookie": f"{COOKIE}={session.token}"}).problem(401)
    games = Client(place.portal.path, "portal", DESCRIPTION.check, "games")
    games.call("GET", "/v1/me", token=session.token).problem(401)
    # where it belongs it is good all the same
    browser.get("/v1/me")
    session.get("/v1/me")
    # and a cookie does not turn into a bearer by being sent as both
    browser.call("GET", "/v1/me", headers=bearer).expect(200)


@pytest.mark.parametrize("address, slug", [
    (None, "no-client-address"), ("", "no-client-address"),
    ("nonsense", "malformed-request"), ("192.0.2.1, 192.0.2.2",
                                        "malformed-request"),
    ("192.0.2.1:80", "malformed-request"), ("192.0.2.256",
                                            "malformed-request"),
    ("x" * 46, "no-client-address"), ("::1%lo", "malformed-request")])
def test_the_proxy_tells_who_asks(kept, address, slug):
    for method, path, body in (("GET", "/v1/settings", None),
                               ("GET", "/v1/me", None),
                               ("PUT", CURRENT, {})):
        kept.call(method, path, body, {"X-Real-IP": address}).problem(
            400, slug)


def test_the_proxy_tells_it_once(kept):
    answer = kept.client.raw(
        b"GET /v1/settings HTTP/1.1\r\nHost: x\r\nX-Real-IP: 192.0.2.1\r\n"
        b"X-Real-IP: 192.0.2.1\r\n\r\n")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer


def test_web_socket_is_the_proxys(kept):
    """root is not www-data."""
    Client(kept.client.path, "web", DESCRIPTION.check).call(
        "GET", "/v1/settings", headers={"X-Real-IP": "192.0.2.1"}).problem(
            403, "unknown-peer")


# ---- the second factor ----------------------------------------------------
def test_a_code_is_good_once(place):
    app = place.people.accounts["pat"].authenticator
    step = int(app_time(place) // STEP)
    one, two = sign_in(place, "pat"), sign_in(place, "pat")
    one.call("POST", FACTOR, {"code": app.at(step)}).expect(201)
    two.call("POST", FACTOR, {"code": app.at(step)}).problem(
        401, "factor-refused")
    # nor is one before it, though it is near enough
    two.call("POST", FACTOR, {"code": app.at(step - 1)}).problem(401)
    two.call("POST", FACTOR, {"code": app.at(step + 1)}).expect(201)
    # not over a restart, and not with a clock that was set back
    place.posternd.kill()
    place.start(bridge=False)
    three = sign_in(place, "pat")
    three.call("POST", FACTOR, {"code": app.at(step + 1)}).problem(401)
    place.move_clock(-2 * STEP)
    three = sign_in(place, "pat")
    three.call("POST", FACTOR, {"code": app.at(step - 1)}).problem(401)


def app_time(place):
    return time.time() + place.offset


@pytest.mark.parametrize("off, good", [
    (-3, False), (-2, False), (-1, True), (0, True), (1, True), (2, False),
    (3, False)])
def test_one_step_early_or_late(place, off, good):
    # so far from a step's end that it does not end meanwhile
    place.move_clock(STEP / 2 - app_time(place) % STEP)
    app = place.people.accounts["pat"].authenticator
    sign_in(place, "pat").call("POST", FACTOR, {"code": app.at(
        int(app_time(place) // STEP) + off)}).expect(201 if good else 401)


@pytest.mark.parametrize("change", [
    lambda c: c[:-1], lambda c: c + "0", lambda c: " " + c, lambda c: c + "\n",
    lambda c: c[:3] + " " + c[3:], lambda c: "".join(
        chr(0x660 + int(d)) for d in c), lambda c: hex(int(c)),
    lambda c: c[::-1] if c[::-1] != c else "x" + c[1:]])
def test_what_is_no_code(place, change):
    app = place.people.accounts["pat"].authenticator
    browser = sign_in(place, "pat")
    good = app.at(int(app_time(place) // STEP))
    reply = browser.call("POST", FACTOR, {"code": change(good)})
    assert reply.status in (401, 422), reply
    browser.call("POST", FACTOR, {"code": good}).expect(201)


def test_setting_up(place):
    """The secret is the session's; nothing is kept until it has arrived."""
    place.admin.call("POST", "/v1/admin/participants", {
        "external_id": "pia", "role": "provider", "name": "Pia",
        "login": "pia", "passphrase": PASSPHRASE}).expect(201)
    one, two = place.browser(), place.browser()
    for browser in (one, two):
        assert browser.sign_in("pia", PASSPHRASE)[
            "state"] == "set-up-second-factor"
    shown = one.get("/v1/me/totp")
    assert shown == one.get("/v1/me/totp")
    assert shown["secret"] != two.get("/v1/me/totp")["secret"]
    assert f"secret={shown['secret']}" in shown["uri"]
    assert shown["uri"].startswith("otpauth://totp/Lakeside%20Practice:pia?")
    assert {len(row) for row in shown["qr"]} == {len(shown["qr"])}
    # signing in again knows of nothing
    assert place.browser().sign_in("pia", PASSPHRASE)[
        "state"] == "set-up-second-factor"
    app = Authenticator(shown["secret"])
    two.call("PUT", "/v1/me/totp", {
        "code": app.code(place.offset)}).problem(401, "factor-refused")
    two.call("GET", "/v1/me").problem(403, "second-factor-due")
    app = Authenticator(shown["secret"])
    assert one.call("PUT", "/v1/me/totp", {
        "code": app.code(place.offset)}).expect(201).json["state"] == "open"
    assert one.get("/v1/me")["second_factor"]
    # the code that showed it is used up
    late = place.browser()
    assert late.sign_in("pia", PASSPHRASE)["state"] == "second-factor"
    late.call("POST", FACTOR, {"code": app.at(app.last)}).problem(401)
    late.call("POST", FACTOR, {"code": app.code(place.offset)}).expect(201)


def test_too_late_to_set_up(place):
    """Two are about to; whoever comes second would replace the factor of the
    first with a passphrase alone."""
    link, halves = place.people.invite("pat", reset=True)
    browser = place.browser()
    browser.call("POST", "/v1/enrolments", {
        "link": link, "code": halves, "passphrase": PASSPHRASE}).expect(201)
    other = sign_in(place, "pat")
    apps = [Authenticator(b.get("/v1/me/totp")["secret"])
            for b in (browser, other)]
    browser.call("PUT", "/v1/me/totp", {
        "code": apps[0].code(place.offset)}).expect(201)
    other.call("PUT", "/v1/me/totp", {
        "code": apps[1].code(place.offset)}).problem(401, "unauthenticated")
    place.people.accounts["pat"].authenticator = apps[0]
    give_code(place, sign_in(place, "pat"), "pat")


def test_replaced_and_removed(place):
    people = place.people
    browser = open_session(place, "ann")
    people.mailed()
    old = add_factor(place, browser)
    assert [m["kind"] for m in people.mailed()] == ["account"]
    other = sign_in(place, "ann")
    assert other.participant is None
    give_code(place, other, "ann")
    place.move_clock(2 * STEP)
    # asked for once more, and both must be right
    app = Authenticator(browser.get("/v1/me/totp")["secret"])
    browser.call("PUT", "/v1/me/totp", {"code": app.code(place.offset)}
                 ).problem(422)
    browser.call("PUT", "/v1/me/totp", {
        "code": app.at(1), "passphrase": PASSPHRASE}).problem(
            401, "factor-refused")
    browser.call("PUT", "/v1/me/totp", {
        "code": app.at(app.last), "passphrase": ANOTHER}).problem(
            401, "login-refused")
    browser.call("PUT", "/v1/me/totp", {
        "code": app.at(app.last), "passphrase": PASSPHRASE}).expect(201)
    assert [m["kind"] for m in people.mailed()] == ["account"]
    place.move_clock(2 * STEP)
    late = sign_in(place, "ann")
    late.call("POST", FACTOR, {"code": old.code(place.offset)}).problem(401)
    late.call("POST", FACTOR, {"code": app.code(place.offset)}).expect(201)
    place.move_clock(2 * STEP)
    # removed: by code and passphrase
    for body, slug in (
            ({"code": "000000", "passphrase": PASSPHRASE}, "factor-refused"),
            ({"code": app.at(1), "passphrase": ANOTHER}, "login-refused")):
        browser.call("POST", "/v1/me/totp/removal", body).problem(401, slug)
    browser.call("POST", "/v1/me/totp/removal", {
        "code": app.code(place.offset), "passphrase": PASSPHRASE}).expect(201)
    assert [m["kind"] for m in people.mailed()] == ["account"]
    assert not browser.get("/v1/me")["second_factor"]
    assert sign_in(place, "ann").participant is not None


def test_a_short_passphrase_needs_the_factor(place):
    """Eight characters will do beside one, and only as long."""
    browser = open_session(place, "ann")
    change = {"old": PASSPHRASE, "new": "wLq2-mXv"}
    browser.call("PUT", "/v1/me/passphrase", change).problem(
        422, "weak-passphrase")
    app = add_factor(place, browser)
    browser.call("PUT", "/v1/me/passphrase", change).expect(201)
    removal = {"passphrase": "wLq2-mXv"}
    browser.call("POST", "/v1/me/totp/removal", {
        **removal, "code": app.code(place.offset)}).problem(
            422, "weak-passphrase")
    assert browser.get("/v1/me")["second_factor"]
    place.move_clock(2 * STEP)
    browser.call("PUT", "/v1/me/passphrase", {
        "old": "wLq2-mXv", "new": ANOTHER}).expect(201)
    browser.call("POST", "/v1/me/totp/removal", {
        "passphrase": ANOTHER, "code": app.code(place.offset)}).expect(201)


def test_required_of_clients(fresh):
    """By configuration, also of those who signed in without until now."""
    place = practice(fresh())
    browser = open_session(place, "ann")
    place.settings["accounts.client-second-factor"] = "required"
    place.write_config()
    place.restart()
    assert browser.get("/v1/me")["second_factor_required"]
    late = sign_in(place, "ann")
    assert late.get(CURRENT)["state"] == "set-up-second-factor"
    app = Authenticator(late.get("/v1/me/totp")["secret"])
    late.call("PUT", "/v1/me/totp", {"code": app.code(place.offset)}).expect(
        201)
    late.call("POST", "/v1/me/totp/removal", {
        "passphrase": PASSPHRASE, "code": app.code(place.offset)}).problem(
            403, "forbidden")


def test_a_recovery_code_for_the_factor(place):
    """It opens the session, once, and the factor stays what it was."""
    account = place.people.accounts["pat"]
    browser = sign_in(place, "pat")
    browser.call("POST", FACTOR, {"recovery_code": "aaaa-aaaa-aaaa"}).problem(
        401, "factor-refused")
    recovery = {"recovery_code": account.recovery_codes[0]}
    browser.call("POST", FACTOR, recovery).expect(201)
    sign_in(place, "pat").call("POST", FACTOR, recovery).problem(401)
    assert browser.get("/v1/me")["recovery_codes"] == 9
    give_code(place, sign_in(place, "pat"), "pat")


@pytest.mark.parametrize("rights, who, state", [
    ("assert", "ann", "open"), ("assert", "pat", "second-factor"),
    ("assert", "pia", "set-up-second-factor"),
    ("assert second-factor", "pat", "open"),
    ("assert second-factor", "pia", "open")])
def test_a_frontends_word(fresh, rights, who, state):
    """It stands for a passphrase; for a second factor only if it may."""
    place = practice(fresh())
    place.provision("pia", "provider", "Pia")
    place.settings["frontend portal.rights"] = rights
    place.write_config()
    place.restart()
    session = place.session(who)
    assert session.get(CURRENT)["state"] == state
    session.call("GET", "/v1/threads").expect(200 if state == "open" else 403)
    if state == "second-factor":
        give_code(place, session, who)
    elif state == "set-up-second-factor":
        app = Authenticator(session.get("/v1/me/totp")["secret"])
        session.call("PUT", "/v1/me/totp", {
            "code": app.code(place.offset)}).expect(201)
    session.call("GET", "/v1/threads").expect(200)


# ---- the list of sessions -------------------------------------------------
def test_list_and_sign_out(place):
    place.people.accounts["ann"].browser.call("DELETE", CURRENT).expect(204)
    one = sign_in(place, "ann", label="Firefox on Linux")
    two, three = sign_in(place, "ann", label="Phone"), place.session("ann")
    stranger = place.session("pat")
    listed = one.get("/v1/sessions")["items"]
    assert {(s["label"], s["via"], s["current"]) for s in listed} == {
        ("Firefox on Linux", "web.sock", True), ("Phone", "web.sock", False),
        ("", "portal", False)}
    ids = {s["label"]: s["id"] for s in listed}
    stranger.call("DELETE", f"/v1/sessions/{ids['Phone']}").problem(404)
    one.call("DELETE", f"/v1/sessions/{stranger.get(CURRENT)['id']}").problem(
        404)
    stream = two.listen()
    assert stream.next()[0] == "resync"
    one.call("DELETE", f"/v1/sessions/{ids['Phone']}").expect(204)
    assert stream.next() == ("session", {"state": "ended"})
    two.call("GET", "/v1/me").problem(401)
    three.get("/v1/me")
    four = sign_in(place, "ann")
    one.call("DELETE", "/v1/sessions").expect(204)
    for ended in (three, four):
        ended.call("GET", "/v1/me").problem(401)
    assert [s["current"] for s in one.get("/v1/sessions")["items"]] == [True]
    stranger.get("/v1/me")
    # one's own, by its id: the cookie goes, too
    one.call("DELETE", f"/v1/sessions/{ids['Firefox on Linux']}").expect(204)
    assert COOKIE not in one.cookies


@pytest.mark.parametrize("label, status", [
    ("x" * 48, 201), ("", 201), ("x" * 49, 422), ("tab\there", 422),
    ("\u00fcber", 422), ("<b>", 201)])
def test_labels(kept, label, status):
    kept.place.browser().call("POST", "/v1/sessions", {
        "login": "ann", "passphrase": PASSPHRASE, "label": label}).expect(
            status)


def test_half_open_sessions_are_not_listed(place):
    browser = open_session(place, "pat")
    before = len(browser.get("/v1/sessions")["items"])
    sign_in(place, "pat")
    assert len(browser.get("/v1/sessions")["items"]) == before


def test_a_new_passphrase_ends_the_others(place):
    one, two, three = (open_session(place, "ann"), open_session(place, "ann"),
                       place.session("ann"))
    place.people.mailed()
    one.call("PUT", "/v1/me/passphrase", {
        "old": ANOTHER, "new": PASSPHRASE + "!"}).problem(401, "login-refused")
    two.get("/v1/me")
    one.call("PUT", "/v1/me/passphrase", {
        "old": PASSPHRASE, "new": ANOTHER}).expect(201)
    for ended in (two, three):
        ended.call("GET", "/v1/me").problem(401)
    one.get("/v1/me")
    assert [m["kind"] for m in place.people.mailed()] == ["account"]
    browser = place.browser()
    browser.call("POST", "/v1/sessions", {
        "login": "ann", "passphrase": PASSPHRASE}).problem(401)
    browser.sign_in("ann", ANOTHER)


# ---- replay ---------------------------------------------------------------
@pytest.mark.parametrize("how", ["signed out", "disabled", "reset",
                                 "passphrase changed", "recovered"])
@pytest.mark.parametrize("restart", ["", "restarted", "killed"])
def test_an_ended_session_stays_ended(place, how, restart):
    account = place.people.accounts["ann"]
    browser, session = open_session(place, "ann"), place.session("ann")
    saved = twin(browser)
    saved.cookies = dict(browser.cookies)
    if how == "signed out":
        browser.call("DELETE", CURRENT).expect(204)
        session.call("DELETE", CURRENT).expect(204)
    elif how == "disabled":
        place.admin.call("POST", "/v1/admin/participants/ann/disable",
                         {}).expect(200)
    elif how == "reset":
        place.people.issue("ann", reset=True)
    elif how == "passphrase changed":
        account.browser.call("PUT", "/v1/me/passphrase", {
            "old": PASSPHRASE, "new": ANOTHER}).expect(201)
    else:
        place.browser().call("POST", "/v1/recoveries", {
            "login": "ann", "code": account.recovery_codes[0],
            "passphrase": ANOTHER}).expect(204)
    if restart == "restarted":
        place.restart()
    elif restart == "killed":
        place.posternd.kill()
        place.start(bridge=False)
    for ended in (saved, session):
        for method, path, body in (("GET", CURRENT, None),
                                   ("PUT", CURRENT, {}),
                                   ("GET", "/v1/threads", None)):
            ended.call(method, path, body).problem(401, "unauthenticated")
    if how == "disabled":  # and does not come to life again
        place.provision("ann", "client", "Ann", active=True)
        for ended in (saved, session):
            ended.call("GET", "/v1/me").problem(401)


def test_an_open_session_outlives_a_restart(place):
    browser, half = open_session(place, "ann"), sign_in(place, "pat")
    place.posternd.kill()
    place.start(bridge=False)
    browser.get("/v1/me")
    browser.call("PUT", CURRENT, {}).expect(200)
    half.call("GET", "/v1/me").problem(403, "second-factor-due")
    give_code(place, half, "pat")


# ---- idle, and too old ----------------------------------------------------
@pytest.mark.parametrize("restart", [False, True])
def test_fifteen_minutes_idle(place, restart):
    begun = time.monotonic()
    idle, used = open_session(place, "ann"), open_session(place, "ann")
    assert idle.get(CURRENT)["idle_seconds"] == 15 * MINUTE
    for ahead, status, left in ((7, 200, 8), (7, 200, 1), (1, 401, 0)):
        place.move_clock(ahead * MINUTE)
        if restart:
            place.restart()
        reply = idle.call("GET", CURRENT).expect(status)
        if status == 200:
            assert 0 <= left * MINUTE - reply.json["idle_left"] <= 1 + (
                time.monotonic() - begun)
        # a change, so that its use is kept over a restart
        used.call("PUT", "/v1/me", {}).expect(200)
    idle.call("GET", "/v1/threads").problem(401, "unauthenticated")


QUIET = ["/v1/sessions/current", "/v1/links/nonsense", "/v1/settings"]
LIVELY = [("GET", "/v1/me"), ("GET", "/v1/threads"), ("GET", "/v1/contacts"),
          ("GET", "/v1/sessions"), ("PUT", CURRENT),
          ("GET", f"/v1/threads/{'a' * 26}")]


@pytest.mark.parametrize("path", QUIET)
def test_looking_is_no_sign_of_life(place, path):
    browser = open_session(place, "ann")
    for _ in range(14):
        place.move_clock(MINUTE)
        browser.call("GET", path).expect(200)
    place.move_clock(MINUTE)
    browser.call("GET", CURRENT).problem(401)


@pytest.mark.parametrize("method, path", LIVELY)
def test_a_sign_of_life(place, method, path):
    browser = open_session(place, "ann")
    for _ in range(3):
        place.move_clock(14 * MINUTE)
        browser.call(method, path, {} if method == "PUT" else None).expect(
            200, 404)
        assert browser.get(CURRENT)["idle_left"] > 14 * MINUTE


def test_listening_is_no_sign_of_life(place):
    browser = open_session(place, "ann")
    stream = browser.listen()
    assert stream.next()[0] == "resync"
    pat = place.session("pat")
    contact = pat.contact("ann")["id"]
    for minute in range(15):
        place.move_clock(MINUTE)
        pat.write_to(contact, f"minute {minute}")
        if minute < 14:
            assert stream.next()[0] == "thread"
        if minute == 7:  # nor is coming back to it
            stream.close()
            stream = browser.listen(stream.last_id)
    event = stream.next(60)
    if event[0] == "thread":
        event = stream.next(60)
    assert event == ("session", {"state": "ended"})
    browser.call("GET", CURRENT).problem(401)
    browser.call("GET", "/v1/events").problem(401)


@pytest.mark.parametrize("restart", [False, True])
def test_twelve_hours_at_most(place, restart):
    """Whatever goes on in it."""
    begun = time.monotonic()
    browser = open_session(place, "ann")
    for _ in range(12 * 6 - 1):
        place.move_clock(10 * MINUTE)
        browser.call("PUT", "/v1/me", {}).expect(200)
    if restart:
        place.restart()
    # near its end there is less left than the idle time
    left = browser.get(CURRENT)["idle_left"]
    assert 0 <= 10 * MINUTE - left <= 1 + time.monotonic() - begun
    place.move_clock(left - MINUTE)
    browser.call("PUT", CURRENT, {}).expect(200)
    place.move_clock(MINUTE + 1)
    browser.call("PUT", CURRENT, {}).problem(401, "unauthenticated")


def test_a_clock_set_back_keeps_nobody_signed_in(place):
    """Over a restart, too: there is never more left than there was."""
    browser = open_session(place, "ann")
    place.move_clock(-10 * HOUR)
    place.restart()
    place.move_clock(15 * MINUTE)
    browser.call("GET", CURRENT).problem(401)


def test_a_half_open_session_lives_ten_minutes(place):
    browser = sign_in(place, "pat")
    for _ in range(9):
        place.move_clock(MINUTE)
        browser.call("PUT", CURRENT, {}).expect(200)
    place.move_clock(MINUTE)
    browser.call("POST", FACTOR, code(place, "pat")).problem(
        401, "unauthenticated")


def test_time_given_by_configuration(fresh):
    place = practice(fresh(settings={"limits.session-idle": "2m",
                                     "limits.session-absolute": "3m"}))
    browser = open_session(place, "ann")
    assert browser.get(CURRENT)["idle_seconds"] == 120
    place.move_clock(90)
    browser.call("PUT", CURRENT, {}).expect(200)
    place.move_clock(100)
    browser.call("GET", CURRENT).problem(401)
