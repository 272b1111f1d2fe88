"""about.get, and the fields that Drive answers with when the caller names none.

Source: Drive API guide, "Return specific fields"; items of shared drives carry their drive's id by default (field reports).
"""

from __future__ import annotations

from emulator.drive.formats import EXPORT_FORMATS, FOLDER_COLORS, IMPORT_FORMATS, MAX_IMPORT_SIZES, themes
from emulator.drive.index import index
from emulator.drive.model import files
from emulator.drive.refusals import fields_required
from emulator.drive.view import user_resource
from emulator.kernel import Call, Json, handles

_FILE = "kind,id,name,mimeType,resourceKey,driveId,teamDriveId"
_PERMISSION = "kind,id,type,role"
_DRIVE = "kind,id,name"
_REVISION = "kind,id,mimeType,modifiedTime"
_REPLY = "kind,id,createdTime,modifiedTime,author,htmlContent,content,deleted,action"
_CHANGE = f"kind,type,changeType,time,removed,fileId,driveId,teamDriveId,file({_FILE}),drive({_DRIVE})"

_DEFAULTS = {
    "drive.files.list": f"kind,incompleteSearch,nextPageToken,files({_FILE})",
    "drive.permissions.list": f"kind,nextPageToken,permissions({_PERMISSION})",
    "drive.drives.list": f"kind,nextPageToken,drives({_DRIVE})",
    "drive.revisions.list": f"kind,nextPageToken,revisions({_REVISION})",
    "drive.replies.list": f"kind,nextPageToken,replies({_REPLY})",
    "drive.changes.list": f"kind,nextPageToken,newStartPageToken,changes({_CHANGE})",
}
_DEFAULTS |= {f"drive.files.{name}": _FILE for name in ("get", "create", "update", "copy")}
_DEFAULTS |= {f"drive.permissions.{name}": _PERMISSION for name in ("get", "create", "update")}
_DEFAULTS |= {f"drive.drives.{name}": _DRIVE for name in ("get", "create", "update", "hide", "unhide")}
_DEFAULTS |= {f"drive.revisions.{name}": _REVISION for name in ("get", "update")}
_DEFAULTS["drive.approvals.list"] = "kind,nextPageToken"
_DEFAULTS |= {f"drive.teamdrives.{name}": _DRIVE for name in ("get", "create", "update")}
_DEFAULTS["drive.teamdrives.list"] = f"kind,nextPageToken,teamDrives({_DRIVE})"
_DEFAULTS |= {f"drive.replies.{name}": _REPLY for name in ("get", "create", "update")}


def default_fields(method_id: str) -> str | None:
    """The `fields` mask that applies when the caller gave none; None means the whole answer."""
    return _DEFAULTS.get(method_id)


@handles("drive.about.get")
def get(call: Call) -> Json:
    """`drive.about.get`: the caller, the room, what can be exported to what."""
    if not call.query.get("fields"):
        raise fields_required()
    actor, directory = call.actor.lower(), call.world.directory
    rows = files(call.world)
    mine = [rows[one] for one in index(call.world).by_owner.get(actor, {})]
    used = sum(len(file.content or b"") for file in mine)
    trash = sum(len(file.content or b"") for file in mine if file.trashed)
    creates = directory.in_domain(actor) or directory.is_service_account(actor)
    limit = 0 if directory.is_service_account(actor) else 30 * 2**30
    return {
        "kind": "drive#about",
        "user": user_resource(call.world, actor, actor),
        "storageQuota": {
            "limit": str(limit),
            "usage": str(used),
            "usageInDrive": str(used),
            "usageInDriveTrash": str(trash),
        },
        "importFormats": IMPORT_FORMATS,
        "exportFormats": EXPORT_FORMATS,
        "maxImportSizes": MAX_IMPORT_SIZES,
        "maxUploadSize": "5242880000000",
        "appInstalled": False,
        "folderColorPalette": FOLDER_COLORS,
        "teamDriveThemes": themes(),
        "driveThemes": themes(),
        "canCreateTeamDrives": creates,
        "canCreateDrives": creates,
    }
