# SPDX-License-Identifier: Apache-2.0
"""Wrong keys, newer stores, full disks, failing mail servers: each says
what is wrong, and nothing acknowledged is lost."""

import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import uuid

import lmdb
import pytest
from accounts import PASSPHRASE
from client import new_id, wait_for
from conftest import DESCRIPTION
from faultsmtp import FaultSmtp
from images import chunk, png
from machine import make_certificates
from postern import Practice, Program, program, sanitized
from test_forgery import WRITES, Scene, request_of

EX_CONFIG = 78


def snapshot(directory):
    """The bytes of all files; LMDB's table of readers is not data."""
    return {f.relative_to(directory): hashlib.sha256(
        f.read_bytes()).hexdigest() for f in directory.rglob("*")
        if f.is_file() and not f.name.startswith("lock")}


def refuses_to_start(place, *words):
    """Exit 78, says so, and no byte of the store has changed."""
    before = snapshot(place.store_dir)
    done = place.posternd.run(*place.posternd.command[1:])
    assert done.returncode == EX_CONFIG, (done.returncode, done.stderr)
    assert snapshot(place.store_dir) == before
    text = done.stderr.lower()
    for word in words:
        assert word in text, done.stderr
    assert len(done.stderr.strip().splitlines()) <= 5, done.stderr


@pytest.fixture
def written(fresh):
    """A stopped practice with one message in it."""
    place = fresh()
    place.start(bridge=False)
    place.enrol(1)
    provider = place.session("provider1")
    thread = provider.write_to(provider.contact("client1")["id"],
                               "kept")["thread"]["id"]
    place.stop()

    def still_there():
        place.start(bridge=False)
        assert place.session("provider1").messages(thread) == ["kept"]
    place.still_there = still_there
    return place


# ---- keys and formats -----------------------------------------------------
@pytest.mark.parametrize("key", [
    os.urandom(32), b"", os.urandom(31), os.urandom(33), b"\0" * 32,
    os.urandom(32).hex().encode()],
    ids=["other", "empty", "short", "long", "zeros", "hex"])
def test_wrong_key(written, key):
    good = written.key_file.read_bytes()
    written.key_file.write_bytes(key)
    refuses_to_start(written, "key")
    written.key_file.write_bytes(good)
    written.still_there()


def test_missing_key(written):
    written.key_file.rename(written.dir / "aside")
    refuses_to_start(written, "key")
    written.settings["store.key-file"] = ""
    written.write_config()
    refuses_to_start(written, "key")
    written.settings["store.key-file"] = written.key_file
    written.write_config()
    (written.dir / "aside").rename(written.key_file)
    written.still_there()


def test_key_open_to_others(written):
    written.key_file.chmod(0o644)
    refuses_to_start(written, "key")
    written.key_file.chmod(0o600)
    written.still_there()


def test_missing_keyring(written):
    keyring = written.store_dir / "keyring"
    keyring.rename(written.dir / "aside")
    refuses_to_start(written, "keyring")
    (written.dir / "aside").rename(keyring)
    written.still_there()


@pytest.mark.parametrize("spoil", [
    lambda data: b"", lambda data: data[:-1], lambda data: data[:40],
    lambda data: bytes(len(data)), lambda data: data + b"x",
    lambda data: data[:60] + bytes((data[60] ^ 1,)) + data[61:],
    lambda data: data[:-1] + bytes((data[-1] ^ 1,))],
    ids=["empty", "cut", "cut short", "zeros", "longer", "bit", "last bit"])
def test_spoilt_keyring(written, spoil):
    keyring = written.store_dir / "keyring"
    good = keyring.read_bytes()
    keyring.write_bytes(spoil(good))
    refuses_to_start(written, "key")
    keyring.write_bytes(good)
    written.still_there()


def test_keyring_of_another_store(written, fresh):
    """The right key for that keyring, and a store that is not its own."""
    other = fresh()
    saved = (written.key_file.read_bytes(),
             (written.store_dir / "keyring").read_bytes())
    written.key_file.write_bytes(other.key_file.read_bytes())
    shutil.copyfile(other.store_dir / "keyring",
                    written.store_dir / "keyring")
    refuses_to_start(written, "key")
    written.key_file.write_bytes(saved[0])
    (written.store_dir / "keyring").write_bytes(saved[1])
    written.still_there()


