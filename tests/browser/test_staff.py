# SPDX-License-Identifier: Apache-2.0
"""What staff do: people, who works with whom, codes, addresses. And what they
never see."""

import re

import pytest
from client import Browser
from images import png
from pages import Page
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

CLIENT, PROVIDER = "Client Number1", "Provider Number1"


@pytest.fixture
def page(browsers, portal):
    return Page(browsers()).arrive(portal, "staff1", "/people")


def rows(page):
    """What is read out of the list, line by line."""
    return page.tab.names("button", page.tab.find(
        "list", within=page.tab.find("main")))


def open_person(page, name):
    page.tab.find("searchbox", page.t("caseload.search")).send_keys(name)
    page.tab.click("button", re.compile(f"^{re.escape(name)} "))
    page.tab.find("heading", name)


def said(page, key, **values):
    """At the foot of the page; then it is read out, too."""
    page.tab.until(lambda: any(
        page.t(key, **values) == region.text
        for region in page.tab.all("status")))


def known(portal, external_id):
    return portal.practice.portal.call(
        "GET", f"/v1/participants/{external_id}").expect(200).json


def asked(page, path):
    """The status that staff's own page gets for a path."""
    return page.tab.driver.execute_async_script(
        "fetch(arguments[0]).then((r) => arguments[1](r.status))", path)


# ---- what they never see ---------------------------------------------------
def test_no_message_is_to_be_had(browsers, portal):
    client = portal.browser("client1")
    thread = client.write_to(client.contact(PROVIDER)["id"],
                             "For the provider alone")["thread"]["id"]
    link = portal.link("message")
    page = Page(browsers())
    for path in ("/", "/messages", "/people", link, "/account"):
        page.arrive(portal, "staff1", path)
        page.tab.find("heading", page.t(
            "account.title" if path == "/account" else "people.title"))
        assert page.menu()[-1] == page.t("people.title")
        assert page.t("messages.title") not in page.menu()
        assert not page.tab.all("textbox", re.compile(page.t(
            "composer.label", name="")))
    assert {path: asked(page, path) for path in (
        "/v1/contacts", f"/v1/threads/{thread}",
        f"/v1/threads/{thread}/entries", f"/v1/threads/{thread}/draft")} == {
            "/v1/contacts": 403, f"/v1/threads/{thread}": 404,
            f"/v1/threads/{thread}/entries": 404,
            f"/v1/threads/{thread}/draft": 404}
    # nor of anything that is said while they look at somebody
    page.tab.open("/people")
    page.arrived()
    open_person(page, CLIENT)
    client.write(thread, "Another one")
    page.tab.wait(1)
    for text in ("For the provider alone", "Another one"):
        assert text not in page.tab.js(
            "return document.documentElement.outerHTML")
    assert not page.tab.driver.title.startswith("(")


# ---- people -----------------------------------------------------------------
@pytest.mark.parametrize("language, setup, who, number", [
    ("en", {}, "Zo\u00eb \u00d1and\u00fa", "c/100 \u00fc"),
    ("es", {"phone": True}, "Jos\u00e9 \u00c1lvarez", "prov?101#x")])
def test_somebody_is_added_and_found(browsers, portal, language, setup, who,
                                     number):
    role = "client" if language == "en" else "provider"
    portal.browser("staff1").call("PUT", "/v1/me", {
        "language": language}).expect(200)
    page = Page(browsers(**setup)).arrive(portal, "staff1", "/people")
    tab = page.tab
    tab.shot("-".join(("people", language, *setup)))
    tab.axe()
    page.press("people.add")
    dialog = tab.find("dialog", page.t("people.add"))
    page.press("people.add", dialog)
    tab.sees(page.t("form.missing"))
    assert tab.focused() == ("textbox", page.t("people.number"))
    tab.axe()
    tab.shot("-".join(("people-add", language, *setup)))
    Select(tab.find("combobox", page.t("people.role"), dialog)
           ).select_by_value(role)
    # a number that somebody has already
    page.fill("people.number", "client1")
    page.fill("people.name", who)
    page.fill("people.credentials", "PhD, LPC")
    page.fill("people.addresses", "one@people.example\ntwo@people.example")
    page.press("people.add", dialog)
    tab.sees(page.t("refused.people.conflict"))
    assert tab.focused() == ("textbox", page.t("people.number"))
    page.fill("people.number", number)
    page.press("people.add", dialog)
    tab.gone("dialog")
    tab.find("heading", who)
    tab.sees(page.t("people.account.none"))
    tab.axe()
    tab.shot("-".join(("person", language, *setup)))
    made = portal.browser("staff1").call("POST", "/v1/participants/search", {
        "q": who}).expect(200).json["items"]
    assert [(p["external_id"], p["role"], p["credentials"]) for p in made
            ] == [(number, role, "PhD, LPC")]
    # back in the list, by name without its accents, and by number
    page.press("people.back")
    tab.find("heading", page.t("people.title"))
    box = tab.find("searchbox", page.t("caseload.search"))
    for wanted in (who[:4].upper(), number[-3:]):
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(wanted)
        tab.until(lambda: [r.startswith(who) for r in rows(page)] == [True])
    said(page, "caseload.found", n=1)
    box.send_keys("nobody has this")
    tab.sees(page.t("caseload.none"))
    portal.browser("staff1").call("PUT", "/v1/me", {"language": "en"})


