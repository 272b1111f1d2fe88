"""files.list: the query language, order, pages, corpora."""

from __future__ import annotations

import pytest

from tests.conformance.drive_kit import (
    BOT,
    DOCUMENT,
    EDGAR,
    FOLDER,
    MARISOL,
    OPERACIONES,
    OTHER_BOT,
    Desk,
    Service,
    advance,
    as_person,
    behaviour,
    message_of,
    new_drive,
    refused,
)


@pytest.fixture(name="desk")
def filled(service: Service) -> Desk:
    """A drive with four items."""
    desk, _ = new_drive(service, operaciones="reader")
    desk.create("Hola Mundo", appProperties={"expediente": "EXP-7"})
    desk.create("O'Brien \\ hijos", properties={"p": "v"})
    desk.create("mundo", mimeType=DOCUMENT, description="carga frágil")
    desk.update(desk.create("tirado")["id"], trashed=True)
    return desk


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("name = 'Hola Mundo'", ["Hola Mundo"]),
        ("name contains 'Hola'", ["Hola Mundo"]),
        ("name contains 'Mun'", ["Hola Mundo", "mundo"]),
        ("name contains 'ola'", []),
        (r"name = 'O\'Brien \\ hijos'", ["O'Brien \\ hijos"]),
        ("name != 'mundo' and trashed = false", ["Hola Mundo", "O'Brien \\ hijos"]),
        (f"mimeType = '{DOCUMENT}'", ["mundo"]),
        ("mimeType contains 'document'", ["mundo"]),
        (f"not mimeType = '{FOLDER}'", ["mundo"]),
        ("trashed = true", ["tirado"]),
        ("trashed=true or name='mundo'", ["mundo", "tirado"]),
        ("(name='mundo' or name='tirado') and trashed=false", ["mundo"]),
        ("appProperties has { key='expediente' and value='EXP-7' }", ["Hola Mundo"]),
        ("appProperties has { key='expediente' and value='EXP-8' }", []),
        ("properties has { key='p' and value='v' }", ["O'Brien \\ hijos"]),
        ("fullText contains 'frágil'", ["mundo"]),
        ("fullText contains 'frag'", []),
        ("fullText contains '\"hola mundo\"'", ["Hola Mundo"]),
        ("modifiedTime > '2100-01-01T00:00:00'", []),
        ("createdTime < '2100-01-01T00:00:00Z' and name = 'mundo'", ["mundo"]),
        (f"'{OPERACIONES}' in readers and name='mundo'", ["mundo"]),
        (f"'{OPERACIONES}' in writers", []),
        (f"'{BOT}' in writers and name='mundo'", ["mundo"]),
        ("starred = true", []),
        ("visibility = 'limited' and name='mundo'", ["mundo"]),
    ],
)
def test_query_finds(desk: Desk, q: str, names: list[str]) -> None:
    """Drive guide, search query terms and operators (google-apis 2.3)."""
    assert desk.names(q) == sorted(names)


@pytest.mark.parametrize(
    "q", ["nam = 'x'", "name ~ 'x'", "name = 'x", "(name = 'x'", "name = 'x' and", "parents = 'x'", "modifiedTime > 'ayer'"]
)
def test_broken_query_is_refused(desk: Desk, q: str) -> None:
    """Drive guide, search query terms: what the grammar does not know is 400, location q."""
    assert refused(lambda: desk.names(q)) == (400, "invalid")


def test_unknown_parent_is_not_found(desk: Desk) -> None:
    """Field reports: a folder that the caller cannot see, in `in parents`, is 404 with an empty id."""
    assert message_of(lambda: desk.names("'nowhere' in parents")) == "File not found: ."


def test_parent_lists_children_only(desk: Desk) -> None:
    """Drive guide, search for files: `in parents` is not recursive."""
    top = desk.create("top")
    desk.create("uno", parent=top["id"])
    desk.create("dos", parent=desk.create("sub", parent=top["id"])["id"])
    assert desk.names(f"'{top['id']}' in parents and trashed = false") == ["sub", "uno"]


def test_private_properties_are_searched_by_their_project(service: Service, desk: Desk) -> None:
    """Drive guide, add custom file properties: all service accounts of one project share them, a person finds nothing."""
    q = "appProperties has { key='expediente' and value='EXP-7' }"
    desk.grant(desk.drive_id, OTHER_BOT, "reader")
    assert as_person(service, desk, OTHER_BOT).names(q) == ["Hola Mundo"]
    assert as_person(service, desk, EDGAR).names(q) == []


