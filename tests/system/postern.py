# SPDX-License-Identifier: Apache-2.0
"""A whole practice in a directory of its own: posternd and postern-bridge
from the build directory, their configuration, and who is enrolled.

POSTERN_BUILDDIR says which build, build/test unless told; POSTERN_SRCDIR
defaults to this tree.
"""

import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import time

from client import Browser, Client, Session, wait_for
from idle import threads, wait_idle

SOURCE = pathlib.Path(os.environ.get(
    "POSTERN_SRCDIR", pathlib.Path(__file__).resolve().parents[2]))
FAKETIME = "/usr/lib/{}/faketime/libfaketimeMT.so.1"
EMERGENCY = "call 911, or call or text 988"
PROXY_USER = "www-data"
ORIGIN = "https://portal.practice.example"

WHERE = {"posternd": "daemon", "postern-passkey": "daemon",
         "postern-deliver": "deliver",
         "postern-bridge": "bridge", "posternctl": "ctl"}

# reports go to the program's log; a report ends it with a status of its own
SANITIZER_STATUS = 99
SANITIZERS = {
    "ASAN_OPTIONS": f"exitcode={SANITIZER_STATUS}:abort_on_error=0"
                    ":verify_asan_link_order=0:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": f"print_stacktrace=1:exitcode={SANITIZER_STATUS}",
    "LSAN_OPTIONS": f"exitcode={SANITIZER_STATUS}",
}


def build_dir():
    return pathlib.Path(os.environ.get("POSTERN_BUILDDIR",
                                       SOURCE / "build/test"))


def program(name):
    """The path of a built program."""
    return build_dir() / WHERE[name] / name


def sanitized():
    """Is this the build with ASan and UBSan?"""
    return "#define POSTERN_SANITIZERS" in (
        build_dir() / "config.h").read_text()


def faketime_library():
    for triplet in ("x86_64-linux-gnu", "aarch64-linux-gnu"):
        path = FAKETIME.format(triplet)
        if os.path.exists(path):
            return path
    raise RuntimeError("libfaketime is missing: run script/bootstrap")


def new_directory(prefix="postern-"):
    """A temporary directory whose parts other users can be let into.

    Not pytest's: its parents are closed to the mail server's user, and its
    names are too long for the path of a UNIX socket."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    path.chmod(0o711)
    return path


class Program:
    """One program and its log, over any number of starts."""

    def __init__(self, name, arguments, log, environment=None):
        self.name = name
        self.command = [str(program(name)), *map(str, arguments)]
        self.log_file = pathlib.Path(log)
        self.environment = environment or {}
        self.process = None

    def run(self, *arguments, timeout=60):
        """Runs it to its end, instead of start()."""
        return subprocess.run(
            [self.command[0], *map(str, arguments)], capture_output=True,
            text=True, timeout=timeout, check=False, env=self._environment())

    def _environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                **SANITIZERS, **self.environment}

    def start(self):
        assert self.process is None
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=self._environment(), start_new_session=True)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self, seconds=60):
        """SIGTERM; its exit status."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"{self.name} did not stop:\n{self.log()[-2000:]}") from None
        self.process = None
        return status

    def wait_exit(self, seconds=60):
        status = self.process.wait(seconds)
        self.process = None
        return status

    def log(self):
        try:
            return self.log_file.read_text(errors="replace")
        except FileNotFoundError:
            return ""


