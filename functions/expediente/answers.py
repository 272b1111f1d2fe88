"""What somebody answered, by field instead of by question id, cleaned; and the `Intake` that it amounts to.

Nothing here judges: what cannot be read becomes empty in the intake, and `intake_rules.py` says so. The original texts
stay in the submission.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from expediente import identifiers, quantities
from expediente.form_build import question_ids
from expediente.form_definition import FormDefinition, FormQuestion, FormSection, QuestionKind
from expediente.intake_data import Address, ClientData, Contact, Identity, Intake, Order, Schedule, ServicePoint, Shareholder
from expediente.texts import clean_text, fold_company, fold_name

_SEVERAL = re.compile(r"[,;/\n]| y ")


@dataclass(frozen=True)
class Answers:
    """Answers by field. written: as they came, all of them. values: cleaned, choices as keys of options.

    Values are only of the sections on the way that the answers take. A choice that is no option keeps its text.
    """

    definition: FormDefinition
    written: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]
    sections: tuple[FormSection, ...]

    def all(self, key: str) -> tuple[str, ...]:
        """The values of a field, () when it was not answered."""
        return self.values.get(key, ())

    def text(self, key: str) -> str:
        """The value of a field cut at the length that its question takes, '' when it was not answered."""
        question = self.definition.questions.get(key)
        value = self.values.get(key, ("",))[0]
        return value[: question.max_length].strip() if question else value

    def copies(self, of: str) -> tuple[str, ...]:
        """The prefixes of the copies of a repeated section that were answered: `points[1]`, `points[2]` …"""
        return tuple(f"{of}[{section.copy}]" for section in self.sections if section.of == of)

    def names_unknown_option(self, question: FormQuestion) -> bool:
        """Whether the answer to a question holds something that is none of its options."""
        known = {option.key for option in question.options}
        return not question.other and any(value not in known for value in self.all(question.key))


def read_answers(definition: FormDefinition, answers: Mapping[str, Sequence[str]]) -> Answers:
    """Read texts by field. answers: key of question, or the id that `form_build.question_ids` gives it -> texts."""
    found = {key: answers.get(key) or answers.get(identity) for key, identity in question_ids(definition).items()}
    written = {key: tuple(texts) for key, texts in found.items() if texts}
    values = {key: _values(definition.questions[key], texts) for key, texts in written.items()}
    if not values.get("client.dv") and "client.ruc" in values:
        values["client.dv"] = tuple(digits for digits in [identifiers.split_dv(values["client.ruc"][0])[1]] if digits)
    sections = definition.path(values)
    reached = {question.key for section in sections for question in section.questions}
    return Answers(definition, written, {key: value for key, value in values.items() if key in reached and value}, sections)


def _values(question: FormQuestion, texts: Sequence[str]) -> tuple[str, ...]:
    if not question.chooses:
        cleaned = clean_text(texts[0], multiline=question.kind is QuestionKind.PARAGRAPH)
        return (cleaned,) if cleaned else ()
    return tuple(value for text in texts for value in _choices(question, clean_text(text)))


def _choices(question: FormQuestion, text: str) -> tuple[str, ...]:
    """The keys of options that a text names; with «Otro» it may name several."""
    found = _option_key(question, text)
    if found or not question.other:
        return (found or text,) if text else ()
    parts = [part.strip() for part in _SEVERAL.split(text) if part.strip()]
    return tuple(_option_key(question, part) or part for part in parts)


def _option_key(question: FormQuestion, text: str) -> str:
    folded = fold_name(text)
    for option in question.options:
        if text == option.label or (folded and folded in (fold_name(option.label), option.key.casefold())):
            return option.key
    return text if any(text == option.key for option in question.options) else ""


def intake_of(answers: Answers) -> Intake:
    """The intake that the answers amount to; texts cut at their length, what cannot be read left empty."""
    exposed = {fold_name(answers.text(f"{copy}.name")) for copy in answers.copies("peps")} - {""}
    shareholders = tuple(shareholder_of(answers, copy, exposed) for copy in answers.copies("shareholders"))
    representative = person_of(answers, "representative", exposed)
    named = {fold_name(person.name) for person in (representative, *(holder.person for holder in shareholders))}
    if answers.text("has_pep") == "si" and (not exposed or exposed - named):
        # Somebody close to them is exposed, or the name was written otherwise: the wider diligence must not be lost for that.
        representative = person_of(answers, "representative", {fold_name(representative.name)})
    client = _client(answers, representative)
    points = tuple(point_of(answers, copy, number) for number, copy in enumerate(answers.copies("points"), start=1))
    return Intake(client, representative, shareholders, _order(answers), points)


def _client(answers: Answers, representative: Identity) -> ClientData:
    kind, legal_name = answers.text("client.kind"), answers.text("client.legal_name")
    number = identifiers.ruc(answers.text("client.ruc"), kind)
    email, phone = _email(answers, "client.email"), _phone(answers, "client.phone")
    contact = contact_of(answers, "client.contact", "main")
    return ClientData(
        kind=kind,
        legal_name=legal_name,
        trade_name=answers.text("client.trade_name") or legal_name,
        ruc=number.number if number else answers.text("client.ruc"),
        dv=number.right_dv if number else answers.text("client.dv"),
        activity=answers.text("client.activity"),
        business_notice=answers.text("client.business_notice"),
        registry_folio=answers.text("client.registry_folio"),
        email=email,
        phone=phone,
        address=address_of(answers, "client.address"),
        contact=Contact(
            "main",
            contact.name or representative.name,
            contact.position if contact.name else representative.position,
            contact.phone or phone,
            contact.email or email,
        ),
    )


def person_of(answers: Answers, prefix: str, exposed: set[str]) -> Identity:
    """The person whose questions begin with `prefix`. exposed: folded names of exposed persons."""
    name, id_kind = answers.text(f"{prefix}.name"), answers.text(f"{prefix}.id_kind")
    written = answers.text(f"{prefix}.id_number")
    return Identity(
        name=name,
        id_kind=id_kind,
        id_number=identifiers.identity_number(written, id_kind) or written,
        position=answers.text(f"{prefix}.position"),
        nationality=answers.text(f"{prefix}.nationality"),
        politically_exposed=fold_name(name) in exposed,
    )


def shareholder_of(answers: Answers, prefix: str, exposed: set[str]) -> Shareholder:
    """The shareholder of one copy of the page."""
    person = person_of(answers, f"{prefix}.person", exposed)
    share = quantities.percentage(answers.text(f"{prefix}.share")) or Decimal(0)
    return Shareholder(person, share, person.id_kind == "ruc", company_named(answers, answers.text(f"{prefix}.through")))


def company_named(answers: Answers, written: str) -> str:
    """The company shareholder whose name is that, as her own page writes it, legal form aside; else the text as written."""
    folded = fold_company(written)
    for copy in answers.copies("shareholders"):
        name = answers.text(f"{copy}.person.name")
        if folded and answers.text(f"{copy}.person.id_kind") == "ruc" and fold_company(name) == folded:
            return name
    return written


def _order(answers: Answers) -> Order:
    amount = quantities.amount(answers.text("order.exchange_weekly_amount"))
    coins_and_notes = [*_labels(answers, "order.exchange_coins"), *_labels(answers, "order.exchange_notes")]
    ending = answers.text("order.processing_account_ending")
    return Order(
        number=answers.text("order.number"),
        services=_distinct(answers, "order.services"),
        desired_start=quantities.day(answers.text("order.desired_start")),
        needs=answers.text("order.needs"),
        conditions=answers.text("order.conditions"),
        exchange_weekly_amount=amount if amount is not None and amount >= 0 else None,
        exchange_denominations=", ".join(coins_and_notes),
        processing_bank=answers.text("order.processing_bank"),
        processing_account_ending=ending if re.fullmatch("[0-9]{4}", ending) else "",
        processing_crediting=", ".join(_labels(answers, "order.processing_crediting")),
        special_description=answers.text("order.special_description"),
        special_equipment=answers.text("order.special_equipment"),
    )


def _labels(answers: Answers, key: str) -> list[str]:
    question = answers.definition.questions[key]
    return [question.label(option) for option in _distinct(answers, key)]


def _distinct(answers: Answers, key: str) -> tuple[str, ...]:
    """The options that were chosen, each once and in the order of the form."""
    chosen = answers.all(key)
    return tuple(option.key for option in answers.definition.questions[key].options if option.key in chosen)


def point_of(answers: Answers, prefix: str, number: int) -> ServicePoint:
    """The service point whose questions begin with `prefix`, under the code of its number."""
    code = f"P{number:02d}"
    return ServicePoint(
        code=code,
        name=answers.text(f"{prefix}.name"),
        address=address_of(answers, f"{prefix}.address"),
        contact=contact_of(answers, f"{prefix}.contact", code),
        schedule=Schedule(
            _distinct(answers, f"{prefix}.schedule.days"),
            quantities.time_of_day(answers.text(f"{prefix}.schedule.window_from")) or "",
            quantities.time_of_day(answers.text(f"{prefix}.schedule.window_to")) or "",
            answers.text(f"{prefix}.schedule.on_holidays") == "si",
        ),
        mean_value=_money(answers, f"{prefix}.mean_value"),
        insured_value=_money(answers, f"{prefix}.insured_value"),
        value_kinds=_distinct(answers, f"{prefix}.value_kinds"),
        supplies={key: count for key, count in supplies_of(answers, f"{prefix}.supplies.").items() if count},
        access_notes=answers.text(f"{prefix}.access_notes"),
        remarks=answers.text(f"{prefix}.remarks"),
    )


def _money(answers: Answers, key: str) -> Decimal:
    return max(quantities.amount(answers.text(key)) or Decimal(0), Decimal(0))


def supplies_of(answers: Answers, prefix: str) -> dict[str, int]:
    """Pieces a month by kind, as far as they were answered; 0 stands where 0 was written."""
    counted = {key[len(prefix) :]: quantities.count(answers.text(key)) for key in answers.values if key.startswith(prefix)}
    return {key: number for key, number in counted.items() if number is not None and number >= 0}


def address_of(answers: Answers, prefix: str, known_province: str = "") -> Address:
    """The address whose questions begin with `prefix`. known_province: where its district is looked for if none was chosen."""
    places, written = answers.definition.places, answers.text(f"{prefix}.district")
    labelled = answers.definition.questions[f"{prefix}.province"].label(answers.text(f"{prefix}.province"))
    province = places.province(labelled) or labelled or known_province
    return Address(
        province,
        places.district(province, written) or written,
        answers.text(f"{prefix}.corregimiento"),
        answers.text(f"{prefix}.line"),
        answers.text(f"{prefix}.reference"),
    )


def contact_of(answers: Answers, prefix: str, role: str) -> Contact:
    """The contact whose questions begin with `prefix`."""
    return Contact(
        role,
        answers.text(f"{prefix}.name"),
        answers.text(f"{prefix}.position"),
        _phone(answers, f"{prefix}.phone"),
        _email(answers, f"{prefix}.email"),
    )


def _phone(answers: Answers, key: str) -> str:
    """In E.164 where it can be read, else as written: a person may make something of it."""
    written = answers.text(key)
    found = identifiers.phone(written)
    return found.number if found else written


def _email(answers: Answers, key: str) -> str:
    """A good address or nothing: what is in an intake may be written to. A long one is never cut: it would be somebody else's."""
    return identifiers.email("".join(answers.all(key))) or ""
