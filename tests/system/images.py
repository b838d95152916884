# SPDX-License-Identifier: Apache-2.0
"""Images to hand in: what other programs made (tests/fuzz/image), and PNGs
made here, chunk by chunk."""

import base64
import struct
import zlib

from postern import SOURCE

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def sample(name):
    return (SOURCE / "tests/fuzz/image" / name).read_bytes()


def encoded(image):
    """As the API takes it."""
    return base64.b64encode(image).decode()


def chunk(kind, data=b""):
    return (struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data)))


def png(width=32, height=32, pixels=b"", before=b"", after=b""):
    """A grey one. PIXELS stand at its start as they are; BEFORE: chunks before
    the pixels, AFTER: what follows its end."""
    rows = pixels.ljust(width * height, b"\x80")
    raw = b"".join(b"\0" + rows[i:i + width]
                   for i in range(0, width * height, width))
    return (SIGNATURE
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0,
                                         0, 0))
            + before + chunk(b"IDAT", zlib.compress(raw, 0 if pixels else 9))
            + chunk(b"IEND") + after)


def sized_png(size):
    """One of SIZE bytes; what follows the pixels counts for nothing."""
    image = png()
    fill = chunk(b"IDAT", bytes(size - len(image) - 12))
    return image[:-12] + fill + image[-12:]


def header_png(width, height):
    """One that says it is so large."""
    return (SIGNATURE + chunk(b"IHDR", struct.pack(
        ">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND"))


def header_jpeg(width, height):
    """The same."""
    image = bytearray(sample("baseline.jpg"))
    frame = image.index(b"\xff\xc0")
    image[frame + 5:frame + 9] = struct.pack(">HH", height, width)
    return bytes(image)