def test_newer_store(written):
    """A store a later release wrote is refused, and nothing is touched."""
    aside = written.dir / "aside"
    shutil.copytree(written.store_dir, aside)
    with lmdb.open(str(written.store_dir), max_dbs=32,
                   map_size=1 << 30) as env:
        with env.begin(write=True) as txn:
            meta = env.open_db(b"meta", txn, create=False)
            row = txn.get(b"store", db=meta)
            assert row[0] == 1
            txn.put(b"store", bytes((2,)) + row[1:], db=meta)
    refuses_to_start(written, "newer")
    shutil.rmtree(written.store_dir)
    aside.rename(written.store_dir)
    written.still_there()


def test_damaged_audit_log(written):
    """No log, no action: it says so, and is not started over and over."""
    with lmdb.open(str(written.store_dir), max_dbs=32,
                   map_size=1 << 30) as env:
        with env.begin(write=True) as txn:
            meta = env.open_db(b"meta", txn, create=False)
            row = txn.get(b"audit", db=meta)
            txn.put(b"audit", row[:-1] + bytes((row[-1] ^ 1,)), db=meta)
    refuses_to_start(written, "audit log is damaged", "posternd verify")


def test_newer_keyring(written):
    keyring = written.store_dir / "keyring"
    good = keyring.read_bytes()
    changed = False
    for at in range(8):
        # the format's number is one of the first bytes
        keyring.write_bytes(good[:at] + bytes((good[at] + 1,))
                            + good[at + 1:])
        refuses_to_start(written)
        changed = True
    assert changed
    keyring.write_bytes(good)
    written.still_there()


def test_no_store(fresh):
    refuses_to_start(fresh(init=False))


@pytest.mark.skipif(os.getuid() != 0, reason="gives a directory away")
def test_init_as_somebody_else(fresh):
    """What root makes in posternd's directory, posternd could not open."""
    place = fresh(init=False)
    place.store_dir.mkdir(exist_ok=True)
    os.chown(place.store_dir, 65534, 65534)
    done = place.posternd.run("init", "--config", place.config)
    assert done.returncode == EX_CONFIG, done
    assert "another user" in done.stderr and not snapshot(place.store_dir)
    assert not place.key_file.exists()


def test_init_never_overwrites(written):
    before = snapshot(written.store_dir)
    done = written.posternd.run("init", "--config", written.config)
    assert done.returncode != 0
    assert snapshot(written.store_dir) == before
    written.still_there()


def test_two_daemons(written):
    """The second one refuses; the first goes on."""
    written.start(bridge=False)
    for name in ("portal", "bridge", "admin"):
        written.settings[f"sockets.{name}"] = written.run_dir / f"{name}2"
    written.write_config()
    done = written.posternd.run(*written.posternd.command[1:])
    assert done.returncode != 0
    assert "stop posternd first" in done.stderr, done.stderr
    assert written.session("provider1").unread() == 0


@pytest.mark.parametrize("name", ["posternd", "postern-bridge"])
def test_bad_configuration(fresh, name):
    place = fresh(settings={"practice.colour": "green",
                            "relay.port": "many"}, init=False)
    done = Program(name, [], place.dir / "log").run(
        "--config", place.config)
    assert done.returncode == EX_CONFIG, done.stderr
    lines = place.config.read_text().splitlines()
    for key in ("colour", "port"):
        number = 1 + max(i for i, line in enumerate(lines)
                         if line.startswith(key))
        assert f"{place.config}:{number}: " in done.stderr, done.stderr
    for option in (["--nonsense"], ["nonsense"]):
        done = subprocess.run([program(name), *option],
                              capture_output=True, check=False, timeout=20)
        assert done.returncode == 64, done


