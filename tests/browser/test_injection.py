# SPDX-License-Identifier: Apache-2.0
"""Whatever somebody writes, and wherever: it is letters to everybody else.

Each of the payloads stands in every place that shows what came from outside.
None of them may run, fetch, lead away or offend the policy, and all of them
have to be read as they were written; a careless page shows what they do."""

import json
import re
from urllib.parse import quote, urlsplit

import authenticator
import pytest
from accounts import PASSPHRASE
from conftest import fill, new_portal
from door import put_before
from images import png
from pages import Page, send_files
from payloads import PAYLOADS
from test_drafts import field, shows, type_in
from test_staff import open_person

TEXTS = [payload.text for payload in PAYLOADS]
SAMPLE = PAYLOADS[:-6:23] + PAYLOADS[-6:]
CLIENT, PROVIDER = "Client Number2", "Provider Number1"
PASSKEYS_MAX = 8
HOSTILE = "x\"><img src=x onerror=ran(900)>' onfocus='ran(901)"
# what runs says so on the console, where nothing is overlooked
ARM = """\
window.ran = window.alert = (n) => console.error(`ran: ${n}`);
"""


def shape(at_most):
    """Those that are let into a field of one line and so many bytes."""
    return [text for text in TEXTS if len(text.encode()) <= at_most
            and not re.search("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f"
                              "\u2028-\u202e\u2066-\u2069]", text)]


NAMES, CREDENTIALS, NUMBERS = shape(200), shape(64), shape(120)[::17]


@pytest.fixture(scope="module", name="parts")
def portal_and_door(directory):
    place = new_portal(directory, **{
        "practice.name": HOSTILE, "practice.phone": HOSTILE,
        "practice es.emergency": HOSTILE, "menu dashboard.label": HOSTILE})
    between = put_before(place.practice)
    for portal in fill(place):
        portal.practice.provision("client3", "client", "Client Number3",
                                  "client3@clients.example")
        portal.practice.relate("client3", "provider1")
        portal.open_account("client3")
        yield portal, between
    between.close()


@pytest.fixture(scope="module")
def portal(parts):
    return parts[0]


@pytest.fixture
def door(parts):
    yield parts[1]
    parts[1].relent()


@pytest.fixture
def armed(browsers):
    """As browsers, where a payload that runs is heard."""
    scripts = []

    def get(*whose, **setup):
        tab = browsers(*whose, **setup)
        scripts.append((tab, tab.cdp(
            "Page.addScriptToEvaluateOnNewDocument",
            source=ARM)["identifier"]))
        return tab
    yield get
    for tab, script in scripts:
        tab.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
        assert fetched(tab) == []
        assert len(tab.driver.window_handles) == 1


def fetched(tab):
    """What payloads have asked for: all that they name is x or ran."""
    tab.browser.hear()
    return [url for _, url in tab.browser.requests
            if urlsplit(url).path.rpartition("/")[2] in ("x", "ran")]


def literally(page, selector, texts):
    """Shown to the letter, in this order, and nothing but letters."""
    def found():
        return page.tab.js("""\
return [...document.querySelectorAll(arguments[0])].map((at) =>
	at.childElementCount ? at.outerHTML : at.textContent);""", selector)
    page.tab.until(lambda: len(found()) == len(texts), 20,
                   lambda: f"{len(found())} of {len(texts)}")
    assert [(a, b) for a, b in zip(found(), texts) if a != b] == []


def said(page, selector):
    """All that is shown there, to the letter; markup would be, too."""
    return set(page.tab.js("""\
return [...document.querySelectorAll(arguments[0])].map((at) =>
	at.childElementCount ? at.outerHTML : at.textContent);""", selector))


def no_more(page, path):
    """The page is the same, and there is but one of it."""
    assert page.tab.js("return location.pathname") == path
    assert page.tab.js("""\
return document.querySelectorAll("script, iframe, object, embed, base, form "
	+ "form, math, style, template, video, audio, [style], [background]"
).length;""") == 1


