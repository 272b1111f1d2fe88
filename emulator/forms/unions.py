"""Members of a batch that exclude each other. Google's JSON reader refuses a second one; the discovery document does not say so."""

from __future__ import annotations

from typing import Any

from emulator.bodies import snake
from emulator.forms.errors import invalid_union
from emulator.forms.model import ITEM_KINDS, QUESTION_KINDS

_CHOICES = (
    ("kind", frozenset(ITEM_KINDS)),
    ("kind", frozenset(QUESTION_KINDS)),
    ("go_to_section", frozenset(("goToAction", "goToSectionId"))),
)


def check_unions(value: Any, place: str) -> None:
    """400 at the first choice below `place` of which two members are set."""
    if isinstance(value, list):
        for number, inner in enumerate(value):
            check_unions(inner, f"{place}[{number}]")
    elif isinstance(value, dict):
        for choice, members in _CHOICES:
            chosen = [name for name in value if name in members]
            if len(chosen) > 1:
                raise invalid_union(place, choice, chosen[1])
        for name, inner in value.items():
            check_unions(inner, f"{place}.{snake(name)}")
