# SPDX-License-Identifier: Apache-2.0
"""For whoever hears the page, cannot bear motion, needs contrast or wider
letters, or reads from right to left."""

import json

import pytest
from conftest import fill, new_portal
from files import pdf
from images import png
from pages import Page, send_files
from postern import SOURCE
from test_drafts import type_in
from test_looks import LOOKS, LONG

CLIENT, PROVIDER, OTHER = ("Client Number2", "Provider Number1",
                           "Provider Number2")
# what a screen reader is told by the page itself, in its order
HEAR = """\
window.postern_heard = [];
new MutationObserver((changes) => {
	for (const {target, addedNodes} of changes) {
		const region = (target.closest ? target : target.parentElement)
			?.closest("[role=status], [role=alert], [role=log], [aria-live]");
		const live = region?.getAttribute("aria-live");

		if (!region || live === "off" || !region.isConnected)
			continue;
		for (const node of addedNodes)
			window.postern_heard.push(
				(node.innerText ?? node.textContent).trim());
	}
}).observe(document.body, {childList: true, subtree: true});
"""


@pytest.fixture(scope="module")
def portal(directory):
    """With a language that is not there yet: the English words, written from
    right to left and a good deal longer."""
    place = new_portal(directory, **{"portal.languages": "en es he"})
    words = json.loads((SOURCE / "portal/lang/en.json").read_text())

    def turned(text):
        return f"\u05d0\u05d1\u05d2 {text} \u05d3\u05d4\u05d5"
    trial = {key: {n: turned(one) for n, one in word.items()} if isinstance(
        word, dict) else turned(word) for key, word in words.items()}
    trial |= {"name": "\u05e0\u05d9\u05e1\u05d9\u05d5\u05df", "dir": "rtl"}
    path = place.nginx.portal_dir / "lang/he.json"
    path.write_text(json.dumps(trial))
    path.chmod(0o644)
    for started in fill(place):
        yield started


@pytest.fixture(scope="module", autouse=True)
def _conversations(portal):
    for who, to in (("client1", PROVIDER), ("client2", PROVIDER),
                    ("provider1", CLIENT)):
        writer = portal.browser(who)
        writer.write_to(writer.contact(to)["id"], LONG)


def listen(page):
    page.tab.js(HEAR)


def heard(page, part):
    return [text for text in page.tab.js("return window.postern_heard")
            if part in text]


# ---- hearing ---------------------------------------------------------------
def test_new_messages_are_said_once(browsers, portal):
    """In the conversation one is in; and that there are some, elsewhere."""
    provider = portal.browser("provider1")
    for n in range(58):
        thread = provider.write_to(provider.contact(CLIENT)["id"],
                                   f"Number {n}.")["thread"]["id"]
    page = Page(browsers()).arrive(portal, "client2")
    listen(page)
    page.choose(PROVIDER)
    page.tab.until(lambda: len(page.bodies(PROVIDER)) == 50)
    # neither what was there before, nor what was there long ago
    page.press("chat.earlier")
    page.tab.until(lambda: len(page.bodies(PROVIDER)) == 60)
    page.tab.wait(0.5)
    assert heard(page, "Number") == []
    provider.write(thread, "While one looks.")
    page.tab.until(lambda: heard(page, "While one looks."))
    page.send(PROVIDER, "One's own.")
    page.tab.wait(3)
    assert len(heard(page, "While one looks.")) == 1
    assert len(heard(page, "One's own.")) == 1
    assert heard(page, page.t("send.delivered")) != []
    assert heard(page, page.t("menu.announce", n=1)) == []

    page.tab.click("link", page.t("account.title"))
    page.heading("account.title")
    provider.write(thread, "Somewhere else.")
    page.tab.until(lambda: heard(page, page.t("menu.announce", n=1)))
    provider.write(thread, "And once more.")
    page.tab.until(lambda: heard(page, page.t("menu.announce", n=2)))
    page.tab.wait(3)
    assert len(heard(page, "unread message")) == 2
    assert heard(page, "Somewhere else.") == []


