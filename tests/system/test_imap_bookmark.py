# SPDX-License-Identifier: Apache-2.0
"""Which mails of a mailbox the bridge has decided on: none is passed over,
none judged twice, whatever becomes of the server's numbers or of the disk."""

import pytest
from client import wait_for
from imapwatch import FOREIGN, other  # noqa: F401


def test_search_is_never_for_what_is_done(other):
    """n:* names the last old mail, should there be no new one."""
    watch = other(idle="1s")
    for _ in range(3):
        watch.server.put(FOREIGN)
    watch.start()
    watch.wait_state("connected")
    watch.wait_count("search", 3)
    assert set(watch.server.searched) == {b"4:*"}
    assert watch.server.count("fetch") == 0 and watch.judged() == 0
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    wait_for(lambda: watch.server.searched[-2:] == [b"5:*"] * 2)
    watch.wait_count("search", watch.server.count("search") + 1)
    assert watch.judged() == 1


def test_far_behind(other):
    """A gap of millions is closed in spans that fit into an answer."""
    watch = other()
    watch.start()
    watch.wait_state("connected")
    watch.server.stop()
    watch.server.put(FOREIGN)
    watch.server.next += 20000
    watch.server.put(FOREIGN)
    watch.server.start()
    watch.wait_judged(2)
    spans = [s.split(b":") for s in watch.server.searched]
    assert max(int(b) - int(a) for a, b in spans if b != b"*") < 4096
    watch.wait_state("connected")


@pytest.mark.parametrize("change", ["validity", "set-back"])
def test_numbered_anew(other, change):
    """Where numbers no longer mean what they did, only what is new counts;
    and that is said."""
    watch = other(timeout="30s")
    watch.server.next = 100
    watch.start()
    watch.wait_state("connected")
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    watch.server.stop()
    watch.server.mails = {1: FOREIGN, 2: FOREIGN}
    watch.server.next = 3 if change == "set-back" else 200
    watch.server.validity += change == "validity"
    watch.server.start()
    wait_for(lambda: "numbered its mails anew" in watch.place.bridge.log(), 60)
    new = watch.server.put(FOREIGN)
    watch.wait_judged(2)
    assert watch.server.fetched == [100, new] and watch.judged() == 2


@pytest.mark.parametrize("text", [
    b"", b"1 7 2", b"nonsense\n", b"1 7 1 00000000000000000000000000000000\n",
    b"\x00" * 100, b"1" * 20000], ids=range(6))
def test_damaged_bookmark(other, text):
    """It is not believed, and not in the way."""
    watch = other(timeout="30s")
    for _ in range(3):
        watch.server.put(FOREIGN)
    (watch.dir / "state/mailbox").write_bytes(text)
    watch.start()
    watch.wait_state("connected")
    assert "bookmark is damaged" in watch.place.bridge.log()
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    file = watch.dir / "state/mailbox"
    wait_for(lambda: file.read_text().startswith("1 7 5 "),
             message=file.read_text)
    assert watch.server.fetched == [4] and watch.judged() == 1
    assert file.stat().st_mode & 0o777 == 0o600


def test_nothing_is_lost_over_a_kill(other):
    """kill -9, and mails before, meanwhile and after: each is judged."""
    watch = other(timeout="30s").start()
    watch.wait_state("connected")
    watch.server.put(FOREIGN)
    watch.wait_judged(1)
    watch.place.bridge.kill()
    watch.server.put(FOREIGN)
    watch.place.start_bridge()
    watch.wait_judged(2)
    watch.server.put(FOREIGN)
    wait_for(lambda: 3 in watch.server.fetched
             and watch.judged() == len(watch.server.fetched), 60,
             lambda: f"{watch.server.fetched}, {watch.judged()} judged")
    # the first may have been judged, and not yet been noted, at that moment
    assert watch.server.fetched in ([1, 2, 3], [1, 1, 2, 3])


def test_unreadable_bookmark(other):
    """A disk that fails is no reason to pass over mails."""
    watch = other().start()
    watch.wait_state("connected")
    watch.place.bridge.kill()
    watch.server.put(FOREIGN)
    file, aside = watch.dir / "state/mailbox", watch.dir / "aside"
    file.rename(aside)
    file.symlink_to(file)
    watch.place.start_bridge()
    watch.wait_state("trouble", "state")
    assert watch.server.count("fetch") == 0
    # at no moment is there none
    aside.rename(file)
    watch.wait_judged(1)
    watch.wait_state("connected")


def test_unwritable_bookmark(other):
    """It says so, goes on once it can be written, and has it written then."""
    watch = other(timeout="30s").start()
    watch.wait_state("connected")
    file = watch.dir / "state/mailbox"
    file.unlink()
    file.mkdir()
    watch.server.put(FOREIGN)
    watch.wait_state("trouble", "state")
    file.rmdir()
    watch.wait_state("connected")
    wait_for(file.is_file)
    watch.place.bridge.kill()
    watch.server.put(FOREIGN)
    watch.place.start_bridge()
    watch.wait_judged(2)
    assert watch.server.fetched == [1, 2] and watch.judged() == 2
