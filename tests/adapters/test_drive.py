"""Drive's adapter against the local Workspace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from conftest import DOMAIN, SERVICE_ACCOUNT, Workspace

from expediente.errors import DoubtfulError, NotFoundError, RefusedError
from expediente.google.drive import FOLDER, PDF, SPREADSHEET, Drive

MARK = {"dossier": "EXP-1", "step": "folder/root"}
VENDEDORA = f"vendedora.uno@{DOMAIN}"


@pytest.fixture
def drive(workspace: Workspace) -> Drive:
    """Drive as the service account."""
    return workspace.google.drive


@pytest.fixture
def top(drive: Drive) -> str:
    """The dossier drive of the seed."""
    return next(item.drive_id for item in drive.list_drives() if item.name == "Expedientes")


def test_ids_are_fetched_a_hundred_at_once(workspace: Workspace, drive: Drive) -> None:
    """Thirty wishes cost one call, and no id is given twice."""
    workspace.forget()
    taken = [file_id for _ in range(30) for file_id in drive.new_ids(3)]
    assert len(set(taken)) == 90
    assert workspace.methods() == ["drive.files.generateIds"]


def test_a_folder_is_made_once(drive: Drive, top: str) -> None:
    """The same call again finds the folder and adopts it."""
    (file_id,) = drive.new_ids(1)
    first = drive.create_folder(file_id, "ACME · EXP-1", top, True, MARK)
    second = drive.create_folder(file_id, "ACME · EXP-1", top, True, MARK)
    assert first.file_id == second.file_id == file_id
    assert (first.limited, first.parents, first.mime_type, first.app_properties) == (True, (top,), FOLDER, MARK)
    assert [info.file_id for info in drive.children(top)] == [file_id]


def test_a_foreign_folder_is_not_adopted(drive: Drive, top: str) -> None:
    """An id taken by another step is an error, not a success."""
    (file_id,) = drive.new_ids(1)
    drive.create_folder(file_id, "uno", top, False, MARK)
    with pytest.raises(RefusedError, match="foreign"):
        drive.create_folder(file_id, "uno", top, False, MARK | {"step": "folder/legal"})


def test_a_lost_answer_leaves_one_folder(workspace: Workspace, drive: Drive, top: str) -> None:
    """The doubtful call is repeated under its id."""
    (file_id,) = drive.new_ids(1)
    workspace.fault("drive.files.create", "close", when="after")
    with pytest.raises(DoubtfulError):
        drive.create_folder(file_id, "uno", top, False, MARK)
    drive.create_folder(file_id, "uno", top, False, MARK)
    assert workspace.methods().count("drive.files.create") == 2
    assert len(drive.children(top)) == 1


def test_a_lost_spreadsheet_is_found_by_its_mark(workspace: Workspace, drive: Drive, top: str) -> None:
    """It takes no id, so it bears a mark."""
    workspace.fault("drive.files.create", "close", when="after")
    with pytest.raises(DoubtfulError):
        drive.create_spreadsheet("Control", top, MARK)
    (found,) = drive.find_child(top, "dossier", "EXP-1", SPREADSHEET)
    assert drive.find_child(top, "dossier", "EXP-1", SPREADSHEET, top) == [found]
    assert drive.find_child(top, "dossier", "EXP-2", SPREADSHEET) == []
    drive.trash(found)
    assert drive.find_child(top, "dossier", "EXP-1", SPREADSHEET) == []
    assert drive.get_file(found).trashed


def test_what_is_not_there_is_told(drive: Drive) -> None:
    """Missing things raise, except where being gone is the wish."""
    with pytest.raises(NotFoundError):
        drive.get_file("1NoSuchFile")
    drive.trash("1NoSuchFile")


def test_moving_names_the_target(drive: Drive, top: str) -> None:
    """A move can rename at once and be repeated."""
    ids = drive.new_ids(3)
    for file_id, parent in zip(ids, (top, top, ids[0]), strict=True):
        drive.create_folder(file_id, file_id[:4], parent, False)
    moved = drive.move(ids[2], ids[1], ids[0], "Nuevo")
    assert (moved.parents, moved.name) == ((ids[1],), "Nuevo")
    assert drive.rename(ids[2], "Otro").name == "Otro"


def test_grants_are_given_and_taken(drive: Drive, top: str) -> None:
    """The same grant is one permission; taking it twice is fine; inherited ones are told apart."""
    (file_id,) = drive.new_ids(1)
    drive.create_folder(file_id, "00 Entregar aquí", top, True)
    permission = drive.add_grant(file_id, VENDEDORA, "user", "writer")
    assert drive.add_grant(file_id, VENDEDORA, "user", "writer") == permission
    drive.add_grant(file_id, f"expedientes@{DOMAIN}", "group", "reader")
    direct = {grant.address: (grant.kind, grant.role) for grant in drive.list_grants(file_id) if not grant.inherited}
    assert direct == {VENDEDORA: ("user", "writer"), f"expedientes@{DOMAIN}": ("group", "reader")}
    bot = next(grant for grant in drive.list_grants(file_id) if grant.address == SERVICE_ACCOUNT)
    assert (bot.inherited, bot.role) == (True, "organizer")
    drive.remove_grant(file_id, permission)
    drive.remove_grant(file_id, permission)
    assert VENDEDORA not in {grant.address for grant in drive.list_grants(file_id)}


def test_a_direct_grant_that_is_gone_leaves_the_inherited_one(drive: Drive, top: str) -> None:
    """The same group reads the parent: taking its own grant on the folder a second time is fine as well."""
    parent, folder, group = *drive.new_ids(2), f"expedientes@{DOMAIN}"
    drive.create_folder(parent, "Archivados", top, False)
    drive.create_folder(folder, "01 Legal", parent, False)
    drive.add_grant(parent, group, "group", "reader")
    permission = drive.add_grant(folder, group, "group", "writer")
    drive.remove_grant(folder, permission)
    drive.remove_grant(folder, permission)
    (left,) = [grant for grant in drive.list_grants(folder) if grant.address == group]
    assert (left.permission_id, left.role, left.inherited) == (permission, "reader", True)


def test_a_grant_may_end_by_itself(workspace: Workspace, drive: Drive, top: str) -> None:
    """A reader's access to a folder bears its end."""
    (file_id,) = drive.new_ids(1)
    drive.create_folder(file_id, "x", top, False)
    ends = workspace.google._clients._clock.now() + timedelta(days=30)
    drive.add_grant(file_id, VENDEDORA, "user", "reader", ends)
    (grant,) = [grant for grant in drive.list_grants(file_id) if grant.address == VENDEDORA]
    assert grant.expires_at is not None and abs(grant.expires_at - ends) < timedelta(seconds=1)


