"""JSON as Google writes it: two blanks deep with a line at the end, or compact; whole numbers without a point.

`<` and `>` and the invisible characters are escaped, as a recorded answer shows them.
Python's own encoder indents several times slower than this, and cannot write 1.0 as 1.
"""

from __future__ import annotations

import json.encoder
import re
from typing import Any

_quoted = json.encoder.encode_basestring
_HIDDEN = re.compile("[\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]")
# Above this a whole number is told with an exponent.
_WHOLE = 1e15


def to_json(value: Any, *, pretty: bool = True) -> bytes:
    """The value as UTF-8 JSON."""
    text = _indented(value, "") + "\n" if pretty else _compact(value)
    if "<" in text or ">" in text:
        text = text.replace("<", "\\u003c").replace(">", "\\u003e")
    if not text.isascii():
        text = _HIDDEN.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return text.encode("utf-8", "replace")


def _indented(value: Any, pad: str) -> str:
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if kind is dict and value:
        inner = pad + "  "
        members = [f"{inner}{_quoted(name)}: {_indented(item, inner)}" for name, item in value.items()]
        return "{\n" + ",\n".join(members) + "\n" + pad + "}"
    if kind is list and value:
        inner = pad + "  "
        return "[\n" + ",\n".join([inner + _indented(item, inner) for item in value]) + "\n" + pad + "]"
    return _compact(value)


def _compact(value: Any) -> str:
    kind = type(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is str:
        return _quoted(value)
    if kind is int:
        return str(value)
    if kind is float:
        return _number(value)
    if kind is dict:
        return "{" + ",".join([f"{_quoted(name)}:{_compact(item)}" for name, item in value.items()]) + "}"
    if kind is list:
        return "[" + ",".join([_compact(item) for item in value]) + "]"
    # Tuples, subclasses and null.
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    return json.dumps(value, allow_nan=False)
