# SPDX-License-Identifier: Apache-2.0
"""Every view and every dialog, in both languages, large and small, light and
dark: nothing for axe to find, nothing that sticks out; and a picture of each.

The stories below only go from view to view; what is done there is tested
elsewhere."""

import re

import pytest
from files import pdf
from images import png
from pages import Page, send_files
from selenium.webdriver.common.keys import Keys
from test_drafts import field, type_in
from test_enrolment import ANOTHER, choose, newcomer
from test_session import ended, warned
from test_signin import try_in

PROVIDER, OTHER, THIRD = ("Provider Number1", "Provider Number2",
                          "Dr. Wilhelmina Featherstonehaugh-Cholmondeley")
CLIENT = "Client Number2"
LOOKS = {"desktop-light": {}, "desktop-dark": {"dark": True},
         "phone-light": {"phone": True},
         "phone-dark": {"phone": True, "dark": True}}
# which of them in which language
JUDGED = {"en": ("desktop-light", "phone-dark"),
          "es": ("desktop-dark", "phone-light")}
LANGUAGES = pytest.mark.parametrize("language", list(JUDGED))
HOUR = 3600
LONG = "A longer one, as people write them on a train. " * 9


def see(page, name):
    """Looks at what is there, large and small, light and dark: half of the
    ways in one language, half in the other. Colours change at once."""
    tab, language = page.tab, page.tab.setup["language"]
    for look in JUDGED[language]:
        tab.look(**LOOKS[look], calm=True, language=language)
        tab.fits()
        tab.axe()
        tab.shot(f"view-{name}-{look}-{language}")
    tab.look(zoom=2, language=language)
    tab.fits()
    tab.look(language=language)


@pytest.fixture(scope="module", autouse=True)
def _something_to_see(portal):
    """Client2 has a conversation over three days with one provider, a past
    one who is closed to writing, and one they have not written to."""
    place = portal.practice
    place.provision("p3", "provider", THIRD, "p3@providers.example",
                    credentials="PhD, LPC, LMFT, NCC, and a few more")
    place.relate("client2", "p3")
    mine, theirs = portal.browser("client2"), portal.browser("provider1")
    theirs.write_to(theirs.contact(CLIENT)["id"], "How did the week go?")
    thread = mine.contact(PROVIDER)["thread"]["id"]
    place.move_clock(26 * HOUR)
    mine, theirs = portal.browser("client2"), portal.browser("provider1")
    mine.write(thread, LONG)
    theirs.write(thread, "I see.\n\nLet us talk about it on Tuesday:\n"
                 "https://visits.lakeside.example/" + "x" * 90)
    portal.browser("provider2").write_to(
        portal.browser("provider2").contact(CLIENT)["id"], "Goodbye")
    reply = portal.mailed()[-1]["reply"]
    place.move_clock(30 * HOUR)
    place.bridge_api.call("POST", "/v1/bridge/inbound", {
        "recipient": f"r-{reply}", "kind": "person"}).expect(200)
    place.relate("client2", "provider2", False, writable=False)
    mine, theirs = portal.browser("client2"), portal.browser("provider1")
    send_files(theirs, CLIENT, {
        "A questionnaire for the next time, with a rather long name.pdf":
            (pdf(), "application/pdf"),
        "drawing.png": (png(300, 200), "image/png")}, "Please fill this in.")
    send_files(mine, PROVIDER, {
        "wide.png": (png(1000, 50), "image/png"),
        "high.png": (png(30, 900), "image/png"),
        "diary.csv": (b"day;mood\n1;good\n", "text/csv")})
    mine.write(thread, "Thank you.")


def speaks(portal, who, language):
    portal.browser(who).call("PUT", "/v1/me", {"language": language}
                             ).expect(200)


