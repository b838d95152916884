# SPDX-License-Identifier: Apache-2.0
"""Mails as they arrived, for tests to read."""

import email
import email.policy
import email.utils
import pathlib
import time
import uuid


class Mail:
    """One delivered mail: its bytes and what they say."""

    def __init__(self, path):
        self.path = path
        self.raw = path.read_bytes()
        self.message = email.message_from_bytes(
            self.raw, policy=email.policy.default)

    def __getitem__(self, header):
        return self.message[header]

    @property
    def envelope_sender(self):
        """From Return-Path; "" for the null sender."""
        return str(self.message["Return-Path"]).strip("<>")

    @property
    def reply_to(self):
        return self.message["Reply-To"].addresses[0].addr_spec

    def text(self):
        """The plain text, decoded."""
        part = self.message.get_body(preferencelist=("plain",))
        return part.get_content()

    def link(self):
        """The one link of the plain text."""
        links = [w for w in self.text().split()
                 if w.startswith(("https://", "http://"))]
        assert len(links) == 1, self.text()
        return links[0]

    def html(self):
        part = self.message.get_body(preferencelist=("html",))
        return part.get_content() if part else ""


def answer_to(notice, sender, body, **headers):
    """What a mail program makes of it when SENDER presses Reply: bytes."""
    domain = sender.split("@")[1]
    lines = {"From": f"<{sender}>", "To": notice.reply_to,
             "Subject": f"Re: {notice['Subject']}",
             "Message-ID": f"<{uuid.uuid4().hex}@{domain}>",
             "In-Reply-To": notice["Message-ID"],
             "References": notice["Message-ID"],
             "Date": email.utils.formatdate(),
             "MIME-Version": "1.0",
             "Content-Type": "text/plain; charset=utf-8", **headers}
    return ("".join(f"{k}: {v}\r\n" for k, v in lines.items())
            + "\r\n" + body.replace("\n", "\r\n") + "\r\n").encode()


class Maildir:
    """A Maildir; it need not exist yet."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def mails(self):
        """All, in order of arrival."""
        new = self.path / "new"
        if not new.is_dir():
            return []
        files = sorted(new.iterdir(), key=lambda f: (f.stat().st_mtime_ns,
                                                     f.name))
        return [Mail(f) for f in files]

    def notices(self):
        """Those that say that there is something new."""
        return [m for m in self.mails()
                if str(m["Auto-Submitted"]) == "auto-generated"]

    def prompts(self):
        """Those that answer a mail."""
        return [m for m in self.mails()
                if str(m["Auto-Submitted"]) == "auto-replied"]

    def __len__(self):
        new = self.path / "new"
        return len(list(new.iterdir())) if new.is_dir() else 0

    def wait(self, count=1, seconds=60):
        """The mails, as soon as there are COUNT; AssertionError if never."""
        end = time.monotonic() + seconds
        while len(self) < count:
            if time.monotonic() > end:
                raise AssertionError(
                    f"{self.path.name}: {len(self)} mails in {seconds} s, "
                    f"expected {count}")
            time.sleep(0.02)
        return self.mails()