# ---- the disk -------------------------------------------------------------
@pytest.fixture
def small_disk(fresh):
    """A practice whose store is alone on a file system of 24 MiB."""
    place = fresh(init=False)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700",
                    "postern-test", place.store_dir], check=True)
    try:
        place.init()
        yield place
        place.stop()
    finally:
        place.kill()
        subprocess.run(["umount", place.store_dir], check=True)


def test_full_disk(small_disk):
    """Posts get 507, reads go on and are audited, nothing is lost."""
    place = small_disk
    place.start(bridge=False)
    place.enrol(1)
    provider = place.session("provider1")
    thread = provider.write_to(provider.contact("client1")["id"],
                               "first")["thread"]["id"]
    acknowledged = ["first"]
    for i in range(2000):
        text = f"{i} " + "x" * 20000
        reply = provider.post(f"/v1/threads/{thread}/entries",
                              {"body": text})
        if reply.status == 507:
            reply.problem(507)
            break
        reply.expect(201)
        acknowledged.append(text)
    else:
        raise AssertionError("the disk never filled")
    assert len(acknowledged) > 50

    def still_good():
        assert provider.messages(thread) == acknowledged
        before = place.status()
        assert before["state"] == "read-only"
        assert before["reasons"] == ["disk-full"]
        for _ in range(20):
            provider.get(f"/v1/threads/{thread}/entries?limit=1")
        audited = (place.status()["store"]["audit_entries"]
                   - before["store"]["audit_entries"])
        assert audited >= 20
        provider.post(f"/v1/threads/{thread}/entries",
                      {"body": "more"}).problem(507)

    still_good()
    place.posternd.kill()
    place.start_posternd()
    provider = place.session("provider1")
    still_good()

    # with room again, it goes on by itself
    subprocess.run(["mount", "-o", "remount,size=64m", place.store_dir],
                   check=True)
    wait_for(lambda: provider.post(f"/v1/threads/{thread}/entries",
                                   {"body": "room"}).status == 201)
    assert provider.messages(thread) == [*acknowledged, "room"]
    assert place.status()["state"] != "read-only"


def test_a_file_that_fills_the_disk(small_disk):
    """It is refused in the middle and leaves nothing; messages go on, and so
    does the same file where there is room."""
    place = small_disk
    place.start(bridge=False)
    place.enrol(1)
    provider = place.session("provider1")
    thread = provider.write_to(provider.contact("client1")["id"],
                               "first")["thread"]["id"]
    attachments = place.store_dir / "attachments"
    table = b"day;mood\n" + b"1;good\n" * (25 << 17)
    upload = new_id()

    def send():
        return provider.call("PUT", f"/v1/uploads/{upload}", table,
                             {"Content-Type": "text/csv"})

    assert len(table) > free(place) > 2 << 20
    send().problem(507, "storage-full")
    assert list(attachments.iterdir()) == []
    provider.write(thread, "and the disk has room for words")
    provider.call("GET", f"/v1/uploads/{upload}").problem(404)
    subprocess.run(["mount", "-o", "remount,size=96m", place.store_dir],
                   check=True)
    wait_for(lambda: send().status == 200)
    provider.write(thread, "there", attachments=[
        {"upload": upload, "name": "table.csv"}])
    [item] = provider.get(f"/v1/threads/{thread}/entries?limit=1")["items"]
    got = provider.call(
        "GET", f"/v1/attachments/{item['attachments'][0]['id']}").expect(200)
    assert got.raw == table


def free(place):
    disk = os.statvfs(place.store_dir)
    return disk.f_bavail * disk.f_bsize


def fill(place, left=0):
    """Something else takes all of the disk but LEFT; the file it takes."""
    junk = place.store_dir / "junk"
    with open(junk, "wb", buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, free(place) - left)
    return junk


def put(person, upload, data, kind="text/csv", **more):
    return person.call("PUT", f"/v1/uploads/{upload}", data,
                       {"Content-Type": kind, **more})


