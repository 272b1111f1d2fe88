"""The flowchart as data: boxes and arrows of a procedure with areas that have no box yet, and the same as Mermaid source."""

from __future__ import annotations

from dataclasses import replace

from expediente.flow_rules import FlowEdge, FlowNode, Procedure, Stage
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


def of_dossiers(process: Process) -> Procedure:
    """The procedure of the dossiers."""
    return Procedure(
        process.labels["flow_title"],
        process.labels["flow_subtitle"],
        process.stages,
        process.flow_nodes,
        process.flow_edges,
        new_areas_after=process.new_areas_after,
    )


def flow(process: Process, procedure: Procedure) -> tuple[tuple[FlowNode, ...], tuple[FlowEdge, ...]]:
    """Boxes in order and arrows; each area without a box gets one behind `new_areas_after`."""
    nodes, edges = list(procedure.nodes), list(procedure.edges)
    drawn = {node.lane for node in nodes}
    last = procedure.new_areas_after
    for area in process.areas if last else ():
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


def lanes(process: Process, procedure: Procedure) -> tuple[tuple[str, str], ...]:
    """Key and label of each column: those of the procedure, else roles as they appear, then every area in the order of its column."""
    if procedure.lanes:
        return tuple((key, label_of(process, procedure, key)) for key in procedure.lanes)
    roles = {role.key: role.label for role in process.roles}
    named = dict.fromkeys(node.lane for node in procedure.nodes if node.lane in roles)
    return (*((key, roles[key]) for key in named), *((area.key, area.label) for area in process.areas))


def label_of(process: Process, procedure: Procedure, lane: str) -> str:
    """The name of whoever does a step."""
    if lane == ALL_AREAS:
        return process.labels["flow_all_areas"]
    return (procedure.others or {}).get(lane) or process.label_of(lane)


def lasting_stages(procedure: Procedure) -> tuple[Stage, ...]:
    """Stages without a box: they last the whole time."""
    used = {node.stage for node in procedure.nodes}
    return tuple(stage for stage in procedure.stages if stage.key not in used)


def mermaid(process: Process, procedure: Procedure) -> str:
    """The flowchart as Mermaid source: boxes by stage, in order, then the arrows."""
    nodes, edges = flow(process, procedure)
    lines = [f"%% {GENERATED}", "flowchart TD"]
    for stage in procedure.stages:
        inside = [node for node in nodes if node.stage == stage.key]
        if inside:
            lines.append(f'    subgraph stage_{stage.key}["{_quoted(f"{stage.key} · {stage.label}")}"]')
            lines += [f"        {_box(node)}" for node in inside]
            lines.append("    end")
    for stage in lasting_stages(procedure):
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
