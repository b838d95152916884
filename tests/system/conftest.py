# SPDX-License-Identifier: Apache-2.0
"""What tests ask for by name.

`practice` and `mail` are made once per test file and shared by its tests;
`fresh` is a function for those that need a practice to themselves. `site` is
an nginx before a stand-in; `other_site` makes one that differs.
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import postern  # noqa: E402
from nginx import Nginx  # noqa: E402
from openapi import Description  # noqa: E402
from postfix import Postfix  # noqa: E402
from standin import Standin, write_files  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def _preconditions():
    if os.geteuid() != 0:
        pytest.exit("the system tests run Postfix, and that needs root", 77)
    if not postern.program("posternd").exists():
        pytest.exit(f"no posternd in {postern.build_dir()}: script/test "
                    "builds it", 1)


# every reply to every test is held against the API's description
DESCRIPTION = Description()


def relay_settings(mail):
    """The [relay] section for a Postfix."""
    return {"host": "localhost", "port": mail.submission_port,
            "tls": "starttls", "ca-file": mail.ca_file, "timeout": "10s"}


@pytest.fixture(scope="module")
def directory():
    path = postern.new_directory()
    yield path
    postern.remove(path)


@pytest.fixture(scope="module")
def mail(directory):
    """A running Postfix, before the practice's LMTP door."""
    server = Postfix(directory / "mail", directory / "p/run/lmtp.sock")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def practice(directory, mail):
    """A running practice on that Postfix, two clients, two providers."""
    for who in ("client1", "client2"):
        mail.maildir(f"{who}@clients.example")
    for who in ("provider1", "provider2"):
        mail.maildir(f"{who}@providers.example")
    place = postern.Practice(directory / "p", relay_settings(mail),
                             observe=DESCRIPTION.check)
    place.init()
    place.start()
    place.enrol()
    yield place
    try:
        place.stop()
    finally:
        place.kill()


@pytest.fixture
def fresh():
    """fresh(relay=..., settings=...): a practice of one's own, not started.

    It is stopped (and must stop well) and removed after the test."""
    places, directories = [], []

    def make(relay=None, settings=None, init=True, **more):
        directories.append(postern.new_directory())
        more.setdefault("observe", DESCRIPTION.check)
        place = postern.Practice(directories[-1] / "p", relay or {
            "host": "127.0.0.1", "port": 9, "tls": "none",
            "timeout": "5s"}, settings, **more)
        places.append(place)
        if init:
            place.init()
        return place

    yield make
    try:
        for place in places:
            place.stop()
    finally:
        for place in places:
            place.kill()
        for path in directories:
            postern.remove(path)


@pytest.fixture(scope="module")
def module_upstream(directory):
    """A stand-in for posternd, and files to serve beside it."""
    write_files(directory / "files")
    server = Standin(directory / "web.sock")
    yield server
    server.close()


@pytest.fixture
def upstream(module_upstream):
    """The stand-in, which has forgotten what it was asked before."""
    module_upstream.forget()
    yield module_upstream
    module_upstream.released.set()


@pytest.fixture(scope="module")
def site(directory, module_upstream):
    server = Nginx(directory / "nginx", module_upstream.path,
                   directory / "files").start()
    yield server
    server.stop()


@pytest.fixture
def other_site(directory, module_upstream):
    """other_site(CHANGE..., upstream=PATH): differs so from what ships."""
    servers = []

    def make(*changes, upstream=module_upstream.path):
        path = postern.new_directory("site-")
        servers.append(Nginx(path / "nginx", upstream, directory / "files",
                             changes))
        return servers[-1].start()

    yield make
    for server in servers:
        server.stop()
        postern.remove(server.dir.parent)
