"""CellData both ways: what a request writes into a cell, and what a read shows of it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.colours import THEME, merged_colours, rgb_from_hex, with_both_colours
from emulator.sheets.conditional import Rules
from emulator.sheets.engine import Engine
from emulator.sheets.formula.values import FormulaError, Value
from emulator.sheets.guard import Invalid
from emulator.sheets.lookup import may_see, visible_metadata
from emulator.sheets.masks import Tree, has
from emulator.sheets.model import DEFAULT_COLUMN_PIXELS, DEFAULT_ROW_PIXELS, Book, Cell, Scalar, Sheet

Json = dict[str, Any]
_WHITE = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT: Json = {
    "backgroundColor": _WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": _WHITE},
}


def plain_number(value: float) -> float | int:
    """A number as JSON has it: 5 and not 5.0."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def extended(value: Value) -> Json | None:
    """A value as Google's ExtendedValue; None for an empty cell."""
    if value is None:
        return None
    if isinstance(value, FormulaError):
        return {"errorValue": {"type": value.kind, **({"message": value.message} if value.message else {})}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    return {"numberValue": plain_number(value)}


def entered_value(cell: Cell) -> Json | None:
    """userEnteredValue of a cell."""
    return {"formulaValue": cell.formula} if cell.formula is not None else extended(cell.value)


def content_of(value: Json | None) -> tuple[Scalar, str | None]:
    """Value and formula of an ExtendedValue that a request brings.

    :raises Invalid: an error value, or a formula that does not begin with an equals sign.
    """
    if not value:
        return None, None
    if "formulaValue" in value:
        formula = str(value["formulaValue"])
        if not formula.startswith("="):
            raise Invalid("Invalid value: formulaValue must begin with '='.")
        return None, formula
    if "errorValue" in value:
        raise Invalid("Setting user entered value to an error is not supported.")
    if "boolValue" in value:
        return bool(value["boolValue"]), None
    if "numberValue" in value:
        return float(value["numberValue"]), None
    text = str(value.get("stringValue", ""))
    return text or None, None


def written(cell: Cell, data: Json, mask: Tree) -> Cell:
    """The cell after the masked fields of a CellData were written to it; read-only fields are passed over."""
    every = "*" in mask
    changes: Json = {}
    if every or "userEnteredValue" in mask:
        changes["value"], changes["formula"] = content_of(data.get("userEnteredValue"))
        changes["runs"] = changes["chips"] = changes["pivot"] = None
    if every or "userEnteredFormat" in mask:
        tree = {} if every else mask["userEnteredFormat"]
        changes["format"] = merged_colours(cell.format, data.get("userEnteredFormat"), tree) or None
    if every or "dataValidation" in mask:
        changes["validation"] = data.get("dataValidation")
    if every or "note" in mask:
        changes["note"] = data.get("note") or None
    if every or "textFormatRuns" in mask:
        changes["runs"] = data.get("textFormatRuns") or None
    if every or "chipRuns" in mask:
        changes["chips"] = data.get("chipRuns") or None
    if every or "pivotTable" in mask:
        changes["pivot"] = data.get("pivotTable")
    return replace(cell, **changes)


class Reader:
    """Writes the cells of one book as CellData, under one field mask (empty = everything). project: whose metadata is shown."""

    def __init__(self, book: Book, engine: Engine, mask: Tree, project: str = "") -> None:
        self.book, self.engine, self.mask, self.project = book, engine, mask, project
        self.rules = {sheet.sheet_id: Rules(sheet, engine) for sheet in book.sheets}
        # The default names a family list; a cell is shown in the font of the theme.
        font = book.properties.get("spreadsheetTheme", {}).get("primaryFontFamily", "Arial")
        self.default = merged_formats(DEFAULT_FORMAT, with_both_colours(book.properties.get("defaultFormat", {})))
        if self.default["textFormat"]["fontFamily"] == DEFAULT_FORMAT["textFormat"]["fontFamily"]:
            self.default = merged_formats(self.default, {"textFormat": {"fontFamily": font}})

    def cell(self, sheet: Sheet, row: int, column: int) -> Json:
        """CellData of one cell; an untouched one gives an empty object."""
        cell = sheet.cell(row, column)
        value = self.engine.value(sheet, row, column)
        if cell.is_blank and value is None:
            return {}
        # A formula that gives an empty text shows nothing; only whoever computes with it sees a text.
        shows = value is not None and value != ""
        result: Json = {
            "userEnteredValue": entered_value(cell),
            "effectiveValue": extended(value) if shows else None,
            "formattedValue": self.engine.text(sheet, row, column) if shows else None,
            "userEnteredFormat": cell.format,
            "dataValidation": cell.validation,
            "note": cell.note,
            "textFormatRuns": [_without_start(run) for run in cell.runs] if cell.runs else None,
            "chipRuns": cell.chips,
            "pivotTable": cell.pivot,
            "hyperlink": link_of(cell, self.engine, sheet, row, column),
        }
        if has(self.mask, "effectiveFormat") and (value is not None or cell.format):
            result["effectiveFormat"] = self.effective_format(sheet, row, column, cell)
        return {name: item for name, item in result.items() if item is not None}

    def effective_format(self, sheet: Sheet, row: int, column: int, cell: Cell) -> Json:
        """The format that the cell is shown with: defaults, banding, its own, conditional formats; alignment by kind."""
        result = merged_formats(self.default, banding_format(sheet, row, column))
        result = merged_formats(result, cell.format or {})
        number_format = self.engine.number_format(sheet, row, column)
        if number_format:
            own = "numberFormat" in (cell.format or {}) or not self._is_usual(number_format)
            result["numberFormat"] = number_format if own else {"type": number_format["type"]}
        result = merged_formats(result, self.rules[sheet.sheet_id].format_at(row, column))
        value = self.engine.value(sheet, row, column)
        if value is None:
            return result
        if "horizontalAlignment" not in result:
            result["horizontalAlignment"] = alignment_of(value)
        link = self.link(sheet, row, column, cell)
        if link and cell.formula is not None:
            look = with_both_colours({"foregroundColorStyle": {"rgbColor": rgb_from_hex(THEME["LINK"])}})
            result["textFormat"] = {**result["textFormat"], **look, "underline": True, "link": {"uri": link}}
        result.setdefault("hyperlinkDisplayType", "LINKED" if link else "PLAIN_TEXT")
        return result

    def _is_usual(self, number_format: Json) -> bool:
        """Is it the pattern that the locale gives to dates and times? Brought by a formula, it is answered by its type alone."""
        language = self.book.language
        usual = {None, language.date_pattern, language.time_pattern, language.moment_pattern}
        return number_format.get("pattern") in usual

    def link(self, sheet: Sheet, row: int, column: int, cell: Cell) -> str | None:
        """Where the cell leads, if anywhere."""
        return link_of(cell, self.engine, sheet, row, column)

    def grid(self, sheet: Sheet, box: Box) -> Json:
        """GridData of a closed box; rows after the last one that holds something are left out."""
        lines = [[self.cell(sheet, r, c) for c in range(box.c0, box.c1 or 0)] for r in range(box.r0, self._last_row(sheet, box))]
        rows: list[Json] = []
        for line in lines:
            while line and not line[-1]:
                line.pop()
            rows.append({"values": line} if line else {})
        while rows and not rows[-1]:
            rows.pop()
        result: Json = {}
        if box.r0:
            result["startRow"] = box.r0
        if box.c0:
            result["startColumn"] = box.c0
        if rows:
            result["rowData"] = rows
        result["rowMetadata"] = self._dimension(sheet, "ROWS", box.r0, box.r1 or 0)
        result["columnMetadata"] = self._dimension(sheet, "COLUMNS", box.c0, box.c1 or 0)
        return {name: value for name, value in result.items() if value}

    def _last_row(self, sheet: Sheet, box: Box) -> int:
        last = max((row + 1 for row, _ in sheet.cells), default=0)
        return min(box.r1 or 0, max(last, self.engine.height(sheet)))

    def _dimension(self, sheet: Sheet, dimension: str, first: int, last: int) -> list[Json]:
        default = DEFAULT_ROW_PIXELS if dimension == "ROWS" else DEFAULT_COLUMN_PIXELS
        stored = sheet.dimension(dimension)
        found = [{"pixelSize": default, **stored.get(index, {})} for index in range(first, last)]
        for metadata in self.book.metadata:
            span = metadata["location"].get("dimensionRange")
            here = span and span.get("sheetId", 0) == sheet.sheet_id and span["dimension"] == dimension
            if here and may_see(metadata, self.project):
                index = span.get("startIndex", 0) - first
                if 0 <= index < len(found):
                    found[index].setdefault("developerMetadata", []).append(visible_metadata(metadata))
        return found


def _without_start(run: Json) -> Json:
    """A text run as answered: the first one has no startIndex."""
    return {name: item for name, item in run.items() if name != "startIndex" or item}


def alignment_of(value: Value) -> str:
    """Where a value stands when nothing was said: numbers right, booleans and errors in the middle, texts left."""
    if isinstance(value, bool | FormulaError):
        return "CENTER"
    return "RIGHT" if isinstance(value, float | int) else "LEFT"


def merged_formats(base: Json, over: Json) -> Json:
    """Two formats laid over each other, level by level; colours and borders are replaced as a whole."""
    result = copy.copy(base)
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(result.get(name), dict) and name in {"textFormat", "padding"}:
            result[name] = {**result[name], **value}
        else:
            result[name] = value
    return result


def banding_format(sheet: Sheet, row: int, column: int) -> Json:
    """The background that the banded ranges of the sheet give to a cell."""
    for banding in sheet.bandings:
        box = Box.of_json(banding.get("range", {})).clip(sheet.rows, sheet.columns)
        if not box.has(row, column):
            continue
        for name, index, end in (
            ("rowProperties", row - box.r0, box.height - 1),
            ("columnProperties", column - box.c0, box.width - 1),
        ):
            properties = banding.get(name)
            if properties:
                return _band(properties, index, end)
    return {}


def _band(properties: Json, index: int, last: int) -> Json:
    def pick(name: str) -> Json:
        style = properties.get(f"{name}ColorStyle") or (
            {"rgbColor": properties[f"{name}Color"]} if f"{name}Color" in properties else None
        )
        return with_both_colours({"backgroundColorStyle": style}) if style else {}

    head = bool(pick("header"))
    if index == 0 and head:
        return pick("header")
    if index == last and pick("footer"):
        return pick("footer")
    return pick("firstBand") if (index - head) % 2 == 0 else pick("secondBand")


def link_of(cell: Cell, engine: Engine, sheet: Sheet, row: int, column: int) -> str | None:
    """Where a cell leads: its HYPERLINK formula, the link of its text format, or a single linked run."""
    if cell.formula is not None and cell.formula.upper().startswith("=HYPERLINK("):
        value = engine.first_argument(sheet, row, column, cell.formula)
        return value if isinstance(value, str) and value else None
    link = (cell.format or {}).get("textFormat", {}).get("link", {}).get("uri")
    if link:
        return str(link)
    uris = {run.get("format", {}).get("link", {}).get("uri") for run in cell.runs or []} - {None}
    return str(uris.pop()) if len(uris) == 1 else None
