"""The written procedure, one page a stage, and the table of who answers for which step: made from `process/`, never by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from expediente.flow_rules import FlowNode, Stage
from expediente.flowchart import ALL_AREAS, GENERATED, flow, lanes
from expediente.process import GrantRule, Process

FOLDER = "procedimientos"
RACI = "raci.md"


def procedure_pages(process: Process) -> dict[str, str]:
    """File name -> text of the page of each stage and of their index."""
    pages = {f"{FOLDER}/{stage.key.lower()}.md": _page(process, stage) for stage in process.stages}
    links = "".join(f"- [{stage.key}. {stage.label}]({stage.key.lower()}.md)\n" for stage in process.stages)
    head = f"# {process.labels['docs_procedures']}\n\n{GENERATED}\n\n"
    tail = f"\n{process.labels['docs_see_also']}: [RACI](../{RACI}), [{process.labels['flow_title']}](../flujograma.svg).\n"
    return {f"{FOLDER}/README.md": head + links + tail, **pages}


def _page(process: Process, stage: Stage) -> str:
    labels = process.labels
    said = (
        ("docs_responsible", stage.responsible),
        ("docs_action", stage.action),
        ("docs_result", stage.result),
        ("docs_checkpoint", stage.checkpoint),
    )
    lines = [f"# {stage.key}. {stage.label}", "", GENERATED, "", "| | |", "|---|---|"]
    lines += [f"| **{labels[key]}** | {_cell(text)} |" for key, text in said]
    lines += list(_steps(process, stage))
    for name in stage.details:
        lines += ["", *DETAILS[name](process)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _steps(process: Process, stage: Stage) -> Iterator[str]:
    nodes = [node for node in flow(process)[0] if node.stage == stage.key]
    if not nodes:
        return
    labels = process.labels
    yield from ("", f"## {labels['docs_steps']}", "")
    yield from _table(labels["docs_step"], labels["docs_who"], labels["docs_kind"])
    for node in nodes:
        yield f"| {_cell(node.label)} | {_lane(process, node.lane)} | {labels[f'legend_{node.kind}']} |"


def _lane(process: Process, lane: str) -> str:
    return process.labels["flow_all_areas"] if lane == ALL_AREAS else process.label_of(lane)


def _table(*heads: str) -> tuple[str, str]:
    return f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)


# --- details -------------------------------------------------------------------------------------------------------------------


def _papers(process: Process) -> Iterator[str]:
    """Every paper, who brings it and before which moment it is required; nothing of what stays inside Cumplimiento."""
    labels = process.labels
    yield from (f"## {labels['docs_papers']}", "")
    yield from _table(labels["paper_column"], labels["docs_brought_by"], labels["docs_needed_for"])
    shown = (rule for rule in process.documents if not rule.internal)
    yield from dict.fromkeys(
        f"| {_cell(rule.label)} | {process.label_of(rule.given_by)} | {labels[f'docs_gate_{rule.gate}']} |" for rule in shown
    )


def _duties(process: Process) -> Iterator[str]:
    """What each area is asked in its mail."""
    for area in process.areas:
        if area.duties:
            yield from (f"## {area.label}", "", *(f"- {duty}" for duty in area.duties), "")


def _marks(process: Process) -> Iterator[str]:
    """The boxes of each area, and how a person vouches for each."""
    labels = process.labels
    yield from (f"## {labels['docs_marks']}", "")
    yield from _table(labels["area_column"], labels["mark_column"], labels["docs_explains"])
    for area in process.areas:
        for mark in area.marks:
            yield f"| {area.label} | {_cell(mark.label)} | {_cell(mark.explains)} |"


def _access(process: Process) -> Iterator[str]:
    """The complete list of grants, folder by folder, then what comes from above."""
    labels = process.labels
    yield from (f"## {labels['docs_access']}", "")
    yield from _table(labels["docs_folder"], labels["docs_limited"], labels["docs_who"])
    for folder in process.access.folders:
        said = ", ".join(_grant(process, rule) for rule in folder.grants) or labels["docs_from_above"]
        yield f"| {folder.name} | {labels['yes' if folder.limited else 'no']} | {said} |"
    sheets = {"control_sheet": process.access.sheet_grants, "exchange": process.access.exchange_grants}
    for place, rules in sheets.items():
        yield f"| {labels[f'access_place_{place}']} | - | {', '.join(_grant(process, rule) for rule in rules)} |"
    yield ""
    yield from _table(labels["docs_parent"], labels["docs_who"])
    for parent in process.access.parents:
        yield f"| {parent.name} | {', '.join(_grant(process, rule) for rule in parent.grants)} |"


def _grant(process: Process, rule: GrantRule) -> str:
    labels = process.labels
    what, _, name = rule.principal.partition(":")
    if what in ("role", "area"):
        who = process.label_of(name)
    elif what == "person":
        who = labels["docs_person"]
    else:
        who = labels["flow_all_areas"] if what == "areas" else _group(process, name)
    when = labels["docs_only_while"] if rule.only_while else ""
    return f"{who} {labels[f'access_role_{rule.role.lower()}']}{when}"


def _group(process: Process, name: str) -> str:
    """The areas that a group unites, or its address."""
    areas = process.company.umbrellas.get(name, ())
    return ", ".join(process.label_of(area) for area in areas) or process.company.groups[name]


DETAILS: dict[str, Callable[[Process], Iterator[str]]] = {
    "papers": _papers,
    "duties": _duties,
    "marks": _marks,
    "access": _access,
}


# --- RACI ----------------------------------------------------------------------------------------------------------------------


def raci_page(process: Process) -> str:
    """Areas and roles by steps: R does it, A answers for it, C is asked, I is told."""
    labels, columns = process.labels, _columns(process)
    lines = [f"# {labels['docs_raci']}", "", GENERATED, "", labels["docs_raci_key"], ""]
    lines += list(_table(labels["docs_step"], *(label for _, label in columns)))
    for stage in process.stages:
        nodes = [node for node in flow(process)[0] if node.stage == stage.key]
        lines += [f"| **{stage.key}. {stage.label}** |" + " |" * len(columns)] if nodes else []
        for node in nodes:
            cells = (" / ".join(raci_of(process, node, key)) for key, _ in columns)
            lines.append(f"| {_cell(node.label)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _columns(process: Process) -> list[tuple[str, str]]:
    """The columns of the flowchart, then roles that only the RACI table names."""
    drawn = list(lanes(process))
    keys = {key for key, _ in drawn}
    named = {key for node in process.flow_nodes for key in (*node.accountable, *node.consulted, *node.informed)}
    return drawn + [(role.key, role.label) for role in process.roles if role.key in named - keys]


def raci_of(process: Process, node: FlowNode, lane: str) -> list[str]:
    """The letters of an area or role at a step. Who does a step answers for it, unless the table names another."""
    is_area = process.has_area(lane)
    does = node.lane == lane or (node.lane == ALL_AREAS and is_area)
    letters = ["R"] if does else []
    if lane in node.accountable or (does and not node.accountable):
        letters.append("A")
    for letter, named in (("C", node.consulted), ("I", node.informed)):
        # Told with all areas is told to those who do not take part in the step anyway.
        if lane in named or (ALL_AREAS in named and is_area and not letters):
            letters.append(letter)
    return letters
