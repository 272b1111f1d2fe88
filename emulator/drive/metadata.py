"""The members of a file that callers may write: checked first as a whole, then applied.

Source: Drive API reference, resource File; limits of custom properties from the guide "Add custom file properties".
"""

from __future__ import annotations

import re
from datetime import datetime

from emulator.drive import refusals
from emulator.drive.access import Eye
from emulator.drive.files import project_of
from emulator.drive.formats import FOLDER_COLORS
from emulator.drive.model import File, files, parse_time
from emulator.kernel import Call, Json

_ALWAYS = frozenset(
    [
        "kind",
        "name",
        "mimeType",
        "description",
        "starred",
        "properties",
        "appProperties",
        "createdTime",
        "modifiedTime",
        "viewedByMeTime",
        "contentHints",
        "contentRestrictions",
        "copyRequiresWriterPermission",
        "viewersCanCopyContent",
        "folderColorRgb",
        "writersCanShare",
        "originalFilename",
        "inheritedPermissionsDisabled",
        "trashed",
        "downloadRestrictions",
        "linkShareMetadata",
    ]
)
_AT_BIRTH = _ALWAYS | {"id", "parents", "shortcutDetails"}
_PERSONAL = frozenset({"starred", "viewedByMeTime", "kind"})
_MIME_TYPE = re.compile(r"[!-~]([ -~]*[!-~])?")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_MAX_PAIR_BYTES = 124
_MAX_PAIRS = 30


def check_writable(body: Json, *, creating: bool) -> None:
    """Refuse members that are output only, and `parents` in an update.

    :raises ApiError: 403 fieldNotWritable.
    """
    if not creating and "parents" in body:
        text = "The parents field is not directly writable in update requests. Use the addParents and removeParents parameters"
        raise refusals.not_writable(text + " instead.")
    if set(body) - (_AT_BIRTH if creating else _ALWAYS):
        raise refusals.not_writable()


def check_values(call: Call, body: Json, file: File | None = None) -> None:
    """Refuse dates that are none and custom properties that are too long or too many. `file` is None when it is being made."""
    for member in ("createdTime", "modifiedTime", "viewedByMeTime"):
        if body.get(member) is not None:
            _instant(body[member], member)
    if body.get("mimeType") and not _MIME_TYPE.fullmatch(str(body["mimeType"])):
        raise refusals.invalid("mimeType")
    if body.get("folderColorRgb") and not _COLOR.fullmatch(str(body["folderColorRgb"])):
        raise refusals.invalid("folderColorRgb")
    if file is not None and "createdTime" in body:
        raise refusals.not_writable()
    if body.get("writersCanShare") is not None and _on_drive(call, body, file):
        text = "Sharing restrictions cannot be set on a shared drive item."
        raise refusals.forbidden("teamDrivesSharingRestrictionNotAllowed", text)
    project = project_of(call.world, call.actor)
    for member, present in (
        ("appProperties", file.app_properties.get(project, {}) if file else {}),
        ("properties", file.properties if file else {}),
    ):
        pairs = _merged(present, body.get(member) or {})
        if any(len(key.encode()) + len(value.encode()) > _MAX_PAIR_BYTES for key, value in pairs.items()):
            raise refusals.invalid(member, f"The {member} key and value together must not exceed {_MAX_PAIR_BYTES} bytes.")
        if len(pairs) > _MAX_PAIRS:
            raise refusals.invalid(member, f"A file can have at most {_MAX_PAIRS} {member} of one app.")


def _on_drive(call: Call, body: Json, file: File | None) -> bool:
    if file is not None:
        return file.drive_id is not None
    parent = files(call.world).get(str((body.get("parents") or [""])[0]))
    return parent is not None and parent.drive_id is not None


def needs_writer(body: Json) -> bool:
    """Whether any member concerns the file itself and not only how the caller keeps it (its star)."""
    return bool(set(body) - _PERSONAL)


def changes_content(body: Json, file: File) -> bool:
    """Whether a read-only restriction forbids the change: the title is part of the content."""
    return "name" in body and body["name"] != file.name


def apply(call: Call, file: File, body: Json) -> None:
    """Write the plain members of a checked body; locks, trash, limited access and places are done by their own modules."""
    if body.get("name") is not None:
        file.name = str(body["name"])
    if "description" in body:
        file.description = body["description"] or None
    if "appProperties" in body:
        project = project_of(call.world, call.actor)
        file.app_properties[project] = _merged(file.app_properties.get(project, {}), body["appProperties"] or {})
    if "properties" in body:
        file.properties = _merged(file.properties, body["properties"] or {})
    if "copyRequiresWriterPermission" in body:
        file.copy_requires_writer = bool(body["copyRequiresWriterPermission"])
    if "viewersCanCopyContent" in body:
        file.copy_requires_writer = not body["viewersCanCopyContent"]
    if "writersCanShare" in body and file.drive_id is None:
        file.writers_can_share = bool(body["writersCanShare"])
    if "downloadRestrictions" in body:
        wanted = (body["downloadRestrictions"] or {}).get("itemDownloadRestriction") or {}
        file.download_restriction = {name: bool(value) for name, value in wanted.items()}
    if body.get("folderColorRgb") and file.is_folder:
        file.folder_color = _nearest(str(body["folderColorRgb"]))
    if body.get("originalFilename") and not file.is_native:
        file.original_filename = str(body["originalFilename"])
    file.indexable_text = str((body.get("contentHints") or {}).get("indexableText", file.indexable_text))
    if call.media is not None and call.query.get("useContentAsIndexableText"):
        file.indexable_text = call.media.data.decode("utf-8", "replace")
    _apply_personal(call, file, body)


def _nearest(color: str) -> str:
    """The colour of the palette that is closest. Source: Drive API reference, folderColorRgb."""

    def parts(text: str) -> list[int]:
        return [int(text[at : at + 2], 16) for at in (1, 3, 5)]

    wanted = parts(color)
    return min(FOLDER_COLORS, key=lambda one: sum((a - b) ** 2 for a, b in zip(parts(one), wanted, strict=True)))


def apply_times(call: Call, file: File, body: Json) -> None:
    """Write the dates that the caller sets himself, after the change has set its own."""
    if body.get("createdTime"):
        file.created_at = _instant(body["createdTime"], "createdTime")
    if body.get("modifiedTime"):
        file.modified_at = _instant(body["modifiedTime"], "modifiedTime")
        file.modified_by[call.actor.lower()] = file.modified_at


def _apply_personal(call: Call, file: File, body: Json) -> None:
    eye = Eye(call.world, call.actor)
    if "starred" in body:
        (file.starred_by.add if body["starred"] else file.starred_by.discard)(eye.actor)
    if body.get("viewedByMeTime"):
        file.viewed_by[eye.actor] = _instant(body["viewedByMeTime"], "viewedByMeTime")


def _merged(present: dict[str, str], wanted: Json) -> dict[str, str]:
    """Pairs after a patch: null clears a key."""
    merged = present | {key: str(value) for key, value in wanted.items() if value is not None}
    return {key: value for key, value in merged.items() if key not in wanted or wanted[key] is not None}


def _instant(text: object, member: str) -> datetime:
    try:
        return parse_time(str(text))
    except ValueError as broken:
        raise refusals.invalid(member) from broken