@LANGUAGES
def test_before_signing_in(browsers, portal, language):
    page = Page(browsers(language=language).open("/"), language)
    page.heading("signin.title")
    see(page, "signin")
    page.press("signin.submit")
    see(page, "signin-missing")
    account = portal.accounts["provider1"]
    try_in(page, account.login, account.passphrase)
    page.heading("factor.title")
    see(page, "second-step")
    page.press("factor.bypaper")
    page.tab.find("textbox", page.t("recover.code"))
    see(page, "recovery-code")
    page.press("factor.restart")
    page.heading("signin.title")
    page.press("signin.lost")
    page.heading("recover.title")
    see(page, "lost-passphrase")

    link, code = newcomer(portal, f"new-{language}", "provider",
                          "Maximiliana Featherstonehaugh-Cholmondeley")
    page.tab.open(link)
    page.heading("enrol.title")
    see(page, "enrol-code")
    page.fill("enrol.code", code)
    page.press("enrol.submit")
    page.tab.find("textbox", page.t("passphrase.new"))
    page.fill("passphrase.new", "short")
    page.fill("signin.login", f"new-{language}")
    page.press("enrol.set")
    page.tab.sees(page.t("refused.too-short", n=8))
    see(page, "enrol-refused")
    choose(page, f"new-{language}", ANOTHER)
    page.heading("codes.title")
    page.press("codes.done")
    see(page, "enrol-codes")
    page.tab.click("checkbox", page.t("codes.kept"))
    page.press("codes.done")
    page.tab.find("heading", page.t("factor.setup"))
    see(page, "enrol-second-step")


@LANGUAGES
def test_a_clients_pages(browsers, portal, later, language):
    speaks(portal, "client1", language)
    page = Page(browsers(language=language)).arrive(portal, "client1")
    page.chat(PROVIDER)
    see(page, "client-one-provider")
    page.press("compose.button")
    page.tab.find("dialog")
    see(page, "client-one-provider-compose")

    speaks(portal, "client2", language)
    page.arrive(portal, "client2")
    page.tab.until(lambda: len(page.cards()) == 3)
    see(page, "client-cards")
    page.choose(PROVIDER)
    page.tab.until(lambda: page.bodies(PROVIDER)[-1:] == ["Thank you."])
    see(page, "client-chat")
    type_in(page, PROVIDER, "x" * 33000)
    page.tab.sees(page.t("composer.over", n="232"))
    see(page, "client-too-long")
    field(page, PROVIDER).send_keys(Keys.CONTROL, "a", Keys.DELETE)
    page.choose(OTHER)
    page.tab.sees(page.t("closed.writing-closed", name=OTHER))
    see(page, "client-closed")
    page.choose(THIRD)
    see(page, "client-nothing-yet")
    page.press("compose.button", page.chat(THIRD))
    dialog = page.tab.find("dialog")
    see(page, "client-select-provider")
    page.press("compose.next", dialog)
    page.tab.gone("dialog")
    see(page, "client-first-word")
    later(13 * 60 + 10)
    warned(page)
    see(page, "idle-warning")
    later(180)
    ended(page)
    see(page, "session-ended")
    speaks(portal, "client1", "en")
    speaks(portal, "client2", "en")


@LANGUAGES
@pytest.mark.parametrize("who, name", [("client2", PROVIDER),
                                       ("provider1", CLIENT)])
