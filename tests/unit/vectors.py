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
MESSAGE = hashlib.blake2b(key=CHAIN, digest_size=32,
                          person=b"postern.message").digest()
CREATED = 1790000000000
THREAD = count(0x10, 16)
THREAD_KEY = count(0xE0, 32)
PERSON = count(0x20, 16)
PERSON_KEY = count(0x11, 32)
CLIENT = count(0x21, 16)


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


def token(label, number, salt, epoch=7, secret=TOKEN):
    clear = struct.pack(">QI", number, salt)
    place = label.encode() + bytes([epoch])
    mac = hashlib.blake2b(b"postern token mac v1\0" + place + clear,
                          key=secret, digest_size=32).digest()[:10]
    mask = hashlib.blake2b(b"postern token mask v1\0" + place + mac,
                           key=secret, digest_size=32).digest()
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


def stamp(space, key, record):
    """A record with the MAC that says who wrote it."""
    place = bytes([space, len(key)]) + key
    return record + hashlib.blake2b(place + record, key=CHAIN, digest_size=32,
                                    person=b"postern.stamp").digest()


def padded(fields, to=64):
    return fields + bytes(-len(fields) % to)


def person():
    place = b"p" + PERSON + struct.pack(">I", 0)
    aad = b"\x01" + STORE_ID + place + struct.pack(">I", 1)
    wrap = struct.pack(">I", 1) + seal(
        "postern slot v1", KEK, count(5, 24), aad, PERSON_KEY)
    header = struct.pack(">BBBqq", 1, 2, 1, CREATED, 0)
    fields = b"".join(field(i + 1, text.encode()) for i, text in enumerate(
        ("P-7", "Dr. Ben Example", "LMFT", "en", "America/New_York")))
    sealed = seal("postern profile v1", PERSON_KEY, count(6, 24),
                  STORE_ID + b"\x01" + PERSON + header, padded(fields))
    usual = seal("postern profile v1", PERSON_KEY, count(11, 24),
                 STORE_ID + b"\x01" + PERSON + header,
                 padded(fields + field(6, b"\x02\x05")))
    index = b"\x01" + bytes.fromhex(blind(1, "P-7"))
    home = PERSON + count(0x31, 16)
    good = struct.pack(">BBB5q", 1, 1, 2, CREATED, 0, 0, 0, 0)
    text = seal("postern address v1", PERSON_KEY, count(8, 24),
                STORE_ID + b"\x03" + home + good,
                padded(field(1, b"Ben@practice.example")))
    def in_state(state, nonce, *fields):
        """An address that has more to say than its text."""
        header = struct.pack(">BBB5q", 1, state, 2, 0, 0, 0, 0, 0)
        inner = field(1, b"Ben@practice.example") + b"".join(fields)
        return header + field(0x81, seal(
            "postern address v1", PERSON_KEY, count(nonce, 24),
            STORE_ID + b"\x03" + home + header, padded(inner)))

    failing = field(2, struct.pack(">qBH", CREATED + 3, 2, 5 << 13 | 1 << 10
                                   | 1))
    returns = field(3, struct.pack(">3q", CREATED + 3, CREATED + 2, CREATED))
    since = field(2, struct.pack(">qBH", CREATED, 0, 0))
    confirm = field(4, struct.pack(">qB", CREATED + 3600000, 4)
                    + count(0x32, 16))
    return {
        "person.id": PERSON,
        "person.slot-key": place,
        "person.slot": b"\x01" + field(1, wrap),
        "person.row": header + field(0x81, sealed),
        "person.response": header + field(0x81, usual),
        "address.key": home,
        "address.row": good + field(0x81, text),
        "address.stopped": in_state(2, 12, failing, returns),
        "address.unconfirmed": in_state(4, 13, since, confirm),
        "blind.key": index,
        "blind.row": stamp(4, index, b"\x01" + PERSON),
    }


