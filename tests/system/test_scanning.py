# SPDX-License-Identifier: Apache-2.0
"""Files and a real clamd: nobody gets one before it was called clean."""

import base64
import io
import os
import pathlib
import re
import subprocess
import time
import zipfile

import postern
import pytest
from accounts import Accounts
from clamav import MARK, Clamav
from client import wait_for
from marks import search

CLEAN = b"day,mood\n1,good\n2,better\n"
INFECTED = b"day,mood\n1," + MARK + b"\n"
DOCX = ("application/vnd.openxmlformats-officedocument.wordprocessingml."
        "document")
NAME = "Canary-Of-A-Name.csv"
BEGINS = "attachments are held back: clamd cannot be reached"
ENDS = "attachments are scanned again"
# the first try again comes after five seconds, the next after ten more, and
# so on
PATIENCE = 200


@pytest.fixture
def clamav():
    directory = postern.new_directory("clamav-")
    server = Clamav(directory / "c")
    yield server
    server.kill()
    postern.remove(directory)


@pytest.fixture(name="place")
def started(fresh, clamav):
    place = fresh(settings={"attachments.clamd": clamav.socket})
    place.start(bridge=False).enrol(1)
    sign_in(place)
    place.thread = place.client.write_to(
        place.provider.id, "hello")["thread"]["id"]
    return place


def sign_in(place):
    place.client, place.provider = (
        place.session(who) for who in ("client1", "provider1"))


def send(place, content, name=NAME, kind="text/csv"):
    """The client's file, to the provider; its id."""
    upload = base64.b32encode(os.urandom(16)).decode().lower().rstrip("=")
    place.client.call("PUT", f"/v1/uploads/{upload}", content,
                      {"Content-Type": kind}).expect(200)
    place.client.write(place.thread, "see there", attachments=[
        {"upload": upload, "name": name}])
    # what is withheld at once is told of behind it
    return [entry for entry in place.client.entries(place.thread)
            if entry["kind"] == "message"][-1]["attachments"][0]["id"]


def states(place, attachment):
    """What both sides are told of it."""
    return [one["state"] for person in (place.client, place.provider)
            for entry in person.entries(place.thread)
            for one in entry.get("attachments", ())
            if one["id"] == attachment]


def fetch(place, attachment):
    """What both sides get."""
    return [person.call("GET", f"/v1/attachments/{attachment}")
            for person in (place.client, place.provider)]


def wait_state(place, attachment, state):
    wait_for(lambda: states(place, attachment) == [state, state], PATIENCE,
             lambda: f"{states(place, attachment)}\n{place.posternd.log()}")


def is_held(place, attachment):
    for reply in fetch(place, attachment):
        reply.problem(409, "attachment-pending")
        assert int(reply.headers["Retry-After"]) >= 1
    return states(place, attachment) == ["pending", "pending"]


def held(place):
    """As an administrator sees it."""
    return [(row["id"], row["thread"], row["state"], row["reason"])
            for row in place.admin.call(
                "GET", "/v1/admin/attachments").expect(200).json["items"]]


