# SPDX-License-Identifier: Apache-2.0
"""Files: chosen, dropped or pasted, sent with a message, seen and saved by
the other side, whoever that is and whatever they use."""

import hashlib
import json
import os
import re
import threading

import pytest
from client import ONE_AT_A_TIME, wait_for
from conftest import fill, new_portal
from door import put_before, refuses
from files import docx, pdf, with_place
from images import encoded, png, sample
from pages import Page
from selenium.webdriver.common.keys import Keys
from test_drafts import type_in
from test_senses import heard, listen
from test_session import ended

CLIENT, PROVIDER, OTHER = ("Client Number1", "Provider Number1",
                           "Provider Number2")
PUT, POST = "^PUT /v1/uploads/", "^POST /v1/threads"
TYPES = ".pdf .jpg .jpeg .doc .docx .csv .png"
MEDIA = ["application/pdf", "image/jpeg", "application/msword",
         "application/vnd.openxmlformats-officedocument.wordprocessingml"
         ".document", "text/csv", "image/png"]
MOST, SIZE = 10, 25 << 20
BOTH = pytest.mark.parametrize("who, name, language, phone", [
    ("client1", PROVIDER, "es", True), ("provider1", CLIENT, "en", False)])


CONTENT = {
    "report.pdf": pdf(), "photo.jpg": sample("photo.jpg"),
    "scan.jpeg": sample("baseline.jpg"), "drawing.png": png(300, 200),
    "letter.docx": docx(), "diary.csv": "día;ánimo\n1;bien\n".encode()}


@pytest.fixture
def make(tmp_path):
    """make(NAME, CONTENT): a file on the person's disk."""
    def write(name, content=None):
        path = tmp_path / name
        with ONE_AT_A_TIME:  # the door is somebody else now and then
            path.write_bytes(CONTENT[name] if content is None else content)
        return path
    return write


# ---- places -----------------------------------------------------------------
@pytest.fixture(scope="module", name="parts")
def portal_and_door(directory):
    place = new_portal(directory)
    between = put_before(place.practice)
    for portal in fill(place):
        first = portal.browser("provider1")
        first.write_to(first.contact(CLIENT)["id"], "How are you?")
        yield portal, between
    between.close()


@pytest.fixture(scope="module")
def portal(parts):
    return parts[0]


@pytest.fixture
def door(parts):
    yield parts[1]
    parts[1].relent()


def come(portal, tab, who="client1", name=PROVIDER, language="en"):
    """Somebody with their conversation before them."""
    portal.browser(who).call("PUT", "/v1/me", {"language": language}
                             ).expect(200)
    page = Page(tab, language).arrive(portal, who)
    if who != "client1":
        page.choose(name)
    page.chat(name)
    page.tab.until(lambda: page.bodies(name))
    return page


@pytest.fixture
def page(browsers, portal):
    return come(portal, browsers())


def entries(portal, who="client1", name=PROVIDER):
    """The newest is first."""
    person = portal.browser(who)
    thread = person.contact(name)["thread"]["id"]
    return person.get(f"/v1/threads/{thread}/entries")["items"]


def fetched(portal, file, who="client1"):
    """What the server gives for an attachment."""
    return portal.browser(who).call(
        "GET", f"/v1/attachments/{file['id']}").expect(200)


def limits(page, n=MOST, size="25 MB"):
    return page.t("files.limits", n=n, size=size, types=TYPES)


# ---- the button -------------------------------------------------------------
@BOTH
def test_the_button(browsers, portal, who, name, language, phone):
    """Between the text field and "Send"; it asks for files of the kinds that
    are taken, and the limits are said before."""
    page = come(portal, browsers(phone=phone, language=language), who, name,
                language)
    tab = page.tab
    button = tab.find("button", page.t("files.button"))
    assert tab.described(button) == limits(page)
    assert min(button.size.values()) >= 44
    if not phone:
        assert limits(page) in tab.text()
    tab.find("textbox", page.t("composer.label", name=name)).send_keys(
        Keys.TAB)
    seen = [tab.focused()]
    while seen[-1] != ("button", page.t("files.button")) and len(seen) < 4:
        tab.keys(Keys.TAB)  # over links to telephones
        seen.append(tab.focused())
    tab.cdp("Page.setInterceptFileChooserDialog", enabled=True)
    tab.keys(Keys.ENTER)
    tab.until(lambda: tab.browser.hear() or tab.browser.choosers)
    button.click()
    tab.until(lambda: tab.browser.hear() or len(tab.browser.choosers) == 2)
    tab.cdp("Page.setInterceptFileChooserDialog", enabled=False)
    assert tab.browser.choosers == ["selectMultiple"] * 2
    # by media type, too, or a telephone offers no camera
    assert tab.js("return document.querySelector('[type=file]').accept"
                  ).split(",") == TYPES.split() + MEDIA
    tab.keys(Keys.TAB)
    assert tab.focused() == ("button", page.t("send.button"))


