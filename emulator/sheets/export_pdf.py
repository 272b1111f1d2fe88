"""A spreadsheet as PDF: every visible sheet as a grid on landscape pages, frozen rows repeated, as wide as the page."""

from __future__ import annotations

from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from emulator.drive.model import File
from emulator.kernel import World
from emulator.sheets.model import Sheet
from emulator.sheets.pdf_fonts import Typeface
from emulator.sheets.values import rendered

Json = dict[str, Any]
_MARGIN = 10.0
_LINE = 1.28
_POINT = 25.4 / 72


def to_pdf(world: World, file: File, only: Sheet | None = None) -> bytes:
    """The whole book or one sheet; colours as shown, conditional formats included, checkboxes drawn, long texts wrapped."""
    view = rendered(world, file.id)
    pdf = FPDF(orientation="landscape", unit="mm", format="letter")
    pdf.set_title(view["title"])
    pdf.set_creation_date(world.clock.now())
    pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
    pdf.set_auto_page_break(False)
    chosen = [s for s in view["sheets"] if (not s["hidden"] if only is None else s["sheet_id"] == only.sheet_id)]
    pages = [sheet for sheet in chosen if sheet["column_widths"]]
    texts = [cell["text"] for sheet in pages for row in sheet["rows"] for cell in row]
    face = Typeface(pdf, [view["title"], *(sheet["title"] for sheet in pages), *texts])
    for sheet in pages:
        _Page(pdf, face, view["title"], sheet).draw()
    return bytes(pdf.output())


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


