# SPDX-License-Identifier: Apache-2.0
"""Whom no mail reaches: what they see, what their provider and staff see, and
how it is put right."""

import re

import pytest
from client import wait_for
from pages import Page
from selenium.webdriver.common.keys import Keys
from test_looks import see

CLIENT, PROVIDER = "Client Number1", "Provider Number1"
OTHER = {"client1": PROVIDER, "provider1": CLIENT, "client2": PROVIDER}
BOTH = pytest.mark.parametrize("who, language, phone", [
    ("client1", "en", True), ("provider1", "es", False)])


def addresses(portal, who):
    return portal.browser(who).get("/v1/me")["addresses"]


def write(portal, to, text="words"):
    """Somebody writes to them; the mail that makes."""
    portal.mailed()
    other = "client1" if to == "provider1" else "provider1"
    session = portal.browser(other)
    name = {"client1": CLIENT, "client2": "Client Number2"}.get(to, PROVIDER)
    session.write_to(session.contact(name)["id"], text)
    return [m for m in portal.mailed() if m["kind"] == "message"][-1]


def back(portal, mail, kind="bounce", **more):
    said = portal.practice.bridge_api.call("POST", "/v1/bridge/inbound", {
        "recipient": "b-" + mail["bounce"], "kind": kind, **more})
    assert said.expect(200).json["recorded"]


def stop(portal, who, kind="bounce"):
    """Their only address."""
    back(portal, write(portal, who), kind, **(
        {"hard": True, "status": "5.1.1"} if kind == "bounce" else {}))
    assert [a["state"] for a in addresses(portal, who)] == ["stopped"]


@pytest.fixture(autouse=True)
def well(portal):
    """Everybody can be reached again."""
    yield
    for number in (1, 2):
        portal.practice.provision(
            f"client{number}", "client", f"Client Number{number}",
            f"client{number}@clients.example")
    portal.practice.provision("provider1", "provider", PROVIDER,
                              "provider1@providers.example",
                              credentials="LMFT")
    for who in ("client1", "client2", "provider1"):
        for address in addresses(portal, who):
            if address["state"] == "stopped":
                portal.practice.portal.call(
                    "POST", f"/v1/participants/{who}/addresses/"
                    f"{address['id']}/restart", {}).expect(204)


def come(portal, tab, who, language="en", path="/messages"):
    portal.browser(who).call("PUT", "/v1/me", {"language": language}
                             ).expect(200)
    return Page(tab, language).arrive(portal, who, path)


def section(page):
    heading = page.tab.find("heading", page.t("address.title"))
    return heading.find_element("xpath", "..")


def says(page, words):
    """Until they stand in the section."""
    page.tab.until(lambda: words in section(page).text,
                   message=lambda: section(page).text)


def messages(page):
    """Goes there by the menu, without asking anew who cannot be reached."""
    page.fold(False)
    page.tab.click("link", re.compile("^" + page.t("messages.title")))
    page.tab.find("heading", page.t("messages.title"))


def unreached(page):
    return bool(page.tab.all("button", page.t("reach.correct")))


def opened(page, key="address.change"):
    """The dialog in which an address is changed, or its code entered."""
    page.tab.click("button", re.compile("^" + page.t(key)), section(page))
    return page.tab.find("dialog", page.t("address.change"))


def enter(page, portal, dialog, to):
    """The code that was mailed there."""
    box = page.tab.find("textbox", page.t("address.code"), dialog)
    mail = [m for m in portal.mailed() if m["kind"] == "address"][-1]
    assert mail["to"] == to
    box.send_keys(mail["code"])
    page.tab.click("button", page.t("address.confirm"), dialog)
    page.tab.sees(page.t("address.done"))


