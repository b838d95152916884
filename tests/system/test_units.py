# SPDX-License-Identifier: Apache-2.0
"""How far systemd says the services are confined, from the built units."""

import re
import subprocess

import pytest

from postern import build_dir

# exposure in tenths: 0 is confined best, 100 worst
CEILINGS = {"posternd.service": 10, "postern-bridge.service": 20}


def exposure(unit, threshold):
    """Whether it stays below THRESHOLD, and what systemd-analyze says."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--no-pager", "--offline=true",
         f"--threshold={threshold}", str(unit)],
        capture_output=True, text=True, timeout=60, check=False)
    assert "exposure level" in done.stdout, done
    return done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", CEILINGS)
def test_confined(name):
    good, text = exposure(build_dir() / "systemd" / name, CEILINGS[name])
    assert good, text


@pytest.mark.parametrize("name", CEILINGS)
def test_the_gate_can_close(name, tmp_path):
    unit = (build_dir() / "systemd" / name).read_text()
    loose = re.sub(r"(?m)^(PrivateDevices|ProtectSystem|SystemCallFilter|"
                   r"CapabilityBoundingSet|NoNewPrivileges)=.*\n", "", unit)
    assert loose != unit
    (tmp_path / name).write_text(loose)
    good, text = exposure(tmp_path / name, CEILINGS[name])
    assert not good, text


@pytest.mark.parametrize("name", CEILINGS)
def test_all_names_are_filled_in(name):
    assert not re.search(r"@\w+@",
                         (build_dir() / "systemd" / name).read_text())


def test_only_the_bridge_has_a_network():
    posternd = (build_dir() / "systemd/posternd.service").read_text()
    assert "\nPrivateNetwork=yes\n" in posternd
    assert "\nRestrictAddressFamilies=AF_UNIX\n" in posternd