# ---- what they would do ----------------------------------------------------
def test_careless_pages_are_taken(armed):
    """Or nothing below would mean anything."""
    assert len(set(TEXTS)) == len(TEXTS) >= 300
    tab = armed()
    tab.cdp("Page.setBypassCSP", enabled=True)
    try:
        tab.open("/")
        tab.driver.execute_async_script("""\
const [pages, done] = arguments;
const touch = (frame) => {
	for (const at of frame.contentDocument?.querySelectorAll("*") ?? [])
		for (const kind of ["focus", "pointerover", "mouseover", "click"])
			at.dispatchEvent(new MouseEvent(kind, {bubbles: true,
				cancelable: true}));
};
Promise.all(pages.map((page) => new Promise((loaded) => {
	const frame = document.createElement("iframe");

	frame.srcdoc = page;
	frame.addEventListener("load", () => {
		touch(frame);
		loaded();
	}, {once: true});
	document.body.append(frame);
	setTimeout(loaded, 4000);
}))).then(done);""", [
            payload.place % payload.text for payload in PAYLOADS
            if payload.place])

        def done():
            fetched(tab)
            heard = "\n".join([text for _, text in tab.browser.said] + [
                url for _, url in tab.browser.requests])
            return {int(n) for n in re.findall(r"(?:ran: |/ran\?)(\d+)",
                                               heard)}
        tab.until(lambda: len(done()) >= 300, 60, lambda: [
            p for p in PAYLOADS if p.place and p.number not in done()])
        # and the end of each test would have told
        found = []
        tab.until(lambda: found.extend(tab.browser.blame()) or sum(
            "ran: " in fault for fault in found) > 250)
    finally:
        tab.cdp("Page.setBypassCSP", enabled=False)
        tab.driver.get("about:blank")
        tab.browser.blame()


# ---- what people write -----------------------------------------------------
@pytest.fixture(scope="module")
def written(portal):
    """From the provider to client2, one by one."""
    writer = portal.browser("provider1")
    first, *others = TEXTS
    thread = writer.write_to(writer.contact(CLIENT)["id"], first)[
        "thread"]["id"]
    for text in others:
        writer.write(thread, text)


@pytest.mark.parametrize("who, name", [("client2", PROVIDER),
                                       ("provider1", CLIENT)])
