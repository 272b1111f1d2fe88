"""What a PDF of ours says, read back from its bytes: the text of each page, as fpdf writes it (Flate streams, Identity-H fonts)."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
# A carriage return before the end may be the last byte of what is packed.
_STREAM = re.compile(rb"stream\r?\n(.*?)\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\((?:\\.|[^\\)])*\) ?Tj|\[(?:[^\]\\]|\\.)*\] ?TJ|(BT)", re.DOTALL)
_LITERAL = re.compile(rb"\(((?:\\.|[^\\)])*)\)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(content: bytes) -> list[str]:
    """The text of each page; what stands apart on the page is parted by a line break."""
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b", body)]
    fonts = {int(name): _letters(objects, int(ref)) for body in objects.values() for name, ref in _fonts(body)}
    return [_said(_stream(objects[int(re.search(rb"/Contents (\d+)", page)[1])]), fonts) for page in pages]  # type: ignore[index]


def text_of(content: bytes) -> str:
    """All that it says, on one line."""
    return " ".join(" ".join(pages_of(content)).split())


def _fonts(body: bytes) -> list[tuple[bytes, bytes]]:
    return re.findall(rb"/F(\d+) (\d+) 0 R", body)


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found
    return zlib.decompress(found[1]) if b"FlateDecode" in body else found[1]


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """Glyph -> letters, by the font's own table."""
    found = re.search(rb"/ToUnicode (\d+)", objects[font])
    assert found
    table = re.findall(rb"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>\s", _stream(objects[int(found[1])]))
    return {int(glyph, 16): bytes.fromhex(letters.decode()).decode("utf-16-be") for glyph, letters in table}


def _said(page: bytes, fonts: dict[int, dict[int, str]]) -> str:
    said, letters = [], next(iter(fonts.values()))
    for shown in _SHOWN.finditer(page):
        if shown[1]:
            letters = fonts[int(shown[1])]
        elif shown[2]:
            said.append("\n")
        else:
            said += [_decoded(literal, letters) for literal in _LITERAL.findall(shown[0])]
    return "".join(said)


def _decoded(literal: bytes, letters: dict[int, str]) -> str:
    raw = re.sub(rb"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), literal, flags=re.DOTALL)
    return "".join(letters.get(int.from_bytes(raw[n : n + 2], "big"), "") for n in range(0, len(raw), 2))
