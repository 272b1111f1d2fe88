"""The application data folder: what an app keeps out of sight, and the scope that opens it."""

from __future__ import annotations

from typing import Any

from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import EDGAR, MARISOL, Service, message_of, refused

SPACE = "appDataFolder"
DRIVE = "https://www.googleapis.com/auth/drive"


def _kept(client: Any, name: str = "ajustes.json") -> Any:
    return client.files().create(body={"name": name, "parents": [SPACE]}, fields="id,spaces,parents").execute()


def test_hidden_files_are_listed_in_their_space_only(service: Service) -> None:
    """Drive guide, store application-specific data: spaces=appDataFolder, 'appDataFolder' in parents, spaces of the file."""
    client = service("drive", "v3", MARISOL)
    made = _kept(client)
    assert made["spaces"] == [SPACE]
    assert client.files().list().execute()["files"] == []
    assert [one["id"] for one in client.files().list(spaces=SPACE).execute()["files"]] == [made["id"]]
    both = client.files().list(spaces=f"{SPACE}, drive", q=f"'{SPACE}' in parents").execute()["files"]
    assert [one["id"] for one in both] == [made["id"]]
    assert service("drive", "v3", EDGAR).files().list(spaces=SPACE).execute()["files"] == []


def test_hidden_files_are_neither_shared_nor_trashed_nor_moved(service: Service) -> None:
    """Drive guide, store application-specific data; the reason is from field reports."""
    client = service("drive", "v3", MARISOL)
    made = _kept(client)
    share = client.permissions().create(fileId=made["id"], body={"type": "anyone", "role": "reader"})
    trash = client.files().update(fileId=made["id"], body={"trashed": True})
    move = client.files().update(fileId=made["id"], addParents="root", removeParents=made["parents"][0])
    for call in (share, trash, move):
        assert refused(call.execute) == (403, "notSupportedForAppDataFolderFiles")
    client.files().delete(fileId=made["id"]).execute()


def test_each_space_needs_its_scope(emulator: Emulator) -> None:
    """Field reports: 403 insufficientScopes, "The granted scopes do not give access to all of the requested spaces."."""
    wide = emulator.service("drive", "v3", MARISOL, [DRIVE])
    hidden = emulator.service("drive", "v3", MARISOL, [f"{DRIVE}.appdata"])
    made, plain = _kept(hidden)["id"], wide.files().create(body={"name": "x"}).execute()["id"]
    assert refused(wide.files().list(spaces=f"{SPACE},drive").execute) == (403, "insufficientScopes")
    assert message_of(hidden.files().list().execute) == ("The granted scopes do not give access to all of the requested spaces.")
    assert refused(wide.files().get(fileId=made).execute) == (404, "notFound")
    assert refused(hidden.files().get(fileId=plain).execute) == (404, "notFound")
    assert [one["id"] for one in hidden.files().list(spaces=SPACE).execute()["files"]] == [made]


def test_the_change_log_tells_of_hidden_files_on_demand(service: Service) -> None:
    """Drive reference, changes.list: spaces."""
    client = service("drive", "v3", MARISOL)
    token = client.changes().getStartPageToken().execute()["startPageToken"]
    made = _kept(client)["id"]
    assert client.changes().list(pageToken=token).execute()["changes"] == []
    (change,) = client.changes().list(pageToken=token, spaces=SPACE).execute()["changes"]
    assert change["fileId"] == made
