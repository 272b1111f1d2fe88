"""The summary that goes with each area's notice."""

from __future__ import annotations

from expediente import process
from expediente.mails import Line
from expediente.summary import summary_pdf
from tests.unit.process_copy import ROOT

TABLES = process.load(ROOT)
LINES = (Line("Dirección", "P01: Vía Ficticia\nP02: Autopista Inventada"), Line("Condiciones acordadas", ""))


def test_summary_is_a_pdf_with_its_own_font() -> None:
    """It opens anywhere: the font travels inside."""
    content = summary_pdf(TABLES, LINES, "Ñandú & Hijos, S.A.")
    assert content.startswith(b"%PDF-") and b"DejaVuSans" in content and b"/FontFile2" in content


def test_same_lines_give_the_same_bytes() -> None:
    """A repeat of the step makes the same file."""
    assert summary_pdf(TABLES, LINES, "Ana") == summary_pdf(TABLES, LINES, "Ana")


def test_long_and_odd_text_still_makes_a_page() -> None:
    """Long names, endless words and letters that the font lacks never stop a mail."""
    odd = (
        Line("x" * 200, "y" * 5000),
        Line("中文", "😀\x00\u202e" * 50),
        Line("Puntos", "\n".join(f"P{n:02}" for n in range(300))),
    )
    assert summary_pdf(TABLES, odd, "Ñ" * 304).startswith(b"%PDF-")
