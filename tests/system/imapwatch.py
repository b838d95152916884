# SPDX-License-Identifier: Apache-2.0
"""A bridge that watches a mailbox on a server which a test drives."""

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION
from faultimap import FaultImap, make_certificates

FOREIGN = b"From: <a@b.example>\r\nSubject: x\r\n\r\nwords\r\n"


class Watch:
    """A bridge whose mailbox is on a FaultImap."""

    def __init__(self, directory, starttls=False, **settings):
        self.dir = directory
        kinds, ca = make_certificates(directory / "tls")
        self.server = FaultImap(kinds, starttls)
        password = directory / "password"
        password.write_text("secret words\n")
        state = directory / "state"
        state.mkdir(mode=0o700)
        self.place = postern.Practice(
            directory / "p", {"host": "127.0.0.1", "port": 9, "tls": "none"},
            {f"mailbox.{k.replace('_', '-')}": v for k, v in {
                "host": "localhost", "port": self.server.port, "ca_file": ca,
                "user": "portal", "password_file": password,
                "tls": "starttls" if starttls else "implicit",
                "timeout": "1s", "poll": "1s", "retry": "1s",
                **settings}.items()}, observe=DESCRIPTION.check)
        self.place.bridge.environment = {"STATE_DIRECTORY": str(state)}
        self.place.init()

    def start(self):
        self.server.start()
        self.place.start()
        return self

    def stop(self):
        try:
            self.place.stop()
        finally:
            self.place.kill()
            self.server.stop()

    def mailbox(self):
        return self.place.admin.call("GET", "/v1/admin/mailbox").json

    def wait_state(self, state, error=None, seconds=60):
        def seen():
            now = self.mailbox()
            return now["state"] == state and now["error"] == error
        wait_for(seen, seconds, lambda: f"{self.mailbox()}, expected {state} "
                 f"{error}\n{self.place.bridge.log()[-1500:]}\n"
                 f"{self.server.events[-30:]}")

    def judged(self):
        return self.place.bridge.log().count("mailbox: person")

    def wait_judged(self, count, seconds=60):
        wait_for(lambda: self.judged() >= count, seconds,
                 lambda: self.place.bridge.log()[-3000:])

    def wait_count(self, stage, count):
        wait_for(lambda: self.server.count(stage) >= count, 60,
                 lambda: f"{stage}: {self.server.events[-30:]}")

    def again(self):
        """As if all went well up to now: a new connection."""
        self.server.drop()

    def anew(self):
        """The same, and until the server is asked to IDLE on it."""
        idles = self.server.count("idle")
        self.again()
        self.wait_count("idle", idles + 1)


@pytest.fixture
def other(directory, request):
    """other(...): a Watch of one's own, to be started."""
    made, where = [], []

    def make(**more):
        where.append(postern.new_directory())
        made.append(Watch(where[-1], **more))
        return made[-1]

    yield make
    for each in made:
        each.stop()
    for path in where:
        postern.remove(path)
