# SPDX-License-Identifier: Apache-2.0
"""Pictures: who gives them, who sees them, what is taken for one, and how it
is served."""

import json
import subprocess

import postern
import pytest
from accounts import Accounts
from conftest import DESCRIPTION
from images import (chunk, encoded, header_jpeg, header_png, png, sample,
                    sized_png)
from marks import search
from nginx import Nginx
from postern import ORIGIN
from web import ask

LIMIT = 32 << 10
ABSENT = "a" * 26
SCRIPT = b"<script>alert(document.domain)</script>"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@pytest.fixture(scope="module")
def place(directory):
    """posternd, and people who know each other or do not: client1 has
    provider1, client2 has provider1 and had provider2; client3 has nobody.
    provider1, client1 and client2 have a picture."""
    practice = postern.Practice(directory / "p", {
        "host": "127.0.0.1", "port": 9, "tls": "none", "timeout": "5s"},
        observe=DESCRIPTION.check)
    practice.init()
    practice.start_posternd()
    practice.enrol()
    practice.relate("client2", "provider2", active=False)
    practice.provision("client3", "client", "Client Number3",
                       "client3@clients.example")
    practice.admin.call("POST", "/v1/admin/participants", {
        "external_id": "staff", "role": "staff", "name": "Staff",
        "addresses": ["staff@staff.example"]}).expect(201)
    practice.people = Accounts(practice, ORIGIN)
    for who in ("client3", "provider2", "staff"):
        practice.people.open_account(who)
    for who in ("provider1", "client1", "client2"):
        give(practice, who, png(pixels=who.encode()))
    practice.ids = {item["external_id"]: item["id"] for item in
                    practice.admin.call("GET", "/v1/admin/participants"
                                        ).expect(200).json["items"]}
    yield practice
    try:
        practice.stop()
    finally:
        practice.kill()


def put(caller, who, image, where="/v1/participants"):
    """IMAGE: bytes, or what stands in the JSON."""
    if isinstance(image, bytes):
        image = encoded(image)
    return caller.call("PUT", f"{where}/{who}/picture", {"image": image})


def give(practice, who, image):
    """By the frontend; its address."""
    return put(practice.portal, who, image).expect(200).json["picture"]


def path_of(place, who):
    return f"/v1/pictures/{place.ids.get(who, who)}"


def shown(caller, address):
    """A picture's bytes, served as they should be."""
    reply = caller.call("GET", address).expect(200)
    kind = {b"\x89P": "png", b"\xff\xd8": "jpeg"}[reply.raw[:2]]
    extension = {"png": "png", "jpeg": "jpg"}[kind]
    assert {name: value for name, value in reply.headers.items()
            if name not in ("Date", "Connection")} == {
        **HEADERS, "Content-Type": f"image/{kind}",
        "Content-Length": str(len(reply.raw)),
        "Content-Disposition": f'inline; filename="picture.{extension}"'}
    return reply.raw


# ---- who sees one ----------------------------------------------------------
@pytest.mark.parametrize("who, whose, status", [
    ("client1", "provider1", 200), ("provider1", "client1", 200),
    ("client1", "client1", 200), ("provider1", "provider1", 200),
    ("provider2", "client2", 200),  # of then
    ("client2", "provider2", 404),  # has none
    ("client2", "client2", 200), ("staff", "client1", 200),
    ("staff", "provider1", 200), ("staff", "provider2", 404),
    ("provider2", "client1", 404), ("provider2", "provider1", 404),
    ("client1", "client2", 404), ("client1", "staff", 404),
    ("client3", "provider1", 404), ("client3", "client1", 404),
    ("client3", ABSENT, 404), ("staff", ABSENT, 404),
    ("client3", "nonsense", 404), ("portal", "client1", 200),
    ("portal", "provider1", 200), ("portal", "staff", 404),
    ("portal", ABSENT, 404), ("nobody", "provider1", 401),
    ("nobody", ABSENT, 401)])
