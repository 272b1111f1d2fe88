"""What the ledger and the dossier say at one instant, as the names, tables and conditions that `process/issued_documents/` may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from expediente import ledger, purchases
from expediente.deadlines import local_day
from expediente.issued_rules import HabitRule, HabitStep, IssuedRule, issued_common
from expediente.ledger_data import ZERO, Account, ItemKind, MovementKind
from expediente.model import Dossier, State
from expediente.process import Process

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.ledger import Line, Position

Row = dict[str, str]
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Asked:
    """What the client wants in a document. The period is there where the document has one."""

    since: date | None = None
    until: date | None = None
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gathering:
    """Of whom, of which document and as of when something is gathered. day: of the instant, where the company works."""

    app: App
    dossier: Dossier
    rule: IssuedRule
    asked: Asked
    now: datetime

    @property
    def process(self) -> Process:
        """The tables."""
        return self.app.process

    @property
    def day(self) -> date:
        """The day of the instant, where the company works."""
        return local_day(self.app.process, self.now)

    def money(self, amount: Decimal) -> str:
        """An amount in the company's currency."""
        return self.app.process.company.money(amount)


@dataclass(frozen=True)
class Gathered:
    """What texts are filled with: names, rows of tables, conditions that hold. refused: '' or the reason not to issue it."""

    names: Row
    tables: Mapping[str, Sequence[Row]]
    holds: frozenset[str]
    refused: str = ""


@dataclass(frozen=True)
class Content:
    """What a document can be made from, and all that its texts may mention. rows: names in a row by table; reasons: to refuse."""

    gather: Callable[[Gathering], Gathered]
    names: frozenset[str]
    rows: dict[str, frozenset[str]]
    conditions: frozenset[str]
    reasons: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()


def day_text(day: date | None) -> str:
    """A day as dd/mm/aaaa, '' for none."""
    return day.strftime("%d/%m/%Y") if day else ""


def instant_text(process: Process, at: datetime) -> str:
    """An instant as dd/mm/aaaa HH:MM where the company works."""
    return at.astimezone(ZoneInfo(process.company.timezone)).strftime("%d/%m/%Y %H:%M")


def gather(asked: Gathering) -> Gathered:
    """What a document of that kind says of its client now."""
    known = CONTENTS[asked.rule.made_from].gather(asked)
    names = {**_common(asked), **known.names}
    holds = known.holds | {name for name in asked.asked.texts if asked.asked.texts[name]}
    holds |= {"ended"} if asked.dossier.state is State.ARCHIVED else set()
    return Gathered(names, {key: _short(asked, rows) for key, rows in known.tables.items()}, frozenset(holds), known.refused)


def _common(asked: Gathering) -> Row:
    company, client, until = asked.process.company, asked.dossier.intake.client, asked.rule.valid_days
    texts = {name: asked.asked.texts.get(name, "") for name in TEXTS}
    return {
        "company": company.name,
        "company_short": company.short_name,
        "company_phone": company.customer_service_phone,
        "company_email": company.customer_service_email,
        "client": client.legal_name,
        "ruc": f"{client.ruc} DV {client.dv}" if client.dv else client.ruc,
        "cut_off": instant_text(asked.process, asked.now),
        "valid_until": day_text(asked.day + timedelta(days=until)) if until else "",
        "since": day_text(asked.asked.since),
        "until": day_text(asked.asked.until),
        **texts,
    }


def _short(asked: Gathering, rows: Sequence[Row]) -> Sequence[Row]:
    """As many rows as a document holds; the rest as one row that says how many they are. No amount is lost: totals stand apart."""
    common = issued_common(asked.process.folder)
    if len(rows) <= common.most_rows:
        return rows
    rest = len(rows) - common.most_rows
    first = next(iter(rows[0]))
    return [*rows[: common.most_rows], dict.fromkeys(rows[0], "") | {first: common.more_rows.format(count=rest)}]


# --- statement and clearance ---------------------------------------------------------------------------------------------------


def _owed(asked: Gathering, position: Position, account: Account) -> Row:
    return {
        "owed": asked.money(position.owed),
        "overdue": asked.money(position.overdue),
        "credit": asked.money(position.credit),
        "balance": asked.money(position.balance),
        **_terms(asked, account),
    }


def _terms(asked: Gathering, account: Account) -> Row:
    words, days = issued_common(asked.process.folder).words, account.terms_days
    return {"limit": asked.money(account.limit), "terms": words["terms"].format(count=days) if days else words["no_terms"]}