@pytest.mark.parametrize("change", [
    lambda limits: limits.update(message_attachments=0),
    lambda limits: [limits.pop(key) for key in list(limits)
                    if "attachment" in key]])
def test_no_files_where_none_may_be_sent(browsers, portal, door, make,
                                         change):
    def act(forward):
        head, _, body = forward().partition(b"\r\n\r\n")
        said = json.loads(body)
        change(said["limits"])
        body = json.dumps(said).encode()
        return re.sub(rb"(?i)content-length: \d+", b"Content-Length: %d"
                      % len(body), head) + b"\r\n\r\n" + body
    door.on("^GET /v1/settings", act)
    page = come(portal, browsers())
    assert page.tab.all("button", page.t("files.button")) == []
    assert page.tab.js("return document.querySelector('[type=file]')") is None
    page.send(PROVIDER, "As ever")


# ---- from one to the other --------------------------------------------------
@BOTH
def test_files_come_to_the_other_side(browsers, portal, make, who, name,
                                      language, phone):
    """Several with one message; each can be looked at or saved, by those who
    sent them, too."""
    page = come(portal, browsers("here", phone=phone, language=language), who,
                name, language)
    to, other = (("provider1", CLIENT) if who == "client1"
                 else ("client1", PROVIDER))
    there = come(portal, browsers("there", phone=not phone), to, other)
    names = list(CONTENT)
    page.attach(*(make(each) for each in names[:4]))
    page.attach(*(make(each) for each in names[4:]))
    page.ready(*names)
    page.tab.fits()
    page.tab.axe()
    page.tab.shot(f"files-chosen-{who}-{language}")
    text = f"All of them, {who} {language}"
    page.write(name, text)
    page.press("send.button")
    page.delivered(name, text)
    assert page.chosen() == []
    for side, whom in ((page, name), (there, other)):
        side.tab.until(lambda s=side, w=whom: s.bodies(w)[-1:] == [text])
        side.arrives(whom, *names)
        side.tab.fits()
        side.tab.axe()
        side.tab.shot(f"files-sent-{who}-{language}-{whom}")
    stored = entries(portal)[0]["attachments"]
    assert [file["name"] for file in stored] == names
    for file in stored:
        if file["name"] != "photo.jpg":  # of which less is kept
            assert fetched(portal, file, to).raw == CONTENT[file["name"]]


def test_a_message_of_files_only(browsers, portal, page, make):
    page.attach(make("report.pdf"))
    page.ready("report.pdf")
    page.press("send.button")
    page.arrives(PROVIDER, "report.pdf")
    assert page.bubbles(PROVIDER)[-1].body is None
    page.tab.until(lambda: page.bubbles(PROVIDER)[-1].state == page.t(
        "send.delivered"))
    entry = entries(portal)[0]
    assert entry["body"] == "" and len(entry["attachments"]) == 1
    there = come(portal, browsers("there"), "provider1", CLIENT)
    there.arrives(CLIENT, "report.pdf")


@pytest.mark.parametrize("file", ["drawing.png", "photo.jpg"])
def test_pictures_are_seen(browsers, portal, page, door, make, file):
    """Their place is kept from the start, so that nothing jumps; as nothing
    but an image, and the same file can be saved."""
    release = threading.Event()
    # pictures further up may be asked for, too
    door.on("^GET /v1/attachments/", lambda forward: release.wait(120)
            and forward(), 99)
    page.attach(make(file))
    page.ready(file)
    page.press("send.button")
    page.arrives(PROVIDER, file)

    def picture():
        return page.tab.js("""\
const image = [...document.querySelectorAll(".attachments img")].at(-1);
const {width, height} = image.getBoundingClientRect();
return [image.alt, image.loading, image.naturalWidth > 0, width, height,
	image.closest("a").download];""")
    before = picture()
    assert before[:3] == [file, "lazy", False]
    assert min(before[3:5]) > 1 and max(before[3:5]) <= 320
    release.set()
    page.tab.until(lambda: picture()[2])
    assert picture()[3:] == before[3:]
    page.tab.look(phone=True)
    page.tab.fits()


