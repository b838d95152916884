# SPDX-License-Identifier: Apache-2.0
"""kill -9 in every state of a file on its way in: after the restart there is
no file that belongs to no message, no message without all of its file, and
every message that was answered."""

import json
import random
import socket
import time
import uuid

import postern
import pytest
from client import new_id, wait_for
from conftest import DESCRIPTION
from images import chunk, png

CHUNK = 65536
SIZE = 3 * CHUNK + 777
ROUNDS = 20
# seconds at most between the last thing done and the end; the first at once
SPAN = {"nothing sent": 0.01, "some pieces sent": 0.02, "all sent": 0.04,
        "picture sent": 0.04, "answered": 0.005, "message sent": 0.02,
        "message answered": 0.005}
# by the round from which on a first piece is sent
WAITED = {"nothing sent": ROUNDS, "some pieces sent": ROUNDS - 1,
          "all sent": 0, "picture sent": 0, "message sent": ROUNDS}


class Place:
    """One practice that is killed again and again."""

    def __init__(self, directory):
        self.practice = postern.Practice(directory / "p",
                                         observe=DESCRIPTION.check)
        self.practice.init()
        self.practice.start(bridge=False)
        self.practice.enrol(1)
        self.client = self.practice.session("client1")
        self.thread = self.practice.session("provider1").write_to(
            self.client.id, "first")["thread"]["id"]
        self.sent = {}  # {file's name: bytes}
        self.whole = set()  # ids of files that were there

    def files(self):
        return {p.name for p in (
            self.practice.store_dir / "attachments").iterdir()}

    def attachments(self):
        return [a for e in self.client.entries(self.thread)
                for a in e.get("attachments", ())]

    def data(self, name):
        """No two files alike, no two pieces of one."""
        self.sent[name] = random.Random(name).randbytes(SIZE // 2).hex(
            ).encode() + b"\n"
        return self.sent[name]

    def open(self, head, data):
        """A request whose answer nobody waits for."""
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(self.practice.portal.path))
        s.sendall("\r\n".join([
            *head, "Host: x", f"Authorization: Bearer {self.client.token}",
            "", ""]).encode() + data)
        return s

    def put(self, upload, data, length, kind="text/csv"):
        return self.open([f"PUT /v1/uploads/{upload} HTTP/1.1",
                          f"Content-Type: {kind}",
                          f"Content-Length: {length}"], data)

    def post(self, upload, name):
        body = json.dumps({"body": "", "attachments": [
            {"upload": upload, "name": name}]}).encode()
        return self.open([f"POST /v1/threads/{self.thread}/entries HTTP/1.1",
                          "Content-Type: application/json",
                          f"Idempotency-Key: {uuid.uuid4().hex}",
                          f"Content-Length: {len(body)}"], body)

    def reach(self, state, name, number):
        """Goes on until STATE; what is to stay open meanwhile."""
        upload, data = new_id(), self.data(name)
        if state == "nothing sent":
            return self.put(upload, b"", len(data))
        if state == "some pieces sent":
            return self.put(upload, data[:number * len(data) // ROUNDS],
                            len(data))
        if state == "picture sent":  # and written again, without its text
            data = png(before=chunk(b"tEXt", b"Comment\0" + data))
            return self.put(upload, data, len(data), "image/png")
        if state == "all sent":
            return self.put(upload, data, len(data))
        self.client.upload(data, upload=upload)
        if state == "message sent":
            return self.post(upload, name)
        if state == "message answered":
            self.client.write(self.thread, "", attachments=[
                {"upload": upload, "name": name}])
        return None

    def end(self):
        """kill -9, and on again; how many files it left meanwhile."""
        self.practice.posternd.kill()
        self.practice.portal.close()
        left = len(self.files() - self.whole)
        self.practice.start(bridge=False)
        return left

    def check(self):
        """{name} of all files there are, each of which is whole."""
        found = self.attachments()
        assert self.files() == {a["id"] for a in found}
        for one in found:
            assert one["size"] == len(self.sent[one["name"]])
            if one["id"] not in self.whole:
                reply = self.client.call("GET", f"/v1/attachments/{one['id']}")
                assert reply.expect(200).raw == self.sent[one["name"]]
                self.whole.add(one["id"])
        return {one["name"] for one in found}


@pytest.fixture(scope="module", name="place")
def started(directory):
    place = Place(directory)
    try:
        yield place
        place.practice.stop()
    finally:
        place.practice.kill()


@pytest.mark.parametrize("state", SPAN)
def test_killed(place, state):
    there = before = place.check()
    left = 0
    for number in range(ROUNDS):
        name = f"{state} {number}.csv"
        held = place.reach(state, name, number)
        if held and number % 2 and WAITED[state] <= number:
            # on a busy machine it may not have begun by then
            wait_for(lambda: place.files() - place.whole)
        time.sleep(SPAN[state] * number * random.random() / ROUNDS)
        left += place.end()
        if held:
            held.close()
        now = place.check()
        assert there <= now <= there | {name}
        if state != "message sent":
            assert (name in now) == (state == "message answered")
        there = now
    more = len(there - before)
    print(f"{state}: {left} files left by the end of {ROUNDS}, {more} of them "
          "a message's")
    # otherwise none of it was about anything
    if state != "nothing sent":
        assert left >= (1 if state == "some pieces sent" else ROUNDS // 2)