def test_long_lists_come_page_by_page(page, portal):
    for n in range(120):
        portal.practice.provision(f"many{n}", "client", f"Many {n:03}")
    page.tab.driver.refresh()
    page.tab.until(lambda: len(rows(page)) == 50)
    page.press("people.more")
    page.tab.until(lambda: len(rows(page)) == 100)
    page.press("people.more")
    page.tab.gone("button", page.t("people.more"))
    page.tab.until(lambda: len(rows(page)) >= 125)
    assert len(rows(page)) == len(set(rows(page)))
    box = page.tab.find("searchbox", page.t("caseload.search"))
    box.send_keys("many 04")
    page.tab.until(lambda: len(rows(page)) == 10)


def test_details_are_changed(page, portal):
    open_person(page, "Provider Number2")
    page.fill("people.name", "Provider Renamed")
    page.fill("people.credentials", "MSW")
    Select(page.tab.find("combobox", page.t("language.label"))
           ).select_by_value("es")
    Select(page.tab.find("combobox", page.t("account.zone"))
           ).select_by_value("America/Chicago")
    button, = (b for b in page.tab.all("button", page.t("save"))
               if b.find_element("xpath", "ancestor::form").find_elements(
                   "name", "credentials"))
    button.click()
    said(page, "saved")
    page.tab.find("heading", "Provider Renamed")
    one = known(portal, "provider2")
    assert [one[key] for key in ("name", "credentials", "language",
                                 "time_zone")] == [
        "Provider Renamed", "MSW", "es", "America/Chicago"]
    # and what was not on that form is as it was
    assert [a["address"] for a in one["addresses"]] == [
        "provider2@providers.example"]
    portal.practice.provision(
        "provider2", "provider", "Provider Number2",
        "provider2@providers.example", language="en", credentials="")


def fill_addresses(page, *addresses):
    """And saves them, by the button under them."""
    page.fill("people.addresses", "\n".join(addresses))
    page.tab.find("textbox", page.t("people.addresses")).find_element(
        "xpath", "ancestor::form").find_element("tag name", "button").click()


def test_an_address_is_fixed(page, portal):
    """The mail with the link could not be delivered: staff see that and
    correct it; the next one goes to the new address."""
    portal.practice.provision("typo", "client", "Ty Pobox",
                              "ty@clients.exmaple")
    portal.mailed()
    portal.issue("typo")
    mail, = portal.practice.bridge_api.call(
        "POST", "/v1/bridge/leases", {"max": 20, "wait": 0}).json["items"]
    assert mail["to"] == "ty@clients.exmaple"
    portal.practice.bridge_api.call("POST", "/v1/bridge/results", {"items": [
        {"id": mail["id"], "outcome": "failed", "code": "5.1.2"}]}).expect(200)
    open_person(page, "Ty Pobox")
    page.tab.sees(page.t("person.mail.failed"))
    page.tab.axe()
    page.tab.shot("person-mail-failed")
    fill_addresses(page, "not an address")
    page.tab.sees(page.t("refused.people.invalid-field"))
    assert page.tab.focused() == ("textbox", page.t("people.addresses"))
    fill_addresses(page, "ty@clients.example", "ty.pobox@work.example")
    said(page, "saved")
    assert {a["address"] for a in known(portal, "typo")["addresses"]} == {
        "ty@clients.example", "ty.pobox@work.example"}
    page.press("person.enrol")
    the_code(page)
    page.tab.sees(page.t("person.mail.pending"))
    assert portal.mailed()[-1]["to"] in ("ty@clients.example",
                                         "ty.pobox@work.example")


def test_a_picture_is_given(browsers, portal, page, directory):
    (directory / "face.png").write_bytes(png(300, 200))
    (directory / "face.txt").write_text("no picture")
    client = Page(browsers("client")).arrive(portal, "client2")
    open_person(page, PROVIDER)
    chooser = page.tab.driver.find_element("css selector", "[type=file]")
    chooser.send_keys(str(directory / "face.txt"))
    said(page, "person.picture.none")
    page.tab.driver.find_element("css selector", "[type=file]").send_keys(
        str(directory / "face.png"))
    said(page, "saved")
    for each in (page, client):
        each.tab.until(lambda e=each: e.tab.js("""\
return [...document.querySelectorAll(".face img")]
	.map((image) => image.naturalWidth);""") == [256])
    page.press("person.picture.remove")
    client.tab.until(lambda: client.tab.js(
        "return document.querySelectorAll('.face img').length") == 0)