def test_a_picture_that_cannot_be_shown_is_a_link(page, door, make):
    door.on("^GET /v1/attachments/", refuses(500, "damaged"), 99)
    page.attach(make("drawing.png"))
    page.ready("drawing.png")
    page.press("send.button")
    page.arrives(PROVIDER, "drawing.png")
    page.tab.until(lambda: page.tab.js("""\
return [...document.querySelectorAll(".message")].at(-1)
	.querySelectorAll("img").length;""") == 0)
    page.arrives(PROVIDER, "drawing.png")


def test_a_photo_does_not_say_where_it_was_taken(page, portal, make):
    photo = with_place(CONTENT["photo.jpg"])
    page.attach(make("holiday.jpg", photo))
    page.ready("holiday.jpg")
    page.press("send.button")
    page.arrives(PROVIDER, "holiday.jpg")
    got = fetched(portal, entries(portal)[0]["attachments"][0]).raw
    assert got.startswith(b"\xff\xd8") and b"GPS" not in got
    assert b"GPS" in photo


NAMES = ["report.pdf", "Ärztlicher Befund (2).pdf", "报告.pdf", "UPPER.PDF",
         "it's 100% & more; so=x.pdf"]


def kept(where, name):
    with ONE_AT_A_TIME:
        return (where / name).read_bytes() if name in os.listdir(where) else (
            None)


@BOTH
def test_files_are_saved_under_their_names(browsers, portal, make, tmp_path,
                                           who, name, language, phone):
    """By keyboard alone."""
    page = come(portal, browsers(phone=phone, language=language), who, name,
                language)
    there = come(portal, browsers("there"), *(
        ("provider1", CLIENT) if who == "client1" else ("client1", PROVIDER)))
    there.attach(*(make(each, pdf(n)) for n, each in enumerate(NAMES)))
    there.ready(*NAMES)
    there.press("send.button")
    page.arrives(name, *NAMES)
    where = tmp_path / "downloads"
    where.mkdir()
    page.tab.downloads(where)
    for n, each in enumerate(NAMES):
        link = page.tab.until(lambda e=each: page.tab.all(
            "link", re.compile("^" + re.escape(e))))[-1]
        page.tab.js("arguments[0].focus()", link)
        page.tab.keys(Keys.ENTER)
        wait_for(lambda e=each, n=n: kept(where, e) == pdf(n),
                 message=lambda: os.listdir(where))
    assert page.tab.js("return location.pathname") == "/messages"


def test_links_are_reached_by_the_keyboard(page, make):
    """And say what they are."""
    page.attach(make("report.pdf"), make("drawing.png"))
    page.ready("report.pdf", "drawing.png")
    page.press("send.button")
    page.arrives(PROVIDER, "report.pdf", "drawing.png")
    links = page.tab.names("link", page.tab.find(
        "log", page.t("chat.log", name=PROVIDER)))[-2:]
    assert links == ["report.pdf PDF, 1 kB", "drawing.png PNG, 1 kB"]
    page.tab.find("textbox").send_keys(Keys.SHIFT, Keys.TAB)
    for _ in range(3):
        if page.tab.focused()[0] == "link":
            break
        page.tab.keys(Keys.SHIFT, Keys.TAB)
    assert page.tab.focused() == ("link", links[1])


