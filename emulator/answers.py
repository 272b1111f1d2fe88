"""Results and refusals as HTTP answers: the shape of the body, and the headers that Google sends with it."""

from __future__ import annotations

import re

from emulator import errors
from emulator.discovery import Api
from emulator.jsontext import to_json
from emulator.kernel import ApiError, Json, Raw
from emulator.masks import Tree, apply
from emulator.wire import Answer

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
# What every answer of the APIs carries, as recorded traffic shows it.
_COMMON = {
    "Vary": "Origin, X-Origin, Referer",
    "Server": "ESF",
    "X-XSS-Protection": "0",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
}
_PRIVATE = {**_COMMON, "Content-Type": "application/json; charset=UTF-8", "Cache-Control": "private"}
_UNCACHED = {
    **_COMMON,
    "Content-Type": "application/json; charset=UTF-8",
    "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "Mon, 01 Jan 1990 00:00:00 GMT",
}


def rendered(result: Json | Raw | None, tree: Tree | None, api: Api, *, pretty: bool = True) -> Answer:
    """A handler's result as an answer: JSON under its mask, raw bytes, or 204."""
    headers = _UNCACHED if api.name == "drive" else _PRIVATE
    if result is None:
        return Answer(204, {**headers, "Content-Type": "text/html"}, b"")
    if isinstance(result, Raw):
        return Answer(200, {**headers, "Content-Type": result.mime_type, **result.headers}, result.data)
    return Answer(200, headers, to_json(apply(tree, result), pretty=pretty))


def ranged(answer: Answer, wanted: str) -> Answer:
    """The part of a download that a Range header asks for: 206, or 416 beyond the end. Other headers change nothing."""
    found = _RANGE.fullmatch(wanted.strip())
    if answer.status != 200 or found is None or not (found.group(1) or found.group(2)):
        return answer
    total = len(answer.body)
    if not found.group(1):
        first, last = max(total - int(found.group(2)), 0), total - 1
    else:
        first, last = int(found.group(1)), min(int(found.group(2) or total - 1), total - 1)
    if first > last:
        return Answer(416, {**answer.headers, "Content-Range": f"bytes */{total}"}, b"")
    headers = {**answer.headers, "Content-Range": f"bytes {first}-{last}/{total}"}
    return Answer(206, headers, answer.body[first : last + 1])


def refused(refusal: ApiError, api: Api, version: str = "") -> Answer:
    """A refusal as an answer, in the shape of its API and always indented. version: the parameter `$.xgafv`, if sent."""
    headers = {**_PRIVATE, **refusal.headers} if refusal.headers else _PRIVATE
    return Answer(refusal.code, headers, to_json(errors.body_of(refusal, api, version)))
