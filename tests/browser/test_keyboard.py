# SPDX-License-Identifier: Apache-2.0
"""Everything by keyboard alone: where the focus is can always be seen, it is
never lost, and it comes back from where it was."""

import re

import pytest
from pages import Page, code
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

CLIENT, PROVIDER, OTHER = ("Client Number2", "Provider Number1",
                           "Provider Number2")
STOP = """\
const {activeElement, body} = document;
// what is seen of a chooser of files is its label
const at = activeElement.type === "file" ? activeElement.labels[0] :
	activeElement;
const {outlineStyle, outlineWidth} = getComputedStyle(at);
const box = at.getBoundingClientRect();
const seen = document.elementFromPoint(
	Math.max(0, Math.min(box.x + box.width / 2, innerWidth - 1)),
	Math.max(0, Math.min(box.y + box.height / 2, innerHeight - 1)));
return {
	lost: at === body,
	line: outlineStyle === "none" ? 0 : parseFloat(outlineWidth),
	covered: !(at.contains(seen) || seen?.contains(at)),
	size: Math.min(box.width, box.height),
};"""


class Typist:
    """Somebody at a keyboard, who sees where the focus is."""

    def __init__(self, page):
        self.page = page
        self.tab = page.tab

    def press(self, *keys):
        self.tab.keys(*keys)
        return self

    def back(self):
        """Shift+Tab."""
        ActionChains(self.tab.driver).key_down(Keys.SHIFT).send_keys(
            Keys.TAB).key_up(Keys.SHIFT).perform()

    def stop(self):
        """What has the focus; it must be there, be seen, and lie free."""
        at, state = self.tab.focused(), self.tab.js(STOP)
        if not state["lost"]:
            assert state["line"] >= 2, f"no outline on {at}"
            assert not state["covered"], f"something lies over {at}"
            assert state["size"] >= 10, f"{at} can hardly be seen"
        return at

    def to(self, role, name, back=False, steps=60):
        """From stop to stop, until it is that one."""
        passed = []
        for _ in range(steps):
            self.back() if back else self.press(Keys.TAB)
            passed.append(self.stop())
            found = passed[-1]
            if found[0] == role and (
                    name.search(found[1]) if isinstance(name, re.Pattern)
                    else name == found[1]):
                return self
        raise AssertionError(f"{role} {name!r} is not on the way: {passed}")

    def button(self, key, **values):
        return self.to("button", self.page.t(key, **values))

    def at(self, role, name, seconds=30):
        """Waits until the focus is there by itself."""
        self.tab.until(lambda: self.tab.focused() == (role, name), seconds,
                       lambda: f"the focus is on {self.tab.focused()}")
        return self

    def all_stops(self):
        """Once round the page or the dialog."""
        stops, first = [], None
        while len(stops) < 100:
            self.press(Keys.TAB)
            here = self.tab.driver.switch_to.active_element
            if here == first:
                break
            first = first or here
            stops.append(self.stop())
        return stops


def sign_in(typist, portal, who):
    page, account = typist.page, portal.accounts[who]
    typist.to("textbox", page.t("signin.login")).press(account.login)
    typist.to("textbox", page.t("signin.passphrase"))
    typist.press(account.passphrase, Keys.ENTER)
    if account.authenticator:
        page.heading("factor.title")
        typist.to("textbox", page.t("factor.code"))
        typist.press(code(portal, who))
        typist.button("factor.submit").press(Keys.SPACE)
    page.arrived()


