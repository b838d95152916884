# SPDX-License-Identifier: Apache-2.0
"""A real Dovecot that takes mail by LMTP, on loopback, in a directory of its
own, with what posternctl dovecot-config prints.

It runs as root from Debian's unpacked packages (script/bootstrap unpack).
Parts of it are looked for in /usr/lib/dovecot whatever it is told, so it runs
in a mount namespace of its own, with a /usr that has them.
"""

import os
import pathlib
import re
import shutil
import smtplib
import subprocess

from client import wait_for
from machine import free_port, unpacked
from maildir import Maildir
from postern import sanitized
from server import Server

MAILBOX_UID = 8  # `mail`, on every Debian
PACKAGES = ("dovecot-core", "dovecot-lmtpd", "dovecot-sieve")

CONFIG = """\
protocols = lmtp
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
default_internal_user = uucp
default_internal_group = uucp
default_login_user = news
ssl = no
listen = 127.0.0.1
recipient_delimiter = +
mail_location = maildir:{dir}/mail/%u
first_valid_uid = {uid}
passdb {{
  driver = passwd-file
  args = {dir}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={dir}/mail/%u
}}
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
}}
service stats {{
  chroot =
}}
service anvil {{
  chroot =
}}
"""

INSIDE = """\
mount -t overlay -o "ro,lowerdir=$1/usr:$2/usr:$3/usr:/usr" dovecot /usr
shift 3
exec "$@"
"""


def pieces(printed):
    """What was printed, by the file it says it is for."""
    parts = re.split(r"(?m)^# FILE (/\S+)\n", printed)
    return dict(zip(parts[1::2], parts[2::2]))


class DovecotLmtp(Server):
    """start(), stop(); one mailbox, MAILBOX. DELIVER: the program that the
    printed lines say to link."""

    def __init__(self, directory, mailbox, printed, deliver):
        self.dir = pathlib.Path(directory)
        self.port = free_port()
        self.dir.mkdir(parents=True)
        self.dir.chmod(0o755)
        (self.dir / "mail").mkdir()
        os.chown(self.dir / "mail", MAILBOX_UID, MAILBOX_UID)
        (self.dir / "users").write_text(f"{mailbox}:{{PLAIN}}x::::::\n")
        self.box = Maildir(self.dir / "mail" / mailbox)
        (self.dir / "postern").mkdir()
        shutil.copy(deliver, self.dir / "postern/postern-deliver")
        files = pieces(printed)
        lines = files.pop("/etc/dovecot/conf.d/90-postern.conf")
        script = files.pop("/etc/dovecot/postern.sieve", None)
        assert not files, files
        config = self.dir / "dovecot.conf"
        config.write_text(
            CONFIG.format(dir=self.dir, uid=MAILBOX_UID, port=self.port)
            # a sanitizer reserves more than Dovecot lets a program have
            + ("default_vsz_limit = 0\n" if sanitized() else "")
            + lines.replace("/etc/dovecot/postern", f"{self.dir}/postern"))
        if script is not None:
            (self.dir / "postern.sieve").write_text(script)
            subprocess.run(self._command("sievec", "-c", config,
                                         self.dir / "postern.sieve"),
                           check=True, cwd="/", capture_output=True)

    def _command(self, *command):
        return ["unshare", "--mount", "sh", "-euc", INSIDE, "dovecot",
                *(str(unpacked(p)) for p in PACKAGES), *map(str, command)]

    def start(self):
        if self._process:
            return self
        with open(self.dir / "err", "ab") as err:
            self._process = subprocess.Popen(
                self._command("dovecot", "-F", "-c", self.dir / "dovecot.conf"),
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"},
                cwd="/", start_new_session=True, stdin=subprocess.DEVNULL,
                stdout=err, stderr=err)
        wait_for(self._answers, 60, self.log)
        return self

    def _answers(self):
        assert self._process.poll() is None, self.log()
        try:
            with self.client():
                return True
        except OSError:
            return False

    def client(self):
        return smtplib.LMTP("127.0.0.1", self.port)

    def send(self, sender, recipient, data):
        """As a mail server does; raises smtplib's exceptions."""
        with self.client() as lmtp:
            return lmtp.sendmail(sender, [recipient], data)

    def log(self):
        return "".join(f.read_text(errors="replace") for f in (
            self.dir / "log", self.dir / "err") if f.exists())