@BOTH
def test_whoever_cannot_be_reached_reads_it_and_puts_it_right(
        browsers, portal, who, language, phone):
    stop(portal, who)
    [old] = addresses(portal, who)
    page = come(portal, browsers(phone=phone), who, language)
    page.tab.sees(page.t("reach.dead", address=old["address"]))
    page.tab.sees(page.t("reach.until"))
    page.tab.axe()
    page.tab.shot(f"unreached-{who}-{language}")
    page.tab.click("button", page.t("reach.correct"))
    page.heading("address.title")
    says(page, page.t("address.state.stopped"))
    says(page, page.t("address.todo.stopped.dead"))
    assert not unreached(page)  # here, it is said by the section
    page.tab.axe()
    page.tab.shot(f"address-stopped-{who}-{language}")

    # where to
    dialog = opened(page)
    box = page.tab.find("textbox", page.t("address.new"), dialog)
    assert box.get_attribute("value") == old["address"]
    new = f"new.{who}.{language}@home.example"
    box.clear()
    for wrong, why in (("nobody at home", "form.invalid"),
                       ("me@localhost", "refused.address.invalid-field")):
        box.clear()
        box.send_keys(wrong)
        page.tab.click("button", page.t("address.send"), dialog)
        page.tab.sees(page.t(why))
    box.clear()
    box.send_keys(new)
    page.tab.axe()
    page.tab.click("button", page.t("address.send"), dialog)

    # the code from there
    page.tab.sees(page.t("address.sent", address=new))
    box = page.tab.find("textbox", page.t("address.code"), dialog)
    page.tab.until(lambda: page.tab.driver.switch_to.active_element == box)
    [mail] = [m for m in portal.mailed() if m["kind"] == "address"]
    assert mail["to"] == new
    code = mail["code"]
    box.send_keys("00000000" if code != "00000000" else "11111111")
    page.tab.click("button", page.t("address.confirm"), dialog)
    page.tab.sees(page.t("refused.code-refused", n=4))
    page.tab.axe()
    page.tab.shot(f"address-code-{who}-{language}")
    box.clear()
    box.send_keys(f"{code[:4]} {code[4:]}")
    page.tab.click("button", page.t("address.confirm"), dialog)
    page.tab.sees(page.t("address.done"))
    page.tab.until(lambda: new in section(page).text)
    assert old["address"] not in section(page).text
    messages(page)
    assert not unreached(page)
    assert write(portal, who, "at last")["to"] == new


def test_all_by_keyboard(browsers, portal):
    stop(portal, "client1")
    page = come(portal, browsers(), "client1")
    button = page.tab.find("button", page.t("reach.correct"))
    page.tab.js("arguments[0].focus()", button)
    button.send_keys(Keys.ENTER)
    change = page.tab.find("button", re.compile(
        "^" + page.t("address.change")), section(page))
    change.send_keys(Keys.ENTER)
    dialog = page.tab.find("dialog", page.t("address.change"))
    box = page.tab.find("textbox", page.t("address.new"), dialog)
    page.tab.until(lambda: page.tab.driver.switch_to.active_element == box)
    box.send_keys(Keys.ESCAPE)
    page.tab.until(lambda: page.tab.driver.switch_to.active_element == change)


def test_a_code_is_bounded(browsers, portal):
    page = come(portal, browsers(), "client1", path="/account")
    dialog = opened(page)
    page.tab.click("button", page.t("address.send"), dialog)
    for left in (4, 3, 2, 1):
        box = page.tab.find("textbox", page.t("address.code"), dialog)
        box.clear()
        box.send_keys("1")
        page.tab.click("button", page.t("address.confirm"), dialog)
        page.tab.sees(page.t("refused.code-refused", n=left))
    page.tab.click("button", page.t("address.confirm"), dialog)
    page.tab.sees(page.t("refused.code-gone"))
    page.tab.click("button", page.t("address.confirm"), dialog)
    page.tab.sees(page.t("refused.address.not-found"))
    page.tab.click("button", page.t("address.again"), dialog)
    page.tab.find("textbox", page.t("address.new"), dialog)


@pytest.mark.parametrize("kind, why", [
    ("bounce", "stopped"), ("complaint", "complaint")])
def test_the_provider_sees_why(browsers, portal, kind, why):
    stop(portal, "client1", kind)
    write_again = portal.browser("provider1")
    write_again.write_to(write_again.contact(CLIENT)["id"], "again")
    portal.mailed()  # what cannot be sent is found out when it would be
    page = come(portal, browsers(), "provider1")
    page.choose(CLIENT)
    page.tab.sees(page.t(f"notnotified.{why}"))
    page.tab.sees(page.t("notnotified.told"))
    said = page.t("card.notnotified", since=r"\w+ \d+, \d+",
                  why=page.t(f"notnotified.{why}"))
    page.tab.until(lambda: [card for card in page.cards() if CLIENT in card
                            and re.search(said, card)], message=page.cards)
    page.tab.axe()
    page.tab.shot(f"unreached-client-{why}")


def test_spam_is_called_spam(browsers, portal):
    stop(portal, "client1", "complaint")
    [old] = addresses(portal, "client1")
    page = come(portal, browsers(), "client1")
    page.tab.sees(page.t("reach.complaint", address=old["address"]))
    page.press("reach.correct")
    page.heading("address.title")
    says(page, page.t("address.todo.stopped.complaint"))


def test_one_of_two_is_enough(browsers, portal):
    """What is stopped is said where one looks, and nowhere else."""
    portal.practice.provision("client2", "client", "Client Number2",
                              "client2@clients.example", "two@home.example")
    back(portal, write(portal, "client2"), hard=True, status="5.1.1")
    assert [a["state"] for a in addresses(portal, "client2")] == [
        "stopped", "good"]
    page = come(portal, browsers(), "client2", path="/account")
    says(page, page.t("address.state.stopped"))
    messages(page)
    assert not unreached(page)


