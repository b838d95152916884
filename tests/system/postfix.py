# SPDX-License-Identifier: Apache-2.0
"""A real Postfix on loopback, in a directory of its own.

It runs as root from Debian's unpacked package (script/bootstrap unpack):
nothing is installed, no user is made, no configuration of the machine is
read. Postfix wants an owner for its queue and a group for its drop box that
own nothing else; of those every Debian has, `uucp` and `news` have had no
other work for long.

Two ports: `submission` (STARTTLS, for postern-bridge) and `outside` (what
the world connects to: refuses what the LMTP door refuses, at RCPT time).
In MAIL_DOMAINS every address is taken but those that start with `gone`; what
maildir() was asked for lands there, the rest bounces after it was taken.
"""

import os
import pathlib
import smtplib
import subprocess
import time

from machine import free_port, make_certificates, run, unpacked
from maildir import Maildir
from server import MailServer

OWNER = "uucp"
DROP_GROUP = "news"
MAILBOX_UID = 8  # `mail`, on every Debian
MAIL_DOMAINS = ("clients.example", "providers.example", "practice.example")
REPLY_DOMAIN = "reply.practice.example"

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {dir}/etc
mail_owner = {owner}
setgid_group = {group}
import_environment = MAIL_CONFIG LD_LIBRARY_PATH TZ LANG=C
parent_domain_matches_subdomains =
smtpd_error_sleep_time = 0
max_idle = 10s
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
myhostname = mail.practice.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
biff = no
append_dot_mydomain = no
local_transport = error:no local mail
recipient_delimiter = +
message_size_limit = 41943040
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
smtpd_tls_cert_file = {dir}/tls/server.pem
smtpd_tls_key_file = {dir}/tls/server.key
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
disable_dns_lookups = yes
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = texthash:{dir}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
virtual_minimum_uid = 1
relay_recipient_maps =
address_verify_map =
smtpd_reject_unlisted_recipient = yes
smtpd_relay_restrictions = permit_mynetworks, reject
"""

# what posternctl postfix-config prints, as far as it matters here; a machine
# that has much to do asks for more patience
REPLIES_CF = """\
relay_domains = {reply}
transport_maps = inline:{{ {{ {reply} = lmtp:unix:{socket} }} }}
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{ {reply} = reject_unverified_recipient }} }}
unverified_recipient_reject_code = 550
address_verify_poll_delay = 1s
address_verify_poll_count = 20
address_verify_negative_refresh_time = 1m
address_verify_negative_expire_time = 5m
"""

# service, type, private, unprivileged, chroot, wakeup, maxproc, command
MASTER_CF = """\
{submission} inet n - n - - smtpd
 -o syslog_name=submission
 -o smtpd_tls_security_level=encrypt
 -o smtpd_recipient_restrictions={submission_rule}
 -o virtual_mailbox_maps=regexp:{dir}/etc/taken
{outside} inet n - n - - smtpd
 -o syslog_name=outside
 -o smtpd_relay_restrictions=reject_unauth_destination
 -o virtual_mailbox_maps=regexp:{dir}/etc/taken
cleanup unix n - n - 0 cleanup
qmgr unix n - n 2 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
 -o max_use=1
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
          "incoming", "private", "saved", "trace")


