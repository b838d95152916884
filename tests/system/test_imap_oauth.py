# SPDX-License-Identifier: Apache-2.0
"""Signing in to the mailbox by access tokens: on a device of one's own, as a
client with rights of its own, and what can go wrong there."""

import os
import re
import subprocess

import postern
import pytest
from client import wait_for
from conftest import DESCRIPTION
from dovecot import USER, Dovecot
from faultimap import FaultImap, make_certificates
from oauth import SECRET, Provider

FOREIGN = b"From: <a@b.example>\r\nSubject: x\r\n\r\nwords\r\n"


class Door:
    """A practice whose mailbox is on SERVER, by tokens of PROVIDER."""

    def __init__(self, directory, server_port, ca_file, provider, **settings):
        self.dir, self.provider = directory, provider
        self.state = directory / "state"
        self.state.mkdir(mode=0o700)
        self.place = postern.Practice(
            directory / "p", {"host": "127.0.0.1", "port": 9, "tls": "none"},
            {f"mailbox.{k.replace('_', '-')}": v for k, v in {
                "host": "localhost", "port": server_port, "user": USER,
                "ca_file": ca_file, "timeout": "30s", "retry": "1s",
                **provider.settings(**settings)}.items()},
            observe=DESCRIPTION.check)
        self.place.bridge.environment = {"STATE_DIRECTORY": str(self.state)}
        self.place.init()

    def mailbox(self):
        return self.place.admin.call("GET", "/v1/admin/mailbox").json

    def wait_state(self, state, error=None, seconds=60):
        wait_for(lambda: (self.mailbox()["state"], self.mailbox()["error"])
                 == (state, error), seconds,
                 lambda: f"{self.mailbox()}, expected {state} {error}\n"
                 f"{self.place.bridge.log()[-1500:]}\n"
                 f"{[(p, f.get('grant_type')) for p, f in self.provider.asked]}")

    def wait_asked(self, times):
        """Until the provider is asked so many times more."""
        asked = len(self.provider.asked)
        wait_for(lambda: len(self.provider.asked) >= asked + times, 60)

    def ctl(self, *arguments):
        return subprocess.run(
            [postern.program("posternctl"), "--config", self.place.config,
             *arguments], capture_output=True, text=True, timeout=60,
            check=False)

    def sign_in(self, yes=True):
        """posternctl mailbox sign-in, and somebody at the browser."""
        process = subprocess.Popen(
            [postern.program("posternctl"), "--config", self.place.config,
             "mailbox", "sign-in"], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        try:
            wait_for(lambda: self.mailbox()["user_code"], 60)
            shown = ""
            while "Waiting" not in shown:
                line = process.stdout.readline()
                assert line, shown
                shown += line
            assert "https://login.example/device" in shown
            code = re.search(r"^    ([0-9A-F]{8})$", shown, re.M)[1]
            self.wait_asked(2)
            self.provider.say(code, yes)
            rest = process.communicate(timeout=60)[0]
        finally:
            process.kill()
        return process.returncode, shown + rest

    def stop(self):
        try:
            self.place.stop()
        finally:
            self.place.kill()


@pytest.fixture
def directory():
    path = postern.new_directory()
    yield path
    postern.remove(path)


@pytest.fixture
def certificates(directory):
    return make_certificates(directory / "pki")


@pytest.fixture
def provider(certificates):
    server = Provider(certificates[0]["good"], USER).start()
    yield server
    server.close()


@pytest.fixture
def door(directory, certificates, provider):
    """door(PORT, ...): stopped after the test, and well."""
    made = []

    def make(port, **settings):
        made.append(Door(directory, port, certificates[1], provider,
                         **settings))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def fault(certificates):
    server = FaultImap(certificates[0])
    server.start()
    yield server
    server.stop()


def test_sign_in_on_a_device(directory, door, provider, certificates):
    """From nobody having signed in to a mailbox that is watched; over
    restarts, with a refresh token that is another one each time; until the
    provider takes it back."""
    box = Dovecot(directory / "dovecot", introspection=provider.introspection,
                  certificate=(*certificates[0]["good"], certificates[1]))
    box.start()
    try:
        place = door(box.tls_port)
        place.place.start()
        place.wait_state("trouble", "sign-in")
        assert "posternctl mailbox sign-in" in place.ctl("status").stdout
        code, shown = place.sign_in()
        assert code == 0 and "Signed in" in shown, shown
        place.wait_state("connected")
        assert provider.polls_too_fast == 0
        assert "mailbox connected" in place.ctl("status").stdout
        box.put(FOREIGN)
        log = place.place.bridge.log
        wait_for(lambda: "mailbox: person" in log(), 60)

        file = place.state / "refresh-token"
        assert file.stat().st_mode & 0o777 == 0o600
        seen = {file.read_text()}
        for kill in (False, True):
            # posternd knows of the end of a bridge when the next one tells
            connected = log().count("mailbox: connected")
            if kill:
                place.place.bridge.kill()
            else:
                assert place.place.bridge.stop() == 0
            place.place.start_bridge()
            wait_for(lambda: file.read_text() not in seen, 60)
            wait_for(lambda n=connected: log().count("mailbox: connected")
                     > n, 60, log)
            seen.add(file.read_text())
        assert len(seen) == 3
        assert sorted(os.listdir(place.state)) == ["mailbox", "refresh-token"]

        provider.revoke()
        place.place.bridge.kill()
        place.place.start_bridge()
        place.wait_state("trouble", "sign-in")
        assert place.sign_in()[0] == 0
        place.wait_state("connected")
        secrets = [*provider.access, *provider.refresh, *provider.codes]
        assert not [s for s in secrets if s[:24] in place.place.logs()]
    finally:
        box.stop()


def test_sign_in_while_connected(door, provider, fault):
    """Before the old one ends; and what ends soon is warned of."""
    provider.refresh_life = 10 * 86400
    place = door(fault.port)
    place.place.start()
    place.wait_state("trouble", "sign-in")
    assert place.sign_in()[0] == 0
    wait_for(lambda: place.mailbox()["secret_expires_at"])
    assert "mailbox-secret-expires" in place.place.status()["reasons"]
    assert "ends soon" in place.ctl("status").stdout
    provider.refresh_life = 365 * 86400
    # the bridge that is connected asks once a minute, or when it changes
    fault.drop()
    place.place.admin.call("POST", "/v1/admin/mailbox/sign-in", {}).expect(202)
    fault.drop()
    code = wait_for(lambda: place.mailbox()["user_code"], 70)
    # not watched meanwhile, and caught up with afterwards
    fault.put(FOREIGN)
    place.wait_asked(2)
    judged = "mailbox: person"
    assert judged not in place.place.bridge.log()
    provider.say(code, True)
    place.wait_state("connected")
    wait_for(lambda: place.place.bridge.log().count(judged) == 1)
    wait_for(lambda: place.place.status()["reasons"].count(
        "mailbox-secret-expires") == 0)


def test_denied(door, provider, fault):
    place = door(fault.port)
    place.place.start()
    place.wait_state("trouble", "sign-in")
    code, shown = place.sign_in(False)
    assert code == 75 and "nobody signed in" in shown
    place.wait_state("trouble", "sign-in")
    assert fault.logins == []


def client_settings(directory, secret=SECRET):
    file = directory / "client.secret"
    file.write_text(secret + "\n")
    return {"grant": "client-credentials", "client_secret_file": file}


def test_client_credentials(directory, door, provider, fault):
    """The SASL string is exactly that of XOAUTH2; a token is used until it
    ends, and one the mailbox refuses is not tried again."""
    place = door(fault.port, **client_settings(directory))
    place.place.start()
    place.wait_state("connected")
    token, = provider.access
    assert fault.logins == [
        b"user=%s\x01auth=Bearer %s\x01\x01" % (USER.encode(),
                                                token.encode())]
    fault.drop()
    wait_for(lambda: len(fault.logins) == 2)
    assert len(provider.access) == 1
    # now the mailbox wants another one
    fault.token = (USER.encode(), b"another")
    fault.drop()
    place.wait_state("trouble", "login")
    wait_for(lambda: len(provider.access) >= 2)
    assert fault.strange == []
    fault.token = None
    place.wait_state("connected")
    assert os.listdir(place.state) == ["mailbox"]


def test_token_that_ends(directory, door, provider, fault):
    """One that would end within a minute is replaced by a new one."""
    provider.life = 30
    place = door(fault.port, **client_settings(directory))
    place.place.start()
    place.wait_state("connected")
    fault.drop()
    wait_for(lambda: len(set(fault.logins)) >= 2)


NONSENSE = [
    ("server error", (500, {"error": "invalid_grant"}), "token"),
    ("busy", (429, {}), "token"),
    ("no JSON", (200, b"<html>hello</html>"), "token"),
    ("nothing", (200, b""), "token"),
    ("large", (200, b'{"access_token":"' + b"x" * 70000 + b'"}'), "token"),
    ("deep", (200, b"[" * 30000), "token"),
    ("doubled", (200, b'{"access_token":"a","access_token":"b",'
                      b'"token_type":"Bearer"}'), "token"),
    ("other type", (200, {"access_token": "a", "token_type": "mac"}), "token"),
    ("line break", (200, {"access_token": "a\r\nb", "token_type": "Bearer"}),
     "token"),
    ("redirect", (302, b"", [("Location", "https://localhost:1/token")]),
     "token"),
    ("scope", (400, {"error": "invalid_scope"}), "token"),
    ("client", (400, {"error": "invalid_client"}), "client"),
    ("unauthorized", (401, b"no"), "client"),
]


@pytest.mark.parametrize("answer,error", [n[1:] for n in NONSENSE],
                         ids=[n[0] for n in NONSENSE])
def test_strange_answers(directory, door, provider, fault, answer, error):
    """Told apart, and over once the endpoint answers well."""
    place = door(fault.port, **client_settings(directory))
    provider.answer = answer
    place.place.start()
    place.wait_state("trouble", error)
    assert fault.logins == []
    provider.answer = None
    place.wait_state("connected")


def test_endpoint_away_or_untrusted(directory, door, provider, fault,
                                    certificates):
    place = door(fault.port, **client_settings(directory))
    provider.stop()
    place.place.start()
    place.wait_state("trouble", "token")
    asked, seen = len(provider.asked), provider.connections
    provider.certificate = certificates[0]["self-signed"]
    provider.start()
    # by the second time the first is over
    wait_for(lambda: provider.connections > seen + 1, 60)
    assert place.mailbox()["error"] == "token"
    # nothing was said to it
    assert len(provider.asked) == asked
    provider.stop()
    provider.certificate = certificates[0]["good"]
    provider.start()
    place.wait_state("connected")


def test_wrong_client_secret(directory, door, provider, fault):
    place = door(fault.port, **client_settings(directory, "another"))
    place.place.start()
    place.wait_state("trouble", "client")
    assert "may have expired" in place.ctl("status").stdout
    assert "another" not in place.place.logs()


def test_day_of_the_secret(directory, door, provider, fault):
    """No protocol tells when a client's secret ends: a setting does."""
    place = door(fault.port, **client_settings(directory),
                 secret_expires="2026-01-31")
    place.place.start()
    place.wait_state("connected")
    assert place.mailbox()["secret_expires_at"] == "2026-02-01T00:00:00.000Z"
    assert "mailbox-secret-expires" in place.place.status()["reasons"]
