"""Content restrictions: who may lock a file, who may lift the lock, and what it stops.

A lock stops changes of content, title and comments, not moving, sharing or trashing.
Source: Drive API guide, "Protect file content".
"""

from __future__ import annotations

from emulator.drive import refusals
from emulator.drive.access import Eye, readonly_restriction
from emulator.drive.capabilities import at_least, may_lift
from emulator.drive.model import FOLDER, FORM, SHORTCUT, File, rfc3339
from emulator.kernel import ApiError, Call, Json

_NEVER_LOCKED = (FOLDER, FORM, SHORTCUT, "application/vnd.google-apps.site", "application/vnd.google-apps.drawing")


def locked(file: File) -> ApiError:
    """The refusal to change a locked file. Google does not document its reason; this one is ours."""
    text = "The file has a content restriction: its content, title and comments cannot be modified."
    return refusals.forbidden("cannotModifyRestrictedContent", text)


def check_unlocked(file: File) -> None:
    """:raises ApiError: 403 when a read-only restriction is on."""
    if readonly_restriction(file) is not None:
        raise locked(file)


def check_restrictions(call: Call, file: File, wanted: list[Json]) -> None:
    """Whether the caller may put these restrictions in place of the present ones.

    :raises ApiError: 403 insufficientFilePermissions without the right, 400 for a type of file that cannot be locked.
    """
    eye = Eye(call.world, call.actor)
    _check_form(file.mime_type, wanted)
    if not may_lift(eye, file) or (_owner_only(wanted) and not at_least(eye, file, "organizer")):
        raise refusals.insufficient()


def check_new(call: Call, parent: File, mime_type: str, wanted: list[Json]) -> None:
    """The same for a file that is about to be made in a folder."""
    _check_form(mime_type, wanted)
    if parent.drive_id and _owner_only(wanted) and not at_least(Eye(call.world, call.actor), parent, "organizer"):
        raise refusals.insufficient()


def _owner_only(wanted: list[Json]) -> bool:
    return any(one.get("ownerRestricted") for one in wanted)


def _check_form(mime_type: str, wanted: list[Json]) -> None:
    if mime_type in _NEVER_LOCKED:
        raise refusals.bad_request("Content restrictions are not supported for this type of file.")
    if len(wanted) > 1:
        raise refusals.bad_request("A file can have only one content restriction.")
    if any(one.get("reason") and not one.get("readOnly") for one in wanted):
        raise refusals.bad_request("The reason of a content restriction can be set only together with readOnly=true.")


def restrict(call: Call, file: File, wanted: list[Json]) -> None:
    """Put checked restrictions in place; `readOnly: false` removes what is there."""
    file.content_restrictions = [_lock(call, one) for one in wanted if one.get("readOnly")]


def _lock(call: Call, wanted: Json) -> Json:
    lock: Json = {"readOnly": True, "type": "globalContentRestriction", "systemRestricted": False}
    if wanted.get("reason"):
        lock["reason"] = str(wanted["reason"])
    lock["ownerRestricted"] = bool(wanted.get("ownerRestricted"))
    lock["restrictionTime"] = rfc3339(call.now)
    lock["restrictingUser"] = call.actor.lower()
    return lock
