# SPDX-License-Identifier: Apache-2.0
"""Passkeys: the program that judges them."""

import os
import pathlib
import signal

import pytest
from client import wait_for


@pytest.fixture(name="place")
def made(fresh):
    return fresh()


def children_of(pid):
    """The processes that PID has started, zombies not among them."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        state, parent = text.rsplit(")", 1)[1].split()[:2]
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


def judge_of(place):
    """The process that posternd has judge passkeys."""
    found = children_of(place.posternd.process.pid)
    assert len(found) == 1, found
    return found[0]


def test_the_judge_knows_nothing(place):
    """Neither of posternd's files, nor of where its key is."""
    place.start_posternd()
    judge = pathlib.Path(f"/proc/{judge_of(place)}")
    assert judge.joinpath("comm").read_text().strip() == "postern-passkey"
    assert judge.joinpath("environ").read_bytes() == b""
    assert b"key" not in judge.joinpath("cmdline").read_bytes()
    held = {os.readlink(fd) for fd in judge.joinpath("fd").iterdir()}
    kinds = {link.split(":")[0] for link in held
             if link != str(place.posternd.log_file)}
    assert kinds == {"socket", "anon_inode"}, held
    maps = judge.joinpath("maps").read_text()
    assert "libfido2" in maps and "liblmdb" not in maps
    ours = pathlib.Path(
        f"/proc/{place.posternd.process.pid}/maps").read_text()
    assert "liblmdb" in ours
    assert "libfido2" not in ours and "libcrypto" not in ours


@pytest.mark.parametrize("helper, status, said", [
    ("/nowhere/postern-passkey", 78, "No such file"),
    ("/etc/passwd", 78, "Permission denied"),
    ("/bin/true", 1, "does not run"),
])
def test_without_a_judge_there_is_no_service(place, helper, status, said):
    place.posternd.command[-1] = helper
    place.posternd.start()
    assert place.posternd.wait_exit() == status
    assert f"{helper}: " in place.posternd.log()
    assert said in place.posternd.log()


def test_a_judge_must_be_able_to_close_itself_in(place):
    """Else it would refuse every passkey, and nobody would know why."""
    helper = place.dir / "helper"
    helper.write_text("#!/bin/sh\nulimit -t 1\nexec /usr/bin/setpriv "
                      "--bounding-set=-sys_resource "
                      f"{place.posternd.command[-1]}\n")
    helper.chmod(0o755)
    place.posternd.command[-1] = str(helper)
    place.posternd.start()
    assert place.posternd.wait_exit() == 1
    assert "cannot close itself in" in place.posternd.log()


def test_when_the_judge_is_gone_it_starts_anew(place):
    place.start_posternd()
    os.kill(judge_of(place), signal.SIGKILL)
    assert place.posternd.wait_exit() == 1
    assert "judges passkeys has ended" in place.posternd.log()
    place.start_posternd()
    place.stop()


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_the_judge_ends_with_posternd(place, how):
    place.start_posternd()
    judge = judge_of(place)
    getattr(place.posternd, how)()
    wait_for(lambda: not pathlib.Path(f"/proc/{judge}").exists())
