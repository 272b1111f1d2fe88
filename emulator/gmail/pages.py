"""Pages of messages, drafts and threads, newest first. A token is a place in that order, so new mail shifts no page."""

from __future__ import annotations

from collections.abc import Callable

from emulator.gmail import search
from emulator.gmail.account import metadata_only
from emulator.gmail.errors import forbidden, invalid
from emulator.gmail.labels import known_label
from emulator.gmail.model import HIDDEN, Box, Message
from emulator.gmail.store import newest_first
from emulator.kernel import Call, Json

_MOST = 500


def selected(call: Call, box: Box, *, drafts: bool = False) -> list[Message]:
    """The messages that `q`, `labelIds` and `includeSpamTrash` leave, newest first."""
    text = call.query.get("q", "")
    if text and metadata_only(call):
        raise forbidden("Metadata scope does not support 'q' parameter")
    query = search.compile_query(text)
    label_ids = call.query.get("labelIds", [])
    for label_id in label_ids:
        known_label(box, label_id)
    hidden_too = call.query.get("includeSpamTrash", False) or query.looks_everywhere or bool(HIDDEN & set(label_ids))
    names = {label.id: label.name for label in box.labels.values()}
    return [
        message
        for message in newest_first(call.world, box)
        if (hidden_too or not HIDDEN & set(message.labels))
        and set(label_ids) <= set(message.labels)
        and (not drafts or "DRAFT" in message.labels)
        and query.matches(message, names, call.now)
    ]


def page(call: Call, found: list[Message], name: str, show: Callable[[Message], Json]) -> Json:
    """One page under the given name; nothing under it when there is nothing."""
    most = call.query.get("maxResults", 100)
    if not isinstance(most, int) or most < 0:
        raise invalid("Invalid maxResults")
    rest = [message for message in found if _after(message, call.query.get("pageToken", ""))]
    shown = rest[: min(most or 100, _MOST)]
    answer: Json = {"resultSizeEstimate": len(found)}
    if shown:
        answer = {name: [show(message) for message in shown]} | answer
    if len(shown) < len(rest):
        answer["nextPageToken"] = f"{shown[-1].internal_date_ms:014d}{int(shown[-1].id, 16):020d}"
    return answer


def _after(message: Message, token: str) -> bool:
    if not token:
        return True
    if not token.isdigit() or len(token) != 34:
        raise invalid("Invalid pageToken")
    return (message.internal_date_ms, int(message.id, 16)) < (int(token[:14]), int(token[14:]))
