# SPDX-License-Identifier: Apache-2.0
"""Whoever guesses is slowed down, and nobody else."""

import itertools

import pytest
from accounts import PASSPHRASE, STEP, Accounts
from client import Session
from postern import ORIGIN

WRONG = "not the right passphrase"
MINUTE = 60
HOUR = 3600


@pytest.fixture(name="place")
def started(fresh):
    place = fresh().hurry().start(bridge=False)
    place.provision("ann", "client", "Ann", "ann@clients.example")
    place.provision("bob", "client", "Bob", "bob@clients.example")
    place.provision("pat", "provider", "Pat", "pat@providers.example")
    place.people = Accounts(place, ORIGIN)
    for who in ("ann", "pat"):
        place.people.open_account(who)
    place.move_clock(2 * STEP)
    # what is said of how long to wait is compared to the second
    place.hold_clock()
    return place


def guess(place, address="192.0.2.1", login="ann", passphrase=WRONG):
    return place.browser(address).call("POST", "/v1/sessions", {
        "login": login, "passphrase": passphrase})


def wait_of(reply):
    return int(reply.problem(429, "too-many-requests").headers["Retry-After"])


# ---- one account, one block -----------------------------------------------
@pytest.mark.parametrize("login", ["ann", "nobody", "no login at all"])
def test_three_tries_then_longer_and_longer(place, login):
    """The same for a login that is nobody's."""
    for _ in range(3):
        guess(place, login=login).problem(401, "login-refused")
    for wait in (1, 2, 4, 8, 16, 32, 60, 60, 60):
        assert wait_of(guess(place, login=login)) == wait
        # being told to wait is no try: it does not grow by asking
        place.move_clock(wait - 0.5)
        assert wait_of(guess(place, login=login)) == 1
        place.move_clock(0.5)
        guess(place, login=login).problem(401)
    # an hour of peace, and it is forgotten
    place.move_clock(HOUR)
    for _ in range(3):
        guess(place, login=login).problem(401)


def test_nothing_is_said_of_the_account(place):
    """A right passphrase waits like a wrong one; so does a disabled one."""
    place.admin.call("POST", "/v1/admin/participants/pat/disable",
                     {}).expect(200)
    told = set()
    for login in ("ann", "pat", "nobody"):
        for _ in range(3):
            guess(place, login=login).problem(401)
        for passphrase in (PASSPHRASE, WRONG):
            reply = guess(place, login=login, passphrase=passphrase)
            told.add((reply.status, reply.raw, wait_of(reply)))
    assert len(told) == 1


def test_success_forgets(place):
    for _ in range(3):
        guess(place).problem(401)
    place.move_clock(1)
    guess(place, passphrase=PASSPHRASE).expect(201)
    for _ in range(3):
        guess(place).problem(401)
    assert wait_of(guess(place)) == 1


@pytest.mark.parametrize("mine, others", [
    ("192.0.2.1", ["192.0.3.1", "198.51.100.1", "::ffff:192.0.3.1"]),
    ("2001:db8:1::1", ["2001:db8:2::1", "192.0.2.1"])])
def test_another_block_is_free(place, mine, others):
    for _ in range(3):
        guess(place, mine).problem(401)
    wait_of(guess(place, mine))
    for other in others:
        guess(place, other, passphrase=PASSPHRASE).expect(201)


@pytest.mark.parametrize("mine, near", [
    ("192.0.2.1", "192.0.2.254"), ("192.0.2.1", "::ffff:192.0.2.9"),
    ("2001:db8:1:1::1", "2001:db8:1:2::1"),
    ("2001:db8:1::1", "2001:db8:1:ffff:ffff:ffff:ffff:ffff")])
def test_the_same_block_is_not(place, mine, near):
    for _ in range(3):
        guess(place, mine).problem(401)
    wait_of(guess(place, near))


def test_a_device_that_was_here_is_free(place):
    """Others' guesses from the same house do not hold it up; its own do."""
    known = place.people.accounts["ann"].browser
    for _ in range(3):
        guess(place).problem(401)
    wait_of(guess(place))

    def sign_in(browser, passphrase):
        return browser.call("POST", "/v1/sessions", {
            "login": "ann", "passphrase": passphrase})
    sign_in(known, PASSPHRASE).expect(201)
    for _ in range(3):
        sign_in(known, WRONG).problem(401)
    assert wait_of(sign_in(known, WRONG)) == 1
    # for another account it is a stranger
    for _ in range(3):
        known.call("POST", "/v1/sessions", {
            "login": "pat", "passphrase": WRONG}).problem(401)
    assert wait_of(known.call("POST", "/v1/sessions", {
        "login": "pat", "passphrase": WRONG})) == 1


def test_a_device_is_no_way_around(place):
    """After ten wrong tries it counts as anybody; a made-up one from the
    first."""
    known = place.people.accounts["ann"].browser
    known.call("DELETE", "/v1/sessions/current").expect(204)

    def tries(browser):
        for number in itertools.count():
            reply = browser.call("POST", "/v1/sessions", {
                "login": "ann", "passphrase": WRONG})
            if reply.status == 429:
                return number
    made_up = place.browser("192.0.9.1")
    made_up.cookies = {"__Host-postern-device": "a" * 52}
    assert tries(made_up) == 3
    stolen = place.browser("192.0.10.1")
    stolen.cookies = dict(known.cookies)
    total = 0
    for _ in range(12):
        total += tries(stolen)
        place.move_clock(65)
    # three at once, then one a wait; no more than a stranger in that time
    assert total <= 3 + 3 + 12
    # somebody's own device means nothing for another's account
    theirs = place.browser("192.0.11.1")
    theirs.cookies = dict(place.people.accounts["pat"].browser.cookies)
    assert tries(theirs) == 3


