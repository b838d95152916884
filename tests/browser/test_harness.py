# SPDX-License-Identifier: Apache-2.0
"""What a browser test would overlook if the harness did: each fault is put
into a page, and has to be found."""

import http.server
import re
import shutil
import threading

import pytest
from machine import make_certificates
from nginx import Nginx
from selenium.common.exceptions import WebDriverException
from standin import Standin

PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/style/a.css">
<meta name="viewport" content="width=device-width">
<script type="module" src="/js/main.js"></script></head>
<body><main><h1>A page</h1>
<p id="said"></p>
<button>Press me</button> <button>Press me not</button>
<label>Name <input></label>
<div hidden><button>Hidden</button></div>
<div inert><button>Inert</button></div>
<dialog aria-label="Ask"><button>Yes</button></dialog>
</main></body></html>
"""
SCRIPT = """\
const said = document.getElementById("said");
const is = (query) => matchMedia(query).matches;
said.textContent = JSON.stringify({
	width: innerWidth, language: navigator.language,
	dark: is("(prefers-color-scheme: dark)"),
	calm: is("(prefers-reduced-motion)"), touch: is("(pointer: coarse)"),
	forced: is("(forced-colors: active)"), scale: devicePixelRatio,
	zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
	cookie: document.cookie, kept: localStorage.length});
"""


@pytest.fixture(scope="module")
def site(directory):
    upstream = Standin(directory / "web.sock")
    files = directory / "files"
    for name, text in (("index.html", PAGE), ("js/main.js", SCRIPT),
                       ("style/a.css", "body { background: Canvas }"),
                       ("icon.svg", "<svg xmlns='http://www.w3.org/2000/svg'"
                        " viewBox='0 0 1 1'/>")):
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).write_text(text)
    server = Nginx(directory / "nginx", upstream.path, files).start()
    yield server
    server.stop()
    upstream.close()


# ---- a good page ----------------------------------------------------------
def test_a_good_page_has_no_fault(browsers):
    tab = browsers().open()
    tab.sees("en")
    tab.js("return fetch('/v1/me').then((r) => r.status)")
    assert tab.browser.blame() == []
    tab.axe()


def test_the_certificate_is_verified(browsers, directory, site):
    """It is the site's CA that is trusted, and no other name is there."""
    tab = browsers()
    other = Nginx(directory / "untrusted", directory / "none.sock",
                  directory / "files", name=site.name)
    shutil.rmtree(other.dir / "tls")
    make_certificates(other.dir / "tls", site.name)
    with other:
        tab.driver.get(other.url)
        assert tab.driver.title == "Privacy error"
    with pytest.raises(WebDriverException, match="ERR_NAME_NOT_RESOLVED"):
        tab.driver.get("https://example.org/")
    assert set(tab.browser.blame()) == {
        f"a request left the site: {url}/"
        for url in (other.url, "https://example.org")}


@pytest.mark.parametrize("setup, seen", [
    ({}, {"width": 1280, "language": "en", "dark": False, "calm": False,
          "touch": False, "scale": 1, "zone": "UTC", "forced": False}),
    ({"phone": True}, {"width": 320, "touch": True}),
    ({"zoom": 2}, {"width": 640, "scale": 2}),
    ({"dark": True, "calm": True, "forced": True},
     {"dark": True, "calm": True, "forced": True}),
    ({"language": "es", "zone": "America/Chicago"},
     {"language": "es", "zone": "America/Chicago"})])
def test_a_tab_looks_as_told(browsers, setup, seen):
    for tab in (first := browsers(**setup).open(), first.beside().open()):
        said = tab.js("return JSON.parse("
                      "document.getElementById('said').textContent)")
        assert {name: said[name] for name in seen} == seen


def test_nothing_is_left_of_the_test_before(browsers):
    for _ in range(2):
        tab = browsers().open()
        said = tab.js("return JSON.parse("
                      "document.getElementById('said').textContent)")
        assert (said["cookie"], said["kept"]) == ("", 0)
        tab.js("document.cookie = 'a=b'; localStorage.a = 'b'")
        tab.browser.forget()


def test_two_people_share_nothing(browsers):
    one, other = browsers("one").open(), browsers("other").open()
    one.js("document.cookie = 'a=b'")
    assert one.beside().open().js("return document.cookie") == "a=b"
    assert other.open().js("return document.cookie") == ""


