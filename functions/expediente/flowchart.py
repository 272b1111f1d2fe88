"""The flowchart as data: boxes and arrows of process.yaml with areas that have no box yet, and the same as Mermaid source."""

from __future__ import annotations

from dataclasses import replace

from expediente.flow_rules import FlowEdge, FlowNode, Stage
from expediente.process import Process

GENERATED = "Se genera con `expediente docs build`; no se edita a mano."
ALL_AREAS = "areas"
_SHAPES = {"task": ("[", "]"), "system": ("[[", "]]"), "decision": ("{", "}"), "end": ("([", "])")}
_CLASSES = {
    "task": "fill:#FFFFFF,stroke:#12304A,color:#17232E",
    "system": "fill:#E3EFFA,stroke:#1F6FB2,color:#17232E",
    "decision": "fill:#FFF4D6,stroke:#B4540A,color:#17232E",
    "end": "fill:#DDF3E4,stroke:#1E7A45,color:#17232E",
}


def flow(process: Process) -> tuple[tuple[FlowNode, ...], tuple[FlowEdge, ...]]:
    """Boxes in order and arrows; each area without a box gets one behind `new_areas_after`."""
    nodes, edges = list(process.flow_nodes), list(process.flow_edges)
    drawn = {node.lane for node in nodes}
    last = process.new_areas_after
    for area in process.areas:
        if area.key not in drawn:
            position = next(number for number, node in enumerate(nodes) if node.key == last)
            label = process.labels["flow_new_area"].format(area=area.label)
            node = FlowNode(f"area_{area.key}", label, area.key, nodes[position].stage, "task")
            nodes.insert(position + 1, node)
            edges = [*(_behind(edge, last, node.key) for edge in edges), FlowEdge(last, node.key)]
            last = node.key
    return tuple(nodes), tuple(edges)


def _behind(edge: FlowEdge, last: str, new: str) -> FlowEdge:
    return replace(edge, source=new) if edge.source == last and edge.kind == "main" else edge


def lanes(process: Process) -> tuple[tuple[str, str], ...]:
    """Key and label of each column: roles as they appear, then every area in the order of the control sheet."""
    roles = {role.key: role.label for role in process.roles}
    named = dict.fromkeys(node.lane for node in process.flow_nodes if node.lane in roles)
    return (*((key, roles[key]) for key in named), *((area.key, area.label) for area in process.areas))


def lasting_stages(process: Process) -> tuple[Stage, ...]:
    """Stages without a box: they last the whole time."""
    used = {node.stage for node in process.flow_nodes}
    return tuple(stage for stage in process.stages if stage.key not in used)


def mermaid(process: Process) -> str:
    """The flowchart as Mermaid source: boxes by stage, in order, then the arrows."""
    nodes, edges = flow(process)
    lines = [f"%% {GENERATED}", "flowchart TD"]
    for stage in process.stages:
        inside = [node for node in nodes if node.stage == stage.key]
        if inside:
            lines.append(f'    subgraph stage_{stage.key}["{_quoted(f"{stage.key} · {stage.label}")}"]')
            lines += [f"        {_box(node)}" for node in inside]
            lines.append("    end")
    for stage in lasting_stages(process):
        lines.append(f'    stage_{stage.key}["{_quoted(f"{stage.key} · {stage.label}")}<br>{process.labels["flow_always"]}"]')
    lines += [f"    {_arrow(edge)}" for edge in edges]
    for kind, look in _CLASSES.items():  # with a prefix: `end` is a word of Mermaid's own
        lines.append(f"    classDef is_{kind} {look}")
        lines += [f"    class {node.key} is_{kind}" for node in nodes if node.kind == kind]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace('"', "#quot;")


def _box(node: FlowNode) -> str:
    before, behind = _SHAPES[node.kind]
    return f'{node.key}{before}"{_quoted(node.label)}"{behind}'


def _arrow(edge: FlowEdge) -> str:
    line = "-->" if edge.kind == "main" else "-.->"
    said = f'|"{_quoted(edge.label)}"|' if edge.label else ""
    return f"{edge.source} {line}{said} {edge.target}"
