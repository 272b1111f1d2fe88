"""Pre-approval of credit by the rules of `process/credit.yaml`. It orders the work; a person confirms every outcome by a signed act."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from expediente import ledger
from expediente.deadlines import local_day
from expediente.ledger_data import ZERO
from expediente.model import Dossier, PaperState, State
from expediente.papers import paper, required_papers, waived
from expediente.process import Process
from expediente.tables import read_table, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from expediente.bootstrap import App

PREAPPROVED, REVIEW, NOT_PREAPPROVED = "preaprobada", "revision", "no_preaprobada"
_LONGEST_MONTHS = 12
_SHARE = Decimal("0.0001")


@dataclass(frozen=True)
class CreditLimits:
    """The limits; what stands exactly at one keeps it."""

    most_raise_percent: int
    least_months_as_client: int
    most_days_overdue: int
    most_mean_days_late: int
    mean_over_months: int
    months_without_returned: int


@dataclass(frozen=True)
class Result:
    """What an outcome is called, and what the client reads of it."""

    label: str
    told: str


@dataclass(frozen=True)
class CreditRules:
    """The whole table. reasons: key -> sentence, with the limits in braces."""

    rules: CreditLimits
    results: dict[str, Result]
    reasons: dict[str, str]

    def sentence(self, reason: str) -> str:
        """A reason in words; a key that the table has no more stays as it is."""
        return self.reasons.get(reason, reason).format(**self.rules.__dict__)


@dataclass(frozen=True)
class CreditFacts:
    """What the rules look at. raise_by: what is asked beyond the present limit; max_days_overdue: of what is owed today.

    mean_days_late: of the months that the table names, None = nothing was due in them; returned: payments that came back in its months.
    """

    active: bool
    papers_in_force: bool
    months_as_client: int
    max_days_overdue: int
    mean_days_late: Decimal | None
    returned: int
    limit: Decimal
    balance: Decimal
    raise_by: Decimal


@dataclass(frozen=True)
class Preapproval:
    """What the rules say. result: preaprobada | revision | no_preaprobada; reasons: keys of the table; usage: balance / limit, shown only."""

    result: str
    reasons: tuple[str, ...]
    usage: Decimal | None


@lru_cache(maxsize=4)
def credit_rules(root: Path) -> CreditRules:
    """The table under `root` (`Process.folder`), read once.

    :raises ConfigurationError: it cannot be read or has the wrong shape.
    """
    return typed(read_table(root / "process" / "credit.yaml"), CreditRules, "credit.yaml")


def judge(process: Process, facts: CreditFacts) -> Preapproval:
    """What the rules say of those facts."""
    limits = credit_rules(process.folder).rules
    usage = (max(facts.balance, ZERO) / facts.limit).quantize(_SHARE, ROUND_HALF_UP) if facts.limit > 0 else None
    against = tuple(_against(limits, facts))
    if against:
        return Preapproval(NOT_PREAPPROVED, against, usage)
    doubts = tuple(_doubts(limits, facts))
    return Preapproval(REVIEW if doubts else PREAPPROVED, doubts, usage)


def _against(limits: CreditLimits, facts: CreditFacts) -> Iterator[str]:
    if not facts.active:
        yield "expediente_no_activo"
    if facts.max_days_overdue > limits.most_days_overdue:
        yield "mora_vigente"


def _doubts(limits: CreditLimits, facts: CreditFacts) -> Iterator[str]:
    if not facts.papers_in_force:
        yield "documentos_vencidos"
    if facts.months_as_client < limits.least_months_as_client:
        yield "antiguedad_menor_12_meses"
    if facts.mean_days_late is not None and facts.mean_days_late > limits.most_mean_days_late:
        yield "mora_promedio_alta"
    if facts.limit <= 0:
        yield "sin_cupo_vigente"
    elif facts.raise_by * 100 > facts.limit * limits.most_raise_percent:
        yield "aumento_mayor_25_por_ciento"
    if facts.returned:
        yield "pago_devuelto"


# --- where the facts come from -------------------------------------------------------------------------------------------------


def preapproval(app: App, dossier: Dossier, raise_by: Decimal) -> Preapproval:
    """What the rules say today of a client that asks for so much more."""
    return judge(app.process, facts_of(app, dossier, raise_by))


def facts_of(app: App, dossier: Dossier, raise_by: Decimal) -> CreditFacts:
    """The facts of today, from ledger and dossier."""
    day, limits = local_day(app.process, app.clock.now()), credit_rules(app.process.folder).rules
    account = ledger.account_of(app, dossier.client_id)
    position = ledger.position(app, dossier.client_id, day)
    since = account.since or (local_day(app.process, dossier.closed_at) if dossier.closed_at else day)
    return CreditFacts(
        active=dossier.state is State.ACTIVE,
        papers_in_force=papers_in_force(app.process, dossier, day),
        months_as_client=months_between(since, day),
        max_days_overdue=position.max_days_late,
        mean_days_late=_mean_days_late(app, dossier.client_id, day, limits.mean_over_months),
        returned=sum(months_between(returned, day) < limits.months_without_returned for returned in account.returned),
        limit=position.limit,
        balance=position.balance,
        raise_by=raise_by,
    )


def papers_in_force(process: Process, dossier: Dossier, day: date) -> bool:
    """Whether no paper of the dossier has expired, but for those that Cumplimiento does without."""
    known = [paper(dossier, slot.key) for slot in required_papers(process, dossier.intake) if not waived(dossier, slot.key)]
    return not any(one.state is PaperState.EXPIRED or (one.expires_on is not None and one.expires_on < day) for one in known)


def months_between(first: date, last: date) -> int:
    """Whole months from one day to another; the day of the month on which they began completes each."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _mean_days_late(app: App, client_id: str, day: date, months: int) -> Decimal | None:
    """How late what was paid in those months was on average, and what is overdue today; in time counts as nothing."""
    since = _months_before(day, months)
    # What was paid in them may have been issued long before, but not without end.
    items = ledger.items_between(app, client_id, _months_before(since, _LONGEST_MONTHS), day)
    late = [
        max((one.settled_on - one.due_on).days, 0)
        for one in items
        if one.settled_on and not one.balance and one.settled_on >= since
    ]
    late += [(day - one.due_on).days for one in ledger.position(app, client_id, day).items if one.due_on < day]
    return Decimal(sum(late)) / len(late) if late else None


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
