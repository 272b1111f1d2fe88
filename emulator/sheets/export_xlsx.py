"""A spreadsheet as .xlsx: values, formulas, formats, validations, conditional formats, sizes, merges, protection."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from emulator.drive.model import File
from emulator.kernel import World
from emulator.sheets.a1 import to_a1
from emulator.sheets.box import Box
from emulator.sheets.cells import Reader
from emulator.sheets.colours import hex_of
from emulator.sheets.engine import engine_of
from emulator.sheets.formula.rewrite import relocalised
from emulator.sheets.guard import touches
from emulator.sheets.model import BOOKS, Book, Cell, Sheet
from emulator.sheets.serials import from_serial
from emulator.sheets.value_ranges import is_date

Json = dict[str, Any]
_BAD_TITLE = re.compile(r"[\\/*?:\[\]]")
_OPERATORS = {
    "NUMBER_GREATER": "greaterThan",
    "NUMBER_GREATER_THAN_EQ": "greaterThanOrEqual",
    "NUMBER_LESS": "lessThan",
    "NUMBER_LESS_THAN_EQ": "lessThanOrEqual",
    "NUMBER_EQ": "equal",
    "NUMBER_BETWEEN": "between",
    "TEXT_EQ": "equal",
    "TEXT_NOT_EQ": "notEqual",
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
        _Writer(book, sheet, reader, workbook.create_sheet(_BAD_TITLE.sub("_", sheet.title)[:31])).write()
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _argb(colour: Json | None) -> str | None:
    text = hex_of(colour)
    return "FF" + text[1:].upper() if text else None


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
        for index, properties in self.sheet.column_properties.items():
            # An Excel column width counts letters of about seven pixels.
            self.page.column_dimensions[get_column_letter(index + 1)].width = properties.get("pixelSize", 100) / 7
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
                size=text.get("fontSize", 10),
                color=_argb(text.get("foregroundColorStyle")),
            )
        fill = _argb(style.get("backgroundColorStyle"))
        if fill:
            target.fill = PatternFill("solid", start_color=fill)
        vertical = {"TOP": "top", "MIDDLE": "center", "BOTTOM": "bottom"}.get(style.get("verticalAlignment", ""))
        horizontal = str(style.get("horizontalAlignment", "")).lower() or None
        if vertical or horizontal or style.get("wrapStrategy") == "WRAP":
            target.alignment = Alignment(horizontal=horizontal, vertical=vertical, wrap_text=style.get("wrapStrategy") == "WRAP")

    def _validations(self) -> None:
        rules: dict[str, tuple[DataValidation, Json]] = {}
        for (row, column), cell in self.sheet.cells.items():
            if not cell.validation:
                continue
            key = repr(cell.validation)
            if key not in rules:
                made = _validation(cell.validation)
                if made is None:
                    continue
                self.page.add_data_validation(made)
                rules[key] = (made, cell.validation)
            rules[key][0].add(f"{get_column_letter(column + 1)}{row + 1}")

    def _conditional(self) -> None:
        for rule in self.sheet.conditional_formats:
            boolean = rule.get("booleanRule")
            if not boolean:
                continue
            made = _conditional_rule(boolean, self.book.language.decimal)
            if made is None:
                continue
            for grid_range in rule["ranges"]:
                self.page.conditional_formatting.add(
                    to_a1(Box.of_json(grid_range).clip(self.sheet.rows, self.sheet.columns)), made
                )

    def _protect(self) -> None:
        """Excel locks cells for everybody: what any protection covers is locked, the rest is left open."""
        self.page.protection.sheet = True
        binding = [p for p in self.sheet.protections if not p.get("warningOnly")]
        for row, column in self.sheet.cells:
            locked = any(touches(self.book, self.sheet, p, Box.cell(row, column)) for p in binding)
            self.page.cell(row + 1, column + 1).protection = Protection(locked=locked)


def _validation(rule: Json) -> DataValidation | None:
    condition = rule.get("condition", {})
    values = [str(v.get("userEnteredValue", "")) for v in condition.get("values", [])]
    style = "stop" if rule.get("strict") else "warning"
    if condition.get("type") == "BOOLEAN":
        return DataValidation(
            type="list", formula1='"TRUE,FALSE"' if not values else f'"{",".join(values)}"', allow_blank=True, errorStyle=style
        )
    if condition.get("type") == "ONE_OF_LIST":
        # Excel keeps at most 255 characters of a list in the rule itself.
        joined = ",".join(value.replace(",", " ").replace('"', "'") for value in values)
        return DataValidation(type="list", formula1=f'"{joined[:253]}"', allow_blank=True, errorStyle=style)
    if condition.get("type") == "ONE_OF_RANGE":
        return DataValidation(type="list", formula1=values[0].lstrip("="), allow_blank=True, errorStyle=style)
    if condition.get("type") == "CUSTOM_FORMULA":
        return DataValidation(type="custom", formula1=values[0].lstrip("="), allow_blank=True, errorStyle=style)
    return None


def _conditional_rule(boolean: Json, decimal: str) -> Any:
    condition, style = boolean.get("condition", {}), boolean.get("format", {})
    values = [str(v.get("userEnteredValue", "")) for v in condition.get("values", [])]
    fill = _argb(style.get("backgroundColorStyle"))
    text = style.get("textFormat", {})
    font = (
        Font(bold=text.get("bold"), color=_argb(text.get("foregroundColorStyle")), strike=text.get("strikethrough"))
        if text
        else None
    )
    look = {"fill": PatternFill("solid", start_color=fill, end_color=fill) if fill else None, "font": font}
    if condition.get("type") == "CUSTOM_FORMULA":
        return FormulaRule(formula=[relocalised(values[0], decimal, ".").lstrip("=")], **look)
    operator = _OPERATORS.get(str(condition.get("type")))
    if operator is None:
        return None
    operands = [v.lstrip("=") if v.startswith("=") or not str(condition["type"]).startswith("TEXT") else f'"{v}"' for v in values]
    return CellIsRule(operator=operator, formula=operands, **look)
