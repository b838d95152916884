# SPDX-License-Identifier: Apache-2.0
"""A message that is sent arrives once, whatever a nervous finger, the server
or the line do to it; until it has, its text is safe."""

import json
import threading

import pytest
from client import wait_for
from conftest import fill, new_portal
from door import put_before, refuses
from pages import Page
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

CLIENT, PROVIDER = "Client Number1", "Provider Number1"
POST = "^POST /v1/threads"
# all that is said under messages from now on
STATES = """\
window.postern_states = "";
new MutationObserver((changes) => {
	for (const node of changes.flatMap(({addedNodes}) => [...addedNodes]))
		if (node.matches?.(".state"))
			window.postern_states += `${node.textContent}\n`;
}).observe(document.body, {childList: true, subtree: true});
"""


@pytest.fixture(scope="module", name="parts")
def portal_and_door(directory):
    place = new_portal(directory)
    between = put_before(place.practice)
    for portal in fill(place):
        yield portal, between
    between.close()


@pytest.fixture(scope="module")
def portal(parts):
    return parts[0]


@pytest.fixture
def door(parts):
    yield parts[1]
    parts[1].relent()


def arrived(portal, text):
    """How often the store has it."""
    client = portal.browser("client1")
    contact = client.contact(PROVIDER)
    return contact["thread"] is not None and client.messages(
        contact["thread"]["id"]).count(text)


def draft(portal):
    """What is kept of what the client writes."""
    client = portal.browser("client1")
    contact = client.contact(PROVIDER)
    return client.get(f"/v1/threads/{contact['thread']['id']}/draft" if (
        contact["thread"]) else f"/v1/contacts/{contact['id']}/draft")["body"]


def come(browsers, portal):
    page = Page(browsers()).arrive(portal, "client1")
    page.chat(PROVIDER)
    return page


@pytest.fixture
def page(browsers, portal):
    """In a conversation that has begun, whichever test is run."""
    client = portal.browser("client1")
    contact = client.contact(PROVIDER)
    if contact["thread"] is None:
        client.write_to(contact["id"], "To begin with")
    return come(browsers, portal)


def field(page):
    return page.tab.find("textbox", page.t("composer.label", name=PROVIDER))


def in_field(page):
    return field(page).get_property("value")


def delivered(page, portal, text):
    """And that once, and nothing is left of it anywhere else."""
    page.delivered(PROVIDER, text)
    assert page.bodies(PROVIDER).count(text) == 1
    assert in_field(page) == ""
    assert arrived(portal, text) == 1
    wait_for(lambda: draft(portal) == "", message=lambda: draft(portal))


def failed(page):
    """What is said under the message that was not sent, once it is."""
    found = page.tab.until(lambda: [
        bubble for bubble in page.bubbles(PROVIDER)
        if bubble.state.startswith("Not sent.")], 60,
        lambda: page.bubbles(PROVIDER))
    assert len(found) == 1
    return found[0]


# ---- a nervous finger ------------------------------------------------------
def storm_of_clicks(page):
    ActionChains(page.tab.driver).double_click(
        page.tab.find("button", page.t("send.button"))).perform()


def storm_of_keys(page):
    field(page).click()
    ActionChains(page.tab.driver).key_down(Keys.CONTROL).send_keys(
        Keys.ENTER * 10).key_up(Keys.CONTROL).perform()


def storm_of_both(page):
    page.tab.js("""\
const form = document.querySelector(".composer");
for (let i = 0; i < 20; i++) {
	form.querySelector("[type=submit]").click();
	form.requestSubmit();
}""")


def test_the_first_message_is_sent_once(browsers, portal):
    """That which makes the conversation."""
    page = come(browsers, portal)
    page.compose(PROVIDER)
    page.write(PROVIDER, "The very first")
    storm_of_both(page)
    delivered(page, portal, "The very first")


@pytest.mark.parametrize("storm", [storm_of_clicks, storm_of_keys,
                                   storm_of_both])
def test_a_nervous_finger_sends_once(page, portal, storm):
    text = f"Sent by a {storm.__name__}"
    page.write(PROVIDER, text)
    storm(page)
    delivered(page, portal, text)
    assert page.tab.focused() == (
        "textbox", page.t("composer.label", name=PROVIDER))


