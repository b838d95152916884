# SPDX-License-Identifier: Apache-2.0
"""Cards with a picture or initials, as they change."""

import re
import struct

import pytest
from images import encoded, png, sample
from pages import Page

IMAGE = """return [...document.querySelectorAll(".card img")].map((image) =>
    [image.complete && image.naturalWidth, image.getAttribute("src")]);"""


def give(portal, who, image):
    """Its address; None takes it away."""
    return portal.practice.portal.call(
        "PUT", f"/v1/participants/{who}/picture",
        {"image": image and encoded(image)}).expect(200).json["picture"]


@pytest.mark.parametrize("image", [
    png(48, 48), sample("palette.png"), sample("photo.jpg"),
    sample("progressive.jpg")], ids=lambda i: f"{len(i)}")
def test_a_picture_comes_and_goes(browsers, portal, image):
    """Nobody reloads, and nothing is refused by a policy."""
    page = Page(browsers()).arrive(portal, "client2")
    page.tab.until(lambda: len(page.cards()) == 2)
    assert page.tab.js(IMAGE) == []
    given = give(portal, "provider1", image)
    page.tab.until(lambda: page.tab.js(IMAGE) in (
        [[48, given]], [[32, given]]))
    other = give(portal, "provider1", png(64, 64))
    page.tab.until(lambda: page.tab.js(IMAGE) == [[64, other]])
    page.tab.axe()
    assert give(portal, "provider1", None) is None
    page.tab.until(lambda: page.tab.js(IMAGE) == [])


@pytest.mark.parametrize(("name", "letters"), [
    ("Dr. Ada Moreno", "AM"), ("J. R. Smith Jr.", "JS"), ("Dr.", "D"),
    ("Ñandú", "Ñ"), ("李 小龍", "李小"), ("Mary-Ann O’Neil", "MO"),
    ("<b>", "B"), ("!", "?")])
def test_initials(browsers, portal, name, letters):
    portal.practice.provision("provider2", "provider", name,
                              "provider2@providers.example")
    page = Page(browsers()).arrive(portal, "client2")
    page.tab.until(lambda: len(page.cards()) == 2)
    shown = page.tab.js("""return [...document.querySelectorAll(".card .face")]
        .map((face) => face.textContent);""")
    assert sorted(shown) == sorted([letters, "PN"])


def with_place(photo):
    """A telephone's note of where it was taken: a segment of Exif."""
    exif = b"Exif\0\0MM\0*GPS 48.2 N 16.4 E"
    return (photo[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
            + photo[2:])


@pytest.mark.parametrize("language", ["en", "es"])
def test_staff_choose_a_picture(browsers, portal, tmp_path, language):
    """It is shrunk in the page; nothing else of the file leaves it."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(with_place(sample("photo.jpg")))
    text = tmp_path / "text.png"
    text.write_bytes(b"no picture")
    client = Page(browsers("client")).arrive(portal, "client1")
    page = Page(browsers("staff", language=language)).arrive(
        portal, "staff1", "/people")
    page.tab.click("button", re.compile("Provider Number1"))
    page.tab.find("heading", page.t("person.picture"))
    chosen = page.tab.driver.find_element("css selector", "[type=file]")
    chosen.send_keys(str(text))
    page.tab.sees(page.t("person.picture.none"))
    chosen.send_keys(str(photo))
    page.tab.find("button", page.t("person.picture.remove"))
    client.tab.until(lambda: client.tab.js(
        "return document.querySelector('.face img')?.naturalWidth;") == 256)
    page.tab.axe()
    page.tab.shot(f"staff picture {language}")
    kept = portal.practice.session("client1").contact("Provider Number1")
    image = portal.practice.session("client1").call(
        "GET", kept["picture"]).expect(200).raw
    assert image.startswith(b"\xff\xd8") and b"GPS" not in image
    page.press("person.picture.remove")
    client.tab.until(lambda: client.tab.js(
        "return document.querySelector('.face')?.textContent;") == "PN")


def test_an_open_conversation_says_who_it_is_with_now(browsers, portal):
    page = Page(browsers()).arrive(portal, "client1")
    practice = portal.practice
    page.chat("Provider Number1")
    practice.provision("provider1", "provider", "Dr. Provider Renamed",
                       "provider1@providers.example", credentials="PhD")
    chat = page.chat("Dr. Provider Renamed")

    def lines():
        return [line for line in page.tab.text(chat).split("\n") if line]
    page.tab.until(lambda: lines()[:3] == [
        "PR", "Dr. Provider Renamed", "PhD"], message=lines)
    practice.relate("client1", "provider1", active=False)
    page.tab.until(lambda: page.t("card.past") in page.tab.text(chat))
