# SPDX-License-Identifier: Apache-2.0
"""A session ends when nobody uses it, when it is old, and when somebody ends
it; who was writing goes on where they were."""

import re

import pytest
from client import wait_for
from pages import Page, code
from selenium.webdriver.common.keys import Keys
from test_drafts import field, shows, stored, type_in

CLIENT, PROVIDER, OTHER = ("Client Number2", "Provider Number1",
                           "Provider Number2")
MINUTE = 60


@pytest.fixture(scope="module", autouse=True)
def _a_conversation(portal):
    provider = portal.browser("provider1")
    for client in ("client1", "client2"):
        provider.write_to(provider.contact(client)["id"], "How are you?")


def warned(page):
    return page.tab.find("alertdialog", page.t("idle.title"))


def not_warned(page):
    """Two looks at the clock later, too."""
    for _ in range(3):
        assert not page.tab.all("alertdialog")
        assert not page.tab.all("dialog")
        page.tab.wait(1)


def ended(page):
    return page.tab.find("dialog", page.t("again.title"))


def sign_in_again(page, portal, who):
    account = portal.accounts[who]
    page.fill("signin.login", account.login)
    page.fill("signin.passphrase", account.passphrase)
    page.press("signin.submit")
    if account.authenticator:
        page.fill("factor.code", code(portal, who))
        page.press("factor.submit")


def seconds_left(page):
    return page.tab.driver.execute_async_script("""\
fetch("/v1/sessions/current").then((r) => r.json())
	.then((s) => arguments[0](s.idle_left ?? null))""")


# ---- nobody is there ------------------------------------------------------
@pytest.mark.parametrize("setup", [{}, {"phone": True, "dark": True}],
                         ids=lambda setup: "-".join(setup) or "desktop")
def test_a_warning_can_be_answered(browsers, portal, later, setup):
    page = Page(browsers(**setup)).arrive(portal, "client2")
    for _ in range(2):
        later(13 * MINUTE + 10)
        dialog = warned(page)
        assert page.tab.focused() == ("button", page.t("idle.stay"))
        assert 60 < seconds_left(page) <= 110
        shown = re.search(r"1:(\d\d)", page.tab.text(dialog))[1]
        page.tab.until(lambda d=dialog, s=shown: int(re.search(
            r"1:(\d\d)", page.tab.text(d))[1]) < int(s))
        page.tab.axe()
        page.tab.shot("-".join(("idle-warning", *setup)))
        page.press("idle.stay")
        page.tab.gone("alertdialog")
        page.tab.until(lambda: seconds_left(page) > 800)


def test_a_warning_can_be_answered_by_leaving(browsers, portal, later):
    page = Page(browsers()).arrive(portal, "client2")
    later(13 * MINUTE + 10)
    warned(page)
    page.press("idle.out")
    page.heading("signin.title")
    assert seconds_left(page) is None


@pytest.mark.parametrize("what", ["draft", "key", "search"])
def test_typing_is_activity(browsers, portal, later, what):
    who = "provider1" if what == "search" else "client1"
    page = Page(browsers()).arrive(portal, who)
    later(8 * MINUTE)
    if what == "draft":
        type_in(page, PROVIDER, "a")
    elif what == "key":
        page.tab.keys(Keys.SHIFT)
    else:
        page.tab.find("searchbox").send_keys("x")
    page.tab.until(lambda: seconds_left(page) > 800)
    later(12 * MINUTE)
    not_warned(page)


def test_another_tab_is_activity(browsers, portal, later):
    """Neither warns while the other is used; answered in one, the warning
    goes in both."""
    page = Page(browsers()).arrive(portal, "client2")
    beside = page.beside()
    later(8 * MINUTE)
    beside.tab.keys(Keys.SHIFT)
    beside.tab.until(lambda: seconds_left(beside) > 800)
    later(6 * MINUTE)
    not_warned(page)
    not_warned(beside)
    later(7 * MINUTE + 10)
    warned(page)
    warned(beside)
    beside.press("idle.stay")
    later(11)
    page.tab.gone("alertdialog")


