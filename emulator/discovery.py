"""Google's own description of the APIs, compiled: which method a verb and path mean, its scopes, parameters and schemas.

Source: the discovery documents that google-api-python-client carries; nothing about a method is written by hand here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any
from urllib.parse import unquote

from emulator import masks
from emulator.bodies import BodySchemas, Checker, Invalid
from emulator.errors import no_such_field, violations
from emulator.kernel import Json
from emulator.params import Parameter, WrongValue, parameter, read_query, wrong_value

_DOCUMENTS = {
    "drive.v3": "google.apps.drive.v3",
    "sheets.v4": "google.apps.sheets.v4",
    "forms.v1": "google.apps.forms.v1",
    "gmail.v1": "google.gmail.v1",
    "admin.directory_v1": "google.admin.directory.v1",
    "pubsub.v1": "google.pubsub.v1",
}
_LEGACY = frozenset(("drive", "gmail", "admin"))
_SLASHED_VERB = re.compile(r"/:(?=[a-zA-Z]+$)")
_PLACES = re.compile(r"\{(\+?)(\w+)\}")


@dataclass(frozen=True, eq=False)
class Api:
    """One Google API: its name, host, schemas and the shape of its refusals."""

    name: str
    service: str
    schemas: dict[str, Json]
    bodies: BodySchemas
    lenient_bodies: BodySchemas

    @cached_property
    def legacy_errors(self) -> bool:
        """Whether refusals carry `errors[]` (Drive, Gmail, Directory) rather than google.rpc details."""
        return self.name in _LEGACY


@dataclass(frozen=True, eq=False)
class Upload:
    """What a method with media accepts. max_bytes 0: no limit."""

    accept: tuple[str, ...]
    max_bytes: int


@dataclass(frozen=True, eq=False)
class Method:
    """One method of an API, ready to check calls."""

    id: str
    api: Api
    verb: str
    scopes: frozenset[str]
    query: dict[str, Parameter]
    required: tuple[str, ...]
    places: dict[str, Parameter]
    request: str | None
    response: str | None
    upload: Upload | None
    downloads: bool
    _masks: dict[str, masks.Tree | None] = field(default_factory=dict)

    @cached_property
    def body_checker(self) -> Checker | None:
        """The checker of the request body, or None for a method without one."""
        return self.api.bodies.checker(self.request) if self.request else None

    @cached_property
    def lenient_checker(self) -> Checker | None:
        """The same, passing over names that the schema does not know (Drive, by a switch)."""
        return self.api.lenient_bodies.checker(self.request) if self.request else None

    @cached_property
    def body_name(self) -> str:
        """What messages call the body: `file` for a File; nothing where the body is the whole request."""
        if self.request is None or self.request.endswith("Request") or self.api.name == "pubsub":
            return ""
        return "data" if self.request == "ValueRange" else self.request[:1].lower() + self.request[1:]

    def read_query(self, pairs: list[tuple[str, str]], *, ignores_unknown: bool = False) -> Json:
        """The typed query; 400 for unknown names, wrong values and missing required parameters."""
        return read_query(self.api, self.query, self.required, pairs, ignores_unknown=ignores_unknown)

    def check_body(self, body: Any, *, lenient: bool = False) -> Json:
        """The normalised body; 400 as Google words it when it does not fit the schema."""
        checker = self.lenient_checker if lenient else self.body_checker
        if checker is None:
            return {}
        if type(body) is not dict:
            raise violations([("", 'Invalid JSON payload received. Unknown name "": Root element must be a message.')])
        try:
            checked: Json = checker(body)
        except Invalid as found:
            if self.body_name:
                found.inside(self.body_name)
            raise violations([(fault.where, fault.message()) for fault in found.faults]) from None
        return checked

    def mask(self, text: str) -> masks.Tree | None:
        """The compiled `fields`; 400 for one that names what the answer does not have."""
        if text not in self._masks:
            if len(self._masks) > 500:
                self._masks.clear()
            self._masks[text] = self._compile_mask(text)
        return self._masks[text]

    def _compile_mask(self, text: str) -> masks.Tree | None:
        try:
            tree = masks.parse(text)
            if self.response:
                masks.check(tree, self.api.schemas[self.response], self.api.schemas)
        except masks.BadMask as fault:
            raise no_such_field(self.api, fault.name if self.api.name in ("drive", "admin") else fault.path, text) from None
        return tree

    def check_places(self, path: dict[str, str]) -> None:
        """400 for a path parameter of the wrong type."""
        for name, text in path.items():
            try:
                self.places[name].convert(text)
            except WrongValue as fault:
                raise wrong_value(name, text, fault) from None


@dataclass(frozen=True)
class Match:
    """A call's method, the values in its path, and whether it came by the upload path."""

    method: Method
    path: dict[str, str]
    uploads: bool


