# SPDX-License-Identifier: Apache-2.0
"""Files on their way in, into a message, and out again."""

import base64
import contextlib
import os
import pathlib
import re
import socket
import struct
import subprocess
import threading
import urllib.parse

import postern
import pytest
from accounts import Accounts
from client import new_id, wait_for
from images import chunk, png, sample

CHUNK = 65536
CSV = {"Content-Type": "text/csv"}
LIMIT = 25 * 1024 * 1024


def text_of(size):
    """A table of SIZE bytes, no two lines alike."""
    lines = b"".join(b"%d,%d\n" % (n, n * n) for n in range(size // 8 + 2))
    return lines[:size]


def turned_size(jpeg):
    """Of a baseline JPEG that lies on its side: width and height."""
    frame = jpeg.index(b"\xff\xc0")
    return struct.unpack(">HH", jpeg[frame + 5:frame + 9])


@pytest.fixture(name="place")
def started(fresh):
    place = fresh().hurry().start(bridge=False)
    place.enrol(2)
    place.client, place.provider, place.other = (place.session(who) for who in (
        "client1", "provider1", "client2"))
    place.thread = place.provider.write_to(
        place.client.id, "first")["thread"]["id"]
    return place


def put(person, data, upload=None, status=200, **headers):
    """The upload's id; or the reply, where STATUS is another."""
    upload = upload or new_id()
    reply = person.call("PUT", f"/v1/uploads/{upload}", data, {
        **CSV, **{k.replace("_", "-"): v for k, v in headers.items()}})
    reply.expect(status)
    return upload if status == 200 else reply


def break_off(place, person, upload, data, length):
    """A connection that breaks after LENGTH bytes of DATA; what is told of
    the upload then."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(place.portal.path))
        s.sendall(f"PUT /v1/uploads/{upload} HTTP/1.1\r\nHost: x\r\n"
                  f"Authorization: Bearer {person.token}\r\n"
                  f"Content-Type: text/csv\r\nContent-Length: {len(data)}"
                  "\r\n\r\n".encode() + data[:length])
        place.settle()
    return wait_for(lambda: person.call(
        "GET", f"/v1/uploads/{upload}").expect(200, 409).json.get("upload"))


def part(person, upload, data, first, size):
    """PUT of what of DATA, the file from FIRST on, is given."""
    return person.call("PUT", f"/v1/uploads/{upload}", data, {
        **CSV, "Content-Range":
        f"bytes {first}-{first + len(data) - 1}/{size}"})


def send(person, thread, *uploads, body="see there", name="table.csv"):
    return person.post(f"/v1/threads/{thread}/entries", {
        "body": body, "attachments": [
            {"upload": upload, "name": name} for upload in uploads]})


def attachments(person, thread):
    """Of the newest entry."""
    return person.get(f"/v1/threads/{thread}/entries?limit=1")["items"][0][
        "attachments"]


def fetch(person, attachment, status=200, **headers):
    return person.call("GET", f"/v1/attachments/{attachment}", None, {
        k.replace("_", "-"): v for k, v in headers.items()}).expect(status)


def files(place):
    return sorted(p.name for p in (place.store_dir / "attachments").iterdir())


@pytest.mark.parametrize("size", [
    1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1_000_000, LIMIT])
def test_there_and_back(place, size):
    """Every byte of it, for both sides, and after a restart."""
    data = text_of(size)
    upload = put(place.client, data)
    state = place.client.get(f"/v1/uploads/{upload}")["upload"]
    assert state == {"id": upload, "received": size, "size": size,
                     "complete": True, "type": "text/csv",
                     "width": None, "height": None}
    send(place.client, place.thread, upload).expect(201)
    place.posternd.kill()
    place.start(bridge=False)
    for who in ("client1", "provider1"):
        person = place.session(who)
        one, = attachments(person, place.thread)
        assert one == {"id": one["id"], "name": "table.csv", "size": size,
                       "type": "text/csv", "width": None, "height": None,
                       "state": "unchecked"}
        reply = fetch(person, one["id"])
        assert reply.raw == data
        assert reply.headers["Content-Type"] == "text/csv"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Content-Length"] == str(size)
    assert len(files(place)) == 1


def test_names(place):
    """As they were given, in ASCII for who knows no better; and no others."""
    upload = put(place.client, b"a,b\n")
    for name in ("", "x" * 252 + ".csv", "a\nb.csv", "a/b.csv", "a\\b.csv",
                 "cod.csv\u202efdp.csv", "table.pdf", "table", ".csv",
                 "table.csv.exe"):
        send(place.client, place.thread, upload, name=name).problem(
            422, "invalid-field")
    names = {"t\u00e4ble \"1\"; x=%41.CSV": "t_ble _1__ x__41.CSV",
             "\u8868.csv": "_.csv", "a'b(c)*.csv": "a_b_c__.csv"}
    for name, plain in names.items():
        upload = put(place.client, b"a,b\n")
        send(place.client, place.thread, upload, name=name).expect(201)
        one, = attachments(place.provider, place.thread)
        assert one["name"] == name
        said = fetch(place.provider, one["id"]).headers["Content-Disposition"]
        assert said == f'attachment; filename="{plain}"; filename*=UTF-8\'\'' \
            + urllib.parse.quote(name, safe="!#$&+-.^_`|~")


def test_types(place):
    """As announced, and by content; nothing else, and nothing empty."""
    put(place.client, b"a,b\n", status=415, Content_Type="text/plain")
    put(place.client, b"a,b\n", status=415, Content_Type="text/csv; x=y")
    put(place.client, b"", status=422)
    refused = put(place.client, b"a,b\n", status=422,
                  Content_Type="application/pdf").problem(422, "file-refused")
    assert refused.json["reason"] == "mismatch"
    refused = put(place.client, b"MZ" + bytes(1000), status=422)
    assert refused.json["reason"] in ("unknown", "program")
    assert refused.json["detail"]
    assert files(place) == []


# Exif: turned by a quarter, and where it was
TOLD = bytes.fromhex(
    "ffe1002f4578696600004d4d002a0000000800010112000300000001000600000000"
    "0000") + b"GPS 48.2 N 16"


@pytest.mark.parametrize("kept", [False, True])
def test_what_a_picture_tells(fresh, kept):
    """Goes, unless the practice says otherwise; what stands behind its end is
    none of it, and goes."""
    place = fresh(settings={"attachments.metadata":
                            "keep" if kept else "strip"}).start(bridge=False)
    place.enrol(1)
    client = place.session("client1")
    thread = client.write_to(client.contact("Provider Number1")["id"],
                             "first")["thread"]["id"]
    photo = sample("baseline.jpg")
    photo = photo[:2] + TOLD + photo[2:]
    drawing = png(before=chunk(b"tEXt", b"Comment\0GPS 48.2 N 16"))
    for picture, kind, name in ((photo, "image/jpeg", "photo.jpg"),
                                (drawing, "image/png", "drawing.png")):
        for behind in (b"", b"PK\5\6" + bytes(18)):
            upload = put(client, picture + behind, Content_Type=kind)
            send(client, thread, upload, name=name).expect(201)
            one, = attachments(client, thread)
            got = fetch(client, one["id"]).raw
            assert (got == picture) == kept
            assert (b"GPS" in got) == kept and b"PK" not in got
            if name == "photo.jpg":
                assert (one["width"], one["height"]) == turned_size(photo)
                assert got.count(b"Exif\0\0") == 1


def test_limits(fresh):
    place = fresh(settings={"limits.attachment-bytes": "100K",
                            "limits.message-attachments": 2,
                            "limits.attachment-bytes-per-hour": "1M"})
    place.hurry().start(bridge=False)
    place.enrol(2)
    client = place.session("client1")
    thread = place.session("provider1").write_to(
        client.id, "first")["thread"]["id"]
    limits = client.get("/v1/settings")["limits"]
    assert limits["attachment_bytes"] == 102400
    assert limits["message_attachments"] == 2
    assert limits["attachment_bytes_per_hour"] == 1 << 20
    put(client, text_of(102401), status=413)
    part(client, new_id(), text_of(1000), 0, 102401).problem(413)
    uploads = [put(client, text_of(102400)) for _ in range(3)]
    send(client, thread, *uploads).problem(413)
    send(client, thread, uploads[0], uploads[0]).problem(422)
    send(client, thread, *uploads[:2]).expect(201)
    for _ in range(20):
        reply = client.call("PUT", f"/v1/uploads/{new_id()}",
                            text_of(102400), CSV)
        if reply.status == 429:
            break
    # there is room for one every six minutes: that is said, and it is so
    wait = int(reply.problem(429).headers["Retry-After"])
    assert 100 < wait <= 3600 / 10.24 + 1
    # another's hour is another one's
    put(place.session("provider1"), text_of(1000))
    place.move_clock(wait - 60)
    put(place.session("client1"), text_of(102400), status=429)
    place.move_clock(60)
    put(place.session("client1"), text_of(102400))
    place.move_clock(3600)
    for _ in range(10):
        put(place.session("client1"), text_of(102400))


def test_what_did_not_come_costs_nothing(fresh):
    """A line that breaks again and again does not use up the hour; what came
    is paid for, whatever became of it."""
    place = fresh(settings={"limits.attachment-bytes": "1M",
                            "limits.attachment-bytes-per-hour": "1M"})
    place.start(bridge=False)
    place.enrol(1)
    client = place.session("client1")
    data = text_of(600_000)
    for _ in range(5):
        break_off(place, client, new_id(), data, CHUNK + 1)
    put(client, data)
    put(client, data[:400_000], status=429).problem(429)


def test_none_may_be_sent(fresh):
    place = fresh(settings={"limits.message-attachments": 0})
    place.start(bridge=False)
    place.enrol(2)
    client = place.session("client1")
    assert client.get("/v1/settings")["limits"]["message_attachments"] == 0
    put(client, b"a,b\n", status=403)


def test_it_goes_on_where_it_broke_off(place):
    """The connection breaks in the middle of a piece; the pieces before it
    are there."""
    data = text_of(5 * CHUNK + 777)
    upload = new_id()
    state = break_off(place, place.client, upload, data, 2 * CHUNK + 100)
    assert state["received"] == 2 * CHUNK and not state["complete"]
    # it is no file yet
    send(place.client, place.thread, upload).problem(409, "upload-gone")
    part(place.client, upload, data[CHUNK:], CHUNK, len(data)).problem(
        409, "upload-offset")
    part(place.client, upload, data[2 * CHUNK:], 2 * CHUNK,
         len(data) + 1).problem(409, "upload-offset")
    for wrong in ("bytes 0-1/2", "bytes=0-9/10", "bytes 0-9/*", "bytes 9-0/10",
                  "bytes 0-9/10 ", "bytes +0-9/10", "bytes 0-9/9", ""):
        put(place.client, bytes(10), status=400, Content_Range=wrong)
    # in parts, the second of which ends in the middle of a chunk
    part(place.client, upload, data[2 * CHUNK:3 * CHUNK], 2 * CHUNK,
         len(data)).expect(200)
    reply = part(place.client, upload, data[3 * CHUNK:4 * CHUNK + 5],
                 3 * CHUNK, len(data)).expect(200)
    assert reply.json["upload"]["received"] == 4 * CHUNK
    reply = part(place.client, upload, data[4 * CHUNK:], 4 * CHUNK,
                 len(data)).expect(200)
    assert reply.json["upload"]["complete"]
    send(place.client, place.thread, upload).expect(201)
    one, = attachments(place.provider, place.thread)
    assert fetch(place.provider, one["id"]).raw == data


def test_one_at_a_time(place):
    """While it is being sent, nobody else sends, deletes or uses it."""
    upload = new_id()
    data = text_of(3 * CHUNK)
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(place.portal.path))
        s.sendall(f"PUT /v1/uploads/{upload} HTTP/1.1\r\nHost: x\r\n"
                  f"Authorization: Bearer {place.client.token}\r\n"
                  f"Content-Type: text/csv\r\nContent-Length: {len(data)}"
                  "\r\n\r\n".encode() + data[:CHUNK + 1])
        wait_for(lambda: files(place))
        busy = put(place.client, data, upload, status=409).problem(
            409, "upload-busy")
        assert int(busy.headers["Retry-After"]) >= 1
        place.client.call("DELETE", f"/v1/uploads/{upload}").problem(
            409, "upload-busy")
        # to others it is not there
        place.other.call("GET", f"/v1/uploads/{upload}").problem(404)
        put(place.other, b"mine,\n", upload)
        s.sendall(data[CHUNK + 1:])
        assert s.recv(100).startswith(b"HTTP/1.1 200")
    place.client.call("DELETE", f"/v1/uploads/{upload}").expect(204)
    place.client.call("DELETE", f"/v1/uploads/{upload}").expect(204)
    place.client.call("GET", f"/v1/uploads/{upload}").problem(404)
    assert len(files(place)) == 1


def test_given_back_with_the_answer(place):
    """Who has been told that it is there can use it at once, by whatever
    door: each has a thread of its own."""
    browser = Accounts(place, postern.ORIGIN).open_account("client1").browser
    session = place.session("client1")
    for _ in range(200):
        upload = session.upload(b"a,b\n")
        browser.call("DELETE", f"/v1/uploads/{upload}").expect(204)


def test_used_once(place):
    """An upload is one message's; the same request again is the same."""
    upload = put(place.client, b"a,b\n")
    path = f"/v1/threads/{place.thread}/entries"
    body = {"body": "", "attachments": [{"upload": upload, "name": "a.csv"}]}
    first = place.client.post(path, body, key="one").expect(201)
    again = place.client.post(path, body, key="one").expect(201)
    assert first.json == again.json
    place.client.post(path, body, key="two").problem(409, "upload-gone")
    place.client.post(path, {"body": ""}).problem(422)
    # nobody sends what is another's
    upload = put(place.other, b"a,b\n")
    send(place.client, place.thread, upload).problem(409, "upload-gone")


def test_first_message(place):
    """A thread may begin with a file."""
    provider = place.other.contact("Provider Number2")["id"]
    upload = put(place.other, b"a,b\n")
    thread = place.other.post("/v1/threads", {
        "to": provider, "body": "", "attachments": [
            {"upload": upload, "name": "a.csv"}]}).expect(201).json[
                "thread"]["id"]
    one, = attachments(place.session("provider2"), thread)
    assert fetch(place.session("provider2"), one["id"]).raw == b"a,b\n"


def test_members_only(place):
    upload = put(place.client, b"a,b\n")
    send(place.client, place.thread, upload).expect(201)
    one, = attachments(place.client, place.thread)
    fetch(place.other, one["id"], 404)
    fetch(place.session("provider2"), one["id"], 404)
    fetch(place.client, new_id(), 404)
    place.portal.call("GET", f"/v1/attachments/{one['id']}").problem(401)


VERBS = re.findall(r"^\tAUDIT_(\w+)(?: = 1)?,", (
    postern.SOURCE / "store/audit.h").read_text(), re.M)
ROW = struct.Struct(">BqHH16s16sQ")  # up to the detail


def audited(place, *verbs):
    """Entries with these verbs: verb, actor, subject, detail."""
    out = []
    for _, row in sorted(place.spaces()["audit"].items()):
        _, _, verb, outcome, actor, subject, detail = ROW.unpack(
            row[:ROW.size])
        if VERBS[verb - 1] in verbs and outcome == 0:
            out.append((VERBS[verb - 1], *(
                base64.b32encode(each).decode().lower().rstrip("=")
                for each in (actor, subject)), detail))
    return out


def test_both_ways_are_audited(place):
    """Who sent one, who got it, all or a part; and nobody else did."""
    send(place.client, place.thread, put(place.client, b"a,b\n")).expect(201)
    entry, = place.client.get(
        f"/v1/threads/{place.thread}/entries?limit=1")["items"]
    name = entry["attachments"][0]["id"]
    sent = audited(place, "UPLOAD_PUT")
    assert [row[:2] for row in sent] == [("UPLOAD_PUT", place.client.id)]
    fetch(place.other, name, 404)
    fetch(place.client, name, 416, Range="bytes=9-")
    assert audited(place, "ATTACHMENT_READ") == []
    readers = (place.provider, place.client, place.provider)
    for person, status in zip(readers, (200, 206, 206)):
        fetch(person, name, status, **(
            {"Range": "bytes=1-1"} if status == 206 else {}))
    assert audited(place, "ATTACHMENT_READ") == [
        ("ATTACHMENT_READ", person.id, place.thread, entry["seq"])
        for person in readers]


@pytest.mark.parametrize("asked, first, last", [
    ("bytes=0-0", 0, 0), ("bytes=5-", 5, None), ("bytes=-1", -1, None),
    ("bytes=-99999999", 0, None), ("bytes=65530-65541", 65530, 65541),
    ("bytes=131072-999999999", 131072, None)])
def test_ranges(place, asked, first, last):
    data = text_of(3 * CHUNK - 5)
    send(place.client, place.thread, put(place.client, data)).expect(201)
    one, = attachments(place.client, place.thread)
    first = first if first >= 0 else len(data) + first
    last = last if last is not None else len(data) - 1
    reply = fetch(place.client, one["id"], 206, Range=asked)
    assert reply.raw == data[first:last + 1]
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{len(data)}"
    tag = reply.headers["ETag"]
    fetch(place.client, one["id"], 206, Range=asked, If_Range=tag)
    for other in ('"x"', f"W/{tag}", tag.strip('"'),
                  "Sat, 28 Nov 2026 00:00:00 GMT"):
        assert fetch(place.client, one["id"], 200, Range=asked,
                     If_Range=other).raw == data


def test_no_ranges(place):
    data = text_of(1000)
    send(place.client, place.thread, put(place.client, data)).expect(201)
    one, = attachments(place.client, place.thread)
    for asked in ("bytes=1000-", "bytes=-0", "bytes=5000-6000"):
        fetch(place.client, one["id"], 416, Range=asked)
    for asked in ("bytes=1-2,4-5", "bytes=", "bytes=-", "bytes=5-4", "lines=1-",
                  "bytes=a-b", "bytes=1-2x", "bytes=" + "9" * 30 + "-"):
        assert fetch(place.client, one["id"], 200, Range=asked).raw == data


def test_swept(place):
    """What nobody named is gone after a day, or a restart; what is a
    message's stays."""
    send(place.client, place.thread, put(place.client, b"a,b\n")).expect(201)
    kept = files(place)
    put(place.client, b"c,d\n")
    part(place.client, new_id(), text_of(CHUNK), 0, 2 * CHUNK).expect(200)
    assert len(files(place)) == 3
    place.posternd.kill()
    place.start(bridge=False)
    assert files(place) == kept
    client = place.session("client1")
    upload = put(client, b"c,d\n")
    assert len(files(place)) == 2
    place.move_clock(25 * 3600)
    wait_for(lambda: files(place) == kept)
    place.session("client1").call("GET", f"/v1/uploads/{upload}").problem(404)


def test_what_goes_out_goes_out_whole(fresh):
    """However many more come meanwhile to a disk that is slow: they are told
    to come back."""
    place = fresh(settings={"limits.connections-per-user": 600})
    library = place.dir / "slow.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library,
                    pathlib.Path(__file__).parent / "slow.c"], check=True)
    place.posternd.environment = {
        "LD_PRELOAD": f"{postern.asan_library()}:{library}"
        if postern.sanitized() else str(library)}
    place.start(bridge=False).enrol(1)
    client = place.session("client1")
    thread = client.write_to(client.contact("Provider Number1")["id"],
                             "first")["thread"]["id"]
    size = 3 * CHUNK
    send(client, thread, put(client, text_of(size))).expect(201)
    one, = attachments(client, thread)
    asked = (f"GET /v1/attachments/{one['id']} HTTP/1.1\r\nHost: x\r\n"
             f"Authorization: Bearer {client.token}\r\n"
             "Connection: close\r\n\r\n").encode()
    got = {"200": [], "503": []}

    def come():
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(place.portal.path))
            s.sendall(asked)
            reply = b""
            while more := s.recv(1 << 17):
                reply += more
        head, _, body = reply.partition(b"\r\n\r\n")
        got[head[9:12].decode()].append(len(body))
    comers = [threading.Thread(target=come) for _ in range(500)]
    for comer in comers:
        comer.start()
    for comer in comers:
        comer.join()
    # enough for it to be about something
    assert len(got["200"]) > 256 and len(got["503"]) > 0
    assert set(got["200"]) == {size}


