"""The charts that lie over a tab's cells, from their specification to the shapes of a small drawing: bars, columns and lines.

Other kinds are named and not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulator.desk.grid import HEAD_HEIGHT, HEAD_WIDTH
from emulator.kernel import Json
from emulator.sheets.colours import hex_of
from emulator.sheets.model import Sheet

_COLOURS = ("#4285f4", "#ea4335", "#fbbc04", "#34a853")
_LETTER = 6.4
_TITLE, _LEGEND, _EDGE = 42, 26, 16
# Two lines of a name.
_NAMES_BELOW = 40
# How much of a category's room its bars fill.
_FILLED = 0.66
_INK, _SOFT, _RULE = "#202124", "#5f6368", "#dadce0"
_DRAWN = ("BAR", "COLUMN", "LINE")


@dataclass(frozen=True)
class _Plot:
    """Where the bars go and how long the greatest is."""

    left: float
    top: float
    width: float
    height: float
    most: float


def over(view: Json, tab: Json, sheet: Sheet) -> list[Json]:
    """The charts of a tab, each with its place over the drawn grid. view: the book as rendered; tab: one of its sheets."""
    return [_framed(view, tab, chart) for chart in sheet.charts if "overlayPosition" in chart.get("position", {})]


def _framed(view: Json, tab: Json, chart: Json) -> Json:
    place, spec = chart["position"]["overlayPosition"], chart["spec"]
    anchor, width, height = place["anchorCell"], int(place["widthPixels"]), int(place["heightPixels"])
    basic = spec.get("basicChart", {})
    kind = basic.get("chartType", "") if basic.get("chartType") in _DRAWN else ""
    shapes, told = _shapes(view, basic, kind, width, height) if kind else ([], "")
    return {
        "left": HEAD_WIDTH
        + _before(tab["column_widths"], tab["hidden_columns"], anchor["columnIndex"], 100)
        + _offset(place, "X"),
        "top": HEAD_HEIGHT + _before(tab["row_heights"], tab["hidden_rows"], anchor["rowIndex"], 21) + _offset(place, "Y"),
        "width": width,
        "height": height,
        "title": str(spec.get("title", "")),
        "told": told,
        "is_drawn": bool(kind),
        "shapes": shapes,
    }


def _offset(place: Json, axis: str) -> int:
    return int(place.get(f"offset{axis}Pixels", 0))


def _before(sizes: Sequence[int], hidden: Sequence[int], index: int, usual: int) -> int:
    """Pixels before a row or column; what lies behind the drawn ones has the usual size."""
    shown = sum(size for number, size in enumerate(sizes[:index]) if number not in hidden)
    return shown + usual * max(0, index - len(sizes))


# --- values --------------------------------------------------------------------------------------------------------------------


def _cells(view: Json, source: Json) -> list[Json]:
    """The cells of a chart's source, from top to bottom; empty ones where nothing stands."""
    found: list[Json] = []
    for block in source.get("sourceRange", {}).get("sources", []):
        tab = next((one for one in view["sheets"] if one["sheet_id"] == block.get("sheetId", 0)), None)
        if tab is None:
            continue
        rows, c = tab["rows"], int(block.get("startColumnIndex", 0))
        span = range(int(block.get("startRowIndex", 0)), int(block.get("endRowIndex", len(rows))))
        found += [rows[r][c] if r < len(rows) and c < len(rows[r]) else {"text": "", "value": None} for r in span]
    return found


def _padded(cells: list[Json], count: int) -> list[Json]:
    """As many cells as there are names; empty ones where a series is shorter."""
    return cells + [{"text": "", "value": None} for _ in range(count - len(cells))]


def _number(cell: Json) -> float:
    value = cell["value"]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _shapes(view: Json, basic: Json, kind: str, width: int, height: int) -> tuple[list[Json], str]:
    """The drawing, and the same in words."""
    heads = int(basic.get("headerCount", 0))
    domain: Json = next((one["domain"] for one in basic.get("domains", [])), {})
    names = [cell["text"] for cell in _cells(view, domain)[heads:]]
    series = []
    for number, one in enumerate(basic.get("series", [])):
        cells = _cells(view, one["series"])
        colour = hex_of(one.get("colorStyle") or one.get("color")) or _COLOURS[number % len(_COLOURS)]
        series.append(("".join(cell["text"] for cell in cells[:heads]), colour, _padded(cells[heads:], len(names))))
    if not series:
        return [], ""
    most = max((_number(cell) for _, _, cells in series for cell in cells), default=0.0)
    legend = _LEGEND if len(series) > 1 else 0
    shown = _plot(names, kind, (width, height - legend), most)
    draw = {"BAR": _bars, "COLUMN": _columns, "LINE": _lines}[kind]
    shapes = [*draw(shown, names, series), *(_legend(series, width, height) if legend else ())]
    told = "; ".join(
        f"{name}: {', '.join(cells[n]['text'] or '0' for _, _, cells in series if n < len(cells))}"
        for n, name in enumerate(names)
    )
    return shapes, told


