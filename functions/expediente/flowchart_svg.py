"""Draws the flowchart as SVG: a column per role or area, a band per stage, arrows at right angles. Pure text, no drawing library.

All lengths are SVG units (pixels at 100 %). A box shares the row of the one before when the arrow between them runs to the right
inside one stage; otherwise it opens a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from expediente.flow_rules import FlowEdge, FlowNode, Procedure
from expediente.flowchart import ALL_AREAS, GENERATED, flow, lanes, lasting_stages
from expediente.process import Process

_LEFT, _LANE, _RIGHT, _HEAD, _ROW, _LEGEND = 176, 196, 64, 150, 118, 76
_BOX_W, _BOX_H = 164, 66
_GUTTER, _ASIDE = 18, 28
_BANDS = ("#F4F7FA", "#FFFFFF")
_LOOKS = {
    "task": ("#FFFFFF", "#12304A"),
    "system": ("#E3EFFA", "#1F6FB2"),
    "decision": ("#FFF4D6", "#B4540A"),
    "end": ("#DDF3E4", "#1E7A45"),
}
_STROKES = {"main": ("#12304A", ""), "back": ("#B4540A", "6 4"), "link": ("#1F6FB2", "2 4")}
_INK, _MUTED, _NAVY = "#17232E", "#4A5A6A", "#12304A"
_FONT = "'Segoe UI', Roboto, 'DejaVu Sans', Helvetica, Arial, sans-serif"

Point = tuple[float, float]


@dataclass(frozen=True)
class _Placed:
    """A box with its place: x, y are its middle."""

    node: FlowNode
    row: int
    lane: int
    x: float
    y: float
    width: float

    @property
    def left(self) -> Point:
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> Point:
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> Point:
        return self.x, self.y - _BOX_H / 2

    @property
    def bottom(self) -> Point:
        return self.x, self.y + _BOX_H / 2


def svg(process: Process, procedure: Procedure) -> str:
    """The whole drawing."""
    nodes, edges = flow(process, procedure)
    columns = lanes(process, procedure)
    placed = _place(process, nodes, edges, [key for key, _ in columns])
    rows = max(item.row for item in placed.values()) + 1
    width, height = _LEFT + len(columns) * _LANE + _RIGHT, _HEAD + rows * _ROW + _LEGEND
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc" font-family="{_FONT}">',
        f"<!-- {GENERATED} -->",
        f'<title id="title">{escape(procedure.title)}</title>',
        f'<desc id="desc">{escape(procedure.subtitle)}</desc>',
        _arrow_heads(),
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>',
        *_title(process, procedure),
        *_stages(procedure, placed, width),
        *_columns(process, columns, rows),
        *_lasting(process, procedure, width, rows),
        *(_edge(edge, placed) for edge in edges),
        *(_box(item) for item in placed.values()),
        *(_edge_label(edge, placed) for edge in edges if edge.label),
        *_legend(process, _HEAD + rows * _ROW + 42),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _place(process: Process, nodes: tuple[FlowNode, ...], edges: tuple[FlowEdge, ...], columns: list[str]) -> dict[str, _Placed]:
    forward = {(edge.source, edge.target) for edge in edges if edge.kind != "back"}
    area_lanes = [number for number, key in enumerate(columns) if process.has_area(key)]
    placed: dict[str, _Placed] = {}
    before: _Placed | None = None
    row = 0
    for node in nodes:
        first, last = (area_lanes[0], area_lanes[-1]) if node.lane == ALL_AREAS else (columns.index(node.lane),) * 2
        beside = (
            before is not None
            and before.lane < first
            and before.node.stage == node.stage
            and (before.node.key, node.key) in forward
        )
        row = row if beside or before is None else row + 1
        x = _LEFT + (first + last + 1) * _LANE / 2
        width = _BOX_W + (last - first) * _LANE
        before = _Placed(node, row, last, x, _HEAD + row * _ROW + _ROW / 2, width)
        placed[node.key] = before
    return placed


# --- frame ---------------------------------------------------------------------------------------------------------------------


def _arrow_heads() -> str:
    heads = "".join(
        f'<marker id="head-{kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0 L10 5 L0 10 z" fill="{color}"/></marker>'
        for kind, (color, _) in _STROKES.items()
    )
    return f"<defs>{heads}</defs>"


def _text(x: float, y: float, text: str, size: int, color: str = _INK, *, bold: bool = False, anchor: str = "middle") -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{color}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'


def _title(process: Process, procedure: Procedure) -> Iterator[str]:
    yield _text(28, 46, procedure.title, 26, _NAVY, bold=True, anchor="start")
    yield _text(28, 72, f"{process.company.short_name} · {procedure.subtitle}", 14, _MUTED, anchor="start")


def _stages(procedure: Procedure, placed: dict[str, _Placed], width: float) -> Iterator[str]:
    used = [stage for stage in procedure.stages if any(item.node.stage == stage.key for item in placed.values())]
    for number, stage in enumerate(used):
        rows = [item.row for item in placed.values() if item.node.stage == stage.key]
        top, height = _HEAD + min(rows) * _ROW, (max(rows) - min(rows) + 1) * _ROW
        yield f'<rect x="16" y="{top}" width="{width - _RIGHT - 16}" height="{height}" fill="{_BANDS[number % 2]}"/>'
        yield f'<line x1="16" y1="{top}" x2="{width - _RIGHT}" y2="{top}" stroke="#C3CED8"/>'
        yield f'<circle cx="46" cy="{top + 34}" r="16" fill="{_NAVY}"/>'
        yield _text(46, top + 39, stage.key, 15, "#FFFFFF", bold=True)
        for line_number, line in enumerate(_wrapped(stage.label, 18)):
            yield _text(30, top + 72 + 17 * line_number, line, 13, _NAVY, bold=True, anchor="start")


def _columns(process: Process, columns: tuple[tuple[str, str], ...], rows: int) -> Iterator[str]:
    colors = {area.key: area.color for area in process.areas}
    for number, (key, label) in enumerate(columns):
        x = _LEFT + number * _LANE
        yield f'<rect x="{x + 8}" y="{_HEAD - 50}" width="{_LANE - 16}" height="40" rx="8" fill="{colors.get(key) or _MUTED}"/>'
        lines = _wrapped(label, 22)
        for line_number, line in enumerate(lines):
            yield _text(x + _LANE / 2, _HEAD - 25 + 8 * (2 * line_number - len(lines) + 1), line, 13, "#FFFFFF", bold=True)
        if number:
            yield f'<line x1="{x}" y1="{_HEAD - 8}" x2="{x}" y2="{_HEAD + rows * _ROW}" stroke="#D9E1E8" stroke-dasharray="3 5"/>'


def _lasting(process: Process, procedure: Procedure, width: float, rows: int) -> Iterator[str]:
    """Stages that last the whole time stand as bars along the right side."""
    for number, stage in enumerate(lasting_stages(procedure)):
        x, height = width - _RIGHT + 14 + 40 * number, rows * _ROW
        yield f'<rect x="{x}" y="{_HEAD}" width="34" height="{height}" rx="8" fill="{_NAVY}"/>'
        said = f"{stage.key} · {stage.label}, {process.labels['flow_always']}"
        middle = _HEAD + height / 2
        yield f'<g transform="rotate(90 {x + 12} {middle:g})">{_text(x + 12, middle, said, 14, "#FFFFFF", bold=True)}</g>'


# --- boxes ---------------------------------------------------------------------------------------------------------------------


def _wrapped(text: str, limit: int) -> list[str]:
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) > limit and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def _outline(item: _Placed) -> str:
    fill, stroke = _LOOKS[item.node.kind]
    x, y, w, h = item.x - item.width / 2, item.y - _BOX_H / 2, item.width, _BOX_H
    look = f'fill="{fill}" stroke="{stroke}" stroke-width="2"'
    if item.node.kind == "decision":
        slant = 16
        corners = [(x + slant, y), (x + w - slant, y), (x + w, item.y), (x + w - slant, y + h), (x + slant, y + h), (x, item.y)]
        return f'<polygon points="{" ".join(f"{a:g},{b:g}" for a, b in corners)}" {look}/>'
    radius = h / 2 if item.node.kind == "end" else 9
    return f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h}" rx="{radius:g}" {look}/>'


def _box(item: _Placed) -> str:
    lines = _wrapped(item.node.label, 20 if item.width == _BOX_W else 60)
    start = item.y + 5 - 8.5 * (len(lines) - 1)
    said = [_text(item.x, start + 17 * number, line, 13) for number, line in enumerate(lines)]
    badge = []
    if len(item.node.key) == 1:
        x, y = item.x - item.width / 2 + 2, item.y - _BOX_H / 2 + 2
        color = _LOOKS[item.node.kind][1]
        badge = [
            f'<circle cx="{x:g}" cy="{y:g}" r="13" fill="{color}" stroke="#FFFFFF" stroke-width="2"/>',
            _text(x, y + 5, item.node.key, 13, "#FFFFFF", bold=True),
        ]
    return f'<g id="node-{escape(item.node.key)}">{_outline(item)}{"".join(said)}{"".join(badge)}</g>'


# --- arrows --------------------------------------------------------------------------------------------------------------------


def _edge(edge: FlowEdge, placed: dict[str, _Placed]) -> str:
    color, dash = _STROKES[edge.kind]
    points = " ".join(f"{x:g},{y:g}" for x, y in _route(edge, placed[edge.source], placed[edge.target]))
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2" stroke-linejoin="round"{dashes} '
        f'marker-end="url(#head-{edge.kind})"/>'
    )


def _route(edge: FlowEdge, source: _Placed, target: _Placed) -> list[Point]:
    """Corners of an arrow, from the edge of one box to the edge of the other."""
    if edge.kind == "back":
        return _route_back(source, target)
    if source.row == target.row:
        return [source.right, target.left]
    if source.x == target.x:
        return [source.bottom, target.top]
    if target.x > source.x:
        return [source.right, (target.x, source.y), target.top]
    if target.row - source.row > 1:
        rail = target.left[0] - 10
        return [source.left, (rail, source.y), (rail, target.y), target.left]
    gutter, enter = target.top[1] - _GUTTER, target.x + (_ASIDE if target.lane else 0)
    return [source.bottom, (source.x, gutter), (enter, gutter), (enter, target.top[1])]


def _route_back(source: _Placed, target: _Placed) -> list[Point]:
    """Up to an earlier box: sideways to below it when it stands to the side of a control, else up and into its side."""
    if source.node.kind == "decision":
        # From the left a way down begins in its middle.
        aside = _ASIDE if target.x > source.x else 0
        enter = target.x + aside if target.width == _BOX_W else target.left[0] + _BOX_W / 2
        start = source.left if enter < source.x else source.right
        return [start, (enter, source.y), (enter, target.bottom[1])]
    return [source.top, (source.x, target.y), target.right if target.x < source.x else target.left]


def _edge_label(edge: FlowEdge, placed: dict[str, _Placed]) -> str:
    """Beside the first stretch of the arrow, with a white halo so that lines behind do not disturb."""
    points = _route(edge, placed[edge.source], placed[edge.target])
    (x1, y1), (x2, y2) = points[0], points[1]
    color = _STROKES[edge.kind][0]
    halo = 'paint-order="stroke" stroke="#FFFFFF" stroke-width="5" stroke-linejoin="round"'
    if x1 == x2:
        lines = _wrapped(edge.label, 18)
        beside, anchor = (-9, "end") if edge.kind == "link" else (9, "start")
        x, y = x1 + beside, (y1 + y2) / 2 - 7 * (len(lines) - 1) + 4
    else:
        lines = _wrapped(edge.label, 14)
        x, y, anchor = (x1 + x2) / 2, y1 + 17, "middle"
    said = "".join(f'<tspan x="{x:g}" dy="{15 if number else 0}">{escape(line)}</tspan>' for number, line in enumerate(lines))
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="12" font-weight="600" fill="{color}" text-anchor="{anchor}" {halo}>{said}</text>'
    )


def _legend(process: Process, y: float) -> Iterator[str]:
    x = 30.0
    for kind, (fill, stroke) in _LOOKS.items():
        label = process.labels[f"legend_{kind}"]
        yield f'<rect x="{x:g}" y="{y - 11:g}" width="26" height="16" rx="4" fill="{fill}" stroke="{stroke}" stroke-width="2"/>'
        yield _text(x + 34, y + 2, label, 12, _INK, anchor="start")
        x += 62 + 7 * len(label)
    for kind, (color, dash) in _STROKES.items():
        label = process.labels[f"legend_{kind}"]
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        look = f'stroke="{color}" stroke-width="2"{dashes} marker-end="url(#head-{kind})"'
        yield f'<line x1="{x:g}" y1="{y - 3:g}" x2="{x + 34:g}" y2="{y - 3:g}" {look}/>'
        yield _text(x + 44, y + 2, label, 12, _INK, anchor="start")
        x += 74 + 7 * len(label)