def status(place, clamav, *more):
    """What posternctl says."""
    done = subprocess.run(
        [postern.program("posternctl"), "--config", place.config, *more],
        capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_clean(place, clamav):
    """It waits, nobody gets it, an open page hears when that ends."""
    clamav.start().freeze()
    page = place.provider.listen()
    attachment = send(place, CLEAN)
    assert is_held(place, attachment)
    assert held(place) == [(attachment, place.thread, "pending", None)]
    assert [page.next()[0] for _ in range(2)] == ["resync", "thread"]
    clamav.thaw()
    kind, data = page.next(PATIENCE)
    assert (kind, data["thread"]) == ("thread", place.thread)
    page.close()
    assert states(place, attachment) == ["clean", "clean"]
    for reply in fetch(place, attachment):
        assert reply.expect(200).raw == CLEAN
    told = place.status()
    assert told["attachments"] == {
        "pending": 0, "withheld": 0, "oldest_at": None}
    assert told["scanner"]["state"] == "ok"
    assert told["scanner"]["version"].startswith("ClamAV ")
    assert held(place) == []


def test_infected(place, clamav):
    """Nobody ever gets it, and everybody concerned hears of it."""
    clamav.start()
    before = len(place.queue())
    attachment = send(place, INFECTED)
    wait_state(place, attachment, "infected")
    for reply in fetch(place, attachment):
        reply.problem(403, "attachment-withheld")
        assert MARK not in reply.raw
    for person in (place.client, place.provider):
        assert person.events(place.thread) == ["file-withheld"]
    # the message itself, and then one for each side
    told = [row["participant"] for row in place.queue()[before:]]
    assert told == [place.provider.id, place.client.id, place.provider.id] \
        or told == [place.provider.id, place.provider.id, place.client.id]
    assert place.status()["attachments"]["withheld"] == 1
    assert held(place) == [(attachment, place.thread, "infected", None)]
    listed = status(place, clamav, "attachments")
    assert attachment in listed and "infected" in listed
    log = place.posternd.log()
    assert f"attachment {attachment} of thread {place.thread} is withheld" \
        in log
    # neither whose it is, nor what it is called, nor what was found
    for word in ("Canary", "client1", "Number1", "Postern.Test",
                 place.client.id):
        assert word not in log and word not in listed
    # and so it stays
    place.restart()
    sign_in(place)
    for reply in fetch(place, attachment):
        reply.problem(403, "attachment-withheld")
    assert place.client.events(place.thread) == ["file-withheld"]


def mailed(place, wanted):
    """To whom, and of how many such files, once so many summaries are."""
    seen = []

    def come():
        seen.extend(item for item in Accounts(place, postern.ORIGIN).mailed()
                    if item["kind"] == "summary")
        return len(seen) >= wanted
    wait_for(come, PATIENCE, lambda: seen)
    return [(item["to"], item["counts"]["withheld"]) for item in seen]


def test_the_practice_is_told_by_mail(fresh, clamav):
    """Of each once, in the next summary of the day, and of nothing but how
    many they are."""
    place = fresh(settings={
        "attachments.clamd": clamav.socket,
        "practice.summary-to": "office@practice.example"})
    clamav.start()
    place.hurry().start(bridge=False).enrol(1)
    sign_in(place)
    place.thread = place.client.write_to(
        place.provider.id, "hello")["thread"]["id"]
    for _ in range(2):
        wait_state(place, send(place, INFECTED), "infected")
    wait_state(place, send(place, CLEAN), "clean")
    place.move_clock(25 * 3600)
    assert mailed(place, 1) == [("office@practice.example", "2")]
    place.move_clock(25 * 3600)
    sign_in(place)
    wait_state(place, send(place, INFECTED), "infected")
    place.move_clock(25 * 3600)
    assert mailed(place, 1) == [("office@practice.example", "1")]
    time.sleep(1)
    assert mailed(place, 0) == []


def test_away_and_back(place, clamav):
    """Messages go on, their files wait, and go out once it is back."""
    attachments = [send(place, CLEAN) for _ in range(3)]
    for attachment in attachments:
        assert is_held(place, attachment)
    wait_for(lambda: BEGINS in place.posternd.log(), PATIENCE)
    told = place.status()
    assert told["state"] == "degraded"
    assert told["reasons"] == ["scanner-unreachable"]
    assert told["attachments"]["pending"] == 3
    assert told["scanner"] == {
        "state": "unreachable", "since": told["scanner"]["since"],
        "version": None}
    assert told["scanner"]["since"] is not None
    assert {row[3] for row in held(place)} == {"unreachable"}
    shown = status(place, clamav, "status", "--clamd-config", clamav.config)
    assert "scanner-unreachable: files are held back" in shown
    assert "files   3 pending, 0 withheld; oldest of " in shown
    clamav.start()
    for attachment in attachments:
        wait_state(place, attachment, "clean")
        for reply in fetch(place, attachment):
            assert reply.expect(200).raw == CLEAN
    log = place.posternd.log()
    assert log.count(BEGINS) == log.count(ENDS) == 1


@pytest.mark.parametrize("orderly", [True, False])
def test_posternd_ends_in_between(place, clamav, orderly):
    """It does not wait for clamd, and what was pending is scanned after."""
    clamav.start().freeze()
    clean, infected = send(place, CLEAN), send(place, INFECTED)
    if orderly:
        place.stop()  # in less than the three minutes that clamd has
    else:
        place.kill()
    place.start(bridge=False)
    sign_in(place)
    assert is_held(place, clean) and is_held(place, infected)
    clamav.thaw()
    wait_state(place, clean, "clean")
    wait_state(place, infected, "infected")


def test_clamd_dies_in_between(place, clamav):
    clamav.start().freeze()
    clean, infected = send(place, CLEAN), send(place, INFECTED)
    clamav.kill()
    wait_for(lambda: "attachments are held back: " in place.posternd.log(),
             PATIENCE)
    assert is_held(place, clean) and is_held(place, infected)
    clamav.start()
    wait_state(place, clean, "clean")
    wait_state(place, infected, "infected")


def test_nothing_plain_is_written(place, clamav):
    """clamd scans memory. Of what is sent to it as others do it makes a copy
    in its temporary directory, of a file from here it makes none."""
    clamav.start()
    content = b"a,b\ncanary-in-a-file,1\n" * 5000
    attachment = send(place, content)
    wait_state(place, attachment, "clean")
    assert not any(b"canary-in-a-file" in data for data in clamav.written())
    assert clamav.stream(content) == b"stream: OK\0"
    assert any(b"canary-in-a-file" in data for data in clamav.written())
    assert not search(clamav.log().encode(), [NAME, "canary-in-a-file"])


def docx(text):
    """A small one that holds TEXT, compressed."""
    office = "http://schemas.openxmlformats.org/"
    parts = {
        "[Content_Types].xml":
        f'<Types xmlns="{office}package/2006/content-types">'
        '<Override PartName="/word/document.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"'
        '/></Types>',
        "_rels/.rels":
        f'<Relationships xmlns="{office}package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}officeDocument/2006/'
        'relationships/officeDocument" Target="word/document.xml"/>'
        '</Relationships>',
        "word/document.xml":
        f'<w:document xmlns:w="{office}wordprocessingml/2006/main"><w:body>'
        f'<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return out.getvalue()


def test_containers_are_looked_into(place, clamav):
    """For which clamd unpacks them to its temporary directory: that is why
    posternctl looks where it is."""
    clamav.start()
    clean = docx("canary-in-a-file " * 100)
    infected = docx(f"so {MARK.decode()} so")
    assert b"canary" not in clean and MARK not in infected
    clean, infected = (send(place, content, "letter.docx", DOCX)
                       for content in (clean, infected))
    wait_state(place, clean, "clean")
    wait_state(place, infected, "infected")
    assert any(b"canary-in-a-file" in data for data in clamav.written())


def shared_memory(place):
    """Of posternd, in MB."""
    found = pathlib.Path(
        f"/proc/{place.posternd.process.pid}/status").read_text()
    return int(re.search(r"^RssShmem:\s*(\d+) kB", found, re.M)[1]) / 1024


def test_one_file_in_memory_at_a_time(place, clamav):
    """However many wait, and none once they are done."""
    clamav.start()
    # it was asked about its limits by then
    wait_state(place, send(place, CLEAN), "clean")
    clamav.freeze()
    before = shared_memory(place)
    attachments = [send(place, CLEAN + b"3,so\n" * 2_000_000)
                   for _ in range(3)]
    wait_for(lambda: shared_memory(place) - before > 9, PATIENCE)
    time.sleep(0.5)
    assert shared_memory(place) - before < 10.5
    clamav.thaw()
    for attachment in attachments:
        wait_state(place, attachment, "clean")
    wait_for(lambda: shared_memory(place) - before < 0.5, PATIENCE)


def test_what_is_too_large_is_not_clean(place, clamav):
    """Nor does it hold up the others."""
    clamav.configure({"MaxFileSize": "100K"})
    clamav.start()
    large = send(place, CLEAN + b"3,so\n" * 100000)
    small = send(place, CLEAN)
    wait_state(place, small, "clean")
    wait_for(lambda: held(place) == [
        (large, place.thread, "pending", "exceeded")], PATIENCE)
    assert is_held(place, large)
    assert place.status()["scanner"]["state"] == "ok"
    assert f"attachment {large} stays held back" in place.posternd.log()
    clamav.stop()
    clamav.configure({})
    clamav.start()
    wait_state(place, large, "clean")


def test_a_clamd_that_skips_is_not_believed(place, clamav):
    """Its default: OK to what it did not look at."""
    clamav.configure({"AlertExceedsMax": None, "MaxFileSize": "1K"})
    clamav.start()
    clean = send(place, CLEAN)
    infected = send(place, b"x,y\n" * 900 + INFECTED)
    wait_for(lambda: place.status()["scanner"]["state"] == "lenient",
             PATIENCE)
    time.sleep(1)
    assert is_held(place, clean) and is_held(place, infected)
    shown = status(place, clamav, "status", "--clamd-config", clamav.config)
    assert "AlertExceedsMax yes" in shown
    clamav.stop()
    clamav.configure({})
    clamav.start()
    wait_state(place, clean, "clean")
    wait_state(place, infected, "infected")


def test_where_it_unpacks_to_is_looked_at(place, clamav):
    clamav.configure({"TemporaryDirectory": "/dev/shm"})
    assert "unpacks" not in status(
        place, clamav, "status", "--clamd-config", clamav.config)
    # a file system that is none of memory, wherever the tests run
    clamav.configure({"TemporaryDirectory": "/proc"})
    assert "clamd unpacks files to /proc, which is on a disk" in status(
        place, clamav, "status", "--clamd-config", clamav.config)


def test_without_a_scanner(fresh):
    """Given out as it came, and said so."""
    place = fresh().start(bridge=False).enrol(1)
    sign_in(place)
    place.thread = place.client.write_to(
        place.provider.id, "hello")["thread"]["id"]
    attachment = send(place, INFECTED)
    assert states(place, attachment) == ["unchecked", "unchecked"]
    for reply in fetch(place, attachment):
        assert reply.expect(200).raw == INFECTED
    assert place.status()["scanner"] is None
    assert held(place) == []
