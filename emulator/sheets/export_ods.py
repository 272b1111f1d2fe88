"""A spreadsheet as an OpenDocument file: values, formulas, bold and grounds, merges, widths, hidden sheets."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from emulator.drive.model import File
from emulator.kernel import World
from emulator.sheets.a1 import to_a1
from emulator.sheets.cells import plain_number
from emulator.sheets.colours import hex_of
from emulator.sheets.engine import Engine, engine_of
from emulator.sheets.formula.tokens import Reference, read_reference, tokenize
from emulator.sheets.formula.values import FormulaError
from emulator.sheets.model import BOOKS, DEFAULT_COLUMN_PIXELS, Book, Cell, Sheet
from emulator.sheets.number_format import DATE_TYPES
from emulator.sheets.serials import from_serial

Json = dict[str, Any]
ODS = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
    for name, urn in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("fo", "xsl-fo-compatible"),
        ("of", "of"),
    )
)
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="{ODS}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def to_ods(world: World, file: File) -> bytes:
    """The whole book; formulas in the spelling of OpenFormula with the values that they have now."""
    book: Book = world.table(BOOKS)[file.id]
    out = io.BytesIO()
    moment = world.clock.now().timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        # The type comes first and unpacked, so that the file is known by its first bytes.
        archive.writestr(zipfile.ZipInfo("mimetype", moment), ODS, zipfile.ZIP_STORED)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml", moment), _MANIFEST)
        archive.writestr(zipfile.ZipInfo("content.xml", moment), _Writer(book, engine_of(world, book)).content())
    return out.getvalue()


class _Writer:
    """Writes content.xml; the styles that the cells need are collected on the way."""

    def __init__(self, book: Book, engine: Engine) -> None:
        self.book, self.engine = book, engine
        self.styles: dict[str, str] = {}

    def content(self) -> str:
        """The document."""
        tables = "".join(self._table(sheet) for sheet in self.book.sheets if sheet.rows and sheet.columns)
        styles = "".join(
            f'<style:style style:name="{name}" {definition}</style:style>' for definition, name in self.styles.items()
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMES} office:version="1.2">'
            f"<office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
        )

    def _style(self, prefix: str, definition: str) -> str:
        return self.styles.setdefault(definition, f"{prefix}{len(self.styles) + 1}")

    def _table(self, sheet: Sheet) -> str:
        hidden = self._style("ta", 'style:family="table"><style:table-properties table:display="false"/>') if sheet.hidden else ""
        columns = "".join(self._column(sheet, c) for c in range(self._width(sheet)))
        rows = "".join(self._row(sheet, r) for r in range(max(1, self._height(sheet))))
        style = f' table:style-name="{hidden}"' if hidden else ""
        return f"<table:table table:name={quoteattr(sheet.title)}{style}>{columns}{rows}</table:table>"

    def _height(self, sheet: Sheet) -> int:
        return max(self.engine.height(sheet), *(row + 1 for row, _ in sheet.cells), *((m.r1 or 0) for m in sheet.merges), 0, 0)

    def _width(self, sheet: Sheet) -> int:
        found = (column + 1 for _, column in sheet.cells)
        return max(self.engine.width(sheet), *found, *((m.c1 or 0) for m in sheet.merges), 1, 1)

    def _column(self, sheet: Sheet, column: int) -> str:
        pixels = sheet.column_properties.get(column, {}).get("pixelSize", DEFAULT_COLUMN_PIXELS)
        properties = f'<style:table-column-properties style:column-width="{pixels / 96:.4f}in"/>'
        return f'<table:table-column table:style-name="{self._style("co", f"""style:family="table-column">{properties}""")}"/>'

    def _row(self, sheet: Sheet, row: int) -> str:
        cells = "".join(self._cell(sheet, row, c) for c in range(self._width(sheet)))
        return f"<table:table-row>{cells}</table:table-row>"

    def _cell(self, sheet: Sheet, row: int, column: int) -> str:
        merge = next((m for m in sheet.merges if m.has(row, column)), None)
        if merge is not None and (row, column) != (merge.r0, merge.c0):
            return "<table:covered-table-cell/>"
        span = ""
        if merge is not None:
            span = f' table:number-columns-spanned="{merge.width}" table:number-rows-spanned="{merge.height}"'
        cell = sheet.cell(row, column)
        look = _look(cell)
        style = f' table:style-name="{self._style("ce", look)}"' if look else ""
        text = self.engine.text(sheet, row, column)
        paragraphs = "".join(f"<text:p>{escape(_clean(line))}</text:p>" for line in text.split("\n")) if text else ""
        return f"<table:table-cell{style}{span}{self._value(sheet, row, column, cell)}>{paragraphs}</table:table-cell>"

    def _value(self, sheet: Sheet, row: int, column: int, cell: Cell) -> str:
        value = self.engine.value(sheet, row, column)
        formula = ""
        if cell.formula is not None:
            formula = f" table:formula={quoteattr('of:' + self._open_formula(sheet, cell.formula))}"
        if value is None or isinstance(value, FormulaError):
            return formula
        if isinstance(value, bool):
            return f'{formula} office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
        if isinstance(value, str):
            return f'{formula} office:value-type="string"'
        shown = self.engine.number_format(sheet, row, column) or {}
        if shown.get("type") in DATE_TYPES and value >= 1:
            return f'{formula} office:value-type="date" office:date-value="{from_serial(value).isoformat(timespec="seconds")}"'
        return f'{formula} office:value-type="float" office:value="{plain_number(value)!r}"'

    def _open_formula(self, sheet: Sheet, formula: str) -> str:
        """References in brackets, semicolons between arguments, points in numbers."""
        decimal, depth, parts = self.book.language.decimal, 0, ["="]
        for token in tokenize(formula, decimal):
            text = token.text
            depth += {"{": 1, "}": -1}.get(text, 0) if token.kind in {"open", "close"} else 0
            if token.kind == "number":
                text = text.replace(decimal, ".")
            elif token.kind == "separator":
                text = "|" if depth and text == ";" else ";"
            elif token.kind == "reference":
                text = self._reference(sheet, read_reference(text))
            parts.append(text)
        return "".join(parts)

    def _reference(self, sheet: Sheet, reference: Reference) -> str:
        owner = sheet if reference.title is None else self.book.by_title(reference.title) or sheet
        corners = to_a1(reference.box.clip(owner.rows, owner.columns)).split(":")
        title = "" if reference.title is None else "$'" + reference.title.replace("'", "''") + "'"
        return "[" + ":".join([f"{title}.{corners[0]}", *(f".{corner}" for corner in corners[1:])]) + "]"


def _look(cell: Cell) -> str:
    """The definition of a cell's style, empty for the plain one."""
    style = cell.format or {}
    text = style.get("textFormat", {})
    ground, ink = hex_of(style.get("backgroundColorStyle")), hex_of(text.get("foregroundColorStyle"))
    words = "".join(
        f' {name}="{value}"'
        for name, value in (
            ("fo:font-weight", "bold" if text.get("bold") else None),
            ("fo:font-style", "italic" if text.get("italic") else None),
            ("fo:color", ink),
        )
        if value
    )
    parts = f"<style:text-properties{words}/>" if words else ""
    if ground:
        parts = f'<style:table-cell-properties fo:background-color="{ground}"/>' + parts
    return f'style:family="table-cell">{parts}' if parts else ""


def _clean(text: str) -> str:
    return "".join(c for c in text if c >= " " or c == "\t")


__all__ = ["ODS", "to_ods"]
