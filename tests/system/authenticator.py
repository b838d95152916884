# SPDX-License-Identifier: Apache-2.0
"""A security key in software, and the browser it is plugged into: makes
passkeys and signs with them (WebAuthn, 5 and 6). What either says can be
changed before it is signed.
"""

import base64
import hashlib
import json
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import (
    ec, ed25519, padding, rsa)

PRESENT, VERIFIED, CREDENTIAL = 0x01, 0x04, 0x40
ES256, EDDSA, RS256 = -7, -8, -257


def text(data):
    """base64url, as it travels."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def data_of(word):
    return base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))


def cbor(value):
    """As much of it as keys need (RFC 8949, canonical)."""
    def head(major, n):
        for limit, code, form in ((24, None, ""), (1 << 8, 24, ">B"),
                                  (1 << 16, 25, ">H")):
            if n < limit:
                return (bytes([major << 5 | (n if code is None else code)])
                        + (struct.pack(form, n) if form else b""))
        raise ValueError(n)
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    return head(5, len(value)) + b"".join(
        cbor(k) + cbor(v) for k, v in value.items())


def number(n, size=None):
    return n.to_bytes(size or (n.bit_length() + 7) // 8, "big")


class Passkey:
    """One key pair. CHANGES, for make() and use(): the fields of what the
    browser says (None: none of it); rp, flags, data and signature."""

    def __init__(self, origin, algorithm=ES256, label="Blue key",
                 name=None):
        self.origin = origin
        self.algorithm = algorithm
        self.label = label
        self.id = name or os.urandom(32)
        self.count = 0
        self.key = {
            ES256: lambda: ec.generate_private_key(ec.SECP256R1()),
            EDDSA: ed25519.Ed25519PrivateKey.generate,
            RS256: lambda: rsa.generate_private_key(65537, 2048),
        }[algorithm]()

    # ---- what is said -----------------------------------------------------
    def _client_data(self, kind, options, changes):
        said = {"type": f"webauthn.{kind}", "challenge": options["challenge"],
                "origin": self.origin, "crossOrigin": False,
                **{name: changes[name] for name in (
                    "type", "challenge", "origin", "crossOrigin", "topOrigin",
                    "other") if name in changes}}
        return json.dumps({k: v for k, v in said.items()
                           if v is not None}).encode()

    def _data(self, rp, changes, flags=PRESENT | VERIFIED):
        return (hashlib.sha256(changes.get("rp", rp).encode()).digest()
                + struct.pack(">BI", changes.get("flags", flags), self.count))

    def _cose(self):
        public = self.key.public_key()
        if self.algorithm == ES256:
            at = public.public_numbers()
            return {1: 2, 3: ES256, -1: 1, -2: number(at.x, 32),
                    -3: number(at.y, 32)}
        if self.algorithm == EDDSA:
            return {1: 1, 3: EDDSA, -1: 6, -2: public.public_bytes_raw()
                    if hasattr(public, "public_bytes_raw")
                    else self._raw(public)}
        at = public.public_numbers()
        return {1: 3, 3: RS256, -1: number(at.n), -2: number(at.e)}

    @staticmethod
    def _raw(public):
        from cryptography.hazmat.primitives import serialization
        return public.public_bytes(serialization.Encoding.Raw,
                                   serialization.PublicFormat.Raw)

    def _sign(self, signed):
        if self.algorithm == ES256:
            return self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        if self.algorithm == EDDSA:
            return self.key.sign(signed)
        return self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())

    # ---- as it is sent ----------------------------------------------------
    def make(self, options, **changes):
        """What POST /v1/me/passkeys takes, but for a passphrase."""
        data = self._data(options["rp"]["id"], changes,
                          PRESENT | VERIFIED | CREDENTIAL)
        data += (bytes(16) + struct.pack(">H", len(self.id)) + self.id
                 + cbor(self._cose()))
        return {"label": self.label,
                "client_data": text(
                    self._client_data("create", options, changes)),
                "authenticator_data": text(changes.get("data", data))}

    def use(self, options, **changes):
        """What POST /v1/sessions/current/factor takes; it counts."""
        self.count = changes.get("count", self.count + 1)
        said = self._client_data("get", options, changes)
        data = changes.get("data", self._data(options["rpId"], changes))
        signature = self._sign(data + hashlib.sha256(said).digest())
        return {"passkey": text(changes.get("id", self.id)),
                "client_data": text(said), "authenticator_data": text(data),
                "signature": text(changes.get("signature", signature))}


# ---- people with one -----------------------------------------------------

def add(browser, origin, passphrase=None, **more):
    """Adds a new one, in a browser that may; it is returned."""
    key = Passkey(origin, **more)
    body = key.make(browser.get("/v1/me/passkeys")["create"])
    if passphrase:
        body["passphrase"] = passphrase
    browser.call("POST", "/v1/me/passkeys", body).expect(201)
    return key


def answer(browser, key, **changes):
    """Gives it, in a browser whose second factor is due; the reply."""
    options = browser.get("/v1/sessions/current/factor")["passkey"]
    return browser.call("POST", "/v1/sessions/current/factor",
                        key.use(options, **changes))
