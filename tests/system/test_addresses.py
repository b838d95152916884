# SPDX-License-Identifier: Apache-2.0
"""How an address fares: what comes back, who hears of it, and how it is put
right."""

import pytest
from accounts import Accounts
from client import new_id
from postern import ORIGIN

DAY = 24 * 3600
HOUR = 3600


class Place:
    """A client, their provider and one of the staff, without a bridge: what
    it would be told is looked at, what it would report is reported."""

    def __init__(self, practice):
        self.practice = practice
        self.people = Accounts(practice, ORIGIN)
        practice.provision("ann", "client", "Ann", "ann@x.example")
        practice.provision("pat", "provider", "Pat", "pat@x.example")
        practice.relate("ann", "pat")

    def session(self, who):
        return self.practice.session(who)

    def write(self, text="words", who="pat", to="ann"):
        session = self.session(who)
        return session.write_to(session.contact(to)["id"], text)["thread"][
            "id"]

    def notice(self, kind="message"):
        """The newest of its kind; it counts as sent."""
        return [m for m in self.people.mailed() if m["kind"] == kind][-1]

    def notices(self):
        return [(m["kind"], m["to"]) for m in self.people.mailed()]

    def back(self, notice, kind="bounce", token="bounce", **more):
        label = {"bounce": "b-", "message_id": "m-", "reply": "r-"}[token]
        return self.practice.bridge_api.call("POST", "/v1/bridge/inbound", {
            "recipient": label + notice[token], "kind": kind, **more}).expect(
                200).json["recorded"]

    def address(self, who="ann"):
        first, *_ = self.session(who).get("/v1/me")["addresses"]
        return first

    def told(self):
        """What the provider sees of Ann."""
        return self.session("pat").contact("ann")["thread"]["not_notified"]


@pytest.fixture(name="place")
def started(fresh):
    return Place(fresh().hurry().start(bridge=False))


HARD = {"hard": True, "status": "5.1.1"}
SOFT = {"hard": False, "status": "4.2.2"}


@pytest.mark.parametrize("token", ["bounce", "message_id"])
def test_a_dead_address_is_stopped_at_once(place, token):
    thread = place.write()
    assert place.back(place.notice(), token=token, **HARD)
    address = place.address()
    assert (address["state"], address["reason"], address["code"]) == (
        "stopped", "dead", "5.1.1")
    assert address["since"] is not None
    told = place.told()
    assert (told["reason"], told["code"]) == ("refused", "5.1.1")
    assert place.session("pat").events(thread) == ["not-notified"]
    assert place.session("ann").events(thread) == []
    place.write("again")
    assert place.notices() == []
    assert place.told()["reason"] == "stopped"


def test_a_reply_token_stops_nothing(place):
    place.write()
    assert place.back(place.notice(), token="reply", **HARD)
    assert place.address()["state"] == "good"
    assert place.told() is None


def test_a_forged_token_changes_nothing(place):
    place.write()
    notice = place.notice()
    notice["bounce"] = notice["bounce"][:-1] + (
        "a" if notice["bounce"][-1] != "a" else "b")
    before = place.practice.transactions()
    assert not place.back(notice, **HARD)
    assert place.practice.transactions() == before
    assert place.address()["state"] == "good"


def test_mail_that_comes_back_for_days(place):
    for day, state in enumerate(("doubtful", "doubtful", "stopped")):
        place.write(f"day {day}")
        notice = place.notice()
        for _ in range(3):  # and no more for being told thrice
            assert place.back(notice, **SOFT)
        address = place.address()
        assert (address["state"], address["reason"]) == (state, "failing")
        assert place.told()["reason"] == "given-up"
        place.practice.move_clock((day + 1) * DAY)
    place.write("one more")
    assert "ann@x.example" not in [to for _, to in place.notices()]


def test_a_complaint_stops_at_once_and_is_said(place):
    place.write()
    assert place.back(place.notice(), kind="complaint")
    assert place.address()["reason"] == "complaint"
    assert place.told()["reason"] == "complaint"


@pytest.mark.parametrize("token", ["bounce", "message_id", "reply"])
def test_a_challenge_is_said_once(place, token):
    thread = place.write()
    notice = place.notice()
    for _ in range(2):
        assert place.back(notice, kind="challenge", token=token)
    assert place.told()["reason"] == "challenge"
    assert place.session("pat").events(thread) == ["not-notified"]
    assert place.session("ann").events(thread) == []
    # it is not the address that is at fault
    assert place.address()["state"] == "good"
    place.write("again")
    assert place.notices() == [("message", "ann@x.example")]


