"""Uploads with `X-Goog-Upload-*` headers, as Google's clients for Ruby speak them, put into the words of the other protocol.

`start` opens a session whose address comes in X-Goog-Upload-URL; `query`, `upload` and `upload, finalize` are posted there.
The protocols `raw` and `multipart` carry all in one request. Source: the upload commands of google-apis-core for Ruby.
"""

from __future__ import annotations

import re
from dataclasses import replace

from emulator.wire import CHUNK_UNIT, Answer, Incoming

_PROTOCOL, _COMMAND = "x-goog-upload-protocol", "x-goog-upload-command"
_ONE_REQUEST = {"raw": "media", "multipart": "multipart"}


def is_spoken(call: Incoming) -> bool:
    """Whether a call is part of such an upload."""
    return bool(call.header(_PROTOCOL) or call.header(_COMMAND)) and "/upload/" in call.path[:18]


def translated(call: Incoming) -> Incoming:
    """The call as the usual upload protocol says it."""
    protocol, commands = call.header(_PROTOCOL), _commands(call)
    kind = call.header("x-goog-upload-header-content-type")
    pairs = [(name, text) for name, text in call.pairs if name != "uploadType"]
    if protocol in _ONE_REQUEST:
        headers = {**call.headers, "content-type": kind} if protocol == "raw" and kind else call.headers
        return replace(call, pairs=[*pairs, ("uploadType", _ONE_REQUEST[protocol])], headers=headers)
    if "start" in commands:
        headers = {**call.headers, "x-upload-content-type": kind} if kind else call.headers
        return replace(call, pairs=[*pairs, ("uploadType", "resumable")], headers=headers)
    return replace(call, verb="PUT", headers={**call.headers, "content-range": _content_range(call, commands)})


def _commands(call: Incoming) -> list[str]:
    return [word.strip() for word in call.header(_COMMAND).lower().split(",")]


def _content_range(call: Incoming, commands: list[str]) -> str:
    if "upload" not in commands and "finalize" not in commands:
        return "bytes */*"
    offset = call.header("x-goog-upload-offset")
    first = int(offset) if offset.isdecimal() else 0
    end = first + len(call.body)
    total = str(end) if "finalize" in commands else "*"
    return f"bytes {first}-{end - 1}/{total}" if call.body else f"bytes */{total}"


def answered(answer: Answer) -> Answer:
    """The answer of the usual protocol in the headers of this one."""
    if answer.status == 308:
        found = re.fullmatch(r"bytes=0-(\d+)", answer.headers.get("Range", ""))
        received = str(int(found[1]) + 1) if found else "0"
        return replace(answer, status=200, headers={"X-Goog-Upload-Status": "active", "X-Goog-Upload-Size-Received": received})
    if answer.status != 200:
        return answer
    if "Location" not in answer.headers:
        return replace(answer, headers={**answer.headers, "X-Goog-Upload-Status": "final"})
    address = answer.headers["Location"]
    rest = {name: text for name, text in answer.headers.items() if name != "Location"}
    told = {
        "X-Goog-Upload-Status": "active",
        "X-Goog-Upload-URL": address,
        "X-Goog-Upload-Control-URL": address,
        "X-Goog-Upload-Chunk-Granularity": str(CHUNK_UNIT),
    }
    return replace(answer, headers=rest | told)