# ---- dropped and pasted -----------------------------------------------------
@BOTH
def test_files_are_dropped(browsers, portal, make, who, name, language,
                           phone):
    page = come(portal, browsers(language=language), who, name, language)
    log = page.tab.find("log", page.t("chat.log", name=name))
    files = make("report.pdf"), make("drawing.png")
    page.tab.drag("over", log, *files)
    page.tab.sees(page.t("files.drop"))
    assert limits(page) in page.tab.text()
    page.tab.axe()
    page.tab.shot(f"files-dropped-{language}")
    # it goes with them, to something else or out of the window
    menu = page.tab.find("navigation", page.t("menu.label"))
    page.tab.drag("over", menu, *files)
    page.tab.until(lambda: page.t("files.drop") not in page.tab.text())
    page.tab.drag("over", log, *files)
    page.tab.sees(page.t("files.drop"))
    page.tab.js("document.body.dispatchEvent(new DragEvent('dragleave', "
                "{bubbles: true}))")
    assert page.t("files.drop") not in page.tab.text()
    page.tab.drag("over", log, *files)
    page.tab.drag("drop", log, *files)
    page.ready("report.pdf", "drawing.png")
    assert page.t("files.drop") not in page.tab.text()
    # beside the conversation nothing happens, above all no other page
    page.tab.drag("over", menu, *files)
    page.tab.drag("drop", menu, *files)
    page.tab.wait(0.5)
    assert page.tab.js("return location.pathname") == "/messages"
    assert len(page.chosen()) == 2
    for each in ("report.pdf", "drawing.png"):
        page.tab.click("button", f"{page.t('files.remove')} {each}")


PASTE = """\
const data = new DataTransfer();
for (const [name, type] of arguments[1])
	data.items.add(new File([Uint8Array.from(atob(arguments[3]), (c) =>
		c.charCodeAt(0))], name, {type}));
for (const [type, text] of Object.entries(arguments[2]))
	data.setData(type, text);
arguments[0].focus();
return arguments[0].dispatchEvent(new ClipboardEvent("paste",
	{clipboardData: data, bubbles: true, cancelable: true}));"""


@pytest.mark.parametrize("language", ["en", "es"])
def test_files_are_pasted(browsers, portal, language):
    """A picture has no name; a copied text brings a picture of itself."""
    page = come(portal, browsers(language=language), language=language)
    box = page.tab.find("textbox")
    image = encoded(CONTENT["drawing.png"])
    name = page.t("files.picture")
    for _ in range(2):
        assert not page.tab.js(PASTE, box, [["image.png", "image/png"]], {},
                               image)
    page.ready(f"{name}.png", f"{name} 2.png")
    assert page.tab.js(PASTE, box, [["image.png", "image/png"]], {
        "text/plain": "Some text", "text/html": "<b>Some text</b>"}, image)
    assert page.tab.js(PASTE, box, [], {"text/plain": "Some text"}, image)
    page.tab.js(PASTE, box, [["chart.png", "image/png"]], {}, image)
    page.ready(f"{name}.png", f"{name} 2.png", "chart.png")
    page.press("send.button")
    page.arrives(PROVIDER, f"{name}.png", f"{name} 2.png", "chart.png")


# ---- on their way -----------------------------------------------------------
@BOTH
def test_progress_cancel_and_remove(browsers, portal, make, who, name,
                                    language, phone):
    page = come(portal, browsers(phone=phone, language=language), who, name,
                language)
    tab = page.tab
    listen(page)
    tab.slow(40_000)  # there is a lot to be looked at meanwhile
    page.attach(make("first.pdf", pdf(3 << 20)), make("second.pdf", pdf(9)))
    bar = tab.find("progressbar", page.t("files.progress", name="first.pdf"))

    def share():
        return (float(bar.get_property("value"))
                / float(bar.get_property("max")))
    tab.until(lambda: 0 < share() < 1)
    before = share()
    tab.until(lambda: share() > before)
    tab.sees(re.compile(r"\b[1-9]\d? %"))
    tab.fits()
    tab.axe()
    tab.shot(f"files-progress-{who}-{language}")
    tab.until(lambda: ("second.pdf", page.t("files.ready")) in page.chosen())
    tab.click("button", f"{page.t('cancel')} first.pdf")
    tab.slow()
    page.ready("second.pdf")
    assert tab.focused() == (
        "button", f"{page.t('files.remove')} second.pdf")
    tab.keys(Keys.ENTER)
    tab.until(lambda: page.chosen() == [])
    assert tab.focused() == ("button", page.t("files.button"))
    # what was heard of all that: how it ended, not how it went
    assert len(heard(page, "first.pdf")) == 1
    assert heard(page, "second.pdf") == [
        page.t("files.told", name="second.pdf",
               state=page.t("files.ready")),
        page.t("files.removed", name="second.pdf")]
    assert heard(page, "%") == []


