# SPDX-License-Identifier: Apache-2.0
"""A screenshot, pixel by pixel: PNG (RFC 2083), as far as Chromium makes use
of it."""

import struct
import zlib

CHANNELS = {2: 3, 6: 4}  # by colour type: RGB, RGBA


def chunks(data):
    """(kind, content) of each."""
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8:at + 8 + length]
        at += length + 12


def paeth(left, up, corner):
    near = left + up - corner
    return min((left, up, corner), key=lambda value: abs(near - value))


def unfilter(kind, line, before, step):
    """Undoes what was done to a LINE for it to be packed well, in place;
    BEFORE is the line above, STEP the bytes of a pixel."""
    for i, value in enumerate(line):
        left = line[i - step] if i >= step else 0
        corner = before[i - step] if i >= step else 0
        line[i] = (value + (0, left, before[i], (left + before[i]) // 2,
                            paeth(left, before[i], corner))[kind]) & 255


class Picture:
    """Of what is in DATA; width, height in pixels."""

    def __init__(self, data):
        found = list(chunks(data))
        self.width, self.height, depth, colour, _, _, interlaced = \
            struct.unpack(">IIBBBBB", found[0][1])
        assert (depth, interlaced) == (8, 0)
        self._step = CHANNELS[colour]
        raw = zlib.decompress(b"".join(
            content for kind, content in found if kind == b"IDAT"))
        size = self.width * self._step
        self._lines = [bytes(size)]
        for at in range(0, len(raw), size + 1):
            line = bytearray(raw[at + 1:at + 1 + size])
            if raw[at]:
                unfilter(raw[at], line, self._lines[-1], self._step)
            self._lines.append(bytes(line))
        del self._lines[0]

    def at(self, x, y):
        """(red, green, blue), 0 to 255; from the upper left corner."""
        start = int(x) * self._step
        return tuple(self._lines[int(y)][start:start + 3])

    def dark(self, x, y):
        return sum(self.at(x, y)) < 3 * 128
