"""The way of one call: method, identity, scopes, quota, parameters, body, handler, mask, refusal.

Everything here is synchronous: between the first look at the state and the last change to it nothing else runs.
"""

from __future__ import annotations

import importlib
import json
import random
import re
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

from emulator import admin, errors, pubsub
from emulator.discovery import Api, Match, Method, routes
from emulator.faults import Faults
from emulator.kernel import HANDLERS, ApiError, Call, Json, Media, Raw, World
from emulator.ledger import Ledger
from emulator.masks import Tree, apply
from emulator.quotas import Quotas
from emulator.state import State
from emulator.wire import Answer, Incoming, Session, read_json, read_upload

SERVICES = ("drive", "sheets", "forms", "gmail")
UPLOADS = "front.uploads"
_JSON = {"Content-Type": "application/json; charset=UTF-8"}
_SCOPE_ROOT = "https://www.googleapis.com/auth/"
_TOKEN = re.compile(r"local:([^@|\s]+@[^@|\s]+)(?:\|(.*))?")
# Parameters that every method has and no handler needs.
_DROPPED = frozenset(
    ("key", "quotaUser", "prettyPrint", "callback", "access_token", "oauth_token", "$.xgafv", "upload_protocol", "upload_id")
)
_BUILT_IN = (admin, pubsub)


def load_services() -> list[ModuleType]:
    """Import the services, which registers their handlers. One that is absent answers 501 for its methods."""
    loaded = list(_BUILT_IN)
    for name in SERVICES:
        try:
            loaded.append(importlib.import_module(f"emulator.{name}"))
        except ModuleNotFoundError as problem:
            if problem.name != f"emulator.{name}":
                raise
    return loaded


def scopes_of(text: str) -> frozenset[str]:
    """The scopes of a token; short names stand for those under googleapis.com/auth/."""
    names = [name.strip() for name in text.split(",")]
    return frozenset(name if "://" in name else _SCOPE_ROOT + name for name in names if name)


