# SPDX-License-Identifier: Apache-2.0
"""Signing in: passphrase, second step, and the ways round what was lost."""

import re

import pytest
from accounts import PASSPHRASE
from client import Browser
from pages import Page, code
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys
from test_enrolment import ANOTHER, newcomer, set_up_factor

WRONG = "not the lake stone heron"


def calls(tab):
    """Whoever is in danger can do so at once: the numbers that are links."""
    return [link.get_attribute("href") for link in tab.all("link")
            if link.get_attribute("href").startswith("tel:")]


def try_in(page, login, passphrase):
    page.fill("signin.login", login)
    page.fill("signin.passphrase", passphrase)
    page.press("signin.submit")


def fail(portal, later, login, times):
    """From where the browsers are, and where nobody has failed lately."""
    later(600)
    for _ in range(times):
        later(60)
        Browser(portal.practice.web, portal.origin, "127.0.0.1").call(
            "POST", "/v1/sessions", {"login": login, "passphrase": WRONG}
        ).problem(401, "login-refused")


@pytest.mark.parametrize("who, language, setup", [
    ("client2", "en", {"phone": True}), ("client1", "es", {}),
    ("provider2", "es", {"phone": True, "dark": True}),
    ("staff1", "en", {})])
def test_everybody_signs_in(browsers, portal, who, language, setup):
    page = Page(browsers(language=language, **setup).open("/"), language)
    tab = page.tab
    picture = "-".join(("signin", who.rstrip("12"), language, *setup))
    page.heading("signin.title")
    assert tab.js("return document.documentElement.lang") == language
    assert calls(tab) == ["tel:911", "tel:988", "tel:5550100"]
    # whatever keeps passphrases finds its way
    assert [tab.find("textbox", page.t(key)).get_attribute("autocomplete")
            for key in ("signin.login", "signin.passphrase")] == [
                "username", "current-password"]
    tab.axe()
    tab.shot(picture)
    account = portal.accounts[who]
    try_in(page, account.login, account.passphrase)
    if account.authenticator:
        page.heading("factor.title")
        box = tab.find("textbox", page.t("factor.code"))
        assert box.get_attribute("autocomplete") == "one-time-code"
        assert box.get_attribute("inputmode") == "numeric"
        assert calls(tab) == ["tel:911", "tel:988", "tel:5550100"]
        tab.axe()
        tab.shot(f"{picture}-second-step")
        # as the app shows it
        page.fill("factor.code", re.sub("(...)", r"\1 ", code(portal, who)))
        page.press("factor.submit")
    page.arrived()
    assert tab.kept() == []


# ---- what is refused -------------------------------------------------------
def test_unknown_and_wrong_are_told_the_same(browsers, portal):
    page = Page(browsers().open("/"))
    for login in ("client1", "nobody.here"):
        try_in(page, login, WRONG)
        refused = page.t("refused.login-refused")
        page.tab.until(lambda r=refused: page.tab.find("alert").text == r)
        assert page.tab.focused() == ("textbox", page.t("signin.passphrase"))
        page.tab.driver.refresh()
    try_in(page, "", "")
    page.tab.sees(page.t("form.missing"))
    assert page.tab.focused() == ("textbox", page.t("signin.login"))
    page.tab.axe()
    # a name is typed in any case; the passphrase is as it is
    try_in(page, "CLIENT1", PASSPHRASE)
    page.arrived()


def test_who_tries_too_often_waits_and_sees_how_long(browsers, portal,
                                                      later):
    page = Page(browsers().open("/"))
    page.fill("signin.login", "client2")
    page.fill("signin.passphrase", PASSPHRASE)
    fail(portal, later, "client2", 7)
    page.press("signin.submit")
    wait = page.tab.find("button", re.compile(page.t("form.wait", "N").replace(
        "N", r"(\d+)")))
    assert not wait.is_enabled()

    def left():
        return int(re.search(r"\d+", wait.text + " 0")[0])
    first = left()
    assert 1 < first <= 16
    page.tab.sees(re.compile("That was too often"))
    page.tab.shot("signin-wait")
    page.tab.axe()
    page.tab.until(lambda: 0 < left() < first)
    portal.practice.move_clock(60)
    page.tab.until(lambda: wait.is_enabled(), first + 30)
    # what was typed is still there
    page.press("signin.submit")
    page.arrived()


def test_a_nervous_finger_signs_in_once(browsers, portal):
    page = Page(browsers().open("/"))
    page.fill("signin.login", "client1")
    page.fill("signin.passphrase", PASSPHRASE)
    page.tab.js("""\
for (let i = 0; i < 10; i++)
	document.querySelector("button[type=submit]").click();""")
    page.arrived()
    page.tab.browser.hear()
    assert page.tab.browser.requests.count(
        ("POST", portal.url + "/v1/sessions")) == 1


