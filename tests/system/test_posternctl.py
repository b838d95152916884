# SPDX-License-Identifier: Apache-2.0
"""posternctl against a running practice: what it prints, and its exit codes."""

import json
import os
import pty
import re
import socket
import subprocess

import pytest
from client import wait_for
from postern import SOURCE, program

PASSPHRASE = "correct horse battery staple"


def ctl(place, *arguments, code=0, **kwargs):
    done = subprocess.run(
        [program("posternctl"), "--config", place.config, *arguments],
        capture_output=True, text=True, timeout=60, check=False,
        stdin=None if "input" in kwargs else subprocess.DEVNULL, **kwargs)
    assert done.returncode == code, (arguments, done)
    return done


def add(place, external_id, role, name, *more, **kwargs):
    return ctl(place, "participant", "add", f"--external-id={external_id}",
               f"--role={role}", f"--name={name}", *more, **kwargs)


@pytest.fixture
def place(fresh):
    """posternd only."""
    return fresh().start_posternd()


def test_no_mailbox_to_sign_in_to(place):
    done = ctl(place, "mailbox", "sign-in", code=65)
    assert "nobody signs in to this mailbox" in done.stderr
    assert "\nmailbox off\nmaildir off\n" in ctl(place, "status").stdout


def test_status(place):
    shown = ctl(place, "status").stdout
    assert shown.startswith("posternd ") and "\nstore " in shown
    told = json.loads(ctl(place, "status", "--json").stdout)
    assert told == place.status()


def test_portal_words(fresh, tmp_path):
    """posternd need not run for them."""
    place = fresh(settings={"practice.phone": "555 0100",
                            "menu home.label": "Dashboard",
                            "menu home.url": "/home"})
    shown = ctl(place, "portal-words").stdout
    words = json.loads(shown)
    assert words["practice"]["phone"] == "555 0100"
    assert [m["label"] for m in words["menu"]] == ["Dashboard"]
    path = tmp_path / "practice.json"
    path.write_text("old")
    ctl(place, "portal-words", "--output", path)
    assert path.read_text() == shown
    assert [p.name for p in tmp_path.iterdir()] == ["practice.json"]
    ctl(place, "portal-words", "--output", tmp_path / "no/such", code=74)


def test_documented_configuration(fresh):
    """The examples of docs/operations.md, taken together, are good."""
    place = fresh()
    text = (SOURCE / "docs/operations.md").read_text()
    examples = re.findall(r"(?ms)^```ini\n(\[p.*?)^```", text)
    assert len(examples) == 3
    place.config.write_text("")
    drop_ins = place.dir / "postern.conf.d"
    drop_ins.mkdir()
    for i, example in enumerate(examples):
        (drop_ins / f"{i}.conf").write_text(example)
    words = json.loads(ctl(place, "portal-words").stdout)
    assert words["practice"]["name"] == "Lakeside Practice"
    assert set(words["emergency"]) == set(words["languages"]) == {"en", "es"}
    assert [m["label"] for m in words["menu"]] == ["Dashboard", "Citas"]


def test_participants(place):
    identifier = json.loads(add(
        place, "c1", "client", "Ada", "--language=de", "--address=a@x.example",
        "--address=b@x.example", "--json").stdout)["id"]
    assert add(place, "p1", "provider", "Bo").stdout.startswith("added ")
    listed = ctl(place, "participant", "list").stdout.splitlines()
    assert listed[0].split() == ["ID", "ROLE", "STATE", "ACCOUNT",
                                 "ADDRESSES", "EXTERNAL", "ID", "NAME"]
    assert [line.split() for line in listed[1:] if identifier in line] == [
        [identifier, "client", "active", "none", "2", "c1", "Ada"]]
    assert "x.example" not in "".join(listed)
    shown = ctl(place, "participant", "list", "--show-addresses").stdout
    assert "a@x.example" in shown and "b@x.example" in shown
    items = json.loads(ctl(place, "participant", "list",
                           "--json").stdout)["items"]
    assert {i["external_id"] for i in items} == {"c1", "p1"}


def test_list_has_all_pages(place):
    for i in range(105):
        place.provision(f"c{i}", "client", f"Number{i}")
    assert len(ctl(place, "participant",
                   "list").stdout.splitlines()) == 106


@pytest.mark.parametrize("arguments", [
    ("--external-id=c1", "--role=client", "--name=Again"),
    ("--external-id=c2", "--role=king", "--name=X"),
    ("--external-id=c2", "--role=client", "--name=X", "--address=nowhere"),
    ("--external-id=c2", "--role=client", "--name=X", "--login=x"),
    ("--external-id=c2", "--role=client", "--name=\x1b[31m"),
], ids=lambda a: a[-1].replace("\x1b", "ESC"))
def test_bad_participants(place, arguments):
    add(place, "c1", "client", "Ada")
    done = ctl(place, "participant", "add", *arguments, code=65)
    assert done.stdout == "" and done.stderr.startswith("posternctl: ")
    assert len(ctl(place, "participant", "list").stdout.splitlines()) == 2


def test_a_refusal_names_the_field(place):
    done = ctl(place, "participant", "add", "--external-id=c2",
               "--role=king", "--name=X", code=65)
    assert done.stderr.startswith("posternctl: role: expected client")


def test_login_by_passphrase(place):
    add(place, "c1", "client", "Ada", "--login=ada", input=f"{PASSPHRASE}\n")
    opened = place.portal.call("POST", "/v1/sessions", {
        "login": "ada", "passphrase": PASSPHRASE}).expect(201).json
    token = opened["token"]
    place.portal.call("GET", "/v1/me", token=token).expect(200)
    told = ctl(place, "participant", "disable", "c1").stdout
    assert "sessions have ended" in told
    place.portal.call("GET", "/v1/me", token=token).expect(401)
    place.portal.call("POST", "/v1/sessions", {
        "login": "ada", "passphrase": PASSPHRASE}).expect(401, 403, 404)
    assert " disabled " in ctl(place, "participant", "list").stdout
    ctl(place, "participant", "disable", "nobody", code=65)


