# SPDX-License-Identifier: Apache-2.0
"""An account is opened: the mail's link, the code from staff, a passphrase,
recovery codes, and the second step for whoever must have one."""

import base64
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from accounts import PASSPHRASE, Authenticator
from client import Browser
from pages import Page

ANOTHER = "quiet marble forest lantern"
QUIET = 4  # modules of white around a QR code


def newcomer(portal, external_id, role, name, **more):
    """Somebody without an account: (path of the link, code)."""
    if role == "staff":
        portal.practice.admin.call("POST", "/v1/admin/participants", {
            "external_id": external_id, "role": role, "name": name,
            "addresses": [f"{external_id}@staff.example"], **more}).expect(201)
    else:
        portal.practice.provision(external_id, role, name,
                                  f"{external_id}@people.example", **more)
    link, code = portal.invite(external_id)
    return f"/t/{link}", code


def as_typed(code):
    """By somebody who reads it off a note."""
    return code.upper().replace("-", "  ")


def choose(page, login, passphrase=PASSPHRASE):
    page.fill("signin.login", login)
    page.fill("passphrase.new", passphrase)
    page.press("enrol.set")


def keep_codes(page):
    """The recovery codes, kept."""
    page.tab.find("heading", page.t("codes.title"))
    codes = [item.text for item in page.tab.all("listitem")]
    page.tab.click("checkbox", page.t("codes.kept"))
    page.press("codes.done")
    return [re.search(r"(\w{4}-){2}\w{4}", text)[0] for text in codes]


def modules(picture, size):
    """What a camera sees: rows of "0" and "1", and whether there is nothing
    around them."""
    whole = size + 2 * QUIET
    step = picture.width / whole
    rows = ["".join("01"[picture.dark((x + 0.5) * step, (y + 0.5) * step)]
                    for x in range(whole)) for y in range(whole)]
    inner = [row[QUIET:-QUIET] for row in rows[QUIET:-QUIET]]
    return inner, "1" not in "".join(rows[:QUIET] + rows[-QUIET:] + [
        row[:QUIET] + row[-QUIET:] for row in rows])


def set_up_factor(page):
    """Holds the picture against what the server gave; the authenticator."""
    tab = page.tab
    tab.find("heading", page.t("factor.setup"))
    given = tab.driver.execute_async_script(
        "fetch('/v1/me/totp').then((r) => r.json()).then(arguments[0])")
    image = tab.find("image", page.t("factor.qr"))
    seen, quiet = modules(tab.picture(image, 2), len(given["qr"]))
    assert seen == given["qr"] and quiet
    tab.sees(" ".join(re.findall(".{1,4}", given["secret"])))
    link = urlsplit(given["uri"])
    assert (link.scheme, link.netloc) == ("otpauth", "totp")
    assert parse_qs(link.query)["secret"] == [given["secret"].rstrip("=")]
    assert len(base64.b32decode(given["secret"])) >= 20
    return Authenticator(given["secret"])


@pytest.mark.parametrize("role, language, setup", [
    ("client", "en", {}), ("client", "es", {"phone": True}),
    ("provider", "en", {"phone": True, "dark": True}),
    ("provider", "es", {}), ("staff", "en", {"dark": True}),
    ("staff", "es", {"phone": True, "forced": True})])
def test_an_account_is_opened(browsers, portal, role, language, setup):
    who = f"{role}-{language}"
    picture = "-".join(("enrol", role, language, *setup))
    link, code = newcomer(portal, who, role, "Ann Lakewood", language=language)
    page = Page(browsers(language=language, **setup).open(link), language)
    tab = page.tab

    page.heading("enrol.title")
    tab.find("complementary", page.t("crisis.label"))
    tab.axe()
    tab.shot(f"{picture}-1-code")
    page.fill("enrol.code", as_typed(code))
    page.press("enrol.submit")

    page.heading("enrol.welcome", name="Ann Lakewood")
    least = 15 if role == "client" else 8
    tab.sees(page.t("passphrase.hint", n=least))
    assert [tab.find("textbox", page.t(key)).get_attribute("autocomplete")
            for key in ("signin.login", "passphrase.new")] == [
                "username", "new-password"]
    tab.axe()
    tab.shot(f"{picture}-2-passphrase")
    choose(page, who)

    page.heading("codes.title")
    tab.axe()
    tab.shot(f"{picture}-3-recovery-codes")
    kept = keep_codes(page)
    assert len(set(kept)) == 10

    if role != "client":
        authenticator = set_up_factor(page)
        tab.axe()
        tab.shot(f"{picture}-4-second-step")
        page.fill("factor.code", authenticator.code(portal.practice.offset))
        page.press("factor.finish")
    page.arrived()
    assert page.menu()[-1] == page.t(
        "people.title" if role == "staff" else "messages.title")
    # what was shown are the codes: one lets in whoever has lost all else
    Browser(portal.practice.web, portal.origin).call(
        "POST", "/v1/recoveries", {"login": who, "code": kept[9],
                                   "passphrase": ANOTHER}).expect(204)