def account():
    """All there is in one, and the hash of a code."""
    place = count(0x51, 16)
    code = "abcd-efgh-2345"
    hashed = hashlib.blake2b(
        b"postern code v1\0" + place + code.replace("-", "").encode(),
        key=PEPPER, digest_size=16).digest()
    header = b"\x01\x01" + PERSON
    fields = field(1, b"ben") + field(2, b"$argon2id$v=19$not-really")
    fields += field(0x83, count(0x61, 20) + struct.pack(">Q", 59666666))
    fields += field(0x84, b"")
    fields += field(5, hashed + count(0x71, 16))
    fields += field(6, struct.pack(">qQB", CREATED + 2000, 1, 5) + hashed)
    fields += field(0x87, struct.pack(">qIBB", CREATED + 6000, 7, 1, 16)
                    + count(0x81, 16) + count(0x91, 64) + b"Phone")
    fields += field(0x87, struct.pack(">qIBB", CREATED + 7000, 0, 2, 32)
                    + count(0xa1, 32) + count(0xb1, 32) + b"Key")
    sealed = seal("postern account v1", PERSON_KEY, count(10, 24),
                  STORE_ID + b"\x02" + place + header, padded(fields, 512))
    return {
        "account.id": place,
        "account.code": code,
        "account.code-hash": hashed,
        "account.row": header + field(0x81, sealed),
    }


def relation():
    key = b"c" + CLIENT + PERSON
    row = struct.pack(">BqqB", 1, CREATED, 0, 1) + THREAD
    return {"relation.key": key, "relation.row": stamp(5, key, row)}


def entry_of(fields, nonce):
    """A message, the first of its thread, and the head after it."""
    bound = THREAD + struct.pack(">I", 1) + count(0x30, 16) + b"\x01\x01"
    bound += CLIENT + bytes(16) + struct.pack(">qH", CREATED + 1000, 0)
    aad = b"\x01" + STORE_ID + bound
    fields += bytes(496 - (1 + 80 + 8 + 32) - 72 - len(fields))
    sealed = seal("postern entry v1", THREAD_KEY, nonce, aad, fields)
    chain = hashlib.blake2b(THREAD, key=CHAIN, digest_size=32,
                            person=b"postern.thread").digest()
    seq = struct.pack(">Q", 1)
    mac = hashlib.blake2b(
        bytes(32) + seq + aad + sealed[24:56] + sealed[-16:],
        key=chain, digest_size=32, person=b"postern.chain").digest()
    head = b"\x01" + CLIENT + PERSON
    head += struct.pack(">qqqQIIq", CREATED, 0, CREATED + 1000, 1, 1, 1,
                        CREATED)
    head += mac + struct.pack(">q", 0)
    head += field(0x81, CLIENT + struct.pack(
        ">BBqqQI", 1, 3, CREATED, 0, 0, 0))
    head += field(0x81, PERSON + struct.pack(
        ">BBqqQI", 2, 3, CREATED, 0, 0, 1))
    head += field(0x82, struct.pack(">Q", 1))
    return b"\x01" + bound + seq + mac + sealed, head


def entry():
    row, head = entry_of(field(1, "Grüße".encode()), count(7, 24))
    later = field(3, struct.pack(">q", CREATED + 1000))
    later += field(4, struct.pack(">qBH", CREATED + 3000, 2, 0x9C01))
    return {
        "entry.row": row,
        "thread.id": THREAD,
        "thread.head": stamp(6, THREAD, head),
        "thread.waiting": stamp(6, THREAD, head + later),
    }


def stream(key, header, aad, plain):
    """Chunks of 64 KiB; the last one is filled up, and final."""
    name = "crypto_secretstream_xchacha20poly1305"
    state = ctypes.create_string_buffer(
        getattr(SODIUM, name + "_statebytes")())
    getattr(SODIUM, name + "_init_pull")(state, header, key)
    out = b""
    for at in range(0, len(plain), 65536):
        chunk = plain[at:at + 65536].ljust(65536, b"\0")
        tag = 0 if at + 65536 < len(plain) else 3
        sealed = ctypes.create_string_buffer(65536 + 17)
        getattr(SODIUM, name + "_push")(
            state, sealed, None, chunk, ctypes.c_ulonglong(len(chunk)),
            aad, ctypes.c_ulonglong(len(aad)), ctypes.c_ubyte(tag))
        out += sealed.raw
    return out


def attachment():
    place, key, header = count(0x41, 16), count(0xD0, 32), count(14, 24)
    plain = bytes(i % 251 for i in range(70000))
    file = b"\x01" + header + stream(
        key, header, b"\x01" + STORE_ID + place, plain)
    value = place + key + struct.pack(">BQII", 6, len(plain), 0, 0)
    fields = field(1, "Grüße".encode())
    fields += field(0x84, value + "Grüße.csv".encode())
    row, head = entry_of(fields, count(15, 24))
    there = b"\x01" + THREAD + struct.pack(">QBq", 1, 2, CREATED + 6000)
    return {
        "attachment.id": place,
        "attachment.row": stamp(17, place, there),
        "attachment.key": key,
        "attachment.file-hash": hashlib.blake2b(file, digest_size=32).digest(),
        "entry.files": row,
        "thread.files": stamp(6, THREAD, head),
    }


