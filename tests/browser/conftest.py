# SPDX-License-Identifier: Apache-2.0
"""What browser tests ask for by name.

`portal` is a practice with two clients, two providers and one of staff, all
with accounts, each file's own; `browsers` gives windows to people, see
browser.py. Browsers forget everything between two tests.
"""

import os
import pathlib
import shutil
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system")]

import nginx  # noqa: E402
import postern  # noqa: E402
from browser import Browser, make_home  # noqa: E402
from machine import make_certificates  # noqa: E402
from portal import Portal  # noqa: E402

SETTINGS = {
    "portal.languages": "en es",
    "portal.appointments": "https://visits.lakeside.example/",
    "practice es.emergency": "llame al 911, o llame o envíe un mensaje de "
                             "texto al 988",
    "menu dashboard.label": "Dashboard",
    "menu dashboard.url": "https://www.lakeside.example/clients",
    "menu appointments.label": "Appointments",
    "menu appointments.url": "https://visits.lakeside.example/",
}


@pytest.fixture(scope="session", autouse=True)
def _preconditions():
    if os.geteuid() != 0:
        pytest.exit("the browser tests run nginx, and that needs root", 77)
    if not postern.program("posternd").exists():
        pytest.exit(f"no posternd in {postern.build_dir()}: script/test "
                    "builds it", 1)


@pytest.fixture(scope="module")
def directory():
    path = postern.new_directory()
    yield path
    postern.remove(path)


def new_portal(directory, **settings):
    """Not running yet; see Portal."""
    place = Portal(directory / "portal", settings={**SETTINGS, **settings})
    place.practice.hurry()
    return place


def fill(place):
    """Starts it and lets people in. Client2 has both providers, client1 the
    first."""
    place.start()
    place.practice.enrol()
    for who in ("client1", "client2", "provider1", "provider2"):
        place.open_account(who)
    place.add_staff("staff1")
    yield place
    try:
        place.stop()
    finally:
        place.kill()


@pytest.fixture(scope="module")
def portal(directory):
    yield from fill(new_portal(directory))


@pytest.fixture(scope="module")
def site(portal):
    """Which nginx browsers may visit."""
    return portal.nginx


@pytest.fixture(scope="session", autouse=True)
def home():
    """Of all browsers: they trust the one certificate that all sites have, so
    that they need not start anew for each."""
    place = postern.new_directory("home-")
    make_certificates(place / "tls", nginx.NAME, "localhost")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nginx, "make_certificates", lambda where, *names:
                      shutil.copytree(place / "tls", where))
        yield make_home(place, place / "tls/ca.pem")
    postern.remove(place)


@pytest.fixture(scope="session")
def processes(home):
    """Browsers, as many as one test needs at a time."""
    started = []

    def get(number, site):
        while len(started) <= number:
            started.append(Browser(home, site,
                                   home / f"profile{len(started)}"))
        started[number].origin = site.url
        return started[number]

    yield get
    for each in started:
        each.quit()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    item.failed = getattr(item, "failed", False) or (
        outcome.get_result().failed)


@pytest.fixture
def browsers(processes, site, request):
    """browsers(WHOSE, SETUP...): the first window of somebody's browser, in
    which nothing has happened; see Tab.look() for SETUP. At the end of the
    test nothing may have gone wrong in any of them."""
    used = {}
    clock = request.getfixturevalue("portal").practice if (
        "portal" in request.fixturenames) else None

    def get(whose="", **setup):
        if whose not in used:
            used[whose] = processes(len(used), site)
        used[whose].set_clock(clock.offset if clock else 0)
        return used[whose].tab(**setup)

    def tell_time():
        for each in used.values():
            each.set_clock(clock.offset)

    get.tell_time = tell_time
    yield get
    faults = []
    for whose, each in used.items():
        if getattr(request.node, "failed", False):
            each.tab().shot(f"failed-{request.node.name}-{whose}")
        faults += [f"{whose}: {fault}" for fault in each.blame()]
        each.forget()
        each.blame()
    assert not faults, "\n".join(faults)


@pytest.fixture
def later(portal, browsers):
    """later(SECONDS): so much time goes by, for the server and on all
    screens, without anybody waiting for it."""
    def pass_time(seconds):
        portal.practice.move_clock(seconds)
        if seconds >= 300:
            # nginx's connections have idled so long that they are closed
            postern.pause(0.5)
        browsers.tell_time()
    return pass_time
