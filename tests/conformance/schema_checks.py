"""Every answer that a test receives is held against Google's own description of it.

`watch(session)` makes a session fail the test at once when a JSON answer has a member that the discovery document does not know,
a value of the wrong type, an enum value outside its list, a wrong format, or a refusal that has not one of Google's two shapes.
Written apart from the emulator, from the documents alone, so that both cannot share a mistake.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from googleapiclient.discovery_cache import get_static_doc

_DOCUMENTS = (
    ("drive", "v3"),
    ("sheets", "v4"),
    ("forms", "v1"),
    ("gmail", "v1"),
    ("admin", "directory_v1"),
    ("pubsub", "v1"),
)
_FORMS = {
    "int64": re.compile(r"-?\d{1,19}"),
    "uint64": re.compile(r"\d{1,20}"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z"),
    "google-datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z"),
    "google-duration": re.compile(r"-?\d+(\.\d{1,9})?s"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}
_WHOLE = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}
_ITEM = {"message", "domain", "reason", "location", "locationType"}
_LEGACY = {"drive", "gmail", "admin"}


class Route:
    """One method as the documents describe it: where it answers and what with."""

    def __init__(self, api: str, pattern: re.Pattern[str], verb: str, response: str | None, weight: int) -> None:
        self.api, self.pattern, self.verb, self.response, self.weight = api, pattern, verb, response, weight


def _pattern(path: str, parameters: dict[str, Any]) -> re.Pattern[str]:
    parts = re.split(r"\{(\+?)(\w+)\}", path)
    text = re.escape(parts[0])
    for many, name, rest in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        given = str(parameters.get(name, {}).get("pattern", ".+")).removeprefix("^").removesuffix("$")
        text += (given if many else "[^/]+") + re.escape(rest)
    return re.compile(text)


def _methods(resource: dict[str, Any]) -> list[dict[str, Any]]:
    found = list(resource.get("methods", {}).values())
    for below in resource.get("resources", {}).values():
        found += _methods(below)
    return found


@lru_cache(maxsize=1)
def documents() -> tuple[dict[str, dict[str, Any]], list[Route]]:
    """The schemas of every API by its name, and all routes, the most particular first."""
    schemas, routes = {}, []
    for name, version in _DOCUMENTS:
        document = json.loads(get_static_doc(name, version))
        schemas[name] = document["schemas"]
        for method in _methods(document):
            path = "/" + document["servicePath"] + method["path"]
            weight = len(re.sub(r"\{.*?\}", "", path))
            response = method.get("response", {}).get("$ref")
            routes.append(Route(name, _pattern(path, method.get("parameters", {})), method["httpMethod"], response, weight))
    return schemas, sorted(routes, key=lambda route: -route.weight)


def route_of(verb: str, path: str) -> Route | None:
    """The method that a verb and a path mean."""
    path = path[path.index("/upload/") + 7 :] if "/upload/" in path[:18] else path
    return next((route for route in documents()[1] if route.verb == verb and route.pattern.fullmatch(path)), None)


def faults_of(value: Any, schema: dict[str, Any], schemas: dict[str, Any], place: str) -> list[str]:
    """What in a value does not fit its schema, each with its place."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema.get("type")
    if kind == "any":
        return []
    if kind == "array":
        if type(value) is not list:
            return [f"{place}: expected a list, found {value!r}"]
        return [fault for n, item in enumerate(value) for fault in faults_of(item, schema["items"], schemas, f"{place}[{n}]")]
    if kind == "object":
        return _object_faults(value, schema, schemas, place)
    return _scalar_faults(value, schema, place)


def _object_faults(value: Any, schema: dict[str, Any], schemas: dict[str, Any], place: str) -> list[str]:
    if type(value) is not dict:
        return [f"{place}: expected an object, found {value!r}"]
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
    found = []
    for name, item in value.items():
        part = properties.get(name, rest)
        if part is None and (properties or rest is None):
            found.append(f"{place}.{name}: the document knows no such member")
        elif part is not None:
            found += faults_of(item, part, schemas, f"{place}.{name}")
    return found


