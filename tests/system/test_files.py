# SPDX-License-Identifier: Apache-2.0
"""What files of other programs, and hostile ones, come to when they are sent;
and that those that are let through still open, and of pictures nothing is
told but what they show."""

import os
import subprocess

import files
import postern
import pytest
from client import new_id
from conftest import DESCRIPTION

TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument"
            ".wordprocessingml.document",
    "csv": "text/csv",
}
KINDS = ("pdf", "jpg", "png", "doc", "docx", "csv")
TELLING = (b"GPS", b"Somebody", b"%PDF", b"told to nobody", b"<script>", b"PK\5\6",
           b"acTL", b"tEXt", b"eXIf")
TURNED = [f"turned-{n}.jpg" for n in range(2, 9)]


def said(*words):
    """What a program says of a file; it must say it well."""
    return subprocess.run(words, check=True, stdout=subprocess.PIPE,
                          timeout=120).stdout.decode()


def extension(name):
    return name.rpartition(".")[2]


@pytest.fixture(scope="module")
def table(directory):
    return files.make(directory)


@pytest.fixture(scope="module")
def place(directory):
    place = postern.Practice(
        directory / "p",
        {"host": "127.0.0.1", "port": 9, "tls": "none", "timeout": "5s"},
        {"limits.attachment-bytes-per-hour": "1G"}, observe=DESCRIPTION.check)
    place.init()
    place.start(bridge=False)
    place.enrol(2)
    yield place
    try:
        place.stop()
    finally:
        place.kill()


def send(place, thread, name, data):
    """Its upload; or the reason why there is none."""
    upload = new_id()
    reply = place.client.call("PUT", f"/v1/uploads/{upload}", data, {
        "Content-Type": TYPES[extension(name)]})
    if reply.status != 200:
        reply.problem(422, "file-refused")
        assert reply.json["detail"]
        return None, reply.json["reason"]
    told = reply.json["upload"]
    assert told["complete"] and told["type"] == TYPES[extension(name)]
    place.client.write(thread, "", attachments=[
        {"upload": upload, "name": name}])
    return told, extension(name)


@pytest.fixture(scope="module")
def outcomes(directory, table, place):
    """{name: what it came to}; what was let through is fetched by the other
    side, into the directory's "got"."""
    place.client = place.session("client1")
    provider = place.session("provider1")
    thread = provider.write_to(place.client.id, "files")["thread"]["id"]
    (directory / "got").mkdir()
    came = {}
    for name in table:
        data = (directory / "files" / name).read_bytes()
        told, came[name] = send(place, thread, name, data)
        if told is None:
            continue
        one, = provider.get(f"/v1/threads/{thread}/entries?limit=1")[
            "items"][0]["attachments"]
        assert (one["name"], one["size"], one["width"], one["height"]) == (
            name, told["size"], told["width"], told["height"])
        got = provider.call("GET", f"/v1/attachments/{one['id']}").expect(200)
        assert len(got.raw) == one["size"]
        (directory / "got" / name).write_bytes(got.raw)
    (postern.build_dir() / "files.txt").write_text("".join(
        f"{name:24} {(directory / 'files' / name).stat().st_size:9} "
        f"{came[name]}\n" for name in sorted(came)))
    return came


def through(outcomes, *kinds):
    return [name for name, what in outcomes.items() if what in kinds]


def test_each_comes_to_what_it_should(place, table, outcomes):
    assert len(table) >= 80
    assert {name: (outcomes[name], what) for name, what in table.items()
            if outcomes[name] != what} == {}
    # every reason there is, and every kind of file
    assert set(table.values()) == {
        *KINDS, "unknown", "broken", "encrypted", "macros", "program",
        "pixels", "bomb", "mixed", "mismatch"}
    # of those that were refused nothing is left
    assert len(os.listdir(place.store_dir / "attachments")) == len(
        through(outcomes, *KINDS))


def test_documents_are_left_alone(directory, outcomes):
    for name in through(outcomes, "pdf", "doc", "docx", "csv"):
        assert (directory / "got" / name).read_bytes() == (
            directory / "files" / name).read_bytes(), name


def test_documents_open(directory, outcomes):
    """Those that an office has written, in poppler and in LibreOffice."""
    for name in ("office.pdf", "short.pdf", "linear.pdf", "encrypted.pdf",
                 "picture.pdf"):
        assert outcomes[name] == "pdf"
        assert "Pages:" in said("pdfinfo", "-upw", "secret",
                                directory / "got" / name)
    names = ("office.docx", "office.doc", "picture.docx", "sheet-in-it.docx")
    files.convert(directory, "txt:Text (encoded):UTF8", "back",
                  *(f"got/{name}" for name in names))
    for name in names:
        text = directory / "back" / (name.rpartition(".")[0] + ".txt")
        assert "Befund" in text.read_text(), name


def pixels(path):
    """Every pixel, as it is to be seen."""
    return subprocess.run(
        ["/usr/bin/convert", "-regard-warnings", f"{path}[0]", "-auto-orient",
         "-depth", "16", "rgba:-"], check=True, stdout=subprocess.PIPE,
        timeout=120).stdout


def test_pictures_show_the_same(directory, outcomes):
    """All of their pixels can be drawn, are the same and lie the same way."""
    for name in through(outcomes, "jpg", "png"):
        before, after = (directory / where / name for where in ("files", "got"))
        drawn = pixels(after)
        assert drawn and drawn == pixels(before), name


def test_pictures_tell_nothing(directory, outcomes):
    told = 0
    for name in through(outcomes, "jpg", "png"):
        before, after = (directory / where / name for where in ("files", "got"))
        told += any(word in before.read_bytes() for word in TELLING)
        left = after.read_bytes()
        assert not [word for word in TELLING if word in left], name
        rest = said("exiftool", "-s", "-gps:all", "-xmp:all", "-iptc:all",
                    "-photoshop:all", "-comment", "-thumbnailimage",
                    "-artist", "-make", "-mpf:all", after)
        assert rest == "", name
    # some of them did
    assert told >= 10
    for name in ("gps.jpg", "gps-be.jpg", "gps.png", "phone.jpg"):
        assert said("exiftool", "-gps:all", directory / "files" / name), name


def test_orientation_is_kept(directory, outcomes):
    def turn(path):
        return said("/usr/bin/identify", "-format", "%[EXIF:Orientation]",
                    f"{path}[0]").strip()

    for name in ["gps.jpg", "gps-be.jpg", "phone.jpg", *TURNED]:
        assert outcomes[name] == "jpg"
        wanted = name[7] if name in TURNED else "6"
        assert turn(directory / "files" / name) == wanted, name
        assert turn(directory / "got" / name) == wanted, name
    assert turn(directory / "got/turned-1.jpg") in ("", "1")