def test_the_disk_fills_up_between_two_parts_of_a_file(small_disk):
    """What was there of it goes, too."""
    place = small_disk
    place.start(bridge=False)
    place.enrol(1)
    client = place.session("client1")
    upload = new_id()
    table = b"day;mood\n" + b"1;good\n" * (4 << 17)
    put(client, upload, table[:1 << 20], **{
        "Content-Range": f"bytes 0-{(1 << 20) - 1}/{len(table)}"}).expect(200)
    attachments = place.store_dir / "attachments"
    assert len(list(attachments.iterdir())) == 1
    junk = fill(place)
    put(client, upload, table[1 << 20:], **{
        "Content-Range": f"bytes {1 << 20}-{len(table) - 1}/{len(table)}"}
        ).problem(507, "storage-full")
    assert list(attachments.iterdir()) == []
    client.call("GET", f"/v1/uploads/{upload}").problem(404)
    junk.unlink()
    wait_for(lambda: put(client, upload, table).status == 200)


def test_there_is_no_room_for_what_is_left_of_a_picture(small_disk):
    """It is written twice, the second time without what it tells."""
    place = small_disk
    place.start(bridge=False)
    place.enrol(1)
    client = place.session("client1")
    tells = chunk(b"tEXt", b"Comment\0" + b"tell " * (1 << 20))
    small = png(before=tells)
    large = png(1024, 3072, os.urandom(3 << 20), tells)
    attachments = place.store_dir / "attachments"
    fill(place, 10 << 20)
    put(client, new_id(), large, "image/png").problem(507, "storage-full")
    assert list(attachments.iterdir()) == []
    put(client, new_id(), small, "image/png").expect(200)
    assert len(list(attachments.iterdir())) == 1


def test_room_is_noticed_while_only_files_come(small_disk):
    """Nothing is written then that would look at the disk first."""
    place = small_disk
    place.start(bridge=False)
    place.enrol(1)
    client = place.session("client1")
    thread = client.write_to(client.contact("Provider Number1")["id"],
                             "first")["thread"]["id"]
    junk = fill(place)
    wait_for(lambda: client.post(f"/v1/threads/{thread}/entries", {
        "body": "x" * 20000}).status == 507)
    put(client, new_id(), b"a,b\n").problem(507, "storage-full")
    assert list((place.store_dir / "attachments").iterdir()) == []
    junk.unlink()
    wait_for(lambda: put(client, new_id(), b"a,b\n").status == 200)


def test_signing_in_on_a_full_disk(small_disk):
    """People sign in, take their second step, read and sign out. What the
    description says is refused is refused, and leaves nothing behind."""
    place = small_disk
    place.hurry().start(bridge=False)
    scene = Scene(place)
    while scene.ann.post(f"/v1/threads/{scene.thread}/entries", {
            "body": "x" * 20000}).status != 507:
        pass
    assert place.status()["state"] == "read-only"
    # first what is refused, as much of the rest ends a session
    # and no file can be taken back where none came in, no code typed in where
    # none was sent
    order = sorted(
        WRITES.keys() - {"deleteUpload", "confirmAddress"},
        key=lambda name: (not full(name), name.startswith("end"), name))
    refused = 0
    for name in order:
        method, path, _ = WRITES[name]
        browser, values, body = request_of(scene, name)
        target = re.sub(r"\{([^}]*)\}", lambda m, v=values: v[m[1]], path)
        before = place.spaces("audit", "meta", "session")
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        if isinstance(body, bytes):
            headers["Content-Type"] = "text/csv"
        reply = browser.call(method, target, body, headers)
        if full(name):
            reply.problem(507, "storage-full")
            assert place.spaces("audit", "meta", "session") == before
            refused += 1
        else:
            assert reply.status in (200, 201, 204), (name, reply)
        if name.startswith("end"):
            scene.ann = place.session("ann")
    assert refused > 10
    # a wrong one is as wrong, and a code is good once
    place.browser("192.0.3.1").call("POST", "/v1/sessions", {
        "login": "ann", "passphrase": "not hers at all"}).problem(401)
    half = place.browser()
    half.sign_in("pat", PASSPHRASE)
    code = scene.people.accounts["pat"].authenticator.code(place.offset)
    half.call("POST", "/v1/sessions/current/factor", {
        "code": code}).expect(201)
    assert half.entries(scene.thread)
    again = place.browser()
    again.sign_in("pat", PASSPHRASE)
    again.call("POST", "/v1/sessions/current/factor", {
        "code": code}).problem(401, "factor-refused")