def test_what_goes_wrong_is_said(browsers, portal):
    page = Page(browsers().open("/"))
    page.heading("signin.title")
    listen(page)
    page.fill("signin.login", "client1")
    page.fill("signin.passphrase", "not the right one at all")
    page.press("signin.submit")
    page.tab.until(lambda: heard(page, page.t("refused.login-refused")))
    page = page.arrive(portal, "client1")
    listen(page)
    page.tab.offline()
    page.tab.until(lambda: heard(page, page.t("live.lost")))
    page.tab.offline(False)
    page.tab.until(lambda: heard(page, page.t("live.back")))
    assert len(heard(page, page.t("live.lost"))) == 1


def test_every_message_says_whose_it_is(browsers, portal):
    provider = portal.browser("provider1")
    provider.write_to(provider.contact("client1")["id"], "From the provider")
    page = Page(browsers()).arrive(portal, "client1")
    page.send(PROVIDER, "From the client")
    first = page.tab.js("""\
return [...document.querySelectorAll(".message")].slice(-2)
	.map((one) => one.innerText.split("\\n")[0]);""")
    assert first == [page.t("chat.who", name=PROVIDER), page.t("chat.you")]


# ---- seeing -----------------------------------------------------------------
def test_nothing_moves_for_whoever_says_so(browsers, portal):
    for calm in (True, False):
        page = Page(browsers(calm=calm)).arrive(portal, "client2")
        page.choose(PROVIDER)
        page.tab.until(lambda p=page: p.bodies(PROVIDER))
        moves = page.tab.js("""\
const moves = (at) =>
	parseFloat(getComputedStyle(at).transitionDuration) > 0 ||
	getComputedStyle(at).animationName !== "none" ||
	getComputedStyle(at).scrollBehavior === "smooth";
return [...document.querySelectorAll("*")].filter(moves).length +
	document.getAnimations().length;""")
        assert (moves == 0) == calm


def test_contrast_can_be_forced(browsers, portal):
    """Where colours mean nothing any more, lines do."""
    for who, name, theirs in (("client2", PROVIDER, True),
                              ("provider1", CLIENT, False)):
        page = Page(browsers(forced=True)).arrive(portal, who)
        page.choose(name)
        page.tab.until(lambda p=page, n=name: len(p.bodies(n)) > 1)
        lines = page.tab.js("""\
const width = (at) => parseFloat(getComputedStyle(at).borderTopWidth);
const every = (selector) => [...document.querySelectorAll(selector)];
return {bubbles: every(".bubble").map(width),
	green: every(".provider .bubble").map(width),
	buttons: every("button.primary").map(width),
	chosen: every(".card[aria-current]").map((at) =>
		getComputedStyle(at).outlineStyle)};""")
        assert min(lines["bubbles"]) >= 1
        assert set(lines["green"]) == {3}, lines
        assert set(lines["buttons"]) == {3}
        assert lines["chosen"] == ["solid"]
        page.tab.axe()
        page.tab.shot(f"forced-colours-{who.rstrip('12')}")


def test_letters_may_be_wider(browsers, portal):
    """WCAG 1.4.12: nothing is cut off by somebody's own spacing."""
    page = Page(browsers(phone=True)).arrive(portal, "client2")
    page.tab.js("""\
const sheet = new CSSStyleSheet();
sheet.replaceSync(`* { line-height: 1.5 !important;
	letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
	p { margin-block-end: 2em !important; }`);
document.adoptedStyleSheets = [sheet];""")
    page.tab.fits()
    page.choose(PROVIDER)
    page.tab.until(lambda: page.bodies(PROVIDER))
    page.tab.fits()
    page.tab.shot("wide-letters")


# ---- from right to left -----------------------------------------------------
def side(page, selector):
    """Its (left, right)."""
    return page.tab.js("""\
const {left, right} = document.querySelector(arguments[0])
	.getBoundingClientRect();
return [left, right];""", selector)


