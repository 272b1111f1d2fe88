"""How Drive writes the labels of a file."""

from __future__ import annotations

from typing import Any

from emulator.drive.model import File
from emulator.drive.view import user_resource
from emulator.kernel import Json, World


def label_resource(world: World, actor: str, label_id: str, label: Json) -> Json:
    """A `drive#label` as the caller gets it. `label`: field id to its type and values."""
    fields = {field_id: _field(world, actor, field_id, value) for field_id, value in label.items()}
    return {"kind": "drive#label", "id": label_id, "revisionId": "1", "fields": fields}


def _field(world: World, actor: str, field_id: str, value: Json) -> Json:
    values: list[Any] = value["values"]
    if value["valueType"] == "user":
        values = [user_resource(world, str(one), actor) for one in values]
    return {"kind": "drive#labelField", "id": field_id, "valueType": value["valueType"], value["valueType"]: values}


def label_info(world: World, actor: str, file: File, include: object) -> Json:
    """The member `labelInfo` with the labels that `includeLabels` names, when it names any."""
    wanted = [one.strip() for one in str(include or "").split(",") if one.strip()]
    if not wanted:
        return {}
    return {
        "labelInfo": {"labels": [label_resource(world, actor, one, file.labels[one]) for one in wanted if one in file.labels]}
    }
