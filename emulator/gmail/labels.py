"""Labels of a mailbox."""

from __future__ import annotations

import re
from functools import lru_cache

from emulator.discovery import routes
from emulator.gmail.account import own_box
from emulator.gmail.errors import invalid, not_found
from emulator.gmail.model import SYSTEM_LABELS, Box, Label, boxes, messages
from emulator.gmail.store import relabel
from emulator.kernel import ApiError, Call, Json, handles

_LONGEST_NAME = 225
_EXTRAS = ("messageListVisibility", "labelListVisibility", "color")
_FIXED = frozenset({"SENT", "DRAFT", "CHAT"})
_HIDDEN: Json = {"messageListVisibility": "hide", "labelListVisibility": "labelHide"}
_SHOWN = frozenset({"SENT", "INBOX", "DRAFT", "YELLOW_STAR", "STARRED", "UNREAD"})


def known_label(box: Box, label_id: str) -> str:
    """The label id; 400 when the mailbox has no such label: one that may have been deleted is told from what is no id."""
    if label_id not in SYSTEM_LABELS and label_id not in box.labels:
        raise invalid("labelId not found" if label_id.startswith("Label_") else f"Invalid label: {label_id}")
    return label_id


def checked_change(box: Box, body: Json) -> tuple[list[str], list[str]]:
    """The labels to add and to remove; 400 for unknown ones and for those that only Gmail itself sets."""
    plus, minus = list(body.get("addLabelIds", [])), list(body.get("removeLabelIds", []))
    if not plus and not minus:
        raise invalid("No label add or removes specified")
    for label_id in plus + minus:
        if known_label(box, label_id) in _FIXED:
            raise invalid(f"Invalid label: {label_id}")
    if set(plus) & set(minus):
        raise invalid("Cannot both add and remove the same label")
    return plus, minus


@lru_cache(maxsize=1)
def _palette() -> frozenset[str]:
    """The colours that the discovery document names."""
    described = routes().apis["gmail"].schemas["LabelColor"]["properties"]["backgroundColor"]["description"]
    return frozenset(re.findall(r"#[0-9a-f]{6}", described))


def _checked_extras(body: Json) -> Json:
    """Visibility and colour of a label; 400 for a colour outside the palette."""
    for colour in body.get("color", {}).values():
        if colour not in _palette():
            raise invalid(f"Label color {colour} is not on the allowed color palette")
    return {key: body[key] for key in _EXTRAS if key in body}


@handles("gmail.users.labels.list")
def list_labels(call: Call) -> Json:
    """System labels and the account's own, without counts."""
    box = own_box(call)
    return {"labels": [_system_json(name) for name in SYSTEM_LABELS] + [_label_json(label) for label in box.labels.values()]}


@handles("gmail.users.labels.get")
def get_label(call: Call) -> Json:
    """One label with its counts."""
    box, label_id = own_box(call), call.path["id"]
    if label_id in SYSTEM_LABELS:
        shown = _system_json(label_id)
    else:
        shown = _label_json(_own(box, label_id))
    marked = [message for message in messages(call.world, box).values() if label_id in message.labels]
    unread = [message for message in marked if "UNREAD" in message.labels]
    return shown | {
        "messagesTotal": len(marked),
        "messagesUnread": len(unread),
        "threadsTotal": len({message.thread_id for message in marked}),
        "threadsUnread": len({message.thread_id for message in unread}),
    }


@handles("gmail.users.labels.create")
def create_label(call: Call) -> Json:
    """A label of the account's own."""
    box = own_box(call)
    name = _checked_name(box, call.body.get("name", ""))
    number = max((int(label_id.removeprefix("Label_")) for label_id in box.labels), default=0) + 1
    label = Label(f"Label_{number}", name, _checked_extras(call.body))
    box.labels[label.id] = label
    boxes(call.world)[box.address] = box
    # The live service leaves the type out of this one answer.
    return {name: value for name, value in _label_json(label).items() if name != "type"}


def _checked_name(box: Box, name: str, besides: str = "") -> str:
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise invalid("Invalid label name")
    others = {label.name.casefold() for label in box.labels.values() if label.id != besides}
    if name.casefold() in others | {system.casefold() for system in SYSTEM_LABELS}:
        raise ApiError(409, "Label name exists or conflicts", reason="aborted", status="ABORTED")
    return name


@handles("gmail.users.labels.update", "gmail.users.labels.patch")
def change_label(call: Call) -> Json:
    """Rename a label or change how it is shown; `update` replaces what `patch` leaves."""
    box = own_box(call)
    label, given = _own(box, call.path["id"]), _checked_extras(call.body)
    if "name" in call.body:
        label.name = _checked_name(box, call.body["name"], label.id)
    label.extras = given if call.method.endswith("update") else label.extras | given
    boxes(call.world)[box.address] = box
    return _label_json(label)


@handles("gmail.users.labels.delete")
def delete_label(call: Call) -> None:
    """Delete a label and take it off every message."""
    box = own_box(call)
    label = _own(box, call.path["id"])
    for message in list(messages(call.world, box).values()):
        relabel(call.world, box, message, [], [label.id])
    del box.labels[label.id]
    boxes(call.world)[box.address] = box


def _own(box: Box, label_id: str) -> Label:
    if label_id in SYSTEM_LABELS:
        raise invalid(f"Invalid label: {label_id}")
    if label_id not in box.labels:
        raise not_found()
    return box.labels[label_id]


def _label_json(label: Label) -> Json:
    return {"id": label.id, "name": label.name, "type": "user"} | label.extras


def _system_json(label_id: str) -> Json:
    return {"id": label_id, "name": label_id} | ({} if label_id in _SHOWN else _HIDDEN) | {"type": "system"}