# ---- typing it ------------------------------------------------------------
def test_a_passphrase_is_pasted_and_shown(browsers, portal):
    page = Page(browsers().open("/"))
    page.fill("signin.login", PASSPHRASE)
    login = page.tab.find("textbox", page.t("signin.login"))
    login.send_keys(Keys.CONTROL, "ax")
    box = page.tab.find("textbox", page.t("signin.passphrase"))
    box.send_keys(Keys.CONTROL, "v")
    assert box.get_property("value") == PASSPHRASE
    assert box.get_property("type") == "password"
    show = page.tab.find("button", page.t("passphrase.show"))
    show.click()
    assert box.get_property("type") == "text"
    assert show.get_attribute("aria-pressed") == "true"
    show.click()
    assert box.get_property("type") == "password"
    login.send_keys("client1", Keys.ENTER)
    page.arrived()


def test_the_language_is_chosen_before(browsers, portal):
    """A browser's own, or another; whoever is signed in has theirs."""
    page = Page(browsers(language="fr-CA").open("/"))
    page.heading("signin.title")
    picker = page.tab.find("combobox", page.t("language.label"))
    picker.find_element("css selector", "[value=es]").click()
    page = Page(page.tab, "es")
    page.heading("signin.title")
    tab = page.tab
    assert tab.js("return document.documentElement.lang") == "es"
    assert tab.driver.title.startswith(page.t("signin.title"))
    tab.sees("llame al 911")
    tab.axe()
    page.press("signin.lost")
    page.heading("recover.title")
    page.press("recover.back")
    account = portal.accounts["client1"]
    try_in(page, account.login, account.passphrase)
    page.arrived()
    assert tab.js("return document.documentElement.lang") == "en"


def test_buttons_can_be_read_while_they_are_pointed_at(browsers, portal):
    for dark in (False, True):
        tab = browsers(dark=dark, calm=True).open("/")
        for name in ("Sign in", "I have lost my passphrase", "Show"):
            button = tab.find("button", name)
            ActionChains(tab.driver).move_to_element(button).perform()
            tab.axe(button)


# ---- the second step -------------------------------------------------------
def test_a_wrong_code_and_another_begin(browsers, portal):
    page = Page(browsers().open("/"))
    account = portal.accounts["provider1"]
    try_in(page, account.login, account.passphrase)
    page.heading("factor.title")
    page.fill("factor.code", "000000")
    page.press("factor.submit")
    page.tab.sees(page.t("refused.factor-refused"))
    assert page.tab.focused() == ("textbox", page.t("factor.code"))
    page.tab.axe()
    # who reloads is where they were
    page.tab.driver.refresh()
    page.heading("factor.title")
    page.press("factor.restart")
    page.heading("signin.title")
    page.sign_in(portal, "provider1")


def test_who_has_lost_the_phone_uses_a_recovery_code(browsers, portal):
    """And sets up another one."""
    page = Page(browsers(phone=True).open("/"))
    account = portal.accounts["provider2"]
    try_in(page, account.login, account.passphrase)
    page.press("factor.bypaper")
    page.tab.find("textbox", page.t("recover.code"))
    page.tab.axe()
    page.tab.shot("signin-recovery-code-phone")
    page.fill("recover.code", "aaaa-aaaa-aaaa")
    page.press("factor.submit")
    page.tab.sees(page.t("refused.factor-refused"))
    portal.practice.move_clock(60)
    page.fill("recover.code", account.recovery_codes[0].upper())
    page.press("factor.submit")
    page.arrived()
    page.tab.open("/account")
    page.tab.sees(page.t("account.codes.left", n=9))
    page.press("account.factor.again")
    account.authenticator = set_up_factor(page)
    page.fill("factor.code", account.authenticator.code(
        portal.practice.offset))
    page.fill("account.passphrase.own", account.passphrase)
    page.press("factor.finish")
    page.tab.sees(page.t("account.factor.done"))
    # the code was good once, the new phone is good from now on
    page.tab.browser.forget()
    page = Page(browsers().open("/"))
    try_in(page, account.login, account.passphrase)
    page.press("factor.bypaper")
    page.fill("recover.code", account.recovery_codes[0])
    page.press("factor.submit")
    page.tab.sees(page.t("refused.factor-refused"))
    page.press("factor.byapp")
    page.fill("factor.code", code(portal, "provider2"))
    page.press("factor.submit")
    page.arrived()


def test_a_second_step_that_takes_too_long_begins_again(browsers, portal,
                                                        later):
    page = Page(browsers().open("/"))
    account = portal.accounts["provider1"]
    try_in(page, account.login, account.passphrase)
    page.heading("factor.title")
    later(11 * 60)
    page.fill("factor.code", code(portal, "provider1"))
    page.press("factor.submit")
    page.heading("signin.title")
    page.tab.sees(page.t("signin.expired"))
    page.sign_in(portal, "provider1")


