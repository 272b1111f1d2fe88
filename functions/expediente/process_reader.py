"""Reads `process/*.yaml` into the types of `process.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from expediente import process_rules
from expediente.act_rules import acts_of
from expediente.ending_rules import endings_of
from expediente.errors import ConfigurationError
from expediente.eva_rules import eva_rules_of
from expediente.flow_rules import FlowNode, Stage, edges_of, procedure_of
from expediente.help_rules import help_of
from expediente.payment_rules import payment_rules_of
from expediente.point_rules import rules_of
from expediente.portal_rules import portal_rules_of
from expediente.process import (
    Access,
    Area,
    Aspect,
    Calendar,
    Choice,
    Company,
    Condition,
    Deadline,
    DeliveryLimits,
    DocumentRule,
    DriveRule,
    FolderRule,
    FollowUp,
    GrantRule,
    LedgerFolder,
    MailRule,
    MarkRule,
    MostRequests,
    Person,
    Process,
    RequestKind,
    Role,
    StateParent,
    TaskRule,
    WeeklyReport,
)
from expediente.tables import keyed, read_table, typed

FILES = (
    "process",
    "areas",
    "documents",
    "access",
    "deadlines",
    "company",
    "acts",
    "endings",
    "service_points",
    "portal",
    "eva",
    "payments",
    "receivables",
    "portal_help",
)
_CONDITION = re.compile(r"\s*([a-z_]+)\s*\(\s*([^()]*?)\s*\)\s*")


@dataclass(frozen=True)
class _Plain:
    """The keys of process.yaml that need no rearranging."""

    fields: dict[str, str]
    labels: dict[str, str]
    history: dict[str, str]
    most_requests: MostRequests
    operational_secret: tuple[str, ...]
    neutral_review_text: str
    max_short_name: int
    allowed_mime_types: tuple[str, ...]
    delivery: DeliveryLimits
    high_exchange_amount: Decimal
    beneficial_owner_percent: Decimal
    months: tuple[str, ...]
    new_areas_after: str


def read(root: Path) -> Process:
    """The tables under `root`, checked against each other.

    :raises ConfigurationError: with every problem at once; schema errors are spelled out by `checks.check`.
    """
    try:
        process = build(root, read_tables(root))
    except ConfigurationError as error:
        raise _with_all_findings(root, error) from None
    findings = process_rules.check_rules(process)
    if findings:
        raise process_rules.as_error(findings)
    return process


def read_tables(root: Path) -> dict[str, dict[str, Any]]:
    """The plain tables by file stem, with `mails` for process/mails/mails.yaml.

    :raises ConfigurationError: see `tables.read_table`.
    """
    folder = root / "process"
    plain = {stem: read_table(folder / f"{stem}.yaml") for stem in FILES}
    return {**plain, "mails": read_table(folder / "mails" / "mails.yaml")}


def build(root: Path, tables: dict[str, dict[str, Any]]) -> Process:
    """The typed process of those plain tables, not yet checked for dangling references.

    :raises ConfigurationError: a key is missing or has the wrong type.
    """
    try:
        general, areas = tables["process"], _areas(tables["areas"])
        return Process(
            folder=root,
            company=_company(tables["company"]),
            areas=areas,
            roles=keyed(tables["areas"]["roles"], Role, "areas.yaml, roles"),
            documents=keyed(tables["documents"]["documents"], DocumentRule, "documents.yaml"),
            access=_access(tables["access"]),
            deadlines={rule.key: rule for rule in keyed(tables["deadlines"]["deadlines"], Deadline, "deadlines.yaml")},
            follow_up=typed(tables["deadlines"]["follow_up"], FollowUp, "deadlines.yaml, follow_up"),
            weekly_report=typed(tables["deadlines"]["weekly_report"], WeeklyReport, "deadlines.yaml, weekly_report"),
            tasks={rule.key: rule for rule in keyed(tables["deadlines"]["tasks"], TaskRule, "deadlines.yaml, tasks")},
            mails=_mails(tables["mails"], areas),
            acts=acts_of(tables["acts"]),
            endings=endings_of(tables["endings"]),
            portal=portal_rules_of(tables["portal"]),
            eva=eva_rules_of(tables["eva"]),
            payments=payment_rules_of(tables["payments"]),
            help=help_of(tables["portal_help"]),
            receivables=procedure_of(tables["receivables"], "receivables.yaml"),
            points=rules_of(tables["service_points"]),
            calendar=typed(tables["deadlines"]["calendar"], Calendar, "deadlines.yaml, calendar"),
            **_general(general),
        )
    except KeyError as error:
        raise ConfigurationError(
            "process/", f"falta la clave {error}", "Escríbala como en la versión anterior del archivo."
        ) from None
    except (AttributeError, TypeError) as error:
        raise ConfigurationError(
            "process/", f"un bloque no tiene la forma esperada ({error})", "Compárelo con los vecinos."
        ) from None


def _general(table: dict[str, Any]) -> dict[str, Any]:
    names = ("states", "point_states", "services", "kinds_of_person", "days", "value_kinds", "supplies")
    choices = {name: _choices(table, name) for name in names}
    plain = typed(table, _Plain, "process.yaml")
    return {
        **choices,
        "aspects": keyed(table["aspects"], Aspect, "process.yaml, aspects"),
        "return_reasons": keyed(table["return_reasons"], Choice, "process.yaml, return_reasons"),
        "stages": keyed(table["stages"], Stage, "process.yaml, stages"),
        "flow_nodes": keyed(table["flow_nodes"], FlowNode, "process.yaml, flow_nodes"),
        "flow_edges": edges_of(table["flow_edges"], "process.yaml, flow_edges"),
        "fields": plain.fields,
        "labels": plain.labels,
        "history": plain.history,
        "most_requests": plain.most_requests,
        "operational_secret": plain.operational_secret,
        "neutral_review_text": plain.neutral_review_text,
        "max_short_name": plain.max_short_name,
        "allowed_mime_types": plain.allowed_mime_types,
        "delivery": plain.delivery,
        "high_exchange_amount": plain.high_exchange_amount,
        "beneficial_owner_percent": plain.beneficial_owner_percent,
        "months": plain.months,
        "new_areas_after": plain.new_areas_after,
    }


def _choices(table: dict[str, Any], name: str) -> dict[str, Choice]:
    return {choice.key: choice for choice in keyed(table[name], Choice, f"process.yaml, {name}")}


def parse_condition(text: str) -> Condition:
    """`document(inspeccion_seguridad, delivered)` as a `Condition`.

    :raises ConfigurationError: the text has not that form.

    >>> parse_condition("mail_sent(bienvenida_cliente)").args
    ('bienvenida_cliente',)
    """
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ConfigurationError("areas.yaml, requires", f"«{text}» no es una condición", "Escriba nombre(argumento, argumento).")
    arguments = tuple(part.strip() for part in match[2].split(",")) if match[2] else ()
    return Condition(match[1], arguments)


def _areas(table: dict[str, Any]) -> tuple[Area, ...]:
    common = table["common"]
    areas = [_area(key, body, common) for key, body in table["areas"].items()]
    return tuple(sorted(areas, key=lambda area: area.order))


def _area(key: str, body: dict[str, Any], common: dict[str, Any]) -> Area:
    """An area with what is common to all: its marks come after the common ones, what it reads is added to what all read."""
    where = f"areas.yaml, {key}"
    reads = list(dict.fromkeys([*common["reads"], *body.get("reads", [])]))
    plain_marks = {**common["marks"], **body.get("marks", {})}
    marks = [_mark(mark_key, mark, f"{where}, {mark_key}") for mark_key, mark in plain_marks.items()]
    without_marks = {name: value for name, value in body.items() if name != "marks"}
    area = typed({**without_marks, "key": key, "reads": reads}, Area, where)
    return replace(area, marks=tuple(marks))


def _mark(key: str, body: dict[str, Any], where: str) -> MarkRule:
    requires = tuple(parse_condition(text) for text in body.get("requires", []))
    plain = {"depends_on": [], **{name: value for name, value in body.items() if name != "requires"}, "requires": [], "key": key}
    return replace(typed(plain, MarkRule, where), requires=requires)


def _access(table: dict[str, Any]) -> Access:
    return Access(
        folders=keyed(table["folders"], FolderRule, "access.yaml, folders"),
        parents=keyed(table["parents"], StateParent, "access.yaml, parents"),
        sheet_grants=typed(table["control_sheet"], tuple[GrantRule, ...], "access.yaml, control_sheet"),
        exchange_grants=typed(table["exchange_sheet"], tuple[GrantRule, ...], "access.yaml, exchange_sheet"),
        register_grants=typed(table["registers"], dict[str, tuple[GrantRule, ...]], "access.yaml, registers"),
        adjustments_grants=typed(table["adjustments"], tuple[GrantRule, ...], "access.yaml, adjustments"),
        ledger=typed(table["ledger"], LedgerFolder, "access.yaml, ledger"),
        drives=keyed(table["drives"], DriveRule, "access.yaml, drives"),
        dossier_page=typed(table["dossier_page"], tuple[str, ...], "access.yaml, dossier_page"),
        audit_dossiers_a_night=table["audit"]["dossiers_a_night"],
    )


def _mails(table: dict[str, Any], areas: tuple[Area, ...]) -> dict[str, MailRule]:
    """The mails of mails.yaml and, for each area whose notice is not listed there, one made from `area_notice`."""
    plain: dict[str, dict[str, Any]] = {
        area.notice_mail: {**table["area_notice"], "to": f"area:{area.key}"} for area in areas if area.notice_mail
    }
    plain.update(table["mails"])
    rules = keyed(plain, MailRule, "mails.yaml")
    return {rule.key: rule if rule.template else replace(rule, template=rule.key) for rule in rules}


def _company(table: dict[str, Any]) -> Company:
    people = [
        typed({**body, "address": address}, Person, f"company.yaml, {address}") for address, body in table["people"].items()
    ]
    requests = keyed(table["requests"], RequestKind, "company.yaml, requests")
    plain = {name: value for name, value in table.items() if name not in ("people", "requests")}
    company = typed({**plain, "people": [], "requests": []}, Company, "company.yaml")
    return replace(company, people=tuple(people), requests=requests)


def _with_all_findings(root: Path, first: ConfigurationError) -> ConfigurationError:
    """The error that names every problem; the first one alone when the slower checks see nothing more."""
    from expediente import checks  # jsonschema is slow to import and needed only to explain a failure

    findings = checks.check(root)
    return process_rules.as_error(findings) if findings else first
