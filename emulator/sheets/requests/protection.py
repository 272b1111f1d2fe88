"""Protected ranges.

Sources: Sheets API, ProtectedRange ("This field is only visible to users with edit access to the protected range",
"unprotectedRanges is only supported on protected sheets"); the texts of the refusals are those seen in the field.
"""

from __future__ import annotations

import copy
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.edit import Edit, request
from emulator.sheets.guard import PROTECTED, Invalid
from emulator.sheets.masks import merged
from emulator.sheets.model import Book, Sheet, fresh_number

Json = dict[str, Any]
# In the order of the live service's answers.
_MEMBERS = (
    "protectedRangeId",
    "range",
    "namedRangeId",
    "description",
    "warningOnly",
    "requestingUserCanEdit",
    "unprotectedRanges",
    "editors",
    "tableId",
)
_SELF = "You can't remove yourself as an editor."


def find(edit: Edit, protected_range_id: object) -> tuple[Sheet, Json]:
    """:raises Invalid: no protected range has that id."""
    number = int(str(protected_range_id or 0))
    for sheet in edit.book.sheets:
        for protection in sheet.protections:
            if protection["protectedRangeId"] == number:
                return sheet, protection
    raise Invalid(f"No protected range with ID: {number}")


@request("addProtectedRange")
def _add(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("protectedRange", {}))
    number = given.get("protectedRangeId")
    if number is None:
        number = fresh_number()
    elif any(p["protectedRangeId"] == number for sheet in edit.book.sheets for p in sheet.protections):
        raise Invalid(f"A protected range with ID {number} already exists.")
    protection = {**given, "protectedRangeId": int(number), "_creator": edit.actor}
    protection.pop("requestingUserCanEdit", None)
    if "editors" in protection:
        protection["editors"] = {name: value for name, value in (protection["editors"] or {}).items() if value}
    asked = protection.get("editors")
    sheet = _check(edit, protection)
    if protection.get("warningOnly"):
        if protection.pop("editors", None):
            raise Invalid("ProtectedRange is warningOnly. Editors cannot be set on it.")
    elif not protection.get("editors"):
        # Left out, the editors are whoever protects the range, as when it is done by hand.
        protection["editors"] = {"users": [edit.actor]}
    else:
        _check_editors(edit, protection)
    edit.rights.check(sheet, Box.of_json(protection["range"]) if "range" in protection else Box())
    sheet.protections.append(protection)
    reply = shown(edit, protection)
    if asked == {} and "editors" in reply:
        # Recorded: the reply repeats the empty editors, the next read names whoever protected the range.
        reply["editors"] = {}
    return {"protectedRange": reply}


def _check(edit: Edit, protection: Json) -> Sheet:
    if "range" in protection and "namedRangeId" in protection:
        raise Invalid("Only one of range, namedRangeId or tableId can be set.")
    if "namedRangeId" in protection:
        named = next((n for n in edit.book.named_ranges if n["namedRangeId"] == protection["namedRangeId"]), None)
        if named is None:
            raise Invalid(f"No named range with ID: {protection['namedRangeId']}")
        sheet, _ = edit.area(named["range"])
    else:
        sheet, box = edit.area(protection.get("range"))
        protection["range"] = box.to_json(sheet.sheet_id)
        whole = box.clip(sheet.rows, sheet.columns) == Box().clip(sheet.rows, sheet.columns) and (box.whole or box.r1 is None)
        if protection.get("unprotectedRanges") and not whole:
            raise Invalid("unprotectedRanges can only be set when the entire sheet is protected.")
        holes = [edit.area(hole) for hole in protection.get("unprotectedRanges", [])]
        if any(owner is not sheet for owner, _ in holes):
            raise Invalid("unprotectedRanges must be on the protected sheet.")
        if holes:
            protection["unprotectedRanges"] = [hole.to_json(sheet.sheet_id) for _, hole in holes]
    return sheet


def _check_editors(edit: Edit, protection: Json) -> None:
    """Everybody named must exist, and the caller must stay among them; the owner of the file is always."""
    editors = protection["editors"]
    for name in ("users", "groups"):
        if name in editors:
            editors[name] = list(dict.fromkeys(str(address) for address in editors[name]))
    if editors.get("domainUsersCanEdit") is False:
        del editors["domainUsersCanEdit"]
    role_free = edit.rights.free
    if not role_free and not edit.rights.is_editor(protection):
        raise Invalid(_SELF)
    if edit.actor.lower() not in {a.lower() for a in editors.get("users", [])} and role_free:
        editors["users"] = [edit.actor, *editors.get("users", [])]


@request("updateProtectedRange")
def _update(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("protectedRange", {}))
    mask = edit.mask(body.get("fields"), "ProtectedRange")
    sheet, old = find(edit, given.get("protectedRangeId"))
    if not edit.rights.may_lift(old):
        raise Invalid(PROTECTED)
    new = merged(old, given, mask)
    if "range" in mask and "namedRangeId" not in mask:
        new.pop("namedRangeId", None)
    new.update(protectedRangeId=old["protectedRangeId"], _creator=old["_creator"])
    new.pop("requestingUserCanEdit", None)
    target = _check(edit, new)
    if new.get("warningOnly"):
        if "editors" in mask and new.get("editors"):
            raise Invalid("ProtectedRange is warningOnly. Editors cannot be set on it.")
        new.pop("editors", None)
    elif not new.get("editors"):
        new["editors"] = {"users": [edit.actor]}
    else:
        _check_editors(edit, new)
    sheet.protections[sheet.protections.index(old)] = new
    if target is not sheet:
        sheet.protections.remove(new)
        target.protections.append(new)
    return {}


@request("deleteProtectedRange")
def _delete(edit: Edit, body: Json) -> Json:
    sheet, protection = find(edit, body.get("protectedRangeId"))
    if not edit.rights.may_lift(protection):
        raise Invalid(PROTECTED)
    sheet.protections.remove(protection)
    return {}


def shown(edit: Edit, protection: Json) -> Json:
    """A protected range as the caller sees it: the editors are for those who may edit it."""
    return visible(edit.book, protection, can_edit=edit.rights.may_edit(protection))


def visible(book: Book, protection: Json, *, can_edit: bool) -> Json:
    """A protected range without what is kept for ourselves, and without editors for who may not edit it."""
    result = dict(protection)
    named = next((n for n in book.named_ranges if n["namedRangeId"] == result.get("namedRangeId")), None)
    if named is not None:
        # Only one of the two may be written, but both are read (pygsheets relies on it).
        result["range"] = named["range"]
    result["requestingUserCanEdit"] = can_edit
    if not can_edit:
        result.pop("editors", None)
    return {name: result[name] for name in _MEMBERS if result.get(name, False) is not False}
