# SPDX-License-Identifier: Apache-2.0
"""postern-deliver against a door that says what it is told to: what it sends
and, above all, how it exits."""

import signal
import socket
import subprocess
import threading

import postern
import pytest
from client import wait_for

MAIL = b"Subject: Re: hello\n\nI am writing.\n.\n..two\n"
TO = "r-token@reply.practice.example"


class Door:
    """Answers each line by its first word; notes what it was told. PLACE: a
    path; None: a port of loopback."""

    def __init__(self, place, **answers):
        self.answers = {"greet": "220 door", "LHLO": "250-door\r\n250 SIZE 1",
                        "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go",
                        "end": "250 ok", **answers}
        self.commands, self.mail = [], None
        if place is None:
            self.listener = socket.create_server(("127.0.0.1", 0))
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(place))
            self.listener.listen()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def ended(self):
        """Itself, once the one connection it takes is no more."""
        self.thread.join(30)
        assert not self.thread.is_alive()
        return self

    def _serve(self):
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rwb", 0) as file:
            try:
                self._talk(file)
            except OSError:
                pass

    def _say(self, file, name):
        answer = self.answers[name]
        if answer is None:
            raise OSError
        file.write(answer.encode() + b"\r\n")

    def _talk(self, file):
        self._say(file, "greet")
        for line in file:
            self.commands.append(line.decode().removesuffix("\r\n"))
            verb = self.commands[-1].split(" ")[0]
            self._say(file, verb)
            if verb == "DATA" and self.answers["DATA"].startswith("354"):
                mail = b""
                for text in file:
                    if text == b".\r\n":
                        self.mail = mail
                        for _ in range(sum(c.startswith("RCPT")
                                           for c in self.commands)):
                            self._say(file, "end")
                        break
                    mail += text


def deliver(place, *arguments, mail=MAIL, environment=None):
    return subprocess.run(
        [postern.program("postern-deliver"), "--socket", str(place),
         *arguments], input=mail, capture_output=True, timeout=30,
        check=False, env={"PATH": "/usr/bin", **(environment or {})})


@pytest.fixture
def place(tmp_path):
    return tmp_path / "door"


def test_envelope_and_mail(place):
    door = Door(place)
    done = deliver(place, "-f", "client@far.example", TO)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert door.commands == [
        "LHLO localhost", "MAIL FROM:<client@far.example>", f"RCPT TO:<{TO}>",
        "DATA"]
    assert door.mail == (b"Subject: Re: hello\r\n\r\nI am writing.\r\n"
                         b"..\r\n...two\r\n")


@pytest.mark.parametrize("mail, sent", [
    (b"From a@b Mon Nov 23 10:00:00 2026\nA: b\n\nx\n", b"A: b\r\n\r\nx\r\n"),
    (b"From: a@b\r\n\r\nx\r\n", b"From: a@b\r\n\r\nx\r\n"),
    (b"A: b\n\nno end", b"A: b\r\n\r\nno end\r\n"),
    (b"A: b\n\nbare\rcr\n.", b"A: b\r\n\r\nbare\rcr\r\n..\r\n"),
    (b"Fro", b"Fro\r\n"), (b".", b"..\r\n"),
    (b"A: b\n\n" + b".\n" * 100000, b"A: b\r\n\r\n" + b"..\r\n" * 100000),
], ids=["From line", "CR LF", "no last line end", "bare CR", "short", "dot",
        "dots"])
def test_lines(place, mail, sent):
    door = Door(place)
    assert deliver(place, "-f", "a@b.example", TO, mail=mail).returncode == 0
    assert door.mail == sent


def test_a_long_mail_is_cut(place):
    door = Door(place)
    mail = b"A: b\n\n" + b"x" * 76 + b"\n"
    mail += (b"y" * 76 + b"\n") * 100000
    assert deliver(place, "-f", "a@b.example", TO, mail=mail).returncode == 0
    assert 256 << 10 <= len(door.mail) < 280 << 10


