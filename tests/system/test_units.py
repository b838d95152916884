# SPDX-License-Identifier: Apache-2.0
"""How far systemd says the services are confined, from the built units."""

import re
import subprocess

import pytest

from postern import SOURCE, build_dir

# exposure in tenths: 0 is confined best, 100 worst
CEILINGS = {"posternd.service": 10, "postern-bridge.service": 20,
            "postern-portal-words.service": 10}
SOCKETS = {"portal", "web", "bridge", "admin"}


def unit_text(name):
    return (build_dir() / "systemd" / name).read_text()


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
    unit = unit_text(name)
    loose = re.sub(r"(?m)^(PrivateDevices|ProtectSystem|SystemCallFilter|"
                   r"CapabilityBoundingSet|NoNewPrivileges)=.*\n", "", unit)
    assert loose != unit
    (tmp_path / name).write_text(loose)
    good, text = exposure(tmp_path / name, CEILINGS[name])
    assert not good, text


@pytest.mark.parametrize("name", CEILINGS)
def test_all_names_are_filled_in(name):
    assert not re.search(r"@\w+@", unit_text(name))


def test_only_the_bridge_has_a_network():
    posternd = unit_text("posternd.service")
    assert "\nPrivateNetwork=yes\n" in posternd
    assert "\nRestrictAddressFamilies=AF_UNIX\n" in posternd
    words = unit_text("postern-portal-words.service")
    assert "\nPrivateNetwork=yes\n" in words
    assert "\nRestrictAddressFamilies=none\n" in words


@pytest.mark.parametrize("key", ["Requires", "After", "Sockets", "Also"])
def test_posternd_has_all_its_sockets(key):
    line = re.search(rf"(?m)^{key}=(.*)$", unit_text("posternd.service"))
    named = set(re.findall(r"posternd-(\w+)\.socket", line.group(1)))
    assert named == SOCKETS


@pytest.mark.parametrize("name", sorted(SOCKETS))
def test_sockets_say_who_they_are(name):
    """posternd knows a socket by its name, and the file by its group."""
    text = unit_text(f"posternd-{name}.socket")
    assert f"\nListenStream=/run/postern/{name}.sock\n" in text
    assert f"\nFileDescriptorName={name}\n" in text
    assert "\nSocketMode=0660\n" in text
    group = re.search(r"(?m)^SocketGroup=(.*)$", text).group(1)
    users = (SOURCE / "systemd/postern.sysusers").read_text()
    assert f"\ng {group} - -\n" in users
    others = [re.search(r"(?m)^SocketGroup=(.*)$", unit_text(
        f"posternd-{other}.socket")).group(1) for other in SOCKETS - {name}]
    assert group not in others


def test_the_bridge_reaches_its_own_socket_only():
    line = re.search(r"(?m)^InaccessiblePaths=(.*)$",
                     unit_text("postern-bridge.service")).group(1)
    assert {f"-/run/postern/{name}.sock" for name in SOCKETS - {"bridge"}
            } <= set(line.split())


def test_lmtp_over_tcp_stays_on_this_machine_and_is_asked_for():
    text = unit_text("postern-bridge-lmtp-tcp.socket")
    assert "\nListenStream=127.0.0.1:8024\n" in text
    assert "\nFileDescriptorName=lmtp-tcp\n" in text
    bridge = unit_text("postern-bridge.service")
    # whoever installs the bridge does not get it along
    assert not re.search(r"(?m)^(Requires|Sockets|Also)=.*tcp", bridge)
    assert "\nSocketBindDeny=any\n" in bridge
