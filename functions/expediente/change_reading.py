"""A response of the change form as a change: what it makes of the data, and what is wrong with it beside the dossier.

Old values are those of the dossier and are never typed; a blank answer leaves its value as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from expediente import quantities
from expediente.amendments import differences, point_of_path
from expediente.answers import address_of, contact_of, person_of, point_of, shareholder_of, supplies_of
from expediente.change_data import Change
from expediente.change_rules import ChangeKind, change_rules
from expediente.form_routing import Asked
from expediente.intake_data import Address, Contact, Identity, Intake, ServicePoint
from expediente.model import Problem
from expediente.points import standing
from expediente.process import Process

KIND, POINT, FROM, UNTIL, REASON = "change.kind", "change.point", "change.valid_from", "change.until", "change.reason"
PAUSES = ("suspension", "resumption")


def kind_asked(asked: Asked) -> ChangeKind | None:
    """The kind that was chosen, None while it is none of the table's."""
    return change_rules(asked.process.folder).kinds.get(asked.answers.text(KIND))


def point_asked(asked: Asked) -> str:
    """The code of the point that was written, as codes are written."""
    return "".join(asked.answers.text(POINT).split()).upper()


def problems(asked: Asked) -> list[Problem]:
    """What only the dossier shows: a point that it lacks, nothing that differs, dates and hours that run backwards."""
    kind = kind_asked(asked)
    if kind is None:
        return []
    found = list(_of_point(asked, kind))
    return found or [problem for look in (_of_values, _of_pauses, _of_dates) for problem in look(asked, kind)]


def _of_point(asked: Asked, kind: ChangeKind) -> Iterator[Problem]:
    codes, code = standing(asked.dossier), point_asked(asked)
    if kind.point == "none" and code:
        yield asked.problem("punto_sobra", POINT)
    elif kind.point == "required" and not code:
        yield asked.problem("punto_falta", POINT, ", ".join(codes))
    elif code and code not in codes:
        yield asked.problem("punto_desconocido", POINT, ", ".join(codes))
    elif kind.key == "point_removed" and len(codes) == 1:
        yield asked.problem("ultimo_punto", POINT)


def _of_values(asked: Asked, kind: ChangeKind) -> Iterator[Problem]:
    if kind.key in PAUSES:
        return
    new = data_asked(asked, kind)
    if new == asked.dossier.intake:
        yield asked.problem("sin_cambio", KIND)
    point = next((one for one in new.points if one.code == point_asked(asked)), None)
    if point is None:
        return
    if kind.key == "schedule" and point.schedule.window_to <= point.schedule.window_from:
        yield asked.problem("horario_invertido", "points.schedule.window_to")
    places, address = asked.definition.places, point.address
    if kind.key == "address" and places.province(address.province) and not places.district(address.province, address.district):
        known = ", ".join(places.districts(address.province))
        yield asked.problem("distrito_de_otra_provincia", "points.address.district", known)


def _of_pauses(asked: Asked, kind: ChangeKind) -> Iterator[Problem]:
    if kind.key == "resumption" and point_asked(asked) not in asked.dossier.suspensions:
        yield asked.problem("no_esta_suspendido", POINT)


def _of_dates(asked: Asked, kind: ChangeKind) -> Iterator[Problem]:
    since, until = quantities.day(asked.answers.text(FROM)), quantities.day(asked.answers.text(UNTIL))
    if until and until < (since or asked.day):
        yield asked.problem("hasta_antes_de_desde", UNTIL)


def change_asked(asked: Asked, kind: ChangeKind, change_id: str, respondent: str, submission_id: str) -> Change:
    """The change that a sound response asks for, at the instant that its caller puts in."""
    answers, new = asked.answers, data_asked(asked, kind)
    amendments = differences(asked.dossier.intake, new)
    return Change(
        change_id=change_id,
        kind=kind.key,
        point=point_asked(asked),
        amendments=amendments,
        reason=answers.text(REASON),
        asked_by=respondent,
        asked_at=asked.dossier.opened_at,
        submission_id=submission_id,
        for_whom=answers.text(f"{kind.key}.asked_by") or "client",
        valid_from=_later(quantities.day(answers.text(FROM)), asked.day),
        until=quantities.day(answers.text(UNTIL)) if kind.key == "suspension" else None,
    )


def _later(day: date | None, today: date) -> date | None:
    return day if day and day > today else None


# --- what each kind makes of the data ------------------------------------------------------------------------------------------


def data_asked(asked: Asked, kind: ChangeKind) -> Intake:
    """The data as they would be with this change."""
    return _MAKERS[kind.key](asked, asked.dossier.intake)


def _at_point(make: Callable[[Asked, ServicePoint], ServicePoint]) -> Callable[[Asked, Intake], Intake]:
    def change(asked: Asked, intake: Intake) -> Intake:
        code = point_asked(asked)
        return replace(intake, points=tuple(make(asked, point) if point.code == code else point for point in intake.points))

    return change