@pytest.mark.parametrize("arguments, environment, sender, recipient", [
    (["-f", "<>", TO], {}, "", TO),
    (["--from=", TO], {"SENDER": "x@y.example"}, "", TO),
    (["-f", "MAILER-DAEMON", TO], {}, "", TO),
    ([TO], {"SENDER": "c@far.example"}, "c@far.example", TO),
    (["-f", "c@far.example"], {"ORIGINAL_RECIPIENT": TO, "RECIPIENT": "x"},
     "c@far.example", TO),
    ([], {"SENDER": "", "ORIG_RECIPIENT": TO, "RECIPIENT": "x"}, "", TO),
    ([], {"SENDER": "jürgen@far.example", "RECIPIENT": TO},
     "jürgen@far.example", TO),
])
def test_where_the_envelope_comes_from(place, arguments, environment, sender,
                                       recipient):
    door = Door(place)
    done = deliver(place, *arguments, environment=environment)
    assert done.returncode == 0, done.stderr
    assert door.commands[1:3] == [f"MAIL FROM:<{sender}>",
                                  f"RCPT TO:<{recipient}>"]


@pytest.mark.parametrize("answers", [
    {"greet": "421 busy"}, {"greet": None}, {"greet": "hello"},
    {"greet": "22"}, {"greet": "2200 door"}, {"greet": "220-" * 400},
    {"greet": "\r\n".join(["220-door"] * 200)},
    {"LHLO": "500 no"}, {"MAIL": "451 later"}, {"MAIL": "550 no"},
    {"RCPT": "451 later"}, {"RCPT": "550 no"}, {"RCPT": None},
    {"DATA": "451 later"}, {"DATA": "550 no"}, {"DATA": "250 what"},
    {"end": "451 later"}, {"end": "550 no"}, {"end": None},
    {"end": "999 what"}, {"end": ""},
], ids=str)
def test_any_doubt_is_75(place, answers):
    Door(place, **answers)
    done = deliver(place, "-f", "a@b.example", TO)
    assert done.returncode == 75, done
    assert done.stderr.startswith(b"postern-deliver: ")
    assert b"@" not in done.stderr


@pytest.mark.parametrize("arguments", [
    [], [TO], ["-f", "a@b.example"], ["-f", "a b", TO], ["-f", "a@b>\r\nX", TO],
    ["-f", "a@b.example", "a\r\nDATA"], ["-f", "a@b.example", ""],
    ["-f", "a@b.example", TO, "<x>"], ["-f", "a@b.example", "x" * 300],
    ["--nonsense", TO], ["-f", "a@b.example", *[TO] * 101],
], ids=str)
def test_wrong_use_is_75_too(place, arguments):
    """Another status would make the mail system send the mail back."""
    door = Door(place)
    done = deliver(place, *arguments)
    assert done.returncode == 75
    assert b"postern-deliver" in done.stderr
    # it has not even come
    assert door.thread.is_alive() and door.commands == []


def test_nobody_there(place):
    assert deliver(place, "-f", "a@b.example", TO).returncode == 75
    assert deliver("192.0.2.1:24", "-f", "a@b.example", TO).returncode == 75
    assert deliver("", "-f", "a@b.example", TO).returncode == 75


def test_no_mail(place):
    door = Door(place)
    assert deliver(place, "-f", "a@b.example", TO, mail=b"").returncode == 75
    assert door.ended().mail is None


@pytest.mark.parametrize("rcpt, status", [
    ("550 no", 67), ("451 later", 75), ("553 no", 75), (None, 75)])
def test_refused_only_when_asked_to_say_so(place, rcpt, status):
    door = Door(place, RCPT=rcpt)
    done = deliver(place, "--refuse", "-f", "a@b.example", TO)
    assert done.returncode == status
    assert "DATA" not in door.ended().commands


def test_refused_for_some_is_no_refusal(place, tmp_path):
    class Half(Door):
        def _say(self, file, name):
            if name == "RCPT":
                self.answers["RCPT"] = ("550 no" if "bad" in self.commands[-1]
                                        else "250 ok")
            super()._say(file, name)
    door = Half(place)
    done = deliver(place, "--refuse", "-f", "a@b.example", TO, "bad@x.example")
    assert done.returncode == 75
    assert door.ended().mail is None


def test_loopback():
    door = Door(None)
    port = door.listener.getsockname()[1]
    done = deliver(f"127.0.0.1:{port}", "-f", "a@b.example", TO)
    assert done.returncode == 0, done.stderr
    assert door.mail is not None


def test_ended_by_a_signal_is_75(place):
    """Of a mail that is not all there nothing is taken."""
    door = Door(place)
    with subprocess.Popen(
            [postern.program("postern-deliver"), "--socket", str(place), "-f",
             "a@b.example", TO], stdin=subprocess.PIPE) as program:
        program.stdin.write(MAIL)
        program.stdin.flush()
        wait_for(lambda: "DATA" in door.commands)
        program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 75
    assert door.ended().mail is None