@pytest.mark.parametrize("again,code", [(PASSPHRASE, 0), ("another one", 65)])
def test_passphrase_on_a_terminal(place, again, code):
    """Asked for twice, and not shown."""
    ours, its = pty.openpty()
    child = subprocess.Popen(
        [program("posternctl"), "--config", place.config, "participant",
         "add", "--external-id=c1", "--role=client", "--name=Ada",
         "--login=ada"], stdin=its, stdout=its, stderr=its)
    os.close(its)
    seen = b""

    def read_until(word):
        nonlocal seen
        while word not in seen:
            seen += os.read(ours, 1024)

    read_until(b"Passphrase: ")
    os.write(ours, f"{PASSPHRASE}\n".encode())
    read_until(b"Again: ")
    os.write(ours, f"{again}\n".encode())
    assert child.wait(60) == code
    try:
        while chunk := os.read(ours, 1024):
            seen += chunk
    except OSError:
        pass
    os.close(ours)
    assert PASSPHRASE.encode() not in seen and again.encode() not in seen


def test_relate(place):
    add(place, "c1", "client", "Ada")
    add(place, "p1", "provider", "Bo")
    assert "new messages: yes" in ctl(place, "relate", "c1", "p1").stdout
    provider = place.session("p1")
    contact = provider.contact("c1")
    assert contact["current"] and contact["may_write"]
    told = ctl(place, "relate", "c1", "p1", "--end", "--no-writing").stdout
    assert "until" in told and "new messages: no" in told
    contact = provider.contact("c1")
    assert not contact["current"] and not contact["may_write"]
    ctl(place, "relate", "p1", "c1", code=65)
    ctl(place, "relate", "c1", "nobody", code=65)


def test_queue_and_test_mail_without_a_bridge(place):
    done = ctl(place, "test-mail", "a@x.example", "--wait=1", code=75)
    assert done.stderr.startswith("pending\n")
    assert "systemctl status postern-bridge" in done.stderr
    row = ctl(place, "queue", "list").stdout.splitlines()[1].split()
    assert row[1:4] == ["test", "pending", "0"]
    assert "x.example" not in ctl(place, "queue", "list", "--json").stdout


def test_queue_leaves_out_what_is_done(place):
    """Sent rows stay for months: they are shown if asked for."""
    admin, bridge = place.admin, place.bridge_api
    ids = [admin.call("POST", "/v1/admin/test-mail", {
        "to": "a@x.example"}).expect(202).json["id"] for _ in range(7)]
    bridge.call("POST", "/v1/bridge/leases",
                {"max": 20, "wait": 0}).expect(200)
    outcomes = ["sent", "sent", "failed", "sent", "deferred", "sent",
                "ambiguous"]
    bridge.call("POST", "/v1/bridge/results", {"items": [
        {"id": i, "outcome": o, "code": ""}
        for i, o in zip(ids, outcomes)]}).expect(200)
    wanted = [i for i, o in zip(ids, outcomes) if o != "sent"]
    seen, target = [], "/v1/admin/queue?limit=1&state=open"
    while target:
        page = admin.call("GET", target).expect(200).json
        assert len(page["items"]) == 1
        seen += [row["id"] for row in page["items"]]
        target = page["next"] and (
            f"/v1/admin/queue?limit=1&state=open&cursor={page['next']}")
    assert seen == wanted
    admin.call("GET", "/v1/admin/queue?state=sent").problem(422)

    def listed(*more):
        return [row.split()[0] for row in ctl(
            place, "queue", "list", *more).stdout.splitlines()[1:]]

    assert listed() == wanted and listed("--all") == ids


def test_queue_and_test_mail(practice, mail):
    mail.maildir("staff@practice.example")
    done = ctl(practice, "test-mail", "staff@practice.example", "--wait=50")
    assert done.stdout.startswith("sent"), done
    mail.maildir("staff@practice.example").wait(1)
    rows = ctl(practice, "queue", "list").stdout.splitlines()
    assert len(rows) == 1, "what was sent is done with"
    done = ctl(practice, "test-mail", "gone@practice.example", "--wait=50",
               code=65)
    assert done.stderr.startswith("failed (5.1.1)"), done
    mail.refuse_submission("defer")
    done = ctl(practice, "test-mail", "staff@practice.example", "--wait=50",
               code=75)
    assert done.stderr.startswith("deferred (4.") and "next try" in done.stderr
    rows = [row.split() for row in ctl(
        practice, "queue", "list").stdout.splitlines()[1:]]
    assert [row[1:3] for row in rows] == [["test", "failed"],
                                          ["test", "deferred"]]
    mail.accept_submission()


def test_not_reached(fresh):
    place = fresh()
    assert "systemctl status posternd" in ctl(place, "status",
                                              code=69).stderr
    place.start_posternd()
    ctl(place, "status")
    place.stop()
    ctl(place, "queue", "list", code=69)


def test_not_permitted(fresh):
    place = fresh(settings={"sockets.admin-user": "daemon"})
    place.posternd.start()
    path = place.run_dir / "admin.sock"

    def listens():
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(str(path)) == 0
    wait_for(listens, 60, place.posternd.log)
    ctl(place, "status", code=77)
    path.chmod(0o600)
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
         program("posternctl"), "--socket", path, "status"],
        capture_output=True, text=True, check=False)
    assert done.returncode in (77, 126), done
    place.kill()
