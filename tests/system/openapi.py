# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml as a judge of what posternd answers."""

import re

import jsonschema
import yaml
from postern import SOURCE

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
# the response Other of the document
ANYWHERE = {400, 405, 413, 415, 417, 422, 429, 431, 500, 503, 507}
ANYWHERE_403 = {"portal": {"unknown-peer"}, "bridge": {"unknown-peer"},
                "admin": {"unknown-peer"},
                "web": {"unknown-peer", "cross-origin", "csrf"}}


def sockets_of(item):
    """The sockets that serve a path."""
    served = item["x-postern-socket"]
    return [served] if isinstance(served, str) else served


class Description:
    """The document, and what was seen of it."""

    def __init__(self):
        text = (SOURCE / "docs/openapi.yaml").read_text()
        self.document = yaml.safe_load(text)
        self.operations = {}
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    self.operations[method.upper(), path] = item[method]
        self.patterns = [
            (socket, re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path) + r"\Z"),
             path)
            for path, item in self.document["paths"].items()
            for socket in sockets_of(item)]
        self.seen = set()
        # made once: looking through the document takes a while
        self._resolver = jsonschema.RefResolver.from_schema(self.document)

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def path_of(self, socket, target, method=None):
        """The path template; None if the socket does not serve it. The one
        that has METHOD, if there are several."""
        path = target.split("?")[0]
        found = [template for name, pattern, template in self.patterns
                 if name == socket and pattern.match(path)]
        # /v1/sessions/current is no {id}
        found.sort(key=lambda t: t.count("{"))
        having = [t for t in found if (method, t) in self.operations]
        return next(iter(having + found), None)

    def validate(self, schema, value):
        """By JSON Schema 2020-12, with this document's components."""
        jsonschema.Draft202012Validator(
            schema, resolver=self._resolver,
            format_checker=jsonschema.FormatChecker()).validate(value)

    def check(self, socket, method, target, reply):
        """Raises what is wrong with a reply; counts it as seen."""
        path = self.path_of(socket, target, method)
        operation = self.operations.get((method, path))
        # no page can read a token, and nobody else gets a cookie
        assert socket != "web" or b'"token":' not in reply.raw, reply
        assert socket == "web" or "Set-Cookie" not in reply.headers, reply
        if operation is None:
            assert reply.status in ANYWHERE | {404} or self._anywhere_403(
                socket, reply), (method, target, reply)
            if method != "HEAD":  # which has no body
                self._problem(reply)
            return
        described = operation["responses"].get(str(reply.status))
        self.seen.add((method, path, reply.status))
        if described is None:
            assert reply.status in ANYWHERE or self._anywhere_403(
                socket, reply), (
                f"{method} {path}: {reply.status} is not described: {reply}")
            self._problem(reply)
            return
        described = self.resolve(described)
        self._headers(described, reply, (method, path, reply))
        content = described.get("content", {})
        if not content:
            assert reply.raw == b"", reply
            return
        kind = reply.headers["Content-Type"].split(";")[0]
        assert kind in content, (method, path, reply.status, kind)
        if "schema" in content[kind]:
            self.validate(content[kind]["schema"], reply.json)
        if reply.status >= 400:
            assert reply.json["status"] == reply.status

    def _headers(self, described, reply, what):
        for name, header in described.get("headers", {}).items():
            header = self.resolve(header)
            values = reply.headers.get_all(name) or []
            assert values or not header.get("required"), (what, name)
            for value in values:
                if header["schema"]["type"] == "integer":
                    value = int(value)
                self.validate(header["schema"], value)

    @staticmethod
    def _anywhere_403(socket, reply):
        return reply.status == 403 and reply.json["type"].split(":")[
            -1] in ANYWHERE_403[socket]

    def _problem(self, reply):
        assert reply.headers["Content-Type"] == "application/problem+json"
        self.validate({"$ref": "#/components/schemas/Problem"}, reply.json)
        assert reply.json["status"] == reply.status
