"""Papers of the demo that look like papers: a page with a title, lines and a place for a signature."""

from __future__ import annotations

from functools import cache

from fpdf import FPDF

from local.travel import Delivery


class PrintedPaper(Delivery):
    """A paper with a page to look at."""

    @property
    def content(self) -> bytes:
        """A page that says what it is, and that it is invented."""
        return printed(self.file.removesuffix(".pdf"))


@cache
def printed(title: str) -> bytes:
    """One page of PDF with a title, made up to look like a form that somebody filled."""
    page = FPDF(format="letter")
    page.add_page()
    page.set_font("helvetica", "B", 18)
    kind, _, client = title.partition(" - ")
    page.multi_cell(0, 10, kind, new_x="LMARGIN", new_y="NEXT")
    page.set_font("helvetica", size=12)
    page.multi_cell(0, 8, f"{client}\n\nDocumento inventado para la demostración.", new_x="LMARGIN", new_y="NEXT")
    page.set_draw_color(180, 190, 200)
    for line in range(9):
        page.line(page.l_margin, 75 + 14 * line, page.w - page.r_margin, 75 + 14 * line)
    page.line(120, 235, 190, 235)
    page.text(138, 241, "Firma")
    return bytes(page.output())
