"""An intake as answers again, and what changed between two intakes, in the words of the form."""

from __future__ import annotations

from decimal import Decimal

from expediente.form_definition import FormDefinition, FormQuestion
from expediente.intake_data import Address, Contact, Identity, Intake, Order, ServicePoint

Said = dict[str, tuple[str, ...]]


def differences(old: Intake, new: Intake, definition: FormDefinition) -> list[tuple[str, str, str]]:
    """What differs, as (title of the question, before, now), in the order of the form; '' = nothing was said."""
    before, now = as_answers(old, definition), as_answers(new, definition)
    changed = [key for key in definition.questions if before.get(key, ()) != now.get(key, ())]
    return [
        (question.title, _shown(question, before.get(question.key, ())), _shown(question, now.get(question.key, ())))
        for question in (definition.questions[key] for key in changed)
    ]


def _shown(question: FormQuestion, values: tuple[str, ...]) -> str:
    return ", ".join(question.label(value) for value in values)


def as_answers(intake: Intake, definition: FormDefinition) -> Said:
    """The answers that would give this intake: key of question -> texts or keys of options; what it lacks is left out."""
    said = _client(intake) | _identity("representative", intake.representative) | _order(intake.order, definition)
    for number, holder in enumerate(intake.shareholders, start=1):
        prefix = f"shareholders[{number}]"
        said |= _identity(f"{prefix}.person", holder.person)
        said |= {f"{prefix}.share": (_number(holder.share),), f"{prefix}.through": (holder.through,)}
    for number, point in enumerate(intake.points, start=1):
        said |= _point(f"points[{number}]", point)
    said = _province_keys(said, definition)
    return {key: tuple(text for text in texts if text) for key, texts in said.items() if any(texts)}


def _province_keys(said: Said, definition: FormDefinition) -> Said:
    """Provinces by the key of their option, as choices are."""
    for key in [key for key in said if key.endswith("address.province")]:
        question = definition.questions[key]
        said[key] = tuple(next((o.key for o in question.options if o.label == text), text) for text in said[key])
    return said


def _client(intake: Intake) -> Said:
    client = intake.client
    said = {
        "client.kind": (client.kind,),
        "client.legal_name": (client.legal_name,),
        "client.trade_name": (client.trade_name,),
        "client.ruc": (client.ruc,),
        "client.dv": (client.dv,),
        "client.activity": (client.activity,),
        "client.business_notice": (client.business_notice,),
        "client.registry_folio": (client.registry_folio,),
        "client.email": (client.email,),
        "client.phone": (client.phone,),
    }
    return said | _address("client.address", client.address) | _contact("client.contact", client.contact)


def _address(prefix: str, address: Address) -> Said:
    return {
        f"{prefix}.province": (address.province,),
        f"{prefix}.district": (address.district,),
        f"{prefix}.corregimiento": (address.corregimiento,),
        f"{prefix}.line": (address.line,),
        f"{prefix}.reference": (address.reference,),
    }


def _contact(prefix: str, contact: Contact) -> Said:
    return {
        f"{prefix}.name": (contact.name,),
        f"{prefix}.position": (contact.position,),
        f"{prefix}.phone": (contact.phone,),
        f"{prefix}.email": (contact.email,),
    }


def _identity(prefix: str, person: Identity) -> Said:
    return {
        f"{prefix}.name": (person.name,),
        f"{prefix}.id_kind": (person.id_kind,),
        f"{prefix}.id_number": (person.id_number,),
        f"{prefix}.position": (person.position,),
        f"{prefix}.nationality": (person.nationality,),
    }


def _order(order: Order, definition: FormDefinition) -> Said:
    labels = order.exchange_denominations.split(", ")
    crediting = definition.questions["order.processing_crediting"]
    return {
        "order.number": (order.number,),
        "order.services": order.services,
        "order.desired_start": (order.desired_start.strftime("%d/%m/%Y") if order.desired_start else "",),
        "order.needs": (order.needs,),
        "order.conditions": (order.conditions,),
        "order.exchange_weekly_amount": ("" if order.exchange_weekly_amount is None else _money(order.exchange_weekly_amount),),
        "order.exchange_coins": _options(definition.questions["order.exchange_coins"], labels),
        "order.exchange_notes": _options(definition.questions["order.exchange_notes"], labels),
        "order.processing_bank": (order.processing_bank,),
        "order.processing_account_ending": (order.processing_account_ending,),
        "order.processing_crediting": _options(crediting, [order.processing_crediting]),
        "order.special_description": (order.special_description,),
        "order.special_equipment": (order.special_equipment,),
    }


def _options(question: FormQuestion, labels: list[str]) -> tuple[str, ...]:
    return tuple(option.key for option in question.options if option.label in labels)


def _point(prefix: str, point: ServicePoint) -> Said:
    said = {
        f"{prefix}.name": (point.name,),
        f"{prefix}.schedule.days": point.schedule.days,
        f"{prefix}.schedule.window_from": (point.schedule.window_from,),
        f"{prefix}.schedule.window_to": (point.schedule.window_to,),
        f"{prefix}.schedule.on_holidays": ("si" if point.schedule.on_holidays else "no",),
        f"{prefix}.mean_value": (_money(point.mean_value),),
        f"{prefix}.insured_value": (_money(point.insured_value),),
        f"{prefix}.value_kinds": point.value_kinds,
        f"{prefix}.access_notes": (point.access_notes,),
        f"{prefix}.remarks": (point.remarks,),
    }
    said |= {f"{prefix}.supplies.{key}": (str(number),) for key, number in point.supplies.items()}
    return said | _address(f"{prefix}.address", point.address) | _contact(f"{prefix}.contact", point.contact)


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _number(share: Decimal) -> str:
    return f"{share.normalize():f}"
