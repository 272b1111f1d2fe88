"""The methods of `teamdrives`: those of `drives` under their old names.

Source: Drive API reference, resource TeamDrive ("Deprecated: use the drive collection instead").
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from emulator.drive import drives
from emulator.kernel import Call, Json, handles

_OLD_NAMES = {
    "canChangeDriveBackground": "canChangeTeamDriveBackground",
    "canChangeDriveMembersOnlyRestriction": "canChangeTeamMembersOnlyRestriction",
    "canDeleteDrive": "canDeleteTeamDrive",
    "canRenameDrive": "canRenameTeamDrive",
    "canResetDriveRestrictions": "canResetTeamDriveRestrictions",
}


def _as_drive(call: Call) -> Call:
    path = {"driveId": call.path["teamDriveId"]} if "teamDriveId" in call.path else {}
    body = dict(call.body)
    if "restrictions" in body:
        rules = dict(body["restrictions"])
        if "teamMembersOnly" in rules:
            rules["driveMembersOnly"] = rules.pop("teamMembersOnly")
        body["restrictions"] = rules
    return replace(call, path=path, body=body)


def _as_team_drive(drive: Json) -> Json:
    rules = dict(drive["restrictions"])
    rules["teamMembersOnly"] = rules.pop("driveMembersOnly")
    answer = {name: value for name, value in drive.items() if name not in ("hidden", "kind")}
    able = {_OLD_NAMES.get(name, name): value for name, value in drive["capabilities"].items()}
    able["canRemoveChildren"] = able["canDeleteChildren"]
    return {"kind": "drive#teamDrive"} | answer | {"restrictions": rules, "capabilities": able}


@handles("drive.teamdrives.create")
def create(call: Call) -> Json:
    """`drive.teamdrives.create`."""
    return _as_team_drive(cast(Json, drives.create(_as_drive(call))))


@handles("drive.teamdrives.get")
def get(call: Call) -> Json:
    """`drive.teamdrives.get`."""
    return _as_team_drive(cast(Json, drives.get(_as_drive(call))))


@handles("drive.teamdrives.list")
def list_team_drives(call: Call) -> Json:
    """`drive.teamdrives.list`."""
    page = cast(Json, drives.list_drives(call))
    rest = {name: value for name, value in page.items() if name == "nextPageToken"}
    return {"kind": "drive#teamDriveList", "teamDrives": [_as_team_drive(one) for one in page["drives"]]} | rest


@handles("drive.teamdrives.update")
def update(call: Call) -> Json:
    """`drive.teamdrives.update`."""
    return _as_team_drive(cast(Json, drives.update(_as_drive(call))))


@handles("drive.teamdrives.delete")
def delete(call: Call) -> None:
    """`drive.teamdrives.delete`."""
    drives.delete(_as_drive(call))
