# SPDX-License-Identifier: Apache-2.0
"""A real nginx on loopback, in a directory of its own, with the example that
is shipped (systemd/nginx-postern.conf).

It runs from Debian's unpacked package (script/bootstrap unpack) as Debian
sets it up: master as root, workers as www-data, its table of types, its
settings around the site. The site is the built file with what an
administrator changes, and the places a test needs; each of these changes
must find what it is for.
"""

import pathlib
import shutil
import socket
import subprocess
import time

from machine import free_port, make_certificates, unpacked
from postern import SOURCE, build_dir
from server import Server

NAME = "portal.practice.example"

# Debian's nginx.conf, as far as it matters to a site; logs say more
NGINX_CONF = """\
user www-data;
worker_processes 2;
daemon off;
pid {dir}/pid;
error_log {dir}/log/error.log info;
events {{
	worker_connections 768;
}}
http {{
	sendfile on;
	tcp_nopush on;
	types_hash_max_size 2048;
	include {common}/etc/nginx/mime.types;
	default_type application/octet-stream;
	ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
	ssl_prefer_server_ciphers on;
	access_log {dir}/log/access.log;
	gzip on;
	client_body_temp_path {dir}/spool/body;
	proxy_temp_path {dir}/spool/proxy;
	fastcgi_temp_path {dir}/spool/fastcgi;
	uwsgi_temp_path {dir}/spool/uwsgi;
	scgi_temp_path {dir}/spool/scgi;
	include {dir}/site.conf;
}}
"""


def shipped():
    """The example as it was built."""
    return (build_dir() / "systemd/nginx-postern.conf").read_text()


def edit(text, changes):
    """TEXT with all (OLD, NEW) applied; each OLD must be there."""
    for old, new in changes:
        assert old in text, f"nothing to change: {old}"
        text = text.replace(old, new)
    return text


class Nginx(Server):
    """Start with start(), end with stop(); both may be repeated.

    UPSTREAM: the path of web.sock. PORTAL: the directory of static files; a
    copy is served, as workers cannot look into everybody's home. CHANGES:
    more (OLD, NEW) to make in the site.
    """

    def __init__(self, directory, upstream, portal=SOURCE / "portal",
                 changes=(), name=NAME):
        self.dir = pathlib.Path(directory)
        self.name = name
        self.port, self.http_port = free_port(), free_port()
        self.url = f"https://{name}:{self.port}"
        self.ca_file = self.dir / "tls/ca.pem"
        self.log_dir = self.dir / "log"
        self.spool_dir = self.dir / "spool"
        self.portal_dir = self.dir / "portal"
        # where posternd keeps what the outage page says
        self.run_dir = self.dir / "postern-portal"
        self.dir.mkdir(parents=True)
        self.dir.chmod(0o711)
        for path in (self.log_dir, self.spool_dir, self.run_dir):
            path.mkdir()
            path.chmod(0o755)
        make_certificates(self.dir / "tls", name, "localhost")
        shutil.copytree(portal, self.portal_dir)
        for path in (self.portal_dir, *self.portal_dir.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (self.dir / "nginx.conf").write_text(NGINX_CONF.format(
            dir=self.dir, common=unpacked("nginx-common")))
        self.site = edit(shipped(), [*self._places(upstream), *changes])
        (self.dir / "site.conf").write_text(self.site)

    def _places(self, upstream):
        root, = (line for line in shipped().splitlines()
                 if line.endswith("/portal;"))
        return [
            ("listen 80;", f"listen 127.0.0.1:{self.http_port};"),
            ("\tlisten [::]:80;\n", ""),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("\tlisten [::]:443 ssl http2;\n", ""),
            ("server_name portal.example.org;", f"server_name {self.name};"),
            ("/etc/ssl/certs/portal.example.org.pem",
             f"{self.dir}/tls/server.pem"),
            ("/etc/ssl/private/portal.example.org.key",
             f"{self.dir}/tls/server.key"),
            ("unix:/run/postern/web.sock", f"unix:{upstream}"),
            (root, f"\troot {self.portal_dir};"),
            ("root /run/postern-portal;", f"root {self.run_dir};"),
            ("/var/log/nginx/postern.log", f"{self.log_dir}/postern.log"),
        ]

    def start(self):
        if self._process:
            return self
        with open(self.log_dir / "stderr", "ab") as log:
            self._process = subprocess.Popen(
                [unpacked("nginx") / "usr/sbin/nginx", "-p", self.dir,
                 "-c", self.dir / "nginx.conf", "-e",
                 self.log_dir / "error.log"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                start_new_session=True)
        end = time.monotonic() + 60
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"nginx: {self.logs()}")
            time.sleep(0.02)
        return self

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def _listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def logs(self):
        """All that was said anywhere."""
        return "".join(f.read_text(errors="replace")
                       for f in sorted(self.log_dir.iterdir()))
