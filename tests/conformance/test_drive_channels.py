"""changes.watch and files.watch: what is pushed, when it is repeated, when it ends."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import (
    EDGAR,
    Desk,
    Service,
    advance,
    as_person,
    behaviour,
    body_of,
    local,
    new_drive,
    refused,
    upload,
)


class Webhook:
    """An address that notes the headers of what it gets. `statuses` are given one after the other, the last for ever."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.statuses = [200]
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                webhook.got.append(dict(self.headers) | {"body": self.rfile.read(length).decode()})
                self.send_response(webhook.statuses.pop(0) if len(webhook.statuses) > 1 else webhook.statuses[0])
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def states(self) -> list[str]:
        """The resource states in the order in which they came."""
        return [one["X-Goog-Resource-State"] for one in self.got]


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """A webhook."""
    made = Webhook()
    yield made
    made.server.shutdown()
    made.server.server_close()


def watch_drive(desk: Desk, hook: Webhook, **body: Any) -> Any:
    """changes.watch of the desk's drive."""
    body = {"id": str(uuid.uuid4()), "type": "web_hook", "address": hook.url, "token": "secreto"} | body
    flags = {"driveId": desk.drive_id, "supportsAllDrives": True, "includeItemsFromAllDrives": True}
    return desk.client.changes().watch(pageToken=desk.start(), body=body, **flags).execute()


def watch_file(desk: Desk, hook: Webhook, file_id: str) -> Any:
    """files.watch."""
    body = {"id": str(uuid.uuid4()), "type": "web_hook", "address": hook.url}
    return desk.client.files().watch(fileId=file_id, body=body, supportsAllDrives=True).execute()


def settle(desk: Desk) -> None:
    """Wait until everything is delivered."""
    local(desk, "POST", "settle")


def test_sync_comes_first_and_then_each_change(service: Service, hook: Webhook) -> None:
    """A channel begins with `sync`; a change of the log is `change`, with the headers of the guide and no body (google-apis 2.5)."""
    desk, _ = new_drive(service)
    channel = watch_drive(desk, hook)
    assert channel["kind"] == "api#channel" and channel["token"] == "secreto"
    settle(desk)
    desk.create()
    settle(desk)
    assert hook.states() == ["sync", "change"]
    first, second = hook.got
    assert first["X-Goog-Channel-ID"] == channel["id"] and first["X-Goog-Resource-ID"] == channel["resourceId"]
    assert first["X-Goog-Resource-URI"] == channel["resourceUri"] and first["X-Goog-Channel-Token"] == "secreto"
    assert first["X-Goog-Channel-Expiration"].endswith(" GMT") and first["body"] == ""
    assert first["X-Goog-Message-Number"] == "1" and int(second["X-Goog-Message-Number"]) > 1


def test_watched_file_tells_what_changed(service: Service, hook: Webhook) -> None:
    """files.watch: update with X-Goog-Changed, trash, untrash, remove (google-apis 2.5)."""
    desk, _ = new_drive(service)
    made = desk.create("p.pdf", mimeType="application/pdf", media=upload(b"1"))
    watch_file(desk, hook, made["id"])
    desk.update(made["id"], media=upload(b"2"))
    desk.grant(made["id"], EDGAR, "reader")
    desk.update(made["id"], description="x")
    for trashed in (True, False):
        desk.update(made["id"], trashed=trashed)
    desk.delete(made["id"])
    settle(desk)
    told = {(one["X-Goog-Resource-State"], one.get("X-Goog-Changed", "")) for one in hook.got}
    assert told == {
        ("sync", ""),
        ("update", "content"),
        ("update", "permissions"),
        ("update", "properties"),
        ("trash", ""),
        ("untrash", ""),
        ("remove", ""),
    }


def test_watched_folder_tells_of_children(service: Service, hook: Webhook) -> None:
    """files.watch of a folder: a new child is an update of `children` (google-apis 2.5)."""
    desk, _ = new_drive(service)
    folder = desk.create()
    watch_file(desk, hook, folder["id"])
    desk.create(parent=folder["id"])
    settle(desk)
    assert hook.got[-1]["X-Goog-Changed"] == "children"


