"""The HTTP front: looks at each call, refuses what Google refuses, lets the engine do the rest and completes its answer.

Calls are served one after the other, so that nothing happens between a check and what it allowed.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from aiohttp import web
from yarl import URL

from emulator.masks import BadMask, apply, parse
from emulator.storage.engine import Clock, Engine, Reply
from emulator.storage.records import Bucket, Json, Object, Records
from emulator.storage.rules import (
    Refused,
    check_preconditions,
    check_replaceable,
    lock_policy,
    no_bucket,
    no_object,
    set_holds,
    set_policy,
    unlisted,
)
from emulator.storage.uploads import Upload, read_metadata

_REASONS = {400: "invalid", 404: "notFound", 409: "conflict", 412: "conditionNotMet", 416: "requestedRangeNotSatisfiable"}
_HOLDS = ("temporaryHold", "eventBasedHold")
# Members of a bucket that the front keeps itself, and those that only the server sets.
_OWN = ("retentionPolicy", "defaultEventBasedHold")
_SERVERS = ("kind", "id", "selfLink", "etag", "metageneration", "timeCreated", "updated", "projectNumber")
_OURS = re.compile(r"(if(Source)?(Meta)?[gG]eneration(Not)?Match|generation|sourceGeneration|fields|projection)=")
_MEGABYTE = 1024 * 1024


class Ask:
    """One call, with its path taken apart. `bucket` and `name` are decoded."""

    def __init__(self, request: web.Request, body: bytes) -> None:
        self.verb, self.headers, self.body = request.method, request.headers, body
        self.raw_path, _, self.raw_query = request.raw_path.partition("?")
        self.query = dict(request.query)
        self.bucket = self.name = ""

    @property
    def passed_path(self) -> str:
        """Path and query for the engine. Conditions, generations and masks are the front's matter; the engine has others."""
        parts = [part for part in self.raw_query.split("&") if part and not _OURS.match(part)]
        return self.raw_path + ("?" + "&".join(parts) if parts else "")

    def json(self) -> Json:
        """The JSON body; 400 when it is none."""
        try:
            value = json.loads(self.body) if self.body.strip() else {}
        except ValueError:
            raise Refused(400, "parseError", "Parse Error") from None
        return value if isinstance(value, dict) else {}


Handler = Callable[["Front", Ask, "re.Match[str]"], Awaitable[web.Response]]


