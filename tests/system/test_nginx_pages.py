# SPDX-License-Identifier: Apache-2.0
"""The shipped nginx example: the portal's files, their headers, TLS."""

import gzip
import re
import ssl

import pytest
from machine import run
from nginx import Nginx, edit, shipped
from postern import SOURCE
from standin import FILES, INDEX
from web import Https, ask, ask2, raw

TOKEN = "kvjz5bsw3nhq2yd6mxgu4rct7a"
SECURITY = {
    "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
# what every web server says
PLAIN = {"Server", "Date", "Content-Type", "Content-Length", "Connection",
         "Last-Modified", "ETag", "Accept-Ranges", "Expires",
         "Cache-Control", "Content-Encoding", "Transfer-Encoding", "Allow",
         "Vary"}
DENIED = {"camera", "microphone", "geolocation", "payment", "usb", "serial",
          "hid", "midi", "display-capture", "browsing-topics"}


@pytest.fixture
def practice_json(site):
    path = site.run_dir / "practice.json"
    path.write_text('{"practice":{}}\n')
    return path


def names(reply):
    return [name.title() if name.islower() else name
            for name in reply.headers.keys()]


# ---- what is found ----------------------------------------------------------
@pytest.mark.parametrize("path", [
    "/", "/?x=1", f"/t/{TOKEN}", f"/t/{TOKEN}?x=1", "/t/", "/t/a.b",
    f"/t/{TOKEN}/", "/sign-in", "/messages/abc", "/index.html"])
def test_pages_are_index_html(site, path):
    reply = ask(site, "GET", path).expect(200)
    assert reply.raw.decode() == INDEX
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path, kind", [
    ("/js/main.js", "application/javascript; charset=utf-8"),
    ("/style/portal.css", "text/css"),
    ("/lang/en.json", "application/json"),
    ("/icon.svg", "image/svg+xml")])
def test_files_have_their_types(site, path, kind):
    reply = ask(site, "GET", path).expect(200)
    assert reply.headers["Content-Type"].startswith(kind)
    assert reply.raw.decode() == FILES[path[1:]]


def test_the_practices_words_are_no_part_of_the_portal(site, practice_json):
    reply = ask(site, "GET", "/practice.json").expect(200)
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json == {"practice": {}}
    practice_json.unlink()
    ask(site, "GET", "/practice.json").expect(404)


@pytest.mark.parametrize("path", [
    "/js/none.js", "/js/none", "/js/", "/style/none.css", "/lang/xx.json",
    "/none.png", "/favicon.ico", "/a/b.js", "/.git/config.txt",
    "/js/../x.js"])
def test_unknown_files_are_not_found(site, path):
    assert b"<p>page" not in ask(site, "GET", path).expect(404).raw


@pytest.mark.parametrize("path", [
    "/js/../../tls/server.key", "/js/%2e%2e/%2e%2e/tls/server.key",
    "/..%2ftls/server.key"])
def test_nothing_outside_is_served(site, path):
    assert (site.portal_dir.parent / "tls/server.key").exists()
    ask(site, "GET", path).expect(400)


@pytest.mark.parametrize("path", ["/", f"/t/{TOKEN}", "/js/main.js"])
def test_files_can_only_be_read(site, path):
    ask(site, "POST", path, b"{}").expect(405)
    assert ask(site, "HEAD", path).expect(200).raw == b""


TYPES = {".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml",
         ".js": "application/javascript", ".json": "application/json"}


def test_the_portal_is_found(directory, upstream):
    """All that ships, and nothing else in its directories."""
    root = SOURCE / "portal"
    with Nginx(directory / "portal", upstream.path) as server:
        connection = Https(server)
        for file in root.rglob("*"):
            path = f"/{file.relative_to(root)}"
            if file.is_dir():
                connection.ask("GET", f"{path}/none").expect(404)
            elif file.suffix in TYPES:
                reply = connection.ask("GET", path).expect(200)
                assert reply.raw == file.read_bytes()
                assert reply.headers["Content-Type"].split(";")[0] == TYPES[
                    file.suffix], path
            else:
                assert file.suffix == ".mk", f"of what type is {file}?"
        connection.close()


# ---- headers ----------------------------------------------------------------
ANSWERS = [("GET", "/", (), 200), ("HEAD", "/", (), 200),
           ("GET", f"/t/{TOKEN}", (), 200), ("GET", "/page", (), 200),
           ("GET", "/js/main.js", (), 200), ("GET", "/none.js", (), 404),
           ("GET", "/practice.json", (), 200), ("POST", "/", (), 405),
           ("GET", "/", [("Accept-Encoding", "gzip")], 200),
           ("GET", "/js/main.js", [("If-None-Match", "*")], 304),
           ("GET", "/js/main.js", [("If-Match", '"x"')], 412),
           ("GET", "/js/main.js", [("Range", "bytes=9999-")], 200)]


