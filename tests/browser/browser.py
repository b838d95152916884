# SPDX-License-Identifier: Apache-2.0
"""Chromium as a person has it before them, and what must never happen in it.

A Browser is one process with one person's cookies; a Tab is one of its
windows. What is asked of a Tab goes to that window, whichever was asked
before. From the first byte of each page on, Browser keeps what the console
says, what the Content-Security-Policy refuses and where requests go; blame()
tells what of it is a fault.

People find things by role and name, so find() asks Chromium's accessibility
tree: what a screen reader would not come upon is not there.
"""

import base64
import json
import re
from urllib.parse import urlsplit

from client import wait_for
from machine import run, unpacked
from picture import Picture
from postern import build_dir, pause
from selenium.common.exceptions import (JavascriptException,
                                        NoSuchElementException,
                                        StaleElementReferenceException,
                                        WebDriverException)
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
DESKTOP, PHONE = (1280, 800), (320, 640)
SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-extensions", "--disable-sync",
    "--force-color-profile=srgb", "--window-size={},{}".format(*DESKTOP))
# what the policy refuses is said on the console, which outlives the page
WATCH = """\
addEventListener("securitypolicyviolation", (e) => console.error(
	`policy: ${e.effectiveDirective} ${e.blockedURI} ${e.sample}`));
"""
# as a device's clock that goes ahead; scripts see no other
CLOCK = """\
((ahead) => {
	const real = window.postern_clock ??= Date;
	window.Date = class extends real {
		constructor(...parts) {
			super(...(parts.length ? parts : [Date.now()]));
		}
		static now() {
			return real.now() + ahead;
		}
	};
})(%d);
"""
# an answer of the API that is a refusal is no fault of the page
REFUSAL = re.compile(r"/v1/\S* - Failed to load resource: "
                     r"the server responded with a status of [45]\d\d")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
        "best-practice"]
LINE = {"offline": False, "latency": 0, "downloadThroughput": -1,
        "uploadThroughput": -1}
BETWEEN = ("inspector error", "no such execution context")
GONE = (StaleElementReferenceException, NoSuchElementException,
        JavascriptException)


def make_home(where, ca_file):
    """A home for Chromium, whose user trusts this CA."""
    database = where / ".pki/nssdb"
    database.mkdir(parents=True)
    run("certutil", "-d", f"sql:{database}", "-N", "--empty-password")
    run("certutil", "-d", f"sql:{database}", "-A", "-n", "test", "-t", "C,,",
        "-i", ca_file)
    return where


