# SPDX-License-Identifier: Apache-2.0
"""A real Dovecot on loopback, in a directory of its own: one mailbox, by IMAP
with implicit TLS and with STARTTLS.

It runs as root from Debian's unpacked packages (script/bootstrap unpack):
nothing is installed, no user is made, no configuration of the machine is
read. Its processes run as users every Debian has and nothing here uses.
"""

import contextlib
import imaplib
import os
import pathlib
import ssl
import subprocess

from client import wait_for
from machine import free_port, make_certificates, unpacked
from server import Server

USER = "portal@practice.example"
PASSWORD = "correct horse \"battery\" \\staple"
MAILBOX_UID = 8  # `mail`, on every Debian

CONF = """\
protocols = imap
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
default_internal_user = uucp
default_internal_group = uucp
default_login_user = news
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_dh =
disable_plaintext_auth = yes
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
mail_location = maildir:{dir}/mail
first_valid_uid = {uid}
mail_max_userip_connections = 100
namespace {{
  inbox = yes
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={dir}/home
}}
{passdb}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
service anvil {{
  chroot =
}}
protocol imap {{
  imap_capability = {capability}
  imap_idle_notify_interval = 1 mins
}}
"""

# It looks for parts of itself in /usr/lib/dovecot, whatever it is told, so it
# gets to see a /usr that has them. Nobody else does.
INSIDE = """\
mount -t overlay -o "ro,lowerdir=$1/usr:$2/usr:/usr" dovecot /usr
exec dovecot -F -c "$3"
"""

BY_PASSWORD = """\
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {dir}/users
}}
"""

BY_TOKEN = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2
}}
"""

OAUTH2 = """\
introspection_mode = get
introspection_url = {url}
username_attribute = email
"""


class Dovecot(Server):
    """start(), stop(); both may be repeated.

    INTROSPECTION: the address that tells whose an access token is; then it
    takes XOAUTH2 beside the password. CERTIFICATE: (file, key file, CA file),
    else it makes one. CAPABILITY: what it says it can do after signing in,
    instead of what it can."""

    def __init__(self, directory, capability="", introspection=None,
                 certificate=None):
        self.dir = pathlib.Path(directory)
        self.port = free_port()
        self.tls_port = free_port()
        self.log_file = self.dir / "log"
        self.dir.mkdir(parents=True)
        self.dir.chmod(0o755)
        for name in ("mail", "home"):
            (self.dir / name).mkdir()
            os.chown(self.dir / name, MAILBOX_UID, MAILBOX_UID)
        if certificate is None:
            make_certificates(self.dir / "tls", "localhost")
            certificate = [self.dir / "tls" / name for name in (
                "server.pem", "server.key", "ca.pem")]
        self.certificate, self.key, self.ca_file = certificate
        (self.dir / "users").write_text(f"{USER}:{PASSWORD}::::::\n")
        passdb = BY_PASSWORD
        if introspection:
            passdb += BY_TOKEN
            (self.dir / "oauth2").write_text(
                OAUTH2.format(url=introspection))
        self.write(capability, passdb,
                   "plain login xoauth2" if introspection else "plain login")

    def write(self, capability="", passdb=BY_PASSWORD,
              mechanisms="plain login"):
        """Before start()."""
        (self.dir / "dovecot.conf").write_text(CONF.format(
            dir=self.dir, certificate=self.certificate, key=self.key, uid=MAILBOX_UID, port=self.port,
            tls_port=self.tls_port,
            passdb=passdb.format(dir=self.dir), mechanisms=mechanisms,
            capability=capability))

    def start(self):
        if self._process:
            return self
        self._process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-euc", INSIDE, "dovecot",
             unpacked("dovecot-core"), unpacked("dovecot-imapd"),
             self.dir / "dovecot.conf"],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"},
            cwd="/", start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.dir / "err", "wb"))
        wait_for(self._answers, 60, lambda: self.log()
                 + (self.dir / "err").read_text())
        return self

    def _answers(self):
        assert self._process.poll() is None, \
            self.log() + (self.dir / "err").read_text()
        try:
            with self.client():
                return True
        except (OSError, imaplib.IMAP4.error):
            return False

    def log(self):
        try:
            return self.log_file.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    @contextlib.contextmanager
    def client(self, folder=None):
        """Signed in, as somebody who looks into the mailbox."""
        context = ssl.create_default_context(cafile=self.ca_file)
        client = imaplib.IMAP4_SSL("localhost", self.tls_port,
                                   ssl_context=context, timeout=20)
        try:
            client.login(USER, PASSWORD)
            if folder:
                kind, data = client.select(folder)
                if kind != "OK":
                    raise AssertionError(data)
            yield client
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    def put(self, data, folder="INBOX"):
        """A mail arrives."""
        with self.client() as client:
            kind, answer = client.append(folder, None, None, data)
            assert kind == "OK", answer

    def mails(self, folder="INBOX"):
        """[(uid, flags, bytes)] of a folder, [] if there is none; nothing is
        marked as read by looking. What goes meanwhile is left out."""
        with self.client() as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            found = []
            for uid in client.uid("SEARCH", "ALL")[1][0].split():
                data = client.uid("FETCH", uid, "(FLAGS BODY.PEEK[])")[1]
                # others' flags may be told along
                at = [i for i, part in enumerate(data)
                      if isinstance(part, tuple)]
                if not at:
                    continue
                head, mail = data[at[0]]
                flags = imaplib.ParseFlags(head) or imaplib.ParseFlags(
                    data[at[0] + 1])
                found.append((int(uid), set(flags), mail))
            return found

    def folders(self):
        with self.client() as client:
            return [line.decode().rsplit(" ", 1)[1].strip('"')
                    for line in client.list()[1]]
