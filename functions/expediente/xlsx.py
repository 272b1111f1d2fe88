"""A table as a file that Excel opens: a bold heading that stays in sight, texts as texts, whole numbers and days as such.

Written by hand, because nothing more is needed and no library has to be deployed for it. Texts are inline strings: what a form
says can never become a formula. Source: ECMA-376, SpreadsheetML.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from xml.sax.saxutils import escape

from expediente.sheet_requests import letter

Cell = str | int | Decimal | date | None

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT, _BOLD, _DAY = 0, 1, 2


@dataclass(frozen=True)
class Sheet:
    """A tab. columns: (heading, width in characters); rows: read once, one after the other."""

    name: str
    columns: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[Cell]]


def table(name: str, columns: Sequence[tuple[str, int]], rows: Sequence[Sequence[Cell]]) -> bytes:
    """The file with one tab. name: of it; columns: (heading, width in characters)."""
    return book([Sheet(name, columns, rows)])


def book(sheets: Sequence[Sheet]) -> bytes:
    """The file with those tabs. Rows are written as they come, so a long table needs no memory but for its packed form."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for path, content in _parts([sheet.name for sheet in sheets]).items():
            package.writestr(path, content)
        for number, sheet in enumerate(sheets, 1):
            with package.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                for piece in _sheet(sheet):
                    part.write(piece.encode())
    return held.getvalue()


def _sheet(sheet: Sheet) -> Iterator[str]:
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, (_, width) in enumerate(sheet.columns, 1)
    )
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    yield f"<cols>{widths}</cols><sheetData>{_row(1, [label for label, _ in sheet.columns], _BOLD)}"
    for number, row in enumerate(sheet.rows, 2):
        yield _row(number, row, _TEXT)
    yield "</sheetData></worksheet>"


def _row(number: int, cells: Sequence[Cell], style: int) -> str:
    said = "".join(_cell(f"{letter(n)}{number}", cell, style) for n, cell in enumerate(cells) if cell not in ("", None))
    return f'<row r="{number}">{said}</row>'


def _cell(place: str, value: Cell, style: int) -> str:
    if isinstance(value, date):
        return f'<c r="{place}" s="{_DAY}"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | Decimal):
        return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
    text = escape(_FORBIDDEN.sub("", str(value)))
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _parts(names: Sequence[str]) -> dict[str, str]:
    """Everything of the package but the sheets themselves."""
    numbered = [(n, escape(name[:31], {'"': "&quot;"})) for n, name in enumerate(names, 1)]
    titles = "".join(f'<sheet name="{title}" sheetId="{n}" r:id="r{n}"/>' for n, title in numbered)
    overrides = {"/xl/workbook.xml": f"{_TYPES}.sheet.main+xml", "/xl/styles.xml": f"{_TYPES}.styles+xml"}
    overrides |= {f"/xl/worksheets/sheet{n}.xml": f"{_TYPES}.worksheet+xml" for n, _ in numbered}
    targets = "".join(f'<Relationship Id="r{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered)
    types = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides.items())
    relations = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    defaults = relations + '<Default Extension="xml" ContentType="application/xml"/>'
    fonts = '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    fills = '<fills count="2"><fill><patternFill/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    borders = '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    looks = '<xf/><xf fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
    normal = '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    formats = '<numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">{defaults}{types}</Types>',
        "_rels/.rels": _relations(f'<Relationship Id="r1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/>'),
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{titles}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            f'{targets}<Relationship Id="styles" Type="{_REL}/styles" Target="styles.xml"/>'
        ),
        "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}">{formats}{fonts}{fills}{borders}'
        f'<cellXfs count="3">{looks}</cellXfs>{normal}</styleSheet>',
    }


def _relations(inside: str) -> str:
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'