def test_push_is_repeated_after_some_answers_only(service: Service, hook: Webhook) -> None:
    """500, 502, 503 and 504 make a push come again, 404 does not (google-apis 2.5)."""
    desk, _ = new_drive(service)
    local(desk, "PUT", "clock", {"frozen": True})
    hook.statuses = [503, 404, 200]
    watch_drive(desk, hook)
    settle(desk)
    assert hook.states() == ["sync"]
    advance(desk, 11)
    settle(desk)
    advance(desk, 3600 * 0.5)
    settle(desk)
    assert hook.states() == ["sync", "sync"]


def test_channel_ends_by_itself(service: Service, hook: Webhook) -> None:
    """Default one hour; changes at most 7 days, a file at most one day; nothing is renewed (google-apis 2.5)."""
    desk, _ = new_drive(service)
    now = local(desk, "PUT", "clock", {"now": "2026-11-02T00:00:00Z", "frozen": True})["now"]
    assert now.startswith("2026-11-02")
    start_ms = 1_793_577_600_000
    assert int(watch_drive(desk, hook)["expiration"]) == start_ms + 3_600_000
    far = str(start_ms + 30 * 86_400_000)
    assert int(watch_drive(desk, hook, expiration=far)["expiration"]) == start_ms + 7 * 86_400_000
    made = desk.create()
    body = {"id": "uno", "type": "web_hook", "address": hook.url, "expiration": far}
    day = desk.client.files().watch(fileId=made["id"], body=body, supportsAllDrives=True).execute()
    assert int(day["expiration"]) == start_ms + 86_400_000
    advance(desk, 8 * 86_400)
    settle(desk)
    count = len(hook.got)
    desk.update(made["id"], name="z")
    settle(desk)
    assert len(hook.got) == count


def test_stopping_needs_both_ids(service: Service, hook: Webhook) -> None:
    """channels.stop by whoever opened it, with id and resourceId; 204 and silence (google-apis 2.5)."""
    desk, _ = new_drive(service)
    channel = watch_drive(desk, hook)
    error = body_of(desk.client.channels().stop(body={"id": channel["id"], "resourceId": "otro"}).execute)["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (404, "notFound")
    assert error["message"].startswith(f"Channel '{channel['id']}' not found for project ")
    assert desk.client.channels().stop(body={"id": channel["id"], "resourceId": channel["resourceId"]}).execute() == ""
    desk.create()
    settle(desk)
    assert hook.states() == ["sync"]


def test_channel_that_makes_no_sense(service: Service, hook: Webhook) -> None:
    """Refusals of a channel: http elsewhere, an id in use, another type, no id (google-apis 2.5)."""
    desk, _ = new_drive(service)
    far = "http://empresa.example.com/hook"
    error = body_of(lambda: watch_drive(desk, hook, address=far))["error"]
    assert (error["errors"][0]["reason"], error["message"]) == (
        "push.webhookUrlNotHttps",
        f"WebHook callback must be HTTPS: {far}",
    )
    with behaviour(desk, webhook_http_loopback=False):
        assert refused(lambda: watch_drive(desk, hook)) == (400, "push.webhookUrlNotHttps")
    channel = watch_drive(desk, hook)
    assert refused(lambda: watch_drive(desk, hook, id=channel["id"])) == (400, "channelIdNotUnique")
    assert refused(lambda: watch_drive(desk, hook, type="pigeon")) == (400, "push.channelTypeNotSupported")
    assert refused(lambda: watch_drive(desk, hook, id="")) == (400, "required")


def test_own_changes_are_those_that_one_sees(service: Service, hook: Webhook) -> None:
    """The caller's own log tells of My Drive and of what was shared with the caller, not of what is hidden."""
    desk, _ = new_drive(service)
    his = as_person(service, desk, EDGAR).client
    token = his.changes().getStartPageToken().execute()["startPageToken"]
    body = {"id": "c", "type": "web_hook", "address": hook.url}
    his.changes().watch(pageToken=token, body=body).execute()
    hidden = desk.create()
    settle(desk)
    assert hook.states() == ["sync"]
    desk.grant(hidden["id"], EDGAR, "reader")
    his.files().create(body={"name": "suyo"}).execute()
    settle(desk)
    assert hook.states()[1:] == ["change", "change"]


def test_disturbed_delivery_holds_for_channels(emulator: Emulator, service: Service, hook: Webhook) -> None:
    """`/_local/delivery` doubles the pushes of channels like any other."""
    desk, _ = new_drive(service)
    emulator.local("PUT", "delivery", {"duplicate": True})
    watch_drive(desk, hook)
    settle(desk)
    assert hook.states() == ["sync", "sync"]
