# SPDX-License-Identifier: Apache-2.0
"""Who is let in, and what those hear who are not."""

import random
import time

import pytest
from ranks import mann_whitney

PASSPHRASE = "some fifteen letters"
TRIES = {"wrong": ("ann", "not " + PASSPHRASE),
         "unknown": ("eve", PASSPHRASE),
         "no login": ("no login at all", PASSPHRASE),
         "disabled": ("bob", PASSPHRASE),
         "disabled and wrong": ("bob", "not " + PASSPHRASE),
         "not opened yet": ("dan", PASSPHRASE)}


def audited(place):
    status = place.admin.call("GET", "/v1/admin/status").expect(200)
    return status.json["store"]["audit_entries"]


def log_in(place, login, passphrase, number=0):
    """From an address that has tried nothing yet."""
    return place.portal.call("POST", "/v1/sessions", {
        "login": login, "passphrase": passphrase},
        {"X-Real-IP": f"192.{number >> 8}.{number & 255}.1"})


def people(place):
    for who in ("ann", "bob"):
        place.admin.call("POST", "/v1/admin/participants", {
            "external_id": who, "role": "client", "name": "N", "login": who,
            "passphrase": PASSPHRASE}).expect(201)
    # invited, and has not come yet
    place.provision("dan", "client", "N", "dan@clients.example")
    place.admin.call("POST", "/v1/admin/participants/dan/enrolment",
                     {}).expect(201)
    log_in(place, "bob", PASSPHRASE).expect(201)
    place.admin.call(
        "POST", "/v1/admin/participants/bob/disable", {}).expect(200)
    return place


@pytest.fixture(name="place")
def started(fresh):
    return people(fresh().hurry().start(bridge=False))


def test_one_refusal_for_all(place):
    """Wrong passphrase, unknown login, a right passphrase of someone
    disabled: the same answer, and recorded."""
    answers = set()
    for name, credentials in TRIES.items():
        entries = audited(place)
        answers.add(log_in(place, *credentials).problem(
            401, "login-refused").raw)
        assert audited(place) == entries + 1, name
    assert len(answers) == 1
    log_in(place, "ann", PASSPHRASE).expect(201)


def spent(place):
    """posternd's processor time, in seconds."""
    return time.clock_gettime(~place.posternd.process.pid << 3 | 2)


def test_all_take_alike(fresh):
    """The work of a passphrase is done for all, in turn and in random order;
    by its processor time, as this machine does other things, too. (The
    whole answer's time, many times over: tests/bench/signin.)"""
    place = people(fresh().start(bridge=False))
    log_in(place, "ann", "warm up")
    took = {name: [] for name in [*TRIES, "right"]}
    for number in range(60):
        order = [*TRIES.items(), ("right", ("ann", PASSPHRASE))]
        if number % 2:  # these two are what people guess at
            order = order[:2]
        random.shuffle(order)
        for name, credentials in order:
            began = spent(place)
            log_in(place, *credentials, number).expect(
                201 if name == "right" else 401)
            took[name].append(spent(place) - began)
        # The least is what disturbs least: noise only adds, so that more
        # tries bring it down to the work itself, and never below.
        least = {name: min(times) for name, times in took.items()}
        if number >= 9 and max(least.values()) < 1.2 * min(least.values()):
            break
    else:
        raise AssertionError(took)
    alike = {name: mann_whitney(took["wrong"], took[name]) for name in TRIES}
    assert min(alike.values()) > 0.0005, (alike, took)
    # a third more, and it would be seen
    more = [t * 4 / 3 for t in took["wrong"]]
    assert mann_whitney(took["unknown"], more) < 0.01, took


def test_sessions_have_a_ceiling(place):
    """The 33rd ends the one that was used least recently, for good."""
    opened = [place.session("ann") for _ in range(33)]
    for session in opened[1:]:
        session.get("/v1/me")
    opened[0].call("GET", "/v1/me").problem(401)
    place.posternd.kill()
    place.start(bridge=False)
    opened[0].call("GET", "/v1/me").problem(401)
    opened[1].get("/v1/me")
