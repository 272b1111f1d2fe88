"""The way of one call: method, identity, scopes, quota, parameters, body, handler, mask, refusal.

Everything here is synchronous: between the first look at the state and the last change to it nothing else runs.
"""

from __future__ import annotations

import random
import re
import sys
import traceback
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType

from emulator import admin, drive, errors, forms, gmail, pubsub, sheets
from emulator.answers import ranged, refused, rendered
from emulator.discovery import Match, Method, routes
from emulator.faults import Faults
from emulator.kernel import BEGINS, HANDLERS, ApiError, Call, Json, Media, World
from emulator.ledger import Ledger
from emulator.masks import Tree
from emulator.quotas import Quotas
from emulator.state import State
from emulator.wire import Answer, Incoming, Session, read_json, read_upload

UPLOADS = "front.uploads"
_SESSION_LIFE = timedelta(days=7)
_MOST_TOKENS = 10_000
_SCOPE_ROOT = "https://www.googleapis.com/auth/"
_ADDRESS = r"[^@|/\s]+@[^@|/\s]+"
# `local:<address>|scopes`, or of a service account that acts for a person `local:<service account>/as/<address>|scopes`.
_TOKEN = re.compile(rf"local:(?:({_ADDRESS})/as/)?({_ADDRESS})(?:\|(.*))?")
# Parameters that every method has and no handler needs.
_DROPPED = frozenset(
    ("key", "quotaUser", "prettyPrint", "callback", "access_token", "oauth_token", "$.xgafv", "upload_protocol", "upload_id")
)
# Who reads with an API key: an outside account that nobody can share with by name.
_KEY_HOLDER = "anyone@api-key.invalid"
SERVICES: tuple[ModuleType, ...] = (admin, pubsub, drive, sheets, forms, gmail)
"""Importing them has registered their handlers."""


def scopes_of(text: str) -> frozenset[str]:
    """The scopes of a token; short names stand for those under googleapis.com/auth/."""
    names = [name.strip() for name in text.split(",")]
    return frozenset(name if "://" in name else _SCOPE_ROOT + name for name in names if name)


@dataclass(frozen=True)
class Token:
    """An access token, read. scopes None: all. delegate: the service account that acts for the address, or nothing."""

    address: str
    scopes: frozenset[str] | None
    delegate: str


