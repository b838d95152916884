# SPDX-License-Identifier: Apache-2.0
"""What a client sees besides the first conversation: their providers, whom
they may write to, when something was said, what is new."""

import re
import time

import pytest
from images import png
from pages import Page, background, is_green
from test_pictures import give

PROVIDER, OTHER, PAST, CLOSED, STRANGER = (
    "Provider Number1", "Provider Number2", "Dr. Past Rivers",
    "Dr. Closed Rivers", "Dr. Strange Rivers")
CLIENT = "Client Number2"
HOUR = 3600


@pytest.fixture(scope="module", autouse=True)
def _providers(portal):
    """Client2 has two, had two more, and never met the fifth."""
    place = portal.practice
    place.provision("provider1", "provider", PROVIDER,
                    "provider1@providers.example", credentials="PhD, LPC")
    for number, name, writable in (("past", PAST, True),
                                   ("closed", CLOSED, False),
                                   ("strange", STRANGER, None)):
        place.provision(number, "provider", name,
                        f"{number}@providers.example", credentials="MSW")
        if writable is not None:
            place.relate("client2", number)
            place.relate("client2", number, False, writable=writable)
    give(portal, "provider2", png(64, 64))


def speak(portal, who, language, zone="UTC"):
    portal.browser(who).call("PUT", "/v1/me", {
        "language": language, "time_zone": zone}).expect(200)


def card(page, name):
    """Its element."""
    return page.tab.find("button", re.compile(re.escape(name)), page.tab.find(
        "navigation", page.t("messages.list")))


@pytest.mark.parametrize("language, setup", [
    ("en", {}), ("es", {"phone": True, "dark": True})])
def test_cards_say_who_and_what_is_new(browsers, portal, language, setup):
    speak(portal, "client2", language)
    provider = portal.browser("provider1")
    provider.write_to(provider.contact(CLIENT)["id"], f"News: {language}")
    page = Page(browsers(**setup)).arrive(portal, "client2")
    page.tab.until(lambda: len(page.cards()) == 4)
    first, other, past = (card(page, n) for n in (PROVIDER, OTHER, PAST))
    # name, credentials, initials or picture, when, and what is new
    lines = first.text.split("\n")
    assert lines[:3] == ["PN", PROVIDER, "PhD, LPC"]
    assert re.search(r"\d:\d\d", lines[3])
    assert page.t("card.unread", n=1) in lines
    mark = first.find_element("css selector", ".mark")
    assert is_green(background(mark))
    page.tab.until(lambda: page.tab.js(
        "return arguments[0].querySelector('img')?.naturalWidth", other) == 64)
    assert page.t("card.nothing") in other.text
    assert not other.find_elements("css selector", ".mark, .tag")
    assert page.t("card.past") in past.text
    assert STRANGER not in page.tab.text()
    assert page.tab.driver.title.startswith("(1) ")
    # nobody is chosen; a click fills the window
    assert not page.tab.all("log")
    first.click()
    page.chat(PROVIDER)
    page.tab.until(lambda: page.bodies(PROVIDER)[-1:] == [
        f"News: {language}"])
    page.tab.until(lambda: not page.marked())
    speak(portal, "client2", "en")


@pytest.mark.parametrize("language, setup", [
    ("en", {"phone": True}), ("es", {})])
def test_whom_one_may_write_to(browsers, portal, language, setup):
    """All one works with or has worked with; past ones are marked, and where
    writing is closed it is said why. Nobody else."""
    speak(portal, "client2", language)
    page = Page(browsers(**setup)).arrive(portal, "client2")
    page.press("compose.button")
    dialog = page.tab.find("dialog", page.t("compose.title"))
    page.tab.find("group", page.t("compose.select"), dialog)
    shown = {name: page.tab.find(
        "radio", re.compile(re.escape(name)), dialog)
        for name in (PROVIDER, OTHER, PAST, CLOSED)}
    assert len(page.tab.all("radio", within=dialog)) == 4
    assert [name for name, box in shown.items() if not box.is_enabled()] == [
        CLOSED]
    why = page.t("closed.writing-closed", name=CLOSED)
    assert page.tab.described(shown[CLOSED]) == why
    past = page.t("card.past")
    assert {name for name, box in shown.items() if past in box.find_element(
        "xpath", "ancestor::label").text} == {PAST, CLOSED}
    page.tab.sees(why)
    # nobody is chosen for one; without a choice it does not go on
    page.press("compose.next", dialog)
    page.tab.sees(page.t("compose.choose"))
    page.tab.axe()
    page.tab.shot(f"select-provider-{language}")
    shown[PAST].click()
    page.tab.sees(page.t("expect.time", name=PAST, days=page.t(
        "days.range", n=3, **{"from": 1, "to": 3})))
    link = page.tab.find("link", page.t("expect.link"), dialog)
    assert link.get_attribute("href") == "https://visits.lakeside.example/"
    page.press("compose.next", dialog)
    page.tab.gone("dialog")
    assert page.tab.focused() == (
        "textbox", page.t("composer.label", name=PAST))
    speak(portal, "client2", "en")