def test_send_waits_for_files(browsers, portal, make, page):
    """And says so; what is written next goes after it."""
    page.tab.slow(30_000)
    page.attach(make("long.pdf", pdf(2 << 20)))
    page.write(PROVIDER, "With a long one")
    page.press("send.button")
    page.tab.sees(page.t("send.loading"))
    page.tab.find("progressbar", page.t("send.progress"))
    page.tab.axe()
    page.tab.shot("files-awaited")
    page.write(PROVIDER, "After it")
    page.press("send.button")
    page.tab.wait(0.5)
    assert [e.get("body") for e in entries(portal)[:2]] != [
        "After it", "With a long one"]
    page.tab.slow()
    page.delivered(PROVIDER, "After it")
    assert [e["body"] for e in entries(portal)[:2]] == [
        "After it", "With a long one"]
    assert len(entries(portal)[1]["attachments"]) == 1


def test_a_message_that_waits_is_taken_back(page, portal, make):
    page.tab.slow(30_000)
    page.attach(make("long.pdf", pdf(2 << 20)))
    page.write(PROVIDER, "Not yet")
    page.press("send.button")
    page.tab.sees(page.t("send.loading"))
    page.press("send.change")
    assert page.tab.find("textbox").get_property("value") == "Not yet"
    page.tab.click("button", f"{page.t('cancel')} long.pdf")
    page.tab.slow()
    # where WebDriver empties a field the page does not hear of it
    box = page.tab.find("textbox")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("Without it")
    page.press("send.button")
    page.delivered(PROVIDER, "Without it")
    assert entries(portal)[0]["attachments"] == []


# ---- refusals ---------------------------------------------------------------
@BOTH
def test_what_cannot_be_sent_is_said_before(browsers, portal, make, door, who,
                                            name, language, phone):
    """Nothing of it goes out: those chosen afterwards do, and no other."""
    page = come(portal, browsers(phone=phone, language=language), who, name,
                language)
    asked = []
    door.on(PUT, lambda forward: asked.append(1) or forward(), 99)
    page.attach(make("setup.exe", b"MZ"), make("large.pdf", bytes(SIZE + 1)),
                make("empty.csv", b""))
    page.refused("files.type", "setup.exe", types=TYPES)
    page.refused("files.large", "large.pdf", most="25 MB")
    page.refused("files.empty", "empty.csv")
    assert page.tab.find("alert").text.count("\n") == 2
    page.tab.fits()
    page.tab.axe()
    page.tab.shot(f"files-refused-{who}-{language}")
    assert page.chosen() == [] and not asked
    names = [f"{n}.pdf" for n in range(MOST + 2)]
    page.attach(*(make(each, pdf(n)) for n, each in enumerate(names)))
    page.tab.sees(f"10.pdf, 11.pdf: {page.t('files.many', n=MOST)}")
    page.ready(*names[:MOST])
    assert len(asked) == MOST
    for each in names[:MOST]:
        page.tab.click("button", f"{page.t('files.remove')} {each}")