def _conditions(position: Position, account: Account) -> frozenset[str]:
    said = {"owes": bool(position.items), "credit": position.credit > 0, "limit": account.limit > 0}
    return frozenset(name for name, holds in said.items() if holds)


def _open_rows(asked: Gathering, position: Position) -> list[Row]:
    return [
        {
            "number": item.number,
            "issued_on": day_text(item.issued_on),
            "due_on": day_text(item.due_on),
            "days_late": str(max((asked.day - item.due_on).days, 0) or ""),
            "total": asked.money(item.total),
            "item_balance": asked.money(item.balance),
        }
        for item in position.items
    ]


def _statement(asked: Gathering) -> Gathered:
    app, client = asked.app, asked.dossier.client_id
    account, position = ledger.account_of(app, client), ledger.position(app, client, asked.day)
    since, until = asked.asked.since or asked.day, asked.asked.until or asked.day
    told = ledger.statement(app, client, since, until)
    words = issued_common(asked.process.folder).words
    opening = {"on": day_text(since), "concept": words["opening"], "running": asked.money(told.opening)}
    buckets = [
        {"bucket": words[f"bucket_{key}"], "bucket_balance": asked.money(amount)}
        for key, amount in position.buckets.items()
        if position.overdue
    ]
    lines = [
        {"reference": "", "charge": "", "paid": "", **opening},
        *(_line(asked, words, line) for line in told.lines),
    ]
    tables = {"open_items": _open_rows(asked, position), "buckets": buckets, "lines": lines}
    return Gathered(_owed(asked, position, account), tables, _conditions(position, account))


def _line(asked: Gathering, words: dict[str, str], line: Line) -> Row:
    return {
        "on": day_text(line.on),
        "reference": line.reference,
        "concept": words[f"line_{line.kind}"],
        "charge": asked.money(line.charge) if line.charge else "",
        "paid": asked.money(line.payment) if line.payment else "",
        "running": asked.money(line.balance),
    }


def _clearance(asked: Gathering) -> Gathered:
    app, client = asked.app, asked.dossier.client_id
    account, position = ledger.account_of(app, client), ledger.position(app, client, asked.day)
    tables = {"open_items": _open_rows(asked, position)}
    refused = "overdue" if position.overdue else ""
    return Gathered(_owed(asked, position, account), tables, _conditions(position, account), refused)


# --- purchases -----------------------------------------------------------------------------------------------------------------


def _purchases(asked: Gathering) -> Gathered:
    since, until = asked.asked.since or asked.day, asked.asked.until or asked.day
    bought = purchases.of_period(asked.app, asked.dossier.client_id, since, until)
    words, months = issued_common(asked.process.folder).month, asked.process.months
    rows = [
        {"month": words.format(month=months[month - 1], year=year), **_sums(asked, sums)}
        for (year, month), sums in bought.months.items()
    ]
    notes = {"debit_notes": asked.money(bought.debit_notes), "credit_notes": asked.money(bought.credit_notes)}
    holds = {"debit_notes": bought.debit_notes, "credit_notes": bought.credit_notes}
    refused = "" if bought.months else "no_purchases"
    names = {**_sums(asked, bought.whole), **notes}
    return Gathered(names, {"months": rows}, frozenset(name for name, amount in holds.items() if amount), refused)


def _sums(asked: Gathering, sums: purchases.Sums) -> Row:
    amounts = {"subtotal": sums.subtotal, "tax": sums.tax, "total": sums.total}
    return {"invoices": str(sums.invoices), **{name: asked.money(amount) for name, amount in amounts.items()}}


# --- trade reference -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Habit:
    """How a client pays. late: days late of each item settled in the time, and of what is overdue; returned: payments that came back in it."""

    late: tuple[int, ...]
    returned: int

    def fits(self, step: HabitStep) -> bool:
        mean = Decimal(sum(self.late)) / max(len(self.late), 1)
        most = max(self.late, default=0)
        return mean <= step.most_mean_days_late and most <= step.most_days_late and self.returned <= step.most_returned