def test_who_sees_it(place, who, whose, status):
    if who in place.people.accounts:
        caller = place.people.browser(who)
    elif who == "nobody":
        caller = place.browser()
    elif who == "portal":
        caller = place.portal
    else:
        caller = place.session(who)
    if status == 200:
        assert whose.encode() in shown(caller, path_of(place, whose))
        assert shown(caller, path_of(place, whose) + "?v=1")
    elif status == 401:
        caller.call("GET", path_of(place, whose)).problem(
            401, "unauthenticated")
    else:
        reply = caller.call("GET", path_of(place, whose)).problem(
            404, "not-found")
        # absent, hidden and without one look alike
        assert reply.raw == caller.call("GET", path_of(place, ABSENT)).raw
        assert reply.headers["Cache-Control"] == "no-store"


def test_other_queries(place):
    caller, path = place.session("client1"), path_of(place, "provider1")
    caller.call("GET", path + "?w=1").problem(422, "invalid-query")
    caller.call("GET", path + "?v=1&v=1").problem(422, "invalid-query")
    caller.call("POST", path).problem(405)


@pytest.mark.parametrize("rights, roles, client, provider, giving", [
    ("", "client provider", 404, 404, 403),
    ("assert", "client", 200, 404, 403),
    ("assert", "client provider", 200, 200, 403),
    ("second-factor", "client provider", 404, 404, 403),
    ("provision", "client", 200, 200, 200)])
def test_frontends(place, rights, roles, client, provider, giving):
    """By their rights; and none takes part without a session."""
    before = {name: place.settings[f"frontend portal.{name}"]
              for name in ("rights", "roles")}

    def restart(rights, roles):
        place.stop()
        place.settings["frontend portal.rights"] = rights
        place.settings["frontend portal.roles"] = roles
        place.write_config()
        place.start_posternd()

    restart(rights, roles)
    try:
        for who, status in (("client1", client), ("provider1", provider)):
            place.portal.call("GET", path_of(place, who)).expect(status)
        place.portal.call("GET", path_of(place, ABSENT)).expect(404)
        put(place.portal, "client3", png()).expect(giving)
        put(place.portal, "client3", None).expect(giving)
    finally:
        restart(**before)


def test_half_a_session(place):
    """With the second step still to be done, nobody is there yet."""
    account = place.people.accounts["provider2"]
    browser = place.browser("192.0.2.200")
    assert browser.sign_in(account.login, account.passphrase)[
        "state"] == "second-factor"
    browser.call("GET", path_of(place, "client2")).problem(
        403, "second-factor-due")
    put(browser, "client2", None).problem(403, "second-factor-due")


# ---- who gives one ---------------------------------------------------------
def test_who_gives_it(place):
    portal, people = place.portal, place.people
    for caller in (place.session("client1"), place.session("provider1"),
                   people.browser("client3"), people.browser("provider2")):
        put(caller, "client1", None).problem(403, "forbidden")
    put(place.browser(), "client1", None).expect(401)
    staff = people.browser("staff")
    for caller in (staff, portal):
        put(caller, "nobody", png()).problem(404)
        put(caller, "staff", png()).problem(403, "forbidden")
        given = put(caller, "client3", png()).expect(200).json["picture"]
        assert shown(staff, given) == png()
        put(caller, "client3", None).expect(200)
        staff.call("GET", given).expect(404)
    admin = "/v1/admin/participants"
    for who in ("staff", "client3", place.ids["client3"]):
        given = put(place.admin, who, png(), admin).expect(200)
        assert shown(staff, given.json["picture"]) == png()
        assert put(place.admin, who, None, admin).expect(200).json == {
            "picture": None}
    put(place.admin, "nobody", png(), admin).problem(404)
    place.admin.call("GET", path_of(place, "client1")).expect(404)


def test_staff_prove_that_it_is_their_page(place):
    staff = place.people.browser("staff")
    body = {"image": None}
    for headers, slug in (({"Origin": "https://x.example"}, "cross-origin"),
                          ({"X-CSRF-Token": None}, "csrf")):
        staff.call("PUT", "/v1/participants/client1/picture", body,
                   headers).problem(403, slug)
    staff.call("GET", path_of(place, "client1"), headers={
        "Sec-Fetch-Site": "cross-site"}).problem(403, "cross-origin")
    assert shown(staff, path_of(place, "client1"))


