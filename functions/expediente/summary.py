"""The summary of a client as a PDF page: what goes with each area's notice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from expediente.mails import Line
from expediente.pdf_page import LetterPage
from expediente.process import Process
from expediente.texts import clean_text

_LABEL_MM = 52.0
_LINE_MM = 5.4
_PAD_MM = 2.2
_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def summary_pdf(process: Process, lines: Iterable[Line], title: str, made_at: datetime = _NO_DAY) -> bytes:
    """A letter-size PDF with a label and a value a line; the same lines give the same bytes.

    title: usually the client's name. made_at: what the file says of its making; a fixed day without it.
    The caller chooses the lines: nothing of `operational_secret` (`mails.summary_paths`).
    """
    labels = process.labels
    pdf = LetterPage(labels["summary_note"].format(company=process.company.name), labels["page"], title, made_at)
    pdf.band(process.company.short_name, labels["summary_title"], title)
    pdf.ln(4)
    for line in lines:
        value = clean_text(line.value, multiline=True) or labels["none"]
        pdf.row(clean_text(line.label), value, label_mm=_LABEL_MM, line_mm=_LINE_MM, pad_mm=_PAD_MM)
    return bytes(pdf.output())