class Front:
    """The records, the engine behind, and the one lock that orders all calls. unlisted: buckets whose objects nobody may list."""

    def __init__(self, engine: Engine, records: Records, clock: Clock, unlisted: Collection[str] = ()) -> None:
        self.unlisted = unlisted
        self.engine, self.records, self.clock = engine, records, clock
        self.uploads: dict[str, Upload] = {}
        self._order = asyncio.Lock()

    def application(self) -> web.Application:
        """The aiohttp application; everything goes one way."""
        app = web.Application(client_max_size=1024 * _MEGABYTE)
        app.router.add_route("*", "/{path:.*}", self.answer)
        return app

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a call."""
        ask = Ask(request, await request.read())
        async with self._order:
            try:
                return await self._route(ask)
            except Refused as refusal:
                if refusal.status == 304:
                    return web.Response(status=304)
                return web.json_response(refusal.body(), status=refusal.status)

    async def _route(self, ask: Ask) -> web.Response:
        for verbs, pattern, handler in _ROUTES:
            match = pattern.fullmatch(ask.raw_path)
            if match and ask.verb in verbs:
                ask.bucket = unquote(match["bucket"]) if "bucket" in match.groupdict() else ""
                ask.name = unquote(match["name"]) if "name" in match.groupdict() else ""
                return await handler(self, ask, match)
        if ask.verb not in ("GET", "HEAD"):
            # The engine would do it without looking at retention and holds.
            raise Refused(501, "notImplemented", f"{ask.verb} {ask.raw_path} is not part of the local Cloud Storage.")
        return _passed_on(await self.engine.ask(ask.verb, ask.passed_path, ask.headers, ask.body))

    # --- what the engine knows -------------------------------------------------------------------------------------------------

    async def ask_json(self, verb: str, path: str, ask: Ask, body: bytes | None = None, headers: Any = None) -> Json:
        """What the engine answers, as JSON. :raises Refused: it refused, in Google's words."""
        reply = await self.engine.ask(verb, path, headers, body)
        if reply.status >= 400:
            raise _translated(reply, ask)
        value = json.loads(reply.body) if reply.body.strip() else {}
        return value if isinstance(value, dict) else {}

    def bucket(self, name: str) -> Bucket:
        """The record of a bucket. :raises Refused: 404."""
        if name not in self.records.buckets:
            raise no_bucket()
        return self.records.buckets[name]

    def live(self, bucket: str, name: str) -> Object | None:
        """The record of the live object of that name."""
        self.bucket(bucket)
        return self.records.objects.get(f"{bucket}/{name}")

    def wanted(self, ask: Ask, *, reads: bool = False) -> Object:
        """The object a call is about, its preconditions checked. :raises Refused: 404, 412, 304."""
        kept = self.live(ask.bucket, ask.name)
        generation = ask.query.get("generation")
        if kept is None or (generation is not None and generation != kept.generation):
            raise unlisted() if reads and ask.bucket in self.unlisted else no_object(ask.bucket, ask.name)
        check_preconditions(ask.query, generation=kept.generation, metageneration=kept.metageneration, reads=reads)
        return kept

    def check_place(self, bucket: str, name: str, query: dict[str, str], now: datetime | None) -> None:
        """Whether an object may be written there: conditions first, then, with an instant, retention and holds."""
        kept = self.live(bucket, name)
        generation, metageneration = (kept.generation, kept.metageneration) if kept else ("0", 0)
        check_preconditions(query, generation=generation, metageneration=metageneration)
        if kept is not None and now is not None:
            check_replaceable(f"{bucket}/{name}", kept, self.bucket(bucket), now)

    def written(self, resource: Json, metadata: Json, now: datetime) -> Json:
        """Remember an object that the engine has just made, and give its resource."""
        bucket, name, instant = resource["bucket"], resource["name"], now.isoformat()
        kept = Object(str(resource["generation"]), instant, instant, instant)
        if self.bucket(bucket).default_event_based_hold:
            kept.event_based_hold = True
        set_holds(kept, metadata, now)
        self.records.objects[f"{bucket}/{name}"] = kept
        self.records.save()
        return self.shown(resource)

    def shown(self, resource: Json) -> Json:
        """An object's resource, completed."""
        place = f"{resource['bucket']}/{resource['name']}"
        kept = self.records.objects.get(place)
        if kept is None:
            return resource
        whole = resource | kept.shown(self.bucket(resource["bucket"]))
        whole.pop("acl", None)
        return whole | {"id": f"{place}/{kept.generation}"}

    def bucket_shown(self, resource: Json) -> Json:
        """A bucket's resource, completed; what the engine adds and Google leaves out is taken away."""
        kept = self.records.buckets.get(resource["name"])
        plain = {name: value for name, value in resource.items() if name not in ("versioning", "defaultEventBasedHold")}
        return plain | kept.shown() if kept else plain


def json_answer(ask: Ask, value: Json) -> web.Response:
    """A success, reduced to the `fields` that were asked for."""
    try:
        tree = parse(ask.query["fields"]) if ask.query.get("fields") else None
    except BadMask as fault:
        text = f"Invalid field selection {fault.path}"
        raise Refused(400, "invalidParameter", text, location="fields", location_type="parameter") from None
    return web.json_response(apply(tree, value))


def _passed_on(reply: Reply) -> web.Response:
    dropped = ("content-length", "transfer-encoding", "date", "content-encoding", "connection")
    headers = {name: value for name, value in reply.headers.items() if name.lower() not in dropped}
    return web.Response(status=reply.status, headers=headers, body=reply.body)