def test_the_same_address_may_work_again(browsers, portal):
    stop(portal, "client2")
    [old] = addresses(portal, "client2")
    page = come(portal, browsers(), "client2", path="/account")
    dialog = opened(page)
    page.press("address.send", dialog)
    enter(page, portal, dialog, old["address"])
    page.tab.until(lambda: page.t("address.state.good") in section(page).text)
    assert [(a["address"], a["state"]) for a in addresses(portal, "client2")
            ] == [(old["address"], "good")]


@pytest.mark.parametrize("language", ["en", "es"])
def test_whoever_has_no_address_enters_one(browsers, portal, language):
    """The code can be entered after the page was left to look for it."""
    portal.practice.provision("client2", "client", "Client Number2")
    page = come(portal, browsers(phone=True), "client2", language)
    page.tab.sees(page.t("reach.none"))
    page.press("reach.correct")
    page.heading("address.title")
    dialog = opened(page, "address.add")
    page.fill("address.new", "first@home.example")
    page.press("address.send", dialog)
    page.tab.find("textbox", page.t("address.code"), dialog)
    page.tab.open("/account")
    page.arrived()
    says(page, page.t("address.state.unconfirmed"))
    page.tab.axe()
    page.tab.shot(f"address-unconfirmed-{language}")
    enter(page, portal, opened(page, "address.enter"), "first@home.example")
    page.tab.until(lambda: page.t("address.state.good") in section(page).text)
    messages(page)
    assert not unreached(page)


def test_too_many_codes_are_refused(browsers, portal):
    page = come(portal, browsers(), "client2", path="/account")
    dialog = opened(page)
    page.tab.until(lambda: send_again(page, dialog), 120)
    assert page.tab.find(
        "textbox", page.t("address.new"), dialog).get_attribute(
            "aria-invalid") == "true"
    page.tab.axe()
    page.tab.shot("address-too-many")


def send_again(page, dialog):
    """Whether that was once too often."""
    for button in page.tab.all("button", page.t("address.again"), dialog):
        button.click()
    page.press("address.send", dialog)
    refused = page.t("refused.address.too-many-requests")
    page.tab.until(lambda: refused in page.tab.text() or page.tab.all(
        "button", page.t("address.again"), dialog))
    return refused in page.tab.text()


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_is_not_in_the_way(browsers, portal, language):
    """On a telephone all of the conversation's parts stay in sight."""
    portal.practice.provision(
        "client1", "client", CLIENT,
        "somebody.with.a.long.name@mail.clients.example")
    stop(portal, "client1")
    page = come(portal, browsers(phone=True), "client1", language)
    page.tab.sees(page.t("reach.until"))
    page.chat(PROVIDER)
    page.tab.shot(f"unreached-chat-{language}")

    def edges():
        return page.tab.js("""\
const box = (what) => document.querySelector(what).getBoundingClientRect();
return [box(".reach").bottom, box(".chat-head").top,
	box(".composer [type=submit]").bottom, innerHeight];""")

    def in_sight():
        top, head, send, bottom = edges()
        return top <= head and send <= bottom
    page.tab.until(in_sight, 10, edges)
    page.send(PROVIDER, "I am still here")


@pytest.mark.parametrize("language", ["en", "es"])
def test_they_look_well(browsers, portal, language):
    stop(portal, "provider1")
    page = come(portal, browsers(language=language), "provider1", language)
    page.tab.sees(page.t("reach.until"))
    see(page, "unreached")
    page.press("reach.correct")
    page.heading("address.title")
    see(page, "address-stopped")
    opened(page)
    see(page, "address-change")
    page.tab.js("document.documentElement.dir = 'rtl'")
    see(page, "address-change-rtl")
    page.press("cancel")
    messages(page)
    see(page, "unreached-rtl")


def test_doubtful_is_said_where_one_looks(browsers, portal):
    back(portal, write(portal, "client1"), hard=False, status="4.2.2")
    page = come(portal, browsers(), "client1", path="/account")
    says(page, page.t("address.state.doubtful"))
    assert not page.tab.all("button", page.t("reach.correct"))
    page.tab.shot("address-doubtful")


def test_staff_say_that_it_works(browsers, portal):
    stop(portal, "client1")
    page = Page(browsers()).arrive(portal, "staff1", "/people")
    page.tab.find("searchbox", page.t("caseload.search")).send_keys(CLIENT)
    page.tab.click("button", re.compile(f"^{re.escape(CLIENT)} "))
    page.tab.find("heading", CLIENT)
    page.tab.sees(page.t("address.state.stopped"))
    page.tab.axe()
    works = page.tab.find("button", re.compile("^" + page.t("person.works")))
    page.tab.js("arguments[0].scrollIntoView({block: 'center'})", works)
    page.tab.shot("address-staff")
    works.click()
    wait_for(lambda: [a["state"] for a in addresses(portal, "client1")]
             == ["good"])
    page.tab.sees(page.t("address.state.good"))
    page.tab.gone("button", re.compile("^" + page.t("person.works")))
