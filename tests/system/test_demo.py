# SPDX-License-Identifier: Apache-2.0
"""script/demo, as somebody uses it who has never seen Postern: what it
prints lets them in, and Ctrl-C leaves nothing behind. (Its tour checks
itself.)"""

import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import types

import pytest
from client import Browser, wait_for
from postern import SOURCE, build_dir
from web import WebClient

SUDO_UID = pwd.getpwnam("bin").pw_uid
ROW = re.compile(r"    (\w+) +([^,\n]+)(?:, code (\d{6}))?")


class Demo:
    """One that runs, and what it has printed."""

    def __init__(self, output, *arguments, stdin=subprocess.PIPE, **more):
        self.output = pathlib.Path(output)
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, SOURCE / "script/demo.py", *arguments],
                stdin=stdin, stdout=out, stderr=out, cwd="/",
                env={**os.environ, "POSTERN_BUILDDIR": str(build_dir()),
                     "POSTERN_SRCDIR": str(SOURCE), **more})

    def text(self):
        return self.output.read_text()

    def wait(self, what, seconds=180):
        """Until it has printed that."""
        assert wait_for(lambda: what in self.text()
                        or self.process.poll() is not None,
                        seconds, self.text)
        assert what in self.text(), self.text()
        return self

    @property
    def dir(self):
        return pathlib.Path(re.search(r"\n    cd (.*)", self.text()).group(1))

    def commands(self):
        """What it says to type, for bash."""
        begin = self.text().index("\n    cd ")
        return self.text()[begin:].partition("\n\nThere,")[0]

    def accounts(self):
        """{login name: (name, code or None)}, as printed last."""
        last = self.text().rpartition("a client ")[2]
        return {m[1]: (m[2], m[3]) for m in ROW.finditer(
            last.partition("They sign in")[0])}

    def printed(self):
        """How often it has said who signs in."""
        return self.text().count("They sign in")

    def press_enter(self):
        before = self.printed()
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        wait_for(lambda: self.printed() > before)

    def browser(self, login):
        """Somebody who types what stands there, and no code that has stood
        there for long."""
        if self.accounts()[login][1]:
            self.press_enter()
        port = int(re.search(r"https://localhost:(\d+)/", self.text())[1])
        origin = f"https://localhost:{port}"
        browser = Browser(WebClient(types.SimpleNamespace(
            name="localhost", port=port, url=origin,
            ca_file=self.dir / "nginx/tls/ca.pem")), origin)
        passphrase = re.search(r"the passphrase: (.*)", self.text()).group(1)
        opened = browser.sign_in(login, passphrase)
        name, code = self.accounts()[login]
        if opened["state"] == "second-factor":
            opened = browser.call("POST", "/v1/sessions/current/factor",
                                  {"code": code}).expect(201).json
        assert opened["participant"]["name"] == name
        return browser

    def processes(self):
        """The command lines of all that runs for it."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes()
            except OSError:
                continue
            if os.fsencode(self.dir) in line:
                found.append(line)
        return found

    def interrupt(self):
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(30) == 0, self.text()


@pytest.fixture(scope="module")
def demos(directory):
    """Two at once. The second by sudo, in a directory that was named, with
    nobody at the keyboard."""
    kept = directory / "kept"
    started = [Demo(directory / "one", SUDO_UID="0"),
               Demo(directory / "two", "--dir", kept,
                    stdin=subprocess.DEVNULL, SUDO_UID=str(SUDO_UID))]
    try:
        for demo in started:
            demo.wait("To answer it by mail")
        assert started[1].dir == kept
        yield started
    finally:
        for demo in started:
            if demo.process.poll() is None:
                demo.process.terminate()
                demo.process.wait()


@pytest.fixture(name="demo")
def first(demos):
    return demos[0]


def test_what_is_printed_lets_everybody_in(demo):
    assert set(demo.accounts()) == {"becker", "osei", "ruiz", "moreno",
                                    "hale"}
    for login, role in (("becker", "client"), ("osei", "client"),
                        ("moreno", "provider"), ("hale", "staff")):
        assert demo.browser(login).participant["role"] == role


def test_the_page_is_there_and_its_menu_leads_somewhere(demo):
    browser = demo.browser("ruiz")
    for path in ("/messages", "/people"):
        assert b"/js/main.js" in browser.call("GET", path).expect(200).raw
    settings = browser.get("/v1/settings")
    assert browser.get("/practice.json") == settings
    assert settings["practice"]["phone"] and settings["emergency"]["es"]
    for language, labels in (("en", ["Dashboard", "Appointments"]),
                             ("es", ["Inicio", "Citas"])):
        menu = [e for e in settings["menu"] if e["language"] == language]
        assert [e["label"] for e in menu] == labels
        for entry in menu:
            assert b"/messages" in browser.call(
                "GET", entry["url"]).expect(200).raw
    # or plain http://localhost were out of reach afterwards
    assert "Strict-Transport-Security" not in browser.call(
        "GET", "/").headers


def test_there_is_something_to_see(demo):
    ann = demo.browser("becker")
    contacts = {c["name"]: c for c in ann.get("/v1/contacts")["items"]}
    assert {name: c["current"] for name, c in contacts.items()} == {
        "Dr. Ada Moreno": True, "Nils Lindqvist": True, "Priya Nair": False}
    unread = {name: c["thread"]["unread"] for name, c in contacts.items()
              if c["thread"]}
    assert unread == {"Dr. Ada Moreno": 0, "Nils Lindqvist": 1,
                      "Priya Nair": 0}
    kofi = demo.browser("osei")
    thread = kofi.contact("Dr. Ada Moreno")["thread"]["id"]
    assert "answered-by-mail" in kofi.events(thread)
    assert len(kofi.messages(thread)) == 2
    # of what was done for her, curl's session is left
    assert [s["via"] for s in ann.get("/v1/sessions")["items"]
            if s["via"] != "web.sock"] == ["portal"]


def test_a_mails_link_leads_to_its_thread(demo):
    token = re.search(r"https://localhost:\d+/t/(\S+)", demo.text())[1]
    ann = demo.browser("becker")
    thread = ann.contact("Nils Lindqvist")["thread"]["id"]
    assert ann.get(f"/v1/links/{token}") == {"kind": "thread",
                                             "thread": thread}


def test_enter_prints_the_codes_anew(demo):
    before = demo.printed()
    demo.press_enter()
    assert demo.printed() == before + 1


def test_the_commands_do_what_they_say(demo):
    done = subprocess.run(["bash", "-euc", demo.commands()],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("posternd ")
    assert '"Ann Becker"' in done.stdout and '"thread"' in done.stdout
    wait_for(lambda: demo.text().count("mail for Ann Becker") == 2, 60,
             demo.text)
    answer = re.search(r"(?ms)^        (printf .*?127\.0\.0\.1:\d+)$",
                       demo.text())[1]
    subprocess.run(["bash", "-euc", answer], check=True)
    demo.wait("Subject: Nobody has read your e-mail")


def test_they_do_so_for_whoever_used_sudo(demos):
    commands = demos[1].commands()
    assert re.search("(?m)^ *sudo /.*posternctl", commands)
    done = subprocess.run(
        ["setpriv", f"--reuid={SUDO_UID}", f"--regid={SUDO_UID}",
         "--clear-groups", "bash", "-euc", "sudo() { echo root: $1; }\n"
         + commands + "\nls; tail -n 1 practice/*.log"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("root: /")
    assert '"Ann Becker"' in done.stdout and '"thread"' in done.stdout
    assert "posternd: ready" in done.stdout


def test_ctrl_c_leaves_nothing(demos):
    one, two = demos
    ports = set(re.findall(r"https://localhost:(\d+)/",
                           one.text() + two.text()))
    assert len(ports) == 2
    assert one.processes() and two.processes()
    for demo in demos:
        demo.interrupt()
        # what a process has forked ends a moment after it
        wait_for(lambda: demo.processes() == [], 20, demo.processes)
    assert not one.dir.exists()
    assert (two.dir / "practice/postern.conf").exists()
