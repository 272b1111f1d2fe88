"""The tables of service points, read from `process/service_points.yaml`: inspection and its results, classification, resources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from expediente.tables import keyed, typed


@dataclass(frozen=True)
class ResultRule:
    """A result of an inspection. passes: the point may start; stops: it is rejected until asked for again; needs: field it asks for."""

    key: str
    label: str
    passes: bool
    report: bool
    needs: str = ""
    stops: bool = False


@dataclass(frozen=True)
class InspectionRules:
    """paper: of documents.yaml, the report; shows: field paths of the visit's page."""

    paper: str
    visit_minutes: int
    shows: tuple[str, ...]
    results: tuple[ResultRule, ...] = ()

    def result(self, key: str) -> ResultRule:
        """The result of that key. :raises StopIteration: unknown key."""
        return next(rule for rule in self.results if rule.key == key)


@dataclass(frozen=True)
class Classification:
    """What kind of service a point has. special: its equipment is to be coordinated."""

    key: str
    label: str
    special: bool = False


@dataclass(frozen=True)
class AssignmentRules:
    """How a point is classified and its resources named. reference_pattern: of one reference, several are parted by commas."""

    shows: tuple[str, ...]
    reference_pattern: str
    reference_example: str
    classifications: tuple[Classification, ...] = ()

    def is_special(self, key: str) -> bool:
        """Whether a classification asks for special equipment."""
        return any(one.key == key and one.special for one in self.classifications)

    def are_references(self, text: str) -> bool:
        """Whether a text holds references alone: no name of a person and no plate passes."""
        return all(re.fullmatch(self.reference_pattern, part.strip()) for part in text.split(","))


@dataclass(frozen=True)
class PointRules:
    """All of `service_points.yaml`. protocol_place: folder of access.yaml where the protocol of processing is kept."""

    inspection: InspectionRules
    assignment: AssignmentRules
    protocol_place: str


def rules_of(table: Mapping[str, Any]) -> PointRules:
    """The typed rules of the plain table. :raises ConfigurationError: a block has not the expected shape."""
    inspection, assignment = dict(table["inspection"]), dict(table["assignment"])
    results = keyed(inspection.pop("results"), ResultRule, "service_points.yaml, results")
    kinds = keyed(assignment.pop("classifications"), Classification, "service_points.yaml, classifications")
    seen = typed(inspection, InspectionRules, "service_points.yaml, inspection")
    given = typed(assignment, AssignmentRules, "service_points.yaml, assignment")
    return PointRules(
        InspectionRules(seen.paper, seen.visit_minutes, seen.shows, results),
        AssignmentRules(given.shows, given.reference_pattern, given.reference_example, kinds),
        str(table["protocol_place"]),
    )


def problems(
    rules: PointRules, papers: set[str], fields: set[str], asked: Mapping[str, set[str]]
) -> Iterator[tuple[str, str, str]]:
    """What is wrong: path, value, remedy. papers: keys per point; asked: act -> choices of its field of that table."""
    if rules.inspection.paper not in papers:
        yield "inspection, paper", rules.inspection.paper, "Use un papel de documents.yaml con per: point."
    for place, paths in (("inspection", rules.inspection.shows), ("assignment", rules.assignment.shows)):
        for path in paths:
            if path not in fields:
                yield f"{place}, shows", path, "Use un dato de fields en process.yaml."
    for place, keys in (
        ("results", {r.key for r in rules.inspection.results}),
        ("classifications", {c.key for c in rules.assignment.classifications}),
    ):
        if keys != asked[place]:
            yield place, ", ".join(sorted(keys ^ asked[place])), "Deje las mismas claves aquí y en las opciones de acts.yaml."
    try:
        re.compile(rules.assignment.reference_pattern)
    except re.error:
        yield "assignment, reference_pattern", rules.assignment.reference_pattern, "Escriba una expresión regular."
    else:
        if not rules.assignment.are_references(rules.assignment.reference_example):
            yield (
                "assignment, reference_example",
                rules.assignment.reference_example,
                "El ejemplo debe cumplir reference_pattern.",
            )
