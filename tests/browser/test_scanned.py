# SPDX-License-Identifier: Apache-2.0
"""Files and a real clamd, as both sides see them: not before it has looked,
and never with a virus in them."""

import re

import postern
import pytest
from clamav import MARK, Clamav
from conftest import fill, new_portal
from pages import Page

NAMES = {"client1": "Client Number1", "provider1": "Provider Number1"}


@pytest.fixture(scope="module")
def clamav():
    directory = postern.new_directory("clamav-")
    server = Clamav(directory / "c").start()
    yield server
    server.kill()
    postern.remove(directory)


@pytest.fixture(scope="module")
def portal(directory, clamav):
    place = new_portal(directory, **{"attachments.clamd": clamav.socket})
    for portal in fill(place):
        first = portal.browser("provider1")
        first.write_to(first.contact(NAMES["client1"])["id"], "Hello")
        yield portal


def come(portal, tab, who, other):
    page = Page(tab).arrive(portal, who)
    if who != "client1":
        page.choose(NAMES[other])
    page.chat(NAMES[other])
    return page


@pytest.mark.parametrize("sender, reader", [
    ("client1", "provider1"), ("provider1", "client1")])
def test_nobody_has_it_before_clamd(browsers, portal, clamav, tmp_path,
                                    sender, reader):
    clean, bad = f"clean from {sender}.csv", f"bad from {sender}.csv"
    (tmp_path / clean).write_bytes(b"day,mood\n1,good\n2,better\n")
    (tmp_path / bad).write_bytes(b"day,mood\n1," + MARK + b"\n")
    pages = [come(portal, browsers("sender"), sender, reader),
             come(portal, browsers("reader"), reader, sender)]
    clamav.freeze()
    for name in (clean, bad):
        pages[0].attach(tmp_path / name)
        pages[0].ready(name)
        pages[0].press("send.button")
        for page in pages:
            page.tab.sees(page.t("file.pending", name=name))
            assert page.tab.all("link", re.compile("^" + name)) == []
    clamav.thaw()
    for page in pages:
        page.tab.find("link", re.compile("^" + clean), seconds=60)
        page.tab.sees(page.t("file.infected", name=bad), 60)
        page.tab.sees(page.t("event.file-withheld"))
        assert page.tab.all("link", re.compile("^" + bad)) == []
    pages[0].tab.shot(f"scanned-{sender}-sends")
    pages[1].tab.shot(f"scanned-{sender}-is-read")
