# SPDX-License-Identifier: Apache-2.0
"""A practice as its people meet it: posternd behind nginx, with the portal,
and accounts that were opened as everybody opens theirs."""

import pathlib

import postern
from accounts import Accounts
from client import Browser
from nginx import Nginx
from web import WebClient


class Portal(Accounts):
    """RELAY, SETTINGS: as for a Practice; SITE: as for an Nginx. Start with
    start(), end with stop() or kill()."""

    def __init__(self, directory, relay=None, settings=None, site=None,
                 **more):
        directory = pathlib.Path(directory)
        run_dir = directory / "practice/run"
        self.nginx = Nginx(directory / "nginx", run_dir / "web.sock",
                           **(site or {}))
        self.url = self.nginx.url
        super().__init__(postern.Practice(directory / "practice", relay or {
            "host": "127.0.0.1", "port": 9, "tls": "none", "timeout": "5s"}, {
                "portal.link": self.url + "/t/{id}", **(settings or {})},
            **more), self.url)
        self.practice.init()

    def start(self, bridge=False):
        self.write_words()
        self.practice.start(bridge)
        self.nginx.start()
        return self

    def write_words(self):
        """As postern-portal-words.service does."""
        ctl = postern.Program("posternctl", [], self.practice.dir / "log")
        done = ctl.run("portal-words", "--config", self.practice.config,
                       "--output", self.nginx.run_dir / "practice.json")
        assert done.returncode == 0, done.stderr

    def visitor(self):
        """A browser at the portal's door, without a screen."""
        return Browser(WebClient(self.nginx), self.url)

    def stop(self):
        self.nginx.stop()
        self.practice.stop()

    def kill(self):
        self.nginx.stop()
        self.practice.kill()
