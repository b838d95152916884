# SPDX-License-Identifier: Apache-2.0
"""Cards with a picture or initials, as they change."""

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
