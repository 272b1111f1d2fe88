"""The answer to a file of Cartera: the same rows with what became of each, beside the others in `Cartera/Revisado`, and one mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from expediente import codec, xlsx
from expediente.deadlines import local_day
from expediente.google.clients import folder_link
from expediente.ledger_file_data import FileState, LedgerFile
from expediente.ledger_rows import Row, Source
from expediente.ledger_template import LedgerTemplate
from expediente.ledger_values import shown
from expediente.mails import Line, MailContext, one_line, outgoing
from expediente.store import Create
from expediente.xlsx_reading import Odd, Value

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.ledger_files import Desk
    from expediente.model import OutgoingMail

MAIL = "archivo_de_cartera"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RESULT_WIDTH, _WIDTH = 60, 18
_MOST_NAME = 100
# Of the name of a sheet, with room for a number.
_MOST_SHEET = 26
_MARK = "expediente"


def finish(desk: Desk, template: LedgerTemplate, source: Source | None) -> None:
    """Store the answer, put the file away, tell Cartera; each of it once. source: None when nothing could be read."""
    app, file = desk.app, desk.file
    if source is not None and file.batches:
        name = template.answer_name.format(name=one_line(file.name.rpartition(".")[0], _MOST_NAME))
        made = workbook(template, source, _results(app, file))
        marks = {_MARK: f"answer:{file.answer_id}"}
        app.google.drive.upload(file.answer_id, name, app.site.ledger["answered"], XLSX, made, marks)
    desk.put_away()
    mail = mail_of(app, template, file)
    desk.save(
        Create("outbox", mail.mail_id, codec.to_data(mail)), state=FileState.DONE, next_look_at=None, ended_at=app.clock.now()
    )
    app.publish_mail(mail.sender)


def _results(app: App, file: LedgerFile) -> Iterator[str]:
    from expediente.ledger_files import results_of  # it calls this module

    return results_of(app, file)


def workbook(template: LedgerTemplate, source: Source, results: Iterable[str]) -> bytes:
    """The rows as they came, the result in the first column. results: a text a row, in the order of the rows.

    Sheet after sheet is written while the source is read, so that a long file is never in memory as a whole.
    """
    lines = _Lines(zip(source.rows(), results, strict=False))
    sheets = []
    for place, sheet in enumerate(source.sheets):
        columns = [(template.result, _RESULT_WIDTH), *((text, _WIDTH) for text in sheet.heading)]
        earlier = sum(one.tab == sheet.tab for one in source.sheets[:place])
        name = template.tabs[sheet.tab].tab
        sheets.append(xlsx.Sheet(f"{name[:_MOST_SHEET]} ({earlier + 1})" if earlier else name, columns, lines.of(place)))
    return xlsx.book(sheets)


class _Lines:
    """Rows with their results, handed out sheet by sheet in the order in which they come."""

    def __init__(self, told: Iterator[tuple[Row, str]]) -> None:
        self._told = told
        self._next = next(told, None)

    def of(self, place: int) -> Iterator[Sequence[xlsx.Cell]]:
        """The lines of one sheet."""
        while self._next is not None and self._next[0].sheet == place:
            row, result = self._next
            yield [result, *map(_cell, row.cells)]
            self._next = next(self._told, None)


def _cell(value: Value) -> xlsx.Cell:
    return shown(value) if isinstance(value, Odd) else value


def mail_of(app: App, template: LedgerTemplate, file: LedgerFile) -> OutgoingMail:
    """What Cartera is told of a file: what became of its rows, and what of it was not taken."""
    process = app.process
    counts = tuple(Line(label, f"{file.counts[key]:,}") for key, label in template.counts.items() if file.counts.get(key))
    context = MailContext(
        day=local_day(process, file.at),
        link=folder_link(app.site.ledger["answered"]) if file.batches else folder_link(app.site.ledger["incoming"]),
        form=one_line(file.name, _MOST_NAME),
        reason=template.counts["wrong"] if file.counts.get("wrong") or file.refusals else "",
        summary=counts,
        items=(*file.refusals, *file.notes),
    )
    to = process.group_of(process.mails[MAIL].to.partition(":")[2])
    key = f"ledger/{file.key}" + (f"/parked/{file.parkings}" if file.state is FileState.PARKED else "")
    return outgoing(process, MAIL, key, to, context, app.clock.now())


def template_workbook(template: LedgerTemplate) -> bytes:
    """The empty workbook that Cartera fills: a sheet for each tab, and one that explains the columns."""
    guide = template.guide
    sheets = [
        xlsx.Sheet(tab.tab, [(column.label, _WIDTH) for column in tab.columns.values()], []) for tab in template.tabs.values()
    ]
    rows = [
        [tab.tab, column.label, guide.needed if column.required else guide.optional, column.help]
        for tab in template.tabs.values()
        for column in tab.columns.values()
    ]
    return xlsx.book([*sheets, xlsx.Sheet(guide.tab, [(text, _WIDTH) for text in guide.columns], rows)])
