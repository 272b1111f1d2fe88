"""Calls drawn at random from Google's own description: none of them breaks the emulator, and every answer fits its schema."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from googleapiclient.discovery_cache import get_static_doc

from emulator.kernel import HANDLERS
from emulator.server import Workspace
from emulator.wire import Answer, Incoming
from tests.conformance.conftest import ADMIN, SERVICE_ACCOUNT, address
from tests.conformance.schema_checks import _DOCUMENTS, _methods, check_one

WORDS = (
    "",
    "a",
    "Hola",
    "=A1+1",
    "ñ",
    "0",
    "root",
    "reader",
    "writer",
    "user",
    "anyone",
    "2026-01-01",
    "A1:B2",
    "Sheet1!A1",
    "*",
    "title",
)
KINDS = (*(f"application/vnd.google-apps.{kind}" for kind in ("folder", "spreadsheet", "form")), "text/plain")
PEOPLE = (address("operaciones"), address("vendedora.uno"), "x@example.com")
TEXTS = {
    "int64": ("0", "5", "123456789"),
    "uint64": ("0", "5"),
    "google-duration": ("5s",),
    "date": ("2026-01-01",),
    "byte": ("aG9sYQ==", "RnJvbTogYQpUbzogYkBleGFtcGxlLmNvbQoKaGk="),
}
WHENS = ("2026-11-02T10:00:00Z", "2030-01-01T00:00:00.123Z")
DEEPEST = 6


class Drawer:
    """Draws methods, parameters and bodies; remembers the ids that answers gave, so that later calls find something."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.ids: dict[str, list[str]] = defaultdict(list)
        documents = [json.loads(get_static_doc(name, version)) for name, version in _DOCUMENTS]
        self.methods = [(document, method) for document in documents for method in _methods(document) if method["id"] in HANDLERS]
        self.weights = [6 if method["id"].endswith((".create", ".batchUpdate")) else 1 for _, method in self.methods]

    def value(self, schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
        """Something that fits a schema."""
        if "$ref" in schema:
            schema = schemas[schema["$ref"]]
        kind = schema.get("type")
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        if kind in ("object", "array"):
            return self._many(schema, schemas, name, depth)
        numbers = {
            "boolean": (True, False),
            "integer": (0, 1, 5, -1, 1000, 2**31 - 1),
            "number": (0, 1.5, -3, 1e10),
            "any": (1, "a", True),
        }
        return self.chance.choice(numbers[kind]) if kind in numbers else self._text(schema.get("format", ""), name)

    def _many(self, schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
        if schema["type"] == "array":
            count = 0 if depth > DEEPEST else self.chance.choice((0, 1, 1, 2))
            return [self.value(schema["items"], schemas, name, depth + 1) for _ in range(count)]
        parts = schema.get("properties") or ({"k": schema["additionalProperties"]} if "additionalProperties" in schema else {})
        names = self.chance.sample(list(parts), 0 if depth > DEEPEST else min(len(parts), self.chance.choice((0, 1, 2, 3, 5))))
        return {one: self.value(parts[one], schemas, one, depth + 1) for one in names}

    def _text(self, form: str, name: str) -> str:
        low = name.lower()
        if form in ("date-time", "google-datetime"):
            return self.chance.choice(WHENS)
        if form in TEXTS:
            return self.chance.choice(TEXTS[form])
        if (low.endswith("id") or name == "parents") and self.ids["any"] and self.chance.random() < 0.7:
            return self.chance.choice(self.ids["any"])
        if name == "mimeType":
            return self.chance.choice(KINDS)
        return self.chance.choice(PEOPLE if "email" in low and self.chance.random() < 0.8 else WORDS)

    def _place(self, name: str, schema: dict[str, Any], schemas: dict[str, Any]) -> str:
        if name in ("userId", "topic", "name"):
            return "me" if name == "userId" else "projects/p/topics/t"
        known = self.ids[name]
        return (
            str(self.chance.choice(known) if known and self.chance.random() < 0.9 else self.value(schema, schemas, name)) or "x"
        )

    def _body(self, method: dict[str, Any], schemas: dict[str, Any]) -> bytes:
        if "request" not in method:
            return b""
        body = self.value(method["request"], schemas)
        if method["id"] in ("sheets.spreadsheets.batchUpdate", "forms.forms.batchUpdate"):
            drawn = [self.value(schemas["Request"], schemas) for _ in range(2)]
            body = {"requests": [dict([one]) for request in drawn for one in list(request.items())[:1]]}
        return json.dumps({"info": {"title": "x"}} if method["id"] == "forms.forms.create" else body).encode()

    def call(self) -> tuple[str, Incoming]:
        """The id of a method and a call of it."""
        document, method = self.chance.choices(self.methods, self.weights)[0]
        schemas, path, pairs = document["schemas"], f"/{document['servicePath']}{method['path']}", []
        for name, schema in method.get("parameters", {}).items():
            if schema["location"] == "path":
                text = self._place(name, schema, schemas)
                path = path.replace(f"{{{name}}}", quote(text, safe="")).replace(f"{{+{name}}}", quote(text, safe="/"))
            elif schema.get("required") or self.chance.random() < 0.25:
                drawn = self.value(schema, schemas, name)
                pairs.append((name, str(drawn).lower() if isinstance(drawn, bool) else str(drawn)))
        if "supportsAllDrives" in method.get("parameters", {}):
            pairs = [("supportsAllDrives", "true"), ("fields", "*"), *pairs]
        who = self.chance.choices((ADMIN, SERVICE_ACCOUNT, address("vendedora.uno")), (5, 2, 1))[0]
        headers = {"authorization": f"Bearer local:{who}", "content-type": "application/json"}
        return method["id"], Incoming(method["httpMethod"], path, pairs, headers, self._body(method, schemas))

    def learn(self, method_id: str, answer: Answer) -> None:
        """Keep the ids of an answer."""
        shown = json.loads(answer.body) if answer.status == 200 and answer.body[:1] == b"{" else {}
        kind = str(shown.get("mimeType", "")).rpartition(".")[2]
        places = {"spreadsheet": ["spreadsheetId"], "form": ["formId"]}.get(kind, [])
        if method_id.startswith("drive.files."):
            places = [*places, "fileId"]
        for name in ("id", "spreadsheetId", "formId"):
            if isinstance(shown.get(name), str):
                for place in ("any", *(places if name == "id" else [name])):
                    self.ids[place] = [*self.ids[place], shown[name]][-60:]


async def play(seed: int, count: int) -> dict[str, int]:
    """Serve so many drawn calls; returns how often each method answered 200."""
    workspace, drawer = Workspace(), Drawer(seed)
    done: dict[str, int] = defaultdict(int)
    await workspace.start()
    for _ in range(count):
        method_id, call = drawer.call()
        answer = await workspace.serve(call)
        assert answer is not None
        assert b"The local Workspace failed" not in answer.body, (method_id, call.path, call.pairs, call.body)
        if "json" in answer.headers.get("Content-Type", "") and ("alt", "media") not in call.pairs and answer.body:
            check_one(call.verb, call.path, answer.status, answer.body)
        drawer.learn(method_id, answer)
        done[method_id] += answer.status == 200
    await workspace.stop()
    return done


def played(seed: int, count: int) -> dict[str, int]:
    """`play` on a thread of its own: a browser test may have left an event loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(play(seed, count))).result()


def test_drawn_calls_never_break_anything() -> None:
    """Whatever fits the documents is answered or refused; many methods are reached."""
    done = played(seed=1, count=2500)
    assert sum(count > 0 for count in done.values()) > 60


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 10))
def test_many_drawn_calls_never_break_anything(seed: int) -> None:
    """The same, for longer."""
    played(seed, count=20_000)