def test_a_message_shows_as_sending_first(page, portal, door):
    """And the next ones wait for it, so that they arrive in their order."""
    release = threading.Event()
    door.on(POST, lambda forward: release.wait(120) and forward())
    texts = [f"Number {n} of a row" for n in range(3)]
    for text in texts:
        page.write(PROVIDER, text)
        page.press("send.button")
    seen = page.bubbles(PROVIDER)[-3:]
    assert [(b.body, b.state, b.mine) for b in seen] == [
        (text, page.t("send.sending"), True) for text in texts]
    page.tab.axe()
    page.tab.shot("sending")
    release.set()
    delivered(page, portal, texts[-1])
    assert page.bodies(PROVIDER)[-3:] == texts
    client = portal.browser("client1")
    assert client.messages(client.contact(PROVIDER)["thread"]["id"])[
        -3:] == texts


# ---- the server refuses ---------------------------------------------------
BUSY = [(429, "too-many-requests", 1), (503, "busy", 1),
        (503, "unavailable", None), (503, "stopping", 1)]


@pytest.mark.parametrize("refusal", BUSY, ids=lambda r: r[1])
def test_what_passes_is_sat_out(page, portal, door, refusal):
    door.on(POST, refuses(*refusal))
    text = f"Sent although {refusal[1]}"
    page.write(PROVIDER, text)
    page.tab.js(STATES)  # it may not stand there for long
    page.press("send.button")
    page.tab.until(lambda: "Trying again" in page.tab.js(
        "return window.postern_states"))
    delivered(page, portal, text)
    assert door.relent() == 0


@pytest.mark.parametrize("refusal, times", [
    *((refusal, 5) for refusal in BUSY[:1]),
    ((507, "storage-full"), 1), ((413, "too-large"), 1),
    ((403, "membership-ended"), 1), ((500, "internal"), 1)],
    ids=lambda r: str(r[1] if isinstance(r, tuple) else r))
def test_what_does_not_pass_is_said(page, portal, door, refusal, times):
    """The text stays, here and on the server; "Try again" sends it."""
    door.on(POST, refuses(*refusal), times)
    text = f"Kept although {refusal[1]}\n\twith all its lines"
    page.write(PROVIDER, "")
    page.tab.js("arguments[0].value = arguments[1];"
                "arguments[0].dispatchEvent(new Event('input'))",
                field(page), text)
    page.press("send.button")
    message = failed(page)
    assert message.body == text
    for key in ("send.again", "send.edit"):
        page.tab.find("button", page.t(key))
    if refusal[1] == "storage-full":
        assert "call the practice" in message.state
        page.tab.axe()
        page.tab.shot("not-sent")
    wait_for(lambda: draft(portal) == text, message=lambda: draft(portal))
    assert not arrived(portal, text)
    assert page.tab.kept() == []
    page.press("send.again")
    delivered(page, portal, text)


def test_the_text_is_taken_back_and_changed(page, portal, door):
    door.on(POST, refuses(507, "storage-full"))
    page.write(PROVIDER, "Not quite rigt")
    page.press("send.button")
    failed(page)
    page.write(PROVIDER, "and more")
    page.press("send.edit")
    assert in_field(page) == "Not quite rigt\n\nand more"
    page.write(PROVIDER, "Quite right")
    page.press("send.button")
    delivered(page, portal, "Quite right")
    assert not arrived(portal, "Not quite rigt")


def test_writing_is_closed_meanwhile(page, portal):
    """In the moment between the last word and "Send"."""
    text = "Written when it was still allowed"
    page.write(PROVIDER, text)
    portal.practice.relate("client1", "provider1", False, writable=False)
    page.tab.sees(page.t("closed.writing-closed", name=PROVIDER))
    page.tab.sees(page.t("card.past"))
    page.press("send.button")
    assert page.t("refused.writing-closed") in failed(page).state
    page.tab.axe()
    page.tab.shot("writing-closed")
    assert not arrived(portal, text)
    wait_for(lambda: draft(portal) == text, message=lambda: draft(portal))
    portal.practice.relate("client1", "provider1", True, writable=True)
    page.tab.until(lambda: page.t("card.past") not in page.tab.text())
    page.press("send.again")
    delivered(page, portal, text)


# ---- the line --------------------------------------------------------------
def test_a_lost_connection_is_shown_and_heals(page, portal):
    page.tab.offline()
    page.tab.sees(page.t("live.lost"))
    page.tab.sees("In danger: call 911")
    page.tab.axe()
    texts = ["Written in a tunnel", "And one more in there"]
    for text in texts:
        page.write(PROVIDER, text)
        page.press("send.button")
    page.tab.until(lambda: page.bubbles(PROVIDER)[-2].state.startswith(
        page.t("refused.offline")))
    page.tab.shot("offline")
    assert page.tab.kept() == []
    page.tab.offline(False)
    delivered(page, portal, texts[1])
    assert page.bodies(PROVIDER)[-2:] == texts
    assert arrived(portal, texts[0]) == 1
    page.tab.until(lambda: page.t("live.lost") not in page.tab.text())


