"""Letter paper for what the product writes as PDF: fonts, margins, the band on top, the foot. Pure Python, with a font of its own."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from expediente.texts import clean_text

FONTS = Path(__file__).parent / "fonts"
FAMILY = "DejaVu"
MARGIN_MM = 18.0
NAVY, TEXT, MUTED = (18, 48, 74), (23, 35, 46), (74, 90, 106)
LINE_COLOR, PALE, AMBER, WHITE = (217, 225, 232), (238, 243, 247), (255, 244, 214), (255, 255, 255)

# fpdf warns about each letter that the font lacks, quoting it: personal data must not reach the logs.
logging.getLogger("fpdf").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


class LetterPage(FPDF):
    """Letter paper with a foot on every page. page_label: `{page}` and `{pages}` are filled in; made_at: what the file says."""

    def __init__(self, foot: str, page_label: str, title: str, made_at: datetime) -> None:
        super().__init__(orientation="portrait", unit="mm", format="letter")
        self._foot, self._page_label = foot, page_label
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=MARGIN_MM + 6)
        self.add_font(FAMILY, "", FONTS / "DejaVuSans.ttf")
        self.add_font(FAMILY, "B", FONTS / "DejaVuSans-Bold.ttf")
        self.set_creation_date(made_at)
        self.set_title(clean_text(title))
        self.set_lang("es")
        self.add_page()

    def footer(self) -> None:
        """What the paper is, and the page number."""
        self.set_y(-MARGIN_MM)
        self.write_as("", 8, MUTED)
        self.cell(0, 5, self._foot, new_x=XPos.LEFT, new_y=YPos.TOP)
        self.cell(0, 5, self._page_label.format(page=self.page_no(), pages="{nb}"), align="R")

    def write_as(self, style: str, size: float, color: tuple[int, int, int]) -> None:
        """Choose how the next text looks. style: '' or B; size: points."""
        self.set_font(FAMILY, style, size)
        self.set_text_color(*color)

    def band(self, left: str, right: str, title: str) -> None:
        """The band on top of the first page, and the title below."""
        self.set_fill_color(*NAVY)
        self.rect(0, 0, self.w, 13, style="F")
        self.set_xy(MARGIN_MM, 4)
        self.write_as("B", 9, WHITE)
        self.cell(0, 5, left, new_x=XPos.LEFT, new_y=YPos.TOP)
        self.write_as("", 9, WHITE)
        self.cell(0, 5, right, align="R")
        self.set_xy(MARGIN_MM, 22)
        self.write_as("B", 15, NAVY)
        self.paragraph(clean_text(title), 7)

    def paragraph(self, text: str, line_mm: float, width: float = 0) -> None:
        """Text over as many lines as it needs; what follows begins below, at the margin."""
        self.multi_cell(width, line_mm, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def height_of(self, text: str, width: float, line_mm: float) -> float:
        """How high a text is in the present font."""
        height = self.multi_cell(width, line_mm, text, dry_run=True, output=MethodReturnValue.HEIGHT, align="L")
        return cast(float, height)

    def keep_together(self, height: float) -> None:
        """Begin a new page when that height does not fit on this one, and would fit on a whole one."""
        if height < self.eph and self.will_page_break(height):
            self.add_page()

    def row(self, label: str, value: str, *, label_mm: float, line_mm: float, pad_mm: float) -> None:
        """A line above, a label and a value beside it, which stay on one page where they fit on one."""
        width = self.epw - label_mm
        self.write_as("", 10, MUTED)
        height = max(self.height_of(value, width, line_mm), self.height_of(label, label_mm - 3, line_mm))
        self.keep_together(height + 2 * pad_mm)
        self.set_draw_color(*LINE_COLOR)
        self.line(self.l_margin, self.y, self.l_margin + self.epw, self.y)
        self.ln(pad_mm)
        top, page = self.y, self.page
        self.multi_cell(label_mm - 3, line_mm, label, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        below_label, page_of_label = self.y, self.page
        self.page = page
        self.set_xy(self.l_margin + label_mm, top)
        self.write_as("", 10, TEXT)
        self.paragraph(value, line_mm, width)
        if (self.page, self.y) < (page_of_label, below_label):
            self.page = page_of_label
            self.set_y(below_label)
        self.ln(pad_mm)
