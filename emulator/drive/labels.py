"""Labels on files: `files.listLabels`, `files.modifyLabels` and the member `labelInfo`.

Which labels exist is decided by the Drive Labels API, which is not part of the local Workspace: the switch `drive_labels`
names them, `{"<label id>": {"<field id>": "text" | "integer" | "dateString" | "selection" | "user"}}`; none by default.
Source: Drive API guide, "Set a label field on a file"; reasons of refusals are from field reports.
"""

from __future__ import annotations

from emulator.drive import refusals
from emulator.drive.calls import item, page_offset, page_token
from emulator.drive.files import touch
from emulator.drive.label_view import label_resource
from emulator.kernel import ApiError, Call, Json, handles

_SETTERS = {
    "setTextValues": "text",
    "setIntegerValues": "integer",
    "setDateValues": "dateString",
    "setSelectionValues": "selection",
    "setUserValues": "user",
}


@handles("drive.files.listLabels")
def list_labels(call: Call) -> Json:
    """`drive.files.listLabels`, for whoever may read the file."""
    file = item(call, gated=False)
    start, size = page_offset(call), int(call.query.get("maxResults", 100))
    held = [label_resource(call.world, call.actor, label_id, label) for label_id, label in file.labels.items()]
    page: Json = {"kind": "drive#labelList", "labels": held[start : start + size]}
    if start + size < len(held):
        page["nextPageToken"] = page_token(call, start + size)
    return page


@handles("drive.files.modifyLabels")
def modify_labels(call: Call) -> Json:
    """`drive.files.modifyLabels`: all modifications or none, by whoever may edit the file."""
    file = item(call, "writer", gated=False)
    labels, changed = {key: dict(label) for key, label in file.labels.items()}, []
    for modification in call.body.get("labelModifications") or []:
        label_id = str(modification.get("labelId") or "")
        known = (call.world.behaviour.get("drive_labels") or {}).get(label_id)
        if known is None:
            raise refusals.not_found("Label", label_id, "labelId")
        if modification.get("removeLabel"):
            labels.pop(label_id, None)
            continue
        label = labels.setdefault(label_id, {})
        for change in modification.get("fieldModifications") or []:
            _set_field(label, known, change)
        changed.append(label_id)
    file.labels = labels
    touch(call.world, file.id, call.actor, "place")
    return {
        "kind": "drive#modifyLabelsResponse",
        "modifiedLabels": [label_resource(call.world, call.actor, one, labels[one]) for one in changed],
    }


def _set_field(label: Json, known: Json, change: Json) -> None:
    field_id = str(change.get("fieldId") or "")
    if field_id not in known:
        raise ApiError(400, f"The field {field_id} does not exist in the label.", reason="labelMutationUnknownField")
    if change.get("unsetValues"):
        label.pop(field_id, None)
    for setter, kind in _SETTERS.items():
        if setter in change:
            if kind != known[field_id]:
                raise ApiError(
                    400, f"The field {field_id} does not hold values of type {kind}.", reason="labelMutationIllegalSelection"
                )
            label[field_id] = {"valueType": kind, "values": list(change[setter])}
