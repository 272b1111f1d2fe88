"""What arrives besides plain JSON: multipart and resumable uploads, batches, GETs that were too long for an address."""

from __future__ import annotations

import base64
import binascii
import email.parser
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from emulator.kernel import ApiError, Json, Media

MAX_BATCH = 100
CHUNK_UNIT = 256 * 1024
# Letters of a body shown on either side of what is no JSON.
_SHOWN = 20
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


_JSON = json.JSONDecoder(parse_constant=_no_constant)


@dataclass
class Incoming:
    """One HTTP request, of its own or as part of a batch. Header names are lower case; `path` is percent-encoded."""

    verb: str
    path: str
    pairs: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """A header's value, or the empty text."""
        return self.headers.get(name, "")


@dataclass
class Answer:
    """What is sent back. hang_up: `close` sends nothing, `cut` sends half, then the connection dies."""

    status: int
    headers: dict[str, str]
    body: bytes
    hang_up: str = ""


def incoming(verb: str, target: str, headers: Mapping[str, str], body: bytes) -> Incoming:
    """Read a request line's target; `x-http-method-override: GET` turns a form body back into a query."""
    path, _, query = target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True) if query else []
    if verb == "PUT" and path.startswith("/upload/drive/v2/files/"):
        # gspread still puts CSV through the old version of the method; what it asks for is the same.
        verb, path = "PATCH", path.replace("/v2/", "/v3/", 1)
        pairs = [(name, text) for name, text in pairs if name != "convert"]
    override = headers.get("x-http-method-override", "").upper()
    if verb == "POST" and override:
        verb = override
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
            body = b""
    return Incoming(verb, path, pairs, headers, body)


def read_json(api: Any, body: bytes) -> Any:
    """The JSON of a body; an empty one is `{}`. 400 in the words of Google's reader when it is not JSON."""
    if not body.strip():
        return {}
    text = body.decode("utf-8", "replace")
    try:
        return _JSON.decode(text)
    except json.JSONDecodeError as fault:
        reason, place = _json_fault(text, fault), fault.pos
    except (ValueError, RecursionError):  # NaN and Infinity, or nested too deeply
        reason, place = "Unexpected token.", max((text.find(word) for word in ("NaN", "Infinity")), default=0)
    start = max(place - _SHOWN, 0)
    shown = text[start : place + _SHOWN]
    message = f"Invalid JSON payload received. {reason}\n{shown}\n{' ' * (place - start)}^"
    raise ApiError(400, message, reason="parseError" if api.name == "drive" else "badRequest", status="INVALID_ARGUMENT")


def _json_fault(text: str, fault: json.JSONDecodeError) -> str:
    """What Google's reader would say where Python's stumbled."""
    before = text[: fault.pos].rstrip()[-1:]
    message = {
        "Expecting value": "Expected a value." if fault.pos >= len(text) else "Unexpected token.",
        "Expecting property name enclosed in double quotes": "Expected an object key or }.",
        "Expecting ':' delimiter": "Expected : between key:value pair.",
        "Expecting ',' delimiter": "Expected , or ] after array value."
        if text.rfind("[", 0, fault.pos) > text.rfind("{", 0, fault.pos)
        else "Expected , or } after key:value pair.",
        "Extra data": "Parsing terminated before end of input.",
    }.get(fault.msg, "Closing quote expected in string.")
    if message == "Expected a value." and before == "[":
        message = "Expected a value or ] within an array."
    return f"Unexpected end of string. {message}" if fault.pos >= len(text) else message


def read_upload(api: Any, call: Incoming, upload_type: str) -> tuple[Json, Media]:
    """The metadata and the bytes of a one-request upload (`media` or `multipart`)."""
    kind = call.header("content-type")
    if upload_type == "media" or (not upload_type and not kind.startswith("multipart/")):
        return {}, Media(kind.partition(";")[0].strip() or "application/octet-stream", call.body)
    parts = _multipart_related(kind, call.body)
    if len(parts) != 2:
        raise ApiError(400, "Malformed multipart body.", reason="badContent")
    return read_json(api, parts[0][1]), Media(parts[1][0], parts[1][1])


def _multipart_related(kind: str, body: bytes) -> list[tuple[str, bytes]]:
    """The parts of a multipart body as (mime type, bytes)."""
    found = _BOUNDARY.search(kind)
    if found is None:
        raise ApiError(400, "Missing boundary in multipart body.", reason="badContent")
    parts = []
    for headers, content in split_parts(found.group(1), body):
        if headers.get("content-transfer-encoding", "").lower() == "base64":
            try:
                content = base64.b64decode(content)
            except binascii.Error:
                raise ApiError(400, "Malformed multipart body.", reason="badContent") from None
        parts.append((headers.get("content-type", "application/octet-stream").partition(";")[0].strip(), content))
    return parts


