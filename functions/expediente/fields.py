"""Field paths of an intake (`client.legal_name`, `points.schedule`): the only way in which tables point at client data.

Used for what an area reads, for what a mark vouches for (its hash) and for what must never leave in a mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal

from expediente.intake_data import Contact, Identity, Intake, ServicePoint, Shareholder
from expediente.ownership import Owner, ownership
from expediente.process import Process


def _contact(contact: Contact) -> str:
    return " · ".join(part for part in (contact.name, contact.position, phone_text(contact.phone), contact.email) if part)


def phone_text(number: str) -> str:
    """A Panamanian number as people write it, `+507 6000-0101`; any other as it is."""
    local = number.removeprefix("+507")
    if local == number or not local.isdigit() or len(local) not in (7, 8):
        return number
    return f"+507 {local[:-4]}-{local[-4:]}"


def _labels(choices: dict[str, str], keys: tuple[str, ...]) -> str:
    return ", ".join(choices.get(key, key) for key in keys)


def _days(process: Process, point: ServicePoint) -> str:
    return _labels({key: choice.label for key, choice in process.days.items()}, point.schedule.days)


def _window(point: ServicePoint) -> str:
    return f"{point.schedule.window_from} a {point.schedule.window_to}"


def _supplies(process: Process, point: ServicePoint) -> str:
    named = {key: choice.label for key, choice in process.supplies.items()}
    return ", ".join(f"{count} {named.get(key, key).lower()}" for key, count in point.supplies.items() if count)


def _holidays(process: Process, point: ServicePoint) -> str:
    return process.labels["on_holidays" if point.schedule.on_holidays else "not_on_holidays"]


def _exchange(process: Process, intake: Intake) -> str:
    order = intake.order
    if order.exchange_weekly_amount is None:
        return ""
    weekly = process.labels["weekly"].format(amount=process.company.money(order.exchange_weekly_amount))
    return " · ".join(part for part in (weekly, order.exchange_denominations) if part)


def _processing(process: Process, intake: Intake) -> str:
    order = intake.order
    named = process.labels["account_ending"].format(ending=order.processing_account_ending)
    ending = named if order.processing_account_ending else ""
    return " · ".join(part for part in (order.processing_bank, ending, order.processing_crediting) if part)


def _choice(process: Process, *, said: bool) -> str:
    return process.labels["yes" if said else "no"]


def _identity(process: Process, person: Identity) -> str:
    return " ".join(part for part in (process.labels.get(f"id_{person.id_kind}", ""), person.id_number) if part)


def _percent(share: Decimal) -> str:
    return f"{share.normalize():f} %"


def percent(share: Decimal) -> str:
    """A share to two places as people write it: `32 %`, `33.33 %`."""
    return _percent(share.quantize(Decimal("0.01")))


def owner_gaps(process: Process, intake: Intake) -> tuple[str, ...]:
    """What could not be followed to a natural person, a sentence each."""
    gaps = ownership(intake).gaps
    return tuple(process.labels[f"owner_gap_{gap.kind}"].format(name=gap.name, share=percent(gap.share)) for gap in gaps)


def owner_paths(process: Process, owner: Owner) -> tuple[str, ...]:
    """How a person takes part: directly, and through which companies."""
    direct = (process.labels["owner_direct"],) if owner.direct else ()
    return (*direct, *(process.labels["owner_through"].format(path=path) for path in owner.through))


def _special(intake: Intake) -> str:
    return " · ".join(part for part in (intake.order.special_description, intake.order.special_equipment) if part)


_OF_INTAKE: dict[str, Callable[[Process, Intake], str]] = {
    "client.legal_name": lambda p, i: i.client.legal_name,
    "client.trade_name": lambda p, i: i.client.trade_name,
    "client.ruc": lambda p, i: f"{i.client.ruc} DV {i.client.dv}",
    "client.activity": lambda p, i: i.client.activity,
    "client.email": lambda p, i: i.client.email,
    "client.phone": lambda p, i: phone_text(i.client.phone),
    "client.address": lambda p, i: i.client.address.one_line(),
    "client.contact": lambda p, i: _contact(i.client.contact),
    "representative.name": lambda p, i: i.representative.name,
    "order.number": lambda p, i: i.order.number,
    "order.services": lambda p, i: _labels({k: c.label for k, c in p.services.items()}, i.order.services),
    "order.desired_start": lambda p, i: i.order.desired_start.strftime("%d/%m/%Y") if i.order.desired_start else "",
    "order.needs": lambda p, i: i.order.needs,
    "order.conditions": lambda p, i: i.order.conditions,
    "order.exchange": lambda p, i: _exchange(p, i),
    "order.processing": _processing,
    "order.special": lambda p, i: _special(i),
}

_OF_POINT: dict[str, Callable[[Process, ServicePoint], str]] = {
    "points.name": lambda p, s: f"{s.code} {s.name}",
    "points.address": lambda p, s: s.address.one_line(),
    "points.contact": lambda p, s: _contact(s.contact),
    "points.days": lambda p, s: _days(p, s),
    "points.window": lambda p, s: _window(s),
    "points.schedule": lambda p, s: f"{_days(p, s)} · {_window(s)} · {_holidays(p, s)}",
    "points.frequency": lambda p, s: f"{_days(p, s)} · {_holidays(p, s)}",
    "points.mean_value": lambda p, s: p.company.money(s.mean_value),
    "points.insured_value": lambda p, s: p.company.money(s.insured_value),
    "points.value_kinds": lambda p, s: _labels({k: c.label for k, c in p.value_kinds.items()}, s.value_kinds),
    "points.supplies": lambda p, s: _supplies(p, s),
    "points.access_notes": lambda p, s: s.access_notes,
    "points.remarks": lambda p, s: s.remarks,
}

# What only a document to be signed says: identities, exposure and shares, which no area reads.
_TO_SIGN: dict[str, Callable[[Process, Intake], str]] = {
    "client.kind": lambda p, i: p.kinds_of_person[i.client.kind].label if i.client.kind in p.kinds_of_person else "",
    "client.business_notice": lambda p, i: i.client.business_notice,
    "client.registry_folio": lambda p, i: i.client.registry_folio,
    "representative.identity": lambda p, i: _identity(p, i.representative),
    "representative.position": lambda p, i: i.representative.position,
    "representative.nationality": lambda p, i: i.representative.nationality,
    "representative.exposed": lambda p, i: _choice(p, said=i.representative.politically_exposed),
    "owners.gaps": lambda p, i: "\n".join(owner_gaps(p, i)) or p.labels["owner_gaps_none"],
    "owners.threshold": lambda p, i: _percent(p.beneficial_owner_percent),
    "holders.total": lambda p, i: _percent(sum((h.share for h in i.shareholders if not h.through), Decimal(0))),
}

_OF_HOLDER: dict[str, Callable[[Process, Shareholder], str]] = {
    "holders.name": lambda p, h: h.person.name,
    "holders.identity": lambda p, h: _identity(p, h.person),
    "holders.nationality": lambda p, h: h.person.nationality,
    "holders.share": lambda p, h: _percent(h.share),
    "holders.kind": lambda p, h: p.labels["holder_company" if h.is_company else "holder_person"],
    "holders.through": lambda p, h: h.through,
    "holders.exposed": lambda p, h: _choice(p, said=h.person.politically_exposed),
}

_OF_OWNER: dict[str, Callable[[Process, Owner], str]] = {
    "owners.name": lambda p, o: o.person.name,
    "owners.identity": lambda p, o: _identity(p, o.person),
    "owners.nationality": lambda p, o: o.person.nationality,
    "owners.exposed": lambda p, o: _choice(p, said=o.person.politically_exposed),
    "owners.share": lambda p, o: percent(o.share),
    "owners.how": lambda p, o: "\n".join(owner_paths(p, o)),
}

PATHS = frozenset(_OF_INTAKE) | frozenset(_OF_POINT)
HOLDER_PATHS = frozenset(_OF_HOLDER)
OWNER_PATHS = frozenset(_OF_OWNER)
TO_SIGN_PATHS = frozenset(_TO_SIGN)


def of_client(process: Process, intake: Intake, path: str) -> str:
    """What a path without point says; for a `points.` path, every point on a line of its own.

    :raises KeyError: unknown path; `expediente check` finds it beforehand.
    """
    if path in _OF_INTAKE:
        return _OF_INTAKE[path](process, intake)
    lines = [_OF_POINT[path](process, point) for point in intake.points]
    if len(lines) == 1:
        return lines[0]
    return "\n".join(f"{point.code}: {line}" for point, line in zip(intake.points, lines, strict=True) if line)


def of_point(process: Process, intake: Intake, point: ServicePoint, path: str) -> str:
    """What a path says for one point; paths without point say the same for all."""
    return _OF_POINT[path](process, point) if path in _OF_POINT else _OF_INTAKE[path](process, intake)


def to_sign(process: Process, intake: Intake, path: str) -> str:
    """What a path says that stands in documents to be signed alone. :raises KeyError: unknown path."""
    return _TO_SIGN[path](process, intake)


def of_holder(process: Process, holder: Shareholder, path: str) -> str:
    """What a path says of one shareholder. :raises KeyError: unknown path."""
    return _OF_HOLDER[path](process, holder)


def of_owner(process: Process, owner: Owner, path: str) -> str:
    """What a path says of one person behind the client. :raises KeyError: unknown path."""
    return _OF_OWNER[path](process, owner)


# What a path stands for, in keys and values: a label that is put better voids no confirmation.
_RAW_OF_INTAKE: dict[str, Callable[[Intake], object]] = {
    "client.ruc": lambda i: (i.client.kind, i.client.ruc, i.client.dv),
    "client.contact": lambda i: i.client.contact,
    "client.address": lambda i: i.client.address,
    "order.services": lambda i: i.order.services,
    "order.desired_start": lambda i: i.order.desired_start,
    "order.exchange": lambda i: (i.order.exchange_weekly_amount, i.order.exchange_denominations),
    "order.processing": lambda i: (i.order.processing_bank, i.order.processing_account_ending, i.order.processing_crediting),
    "order.special": lambda i: (i.order.special_description, i.order.special_equipment),
}
_RAW_OF_POINT: dict[str, Callable[[ServicePoint], object]] = {
    "points.days": lambda s: s.schedule.days,
    "points.window": lambda s: (s.schedule.window_from, s.schedule.window_to),
    "points.schedule": lambda s: s.schedule,
    "points.frequency": lambda s: (s.schedule.days, s.schedule.on_holidays),
    "points.value_kinds": lambda s: s.value_kinds,
    "points.supplies": lambda s: sorted(s.supplies.items()),
}


def _raw(process: Process, intake: Intake, path: str, point: ServicePoint | None) -> object:
    if path in _RAW_OF_INTAKE:
        return _RAW_OF_INTAKE[path](intake)
    if path in _RAW_OF_POINT:
        return [_RAW_OF_POINT[path](one) for one in ([point] if point else intake.points)]
    return of_point(process, intake, point, path) if point else of_client(process, intake, path)


def hash_of(process: Process, intake: Intake, paths: tuple[str, ...], point: ServicePoint | None = None) -> str:
    """A short hash of what the paths say today: it stands in a confirmation and voids it when it differs."""
    said = [(path, _raw(process, intake, path, point)) for path in paths]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:24]
