"""Notification channels: `changes.watch`, `files.watch`, `channels.stop`, and the pushes to the addresses they name.

A push has headers and no body; the first one says `sync`. It is sent again after 500, 502, 503 and 504 only.
Google takes https addresses alone; here http is taken for loopback too, so that a test can listen
(switch `webhook_http_loopback`, default true).
Source: Drive API guide, "Notifications for resource changes"; texts of refusals from field reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import cast
from urllib.parse import urlsplit

from emulator.drive import refusals
from emulator.drive.access import Eye
from emulator.drive.changelog import LISTENERS
from emulator.drive.model import CHANNELS, File, files
from emulator.kernel import ApiError, Call, Json, Table, World, handles

CHANGES_LIFE = timedelta(days=7)
FILE_LIFE = timedelta(days=1)
_DEFAULT_LIFE = timedelta(hours=1)
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
_MAX_ID, _MAX_TOKEN = 64, 256


@dataclass
class Channel:
    """An open channel. `file_id` is watched itself; else the changes of `drive_id`, or of the actor's own when that is None."""

    id: str
    resource_id: str
    resource_uri: str
    address: str
    actor: str
    expires_at: datetime
    token: str | None = None
    file_id: str | None = None
    drive_id: str | None = None
    messages: int = 0


def channels(world: World) -> Table[Channel]:
    """All channels that were opened and not stopped, by id."""
    return cast("Table[Channel]", world.table(CHANNELS))


def open_channel(call: Call, path: str, longest: timedelta, *, file_id: str | None = None, drive_id: str | None = None) -> Json:
    """Open the channel that the body describes and send it `sync`; returns the `api#channel`.

    :raises ApiError: 400 for an id that is missing, too long or taken, another type, an address that is not https.
    """
    body = call.body
    channel_id, token, address = str(body.get("id") or ""), body.get("token"), str(body.get("address") or "")
    if not channel_id:
        raise refusals.member_required("Required", "id")
    if len(channel_id) > _MAX_ID or len(str(token or "")) > _MAX_TOKEN:
        raise refusals.invalid("entity.channel.id" if len(channel_id) > _MAX_ID else "entity.channel.token")
    if body.get("type") not in ("web_hook", "webhook"):
        raise ApiError(400, f"Unknown channel type: {body.get('type') or ''}", reason="push.channelTypeNotSupported")
    if not _may_push_to(call.world, address):
        raise ApiError(400, f"WebHook callback must be HTTPS: {address}", reason="push.webhookUrlNotHttps")
    held = channels(call.world).get(channel_id)
    if held is not None and held.expires_at > call.now:
        raise ApiError(400, f"Channel id {channel_id} not unique", reason="channelIdNotUnique")
    resource = f"{file_id or ''}:{drive_id or ''}:{'' if file_id or drive_id else call.actor.lower()}"
    uri = f"https://www.googleapis.com/drive/v3/{path}"
    channel = Channel(channel_id, _resource_id(resource), uri, address, call.actor.lower(), _end(call, longest))
    channel.token, channel.file_id, channel.drive_id = str(token) if token else None, file_id, drive_id
    _send(call.world, channel, "sync")
    return _resource(channel)


def _may_push_to(world: World, address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return True
    return parts.scheme == "http" and parts.hostname in _LOOPBACK and world.behaviour.get("webhook_http_loopback", True)


def _resource_id(resource: str) -> str:
    return resource.encode().hex()[-27:]


def _end(call: Call, longest: timedelta) -> datetime:
    wanted = call.body.get("expiration")
    if not wanted:
        return call.now + _DEFAULT_LIFE
    try:
        ends = datetime.fromtimestamp(int(wanted) / 1000, UTC)
    except (ValueError, OverflowError, OSError) as broken:
        raise refusals.invalid("entity.channel.expiration") from broken
    if ends <= call.now:
        raise refusals.invalid("entity.channel.expiration")
    return min(ends, call.now + longest)


def _milliseconds(instant: datetime) -> str:
    return str(int(instant.timestamp() * 1000))


def _resource(channel: Channel) -> Json:
    answer = {
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": channel.resource_uri,
        "expiration": _milliseconds(channel.expires_at),
    }
    return answer | ({"token": channel.token} if channel.token else {})


@handles("drive.channels.stop")
def stop(call: Call) -> None:
    """`drive.channels.stop`: needs the channel's id and its resourceId, from whoever opened it."""
    wanted = str(call.body.get("id") or "")
    channel = channels(call.world).get(wanted)
    known = channel is not None and channel.resource_id == call.body.get("resourceId") and channel.actor == call.actor.lower()
    if not known:
        project = call.actor.partition("@")[2].partition(".")[0]
        raise ApiError(404, f"Channel '{wanted}' not found for project '{project}'", reason="notFound")
    del channels(call.world)[wanted]


def _send(world: World, channel: Channel, state: str, changed: str = "") -> None:
    """Push one message; the numbers rise, not by one."""
    channel.messages += 1 if state == "sync" else 1 + len(channel.id) % 3
    channels(world)[channel.id] = channel
    headers = {
        "Content-Type": "application/json; utf-8",
        "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
        "X-Goog-Channel-ID": channel.id,
        "X-Goog-Message-Number": str(channel.messages),
        "X-Goog-Resource-ID": channel.resource_id,
        "X-Goog-Resource-State": state,
        "X-Goog-Resource-URI": channel.resource_uri,
        "X-Goog-Channel-Expiration": format_datetime(channel.expires_at.astimezone(UTC), usegmt=True),
    }
    if channel.token:
        headers["X-Goog-Channel-Token"] = channel.token
    if changed:
        headers["X-Goog-Changed"] = changed
    world.push(channel.address, headers)


def _on_change(world: World, item: File, what: str) -> None:
    """Tell the channels that are concerned; those whose time is over are forgotten."""
    if not channels(world):
        return
    for channel in list(channels(world).values()):
        if channel.expires_at <= world.clock.now():
            del channels(world)[channel.id]
        elif channel.file_id == item.id:
            _send(world, channel, *_of_file(what))
        elif channel.file_id is not None:
            if channel.file_id in item.parents and what in ("add", "parents", "trash", "untrash", "remove"):
                _send(world, channel, "update", "children")
        elif _concerns(world, channel, item, what):
            _send(world, channel, "change")


def _of_file(what: str) -> tuple[str, str]:
    if what in ("add", "remove", "trash", "untrash"):
        return what, ""
    return "update", what


def _concerns(world: World, channel: Channel, item: File, what: str) -> bool:
    """Whether a change is in the log that the channel watches."""
    if channel.drive_id is not None:
        return item.drive_id == channel.drive_id
    return what == "remove" or (item.id in files(world) and Eye(world, channel.actor).sees(item))


LISTENERS.append(_on_change)