def _translated(reply: Reply, ask: Ask) -> Refused:
    """A refusal of the engine in Google's words."""
    if reply.status == 404:
        return no_object(ask.bucket, ask.name) if ask.name else no_bucket()
    try:
        message = str(json.loads(reply.body)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        message = reply.body.decode("utf-8", "replace")[:500]
    return Refused(reply.status, _REASONS.get(reply.status, "backendError"), message)


# --- buckets -------------------------------------------------------------------------------------------------------------------


async def _insert_bucket(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    body, now = ask.json(), await front.clock.now()
    name = str(body.get("name", ""))
    if name in front.records.buckets:
        raise Refused(409, "conflict", "Your previous request to create the named bucket succeeded and you already own it.")
    kept = Bucket(now.isoformat(), now.isoformat())
    _change_bucket(name, kept, body, now)
    plain = {key: value for key, value in body.items() if key in ("name", "location", "storageClass")}
    project = quote(ask.query.get("project", "local"))
    made = await front.ask_json("POST", f"/storage/v1/b?project={project}", ask, json.dumps(plain).encode())
    front.records.buckets[name] = kept
    front.records.save()
    return json_answer(ask, front.bucket_shown(made))


def _change_bucket(name: str, kept: Bucket, body: Json, now: datetime) -> None:
    if "retentionPolicy" in body:
        set_policy(name, kept, body["retentionPolicy"], now)
    if "defaultEventBasedHold" in body:
        kept.default_event_based_hold = body["defaultEventBasedHold"]
    for key, value in body.items():
        if key not in _OWN and key not in _SERVERS and key != "name":
            kept.rest[key] = value
    kept.rest = {key: value for key, value in kept.rest.items() if value is not None}


async def _get_bucket(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    kept = front.bucket(ask.bucket)
    check_preconditions(ask.query, generation="", metageneration=kept.metageneration, reads=True)
    return json_answer(ask, front.bucket_shown(await front.ask_json("GET", ask.raw_path, ask)))


async def _update_bucket(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    kept, body, now = front.bucket(ask.bucket), ask.json(), await front.clock.now()
    check_preconditions(ask.query, generation="", metageneration=kept.metageneration)
    # PUT replaces the whole resource: what it leaves out is gone.
    _change_bucket(ask.bucket, kept, body if ask.verb == "PATCH" else {"retentionPolicy": None, **body}, now)
    return await _bucket_changed(front, ask, kept, now)


async def _lock_bucket(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    kept = front.bucket(ask.bucket)
    lock_policy(kept, ask.query)
    ask.raw_path = ask.raw_path.rpartition("/")[0]
    return await _bucket_changed(front, ask, kept, await front.clock.now())


async def _bucket_changed(front: Front, ask: Ask, kept: Bucket, now: datetime) -> web.Response:
    kept.metageneration += 1
    kept.updated_at = now.isoformat()
    front.records.save()
    return json_answer(ask, front.bucket_shown(await front.ask_json("GET", ask.raw_path, ask)))


async def _delete_bucket(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    kept = front.bucket(ask.bucket)
    check_preconditions(ask.query, generation="", metageneration=kept.metageneration)
    if any(place.startswith(f"{ask.bucket}/") for place in front.records.objects):
        raise Refused(409, "conflict", "The bucket you tried to delete is not empty.")
    await front.ask_json("DELETE", ask.raw_path, ask)
    del front.records.buckets[ask.bucket]
    front.records.save()
    return web.Response(status=204)


async def _list(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    """Buckets, or the objects of one; the engine's lists, each item completed."""
    if ask.bucket:
        front.bucket(ask.bucket)
        if ask.bucket in front.unlisted:
            raise unlisted()
    listed = await front.ask_json("GET", ask.passed_path, ask)
    if "items" in listed:
        listed["items"] = [front.shown(item) if ask.bucket else front.bucket_shown(item) for item in listed["items"]]
    return json_answer(ask, listed)


# --- objects -------------------------------------------------------------------------------------------------------------------


async def _get_object(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    kept = front.wanted(ask, reads=True)
    if ask.query.get("alt") == "media" or ask.raw_path.startswith("/download/"):
        reply = await front.engine.ask("GET", f"{_plain(ask)}?alt=media", ask.headers)
        if reply.status >= 400:
            raise _translated(reply, ask)
        answer = _passed_on(reply)
        answer.headers["X-Goog-Generation"], answer.headers["X-Goog-Metageneration"] = kept.generation, str(kept.metageneration)
        return answer
    return json_answer(ask, front.shown(await front.ask_json("GET", _plain(ask), ask)))


def _plain(ask: Ask) -> str:
    return f"/storage/v1/b/{quote(ask.bucket, safe='')}/o/{quote(ask.name, safe='')}"


async def _update_object(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    """Metadata and holds: retention and holds do not stand in the way of these."""
    kept, body, now = front.wanted(ask), ask.json(), await front.clock.now()
    rest = {key: value for key, value in body.items() if key not in _HOLDS}
    if rest:
        headers = {"Content-Type": "application/json"}
        await front.ask_json(ask.verb, _plain(ask), ask, json.dumps(rest).encode(), headers)
    set_holds(kept, body, now)
    kept.metageneration += 1
    kept.updated_at = now.isoformat()
    front.records.save()
    return json_answer(ask, front.shown(await front.ask_json("GET", _plain(ask), ask)))


async def _delete_object(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    kept = front.wanted(ask)
    check_replaceable(f"{ask.bucket}/{ask.name}", kept, front.bucket(ask.bucket), await front.clock.now())
    await front.ask_json("DELETE", _plain(ask), ask)
    del front.records.objects[f"{ask.bucket}/{ask.name}"]
    front.records.save()
    return web.Response(status=204)


async def _copy_object(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    """rewriteTo and copyTo: the source is read, the target is written."""
    if front.live(ask.bucket, ask.name) is None:
        raise no_object(ask.bucket, ask.name)
    bucket, name, now = unquote(match["to_bucket"]), unquote(match["to_name"]), await front.clock.now()
    front.check_place(bucket, name, ask.query, now)
    body = ask.json()
    rest = json.dumps({key: value for key, value in body.items() if key not in _HOLDS}).encode()
    done = await front.ask_json("POST", ask.passed_path, ask, rest, {"Content-Type": "application/json"})
    if "resource" in done:
        return json_answer(ask, done | {"resource": front.written(done["resource"], body, now)})
    return json_answer(ask, front.written(done, body, now))


async def _compose_object(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    now, body = await front.clock.now(), ask.json()
    front.check_place(ask.bucket, ask.name, ask.query, now)
    made = await front.ask_json("POST", ask.raw_path, ask, ask.body, {"Content-Type": "application/json"})
    return json_answer(ask, front.written(made, body.get("destination", {}), now))


# --- uploads -------------------------------------------------------------------------------------------------------------------


async def _upload(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    """Bytes in one request, or the begin of a session. A session over a kept object begins, and is refused at its end."""
    front.bucket(ask.bucket)
    metadata, now = (
        read_metadata(ask.query.get("uploadType", ""), ask.headers.get("Content-Type", ""), ask.body),
        await front.clock.now(),
    )
    name = str(ask.query.get("name") or metadata.get("name") or "")
    if not name:
        raise Refused(400, "required", "Required", location="name", location_type="parameter")
    resumable = ask.query.get("uploadType") == "resumable"
    front.check_place(ask.bucket, name, ask.query, None if resumable else now)
    reply = await front.engine.ask("POST", ask.passed_path, ask.headers, ask.body)
    if reply.status >= 400:
        raise _translated(reply, ask)
    if not resumable:
        return json_answer(ask, front.written(json.loads(reply.body), metadata, now))
    # The engine names itself there; the next pieces must come here.
    place = URL(next(value for key, value in reply.headers.items() if key.lower() == "location"), encoded=True)
    upload_id = place.query["upload_id"]
    front.uploads[upload_id] = Upload(ask.bucket, name, ask.query, metadata)
    location = f"http://{ask.headers['Host']}{place.raw_path_qs}"
    return web.Response(headers={"Location": location, "X-GUploader-UploadID": upload_id})


async def _continue_upload(front: Front, ask: Ask, match: re.Match[str]) -> web.Response:
    upload, now = front.uploads.get(ask.query.get("upload_id", "")), await front.clock.now()
    if upload is None:
        raise Refused(404, "notFound", "Not Found")
    if upload.ends_with(ask.headers.get("Content-Range", "")):
        front.check_place(upload.bucket, upload.name, upload.query, now)
    reply = await front.engine.ask("PUT", ask.passed_path, ask.headers, ask.body)
    if reply.status >= 400:
        raise _translated(reply, ask)
    if reply.status != 200:
        return _passed_on(reply)
    del front.uploads[ask.query["upload_id"]]
    ask.query = upload.query
    return json_answer(ask, front.written(json.loads(reply.body), upload.metadata, now))


_BUCKET, _OBJECT = r"/storage/v1/b/(?P<bucket>[^/]+)", r"/o/(?P<name>[^/]+)"
_ROUTES: list[tuple[tuple[str, ...], re.Pattern[str], Handler]] = [
    (verbs, re.compile(pattern), handler)
    for verbs, pattern, handler in (
        (("GET",), "/storage/v1/b", _list),
        (("POST",), "/storage/v1/b", _insert_bucket),
        (("GET",), _BUCKET, _get_bucket),
        (("PATCH", "PUT"), _BUCKET, _update_bucket),
        (("DELETE",), _BUCKET, _delete_bucket),
        (("POST",), f"{_BUCKET}/lockRetentionPolicy", _lock_bucket),
        (("GET",), f"{_BUCKET}/o", _list),
        (("GET",), f"(/download)?{_BUCKET}{_OBJECT}", _get_object),
        (("PATCH", "PUT"), f"{_BUCKET}{_OBJECT}", _update_object),
        (("DELETE",), f"{_BUCKET}{_OBJECT}", _delete_object),
        (("POST",), f"{_BUCKET}{_OBJECT}/(?:rewriteTo|copyTo)/b/(?P<to_bucket>[^/]+)/o/(?P<to_name>[^/]+)", _copy_object),
        (("POST",), f"{_BUCKET}{_OBJECT}/compose", _compose_object),
        (("POST",), f"/upload{_BUCKET}/o", _upload),
        (("PUT",), f"/upload{_BUCKET}/o", _continue_upload),
    )
]
