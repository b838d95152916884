# SPDX-License-Identifier: Apache-2.0
"""What somebody has begun to write goes with them from one screen to the
next, and stays on the server alone."""

import pytest
from client import wait_for
from pages import Page
from selenium.webdriver.common.keys import Keys

CLIENT, PROVIDER, OTHER = ("Client Number2", "Provider Number1",
                           "Provider Number2")
LINES = "First line,\n\n  and a third with \U0001f33f"


def field(page, name):
    return page.tab.find("textbox", page.t("composer.label", name=name))


def type_in(page, name, text):
    """As one types; WebDriver knows no key for an emoji."""
    page.tab.js("""\
const [field, text] = arguments;
field.focus();
document.execCommand("insertText", false, text);""", field(page, name), text)


def shows(page, name, text):
    page.tab.until(
        lambda: field(page, name).get_property("value") == text,
        message=lambda: field(page, name).get_property("value"))


def stored(portal, who, name):
    """On the server."""
    person = portal.browser(who)
    contact = person.contact(name)
    return person.get(f"/v1/threads/{contact['thread']['id']}/draft" if (
        contact["thread"]) else f"/v1/contacts/{contact['id']}/draft")["body"]


def test_a_draft_follows_to_another_screen(browsers, portal):
    """The page is closed at once: nothing waits for the next save."""
    page = Page(browsers("phone", phone=True)).arrive(portal, "client2")
    tab = page.beside()
    tab.compose(OTHER)
    type_in(tab, OTHER, LINES)
    tab.tab.close()
    wait_for(lambda: stored(portal, "client2", OTHER) == LINES)
    assert page.tab.kept() == []

    desk = Page(browsers("desk")).arrive(portal, "client2")
    desk.choose(OTHER)
    shows(desk, OTHER, LINES)
    # the one is no draft to the other
    desk.choose(PROVIDER)
    desk.compose(PROVIDER)
    shows(desk, PROVIDER, "")
    type_in(desk, PROVIDER, "To somebody else")
    desk.choose(OTHER)
    shows(desk, OTHER, LINES)
    desk.tab.sees(desk.t("composer.saved"))
    desk.tab.shot("draft")
    assert desk.tab.kept() == []


def test_it_is_gone_when_it_is_sent(browsers, portal):
    """On the other screen, too, where it stood in the field."""
    phone = Page(browsers("phone", phone=True)).arrive(portal, "client2")
    phone.choose(OTHER)
    shows(phone, OTHER, LINES)
    desk = Page(browsers("desk")).arrive(portal, "client2")
    desk.choose(OTHER)
    shows(desk, OTHER, LINES)
    desk.press("send.button")
    desk.delivered(OTHER, LINES)
    phone.shows(OTHER, LINES)
    shows(phone, OTHER, "")
    assert stored(portal, "client2", OTHER) == ""
    assert stored(portal, "client2", PROVIDER) == "To somebody else"
    phone.tab.driver.refresh()
    phone.arrived()
    shows(phone, OTHER, "")


def test_a_provider_has_one_for_each_client(browsers, portal):
    page = Page(browsers("desk", language="es")).arrive(portal, "provider2")
    page.choose(CLIENT)
    type_in(page, CLIENT, "An answer, half of it")
    page.tab.sees(page.t("composer.saved"))
    page.tab.open("/account")
    page.arrived()
    page.tab.open("/messages")
    page.arrived().choose(CLIENT)
    shows(page, CLIENT, "An answer, half of it")
    # typed and taken back, nothing is kept
    field(page, CLIENT).send_keys(Keys.CONTROL, "a", Keys.DELETE)
    wait_for(lambda: stored(portal, "provider2", CLIENT) == "")
    # the client has seen nothing of it
    assert portal.browser("client2").contact(OTHER)["thread"]["entries"] == 1


@pytest.mark.parametrize("leave", ["signout", "language"])
def test_it_is_saved_before_the_page_goes(browsers, portal, leave):
    page = Page(browsers("desk")).arrive(portal, "client1")
    text = f"Before {leave}"
    if leave == "signout":
        page.compose(PROVIDER)
    field(page, PROVIDER).send_keys(Keys.CONTROL, "a")
    type_in(page, PROVIDER, text)
    if leave == "signout":
        page.press("menu.signout")
        page.heading("signin.title")
    else:
        page.tab.click("link", page.t("account.title"))
        page.tab.find("combobox", page.t("account.zone")).find_element(
            "css selector", "[value='Pacific/Auckland']").click()
        page.tab.js("window.postern_before = true")
        page.press("save")
        page.tab.until(lambda: not page.tab.js(
            "return window.postern_before"))
        page.arrived()
    assert stored(portal, "client1", PROVIDER) == text
