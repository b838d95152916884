# SPDX-License-Identifier: Apache-2.0
"""The page a provider works in all day: whom to answer first, whom no mail
reaches, who has answered a mail instead."""

import re

import pytest
from pages import Page, background, is_green
from selenium.webdriver.common.keys import Keys

PROVIDER = "Provider Number1"
HOUR = 3600
DAY = 24 * HOUR
# more clients of provider1, by their numbers
PEOPLE = {"c-11": "Zo\u00eb \u00d1and\u00fa", "c-12": "Jos\u00e9 \u00c1lvarez",
          "c-13": "\u0141ukasz \u00d8stby", "c-14": "Nguy\u1ec5n Th\u1ecb Hoa"}


@pytest.fixture(scope="module", autouse=True)
def _caseload(portal):
    for number, name in PEOPLE.items():
        portal.practice.provision(number, "client", name,
                                  f"{number}@clients.example")
        portal.practice.relate(number, "provider1")


@pytest.fixture
def page(browsers, portal):
    return Page(browsers()).arrive(portal, "provider1")


def write(portal, number, text):
    client = portal.practice.session(number)
    return client.write_to(client.contact(PROVIDER)["id"], text)


def names(page):
    """Of the cards, in their order."""
    return page.tab.js("""\
return [...document.querySelectorAll(".card strong")]
	.map((name) => name.innerText);""")


def card(page, name):
    """What is read out of somebody's card."""
    found = [text for text in page.cards() if name in text]
    return found[0] if len(found) == 1 else ""


# ---- whom to answer first --------------------------------------------------
def test_what_waits_longest_is_first(browsers, portal, later):
    for number, text, hours in (("c-13", "I wait for three days", 68),
                                ("c-11", "I wait for hours", 4),
                                ("c-12", "I have just asked", 0)):
        write(portal, number, text)
        later(hours * HOUR)
    page = Page(browsers()).arrive(portal, "provider1")
    order = [PEOPLE[n] for n in ("c-13", "c-11", "c-12")]
    page.tab.until(lambda: names(page)[:3] == order,
                   message=lambda: names(page))
    for name, wait in zip(order, (page.t("waiting.days", n=3),
                                  page.t("waiting.hours", n=4),
                                  page.t("waiting.now"))):
        assert wait in card(page, name)
        assert page.t("card.unread", n=1) in card(page, name)
    page.tab.axe()
    page.tab.shot("provider-caseload")
    # reading is no answer
    page.choose(order[0])
    page.shows(order[0], "I wait for three days")
    page.tab.until(lambda: page.t("card.unread", n=1)
                   not in card(page, order[0]))
    assert names(page)[:3] == order
    # an answer is; the other one moves up, in a page that nobody touches
    page.send(order[0], "Three days is too long")
    page.tab.until(lambda: names(page)[:2] == order[1:],
                   message=lambda: names(page))
    assert "waiting" not in card(page, order[0])
    write(portal, "c-14", "And one more")
    page.tab.until(lambda: names(page)[2] == PEOPLE["c-14"])


@pytest.mark.parametrize("wanted, found", [
    ("zoe", "c-11"), ("NANDU", "c-11"), ("alvarez jose", "c-12"),
    ("\u00c1LV", "c-12"), ("c-13", "c-13"), ("ukasz", "c-13"),
    ("nguyen", "c-14"), ("thi hoa", "c-14"), ("Nguye\u0302\u0303n", "c-14")])
def test_a_client_is_found(page, wanted, found):
    """Whatever the accents and the case, by name or number."""
    box = page.tab.find("searchbox", page.t("caseload.search"))
    page.tab.until(lambda: len(names(page)) == 6)
    page.tab.js("""\
arguments[0].value = arguments[1];
arguments[0].dispatchEvent(new Event("input"));""", box, wanted)
    page.tab.until(lambda: names(page) == [PEOPLE[found]],
                   message=lambda: names(page))
    page.tab.until(lambda: page.t("caseload.found", n=1) in [
        region.text for region in page.tab.all("status")])


def test_nobody_is_found(page):
    box = page.tab.find("searchbox", page.t("caseload.search"))
    box.send_keys("nobody here")
    page.tab.sees(page.t("caseload.none"))
    page.tab.axe()
    box.send_keys(Keys.CONTROL, "a", Keys.DELETE)
    page.tab.until(lambda: len(names(page)) == 6)


