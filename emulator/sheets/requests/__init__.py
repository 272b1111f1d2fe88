"""The kinds of batchUpdate requests, by what they change. Importing the package registers them all."""

from emulator.sheets.requests import (
    copying,
    dimensions,
    names,
    protection,
    rules,
    sheets,
    stored,
    text,
    writing,
)

__all__ = ["copying", "dimensions", "names", "protection", "rules", "sheets", "stored", "text", "writing"]
