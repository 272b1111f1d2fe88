"""The written procedures, one page a stage, and the tables of who answers for which step: made from `process/`, never by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from expediente.case_rules import case_rules
from expediente.flow_rules import FlowNode, Procedure, Stage
from expediente.flowchart import ALL_AREAS, GENERATED, flow, label_of, lanes
from expediente.process import GrantRule, Process

FOLDER = "procedimientos"


def file_name(procedure: Procedure, plain: str) -> str:
    """The name of a file of a procedure: `raci.md` of the dossiers, `raci-cartera.md` of the one named `cartera`."""
    stem, _, end = plain.partition(".")
    return f"{stem}-{procedure.pages}.{end}" if procedure.pages else plain


def folder_of(procedure: Procedure) -> str:
    """Where its pages stand in docs/."""
    return f"{FOLDER}/{procedure.pages}" if procedure.pages else FOLDER


def procedure_pages(process: Process, procedure: Procedure) -> dict[str, str]:
    """File name -> text of the page of each stage and of their index."""
    labels, folder = process.labels, folder_of(procedure)
    pages = {f"{folder}/{stage.key.lower()}.md": _page(process, procedure, stage) for stage in procedure.stages}
    links = "".join(f"- [{stage.key}. {stage.label}]({stage.key.lower()}.md)\n" for stage in procedure.stages)
    # Of the procedures with a name of their own the page of all of them tells.
    name = f": {procedure.title}" if procedure.pages else ""
    head = f"# {labels['docs_procedures']}{name}\n\n{GENERATED}\n\n"
    up = "../" * (folder.count("/") + 1)
    table, chart = file_name(procedure, "raci.md"), file_name(procedure, "flujograma.svg")
    others = "" if procedure.pages else f", [{process.receivables.title}]({process.receivables.pages}/README.md)"
    tail = f"\n{labels['docs_see_also']}: [RACI]({up}{table}), [{procedure.title}]({up}{chart}){others}.\n"
    return {f"{folder}/README.md": head + links + tail, **pages}


def _page(process: Process, procedure: Procedure, stage: Stage) -> str:
    labels = process.labels
    said = (
        ("docs_responsible", stage.responsible),
        ("docs_action", stage.action),
        ("docs_result", stage.result),
        ("docs_checkpoint", stage.checkpoint),
    )
    lines = [f"# {stage.key}. {stage.label}", "", GENERATED, "", "| | |", "|---|---|"]
    lines += [f"| **{labels[key]}** | {_cell(text)} |" for key, text in said]
    lines += list(_steps(process, procedure, stage))
    for name in stage.details:
        lines += ["", *DETAILS[name](process)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _steps(process: Process, procedure: Procedure, stage: Stage) -> Iterator[str]:
    nodes = [node for node in flow(process, procedure)[0] if node.stage == stage.key]
    if not nodes:
        return
    labels = process.labels
    yield from ("", f"## {labels['docs_steps']}", "")
    yield from _table(labels["docs_step"], labels["docs_who"], labels["docs_kind"])
    for node in nodes:
        yield f"| {_cell(node.label)} | {label_of(process, procedure, node.lane)} | {labels[f'legend_{node.kind}']} |"


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


def _cases(process: Process) -> Iterator[str]:
    """What a client may ask for that a person settles, who does, until when, and how many must sign."""
    labels = process.labels
    yield from (f"## {labels['docs_cases']}", "")
    yield from _table(labels["docs_case"], labels["docs_who"], labels["docs_case_due"], labels["docs_case_signatures"])
    for kind in case_rules(process.folder).kinds.values():
        due = process.deadlines[kind.deadline].due_after_working_hours
        yield f"| {_cell(kind.label)} | {process.label_of(kind.role)} | {due} | {kind.signatures} |"


DETAILS: dict[str, Callable[[Process], Iterator[str]]] = {
    "papers": _papers,
    "duties": _duties,
    "marks": _marks,
    "access": _access,
    "cases": _cases,
}


# --- RACI ----------------------------------------------------------------------------------------------------------------------


def raci_page(process: Process, procedure: Procedure) -> str:
    """Areas and roles by steps: R does it, A answers for it, C is asked, I is told."""
    labels, columns = process.labels, _columns(process, procedure)
    name = f": {procedure.title}" if procedure.pages else ""
    lines = [f"# {labels['docs_raci']}{name}", "", GENERATED, "", labels["docs_raci_key"], ""]
    lines += list(_table(labels["docs_step"], *(label for _, label in columns)))
    for stage in procedure.stages:
        nodes = [node for node in flow(process, procedure)[0] if node.stage == stage.key]
        lines += [f"| **{stage.key}. {stage.label}** |" + " |" * len(columns)] if nodes else []
        for node in nodes:
            cells = (" / ".join(raci_of(process, node, key)) for key, _ in columns)
            lines.append(f"| {_cell(node.label)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _columns(process: Process, procedure: Procedure) -> list[tuple[str, str]]:
    """The columns of the flowchart, then areas and roles that only the RACI table names."""
    drawn = list(lanes(process, procedure))
    keys = {key for key, _ in drawn}
    named = {key for node in procedure.nodes for key in (*node.accountable, *node.consulted, *node.informed)}
    return drawn + [(role.key, role.label) for role in (*process.areas, *process.roles) if role.key in named - keys]


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
