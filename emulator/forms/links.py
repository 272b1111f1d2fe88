"""The addresses of a form for people: where to answer, and how to fill it in beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from emulator.forms.model import Form, forms
from emulator.kernel import World


def entry_id(question_id: str) -> int:
    """The number of a question in pre-filled addresses: its hex id in decimal."""
    return int(question_id, 16)


def question_id_of(entry: int) -> str:
    """The question id behind an entry number, as Google writes it (eight hex digits)."""
    return f"{entry:08x}"


def prefilled_url(form: Form, values: Mapping[str, str | Sequence[str]]) -> str:
    """The address that opens the form filled in.

    values: question id -> text, or several texts for check boxes.
    """
    pairs = [("usp", "pp_url")]
    for question_id, value in values.items():
        texts = [value] if isinstance(value, str) else list(value)
        pairs += [(f"entry.{entry_id(question_id)}", text) for text in texts]
    return f"{form.responder_uri}?{urlencode(pairs)}"


def form_by_public_id(world: World, public_id: str) -> Form | None:
    """The form that people reach under `/forms/d/e/<public_id>/viewform`, or None."""
    return next((form for form in forms(world).values() if form.public_id == public_id), None)
