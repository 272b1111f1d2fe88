"""Labels of a mailbox."""

from __future__ import annotations

from emulator.gmail.account import own_box
from emulator.gmail.errors import invalid, not_found
from emulator.gmail.model import SYSTEM_LABELS, Box, Label, boxes, messages
from emulator.gmail.store import relabel
from emulator.kernel import ApiError, Call, Json, handles

_EXTRAS = ("messageListVisibility", "labelListVisibility", "color")
_FIXED = frozenset({"SENT", "DRAFT", "CHAT"})


def known_label(box: Box, label_id: str) -> str:
    """The label id; 400 when the mailbox has no such label."""
    if label_id not in SYSTEM_LABELS and label_id not in box.labels:
        raise invalid(f"Invalid label: {label_id}")
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


@handles("gmail.users.labels.list")
def list_labels(call: Call) -> Json:
    """System labels and the account's own, without counts."""
    box = own_box(call)
    system = [{"id": name, "name": name, "type": "system"} for name in SYSTEM_LABELS]
    return {"labels": system + [_label_json(label) for label in box.labels.values()]}


@handles("gmail.users.labels.get")
def get_label(call: Call) -> Json:
    """One label with its counts."""
    box, label_id = own_box(call), call.path["id"]
    if label_id in SYSTEM_LABELS:
        shown: Json = {"id": label_id, "name": label_id, "type": "system"}
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
    label = Label(f"Label_{number}", name, {key: call.body[key] for key in _EXTRAS if key in call.body})
    box.labels[label.id] = label
    boxes(call.world)[box.address] = box
    return _label_json(label)


def _checked_name(box: Box, name: str, besides: str = "") -> str:
    if not name.strip():
        raise invalid("Invalid label name")
    others = {label.name.casefold() for label in box.labels.values() if label.id != besides}
    if name.casefold() in others | {system.casefold() for system in SYSTEM_LABELS}:
        raise ApiError(409, "Label name exists or conflicts", reason="aborted", status="ABORTED")
    return name


@handles("gmail.users.labels.update", "gmail.users.labels.patch")
def change_label(call: Call) -> Json:
    """Rename a label or change how it is shown; `update` replaces what `patch` leaves."""
    box = own_box(call)
    label = _own(box, call.path["id"])
    if "name" in call.body:
        label.name = _checked_name(box, call.body["name"], label.id)
    given = {key: call.body[key] for key in _EXTRAS if key in call.body}
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
