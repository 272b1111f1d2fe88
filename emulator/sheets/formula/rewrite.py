"""Changing the references of a formula: after rows or columns move, after a copy, after a sheet gets another name."""

from __future__ import annotations

from collections.abc import Callable

from emulator.sheets.a1 import column_letters, quoted
from emulator.sheets.box import Box, SpanShift
from emulator.sheets.formula.tokens import Corner, Reference, Token, read_reference, tokenize

Change = Callable[[Reference], "str | None"]


def rewrite(formula: str, decimal: str, change: Change) -> str:
    """The formula with every reference replaced by what `change` answers; None leaves one as it is."""
    tokens = tokenize(formula, decimal)
    if not any(token.kind == "reference" for token in tokens):
        return formula
    return "=" + "".join(_changed(token, change) for token in tokens)


def _changed(token: Token, change: Change) -> str:
    if token.kind != "reference":
        return token.text
    new = change(read_reference(token.text))
    return token.text if new is None else new


def write_reference(prefix: str, box: Box, like: tuple[Corner, ...]) -> str:
    """The text of a reference to that box, with the dollar signs of the corners it had before."""
    first, last = like[0], like[-1]
    open_rows = first.row is None and last.row is None
    open_columns = first.column is None and last.column is None
    start = _part(None if open_rows else box.r0, None if open_columns else box.c0, first)
    if len(like) == 1:
        return prefix + start
    end = _part(None if box.r1 is None or open_rows else box.r1 - 1, None if box.c1 is None or open_columns else box.c1 - 1, last)
    return f"{prefix}{start}:{end}"


def _part(row: int | None, column: int | None, corner: Corner) -> str:
    text = ""
    if column is not None:
        text += ("$" if corner.fixed_column else "") + column_letters(column)
    if row is not None:
        text += ("$" if corner.fixed_row else "") + str(row + 1)
    return text


def shifted(formula: str, decimal: str, dimension: str, shift: SpanShift, applies: Callable[[str | None], bool]) -> str:
    """The formula after rows or columns of a sheet moved; a reference whose cells are gone becomes #REF!.

    `applies` says, by the title in the reference (None = the formula's own sheet), whether it points to that sheet.
    """

    def change(reference: Reference) -> str | None:
        if not applies(reference.title):
            return None
        start, end = reference.box.span(dimension)
        new = shift(start, end)
        if new is None:
            return "#REF!"
        if new == (start, end):
            return None
        return write_reference(reference.prefix, reference.box.with_span(dimension, new), reference.corners)

    return rewrite(formula, decimal, change)


def copied(formula: str, decimal: str, rows: int, columns: int) -> str:
    """The formula as a copy that far away has it: parts without a dollar sign move along."""

    def change(reference: Reference) -> str | None:
        first, last = reference.corners[0], reference.corners[-1]
        box = reference.box
        r0, r1 = _slide(
            box.r0, box.r1, rows, fixed=(first.fixed_row, last.fixed_row), absent=first.row is None and last.row is None
        )
        c0, c1 = _slide(
            box.c0,
            box.c1,
            columns,
            fixed=(first.fixed_column, last.fixed_column),
            absent=first.column is None and last.column is None,
        )
        if r0 < 0 or c0 < 0 or (r1 is not None and r1 < 1) or (c1 is not None and c1 < 1):
            return "#REF!"
        return write_reference(reference.prefix, Box(r0, r1, c0, c1), reference.corners)

    return rewrite(formula, decimal, change) if rows or columns else formula


def _slide(start: int, end: int | None, by: int, *, fixed: tuple[bool, bool], absent: bool) -> tuple[int, int | None]:
    if absent:
        return start, end
    return start if fixed[0] else start + by, end if end is None or fixed[1] else end + by


def retitled(formula: str, decimal: str, old: str, new: str) -> str:
    """The formula after a sheet got another title."""

    def change(reference: Reference) -> str | None:
        if reference.title is None or reference.title.casefold() != old.casefold():
            return None
        return write_reference(quoted(new) + "!", reference.box, reference.corners)

    return rewrite(formula, decimal, change)


def without_sheet(formula: str, decimal: str, title: str) -> str:
    """The formula after a sheet was deleted: its references become #REF!."""

    def change(reference: Reference) -> str | None:
        return "#REF!" if reference.title is not None and reference.title.casefold() == title.casefold() else None

    return rewrite(formula, decimal, change)


def relocalised(formula: str, old_decimal: str, new_decimal: str) -> str:
    """The formula after the locale of the book changed: other decimal sign, other separators."""
    if old_decimal == new_decimal:
        return formula
    swap = {",": ";", ";": "\\"} if new_decimal == "," else {";": ",", "\\": ";"}
    parts = []
    depth: list[str] = []
    for token in tokenize(formula, old_decimal):
        text = token.text
        if token.kind == "open":
            depth.append(text)
        elif token.kind == "close" and depth:
            depth.pop()
        elif token.kind == "number":
            text = text.replace(old_decimal, new_decimal)
        elif token.kind == "separator":
            text = (
                _array_separator(text, new_decimal)
                if depth and depth[-1] == "{"
                else swap.get(text, text)
                if text != "\\"
                else text
            )
        parts.append(text)
    return "=" + "".join(parts)


def _array_separator(text: str, new_decimal: str) -> str:
    # In an array literal `;` starts a row everywhere; the column separator is `,` or, with a decimal comma, `\`.
    if text == ";":
        return text
    return "\\" if new_decimal == "," else ","