# ---- mail that fails -------------------------------------------------------
def lease(portal):
    items = portal.practice.bridge_api.call(
        "POST", "/v1/bridge/leases", {"max": 20, "wait": 0}).expect(
            200).json["items"]
    return {item["to"]: item for item in items if item["kind"] == "message"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_whom_no_mail_reaches_is_seen(browsers, portal, language):
    """On the card and in the conversation, with why, as soon as it is known;
    and no more once a mail has arrived."""
    portal.browser("provider1").call("PUT", "/v1/me", {
        "language": language}).expect(200)
    number, name = ("c-11", PEOPLE["c-11"]) if language == "en" else (
        "c-12", PEOPLE["c-12"])
    page = Page(browsers()).arrive(portal, "provider1")
    page.choose(name)
    portal.mailed()
    page.send(name, "You will not hear of this")
    mail = lease(portal)[f"{number}@clients.example"]
    portal.practice.bridge_api.call("POST", "/v1/bridge/results", {"items": [
        {"id": mail["id"], "outcome": "failed", "code": "5.1.1"}]}).expect(200)
    why = page.t("notnotified.refused") + " (5.1.1)"
    page.tab.until(lambda: why in card(page, name),
                   message=lambda: card(page, name))
    page.tab.sees(re.compile(re.escape(name) + ".*" + re.escape(why)))
    page.tab.axe()
    page.tab.shot(f"provider-not-notified-{language}")
    # the client sees nothing of it
    client = portal.practice.session(number)
    thread = client.contact(PROVIDER)["thread"]
    assert thread["not_notified"] is None
    # they come by themselves, their address works, and the next mail arrives
    client.mark_read(thread["id"], client.entries(thread["id"])[-1]["seq"])
    [address] = client.get("/v1/me")["addresses"]
    assert address["state"] == "stopped"
    portal.practice.portal.call(
        "POST", f"/v1/participants/{number}/addresses/{address['id']}/restart",
        {}).expect(204)
    page.send(name, "You will hear of this")
    portal.mailed()
    page.tab.until(lambda: "5.1.1" not in page.tab.text())
    portal.browser("provider1").call("PUT", "/v1/me", {"language": "en"})


def test_who_has_no_address_is_seen(browsers, portal):
    portal.practice.provision("c-14", "client", PEOPLE["c-14"])
    page = Page(browsers(phone=True)).arrive(portal, "provider1")
    page.choose(PEOPLE["c-14"])
    page.send(PEOPLE["c-14"], "There is no address")
    lease(portal)
    page.tab.sees(page.t("notnotified.no-address"))
    page.tab.axe()
    page.tab.shot("provider-no-address-phone")
    page.press("chat.back")
    page.tab.until(lambda: page.t("notnotified.no-address") in card(
        page, PEOPLE["c-14"]))


# ---- mail that was answered ------------------------------------------------
def test_an_answered_mail_is_a_quiet_line(browsers, portal, page):
    """In the very words, as it comes in; nothing of what it said."""
    provider = portal.browser("provider1")
    portal.mailed()
    provider.write_to(provider.contact("client2")["id"], "Please answer here")
    reply = next(mail["reply"] for mail in portal.mailed()
                 if mail["to"] == "client2@clients.example")
    client = Page(browsers("client")).arrive(portal, "client2")
    client.choose(PROVIDER)
    portal.practice.bridge_api.call("POST", "/v1/bridge/inbound", {
        "recipient": f"r-{reply}", "kind": "person"}).expect(200)
    page.tab.until(lambda: page.t("card.unread", n=1)
                   in card(page, "Client Number2"))
    assert page.marked()
    page.choose("Client Number2")
    page.tab.sees("Someone answered a notification by e-mail; nothing was "
                  "kept.")
    client.tab.sees(client.t("event.answered-by-mail"))
    for each in (page, client):
        line = each.tab.driver.find_element("css selector", ".event")
        assert line.tag_name == "li"
        assert background(line) in ("rgba(0, 0, 0, 0)", "transparent")
        each.tab.axe()
    page.tab.shot("provider-answered-by-mail")
    page.tab.until(lambda: not page.marked())


# ---- the first word ---------------------------------------------------------
def test_a_first_message_to_a_client_who_has_none(browsers, portal, page):
    client = Page(browsers("client")).arrive(portal, "client1")
    client.tab.sees("No Messages yet")
    name = "Client Number1"
    page.choose(name)
    page.tab.sees("No Messages yet")
    button = page.tab.find("button", "Compose message")
    assert is_green(background(button))
    button.click()
    # a provider has chosen already: no dialog, and no word on waiting
    assert not page.tab.all("dialog")
    assert page.tab.focused() == (
        "textbox", page.t("composer.label", name=name))
    page.send(name, "Welcome. How have you slept?")
    own = page.bubbles(name)[-1]
    assert own.mine and is_green(own.colour)
    theirs, = client.shows(PROVIDER, "Welcome. How have you slept?")
    assert not theirs.mine and is_green(theirs.colour)
    client.send(PROVIDER, "Well.")
    asked = page.shows(name, "Welcome. How have you slept?", "Well.")[-1]
    assert not is_green(asked.colour)
    page.tab.until(lambda: page.menu() == ["Messages"], message=page.menu)


def test_ones_own_usual_response_time(browsers, portal, page):
    """Set by the provider, seen by the client before the first word."""
    portal.practice.provision("c-15", "client", "Patient Waters",
                              "c-15@clients.example")
    portal.practice.relate("c-15", "provider1")
    portal.open_account("c-15")
    client = Page(browsers("client")).arrive(portal, "c-15")
    client.press("compose.button")
    client.tab.sees("1\u20133 days")
    client.press("cancel")
    page.tab.open("/account")
    page.arrived()
    page.tab.sees(page.t("account.response.usual", days="1\u20133 days"))
    for key, days in (("account.response.from", "2"),
                      ("account.response.to", "5")):
        box = page.tab.find("spinbutton", page.t(key))
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(days)
    button, = (b for b in page.tab.all("button", page.t("save"))
               if b.find_element("xpath", "ancestor::form").find_elements(
                   "name", "from"))
    button.click()
    page.tab.sees(page.t("account.response.own", days="2\u20135 days"))
    page.tab.axe()
    page.tab.shot("provider-response-time")

    def seen():
        client.tab.driver.refresh()
        client.arrived()
        client.press("compose.button")
        return client.tab.text(client.tab.find("dialog"))
    assert "usually answers within 2\u20135 days" in seen()
    page.press("account.response.reset")
    page.tab.sees(page.t("account.response.usual", days="1\u20133 days"))
    assert "usually answers within 1\u20133 days" in seen()