def start(home, name, profile):
    """A driver and its Chromium, for which NAME is this machine and no
    other name is anything."""
    options = Options()
    options.binary_location = CHROMIUM
    for switch in (*SWITCHES, f"--user-data-dir={profile}",
                   f"--host-resolver-rules=MAP {name} 127.0.0.1, "
                   "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs",
                           {"browser": "ALL", "performance": "ALL"})
    options.set_capability("unhandledPromptBehavior", "ignore")
    return Chrome(options=options, service=Service(
        DRIVER, log_path=f"{profile}.log", env={
            "HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}))


class Browser:
    """One process. HOME as by make_home(), NGINX: the site it may visit."""

    def __init__(self, home, nginx, profile):
        self.origin = nginx.url
        self.driver = start(home, nginx.name, profile)
        self.driver.set_page_load_timeout(30)
        self.driver.set_script_timeout(60)
        self.allowed = []
        self.said = []  # [(level, text)]
        self.requests = []  # [(method, url)]
        self.choosers = []  # the modes in which files were asked for
        self.ahead = 0
        self._clocks = {}  # by window: the script that sets it
        self._first = self._handle = self.driver.current_window_handle
        self._watch()
        self.blame()  # of what it did before there was anybody

    def _watch(self):
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument",
                                    {"source": WATCH})
        self._tell_time()

    def _tell_time(self):
        """To the window that is asked now, from here on."""
        window, cdp = self.driver.current_window_handle, \
            self.driver.execute_cdp_cmd
        if window in self._clocks:
            cdp("Page.removeScriptToEvaluateOnNewDocument",
                {"identifier": self._clocks.pop(window)})
        elif not self.ahead:
            return
        script = CLOCK % (self.ahead * 1000)
        self._clocks[window] = cdp("Page.addScriptToEvaluateOnNewDocument", {
            "source": script})["identifier"]
        self.driver.execute_script(script)

    def set_clock(self, ahead):
        """Seconds that its clock is ahead of the machine's. No window comes
        to the front or is told but by the time."""
        if ahead == self.ahead:
            return
        self.ahead = ahead
        for window in self.driver.window_handles:
            self.driver.switch_to.window(window)
            self._tell_time()
        self.driver.switch_to.window(self._handle)

    def quit(self):
        self.driver.quit()

    def tab(self, **setup):
        """Its first window; see Tab.look() for SETUP."""
        return Tab(self, self._first, setup)

    def switch(self, handle):
        """To a window, which comes to the front; the others are hidden."""
        if handle != self._handle:
            self.driver.switch_to.window(handle)
            self.driver.execute_cdp_cmd("Page.bringToFront", {})
            self._handle = handle

    def new_window(self):
        self.driver.switch_to.new_window("tab")
        self._handle = self.driver.current_window_handle
        self._watch()
        return self._handle

    def close_window(self, handle):
        self.switch(handle)
        self.driver.close()
        self._clocks.pop(handle, None)
        self.switch(self._first)

    def hear(self):
        """Takes in what was said since."""
        for line in self.driver.get_log("browser"):
            self.said.append((line["level"], line["message"]))
        for line in self.driver.get_log("performance"):
            message = json.loads(line["message"])["message"]
            what = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                request = what["request"]
                self.requests.append((request["method"], request["url"]))
            elif message["method"] == "Page.fileChooserOpened":
                self.choosers.append(what["mode"])
            elif message["method"] == "Network.webSocketCreated":
                self.requests.append(("GET", what["url"]))

    def strays(self):
        """Where requests went beside the site."""
        return [url for _, url in self.requests
                if urlsplit(url).scheme not in (
                    "about", "chrome", "chrome-untrusted", "data")
                and not url.startswith((self.origin + "/",
                                        f"blob:{self.origin}/"))]

    def blame(self):
        """All that was amiss since the last time, in words."""
        self.hear()
        faults = [f"console, {level}: {text}" for level, text in self.said
                  if level in ("WARNING", "SEVERE")
                  and not REFUSAL.search(text)
                  and not any(re.search(a, text) for a in self.allowed)]
        faults += [f"a request left the site: {url}" for url in self.strays()]
        self.said.clear()
        self.requests.clear()
        self.choosers.clear()
        return faults

    def forget(self):
        """As new: one empty window, no cookie, nothing kept."""
        for handle in self.driver.window_handles:
            if handle != self._first:
                self.close_window(handle)
        self.switch(self._first)
        self.allowed.clear()
        for command, parameters in (
                ("Page.navigate", {"url": "about:blank"}),
                ("Network.emulateNetworkConditions", LINE),
                ("Network.clearBrowserCookies", {}),
                ("Network.clearBrowserCache", {}),
                ("Storage.clearDataForOrigin",
                 {"origin": self.origin, "storageTypes": "all"})):
            self.driver.execute_cdp_cmd(command, parameters)


class Tab:
    """One window of a Browser."""

    def __init__(self, browser, handle, setup):
        self.browser = browser
        self.handle = handle
        self.setup = setup
        self._place = None
        self.look(**setup)

    @property
    def driver(self):
        """Selenium's, on this window."""
        self.browser.switch(self.handle)
        return self.browser.driver

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def beside(self):
        """Another tab of the same person."""
        return Tab(self.browser, self.browser.new_window(), self.setup)

    def close(self):
        self.browser.close_window(self.handle)

    # ---- the person and their device ----------------------------------------
    def look(self, phone=False, size=None, zoom=1, dark=False, calm=False,
             forced=False, language="en", zone="UTC"):
        """What they look through from now on. PHONE: small, by touch; SIZE:
        another one; ZOOM: 2 for 200 %; CALM: reduced motion; FORCED: high
        contrast."""
        width, height = size or (PHONE if phone else DESKTOP)
        self.cdp("Emulation.setDeviceMetricsOverride", width=width // zoom,
                 height=height // zoom, deviceScaleFactor=zoom, mobile=phone)
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=phone)
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion",
             "value": "reduce" if calm else "no-preference"},
            {"name": "forced-colors",
             "value": "active" if forced else "none"}])
        if self._place != (language, zone):
            agent = self.js("return navigator.userAgent")
            self.cdp("Emulation.setUserAgentOverride",
                     userAgent=agent.replace("Headless", ""),
                     acceptLanguage=language)
            self.cdp("Emulation.setTimezoneOverride", timezoneId=zone)
            self._place = language, zone

    def offline(self, off=True):
        """Cuts the line of this tab, or mends it. What is asked for
        meanwhile may fail aloud."""
        if off:
            self.allow(r"net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED)")
        self.cdp("Network.emulateNetworkConditions",
                 **LINE | {"offline": off})

    def slow(self, rate=-1):
        """So many bytes a second go out of this tab from now on; all of them
        unless one is given."""
        self.cdp("Network.emulateNetworkConditions",
                 **LINE | {"uploadThroughput": rate})

    def downloads(self, where):
        """What is downloaded from now on goes there, without a question."""
        self.cdp("Browser.setDownloadBehavior", behavior="allow",
                 downloadPath=str(where))

    def drag(self, kind, element, *paths):
        """Files over an element, or, if KIND is "drop", onto it."""
        x, y = self.js("""\
const {x, y, width, height} = arguments[0].getBoundingClientRect();
return [x + width / 2, y + height / 2];""", element)
        data = {"items": [], "files": [str(path) for path in paths],
                "dragOperationsMask": 1}
        for each in {"over": ("dragEnter", "dragOver"),
                     "drop": ("drop",)}[kind]:
            self.cdp("Input.dispatchDragEvent", type=each, x=x, y=y,
                     data=data)

    def take(self, cookie):
        """Takes over a session: the (name, value) of its cookie."""
        name, value = cookie
        self.cdp("Network.setCookie", name=name, value=value,
                 url=self.browser.origin + "/", path="/", secure=True,
                 httpOnly=True, sameSite="Lax")

    def allow(self, pattern):
        """In this test, the console may say what PATTERN is found in."""
        self.browser.allowed.append(pattern)

    # ---- what is there -----------------------------------------------------
    def open(self, path="/"):
        self.driver.get(self.browser.origin + path)
        return self

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def click(self, role, name=None, within=None):
        """On what find() finds; again, if it went before it was reached."""
        self.until(lambda: [self.find(role, name, within).click()])

    def all(self, role, name=None, within=None):
        """The elements of that role, and name if one is given: a text for
        the whole of it, a pattern for a part."""
        return [self._element(node) for node, _ in
                self._look_up(role, name, within)]

    def names(self, role, within=None):
        """The names of all elements of that role, in the page's order."""
        return [found for _, found in self._look_up(role, None, within)]

    def _look_up(self, role, name, within):
        query = {"objectId": self._node(within), "role": role}
        if isinstance(name, str):
            query["accessibleName"] = name
        found = []
        for node in self.cdp("Accessibility.queryAXTree", **query)["nodes"]:
            text = node.get("name", {}).get("value", "")
            if node["ignored"] or "backendDOMNodeId" not in node or (
                    isinstance(name, re.Pattern) and not name.search(text)):
                continue
            found.append((node["backendDOMNodeId"], text))
        return found

    def _node(self, element=None):
        """The protocol's handle on an element of Selenium's, or on all."""
        if element is not None:
            self.js("window.postern_asked = arguments[0]", element)
        return self.cdp("Runtime.evaluate", expression="document" if (
            element is None) else "postern_asked")["result"]["objectId"]

    def _element(self, node):
        """Selenium's element for a node of the protocol's."""
        handle = self.cdp("DOM.resolveNode", backendNodeId=node)["object"]
        self.cdp("Runtime.callFunctionOn", objectId=handle["objectId"],
                 functionDeclaration="function() {"
                 " window.postern_found = this; }")
        return self.js("return window.postern_found")

    def find(self, role, name=None, within=None, seconds=30):
        """The one element of that role and name, as soon as there is one."""
        def one():
            found = self.all(role, name, within)
            assert len(found) < 2, f"{len(found)} of {role} {name!r}"
            return found and found[0]
        return self.until(one, seconds, lambda: f"no {role} {name!r} in:\n"
                          + self.outline())

    def gone(self, role, name=None, within=None, seconds=30):
        """Waits until there is no such element."""
        self.until(lambda: not self.all(role, name, within), seconds,
                   f"still there: {role} {name!r}")

    def text(self, within=None):
        """What can be read, as it stands on the screen; what one could
        choose is not on it."""
        return self.js("""\
const place = arguments[0] ?? document.body;
return [...place.querySelectorAll("select")].reduce((text, {innerText}) =>
	text.replace(innerText, ""), place.innerText);""", within)

    def sees(self, text, seconds=30):
        """Waits until that text, or pattern, can be read."""
        def there():
            return (text in self.text() if isinstance(text, str)
                    else text.search(self.text()))
        return self.until(there, seconds,
                          lambda: f"{text!r} is not in:\n{self.text()}")

    def until(self, what, seconds=30, message="it never happened"):
        """As wait_for(), though the page may change underneath."""
        def tried():
            try:
                return what()
            except GONE:
                return None
            except WebDriverException as e:
                # a node, or its page, that went between two commands
                if not any(sign in str(e) for sign in BETWEEN):
                    raise
                return None
        return wait_for(tried, seconds, message)

    @staticmethod
    def wait(seconds):
        """For what must not happen: gives it time to."""
        pause(seconds)

    def keys(self, *keys):
        """Typed to whatever has the focus."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def outline(self):
        """The accessibility tree, for whoever reads a failure."""
        nodes = {n["nodeId"]: n for n in
                 self.cdp("Accessibility.getFullAXTree")["nodes"]}

        def lines(node, depth):
            role = node["role"]["value"]
            shown = not node["ignored"] and role not in (
                "InlineTextBox", "generic", "none")
            if shown:
                yield "  " * depth + role + " " + repr(
                    node.get("name", {}).get("value", ""))
            for child in node["childIds"]:
                if child in nodes:
                    yield from lines(nodes[child], depth + shown)

        return "\n".join(line for n in nodes.values() if "parentId" not in n
                         for line in lines(n, 1))

    def focused(self):
        """(role, name) of what has the focus."""
        def asked():
            element = self.driver.switch_to.active_element
            return element.aria_role, element.accessible_name
        return self.until(asked)

    def described(self, element):
        """What is read out after its name."""
        node = self.cdp("Accessibility.getPartialAXTree", objectId=self._node(
            element), fetchRelatives=False)["nodes"][0]
        return node.get("description", {}).get("value", "")

    def kept(self):
        """All that scripts could find here later on."""
        return self.driver.execute_async_script("""\