def _schedule(asked: Asked, point: ServicePoint) -> ServicePoint:
    answers, old = asked.answers, point.schedule
    known, chosen = list(asked.process.days), answers.all("points.schedule.days")
    holidays = answers.text("points.schedule.on_holidays")
    schedule = replace(
        old,
        days=tuple(day for day in known if day in chosen) or old.days,
        window_from=quantities.time_of_day(answers.text("points.schedule.window_from")) or old.window_from,
        window_to=quantities.time_of_day(answers.text("points.schedule.window_to")) or old.window_to,
        on_holidays=holidays == "si" if holidays else old.on_holidays,
    )
    return replace(point, schedule=schedule)


def _merged_address(old: Address, new: Address) -> Address:
    """The written parts over the known ones; an address in another place keeps no reference of the old one."""
    moved = bool(new.line or new.district or new.province)
    return Address(
        new.province or old.province,
        new.district or old.district,
        new.corregimiento or old.corregimiento,
        new.line or old.line,
        new.reference or ("" if moved else old.reference),
    )


def _address(asked: Asked, point: ServicePoint) -> ServicePoint:
    address = _merged_address(point.address, address_of(asked.answers, "points.address", point.address.province))
    return replace(point, address=address, access_notes=asked.answers.text("points.access_notes") or point.access_notes)


def _merged_contact(asked: Asked, old: Contact) -> Contact:
    new = contact_of(asked.answers, "contact", old.role)
    # Another person does not inherit what only the one before had.
    position = new.position if new.name and new.name != old.name else new.position or old.position
    return Contact(old.role, new.name or old.name, position, new.phone or old.phone, new.email or old.email)


def _contact(asked: Asked, intake: Intake) -> Intake:
    if point_asked(asked):
        return _at_point(lambda a, point: replace(point, contact=_merged_contact(a, point.contact)))(asked, intake)
    return replace(intake, client=replace(intake.client, contact=_merged_contact(asked, intake.client.contact)))


def _supplies(asked: Asked, point: ServicePoint) -> ServicePoint:
    said = supplies_of(asked.answers, "points.supplies.")
    return replace(point, supplies={key: count for key, count in {**point.supplies, **said}.items() if count})


def _point_added(asked: Asked, intake: Intake) -> Intake:
    used = [int(point.code[1:]) for point in intake.points if point.code[1:].isdigit()]
    # A code that a point had once is not given to another.
    used += [int(code[1:]) for code in _codes_once_used(asked) if code[1:].isdigit()]
    return replace(intake, points=(*intake.points, point_of(asked.answers, "new_points", max(used, default=0) + 1)))


def _codes_once_used(asked: Asked) -> list[str]:
    return [point_of_path(a.path) for change in asked.dossier.changes.values() for a in change.amendments]


def _point_removed(asked: Asked, intake: Intake) -> Intake:
    return replace(intake, points=tuple(point for point in intake.points if point.code != point_asked(asked)))


def _conditions(asked: Asked, intake: Intake) -> Intake:
    said = asked.answers.text("order.conditions")
    return replace(intake, order=replace(intake.order, conditions=said or intake.order.conditions))


def _legal_data(asked: Asked, intake: Intake) -> Intake:
    answers, old = asked.answers, intake.client
    contact = contact_of(answers, "client", "main")
    client = replace(
        old,
        legal_name=answers.text("client.legal_name") or old.legal_name,
        trade_name=answers.text("client.trade_name") or old.trade_name,
        activity=answers.text("client.activity") or old.activity,
        business_notice=answers.text("client.business_notice") or old.business_notice,
        email=contact.email or old.email,
        phone=contact.phone or old.phone,
        address=replace(old.address, line=answers.text("client.address.line") or old.address.line),
    )
    return replace(intake, client=client, representative=_representative(asked, intake))


def _representative(asked: Asked, intake: Intake) -> Identity:
    answers, old = asked.answers, intake.representative
    new = person_of(answers, "representative", set())
    exposed = answers.text("representative.exposed")
    other = bool(new.id_number) and new.id_number != old.id_number
    return Identity(
        new.name or old.name,
        new.id_kind or old.id_kind,
        new.id_number or old.id_number,
        new.position or ("" if other else old.position),
        new.nationality or ("" if other else old.nationality),
        exposed == "si" if exposed else old.politically_exposed,
    )


def _shareholders(asked: Asked, intake: Intake) -> Intake:
    answers = asked.answers
    holders = []
    for copy in answers.copies("shareholders"):
        holder = shareholder_of(answers, copy, set())
        exposed = answers.text(f"{copy}.person.exposed") == "si"
        holders.append(replace(holder, person=replace(holder.person, politically_exposed=exposed)))
    return replace(intake, shareholders=tuple(holders))


_MAKERS: dict[str, Callable[[Asked, Intake], Intake]] = {
    "schedule": _at_point(_schedule),
    "conditions": _conditions,
    "address": _at_point(_address),
    "contact": _contact,
    "supplies": _at_point(_supplies),
    "point_added": _point_added,
    "point_removed": _point_removed,
    "suspension": lambda asked, intake: intake,
    "resumption": lambda asked, intake: intake,
    "legal_data": _legal_data,
    "shareholders": _shareholders,
}


def unknown_kinds(process: Process) -> set[str]:
    """Kinds of the table that no function here makes anything of."""
    return set(change_rules(process.folder).kinds) - set(_MAKERS)
