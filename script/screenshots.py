# SPDX-License-Identifier: Apache-2.0
"""Pictures of the portal; see script/screenshots. The same window, words and
people each time; only the times of day differ."""

import argparse
import os
import pathlib
import shutil
import sys

from lakeside import PEOPLE, SOURCE, Lakeside, machine_zone, owner

sys.path.insert(0, str(SOURCE / "tests/browser"))

import postern  # noqa: E402
from browser import Browser, make_home  # noqa: E402
from pages import Page  # noqa: E402

MORENO, OSEI, RUIZ = (PEOPLE[name].name for name in (
    "moreno", "osei", "ruiz"))


# ---- what is looked at ------------------------------------------------------
def talk(name):
    """A conversation, when it is read."""
    def show(page):
        page.choose(name)
        page.tab.until(lambda: page.bubbles(name) and not any(
            name in card and page.t("card.unread", n) in card
            for card in page.cards() for n in (1, 2)))
    return show


def shown(name):
    """The only conversation there is."""
    return lambda page: page.tab.until(lambda: page.bubbles(name))


def seen(role, key):
    return lambda page: page.tab.find(role, page.t(key))


def pressed(key):
    return lambda page: page.press(key)


# name: (who, path, what else is done, how it is looked at)
VIEWS = {
    "portal-client": ("becker", "/messages", talk(MORENO), {}),
    "portal-provider": ("moreno", "/messages", talk(OSEI), {}),
    "sign-in": (None, "/", seen("textbox", "signin.login"), {}),
    "sign-in-spanish": (None, "/", seen("textbox", "signin.login"),
                        {"language": "es"}),
    "client-dark": ("becker", "/messages", talk(MORENO), {"dark": True}),
    "client-phone": ("osei", "/messages", shown(MORENO), {"phone": True}),
    "client-spanish": ("ruiz", "/messages", seen("button", "compose.button"),
                       {"language": "es"}),
    "client-compose": ("becker", "/messages", pressed("compose.button"), {}),
    "provider-first": ("moreno", "/messages", lambda page: page.choose(RUIZ),
                       {}),
    "provider-phone": ("moreno", "/messages",
                       seen("navigation", "messages.list"), {"phone": True}),
    "staff": ("hale", "/people", seen("button", "people.add"), {}),
    "account": ("moreno", "/account", seen("heading", "account.title"), {}),
}
README = ("portal-client", "portal-provider")


class Photographer:
    """Goes round PLACE with one browser; pictures land in DIRECTORY."""

    def __init__(self, place, directory):
        self.place = place
        self.dir = directory
        nginx = place.portal.nginx
        self.browser = Browser(make_home(place.dir / "home", nginx.ca_file),
                               nginx, place.dir / "profile")

    def take(self, name):
        who, path, act, setup = VIEWS[name]
        tab = self.browser.tab(calm=True, zone=machine_zone(), **setup)
        page = Page(tab, setup.get("language", "en"))
        if who:
            page.arrive(self.place.portal, PEOPLE[who].number, path)
        else:
            tab.open(path)
        act(page)
        # a cursor would be there or not
        tab.js("document.activeElement.blur()")
        faults = self.browser.blame()
        assert not faults, faults
        file = self.dir / f"{name}.png"
        shutil.move(tab.shot(name), file)
        if owner():
            os.chown(file, owner(), -1)
        print(f"{file}  ({file.stat().st_size >> 10} KiB)", flush=True)
        self.browser.forget()
        self.browser.blame()


def main():
    parser = argparse.ArgumentParser(prog="script/screenshots",
                                     add_help=False)
    parser.add_argument("--dir", type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("views", nargs="*", metavar="VIEW")
    arguments = parser.parse_args()
    for name in arguments.views:
        if name != "all" and name not in VIEWS:
            parser.error(f"no view {name}: see --list")
    if arguments.list:
        print("\n".join(VIEWS))
        return 0
    views = arguments.views or README
    if "all" in views:
        views = VIEWS
    where = arguments.dir or (postern.build_dir() / "screens"
                              if arguments.views else SOURCE / "docs")
    where.mkdir(parents=True, exist_ok=True)
    directory = postern.new_directory("postern-screens-")
    place = Lakeside(directory)
    photographer = None
    try:
        place.start()
        place.open_accounts()
        place.live()
        photographer = Photographer(place, where)
        for name in views:
            photographer.take(name)
        return 0
    finally:
        if photographer:
            photographer.browser.quit()
        place.stop()
        postern.remove(directory)


if __name__ == "__main__":
    sys.exit(main())