const done = arguments[0];
Promise.all([indexedDB.databases(), caches.keys(),
	navigator.serviceWorker.getRegistrations(),
	navigator.storage.getDirectory().then((d) => Array.fromAsync(d.keys()))])
.then((found) => done([...found.flat().map((one) => one.name ?? String(one)),
	...Object.keys(localStorage), ...Object.keys(sessionStorage),
	...document.cookie.split(";").filter(Boolean)]));""")

    # ---- judging it ---------------------------------------------------------
    def shot(self, name):
        """A picture of the window, kept beside the build."""
        where = build_dir() / "screens"
        where.mkdir(exist_ok=True)
        path = where / (re.sub(r"[^\w-]+", "-", name).strip("-") + ".png")
        path.write_bytes(self.driver.get_screenshot_as_png())
        return path

    def fits(self):
        """Nothing sticks out to either side or lies over its neighbour,
        nothing scrolls sideways."""
        def found():
            return self.js("""\
const open = [...document.querySelectorAll("dialog[open]")].at(-1);
const all = [...(open ?? document.body).querySelectorAll("*")];
const box = (at) => at.getBoundingClientRect();
const seen = (at) => box(at).width > 1 && box(at).height > 1 &&
	at.tagName !== "OPTION" && at.checkVisibility({visibilityProperty: true});