class _Page:
    """Draws one sheet."""

    def __init__(self, pdf: FPDF, face: Typeface, title: str, sheet: Json) -> None:
        self.pdf, self.face, self.title, self.sheet = pdf, face, title, sheet
        self.columns = [c for c in range(len(sheet["column_widths"])) if c not in sheet["hidden_columns"]]
        pixels = sum(sheet["column_widths"][c] for c in self.columns) or 1
        width = pdf.w - 2 * _MARGIN
        self.scale = min(width / pixels, 0.2646)
        self.points = max(5.0, min(10.0, 10.0 * self.scale / 0.2646))
        self.merged = {
            (m["row"] + r, m["column"] + c): m for m in sheet["merges"] for r in range(m["rows"]) for c in range(m["columns"])
        }

    def draw(self) -> None:
        """All rows, a new page where one is full."""
        self._start()
        for row in range(len(self.sheet["rows"])):
            if row in self.sheet["hidden_rows"]:
                continue
            height = self._height(row)
            if self.pdf.get_y() + height > self.pdf.h - _MARGIN and self.pdf.get_y() > 2 * _MARGIN:
                self._start()
                for frozen in range(min(self.sheet["frozen_rows"], row)):
                    self._row(frozen, self._height(frozen))
            self._row(row, height)

    def _start(self) -> None:
        self.pdf.add_page()
        self.face.use(9, bold=True)
        self.pdf.set_text_color(60, 60, 60)
        self.pdf.cell(0, 6, self.face.text(f"{self.title} - {self.sheet['title']}"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _span(self, row: int, column: int) -> tuple[float, bool]:
        """Width in millimetres of the cell that is drawn there, and whether it is drawn at all."""
        merge = self.merged.get((row, column))
        if merge is None:
            return self.sheet["column_widths"][column] * self.scale, True
        covered = [c for c in self.columns if merge["column"] <= c < merge["column"] + merge["columns"]]
        first = bool(covered) and column == covered[0] and row == merge["row"]
        return sum(self.sheet["column_widths"][c] for c in covered) * self.scale, first

    def _room(self, row: int, column: int, width: float) -> float:
        """How wide a text may run: over the empty cells to its right when it is not wrapped."""
        cells = self.sheet["rows"][row]
        if cells[column]["wrap"] or cells[column]["align"] != "LEFT" or (row, column) in self.merged:
            return width
        for neighbour in [c for c in self.columns if c > column]:
            if cells[neighbour]["text"] or cells[neighbour]["kind"] == "checkbox" or (row, neighbour) in self.merged:
                break
            width += self.sheet["column_widths"][neighbour] * self.scale
        return width

    def _font(self, cell: Json) -> float:
        points: float = max(4.5, cell["size"] / 10 * self.points)
        self.face.use(points, bold=cell["bold"], italic=cell["italic"])
        return points

    def _lines(self, cell: Json, width: float) -> list[str]:
        points = self._font(cell)
        if cell["kind"] == "checkbox" or not cell["text"]:
            return []
        # Less than the widest letter and the margins beside it is no line to the library.
        room = max(width - 2, 2 * points * _POINT + 2 * self.pdf.c_margin)
        height = points * _POINT * _LINE
        found = self.pdf.multi_cell(room, height, self.face.text(cell["text"]), dry_run=True, output="LINES", align="L")
        return [self.face.line(str(line)) for line in found] if isinstance(found, list) else []

    def _height(self, row: int) -> float:
        height = self.sheet["row_heights"][row] * self.scale
        for column in self.columns:
            cell = self.sheet["rows"][row][column]
            width, drawn = self._span(row, column)
            if drawn and cell["text"]:
                lines = len(self._lines(cell, self._room(row, column, width))) if cell["wrap"] else 1
                height = max(height, lines * self._font(cell) * _POINT * _LINE + 1)
        return float(min(height, self.pdf.h - 4 * _MARGIN))

    def _row(self, row: int, height: float) -> None:
        """Grounds first, then texts: a text may run on over the cells beside it."""
        top, left = self.pdf.get_y(), _MARGIN
        drawn_cells = []
        for column in self.columns:
            width, drawn = self._span(row, column)
            if drawn:
                merge = self.merged.get((row, column))
                rows = range(row, row + merge["rows"]) if merge else range(row, row + 1)
                tall = height if len(rows) == 1 else sum(map(self._height, rows))
                self._ground(self.sheet["rows"][row][column], left, top, width, tall)
                drawn_cells.append((self.sheet["rows"][row][column], left, self._room(row, column, width), tall))
            left += self.sheet["column_widths"][column] * self.scale
        for cell, at, room, tall in drawn_cells:
            self._content(cell, at, top, room, tall)
        self.pdf.set_xy(_MARGIN, top + height)

    def _ground(self, cell: Json, left: float, top: float, width: float, height: float) -> None:
        self.pdf.set_fill_color(*_rgb(cell["background"] or "#ffffff"))
        self.pdf.set_draw_color(205, 212, 218)
        self.pdf.rect(left, top, width, height, style="DF")

    def _content(self, cell: Json, left: float, top: float, width: float, height: float) -> None:
        if cell["kind"] == "checkbox":
            self._checkbox(cell, left + width / 2, top + height / 2)
            return
        lines = self._lines(cell, width)
        points = self._font(cell)
        self.pdf.set_text_color(*_rgb(cell["color"] or "#000000"))
        line = points * _POINT * _LINE
        lines = lines[: max(1, int((height + 0.2) / line))]
        spare = max(0.0, height - len(lines) * line)
        above = {"TOP": 0.5, "MIDDLE": spare / 2}.get(cell["valign"], spare)
        for index, text in enumerate(lines):
            self.pdf.set_xy(left + 1, top + above + index * line)
            self.pdf.cell(width - 2, line, text, align={"RIGHT": "R", "CENTER": "C"}.get(cell["align"], "L"))

    def _checkbox(self, cell: Json, x: float, y: float) -> None:
        half = self.points * _POINT * 0.45
        self.pdf.set_draw_color(90, 90, 90)
        self.pdf.rect(x - half, y - half, 2 * half, 2 * half)
        if cell["value"] not in (False, None, ""):
            self.pdf.set_draw_color(15, 110, 60)
            width = self.pdf.line_width
            self.pdf.set_line_width(0.5)
            self.pdf.line(x - half * 0.7, y, x - half * 0.15, y + half * 0.6)
            self.pdf.line(x - half * 0.15, y + half * 0.6, x + half * 0.8, y - half * 0.7)
            self.pdf.set_line_width(width)