def test_a_client_writes_and_reads(browsers, portal):
    page = Page(browsers().open("/"))
    me = Typist(page)
    page.heading("signin.title")
    sign_in(me, portal, "client2")
    # where one has come to is said first
    me.at("heading", page.t("messages.title"))

    # whom to write to: by arrows; Escape leads back
    me.button("compose.button").press(Keys.ENTER)
    page.tab.find("dialog", page.t("compose.title"))
    me.press(Keys.ESCAPE).at("button", page.t("compose.button"))
    me.press(Keys.ENTER)
    dialog = page.tab.find("dialog", page.t("compose.title"))
    me.to("radio", re.compile(PROVIDER)).press(Keys.SPACE)
    me.press(Keys.ARROW_DOWN)
    assert page.tab.find("radio", re.compile(OTHER), dialog).is_selected()
    me.press(Keys.ARROW_UP)
    assert page.tab.find("radio", re.compile(PROVIDER), dialog).is_selected()
    # the dialog is all there is, round and round
    inside = [name for _, name in me.all_stops()]
    assert page.t("menu.signout") not in inside
    me.button("compose.next").press(Keys.ENTER)
    label = page.t("composer.label", name=PROVIDER)
    me.at("textbox", label)
    me.press("Written without a mouse")
    me.button("send.button").press(Keys.ENTER)
    page.delivered(PROVIDER, "Written without a mouse")
    me.at("textbox", label).press("And once more")
    ActionChains(page.tab.driver).key_down(Keys.CONTROL).send_keys(
        Keys.ENTER).key_up(Keys.CONTROL).perform()
    page.delivered(PROVIDER, "And once more")
    me.at("textbox", label)

    # reading: the conversation scrolls under arrows
    me.to("log", page.t("chat.log", name=PROVIDER), back=True)
    # another conversation, by its card; its heading is said
    me.to("button", re.compile(OTHER), back=True).press(Keys.ENTER)
    me.at("heading", OTHER)
    me.to("link", page.t("account.title"), back=True).press(Keys.ENTER)
    me.at("heading", page.t("account.title"))
    me.to("link", page.t("messages.title"), back=True).press(Keys.ENTER)
    me.at("heading", page.t("messages.title"))
    me.to("button", page.t("menu.signout"), back=True).press(Keys.SPACE)
    page.heading("signin.title")


def test_a_provider_on_a_small_screen(browsers, portal):
    client = portal.browser("client1")
    client.write_to(client.contact(PROVIDER)["id"], "A question")
    page = Page(browsers(phone=True)).arrive(portal, "provider1")
    me = Typist(page)
    # the first stop leads past the menu
    me.press(Keys.TAB)
    assert me.stop() == ("link", page.t("skip"))
    me.press(Keys.ENTER)
    me.to("searchbox", page.t("caseload.search")).press("number1")
    me.to("button", re.compile("^Client Number1")).press(Keys.ENTER)
    me.at("heading", "Client Number1")
    me.to("textbox", page.t("composer.label", name="Client Number1"))
    me.press("An answer").button("send.button").press(Keys.SPACE)
    page.delivered("Client Number1", "An answer")
    me.to("button", page.t("chat.back"), back=True).press(Keys.ENTER)
    # back on the card that one came from
    page.tab.until(lambda: page.tab.focused()[1].startswith("Client Number1"),
                   message=page.tab.focused)
    # the menu opens, is walked through, and closes behind one
    menu = re.compile("^" + page.t("menu.button"))
    me.to("button", menu, back=True).press(Keys.ENTER)
    me.press(Keys.TAB)
    assert me.stop()[0] == "link"
    me.press(Keys.ESCAPE)
    assert menu.search(me.stop()[1])
    me.press(Keys.TAB)
    assert me.stop()[0] == "searchbox"
    me.to("button", menu, back=True).press(Keys.SPACE)
    me.to("link", page.t("account.title")).press(Keys.ENTER)
    me.at("heading", page.t("account.title"))