const wide = all.filter((at) => seen(at) &&
	(box(at).left < -1 || box(at).right > innerWidth + 1));
const over = all.filter((at) => /flex|grid/.test(getComputedStyle(at).display))
	.flatMap((at) => {
		const inside = [...at.children].filter((child) => seen(child) &&
			/static|relative/.test(getComputedStyle(child).position));

		return inside.flatMap((a, i) => inside.slice(i + 1).filter((b) =>
			Math.min(box(a).right, box(b).right) - 1 >
				Math.max(box(a).left, box(b).left) &&
			Math.min(box(a).bottom, box(b).bottom) - 1 >
				Math.max(box(a).top, box(b).top)));
	});
return [...wide.map((at) => at.outerHTML.slice(0, 100)),
	...over.map((at) => `lies over another: ${at.outerHTML.slice(0, 100)}`),
	...[document.documentElement, ...document.querySelectorAll("main, .log," +
		".people > nav, .side, dialog[open]")].filter((at) =>
		at.scrollWidth > at.clientWidth + 1).map((at) =>
		`${at.tagName} ${at.className} scrolls: ${at.scrollWidth}`)];""")
        self.until(lambda: not found(), 10, lambda: "\n".join(found()))

    def picture(self, element, scale=1):
        """The same of an element alone, pixel by pixel."""
        x, y, width, height = self.js("""\
const {x, y, width, height} = arguments[0].getBoundingClientRect();
return [x + scrollX, y + scrollY, width, height];""", element)
        return Picture(base64.b64decode(self.cdp(
            "Page.captureScreenshot", captureBeyondViewport=True, clip={
                "x": x, "y": y, "width": width, "height": height,
                "scale": scale})["data"]))

    def axe(self, within=None):
        """Holds the page against WCAG 2.2 A and AA, once nothing moves."""
        if not self.js("return Boolean(window.axe)"):
            self.js((unpacked("axe-core") / "axe.min.js").read_text())
        result = self.driver.execute_async_script("""\
const [within, tags, done] = arguments;
Promise.allSettled(document.getAnimations().map((one) => one.finished))
	.then(() => axe.run(within ?? document, {runOnly: tags, preload: false,
		resultTypes: ["violations"]})).then(done, (e) => done(String(e)));
""", within, WCAG)
        assert isinstance(result, dict), result
        assert result["passes"], "axe found nothing to judge"
        assert not result["violations"], "\n" + "\n".join(
            f"{v['id']} ({v['impact']}): {v['help']}\n" + "\n".join(
                f"  {' '.join(map(str, n['target']))}\n    {n['html'][:200]}\n"
                f"    {n['failureSummary']}" for n in v["nodes"])
            for v in result["violations"])