def write_aged(path, text):
    """Postfix reads a file again until it is two seconds old."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    os.utime(new, (time.time() - 60,) * 2)
    new.rename(path)


class Postfix(MailServer):
    """Start with start(), end with stop(); both may be repeated."""

    def __init__(self, directory, lmtp_socket, root=None):
        self.dir = pathlib.Path(directory)
        self.root = root or unpacked("postfix")
        self.submission_port = free_port()
        self.outside_port = free_port()
        self.ca_file = self.dir / "tls/ca.pem"
        self.log_file = self.dir / "log"
        self._mailboxes = set()
        self._lay_out()
        self.set_replies(REPLIES_CF.format(reply=REPLY_DOMAIN,
                                           socket=lmtp_socket))

    def _lay_out(self):
        self.dir.mkdir(parents=True)
        self.dir.chmod(0o755)
        for name in ("etc", "queue", "queue/pid", "mail"):
            (self.dir / name).mkdir()
        for name in QUEUES:
            (self.dir / "queue" / name).mkdir(mode=0o700)
        for name, group, mode in (("maildrop", DROP_GROUP, 0o1730),
                                  ("public", DROP_GROUP, 0o2710)):
            (self.dir / "queue" / name).mkdir()
            run("chown", f"{OWNER}:{group}", self.dir / "queue" / name)
            (self.dir / "queue" / name).chmod(mode)
        (self.dir / "data").mkdir(mode=0o700)
        run("chown", OWNER, self.dir / "data",
            *(self.dir / "queue" / name for name in QUEUES))
        for domain in MAIL_DOMAINS:
            (self.dir / "mail" / domain).mkdir()
            os.chown(self.dir / "mail" / domain, MAILBOX_UID, MAILBOX_UID)
        make_certificates(self.dir / "tls", "localhost")
        etc = self.dir / "etc"
        write_aged(etc / "taken", "!/^gone/ taken\n")
        write_aged(etc / "mailboxes", "")
        self._write_master("permit_mynetworks,reject")

    def set_replies(self, lines):
        """Before start(): what main.cf says about answers."""
        write_aged(self.dir / "etc/main.cf", MAIN_CF.format(
            dir=self.dir, root=self.root, owner=OWNER, group=DROP_GROUP,
            domains=" ".join(MAIL_DOMAINS), uid=MAILBOX_UID) + lines)

    def configure(self, printed):
        """Before start(): with what posternctl postfix-config prints, the
        tables it says to make included."""
        tables = {}
        for line in printed.splitlines():
            if line.startswith("# /etc/postfix/"):
                name = line.removeprefix("# ")
            elif line.startswith("#\t/"):
                tables.setdefault(name, []).append(line[2:])
        for name, rows in tables.items():
            file = self.dir / "etc" / name.rsplit("/", 1)[1]
            write_aged(file, "\n".join(rows) + "\n")
            printed = printed.replace(name, str(file))
        # a busy machine takes longer than a sender would be kept waiting
        self.set_replies(printed + "address_verify_poll_count = 60\n")

    def _write_master(self, submission_rule):
        write_aged(self.dir / "etc/master.cf", MASTER_CF.format(
            dir=self.dir, submission=f"127.0.0.1:{self.submission_port}",
            outside=f"127.0.0.1:{self.outside_port}",
            submission_rule=submission_rule))

    def _environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                "LD_LIBRARY_PATH": f"{self.root}/usr/lib/postfix",
                "MAIL_CONFIG": f"{self.dir}/etc"}

    def tool(self, name, *arguments):
        """Runs a Postfix command (postqueue, postconf ...) on this one."""
        return run(self.root / "usr/sbin" / name, "-c", self.dir / "etc",
                   *arguments, env=self._environment())

    def start(self):
        if self._process:
            return self
        self._process = subprocess.Popen(
            [f"{self.root}/usr/lib/postfix/sbin/master", "-c",
             f"{self.dir}/etc"], env=self._environment(), cwd="/",
            start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in (self.submission_port, self.outside_port):
            self._wait_ready(port)
        return self

    def _wait_ready(self, port, seconds=60):
        end = time.monotonic() + seconds
        while True:
            if self._process.poll() is not None:
                raise RuntimeError(f"Postfix ended: {self.log()}")
            try:
                with smtplib.SMTP("127.0.0.1", port, timeout=5):
                    return
            except OSError:
                if time.monotonic() > end:
                    raise RuntimeError(
                        f"Postfix not ready: {self.log()}") from None
                time.sleep(0.05)

    def refuse_submission(self, rule="defer"):
        """Until accept_submission(): `defer` answers 4xx, `reject` 5xx."""
        self._write_master(rule)
        self._reload()

    def accept_submission(self):
        self._write_master("permit_mynetworks,reject")
        self._reload()

    def _reload(self):
        # a reload would let a running smtpd finish with the old rule
        self.stop()
        self.start()

    def maildir(self, address):
        """The Maildir of an address; from now on mail to it lands there."""
        address = address.lower()
        name, domain = address.split("@")
        if address not in self._mailboxes:
            self._mailboxes.add(address)
            # virtual(8) reads this anew for each mail (max_use)
            write_aged(self.dir / "etc/mailboxes", "".join(
                f"{a} {a.split('@')[1]}/{a.split('@')[0]}/\n"
                for a in sorted(self._mailboxes)))
        return Maildir(self.dir / "mail" / domain / name)

    def log(self):
        try:
            return self.log_file.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def queue_ids(self):
        """Mails that are still in Postfix's queue; none, if none is seen
        twice: from one directory to the next one may slip past a look."""
        return self._look_for_mails() or self._look_for_mails()

    def _look_for_mails(self):
        return [f.name for q in ("incoming", "active", "deferred", "maildrop")
                for f in (self.dir / "queue" / q).rglob("*") if f.is_file()]
