# SPDX-License-Identifier: Apache-2.0
"""A client and a provider write to each other, each in a browser of their
own, and see it happen. The tests of this file are one story, in order."""

import pytest
from pages import Page, background, is_green

CLIENT, PROVIDER = "Client Number1", "Provider Number1"


def test_a_client_signs_in_and_has_no_messages_yet(browsers, portal):
    page = Page(browsers().open("/"))
    page.tab.find("complementary", page.t("crisis.label"))
    page.sign_in(portal, "client1")
    # one provider: the conversation is there at once
    page.chat(PROVIDER)
    page.tab.sees("No Messages yet")
    button = page.tab.find("button", "Compose message")
    assert is_green(background(button))
    assert page.menu() == ["Dashboard", "Appointments", "Messages"]
    page.tab.axe()
    page.tab.shot("client-no-messages")


def test_a_client_writes_the_first_message(browsers, portal):
    page = Page(browsers()).arrive(portal, "client1")
    page.press("compose.button")
    dialog = page.tab.find("dialog", "New message")
    page.tab.find("radio", PROVIDER, dialog)
    for word in ("Select provider", "1–3 days", "not for emergencies", "911",
                 "988", "Appointments"):
        page.tab.sees(word)
    page.tab.axe()
    page.tab.shot("client-select-provider")
    button = page.tab.find("button", "Next", dialog)
    assert is_green(background(button))
    button.click()
    page.tab.gone("dialog")
    page.write(PROVIDER, "May I take it with milk?")
    button = page.tab.find("button", "Send")
    assert is_green(background(button))
    button.click()
    page.delivered(PROVIDER, "May I take it with milk?")
    page.tab.axe()
    page.tab.shot("client-delivered")


def test_it_arrives_and_is_answered(browsers, portal):
    """Live on both sides: nobody reloads."""
    client = Page(browsers("client")).arrive(portal, "client1")
    provider = Page(browsers("provider").open("/"))
    provider.sign_in(portal, "provider1")
    card, = (c for c in provider.cards() if CLIENT in c)
    assert "1 new" in card and "waiting" in card
    assert provider.marked()
    provider.choose(CLIENT)
    said, = provider.shows(CLIENT, "May I take it with milk?")
    assert not said.mine and not is_green(said.colour)
    provider.tab.until(lambda: not provider.marked())
    provider.send(CLIENT, "Yes, with milk.")
    own = provider.bubbles(CLIENT)[-1]
    assert own.mine and is_green(own.colour)
    provider.tab.axe()
    provider.tab.shot("provider-answered")

    theirs = client.shows(PROVIDER, "May I take it with milk?",
                          "Yes, with milk.")[-1]
    assert not theirs.mine and is_green(theirs.colour)
    client.send(PROVIDER, "Thank you.")
    provider.shows(CLIENT, "May I take it with milk?", "Yes, with milk.",
                   "Thank you.")
    client.tab.shot("client-answered")


def test_unread_is_right_in_every_tab(browsers, portal):
    client = Page(browsers("client")).arrive(portal, "client1", "/account")
    beside = client.beside("/account")
    provider = Page(browsers("provider")).arrive(portal, "provider1")
    assert not client.marked() and not beside.marked()
    provider.choose(CLIENT)
    provider.send(CLIENT, "One more thing.")
    for page in (client, beside):
        page.tab.until(page.marked)
        assert page.tab.driver.title.startswith("(1) ")
    client.tab.shot("client-unread")
    client.tab.click("link", "Messages UNREAD")
    client.shows(PROVIDER, "May I take it with milk?", "Yes, with milk.",
                 "Thank you.", "One more thing.")
    for page in (client, beside):
        page.tab.until(lambda: not page.marked())
        assert not page.tab.driver.title.startswith("(")


@pytest.mark.parametrize("setup", [
    {"phone": True}, {"dark": True}, {"phone": True, "dark": True},
    {"zoom": 2}], ids=lambda setup: "-".join(setup))
def test_it_looks_right(browsers, portal, setup):
    name = "-".join(setup)
    client = Page(browsers("client", **setup)).arrive(portal, "client1")
    client.chat(PROVIDER)
    client.tab.shot(f"client-chat-{name}")
    client.tab.axe()
    provider = Page(browsers("provider", **setup)).arrive(portal, "provider1")
    provider.tab.shot(f"provider-caseload-{name}")
    provider.tab.axe()
    assert client.tab.js("return document.documentElement.scrollWidth"
                         " <= innerWidth")
