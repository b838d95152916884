# SPDX-License-Identifier: Apache-2.0
"""What the servers under test have in common."""

import os
import signal
import smtplib
import subprocess
import time

from client import wait_for
from maildir import Maildir


def is_group(process_group):
    """Whether any process is left in it."""
    try:
        os.killpg(process_group, 0)
        return True
    except ProcessLookupError:
        return False


class Server:
    """A program that leads a process group of its own."""

    _process = None

    def _ask_to_end(self):
        self._process.send_signal(signal.SIGTERM)

    def stop(self):
        """Until all of it has gone: children hold its ports for a little
        longer. May be repeated."""
        if not self._process:
            return
        self._ask_to_end()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        wait_for(lambda: not is_group(self._process.pid))
        self._process = None


class MailServer(Server):
    """One that takes mail at `outside_port` and delivers below `dir`/mail."""

    def maildirs(self):
        """All there are, by address."""
        return {f"{box.name}@{domain.name}": Maildir(box)
                for domain in sorted((self.dir / "mail").iterdir())
                for box in sorted(domain.iterdir())}

    def send(self, sender, recipients, data):
        """Hands a mail in from outside, as another mail server would.

        Raises smtplib's exceptions for what is refused."""
        if isinstance(recipients, str):
            recipients = [recipients]
        with smtplib.SMTP("127.0.0.1", self.outside_port, timeout=60) as smtp:
            return smtp.sendmail(sender, recipients, data)

    def wait_empty(self, seconds=60):
        """Until nothing is queued."""
        end = time.monotonic() + seconds
        while self.queue_ids():
            if time.monotonic() > end:
                raise AssertionError(f"still queued:\n{self.log()[-3000:]}")
            time.sleep(0.05)
