"""Who may see and change what: the role on the file, and the protected ranges."""

from __future__ import annotations

from typing import Any

from emulator.drive import access
from emulator.drive.model import File, files
from emulator.kernel import ApiError, World
from emulator.sheets.box import Box
from emulator.sheets.model import BOOKS, Book, Sheet

Json = dict[str, Any]
PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)
_NO_PERMISSION = "The caller does not have permission"


class Invalid(Exception):
    """One request of a batch is refused; the batch puts its number and kind before the message."""


def forbidden() -> ApiError:
    """403 in the words of Sheets."""
    return ApiError(403, _NO_PERMISSION, status="PERMISSION_DENIED")


def bad(message: str) -> ApiError:
    """400 INVALID_ARGUMENT."""
    return ApiError(400, message, status="INVALID_ARGUMENT")


def file_of(world: World, spreadsheet_id: str) -> File:
    """The Drive file of a spreadsheet.

    :raises ApiError: 404 when there is none.
    """
    file = files(world).get(spreadsheet_id)
    if file is None or spreadsheet_id not in world.table(BOOKS):
        raise ApiError(404, "Requested entity was not found.", status="NOT_FOUND")
    return file


def readable(world: World, spreadsheet_id: str, actor: str) -> Book:
    """The book, for someone who may at least read it.

    :raises ApiError: 404 for an unknown id; 403 for a file that exists and that the caller may not see (field reports of
        service accounts without a share), or 404 with `behaviour["sheets_invisible_is_404"]`.
    """
    known = files(world).get(spreadsheet_id)
    if known is not None and access.role_on(world, actor, spreadsheet_id) is None:
        if world.behaviour.get("sheets_invisible_is_404", False):
            raise ApiError(404, "Requested entity was not found.", status="NOT_FOUND")
        raise forbidden()
    if known is not None and spreadsheet_id not in world.table(BOOKS):
        # Source: what the live service answers for an uploaded .xlsx.
        raise ApiError(400, "This operation is not supported for this document", status="FAILED_PRECONDITION")
    file_of(world, spreadsheet_id)
    book: Book = world.table(BOOKS)[spreadsheet_id]
    return book


def writable(world: World, spreadsheet_id: str, actor: str) -> Book:
    """The book, for someone who may change it: a writer, and no content restriction on the file.

    :raises ApiError: 404 or 403 PERMISSION_DENIED.
    """
    book = readable(world, spreadsheet_id, actor)
    if not access.can_edit(world, actor, spreadsheet_id):
        raise forbidden()
    return book


class Rights:
    """What one person may do with the protected ranges of one book.

    The owner of the file is never bound. Whether an organizer of the shared drive is bound is not documented:
    `behaviour["organizer_passes_protection"]`, default false.
    """

    def __init__(self, world: World, book: Book, actor: str) -> None:
        self.world, self.book, self.actor = world, book, actor
        self.identities = world.directory.identities(actor)
        role = access.role_on(world, actor, book.spreadsheet_id)
        self.free = role == "owner" or (role == "organizer" and bool(world.behaviour.get("organizer_passes_protection", False)))

    def is_editor(self, protection: Json) -> bool:
        """Is the person among the editors of a protected range, by name, by a group, or by the domain?"""
        editors = protection.get("editors", {})
        listed = {str(a).lower() for a in [*editors.get("users", []), *editors.get("groups", [])]}
        if listed & self.identities:
            return True
        return bool(editors.get("domainUsersCanEdit")) and self.world.directory.in_domain(self.actor)

    def may_edit(self, protection: Json) -> bool:
        """May the person edit the cells of a protected range? A warning stops nobody."""
        return self.free or bool(protection.get("warningOnly")) or self.is_editor(protection)

    def may_lift(self, protection: Json) -> bool:
        """May the person change or delete the protection itself?

        Source: Apps Script reference, Protection.remove(): its sample asks canEdit() first. With
        `behaviour["protection_editors_may_lift"]` false only who made it may.
        """
        if self.free or protection.get("warningOnly"):
            return True
        if self.world.behaviour.get("protection_editors_may_lift", True):
            return self.is_editor(protection)
        return protection.get("_creator") == self.actor

    def blocking(self, sheet: Sheet, box: Box) -> Json | None:
        """The first protection that keeps the person from changing a part of that box."""
        for protection in sheet.protections:
            if not self.may_edit(protection) and touches(self.book, sheet, protection, box):
                return protection
        return None

    def check(self, sheet: Sheet, box: Box) -> None:
        """:raises Invalid: a part of the box is protected against the person."""
        if sheet.protections and self.blocking(sheet, box) is not None:
            raise Invalid(PROTECTED)

    def check_sheet(self, sheet: Sheet) -> None:
        """:raises Invalid: the sheet as a whole is protected against the person."""
        for protection in sheet.protections:
            whole = "range" in protection and protection["range"].keys() <= {"sheetId"}
            if whole and not self.may_edit(protection):
                raise Invalid(PROTECTED)


def protected_box(book: Book, protection: Json) -> tuple[int, Box]:
    """Sheet id and box of a protected range, its named range looked up."""
    grid_range = protection.get("range")
    if grid_range is None:
        wanted = protection.get("namedRangeId")
        named = next((n for n in book.named_ranges if n["namedRangeId"] == wanted), None)
        grid_range = named["range"] if named else {"sheetId": -1}
    return int(grid_range.get("sheetId", 0)), Box.of_json(grid_range)


def touches(book: Book, sheet: Sheet, protection: Json, box: Box) -> bool:
    """Does a protection cover a part of the box? What a whole-sheet protection leaves out is taken off."""
    sheet_id, covered = protected_box(book, protection)
    common = covered.meet(box) if sheet_id == sheet.sheet_id else None
    if common is None:
        return False
    left = [common.clip(max(sheet.rows, common.r0 + 1), max(sheet.columns, common.c0 + 1))]
    for hole in protection.get("unprotectedRanges", []):
        left = [part for piece in left for part in piece.minus(Box.of_json(hole))]
    return any(part.height and part.width for part in left)