REASONS = ["unknown", "broken", "encrypted", "macros", "program", "pixels",
           "bomb", "mixed", "mismatch"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_server_refuses(browsers, portal, door, make, language):
    """Each of its reasons is said, and a message does not go without the file
    that it was to have."""
    page = come(portal, browsers(language=language), language=language)
    for reason in REASONS:
        door.on(PUT, refuses(422, "file-refused", reason=reason))
        page.attach(make("report.pdf"))
        said = page.t(f"refused.file.{reason}")
        page.tab.until(lambda s=said: page.chosen() == [("report.pdf", s)])
        assert page.tab.all("button", f"{page.t('send.again')} report.pdf"
                            ) == []
        page.press("send.button")
        page.tab.sees(page.t("files.stuck", name="report.pdf"))
        assert page.tab.focused() == (
            "button", f"{page.t('files.remove')} report.pdf")
        page.tab.keys(Keys.ENTER)
        page.tab.until(lambda: page.chosen() == [])
    for status, slug in ((413, "too-large"), (415, "unsupported-media-type"),
                         (507, "storage-full"), (500, "internal")):
        door.on(PUT, refuses(status, slug))
        page.attach(make("report.pdf"))
        page.tab.until(lambda: page.chosen() and not under_way(page))
        again = page.tab.all("button", f"{page.t('send.again')} report.pdf")
        if status == 507:  # and what to do if it cannot wait
            assert page.chosen()[0][1] == page.t("refused.storage-full")
        assert len(again) == (status >= 500)
        if again:
            again[0].click()
            page.ready("report.pdf")
        page.tab.click("button", f"{page.t('files.remove')} report.pdf")


def under_way(page):
    """Whether any of the files that are chosen is on its way."""
    return [state for _, state in page.chosen() if state in (
        "", page.t("files.queued"), page.t("files.checking"))
        or re.search(r"\d %", state)]


def test_real_files_are_refused(page, make):
    for name, content, reason in (
            ("drawing.pdf", CONTENT["drawing.png"], "mismatch"),
            ("text.pdf", b"\0\1\2 no such thing \0", "unknown"),
            ("half.png", CONTENT["drawing.png"][:-20], "broken"),
            ("form.docx", docx(**{"word/vbaProject.bin": b"x"}), "macros")):
        page.attach(make(name, content))
        page.tab.until(lambda n=name, r=reason: page.chosen() == [
            (n, page.t(f"refused.file.{r}"))], message=page.chosen)
        page.tab.click("button", f"{page.t('files.remove')} {name}")


def test_too_many_in_an_hour(page, door, make):
    """It is not waited for that long."""
    door.on(PUT, refuses(429, "too-many-requests", 1200))
    page.attach(make("report.pdf"))
    page.tab.sees(page.t("refused.file.too-many-requests", n=20))
    page.tab.click("button", f"{page.t('send.again')} report.pdf")
    page.ready("report.pdf")
    door.on(PUT, refuses(429, "too-many-requests", 1))
    page.attach(make("drawing.png"))
    page.ready("report.pdf", "drawing.png")


# ---- what breaks ------------------------------------------------------------
RANGES = """\
window.postern_ranges = [];
const real = XMLHttpRequest.prototype.setRequestHeader;

XMLHttpRequest.prototype.setRequestHeader = function(name, value) {
	if (name === "Content-Range")
		window.postern_ranges.push(value);
	real.call(this, name, value);
};"""


def sent_whole(portal, content):
    file, = entries(portal)[0]["attachments"]
    got = fetched(portal, file).raw
    assert hashlib.sha256(got).digest() == hashlib.sha256(content).digest()


def test_a_broken_connection_is_taken_up(page, portal, make, door):
    """Where it broke, by itself."""
    page.tab.js(RANGES)
    content = pdf(2 << 20)
    door.on(PUT, lambda forward: forward(1 << 20), 1)
    page.attach(make("long.pdf", content))
    page.ready("long.pdf")
    ranges = page.tab.js("return window.postern_ranges")
    assert len(ranges) == 1
    first, last, size = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)",
                                     ranges[0]).groups()
    assert 0 < int(first) <= 1 << 20 and int(first) % 65536 == 0
    assert int(last) + 1 == int(size) == len(content)
    page.press("send.button")
    page.arrives(PROVIDER, "long.pdf")
    sent_whole(portal, content)


def test_the_line_is_lost(page, portal, make):
    content = pdf(2 << 20)
    page.tab.slow(60_000)
    page.attach(make("long.pdf", content))
    page.tab.sees(re.compile(r"\b[1-9]\d? %"))
    page.write(PROVIDER, "In a tunnel")
    page.press("send.button")
    page.tab.offline()
    page.tab.sees(page.t("live.lost"))
    page.tab.wait(1)
    page.tab.offline(False)
    page.delivered(PROVIDER, "In a tunnel")
    sent_whole(portal, content)


def test_posternd_dies_in_the_middle(page, portal, make):
    """It has forgotten what it had: all of it is sent again."""
    page.tab.allow("/v1/events.*ERR_HTTP2_PROTOCOL_ERROR")
    content = pdf(2 << 20)
    page.tab.slow(60_000)
    page.attach(make("long.pdf", content))
    page.tab.sees(re.compile(r"\b[1-9]\d? %"))
    portal.practice.posternd.kill()
    portal.practice.start_posternd()
    page.tab.slow()
    page.ready("long.pdf", seconds=60)
    page.press("send.button")
    page.arrives(PROVIDER, "long.pdf")
    sent_whole(portal, content)