# ---- posternd dies ----------------------------------------------------------
def before(portal):
    """What was sent never comes to it."""
    def act(forward):
        portal.practice.posternd.kill()
        return b""
    return act


def meanwhile(portal):
    """It has it in its hands."""
    def act(forward):
        asking = threading.Thread(target=forward)
        asking.start()
        portal.practice.posternd.kill()
        asking.join()
        return b""
    return act


def after(portal):
    """It has stored it and said so, but nobody has heard."""
    def act(forward):
        assert b" 201 " in forward()
        portal.practice.posternd.kill()
        return b""
    return act


@pytest.mark.parametrize("when", [before, meanwhile, after])
def test_posternd_dies_in_the_moment_of_send(page, portal, door, when):
    page.tab.allow("/v1/events.*ERR_HTTP2_PROTOCOL_ERROR")
    text = f"Sent when it died: {when.__name__}"
    door.on(POST, when(portal))
    page.write(PROVIDER, text)
    page.press("send.button")
    wait_for(lambda: not portal.practice.posternd.running())
    page.tab.sees(page.t("live.lost"))
    portal.practice.start_posternd()
    delivered(page, portal, text)
    assert door.relent() == 0
    page.tab.until(lambda: page.t("live.lost") not in page.tab.text(), 40)


# ---- the page dies ----------------------------------------------------------
def never_comes(gone):
    return lambda forward: gone.wait(120) and b""


def comes_unheard(gone):
    def act(forward):
        forward()
        gone.wait(120)
        return b""
    return act


def comes_late(gone):
    return lambda forward: gone.wait(120) and forward()


@pytest.mark.parametrize("fate", [never_comes, comes_unheard, comes_late])
@pytest.mark.parametrize("again", ["here", "elsewhere"])
def test_the_page_is_closed_in_the_moment_of_send(browsers, portal, page,
                                                  door, fate, again):
    """Whoever opens it again finds it sent, or still in the field; then
    "Send" sends it, and once in any case."""
    text = f"Sent when the page closed, opened {again}: {fate.__name__}"
    gone, came, met = (threading.Event() for _ in range(3))
    act = fate(gone)

    def meet(forward):
        came.set()
        try:
            return act(forward)
        finally:
            met.set()
    going = page.beside()
    going.chat(PROVIDER)
    # what a page still loads when it is closed fails
    going.tab.allow(r"\.svg - Failed to load resource: net::ERR_FAILED")
    door.on(POST, meet)
    going.write(PROVIDER, text)
    going.press("send.button")
    going.tab.sees(page.t("send.sending"))
    assert came.wait(60)
    going.tab.close()
    gone.set()
    assert met.wait(60)
    if again == "here":
        back = page.beside()
    else:
        back = Page(browsers("other")).arrive(portal, "client1")
    back.chat(PROVIDER)

    def settled():
        return text in (in_field(back), *back.bodies(PROVIDER)[-1:])
    back.tab.until(settled)
    if fate is never_comes:
        assert in_field(back) == text
    elif fate is comes_unheard:
        assert in_field(back) == ""
    if in_field(back) == text:
        back.press("send.button")
    back.tab.until(lambda: back.bodies(PROVIDER)[-1:] == [text]
                   and in_field(back) == "")
    wait_for(lambda: arrived(portal, text) == 1)
    wait_for(lambda: draft(portal) == "", message=lambda: draft(portal))
    assert back.bodies(PROVIDER).count(text) == 1


# ---- what is typed ----------------------------------------------------------
def test_it_is_sent_as_it_was_typed(page, portal):
    """But for what no server can take: line ends become one kind, control
    characters and broken surrogates go."""
    typed = "a\r\nb\rc\x0bd\x85e\0f\x1b[31m\ud800g\n\n  h\ti\u202e \U0001f33f"
    page.tab.js("arguments[0].value = 'x';"
                "Object.defineProperty(arguments[0], 'value', {"
                "value: JSON.parse(arguments[1]), writable: true});"
                "arguments[0].dispatchEvent(new Event('input'))",
                field(page), json.dumps(typed))
    page.press("send.button")
    sent = "a\nb\nc\nd\nef[31m\ufffdg\n\n  h\ti\u202e \U0001f33f"
    wait_for(lambda: arrived(portal, sent) == 1)
    page.tab.until(lambda: page.tab.js("""\
return [...document.querySelectorAll(".body")].at(-1).textContent;""") == sent)