def test_grants_on_one_file_never_overlap(workspace: Workspace, drive: Drive, top: str) -> None:
    """Eight threads on one folder: every grant survives, because one follows the other."""
    (file_id,) = drive.new_ids(1)
    drive.create_folder(file_id, "x", top, False)
    people = [f"{name}@{DOMAIN}" for name in ("vendedora.uno", "vendedora.dos", "sala.uno", "sala.dos")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda address: drive.add_grant(file_id, address, "user", "reader"), people))
    assert set(people) <= {grant.address for grant in drive.list_grants(file_id)}


def test_the_feed_tells_every_change_once(workspace: Workspace, drive: Drive, top: str) -> None:
    """From a cursor on: the latest state of each file, who changed it, and whether that was us."""
    cursor = drive.start_page_token()
    (file_id,) = drive.new_ids(1)
    drive.create_folder(file_id, "uno", top, False, MARK)
    page = drive.changes(cursor)
    (change,) = [item for item in page.items if item.file_id == file_id]
    assert (change.name, change.parents, change.by_us, change.by) == ("uno", (top,), True, SERVICE_ACCOUNT)
    assert (change.app_properties, change.removed, change.drive_id, page.more) == (MARK, False, top, False)
    assert drive.changes(page.cursor).items == ()


def test_files_travel_whole(drive: Drive, top: str) -> None:
    """Small and large uploads come back as they were, and are made once."""
    for size in (10, 6_000_000):
        (file_id,) = drive.new_ids(1)
        data = bytes(range(256)) * (size // 256 + 1)
        info = drive.upload(file_id, "Ficha.pdf", top, PDF, data, MARK)
        assert (info.size_bytes, info.mime_type) == (len(data), PDF)
        assert drive.upload(file_id, "Ficha.pdf", top, PDF, data, MARK).file_id == file_id
        assert drive.download(file_id) == data


def test_a_sheet_has_revisions_a_lock_and_a_pdf(drive: Drive, top: str) -> None:
    """What the archive needs of a workbook."""
    sheet = drive.create_spreadsheet("Control", top, MARK)
    assert drive.revisions(sheet)[-1].person == SERVICE_ACCOUNT
    assert drive.export_pdf(sheet).startswith(b"%PDF")
    drive.lock(sheet, "Expediente activo")
    assert drive.get_file(sheet).locked
    drive.unlock(sheet)
    assert not drive.get_file(sheet).locked


def test_a_shared_drive_is_made_and_restricted(drive: Drive) -> None:
    """What setup needs."""
    made = drive.create_drive("8f14e45f-ceea-467f-a0e6-f7f0d3a5c3e1", "Nueva")
    drive.restrict_drive(made.drive_id, domain_users_only=True, members_only=False, organizers_share_folders=True)
    assert made in drive.list_drives()