def test_files(browsers, portal, tmp_path, language, who, name):
    speaks(portal, who, language)
    page = Page(browsers(language=language)).arrive(portal, who)
    page.choose(name)
    page.tab.until(lambda: page.bodies(name)[-1:] == ["Thank you."])
    for number, each in enumerate(("drawing.png", "diary.csv")):
        page.tab.js("""\
[...document.querySelectorAll(".attachments")].at(arguments[0])
	.scrollIntoView({block: "center"});""", number)
        see(page, f"{who.rstrip('12')}-files-{each.partition('.')[0]}")
    large = tmp_path / "Everything that was ever written down.pdf"
    large.write_bytes(pdf(4 << 20))
    small = tmp_path / "small.pdf"
    small.write_bytes(pdf())
    wrong = tmp_path / "wrong.pdf"
    wrong.write_bytes(png())
    other = tmp_path / "setup.exe"
    other.write_bytes(b"MZ")
    page.tab.slow(20_000)  # it is looked at in many ways meanwhile
    page.attach(wrong, large, other)
    page.tab.sees(page.t("refused.file.mismatch"))
    page.attach(small, other)
    page.tab.until(lambda: page.chosen()[-1][1] == page.t("files.ready"))
    see(page, f"{who.rstrip('12')}-files-chosen")
    page.tab.click("button", f"{page.t('files.remove')} wrong.pdf")
    page.press("send.button")
    page.tab.sees(page.t("send.loading"))
    see(page, f"{who.rstrip('12')}-files-awaited")
    page.press("send.change")
    for each, key in ((large, "cancel"), (small, "files.remove")):
        page.tab.click("button", f"{page.t(key)} {each.name}")
    page.tab.slow()
    speaks(portal, who, "en")


@LANGUAGES
def test_a_providers_pages(browsers, portal, language):
    speaks(portal, "provider1", language)
    page = Page(browsers(language=language)).arrive(portal, "provider1")
    page.tab.until(lambda: len(page.cards()) == 2)
    see(page, "provider-caseload")
    page.choose(CLIENT)
    page.tab.until(lambda: len(page.bodies(CLIENT)) == 6)
    see(page, "provider-chat")
    page.tab.look(phone=True, language=language)
    page.press("chat.back")
    page.tab.look(language=language)
    page.choose("Client Number1")
    see(page, "provider-first-word")
    page.tab.find("searchbox").send_keys("nobody")
    page.tab.sees(page.t("caseload.none"))
    see(page, "provider-nobody-found")
    page.tab.open("/account")
    page.arrived()
    page.tab.find("heading", page.t("account.sessions"))
    see(page, "provider-account")
    for key, name in (("account.passphrase.change", "passphrase"),
                      ("account.factor.again", "second-step"),
                      ("account.codes.new", "new-codes")):
        page.press(key)
        dialog = page.tab.find("dialog")
        see(page, f"account-{name}")
        if name != "new-codes":
            page.press("cancel", dialog)
            page.tab.gone("dialog")
    page.fill("account.passphrase.own",
              portal.accounts["provider1"].passphrase)
    page.press("account.codes.new", dialog)
    page.tab.find("dialog", page.t("codes.title"))
    see(page, "account-codes")
    speaks(portal, "provider1", "en")


@LANGUAGES
def test_staffs_pages(browsers, portal, language):
    speaks(portal, "staff1", language)
    page = Page(browsers(language=language)).arrive(portal, "staff1")
    tab = page.tab
    tab.find("button", re.compile("^Client Number2"))
    see(page, "staff-people")
    page.press("people.add")
    dialog = tab.find("dialog")
    page.press("people.add", dialog)
    see(page, "staff-add")
    page.press("cancel", dialog)
    tab.gone("dialog")
    tab.click("button", re.compile("^Client Number2"))
    tab.find("heading", CLIENT)
    see(page, "staff-person")
    for key, name in (("person.add.provider", "relate"),
                      ("person.reset", "reset"),
                      ("person.disable", "disable")):
        page.press(key)
        dialog = tab.until(lambda: tab.all("dialog")
                           + tab.all("alertdialog"))[0]
        see(page, f"staff-{name}")
        page.press("cancel", dialog)
        tab.gone("dialog")
        tab.gone("alertdialog")
    tab.click("button", f"{page.t('person.end')} {PROVIDER}")
    see(page, "staff-end")
    page.press("cancel")
    page.press("people.back")
    tab.click("button", re.compile("^" + re.escape(THIRD)))
    tab.find("heading", THIRD)
    page.press("person.enrol")
    tab.find("dialog", page.t("person.code.title"))
    see(page, "staff-code")
    page.press("person.code.done")
    tab.sees(page.t("people.account.invited"))
    see(page, "staff-invited")
    speaks(portal, "staff1", "en")