def test_staff_do_all_of_it(browsers, portal):
    page = Page(browsers()).arrive(portal, "staff1", "/people")
    tab, me = page.tab, Typist(page)
    add = page.t("people.add")
    me.to("button", add).press(Keys.ENTER)
    tab.find("dialog", add)
    me.press(Keys.ESCAPE).at("button", add)
    me.press(Keys.ENTER)
    dialog = tab.find("dialog", add)
    me.to("textbox", page.t("people.number")).press("kb1")
    me.to("textbox", page.t("people.name")).press("Keyboard Person")
    me.to("textbox", page.t("people.addresses")).press("kb1@people.example")
    me.to("button", add).press(Keys.ENTER)
    tab.gone("dialog")
    me.at("heading", "Keyboard Person")

    # someone to work with
    me.button("person.add.provider").press(Keys.ENTER)
    dialog = tab.find("dialog", page.t("person.add.provider"))
    me.to("searchbox", page.t("caseload.search")).press("number2")
    tab.until(lambda: len(tab.all("button", re.compile("^Provider"),
                                  dialog)) == 1)
    me.to("button", re.compile("^Provider Number2")).press(Keys.ENTER)
    tab.gone("dialog")
    tab.sees(page.t("person.current"))
    me.at("button", page.t("person.add.provider"))
    # one button becomes another under the finger
    me.to("button", f"{page.t('person.close')} {OTHER}", back=True)
    me.press(Keys.ENTER).at("button", f"{page.t('person.open')} {OTHER}")
    me.press(Keys.SPACE).at("button", f"{page.t('person.close')} {OTHER}")
    me.to("button", f"{page.t('person.end')} {OTHER}").press(Keys.ENTER)
    tab.find("alertdialog")
    me.press(Keys.ESCAPE).at("button", f"{page.t('person.end')} {OTHER}")
    me.press(Keys.ENTER)
    tab.find("alertdialog")
    me.button("person.end").press(Keys.ENTER)
    tab.gone("alertdialog")
    me.at("button", f"{page.t('person.again')} {OTHER}")

    # a code
    me.to("button", page.t("person.enrol"), back=True).press(Keys.ENTER)
    tab.find("dialog", page.t("person.code.title"))
    me.button("person.code.done").press(Keys.ENTER)
    tab.gone("dialog")
    me.at("button", page.t("person.enrol"))
    # details
    me.to("textbox", page.t("people.name")).press(Keys.END, " Jr.")
    me.button("save").press(Keys.ENTER)
    tab.find("heading", "Keyboard Person Jr.")
    me.at("button", page.t("save"))
    me.to("button", page.t("people.back"), back=True).press(Keys.ENTER)
    me.at("heading", page.t("people.title"))


@pytest.mark.parametrize("who", ["client1", "provider2"])
def test_the_account_page(browsers, portal, who):
    page = Page(browsers()).arrive(portal, who, "/account")
    tab, me = page.tab, Typist(page)
    tab.sees(page.t("account.sessions"))
    opened = (["account.passphrase.change", "account.codes.new",
               "account.factor.set" if who == "client1" else
               "account.factor.again"])
    for key in opened:
        me.button(key).press(Keys.ENTER)
        tab.find("dialog")
        stops = me.all_stops()
        assert ("button", page.t("cancel")) in stops
        assert ("button", page.t("menu.signout")) not in stops
        me.press(Keys.ESCAPE)
        tab.gone("dialog")
        me.at("button", page.t(key))
    # new codes are read first, and cannot be escaped from
    me.to("button", page.t("account.codes.new"), back=True).press(Keys.ENTER)
    tab.find("dialog", page.t("account.codes.new"))
    me.to("textbox", page.t("account.passphrase.own"))
    me.press(portal.accounts[who].passphrase, Keys.ENTER)
    tab.find("dialog", page.t("codes.title"))
    me.press(Keys.ESCAPE, Keys.ESCAPE)
    tab.find("dialog", page.t("codes.title"))
    me.to("checkbox", page.t("codes.kept")).press(Keys.SPACE)
    me.button("codes.done").press(Keys.ENTER)
    tab.gone("dialog")
    me.at("button", page.t("account.codes.new"))
    if who == "provider2":
        me.to("spinbutton", page.t("account.response.to"), back=True)
        me.press(Keys.ARROW_UP)
        me.button("save").press(Keys.SPACE)
        tab.sees(page.t("account.response.own", days="1\u20134 days"))
        tab.until(lambda: tab.focused() != ("generic", "") and not tab.js(
            "return document.activeElement === document.body"),
            message=tab.focused)


def test_the_ways_round_are_walked(browsers, portal):
    """Lost passphrase, language, back."""
    page = Page(browsers().open("/"))
    me = Typist(page)
    page.heading("signin.title")
    stops = me.all_stops()
    assert [name for _, name in stops[:4]] != []
    me.to("button", page.t("signin.lost")).press(Keys.ENTER)
    page.heading("recover.title")
    me.to("button", page.t("recover.back")).press(Keys.SPACE)
    page.heading("signin.title")
    me.to("combobox", page.t("language.label"), back=True)
    me.press(Keys.ARROW_DOWN)
    Page(page.tab, "es").heading("signin.title")