@pytest.mark.parametrize("kind", ["delayed", "delivered", "person",
                                  "auto-reply", "receipt", "malformed"])
def test_nothing_else_says_anything_of_it(place, kind):
    place.write()
    assert place.back(place.notice(), kind=kind)
    assert place.address()["state"] == "good"
    assert place.told() is None


def test_the_relay_itself_says_that_it_is_dead(place):
    place.write()
    [notice] = place.practice.bridge_api.call("POST", "/v1/bridge/leases", {
        "max": 20, "wait": 0}).expect(200).json["items"]
    place.practice.bridge_api.call("POST", "/v1/bridge/results", {"items": [{
        "id": notice["id"], "outcome": "failed", "code": "5.1.1"}]}
    ).expect(200)
    assert place.address()["state"] == "stopped"


def test_a_second_address_takes_over(place):
    place.practice.portal.call("PUT", "/v1/participants/ann", {
        "role": "client", "name": "Ann", "addresses": [
            "ann@x.example", "ann@home.example"]}).expect(200)
    place.write()
    assert place.back(place.notice(), **HARD)
    assert place.notices() == [("message", "ann@home.example")]
    assert place.told() is None
    place.write("again")
    assert place.notices() == [("message", "ann@home.example")]


# ---- putting it right -------------------------------------------------------
def ask(session, address, status=201, **more):
    return session.call("POST", "/v1/me/addresses", {
        "address": address, **more}).expect(status).json


def confirm(session, address, code):
    return session.call("POST", f"/v1/me/addresses/{address}/confirm",
                        {"code": code})


def test_its_person_puts_it_right(place):
    place.write()
    assert place.back(place.notice(), **HARD)
    ann = place.session("ann")
    asked = ask(ann, "Ann.New@Home.EXAMPLE")
    assert asked["address"] == "Ann.New@home.example"
    states = [a["state"] for a in ann.get("/v1/me")["addresses"]]
    assert states == ["stopped", "unconfirmed"]
    # nobody is written to there before
    place.write("meanwhile")
    [mail] = place.people.mailed()
    assert (mail["kind"], mail["to"]) == ("address", "Ann.New@home.example")
    code = mail["code"]
    said = confirm(ann, asked["id"], f"{code[:4]} {code[4:]}").expect(200)
    [address] = said.json["addresses"]
    assert (address["address"], address["state"]) == (
        "Ann.New@home.example", "good")
    # the old one was dead: nobody there can be told
    assert place.notices() == []
    place.write("at last")
    assert place.notices() == [("message", "Ann.New@home.example")]
    confirm(ann, asked["id"], code).problem(404)


def test_the_old_one_is_told(place):
    ann = place.session("ann")
    asked = ask(ann, "new@x.example")
    code = place.notice("address")["code"]
    confirm(ann, asked["id"], code).expect(200)
    assert place.notices() == [("replaced", "ann@x.example")]
    place.write()
    assert place.notices() == [("message", "new@x.example")]
    [shown] = place.practice.portal.call(
        "GET", "/v1/participants/ann").expect(200).json["addresses"]
    assert shown["address"] == "new@x.example"


def test_the_old_one_is_told_whatever_follows(place):
    """Somebody else at the page cannot keep that mail from going out."""
    ann = place.session("ann")
    for new in ("one@x.example", "two@x.example"):
        asked = ask(ann, new)
        [lease] = [m for m in place.practice.bridge_api.call(
            "POST", "/v1/bridge/leases", {"max": 20, "wait": 0}).expect(
                200).json["items"] if m["kind"] == "address"]
        confirm(ann, asked["id"], lease["code"]).expect(200)
        ask(ann, "three@x.example")
    place.practice.move_clock(3 * 60)  # what was leased comes again
    told = {to for kind, to in place.notices() if kind == "replaced"}
    assert told == {"ann@x.example", "one@x.example"}


def test_the_same_one_again(place):
    """It was full, and works again."""
    place.write()
    assert place.back(place.notice(), **HARD)
    ann = place.session("ann")
    asked = ask(ann, "ann@x.example")
    said = confirm(ann, asked["id"], place.notice("address")["code"])
    assert [a["state"] for a in said.expect(200).json["addresses"]] == ["good"]