def draft():
    key = PERSON + THREAD
    header = struct.pack(">Bq", 1, CREATED + 4000)
    fields = field(1, "Grüße".encode()) + field(2, b"key-1")
    fields += bytes(496 - len(header) - 72 - len(fields))
    sealed = seal("postern draft v1", PERSON_KEY, count(12, 24),
                  STORE_ID + b"\x0f" + key + header, fields)
    return {"draft.key": key, "draft.row": header + sealed}


def picture():
    header = struct.pack(">BqB", 1, CREATED + 5000, 2)
    fields = field(1, b"\xff\xd8\xff\xd9")
    fields += bytes(496 - len(header) - 72 - len(fields))
    sealed = seal("postern picture v1", PERSON_KEY, count(13, 24),
                  STORE_ID + b"\x10" + PERSON + header, fields)
    return {"picture.row": header + sealed}


def session():
    key = hashlib.blake2b(count(0, 32), digest_size=32).digest()
    row = b"\x01" + PERSON + bytes(16)
    row += struct.pack(">qqq", CREATED, CREATED + 1, CREATED + 2)
    row += field(1, b"portal")
    token = base64.b32encode(count(0, 32)).decode().lower().rstrip("=")
    half = row + field(0x82, b"\x01") + field(3, b"Firefox on Linux")
    return {"session.token": token, "session.key": key,
            "session.row": stamp(10, key, row),
            "session.half-open": stamp(10, key, half)}


def outbox():
    row = struct.pack(">BIBBqqHH", 1, 0x01020304, 1, 4, CREATED,
                      CREATED + 60000, 1, 421)
    row += PERSON + bytes(16) + THREAD + struct.pack(">Q", 0)
    home = count(0x31, 16)

    def fresh(kind, person, address, thread):
        return struct.pack(">BIBBqqHH", 1, 0x01020304, kind, 1, CREATED,
                           CREATED, 0, 0) + (
                               person + address + thread + bytes(8))

    epoch = struct.pack(">I", 1)
    to = epoch + seal("postern outbox v1", KEK, count(14, 24),
                      b"\x01" + STORE_ID + struct.pack(">Q", 1) + epoch,
                      b"office@practice.example")
    return {
        "outbox.row": row,
        "outbox.address": fresh(7, PERSON, home, bytes(16)),
        "outbox.replaced": fresh(8, PERSON, home, bytes(16)),
        "outbox.overdue": fresh(9, PERSON, bytes(16), THREAD),
        "outbox.summary": fresh(10, bytes(16), bytes(16), bytes(16))
        + field(0x81, to) + field(2, struct.pack(">4I", 3, 2, 1, 10)),
    }


def rounds():
    return {"rounds.row": struct.pack(">Bqq", 1, CREATED, CREATED - 60000)}


def idem():
    row = struct.pack(">Bq", 1, CREATED) + CLIENT + count(1, 32)
    row += count(2, 32) + THREAD + count(0x30, 16) + struct.pack(">Q", 1)
    return {"idem.row": row}


def audit():
    row = struct.pack(">BqHH", 1, CREATED, 8, 0) + CLIENT + THREAD
    row += struct.pack(">Q", 1) + count(0, 8) + field(1, b"portal")
    mac = hashlib.blake2b(bytes(32) + struct.pack(">Q", 1) + row, key=AUDIT,
                          digest_size=32).digest()
    end = b"\x01" + struct.pack(">Q", 1) + mac
    return {"audit.row": row + mac, "audit.end": stamp(0, b"audit", end)}


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
        "token.m": token("m", 1, 0x01020304, 0, MESSAGE),
        "token.greatest": token("r", 2**64 - 1, 2**32 - 1),
    }
    for part in (person, account, relation, entry, attachment, draft, picture,
                 session, outbox, rounds, idem, audit):
        for name, value in part().items():
            lines[name] = value.hex() if isinstance(value, bytes) else value
    for name, value in lines.items():
        print(f"    {name} = {value}")


main()