def test_days_and_times_are_the_persons_own(browsers, portal, later):
    """One moment, in two zones and two languages, whatever the device's."""
    # by the third it is noon, and midnight in none of the zones
    later((9 * HOUR - time.time() - portal.practice.offset) % (24 * HOUR))
    theirs = portal.browser("provider1")
    thread = theirs.write_to(theirs.contact("client1")["id"], "One")[
        "thread"]["id"]
    later(25 * HOUR)
    portal.browser("provider1").write(thread, "Two")
    later(26 * HOUR)
    portal.browser("client1").write(thread, "Three")
    entries = [e["at"] for e in portal.browser("client1").entries(thread)]
    mine = portal.browser("client1")
    for language, zone in (("en", "America/Chicago"), ("es", "Asia/Tokyo"),
                           ("en", "Asia/Kathmandu")):
        mine.call("PUT", "/v1/me", {"language": language, "time_zone": zone}
                  ).expect(200)
        page = Page(browsers(zone="Pacific/Auckland")).arrive(
            portal, "client1")
        page.shows(PROVIDER, "One", "Two", "Three")
        days, times = page.tab.js("""\
const every = (what) => [...document.querySelectorAll(what)]
	.map((at) => at.textContent);
return [every(".day h3"), every(".under time")];""")
        expected = page.tab.js("""\
const [ats, language, timeZone] = arguments;
return ats.map((at) => [
	new Intl.DateTimeFormat(language, {timeZone, hour: "numeric",
		minute: "2-digit"}).format(new Date(at)),
	new Intl.DateTimeFormat(language, {timeZone, weekday: "long",
		day: "numeric", month: "long"}).format(new Date(at))]);""",
                               entries, language, zone)
        assert times == [time for time, _ in expected]
        assert days[-1] == ("Today" if language == "en" else "Hoy")
        assert days[0] == expected[0][1] and len(days) == 3
    speak(portal, "client1", "en")


def test_unread_counts_what_this_person_has_not_read(browsers, portal):
    """Not one's own words; not what another one has not read; on all of
    one's screens."""
    client = portal.browser("client2")
    for contact in client.get("/v1/contacts")["items"]:
        if contact["thread"] and contact["thread"]["unread"]:
            thread = contact["thread"]["id"]
            client.mark_read(thread, client.entries(thread)[-1]["seq"])
    desk = Page(browsers("desk")).arrive(portal, "client2", "/account")
    beside = desk.beside("/account")
    phone = Page(browsers("phone", phone=True)).arrive(
        portal, "client2", "/account")
    screens = (desk, beside, phone)
    for name, who, count in ((PROVIDER, "provider1", 1),
                             (OTHER, "provider2", 2)):
        writer = portal.browser(who)
        writer.write_to(writer.contact(CLIENT)["id"], "Something new")
        for page in screens:
            page.tab.until(lambda p=page, n=count: p.tab.driver.title
                           .startswith(f"({n}) "))
            assert page.marked()
    desk.menu()
    mark = desk.tab.driver.find_element("css selector", "nav .mark")
    assert mark.text == "UNREAD" and is_green(background(mark))
    # not theirs to read
    provider = Page(browsers("provider")).arrive(portal, "provider2")
    assert not provider.marked()
    # read on the phone
    phone.tab.open("/messages")
    phone.arrived().choose(PROVIDER)
    for page in screens:
        page.tab.until(lambda p=page: p.tab.driver.title.startswith("(1) "))
    phone.press("chat.back")
    phone.choose(OTHER)
    for page in screens:
        page.tab.until(lambda p=page: not p.marked())
        assert not page.tab.driver.title.startswith("(")
    phone.send(OTHER, "My own word")
    desk.tab.open("/messages")
    desk.arrived().choose(OTHER)
    desk.shows(OTHER, "Something new", "My own word")
    # by what comes next one sees that one's own words do not count
    writer = portal.browser("provider1")
    writer.write_to(writer.contact(CLIENT)["id"], "The next one")
    for page in screens:
        page.tab.until(lambda p=page: p.tab.driver.title.startswith("(1) "),
                       message=lambda p=page: p.tab.driver.title)
        assert page.marked()