def _plot(names: Sequence[str], kind: str, size: tuple[int, int], most: float) -> _Plot:
    width, height = size
    top = float(_TITLE)
    if kind == "BAR":
        left = min(width * 0.42, max((len(name) for name in names), default=0) * _LETTER + _EDGE + 8)
        return _Plot(left, top, width - left - 48, height - top - _EDGE, most or 1.0)
    # Over each column stands its value.
    return _Plot(_EDGE, top + 14, width - 2 * _EDGE, height - top - 14 - _NAMES_BELOW, most or 1.0)


# --- shapes --------------------------------------------------------------------------------------------------------------------

Series = Sequence[tuple[str, str, list[Json]]]


def _bars(plot: _Plot, names: Sequence[str], series: Series) -> Iterator[Json]:
    room = plot.height / max(1, len(names))
    thick = room * _FILLED / len(series)
    yield _rule(plot.left, plot.top, plot.left, plot.top + plot.height)
    for n, name in enumerate(names):
        middle = plot.top + room * (n + 0.5)
        yield _text(plot.left - 8, middle, _cut(name, plot.left - _EDGE), "end")
        for s, (_, colour, cells) in enumerate(series):
            cell, y = cells[n], middle - thick * len(series) / 2 + thick * s
            long = plot.width * _number(cell) / plot.most
            yield _block(plot.left, y, long, thick - 1, colour)
            yield _text(plot.left + long + 6, y + thick / 2, cell["text"], "start", _SOFT)


def _columns(plot: _Plot, names: Sequence[str], series: Series) -> Iterator[Json]:
    room, floor = plot.width / max(1, len(names)), plot.top + plot.height
    thick = room * _FILLED / len(series)
    yield _rule(plot.left, floor, plot.left + plot.width, floor)
    for n, name in enumerate(names):
        middle = plot.left + room * (n + 0.5)
        yield from _below(middle, floor, name, room)
        for s, (_, colour, cells) in enumerate(series):
            cell, x = cells[n], middle - thick * len(series) / 2 + thick * s
            tall = plot.height * _number(cell) / plot.most
            yield _block(x, floor - tall, thick - 1, tall, colour)
            yield _text(x + thick / 2, floor - tall - 8, cell["text"], "middle", _SOFT)


def _lines(plot: _Plot, names: Sequence[str], series: Series) -> Iterator[Json]:
    room, floor = plot.width / max(1, len(names)), plot.top + plot.height
    yield _rule(plot.left, floor, plot.left + plot.width, floor)
    for n, name in enumerate(names):
        yield from _below(plot.left + room * (n + 0.5), floor, name, room)
    for _, colour, cells in series:
        points = [(plot.left + room * (n + 0.5), floor - plot.height * _number(cell) / plot.most) for n, cell in enumerate(cells)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield {"is": "path", "points": path, "fill": colour}
        for (x, y), cell in zip(points, cells, strict=True):
            yield _text(x, y - 9, cell["text"], "middle", _SOFT)


def _legend(series: Series, width: int, height: int) -> Iterator[Json]:
    x = width / 2 - sum(len(name) * _LETTER + 32 for name, _, _ in series) / 2
    for name, colour, _ in series:
        yield _block(x, height - 21, 10, 10, colour)
        yield _text(x + 15, height - 16, name, "start")
        x += len(name) * _LETTER + 32


def _below(x: float, floor: float, name: str, room: float) -> Iterator[Json]:
    """A name under its place, on two lines where it is long."""
    first, rest = name, ""
    while len(first) * _LETTER > room and " " in first:
        first, _, word = first.rpartition(" ")
        rest = f"{word} {rest}".strip()
    yield _text(x, floor + 13, _cut(first, room), "middle")
    if rest:
        yield _text(x, floor + 28, _cut(rest, room), "middle")


def _cut(text: str, room: float) -> str:
    most = max(1, int(room / _LETTER))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _block(x: float, y: float, width: float, height: float, colour: str) -> Json:
    return {
        "is": "block",
        "x": f"{x:.1f}",
        "y": f"{y:.1f}",
        "w": f"{max(width, 0):.1f}",
        "h": f"{max(height, 0):.1f}",
        "fill": colour,
    }


def _rule(x1: float, y1: float, x2: float, y2: float) -> Json:
    return {"is": "rule", "x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}", "fill": _RULE}


def _text(x: float, y: float, text: str, anchor: str, colour: str = _INK) -> Json:
    return {"is": "text", "x": f"{x:.1f}", "y": f"{y:.1f}", "text": text, "anchor": anchor, "fill": colour}
