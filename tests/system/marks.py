# SPDX-License-Identifier: Apache-2.0
"""Finding a text again in bytes, whatever it was wrapped in."""

import base64
import pathlib
import quopri
import re


def encodings(text):
    """Every way TEXT may stand in a file: {name: bytes}."""
    raw = text.encode()
    found = {"plain": raw, "lower": raw.lower(), "upper": raw.upper(),
             "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode(),
             "quoted-printable": quopri.encodestring(raw, quotetabs=True),
             "reversed": raw[::-1],
             "percent": b"".join(b"%%%02X" % b for b in raw),
             "utf-16-le": text.encode("utf-16-le"),
             "utf-16-be": text.encode("utf-16-be"),
             "utf-32-le": text.encode("utf-32-le")}
    for shift in range(3):
        # the groups of three that lie wholly inside, at each alignment
        padded = b"\0" * shift + raw
        code = base64.b64encode(padded[:len(padded) // 3 * 3])
        found[f"base64+{shift}"] = code[4 if shift else 0:]
        found[f"base64url+{shift}"] = found[f"base64+{shift}"].translate(
            bytes.maketrans(b"+/", b"-_"))
    for shift in range(5):
        padded = b"\0" * shift + raw
        code = base64.b32encode(padded[:len(padded) // 5 * 5])
        found[f"base32+{shift}"] = code[8 if shift else 0:].lower()
    # a short text may leave no whole group, and a few letters are anywhere
    return {name: code for name, code in found.items()
            if len(code) >= min(8, len(raw))}


def search(data, texts, kinds=None):
    """[(text, encoding)] of what is found in DATA; KINDS: only encodings
    whose names begin so.

    Line ends are taken out for a second look: an encoder may have broken
    the text over two lines."""
    joined = re.sub(rb"=?\r?\n[ \t]?", b"", data)
    folded = data.lower()
    hits = []
    for text in texts:
        for name, code in encodings(text).items():
            if kinds and not name.startswith(kinds):
                continue
            if code in data or code in joined or (
                    name.startswith("base32") and code in folded):
                hits.append((text, name))
    return hits


def read_memory(pid):
    """All a process has mapped and may read, but for files; what was never
    written to is left out, of which the sanitizers map a lot."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text(
                ).splitlines():
            span = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not span:
                continue
            start, end = (int(x, 16) for x in span.groups())
            if end - start > 256 << 20:
                continue  # the sanitizers' shadow
            try:
                memory.seek(start)
                found.append(re.sub(rb"\0{4096,}", bytes(64),
                                    memory.read(end - start)))
            except (OSError, ValueError):
                continue
    return b"".join(found)


def children(pid):
    """The processes it has forked."""
    return [int(child) for child in pathlib.Path(
        f"/proc/{pid}/task/{pid}/children").read_text().split()]
