# SPDX-License-Identifier: Apache-2.0
"""Who is let in, and what those hear who are not."""

import statistics
import time

import pytest

PASSPHRASE = "some fifteen letters"


def audited(place):
    status = place.admin.call("GET", "/v1/admin/status").expect(200)
    return status.json["store"]["audit_entries"]


def log_in(place, login, passphrase, block=0):
    """The reply, how long it took, and how much was written of it."""
    entries, began = audited(place), time.monotonic()
    reply = place.portal.call("POST", "/v1/sessions", {
        "login": login, "passphrase": passphrase},
        {"X-Real-IP": f"192.0.{block}.1"})
    return reply, time.monotonic() - began, audited(place) - entries


@pytest.fixture(name="place")
def started(fresh):
    place = fresh()
    place.start(bridge=False)
    for who in ("ann", "bob"):
        place.admin.call("POST", "/v1/admin/participants", {
            "external_id": who, "role": "client", "name": "N", "login": who,
            "passphrase": PASSPHRASE}).expect(201)
    return place


def test_one_refusal_for_all(place):
    """Wrong passphrase, unknown login, a right passphrase of someone
    disabled: the same answer after the same work, and recorded."""
    log_in(place, "bob", PASSPHRASE)[0].expect(201)
    place.admin.call(
        "POST", "/v1/admin/participants/bob/disable", {}).expect(200)
    tries = {"wrong": ("ann", "not " + PASSPHRASE),
             "unknown": ("eve", PASSPHRASE),
             "no login": ("no login at all", PASSPHRASE),
             "disabled": ("bob", PASSPHRASE),
             "disabled and wrong": ("bob", "not " + PASSPHRASE)}
    took = {name: [] for name in tries}
    answers = set()
    for block in range(5):  # each an address that has tried nothing yet
        for name, credentials in tries.items():
            reply, seconds, entries = log_in(place, *credentials, block)
            reply.problem(401, "login-refused")
            answers.add(reply.raw)
            took[name].append(seconds)
            assert entries == 1, name
    assert len(answers) == 1
    middle = {n: statistics.median(t) for n, t in took.items()}
    assert max(middle.values()) < 2 * min(middle.values()), middle
    log_in(place, "ann", PASSPHRASE)[0].expect(201)


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
