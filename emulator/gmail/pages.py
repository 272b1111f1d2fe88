"""Pages of messages, drafts and threads, newest first. A token is a place in that order, so new mail shifts no page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulator.gmail import search
from emulator.gmail.account import metadata_only, own_box
from emulator.gmail.aliases import reader_of
from emulator.gmail.errors import forbidden, invalid
from emulator.gmail.labels import known_label
from emulator.gmail.model import HIDDEN, Box, Message, messages
from emulator.gmail.store import newest_first
from emulator.kernel import Call, Json

_MOST = 500
_ESTIMATED = 201


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
    reader = reader_of(call.world, box)
    return [
        message
        for message in newest_first(call.world, box)
        if (hidden_too or not HIDDEN & set(message.labels))
        and set(label_ids) <= set(message.labels)
        and (not drafts or "DRAFT" in message.labels)
        and query.matches(message, reader)
    ]


def page(call: Call, found: list[Message], name: str, show: Callable[[Message], Json]) -> Json:
    """One page under the given name; nothing under it when there is nothing."""
    most = call.query.get("maxResults", 100)
    if not isinstance(most, int) or most < 1:
        raise invalid("Invalid maxResults")
    rest = _rest(found, messages(call.world, own_box(call)), call.query.get("pageToken", ""))
    shown = rest[: min(most, _MOST)]
    # The live service counts no further.
    answer: Json = {"resultSizeEstimate": min(len(found), _ESTIMATED)}
    if shown:
        answer = {name: [show(message) for message in shown]} | answer
    if len(shown) < len(rest):
        answer["nextPageToken"] = f"{int(shown[-1].id, 16):020d}"
    return answer


def _rest(found: list[Message], rows: Mapping[str, Message], token: str) -> list[Message]:
    """What comes after the message that a token names, even when that one is gone since or no longer found."""
    if not token:
        return found
    if not token.isdigit() or len(token) != 20:
        raise invalid("Invalid pageToken")
    last_id = f"{int(token):x}"
    last = rows.get(last_id)
    # The first eleven digits of an id are the instant at which the message was made.
    place = (last.internal_date_ms if last else (int(token) >> 20) // 1000 * 1000, int(token))
    return [message for message in found if (message.internal_date_ms, int(message.id, 16)) < place]