def _scalar_faults(value: Any, schema: dict[str, Any], place: str) -> list[str]:
    kind, form = schema.get("type"), schema.get("format", "")
    expected = {"string": str, "boolean": bool, "integer": int}.get(str(kind))
    if kind == "number":
        right = type(value) in (int, float) or value in ("NaN", "Infinity", "-Infinity")
        return [] if right else [f"{place}: expected a number, found {value!r}"]
    if expected is not None and type(value) is not expected:
        return [f"{place}: expected {kind} ({form}), found {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{place}: {value!r} is not in the enum {schema['enum']}"]
    if form in _WHOLE and not _WHOLE[form][0] <= value <= _WHOLE[form][1]:
        return [f"{place}: {value!r} is no {form}"]
    if form in _FORMS and _FORMS[form].fullmatch(value) is None:
        return [f"{place}: {value!r} is no {form}"]
    if form == "byte" and not _is_base64(value):
        return [f"{place}: {value[:60]!r} is no base64"]
    return []


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return False
    return True


def refusal_faults(body: Any, status: int, api: str) -> list[str]:
    """What in the body of a refusal has not the shape that the API gives it."""
    if type(body) is dict and set(body) == {"error", "error_description"}:
        return []  # the token server's own shape
    if type(body) is not dict or set(body) != {"error"} or type(body["error"]) is not dict:
        return [f"a refusal is an object with `error` alone, found {body!r}"]
    error = body["error"]
    found = []
    if error.get("code") != status:
        found.append(f"error.code {error.get('code')!r} is not the status {status}")
    if type(error.get("message")) is not str:
        found.append(f"error.message: expected a text, found {error.get('message')!r}")
    strange = set(error) - {"code", "message", "status", "details"} - ({"errors"} if api in _LEGACY else set())
    if strange:
        found.append(f"error has {sorted(strange)}")
    if api in _LEGACY:
        items = error.get("errors")
        if type(items) is not list or not items:
            found.append("error.errors is missing")
        else:
            found += [f"errors[] item {item}" for item in items if set(item) - _ITEM or not {"message", "reason"} <= set(item)]
    elif "status" not in error:
        found.append("error.status is missing")
    if any("@type" not in detail for detail in error.get("details", [])):
        found.append("error.details without @type")
    return found


def check(answer: requests.Response, *rest: Any, **options: Any) -> None:
    """Fail the running test when an answer is not one that the documents describe. A hook of `requests`."""
    request = answer.request
    target = urlsplit(str(request.url))
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("multipart/mixed") and target.path.startswith("/batch"):
        for verb, inner, status, text in batch_parts(request.body, answer.content):
            check_one(verb, inner, status, text)
    elif "json" in kind and not target.path.startswith("/_"):
        verb = request.headers.get("x-http-method-override") or str(request.method)
        check_one(verb, f"{target.path}?{target.query}", answer.status_code, answer.content)


def batch_parts(asked: Any, answered: bytes) -> list[tuple[str, str, int, bytes]]:
    """Verb, target, status and body of the JSON parts of a batch; those whose Content-ID nobody gave are left out."""
    sent = asked if isinstance(asked, bytes) else str(asked or "").encode()
    calls = dict(re.findall(rb"Content-ID: <([^>]+)>.*?\r?\n\r?\n((?:GET|POST|PUT|PATCH|DELETE) \S+)", sent, re.DOTALL))
    found = []
    for part in re.split(rb"\r\n--|\A--", answered):
        shown = re.search(rb"Content-ID: <response-([^>]+)>.*?HTTP/1.1 (\d+).*?\r\n\r\n(\{.*)", part, re.DOTALL)
        if shown and shown[1] in calls:
            verb, target = calls[shown[1]].decode().split()
            found.append((verb, target, int(shown[2]), shown[3]))
    return found


def check_one(verb: str, target: str, status: int, text: bytes) -> None:
    """Fail for one JSON answer that its method's description does not allow."""
    parts = urlsplit(target)
    if "media" in parse_qs(parts.query).get("alt", []) and status == 200:
        return
    # A chunk of an upload is a PUT to the address of the method that began it.
    route = route_of(verb, parts.path) or route_of("POST", parts.path) or route_of("PATCH", parts.path)
    if route is None:
        return
    found: list[str] = []
    if status >= 400:
        found = refusal_faults(json.loads(text), status, route.api)
    elif route.response:
        schemas = documents()[0][route.api]
        found = faults_of(json.loads(text), schemas[route.response], schemas, route.response)
    assert not found, f"{verb} {parts.path}: " + "; ".join(found[:5])


def watch(session: requests.Session) -> None:
    """Check every answer that the session receives."""
    session.hooks["response"].append(check)
