# SPDX-License-Identifier: Apache-2.0
"""Nobody in need is left with silence: whatever does not answer, the page
says so, with the crisis line and the practice's telephone, and heals by
itself."""

import os
import signal

import pytest
from pages import Page
from test_enrolment import newcomer
from test_session import ended
from test_signin import try_in

PROVIDER = "Provider Number1"
CALLS = ["tel:911", "tel:988", "tel:5550100"]
# what the console says when there is nobody to talk to
DOWN = r"net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|HTTP2_PROTOCOL_ERROR" \
    r"|EMPTY_RESPONSE|FAILED|NETWORK_CHANGED)"


@pytest.fixture
def down(portal):
    """down(): posternd is gone; it comes again with down.over()."""
    def stop():
        portal.practice.posternd.kill()

    def over():
        if not portal.practice.posternd.running():
            portal.practice.start_posternd()
    stop.over = over
    yield stop
    over()


def help_at_hand(page, within=None):
    """The numbers can be seen, and called; in the words of the language."""
    links = [link for link in page.tab.all("link", within=within)
             if link.get_attribute("href").startswith("tel:")]
    assert [link.get_attribute("href") for link in links] == CALLS
    assert all(link.is_displayed() for link in links)
    page.tab.sees("llame al 911" if page.t("name") == "Espa\u00f1ol"
                  else "call 911, or call or text 988")
    return True


# ---- nobody answers when the page is opened ---------------------------------
@pytest.mark.parametrize("language, setup", [
    ("en", {}), ("es", {"phone": True, "dark": True})])
def test_an_outage_is_said_and_heals(browsers, portal, down, language, setup):
    down()
    page = Page(browsers(language=language, **setup), language)
    page.tab.allow(DOWN)
    page.tab.open("/messages")
    page.heading("outage.title")
    for key in ("outage.text", "outage.kept"):
        page.tab.sees(page.t(key))
    page.tab.sees("Lakeside Practice")
    help_at_hand(page)
    page.tab.axe()
    page.tab.shot("-".join(("outage", language, *setup)))
    # by the button it tries at once, in vain
    page.press("send.again")
    page.tab.sees(page.t("refused.unavailable"))
    down.over()
    page.heading("signin.title")


def test_the_language_of_an_outage_can_be_chosen(browsers, portal, down):
    down()
    page = Page(browsers())
    page.tab.allow(DOWN)
    page.tab.open("/")
    page.heading("outage.title")
    page.tab.find("combobox", page.t("language.label")).find_element(
        "css selector", "[value=es]").click()
    page = Page(page.tab, "es")
    page.heading("outage.title")
    help_at_hand(page)
    down.over()
    page.press("send.again")
    # it begins anew, in the browser's own language
    Page(page.tab).heading("signin.title")


def test_a_server_that_hangs(browsers, portal):
    """It takes the request and says nothing: after a few seconds the page's
    own last words are seen, and the page opens when it may."""
    process = portal.practice.posternd.process
    os.kill(process.pid, signal.SIGSTOP)
    try:
        tab = browsers().open("/")
        tab.sees("This page could not be opened")
        tab.sees("No se pudo abrir esta p\u00e1gina")
        for number in ("911", "988"):
            tab.sees(number)
        tab.axe()
    finally:
        os.kill(process.pid, signal.SIGCONT)
    Page(tab).heading("signin.title")


def test_without_the_practices_own_words(browsers, portal, down):
    """Nothing is known of the practice: what always holds is said."""
    words = portal.nginx.run_dir / "practice.json"
    words.rename(words.with_suffix(".aside"))
    down()
    page = Page(browsers())
    page.tab.allow(DOWN)
    page.tab.allow("practice.json .* 404")
    page.tab.open("/")
    page.heading("outage.title")
    page.tab.sees(page.t("emergency.default"))
    page.tab.axe()
    words.with_suffix(".aside").rename(words)
    down.over()
    page.heading("signin.title")
    help_at_hand(page)


@pytest.mark.parametrize("missing", ["lang", "js", "script"])
def test_when_not_even_the_words_come(browsers, portal, missing):
    """The one page that needs nothing: in all languages it knows."""
    tab = browsers(phone=True)
    tab.allow("404|Failed to load module script|MIME type")
    place = portal.nginx.portal_dir / missing
    try:
        if missing == "script":
            tab.cdp("Emulation.setScriptExecutionDisabled", value=True)
        else:
            place.rename(place.with_suffix(".aside"))
        tab.driver.get(portal.url + "/messages")
        tab.until(lambda: tab.driver.find_element(
            "id", "last-resort").is_displayed())
        said = tab.driver.find_element("id", "last-resort").text
        for words in ("911", "988", "could not be opened",
                      "No se pudo abrir"):
            assert words in said
        tab.shot(f"last-resort-{missing}")
    finally:
        if missing == "script":
            tab.cdp("Emulation.setScriptExecutionDisabled", value=False)
        else:
            place.with_suffix(".aside").rename(place)
    if missing == "lang":
        # it tries again by itself
        Page(tab).heading("signin.title")