def test_from_right_to_left(browsers, portal, tmp_path):
    """A language is one file: no script and no style knows of this one."""
    send_files(portal.browser("provider1"), CLIENT, {
        "Plan (draft 2).pdf": (pdf(), "application/pdf"),
        "drawing.png": (png(300, 200), "image/png")})
    chosen = [tmp_path / name for name in (
        "letter.pdf", "\u05de\u05db\u05ea\u05d1.pdf", "setup.exe")]
    for path in chosen:
        path.write_bytes(pdf())
    page = Page(browsers(language="he").open("/"))
    tab = page.tab
    tab.sees("\u05d0\u05d1\u05d2 Sign in")
    assert tab.js("return document.documentElement.dir") == "rtl"
    tab.axe()

    for who, names in (("client2", (PROVIDER, OTHER)),
                       ("provider1", (CLIENT,))):
        portal.browser(who).call("PUT", "/v1/me", {"language": "he"}
                                 ).expect(200)
        tab.take(portal.cookie(who))
        tab.open("/messages")
        tab.until(lambda: tab.js("return document.querySelector('.card')"))
        assert side(page, ".side")[0] >= side(page, "main")[1] - 1
        for name in names:
            tab.js("""\
[...document.querySelectorAll(".card")].find((card) =>
	card.innerText.includes(arguments[0])).click();""", name)
            tab.until(lambda: tab.js(
                "return document.querySelector('.chat .names')"))
            if name in (PROVIDER, CLIENT):
                Page(tab).attach(*chosen)
                tab.until(lambda: len([state for _, state in Page(
                    tab).chosen() if "Ready to send" in state]) == 2)
            for look, setup in LOOKS.items():
                tab.look(**setup, calm=True, language="he")
                tab.fits()
                if look in ("desktop-light", "phone-dark"):
                    tab.axe()
                    tab.shot(f"rtl-{who.rstrip('12')}-{name}-{look}")
            tab.look(language="he")
            tab.js("""\
for (const button of document.querySelectorAll(".chosen button:last-child"))
	button.click();""")
    # one's own words at the end of the line, which is the left
    tab.until(lambda: tab.js("return document.querySelector('.mine')"))
    log = side(page, ".log")
    mine, theirs = side(page, ".message.mine"), side(
        page, ".message:not(.mine)")
    assert mine[0] - log[0] < 40 < log[1] - mine[1]
    assert log[1] - theirs[1] < 40 < theirs[0] - log[0]
    for path in ("/account", "/messages"):
        tab.open(path)
        tab.until(lambda: tab.js("return document.querySelector('main h1')"))
        tab.fits()
    portal.browser("staff1").call("PUT", "/v1/me", {"language": "he"})
    tab.take(portal.cookie("staff1"))
    tab.open("/people")
    tab.until(lambda: tab.js("return document.querySelector('.card')"))
    tab.js("document.querySelector('.card').click()")
    tab.until(lambda: tab.js("return document.querySelector('.facts')"))
    for setup in LOOKS.values():
        tab.look(**setup, calm=True, language="he")
        tab.fits()
    tab.axe()
    tab.shot("rtl-staff")


@pytest.mark.parametrize("text, direction", [
    ("Plain English.", "ltr"), ("\u05e9\u05dc\u05d5\u05dd Anna!", "rtl"),
    ("\u0645\u0631\u062d\u0628\u0627 (911)", "rtl")])
def test_each_message_has_its_own_direction(browsers, portal, text,
                                            direction):
    client = portal.browser("client1")
    client.call("PUT", "/v1/me", {"language": "en"})
    page = Page(browsers()).arrive(portal, "client1")
    page.chat(PROVIDER)
    type_in(page, PROVIDER, text)
    assert page.tab.js("return getComputedStyle(document.querySelector("
                       "'textarea')).direction") == direction
    page.press("send.button")
    page.delivered(PROVIDER, text)
    assert page.tab.js("return getComputedStyle([...document.querySelectorAll("
                       "'.body')].at(-1)).direction") == direction