def full(name):
    """Does the description have this refused when the disk is full?"""
    return any(operation["operationId"] == name
               and "507" in operation["responses"]
               for operation in DESCRIPTION.operations.values())


def test_store_verifies_after_full_disk(small_disk):
    place = small_disk
    place.start(bridge=False)
    place.enrol(1)
    provider = place.session("provider1")
    to = provider.contact("client1")["id"]
    while provider.post("/v1/threads", {"to": to, "body": "y" * 30000}
                        ).status == 201:
        pass
    place.posternd.kill()
    done = place.posternd.run("verify", "--config", place.config)
    assert done.returncode == 0, done.stderr


# ---- the mail server ------------------------------------------------------
# what a notification is after one try, by stage and action; a stage that is
# not named here takes what is under None
GOOD = {"sent"}
LATER = {"deferred"}
NEVER = {"failed"}
EITHER = {"deferred", "failed"}
UNSURE = {"ambiguous"}
OUTCOMES = {
    None: {"hang-up": LATER, "stall": LATER, "4xx": LATER, "5xx": EITHER,
           "garbage": LATER, "endless": LATER, "drip": LATER | GOOD},
    "rcpt": {"5xx": NEVER},
    # the mail was handed over whole, and no answer came
    "dot": {"hang-up": UNSURE, "stall": UNSURE, "garbage": UNSURE,
            "endless": UNSURE, "drip": UNSURE | GOOD, "5xx": NEVER},
    # it was answered for; another mail may have waited behind that QUIT
    "quit": dict.fromkeys(("hang-up", "4xx", "5xx", "garbage"), GOOD)
            | dict.fromkeys(("stall", "endless", "drip"), GOOD | LATER),
}


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """A practice and the server that fails it."""
    import postern
    directory = postern.new_directory()
    server = FaultSmtp().start()
    place = Practice(directory / "p", {
        "host": "127.0.0.1", "port": server.port, "tls": "none",
        "timeout": "3s"})
    place.init()
    place.start()
    place.enrol(1)
    place.server = server
    yield place
    try:
        place.stop()
    finally:
        place.kill()
        server.stop()
        postern.remove(directory)


def notify(place):
    """Posts one message; the number of its notification."""
    known = {row["id"] for row in place.queue()}
    provider = place.session("provider1")
    provider.write_to(provider.contact("client1")["id"], uuid.uuid4().hex)
    new = [row["id"] for row in place.queue() if row["id"] not in known]
    assert len(new) == 1
    return new[0]


def state_of(place, number):
    return next(row for row in place.queue() if row["id"] == number)


def tried(place, number, seconds=60):
    """The notification once it was tried."""
    wait_for(lambda: state_of(place, number)["state"] not in
             ("pending", "leased"), seconds,
             lambda: f"{state_of(place, number)}\n{place.bridge.log()[-999:]}")
    return state_of(place, number)


@pytest.mark.parametrize("stage", ["connect", "ehlo", "mail", "rcpt", "data",
                                   "dot", "quit"])
@pytest.mark.parametrize("action", ["hang-up", "stall", "4xx", "5xx",
                                    "garbage", "endless", "drip"])
def test_smtp_faults(failing, stage, action):
    server = failing.server
    server.drop()
    server.faults = {stage: action}
    server.hits = 0
    # a relay that says 5.1.1 has stopped the one before
    failing.provision("client1", "client", "Client Number1",
                      f"{stage}-{action}@clients.example")
    row = tried(failing, notify(failing))
    expected = OUTCOMES.get(stage, {}).get(action) or OUTCOMES[None][action]
    assert row["state"] in expected, (row, failing.bridge.log()[-1500:])
    if stage != "quit":  # a connection that is kept says no QUIT
        assert server.hits >= 1
    if (stage, action) in (("rcpt", "5xx"), ("dot", "5xx")):
        assert row["code"] == "5.1.1"
    if (stage, action) in (("rcpt", "4xx"), ("dot", "4xx")):
        assert row["code"] == "4.7.0"
    assert failing.bridge.running() and failing.posternd.running()