def test_in_messages(armed, portal, written, who, name):
    page = Page(armed()).arrive(portal, who)
    page.choose(name)
    for n in range(len(TEXTS) // 50):
        page.tab.until(lambda n=n: len(page.bodies(name)) == 50 * (n + 1))
        page.press("chat.earlier")
    literally(page, ".body", TEXTS)
    no_more(page, "/messages")


@pytest.fixture(scope="module")
def filed(portal, written):
    """The names of files, a picture every second, five of each a message."""
    writer = portal.browser("provider1")
    texts = [text for text in shape(240) if not re.search(r"[/\\]", text)]
    kinds = {"csv": (b"a;b\n", "text/csv"), "png": (png(9, 9), "image/png")}
    names = []
    for n in range(0, len(texts), 10):
        files = {f"{text}.{kind}": content for text in texts[n:n + 5]
                 for kind, content in kinds.items()}
        send_files(writer, CLIENT, files)
        names += files
    return names


@pytest.mark.parametrize("who, name", [("client2", PROVIDER),
                                       ("provider1", CLIENT)])
def test_in_the_names_of_files(armed, portal, filed, who, name):
    """In links and in what a picture is called."""
    names = filed
    page = Page(armed()).arrive(portal, who)
    page.choose(name)
    page.tab.until(lambda: page.tab.js(
        "return document.querySelectorAll('.attachments a').length")
        == len(names), 30)
    literally(page, ".attachments .name", names)
    assert page.tab.js("""\
return [...document.querySelectorAll(".attachments a")].map((link) =>
	link.download);""") == names
    assert page.tab.js("""\
return [...document.querySelectorAll(".attachments img")].map((image) =>
	image.alt);""") == names[1::2]
    assert page.tab.js("""\
return [...document.querySelectorAll(".attachments a")].filter((link) =>
	!/^\\/v1\\/attachments\\/[a-z2-7]{26}$/.test(link.getAttribute("href"))
).length;""") == 0
    no_more(page, "/messages")


def test_in_the_names_of_files_chosen_here(armed, portal, tmp_path):
    """Those that a disk takes; what no server would is a line instead."""
    page = Page(armed()).arrive(portal, "client2")
    page.choose(PROVIDER)
    texts = [text for text in shape(200)
             if not re.search(r"[/\\]", text)][::7]
    for n in range(0, len(texts), 8):
        names = [f"{text}.csv" for text in texts[n:n + 8]]
        for each in names:
            (tmp_path / each).write_bytes(b"a;b\n")
        odd = tmp_path / "\u202e<img src=x onerror=ran(902)>\n\\.csv"
        odd.write_bytes(b"a;b\n")
        page.attach(*(tmp_path / each for each in names))
        page.tab.js("""\
const data = new DataTransfer();

data.items.add(new File(["a;b\\n"], arguments[0]));
data.items.add(new File(["a;b\\n"], arguments[1]));
document.querySelector(".composer textarea").dispatchEvent(
	new ClipboardEvent("paste", {clipboardData: data, bubbles: true,
		cancelable: true}));""", odd.name, f"{texts[n]}.exe")
        cleaned = "_<img src=x onerror=ran(902)>__.csv"
        page.ready(*names, cleaned)
        literally(page, ".chosen .name", [*names, cleaned])
        assert said(page, ".files [role=alert] bdi") == {f"{texts[n]}.exe"}
        page.press("send.button")
        page.arrives(PROVIDER, *names, cleaned)
        no_more(page, "/messages")


def test_in_what_is_written_here(armed, portal):
    """From the keyboard to the draft, its bubble, and the other's screen."""
    page = Page(armed("client")).arrive(portal, "client1")
    there = Page(armed("provider")).arrive(portal, "provider1")
    texts = [payload.text for payload in SAMPLE[::4] + SAMPLE[-1:]]
    for text in texts:
        if not page.tab.all("textbox"):
            page.compose(PROVIDER)
        type_in(page, PROVIDER, text)
        shows(page, PROVIDER, text)
        page.press("send.button")
        page.tab.until(lambda: field(page, PROVIDER).get_property(
            "value") == "")
    there.choose("Client Number1")
    for each in (page, there):
        literally(each, ".body", texts)
        no_more(each, "/messages")
    type_in(there, "Client Number1", texts[-1])
    there.tab.sees(there.t("composer.saved"))
    there.tab.driver.refresh()
    there.arrived()
    shows(there, "Client Number1", texts[-1])


# ---- what people are called ------------------------------------------------
@pytest.fixture(scope="module")
def called(portal):
    """Client2 has a provider of each name and credentials, provider2 clients
    of some names and numbers."""
    place = portal.practice
    for n, name in enumerate(NAMES):
        place.provision(f"p{n:03}", "provider", name, **(
            {"credentials": name} if name in CREDENTIALS else {}))
        place.relate("client2", f"p{n:03}")
    for text in NUMBERS:
        number = quote(text, safe="")
        place.provision(number, "client", text)
        place.relate(number, "provider2")


def test_in_names_and_credentials(armed, portal, written, called):
    page = Page(armed()).arrive(portal, "client2")
    page.tab.until(lambda: page.tab.js(
        "return document.querySelectorAll('.card').length") > len(NAMES))
    for selector, texts in ((".card strong", NAMES),
                            (".card .credentials bdi", CREDENTIALS)):
        assert set(texts) <= said(page, selector)
    # whom to write to
    page.tab.js("document.querySelector('.people > button').click()")
    page.tab.until(lambda: page.tab.js(
        "return document.querySelectorAll('dialog strong').length")
        > len(NAMES))
    assert set(NAMES) <= said(page, "dialog .names strong")
    no_more(page, "/messages")
    # and what there is to know of each of them
    wrong = page.tab.driver.execute_async_script("""\
const done = arguments[0];
const wrong = [];
for (const choice of document.querySelectorAll("dialog [type=radio]")) {
	const name = choice.closest("label").querySelector("strong").textContent;

	choice.click();
	if (!document.querySelector("dialog .expectations").textContent
		.includes(name))
		wrong.push(name);
}
document.querySelector("dialog form").requestSubmit();
setTimeout(done, 500, wrong);""")
    assert wrong == []
    # over the conversation
    for name in NAMES[::30]:
        page.tab.js("""\
[...document.querySelectorAll(".card strong")].find((at) =>
	at.textContent === arguments[0]).closest("button").click();""", name)
        literally(page, ".chat-head h2 bdi", [name])
        assert page.tab.js("return document.querySelector('.chat')"
                           ".getAttribute('aria-label')"
                           ) == page.t("chat.label", name=name)
    no_more(page, "/messages")
    page.tab.shot("injection-names")


def test_in_a_caseload_and_its_search(armed, portal, called):
    page = Page(armed()).arrive(portal, "provider2")
    page.tab.until(lambda: len(page.cards()) == len(NUMBERS) + 1)
    for selector in (".card strong", ".card .credentials bdi"):
        assert set(NUMBERS) <= said(page, selector)
    box = page.tab.find("searchbox")
    page.tab.js("""\
for (const text of arguments[1]) {
	arguments[0].value = text;
	arguments[0].dispatchEvent(new Event("input"));
}""", box, TEXTS)
    no_more(page, "/messages")


def test_before_staff(armed, portal, called):
    page = Page(armed()).arrive(portal, "staff1", "/people")
    while page.tab.until(lambda: page.tab.js(
            "return document.querySelector('main .card')")):
        count = page.tab.js("return document.querySelectorAll('main .card')"
                            ".length")
        if not page.tab.all("button", page.t("people.more")):
            break
        page.press("people.more")
        page.tab.until(lambda c=count: page.tab.js(
            "return document.querySelectorAll('main .card').length") > c)
    for selector, texts in ((".card strong", NAMES),
                            (".card .credentials bdi", CREDENTIALS)):
        assert set(texts) <= said(page, selector)
    for name in NAMES[::90]:
        page.tab.js("""\
arguments[0].value = arguments[1];
arguments[0].dispatchEvent(new Event("input"));""", page.tab.find(
            "searchbox"), name)
        page.tab.until(lambda n=name: said(page, ".card strong") == {n})
        page.tab.js("document.querySelector('.card').click()")
        page.tab.until(lambda n=name: n in said(page, "main h1 bdi"))
        # and asks back with the name in it
        page.press("person.disable")
        page.tab.find("alertdialog")
        assert name in page.tab.js(
            "return document.querySelector('dialog[open]').textContent")
        page.press("cancel")
        page.tab.gone("alertdialog")
        page.press("people.back")
        page.tab.find("searchbox")
    no_more(page, "/people")


# ---- what the practice says ------------------------------------------------
def says(door, change, times=1):
    """The next settings that are asked for are changed so."""
    def act(forward):
        head, _, body = forward().partition(b"\r\n\r\n")
        said = json.loads(body)
        change(said)
        body = json.dumps(said).encode()
        head = re.sub(rb"(?i)content-length: \d+", b"Content-Length: %d"
                      % len(body), head)
        return head + b"\r\n\r\n" + body
    door.on("^GET /v1/settings", act, times)


def test_in_the_configuration(armed, portal):
    """As it is written there; the web server's own copy, too."""
    page = Page(armed().open("/"))
    page.heading("signin.title")
    page.tab.sees(HOSTILE)
    assert HOSTILE in page.tab.driver.title
    Page(armed("other", language="es").open("/"), "es").tab.sees(HOSTILE)
    page.arrive(portal, "client2")
    assert page.menu()[0] == HOSTILE
    assert HOSTILE in page.tab.driver.title
    no_more(page, "/messages")
    portal.practice.posternd.kill()
    page.tab.allow(r"net::ERR_(CONNECTION|HTTP2|EMPTY|FAILED|NETWORK)")
    page.tab.open("/")
    page.heading("outage.title")
    page.tab.sees(HOSTILE)
    portal.practice.start_posternd()
    page.arrived()


def test_in_the_menu(armed, portal, door):
    """As what is read of an entry, and as where it leads."""
    roles = {"roles": ["client", "provider", "staff"], "language": None}
    says(door, lambda said: said.update(menu=[
        {"label": text, "url": "https://visits.lakeside.example/", **roles}
        for text in TEXTS] + [
        {"label": "Away", "url": text, **roles} for text in TEXTS]))
    page = Page(armed()).arrive(portal, "client1")
    links = page.tab.js("""\
return [...document.querySelectorAll(".side nav a[href]")].slice(0, -1)
	.map((at) => [at.childElementCount ? at.outerHTML : at.textContent,
		at.getAttribute("href"), at.protocol]);""")
    assert [label for label, *_ in links[:len(TEXTS)]] == TEXTS
    assert {(label, protocol) for label, _, protocol
            in links[len(TEXTS):]} == {("Away", "https:")}
    assert {url for _, url, _ in links[len(TEXTS):]} == {
        text for text in TEXTS if text.startswith("https://")}
    no_more(page, "/messages")


def test_in_the_practices_words(armed, portal, door):
    page = Page(armed())
    for text in [payload.text for payload in SAMPLE[::8] + SAMPLE[-1:]]:
        def change(said, text=text):
            said["practice"].update(name=text, phone=text, emergency=text)
            said.update(appointments=f"javascript:{text}", emergency={})
        says(door, change, 2)
        page.tab.cdp("Network.clearBrowserCookies")
        page.tab.open("/")
        page.heading("signin.title")
        literally(page, ".gate .practice", [text])
        assert page.tab.js("return document.querySelector('.crisis')"
                           ".textContent").count(text) == 2
        page.arrive(portal, "client3")
        page.press("compose.button")
        dialog = page.tab.find("dialog")
        assert text in dialog.get_property("textContent")
        assert page.tab.js("""\
return [...arguments[0].querySelectorAll("a[href]")]
	.filter((link) => link.protocol !== "tel:").length;""", dialog) == 0
        no_more(page, "/messages")


# ---- what else is shown ----------------------------------------------------
def test_in_what_is_typed_at_the_door(armed, later):
    page = Page(armed().open("/"))
    page.heading("signin.title")
    for payload in SAMPLE[::6]:
        page.fill("signin.login", payload.text.replace("\n", " "))
        page.fill("signin.passphrase", "wrong, whatever it is")
        page.press("signin.submit")
        page.tab.until(lambda: page.tab.all("alert"))
        later(120)
    no_more(page, "/")
    page.press("signin.lost")
    page.heading("recover.title")
    page.fill("signin.login", TEXTS[0])
    page.fill("recover.code", TEXTS[1])
    page.fill("passphrase.new", TEXTS[2])
    page.press("recover.submit")
    page.tab.until(lambda: page.tab.all("alert"))
    no_more(page, "/")


def test_in_the_address_of_a_page(armed, portal):
    page = Page(armed())
    for n, payload in enumerate(SAMPLE[::3]):
        text = quote(payload.text, safe="")
        page.tab.open((f"/t/{text}", f"/messages?x={text}#{text}",
                       f"/account#{payload.text}")[n % 3])
        page.heading("signin.title")
    page.tab.take(portal.cookie("client2"))
    for payload in SAMPLE[::8]:
        page.tab.open(f"/messages?{quote(payload.text)}#{payload.text}")
        page.arrived()


def test_in_refusals(armed, portal, door):
    """What a server says of a fault is for programs; people read the page's
    own words."""
    page = Page(armed()).arrive(portal, "client3")
    page.chat(PROVIDER)
    for payload in (*SAMPLE[::5], SAMPLE[-1]):
        body = json.dumps({"type": f"urn:postern:error:{payload.text}",
                           "title": payload.text, "detail": payload.text,
                           "field": payload.text, "status": 400}).encode()
        door.on("^POST /v1/threads", lambda forward, body=body: (
            b"HTTP/1.1 400 No\r\nContent-Type: application/problem+json\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body)))
        if not page.tab.all("textbox"):
            page.compose(PROVIDER)
        page.write(PROVIDER, "A word")
        page.press("send.button")
        page.tab.sees(re.compile("Not sent"))
        assert payload.text not in page.tab.text()
        page.press("send.edit")
        page.tab.until(lambda: field(page, PROVIDER).get_property("value"))
    no_more(page, "/messages")


def test_in_a_list_of_sessions(armed, portal):
    """A browser says of itself what it likes."""
    for payload in SAMPLE[::6]:
        other = portal.visitor()
        account = portal.accounts["client1"]
        other.call("POST", "/v1/sessions", {
            "login": account.login, "passphrase": account.passphrase}, {
                "User-Agent": quote(payload.text, safe=" <>\"'=()/:;&`{}")})
    page = Page(armed()).arrive(portal, "client1", "/account")
    page.tab.find("heading", page.t("account.sessions"))
    page.tab.sees(page.t("account.session.this"))
    no_more(page, "/account")


def test_in_the_names_of_passkeys(armed, portal):
    names = shape(48)
    names = names[::len(names) // PASSKEYS_MAX][:PASSKEYS_MAX]
    browser = portal.browser("client3")
    for name in names:
        authenticator.add(browser, browser.origin, PASSPHRASE, label=name)
    page = Page(armed()).arrive(portal, "client3", "/account")
    page.tab.sees(page.t("passkey.list"))
    literally(page, "main dd li strong bdi", names)
    page.tab.click("button", f"{page.t('passkey.remove')} {names[0]}")
    page.tab.sees(page.t("passkey.remove.title", label=names[0]))
    page.press("cancel", page.tab.find("dialog"))
    no_more(page, "/account")


def test_in_a_persons_addresses_and_number(armed, portal, called):
    page = Page(armed()).arrive(portal, "staff1", "/people")
    page.press("people.add")
    dialog = page.tab.find("dialog")
    for payload in SAMPLE[::9]:
        page.fill("people.number", "new " + payload.text.replace("\n", " "))
        page.fill("people.name", payload.text.replace("\n", " "))
        page.fill("people.addresses", payload.text)
        page.press("people.add", dialog)
        page.tab.sees(page.t("refused.people.invalid-field"))
    page.press("cancel", dialog)
    page.tab.gone("dialog")
    open_person(page, CLIENT)
    no_more(page, "/people")