# ---- it has ended ----------------------------------------------------------
def nothing_behind(page, dialog):
    """Neither to be read nor to be heard."""
    tab = page.tab
    for text in ("How are you?", "Written before it ended"):
        assert text not in tab.outline()
    assert not tab.all("log") and not tab.all("navigation")
    x, y, width, height, across, down = tab.js("""\
const {x, y, width, height} = arguments[0].getBoundingClientRect();
return [x, y, width, height, innerWidth, innerHeight];""", dialog)
    picture = tab.picture(tab.js("return document.documentElement"), 0.25)
    colours = {picture.at(i, j)
               for i in range(int(across / 4)) for j in range(int(down / 4))
               if not (x - 8 < 4 * i < x + width + 8
                       and y - 8 < 4 * j < y + height + 8)}
    assert len(colours) == 1, colours


@pytest.mark.parametrize("who, name, setup", [
    ("client2", PROVIDER, {}), ("client2", PROVIDER, {"phone": True}),
    ("provider1", CLIENT, {"dark": True})],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "")
def test_one_signs_in_again_in_place(browsers, portal, later, who, name,
                                     setup):
    page = Page(browsers(**setup)).arrive(portal, who)
    page.choose(name)
    field(page, name).send_keys(Keys.CONTROL, "a")
    type_in(page, name, "Written before it ended")
    later(16 * MINUTE)
    dialog = ended(page)
    page.tab.sees(page.t("again.text"))
    calls = [link.get_attribute("href") for link in page.tab.all("link")]
    assert calls == ["tel:911", "tel:988", "tel:5550100"]
    nothing_behind(page, dialog)
    page.tab.axe()
    page.tab.shot("-".join(("session-ended", who.rstrip("12"), *setup)))
    # it cannot be dismissed
    page.tab.keys(Keys.ESCAPE, Keys.ESCAPE)
    ended(page)
    sign_in_again(page, portal, who)
    page.tab.gone("dialog")
    shows(page, name, "Written before it ended")
    wait_for(lambda: stored(portal, who, name) == "Written before it ended")
    # the new token is known
    page.press("send.button")
    page.delivered(name, "Written before it ended")
    assert stored(portal, who, name) == ""


def test_what_is_sent_into_an_ended_session_arrives_once(browsers, portal):
    """The page does not know yet that it is too late."""
    page = Page(browsers()).arrive(portal, "client1")
    page.chat(PROVIDER)
    page.write(PROVIDER, "Sent too late")
    portal.practice.move_clock(16 * MINUTE)
    page.press("send.button")
    ended(page)
    sign_in_again(page, portal, "client1")
    page.tab.gone("dialog")
    page.delivered(PROVIDER, "Sent too late")
    client = portal.browser("client1")
    assert client.messages(client.contact(PROVIDER)["thread"]["id"]).count(
        "Sent too late") == 1


def test_a_wrong_passphrase_is_asked_for_again(browsers, portal, later):
    page = Page(browsers()).arrive(portal, "client1")
    later(16 * MINUTE)
    ended(page)
    page.fill("signin.login", "client1")
    page.fill("signin.passphrase", "not the right one at all")
    page.press("signin.submit")
    page.tab.sees(page.t("refused.login-refused"))
    ended(page)
    sign_in_again(page, portal, "client1")
    page.tab.gone("dialog")