def test_after_all_faults_all_is_delivered(failing):
    """Once the server is well: each mail that was not refused for good is
    there, under one Message-ID however often it was tried."""
    server = failing.server
    server.faults = {}
    server.drop()
    failing.advance(2 * 3600)
    wait_for(lambda: {r["state"] for r in failing.queue()}
             <= {"sent", "failed"}, 60, lambda: failing.queue())
    rows = failing.queue()
    sent = [r for r in rows if r["state"] == "sent"]
    ids = server.message_ids()
    assert len(sent) <= len(set(ids)) <= len(rows)
    unsure = sum(1 for r in rows if r["attempts"] > 1)
    assert len(ids) - len(set(ids)) <= unsure
    refused = [r for r in rows if r["state"] == "failed"]
    assert refused
    provider = failing.session("provider1")
    thread = provider.get("/v1/threads")["items"][0]["id"]
    assert "not-notified" in provider.events(thread)


def test_server_down(fresh):
    """Nobody listens; then somebody does."""
    server = FaultSmtp()
    place = fresh({"host": "127.0.0.1", "port": server.port, "tls": "none",
                   "timeout": "2s"})
    place.start()
    place.enrol(1)
    row = tried(place, notify(place))
    assert row["state"] == "deferred" and row["attempts"] == 1
    status = place.status()
    assert status["outbox"]["deferred"] == 1
    server.start()
    place.advance(300)
    place.wait_states("sent")
    assert len(server.taken) == 1
    assert place.status()["outbox"]["deferred"] == 0
    server.stop()


def test_same_message_id_after_silence(fresh):
    """The server takes the mail and hangs up: sent again, same Message-ID."""
    server = FaultSmtp().start()
    server.faults = {"dot": "hang-up"}
    place = fresh({"host": "127.0.0.1", "port": server.port, "tls": "none",
                   "timeout": "2s"})
    place.start()
    place.enrol(1)
    assert tried(place, notify(place))["state"] == "ambiguous"
    assert len(server.taken) == 1
    server.faults = {}
    place.advance(300)
    place.wait_states("sent")
    first, second = server.taken
    assert len(set(server.message_ids())) == 1
    assert first["sender"] == second["sender"]
    assert first["recipient"] == second["recipient"]
    server.stop()


def test_bridge_killed_while_sending(fresh):
    """kill -9 in the middle of a mail: sent later, at most twice."""
    server = FaultSmtp().start()
    server.faults = {"dot": "stall"}
    place = fresh({"host": "127.0.0.1", "port": server.port, "tls": "none",
                   "timeout": "60s"})
    place.start()
    place.enrol(1)
    notify(place)
    wait_for(lambda: server.taken)
    place.bridge.kill()
    assert place.queue()[0]["state"] == "leased"
    server.faults = {}
    place.start_bridge()
    place.advance(3600)
    place.wait_states("sent")
    assert len(server.taken) == 2 and len(set(server.message_ids())) == 1
    server.stop()


def test_bridge_down_loses_nothing(fresh):
    """Messages are posted while no bridge runs; it catches up."""
    server = FaultSmtp().start()
    place = fresh({"host": "127.0.0.1", "port": server.port, "tls": "none"})
    place.start(bridge=False)
    place.enrol(1)
    numbers = [notify(place) for _ in range(5)]
    assert {r["state"] for r in place.queue()} == {"pending"}
    place.start_bridge()
    wait_for(lambda: len(server.taken) == len(numbers))
    place.wait_states(*["sent"] * len(numbers))
    server.stop()


def test_posternd_restarts_under_the_bridge(fresh):
    server = FaultSmtp().start()
    place = fresh({"host": "127.0.0.1", "port": server.port, "tls": "none"})
    place.start()
    place.enrol(1)
    notify(place)
    wait_for(lambda: len(server.taken) == 1)
    place.posternd.kill()
    place.start_posternd()
    notify(place)
    wait_for(lambda: len(server.taken) == 2, 40)
    assert place.bridge.running()
    server.stop()


