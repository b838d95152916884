# SPDX-License-Identifier: Apache-2.0
"""The installed programs in a booted systemd; boot_guest.py has the steps."""

import os
import pathlib
import shutil
import subprocess

import pytest

from machine import unpacked
from postern import SOURCE, build_dir, new_directory, remove

HERE = pathlib.Path(__file__).resolve().parent
INSIDE = "opt/postern-test"
GUEST_FILES = ("accounts.py", "boot_guest.py", "boot_probe.py", "client.py",
               "idle.py", "machine.py", "maildir.py", "marks.py",
               "postfix.py", "server.py", "web.py")


def namespaces():
    """Whether there are any to boot in: the kernel gives none in a chroot."""
    return subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "--user", "true"],
        capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def stage():
    """make install DESTDIR, of a build for /usr: units name no other place."""
    build = build_dir() / "boot"
    subprocess.run([SOURCE / "script/build", build, "--enable-werror",
                    "--prefix=/usr", "--sysconfdir=/etc",
                    "--localstatedir=/var"], check=True)
    path = new_directory()
    subprocess.run(["make", "-s", "-C", build, "install",
                    f"DESTDIR={path}/stage"], check=True,
                   stdout=subprocess.DEVNULL)
    inside = path / "stage" / INSIDE
    inside.mkdir(parents=True)
    for name in GUEST_FILES:
        shutil.copy(HERE / name, inside)
    shutil.copy(SOURCE / "docs/operations.md", inside)
    shutil.copytree(unpacked("postfix"), inside / "postfix", symlinks=True)
    for package in ("nginx", "nginx-common"):  # as if it were installed
        shutil.copytree(unpacked(package), path / "stage", symlinks=True,
                        dirs_exist_ok=True)
    yield path
    remove(path)


@pytest.mark.skipif(not namespaces(), reason="no namespaces to boot in")
def test_boot(stage):
    done = subprocess.run(
        [HERE / "boot_systemd.sh", stage / "stage",
         f"/{INSIDE}/boot_guest.py", stage / "results"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "BOOT_TIMEOUT": "300"})
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr + "".join(
        f"\n--- {name}\n" + (stage / "results" / name).read_text()[-6000:]
        for name in ("journal", "mail.log")
        if (stage / "results" / name).exists())
    assert "FAIL" not in done.stdout
