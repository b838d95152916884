# SPDX-License-Identifier: Apache-2.0
"""Files as people have them, made by LibreOffice, ImageMagick, qpdf and zip,
and as nobody should. make() gives a table of (name, what it comes to)."""

import io
import os
import random
import struct
import subprocess
import warnings
import zipfile
import zlib

from images import chunk, png

TYPES = "[Content_Types].xml"
DOCUMENT = "word/document.xml"
LETTER = """<html><body><h1>Befund</h1><p>Gr&uuml;&szlig;e, M&uuml;ller</p>
<table><tr><td>Kalium</td><td>4,1</td></tr></table>%s</body></html>"""
SHEET_IN_IT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 office:mimetype="application/vnd.oasis.opendocument.text"><office:body>
<office:text><text:p>Befund</text:p><text:p><draw:frame svg:width="4cm"
 svg:height="3cm" text:anchor-type="as-char"><draw:object><office:document
 office:version="1.2"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body>
<office:spreadsheet><table:table table:name="A"><table:table-row>
<table:table-cell><text:p>4.1</text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document>
</draw:object></draw:frame></text:p></office:text></office:body>
</office:document>"""
# opened wherever in its first kilobyte it begins
PDF = (b"%PDF-1.1\n1 0 obj<</Pages 1 0 R/Kids[]/Count 0>>endobj\n"
       b"trailer<</Root 1 0 R>>\n%%EOF\n")
TABLE = "Name;Größe\r\nMüller;181\r\nJürgen;169\r\n"


def dense(mebibytes):
    """Packed, a hundredth of that."""
    return b"".join(os.urandom(100) + bytes(8092)
                    for _ in range(mebibytes << 7))


def run(*words, cwd, seconds=120):
    subprocess.run(words, cwd=cwd, check=True, timeout=seconds,
                   env={**os.environ, "HOME": str(cwd)},
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def convert(place, to, into, *names, reader=None):
    """LibreOffice takes long to start: all that become the same at once."""
    run("soffice", f"-env:UserInstallation=file://{place}/profile",
        "--headless", *([f"--infilter={reader}"] if reader else []),
        "--convert-to", to, "--outdir", into, *names, cwd=place, seconds=600)


def office(place):
    (place / "letter.html").write_text(LETTER % "")
    (place / "long.html").write_text(LETTER % ("<p>" + "word " * 9 + "</p>")
                                     * 400)
    (place / "picture.html").write_text(LETTER % "<img src='base.png'>")
    (place / "sheet-in-it.fodt").write_text(SHEET_IN_IT)
    (place / "sheet.csv").write_text(TABLE)
    texts = ["letter.html", "long.html", "picture.html"]
    for to in ("docx:MS Word 2007 XML", "doc:MS Word 97",
               "pdf:writer_pdf_Export"):
        convert(place, to, "office", *texts, reader="HTML (StarWriter)")
    convert(place, "docx:MS Word 2007 XML", "office", "sheet-in-it.fodt")
    # separated by semicolons, in UTF-16
    for to in ("csv:Text - txt - csv (StarCalc):59,34,65535,1",
               "xlsx:Calc MS Excel 2007 XML", "xls:MS Excel 97"):
        convert(place, to, "office", "sheet.csv")


def pictures(place):
    """What ImageMagick and ExifTool make of a picture."""
    def convert(*words):
        run("/usr/bin/convert", *words, cwd=place)

    convert("-size", "320x200", "plasma:red-blue", "base.png")
    convert("base.png", "-quality", "85", "plain.jpg")
    convert("base.png", "-interlace", "JPEG", "progressive.jpg")
    convert("base.png", "-colorspace", "CMYK", "cmyk.jpg")
    convert("base.png", "-colorspace", "Gray", "grey.jpg")
    convert("base.png", "-set", "comment", "told to nobody", "comment.jpg")
    convert("base.png", "-define", "jpeg:restart-interval=4", "restart.jpg")
    convert("base.png", "-depth", "16", "PNG48:sixteen.png")
    convert("base.png", "-interlace", "PNG", "interlaced.png")
    convert("base.png", "-colors", "8", "PNG8:palette.png")
    convert("base.png", "-alpha", "set", "-channel", "A", "-evaluate", "set",
            "50%", "PNG32:alpha.png")
    convert("base.png", "-type", "Grayscale", "-depth", "8", "grey.png")
    convert("base.png", "-bordercolor", "white", "-border", "1x1",
            "-monochrome", "bits.png")
    for n in range(1, 9):
        run("exiftool", "-q", "-n", f"-Orientation={n}", "-Make=Somebody",
            "-o", f"turned-{n}.jpg", "plain.jpg", cwd=place)
    convert("base.png", "picture.gif")
    convert("base.png", "picture.bmp")
    convert("base.png", "picture.tiff")
    for name, order in (("gps.jpg", "Intel"), ("gps-be.jpg", "Motorola"),
                        ("gps.png", "Intel")):
        source = "plain.jpg" if name.endswith("jpg") else "base.png"
        run("exiftool", "-q", "-n", f"-ExifByteOrder={order}",
            "-GPSLatitude=52.5", "-GPSLatitudeRef=N", "-GPSLongitude=13.4",
            "-GPSLongitudeRef=E", "-Orientation=6", "-Artist=Somebody",
            "-XMP:Creator=Somebody", "-o", name, source, cwd=place)
    convert("base.png", "-resize", "80x50", "small.jpg")
    run("exiftool", "-q", "-ThumbnailImage<=small.jpg", "-Comment=Somebody",
        "-IPTC:By-line=Somebody", "-o", "thumbnail.jpg", "gps.jpg", cwd=place)


def packed(parts, order=None, method=zipfile.ZIP_DEFLATED, comment=b""):
    """A zip of PARTS, {name: content}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name in order or parts:
            made.writestr(name, parts[name])
        made.comment = comment
    return out.getvalue()


