"""What stands on the tabs of the workbook of receivables: cases with their due days, refunds, credit, payments on their way, and how
clients were served. Nothing of what is decided in confidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from expediente import case_figures, cases, codec
from expediente.case_data import OPEN_CASES, Case, CaseState
from expediente.case_figures import Breach, Service
from expediente.case_rules import CASE_ACTS, CREDIT, LIMIT, CaseKind, case_rules
from expediente.credit import credit_rules
from expediente.deadlines import local_day
from expediente.model import Dossier
from expediente.portal_data import Order
from expediente.register_layout import Cell, Chart, Line, Opens
from expediente.register_told import Content, Told
from expediente.store import INDEXES

_MOST = 200
_PERCENT = Decimal(100)


@dataclass(frozen=True)
class _Found:
    """A case with all that its row needs. due: the day on which it should be settled."""

    dossier: Dossier
    kind: CaseKind
    case: Case
    due: date


def _dossiers(told: Told, query: str, since: datetime | str | None = None) -> Iterator[Dossier]:
    """The dossiers of the tallies that a query finds, page by page."""
    by = INDEXES[query].ordered_by
    while reads := told.app.store.query(query, limit=_MOST, since=since):
        found = told.app.store.get_many([("dossier", read.key) for read in reads])
        yield from (codec.from_data(Dossier, read.data) for read in found if read is not None)
        if len(reads) < _MOST:
            return
        since = str(reads[-1].data[by])


def _of(told: Told, dossiers: Iterable[Dossier]) -> Iterator[_Found]:
    """Their cases that the readers of this workbook settle."""
    process = told.app.process
    for dossier in dossiers:
        for kind, case in case_figures.shown_cases(process, dossier):
            if kind.role == told.template.cases_of:
                yield _Found(dossier, kind, case, local_day(process, case_figures.due_at(process, dossier, kind, case)))


def _open(told: Told) -> list[_Found]:
    found = [one for one in _of(told, _dossiers(told, "open_cases")) if one.case.state in OPEN_CASES]
    return sorted(found, key=lambda one: (one.due, one.case.case_id))


def _lately(told: Told) -> list[_Found]:
    """Cases that wait, and those in which something happened in the days that the table names; the newest first."""
    since = told.now - timedelta(days=told.template.case_days)
    dossiers = {one.dossier_id: one for one in [*_dossiers(told, "recent_cases", since=since), *_dossiers(told, "open_cases")]}
    found = [
        one for one in _of(told, dossiers.values()) if one.case.state in OPEN_CASES or (one.case.closed_at or since) >= since
    ]
    return sorted(found, key=lambda one: (one.case.at, one.case.case_id), reverse=True)


def _name(told: Told, address: str) -> str:
    person = told.app.process.company.person(address)
    return person.name if person else ""


def _opens(told: Told, one: _Found) -> Cell:
    """Where it is settled, while it waits."""
    if one.case.state not in OPEN_CASES or one.kind.way not in CASE_ACTS or not told.app.settings.page_url:
        return ""
    page = told.app.settings.page_url.rstrip("/")
    return Opens(f"{page}/acto/{one.dossier.dossier_id}/{CASE_ACTS[one.kind.way]}/{one.case.case_id}")


def _look(told: Told, one: _Found) -> str:
    late = one.case.state in OPEN_CASES and one.due < local_day(told.app.process, told.now)
    return "late" if late else "row"


def _content(told: Told, lines: list[Line]) -> Content:
    return Content(tuple(lines) or (Line((told.template.texts["no_rows"],)),))


# --- the tabs ------------------------------------------------------------------------------------------------------------------


def _cases(told: Told) -> Content:
    process = told.app.process
    return _content(
        told,
        [
            Line(
                (
                    one.case.case_id,
                    cases.state_text(process, one.case),
                    one.dossier.intake.client.legal_name,
                    one.kind.label,
                    one.case.amount,
                    local_day(process, one.case.at),
                    one.due,
                    _opens(told, one),
                ),
                _look(told, one),
            )
            for one in _open(told)
        ],
    )


def _signers(told: Told, case: Case) -> str:
    return ", ".join(name for one in case.decisions if (name := _name(told, one.by)))


def _refunds(told: Told) -> Content:
    process = told.app.process
    return _content(
        told,
        [
            Line(
                (
                    one.case.case_id,
                    cases.state_text(process, one.case),
                    one.dossier.intake.client.legal_name,
                    one.case.amount,
                    one.case.account.get("credit"),
                    cases.account_text(process, cases.account_in_force(one.dossier)),
                    _signers(told, one.case),
                    local_day(process, one.case.closed_at or one.case.at),
                    _opens(told, one),
                ),
                "good" if one.case.state is CaseState.DONE else _look(told, one),
            )
            for one in _lately(told)
            if one.kind.amount == CREDIT
        ],
    )


def _credit(told: Told) -> Content:
    process, rules = told.app.process, credit_rules(told.app.process.folder)
    lines = []
    for one in _lately(told):
        if one.kind.amount != LIMIT:
            continue
        case, account = one.case, one.case.account
        result = rules.results[case.preapproval].label if case.preapproval in rules.results else ""
        cells = (
            case.case_id,
            cases.state_text(process, case),
            one.dossier.intake.client.legal_name,
            one.kind.label,
            case.amount,
            account.get("limit"),
            account["usage"] * _PERCENT if "usage" in account else None,
            " ".join([f"{result}.", *(rules.sentence(reason) for reason in case.reasons)]) if result else "",
            _signers(told, case),
            local_day(process, case.closed_at or case.at),
            _opens(told, one),
        )
        lines.append(Line(cells, "good" if case.state is CaseState.APPROVED else _look(told, one)))
    return _content(told, lines)


def _payments(told: Told) -> Content:
    """Payments of which the gateway has not said the last word."""
    process, states = told.app.process, told.template.payment_states
    orders = [codec.from_data(Order, read.data) for read in told.app.store.query("due_orders", limit=_MOST)]
    reads = told.app.store.get_many([("dossier", order.dossier_id) for order in orders]) if orders else []
    names = {read.key: codec.from_data(Dossier, read.data).intake.client.legal_name for read in reads if read is not None}
    lines = [
        Line(
            (
                order.order_id,
                states.get(order.state.value, order.state.value),
                names.get(order.dossier_id, ""),
                order.method,
                order.amount,
                local_day(process, order.at),
            )
        )
        for order in sorted(orders, key=lambda order: order.place)
    ]
    return _content(told, lines)


# --- how clients were served ---------------------------------------------------------------------------------------------------


def _service(told: Told) -> Content:
    texts, targets = told.template.texts, case_rules(told.app.process.folder).targets
    heads = [texts[f"service_{name}"] for name in ("title", "came", "hours", "late", "resolved", "satisfaction", "rated")]
    months = [_month(told, one) for one in told.figures.service]
    goal = Line(
        (
            texts["service_target"],
            "",
            targets.response_working_hours,
            "",
            Decimal(targets.resolved_percent),
            targets.satisfaction,
            "",
        )
    )
    found = [Line(tuple(heads), "heading"), *months, goal, Line(())]
    first = len(found)
    missed = [_breach(told, one) for one in case_figures.breaches(targets, told.figures.service)]
    late = [Line(_late_cells(told, one), "late") for one in _open(told) if _look(told, one) == "late"]
    found.append(Line((texts["breach_title"], texts["breach_what"], texts["breach_found"], texts["breach_target"]), "heading"))
    found += [*missed, *late] or [Line((texts["breach_none"],), "good")]
    drawn = [("hours", 2), ("resolved", 4), ("satisfaction", 5)]
    last = first - 3
    charts = tuple(Chart(f"service_{name}", texts[f"chart_{name}"], "COLUMN", 0, last, (column,)) for name, column in drawn)
    return Content(tuple(found), charts)


def _month(told: Told, one: Service) -> Line:
    cells = (month_name(told, one.key), one.came, one.hours, one.late, one.resolved, one.satisfaction, one.rated)
    return Line(cells)


def month_name(told: Told, key: str) -> str:
    """A month such as `2026-03` in words."""
    year, number = key.split("-")
    return told.template.texts["month"].format(month=told.app.process.months[int(number) - 1], year=year)


def _breach(told: Told, one: Breach) -> Line:
    return Line((month_name(told, one.key), told.template.texts[f"breach_{one.indicator}"], one.found, one.target), "late")


def _late_cells(told: Told, one: _Found) -> tuple[Cell, ...]:
    return (one.case.case_id, told.template.texts["breach_case"].format(kind=one.kind.label), "", one.due)


TABS: dict[str, Callable[[Told], Content]] = {
    "cases": _cases,
    "refunds": _refunds,
    "credit": _credit,
    "payments": _payments,
    "service": _service,
}
