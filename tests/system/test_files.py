# SPDX-License-Identifier: Apache-2.0
"""What files of other programs, and hostile ones, come to; and that pictures
are still such, and tell nothing, once the rest is left out."""

import json
import subprocess

import files
import postern
import pytest

TELLING = (b"GPS", b"Somebody", b"told to nobody", b"Exif", b"<script>",
           b"PK\5\6", b"acTL")


@pytest.fixture(scope="module")
def table(directory):
    return files.make(directory)


@pytest.fixture(scope="module")
def verdicts(directory, table):
    program = postern.build_dir() / "tests/unit/inspect_files"
    said = subprocess.run([program, *(directory / "files" / n for n in table)],
                          stdout=subprocess.PIPE, check=True, timeout=600)
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    return {line["path"].rpartition("/")[2]: line for line in lines}


def without_cuts(path, cuts):
    data = path.read_bytes()
    for at, length in reversed(cuts):
        data = data[:at] + data[at + length:]
    return data


def test_all(table, verdicts):
    assert len(table) >= 80
    told = {name: verdicts[name]["verdict"] for name in table}
    wrong = {name: (told[name], table[name])
             for name in table if told[name] != table[name]}
    assert not wrong


def test_pictures_still_open(directory, table, verdicts):
    """identify draws them, at the size that was told."""
    for name in table:
        said = verdicts[name]
        if said["verdict"] not in ("jpeg", "png"):
            continue
        path = directory / f"rest-{name}"
        path.write_bytes(without_cuts(directory / "files" / name,
                                      said["cuts"]))
        seen = subprocess.run(
            ["/usr/bin/identify", "-regard-warnings", "-format", "%m %w %h",
             path], check=True, stdout=subprocess.PIPE, timeout=60)
        assert seen.stdout.decode() == (
            f"{said['verdict'].upper()} {said['width']} {said['height']}")


def test_pictures_draw_the_same(directory, verdicts):
    for name in ("gps.jpg", "phone.jpg", "gps.png", "html.png", "cmyk.jpg"):
        rest = directory / f"same-{name}"
        rest.write_bytes(without_cuts(directory / "files" / name,
                                      verdicts[name]["cuts"]))
        # "phone" is two pictures in a row, of which the first counts
        done = subprocess.run(
            ["/usr/bin/compare", "-metric", "AE", directory / "files" / name,
             rest, "null:"], stderr=subprocess.PIPE, timeout=60)
        assert (done.returncode, done.stderr) == (0, b"0")


def test_pictures_tell_nothing(directory, table, verdicts):
    """Those that told before the cuts, and nothing after them."""
    told = 0
    for name in table:
        said = verdicts[name]
        if said["verdict"] not in ("jpeg", "png"):
            continue
        path = directory / "files" / name
        told += any(word in path.read_bytes() for word in TELLING)
        rest = without_cuts(path, said["cuts"])
        assert not [word for word in TELLING if word in rest], name
    assert told >= 8
    for name in ("gps.jpg", "gps-be.jpg", "gps.png", "phone.jpg"):
        path = directory / f"place-{name}"
        path.write_bytes(without_cuts(directory / "files" / name,
                                      verdicts[name]["cuts"]))
        for file, expected in ((directory / "files" / name, True),
                               (path, False)):
            seen = subprocess.run(["exiftool", "-gps:all", "-xmp:all", file],
                                  check=True, stdout=subprocess.PIPE,
                                  timeout=60)
            assert (seen.stdout != b"") == expected, name


def test_orientation(verdicts):
    assert verdicts["gps.jpg"]["orientation"] == 6
    assert verdicts["gps-be.jpg"]["orientation"] == 6
    assert verdicts["plain.jpg"]["orientation"] == 0


def test_documents_are_left_alone(directory, table, verdicts):
    """No cuts; poppler opens what was taken for a PDF."""
    for name in table:
        if verdicts[name]["verdict"] in ("pdf", "doc", "docx", "csv"):
            assert verdicts[name]["cuts"] == []
    for name in ("office.pdf", "short.pdf", "linear.pdf", "encrypted.pdf"):
        subprocess.run(["pdfinfo", "-upw", "secret",
                        directory / "files" / name], check=True,
                       stdout=subprocess.DEVNULL, timeout=60)