def test_order_and_pages(desk: Desk) -> None:
    """Drive reference, files.list: orderBy keys, each with desc, and opaque tokens until the last page."""
    seen, token = [], None
    while True:
        page = desk.search("trashed=false", orderBy="folder,name desc", pageSize=2, pageToken=token)
        seen += [file["name"] for file in page["files"]]
        token = page.get("nextPageToken")
        if token is None:
            break
    assert seen == ["O'Brien \\ hijos", "Hola Mundo", "mundo"]


def test_token_belongs_to_its_question(desk: Desk) -> None:
    """Drive reference, files.list: a page token is rejected with other parameters."""
    token = desk.search("trashed=false", pageSize=1)["nextPageToken"]
    assert refused(lambda: desk.search("trashed=true", pageSize=1, pageToken=token)) == (400, "invalid")
    assert refused(lambda: desk.search("trashed=false", orderBy="color")) == (400, "invalid")


def test_drive_items_are_listed_only_when_asked_for(service: Service, desk: Desk) -> None:
    """Drive guide, implement shared drive support: includeItemsFromAllDrives, corpora and driveId belong together (google-apis 2.1)."""
    client = service("drive", "v3", EDGAR)
    assert client.files().list(q="name='mundo'").execute()["files"] == []
    everywhere = client.files().list(
        q="name='mundo'", supportsAllDrives=True, includeItemsFromAllDrives=True, corpora="allDrives"
    )
    assert desk.names("name='mundo'")[0] in [file["name"] for file in everywhere.execute()["files"]]
    lonely = client.files().list(corpora="drive", supportsAllDrives=True, includeItemsFromAllDrives=True)
    assert refused(lonely.execute)[0] == 400
    timid = client.files().list(corpora="drive", driveId=desk.drive_id, supportsAllDrives=True)
    assert refused(timid.execute)[0] == 403


def test_stranger_finds_nothing(service: Service, desk: Desk) -> None:
    """Drive reference, drives: a shared drive is unknown to those who are no members."""
    assert refused(lambda: as_person(service, desk, "nadie@fuera.example.org").names()) == (404, "notFound")
    client = service("drive", "v3", MARISOL)
    found = client.files().list(q="name='mundo'", supportsAllDrives=True, includeItemsFromAllDrives=True, corpora="allDrives")
    assert found.execute()["files"] == []


def test_shared_with_me(service: Service) -> None:
    """Drive guide, search query terms: sharedWithMe finds what others gave, not what lies below."""
    mine, his = service("drive", "v3", MARISOL), service("drive", "v3", EDGAR)
    made = mine.files().create(body={"name": "para Édgar", "mimeType": FOLDER}).execute()
    mine.files().create(body={"name": "dentro", "parents": [made["id"]]}).execute()
    body = {"type": "user", "role": "reader", "emailAddress": EDGAR}
    mine.permissions().create(fileId=made["id"], body=body, sendNotificationEmail=False).execute()
    assert "para Édgar" in [file["name"] for file in his.files().list(q="sharedWithMe = true").execute()["files"]]
    q = f"'{made['id']}' in parents"
    assert [file["name"] for file in his.files().list(q=q).execute()["files"]] == ["dentro"]


def test_lists_may_lag(desk: Desk) -> None:
    """Field reports: a new file can be missing from lists for minutes, never from files.get (google-apis 2.3) (google-apis 8.4)."""
    with behaviour(desk, list_lag_s=120):
        made = desk.create("tardío")
        assert desk.names("name='tardío'") == [] and desk.get(made["id"])["name"] == "tardío"
        advance(desk, 121)
        assert desk.names("name='tardío'") == ["tardío"]


def test_double_quotes_are_quotes_too(desk: Desk) -> None:
    """Recorded traffic of gspread: `mimeType="…"` and `name = "it's"` are understood."""
    desk.create("it's", mimeType=DOCUMENT)
    assert desk.names(f'mimeType="{DOCUMENT}" and name = "it\'s"') == ["it's"]
    assert desk.names("name = 'it\\'s'") == ["it's"]
    assert desk.names('fullText contains "it"') == ["it's"]
