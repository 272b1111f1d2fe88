"""The written procedure and its flowchart as typed values: stages, boxes and arrows of `process/process.yaml`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """A stage of the written procedure, letters A to G of the company's description. details: lists of `docs_procedures`."""

    key: str
    label: str
    responsible: str
    action: str
    result: str
    checkpoint: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlowNode:
    """A box of the flowchart. lane: area or role, or `areas`; stage: of `Stage`; kind: task | decision | system | end.

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
