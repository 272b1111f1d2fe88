"""The written procedures and their flowcharts as typed values: stages, boxes and arrows.

Of the dossiers: `process/process.yaml`; of receivables: `process/receivables.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from expediente.tables import keyed, typed


@dataclass(frozen=True)
class Stage:
    """A stage of a written procedure, by its letter; A to G of the dossiers are those of the company's description. details: lists of `docs_procedures`."""

    key: str
    label: str
    responsible: str
    action: str
    result: str
    checkpoint: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlowNode:
    """A box of a flowchart. lane: area or role, `areas`, or one of `Procedure.others`; stage: of `Stage`; kind: task | decision | system | end.

    accountable, consulted, informed: areas and roles of the RACI table; whoever does a step answers for it unless another is named.
    """

    key: str
    label: str
    lane: str
    stage: str
    kind: str
    accountable: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlowEdge:
    """An arrow of the flowchart. kind: main | back | link."""

    source: str
    target: str
    label: str = ""
    kind: str = "main"


@dataclass(frozen=True)
class Procedure:
    """A written procedure with its flowchart. pages: what its files in docs/ are named by, '' = that of the dossiers.

    lanes: columns in order, areas and roles or keys of `others`, which are neither and have their label here; none = those of the
    boxes and every area. new_areas_after: the box behind which areas without one appear, '' = they do not.
    """

    title: str
    subtitle: str
    stages: tuple[Stage, ...]
    nodes: tuple[FlowNode, ...]
    edges: tuple[FlowEdge, ...]
    pages: str = ""
    lanes: tuple[str, ...] = ()
    others: dict[str, str] | None = None
    new_areas_after: str = ""


def edges_of(table: list[dict[str, Any]], where: str) -> tuple[FlowEdge, ...]:
    """The arrows of a table. :raises ConfigurationError: one has not the expected shape."""
    return typed([{**edge, "source": edge["from"], "target": edge["to"]} for edge in table], tuple[FlowEdge, ...], where)


def procedure_of(table: dict[str, Any], where: str) -> Procedure:
    """A procedure with a table of its own. :raises ConfigurationError: a block has not the expected shape."""
    plain = {name: value for name, value in table.items() if name not in ("stages", "flow_nodes", "flow_edges")}
    return replace(
        typed({**plain, "stages": [], "nodes": [], "edges": []}, Procedure, where),
        stages=keyed(table["stages"], Stage, f"{where}, stages"),
        nodes=keyed(table["flow_nodes"], FlowNode, f"{where}, flow_nodes"),
        edges=edges_of(table["flow_edges"], f"{where}, flow_edges"),
    )