def word(more=(), types="<Types/>", **how):
    return packed({TYPES: types, DOCUMENT: "<document/>", **dict(more)}, **how)


def streamed(parts, large=False):
    """As by who cannot go back: sizes stand behind each entry. LARGE: with
    the numbers that those above 4 GiB need."""
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            with made.open(name, "w", force_zip64=large) as part:
                part.write(content.encode())
    return out.data


def gap(data):
    """Something between the first entry and the second, and a directory that
    knows of it."""
    hidden = b"<script>x</script>"
    at = data.index(b"PK\3\4", 4)
    out = bytearray(data[:at] + hidden + data[at:])
    listed = out.index(b"PK\1\2")
    begun = listed
    while out[listed:listed + 4] == b"PK\1\2":
        lengths = struct.unpack_from("<HHH", out, listed + 28)
        where, = struct.unpack_from("<I", out, listed + 42)
        if where:
            struct.pack_into("<I", out, listed + 42, where + len(hidden))
        listed += 46 + sum(lengths)
    struct.pack_into("<I", out, listed + 16, begun)
    assert len(zipfile.ZipFile(io.BytesIO(bytes(out))).namelist()) > 1
    return bytes(out)


def twice(name):
    """Two entries of one name; readers differ in which they take."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "w") as made:
            for part in (TYPES, DOCUMENT, name, name):
                made.writestr(part, "<x/>")
    return out.getvalue()


def understated(data):
    """Its directory says of the first entry that it is smaller."""
    at = data.index(b"PK\1\2")
    return data[:at + 24] + struct.pack("<I", 1) + data[at + 28:]


def compound(*entries, flags=0):
    """A compound file with a Word document in it, and ENTRIES (name, type)."""
    size = 512
    data = bytearray(size * 17)
    data[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHHH", data, 24, 0x3e, 3, 0xfffe, 9, 6)
    struct.pack_into("<II", data, 44, 1, 1)
    data[76:size] = b"\xff" * (size - 76)
    struct.pack_into("<I", data, 76, 0)
    for i, (name, kind, start, length) in enumerate(
            [("Root Entry", 5, 0xfffffffe, 0)]
            + [(n, k, 3, 4096) for n, k in entries]):
        at = 2 * size + 128 * i
        text = name.encode("utf-16-le") + b"\0\0"
        data[at:at + len(text)] = text
        struct.pack_into("<HBB", data, at + 64, len(text), kind, 0)
        struct.pack_into("<II", data, at + 116, start, length)
    struct.pack_into("<HH", data, 4 * size, 0xa5ec, 0xc1)
    struct.pack_into("<H", data, 4 * size + 10, flags)
    return bytes(data)


WORD = ("WordDocument", 2)


def ihdr(width, height):
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0,
                                         0))
            + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND"))


def moving(image):
    """An APNG of a PNG: what moves stands before and behind its pixels."""
    control = struct.pack(">IIIIIHHBB", 0, 32, 32, 0, 0, 1, 10, 0, 0)
    return (image[:33] + chunk(b"acTL", struct.pack(">II", 2, 0))
            + chunk(b"fcTL", control) + image[33:-12]
            + chunk(b"fcTL", struct.pack(">I", 1) + control[4:])
            + chunk(b"fdAT", struct.pack(">I", 2)
                    + zlib.compress(b"\0" * 33 * 32)) + image[-12:])


def tall(jpeg, height):
    """Whose header says that it is so high."""
    at = jpeg.index(b"\xff\xc0")
    return jpeg[:at + 5] + struct.pack(">H", height) + jpeg[at + 7:]


def encrypted_zip(place):
    with open(place / "inner.xml", "w") as f:
        f.write("<document/>")
    (place / "word").mkdir(exist_ok=True)
    (place / DOCUMENT).write_text("<document/>")
    (place / TYPES).write_text("<Types/>")
    run("zip", "-q", "-X", "-D", "-P", "secret", "locked.zip", TYPES, DOCUMENT,
        cwd=place)
    run("zip", "-q", "-X", "-D", "by-zip.zip", TYPES, DOCUMENT, cwd=place)


def documents(place):
    """Word, old and new: what offices make, and what they should not."""
    encrypted_zip(place)
    good = word()
    real = (place / "office/long.docx").read_bytes()
    old = (place / "office/long.doc").read_bytes()
    exe = b"MZ\x90\0" + bytes(200)
    ole = compound(("\1Ole10Native", 2))
    end = good.rindex(b"PK\5\6")
    lying = bytearray(good)
    lying[good.index(b"PK\1\2") + 46] ^= 1
    noise = random.Random(1).randbytes(3 << 20)
    return {
        "office.docx": (real, "docx"),
        "short.docx": ((place / "office/letter.docx").read_bytes(), "docx"),
        "small.docx": (good, "docx"),
        "stored.docx": (word(method=zipfile.ZIP_STORED), "docx"),
        "by-zip.docx": ((place / "by-zip.zip").read_bytes(), "docx"),
        "large.docx": (word({"word/media/a.png": noise}), "docx"),
        "picture.docx": ((place / "office/picture.docx").read_bytes(), "docx"),
        "sheet-in-it.docx": (
            (place / "office/sheet-in-it.docx").read_bytes(), "docx"),
        "streamed.docx": (streamed({TYPES: "<Types/>", DOCUMENT: "<x/>"}),
                          "docx"),
        "zip64.docx": (streamed({TYPES: "<Types/>", DOCUMENT: "<x/>"}, True),
                       "broken"),
        "between.docx": (gap(good), "broken"),
        "twice.docx": (twice("word/styles.xml"), "broken"),
        "understated.docx": (understated(good), "broken"),
        "slides.docx": (packed({TYPES: "<Types/>",
                                "ppt/presentation.xml": "<x/>"}), "unknown"),
        "cut-off.docx": (real[:-30], "broken"),
        "half.docx": (real[:len(real) // 2], "broken"),
        "locked.docx": ((place / "locked.zip").read_bytes(), "encrypted"),
        "password.docx": (compound(("EncryptedPackage", 2),
                                   ("EncryptionInfo", 2)), "encrypted"),
        "macros.docx": (word({"word/vbaProject.bin": ole}), "macros"),
        "renamed-macros.docx": (word({"word/a.bin": compound(("VBA", 1))}),
                                "macros"),
        "docm.docx": (word(types="<Override ContentType='application/vnd.ms-"
                                 "word.document.macroEnabled.main+xml'/>"),
                      "macros"),
        "exe.docx": (word({"word/media/a.exe": b"x"}), "program"),
        "renamed-exe.docx": (word({"word/media/a.png": exe}), "program"),
        "script.docx": (word({"word/a.txt": "#!/bin/sh\n"}), "program"),
        "js.docx": (word({"word/run.js": "x"}), "program"),
        "lnk.docx": (word({"word/run.LNK": "x"}), "program"),
        "object.docx": (word({"word/embeddings/oleObject1.bin": ole}),
                        "program"),
        "sheet-inside.docx": (word({"word/embeddings/a.xlsx": good}), "docx"),
        "macros-inside.docx": (word({"word/embeddings/a.xlsx": packed(
            {TYPES: "<Types/>", "xl/vbaProject.bin": ole})}), "macros"),
        "nested.docx": (word({"word/a.bin": good}), "program"),
        "quine.docx": (word({"word/a.zip": word({"word/b.zip": good})}),
                       "program"),
        "bomb.docx": (word({"word/a.bin": bytes(8 << 20)}), "bomb"),
        # dense, but not too dense; scanners pass over what is so large
        "too-large.docx": (word({"word/a.bin": dense(101)}), "bomb"),
        "not-so-large.docx": (word({"word/a.bin": dense(99)}), "docx"),
        "bombs.docx": (word({f"word/{i}.bin": bytes(1 << 20)
                             for i in range(501)}), "bomb"),
        "many.docx": (word({f"word/{i}.xml": "" for i in range(4095)}),
                      "bomb"),
        "up.docx": (word({"../../etc/cron.d/a": "x"}), "broken"),
        "absolute.docx": (word({"/etc/passwd": "x"}), "broken"),
        "backslash.docx": (word({"word\\..\\a.xml": "x"}), "broken"),
        "lying.docx": (bytes(lying), "broken"),
        "comment.docx": (word(comment=b"a comment"), "mixed"),
        "behind.docx": (good + exe, "mixed"),
        "before.docx": (exe + good, "unknown"),
        "script-before.docx": (b"#!/bin/sh\nexit\n" + good, "unknown"),
        "two.docx": (good + good, "mixed"),
        "hidden.docx": (good[:good.index(b"PK\1\2")] + b"hidden"
                        + good[good.index(b"PK\1\2"):end] + good[end:],
                        "broken"),
        "sheet.docx": ((place / "office/sheet.xlsx").read_bytes(), "unknown"),
        "plain-zip.docx": (packed({"a.txt": "x"}), "unknown"),
        "jar.docx": (packed({"META-INF/MANIFEST.MF": "x", "A.class": "x"}),
                     "unknown"),
        "exe-zip.docx": (packed({"setup.exe": exe}), "program"),
        "office.doc": (old, "doc"),
        "short.doc": ((place / "office/letter.doc").read_bytes(), "doc"),
        "small.doc": (compound(WORD), "doc"),
        "half.doc": (old[:len(old) // 2], "broken"),
        "picture.doc": ((place / "office/picture.doc").read_bytes(), "doc"),
        "new.doc": (good, "mismatch"),
        "old.docx": (old, "mismatch"),
        "password.doc": (compound(WORD, flags=0x100), "encrypted"),
        "macros.doc": (compound(WORD, ("Macros", 1)), "macros"),
        "object.doc": (compound(WORD, ("\1Ole10Native", 2)), "program"),
        "zip-behind.doc": (compound(WORD) + good, "mixed"),
        "sheet.doc": ((place / "office/sheet.xls").read_bytes(), "unknown"),
        "html.doc": (b"<html><script>x</script></html>", "unknown"),
        "rtf.doc": (b"{\\rtf1\\ansi x}", "unknown"),
    }


def portable(place):
    plain = (place / "office/long.pdf").read_bytes()
    run("qpdf", "--encrypt", "secret", "owner", "256", "--",
        "office/long.pdf", "encrypted.pdf", cwd=place)
    run("qpdf", "--linearize", "office/long.pdf", "linear.pdf", cwd=place)
    return {
        "office.pdf": (plain, "pdf"),
        "short.pdf": ((place / "office/letter.pdf").read_bytes(), "pdf"),
        "picture.pdf": ((place / "office/picture.pdf").read_bytes(), "pdf"),
        "padded.pdf": (plain + b"\0" * 500, "pdf"),
        "text.pdf": (b"a;b\n", "mismatch"),
        "encrypted.pdf": ((place / "encrypted.pdf").read_bytes(), "pdf"),
        "linear.pdf": ((place / "linear.pdf").read_bytes(), "pdf"),
        "half.pdf": (plain[:len(plain) // 2], "broken"),
        "no-end.pdf": (plain + bytes(2048), "broken"),
        "zip.pdf": (plain + word(), "mixed"),
        "zip-inside.pdf": (plain + word() + b"\n%%EOF\n", "mixed"),
        "comment.pdf": (plain + word(comment=b"\n%%EOF\n"), "mixed"),
        "late.pdf": (b"<html>" + plain, "unknown"),
        "exe.pdf": (b"MZ" + plain, "unknown"),
    }


def images(place):
    def read(name):
        return (place / name).read_bytes()

    jpeg = read("plain.jpg")
    one = read("base.png")
    good = {name: (read(name), "jpg" if name.endswith("jpg") else "png")
            for name in ("plain.jpg", "progressive.jpg", "cmyk.jpg",
                         "grey.jpg", "comment.jpg", "restart.jpg", "gps.jpg",
                         "gps-be.jpg", "base.png", "sixteen.png",
                         "interlaced.png", "palette.png", "alpha.png",
                         "gps.png", "grey.png", "bits.png", "thumbnail.jpg",
                         *(f"turned-{n}.jpg" for n in range(1, 9)))}
    return {
        **good,
        "pdf-inside.jpg": (
            jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(PDF) + 2) + PDF
            + jpeg[2:], "jpg"),
        "pdf-inside.png": (one[:33] + chunk(b"tEXt", b"Comment\0" + PDF)
                           + one[33:], "png"),
        "phone.jpg": (read("gps.jpg") + jpeg, "jpg"),
        "zip.jpg": (jpeg + word(), "jpg"),
        "html.png": (one + b"<script>alert(1)</script>", "png"),
        "moving.png": (moving(png()), "png"),
        "telling.png": (png(before=chunk(b"tEXt", b"Author\0Somebody"),
                            after=b"PK\5\6"), "png"),
        "half.jpg": (jpeg[:len(jpeg) // 2], "broken"),
        "half.png": (one[:len(one) // 2], "broken"),
        "flipped.png": (one[:60] + bytes([one[60] ^ 1]) + one[61:], "broken"),
        "wide.png": (ihdr(30001, 1), "pixels"),
        "pixels.png": (ihdr(29999, 29999), "pixels"),
        "nothing.png": (ihdr(0, 0), "broken"),
        "tall.jpg": (tall(jpeg, 65500), "pixels"),
        "none.jpg": (tall(jpeg, 0), "broken"),
        "renamed.jpg": (one, "mismatch"),
        "gif.png": (read("picture.gif"), "unknown"),
        "bmp.png": (read("picture.bmp"), "unknown"),
        "tiff.jpg": (read("picture.tiff"), "unknown"),
        "svg.png": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
                    "unknown"),
    }


def tables(place):
    utf16 = TABLE.encode("utf-16-le")
    return {
        "office.csv": ((place / "office/sheet.csv").read_bytes(), "csv"),
        "utf-8.csv": (TABLE.encode(), "csv"),
        "shift-jis.csv": ("名前,値\r\n検査,4.1\r\n".encode("shift-jis"), "csv"),
        "gb18030.csv": ("姓名,值\n".encode("gb18030"), "csv"),
        "column.csv": (b"4.1\n5.2\n", "csv"),
        "below.csv": (b"<5;mg/l\n", "csv"),
        "mark.csv": (TABLE.encode("utf-8-sig"), "csv"),
        "utf-16.csv": (b"\xff\xfe" + utf16, "csv"),
        "utf-16be.csv": (TABLE.encode("utf-16-be"), "csv"),
        "utf-16-tabs.csv": (TABLE.replace(";", "\t").encode("utf-16"), "csv"),
        "old-mac.csv": (TABLE.replace("\r\n", "\r").encode("mac-roman"),
                        "csv"),
        "bars.csv": (TABLE.replace(";", "|").encode("cp1252"), "csv"),
        "latin.csv": (TABLE.encode("latin-1"), "csv"),
        "windows.csv": ((TABLE + "5 €").encode("cp1252"), "csv"),
        "tabs.csv": (TABLE.replace(";", "\t").encode(), "csv"),
        "long.csv": (TABLE.encode() * 20000, "csv"),
        "formula.csv": (b"=cmd|' /C calc'!A0\n", "csv"),
        "html.csv": (b" \n<!doctype html><script>x</script>", "unknown"),
        "html16.csv": (b"\xff\xfe" + "<html>".encode("utf-16-le"), "unknown"),
        "svg.csv": (b"<svg onload='x'/>", "unknown"),
        "script.csv": (b"#!/bin/sh\n", "unknown"),
        "nul.csv": (b"a,b\0\n", "unknown"),
        "elf.csv": (b"\x7fELF\2\1\1" + bytes(60), "unknown"),
        "empty.csv": (b"", "broken"),
    }


def pretenders(place):
    """What is none of these, under each of their names."""
    bad = {
        "gif": (place / "picture.gif").read_bytes(),
        "html": b"<!doctype html><script>alert(1)</script>",
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
        "exe": b"MZ\x90\0\3" + bytes(300),
        "elf": b"\x7fELF\2\1\1" + bytes(300),
        "sh": b"#!/bin/sh\nid\n",
    }
    return {f"{what}.as.{name}": (content, "unknown")
            for what, content in bad.items()
            for name in ("pdf", "jpg", "jpeg", "png", "doc", "docx", "csv")}


def cut_off(place):
    """At three places each."""
    out = {}
    for name in ("office/long.docx", "office/long.doc", "office/long.pdf",
                 "progressive.jpg", "interlaced.png"):
        whole = (place / name).read_bytes()
        for quarter in (1, 2, 3):
            first, _, kind = name.rpartition("/")[2].partition(".")
            out[f"{first}-{quarter}-4.{kind}"] = (
                whole[:len(whole) * quarter // 4], "broken")
    return out


def make(place):
    """Writes all of them below PLACE/files; {name: what it comes to}."""
    pictures(place)
    office(place)
    everything = {**documents(place), **portable(place), **images(place),
                  **tables(place), **pretenders(place), **cut_off(place)}
    (place / "files").mkdir()
    for name, (content, _) in everything.items():
        (place / "files" / name).write_bytes(content)
    return {name: verdict for name, (_, verdict) in everything.items()}