# ---- many blocks ----------------------------------------------------------
def test_a_thousand_blocks(place):
    """Each has its one try, whatever the others did: nobody is locked out.
    Beyond a hundred in an hour, a second one takes a minute."""
    known = place.people.accounts["ann"].browser
    for number in range(1000):
        guess(place, f"10.{number >> 8}.{number & 255}.1").problem(401)
    assert wait_of(guess(place, "10.0.0.1")) == 60
    assert wait_of(guess(place, "10.3.231.1")) == 60
    # the owner, at home and elsewhere
    known.call("POST", "/v1/sessions", {
        "login": "ann", "passphrase": PASSPHRASE}).expect(201)
    guess(place, "203.0.113.1", passphrase=PASSPHRASE).expect(201)
    # other accounts have their three tries
    for _ in range(3):
        guess(place, "10.0.0.2", "bob").problem(401)
    # it runs off: a hundred an hour
    place.move_clock(10 * HOUR)
    for _ in range(2):
        guess(place, "10.0.0.1").problem(401)


def test_one_address_many_accounts(place):
    """Twenty in ten minutes, and what succeeds is given back."""
    for number in range(20):
        if number % 4 == 0:
            guess(place, passphrase=PASSPHRASE).expect(201)
        guess(place, login=f"nobody{number}").problem(401)
    assert wait_of(guess(place, login="nobody20")) == 30
    # the address beside it has its own
    guess(place, "192.0.2.2", login="nobody20").problem(401)
    place.move_clock(31)
    guess(place, login="nobody20").problem(401)


def test_one_block_many_accounts(place):
    """A hundred in ten minutes from a /24, or a /48."""
    for block in ("192.0.2.{}", "2001:db8:7:{:x}::1"):
        for number in range(100):
            guess(place, block.format(1 + number % 10),
                  login=f"someone{number}").problem(401)
        assert wait_of(guess(place, block.format(77), "someone")) == 6
    guess(place, "192.0.3.1", "someone").problem(401)


def test_an_address_of_ipv6_is_its_64(place):
    for number in range(20):
        guess(place, f"2001:db8:9:1::{number:x}",
              f"nobody{number}").problem(401)
    wait_of(guess(place, "2001:db8:9:1::ffff", "nobody20"))
    guess(place, "2001:db8:9:2::1", "nobody20").problem(401)


# ---- whatever else can be guessed -----------------------------------------
def test_recovery_and_sign_in_count_together(place):
    def recover(login="ann"):
        return place.browser().call("POST", "/v1/recoveries", {
            "login": login, "code": "aaaa-aaaa-aaaa",
            "passphrase": PASSPHRASE})
    guess(place).problem(401)
    recover().problem(401)
    recover().problem(401)
    assert wait_of(guess(place)) == wait_of(recover()) == 1
    # also under another spelling
    assert wait_of(guess(place, login="ANN")) == wait_of(recover("Ann")) == 1


def test_enrolment_codes(place):
    link, code = place.people.invite("bob")

    def attempt(address, what):
        return place.browser(address).call("POST", "/v1/enrolments", {
            "link": link, "code": what})
    for _ in range(3):
        attempt("192.0.2.1", "aaaa-aaaa-aaaa").problem(401)
    assert wait_of(attempt("192.0.2.1", code)) == 1
    attempt("192.0.3.1", code).expect(200)
    # asking again with the right one is no guessing
    for _ in range(30):
        attempt("192.0.3.1", code).expect(200)


def test_second_factors(place):
    """By account, over all sessions that have come so far."""
    app = place.people.accounts["pat"].authenticator

    def half(address):
        browser = place.browser(address)
        browser.sign_in("pat", PASSPHRASE)
        return browser

    def attempt(browser, what):
        return browser.call("POST", "/v1/sessions/current/factor",
                            {"code": what})
    one, two = half("192.0.2.1"), half("192.0.2.1")
    # each device that knows the passphrase has a count of its own
    for _ in range(3):
        attempt(one, "000000").problem(401)
    assert wait_of(attempt(one, "000000")) == 1
    # a browser that throws its device away is a stranger, by block
    for browser in (one, two):
        browser.cookies.pop("__Host-postern-device")
    for number in range(3):
        attempt((one, two)[number % 2], "000000").problem(401)
    assert wait_of(attempt(one, app.code(place.offset))) == 1
    assert wait_of(attempt(two, "000000")) == 1
    place.move_clock(1)
    attempt(two, app.code(place.offset)).expect(201)


def test_the_passphrase_once_more(place):
    """Whoever sits at somebody's open session guesses no faster."""
    session = place.session("ann")
    for method, path, body in (
            ("PUT", "/v1/me/passphrase", {"old": WRONG, "new": PASSPHRASE}),
            ("POST", "/v1/me/recovery-codes", {"passphrase": WRONG}),
            ("PUT", "/v1/me/totp", {"code": "0", "passphrase": WRONG})):
        session.call(method, path, body).problem(401, "login-refused")
    assert wait_of(session.call("POST", "/v1/me/recovery-codes",
                                {"passphrase": PASSPHRASE})) == 1


def test_a_frontend_may_tell_the_address(place):
    """Without it, its people are one block; with it, each has their own."""
    def login(address=None):
        return place.portal.call("POST", "/v1/sessions", {
            "login": "ann", "passphrase": WRONG},
            {"X-Real-IP": address} if address else {})
    for address in (None, "192.0.2.1", "192.0.3.1"):
        for _ in range(3):
            login(address).problem(401)
        wait_of(login(address))
    # an assertion is no guess
    assert isinstance(place.session("ann"), Session)
