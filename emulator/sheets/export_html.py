"""A spreadsheet as a zip of web pages, one for every visible sheet, with their style sheet beside them."""

from __future__ import annotations

import io
import zipfile
from html import escape
from typing import Any

from emulator.drive.model import File
from emulator.kernel import World
from emulator.sheets.a1 import column_letters
from emulator.sheets.values import rendered

Json = dict[str, Any]
_CSS = (
    "table.waffle { border-collapse: collapse; font: 10pt Arial, sans-serif; }\n"
    "table.waffle td, table.waffle th { border: 1px solid #e2e3e3; padding: 2px 3px; }\n"
    "table.waffle th { background: #f8f9fa; font-weight: normal; text-align: center; }\n"
)


def to_zip(world: World, file: File) -> bytes:
    """Pages of the texts as shown; merged cells span, colours and alignment are written into each cell."""
    out = io.BytesIO()
    moment = world.clock.now().timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, text: str) -> None:
            archive.writestr(zipfile.ZipInfo(name, moment), text)

        for sheet in rendered(world, file.id)["sheets"]:
            if not sheet["hidden"]:
                add(f"{sheet['title'].replace('/', '_')}.html", _page(sheet))
        add("resources/sheet.css", _CSS)
    return out.getvalue()


def _page(sheet: Json) -> str:
    columns = [c for c in range(len(sheet["column_widths"])) if c not in sheet["hidden_columns"]]
    covered, spans = _merges(sheet)
    head = "".join(f'<th style="width:{sheet["column_widths"][c]}px">{column_letters(c)}</th>' for c in columns)
    lines = []
    for index, cells in enumerate(sheet["rows"]):
        if index in sheet["hidden_rows"]:
            continue
        shown = [_cell(cells[c], spans.get((index, c), "")) for c in columns if (index, c) not in covered]
        lines.append(f"<tr><th>{index + 1}</th>{''.join(shown)}</tr>")
    title = escape(sheet["title"])
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>'
        '<link rel="stylesheet" href="resources/sheet.css"></head><body>'
        f'<table class="waffle"><thead><tr><th></th>{head}</tr></thead><tbody>\n'
        + "\n".join(lines)
        + "\n</tbody></table></body></html>"
    )


def _merges(sheet: Json) -> tuple[set[tuple[int, int]], dict[tuple[int, int], str]]:
    """The cells that a merge hides, and the span attributes of the first cell of each."""
    covered: set[tuple[int, int]] = set()
    spans: dict[tuple[int, int], str] = {}
    for merge in sheet["merges"]:
        first = (merge["row"], merge["column"])
        spans[first] = f' rowspan="{merge["rows"]}" colspan="{merge["columns"]}"'
        covered |= {(first[0] + r, first[1] + c) for r in range(merge["rows"]) for c in range(merge["columns"])} - {first}
    return covered, spans


def _cell(cell: Json, span: str) -> str:
    rules = {
        "background-color": cell["background"],
        "color": cell["color"],
        "font-weight": "bold" if cell["bold"] else None,
        "font-style": "italic" if cell["italic"] else None,
        "text-align": str(cell["align"]).lower(),
    }
    style = ";".join(f"{name}:{value}" for name, value in rules.items() if value)
    text = escape(cell["text"]).replace("\n", "<br>")
    return f'<td{span} style="{style}">{text}</td>'