def _reference(asked: Gathering) -> Gathered:
    app, client, rule = asked.app, asked.dossier.client_id, asked.rule.habit
    if rule is None:
        raise KeyError(f"{asked.rule.key}: habit")
    account, position = ledger.account_of(app, client), ledger.position(app, client, asked.day)
    begun = _client_since(asked, account)
    since, as_client = months_before(asked.day, rule.months), months_between(begun, asked.day)
    items = ledger.items_between(app, client, since, asked.day)
    settled = [item for item in items if item.settled_on is not None]
    late = (
        *(max((item.settled_on - item.due_on).days, 0) for item in settled if item.settled_on),
        # What is still owed counts with the days that it is late by now.
        *((asked.day - item.due_on).days for item in position.items if item.due_on < asked.day),
    )
    habit = _Habit(late, sum(1 for day in account.returned if day > since))
    step = next((step for step in rule.rules if late and habit.fits(step)), None)
    # A client of three months is averaged over three, not over twelve.
    counted = min(rule.months, max(as_client, 1))
    mean = (sum((item.total for item in items), ZERO) / counted).quantize(_CENT, ROUND_HALF_UP)
    common = issued_common(asked.process.folder)
    services = [asked.process.services[key].label for key in asked.dossier.intake.order.services]
    names = {
        "client_since": day_text(begun),
        "seniority": common.seniority.tell(as_client),
        "services": "; ".join(services),
        "mean_purchases": asked.money(mean),
        "habit_period": common.seniority.tell(counted),
        "habit": step.words if step else "",
        **_owed(asked, position, account),
    }
    refused = _reference_refused(rule, position.overdue, as_client, len(settled), step)
    return Gathered(names, {"open_items": _open_rows(asked, position)}, _conditions(position, account), refused)


def _reference_refused(rule: HabitRule, overdue: Decimal, as_client: int, paid: int, step: HabitStep | None) -> str:
    if overdue:
        return "overdue"
    if as_client < rule.least_months_as_client or paid < rule.least_paid:
        return "short"
    return "" if step and step.automatic else "habit"


def _client_since(asked: Gathering, account: Account) -> date:
    dossier = asked.dossier
    return account.since or local_day(asked.process, dossier.closed_at or dossier.opened_at)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last of the month where that month is shorter."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    first = date(year, month + 1, 1)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def months_between(first: date, last: date) -> int:
    """How many whole months lie between two days, never less than none."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(months - (1 if last.day < first.day else 0), 0)


# --- what texts may mention ----------------------------------------------------------------------------------------------------

TEXTS = ("addressee", "purpose")
_SHARED = frozenset(
    (
        *("company", "company_short", "company_phone", "company_email", "client", "ruc", "cut_off", "valid_until"),
        *("since", "until", "serial", "code_apart", "verify_page", "title", *TEXTS),
    )
)
_OWED = frozenset(("owed", "overdue", "credit", "balance", "limit", "terms"))
_SUMS = frozenset(("invoices", "subtotal", "tax", "total"))
_OPEN = frozenset(("number", "issued_on", "due_on", "days_late", "total", "item_balance"))
_LINES = frozenset(("on", "reference", "concept", "charge", "paid", "running"))
_HABIT = frozenset(("client_since", "seniority", "services", "mean_purchases", "habit_period", "habit"))
_ALWAYS = frozenset(("ended", *TEXTS))
_OWING = _ALWAYS | {"owes", "credit", "limit"}

CONTENTS: dict[str, Content] = {
    "statement": Content(
        _statement,
        _SHARED | _OWED,
        {"open_items": _OPEN, "buckets": frozenset(("bucket", "bucket_balance")), "lines": _LINES},
        _OWING,
        needs=("period",),
    ),
    "purchases": Content(
        _purchases,
        _SHARED | _SUMS | {"debit_notes", "credit_notes"},
        {"months": _SUMS | {"month"}},
        _ALWAYS | {"debit_notes", "credit_notes"},
        frozenset(("no_purchases",)),
        needs=("period",),
    ),
    "reference": Content(
        _reference,
        _SHARED | _OWED | _HABIT,
        {"open_items": _OPEN},
        _OWING,
        frozenset(("overdue", "short", "habit")),
        needs=("addressee", "habit"),
    ),
    "clearance": Content(_clearance, _SHARED | _OWED, {"open_items": _OPEN}, _OWING, frozenset(("overdue",))),
}


def _nothing_overdue(app: App, client_id: str, day: date) -> bool:
    return not ledger.position(app, client_id, day).overdue


# What must go on holding for a document to be in force, by the name that `holds_while` uses.
HOLDS: dict[str, Callable[[App, str, date], bool]] = {"nothing_overdue": _nothing_overdue}


# Words that tables of documents are written with, besides the names.
WORDS = frozenset(
    (
        *("terms", "no_terms", "opening"),
        *(f"bucket_{key}" for key, _ in ledger.AGEING),
        *(f"line_{kind.value}" for kind in (*ItemKind, *MovementKind)),
    )
)
