"""What the Drive conformance tests share: the company's accounts, a fresh shared drive, refusals, knobs of the local Workspace."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

Service = Callable[..., Any]

BOT = "expediente-work@expediente-demo.iam.gserviceaccount.com"
OTHER_BOT = "expediente-forms@expediente-demo.iam.gserviceaccount.com"
DOMAIN = "blindados-demo.example.com"
FOLDER = "application/vnd.google-apps.folder"
DOCUMENT = "application/vnd.google-apps.document"


def address(name: str) -> str:
    """The address of somebody of the company."""
    return f"{name}@{DOMAIN}"


MARISOL = address("vendedora.uno")
ROGELIO = address("encargado.uno")
EDGAR = address("operaciones.uno")
NAIROBIS = address("operaciones.dos")
OPERACIONES = address("operaciones")
EXPEDIENTES = address("expedientes")


class Desk:
    """A caller's Drive client on one shared drive, with the flags that shared drives need already set."""

    def __init__(self, client: Any, drive_id: str) -> None:
        self.client, self.drive_id = client, drive_id

    def create(self, name: str = "x", parent: str | None = None, fields: str = "*", media: Any = None, **body: Any) -> Any:
        """files.create; a folder unless a mimeType is given."""
        body = {"mimeType": FOLDER, "name": name, "parents": [parent or self.drive_id]} | body
        return self.client.files().create(body=body, media_body=media, fields=fields, supportsAllDrives=True).execute()

    def get(self, file_id: str, fields: str = "*") -> Any:
        """files.get."""
        return self.client.files().get(fileId=file_id, fields=fields, supportsAllDrives=True).execute()

    def update(
        self, file_id: str, fields: str = "*", media: Any = None, add: str | None = None, remove: str | None = None, **body: Any
    ) -> Any:
        """files.update."""
        call = self.client.files().update(
            fileId=file_id,
            body=body,
            media_body=media,
            addParents=add,
            removeParents=remove,
            fields=fields,
            supportsAllDrives=True,
        )
        return call.execute()

    def delete(self, file_id: str) -> Any:
        """files.delete."""
        return self.client.files().delete(fileId=file_id, supportsAllDrives=True).execute()

    def grant(self, file_id: str, who: str, role: str, kind: str = "user", **body: Any) -> Any:
        """permissions.create without mail."""
        body = {"type": kind, "role": role, "emailAddress": who} | body
        call = self.client.permissions().create(
            fileId=file_id, body=body, sendNotificationEmail=False, supportsAllDrives=True, fields="*"
        )
        return call.execute()

    def revoke(self, file_id: str, permission_id: str) -> Any:
        """permissions.delete."""
        return self.client.permissions().delete(fileId=file_id, permissionId=permission_id, supportsAllDrives=True).execute()

    def grants(self, file_id: str) -> dict[str, Any]:
        """permissions.list by address."""
        call = self.client.permissions().list(fileId=file_id, supportsAllDrives=True, fields="*")
        return {one.get("emailAddress", one["type"]): one for one in call.execute()["permissions"]}

    def search(self, q: str | None = None, fields: str = "files(id,name),nextPageToken", **query: Any) -> Any:
        """files.list on the drive, whole answer."""
        flags = {"supportsAllDrives": True, "includeItemsFromAllDrives": True, "corpora": "drive", "driveId": self.drive_id}
        return self.client.files().list(q=q, fields=fields, **(flags | query)).execute()

    def names(self, q: str | None = None, **query: Any) -> list[str]:
        """The sorted names that files.list finds."""
        return sorted(file["name"] for file in self.search(q, **query)["files"])

    def start(self) -> str:
        """changes.getStartPageToken of the drive."""
        call = self.client.changes().getStartPageToken(driveId=self.drive_id, supportsAllDrives=True)
        return str(call.execute()["startPageToken"])

    def changes(self, token: str, **query: Any) -> Any:
        """changes.list of the drive."""
        flags = {"driveId": self.drive_id, "includeItemsFromAllDrives": True, "supportsAllDrives": True, "fields": "*"}
        return self.client.changes().list(pageToken=token, **(flags | query)).execute()


def new_drive(service: Service, **members: str) -> tuple[Desk, str]:
    """A fresh shared drive with the bot as organizer. members: name of a person or group (`_` for `.`) to role."""
    client = service("drive", "v3", BOT)
    made = client.drives().create(requestId=str(uuid.uuid4()), body={"name": "Unidad"}).execute()
    desk = Desk(client, made["id"])
    for name, role in members.items():
        who = address(name.replace("_", "."))
        desk.grant(made["id"], who, role, "group" if "." not in who.partition("@")[0] else "user")
    return desk, made["id"]


def as_person(service: Service, desk: Desk, who: str) -> Desk:
    """The same shared drive through somebody else's eyes."""
    return Desk(service("drive", "v3", who), desk.drive_id)


def refused(call: Callable[[], Any]) -> tuple[int, str]:
    """Status and reason with which a call is refused."""
    with pytest.raises(HttpError) as caught:
        call()
    body = json.loads(caught.value.content)["error"]
    return body["code"], body["errors"][0]["reason"]


def message_of(call: Callable[[], Any]) -> str:
    """The message with which a call is refused."""
    with pytest.raises(HttpError) as caught:
        call()
    return str(json.loads(caught.value.content)["error"]["message"])


def local(desk: Desk, verb: str, path: str, body: Any = None) -> Any:
    """A knob of the local Workspace that the desk's client talks to."""
    base = desk.client._baseUrl.partition("/drive/")[0]
    return requests.request(verb, f"{base}/_local/{path}", json=body, timeout=30).json()


@contextmanager
def behaviour(desk: Desk, **switches: Any) -> Iterator[None]:
    """Switches of the local Workspace, put back afterwards."""
    before = local(desk, "GET", "behaviour")
    local(desk, "PUT", "behaviour", before | switches)
    try:
        yield
    finally:
        local(desk, "PUT", "behaviour", before)


def advance(desk: Desk, seconds: float) -> None:
    """Let the Workspace's clock run ahead."""
    local(desk, "PUT", "clock", {"advance_s": seconds})


def body_of(call: Callable[[], Any]) -> Any:
    """The whole JSON body with which a call is refused."""
    with pytest.raises(HttpError) as caught:
        call()
    return json.loads(caught.value.content)


def upload(data: bytes, mime_type: str = "application/pdf", **rest: Any) -> MediaIoBaseUpload:
    """An upload of these bytes."""
    return MediaIoBaseUpload(io.BytesIO(data), mimetype=mime_type, **rest)


def within(desk: Desk, **delta: float) -> str:
    """An instant of the Workspace's clock from now on."""
    now = datetime.fromisoformat(local(desk, "GET", "clock")["now"])
    return (now + timedelta(**delta)).astimezone(UTC).isoformat().replace("+00:00", "Z")