def test_somebody_else_signs_in_there(browsers, portal, later):
    """Nothing of the first is left for them, and the first's draft is
    theirs."""
    page = Page(browsers()).arrive(portal, "client2")
    page.choose(OTHER)
    page.compose(OTHER)
    type_in(page, OTHER, "For nobody else")
    wait_for(lambda: stored(portal, "client2", OTHER) == "For nobody else")
    later(16 * MINUTE)
    ended(page)
    sign_in_again(page, portal, "client1")
    page.tab.until(lambda: "Client Number1" in page.tab.text())
    page.arrived()
    page.chat(PROVIDER)
    html = page.tab.js("return document.documentElement.outerHTML")
    for text in ("For nobody else", CLIENT, OTHER):
        assert text not in html
    assert field(page, PROVIDER).get_property("value") == ""
    page.tab.driver.back()
    page.tab.wait(0.5)
    assert "For nobody else" not in page.tab.text()
    assert stored(portal, "client1", PROVIDER) == ""
    assert stored(portal, "client2", OTHER) == "For nobody else"
    assert page.tab.kept() == []


def test_it_is_enough_to_sign_in_in_one_tab(browsers, portal, later):
    page = Page(browsers()).arrive(portal, "client2")
    beside = page.beside()
    later(16 * MINUTE)
    ended(page)
    ended(beside)
    sign_in_again(page, portal, "client2")
    page.tab.gone("dialog")
    beside.tab.js("dispatchEvent(new Event('focus'))")
    beside.tab.gone("dialog")
    beside.choose(PROVIDER)
    beside.send(PROVIDER, "From the other tab")
    page.choose(PROVIDER)
    page.tab.until(lambda: "From the other tab" in page.bodies(PROVIDER))


def test_after_twelve_hours_it_is_over(browsers, portal, later):
    """However busy somebody was."""
    page = Page(browsers()).arrive(portal, "client2")
    other = portal.browser("client2")  # the same session
    for _ in range(4):
        for _ in range(13):
            portal.practice.move_clock(14 * MINUTE)
            alive = other.call("PUT", "/v1/sessions/current", {}).status
        if alive != 200:
            break
    later(0)
    ended(page)
    sign_in_again(page, portal, "client2")
    page.tab.gone("dialog")


# ---- somebody ends it -------------------------------------------------------
def test_signed_out_in_one_tab_is_signed_out(browsers, portal):
    page = Page(browsers()).arrive(portal, "client2")
    beside = page.beside()
    beside.press("menu.signout")
    beside.heading("signin.title")
    ended(page)
    # and back does not lead in again
    beside.tab.driver.back()
    beside.tab.wait(0.5)
    assert not beside.tab.all("link", page.t("skip"))


def test_sessions_are_listed_and_ended(browsers, portal):
    page = Page(browsers("one").open("/"))
    page.sign_in(portal, "client1")
    others = [Page(browsers("other").open("/")).sign_in(portal, "client1")]
    page.tab.open("/account")
    page.arrived()
    page.tab.find("heading", page.t("account.sessions"))
    page.tab.sees("Chrome on Linux")
    page.tab.sees(page.t("account.session.this"))
    # the API's own session of client1 is there, too
    rows = page.tab.all("button", re.compile(
        f"^{page.t('menu.signout')} Chrome on Linux"))
    assert len(rows) == 1
    page.tab.axe()
    page.tab.shot("account-sessions")
    rows[0].click()
    page.tab.sees(page.t("account.session.ended"))
    ended(others[0])
    sign_in_again(others[0], portal, "client1")
    others[0].tab.gone("dialog")
    page.tab.driver.refresh()
    page.arrived()
    page.press("account.sessions.all")
    page.tab.sees(page.t("account.session.ended"))
    ended(others[0])
    page.tab.until(lambda: not page.tab.all("button", page.t(
        "account.sessions.all")))
    assert seconds_left(page) > 800


def test_somebody_is_disabled_while_looking(browsers, portal):
    page = Page(browsers()).arrive(portal, "client2")
    page.choose(PROVIDER)
    portal.practice.provision("client2", "client", CLIENT,
                              "client2@clients.example", active=False)
    ended(page)
    sign_in_again(page, portal, "client2")
    page.tab.sees(page.t("refused.login-refused"))
    portal.practice.provision("client2", "client", CLIENT,
                              "client2@clients.example", active=True)
    sign_in_again(page, portal, "client2")
    page.tab.gone("dialog")
    page.chat(PROVIDER)