def test_codes_are_bounded(place):
    ann = place.session("ann")
    asked = ask(ann, "new@x.example")
    code = place.notice("address")["code"]
    wrong = "00000000" if code != "00000000" else "11111111"
    for left in (4, 3, 2, 1, 0):
        reply = confirm(ann, asked["id"], wrong)
        reply.problem(403, "code-refused")
        assert reply.json["tries_left"] == left
    confirm(ann, asked["id"], code).problem(404)
    for _ in range(4):
        ask(ann, "new@x.example")
    late = ann.call("POST", "/v1/me/addresses", {"address": "new@x.example"})
    late.problem(429, "too-many-requests")
    assert late.headers["Retry-After"] == "720"
    assert place.address()["state"] == "good"


def test_a_code_ends(place):
    ann = place.session("ann")
    old = ask(ann, "one@x.example")
    code = place.notice("address")["code"]
    new = ask(ann, "two@x.example")
    confirm(ann, old["id"], code).problem(404)
    code = place.notice("address")["code"]
    other = place.session("pat")
    confirm(other, new["id"], code).problem(404)
    place.practice.move_clock(HOUR + 60)
    ann = place.session("ann")
    confirm(ann, new["id"], code).problem(404)
    assert [a["state"] for a in ann.get("/v1/me")["addresses"]] == ["good"]


def test_what_nobody_confirmed_is_dropped(place):
    """Once its code is good no more; that is audited, and done once."""
    def addresses():
        return len(place.practice.spaces()["address"])

    def audited():
        return place.practice.status()["store"]["audit_entries"]

    place.practice.move_clock(HOUR)
    place.practice.tick()
    ask(place.session("ann"), "new@x.example")
    rows, entries = addresses(), audited()
    place.practice.tick()
    assert (addresses(), audited()) == (rows, entries)
    for _ in range(2):
        place.practice.move_clock(2 * HOUR)
        place.practice.tick()
        assert (addresses(), audited()) == (rows - 1, entries + 1)
    assert place.address()["address"] == "ann@x.example"


def test_a_code_that_was_not_fetched_in_time_is_not_sent(place):
    ask(place.session("ann"), "one@x.example")
    ask(place.session("ann"), "two@x.example")
    assert place.notices() == [("address", "two@x.example")]


def test_only_ones_own_is_replaced(place):
    other = place.address("pat")["id"]
    for replaces in (other, new_id()):
        ask(place.session("ann"), "new@x.example", 422, replaces=replaces)
    ask(place.session("ann"), "no address", 422)


def test_staff_put_it_right(place):
    sam = place.people.add_staff("sam").browser
    place.write()
    assert place.back(place.notice(), **HARD)
    [shown] = sam.get("/v1/participants/ann")["addresses"]
    assert (shown["state"], shown["reason"]) == ("stopped", "dead")
    sam.call("POST", f"/v1/participants/ann/addresses/{shown['id']}/restart",
             {}).expect(204)
    [shown] = sam.get("/v1/participants/ann")["addresses"]
    assert (shown["state"], shown["reason"]) == ("good", None)
    place.write("again")
    assert ("message", "ann@x.example") in place.notices()


def test_the_practice_names_the_old_one_again(place):
    """As a frontend does that knows nothing of the change: mail goes there,
    also where the old one was yet to be told, or the new one to be shown."""
    ann = place.session("ann")
    asked = ask(ann, "new@x.example")
    confirm(ann, asked["id"], place.notice("address")["code"]).expect(200)
    ask(ann, "third@x.example")
    for wanted in ("ann@x.example", "third@x.example"):
        ask(ann, "third@x.example")
        place.practice.provision("ann", "client", "Ann", wanted)
        [address] = ann.get("/v1/me")["addresses"]
        assert (address["address"], address["state"]) == (wanted, "good")
        place.people.mailed()
        place.write(wanted)
        assert place.notices() == [("message", wanted)]


def test_it_outlives_a_restart(place):
    place.write()
    assert place.back(place.notice(), **SOFT)
    before = place.address()
    place.practice.stop()
    place.practice.start(bridge=False)
    assert place.address() == before


# ---- a person has to know ---------------------------------------------------
@pytest.fixture(name="watched")
def with_a_summary(fresh):
    return Place(fresh(settings={
        "practice.summary-to": "office@practice.example"}).hurry().start(
            bridge=False))


