# SPDX-License-Identifier: Apache-2.0
"""A mail provider's OAuth endpoints on loopback: /token and /device over
HTTPS, and /introspect without TLS, by which a mail server learns whose an
access token is.

Each refresh token is good for once. What /token is asked stands in `asked`,
how often somebody has connected in `connections`; `answer` (status, bytes or
object, headers) is said instead, if set.
"""

import http.server
import json
import ssl
import threading
import time
import urllib.parse
import uuid

from machine import free_port

CLIENT, SECRET = "postern-client", "s3cret & more+words"
SCOPE = "https://mail.example/IMAP offline_access"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _reply(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            pass

    def do_POST(self):
        owner = self.server.owner
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
        with owner.lock:
            owner.asked.append((self.path, form))
            if owner.answer:
                reply = owner.answer
            elif self.path == "/device":
                reply = owner.device(form)
            else:
                reply = owner.token(form)
        self._reply(*reply)

    def do_GET(self):
        query = urllib.parse.urlsplit(self.path).query
        user = self.server.owner.access.get(
            dict(urllib.parse.parse_qsl(query))["t"])
        self._reply(200, {"active": True, "email": user, "expires_in": 600}
                    if user else {"active": False})


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def get_request(self):
        self.owner.connections += 1
        return super().get_request()


class Provider:
    """start(), stop(); port (HTTPS), introspection (a URL).

    CERTIFICATE: (certificate file, key file) for localhost."""

    def __init__(self, certificate, user):
        self.user = user
        self.certificate = certificate
        self.lock = threading.Lock()
        self.answer = None
        self.life = 3600
        self.refresh_life = None
        self.access, self.refresh, self.codes = {}, set(), {}
        self.asked, self.polls_too_fast, self.last_poll = [], 0, 0
        self.connections = 0
        self.port = free_port()
        self._servers = []
        self._plain = _Server(("127.0.0.1", 0), _Handler)
        self._plain.owner = self
        self._run(self._plain)
        self.introspection = (
            f"http://127.0.0.1:{self._plain.server_address[1]}/introspect?t=")

    @staticmethod
    def _run(server):
        threading.Thread(target=server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def start(self):
        server = _Server(("127.0.0.1", self.port), _Handler)
        server.owner = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False)
        self._servers.append(server)
        self._run(server)
        return self

    def stop(self):
        while self._servers:
            server = self._servers.pop()
            server.shutdown()
            server.server_close()

    def close(self):
        self.stop()
        self._plain.shutdown()
        self._plain.server_close()

    def settings(self, **more):
        base = f"https://localhost:{self.port}"
        return {"login": "oauth", "client_id": CLIENT, "scope": SCOPE,
                "token_endpoint": f"{base}/token",
                "device_endpoint": f"{base}/device", **more}

    # ---- what it does -------------------------------------------------------
    def device(self, form):
        if form.get("client_id") != CLIENT or form.get("scope") != SCOPE:
            return 400, {"error": "invalid_request"}
        device, user = uuid.uuid4().hex, uuid.uuid4().hex[:8].upper()
        self.codes[device] = {"user": user, "said": None}
        return 200, {"device_code": device, "user_code": user,
                     "verification_uri": "https://login.example/device",
                     "expires_in": 600, "interval": 1}

    def token(self, form):
        grant = form.get("grant_type")
        if form.get("client_id") != CLIENT:
            return 401, {"error": "invalid_client"}
        if grant == "client_credentials":
            if form.get("client_secret") != SECRET:
                return 401, {"error": "invalid_client"}
            return self._grant(refresh=False)
        if grant == "refresh_token":
            if form.get("refresh_token") not in self.refresh:
                return 400, {"error": "invalid_grant"}
            self.refresh.discard(form["refresh_token"])
            return self._grant()
        code = self.codes.get(form.get("device_code"))
        if grant != "urn:ietf:params:oauth:grant-type:device_code" or not code:
            return 400, {"error": "invalid_grant"}
        self.polls_too_fast += time.monotonic() - self.last_poll < 0.9
        self.last_poll = time.monotonic()
        if code["said"] is None:
            return 400, {"error": "authorization_pending"}
        return self._grant() if code["said"] else (
            400, {"error": "access_denied"})

    def _grant(self, refresh=True):
        token = uuid.uuid4().hex * 40
        self.access[token] = self.user
        answer = {"access_token": token, "token_type": "bearer",
                  "expires_in": self.life}
        if refresh:
            answer["refresh_token"] = uuid.uuid4().hex * 20
            self.refresh.add(answer["refresh_token"])
        if refresh and self.refresh_life:
            answer["refresh_token_expires_in"] = self.refresh_life
        return 200, answer

    def say(self, user_code, yes):
        """Somebody enters the code, and agrees or not."""
        with self.lock:
            code, = [c for c in self.codes.values() if c["user"] == user_code]
            code["said"] = yes

    def revoke(self):
        with self.lock:
            self.refresh.clear()
            self.access.clear()