# ---- faults ---------------------------------------------------------------
FAULTS = {
    "error": ("console.error('so wrong')", "so wrong"),
    "warning": ("console.warn('so so')", "so so"),
    "exception": ("setTimeout(() => nothing.there)", "nothing is not"),
    "rejection": ("Promise.reject(new Error('refused'))", "refused"),
    "missing file": ("import('/js/none.js').catch(() => 0)", "404"),
    "inline script": ("document.body.setAttribute('onclick', 'x()')",
                      "policy: require-trusted-types-for"),
    "inline style": ("document.body.setAttribute('style', 'color:red')",
                     "policy: style-src-attr"),
    "HTML": ("try { document.body.innerHTML = '<b>' } catch {}",
             "policy: require-trusted-types-for"),
    "eval": ("try { setTimeout('1') } catch {}", "policy: "),
    "frame": ("document.body.append(document.createElement('iframe'));"
              "document.querySelector('iframe').src = '/'",
              "policy: frame-src"),
    "other site": ("fetch('https://other.example/').catch(() => 0)",
                   "policy: connect-src"),
}


@pytest.mark.parametrize("fault, where", [
    *((fault, "first tab") for fault in FAULTS),
    ("error", "second tab"), ("HTML", "second tab")])
def test_a_fault_is_found(browsers, fault, where):
    script, sign = FAULTS[fault]
    tab = browsers().open()
    if where == "second tab":
        tab = tab.beside().open()
    tab.js(f"setTimeout(() => {{ {script} }})")
    found = []
    tab.until(lambda: found.extend(tab.browser.blame()) or any(
        sign in text for text in found), message=lambda: f"only {found}")


def test_a_fault_in_a_tab_nobody_looks_at_is_found(browsers):
    first = browsers().open()
    second = first.beside().open()
    first.js("setTimeout(() => console.error('later'), 500)")
    second.sees("Press me")
    found = []
    second.until(lambda: found.extend(second.browser.blame()) or found)
    assert "later" in found[0]


def test_a_fault_before_a_page_was_left_is_found(browsers):
    tab = browsers().open()
    tab.js("document.body.setAttribute('style', 'color: red')")
    tab.open("/")
    tab.open("/other")
    found = []
    tab.until(lambda: found.extend(tab.browser.blame()) or any(
        "policy: style-src-attr" in text for text in found),
        message=lambda: f"only {found}")


def test_a_request_that_leaves_is_found(browsers, site):
    """Even where no policy forbids it."""
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tab = browsers().open()
        url = f"http://127.0.0.1:{server.server_port}/"
        tab.driver.get(url)
        found = tab.browser.blame()
        server.shutdown()
    assert f"a request left the site: {url}" in found


def hears(tab, words):
    tab.until(lambda: tab.browser.hear() or any(
        words in text for _, text in tab.browser.said))


def test_what_is_allowed_is_allowed_once(browsers):
    tab = browsers().open()
    tab.allow("so wr[o]ng")
    tab.js("console.error('so wrong')")
    hears(tab, "so wrong")
    assert tab.browser.blame() == []
    tab.browser.forget()
    tab = browsers().open()
    tab.js("console.error('so wrong')")
    hears(tab, "so wrong")
    assert len(tab.browser.blame()) == 1


# ---- looking things up ---------------------------------------------------
def test_find_is_by_role_and_name(browsers):
    tab = browsers().open()
    assert tab.find("button", "Press me").text == "Press me"
    assert tab.find("button", re.compile("not$")).text == "Press me not"
    assert tab.find("textbox", "Name").tag_name == "input"
    assert tab.names("button") == ["Press me", "Press me not"]
    with pytest.raises(AssertionError, match="2 of button"):
        tab.find("button", re.compile("Press"))
    for name in ("Hidden", "Inert", "Yes", "press me"):
        assert tab.all("button", name) == [], name
    with pytest.raises(AssertionError, match="no button 'Yes' in:\n"):
        tab.find("button", "Yes", seconds=0.2)


def test_behind_a_dialog_there_is_nothing(browsers):
    tab = browsers().open()
    tab.js("document.querySelector('dialog').showModal()")
    dialog = tab.find("dialog", "Ask")
    assert tab.names("button") == ["Yes"]
    assert tab.find("button", "Yes", within=dialog)
    tab.js("document.querySelector('dialog').close()")
    tab.gone("dialog", "Ask")
    assert len(tab.all("button")) == 2


@pytest.mark.parametrize("damage, rule", [
    ("document.querySelector('label').replaceWith("
     "document.querySelector('input'))", "label"),
    ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
    ("document.querySelector('h1').style.color = '#eee'", "color-contrast"),
    ("document.title = ''", "document-title")])
def test_axe_finds_it(browsers, damage, rule):
    tab = browsers().open()
    tab.js(damage)
    with pytest.raises(AssertionError, match=rule):
        tab.axe()


def test_a_picture_is_kept(browsers):
    path = browsers(phone=True).open().shot("harness")
    assert path.read_bytes().startswith(b"\x89PNG")
    path.unlink()