def test_the_codes_are_not_left_unkept(browsers, portal):
    link, code = newcomer(portal, "hasty", "client", "Hasty Lakewood")
    page = Page(browsers().open(link))
    page.fill("enrol.code", code)
    page.press("enrol.submit")
    choose(page, "hasty")
    page.heading("codes.title")
    page.press("codes.done")
    page.tab.find("alert")
    page.tab.sees(page.t("codes.tick"))
    assert page.tab.focused() == ("checkbox", page.t("codes.kept"))
    page.press("codes.done")
    assert len(keep_codes(page)) == 10
    page.arrived()


def test_passphrases_are_judged(browsers, portal):
    """Each refusal stands at the field and is read out with it; what was
    right is still there."""
    link, code = newcomer(portal, "weak", "client", "Weak Lakewood",
                          language="es")
    page = Page(browsers(language="es").open(link), "es")
    page.fill("enrol.code", code)
    page.press("enrol.submit")
    tab = page.tab
    page.fill("signin.login", "client2")
    for passphrase, key, values in (
            ("", "form.missing", {}),
            ("lake stone", "refused.too-short", {"n": 15}),
            ("passwordpassword", "refused.too-easy", {}),
            ("aaaaaaaaaaaaaaaaaaaa", "refused.too-easy", {})):
        page.fill("passphrase.new", passphrase)
        page.press("enrol.set")
        box = tab.find("textbox", page.t("passphrase.new"))
        tab.until(lambda b=box: b.get_attribute("aria-invalid") == "true")
        tab.sees(page.t(key, **values))
        assert tab.described(box).endswith(page.t(key, **values))
        assert tab.focused() == ("textbox", page.t("passphrase.new"))
    # the name is another's
    page.fill("passphrase.new", PASSPHRASE)
    page.press("enrol.set")
    tab.sees(page.t("refused.enrol.conflict"))
    assert tab.focused() == ("textbox", page.t("signin.login"))
    tab.axe()
    page.fill("signin.login", "Weak.L")
    page.press("enrol.set")
    keep_codes(page)
    page.arrived()


def test_wrong_codes(browsers, portal):
    """Five tries, the same words for all; then the right one is as wrong,
    and the link leads to sign-in."""
    link, code = newcomer(portal, "unlucky", "client", "Unlucky Lakewood")
    page = Page(browsers().open(link))
    for _ in range(5):
        portal.practice.move_clock(60)
        page.fill("enrol.code", "aaaa-aaaa-aaaa")
        page.press("enrol.submit")
        page.tab.until(lambda: "aaaa" in page.tab.find(
            "textbox", page.t("enrol.code")).get_property("value"))
        page.tab.sees(page.t("refused.enrolment-refused"))
    page.tab.shot("enrol-wrong-code")
    portal.practice.move_clock(60)
    page.fill("enrol.code", code)
    page.press("enrol.submit")
    page.tab.find("alert")
    page.tab.sees(page.t("refused.enrolment-refused"))
    # a link that is dead opens sign-in
    page.tab.open(link)
    page.heading("signin.title")


@pytest.mark.parametrize("link", [
    "a" * 37, "nonsense", "x" * 2000, "%25", "%C3%A4%22%3E", "a?b=c#d"],
    ids=lambda link: link[:12])
def test_a_link_of_nobody_opens_sign_in(browsers, portal, link):
    page = Page(browsers().open(f"/t/{link}"))
    page.heading("signin.title")
    page.sign_in(portal, "client1")


def test_who_stops_half_way_goes_on_at_sign_in(browsers, portal):
    """The passphrase is chosen, the second step is not set up."""
    link, code = newcomer(portal, "half", "provider", "Half Rivers")
    page = Page(browsers().open(link))
    page.fill("enrol.code", code)
    page.press("enrol.submit")
    choose(page, "half", "lake stone heron")
    keep_codes(page)
    page.tab.find("heading", page.t("factor.setup"))
    page.tab.browser.forget()

    page = Page(browsers().open(link))
    page.heading("signin.title")
    page.fill("signin.login", "half")
    page.fill("signin.passphrase", "lake stone heron")
    page.press("signin.submit")
    authenticator = set_up_factor(page)
    page.fill("factor.code", "000000")
    page.press("factor.finish")
    page.tab.sees(page.t("refused.factor-refused"))
    page.fill("factor.code", authenticator.code(portal.practice.offset))
    page.press("factor.finish")
    page.arrived()


def test_an_account_is_reset(browsers, portal):
    """By staff's word: whoever it was is out at once and told by mail; the
    new halves open the account under its old name."""
    newcomer(portal, "reset", "client", "Reset Lakewood")
    portal.open_account("reset", "reset.l")
    page = Page(browsers()).arrive(portal, "reset")
    portal.mailed()
    code = portal.issue("reset", reset=True)
    mails = {mail["kind"]: mail for mail in portal.mailed()}
    assert set(mails) == {"enrolment", "account"}
    page.tab.find("dialog", page.t("again.title"))

    page = Page(browsers("other").open("/t/" + mails["enrolment"]["link"]))
    page.fill("enrol.code", code)
    page.press("enrol.submit")
    login = page.tab.find("textbox", page.t("signin.login"))
    assert login.get_property("value") == "reset.l"
    assert login.get_property("readOnly")
    page.fill("passphrase.new", ANOTHER)
    page.press("enrol.set")
    keep_codes(page)
    page.arrived()