class Front:
    """What all calls pass: the world, the method table, and the knobs of `/_local`."""

    def __init__(self, world: World, state: State) -> None:
        self.world, self.state = world, state
        self.routes = routes()
        self.ledger, self.faults, self.quotas = Ledger(), Faults(), Quotas()
        self.latency_ms = 0.0
        self.random = random.Random(0)
        self._tokens: dict[str, Token] = {}

    def route(self, call: Incoming) -> Match | None:
        """The method of a call; a chunk of a resumable upload belongs to the method that began it."""
        if (
            call.verb in ("PUT", "POST", "DELETE")
            and "/upload/" in call.path[:18]
            and any(name == "upload_id" for name, _ in call.pairs)
        ):
            return (
                self.routes.find("POST", call.path) or self.routes.find("PATCH", call.path) or self.routes.find("PUT", call.path)
            )
        return self.routes.find(call.verb, call.path)

    def actor_of(self, call: Incoming) -> str:
        """The address that a call's token names, or the empty text."""
        try:
            return self.world.directory.canonical(self._token(call).address)
        except KeyError:
            return ""

    def perform(self, match: Match, call: Incoming) -> Answer:
        """Carry a call out. Refusals and bugs become answers."""
        version = ""
        try:
            version = _error_version(call)
            return self._perform(match, call)
        except ApiError as refusal:
            return refused(refusal, match.method.api, version)
        except Exception:  # noqa: BLE001 - a bug of the emulator: seen on stderr, 500 for the caller
            traceback.print_exc(file=sys.stderr)
            bug = ApiError(500, f"The local Workspace failed in {match.method.id}: see its stderr.", reason="internalError")
            return refused(bug, match.method.api)

    def _perform(self, match: Match, call: Incoming) -> Answer:
        method = match.method
        actor, scopes = self._identify(method, call)
        self.quotas.take(method, actor, self.world.clock.now(), downloads=("alt", "media") in call.pairs)
        lenient = bool(self.world.behaviour.get("drive_ignores_unknown_names", False)) and method.api.name == "drive"
        query = method.read_query(call.pairs, ignores_unknown=lenient)
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
        answer = self._handle(match, query, method.check_body(body, lenient=lenient), media, actor, scopes)
        return ranged(answer, call.header("range")) if query.get("alt") == "media" else answer

    def _identify(self, method: Method, call: Incoming) -> tuple[str, frozenset[str] | None]:
        try:
            token = self._token(call)
        except KeyError:
            if not call.header("authorization"):
                if _opens_by_key(method, call):
                    return _KEY_HOLDER, None
                keys_count = self.world.behaviour.get("anonymous_is_403", False)
                raise errors.anonymous(method.api, method.id, keys_count=keys_count) from None
            raise errors.bad_token() from None
        scopes = self._delegated(token) if token.delegate else token.scopes
        actor = self.world.directory.canonical(token.address)
        if self.world.directory.is_suspended(actor):
            raise errors.bad_token()
        if scopes is not None and method.scopes and not scopes & method.scopes:
            raise errors.insufficient_scopes(method.api, method.id, method.scopes)
        self.world.directory.acted(actor)
        return actor, scopes

    def _delegated(self, token: Token) -> frozenset[str]:
        """The scopes of a service account that acts for a person, as far as the domain's delegation goes."""
        directory = self.world.directory
        granted = directory.delegations.get(token.delegate, set())
        scopes = frozenset(granted) if token.scopes is None else token.scopes
        if not granted or not scopes <= granted:
            raise errors.unauthorized_client()
        if directory.canonical(token.address) not in directory.people:
            raise errors.invalid_grant()
        return scopes

    def _token(self, call: Incoming) -> Token:
        """What the token says; KeyError when there is none that counts here."""
        header = call.header("authorization")
        if not header:
            header = "Bearer " + next((text for name, text in call.pairs if name in ("access_token", "oauth_token")), "")
        if header not in self._tokens:
            if len(self._tokens) > _MOST_TOKENS:
                self._tokens.clear()
            kind, _, token = header.partition(" ")
            found = _TOKEN.fullmatch(token.strip()) if kind.lower() == "bearer" else None
            if found is None:
                raise KeyError(header)
            delegate, address, scopes = found.groups()
            self._tokens[header] = Token(address.lower(), None if scopes is None else scopes_of(scopes), (delegate or "").lower())
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
        pretty = query.get("prettyPrint", True)
        query = {name: value for name, value in query.items() if name not in _DROPPED}
        result = handler(Call(method.id, actor, scopes, match.path, query, body, media, self.world))
        return rendered(result, tree, method.api, pretty=pretty)

    def _mask(self, method: Method, query: Json) -> Tree | None:
        text = query.get("fields")
        if method.api.name == "drive":
            if text is None:
                text = drive.default_fields(method.id)
            elif not text.strip():
                return {}  # a blank mask selects nothing
        if query.get("alt") == "media" and not method.downloads and method.api.name != "drive":
            raise ApiError(400, 'Unsupported alt type "media" for non byte stream request.')
        return method.mask(text) if text else None

    def _begin_upload(self, match: Match, call: Incoming, query: Json, actor: str) -> Answer:
        """Open a resumable session: everything is checked but what only the handler knows."""
        method = match.method
        body = method.check_body(read_json(method.api, call.body))
        self._mask(method, query)
        mime_type = call.header("x-upload-content-type") or str(body.get("mimeType") or "application/octet-stream")
        media = Media(mime_type, b"")
        check_media(method, media)
        if method.id in BEGINS:
            BEGINS[method.id](Call(method.id, actor, None, match.path, query, body, media, self.world))
        sessions, now = self.world.table(UPLOADS), self.world.clock.now()
        for old in [key for key, session in sessions.items() if now - session.started >= _SESSION_LIFE]:
            del sessions[old]
        upload_id = self.world.new_id("AEnB2U", 80)
        session = Session(upload_id, method.id, actor, call.path, call.pairs, body, mime_type, now)
        sessions[upload_id] = session
        location = session.location(self.world.base_url)
        return Answer(
            200, {"Location": location, "X-GUploader-UploadID": upload_id, "Content-Type": "text/plain; charset=utf-8"}, b""
        )

    def _continue_upload(self, match: Match, call: Incoming, query: Json, actor: str, scopes: frozenset[str] | None) -> Answer:
        """Take a chunk; with the last one the method runs. A session lives a week."""
        sessions = self.world.table(UPLOADS)
        session: Session | None = sessions.get(query["upload_id"])
        if session is None or session.actor != actor or self.world.clock.now() - session.started >= _SESSION_LIFE:
            raise ApiError(404, "Not Found", reason="notFound")
        if call.verb == "DELETE":
            del sessions[session.upload_id]
            return Answer(499, {"Content-Type": "text/plain; charset=utf-8"}, b"")
        if session.answer is not None:
            return session.answer
        complete = session.take(call.header("content-range"), call.body)
        sessions[session.upload_id] = session
        if not complete:
            return incomplete(call, session)
        media = Media(session.mime_type, session.data)
        method = self.routes.methods[session.method]
        check_media(method, media)
        found = self.routes.find(method.verb, call.path) or match
        answer = self._handle(found, query, session.body, media, actor, scopes)
        session.answer, session.data = answer, b""
        sessions[session.upload_id] = session
        return answer


def incomplete(call: Incoming, session: Session) -> Answer:
    """308, or what Google's clients for Go ask for instead, whose HTTP library would follow a 308 as a redirect."""
    if call.header("x-guploader-no-308") == "yes":
        return Answer(200, {**session.progress(), "X-Http-Status-Code-Override": "308"}, b"")
    return Answer(308, session.progress(), b"")


def _opens_by_key(method: Method, call: Incoming) -> bool:
    """Whether an API key stands in for a token: reads of files and spreadsheets that are open to anyone."""
    has_key = bool(call.header("x-goog-api-key")) or any(name == "key" and text for name, text in call.pairs)
    return has_key and method.verb == "GET" and method.id != "drive.about.get" and method.api.name in ("drive", "sheets")


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


def _error_version(call: Incoming) -> str:
    """The last `$.xgafv` of a call; a value other than 1 and 2 is refused before anything else is looked at."""
    version = ""
    for name, text in call.pairs:
        if name == "$.xgafv":
            version = text
            if text not in ("1", "2"):
                sentence = f"Invalid query parameters. Invalid value '{text}' for system query parameter : $.xgafv"
                raise ApiError(400, sentence, reason="badRequest", status="INVALID_ARGUMENT")
    return version