# ---- who works with whom ---------------------------------------------------
def test_relations_begin_and_end(browsers, portal, page):
    """The client sees each of it at once."""
    client = Page(browsers("client", phone=True)).arrive(portal, "client1")
    client.chat(PROVIDER)
    open_person(page, CLIENT)

    page.press("person.add.provider")
    dialog = page.tab.find("dialog", page.t("person.add.provider"))
    page.tab.find("searchbox", within=dialog).send_keys("NUMBER2")
    page.tab.axe()
    page.tab.shot("person-relate")
    page.tab.click("button", re.compile("^Provider Number2"), dialog)
    said(page, "person.added", name="Provider Number2")
    client.press("chat.back")
    client.tab.until(lambda: len(client.cards()) == 2)

    name = "Provider Number2"
    page.tab.click("button", f"{page.t('person.close')} {name}")
    page.tab.sees(page.t("person.closed"))
    client.choose(name)
    client.tab.sees(client.t("closed.writing-closed", name=name))
    client.tab.find("link", "555 0100")
    page.tab.click("button", f"{page.t('person.open')} {name}")
    page.tab.until(lambda: page.t("person.closed") not in page.tab.text())
    client.tab.find("button", client.t("compose.button"))

    page.tab.click("button", f"{page.t('person.end')} {name}")
    page.tab.find("alertdialog", page.t("person.end.title", name=name))
    page.tab.axe()
    page.press("cancel")
    page.tab.gone("alertdialog")
    assert page.t("person.past") not in page.tab.text()
    page.tab.click("button", f"{page.t('person.end')} {name}")
    page.press("person.end", page.tab.find("alertdialog"))
    page.tab.sees(page.t("person.past"))
    client.tab.sees(client.t("card.past"))
    # past, and still to be written to
    client.tab.find("button", client.t("compose.button"))
    page.tab.click("button", f"{page.t('person.again')} {name}")
    page.tab.until(lambda: page.t("person.past") not in page.tab.text())
    client.tab.until(lambda: client.t("card.past") not in client.tab.text())


# ---- accounts --------------------------------------------------------------
def the_code(page):
    """It is shown, and cannot be dismissed before it was handed over."""
    dialog = page.tab.find("dialog", page.t("person.code.title"))
    page.tab.keys(Keys.ESCAPE, Keys.ESCAPE)
    code = re.search(r"\b(\w{4}-){2}\w{4}\b", page.tab.text(dialog))[0]
    page.tab.axe()
    page.tab.shot("person-code")
    page.press("person.code.done", dialog)
    page.tab.gone("dialog")
    assert code not in page.tab.js("return document.body.outerHTML")
    return code


def test_a_code_is_handed_out(browsers, portal, page):
    portal.practice.provision("new1", "client", "Newly Arrived",
                              "new1@clients.example")
    portal.mailed()
    open_person(page, "Newly Arrived")
    page.press("person.enrol")
    code = the_code(page)
    page.tab.sees(page.t("people.account.invited"))
    page.tab.sees(page.t("person.mail.pending"))
    link = portal.link().rsplit("/", 1)[1]
    Browser(portal.practice.web, portal.origin).call(
        "POST", "/v1/enrolments", {"link": link, "code": code}).expect(200)
    page.tab.driver.refresh()
    page.arrived()
    page.tab.find("heading", "Newly Arrived")
    page.tab.sees(page.t("person.mail.sent"))


def test_a_code_needs_an_address(page, portal):
    portal.practice.provision("nomail", "client", "Without Mail")
    open_person(page, "Without Mail")
    page.press("person.enrol")
    said(page, "refused.people.invalid-field")
    assert not page.tab.all("dialog")


def test_an_account_is_reset(browsers, portal, page):
    client = Page(browsers("client")).arrive(portal, "client2")
    open_person(page, "Client Number2")
    page.press("person.reset")
    page.tab.find("alertdialog", page.t("person.reset.title",
                                        name="Client Number2"))
    page.tab.axe()
    page.tab.shot("person-reset")
    page.press("cancel")
    page.tab.gone("alertdialog")
    assert known(portal, "client2")["account"] == "active"
    page.press("person.reset")
    portal.mailed()
    page.press("person.reset", page.tab.find("alertdialog"))
    code = the_code(page)
    page.tab.sees(page.t("people.account.reset"))
    client.tab.find("dialog", client.t("again.title"))
    mails = {mail["kind"]: mail for mail in portal.mailed()}
    assert set(mails) == {"enrolment", "account"}
    portal.enrol("client2", f"/t/{mails['enrolment']['link']}", code)


def test_somebody_is_disabled_and_enabled(browsers, portal, page):
    client = Page(browsers("client")).arrive(portal, "client2")
    open_person(page, "Client Number2")
    page.press("person.disable")
    page.press("person.disable", page.tab.find("alertdialog", page.t(
        "person.disable.title", name="Client Number2")))
    page.tab.sees(page.t("people.inactive"))
    client.tab.find("dialog", client.t("again.title"))
    assert not page.tab.all("button", page.t("person.enrol"))
    page.press("person.enable")
    said(page, "saved")
    assert known(portal, "client2")["active"]