def test_the_server_has_forgotten_a_file(page, portal, make):
    """What was ready is sent again by itself, and the message after it."""
    page.tab.allow("/v1/events.*ERR_HTTP2_PROTOCOL_ERROR")
    page.attach(make("report.pdf"), make("diary.csv"))
    page.ready("report.pdf", "diary.csv")
    portal.practice.posternd.kill()
    portal.practice.start_posternd()
    page.write(PROVIDER, "With what was forgotten")
    page.press("send.button")
    page.delivered(PROVIDER, "With what was forgotten", seconds=60)
    page.arrives(PROVIDER, "report.pdf", "diary.csv")
    assert [file["name"] for file in entries(portal)[0]["attachments"]] == [
        "report.pdf", "diary.csv"]


def test_a_file_that_does_not_stay(page, portal, make, door):
    """Twice gone is said; text and file stay, "Try again" sends them."""
    door.on(POST, refuses(409, "upload-gone", field="attachments/0"), 2)
    page.attach(make("report.pdf"))
    page.ready("report.pdf")
    page.write(PROVIDER, "Perhaps")
    page.press("send.button")
    page.tab.sees(page.t("refused.upload-gone"))
    assert door.relent() == 0
    page.press("send.change")
    page.ready("report.pdf")
    assert page.tab.find("textbox").get_property("value") == "Perhaps"
    page.press("send.button")
    page.delivered(PROVIDER, "Perhaps")
    page.arrives(PROVIDER, "report.pdf")


def test_a_failed_upload_fails_its_message(page, portal, make, door):
    door.on(PUT, refuses(500, "internal"))
    page.tab.slow(30_000)
    page.attach(make("long.pdf", pdf(1 << 20)))
    page.write(PROVIDER, "It will fail")
    page.press("send.button")
    page.tab.sees(page.t("send.loading"))
    page.tab.slow()
    page.tab.sees(f"long.pdf: {page.t('refused.other')}")
    page.tab.axe()
    page.tab.shot("files-failed")
    page.press("send.again")
    page.delivered(PROVIDER, "It will fail")
    page.arrives(PROVIDER, "long.pdf")


def test_the_session_ends_in_the_middle(page, portal, make, later):
    """The file goes on when its owner has signed in again in place."""
    page.tab.slow(60_000)
    page.attach(make("long.pdf", pdf(2 << 20)), make("report.pdf"))
    page.tab.sees(re.compile(r"\b[1-9]\d? %"))
    later(16 * 60)
    ended(page)
    page.tab.slow()
    account = portal.accounts["client1"]
    dialog = page.tab.find("dialog")
    page.fill("signin.login", account.login)
    page.fill("signin.passphrase", account.passphrase)
    page.press("signin.submit", dialog)
    page.tab.gone("dialog")
    page.ready("long.pdf", "report.pdf")
    page.press("send.button")
    page.arrives(PROVIDER, "long.pdf", "report.pdf")


# ---- leaving ----------------------------------------------------------------
def test_leaving_with_files_asks(page, make):
    """They are not part of the draft; that is said from the start."""
    page.attach(make("report.pdf"))
    page.ready("report.pdf")
    page.tab.sees(page.t("files.lost"))
    assert page.tab.js("""\
const leaving = new Event("beforeunload", {cancelable: true});
dispatchEvent(leaving);
return leaving.defaultPrevented;""")
    page.press("menu.signout")
    dialog = page.tab.find("alertdialog", page.t("files.leave.title"))
    page.tab.axe()
    page.press("cancel", dialog)
    page.tab.gone("alertdialog")
    page.ready("report.pdf")
    page.press("menu.signout")
    page.press("files.leave.yes")
    page.heading("signin.title")


def test_files_stay_while_one_looks_elsewhere(browsers, portal, make):
    page = come(portal, browsers(), "provider1", CLIENT)
    page.attach(make("report.pdf"))
    page.ready("report.pdf")
    page.choose("Client Number2")
    assert page.chosen() == []
    page.choose(CLIENT)
    page.ready("report.pdf")
    page.tab.click("link", page.t("account.title"))
    page.heading("account.title")
    page.tab.driver.back()
    page.choose(CLIENT)
    page.ready("report.pdf")


