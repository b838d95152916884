# SPDX-License-Identifier: Apache-2.0
"""The link of a mail: it opens sign-in, then the very conversation it was
about, for whoever may see it; fetching it changes nothing."""

import json

import pytest
import web
from pages import Page

CLIENT, PROVIDER, OTHER = ("Client Number2", "Provider Number1",
                           "Provider Number2")


def write(portal, author, to, text):
    """The path of the link in the mail about it."""
    writer = portal.browser(author)
    portal.mailed()
    writer.write_to(writer.contact(to)["id"], text)
    return portal.link("message")


def opens(page, name, text):
    """The conversation with NAME, and TEXT is the last of it. The token has
    gone from the address bar."""
    page.chat(name)
    page.tab.until(lambda: page.bodies(name)[-1:] == [text],
                   message=lambda: page.bodies(name))
    assert page.tab.js("return location.pathname + location.search"
                       " + location.hash") == "/messages"


@pytest.mark.parametrize("setup", [{}, {"phone": True, "language": "es"}],
                         ids=lambda setup: "-".join(setup) or "desktop")
def test_a_link_is_scanned_and_then_opened(browsers, portal, setup):
    """What looks into mails before people do has no effect."""
    text = f"Seen by scanners {len(setup)}"
    link = write(portal, "provider2", CLIENT, text)
    before = portal.browser("client2").unread()
    for method, path in (("GET", link), ("HEAD", link), (
            "GET", f"/v1/links/{link.rsplit('/', 1)[1]}")):
        answers = {(reply.status, reply.raw) for reply in (
            web.ask(portal.nginx, method, path, headers=[
                ("User-Agent", f"Scanner/{n}")]) for n in range(50))}
        (status, said), = answers
        assert status == 200
    assert json.loads(said) == {"kind": "sign-in"}
    assert portal.browser("client2").unread() == before
    # and now by whom it was sent to
    page = Page(browsers(**setup).open(link), setup.get("language", "en"))
    page.heading("signin.title")
    page.tab.find("complementary", page.t("crisis.label"))
    page.sign_in(portal, "client2")
    opens(page, OTHER, text)
    page.tab.shot("-".join(("link", *setup)))


def test_while_signed_in_it_opens_at_once(browsers, portal):
    first = write(portal, "provider1", CLIENT, "The first")
    page = Page(browsers()).arrive(portal, "client2")
    second = write(portal, "provider2", CLIENT, "The second")
    for link, name, text in ((first, PROVIDER, "The first"),
                             (second, OTHER, "The second"),
                             (first, PROVIDER, "The first")):
        tab = page.tab.beside().open(link)
        opens(Page(tab).arrived(), name, text)
    # back leads out, not round in a circle
    tab.driver.back()
    tab.until(lambda: tab.js("return location.href") == "about:blank")


def test_a_provider_is_led_to_the_client(browsers, portal):
    link = write(portal, "client2", PROVIDER, "Asked in a mail")
    page = Page(browsers().open(link))
    page.sign_in(portal, "provider1")
    opens(page, CLIENT, "Asked in a mail")


@pytest.mark.parametrize("who", ["client1", "provider1", "staff1"])
def test_somebody_elses_link_shows_nothing_of_theirs(browsers, portal, who):
    link = write(portal, "provider2", CLIENT, "For one only")
    page = Page(browsers().open(link))
    page.sign_in(portal, who)
    page.tab.find("heading", page.t(
        "people.title" if who == "staff1" else "messages.title"))
    assert "For one only" not in page.tab.text()
    assert not any(page.tab.all("region", page.t("chat.label", name=name))
                   for name in (OTHER, CLIENT))
    assert link.rsplit("/", 1)[1] not in page.tab.js("return location.href")