class Practice:
    """posternd and postern-bridge, configured, and what tests do to them.

    RELAY: the keys of the [relay] section. SETTINGS: others, as
    {"section.key": value}; they come last.
    """

    def __init__(self, directory, relay=None, settings=None, observe=None):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(exist_ok=True)
        self.dir.chmod(0o711)
        self.run_dir = self.dir / "run"
        self.run_dir.mkdir()
        self.run_dir.chmod(0o711)
        self.store_dir = self.dir / "store"
        self.store_dir.mkdir(mode=0o700)
        self.config = self.dir / "postern.conf"
        self.key_file = self.dir / "store.key"
        self.lmtp_socket = self.run_dir / "lmtp.sock"
        self.offset = 0
        self.clock_file = None
        self._stands = [0, 0]  # where its clocks do, if they do
        self.settings = {
            "practice.name": "Lakeside Practice",
            "practice.phone": "555 0100",
            "practice.emergency": EMERGENCY,
            "portal.link": ORIGIN + "/t/{id}",
            "store.directory": self.store_dir,
            "store.key-file": self.key_file,
            "store.map-size": "1G",
            "store.reserve": "4M",
            **{f"sockets.{name}": self.run_dir / f"{name}.sock"
               for name in ("portal", "web", "bridge", "admin", "lmtp")},
            "sockets.web-user": PROXY_USER,
            "mail.from": "portal@practice.example",
            "mail.reply-domain": "reply.practice.example",
            "frontend portal.user": os.getuid(),
            "frontend portal.rights": "assert provision second-factor",
            "frontend portal.roles": "client provider",
            "limits.posts-per-minute": 6000,
            "limits.connections-per-user": 256,
            **{f"relay.{k}": v for k, v in (relay or {}).items()},
            **(settings or {}),
        }
        self.posternd = Program(
            "posternd", ["--config", self.config,
                         "--passkey-helper", program("postern-passkey")],
            self.dir / "posternd.log")
        self.bridge = Program(
            "postern-bridge", ["--config", self.config,
                               "--templates", SOURCE / "templates"],
            self.dir / "postern-bridge.log")
        self.portal, self.admin, self.bridge_api = (
            Client(self.run_dir / f"{name}.sock", name, observe)
            for name in ("portal", "admin", "bridge"))
        self.web = Client(self.run_dir / "web.sock", "web", observe,
                          PROXY_USER)
        self.write_config()

    def write_config(self):
        sections = {}
        for name, value in self.settings.items():
            section, key = name.rsplit(".", 1)
            sections.setdefault(section, []).append(f"{key} = {value}")
        self.config.write_text("".join(
            f"[{section}]\n" + "\n".join(lines) + "\n\n"
            for section, lines in sections.items()))

    def init(self):
        """Makes the master key and the store."""
        self.key_file.write_bytes(os.urandom(32))
        self.key_file.chmod(0o600)
        done = self.posternd.run("init", "--config", self.config)
        assert done.returncode == 0, done.stderr
        return done

    def start(self, bridge=True):
        self.start_posternd()
        if bridge:
            self.start_bridge()
        return self

    def start_posternd(self):
        self.posternd.start()
        self._wait_answer(self.posternd, self.admin, "/v1/admin/status")
        # the reverse proxy runs as a user of its own
        (self.run_dir / "web.sock").chmod(0o666)
        return self

    def start_bridge(self):
        self.bridge.start()
        wait_for(lambda: self._listens_on_lmtp() or not self.bridge.running(),
                 60, self.bridge.log)
        assert self.bridge.running(), self.bridge.log()
        # the mail server runs as a user of its own
        self.lmtp_socket.chmod(0o666)
        return self

    def _listens_on_lmtp(self):
        import socket
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(str(self.lmtp_socket))
                return True
            except OSError:
                return False

    @staticmethod
    def _wait_answer(program, client, target):
        def answered():
            if not program.running():
                raise AssertionError(
                    f"{program.name} ended: {program.log()[-2000:]}")
            try:
                client.close()
                return client.call("GET", target).status == 200
            except OSError:
                return False
        wait_for(answered, 60, lambda: program.log()[-2000:])

    def stop(self):
        """Both, orderly; AssertionError if one ends badly. The bridge would
        sit out its long poll, so posternd ends it."""
        self._close_clients()
        if self.bridge.process is not None:
            self.bridge.process.send_signal(signal.SIGTERM)
        results = {p.name: p.stop() for p in (self.posternd, self.bridge)}
        bad = {n: s for n, s in results.items() if s not in (0, None)}
        assert not bad, (bad, self.posternd.log()[-3000:],
                         self.bridge.log()[-3000:])

    def kill(self):
        """Both, by kill -9; for the end of a test that failed. What a
        sanitizer found in any of their lives is a failure, too."""
        self._close_clients()
        for each in (self.bridge, self.posternd):
            if each.process is not None:
                each.kill()
            for sign in ("Sanitizer", "runtime error:"):
                assert sign not in each.log(), each.log()[-6000:]

    def _close_clients(self):
        for client in (self.portal, self.web, self.admin, self.bridge_api):
            client.close()

    def restart(self):
        bridge = self.bridge.process is not None
        self.stop()
        self.start(bridge)

    def advance(self, seconds):
        """Restarts with clocks that are SECONDS further on."""
        self.offset += seconds
        preload = faketime_library()
        if sanitized():
            preload = f"{asan_library()}:{preload}"
        for program in (self.posternd, self.bridge):
            program.environment = {
                "LD_PRELOAD": preload, "FAKETIME": f"+{self.offset}s",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_NO_CACHE": "1"}
        self.restart()

    def hurry(self):
        """From its next start on, posternd's clocks can be moved while it
        runs, and passphrases take no time (hurry.c)."""
        library = self.dir / "hurry.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library,
                        pathlib.Path(__file__).parent / "hurry.c"],
                       check=True)
        self.clock_file = self.dir / "clock"
        self.posternd.environment = {
            "LD_PRELOAD": f"{asan_library()}:{library}" if sanitized()
            else str(library), "CLOCK_FILE": str(self.clock_file)}
        self._write_clock()
        return self

    def hold_clock(self):
        """From now on it stands, and goes by what it is moved: whatever is
        counted in seconds is the same on a machine that has much to do."""
        self._stands = [int(time.clock_gettime(clock) * 1000) for clock in (
            time.CLOCK_REALTIME, time.CLOCK_BOOTTIME)]
        self._write_clock()

    def move_clock(self, seconds):
        """On by SECONDS more, for whoever looks next. Connections that are
        kept would be idle for too long, and cut in a request's middle; a
        stream has to fall asleep first."""
        self._close_clients()
        self.settle()
        self.offset += seconds
        self._write_clock()

    def _write_clock(self):
        with open(self.clock_file, "r+b" if self.clock_file.exists()
                  else "wb") as file:
            file.write(struct.pack("=3q", round(self.offset * 1000),
                                   *self._stands))

    def settle(self):
        """Until posternd has done all that it was asked."""
        if self.posternd.running():
            wait_idle(self.posternd.process.pid)

    def tick(self):
        """Until posternd has looked at its clocks since, as it does four times
        a second, and all that this made it do is done."""
        pid = self.posternd.process.pid

        def looks():  # its first thread does nothing else
            _, (slept, _) = threads(pid)[str(pid)]
            return int(slept)
        self.settle()
        before = looks()
        wait_for(lambda: looks() >= before + 2)
        self.settle()

    # ---- people -----------------------------------------------------------
    def provision(self, external_id, role, name, *addresses, **more):
        """A participant, made or changed."""
        return self.portal.call(
            "PUT", f"/v1/participants/{external_id}",
            {"role": role, "name": name, "addresses": list(addresses),
             **more}).expect(200, 201).json

    def relate(self, client, provider, active=True, **more):
        return self.portal.call(
            "PUT", f"/v1/relations/{client}/{provider}",
            {"active": active, **more}).expect(200).json

    def browser(self, address="192.0.2.1"):
        """A browser that nobody has signed in with yet."""
        return Browser(self.web, ORIGIN, address)

    def session(self, external_id):
        """Signed in by the frontend's word."""
        opened = self.portal.call("POST", "/v1/sessions",
                                  {"assert": external_id}).expect(201).json
        return Session(self.portal, opened)

    def enrol(self, n=2):
        """N clients client1.. and providers provider1.., each client with
        the providers of its own number and the first."""
        for i in range(1, n + 1):
            self.provision(f"client{i}", "client", f"Client Number{i}",
                           f"client{i}@clients.example")
            self.provision(f"provider{i}", "provider", f"Provider Number{i}",
                           f"provider{i}@providers.example")
        for i in range(1, n + 1):
            self.relate(f"client{i}", f"provider{i}")
            self.relate(f"client{i}", "provider1")
        return self

    # ---- the store --------------------------------------------------------
    def transactions(self):
        """How many were committed: the same number, and nothing has been
        written."""
        with self._open_store() as env:
            return env.info()["last_txnid"]

    def spaces(self, *but):
        """{space: {key: value}} of all, BUT these."""
        with self._open_store() as env:
            with env.begin() as txn:
                names = [key.decode() for key, _ in txn.cursor()]
                return {name: dict(txn.cursor(env.open_db(
                    name.encode(), txn, create=False)))
                    for name in names if name not in but}

    def _open_store(self):
        import lmdb
        return lmdb.open(str(self.store_dir), readonly=True, lock=False,
                         max_dbs=32)

    def printed(self, command):
        """What posternctl prints for a mail server."""
        done = Program("posternctl", [], self.dir / "log").run(
            command, "--config", self.config)
        assert done.returncode == 0, done.stderr
        return done.stdout

    # ---- figures ----------------------------------------------------------
    def status(self):
        return self.admin.call("GET", "/v1/admin/status").expect(200).json

    def queue(self):
        """All notifications, oldest first."""
        items, cursor = [], ""
        while cursor is not None:
            page = self.admin.call(
                "GET", "/v1/admin/queue?limit=100"
                + (f"&cursor={cursor}" if cursor else "")).expect(200).json
            items += page["items"]
            cursor = page["next"]
        return items

    def wait_states(self, *states, seconds=60):
        """Until the queue's states are these, oldest first."""
        return wait_for(
            lambda: [r["state"] for r in self.queue()] == list(states)
            and self.queue(), seconds,
            lambda: f"{[r['state'] for r in self.queue()]}, expected "
                    f"{list(states)}\n{self.bridge.log()[-2000:]}")

    def recorded(self, kind=""):
        """How many mails of this kind the LMTP doors have handed over."""
        return sum(f"lmtp: {kind}" in line and line.endswith(", recorded")
                   for line in self.bridge.log().split("\n"))

    def logs(self):
        return self.posternd.log() + self.bridge.log()


def asan_library():
    """What has to be preloaded before anything else is."""
    return subprocess.run(["gcc", "-print-file-name=libasan.so"],
                          capture_output=True, text=True,
                          check=True).stdout.strip()


def remove(directory):
    """Away with a directory of new_directory(), unless told to keep it."""
    if os.environ.get("POSTERN_KEEP"):
        print("kept:", directory)
    else:
        shutil.rmtree(directory, ignore_errors=True)


def pause(seconds):
    """For what must not happen: gives it time to."""
    time.sleep(seconds)