# ---- what became of them ----------------------------------------------------
def changed(door, change, times=99):
    """Entries that are asked for are changed so."""
    def act(forward):
        head, _, body = forward().partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            return head + b"\r\n\r\n" + body
        said = json.loads(body)
        change(said["items"])
        body = json.dumps(said).encode()
        return re.sub(rb"(?i)content-length: \d+", b"Content-Length: %d"
                      % len(body), head) + b"\r\n\r\n" + body
    door.on(r"^GET /v1/threads/\w+/entries", act, times)


@BOTH
def test_a_file_is_checked(browsers, portal, door, make, who, name, language,
                           phone):
    """No link until then, nor ever if there is a virus in it; and no reload
    in between."""
    state = {"now": "pending"}
    file = f"checked {who} {language}.pdf"

    def set_state(items):
        for item in items:
            for one in item.get("attachments", ()):
                if one["name"] == file:
                    one["state"] = state["now"]
    changed(door, set_state)
    other = ("provider1", CLIENT) if who == "client1" else (
        "client1", PROVIDER)
    sender = come(portal, browsers("sender"), *other)
    sender.attach(make(file, pdf()))
    sender.ready(file)
    sender.press("send.button")
    page = come(portal, browsers(phone=phone, language=language), who, name,
                language)
    page.tab.sees(page.t("file.pending", name=file))
    assert page.tab.all("link", re.compile("^" + file)) == []
    page.tab.axe()
    page.tab.shot(f"file-pending-{who}-{language}")
    state["now"] = "clean"
    portal.browser(other[0]).write_to(portal.browser(other[0]).contact(
        other[1])["id"], "Something else")
    page.tab.find("link", re.compile("^" + file))
    state["now"] = "infected"
    page.tab.driver.refresh()
    page.arrived()
    page.tab.sees(page.t("file.infected", name=file))
    assert page.tab.all("link", re.compile("^" + file)) == []
    page.tab.axe()
    page.tab.shot(f"file-infected-{who}-{language}")


@pytest.mark.parametrize("who, name, language", [
    ("client1", PROVIDER, "en"), ("provider1", CLIENT, "es")])
def test_a_withheld_file_is_told(browsers, portal, door, who, name,
                                 language):
    def withheld(items):
        items.insert(0, {"id": "a" * 26, "seq": items[0]["seq"] + 1,
                         "at": items[0]["at"], "kind": "event",
                         "event": "file-withheld"})
    changed(door, withheld)
    page = come(portal, browsers(language=language), who, name, language)
    page.tab.sees(page.t("event.file-withheld"))


# ---- what is said beside ----------------------------------------------------
def test_where_writing_is_closed_nobody_is_asked_to_write(browsers, portal,
                                                          door):
    def answered(items):
        items.insert(0, {"id": "b" * 26, "seq": items[0]["seq"] + 1,
                         "at": items[0]["at"], "kind": "event",
                         "event": "answered-by-mail"})
    changed(door, answered)
    page = come(portal, browsers())
    page.tab.sees(page.t("event.answered-by-mail"))
    portal.practice.relate("client1", "provider1", writable=False)
    try:
        page.tab.sees(page.t("event.answered-by-mail.closed"))
        assert page.t("event.answered-by-mail") not in page.tab.text()
    finally:
        portal.practice.relate("client1", "provider1", True, writable=True)
    page.tab.sees(page.t("event.answered-by-mail"))


def test_the_field_says_whom_one_writes_to_now(browsers, portal):
    page = come(portal, browsers())
    portal.practice.provision("provider1", "provider", "Dr. Renamed",
                              "provider1@providers.example")
    try:
        page.tab.find("textbox", page.t("composer.label", name="Dr. Renamed"))
    finally:
        portal.practice.provision("provider1", "provider", PROVIDER,
                                  "provider1@providers.example")
    page.tab.find("textbox", page.t("composer.label", name=PROVIDER))


def test_a_first_message_may_have_files(browsers, portal, make):
    """Dropped before there is anything to read."""
    page = Page(browsers()).arrive(portal, "client2")
    page.choose(OTHER)
    log = page.tab.find("log", page.t("chat.log", name=OTHER))
    page.tab.drag("over", log, make("report.pdf"))
    page.tab.drag("drop", log, make("report.pdf"))
    page.ready("report.pdf")
    type_in(page, OTHER, "To begin with")
    page.press("send.button")
    page.delivered(OTHER, "To begin with")
    page.arrives(OTHER, "report.pdf")
