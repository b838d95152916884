# SPDX-License-Identifier: Apache-2.0
"""What a process in posternd's place can and cannot do, as JSON."""

import errno
import json
import os
import pwd
import socket


def attempt(what):
    try:
        what()
        return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]


def capabilities():
    with open("/proc/self/status", encoding="ascii") as f:
        return next(line.split()[1] for line in f
                    if line.startswith("CapEff"))


def execute():
    os.execv("/usr/sbin/nologin", ["nologin"])


CREDENTIALS = os.environ.get("CREDENTIALS_DIRECTORY", "/nowhere")

print(json.dumps({
    "inet": attempt(lambda: socket.socket(socket.AF_INET)),
    "inet6": attempt(lambda: socket.socket(socket.AF_INET6)),
    "netlink": attempt(lambda: socket.socket(socket.AF_NETLINK)),
    "unix": attempt(lambda: socket.socket(socket.AF_UNIX)),
    "write-etc": attempt(lambda: open("/etc/probe", "w")),
    "read-home": attempt(lambda: os.listdir("/root")),
    "read-shadow": attempt(lambda: open("/etc/shadow")),
    "spool": attempt(lambda: os.listdir("/var/spool")),
    "exec": attempt(execute),
    "capabilities": capabilities(),
    "user": pwd.getpwuid(os.getuid()).pw_name,
    "credential": attempt(lambda: open(f"{CREDENTIALS}/store.key")),
}))