def test_relay_restarts_under_the_bridge(fresh):
    """A mail on a connection that is no more goes out at once."""
    server = FaultSmtp().start()
    place = fresh({"host": "127.0.0.1", "port": server.port, "tls": "none",
                   "connections": 1})
    place.start()
    place.enrol(1)
    for i in range(1, 4):
        number = notify(place)
        assert tried(place, number)["state"] == "sent"
        assert state_of(place, number)["attempts"] == 1
        assert len(server.taken) == i
        server.stop()
        server.drop()
        server.start()
    server.stop()


@pytest.mark.parametrize("stage", ["connect", "mail", "dot", "posternd"])
def test_stops_in_time(fresh, stage):
    """Whoever is slow, relay or posternd: SIGTERM ends the bridge in 10 s."""
    server = FaultSmtp().start()
    server.faults = {stage: "stall"}
    place = fresh({"host": "127.0.0.1", "port": server.port, "tls": "none",
                   "timeout": "60s"})
    place.start()
    place.enrol(1)
    if stage == "posternd":
        place.posternd.process.send_signal(signal.SIGSTOP)
    else:
        notify(place)
        wait_for(lambda: server.hits)
    begun = time.monotonic()
    try:
        assert place.bridge.stop() == 0
        # a sanitizer looks for leaks at the end, in a time of its own
        assert time.monotonic() - begun < (20 if sanitized() else 10)
    finally:
        place.posternd.process.send_signal(signal.SIGCONT)
    if stage in ("connect", "mail"):
        assert place.queue()[0]["state"] == "deferred"
    server.stop()


def test_parse_server_dies(fresh):
    """Without it no mail can be judged: the bridge ends, to be restarted."""
    place = fresh()
    place.start()
    children = pathlib.Path(
        f"/proc/{place.bridge.process.pid}/task/{place.bridge.process.pid}"
        "/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    assert place.bridge.wait_exit() == 70
    assert "parse server has ended" in place.bridge.log()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Two CAs with a server certificate each."""
    where = tmp_path_factory.mktemp("tls")
    for name in ("good", "other"):
        make_certificates(where / name, "localhost")
    return where


@pytest.mark.parametrize("fault", ["wrong certificate", "no STARTTLS",
                                   "wrong name"])
def test_tls_is_verified(fresh, certificates, fault):
    """No certificate that verifies, no mail: not one line of it."""
    good = (certificates / "good/server.pem", certificates / "good/server.key")
    other = (certificates / "other/server.pem",
             certificates / "other/server.key")
    # a certificate for localhost and 127.0.0.1 names no 127.0.0.2
    host = "127.0.0.2" if fault == "wrong name" else "localhost"
    server = FaultSmtp(None if fault == "no STARTTLS" else good, other,
                       address="127.0.0.2" if fault == "wrong name"
                       else "127.0.0.1")
    if fault == "wrong certificate":
        server.faults = {"tls": "wrong-certificate"}
    server.start()
    place = fresh({"host": host, "port": server.port, "tls": "starttls",
                   "timeout": "20s",
                   "ca-file": certificates / "good/ca.pem"})
    place.start()
    place.enrol(1)
    assert tried(place, notify(place))["state"] == "deferred"
    assert server.taken == []
    # the log says where to look, and nothing of the mail
    why = ("does not offer TLS" if fault == "no STARTTLS"
           else "certificate is not trusted, or not for relay.host")
    assert "deferred, code 4.7.5, by the relay: " in place.bridge.log()
    assert why in place.bridge.log()
    assert "@" not in place.bridge.log()
    if fault == "wrong certificate":
        server.faults = {}
        place.advance(300)
        place.wait_states("sent")
    server.stop()


def test_bridge_needs_tls_off_loopback(fresh):
    """Plain SMTP to another machine is refused at the start."""
    place = fresh({"host": "mail.example", "port": 25, "tls": "none"},
                  init=False)
    done = place.bridge.run("--config", place.config)
    assert done.returncode == EX_CONFIG, done.stderr
