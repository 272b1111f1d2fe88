"""How wide a text is on the screen, for columns that fit themselves to what they hold.

The letters are as wide as those of Arial, whose widths are those of the Helvetica that every PDF reader has. How many pixels
that makes, and the room beside the text, are fitted to the one width that is on record: 1,024 times "A" in 10 points is 9,483.
"""

from __future__ import annotations

from fpdf.fonts import CORE_FONTS_CHARWIDTHS

_PIXELS_PER_POINT = 9.25 / 667 * 100
_ROOM_PIXELS = 11
_WIDE = 1000


def pixels(text: str, points: float = 10, *, bold: bool = False) -> int:
    """The width of a column that just holds the longest line of the text."""
    widths = CORE_FONTS_CHARWIDTHS["helveticaB" if bold else "helvetica"]
    longest = max(sum(widths.get(_in_font(letter), _WIDE) for letter in line) for line in text.split("\n"))
    return round(longest / 1000 * points * _PIXELS_PER_POINT + _ROOM_PIXELS)


def _in_font(letter: str) -> str:
    return letter.encode("cp1252", "replace").decode("latin-1") if letter.isprintable() else letter
