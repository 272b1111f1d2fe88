"""The named checks that `forms/intake.yaml` mentions: each gets what was asked and says what is wrong, or None.

Checks of a question see its answer, which is not blank. Checks of a rule with `field` run once, over all answers.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from expediente import identifiers, quantities, texts
from expediente.answers import Answers, company_named
from expediente.form_definition import FormQuestion, FormRule
from expediente.process import Choice, Process


@dataclass(frozen=True)
class Broken:
    """What a rule found. detail: for the text of the rule; written: what to show, where it is not the answer itself."""

    detail: str = ""
    written: str = ""


@dataclass(frozen=True)
class Asked:
    """What a rule looks at. key: the field in question; text and values: its answer, cleaned."""

    answers: Answers
    process: Process
    today: datetime.date
    rule: FormRule
    question: FormQuestion

    @property
    def key(self) -> str:
        """The field in question."""
        return self.question.key

    @property
    def values(self) -> tuple[str, ...]:
        """Its values."""
        return self.answers.all(self.key)

    @property
    def text(self) -> str:
        """Its value, '' when blank."""
        return self.answers.text(self.key)

    def beside(self, name: str) -> str:
        """The answer to another question of the same group: beside `points[1].mean_value` stands `points[1].name`."""
        return self.answers.text(f"{self.key.rsplit('.', 1)[0]}.{name}")


Check = Callable[[Asked], Broken | None]
CHECKS: dict[str, Check] = {}


def _check(check: Check) -> Check:
    CHECKS[check.__name__] = check
    return check


def terms_of(process: Process, question: FormQuestion) -> Mapping[str, Choice] | None:
    """The table of the process that the options of a question come from; None for options of the form alone."""
    tables = {
        "client.kind": process.kinds_of_person,
        "order.services": process.services,
        "points.schedule.days": process.days,
        "points.value_kinds": process.value_kinds,
    }
    return tables.get(question.base)


# --- of any question -----------------------------------------------------------------------------------------------------------


@_check
def missing(asked: Asked) -> Broken | None:
    """It was asked and is blank, or of its identity options none was chosen."""
    return Broken()


@_check
def blank(asked: Asked) -> Broken | None:
    """It is blank, asked or not."""
    return None if asked.values else Broken()


@_check
def too_long(asked: Asked) -> Broken | None:
    """It has more characters than the question takes."""
    return Broken(str(asked.question.max_length))


@_check
def control_characters(asked: Asked) -> Broken | None:
    """It holds characters that nobody types."""
    written = asked.answers.written.get(asked.key, ())
    return Broken() if any(texts.has_control_characters(text) for text in written) else None


@_check
def unknown_option(asked: Asked) -> Broken | None:
    """It is not an option of its question."""
    return Broken() if asked.answers.names_unknown_option(asked.question) else None


@_check
def unknown_term(asked: Asked) -> Broken | None:
    """It names a day, service or kind of value that the company does not have."""
    terms = terms_of(asked.process, asked.question)
    known = {option.key for option in asked.question.options} & (set(terms) if terms is not None else set(asked.values))
    return Broken() if any(value not in known for value in asked.values) else None


@_check
def repeated(asked: Asked) -> Broken | None:
    """The same choice stands twice."""
    return Broken() if len(set(asked.values)) < len(asked.values) else None


@_check
def formula(asked: Asked) -> Broken | None:
    """A spreadsheet might take it for a formula."""
    return Broken() if any(texts.looks_like_formula(text) for text in asked.answers.written.get(asked.key, ())) else None


@_check
def email(asked: Asked) -> Broken | None:
    """It is not one e-mail address."""
    return None if identifiers.email(asked.text) else Broken()


@_check
def phone(asked: Asked) -> Broken | None:
    """It cannot be a telephone."""
    return None if identifiers.phone(asked.text) else Broken()


@_check
def doubtful_phone(asked: Asked) -> Broken | None:
    """It could be a telephone, yet in no range that is known."""
    found = identifiers.phone(asked.text)
    return Broken() if found and not found.valid else None


@_check
def phone_of_contact(asked: Asked) -> Broken | None:
    """It cannot be a telephone, or is in no range that is known."""
    found = identifiers.phone(asked.text)
    return None if found and found.valid else Broken()


@_check
def amount(asked: Asked) -> Broken | None:
    """It is not an amount, or could be read in two ways."""
    return Broken() if quantities.amount(asked.text) is None else None


@_check
def negative_amount(asked: Asked) -> Broken | None:
    """It is an amount below zero."""
    value = quantities.amount(asked.text)
    return Broken() if value is not None and value < 0 else None


@_check
def count(asked: Asked) -> Broken | None:
    """It is not a whole number."""
    return Broken() if quantities.count(asked.text) is None else None


@_check
def negative_count(asked: Asked) -> Broken | None:
    """It is a whole number below zero."""
    value = quantities.count(asked.text)
    return Broken() if value is not None and value < 0 else None


@_check
def percentage(asked: Asked) -> Broken | None:
    """It is not a percentage above 0 and up to 100."""
    return Broken() if quantities.percentage(asked.text) is None else None


@_check
def date(asked: Asked) -> Broken | None:
    """It is not a date that exists."""
    return Broken() if quantities.day(asked.text) is None else None


@_check
def past_date(asked: Asked) -> Broken | None:
    """It lies before the day of submission."""
    day = quantities.day(asked.text)
    return Broken() if day is not None and day < asked.today else None


@_check
def time(asked: Asked) -> Broken | None:
    """It is not an hour of the day."""
    return Broken() if quantities.time_of_day(asked.text) is None else None


@_check
def with_dossier(asked: Asked) -> Broken | None:
    """It is judged where the dossier is at hand (`form_routing.py` and the form's own stage); a response alone cannot break it."""
    return None


# --- of some questions ---------------------------------------------------------------------------------------------------------


@_check
def ruc(asked: Asked) -> Broken | None:
    """It is not a RUC of that kind of person."""
    return None if identifiers.ruc(asked.text, asked.answers.text("client.kind")) else Broken()


@_check
def check_digits(asked: Asked) -> Broken | None:
    """The check digits, in their own question or behind the RUC itself, are not those of the RUC."""
    found = identifiers.ruc(asked.answers.text("client.ruc"), asked.answers.text("client.kind"))
    if found is None:
        return None
    behind = asked.key == "client.ruc"
    right = found.dv in ("", found.right_dv) if behind else identifiers.check_digits(asked.text) == found.right_dv
    return None if right else Broken(found.right_dv)


@_check
def business_notice_of_another(asked: Asked) -> Broken | None:
    """The number of the business notice does not begin with the RUC."""
    found = identifiers.ruc(asked.answers.text("client.ruc"), asked.answers.text("client.kind"))
    return None if found is None or identifiers.begins_with_ruc(asked.text, found.number) else Broken()


@_check
def cedula_province(asked: Asked) -> Broken | None:
    """It is a cédula of a province that does not exist."""
    return Broken() if asked.beside("id_kind") == "cedula" and identifiers.has_unknown_province(asked.text) else None


@_check
def identity_number(asked: Asked) -> Broken | None:
    """It is no number of the kind of document that was chosen. A province that does not exist is left to a rule of its own."""
    other = any(asked.answers.definition.rules[code].check == "cedula_province" for code in asked.question.rules)
    if other and cedula_province(asked):
        return None
    return None if identifiers.identity_number(asked.text, asked.beside("id_kind")) else Broken()


@_check
def district(asked: Asked) -> Broken | None:
    """It is a district of another province."""
    places = asked.answers.definition.places
    question = asked.answers.definition.questions[f"{asked.key.rsplit('.', 1)[0]}.province"]
    province = question.label(asked.beside("province"))
    if not places.province(province) or places.district(province, asked.text):
        return None
    return Broken(", ".join(places.districts(province)))


@_check
def account_ending(asked: Asked) -> Broken | None:
    """It is not four digits."""
    return None if len(asked.text) == 4 and asked.text.isascii() and asked.text.isdigit() else Broken()


@_check
def window(asked: Asked) -> Broken | None:
    """The end of the window is not after its beginning."""
    start, end = quantities.time_of_day(asked.beside("window_from")), quantities.time_of_day(asked.text)
    return Broken(start) if start and end and end <= start else None


@_check
def insured_below_mean(asked: Asked) -> Broken | None:
    """The insured value is less than what is carried on an ordinary day."""
    mean, insured = quantities.amount(asked.beside("mean_value")), quantities.amount(asked.text)
    if mean is None or insured is None or mean < 0 or insured < 0:
        return None
    return Broken(f"{mean:,.2f}") if insured < mean else None


@_check
def pep_unknown(asked: Asked) -> Broken | None:
    """The exposed person is neither the representative nor a shareholder."""
    answers = asked.answers
    named = [answers.text("representative.name"), *(holder.name for holder in _holders(answers))]
    return None if texts.fold_name(asked.text) in {texts.fold_name(name) for name in named} else Broken()


# --- of all shareholders together ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Holder:
    """A shareholder as answered. through: the company shareholder as her own page names her, '' = of the client itself."""

    key: str
    name: str
    id_kind: str
    document: str
    share: Decimal | None
    through: str


def _holders(answers: Answers) -> Iterator[_Holder]:
    for copy in answers.copies("shareholders"):
        id_kind, written = answers.text(f"{copy}.person.id_kind"), answers.text(f"{copy}.person.id_number")
        yield _Holder(
            copy,
            answers.text(f"{copy}.person.name"),
            id_kind,
            identifiers.identity_number(written, id_kind) or texts.fold_name(written),
            quantities.percentage(answers.text(f"{copy}.share")),
            company_named(answers, answers.text(f"{copy}.through")),
        )


def _sums(answers: Answers) -> Iterator[tuple[str, Decimal, str]]:
    """(company, sum, shares as written) of each group of shareholders with readable percentages; the client's is ''."""
    holders = list(_holders(answers))
    for group in dict.fromkeys(holder.through for holder in holders):
        members = [holder for holder in holders if holder.through == group]
        shares = [holder.share for holder in members if holder.share is not None]
        if len(shares) == len(members):
            written = ", ".join(answers.text(f"{holder.key}.share") for holder in members)
            yield group, sum(shares, Decimal(0)), written


def _sum_text(group: str, total: Decimal) -> str:
    return f"los de {group} suman {total.normalize():f} %" if group else f"los accionistas directos suman {total.normalize():f} %"


@_check
def shares_above(asked: Asked) -> Broken | None:
    """The shares of the client, or of a company shareholder, are more than the whole."""
    above = [(group, total, written) for group, total, written in _sums(asked.answers) if total > 100]
    return Broken(_sum_text(*above[0][:2]), above[0][2]) if above else None


@_check
def shares_below(asked: Asked) -> Broken | None:
    """The direct shares are less than the whole: somebody is missing."""
    below = [(group, total, written) for group, total, written in _sums(asked.answers) if not group and total < 100]
    return Broken(_sum_text(*below[0][:2]), below[0][2]) if below else None


@_check
def repeated_shareholder(asked: Asked) -> Broken | None:
    """Two shareholders of the same company have the same document."""
    seen: set[tuple[str, str]] = set()
    for holder in _holders(asked.answers):
        if holder.document and (holder.through, holder.document) in seen:
            return Broken(written=asked.answers.text(f"{holder.key}.person.id_number"))
        seen.add((holder.through, holder.document))
    return None


@_check
def unknown_through(asked: Asked) -> Broken | None:
    """It names no company shareholder."""
    companies = {holder.name for holder in _holders(asked.answers) if holder.id_kind == "ruc"}
    return None if company_named(asked.answers, asked.text) in companies else Broken()


@_check
def circular_shareholders(asked: Asked) -> Broken | None:
    """A company shareholder owns herself, by whatever chain."""
    owned: dict[str, set[str]] = {}
    for holder in _holders(asked.answers):
        if holder.id_kind == "ruc" and holder.through:
            owned.setdefault(holder.name, set()).add(holder.through)
    for company in owned:
        reached, open_ends = set[str](), set(owned[company])
        while open_ends:
            reached |= open_ends
            open_ends = {above for name in open_ends for above in owned.get(name, set())} - reached
        if company in reached:
            return Broken(written=company)
    return None
