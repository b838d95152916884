# SPDX-License-Identifier: Apache-2.0
"""Up to the moment a mailbox is open: TLS, where it is asked for, and the
password, by whatever the server takes."""

import subprocess

import postern
import pytest
from imapwatch import FOREIGN, other  # noqa: F401

LOGINS = [
    (b"IMAP4rev1 IDLE AUTH=PLAIN SASL-IR", b'LOGIN portal "secret words"'),
    (b"IMAP4rev1 IDLE LOGINDISABLED AUTH=PLAIN",
     b"PLAIN \0portal\0secret words"),
    (b"IMAP4rev1 IDLE LOGINDISABLED AUTH=XOAUTH2 AUTH=PLAIN SASL-IR",
     b"PLAIN \0portal\0secret words"),
]


@pytest.mark.parametrize("capability,login", LOGINS,
                         ids=["LOGIN", "PLAIN", "SASL-IR"])
def test_way_of_signing_in(other, capability, login):
    """LOGIN unless it is off; a refusal is told; nothing is said twice."""
    watch = other()
    watch.server.capability = capability
    watch.start()
    watch.wait_state("connected")
    assert watch.server.logins == [login] * watch.server.count("login")
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    watch.server.faults["login"] = "no"
    watch.again()
    watch.wait_state("trouble", "login")
    assert watch.server.strange == []


@pytest.mark.parametrize("offer,error,words", [
    (b"AUTH=XOAUTH2", "oauth-only", "Set mailbox.login = oauth"),
    (b"AUTH=GSSAPI", "no-password", "neither LOGIN nor AUTH=PLAIN"),
])
def test_no_password_taken(other, offer, error, words):
    """What would do instead is said, and the password is not."""
    watch = other()
    watch.server.capability = b"IMAP4rev1 LOGINDISABLED " + offer
    watch.start()
    watch.wait_state("trouble", error)
    assert watch.server.logins == []
    done = subprocess.run(
        [postern.program("posternctl"), "--config", watch.place.config,
         "status"], capture_output=True, text=True, check=True)
    assert words in " ".join(done.stdout.split())


@pytest.mark.parametrize("action,error", [
    ("stall", "timeout"), ("chatter", "timeout"),
    ("hang-up", "disconnected"), ("bye", "disconnected"),
    ("garbage", "protocol"), ("endless", "protocol"), ("flood", "protocol"),
    ("literal-4g", "protocol"), ("deep", "protocol"), ("twice", "protocol")])
def test_fault_of_plain(other, action, error):
    watch = other()
    watch.server.capability = b"IMAP4rev1 IDLE LOGINDISABLED AUTH=PLAIN"
    watch.server.faults["plain"] = action
    watch.start()
    watch.wait_state("trouble", error)
    assert watch.server.logins == [] or action == "twice"
    watch.server.faults.clear()
    watch.wait_state("connected")


@pytest.mark.parametrize("fault,error", [
    ({"starttls": "not-offered"}, "no-tls"),
    ({"starttls": "refused"}, "no-tls"),
    ({"starttls": "data-before-tls"}, "no-tls"),
    ({"greeting": "preauth"}, "no-tls"),
    ({"greeting": "garbage"}, "protocol"),
    ({"greeting": "long-line"}, "protocol"),
    ({"greeting": "endless"}, "protocol"),
    ({"greeting": "stall"}, "timeout"),
    ({"tls": "self-signed"}, "untrusted"),
], ids=str)
def test_starttls_fault(other, fault, error):
    """Nothing that comes before TLS is believed, and nothing secret is said
    before it."""
    watch = other(starttls=True)
    watch.server.faults.update(fault)
    watch.start()
    watch.wait_state("trouble", error)
    assert watch.server.logins == []
    watch.server.faults.clear()
    watch.wait_state("connected")
    judged = watch.judged()
    watch.server.put(FOREIGN)
    watch.wait_judged(judged + 1)
    assert watch.server.count("secured") >= 1