# ---- the passphrase is lost -----------------------------------------------
@pytest.mark.parametrize("who, language, setup", [
    ("client2", "en", {"phone": True}), ("provider1", "es", {"dark": True})])
def test_a_passphrase_is_lost(browsers, portal, who, language, setup):
    page = Page(browsers(language=language, **setup).open("/"), language)
    tab, account = page.tab, portal.accounts[who]
    page.press("signin.lost")
    page.heading("recover.title")
    for key in ("recover.none", "recover.practice"):
        tab.sees(page.t(key))
    assert calls(tab) == ["tel:5550100", "tel:911", "tel:988", "tel:5550100"]
    tab.axe()
    tab.shot("-".join(("recover", who.rstrip("12"), language, *setup)))

    def recover(paper, passphrase):
        page.fill("signin.login", account.login)
        page.fill("recover.code", paper)
        page.fill("passphrase.new", passphrase)
        page.press("recover.submit")

    recover("aaaa-aaaa-aaaa", ANOTHER)
    tab.sees(page.t("refused.recovery-refused"))
    portal.practice.move_clock(60)
    recover(account.recovery_codes[1], "passwordpassword")
    tab.sees(page.t("refused.too-easy"))
    assert tab.focused() == ("textbox", page.t("passphrase.new"))
    # a weak one has not used the code up
    recover(account.recovery_codes[1], ANOTHER)
    page.heading("signin.title")
    tab.sees(page.t("recover.done"))
    assert tab.find("textbox", page.t("signin.login")).get_property(
        "value") == account.login
    tab.axe()
    account.passphrase = ANOTHER
    page.sign_in(portal, who)


# ---- what the browser keeps of it -------------------------------------------
def cookies(tab):
    return {c["name"]: c for c in tab.cdp("Network.getCookies")["cookies"]}


def test_the_cookie_is_new_at_every_step(browsers, portal):
    """And no script, other site or plain connection gets at it."""
    page = Page(browsers().open("/"))
    page.heading("signin.title")
    seen = [cookies(page.tab).get("__Host-postern", {}).get("value")]
    account = portal.accounts["provider1"]
    try_in(page, account.login, account.passphrase)
    page.heading("factor.title")
    seen.append(cookies(page.tab)["__Host-postern"]["value"])
    page.fill("factor.code", code(portal, "provider1"))
    page.press("factor.submit")
    page.arrived()
    seen.append(cookies(page.tab)["__Host-postern"]["value"])
    assert len(set(seen)) == 3
    for name, kept in cookies(page.tab).items():
        assert name.startswith("__Host-")
        assert [kept[key] for key in ("httpOnly", "secure", "sameSite",
                                      "path")] == [True, True, "Lax", "/"]
    assert page.tab.js("return document.cookie") == ""
    page.press("menu.signout")
    page.heading("signin.title")
    assert "__Host-postern" not in cookies(page.tab)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_client_may_have_a_second_step(browsers, portal, language):
    """It is theirs to set up, and to turn off again."""
    newcomer(portal, f"two-{language}", "client", "Two Steps",
             language=language)
    account = portal.open_account(f"two-{language}")
    page = Page(browsers()).arrive(portal, f"two-{language}", "/account")
    tab = page.tab
    page.press("account.factor.set")
    authenticator = set_up_factor(page)
    page.fill("factor.code", authenticator.code(portal.practice.offset))
    page.fill("account.passphrase.own", account.passphrase)
    page.press("factor.finish")
    tab.sees(page.t("account.factor.done"))
    account.authenticator = authenticator
    page.press("menu.signout")
    page = Page(tab, "en")
    page.heading("signin.title")
    page.sign_in(portal, f"two-{language}")
    tab.open("/account")
    page.arrived()
    page.press("account.factor.off")
    dialog = tab.find("dialog", page.t("account.factor.off"))
    tab.axe()
    tab.shot(f"second-step-off-{language}")
    page.fill("factor.code", code(portal, f"two-{language}"))
    page.fill("account.passphrase.own", account.passphrase)
    page.press("account.factor.off", dialog)
    tab.sees(page.t("account.factor.gone"))
    account.authenticator = None
    page.press("menu.signout")
    page = Page(tab, "en")
    page.heading("signin.title")
    page.sign_in(portal, f"two-{language}")


def test_who_must_have_a_second_step_cannot_turn_it_off(browsers, portal):
    for who in ("provider1", "staff1"):
        page = Page(browsers(who)).arrive(portal, who, "/account")
        page.tab.sees(page.t("account.factor.must"))
        page.tab.find("button", page.t("account.factor.again"))
        assert not page.tab.all("button", page.t("account.factor.off"))
