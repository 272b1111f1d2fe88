"""Reading an .xlsx workbook into a spreadsheet: values, formulas, formats, sizes, merges, rules, names."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from emulator.sheets.a1 import parse_a1
from emulator.sheets.box import Box
from emulator.sheets.colours import rgb_from_hex, with_both_colours
from emulator.sheets.formula.rewrite import relocalised
from emulator.sheets.import_rules import conditional_rule, validation_rule
from emulator.sheets.model import BLANK, DEFAULT_COLUMN_PIXELS, DEFAULT_ROW_PIXELS, Book, Cell, Sheet, fresh_number
from emulator.sheets.serials import to_serial

Json = dict[str, Any]
_BORDERS = {
    "thin": "SOLID",
    "medium": "SOLID_MEDIUM",
    "thick": "SOLID_THICK",
    "dashed": "DASHED",
    "mediumDashed": "DASHED",
    "dotted": "DOTTED",
    "hair": "DOTTED",
    "double": "DOUBLE",
}
_THEME = ["FFFFFF", "000000", "E7E6E6", "44546A", "4472C4", "ED7D31", "A5A5A5", "FFC000", "5B9BD5", "70AD47", "0563C1", "954F72"]
_VERTICAL = {"top": "TOP", "center": "MIDDLE", "bottom": "BOTTOM"}
_HORIZONTAL = {"left": "LEFT", "center": "CENTER", "right": "RIGHT", "centerContinuous": "CENTER"}
_FUTURE = re.compile(r"_xlfn\.(_xlws\.)?|_xlws\.")
_REGION = re.compile(r"\[\$([^\]-]*)(-[0-9A-Fa-f]+)?\]")
_CURRENCY = re.compile(r"[$€£¥₡]|B/\.")


def read_xlsx(book: Book, data: bytes) -> Book:
    """Fill an empty book from the bytes of a workbook. Sheet ids are random, as Google gives them on import.

    :raises Exception: the bytes are no workbook; the errors are those of zipfile, lxml and openpyxl.
    """
    # Imported here: a Workspace that converts nothing starts without it.
    from openpyxl import load_workbook

    workbook = load_workbook(io.BytesIO(data))
    decimal = book.language.decimal
    book.sheets = []
    for page in workbook.worksheets:
        book.sheets.append(_Reader(page, decimal).read())
    if all(sheet.hidden for sheet in book.sheets) and book.sheets:
        book.sheets[0].properties.pop("hidden", None)
    _names(workbook, book)
    return book


def colour(value: Any) -> Json | None:
    """A Color of openpyxl as Google's; theme colours by the standard theme, None where there is none."""
    if value is None:
        return None
    if value.type == "rgb" and isinstance(value.rgb, str) and value.rgb != "00000000":
        return rgb_from_hex("#" + value.rgb[-6:])
    if value.type == "theme" and 0 <= value.theme < len(_THEME):
        text = _THEME[value.theme]
        parts = [int(text[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        tint = float(value.tint or 0)
        tinted = [p * (1 + tint) if tint < 0 else p + (1 - p) * tint for p in parts]
        return {name: part for name, part in zip(("red", "green", "blue"), tinted, strict=True) if part}
    return None


def number_format(pattern: str | None) -> Json | None:
    """Google's NumberFormat for a pattern of Excel; None for the general one."""
    if not pattern or pattern == "General":
        return None
    from openpyxl.styles.numbers import is_date_format, is_datetime

    if pattern == "@":
        return {"type": "TEXT", "pattern": "@"}
    clean = _REGION.sub(lambda m: f'"{m[1]}"' if m[1] else "", pattern).replace("AM/PM", "am/pm").replace("\\ ", " ")
    if is_date_format(pattern):
        kind = {"date": "DATE", "time": "TIME", "datetime": "DATE_TIME"}.get(str(is_datetime(pattern)), "DATE")
    elif "%" in pattern:
        kind = "PERCENT"
    elif "E+" in pattern:
        kind = "SCIENTIFIC"
    else:
        kind = "CURRENCY" if _CURRENCY.search(pattern) else "NUMBER"
    return {"type": kind, "pattern": clean}


class _Reader:
    """Reads one sheet of a workbook."""

    def __init__(self, page: Any, decimal: str) -> None:
        self.page, self.decimal = page, decimal
        self.sheet = Sheet(fresh_number(), page.title)
        self.sheet.rows = max(self.sheet.rows, page.max_row)
        self.sheet.columns = max(self.sheet.columns, page.max_column)

    def read(self) -> Sheet:
        """Everything of the sheet that a spreadsheet can hold."""
        for line in self.page.iter_rows():
            for found in line:
                cell = self._cell(found)
                if not cell.is_blank:
                    self.sheet.put(found.row - 1, found.column - 1, cell)
        for merged in self.page.merged_cells.ranges:
            self.sheet.merges.append(Box(merged.min_row - 1, merged.max_row, merged.min_col - 1, merged.max_col))
        self._sizes()
        self._tab()
        self._validations()
        self._conditional()
        if self.page.auto_filter.ref:
            self.sheet.basic_filter = {"range": self._box(self.page.auto_filter.ref).to_json(self.sheet.sheet_id)}
        return self.sheet

    def _box(self, text: str) -> Box:
        box = parse_a1(text.replace("$", ""))
        return box.clip(self.sheet.rows, self.sheet.columns) if box is not None else Box(0, 1, 0, 1)

    def _cell(self, found: Any) -> Cell:
        if type(found).__name__ == "MergedCell":
            return BLANK
        value, formula = self._content(found)
        style = _style(found) if found.has_style else {}
        pattern = number_format(found.number_format)
        if pattern:
            style["numberFormat"] = pattern
        if found.hyperlink is not None and found.hyperlink.target and formula is None:
            style.setdefault("textFormat", {})["link"] = {"uri": found.hyperlink.target}
        note = found.comment.text if found.comment is not None else None
        return replace(BLANK, value=value, formula=formula, format=with_both_colours(style) or None, note=note)

    def _content(self, found: Any) -> tuple[float | bool | str | None, str | None]:
        value = found.value
        if type(value).__name__ == "ArrayFormula":
            text = _FUTURE.sub("", str(value.text))
            return None, relocalised(f"=ARRAYFORMULA({text.lstrip('=')})", ".", self.decimal)
        if found.data_type == "f" and isinstance(value, str):
            return None, relocalised(_FUTURE.sub("", value), ".", self.decimal)
        if found.data_type == "e":
            return None, f"={value}"
        if isinstance(value, bool):
            return value, None
        if isinstance(value, datetime | date):
            return _serial(value), None
        if isinstance(value, time):
            return (value.hour * 3600 + value.minute * 60 + value.second) / 86400, None
        if isinstance(value, timedelta):
            return value.total_seconds() / 86400, None
        if isinstance(value, int | float):
            return float(value), None
        return (None if value is None or value == "" else str(value)), None

    def _sizes(self) -> None:
        for dimension in self.page.column_dimensions.values():
            # A width counts letters of seven pixels, with five pixels of padding.
            pixels = round(dimension.width * 7 + 5) if dimension.customWidth else DEFAULT_COLUMN_PIXELS
            stored = _dimension(pixels, DEFAULT_COLUMN_PIXELS, hidden=dimension.hidden)
            last = min(dimension.max or dimension.min or 0, self.sheet.columns)
            for index in range((dimension.min or 1) - 1, last) if stored else ():
                self.sheet.column_properties[index] = dict(stored)
        for row, dimension in self.page.row_dimensions.items():
            pixels = round(dimension.height * 4 / 3) if dimension.height else DEFAULT_ROW_PIXELS
            stored = _dimension(pixels, DEFAULT_ROW_PIXELS, hidden=dimension.hidden)
            if stored and row <= self.sheet.rows:
                self.sheet.row_properties[row - 1] = stored

    def _tab(self) -> None:
        pane = self.page.freeze_panes
        if pane:
            corner = self._box(str(pane))
            frozen = {"frozenRowCount": corner.r0, "frozenColumnCount": corner.c0}
            self.sheet.grid_properties.update({name: count for name, count in frozen.items() if count})
        if not self.page.sheet_view.showGridLines and self.page.sheet_view.showGridLines is not None:
            self.sheet.grid_properties["hideGridlines"] = True
        if self.page.sheet_state != "visible":
            self.sheet.properties["hidden"] = True
        tab = colour(self.page.sheet_properties.tabColor)
        if tab is not None:
            self.sheet.properties.update(with_both_colours({"tabColor": tab}))

    def _validations(self) -> None:
        for found in self.page.data_validations.dataValidation:
            rule = validation_rule(found, self.decimal)
            if rule is None:
                continue
            for area in found.sqref.ranges:
                box = Box(area.min_row - 1, area.max_row, area.min_col - 1, area.max_col)
                for row, column in box.clip(self.sheet.rows, self.sheet.columns).cells():
                    self.sheet.put(row, column, replace(self.sheet.cell(row, column), validation=rule))

    def _conditional(self) -> None:
        for area in self.page.conditional_formatting:
            ranges = [self._box(part).to_json(self.sheet.sheet_id) for part in str(area.sqref).split()]
            for found in area.rules:
                rule = conditional_rule(found, self.decimal, colour)
                if rule is not None:
                    self.sheet.conditional_formats.append(with_both_colours({"ranges": ranges, **rule}))


def _serial(value: datetime | date) -> float:
    return float(to_serial(value))


def _dimension(pixels: int, default: int, *, hidden: bool) -> Json:
    stored: Json = {"pixelSize": pixels} if pixels != default else {}
    return {**stored, "hiddenByUser": True} if hidden else stored


def _style(found: Any) -> Json:
    """CellFormat of a cell of openpyxl, without its number format."""
    style: Json = {}
    fill = found.fill
    if fill is not None and fill.fill_type == "solid":
        ground = colour(fill.fgColor)
        if ground is not None:
            style["backgroundColor"] = ground
    text = _text_format(found.font)
    if text:
        style["textFormat"] = text
    align = found.alignment
    if align is not None:
        placed = {
            "horizontalAlignment": _HORIZONTAL.get(align.horizontal or ""),
            "verticalAlignment": _VERTICAL.get(align.vertical or ""),
            "wrapStrategy": "WRAP" if align.wrap_text else None,
            "textRotation": {"angle": align.text_rotation} if 0 < (align.text_rotation or 0) <= 90 else None,
        }
        style.update({name: value for name, value in placed.items() if value})
    borders = {}
    for side in ("top", "bottom", "left", "right"):
        line = getattr(found.border, side)
        if line is not None and line.style in _BORDERS:
            borders[side] = {"style": _BORDERS[line.style], "color": colour(line.color) or {}}
    if borders:
        style["borders"] = borders
    return style


def _text_format(font: Any) -> Json:
    if font is None:
        return {}
    text: Json = {name: True for name, on in (("bold", font.b), ("italic", font.i), ("strikethrough", font.strike)) if on}
    if font.u:
        text["underline"] = True
    # Arial of ten points is what a spreadsheet has anyway.
    if font.name and font.name != "Arial":
        text["fontFamily"] = font.name
    if font.sz and font.sz != 10:
        text["fontSize"] = round(font.sz)
    ink = colour(font.color)
    if ink:
        text["foregroundColor"] = ink
    return text


def _names(workbook: Any, book: Book) -> None:
    """Defined names that stand for one area become named ranges."""
    local = [(name, found) for page in workbook.worksheets for name, found in page.defined_names.items()]
    for name, found in [*workbook.defined_names.items(), *local]:
        if name.startswith("_xlnm") or found.type != "RANGE":
            continue
        areas = list(found.destinations)
        sheet = book.by_title(areas[0][0]) if len(areas) == 1 else None
        box = parse_a1(areas[0][1].replace("$", "")) if sheet is not None else None
        if sheet is not None and box is not None and book.named_range(name) is None:
            number = str(fresh_number())
            book.named_ranges.append({"namedRangeId": number, "name": name, "range": box.to_json(sheet.sheet_id)})