# ---- in the middle ----------------------------------------------------------
def goes(portal, what):
    (portal.practice.posternd.kill if what == "posternd"
     else portal.nginx.stop)()


def comes(portal, what):
    if what == "posternd":
        portal.practice.start_posternd()
    else:
        portal.nginx.start()


@pytest.mark.parametrize("what, who, setup", [
    ("posternd", "client1", {"phone": True}), ("posternd", "staff1", {}),
    ("nginx", "provider1", {})])
def test_it_goes_in_the_middle(browsers, portal, what, who, setup):
    page = Page(browsers(**setup)).arrive(portal, who, "/")
    page.tab.allow(DOWN)
    goes(portal, what)
    try:
        page.tab.sees(page.t("live.lost"))
        line = page.tab.until(lambda: [
            region for region in page.tab.all("status")
            if page.t("live.lost") in region.text])[0]
        help_at_hand(page, line)
        page.tab.axe()
        page.tab.shot("-".join(("lost", what, who.rstrip("1"), *setup)))
        if what == "nginx":
            # where nothing can be fetched, that is said, too
            page.tab.click("link", page.t("account.title"))
            page.tab.sees(page.t("refused.offline"))
    finally:
        comes(portal, what)
    page.tab.until(lambda: page.t("live.lost") not in page.tab.text(), 40)


def test_what_came_meanwhile_is_there_afterwards(browsers, portal, down):
    provider = portal.browser("provider1")
    provider.write_to(provider.contact("client1")["id"], "Before")
    page = Page(browsers()).arrive(portal, "client1")
    page.tab.allow(DOWN)
    page.shows(PROVIDER, "Before")
    down()
    page.tab.sees(page.t("live.lost"))
    down.over()
    provider.write_to(provider.contact("client1")["id"], "Meanwhile")
    page.shows(PROVIDER, "Before", "Meanwhile", seconds=40)
    page.tab.until(lambda: page.t("live.lost") not in page.tab.text())
    page.send(PROVIDER, "After")


def test_signing_in_while_nobody_answers(browsers, portal, down):
    """What was typed stays, and works a moment later."""
    page = Page(browsers(language="es").open("/"), "es")
    page.heading("signin.title")
    page.tab.allow(DOWN)
    down()
    account = portal.accounts["client2"]
    try_in(page, account.login, account.passphrase)
    page.tab.sees(page.t("refused.unavailable"))
    help_at_hand(page)
    page.tab.axe()
    down.over()
    page.press("signin.submit")
    page.arrived()


def test_signing_in_without_a_line(browsers, portal):
    page = Page(browsers(phone=True).open("/"))
    page.heading("signin.title")
    page.tab.offline()
    account = portal.accounts["client2"]
    try_in(page, account.login, account.passphrase)
    page.tab.sees(page.t("refused.offline"))
    help_at_hand(page)
    page.tab.shot("signin-offline-phone")
    page.tab.offline(False)
    page.press("signin.submit")
    page.arrived()


# ---- wherever one stands before the door ------------------------------------
def at_sign_in(page, portal, later):
    page.tab.open("/")
    page.heading("signin.title")


def at_the_lost_passphrase(page, portal, later):
    at_sign_in(page, portal, later)
    page.press("signin.lost")
    page.heading("recover.title")


def at_the_second_step(page, portal, later):
    at_sign_in(page, portal, later)
    account = portal.accounts["provider2"]
    try_in(page, account.login, account.passphrase)
    page.heading("factor.title")


def at_the_code(page, portal, later):
    page.tab.open(newcomer(portal, f"new-{page.tab.setup['language']}",
                           "client", "Newly Arrived")[0])
    page.heading("enrol.title")


def at_the_end_of_a_session(page, portal, later):
    language = page.tab.setup["language"]
    portal.browser("client2").call("PUT", "/v1/me", {"language": language})
    page.arrive(portal, "client2")
    later(16 * 60)
    ended(page)
    portal.browser("client2").call("PUT", "/v1/me", {"language": "en"})


def at_a_lost_line(page, portal, later):
    at_the_end_of_a_session(page, portal, later)
    page.tab.offline()
    page.fill("signin.login", "client2")
    page.fill("signin.passphrase", "no line to try it on")
    page.press("signin.submit")
    page.tab.sees(page.t("refused.offline"))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("where", [
    at_sign_in, at_the_lost_passphrase, at_the_second_step, at_the_code,
    at_the_end_of_a_session, at_a_lost_line])
def test_help_is_at_hand(browsers, portal, later, where, language):
    page = Page(browsers(language=language, phone=True), language)
    where(page, portal, later)
    help_at_hand(page, page.tab.find("complementary", page.t("crisis.label")))
