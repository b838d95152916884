# SPDX-License-Identifier: Apache-2.0
"""The main job, end to end, through a real Postfix in both directions."""

import uuid

import pytest
from client import wait_for
from maildir import answer_to
from marks import search
from postern import EMERGENCY, ORIGIN

CLIENT = "client1@clients.example"
PROVIDER = "provider1@providers.example"


def test_six_steps(practice, mail):
    said = f"the provider's words {uuid.uuid4().hex}"
    replied = f"the client's mail {uuid.uuid4().hex}"
    written = f"the client's words {uuid.uuid4().hex}"
    to_client, to_provider = mail.maildir(CLIENT), mail.maildir(PROVIDER)

    # 1, 2: a provider writes; 201 means durable
    provider = practice.session("provider1")
    contact = provider.contact("client1")
    assert contact["may_write"] and contact["thread"] is None
    opened = provider.write_to(contact["id"], said)
    practice.posternd.kill()
    practice.start_posternd()
    provider = practice.session("provider1")
    thread = opened["thread"]["id"]
    assert provider.messages(thread) == [said]

    # 3: the client gets a mail: a link, no content
    notice = to_client.wait(1)[0]  # a lease that was cut off ends first
    assert opened["entry"]["id"] not in notice.raw.decode()
    assert notice.link().startswith(ORIGIN + "/t/")
    assert str(notice["Auto-Submitted"]) == "auto-generated"
    assert str(notice["X-Auto-Response-Suppress"]) == "All"
    assert notice.envelope_sender.startswith("b-")
    assert notice.reply_to.startswith("r-")
    assert notice.envelope_sender[2:] != notice.reply_to[2:]
    assert notice["From"].addresses[0].addr_spec == "portal@practice.example"
    assert notice["To"].addresses[0].addr_spec == CLIENT
    assert EMERGENCY not in notice.text()
    assert "Number" not in notice.text(), "somebody's name"

    # 4: the client answers the mail, quoting it
    quoted = "\n".join("> " + line for line in notice.text().splitlines())
    mail.send(CLIENT, notice.reply_to, answer_to(
        notice, CLIENT, f"{replied}\n\n{quoted}"))

    # 5: one prompt; the thread says so; the provider hears of it
    prompt = to_client.wait(2)[1]
    assert prompt.envelope_sender == ""
    assert str(prompt["Auto-Submitted"]) == "auto-replied"
    assert prompt["To"].addresses[0].addr_spec == CLIENT
    assert EMERGENCY in " ".join(prompt.text().split())
    assert prompt.link().startswith(ORIGIN + "/t/")
    told = to_provider.wait(1)[0]
    assert told.link().startswith(ORIGIN + "/t/")
    assert provider.events(thread) == ["answered-by-mail"]
    assert provider.messages(thread) == [said]

    # 6: the client signs in, reads, answers; the provider's count moves
    client = practice.session("client1")
    head = client.get(f"/v1/threads/{thread}")
    assert head["unread"] >= 1
    assert client.messages(thread) == [said]
    last = client.entries(thread)[-1]["seq"]
    assert client.mark_read(thread, last) == {"unread": 0}
    assert client.unread() == 0
    provider.mark_read(thread, last)
    assert provider.unread() == 0
    client.write(thread, written)
    assert provider.unread() == 1
    assert provider.messages(thread) == [said, written]
    to_provider.wait(2)

    # and nothing more: one prompt, no content anywhere
    wait_for(lambda: {r["state"] for r in practice.queue()} == {"sent"}, 60,
             practice.queue)
    mail.wait_empty()
    assert len(to_client) == 2 and len(to_provider) == 2
    secrets = (said, replied, written)
    for box in mail.maildirs().values():
        for one in box.mails():
            assert search(one.raw, secrets) == []
    assert search(practice.logs().encode(), secrets) == []
    practice.stop()
    for file in practice.store_dir.rglob("*"):
        if file.is_file():
            assert search(file.read_bytes(), secrets) == [], file
    practice.start()


def test_everyone_sees_only_their_own(practice):
    provider2, client1 = practice.session("provider2"), practice.session(
        "client1")
    thread = client1.get("/v1/threads")["items"][0]["id"]
    absent = "a" * 26
    for method, tail, body in (
            ("GET", "", None), ("GET", "/entries", None),
            ("POST", "/entries", {"body": "hello"}),
            ("PUT", "/read", {"up_to": 1})):
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        theirs = provider2.call(method, f"/v1/threads/{thread}{tail}", body,
                                headers).problem(404)
        nobodys = provider2.call(method, f"/v1/threads/{absent}{tail}", body,
                                 headers).problem(404)
        assert theirs.raw == nobodys.raw


def test_size_and_shape_do_not_tell(practice, mail):
    """One word and thirty kilobytes make the same mail."""
    client, box = practice.session("client2"), mail.maildir(
        "provider2@providers.example")
    contact = client.contact("provider2")
    before = len(box)
    client.write_to(contact["id"], "a")
    client.write_to(contact["id"], "b" * 30000)
    one, other = box.wait(before + 2)[-2:]
    assert one["Subject"] == other["Subject"]
    assert one["From"] == other["From"]
    assert abs(len(one.raw) - len(other.raw)) <= 4, "the queue id's length"
    assert [p.get_content_type() for p in one.message.walk()] == [
        p.get_content_type() for p in other.message.walk()]


def test_mail_is_fit_for_the_wire(practice, mail):
    for box in mail.maildirs().values():
        for one in box.mails():
            assert one.message.get_content_type() == "multipart/alternative"
            kinds = [p.get_content_type() for p in one.message.walk()][1:]
            assert kinds == ["text/plain", "text/html"]
            assert max(one.raw) < 128
            assert b"\0" not in one.raw
            assert not one.message.defects
            assert "replies to this e-mail" in " ".join(
                one.text().lower().split()) or "auto-replied" in str(
                    one["Auto-Submitted"])


def test_second_message_joins_the_thread(practice, mail):
    provider = practice.session("provider2")
    contact = provider.contact("client2")
    first = provider.write_to(contact["id"], "one")
    second = provider.write_to(contact["id"], "two")
    assert first["thread"] == second["thread"]
    assert second["entry"]["seq"] == first["entry"]["seq"] + 1


def test_idempotent_across_kill(practice):
    """The same key gives the same answer, also after a kill -9."""
    provider = practice.session("provider1")
    thread = provider.get("/v1/threads")["items"][0]["id"]
    key = uuid.uuid4().hex
    first = provider.write(thread, "once", key)
    practice.posternd.kill()
    practice.start_posternd()
    provider = practice.session("provider1")
    assert provider.write(thread, "once", key) == first
    assert provider.messages(thread).count("once") == 1


@pytest.mark.parametrize("rounds", [20])
def test_201_survives_kill(practice, rounds):
    """Every acknowledged message is there after kill -9, in order."""
    provider = practice.session("provider1")
    thread = provider.get("/v1/threads")["items"][0]["id"]
    acknowledged = []
    for i in range(rounds):
        text = f"round {i} {uuid.uuid4().hex}"
        provider.write(thread, text)
        acknowledged.append(text)
        if i % 4 == 3:
            practice.posternd.kill()
            practice.start_posternd()
            provider = practice.session("provider1")
    assert provider.messages(thread)[-rounds:] == acknowledged
    # what was leased as posternd was killed is sent when the lease is over
    practice.advance(300)
    wait_for(lambda: {r["state"] for r in practice.queue()} == {"sent"}, 120,
             practice.queue)
