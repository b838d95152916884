# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml and posternd, held against each other.

Every reply any test gets is checked by conftest's observer; here, each
operation and status of the document is brought about, and the routes of the
source are compared with the paths of the document.
"""

import re
import time
import uuid

import jsonschema
import pytest
from openapi import Description
from postern import SOURCE

# brought about elsewhere: a full disk in test_faults.py; 500 needs a broken
# chain and 503 a full queue, which the unit tests of the writer make
ELSEWHERE = {500, 503, 507}
# a member whose membership has ended: check_authorise makes them, no request
# does yet
UNREACHED = {("GET", "/v1/threads/{id}/entries", 403),
             ("PUT", "/v1/threads/{id}/read", 403)}
# longer than any that means something
LONG = "x" * 3000 + "=1"


@pytest.fixture(scope="module")
def description():
    return Description()


def test_document_is_sound(description):
    """It is OpenAPI by shape, its references lead somewhere, its schemas
    are schemas, its paths name their socket."""
    document = description.document
    assert document["openapi"].startswith("3.1")
    references = re.findall(r'\$ref: "#/([^"]+)"',
                            (SOURCE / "docs/openapi.yaml").read_text())
    for reference in references:
        target = document
        for part in reference.split("/"):
            target = target[part]
    used = set(references)
    for group in ("schemas", "responses", "parameters", "headers"):
        for name in document["components"][group]:
            assert f"components/{group}/{name}" in used, f"unused: {name}"
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = [o["operationId"] for o in description.operations.values()]
    assert len(ids) == len(set(ids))
    for path, item in document["paths"].items():
        assert item["x-postern-socket"] in ("portal", "bridge", "admin")
        named = {description.resolve(p)["name"]
                 for p in item.get("parameters", [])}
        assert set(re.findall(r"\{([^}]*)\}", path)) == named, path
    for (method, path), operation in description.operations.items():
        statuses = [int(s) for s in operation["responses"]
                    if s != "default"]
        assert any(s < 300 for s in statuses), (method, path)


def test_routes_are_documented(description):
    """Every route of the daemon stands in the document, and no other."""
    routes = set()
    for file in (SOURCE / "daemon").glob("*.c"):
        routes |= {(method, re.sub(r"\{[^}]*\}", "{}", path))
                   for method, path in re.findall(
                       r'\{\s*"(GET|PUT|POST|DELETE|PATCH)",\s*'
                       r'"(/v1/[^"]*)"', file.read_text())}
    documented = {(method, re.sub(r"\{[^}]*\}", "{}", path))
                  for method, path in description.operations}
    assert routes == documented


def test_every_status(fresh, description):
    """Each operation and status of the document is answered once."""
    place = fresh(observe=description.check, settings={
        "limits.posts-per-minute": 20, "limits.recipients-per-second": 2})
    place.start(bridge=False)
    portal, admin, bridge = place.portal, place.admin, place.bridge_api
    provision(place, portal)
    sessions(place, portal, admin)
    threads(place, portal)
    mail(place, bridge)
    administration(place, admin)
    refusals(place)
    missing = sorted(
        (method, path, int(status))
        for (method, path), operation in description.operations.items()
        for status in operation["responses"]
        if status != "default" and int(status) not in ELSEWHERE
        and (method, path, int(status)) not in description.seen | UNREACHED)
    assert not missing, "\n".join(map(str, missing))


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


def provision(place, portal):
    client = {"role": "client", "name": "One", "time_zone": "Europe/Berlin",
              "addresses": ["c1@clients.example"], "language": "en"}
    portal.call("PUT", "/v1/participants/c1", client).expect(201)
    portal.call("PUT", "/v1/participants/c1", client).expect(200)
    portal.call("PUT", "/v1/participants/p%2F1", {
        "role": "provider", "name": "Two", "credentials": "MD"}).expect(201)
    portal.call("PUT", "/v1/participants/c1", {
        "role": "provider", "name": "One"}).expect(409)
    portal.call("PUT", "/v1/participants/c2", {
        "role": "client", "name": "Three"}).expect(201)
    portal.call("PUT", "/v1/relations/c1/p%2F1", {"active": True}).expect(200)
    portal.call("PUT", "/v1/relations/c1/px", {"active": True}).expect(404)


def sessions(place, portal, admin):
    admin.call("POST", "/v1/admin/participants", {
        "external_id": "staff", "role": "staff", "name": "S", "login": "s",
        "passphrase": "fifteen letters"}).expect(201)
    portal.call("POST", "/v1/sessions", {"assert": "c1"}).expect(201)
    staff = portal.call("POST", "/v1/sessions", {
        "login": "s", "passphrase": "fifteen letters"}).expect(201).json
    portal.call("GET", "/v1/contacts", token=staff["token"]).expect(403)
    portal.call("POST", "/v1/sessions", {
        "login": "s", "passphrase": "wrong"}).expect(401)
    portal.call("POST", "/v1/sessions", {"assert": "staff"}).expect(403)
    portal.call("POST", "/v1/sessions", {"assert": "nobody"}).expect(404)


def threads(place, portal):
    client, provider = place.session("c1"), place.session("p/1")
    for path in ("/v1/me", "/v1/contacts", "/v1/settings", "/v1/threads"):
        client.get(path)
        portal.call("GET", path).expect(401)
        portal.call("GET", path + "?unknown=1",
                    token=client.token)
    to = provider.contact("c1")["id"]
    thread = provider.write_to(to, "one")["thread"]["id"]
    base = f"/v1/threads/{thread}"
    client.get(base)
    client.get(base + "/entries")
    client.get("/v1/threads")
    client.get("/v1/contacts")
    client.get("/v1/threads?limit=1")
    client.write(thread, "two")
    client.mark_read(thread, 2)
    provider.post("/v1/threads", {"to": "a" * 26, "body": "x"}).expect(404)
    stranger = place.session("c2")
    for method, tail, body in (
            ("GET", "", None), ("GET", "/entries", None),
            ("POST", "/entries", {"body": "x"}), ("PUT", "/read",
                                                  {"up_to": 1})):
        stranger.call(method, base + tail, body, key()).expect(404)
        portal.call(method, base + tail, body, key()).expect(401)
    portal.call("POST", "/v1/threads", {"to": to, "body": "x"},
                key()).expect(401)
    # a relation that does not let one write: its members are told why
    place.relate("c1", "p%2F1", active=True, writable=False)
    provider.post(base + "/entries", {"body": "x"}).expect(403)
    provider.post("/v1/threads", {"to": to, "body": "x"}).expect(403)
    place.relate("c1", "p%2F1", active=True, writable=True)
    for path in (base + "/entries", "/v1/threads"):
        body = {"body": "x"} if path != "/v1/threads" else {
            "to": to, "body": "x"}
        while provider.post(path, body).status == 201:
            pass
        provider.post(path, body).expect(429)
    client.call("DELETE", "/v1/sessions/current").expect(204)
    client.call("DELETE", "/v1/sessions/current").expect(401)


def mail(place, bridge):
    bridge.call("GET", "/v1/bridge/health").expect(200)
    leased = bridge.call("POST", "/v1/bridge/leases", {
        "max": 20, "wait": 0}).expect(200).json["items"]
    assert leased
    bridge.call("POST", "/v1/bridge/results", {"items": [
        {"id": row["id"], "outcome": "sent", "code": ""}
        for row in leased]}).expect(200)
    for recipient in (f"r-{leased[0]['reply']}", "r-" + "a" * 37):
        bridge.call("POST", "/v1/bridge/inbound", {
            "recipient": recipient, "kind": "person"}).expect(200)
    for path, body in (("recipients", {"recipient": "r-" + "a" * 37}),
                       ("inbound", {"recipient": "r-" + "a" * 37,
                                    "kind": "person"})):
        for _ in range(200):
            reply = bridge.call("POST", f"/v1/bridge/{path}", body)
            if reply.status == 429:
                break


def administration(place, admin):
    for path in ("status", "participants", "participants?addresses=1",
                 "queue", "queue?limit=1"):
        admin.call("GET", f"/v1/admin/{path}").expect(200)
    for path in ("participants", "queue"):
        admin.call("GET", f"/v1/admin/{path}?limit=x")
        admin.call("GET", f"/v1/admin/{path}?limit=0")
        admin.call("GET", f"/v1/admin/{path}?{LONG}").expect(400)
        admin.call("GET", f"/v1/admin/{path}?cursor=nonsense")
    admin.call("POST", "/v1/admin/participants", {
        "external_id": "c1", "role": "client", "name": "x"}).expect(409)
    admin.call("PUT", "/v1/admin/relations", {
        "client": "c2", "provider": "p/1", "active": True}).expect(200)
    admin.call("PUT", "/v1/admin/relations", {
        "client": "cx", "provider": "p/1", "active": True}).expect(404)
    admin.call("POST", "/v1/admin/test-mail", {
        "to": "someone@clients.example"}).expect(202)
    admin.call("POST", "/v1/admin/participants/c2/disable", {}).expect(200)
    admin.call("POST", "/v1/admin/participants/cx/disable", {}).expect(404)


def patient(client, *request):
    """Again, while it is told to wait."""
    while (reply := client.call(*request)).status == 429:
        time.sleep(0.2)
    return reply


def refusals(place):
    """400, 413, 415, 422 of everything that takes a body or parameters, and
    403 of a frontend without the right."""
    token = place.session("p%2F1".replace("%2F", "/")).token
    thread = place.portal.call("GET", "/v1/threads",
                               token=token).json["items"][0]["id"]
    bodies = {
        "portal": [("POST", "/v1/sessions"), ("POST", "/v1/threads"),
                   ("POST", f"/v1/threads/{thread}/entries"),
                   ("PUT", f"/v1/threads/{thread}/read"),
                   ("PUT", "/v1/participants/c1"),
                   ("PUT", "/v1/relations/c1/p%2F1")],
        "bridge": [("POST", f"/v1/bridge/{n}") for n in (
            "leases", "results", "recipients", "inbound")],
        "admin": [("POST", "/v1/admin/participants"),
                  ("POST", "/v1/admin/participants/c1/disable"),
                  ("PUT", "/v1/admin/relations"),
                  ("POST", "/v1/admin/test-mail")]}
    for client in (place.portal, place.bridge_api, place.admin):
        use = token if client is place.portal else None
        for method, path in bodies[client.name]:
            for body, status, headers in (
                    (b"{", 400, {}), (b'{"unknown":1}', 422, {}),
                    (b"{}", 415, {"Content-Type": "text/plain"}),
                    (b'{"x":"' + b"x" * 300000 + b'"}', 413, {})):
                patient(client, method, path, body, {**key(), **headers},
                        use).expect(status)
    for query in ("limit=x", "limit=0", LONG, "cursor=nonsense"):
        for path in ("/v1/threads", f"/v1/threads/{thread}/entries"):
            place.portal.call("GET", f"{path}?{query}", token=token)
    place.stop()
    place.settings["frontend portal.rights"] = ""
    place.write_config()
    place.start(bridge=False)
    for method, path, body in (
            ("POST", "/v1/sessions", {"assert": "c1"}),
            ("PUT", "/v1/participants/c1", {"role": "client", "name": "x"}),
            ("PUT", "/v1/relations/c1/p%2F1", {"active": True})):
        place.portal.call(method, path, body).expect(403)
