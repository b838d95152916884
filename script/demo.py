# SPDX-License-Identifier: Apache-2.0
"""The demo; see script/demo. lakeside.py is what runs, tour.py the tour."""

import argparse
import os
import pathlib
import select
import shlex
import signal
import sys
import time

from lakeside import ACCOUNTS, PEOPLE, PRACTICE, Lakeside, owner

import postern
from accounts import PASSPHRASE, STEP
from tour import Tour, say, show_mail

PAGES = {"client": ("a client", "/messages"),
         "provider": ("a provider", "/messages"),
         "staff": ("staff", "/people")}
CURL = ("becker", "moreno")
KEEP_ALIVE = 300  # seconds; a session ends when it is not used


class Demo:
    """To play with, until Ctrl-C."""

    def __init__(self, place):
        self.place = place
        self.practice = place.practice
        self.shown = {name: len(box) for name, box in place.boxes.items()}
        self.shown["becker"] -= 1  # something to begin with
        self.socket = self.practice.run_dir / "portal.sock"
        self.socket.chmod(0o666)  # posternd looks at who connects
        self.sessions = {name: place.own_session(name) for name in CURL}
        self._kept = time.monotonic()
        self._input = True

    def run(self):
        self.write_curl_files()
        self.explain_portal()
        self.explain_rest()
        try:
            while True:
                self.show_new_mails()
                self.look_after()
                if self.enter_pressed(0.3):
                    self.show_accounts()
        except KeyboardInterrupt:
            say("\nStopping.")

    # ---- what is said ------------------------------------------------------
    def explain_portal(self):
        say(f"{PRACTICE} is open, on this machine only:\n")
        self.show_accounts()
        say("""\
Each code is good once, for half a minute at least; press Enter for the next
ones. The browser warns once: it does not know who signed the certificate, as
that was made a moment ago, for this demo alone. A browser is one person's at
a time; for a second person, open a private window.
""")

    def show_accounts(self):
        """Where to go, and what to sign in with, this very moment: no code
        that an account was opened with."""
        step = int(time.time()) // STEP

        def code(authenticator):
            return authenticator.at(max(step, authenticator.last + 1))

        for role, (label, page) in PAGES.items():
            say(f"{label:12} {self.place.portal.url}{page}")
            for name in ACCOUNTS:
                one = PEOPLE[name]
                authenticator = self.place.account(name).authenticator
                if one.role == role:
                    say(f"    {name:8} {one.name}" + (
                        f", code {code(authenticator)}" if authenticator
                        else ", in Spanish" if one.more.get("language")
                        else ""))
        say(f"""
They sign in with the name on the left and the passphrase: {PASSPHRASE}
""")

    def explain_rest(self):
        where = shlex.quote(str(self.place.dir))
        ctl = shlex.quote(str(postern.program("posternctl")))
        becker = self.sessions["becker"].id
        # admin.sock is root's
        sudo = "sudo " if owner() else ""
        say(f"""\
The practice's administrator, and a portal of one's own (docs/openapi.yaml),
in another terminal:

    cd {where}
    {sudo}{ctl} --config practice/postern.conf status
    curl -K moreno.curl http://portal/v1/contacts
    curl -K moreno.curl -H "Idempotency-Key: $RANDOM$RANDOM" \\
        -d '{{"to":"{becker}","body":"See you on Monday."}}' \\
        http://portal/v1/threads

There, practice/*.log is what the programs say. Mails show below as they
arrive; their links open the portal. Ctrl-C stops all of it.
""")

    def show_new_mails(self):
        for name, box in self.place.boxes.items():
            for mail in box.mails()[self.shown[name]:]:
                self.shown[name] += 1
                one = PEOPLE[name]
                say(f"{time.strftime('%H:%M:%S')}  mail for {one.name}")
                show_mail(mail)
                if mail["Reply-To"]:
                    say(f"""\
To answer it by mail:
    printf 'From: {one.address}\\nSubject: Re\\n\\nI will be late.\\n' |
        curl -s -T - --mail-from {one.address} \\
        --mail-rcpt {mail.reply_to} \\
        smtp://127.0.0.1:{self.place.mail.outside_port}
""", 4)

    # ---- what is done -------------------------------------------------------
    def write_curl_files(self):
        """DIR/NAME.curl: curl's options for acting as somebody."""
        for name, session in self.sessions.items():
            file = self.place.dir / f"{name}.curl"
            file.touch(mode=0o600)
            file.write_text(f'unix-socket = "{self.socket}"\n'
                            f'header = "Authorization: Bearer {session.token}"'
                            '\nheader = "Content-Type: application/json"\n'
                            'silent\nshow-error\nwrite-out = "\\n"\n')
            if owner():
                os.chown(file, owner(), -1)

    def look_after(self):
        for program in (self.practice.posternd, self.practice.bridge):
            if not program.running():
                raise RuntimeError(f"{program.name} ended: {program.log()}")
        if time.monotonic() > self._kept + KEEP_ALIVE:
            self._kept = time.monotonic()
            for session in self.sessions.values():
                session.call("PUT", "/v1/sessions/current", {})

    def enter_pressed(self, seconds):
        """Waits that long for it."""
        if not self._input:
            time.sleep(seconds)
            return False
        if not select.select([sys.stdin], [], [], seconds)[0]:
            return False
        try:
            self._input = os.read(sys.stdin.fileno(), 4096) != b""
        except OSError:  # in the background, the keyboard is somebody else's
            time.sleep(seconds)
            return False
        return self._input


def on_signals(handler):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def show(place, tour):
    say("Starting the mail server, the web server, posternd and "
        "postern-bridge ...")
    place.start()
    if tour:
        say()
        return Tour(place).run()
    say("Some people open their accounts, and write to each other ...\n")
    place.open_accounts()
    place.live()
    Demo(place).run()
    return 0


def main():
    parser = argparse.ArgumentParser(prog="script/demo", add_help=False)
    parser.add_argument("--tour", action="store_true")
    parser.add_argument("--dir", type=pathlib.Path)
    arguments = parser.parse_args()
    on_signals(signal.default_int_handler)
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    if arguments.dir:
        arguments.dir.mkdir(parents=True)  # never into somebody's directory
        directory = arguments.dir.resolve()
    else:
        directory = postern.new_directory("postern-demo-")
    place = Lakeside(directory)
    try:
        return show(place, arguments.tour)
    except KeyboardInterrupt:
        return 130
    finally:
        on_signals(signal.SIG_IGN)
        place.stop()
        if arguments.dir:
            say(f"Everything is still in {directory}.")
        else:
            postern.remove(directory)


if __name__ == "__main__":
    sys.exit(main())