class Front:
    """What all calls pass: the world, the method table, and the knobs of `/_local`."""

    def __init__(self, world: World, state: State) -> None:
        self.world, self.state = world, state
        self.routes = routes()
        self.services = load_services()
        self.ledger, self.faults, self.quotas = Ledger(), Faults(), Quotas()
        self.latency_ms = 0.0
        self.random = random.Random(0)
        self._tokens: dict[str, tuple[str, frozenset[str] | None]] = {}
        drive = sys.modules.get("emulator.drive")
        self._default_fields: Callable[[str], str | None] = getattr(drive, "default_fields", lambda method_id: None)

    def route(self, call: Incoming) -> Match | None:
        """The method of a call; a chunk of a resumable upload belongs to the method that began it."""
        if call.verb == "PUT" and "/upload/" in call.path[:18] and any(name == "upload_id" for name, _ in call.pairs):
            return (
                self.routes.find("POST", call.path) or self.routes.find("PATCH", call.path) or self.routes.find("PUT", call.path)
            )
        return self.routes.find(call.verb, call.path)

    def actor_of(self, call: Incoming) -> str:
        """The address that a call's token names, or the empty text."""
        try:
            return self.world.directory.canonical(self._token(call)[0])
        except KeyError:
            return ""

    def perform(self, match: Match, call: Incoming) -> Answer:
        """Carry a call out. Refusals and bugs become answers."""
        try:
            return self._perform(match, call)
        except ApiError as refusal:
            return refused(refusal, match.method.api)
        except Exception:  # noqa: BLE001 - a bug of the emulator: seen on stderr, 500 for the caller
            traceback.print_exc(file=sys.stderr)
            bug = ApiError(500, f"The local Workspace failed in {match.method.id}: see its stderr.", reason="internalError")
            return refused(bug, match.method.api)

    def _perform(self, match: Match, call: Incoming) -> Answer:
        method = match.method
        actor, scopes = self._identify(method, call)
        self.quotas.take(method, actor, self.world.clock.now(), downloads=("alt", "media") in call.pairs)
        query = method.read_query(call.pairs)
        if match.uploads:
            upload_type = query.get("uploadType", "")
            if "upload_id" in query:
                return self._continue_upload(match, call, query, actor, scopes)
            if upload_type == "resumable":
                return self._begin_upload(match, call, query, actor)
            body, media = read_upload(method.api, call, upload_type)
            check_media(method, media)
        else:
            body, media = (read_json(method.api, call.body) if method.request else {}), None
        return self._handle(match, query, method.check_body(body), media, actor, scopes)

    def _identify(self, method: Method, call: Incoming) -> tuple[str, frozenset[str] | None]:
        try:
            actor, scopes = self._token(call)
        except KeyError:
            raise errors.unauthenticated(method.api, missing=not call.header("authorization")) from None
        actor = self.world.directory.canonical(actor)
        if self.world.directory.is_suspended(actor):
            raise errors.unauthenticated(method.api, missing=False)
        if scopes is not None and method.scopes and not scopes & method.scopes:
            raise errors.insufficient_scopes(method.api, method.id, method.scopes)
        self.world.directory.acted(actor)
        return actor, scopes

    def _token(self, call: Incoming) -> tuple[str, frozenset[str] | None]:
        """Address and scopes of the token; KeyError when there is none that counts here."""
        header = call.header("authorization")
        if not header:
            header = "Bearer " + next((text for name, text in call.pairs if name in ("access_token", "oauth_token")), "")
        if header not in self._tokens:
            kind, _, token = header.partition(" ")
            found = _TOKEN.fullmatch(token.strip()) if kind.lower() == "bearer" else None
            if found is None:
                raise KeyError(header)
            self._tokens[header] = (found.group(1).lower(), None if found.group(2) is None else scopes_of(found.group(2)))
        return self._tokens[header]

    def _handle(
        self, match: Match, query: Json, body: Json, media: Media | None, actor: str, scopes: frozenset[str] | None
    ) -> Answer:
        method = match.method
        method.check_places(match.path)
        tree = self._mask(method, query)
        handler = HANDLERS.get(method.id)
        if handler is None:
            raise ApiError(501, f"{method.id} is not part of the local Workspace.", reason="notImplemented")
        query = {name: value for name, value in query.items() if name not in _DROPPED}
        result = handler(Call(method.id, actor, scopes, match.path, query, body, media, self.world))
        return rendered(result, tree)

    def _mask(self, method: Method, query: Json) -> Tree | None:
        text = query.get("fields")
        if not text and method.api.name == "drive":
            text = self._default_fields(method.id)
        return method.mask(text) if text else None

    def _begin_upload(self, match: Match, call: Incoming, query: Json, actor: str) -> Answer:
        """Open a resumable session: everything is checked but what only the handler knows."""
        method = match.method
        body = method.check_body(read_json(method.api, call.body))
        self._mask(method, query)
        mime_type = call.header("x-upload-content-type") or str(body.get("mimeType") or "application/octet-stream")
        check_media(method, Media(mime_type, b""))
        upload_id = self.world.new_id("AEnB2U", 80)
        session = Session(upload_id, method.id, actor, call.path, call.pairs, body, mime_type, self.world.clock.now())
        self.world.table(UPLOADS)[upload_id] = session
        location = session.location(self.world.base_url)
        return Answer(
            200, {"Location": location, "X-GUploader-UploadID": upload_id, "Content-Type": "text/plain; charset=utf-8"}, b""
        )

    def _continue_upload(self, match: Match, call: Incoming, query: Json, actor: str, scopes: frozenset[str] | None) -> Answer:
        """Take a chunk; with the last one the method runs. A session lives a week."""
        sessions = self.world.table(UPLOADS)
        session: Session | None = sessions.get(query["upload_id"])
        if session is None or session.actor != actor or (self.world.clock.now() - session.started).days >= 7:
            raise ApiError(404, "Not Found", reason="notFound")
        if session.answer is not None:
            return session.answer
        complete = session.take(call.header("content-range"), call.body)
        sessions[session.upload_id] = session
        if not complete:
            return Answer(308, session.progress(), b"")
        media = Media(session.mime_type, session.data)
        method = self.routes.methods[session.method]
        check_media(method, media)
        found = self.routes.find(method.verb, call.path) or match
        answer = self._handle(found, query, session.body, media, actor, scopes)
        session.answer, session.data = answer, b""
        sessions[session.upload_id] = session
        return answer


def check_media(method: Method, media: Media) -> None:
    """400 or 413 for bytes that the method does not take."""
    upload = method.upload
    if upload is None:
        raise ApiError(400, "Media is not supported by this method.", reason="mediaUploadNotSupported")
    main = media.mime_type.partition("/")[0]
    if not any(kind in ("*/*", media.mime_type, f"{main}/*") for kind in upload.accept):
        text = f"Media type '{media.mime_type}' is not supported. Valid media types: [{', '.join(upload.accept)}]"
        raise ApiError(400, text, reason="badContent")
    if upload.max_bytes and len(media.data) > upload.max_bytes:
        raise ApiError(413, "Request is too large.", reason="uploadTooLarge")


def rendered(result: Json | Raw | None, tree: Tree | None) -> Answer:
    """A handler's result as an answer: JSON under its mask, raw bytes, or 204."""
    if result is None:
        return Answer(204, {}, b"")
    if isinstance(result, Raw):
        return Answer(200, {"Content-Type": result.mime_type, **result.headers}, result.data)
    return Answer(200, _JSON, to_json(apply(tree, result)))


def refused(refusal: ApiError, api: Api) -> Answer:
    """A refusal as an answer, in the shape of its API."""
    return Answer(refusal.code, {**_JSON, **refusal.headers}, to_json(errors.body_of(refusal, api)))


def to_json(value: Any) -> bytes:
    """UTF-8 JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
