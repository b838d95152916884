# SPDX-License-Identifier: Apache-2.0
"""When a program has nothing left to do: all threads of it, and of what it has
forked, wait for something to come. What it has not done by then comes of
nothing that it was asked; no pause, however long, tells as much."""

import pathlib
import re
import socket
import struct
import time

from marks import children


def threads(pid):
    """{thread: (state, [how often it went to sleep, was interrupted])}; of
    its children, too."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        status = (task / "status").read_text()
        found[task.name] = (re.search(r"State:\s+(\w)", status)[1],
                            re.findall(r"ctxt_switches:\s+(\d+)", status))
    for child in children(pid):
        found.update(threads(child))
    return found


def is_idle(pid):
    """None runs, or waits for a disk; and none has, from one look at all of
    them to the next: so there was a moment in which none did."""
    try:
        seen = threads(pid)
        return not any(state in "RD" for state, _ in seen.values()) and (
            threads(pid) == seen)
    except (FileNotFoundError, ProcessLookupError):
        return not pathlib.Path(f"/proc/{pid}").exists()


def wait_idle(pid, seconds=60):
    end = time.monotonic() + seconds
    while not is_idle(pid):
        assert time.monotonic() < end, f"{pid} is never idle"
        time.sleep(0.002)


def wait_answered(sock):
    """Until who listens at the other end of a UNIX socket is idle: all of its
    answer can be read."""
    pid, _, _ = struct.unpack("3i", sock.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    wait_idle(pid)