def split_parts(boundary: str, body: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Cut a multipart body at its boundary into (headers, content); contents are kept byte for byte."""
    mark = b"--" + boundary.encode()
    pieces = re.split(rb"(?:\A|\r?\n)" + re.escape(mark) + rb"(?=--|[ \t]*\r?\n)", body)
    parts = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        parts.append(_head_and_content(piece.split(b"\n", 1)[1] if b"\n" in piece else b""))
    return parts


def _head_and_content(piece: bytes) -> tuple[dict[str, str], bytes]:
    if piece.startswith((b"\r\n", b"\n")):
        return {}, piece.split(b"\n", 1)[1]
    found = re.search(rb"\r?\n\r?\n", piece)
    head, content = (piece[: found.start()], piece[found.end() :]) if found else (piece, b"")
    return headers_of(head), content


def headers_of(head: bytes) -> dict[str, str]:
    """Header lines as a dictionary with lower case names."""
    message = email.parser.HeaderParser().parsestr(head.decode("utf-8", "replace"))
    return {name.lower(): str(value).strip() for name, value in message.items()}


@dataclass(frozen=True)
class Part:
    """One call inside a batch and the Content-ID under which its answer is expected."""

    content_id: str
    call: Incoming


def read_batch(call: Incoming) -> list[Part]:
    """The calls of a batch. At most 100; a part without Authorization has that of the whole."""
    found = _BOUNDARY.search(call.header("content-type"))
    mixed = call.header("content-type").lower().startswith("multipart/mixed")
    pieces = split_parts(found.group(1), call.body) if found and mixed else []
    if not pieces:
        text = f"Failed to parse batch request, error:  0 items. Received batch body: ({len(call.body)}) bytes redacted"
        raise ApiError(400, text, reason="badRequest", status="INVALID_ARGUMENT")
    if len(pieces) > MAX_BATCH:
        text = f"The batch request contains {len(pieces)} calls; the maximum is {MAX_BATCH}."
        raise ApiError(400, text, reason="limitExceeded", status="INVALID_ARGUMENT")
    return [_part(headers, content, call) for headers, content in pieces]


def _part(headers: dict[str, str], content: bytes, outer: Incoming) -> Part:
    line, _, rest = content.lstrip(b"\r\n").partition(b"\n")
    words = line.decode("utf-8", "replace").split()
    if len(words) < 2:
        raise ApiError(400, "Failed to parse batch request, error: malformed part.", reason="badRequest")
    inner_headers, body = _head_and_content(rest)
    if "authorization" not in inner_headers and outer.header("authorization"):
        inner_headers["authorization"] = outer.header("authorization")
    target = re.sub(r"^https?://[^/]+", "", words[1])
    return Part(headers.get("content-id", ""), incoming(words[0].upper(), target, inner_headers, body))


def batch_answer(answers: list[tuple[str, Answer]]) -> Answer:
    """The answers of a batch's parts as one multipart body."""
    boundary = "batch_local_workspace"
    while any(boundary.encode() in answer.body for _, answer in answers):
        boundary += "_"
    lines: list[bytes] = []
    for content_id, answer in answers:
        inner = content_id.removeprefix("<")
        echo = f"<response-{inner}" if content_id.startswith("<") else f"response-{inner}"
        head = [f"--{boundary}", "Content-Type: application/http", *([f"Content-ID: {echo}"] if content_id else []), ""]
        head += [f"HTTP/1.1 {answer.status} {reason_phrase(answer.status)}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        head += [f"Content-Length: {len(answer.body)}", "", ""]
        lines.append("\r\n".join(head).encode() + answer.body + b"\r\n")
    lines.append(f"--{boundary}--\r\n".encode())
    return Answer(200, {"Content-Type": f"multipart/mixed; boundary={boundary}"}, b"".join(lines))


def reason_phrase(status: int) -> str:
    """The words after the number in a status line."""
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


@dataclass
class Session:
    """A resumable upload under way. `answer`: that of the finished upload, given again when asked again."""

    upload_id: str
    method: str
    actor: str
    path: str
    pairs: list[tuple[str, str]]
    body: Json
    mime_type: str
    started: datetime
    data: bytes = b""
    total: int | None = None
    answer: Answer | None = None

    def location(self, base_url: str) -> str:
        """The address that the chunks are put to."""
        return f"{base_url}{self.path}?{urlencode([*self.pairs, ('upload_id', self.upload_id)])}"

    def take(self, content_range: str, chunk: bytes) -> bool:
        """Add a chunk; whether the upload is complete. Bytes that came before are skipped, a gap is 400."""
        if not content_range:
            self.data, self.total = chunk, len(chunk)
            return True
        found = _CONTENT_RANGE.fullmatch(content_range)
        if found is None:
            raise ApiError(400, "Failed to parse Content-Range header.", reason="badRequest")
        if found.group(3) != "*":
            self.total = int(found.group(3))
        if found.group(1) is not None:
            self._append(int(found.group(1)), int(found.group(2)), chunk)
        return self.total is not None and len(self.data) >= self.total

    def _append(self, first: int, last: int, chunk: bytes) -> None:
        if last - first + 1 != len(chunk) or first > len(self.data):
            raise ApiError(
                400, "Invalid request.  The number of bytes uploaded does not fit the Content-Range header.", reason="badRequest"
            )
        ends = self.total is not None and last + 1 == self.total
        if not ends and len(chunk) % CHUNK_UNIT:
            found = f"There were {len(chunk)} byte(s) in the request body."
            raise ApiError(
                400, f"Invalid request.  {found}  There should have been a multiple of {CHUNK_UNIT}.", reason="badRequest"
            )
        self.data += chunk[max(len(self.data) - first, 0) :]

    def progress(self) -> dict[str, str]:
        """The headers of a 308: how far the upload has come."""
        return {"Range": f"bytes=0-{len(self.data) - 1}"} if self.data else {}
