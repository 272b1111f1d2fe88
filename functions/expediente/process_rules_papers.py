"""The rules that tie `documents.yaml` to the other tables; part of `process_rules.check_rules`."""

from __future__ import annotations

from collections.abc import Iterator

from expediente.ending_rules import unwaivable
from expediente.findings import Finding, unknown
from expediente.process import DocumentRule, Process

# Conditions that the code knows (`papers.ONLY_IF`).
PAPER_CONDITIONS = ("politically_exposed", "has_business_notice")
# What papers can be checked for (`paper_checks.CHECKS`): name -> the value that must be captured, and whose papers it is about.
PERSONAL = ("representative", "shareholder_person", "shareholder_company")
PAPER_CHECKS = {
    "number_begins_with_ruc": ("number", ("client",)),
    "number_is_folio": ("number", ("client",)),
    "number_is_identity": ("number", PERSONAL),
    "holder_is_person": ("holder", PERSONAL),
}


def check_papers(process: Process) -> Iterator[Finding]:
    """Everything in `documents.yaml` that names what no other table knows, or that could never hold."""
    roles = tuple(item.key for item in (*process.areas, *process.roles))
    folders = [folder.key for folder in process.access.folders]
    for rule in process.documents:
        yield from unknown("documents.yaml", f"{rule.key}, kinds", rule.kinds, process.kinds_of_person, "un tipo de persona")
        yield from unknown("documents.yaml", f"{rule.key}, given_by", [rule.given_by], roles, "un área o rol")
        yield from unknown("documents.yaml", f"{rule.key}, place", [rule.place], folders, "una carpeta")
        if rule.only_if:
            yield from unknown("documents.yaml", f"{rule.key}, only_if", [rule.only_if], PAPER_CONDITIONS, "una condición")
        if rule.max_age_days is not None and not rule.has_issue_date:
            yield Finding(
                "documents.yaml",
                rule.key,
                "max_age_days",
                "la antigüedad pide la fecha de emisión",
                "Agregue has_issue_date: true.",
            )
        yield from _paper_checks(rule)
        yield from (Finding("documents.yaml", key, "waivable", found, remedy) for key, found, remedy in unwaivable((rule,)))
        yield from _secrecy(process, rule.key, rule.place, internal=rule.internal)


def _paper_checks(rule: DocumentRule) -> Iterator[Finding]:
    yield from unknown("documents.yaml", f"{rule.key}, checks", rule.checks, PAPER_CHECKS, "una revisión")
    for name in rule.checks:
        value, about = PAPER_CHECKS.get(name, ("", ()))
        if value and not getattr(rule, value):
            remedy = f"Agregue {value} a este papel."
            yield Finding("documents.yaml", f"{rule.key}, checks", name, "la revisión pide un dato que nadie escribe", remedy)
        if value and rule.per not in about:
            remedy = f"Use per: {' o '.join(about)}, o quite la revisión."
            yield Finding("documents.yaml", f"{rule.key}, checks", name, "esa revisión no es de este papel", remedy)
    if rule.renew_days_before and not rule.has_expiry:
        remedy = "Agregue has_expiry: true."
        yield Finding("documents.yaml", rule.key, "renew_days_before", "la renovación pide la fecha de vencimiento", remedy)


def _secrecy(process: Process, key: str, place: str, *, internal: bool) -> Iterator[Finding]:
    """Internal papers live in the compliance drive and nothing else does: no shared folder may betray the screening."""
    drives = {folder.key: folder.drive for folder in process.access.folders}
    if place in drives and internal != (drives[place] == "compliance"):
        yield Finding(
            "documents.yaml",
            f"{key}, place",
            place,
            "lo interno va en la unidad de Cumplimiento, y solo lo interno",
            "Cambie place.",
        )
