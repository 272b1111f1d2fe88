"""What an upload says about its object, and the sessions of uploads in pieces."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from email.message import Message

import google_crc32c

from emulator.storage.records import Json
from emulator.storage.rules import Refused

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True)
class Upload:
    """A session: where its object goes, and the query and metadata that it began with."""

    bucket: str
    name: str
    query: dict[str, str]
    metadata: Json

    def ends_with(self, content_range: str) -> bool:
        """Whether a piece with that Content-Range is the last one; without the header it is the only one."""
        match = _RANGE.fullmatch(content_range)
        return not content_range or (match is not None and int(match[2]) + 1 == int(match[3]))


def read_metadata(upload_type: str, content_type: str, body: bytes) -> Json:
    """The JSON part of an upload's first request.

    :raises Refused: 400 when it cannot be read, or when its checksum is not that of the bytes beside it.
    """
    if upload_type == "resumable":
        return _metadata(body)
    if upload_type != "multipart":
        return {}
    header = Message()
    header["Content-Type"] = content_type
    mark = b"--" + str(header.get_param("boundary", "")).encode()
    pieces = body.split(mark, 2)
    if len(pieces) != 3:
        raise _malformed()
    metadata = _metadata(_content(pieces[1]))
    data = _content(pieces[2].rpartition(mark)[0].removesuffix(b"\n").removesuffix(b"\r"))
    told, found = metadata.get("crc32c"), crc32c(data)
    if told is not None and told != found:
        raise Refused(400, "invalid", f'Provided CRC32C "{told}" doesn\'t match calculated CRC32C "{found}".')
    return metadata


def crc32c(data: bytes) -> str:
    """The Castagnoli checksum as Cloud Storage writes it: base64 of four bytes, big end first."""
    return base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def _content(part: bytes) -> bytes:
    """A part without its headers."""
    return re.split(rb"\r?\n\r?\n", part, maxsplit=1)[-1]


def _metadata(text: bytes) -> Json:
    try:
        value = json.loads(text) if text.strip() else {}
    except ValueError:
        raise _malformed() from None
    return value if isinstance(value, dict) else {}


def _malformed() -> Refused:
    return Refused(400, "badRequest", "Malformed multipart body.")