@pytest.mark.parametrize("method, path, headers, status", ANSWERS)
def test_static_answers_have_exactly_these_headers(
        site, practice_json, method, path, headers, status):
    reply = ask(site, method, path, headers=headers).expect(status)
    for name, value in SECURITY.items():
        assert reply.headers.get_all(name) == [value], name
    policy, = reply.headers.get_all("Permissions-Policy")
    denied = [item.strip() for item in policy.split(",")]
    assert all(item.endswith("=()") for item in denied)
    assert DENIED <= {item[:-3] for item in denied}
    assert not (set(names(reply)) - set(SECURITY) - PLAIN
                - {"Permissions-Policy"})
    assert reply.headers["Server"] == "nginx"


def test_headers_are_those_of_http2_too(site):
    for path in ("/", "/none.js"):
        reply = ask2(site, path)
        for name, value in SECURITY.items():
            assert reply.headers.get_all(name) == [value], name
        assert reply.headers["server"] == "nginx"


def test_an_added_header_would_take_them_away(site, other_site):
    """The trap: a header of a location's own ends inheritance."""
    line = "\t\ttry_files $uri =404;\n"
    server = other_site((line, line + "\t\tadd_header X y;\n"))
    reply = ask(server, "GET", "/js/main.js").expect(200)
    assert reply.headers["X"] == "y"
    assert "Content-Security-Policy" not in reply.headers


def test_files_are_asked_about_again(site, practice_json):
    for path in ("/", "/js/main.js", "/practice.json"):
        first = ask(site, "GET", path).expect(200)
        assert first.headers.get_all("Cache-Control") == ["no-cache"]
        tag = first.headers["ETag"]
        again = ask(site, "GET", path, headers=[("If-None-Match", tag)])
        assert again.expect(304).raw == b""
        assert again.headers.get_all("Cache-Control") == ["no-cache"]
    site_file = site.portal_dir / "js/main.js"
    text = site_file.read_text()
    site_file.write_text(text + "// newer\n")
    try:
        tag = ask(site, "HEAD", "/js/main.js").headers["ETag"]
        assert ask(site, "GET", "/js/main.js", headers=[
            ("If-None-Match", first.headers["ETag"])]).status == 200
        assert tag != first.headers["ETag"]
    finally:
        site_file.write_text(text)


@pytest.mark.parametrize("path", ["/", "/js/main.js"])
def test_files_are_compressed_whole(site, path):
    plain = ask(site, "GET", path).raw
    reply = ask(site, "GET", path, headers=[("Accept-Encoding", "gzip")])
    assert reply.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in reply.headers["Vary"]
    assert gzip.decompress(reply.raw) == plain


# ---- TLS --------------------------------------------------------------------
def handshake(server, version):
    """The version agreed on, when only VERSION is offered."""
    context = ssl.create_default_context(cafile=str(server.ca_file))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    connection = Https(server)
    connection._context = context
    try:
        connection.connect()
        return connection.sock.version()
    finally:
        connection.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_is_1_2_or_better(site, other_site):
    assert handshake(site, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert handshake(site, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(OSError):
            handshake(site, version)
    # Debian's own setting around the site would let them in
    old = other_site(
        ("\tssl_protocols TLSv1.2 TLSv1.3;\n", ""),
        ("ssl_ciphers ECDHE", "ssl_ciphers ALL:@SECLEVEL=0:ECDHE"))
    assert handshake(old, ssl.TLSVersion.TLSv1_1) == "TLSv1.1"


def test_ciphers_are_forward_secret_and_authenticated(site):
    refused = 0
    for cipher in run("openssl", "ciphers", "-s", "-tls1_2",
                      "ALL").strip().split(":"):
        context = ssl.create_default_context(cafile=str(site.ca_file))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(cipher)
        connection = Https(site)
        connection._context = context
        good = re.fullmatch(
            "ECDHE-ECDSA-(AES(128|256)-GCM-.*|CHACHA20-.*)", cipher)
        try:
            connection.connect()
            assert good, cipher
        except OSError:
            assert not good, cipher
            refused += 1
        finally:
            connection.close()
    assert refused > 10


# ---- plain HTTP -------------------------------------------------------------
@pytest.mark.parametrize("path", ["/", f"/t/{TOKEN}", "/v1/me",
                                  f"//evil.example/{TOKEN}"])
def test_plain_http_leads_to_the_first_page(site, path):
    answer = raw(site, f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n"
                 "Connection: close\r\n\r\n".encode(), site.http_port, False,
                 30)
    head = answer.decode().split("\r\n")
    assert head[0].split()[1] == "302"
    assert f"Location: https://{site.name}/" in head
    assert TOKEN not in answer.decode()
    assert "evil" not in answer.decode()


def test_edits_must_find_what_they_are_for():
    with pytest.raises(AssertionError):
        edit(shipped(), [("no such line", "")])
