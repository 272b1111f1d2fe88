"""A message as messages.get shows it: minimal, metadata, full or raw."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterator
from email.message import Message as Part

from emulator.gmail import rfc822
from emulator.gmail.errors import invalid
from emulator.gmail.model import Message
from emulator.kernel import Json

_SNIPPET = 200


def message_json(message: Message, form: str = "full", metadata_headers: list[str] | None = None) -> Json:
    """The message in one of Google's formats; `metadata_headers` chooses headers in format `metadata`."""
    shown = message.brief | {
        "snippet": snippet(message),
        "historyId": str(message.history_id),
        "internalDate": str(message.internal_date_ms),
        "sizeEstimate": len(message.raw),
    }
    if form == "raw":
        shown["raw"] = base64.urlsafe_b64encode(message.raw).decode()
    elif form == "metadata":
        tree = rfc822.structure(message.raw)
        wanted = {name.lower() for name in metadata_headers or []}
        headers = [(name, value) for name, value in rfc822.headers_of(tree) if not wanted or name.lower() in wanted]
        shown["payload"] = {"mimeType": tree.get_content_type()} | _headers_json(headers)
    elif form == "full":
        shown["payload"] = _part_json(message, rfc822.structure(message.raw), "")
    return shown


def snippet(message: Message) -> str:
    """The first words of the text, 200 characters at most, escaped as in HTML."""
    text = " ".join(rfc822.parse(message.raw).text.split())
    if len(text) > _SNIPPET:
        text = text[: _SNIPPET + 1].rpartition(" ")[0] or text[:_SNIPPET]
    # The live service writes an apostrophe as a decimal reference.
    return html.escape(text).replace("&#x27;", "&#39;")


def without_words(shown: Json) -> Json:
    """A message as the metadata scope sees it: no snippet, and of the payload the headers alone."""
    rest = {name: value for name, value in shown.items() if name != "snippet"}
    if "payload" in rest:
        headers = rest["payload"].get("headers")
        rest["payload"] = {"partId": ""} | ({"headers": headers} if headers else {})
    return rest


def _headers_json(headers: list[tuple[str, str]]) -> Json:
    """The member for headers, which is not there when there are none."""
    return {"headers": [{"name": name, "value": value} for name, value in headers]} if headers else {}


def _part_json(message: Message, part: Part, part_id: str) -> Json:
    filename = rfc822.filename_of(part)
    shown: Json = {
        "partId": part_id,
        "mimeType": part.get_content_type(),
        "filename": filename,
    } | _headers_json(rfc822.headers_of(part))
    if _is_attached(part):
        shown["body"] = _attached(message, part, part_id or "0")
    elif part.is_multipart() and not _is_report(part):
        shown["body"] = {"size": 0}
    else:
        shown["body"] = _body_json(part)
    if part.is_multipart() and not _is_report(part):
        numbered = enumerate(rfc822.children(part))
        shown["parts"] = [_part_json(message, child, f"{part_id}.{n}" if part_id else str(n)) for n, child in numbered]
    return shown


def _is_report(part: Part) -> bool:
    """Whether the part is the fields of a delivery report, which Gmail shows as a text."""
    return bool(part.get_content_type() == "message/delivery-status")


def _is_attached(part: Part) -> bool:
    """Whether the part is fetched by an id of its own: what has a file name, and what is neither text nor a container."""
    if rfc822.filename_of(part):
        return True
    return part.get_content_maintype() not in ("text", "multipart") and not _is_report(part)


def _parts(part: Part, part_id: str) -> Iterator[tuple[str, Part]]:
    """Every (part id, part), those of attached mails too."""
    yield part_id, part
    for number, child in enumerate(rfc822.children(part)):
        yield from _parts(child, f"{part_id}.{number}" if part_id else str(number))


def _attached(message: Message, part: Part, part_id: str) -> Json:
    return {"attachmentId": attachment_id(message, part_id), "size": len(rfc822.payload(part))}


def _body_json(part: Part) -> Json:
    is_text = part.get_content_maintype() == "text"
    data = rfc822.decoded(part).encode() if is_text else rfc822.payload(part)
    return {"size": len(data), "data": base64.urlsafe_b64encode(data).decode()} if data else {"size": 0}


def attachment_id(message: Message, part_id: str) -> str:
    """The id of an attachment within its message; long and opaque like Google's, and always the same."""
    digest = hashlib.sha512(f"{message.id}/{part_id}".encode()).digest()
    return "ANGjdJ" + base64.urlsafe_b64encode(digest * 3).decode().rstrip("=")


def attachment_json(message: Message, wanted: str) -> Json:
    """The bytes of an attachment; 400 when the message has none of that id."""
    for part_id, part in _parts(rfc822.structure(message.raw), ""):
        if _is_attached(part) and attachment_id(message, part_id or "0") == wanted:
            data = rfc822.payload(part)
            return {"size": len(data), "data": base64.urlsafe_b64encode(data).decode()}
    raise invalid("Invalid attachment token")
