"""The documents that the portal issues, as tables: `process/issued.yaml` and `process/issued_documents/*.yaml`, typed.

A text may hold names in braces, `{client}`; a piece may stand under conditions, `when: [limit]`, or `no_limit` for the contrary.
Which names and conditions there are is said by `issued_facts.CONTENTS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from expediente.tables import read_table, typed

COMMON = Path("process") / "issued.yaml"
FOLDER = Path("process") / "issued_documents"


@dataclass(frozen=True)
class IssuedColumn:
    """A column of a table. width: relative to its neighbours; align: left | right | center."""

    label: str
    value: str
    width: int
    align: str = "left"


@dataclass(frozen=True)
class IssuedTable:
    """A row for each of something that the content knows; empty: said without any."""

    rows: str
    columns: tuple[IssuedColumn, ...]
    empty: str


@dataclass(frozen=True)
class IssuedBlock:
    """One piece of a document: exactly one of the keys besides `when`, the conditions that must all hold."""

    heading: str = ""
    text: str = ""
    lines: dict[str, str] = field(default_factory=dict)
    table: IssuedTable | None = None
    when: tuple[str, ...] = ()


@dataclass(frozen=True)
class PeriodRule:
    """The period that is asked for, in months: the longest one, how far back it begins, and the one that the form proposes."""

    most_months: int
    oldest_months: int
    proposed_months: int


@dataclass(frozen=True)
class TextRule:
    """A line of text that the client writes."""

    label: str
    explains: str
    most_letters: int
    required: bool


@dataclass(frozen=True)
class HabitStep:
    """Words for how a client pays, and up to where they fit. automatic: whether the document is issued without a person."""

    words: str
    most_mean_days_late: int
    most_days_late: int
    most_returned: int
    automatic: bool


@dataclass(frozen=True)
class HabitRule:
    """How the habit of paying is told: what was settled in so many months; the first rule that fits counts."""

    months: int
    least_paid: int
    least_months_as_client: int
    rules: tuple[HabitStep, ...]


@dataclass(frozen=True)
class IssuedRule:
    """A kind of document. order: its place on the page; made_from: key of `issued_facts.CONTENTS`; prefix: of its serials.

    valid_days: 0 = it has no end; holds_while: name of a condition that must go on holding, '' = none. refused: reason -> sentence;
    pay_for: reasons that paying mends; case_for: reasons with which a case of `case_kind` is opened.
    """

    key: str
    order: int
    label: str
    explains: str
    made_from: str
    prefix: str
    valid_days: int
    title: str
    subtitle: str
    file_name: str
    blocks: tuple[IssuedBlock, ...]
    holds_while: str = ""
    period: PeriodRule | None = None
    addressee: TextRule | None = None
    purpose: TextRule | None = None
    habit: HabitRule | None = None
    refused: dict[str, str] = field(default_factory=dict)
    pay_for: tuple[str, ...] = ()
    case_kind: str = ""
    case_for: tuple[str, ...] = ()

    @property
    def texts(self) -> dict[str, TextRule]:
        """What the client writes, by the name of its field."""
        asked = {"addressee": self.addressee, "purpose": self.purpose}
        return {name: rule for name, rule in asked.items() if rule is not None}


@dataclass(frozen=True)
class SeniorityWords:
    """How a time of years and months is written."""

    year: str
    years: str
    month: str
    months: str
    join: str
    less: str

    def tell(self, months: int) -> str:
        """A number of months in words."""
        years, rest = divmod(months, 12)
        whole = self.year if years == 1 else self.years.format(count=years)
        part = self.month if rest == 1 else self.months.format(count=rest)
        if years and rest:
            return self.join.format(years=whole, months=part)
        return whole if years else part if rest else self.less


@dataclass(frozen=True)
class IssuedCommon:
    """What all documents share. place: folder of access.yaml for their copies; sentences: reason -> what the client reads;

    words: of the tables; month: how one is written; masked_letters, masked_rest: how a name is shown to strangers;
    cufe_lookup: address with {cufe}, '' = none; copy_case_kind: of the case that asks for a missing copy of an invoice.
    """

    place: str
    most_a_month: int
    most_rows: int
    blank: str
    foot: str
    caption: str
    more_rows: str
    seniority: SeniorityWords
    sentences: dict[str, str]
    words: dict[str, str]
    month: str
    masked_letters: int
    masked_rest: str
    most_unknown_an_hour: int
    cufe_lookup: str
    copy_case_kind: str
    invoice_file: str


@lru_cache(maxsize=4)
def issued_common(root: Path) -> IssuedCommon:
    """What all documents share, read once. :raises ConfigurationError: it is no table or has the wrong shape."""
    return typed(read_table(root / COMMON), IssuedCommon, COMMON.name)


@lru_cache(maxsize=4)
def issued_rules(root: Path) -> dict[str, IssuedRule]:
    """The kinds of documents by key, read once. :raises ConfigurationError: a file is no table or has the wrong shape."""
    paths = sorted((root / FOLDER).glob("*.yaml"))
    rules = (typed({**read_table(path), "key": path.stem}, IssuedRule, path.name) for path in paths)
    return {rule.key: rule for rule in sorted(rules, key=lambda rule: (rule.order, rule.key))}
