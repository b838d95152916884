# SPDX-License-Identifier: Apache-2.0
"""A real clamd on a UNIX socket, in a directory of its own.

It runs from Debian's unpacked package (script/bootstrap unpack): no service
of the machine is started, no signature is fetched. It knows one of its own:
whatever has MARK in it.

Whatever it writes and deletes again is kept, so that a test can look at it
afterwards (keep.c; with its own LeaveTemporaryFiles it would write more).
"""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess

from client import wait_for
from machine import run, unpacked

MARK = b"POSTERN TEST SIGNATURE"

CONFIG = {
    "LogVerbose": "yes",
    "Foreground": "yes",
    "AlertExceedsMax": "yes",
}


class Clamav:
    """Start with start(), end with stop() or kill(); may be repeated.

    CHANGES: keys of clamd.conf; None leaves one out."""

    def __init__(self, directory, changes=None):
        self.dir = pathlib.Path(directory)
        self.socket = self.dir / "clamd.ctl"
        self.config = self.dir / "clamd.conf"
        self.temporary = self.dir / "tmp"
        self._kept = self.dir / "kept"
        self._keep = self.dir / "keep.so"
        self._log = self.dir / "clamd.log"
        self._process = None
        for path in (self.dir, self.temporary, self._kept, self.dir / "db"):
            path.mkdir()
        (self.dir / "db/test.ndb").write_text(
            f"Postern.Test.Mark:0:*:{MARK.hex()}\n")
        run("gcc", "-shared", "-fPIC", "-O1", "-o", self._keep,
            pathlib.Path(__file__).parent / "keep.c")
        self.configure(changes or {})

    def configure(self, changes):
        """For the next start."""
        keys = {"LocalSocket": self.socket,
                "TemporaryDirectory": self.temporary,
                "DatabaseDirectory": self.dir / "db",
                "LogFile": self._log, **CONFIG, **changes}
        self.config.write_text("".join(
            f"{key} {value}\n" for key, value in keys.items()
            if value is not None))

    def start(self):
        assert self._process is None
        with open(self.dir / "output", "ab") as output:
            self._process = subprocess.Popen(
                [unpacked("clamav-daemon") / "usr/sbin/clamd", "-c",
                 self.config], stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, cwd="/", start_new_session=True,
                env={**os.environ, "LD_PRELOAD": str(self._keep),
                     "KEEP": str(self._kept)})
        wait_for(lambda: self.ask(b"zPING\0") == b"PONG\0"
                 or self._process.poll() is not None, 60, self.log)
        assert self._process.poll() is None, self.log()
        return self

    def stop(self):
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(20)
        self._process = None

    def kill(self):
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def freeze(self):
        """It listens, and says nothing, until thaw()."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def ask(self, data):
        """All that it answers; nothing if it is not there."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            try:
                s.connect(str(self.socket))
                s.sendall(data)
                answer = b""
                while piece := s.recv(4096):
                    answer += piece
                return answer
            except (ConnectionError, FileNotFoundError):
                return b""

    def stream(self, content):
        """Scans CONTENT as others do, by INSTREAM."""
        return self.ask(b"zINSTREAM\0" + len(content).to_bytes(4, "big") +
                        content + bytes(4))

    def written(self):
        """The contents of all files it has written, but its logs."""
        found = []
        for where in (self.temporary, self._kept):
            for path in where.rglob("*"):
                # what it deletes meanwhile is found among those kept
                with contextlib.suppress(FileNotFoundError):
                    if path.is_file():
                        found.append(path.read_bytes())
        return found

    def log(self):
        return "".join(path.read_text(errors="replace") for path in
                       (self._log, self.dir / "output") if path.exists())
