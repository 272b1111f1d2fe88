"""A spreadsheet as .xlsx: values, formulas, formats, validations, conditional formats, sizes, merges, protection."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from emulator.drive.model import File
from emulator.kernel import World
from emulator.sheets.a1 import to_a1
from emulator.sheets.box import Box
from emulator.sheets.cells import Reader
from emulator.sheets.engine import engine_of
from emulator.sheets.export_rules import argb, conditional_rule, validation
from emulator.sheets.formula.rewrite import relocalised
from emulator.sheets.guard import touches
from emulator.sheets.model import BOOKS, Book, Cell, Sheet
from emulator.sheets.serials import from_serial
from emulator.sheets.value_ranges import is_date

Json = dict[str, Any]
_BAD_TITLE = re.compile(r"[\\/*?:\[\]]")
_LINES = {
    "SOLID": "thin",
    "SOLID_MEDIUM": "medium",
    "SOLID_THICK": "thick",
    "DASHED": "dashed",
    "DOTTED": "dotted",
    "DOUBLE": "double",
}


def to_xlsx(world: World, file: File) -> bytes:
    """The whole book. Formulas are written with the separators that Excel files have, whatever the locale."""
    book: Book = world.table(BOOKS)[file.id]
    reader = Reader(book, engine_of(world, book), {})
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title = file.name
    workbook.properties.created = workbook.properties.modified = world.clock.now().replace(tzinfo=None)
    for sheet in book.sheets:
        if sheet.properties.get("sheetType") != "OBJECT":
            _Writer(book, sheet, reader, workbook.create_sheet(_page_title(sheet))).write()
    _name_ranges(book, workbook)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _page_title(sheet: Sheet) -> str:
    return _BAD_TITLE.sub("_", sheet.title)[:31]


def _name_ranges(book: Book, workbook: Workbook) -> None:
    for named in book.named_ranges:
        sheet = book.by_id(named["range"].get("sheetId", 0))
        if sheet is None:
            continue
        box = Box.of_json(named["range"]).clip(sheet.rows, sheet.columns)
        first, last = (f"${get_column_letter(c)}${r}" for c, r in ((box.c0 + 1, box.r0 + 1), (box.c1 or 1, box.r1 or 1)))
        title = _page_title(sheet).replace("'", "''")
        workbook.defined_names[named["name"]] = DefinedName(named["name"], attr_text=f"'{title}'!{first}:{last}")


class _Writer:
    """Writes one sheet."""

    def __init__(self, book: Book, sheet: Sheet, reader: Reader, page: Any) -> None:
        self.book, self.sheet, self.reader, self.page = book, sheet, reader, page

    def write(self) -> None:
        """Everything that the file format can hold."""
        for (row, column), cell in self.sheet.cells.items():
            self._cell(row, column, cell)
        for merge in self.sheet.merges:
            self.page.merge_cells(to_a1(merge))
        frozen = (self.sheet.grid_properties.get("frozenRowCount", 0), self.sheet.grid_properties.get("frozenColumnCount", 0))
        if any(frozen):
            self.page.freeze_panes = f"{get_column_letter(frozen[1] + 1)}{frozen[0] + 1}"
        if self.sheet.hidden:
            self.page.sheet_state = "hidden"
        if self.sheet.grid_properties.get("hideGridlines"):
            self.page.sheet_view.showGridLines = False
        if "tabColorStyle" in self.sheet.properties:
            self.page.sheet_properties.tabColor = argb(self.sheet.properties["tabColorStyle"])
        if self.sheet.basic_filter is not None:
            box = Box.of_json(self.sheet.basic_filter["range"]).clip(self.sheet.rows, self.sheet.columns)
            self.page.auto_filter.ref = to_a1(box)
        for index, properties in self.sheet.column_properties.items():
            # An Excel column width counts letters of seven pixels, without the five of the padding.
            self.page.column_dimensions[get_column_letter(index + 1)].width = (properties.get("pixelSize", 100) - 5) / 7
            self.page.column_dimensions[get_column_letter(index + 1)].hidden = bool(properties.get("hiddenByUser"))
        for index, properties in self.sheet.row_properties.items():
            self.page.row_dimensions[index + 1].height = properties.get("pixelSize", 21) * 0.75
            self.page.row_dimensions[index + 1].hidden = bool(properties.get("hiddenByUser") or properties.get("hiddenByFilter"))
        self._validations()
        self._conditional()
        if any(not p.get("warningOnly") for p in self.sheet.protections):
            self._protect()

    def _cell(self, row: int, column: int, cell: Cell) -> None:
        target = self.page.cell(row + 1, column + 1)
        number_format = self.reader.engine.number_format(self.sheet, row, column) or {}
        if cell.formula is not None:
            target.value = relocalised(cell.formula, self.book.language.decimal, ".")
        elif isinstance(cell.value, str):
            target.value = ILLEGAL_CHARACTERS_RE.sub("", cell.value)
            target.data_type = "s"
        elif isinstance(cell.value, float) and not isinstance(cell.value, bool) and is_date(number_format) and cell.value >= 1:
            target.value = from_serial(cell.value)
        else:
            target.value = cell.value
        if number_format.get("pattern"):
            target.number_format = number_format["pattern"].replace("am/pm", "AM/PM")
        elif isinstance(target.value, datetime):
            target.number_format = "dd/mm/yyyy"
        self._style(target, cell)
        link = self.reader.link(self.sheet, row, column, cell)
        if link is not None and cell.formula is None:
            target.hyperlink = link
        if cell.note:
            target.comment = Comment(cell.note, "")

    def _style(self, target: Any, cell: Cell) -> None:
        style = cell.format or {}
        text = style.get("textFormat", {})
        if text:
            target.font = Font(
                bold=text.get("bold"),
                italic=text.get("italic"),
                strike=text.get("strikethrough"),
                underline="single" if text.get("underline") else None,
                name=text.get("fontFamily"),
                size=text.get("fontSize", 10),
                color=argb(text.get("foregroundColorStyle")),
            )
        fill = argb(style.get("backgroundColorStyle"))
        if fill:
            target.fill = PatternFill("solid", start_color=fill)
        vertical = {"TOP": "top", "MIDDLE": "center", "BOTTOM": "bottom"}.get(style.get("verticalAlignment", ""))
        horizontal = str(style.get("horizontalAlignment", "")).lower() or None
        angle = style.get("textRotation", {}).get("angle", 0)
        if vertical or horizontal or angle or style.get("wrapStrategy") == "WRAP":
            wrap = style.get("wrapStrategy") == "WRAP"
            # Excel counts the turns downwards from 91 on.
            turn = angle if angle >= 0 else 90 - angle
            target.alignment = Alignment(horizontal=horizontal, vertical=vertical, wrap_text=wrap, text_rotation=turn)
        borders = {side: line for side, line in style.get("borders", {}).items() if line.get("style") in _LINES}
        if borders:
            target.border = Border(
                **{side: Side(style=_LINES[line["style"]], color=argb(line.get("colorStyle"))) for side, line in borders.items()}
            )

    def _validations(self) -> None:
        rules: dict[str, tuple[DataValidation, Json]] = {}
        for (row, column), cell in self.sheet.cells.items():
            if not cell.validation:
                continue
            key = repr(cell.validation)
            if key not in rules:
                made = validation(cell.validation, self.book.language.decimal)
                if made is None:
                    continue
                self.page.add_data_validation(made)
                rules[key] = (made, cell.validation)
            rules[key][0].add(f"{get_column_letter(column + 1)}{row + 1}")

    def _conditional(self) -> None:
        for rule in self.sheet.conditional_formats:
            boxes = [Box.of_json(r).clip(self.sheet.rows, self.sheet.columns) for r in rule["ranges"]]
            areas = [to_a1(box) for box in boxes if box.height and box.width]
            made = conditional_rule(rule, self.book.language.decimal, areas[0].partition(":")[0]) if areas else None
            if made is not None:
                self.page.conditional_formatting.add(" ".join(areas), made)

    def _protect(self) -> None:
        """Excel locks cells for everybody: what any protection covers is locked, the rest is left open."""
        self.page.protection.sheet = True
        binding = [p for p in self.sheet.protections if not p.get("warningOnly")]
        for row, column in self.sheet.cells:
            locked = any(touches(self.book, self.sheet, p, Box.cell(row, column)) for p in binding)
            self.page.cell(row + 1, column + 1).protection = Protection(locked=locked)
