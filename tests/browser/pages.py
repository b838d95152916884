# SPDX-License-Identifier: Apache-2.0
"""What one does in the portal, in the words that are on the screen."""

import base64
import json
import os
import re

from postern import SOURCE


class Words:
    """A file of portal/lang/, as the page reads it."""

    def __init__(self, language):
        self.all = json.loads(
            (SOURCE / f"portal/lang/{language}.json").read_text())

    def __call__(self, key, n=None, **values):
        text = self.all[key]
        if isinstance(text, dict):
            text = text["one" if n == 1 else "other"]
        if n is not None:
            values["n"] = n
        return re.sub(r"\{(\w+)\}", lambda m: str(values[m[1]]), text)


class Bubble:
    """A message as it is shown."""

    def __init__(self, seen):
        self.body, self.state, self.colour = (
            seen["body"], seen["state"], seen["colour"])
        self.mine = seen["mine"]

    def __repr__(self):
        return f"<{self.body!r} {self.state}>"


class Page:
    """A Tab with the portal in it."""

    def __init__(self, tab, language="en"):
        self.tab = tab
        self.t = Words(language)

    # ---- getting there ------------------------------------------------------
    def arrive(self, portal, who, path="/messages"):
        """With a session that is open already."""
        self.tab.take(portal.cookie(who))
        self.tab.open(path)
        return self.arrived()

    def arrived(self):
        """Signed in; in the language of whoever that is."""
        self.t = Words(self.tab.until(lambda: self.tab.js("""\
return document.querySelector(".skip") && document.documentElement.lang;"""),
            message=self.tab.outline))
        self.tab.find("link", self.t("skip"))
        return self

    def sign_in(self, portal, who):
        """Types it all."""
        account = portal.accounts[who]
        self.fill("signin.login", account.login)
        self.fill("signin.passphrase", account.passphrase)
        self.press("signin.submit")
        if account.authenticator:
            self.fill("factor.code", code(portal, who))
            self.press("factor.submit")
        return self.arrived()

    def beside(self, path="/messages"):
        """The same person's second tab."""
        return Page(self.tab.beside().open(path)).arrived()

    def fill(self, key, text, **values):
        box = self.tab.find("textbox", self.t(key, **values))
        box.clear()
        box.send_keys(text)

    def heading(self, key, **values):
        """Waits for it, and for the focus to be there."""
        def focused():
            found = self.tab.find("heading", self.t(key, **values))
            return found == self.tab.driver.switch_to.active_element and found
        return self.tab.until(focused, 30, lambda: f"no focus on {key}: "
                              f"{self.tab.focused()}\n{self.tab.outline()}")

    def press(self, key, within=None, **values):
        self.tab.click("button", self.t(key, **values), within)

    # ---- files --------------------------------------------------------------
    def attach(self, *paths):
        """Chooses them in the dialog that the button opens."""
        self.tab.driver.find_element(
            "css selector", ".composer [type=file]").send_keys(
                "\n".join(str(path) for path in paths))

    def chosen(self):
        """(name, what is said of it) of each file of the message that is
        being written."""
        return [tuple(each) for each in self.tab.js("""\
return [...document.querySelectorAll(".chosen")].map((row) => [
	row.querySelector(".name").innerText, row.querySelector(".state").innerText]);
""")]

    def ready(self, *names, seconds=60):
        """Until these are chosen, and uploaded."""
        wanted = [(name, self.t("files.ready")) for name in names]
        self.tab.until(lambda: self.chosen() == wanted, seconds,
                       lambda: f"{self.chosen()}\n{self.tab.text()}")

    def refused(self, key, name, **values):
        """Until it is said that this file does not go along, and why."""
        self.tab.sees(f"{name}: {self.t(key, **values)}")

    def files(self, name):
        """Those of the last message of a conversation: what is read of each,
        without its size."""
        return self.tab.js("""\
return [...[...arguments[0].querySelectorAll(".message")].at(-1)
	.querySelectorAll(".attachments li")].map((one) =>
	(one.querySelector(".name") ?? one).textContent);""", self.tab.find(
            "log", self.t("chat.log", name=name)))

    def arrives(self, name, *files, seconds=60):
        """Until these are the files of the last message, each a link."""
        def there():
            links = self.tab.js("""\
return [...[...arguments[0].querySelectorAll(".message")].at(-1)
	.querySelectorAll(".attachments a")].map((link) => link.download);""",
                                self.tab.find("log", self.t("chat.log",
                                                            name=name)))
            return links == list(files)
        self.tab.until(there, seconds, lambda: f"{self.files(name)}")

    # ---- the frame ----------------------------------------------------------
    def fold(self, up):
        """The menu, where it can be."""
        for button in self.tab.all("button", re.compile(
                "^" + self.t("menu.button"))):
            if button.get_attribute("aria-expanded") == str(up).lower():
                button.click()

    def menu(self):
        """Its entries, from top to bottom; opened where it is folded up."""
        self.fold(False)
        return self.tab.names("link", self.tab.find(
            "navigation", self.t("menu.label")))

    def marked(self):
        """Whether "Messages" bears the mark."""
        entry = self.menu()[-1]
        self.fold(True)
        plain = self.t("messages.title")
        assert entry in (plain, f"{plain} {self.t('menu.unread')}"), entry
        return entry != plain

    # ---- people and conversations ------------------------------------------
    def cards(self):
        """What is read out of the cards, in their order."""
        return self.tab.names("button", self.tab.find(
            "navigation", self.t("messages.list")))

    def choose(self, name):
        self.tab.click("button", re.compile(re.escape(name)), self.tab.find(
            "navigation", self.t("messages.list")))
        return self.chat(name)

    def chat(self, name):
        return self.tab.find("region", self.t("chat.label", name=name))

    def compose(self, to):
        """By the button, the dialog and "Next"."""
        button, *_ = self.tab.until(lambda: self.tab.all(
            "button", self.t("compose.button")))
        button.click()
        dialog = self.tab.find("dialog", self.t("compose.title"))
        choice = self.tab.find("radio", re.compile(re.escape(to)), dialog)
        if not choice.is_selected():
            choice.click()
        self.press("compose.next", dialog)
        self.tab.gone("dialog")

    def write(self, name, text):
        self.fill("composer.label", text, name=name)

    def send(self, name, text):
        """Writes and sends; waits until it is delivered."""
        self.write(name, text)
        self.press("send.button")
        self.delivered(name, text)

    def bubbles(self, name):
        """All messages of a conversation, from top to bottom."""
        return [Bubble(seen) for seen in self.tab.js("""\
return [...arguments[0].querySelectorAll(".message")].map((line) => ({
	body: line.querySelector(".body")?.innerText ?? null,
	mine: line.classList.contains("mine"),
	state: line.querySelector(".state")?.innerText ?? "",
	colour: getComputedStyle(line.querySelector(".bubble")).backgroundColor,
}));""", self.tab.find("log", self.t("chat.log", name=name)))]

    def bodies(self, name):
        return [bubble.body for bubble in self.bubbles(name)]

    def delivered(self, name, text, seconds=60):
        """Until the last message is this one, and delivered."""
        def last():
            found = self.bubbles(name)[-1:]
            return found and (found[0].body, found[0].state) == (
                text, self.t("send.delivered")) and found[0]
        return self.tab.until(last, seconds, lambda: self.bubbles(name))

    def shows(self, name, *bodies, seconds=60):
        """Until the messages are these, without a reload."""
        return self.tab.until(lambda: self.bodies(name) == list(bodies)
                              and self.bubbles(name), seconds,
                              lambda: self.bodies(name))


def upload(person, content, kind="text/csv"):
    """A file of somebody without a screen: what a message names it by."""
    one = base64.b32encode(os.urandom(16)).decode().lower().rstrip("=")
    person.call("PUT", f"/v1/uploads/{one}", content,
                {"Content-Type": kind}).expect(200)
    return one


def send_files(person, to, files, body=""):
    """A message from them with FILES, name to (content, media type)."""
    thread = person.contact(to)["thread"]["id"]
    return person.post(f"/v1/threads/{thread}/entries", {
        "body": body, "attachments": [
            {"upload": upload(person, *file), "name": name}
            for name, file in files.items()]}).expect(201).json["entry"]


def code(portal, who):
    """What somebody's authenticator shows: one that was not used yet."""
    portal.practice.move_clock(30)
    return portal.accounts[who].authenticator.code(portal.practice.offset)


def is_green(colour):
    """Of a CSS colour: what everybody would call green."""
    red, green, blue = (float(n) for n in re.findall(r"[\d.]+", colour)[:3])
    return green > red * 1.08 and green > blue * 1.02


def background(element):
    return element.value_of_css_property("background-color")