# ---- what is one -----------------------------------------------------------
@pytest.mark.parametrize("name, like", [
    ("plain.png", "plain.png"), ("palette.png", "palette.png"),
    ("baseline.jpg", "baseline.jpg"), ("progressive.jpg", "progressive.jpg"),
    ("grey.jpg", "grey.jpg"), ("photo.jpg", None), ("telling.png", None)])
def test_formats(place, name, like):
    """Served as it came, without what it tells besides."""
    given = give(place, "client3", sample(name))
    image = shown(place.portal, given)
    if like:
        assert image == sample(like)
    for told in (b"Exif", b"eXIf", b"Lakeside Camera", b"secret", b"script",
                 b"GPS", b"tIME", b"acTL", b"JFXX"):
        assert told not in image
    assert len(image) <= len(sample(name))


@pytest.mark.parametrize("image", [
    png(16, 16), png(1024, 16), png(16, 1024), header_png(1024, 1024),
    header_jpeg(16, 16), header_jpeg(1024, 1024), sized_png(LIMIT)],
    ids=lambda i: f"{len(i)}")
def test_sizes(place, image):
    assert shown(place.portal, give(place, "client3", image)) == image


HOSTILE = {
    "too-large": (sized_png(LIMIT + 1), "at most 32,768 bytes"),
    "far-too-large": (sized_png(48000), "at most 32,768 bytes"),
    "wide": (header_png(1025, 16), "1,024 pixels"),
    "high": (header_png(16, 1025), "1,024 pixels"),
    "narrow": (header_png(15, 16), "1,024 pixels"),
    "huge": (header_png(100000, 100000), "1,024 pixels"),
    "negative": (header_png(2**32 - 1, 2**31), "1,024 pixels"),
    "flat": (header_png(0, 100), "1,024 pixels"),
    "huge-jpeg": (header_jpeg(65535, 65535), "1,024 pixels"),
    "flat-jpeg": (header_jpeg(100, 0), "1,024 pixels"),
    "empty": (b"", "PNG or JPEG"),
    "signature": (png()[:8], "damaged"),
    "half-a-header": (png()[:20], "damaged"),
    "no-pixels": (png()[:33], "damaged"),
    "cut-off": (png()[:-1], "damaged"),
    "cut-off-jpeg": (sample("baseline.jpg")[:-2], "damaged"),
    "half-a-jpeg": (sample("baseline.jpg")[:50], "damaged"),
    "arithmetic": (sample("arithmetic.jpg"), "damaged"),
    "no-chunks": (png()[:8] + b"\xff" * 100, "damaged"),
    "long-chunk": (png()[:33] + b"\x7f\xff\xff\xffIDAT", "damaged"),
    "unknown-chunk": (png(before=chunk(b"EVIL", SCRIPT)), "damaged"),
    "svg": (sample("vector.svg"), "PNG or JPEG"),
    "html": (sample("page.html"), "PNG or JPEG"),
    "gif": (sample("old.gif"), "PNG or JPEG"),
    "webp": (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(40), "PNG or JPEG"),
    "html-first": (SCRIPT + png(), "PNG or JPEG"),
    "gif-and-png": (b"GIF89a" + png(), "PNG or JPEG"),
    "pdf": (b"%PDF-1.7\n" + png(), "PNG or JPEG"),
    "blank-first": (b"\n" + sample("baseline.jpg"), "PNG or JPEG"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(place, name):
    """Refused, in words, and the picture that was there is there."""
    image, words = HOSTILE[name]
    before = shown(place.portal, path_of(place, "provider1"))
    reply = put(place.portal, "provider1", image).problem(422, "invalid-field")
    assert reply.json["field"] == "image"
    assert words in reply.json["detail"]
    assert shown(place.portal, path_of(place, "provider1")) == before


@pytest.mark.parametrize("image", [
    True, 7, [], {}, "AAA", "AAAA=", "A A A A", encoded(png()) + "\n",
    encoded(png()).rstrip("=") + "==" * 2, encoded(png())[:-4] + "ab!=",
    "data:image/png;base64," + encoded(png()), "https://x.example/x.png"],
    ids=str)
def test_no_base64(place, image):
    reply = put(place.portal, "client3", image).problem(422, "invalid-field")
    assert reply.json["field"] == "image"


def test_no_image_is_no_removal(place):
    given = give(place, "client3", png())
    path = "/v1/participants/client3/picture"
    place.portal.call("PUT", path, {}).problem(422, "invalid-field")
    assert shown(place.portal, given) == png()
    # an encoder may write a slash as \/, and there are many
    text = encoded(sized_png(LIMIT)).replace("/", "\\/")
    place.portal.call("PUT", path, f'{{"image":"{text}"}}'.encode()
                      ).expect(200)
    place.portal.call("PUT", path, {"image": "A" * 70000}).problem(413)


POLYGLOTS = {
    "png-then-html": png(after=b"<html>" + SCRIPT),
    "png-then-zip": png(after=b"PK\3\4" + SCRIPT),
    "png-text": png(before=chunk(b"tEXt", b"Comment\0" + SCRIPT)),
    "png-xmp": png(before=chunk(b"iTXt", b"XML\0\0\0\0\0" + SCRIPT)),
    "png-private": png(before=chunk(b"prVt", SCRIPT)),
    "jpeg-then-html": sample("baseline.jpg") + b"<html>" + SCRIPT,
    "jpeg-comment": sample("baseline.jpg").replace(
        b"\xff\xdb", b"\xff\xfe\0\x29" + SCRIPT + b"\xff\xdb", 1),
    "jpeg-script": b"\xff\xd8\xff\xe0\x2f\x2a" + bytes(0x2f28) + SCRIPT
                   + sample("baseline.jpg")[2:],
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_polyglots(place, name):
    """What is something else, too, is nothing else any more."""
    assert SCRIPT in POLYGLOTS[name]
    reply = put(place.portal, "client3", POLYGLOTS[name])
    if reply.status != 200:
        reply.problem(422, "invalid-field")
        return
    image = shown(place.portal, reply.json["picture"])
    assert SCRIPT not in image and b"PK\3\4" not in image
    assert image in (png(), sample("baseline.jpg"))


def test_scripted_pixels_are_inert(place):
    """What stands in the pixels stays; that is what the headers are for."""
    image = png(64, 64, pixels=SCRIPT)
    assert SCRIPT in image
    assert shown(place.portal, give(place, "client3", image)) == image


# ---- where it shows --------------------------------------------------------
def card(session, name):
    return session.contact(name)["picture"]


def test_lists(place):
    given = give(place, "provider1", png(pixels=b"new provider1"))
    client, staff = place.session("client1"), place.people.browser("staff")
    assert given.startswith(path_of(place, "provider1") + "?v=")
    assert card(client, "Provider Number1") == given
    assert card(place.session("client2"), "Provider Number2") is None
    for caller in (place.portal, staff):
        people = {item["external_id"]: item["picture"] for item in
                  caller.call("GET", "/v1/participants").expect(200).json[
                      "items"]}
        assert people["provider1"] == given
        assert people["provider2"] is people["staff"] is None
        one = caller.call("GET", "/v1/participants/provider1").expect(200)
        assert one.json["picture"] == given
        one = caller.call("GET", "/v1/participants/provider2").expect(200)
        assert one.json["picture"] is None


def test_contacts_are_told(place):
    """Those of then and now, and only when there is something new."""
    told = {who: place.session(who).listen() for who in (
        "client1", "client2", "provider1", "provider2")}
    for stream in told.values():
        assert stream.next() == ("resync", {})

    def heard():
        return {who for who, stream in told.items()
                if stream.drain() == [("contacts", {})]}

    try:
        one, other = png(pixels=b"one"), png(pixels=b"other")
        first = give(place, "provider1", one)
        assert heard() == {"client1", "client2"}
        assert give(place, "provider1", one) == first
        assert heard() == set()
        second = give(place, "provider1", other)
        assert second != first and heard() == {"client1", "client2"}
        assert shown(place.portal, first) == other, "it is the newest"
        third = give(place, "client2", one)
        assert heard() == {"provider1", "provider2"}
        assert give(place, "client2", None) is None
        assert heard() == {"provider1", "provider2"}
        assert give(place, "client2", None) is None
        assert heard() == set()
        put(place.portal, "client1", b"no image").problem(422)
        assert heard() == set()
        assert give(place, "client2", one) != third
        assert heard() == {"provider1", "provider2"}
    finally:
        for stream in told.values():
            stream.close()


def test_each_is_another_address(place):
    """However fast they follow each other."""
    seen = {give(place, "client3", png(pixels=b"%d" % i)) for i in range(20)}
    assert len(seen) == 20


def test_what_is_recorded(place):
    """Giving is, seeing is not, refusing is not."""
    def entries():
        return place.status()["store"]["audit_entries"]

    client = place.session("client1")
    before = entries()
    given = give(place, "provider1", png(pixels=b"recorded"))
    assert entries() == before + 1
    give(place, "provider1", png(pixels=b"recorded"))
    assert entries() == before + 2
    shown(client, given)
    shown(place.portal, given)
    put(place.portal, "provider1", b"no image").problem(422)
    place.session("client2")
    assert entries() == before + 3, "a session is"


# ---- at rest ---------------------------------------------------------------
def test_at_rest(place):
    """Sealed, in no log; a restart keeps it, and verify looks at it."""
    mark = "Kan3Picture7Canary1Vogel"
    image = png(64, 64, pixels=mark.encode())
    given = give(place, "provider1", image)
    put(place.portal, "provider1", png(after=mark.encode() * 2000)
        ).problem(422)
    assert search(shown(place.portal, given), [mark], ("plain",))
    places = [place.posternd.log().encode()] + [
        f.read_bytes() for f in place.store_dir.rglob("*") if f.is_file()]
    assert not any(search(data, [mark]) for data in places)
    place.stop()
    done = place.posternd.run("verify", "--config", place.config)
    assert done.returncode == 0 and " pictures" in done.stdout, done
    place.start_posternd()
    assert shown(place.portal, given) == image
    assert card(place.session("client1"), "Provider Number1") == given


def test_posternctl(place):
    """participant picture: from standard input, and away with it."""
    def ctl(*arguments, image=b"", code=0):
        done = subprocess.run(
            [postern.program("posternctl"), "--config", place.config,
             "participant", "picture", *arguments], input=image,
            capture_output=True, timeout=60, check=False)
        assert done.returncode == code, done
        return done

    staff, image = place.people.browser("staff"), sized_png(LIMIT)
    ctl("client3", image=image)
    assert shown(staff, path_of(place, "client3")) == image
    told = json.loads(ctl("staff", "--json", image=image).stdout)
    assert shown(staff, told["picture"]) == image
    done = ctl("client3", image=b"no image", code=65)
    assert done.stderr.startswith(b"posternctl: image: expected a PNG")
    assert b"32768" in ctl("client3", image=image + b"x", code=65).stderr
    ctl("client3", "--remove")
    ctl("staff", "--remove")
    for who in ("client3", "staff"):
        staff.call("GET", path_of(place, who)).expect(404)
    ctl("nobody", "--remove", code=65)


# ---- in a browser ----------------------------------------------------------
def test_behind_nginx(place, directory):
    """Nothing that the site says takes away what posternd says."""
    given = give(place, "client1", png())
    staff = place.people.browser("staff")
    cookie = "; ".join(f"{n}={v}" for n, v in staff.cookies.items())
    with Nginx(directory / "nginx", place.run_dir / "web.sock") as site:
        reply = ask(site, "GET", given, headers=[("Cookie", cookie)]).expect(
            200)
        assert reply.raw == png()
        for name, value in HEADERS.items():
            assert value in reply.headers.get_all(name)
        for name in ("X-Content-Type-Options", "Cache-Control",
                     "Content-Type", "Content-Disposition",
                     "Cross-Origin-Resource-Policy"):
            assert len(reply.headers.get_all(name)) == 1, name
        ask(site, "GET", given).problem(401)