def test_damage_is_told(place):
    """One bit of a file, and nothing of that piece goes out."""
    data = text_of(3 * CHUNK)
    send(place.client, place.thread, put(place.client, data)).expect(201)
    one, = attachments(place.client, place.thread)
    path, = (place.store_dir / "attachments").iterdir()
    sealed = bytearray(path.read_bytes())
    for at in (len(sealed) - 1, CHUNK * 2, 100):
        sealed[at] ^= 1
        path.write_bytes(sealed)
        if at > CHUNK:
            with pytest.raises(Exception):
                fetch(place.client, one["id"])
            place.client.client.close()
        else:
            fetch(place.client, one["id"], 500)
    path.unlink()
    fetch(place.client, one["id"], 500)


def test_failures_are_told(place):
    """Whatever of the file is still to come."""
    directory = place.store_dir / "attachments"
    directory.rmdir()
    for size in (10, CHUNK + 1, 1_000_000, LIMIT):
        put(place.client, text_of(size), status=500)
    directory.mkdir(mode=0o700)


def resident(place):
    status = open(f"/proc/{place.posternd.process.pid}/status").read()
    return int(status.split("VmRSS:")[1].split()[0])


@contextlib.contextmanager
def takes_little(place):
    """Not 8 MiB more."""
    put(place.client, text_of(CHUNK))
    before = resident(place)
    most = [before]
    done = threading.Event()

    def watch():
        while not done.wait(0.005):
            most.append(resident(place))
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    if not postern.sanitized():
        assert max(most) - before < 8 * 1024, (before, max(most))


def test_memory_of_the_largest(fresh):
    """Four times as large as it is by default, and written twice."""
    place = fresh(settings={"limits.attachment-bytes": "100M"})
    place.start(bridge=False).enrol(1)
    place.client = place.session("client1")
    thread = place.client.write_to(place.client.contact("Provider Number1")[
        "id"], "first")["thread"]["id"]
    picture = png(8192, 6000, os.urandom(8192 * 6000))
    told = chunk(b"tEXt", b"Comment\0" + text_of(48 << 20))
    with takes_little(place):
        upload = put(place.client, picture[:33] + told + picture[33:],
                     Content_Type="image/png")
        send(place.client, thread, upload, name="large.png").expect(201)
        one, = attachments(place.client, thread)
        assert fetch(place.client, one["id"]).raw == picture


def test_memory(place):
    """However large; and nothing plain beside the store."""
    data = text_of(LIMIT)
    with takes_little(place):
        upload = put(place.client, data)
        send(place.client, place.thread, upload).expect(201)
        one, = attachments(place.client, place.thread)
        assert fetch(place.provider, one["id"]).raw == data
    for path in place.dir.rglob("*"):
        if path.is_file():
            assert data[5000:5040] not in path.read_bytes(), path
