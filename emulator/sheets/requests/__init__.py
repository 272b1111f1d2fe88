"""The kinds of batchUpdate requests, by what they change. Importing the package registers them all."""

from emulator.sheets.requests import (
    copying,
    dimensions,
    embedded,
    filling,
    filters,
    names,
    protection,
    rules,
    sheets,
    sorting,
    stored,
    tables,
    text,
    writing,
)

__all__ = [
    "copying",
    "dimensions",
    "embedded",
    "filling",
    "filters",
    "names",
    "protection",
    "rules",
    "sheets",
    "sorting",
    "stored",
    "tables",
    "text",
    "writing",
]
