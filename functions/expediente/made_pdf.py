"""Lays a made document out as a letter-size PDF ready to be signed: headings, lines, clauses, tables over pages, lines to sign on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, singledispatch

from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from expediente.made_blocks import Clauses, Code, Grid, Heading, Lines, MadeDocument, Signature, Signatures, Text
from expediente.pdf_page import AMBER, FAMILY, LINE_COLOR, MARGIN_MM, MUTED, NAVY, PALE, TEXT, WHITE, LetterPage

_LINE_MM = 4.9
_GAP_MM = 3.0
_LABEL_MM = 50.0
_SIGN_ROOM_MM = 20.0
_SIGN_LINE_MM = 4.4
_COLUMN_GAP_MM = 12.0
_CODE_MM = 38.0
_CELL_TOP_MM, _CELL_SIDE_MM = 1.1, 1.5
_ALIGN = {"left": "L", "right": "R", "center": "C"}


@lru_cache(maxsize=32)
def made_pdf(document: MadeDocument) -> bytes:
    """The bytes of a document; the same document gives the same bytes, and is laid out once while it is asked for again."""
    pdf = LetterPage(document.foot, document.page, document.title, document.made_at)
    pdf.band(document.company, document.subtitle, document.title)
    if document.warning:
        _warning(pdf, document.warning)
    pdf.ln(1.5)
    for block in document.blocks:
        draw(block, pdf)
    return bytes(pdf.output())


def _warning(pdf: LetterPage, text: str) -> None:
    pdf.ln(1.5)
    pdf.write_as("B", 9, TEXT)
    pdf.set_fill_color(*AMBER)
    pdf.multi_cell(0, _LINE_MM, text, align="L", fill=True, padding=2, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


@singledispatch
def draw(block: object, pdf: LetterPage) -> None:
    """Draw one piece below what stands there. :raises TypeError: it is no piece of a document."""
    raise TypeError(type(block).__name__)


@draw.register
def _heading(block: Heading, pdf: LetterPage) -> None:
    size, room = (10.0, 16.0) if block.minor else (11.5, 22.0)
    pdf.write_as("B", size, NAVY)
    pdf.keep_together(pdf.height_of(block.text, pdf.epw, 6) + room)
    pdf.ln(_GAP_MM if block.minor else _GAP_MM + 1.5)
    pdf.paragraph(block.text, 6)
    pdf.ln(0.8)


@draw.register
def _text(block: Text, pdf: LetterPage) -> None:
    pdf.write_as("", 10, TEXT)
    for paragraph in block.text.split("\n"):
        if paragraph.strip():
            _prose(pdf, paragraph.strip())
            pdf.ln(1.6)


def _prose(pdf: LetterPage, text: str) -> None:
    """A paragraph of which no single line is left alone where it fits on a page."""
    height = pdf.height_of(text, pdf.epw, _LINE_MM)
    pdf.keep_together(height if height <= 4 * _LINE_MM else 2 * _LINE_MM)
    pdf.paragraph(text, _LINE_MM)


@draw.register
def _lines(block: Lines, pdf: LetterPage) -> None:
    for label, value in block.rows:
        pdf.row(label, value, label_mm=_LABEL_MM, line_mm=_LINE_MM, pad_mm=1.2)
    pdf.ln(2.5)


@draw.register
def _clauses(block: Clauses, pdf: LetterPage) -> None:
    for number, (title, text) in enumerate(block.clauses, start=1):
        pdf.write_as("B", 10, NAVY)
        pdf.keep_together(_LINE_MM * 4 + 2)
        pdf.ln(1.6)
        pdf.paragraph(f"{number}. {title}", _LINE_MM + 0.3)
        _text(Text(text), pdf)


@draw.register
def _grid(block: Grid, pdf: LetterPage) -> None:
    if not block.rows:
        _text(Text(block.empty), pdf)
        return
    pdf.write_as("", 9, TEXT)
    pdf.set_draw_color(*LINE_COLOR)
    # Cells without a colour of their own take the last one that was filled with.
    pdf.set_fill_color(*WHITE)
    if _fits(block, pdf):
        _short_rows(block, pdf)
    else:
        _table(block, pdf)
    pdf.ln(3)


def _widths(block: Grid, pdf: LetterPage) -> list[float]:
    whole = sum(column.width for column in block.columns)
    return [pdf.epw * column.width / whole for column in block.columns]


def _fits(block: Grid, pdf: LetterPage) -> bool:
    """Whether every cell stands on one line of its column; the heading is bold, so rather wider."""
    room = [width - 2 * _CELL_SIDE_MM for width in _widths(block, pdf)]
    heading = all(pdf.get_string_width(one.label) * 1.2 <= space for one, space in zip(block.columns, room, strict=True))
    cells = (pair for row in block.rows for pair in zip(row, room, strict=True))
    return heading and all("\n" not in text and pdf.get_string_width(text) <= space for text, space in cells)


def _short_rows(block: Grid, pdf: LetterPage) -> None:
    """The same as `_table`, at a tenth of its cost: a statement may have hundreds of rows."""
    widths, aligns = _widths(block, pdf), [_ALIGN[column.align] for column in block.columns]
    height, margin = _LINE_MM + 2 * _CELL_TOP_MM, pdf.c_margin
    pdf.c_margin = _CELL_SIDE_MM
    pdf.keep_together(2 * height)

    def draw_row(cells: Sequence[str], *, fill: bool) -> None:
        for text, width, align in zip(cells, widths, aligns, strict=True):
            pdf.cell(width, height, text, border=1, align=align, fill=fill, new_x=XPos.RIGHT, new_y=YPos.TOP)
        pdf.ln(height)

    def draw_heading() -> None:
        pdf.write_as("B", 9, NAVY)
        pdf.set_fill_color(*PALE)
        draw_row([column.label for column in block.columns], fill=True)
        pdf.write_as("", 9, TEXT)

    draw_heading()
    for cells in block.rows:
        if pdf.will_page_break(height):
            pdf.add_page()
            draw_heading()
        draw_row(cells, fill=False)
    pdf.c_margin = margin


def _table(block: Grid, pdf: LetterPage) -> None:
    with pdf.table(
        align="LEFT",
        width=pdf.epw,
        col_widths=tuple(column.width for column in block.columns),
        text_align=tuple(_ALIGN[column.align] for column in block.columns),
        headings_style=FontFace(family=FAMILY, emphasis="BOLD", color=NAVY, fill_color=PALE),
        borders_layout=TableBordersLayout.ALL,
        line_height=_LINE_MM,
        padding=(_CELL_TOP_MM, _CELL_SIDE_MM),
    ) as table:
        for cells in (tuple(column.label for column in block.columns), *block.rows):
            row = table.row()
            for cell in cells:
                row.cell(cell)


@draw.register
def _code(block: Code, pdf: LetterPage) -> None:
    import segno

    pdf.keep_together(_CODE_MM + 9)
    pdf.ln(6)
    top, page = pdf.y, pdf.page
    matrix = segno.make(block.address, error="m", micro=False).matrix
    side = _CODE_MM / len(matrix)
    pdf.set_fill_color(0, 0, 0)
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            if dark:
                # A hair wider than its place, so that no viewer shows gaps between neighbours.
                pdf.rect(pdf.l_margin + column * side, top + row * side, side + 0.02, side + 0.02, style="F")
    left = pdf.l_margin + _CODE_MM + 8
    pdf.set_xy(left, top + 4)
    for text, style, size, color, line_mm in ((block.headline, "B", 24, NAVY, 11), (block.caption, "", 10, MUTED, _LINE_MM)):
        pdf.write_as(style, size, color)
        pdf.set_x(left)
        pdf.multi_cell(pdf.epw - _CODE_MM - 8, line_mm, text, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
    pdf.page = page
    pdf.set_xy(pdf.l_margin, max(pdf.y, top + _CODE_MM) + 4)


@draw.register
def _signatures(block: Signatures, pdf: LetterPage) -> None:
    width = (pdf.epw - _COLUMN_GAP_MM) / 2
    for first in range(0, len(block.signatures), 2):
        pair = block.signatures[first : first + 2]
        pdf.keep_together(_SIGN_ROOM_MM + max(_height(pdf, one, width) for one in pair))
        top, page = pdf.y + _SIGN_ROOM_MM, pdf.page
        lowest = top
        for number, signature in enumerate(pair):
            pdf.page = page
            lowest = max(lowest, _sign_here(pdf, signature, MARGIN_MM + number * (width + _COLUMN_GAP_MM), top, width))
        pdf.set_xy(pdf.l_margin, lowest)


def _height(pdf: LetterPage, signature: Signature, width: float) -> float:
    """How much stands below a line to sign on."""
    pdf.write_as("B", 9, TEXT)
    said = (signature.name, signature.role, signature.detail)
    return 2 + sum(pdf.height_of(text, width, _SIGN_LINE_MM) for text in said if text)


def _sign_here(pdf: LetterPage, signature: Signature, left: float, top: float, width: float) -> float:
    """One line to sign on; gives where it ends."""
    pdf.set_draw_color(*TEXT)
    pdf.line(left, top, left + width, top)
    pdf.set_y(top + 1)
    for text, style, color in ((signature.name, "B", TEXT), (signature.role, "", TEXT), (signature.detail, "", MUTED)):
        if text:
            pdf.set_x(left)
            pdf.write_as(style, 9, color)
            pdf.multi_cell(width, _SIGN_LINE_MM, text, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
    return pdf.y
