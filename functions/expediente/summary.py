"""The summary of a client as a PDF page: what goes with each area's notice. Pure Python, with a font of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from expediente.mails import Line
from expediente.process import Process
from expediente.texts import clean_text

FONTS = Path(__file__).parent / "fonts"
_FAMILY = "DejaVu"
_MARGIN_MM = 18.0
_LABEL_MM = 52.0
_LINE_MM = 5.4
_PAD_MM = 2.2
_NAVY, _TEXT, _MUTED, _LINE_COLOR, _WHITE = (18, 48, 74), (23, 35, 46), (74, 90, 106), (217, 225, 232), (255, 255, 255)

_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)

# fpdf warns about each letter that the font lacks, quoting it: personal data must not reach the logs.
logging.getLogger("fpdf").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


def summary_pdf(process: Process, lines: Iterable[Line], title: str, made_at: datetime = _NO_DAY) -> bytes:
    """A letter-size PDF with a label and a value a line; the same lines give the same bytes.

    title: usually the client's name. made_at: what the file says of its making; a fixed day without it.
    The caller chooses the lines: nothing of `operational_secret` (`mails.summary_paths`).
    """
    pdf = _Page(process)
    pdf.set_creation_date(made_at)
    pdf.set_title(clean_text(title))
    pdf.set_lang("es")
    pdf.add_page()
    _heading(pdf, process, title)
    for line in lines:
        _row(pdf, clean_text(line.label), clean_text(line.value, multiline=True) or process.labels["none"])
    return bytes(pdf.output())


class _Page(FPDF):
    """Letter paper with the company's foot on every page."""

    def __init__(self, process: Process) -> None:
        super().__init__(orientation="portrait", unit="mm", format="letter")
        self.process = process
        self.set_margins(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM + 6)
        self.add_font(_FAMILY, "", FONTS / "DejaVuSans.ttf")
        self.add_font(_FAMILY, "B", FONTS / "DejaVuSans-Bold.ttf")

    def footer(self) -> None:
        """The note that says what the paper is, and the page number."""
        labels = self.process.labels
        self.set_y(-_MARGIN_MM)
        self.set_font(_FAMILY, "", 8)
        self.set_text_color(*_MUTED)
        note = labels["summary_note"].format(company=self.process.company.name)
        self.cell(0, 5, note, new_x=XPos.LEFT, new_y=YPos.TOP)
        self.cell(0, 5, labels["page"].format(page=self.page_no(), pages="{nb}"), align="R")


def _heading(pdf: FPDF, process: Process, title: str) -> None:
    pdf.set_fill_color(*_NAVY)
    pdf.rect(0, 0, pdf.w, 13, style="F")
    pdf.set_xy(_MARGIN_MM, 4)
    pdf.set_font(_FAMILY, "B", 9)
    pdf.set_text_color(*_WHITE)
    pdf.cell(0, 5, process.company.short_name, new_x=XPos.LEFT, new_y=YPos.TOP)
    pdf.set_font(_FAMILY, "", 9)
    pdf.cell(0, 5, process.labels["summary_title"], align="R")
    pdf.set_xy(_MARGIN_MM, 22)
    pdf.set_font(_FAMILY, "B", 15)
    pdf.set_text_color(*_NAVY)
    pdf.multi_cell(0, 7, clean_text(title), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(4)


def _row(pdf: FPDF, label: str, value: str) -> None:
    """A row that stays on one page where it fits on one."""
    width = pdf.epw - _LABEL_MM
    pdf.set_font(_FAMILY, "", 10)
    height = pdf.multi_cell(width, _LINE_MM, value, dry_run=True, output=MethodReturnValue.HEIGHT, align="L")
    needed = cast(float, height) + 2 * _PAD_MM
    if needed < pdf.eph and pdf.will_page_break(needed):
        pdf.add_page()
    pdf.set_draw_color(*_LINE_COLOR)
    pdf.line(pdf.l_margin, pdf.y, pdf.l_margin + pdf.epw, pdf.y)
    pdf.ln(_PAD_MM)
    pdf.set_text_color(*_MUTED)
    pdf.cell(_LABEL_MM, _LINE_MM, label, new_x=XPos.RIGHT, new_y=YPos.TOP)
    pdf.set_text_color(*_TEXT)
    pdf.multi_cell(width, _LINE_MM, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(_PAD_MM)
