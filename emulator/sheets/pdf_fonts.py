"""The letters of a PDF.

The fonts that every PDF reader has know Western European letters only, which is all of Spanish. Where a book holds more, a
TrueType font of the machine is embedded if there is one; what no font has is written by its Unicode name, so that it is not lost.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from fpdf import FPDF

_FAMILY = "helvetica"
_EMBEDDED = "embedded"
_PLACES = (
    ("/usr/share/fonts/truetype/dejavu", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("/usr/share/fonts/dejavu", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("/usr/share/fonts/TTF", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("/usr/share/fonts/truetype/liberation", "LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("/Library/Fonts", "Arial Unicode.ttf", "Arial Unicode.ttf"),
    ("C:/Windows/Fonts", "arial.ttf", "arialbd.ttf"),
)
_PLAIN = {"\u2713": "x", "\u2714": "x", "\u2717": "x"}


@lru_cache(maxsize=1)
def machine_font() -> tuple[Path, Path] | None:
    """Regular and bold file of a wide TrueType font of this machine, None where there is none."""
    for folder, regular, bold in _PLACES:
        found = (Path(folder) / regular, Path(folder) / bold)
        if all(path.is_file() for path in found):
            return found
    return None


def is_western(text: str) -> bool:
    """Can the fonts of every PDF reader write that text?"""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


class Typeface:
    """The font of one PDF; `text` makes anything writable with it."""

    def __init__(self, pdf: FPDF, texts: list[str]) -> None:
        self.pdf = pdf
        files = None if all(is_western(text) for text in texts) else machine_font()
        self.known: frozenset[int] | None = None
        pdf.core_fonts_encoding = "cp1252"
        for style, path in (("", files[0]), ("B", files[1])) if files else ():
            pdf.add_font(_EMBEDDED, style, str(path))
            letters = frozenset(getattr(pdf.fonts[_EMBEDDED + style], "cmap", {}))
            self.known = letters if self.known is None else self.known & letters

    def use(self, points: float, *, bold: bool = False, italic: bool = False) -> None:
        """Write with that size from here on; the embedded font has no slanted letters."""
        if self.known is not None:
            self.pdf.set_font(_EMBEDDED, "B" if bold else "", points)
        else:
            self.pdf.set_font(_FAMILY, ("B" if bold else "") + ("I" if italic else ""), points)

    def text(self, text: str) -> str:
        """The text in letters that the font has."""
        return "".join(c if c == "\n" or self._has(c) else self._instead(c) for c in text)

    def line(self, text: str) -> str:
        """A line that the library broke off; with the fonts of the reader it comes in the bytes of their encoding."""
        return text if self.known is not None else text.encode("latin-1").decode("cp1252")

    def _has(self, letter: str) -> bool:
        if unicodedata.category(letter).startswith("C"):
            return False
        return ord(letter) in self.known if self.known is not None else is_western(letter)

    def _instead(self, letter: str) -> str:
        if unicodedata.category(letter) in {"Cc", "Cf", "Mn", "Me"}:
            return ""
        plain = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter)
        kept = "".join(c for c in plain if not unicodedata.combining(c))
        if kept and all(self._has(c) for c in kept):
            return kept
        name = unicodedata.name(letter, "")
        return f":{name.lower()}:" if name else "?"