@dataclass
class Routes:
    """All methods of all APIs, found by verb and raw path."""

    methods: dict[str, Method] = field(default_factory=dict)
    apis: dict[str, Api] = field(default_factory=dict)
    _exact: dict[tuple[str, int], list[tuple[re.Pattern[str], Method, int]]] = field(default_factory=dict)
    _loose: dict[str, list[tuple[re.Pattern[str], Method, int]]] = field(default_factory=dict)

    def find(self, verb: str, raw_path: str) -> Match | None:
        """The method that a verb and a percent-encoded path mean, or None."""
        uploads = False
        # Google's front takes `/ID/` for `/ID` and `/ID/:batchUpdate` for `/ID:batchUpdate`; libraries that join paths rely on it.
        raw_path = _SLASHED_VERB.sub(":", raw_path.rstrip("/"))
        if raw_path.startswith(("/upload/", "/resumable/upload/")):
            uploads, raw_path = True, raw_path[raw_path.index("/upload/") + 7 :]
        for pattern, method, _ in self._exact.get((verb, raw_path.count("/")), ()):
            found = pattern.fullmatch(raw_path)
            if found and (method.upload or not uploads):
                return Match(method, {name: unquote(text) for name, text in found.groupdict().items()}, uploads)
        for pattern, method, _ in self._loose.get(verb, ()):
            found = pattern.fullmatch(raw_path)
            if found:
                return Match(method, {name: unquote(text) for name, text in found.groupdict().items()}, uploads)
        return None

    def api_of(self, raw_path: str) -> Api | None:
        """The API that a path belongs to by its beginning, even when no method answers there."""
        path = raw_path.removeprefix("/resumable").removeprefix("/upload")
        for start, name in _STARTS:
            if path.startswith(start):
                return self.apis[name]
        return None

    def add(self, document: Json, package: str) -> None:
        """Take in one discovery document."""
        name = document["name"]
        schemas = document["schemas"]
        host = document["rootUrl"].removeprefix("https://").rstrip("/")
        service = "drive.googleapis.com" if name == "drive" else host
        strict = BodySchemas(schemas, package, keeps_nulls=name == "drive")
        lenient = BodySchemas(schemas, package, keeps_nulls=True, lenient=True) if name == "drive" else strict
        api = Api(name, service, schemas, strict, lenient)
        self.apis[name] = api
        common = {key: parameter(key, schema) for key, schema in document["parameters"].items()}
        common["upload_id"] = parameter("upload_id", {"type": "string"})
        for described in _methods(document):
            method = _method(api, described, common)
            self.methods[method.id] = method
            self._add_route(method, described, "/" + document["servicePath"])
        for routes in (*self._exact.values(), *self._loose.values()):
            routes.sort(key=lambda route: -route[2])

    def _add_route(self, method: Method, described: Json, prefix: str) -> None:
        template = prefix + described["path"]
        pattern, loose = _pattern(template, described.get("parameters", {}))
        weight = len(_PLACES.sub("", template))
        route = (re.compile(pattern), method, weight)
        if loose:
            self._loose.setdefault(method.verb, []).append(route)
        else:
            slashes = f"{prefix}{described.get('flatPath', described['path'])}".count("/")
            self._exact.setdefault((method.verb, slashes), []).append(route)


_STARTS = (
    ("/drive/v3", "drive"),
    ("/v4/spreadsheets", "sheets"),
    ("/v1/forms", "forms"),
    ("/gmail/v1", "gmail"),
    ("/admin/", "admin"),
    ("/v1/", "pubsub"),
)


def _methods(resource: Json) -> list[Json]:
    found = list(resource.get("methods", {}).values())
    for below in resource.get("resources", {}).values():
        found += _methods(below)
    return found


def _method(api: Api, described: Json, common: dict[str, Parameter]) -> Method:
    given = described.get("parameters", {})
    query = {name: parameter(name, schema) for name, schema in given.items() if schema["location"] == "query"}
    places = {name: parameter(name, schema) for name, schema in given.items() if schema["location"] == "path"}
    media = described.get("mediaUpload")
    return Method(
        id=described["id"],
        api=api,
        verb=described["httpMethod"],
        scopes=frozenset(described.get("scopes", ())),
        query={**common, **query},
        required=tuple(name for name, spec in query.items() if spec.required),
        places=places,
        request=described.get("request", {}).get("$ref"),
        response=described.get("response", {}).get("$ref"),
        upload=Upload(tuple(media["accept"]), int(media.get("maxSize", 0) or 0)) if media else None,
        downloads=bool(described.get("supportsMediaDownload")),
    )


def _pattern(template: str, parameters: Json) -> tuple[str, bool]:
    """A regular expression for a path template, and whether it may span any number of segments."""
    loose = False
    parts: list[str] = []
    position = 0
    for place in _PLACES.finditer(template):
        parts.append(re.escape(template[position : place.start()]))
        position = place.end()
        inner: str = "[^/]+"
        if place.group(1):
            given = str(parameters[place.group(2)].get("pattern", "")).removeprefix("^").removesuffix("$")
            loose = loose or not given
            inner = given or ".+"
        parts.append(f"(?P<{place.group(2)}>{inner})")
    parts.append(re.escape(template[position:]))
    return "".join(parts), loose


@lru_cache(maxsize=1)
def routes() -> Routes:
    """The compiled documents of all APIs that the local Workspace speaks."""
    table = Routes()
    folder = resources.files("googleapiclient.discovery_cache").joinpath("documents")
    for name, package in _DOCUMENTS.items():
        table.add(json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8")), package)
    return table
