# SPDX-License-Identifier: Apache-2.0
"""Passkeys, with Chromium's own authenticator: added, used, removed."""

import pytest
from accounts import PASSPHRASE
from pages import Page, Words
from selenium.webdriver.common.virtual_authenticator import (
    VirtualAuthenticatorOptions)


@pytest.fixture(name="key")
def plugged_in(browsers):
    """plug(tab): an authenticator for that browser; taken out afterwards."""
    drivers = []

    def plug(tab, willing=True):
        options = VirtualAuthenticatorOptions()
        options.has_user_verification = True
        options.is_user_verified = willing
        options.is_user_consenting = willing
        if drivers:
            drivers.pop().remove_virtual_authenticator()
        drivers.append(tab.driver)
        tab.driver.add_virtual_authenticator(options)
    yield plug
    for driver in drivers:
        driver.remove_virtual_authenticator()


def add(page, name, passphrase=PASSPHRASE):
    page.press("passkey.add")
    page.fill("passkey.name", name)
    page.fill("account.passphrase.own", passphrase)
    page.press("passkey.make")


@pytest.mark.parametrize("language, setup", [
    ("en", {}), ("es", {"phone": True})])
def test_one_is_added_used_and_removed(browsers, portal, key, language,
                                       setup):
    who = "client1" if language == "en" else "client2"
    page = Page(browsers(language=language, **setup).open("/"), language)
    tab = page.tab
    key(tab)
    portal.browser(who).call("PUT", "/v1/me", {"language": language})
    page.sign_in(portal, who)
    tab.open("/account")
    page.arrived()
    assert page.t.all == Words(language).all
    tab.sees(page.t("passkey.none"))
    # a typing error makes no second one
    add(page, "Blue key", "not my passphrase")
    tab.sees(page.t("refused.passkey.login-refused"))
    tab.axe()
    tab.shot(f"passkey-add-{language}")
    page.fill("account.passphrase.own", PASSPHRASE)
    page.press("passkey.make")
    tab.sees(page.t("passkey.added"))
    tab.sees("Blue key")
    assert len(tab.driver.get_credentials()) == 1
    tab.axe()
    tab.shot(f"passkey-account-{language}")
    # this device has one now
    add(page, "Another")
    tab.sees(page.t("refused.passkey-known"))
    page.press("cancel")

    tab.cdp("Network.clearBrowserCookies")
    page = Page(tab.open("/"), language)
    page.fill("signin.login", portal.accounts[who].login)
    page.fill("signin.passphrase", PASSPHRASE)
    page.press("signin.submit")
    page.heading("factor.title")
    tab.sees(page.t("factor.passkey"))
    assert not tab.all("button", page.t("factor.byapp"))
    tab.axe()
    tab.shot(f"passkey-signin-{language}")
    page.press("factor.bypaper")
    tab.sees(page.t("factor.paper"))
    page.press("factor.bypasskey")
    page.press("factor.use")
    page.arrived()

    tab.open("/account")
    page.arrived()
    tab.click("button", f"{page.t('passkey.remove')} Blue key")
    page.fill("account.passphrase.own", PASSPHRASE)
    tab.axe()
    page.press("passkey.remove", tab.find("dialog"))
    tab.sees(page.t("passkey.removed"))
    tab.sees(page.t("passkey.none"))
    assert tab.kept() == []


def test_who_does_not_go_on_may_try_again(browsers, portal, key):
    page = Page(browsers().open("/"))
    key(page.tab)
    page.sign_in(portal, "client1")
    page.tab.open("/account")
    page.arrived()
    add(page, "Blue key")
    page.tab.sees(page.t("passkey.added"))
    key(page.tab)  # another, that does not know it
    page.tab.cdp("Network.clearBrowserCookies")
    page.tab.open("/")
    page.fill("signin.login", "client1")
    page.fill("signin.passphrase", PASSPHRASE)
    page.press("signin.submit")
    page.press("factor.use")
    page.tab.sees(page.t("refused.passkey-none"))
    page.tab.axe()
    page.press("factor.bypaper")
    page.fill("recover.code", portal.accounts["client1"].recovery_codes.pop())
    page.press("factor.submit")
    page.arrived()
    page.tab.open("/account")
    page.arrived()
    page.tab.click("button", f"{page.t('passkey.remove')} Blue key")
    page.fill("account.passphrase.own", PASSPHRASE)
    page.press("passkey.remove", page.tab.find("dialog"))
    page.tab.sees(page.t("passkey.removed"))


def test_a_provider_begins_with_one(browsers, portal, key):
    """Instead of an app; and keeps it, as one must be."""
    portal.practice.admin.call("POST", "/v1/admin/participants", {
        "external_id": "pk1", "role": "provider", "name": "Pia Key",
        "login": "pia.key", "passphrase": PASSPHRASE})
    page = Page(browsers().open("/"))
    key(page.tab)
    page.fill("signin.login", "pia.key")
    page.fill("signin.passphrase", PASSPHRASE)
    page.press("signin.submit")
    page.heading("factor.setup")
    page.press("factor.bypasskey")
    page.heading("passkey.add")
    page.tab.axe()
    page.fill("passkey.name", "Work computer")
    page.press("passkey.make")
    page.arrived()
    page.tab.open("/account")
    page.arrived()
    page.tab.sees("Work computer")
    assert not page.tab.all(
        "button", f"{page.t('passkey.remove')} Work computer")
