# SPDX-License-Identifier: Apache-2.0
"""What the servers under test need of the machine: a port, a certificate,
a package that script/bootstrap has unpacked."""

import os
import pathlib
import random
import socket
import subprocess


def run(*command, **kwargs):
    """Runs a command; its output stands in the error if it fails."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          **kwargs)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}")
    return done.stdout


def unpacked(package):
    """The directory that stands for / of a package."""
    cache = os.environ.get("POSTERN_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME")
        or os.path.join(os.environ.get("HOME", "/root"), ".cache"), "postern")
    root = pathlib.Path(cache, package)
    if not root.is_dir():
        raise RuntimeError(f"no {root}: run script/bootstrap")
    return root


def free_port():
    """A loopback port nobody listens on; and none that the kernel gives to
    who connects somewhere, while its server is not there or not yet."""
    given = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    while True:
        port = random.SystemRandom().randrange(
            10000, max(int(given.split()[0]), 20000))
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def make_certificates(where, *names):
    """A CA, and a server certificate for NAMES and 127.0.0.1 that it
    signed: ca.pem, server.pem, server.key."""
    where.mkdir()
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
           "-nodes", "-days", "3650")
    run("openssl", "req", "-x509", *key, "-subj", "/CN=Test CA",
        "-keyout", where / "ca.key", "-out", where / "ca.pem")
    run("openssl", "req", "-x509", *key, "-subj", f"/CN={names[0]}",
        "-addext", "subjectAltName=IP:127.0.0.1,"
        + ",".join(f"DNS:{name}" for name in names),
        "-addext", "basicConstraints=critical,CA:FALSE",
        "-CA", where / "ca.pem", "-CAkey", where / "ca.key",
        "-keyout", where / "server.key", "-out", where / "server.pem")