def mails_after(place, hours):
    """All that is to be mailed so many hours later, once a round was made."""
    place.practice.move_clock(hours * HOUR)
    place.practice.tick()
    return place.people.mailed()


def after(place, hours):
    return sorted((m["kind"], m["to"]) for m in mails_after(place, hours))


SUMMARY = ("summary", "office@practice.example")


def test_unread_and_untold_for_a_day(watched):
    """The provider hears of it once, somebody at the practice every day until
    it is put right."""
    place = watched
    assert after(place, 1) == []
    thread = place.write()
    assert place.back(place.notice(), **HARD)
    # nobody reaches her: that is worth a line at once, and no more
    assert after(place, 2) == [SUMMARY]
    assert after(place, 21) == []
    assert after(place, 2) == [("overdue", "pat@x.example"), SUMMARY]
    assert place.practice.status()["people"] == {"unreached": 1, "waiting": 1}
    assert after(place, 2) == []
    assert after(place, 23) == [SUMMARY]
    # she reads it without having been told
    place.session("ann").call("PUT", f"/v1/threads/{thread}/read",
                              {"up_to": 1}).expect(200)
    assert after(place, 25) == [SUMMARY]
    assert place.practice.status()["people"] == {"unreached": 1, "waiting": 0}


def test_many_mails_that_nobody_can_read_are_said_once(watched):
    place = watched
    after(place, 1)
    place.write()
    notice = place.notice()
    for n in range(10):
        assert after(place, 2) == []
        assert place.back(notice, kind="malformed",
                          token="bounce" if n % 2 else "reply")
    [got] = mails_after(place, 2)
    assert got["kind"] == "summary"
    assert got["counts"]["unreadable"] == "10"
    assert after(place, 25) == []


def test_what_a_summary_says(watched):
    place = watched
    after(place, 1)
    place.write()
    assert place.back(place.notice(), **HARD)
    [got] = mails_after(place, 2)
    assert got["counts"] == {
        "unreached": "1", "waiting": "", "withheld": "", "unreadable": ""}
    # nothing in it says who
    for word in ("ann", "Ann", "pat", "x.example"):
        assert word not in str({k: v for k, v in got.items()
                                if k in ("to", "counts", "practice")})


def test_a_provider_whom_no_mail_reaches(watched):
    """Their client waits, and neither of them knows: somebody does."""
    place = watched
    after(place, 1)
    place.write("hello", who="ann", to="pat")
    assert place.back(place.notice(), **HARD)
    assert place.address("pat")["state"] == "stopped"
    place.write("are you there?", who="ann", to="pat")
    assert after(place, 2) == [SUMMARY]
    assert after(place, 24) == [SUMMARY]
    assert place.practice.status()["people"] == {"unreached": 1, "waiting": 1}


def test_it_is_said_once_whatever_happens_to_posternd(watched):
    place = watched
    after(place, 1)
    place.write()
    assert place.back(place.notice(), **HARD)
    after(place, 2)
    place.practice.kill()
    place.practice.start(bridge=False)
    assert after(place, 24) == [("overdue", "pat@x.example"), SUMMARY]
    place.practice.kill()
    place.practice.start(bridge=False)
    assert after(place, 2) == []


def test_without_anybody_to_tell_the_provider_is(place):
    after(place, 1)
    place.write()
    assert place.back(place.notice(), **HARD)
    assert after(place, 27) == [("overdue", "pat@x.example")]


def test_a_clock_that_was_ahead_silences_nothing(place):
    """What a round noted down in a time that has not come yet is not waited
    for."""
    days = 40 * 24 * HOUR
    place.practice.move_clock(days)
    place.write()
    assert place.back(place.notice(), **HARD)
    assert after(place, 27) == [("overdue", "pat@x.example")]
    place.practice.kill()
    place.practice.move_clock(-days)
    place.practice.start(bridge=False)
    place.practice.provision("bob", "client", "Bob", "bob@x.example")
    place.practice.relate("bob", "pat")
    place.write(to="bob")
    assert place.back(place.notice(), **HARD)
    assert ("overdue", "pat@x.example") in after(place, 27)


def test_who_is_well_reached_is_not_mentioned(watched):
    place = watched
    after(place, 1)
    place.write()
    assert after(place, 49) == [("message", "ann@x.example")]
