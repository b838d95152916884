#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What test_boot.py runs inside a booted systemd, as root.

Sets Postern up with the commands of docs/operations.md, walks the main job
through a real Postfix, opens the portal behind a real nginx, and looks at the
services from outside and inside.
Prints one line per step; /results holds what a failure needs.
"""

import json
import os
import pathlib
import pwd
import re
import signal
import smtplib
import subprocess
import sys
import traceback
import types
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ["POSTERN_CACHE"] = str(HERE)

from accounts import PASSPHRASE, Authenticator  # noqa: E402
from client import Browser, Client, Session, wait_for  # noqa: E402
from machine import make_certificates  # noqa: E402
from maildir import answer_to  # noqa: E402
from marks import search  # noqa: E402
from postfix import OWNER, Postfix  # noqa: E402
from web import WebClient  # noqa: E402

RESULTS = pathlib.Path("/results")
RUN = pathlib.Path("/run/postern")
CLIENT = "client1@clients.example"
PROVIDER = "provider1@providers.example"
STAFF = "robin@practice.example"
FRONTEND = "test-portal"
NAME = "portal.lakeside.example"
TCP_PORT = 8024
MAILDIR = pathlib.Path("/var/lib/postern-mail/Maildir")
POSTERND_SOCKETS = ["posternd-portal.socket", "posternd-web.socket",
                    "posternd-bridge.socket", "posternd-admin.socket"]
SETTINGS = """\
[practice]
name = Lakeside Practice #2
[portal]
link = https://{name}/t/{{id}}
[store]
map-size = 1G
reserve = 4M
[relay]
host = localhost
port = {port}
ca-file = /etc/postern/relay-ca.pem
[frontend test]
user = {frontend}
rights = assert provision second-factor
roles = client provider
"""
# Postfix drops its groups: the socket is its own
LMTP_DROP_IN = f"[Socket]\nSocketUser={OWNER}\nSocketMode=0600\n"


def run(*command, check=True, **kwargs):
    done = subprocess.run([str(c) for c in command], capture_output=True,
                          text=True, check=False, timeout=120, **kwargs)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}"
                             f"{done.stderr}")
    return done


def property_of(unit, name):
    return run("systemctl", "show", "-P", name, unit).stdout.strip()


def documented(heading):
    """The commands of docs/operations.md below it: `## ...` or `**...**`."""
    text = (HERE / "operations.md").read_text()
    return re.search(rf"(?ms)^(?:## |\*\*){heading}(?:$|:?\*\*)"
                     r".*?^```sh\n(.*?)^```", text).group(1)


def edited(commands):
    """What an editor is opened for, written down instead: a unit's lines
    stand below `systemctl edit` as comments."""
    unit, lines = re.search(r"(?m)^systemctl edit (\S+)\n((?:# .*\n)+)",
                            commands).groups()
    drop_in = pathlib.Path(f"/etc/systemd/system/{unit}.service.d/edit.conf")
    drop_in.parent.mkdir(exist_ok=True)
    drop_in.write_text(re.sub(r"(?m)^# ", "", lines))
    return commands.replace(f"systemctl edit {unit}",
                            "systemctl daemon-reload")


def start_again(unit):
    run("systemctl", "reset-failed", unit)
    run("systemctl", "restart", unit)


class Guest:
    """The steps, in order; each is a test of its own."""

    def __init__(self):
        self.mail = Postfix("/srv/mail", RUN / "lmtp.sock")
        self.portal = Client(RUN / "portal.sock", "portal")
        self.admin = Client(RUN / "admin.sock", "admin")
        self.secrets = {name: f"{name} {uuid.uuid4().hex}"
                        for name in ("said", "replied", "written")}
        self.web = Client(RUN / "web.sock", "web")
        tls = pathlib.Path("/etc/tls")
        self.site = WebClient(types.SimpleNamespace(
            name=NAME, port=443, url=f"https://{NAME}",
            ca_file=tls / "ca.pem"))
        make_certificates(tls, NAME)
        self.private = []  # what stands in no log
        self.recovery_key = None
        self.thread = None

    # ---- setting up --------------------------------------------------------
    def step_configure(self):
        self.mail.start()
        for address in (CLIENT, PROVIDER, STAFF):
            self.mail.maildir(address)
        etc = pathlib.Path("/etc/postern")
        (etc / "relay-ca.pem").write_bytes(self.mail.ca_file.read_bytes())
        (etc / "postern.conf.d/50-test.conf").write_text(SETTINGS.format(
            port=self.mail.submission_port, frontend=FRONTEND, name=NAME))
        drop_in = pathlib.Path(
            "/etc/systemd/system/postern-bridge-lmtp.socket.d/mail.conf")
        drop_in.parent.mkdir(parents=True)
        drop_in.write_text(LMTP_DROP_IN)
        run("systemctl", "daemon-reload")
        # the frontend's user is the administrator's to make
        run("useradd", "--system", "--no-create-home", FRONTEND)

    def step_refuses_to_run_without_a_key(self):
        run("systemd-sysusers")
        run("systemd-tmpfiles", "--create")
        run("systemctl", "start", "posternd.service", check=False)
        wait_for(lambda: property_of("posternd", "ActiveState") == "failed",
                 message=lambda: property_of("posternd", "ActiveState"))
        assert property_of("posternd", "ExecMainStatus") == "78", run(
            "journalctl", "-u", "posternd").stdout
        assert property_of("posternd", "NRestarts") == "0"
        run("systemctl", "stop", *POSTERND_SOCKETS)
        run("systemctl", "reset-failed", "posternd.service")

    def step_first_start_as_documented(self):
        done = run("bash", "-euc", documented("First start"))
        self.recovery_key = done.stdout + done.stderr
        (RESULTS / "first-start").write_text(self.recovery_key)
        run("usermod", "-aG", "postern-portal", FRONTEND)

    def step_services_are_up(self):
        for unit in ("posternd", "postern-bridge"):
            assert property_of(unit, "ActiveState") == "active", unit
            assert property_of(unit, "StatusErrno") in ("0", ""), unit
        expected = {"portal": ("root", "postern-portal", 0o660),
                    "web": ("root", "postern-web", 0o660),
                    "bridge": ("root", "postern-mail", 0o660),
                    "admin": ("root", "postern-admin", 0o660),
                    "lmtp": (OWNER, "postern-lmtp", 0o600)}
        for name, (user, group, mode) in expected.items():
            path = RUN / f"{name}.sock"
            assert path.is_socket(), name
            assert (path.owner(), path.group(),
                    path.stat().st_mode & 0o777) == (user, group, mode), name
        state = pathlib.Path("/var/lib/postern")
        assert (state.owner(), state.stat().st_mode & 0o777) == (
            "postern", 0o700)

    def step_posternctl_works(self):
        done = run("posternctl", "status")
        assert done.stdout.startswith("posternd "), done.stdout
        status = json.loads(run("posternctl", "status", "--json").stdout)
        assert status["state"] == "ok", status
        assert run("posternctl", "check-config", "--quiet").stdout == ""
        assert run("posternctl", "stauts", check=False).returncode == 64
        stranger = run("setpriv", "--reuid=65534", "--regid=65534",
                       "--clear-groups", "posternctl", "status", check=False)
        assert stranger.returncode == 77, stranger
        config = run("posternctl", "postfix-config").stdout
        assert "reject_unverified_recipient" in config

    def portal_words(self):
        """As the reverse proxy reads them."""
        path = "/run/postern-portal/practice.json"
        assert pathlib.Path(path).stat().st_mode & 0o777 == 0o644
        return json.loads(run("setpriv", "--reuid=www-data",
                              "--regid=www-data", "--clear-groups",
                              "cat", path).stdout)

    def step_portal_words_outlive_posternd(self):
        def words():
            return self.portal_words()["practice"]

        assert words()["name"] == "Lakeside Practice #2"
        assert words()["phone"] == ""
        path = pathlib.Path("/etc/postern/postern.conf.d/60-phone.conf")
        path.write_text("[practice]\nphone = 555 0100\n")
        run("systemctl", "restart", "posternd")
        assert words()["phone"] == "555 0100"
        run("systemctl", "stop", "posternd", *POSTERND_SOCKETS)
        assert words()["phone"] == "555 0100"
        path.unlink()
        run("systemctl", "start", "posternd")
        assert words()["phone"] == ""

    # ---- the main job ------------------------------------------------------
    @staticmethod
    def as_user(name, client, call):
        """CALL with a connection of CLIENT that this user made."""
        user = pwd.getpwnam(name)
        groups = os.getgrouplist(name, user.pw_gid)
        client.close()
        os.setgroups(groups)
        os.setegid(user.pw_gid)
        os.seteuid(user.pw_uid)
        try:
            return call()
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups([])

    def session(self, external_id):
        opened = self.as_user(FRONTEND, self.portal, lambda: self.portal.call(
            "POST", "/v1/sessions", {"assert": external_id}).expect(201))
        return Session(self.portal, opened.json)

    def step_enrol(self):
        run("posternctl", "participant", "add", "--external-id=client1",
            "--role=client", "--name=Ada Number1", f"--address={CLIENT}")
        run("posternctl", "participant", "add", "--external-id=provider1",
            "--role=provider", "--name=Bo Number2", f"--address={PROVIDER}",
            "--login=bo", input="correct horse battery staple\n")
        assert run("posternctl", "participant", "add",
                   "--external-id=client1", "--role=client", "--name=X",
                   check=False).returncode == 65
        run("posternctl", "relate", "client1", "provider1")
        listed = run("posternctl", "participant", "list").stdout
        assert "Ada Number1" in listed and CLIENT not in listed, listed
        assert CLIENT in run("posternctl", "participant", "list",
                             "--show-addresses").stdout
        # root is no frontend
        self.portal.close()
        self.portal.call("GET", "/v1/settings").problem(403, "unknown-peer")
        self.portal.close()

    def step_provider_writes_client_is_notified(self):
        provider = self.session("provider1")
        contact = provider.contact("client1")
        opened = provider.write_to(contact["id"], self.secrets["said"])
        self.thread = opened["thread"]["id"]
        notice = self.mail.maildir(CLIENT).wait(1)[0]
        assert notice.reply_to.startswith("r-"), notice.reply_to
        assert notice.envelope_sender.startswith("b-")
        assert "Lakeside Practice #2" in notice.text()

    def step_answered_mail_is_prompted_and_told(self):
        notice = self.mail.maildir(CLIENT).wait(1)[0]
        self.mail.send(CLIENT, notice.reply_to, (
            f"From: {CLIENT}\r\nTo: {notice.reply_to}\r\n"
            f"Subject: Re: {notice['Subject']}\r\n"
            f"Message-ID: <{uuid.uuid4().hex}@clients.example>\r\n\r\n"
            f"{self.secrets['replied']}\r\n").encode())
        prompt = self.mail.maildir(CLIENT).wait(2)[1]
        assert prompt.envelope_sender == ""
        assert str(prompt["Auto-Submitted"]) == "auto-replied"
        self.mail.maildir(PROVIDER).wait(1)
        provider = self.session("provider1")
        assert provider.events(self.thread) == ["answered-by-mail"]
        assert provider.messages(self.thread) == [self.secrets["said"]]

    def step_client_reads_and_writes_back(self):
        client = self.session("client1")
        assert client.messages(self.thread) == [self.secrets["said"]]
        client.write(self.thread, self.secrets["written"])
        provider = self.session("provider1")
        assert provider.unread() >= 1
        assert provider.messages(self.thread) == [
            self.secrets["said"], self.secrets["written"]]
        self.mail.maildir(PROVIDER).wait(2)

    def step_test_mail(self):
        done = run("posternctl", "test-mail", CLIENT, "--wait=60")
        assert done.stdout.startswith("sent"), done
        done = run("posternctl", "test-mail", "gone@clients.example",
                   "--wait=60", check=False)
        assert done.returncode == 65 and "refused" in done.stderr, done
        done = run("posternctl", "test-mail", "no address", check=False)
        assert done.returncode == 65, done

    # ---- the other doors ----------------------------------------------------
    def notice_to(self, name):
        """A new client's address, thread and notice."""
        address = f"{name}@clients.example"
        self.mail.maildir(address)
        run("posternctl", "participant", "add", f"--external-id={name}",
            "--role=client", f"--name=Client {name}", f"--address={address}")
        run("posternctl", "relate", name, "provider1")
        provider = self.session("provider1")
        opened = provider.write_to(provider.contact(name)["id"],
                                   self.secrets["said"])
        return (address, opened["thread"]["id"],
                self.mail.maildir(address).wait(1)[0])

    def answer(self, notice, address):
        return answer_to(notice, address, self.secrets["replied"])

    def is_prompted(self, address, thread):
        prompt = self.mail.maildir(address).wait(2)[1]
        assert prompt.envelope_sender == ""
        assert self.session("provider1").events(thread) == [
            "answered-by-mail"]

    def step_lmtp_over_tcp_as_documented(self):
        address, thread, notice = self.notice_to("client2")
        run("bash", "-euc", documented("LMTP over TCP"))
        local, domain = notice.reply_to.split("@")
        forged = f"{local[:-1]}{'ab'[local[-1] == 'a']}@{domain}"
        with smtplib.LMTP("127.0.0.1", TCP_PORT) as door:
            door.ehlo_or_helo_if_needed()
            assert door.mail(address)[0] == 250
            assert door.rcpt(forged)[0] == 550
            assert door.rcpt(f"someone@{domain}")[0] == 550
            assert door.rcpt(notice.reply_to)[0] == 250
            door.rset()
            # asking had no effect
            assert self.session("provider1").events(thread) == []
            door.sendmail(address, [notice.reply_to],
                          self.answer(notice, address))
        self.is_prompted(address, thread)

    def step_deliver_as_documented(self):
        """The user and the arguments of postern-deliver(8)'s pipe(8)."""
        address, thread, notice = self.notice_to("client3")
        nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup",
                  "--clear-groups", "/usr/bin/postern-deliver")
        mail = self.answer(notice, address).decode()
        done = run(*nobody, "-f", address, notice.reply_to, input=mail,
                   check=False)
        assert done.returncode == 75, "lmtp.sock is anybody's"
        assert len(self.mail.maildir(address)) == 1
        run(*nobody, "--socket", f"127.0.0.1:{TCP_PORT}", "-f", address,
            notice.reply_to, input=mail)
        self.is_prompted(address, thread)

    def step_maildir_as_documented(self):
        address, thread, notice = self.notice_to("client4")
        path = pathlib.Path("/etc/postern/postern.conf.d/70-maildir.conf")
        path.write_text(f"[mail]\nmaildir = {MAILDIR}\n")
        run("bash", "-euc", edited(documented("A Maildir")))
        wait_for(lambda: (MAILDIR / ".postern-since").exists())
        for name, mail in (
                ("ours", self.answer(notice, address)),
                ("other", b"Subject: of no concern\r\n\r\nHello\r\n")):
            run("setpriv", "--reuid=postern-bridge",
                "--regid=postern-bridge", "--clear-groups", "sh", "-euc",
                f"cd {MAILDIR}; cat >tmp/{name}; mv tmp/{name} new/",
                input=mail.decode())
        self.is_prompted(address, thread)
        wait_for(lambda: (MAILDIR / ".Postern/cur/ours:2,S").exists())
        assert [f.name for f in (MAILDIR / "new").iterdir()] == ["other"]

    # ---- the portal ---------------------------------------------------------
    def settings_as_proxy(self):
        return self.as_user("www-data", self.web, lambda: self.web.call(
            "GET", "/v1/settings", headers={"X-Real-IP": "192.0.2.1"}
            ).expect(200).json)

    def step_nginx_as_documented(self):
        # what apt has done by now
        default = pathlib.Path("/etc/nginx/sites-enabled/default")
        if not default.exists():
            default.symlink_to("../sites-available/default")
        run("systemctl", "restart", "nginx")
        live = pathlib.Path(f"/etc/letsencrypt/live/{NAME}")
        live.mkdir(parents=True)
        (live / "fullchain.pem").symlink_to("/etc/tls/server.pem")
        (live / "privkey.pem").symlink_to("/etc/tls/server.key")
        try:
            self.settings_as_proxy()
        except PermissionError:
            pass
        else:
            raise AssertionError("its socket is anybody's")
        run("bash", "-euc", documented("The portal"))
        portal = pathlib.Path("/usr/share/postern/portal")
        wait_for(self.listens)
        for path, file in (("/", "index.html"), ("/t/x", "index.html"),
                           ("/js/main.js", "js/main.js")):
            assert self.site.call("GET", path).expect(200).raw == (
                portal / file).read_bytes(), path

    def listens(self):
        try:
            return self.site.call("GET", "/").status
        except OSError:
            return None

    def step_web_sock_says_what_the_file_says(self):
        said = self.settings_as_proxy()
        assert said["practice"]["name"] == "Lakeside Practice #2"
        assert said == self.portal_words()
        for path in ("/v1/settings", "/practice.json"):
            assert self.site.call("GET", path).expect(200).json == said, path

    def step_the_outage_page_has_its_words(self):
        said = self.settings_as_proxy()
        run("systemctl", "stop", "posternd", *POSTERND_SOCKETS)
        self.site.call("GET", "/v1/settings").problem(503, "unavailable")
        assert self.site.call("GET", "/practice.json").json == said
        self.site.call("GET", "/").expect(200)
        run("systemctl", "start", "posternd")
        assert self.site.call("GET", "/v1/settings").expect(200).json == said

    def step_first_staff_account_as_documented(self):
        commands = documented("Accounts")
        assert "robin@lakeside.example" in commands
        done = run("bash", "-euc", commands.replace(
            "robin@lakeside.example", STAFF))
        code, = re.findall(r"\b\w{4}-\w{4}-\w{4}\b", done.stdout)
        link = self.mail.maildir(STAFF).wait(1)[0].link()
        assert link.startswith(f"https://{NAME}/t/"), link
        token = link.rpartition("/")[2]
        browser = Browser(self.site, f"https://{NAME}")
        assert browser.get(f"/v1/links/{token}") == {"kind": "enrol"}
        done = browser.call("POST", "/v1/enrolments", {
            "link": token, "code": code, "login": "robin",
            "passphrase": PASSPHRASE}).expect(201).json
        assert done["session"]["state"] == "set-up-second-factor"
        secret = browser.get("/v1/me/totp")["secret"]
        authenticator = Authenticator(secret)
        browser.call("PUT", "/v1/me/totp", {
            "code": authenticator.code()}).expect(201)
        browser.call("DELETE", "/v1/sessions/current").expect(204)
        self.private += [code, token, secret, PASSPHRASE,
                         *done["recovery_codes"]]

        opened = browser.sign_in("robin", PASSPHRASE)
        assert opened["state"] == "second-factor"
        opened = browser.call("POST", "/v1/sessions/current/factor", {
            "code": authenticator.code()}).expect(201).json
        assert opened["participant"]["name"] == "Robin Example"
        self.private += browser.cookies.values()
        people = browser.get("/v1/participants")["items"]
        assert {p["external_id"]: p["account"] for p in people}["s1"] == (
            "active")
        browser.call("GET", "/v1/contacts").expect(403)

    # ---- the services ------------------------------------------------------
    def step_posternd_has_no_network(self):
        pid = property_of("posternd", "MainPID")
        bridge = property_of("postern-bridge", "MainPID")
        ours, its = (os.readlink(f"/proc/{p}/ns/net") for p in ("self", pid))
        assert ours != its, "it shares the machine's network"
        links = run("nsenter", "-t", pid, "-n", "ip", "-o",
                    "link").stdout.splitlines()
        assert len(links) == 1 and ": lo:" in links[0], links
        # the mail server, from the bridge's network and from its own
        connect = ("import socket; socket.create_connection"
                   f"(('127.0.0.1', {self.mail.submission_port}), 5)")
        run("nsenter", "-t", bridge, "-n", "/usr/bin/python3", "-c", connect)
        done = run("nsenter", "-t", pid, "-n", "/usr/bin/python3", "-c",
                   connect, check=False)
        assert "Connection refused" in done.stderr, done

    def step_sandbox_from_inside(self):
        """The service's own unit, running a probe instead."""
        unit = pathlib.Path(
            property_of("posternd", "FragmentPath")).read_text()
        unit = re.sub(r"(?m)^(Type|NotifyAccess|Sockets|Requires|After|"
                      r"WatchdogSec|Restart\w*|StateDirectory\w*)=.*\n", "",
                      unit)
        unit = re.sub(r"(?m)^ExecStart=.*", "Type=oneshot\nExecStart="
                      f"/usr/bin/python3 {HERE}/boot_probe.py", unit)
        unit = re.sub(r"(?m)^ExecPaths=.*", r"\g<0> /usr/bin", unit)
        pathlib.Path("/run/systemd/system/probe.service").write_text(
            unit + "\n[Service]\nStandardOutput=append:/results/probe\n")
        run("systemctl", "daemon-reload")
        run("systemctl", "start", "probe.service")
        seen = json.loads((RESULTS / "probe").read_text())
        assert seen == {
            "inet": "EAFNOSUPPORT", "inet6": "EAFNOSUPPORT",
            "netlink": "EAFNOSUPPORT", "unix": "ok", "write-etc": "EROFS",
            "read-home": "EACCES", "read-shadow": "EACCES",
            "spool": "EACCES", "exec": "EACCES",
            "capabilities": "0000000000000000", "user": "postern",
            "credential": "ok",
        }, seen

    def step_bridge_reaches_neither_store_nor_portal(self):
        pid = property_of("postern-bridge", "MainPID")
        for path in ("/var/lib/postern/keyring", "/var/lib/postern/data.mdb",
                     "/run/postern/admin.sock", "/run/postern/portal.sock",
                     "/run/postern/web.sock",
                     "/etc/credstore.encrypted/store.key"):
            assert pathlib.Path(path).exists(), path
            uid = pathlib.Path(f"/proc/{pid}").stat().st_uid
            done = run("nsenter", "-t", pid, "-m", "setpriv",
                       f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
                       "cat", path, check=False)
            assert done.returncode != 0 and "denied" in done.stderr, (
                path, done)

    def step_restart_and_kill(self):
        provider = self.session("provider1")
        run("systemctl", "restart", "posternd")
        provider = self.session("provider1")
        assert len(provider.messages(self.thread)) == 2
        pid = int(property_of("posternd", "MainPID"))
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: int(property_of("posternd", "MainPID"))
                 not in (0, pid), 60)
        provider = self.session("provider1")
        assert len(provider.messages(self.thread)) == 2
        pid = int(property_of("postern-bridge", "MainPID"))
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: property_of("postern-bridge", "MainPID")
                 not in ("0", str(pid))
                 and property_of("postern-bridge", "ActiveState") == "active",
                 60)

    def step_a_hanging_posternd_is_restarted(self):
        drop_in = pathlib.Path("/run/systemd/system/posternd.service.d")
        drop_in.mkdir()
        (drop_in / "fast.conf").write_text("[Service]\nWatchdogSec=5\n")
        run("systemctl", "daemon-reload")
        run("systemctl", "restart", "posternd")
        pid = int(property_of("posternd", "MainPID"))
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: int(property_of("posternd", "MainPID"))
                 not in (0, pid)
                 and property_of("posternd", "ActiveState") == "active", 60)
        (drop_in / "fast.conf").unlink()
        run("systemctl", "daemon-reload")
        start_again("posternd")

    def step_errors_stop_it_with_78(self):
        path = pathlib.Path("/etc/postern/postern.conf.d/99-bad.conf")
        path.write_text("[practice]\nnmae = x\n[relay]\nport = 0\n")
        done = run("posternctl", "check-config", check=False)
        assert done.returncode == 78, done
        assert f"{path}:2: practice.nmae" in done.stderr, done.stderr
        assert f"{path}:4: relay.port" in done.stderr, done.stderr
        run("systemctl", "restart", "posternd", check=False)
        wait_for(lambda: property_of("posternd", "ActiveState") == "failed")
        assert property_of("posternd", "ExecMainStatus") == "78"
        # the journal may take what was said a moment later
        wait_for(lambda: f"{path}:4: relay.port" in run(
            "journalctl", "-u", "posternd").stdout)
        path.unlink()
        start_again("posternd")
        assert len(self.session("provider1").messages(self.thread)) == 2

    def step_no_content_in_mails_journal_or_files(self):
        secrets = list(self.secrets.values())
        for box in self.mail.maildirs().values():
            for one in box.mails():
                assert search(one.raw, secrets) == []
        run("journalctl", "--sync")
        journal = run("journalctl", "-o", "export").stdout.encode()
        assert b"posternd" in journal
        names = ["Ada Number1", "Bo Number2", CLIENT, PROVIDER]
        lines = [m for m in journal.split(b"\n") if b"MESSAGE=" in m]
        logs = b"\n".join(lines) + b"".join(
            file.read_bytes()
            for file in pathlib.Path("/var/log/nginx").iterdir())
        assert b"GET 200" in logs
        assert search(logs, secrets + names + self.private) == []
        run("systemctl", "stop", "posternd.service",
            *POSTERND_SOCKETS, "postern-bridge.service")
        for file in pathlib.Path("/var/lib/postern").rglob("*"):
            if file.is_file():
                assert search(file.read_bytes(), secrets + names) == [], file


def main():
    guest = Guest()
    code = 0
    for name in [n for n in Guest.__dict__ if n.startswith("step_")]:
        try:
            getattr(guest, name)()
            print("ok  ", name[5:].replace("_", " "), flush=True)
        except Exception:
            print("FAIL", name[5:].replace("_", " "), flush=True)
            traceback.print_exc(file=sys.stdout)
            code = 1
            break
    (RESULTS / "journal").write_text(
        run("journalctl", "-o", "short-precise").stdout)
    (RESULTS / "mail.log").write_text(guest.mail.log())
    guest.mail.stop()
    return code


if __name__ == "__main__":
    sys.exit(main())
