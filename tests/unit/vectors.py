#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the vectors of docs/formats.md, made without the store's own code.

The C tests read them from the document; this is where they come from.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import struct

SODIUM = ctypes.CDLL(ctypes.util.find_library("sodium"))


def count(start, length):
    return bytes((start + i) & 0xFF for i in range(length))


def seal(label, key, nonce, aad, plain):
    text = label.encode() + b"\0"
    both = hashlib.blake2b(
        text + nonce + aad, key=key, digest_size=64).digest()
    out = ctypes.create_string_buffer(len(plain) + 16)
    SODIUM.crypto_aead_xchacha20poly1305_ietf_encrypt(
        out, None, plain, ctypes.c_ulonglong(len(plain)),
        aad, ctypes.c_ulonglong(len(aad)), None, nonce, both[:32])
    return nonce + both[32:] + out.raw


def field(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


MK = count(0x00, 32)
RECOVERY = count(0x20, 32)
FILE_KEY = count(0x40, 32)
STORE_ID = count(0xA0, 16)
BLIND = count(0x50, 32)
PEPPER = count(0x60, 32)
AUDIT = count(0x70, 32)
CHAIN = count(0x80, 32)
KEK = count(0x90, 32)
TOKEN = count(0xC0, 32)
CREATED = 1790000000000
THREAD = count(0x10, 16)
THREAD_KEY = count(0xE0, 32)


def keyring():
    start = b"postern keyring\n\x01"
    wrap = "postern keyring wrap v1"
    head = start
    head += seal(wrap, MK, count(1, 24), start + b"m", FILE_KEY)
    head += seal(wrap, RECOVERY, count(2, 24), start + b"r", FILE_KEY)
    body = b"\x01" + STORE_ID + struct.pack(">q", CREATED)
    body += BLIND + PEPPER + AUDIT + CHAIN
    body += field(0x81, struct.pack(">Iq", 1, CREATED) + KEK)
    body += field(0x82, struct.pack(">Bq", 7, CREATED) + TOKEN)
    body += field(0x05, b"later")
    return head + seal("postern keyring v1", FILE_KEY, count(3, 24), head, body)


def token(label, number, salt, epoch=7):
    clear = struct.pack(">QI", number, salt)
    place = label.encode() + bytes([epoch])
    mac = hashlib.blake2b(b"postern token mac v1\0" + place + clear,
                          key=TOKEN, digest_size=32).digest()[:10]
    mask = hashlib.blake2b(b"postern token mask v1\0" + place + mac,
                           key=TOKEN, digest_size=32).digest()
    masked = bytes(a ^ b for a, b in zip(clear, mask))
    text = base64.b32encode(bytes([epoch]) + masked + mac)
    return text.decode().lower().rstrip("=")


def recovery_text():
    text = base64.b32encode(RECOVERY).decode().lower().rstrip("=")
    return "-".join(text[i:i + 4] for i in range(0, len(text), 4))


def blind(kind, text):
    return hashlib.blake2b(bytes([kind]) + text.encode(), key=BLIND,
                           digest_size=16).hexdigest()


def slot():
    place = b"t" + THREAD + struct.pack(">I", 1)
    aad = b"\x01" + STORE_ID + place + struct.pack(">I", 1)
    wrap = struct.pack(">I", 1) + seal(
        "postern slot v1", KEK, count(4, 24), aad, THREAD_KEY)
    return place, b"\x01" + field(1, wrap)


def main():
    place, row = slot()
    lines = {
        "seal.key": MK.hex(),
        "seal.aad": b"its place".hex(),
        "seal.plain": b"what is said".hex(),
        "seal.entry": seal("postern entry v1", MK, count(9, 24),
                           b"its place", b"what is said").hex(),
        "keyring.mk": MK.hex(),
        "keyring.recovery": recovery_text(),
        "keyring.file": keyring().hex(),
        "keyring.store-id": STORE_ID.hex(),
        "keyring.pepper": PEPPER.hex(),
        "keyring.audit": AUDIT.hex(),
        "keyring.chain": CHAIN.hex(),
        "keyring.kek-1": KEK.hex(),
        "keyring.token-7": TOKEN.hex(),
        "keyring.blind-1-abc": blind(1, "abc"),
        "meta.store": (b"\x01" + struct.pack(">I", 1) + STORE_ID +
                       struct.pack(">q", CREATED)).hex(),
        "slot.key": place.hex(),
        "slot.row": row.hex(),
        "slot.opened": THREAD_KEY.hex(),
        "token.r": token("r", 1, 0x01020304),
        "token.b": token("b", 1, 0x01020304),
        "token.t": token("t", 1, 0x01020304),
        "token.m": token("m", 1, 0x01020304),
        "token.greatest": token("r", 2**64 - 1, 2**32 - 1),
    }
    for name, value in lines.items():
        print(f"    {name} = {value}")


main()
